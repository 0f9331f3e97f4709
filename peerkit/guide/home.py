"""What the notebook home shows: the next session, what is open, how much was kept, and the last summary."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import RLock
from typing import Any

import traitlets

from peerkit import sessions, suggest
from peerkit.audience import seen_by
from peerkit.errors import SessionError
from peerkit.guide import listing, summaries
from peerkit.guide.browser import address, scripts, styles
from peerkit.guide.elsewhere import Elsewhere
from peerkit.guide.locked import unlocked
from peerkit.guide.review import Review
from peerkit.guide.turn import last_closed, titles, turn_of
from peerkit.notebooks import new_session
from peerkit.schema import Row
from peerkit.sessions import list_sessions
from peerkit.workspace import Workspace, find_workspace, name_partner

# Each point of the chart covers eight weeks, as in the summary.
_WEEKS = 8


def home(start: Path | str = ".") -> Any:
    """Return the page to begin with; show it as the cell's last value.

    Args:
        start: A folder in the workspace; the notebook's own when left out.

    Returns:
        A `Home`, or a notice in one sentence where there is no workspace or its journal cannot be opened; where it is encrypted,
        a field for the passphrase first.
    """
    return unlocked(lambda: Home(find_workspace(Path(start))))


class Home(Review):
    """Whose turn it is at once; the rest is filled in when the browser asks for it, after its first paint."""

    _esm = scripts("elements", "guard", "draft", "fields", "review", "summary", "elsewhere", "home")
    _css = styles("form", "home", "elsewhere")

    spec = traitlets.Dict().tag(sync=True)
    turn = traitlets.Dict().tag(sync=True)
    glance = traitlets.Dict().tag(sync=True)
    last = traitlets.Dict().tag(sync=True)

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._settled_here: list[str] = []
        journal = workspace.open_journal()
        self._elsewhere = Elsewhere(workspace, journal)
        # What waits in the browser is told apart by session and phase: this page stands for both.
        spec = {"session_id": workspace.pair_id, "phase": "home", "audiences": summaries.AUDIENCES}
        super().__init__(
            journal,
            lock=RLock(),
            peers=workspace.peers if workspace.partner else (workspace.me, workspace.me),
            spec=spec,
            turn=turn_of(workspace, journal),
            review=None,
        )

    def __repr__(self) -> str:
        # A widget's own text would carry commitments into the notebook's outputs.
        return "Home()"

    def changed(self) -> None:
        """Show the commitments as they stand; the browser asks for the chart when it has time."""
        self.open_commitments()

    def show_turn(self) -> None:
        """Show the next session as the journal has it now."""
        self.turn = turn_of(self._workspace, self.journal)

    def open_commitments(self) -> None:
        """List what is open, oldest first, and what was settled on this page."""
        self.review = listing.open_commitments(
            self.journal, today=self.today(), peers=self.peers, also=self._settled_here
        )

    def settle(self, commitment_id: str, outcome: str, *, fraction: float | None = None) -> str:
        """Settle a commitment, which stays listed with its outcome, and return what should be told."""
        self._settled_here.append(commitment_id)
        return super().settle(commitment_id, outcome, fraction=fraction)

    def draw_glance(self) -> None:
        """Show follow-through per peer in name order, and its chart."""
        from peerkit.guide import tables  # here, because it loads pandas and matplotlib
        from peerkit.measures import follow_through
        from peerkit.status import kept_by_peer

        day = self.today()
        commitments = seen_by(self.journal, as_of=day)
        peers = [
            {name: row[name] for name in ("peer", "kept", "n", "said")}
            for row in kept_by_peer(commitments, as_of=day)
        ]
        by_week = follow_through(commitments, as_of=day, every="week", rolling=_WEEKS)
        chart, words = tables.drawing(by_week, weeks=_WEEKS) if peers else ("", "")
        self.glance = {"as_of": str(day), "peers": peers, "chart": chart, "words": words}

    def show_last(self, audience: str = "mine") -> None:
        """Show the last session that was closed, and page one of its summary for an audience.

        Raises:
            SummaryError: If the audience is unknown, or the page cannot be drawn; what is said of the
                session is shown all the same.
        """
        session = last_closed(list_sessions(self.journal))
        if session is None:
            self.last = {"session_id": None}
            return
        told = summaries.told(session, titles(self._workspace).get(session.template, session.template))
        if self.last.get("session_id") != session.session_id:
            self.last = {**told, "audience": audience, "preview": ""}
        preview = summaries.preview(self._workspace, session, audience)
        self.last = {**told, "audience": audience, "preview": preview}

    def put_aside(self, name: str) -> None:
        """Do not suggest this again for the same reason."""
        suggest.put_aside(self.journal, name)
        self.show_turn()

    def name_partner(self, name: str) -> None:
        """Name the partner, where none was named yet."""
        self._workspace = name_partner(self._workspace, name)
        self.peers = self._workspace.peers
        self.show_turn()

    def new_session(self, template: str, *, is_swapped: bool = False) -> str:
        """Plan the next session, write its notebook, and return its address."""
        _, path = new_session(self._workspace, self.journal, template, is_swapped=is_swapped)
        self.show_turn()
        return address(path, seen_from=self._workspace.folder)

    def miss_session(self, session_id: str) -> None:
        """Say that the two did not meet in a session that was planned or begun: it gives nobody a turn."""
        sessions.miss_session(self.journal, session_id)
        self.show_turn()

    def make_summary(self, audience: str, password: str = "") -> dict[str, str]:
        """Write the last session's summary as PDF and return where it is; see `summaries.make`.

        Raises:
            SessionError: If no session was closed yet.
        """
        session = last_closed(list_sessions(self.journal))
        if session is None:
            msg = "No session was closed yet. Close one, and its summary can be made."
            raise SessionError(msg)
        place = self._workspace.folder
        return summaries.make(self._workspace, session, audience, seen_from=place, password=password)

    def bring_in(self) -> int:
        """Import the file that was looked at, and return how many promises are new or have news; see `Elsewhere`."""
        done = self._elsewhere.bring_in()
        self.changed()
        return done

    def take_back(self) -> str:
        """Take the last import back, and return in a sentence what that did; see `Elsewhere`."""
        said = self._elsewhere.take_back()
        self.changed()
        return said

    def _actions(self) -> dict[str, Callable[[Row], Any]]:
        return (
            super()._actions()
            | self._with_files()
            | {
                "turn": lambda m: self.show_turn(),
                "open_commitments": lambda m: self.open_commitments(),
                "glance": lambda m: self.draw_glance(),
                "last_summary": lambda m: self.show_last(m.get("audience", "mine")),
                "new_session": lambda m: self.new_session(m["name"], is_swapped=bool(m.get("is_swapped"))),
                "miss_session": lambda m: self.miss_session(str(m["session_id"])),
                "put_aside": lambda m: self.put_aside(str(m["name"])),
                "name_partner": lambda m: self.name_partner(str(m["name"])),
                "make_summary": lambda m: self.make_summary(m["audience"], str(m.get("password") or "")),
            }
        )

    def _with_files(self) -> dict[str, Callable[[Row], Any]]:
        one = self._elsewhere
        return {
            "file_choices": lambda m: one.choices(),
            "receive": lambda m: one.receive(str(m["name"]), int(m["size"]), int(m["at"]), m["bytes"]),
            "look": lambda m: one.look(m.get("columns"), str(m.get("dates", ""))),
            "bring_in": lambda m: self.bring_in(),
            "put_away": lambda m: one.put_away(),
            "take_back": lambda m: self.take_back(),
            "write_out": lambda m: one.write_out(str(m["format"]), str(m["audience"])),
        }
