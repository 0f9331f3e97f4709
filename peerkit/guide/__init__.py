"""The forms of a session notebook: `phase` shows one, and everything typed into it is in the journal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from peerkit.errors import PeerkitError
from peerkit.guide.form import Form, notice
from peerkit.guide.room import room_of

__all__ = ["Form", "phase"]


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
        return room.enter(phase_id)
    except PeerkitError as error:
        return notice(str(error))
