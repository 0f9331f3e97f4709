"""One session in one kernel: its journal, its forms, and the lock that their callbacks share."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from peerkit import sessions
from peerkit.journal import Journal
from peerkit.schema import Row
from peerkit.sessions import Session
from peerkit.templates import Phase, Template, template
from peerkit.workspace import Workspace, find_workspace

if TYPE_CHECKING:
    from peerkit.guide.form import Form

# A timer that was left running so long was forgotten, not used.
_FORGOTTEN_SECONDS = 3 * 3600


class Room:
    """What must be remembered between the calls of a session's cells.

    JupyterLab may run callbacks on several threads at once: whoever changes something holds `lock`.
    """

    def __init__(self, workspace: Workspace, journal: Journal, session_id: str) -> None:
        self.workspace = workspace
        self.journal = journal
        self.session: Session = sessions.session(journal, session_id)
        self.template: Template = template(self.session.template, folder=workspace.templates)
        self.lock = threading.RLock()
        self.forms: dict[str, Form] = {}

    def enter(self, phase_id: str, make: Callable[[Room, Phase], Form]) -> Form:
        """Open the session and return a new form for a phase; a former one of it is told."""
        phase = self.template.phase(phase_id)
        with self.lock:
            self.session = sessions.open_session(self.journal, self.session.session_id)
            former = self.forms.get(phase_id)
            form = make(self, phase)
            self.forms[phase_id] = form
            if former is not None:
                former.replaced = True
        return form

    def today(self) -> date:
        """Return the day it is in the pair's time zone."""
        return self.journal.today()

    def answers(self, phase: Phase) -> dict[str, dict[str, Any]]:
        """Return the phase's answers as they stand: {"prompt/author": {"value", "revision"}}."""
        told = sessions.answers(self.journal, self.session.session_id)
        return {
            f"{prompt}/{author}": {"value": state.get("value"), "revision": state["revision"]}
            for (name, prompt, author), state in told.items()
            if name == phase.id
        }

    def former_answer(self, phase: str, prompt: str, author: str) -> Any:
        """Return what this peer last answered to this prompt in an earlier session; None if never."""
        rows = self.journal.rows("answers", phase=phase, prompt=prompt, author=author)
        values = [row["value"] for row in rows if row["session_id"] != self.session.session_id]
        return values[-1] if values else None

    def minutes(self) -> dict[str, int]:
        """Return the minutes of each phase now, with what they borrowed and lent."""
        now = {phase.id: phase.minutes for phase in self.template.phases}
        told = sessions.answers(self.journal, self.session.session_id)
        for (phase, prompt, _), state in told.items():
            if prompt == "borrowed" and phase in now:
                for lender, minutes in state["value"].items():
                    if lender in now:
                        now[phase] += minutes
                        now[lender] -= minutes
        return now

    def timer(self, phase: Phase) -> Row:
        """Return {"started_at", "banked"}: seconds since 1970 (None when paused), and seconds before that."""
        key = (phase.id, "timer", self.workspace.me)
        state = sessions.answers(self.journal, self.session.session_id).get(key, {})
        timer: Row = state.get("value") or {"started_at": None, "banked": 0}
        now = self.journal.moment()
        if timer["started_at"] is not None and now - timer["started_at"] > _FORGOTTEN_SECONDS:
            return {"started_at": None, "banked": timer["banked"]}
        return timer

    def heard(self) -> dict[str, Any]:
        """Return how the heard gate stands."""
        return {
            "is_open": self.session.is_heard(self.workspace.heard_bar),
            "heard": self.session.heard,
            "bar": self.workspace.heard_bar,
            "focus": self.session.focus,
            "back_to": self._before_heard(),
        }

    def closing(self) -> dict[str, Any]:
        """Return what the last form proposes: the next day, and the roles swapped."""
        proposed = self.session.next_on or self.session.held_on + sessions.CADENCE
        return {
            "is_closed": self.session.status == "closed",
            "next_on": str(proposed),
            "focus": self.session.coach,
            "coach": self.session.focus,
        }

    def refresh(self) -> None:
        """Show in every form what has changed in the session."""
        for form in self.forms.values():
            form.show()

    def _before_heard(self) -> str:
        """Return the phase to go back to while the focus person is not heard: the one before the question."""
        before = ""
        for phase in self.template.phases:
            if any(prompt.kind == "heard" for prompt in phase.prompts):
                break
            before = phase.id
        return before


_rooms: dict[tuple[Path, str], Room] = {}
_rooms_lock = threading.Lock()


def room_of(session_id: str, start: Path) -> Room:
    """Return the room of a session in the workspace that holds `start`, the same one at each call.

    Raises:
        WorkspaceError: If there is no workspace.
        JournalError: If its journal cannot be opened.
        SessionError: If the journal does not know the session.
        TemplateError: If the session's template is gone or has a mistake.
    """
    workspace = find_workspace(start)
    key = (workspace.folder, session_id)
    with _rooms_lock:
        if key not in _rooms:
            _rooms[key] = Room(workspace, workspace.open_journal(), session_id)
        return _rooms[key]
