"""What notebooks show: the page to begin with, the forms of a session, the daily card, charts, and tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

# Imported here for good: a function whose module has its name would be hidden by the module if that came later.
from peerkit.guide.daily import daily
from peerkit.guide.explore import explore
from peerkit.guide.form import Form
from peerkit.guide.home import home
from peerkit.guide.locked import unlocked
from peerkit.guide.room import room_of
from peerkit.guide.sheet import show as sheet

if TYPE_CHECKING:
    from peerkit.guide.shown import chart, picture, table

__all__ = ["Form", "chart", "daily", "explore", "home", "phase", "picture", "sheet", "table"]


def __getattr__(name: str) -> Any:
    # A session's forms must not wait for tables and charts.
    if name in ("chart", "picture", "table"):
        from peerkit.guide import shown

        return getattr(shown, name)
    msg = f"module 'peerkit.guide' has no attribute {name!r}"
    raise AttributeError(msg)


def phase(phase_id: str, *, of: str, start: Path | None = None) -> Any:
    """Return the form of one phase, filled with what the journal has; show it as the cell's last value.

    What is first kept or done in a form opens the session. Showing a phase again replaces its former form.

    Args:
        phase_id: The phase's id in the session's template, such as "open-up".
        of: The session's id.
        start: A folder in the workspace; the notebook's own when left out.

    Returns:
        A `Form`, or a notice in one sentence where the session, its workspace or the phase is not there.
    """
    return unlocked(lambda: room_of(of, start or Path.cwd()).enter(phase_id, Form))
