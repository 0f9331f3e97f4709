"""What the home and follow-through notebooks show: the next session, open commitments, charts to choose."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import ipywidgets

from peerkit.errors import PeerkitError
from peerkit.guide import tables
from peerkit.guide.form import notice
from peerkit.sessions import in_words
from peerkit.status import status
from peerkit.workspace import Workspace, find_workspace


def next_session(start: Path | str = ".") -> Any:
    """Return whose turn it is and when, with a button that makes the session's notebook."""
    return _shown(start, NextSession)


def open_commitments(start: Path | str = ".") -> Any:
    """Return the open commitments of both, oldest first, as a table."""
    return _shown(start, _open_table)


def follow_through_at_a_glance(start: Path | str = ".") -> Any:
    """Return follow-through per peer with n and interval, and its chart over eight weeks each."""
    return _shown(start, _glance)


def explore(start: Path | str = ".", *, as_of: date | str | None = None, weeks: int = 8) -> Any:
    """Return the chart of follow-through with fields to choose peer, window and day."""
    return _shown(start, lambda workspace: Explorer(workspace, as_of=as_of, weeks=weeks))


def _shown(start: Path | str, make: Callable[[Workspace], Any]) -> Any:
    try:
        return make(find_workspace(Path(start)))
    except PeerkitError as error:
        return notice(str(error))


def _open_table(workspace: Workspace) -> ipywidgets.HTML:
    rows = status(workspace)["open"]
    columns = ("peer", "commitment", "due", "", "id")
    listed = [[row["peer"], row["text"], row["due"], row["state"], row["id"]] for row in rows]
    caption = f"{len(rows)} open, oldest first"
    return ipywidgets.HTML(
        tables.page(tables.table(caption, columns, listed) if rows else tables.paragraph("None."))
    )


def _glance(workspace: Workspace) -> ipywidgets.HTML:
    journal = workspace.open_journal()
    day = journal.today()
    commitments = journal.commitments(as_of=day)
    journal.close()
    shown = tables.shares(commitments, as_of=day), tables.trend(commitments, as_of=day, weeks=8)
    return ipywidgets.HTML(tables.page(*shown))


def _day(text: date | str) -> date:
    try:
        return date.fromisoformat(str(text))
    except ValueError as error:
        msg = f"AS_OF is {text!r}, which is no day. Write it as year-month-day, as in 2026-11-28."
        raise PeerkitError(msg) from error


class NextSession(ipywidgets.VBox):
    """Whose turn it is, and the button that makes the next session's notebook."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._said = ipywidgets.HTML(tables.page(tables.paragraph(status(workspace)["turn"])))
        self._button = ipywidgets.Button(description="New session", layout={"width": "auto"})
        self._button.on_click(lambda _: self.make())
        super().__init__([self._said, self._button], layout={"align_items": "flex-start"})

    def make(self) -> Path | None:
        """Make the notebook and say where it is; or show why it cannot be made."""
        from peerkit.notebooks import new_session

        try:
            journal = self._workspace.open_journal()
            session, path = new_session(self._workspace, journal, "weekly")
        except PeerkitError as error:
            self._said.value = tables.page(tables.paragraph(str(error)))
            return None
        where = path.relative_to(self._workspace.folder)
        self._said.value = tables.page(
            tables.paragraph(in_words(session)),
            tables.paragraph(f"Open {where} in the file browser on the left, and run all cells."),
        )
        return path


class Explorer(ipywidgets.VBox):
    """The chart of follow-through, drawn again when a peer, a window or a day is chosen."""

    def __init__(self, workspace: Workspace, *, as_of: date | str | None, weeks: int) -> None:
        journal = workspace.open_journal()
        self._entries = journal.entries()
        self._time_zone = journal.time_zone
        day = _day(as_of) if as_of else journal.today()
        journal.close()
        wide = {"style": {"description_width": "initial"}}
        peers = [
            ("both together", ""),
            ("each", "each"),
            *((name, f"peer:{name}") for name in workspace.peers),
        ]
        self.peer = ipywidgets.Dropdown(options=peers, description="Peer", **wide)
        windows = [("1 week", 1), ("4 weeks", 4), ("8 weeks", 8), ("26 weeks", 26)]
        known = weeks if weeks in {value for _, value in windows} else 8
        self.weeks = ipywidgets.Dropdown(
            options=windows, value=known, description="Each point covers", **wide
        )
        self.day = ipywidgets.DatePicker(value=day, description="As of", **wide)
        self._chart = ipywidgets.HTML()
        for control in (self.peer, self.weeks, self.day):
            control.observe(lambda _: self.draw(), "value")
        row = ipywidgets.HBox([self.peer, self.weeks, self.day], layout={"flex_flow": "row wrap"})
        super().__init__([row, self._chart])
        self.draw()

    def draw(self) -> None:
        """Draw the chart of what is chosen; without a day nothing changes."""
        from peerkit.fold import commitments

        day = self.day.value
        if day is None:
            return
        chosen = commitments(self._entries, as_of=day, time_zone=self._time_zone)
        by = ["peer"] if self.peer.value == "each" else []
        if self.peer.value.startswith("peer:"):
            chosen = chosen[chosen["peer"] == self.peer.value.removeprefix("peer:")]
        shown = (
            tables.trend(chosen, as_of=day, weeks=self.weeks.value, by=by),
            tables.shares(chosen, as_of=day),
        )
        self._chart.value = tables.page(*shown)
