"""One session in one kernel: its journal, its forms, and the lock that their callbacks share."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from peerkit import agreement, coach_notes, exchange, sessions, turns
from peerkit.errors import PeerkitError
from peerkit.journal import Journal
from peerkit.schema import Row
from peerkit.sessions import Session
from peerkit.shapes import Phase, Template
from peerkit.templates import template
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
        """Return a new form for a phase; a former one of it is told.

        To look at a form is no session yet: what is first kept or done in it opens it (`writing`).
        """
        phase = self.template.phase(phase_id)
        with self.lock:
            self.session = sessions.session(self.journal, self.session.session_id)
            former = self.forms.get(phase_id)
            with self.journal.reading():
                form = make(self, phase)
            self.forms[phase_id] = form
            if former is not None:
                former.replaced = True
        return form

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Make one change of what is written inside; the first one of a session opens it."""
        with self.journal.writing():
            if self.session.status == "planned":
                sessions.open_session(self.journal, self.session.session_id)
            yield
        self.session = sessions.session(self.journal, self.session.session_id)

    def today(self) -> date:
        """Return the day it is in the pair's time zone."""
        return self.journal.today()

    def roles(self, phase: Phase) -> tuple[str, str]:
        """Return who is focus person and who is coach in a phase: in one with `swap` the other way round."""
        focus, coach = self.session.focus, self.session.coach
        return (coach, focus) if phase.swap else (focus, coach)

    def reviewed(self, phase: Phase) -> tuple[str, ...]:
        """Return whose commitments a phase goes through.

        Those of both; of whoever has the floor in it, where each has half of the session; and only one's own
        where the two do not meet.
        """
        if self.session.floor == "apart":
            return (self.workspace.me,)
        is_half = self.session.floor == "both" and phase.leads == "focus"
        return (self.roles(phase)[0],) if is_half else self.session.peers

    def agreed(self) -> agreement.Agreement | None:
        """Return the agreement that holds."""
        return agreement.in_force(self.journal, self.session.peers)

    def answers(self, phase: Phase) -> dict[str, dict[str, Any]]:
        """Return the phase's answers as they stand: {"prompt/author": {"value", "revision"}}.

        What a phase asks of the agreement is kept in that sheet, and named "agreement:term/author" here.
        """
        told = sessions.answers(self.journal, self.session.session_id)
        here = {
            f"{prompt}/{author}": {"value": state.get("value"), "revision": state["revision"]}
            for (name, prompt, author), state in told.items()
            if name == phase.id
        }
        if not any(prompt.kind == "terms" for prompt in phase.prompts):
            return here
        terms = sessions.answers(self.journal, agreement.SHEET)
        return here | {
            f"{agreement.SHEET}:{term}/{author}": {"value": state.get("value"), "revision": state["revision"]}
            for (_, term, author), state in terms.items()
        }

    def former_answer(self, phase: str, prompt: str, author: str) -> Any:
        """Return what this peer last answered to this prompt in an earlier session; None if never."""
        rows = self.journal.rows("answers", phase=phase, prompt=prompt, author=author)
        # A row without a value says something else of it, as who may see it.
        values = [
            row["value"]
            for row in rows
            if row["session_id"] != self.session.session_id and row["value"] is not None
        ]
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

    def heard(self, phase: Phase) -> dict[str, Any]:
        """Return how the heard gate of a phase stands: the nearest question of being heard up to it counts."""
        agreed = self.agreed()
        bar = self.workspace.heard_bar if agreed is None or agreed.heard_bar is None else agreed.heard_bar
        asked = self.template.before(phase, "heard")
        heard, override = self._heard_in(asked[0], asked[1].id) if asked else (None, None)
        return {
            "is_open": sessions.reaches(heard, override=override, bar=bar),
            "heard": heard,
            "bar": bar,
            "focus": self.roles(asked[0] if asked else phase)[0],
            "back_to": self._before(asked[0]) if asked else "",
        }

    def _heard_in(self, phase: Phase, prompt: str) -> tuple[int | None, bool | None]:
        told = sessions.answers(self.journal, self.session.session_id)
        value = told.get((phase.id, prompt, self.roles(phase)[0]), {}).get("value")
        # An answer that is kept to oneself opens the gate, and is not in the session's own row.
        heard = value if type(value) is int else None
        if not phase.swap:
            return self.session.heard if heard is None else heard, self.session.override
        # The second half of a session in which both have the floor: the session's own row is of the first.
        return heard, told.get((phase.id, "override", self.workspace.me), {}).get("value")

    def closing(self) -> dict[str, Any]:
        """Return what the last form proposes: the next day, and who has the floor then."""
        history = sessions.list_sessions(self.journal)
        until = [one for one in history if one.held_on <= self.session.held_on]
        # Also before anything was done in it: this is what comes after it.
        until = [
            replace(one, status="open") if one.session_id == self.session.session_id else one for one in until
        ]
        focus, coach = turns.next_roles(until, self.session.peers)
        proposed = self.session.next_on or turns.next_slot(self.session.held_on, self.agreed())
        return {
            "is_closed": self.session.status == "closed",
            "asks_next": self.template.sets_next,
            "next_on": str(proposed) if self.template.sets_next else "",
            "focus": focus,
            "coach": coach,
            "notes": self._notes(),
        }

    def _notes(self) -> Row:
        """Return how many of the coach's notes wait for what becomes of them, and what the two agreed on."""
        waiting = coach_notes.notes_of(self.journal, self.session, self.template)
        to = {author for _, _, _, author in waiting}
        return {
            "n": len(waiting),
            "agreed": coach_notes.agreed(self.agreed()),
            "coach": " and ".join(sorted(to)),
            "focus": " and ".join(peer for peer in self.session.peers if {peer} != to),
        }

    def refresh(self, *, of_ledger: bool = True) -> None:
        """Show in every form what has changed in the session; with what is listed of the ledger, or without."""
        with self.journal.reading():
            for form in self.forms.values():
                form.show(of_ledger=of_ledger)

    def _before(self, phase: Phase) -> str:
        """Return the phase to go back to while the focus person is not heard: the one before the question."""
        number = self.template.phases.index(phase)
        return self.template.phases[number - 1].id if number else ""


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
            journal = workspace.open_journal()
            # What the partner has shared since is there from the first form on; `peerkit start` tells of failures.
            with suppress(PeerkitError):
                exchange.sync(workspace, journal)
            _rooms[key] = Room(workspace, journal, session_id)
        return _rooms[key]
