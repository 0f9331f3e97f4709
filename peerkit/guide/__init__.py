"""What notebooks show: the forms of a session, the next session, open commitments, and charts to choose."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from peerkit.errors import PeerkitError
from peerkit.guide.form import Form, notice
from peerkit.guide.room import room_of

if TYPE_CHECKING:
    from peerkit.guide.home import explore, follow_through_at_a_glance, next_session, open_commitments

__all__ = ["Form", "explore", "follow_through_at_a_glance", "next_session", "open_commitments", "phase"]

_AT_HOME = ("explore", "follow_through_at_a_glance", "next_session", "open_commitments")


def __getattr__(name: str) -> Any:
    # A session's forms must not wait for the charts.
    if name in _AT_HOME:
        return getattr(import_module("peerkit.guide.home"), name)
    msg = f"module 'peerkit.guide' has no attribute {name!r}"
    raise AttributeError(msg)


def phase(phase_id: str, *, of: str, start: Path | None = None) -> Any:
    """Return the form of one phase, filled with what the journal has; show it as the cell's last value.

    The first form opens the session. Showing a phase again replaces its former form.

    Args:
        phase_id: The phase's id in the session's template, such as "open-up".
        of: The session's id.
        start: A folder in the workspace; the notebook's own when left out.

    Returns:
        A `Form`, or a notice in one sentence where the session, its workspace or the phase is not there.
    """
    try:
        room = room_of(of, start or Path.cwd())
        return room.enter(phase_id, Form)
    except PeerkitError as error:
        return notice(str(error))
