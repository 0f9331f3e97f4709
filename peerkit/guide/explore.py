"""What the notebook follow-through shows: a chart with fields to choose peer, window and day."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import ipywidgets

from peerkit.errors import PeerkitError
from peerkit.guide.browser import Shown, notice
from peerkit.workspace import Workspace, find_workspace


def explore(start: Path | str = ".", *, as_of: date | str | None = None, weeks: int = 8) -> Any:
    """Return the chart of follow-through with fields to choose peer, window and day."""
    try:
        return Explorer(find_workspace(Path(start)), as_of=as_of, weeks=weeks)
    except PeerkitError as error:
        return notice(str(error))


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
        self._chart = Shown()
        for control in (self.peer, self.weeks, self.day):
            control.observe(lambda _: self.draw(), "value")
        row = ipywidgets.HBox([self.peer, self.weeks, self.day], layout={"flex_flow": "row wrap"})
        super().__init__([row, self._chart])
        self.draw()

    def __repr__(self) -> str:
        # A widget's own text would carry names into the notebook's outputs.
        return "Explorer()"

    def draw(self) -> None:
        """Draw the chart of what is chosen; without a day nothing changes."""
        from peerkit.fold import commitments  # here, because a session's forms need no charts
        from peerkit.guide import tables
        from peerkit.measures import follow_through

        day = self.day.value
        if day is None:
            return
        chosen = commitments(self._entries, as_of=day, time_zone=self._time_zone)
        by = ["peer"] if self.peer.value == "each" else []
        if self.peer.value.startswith("peer:"):
            chosen = chosen[chosen["peer"] == self.peer.value.removeprefix("peer:")]
        weeks = self.weeks.value
        by_week = follow_through(chosen, as_of=day, by=by, every="week", rolling=weeks)
        shown = tables.figure(by_week, weeks=weeks), tables.by_peer(chosen, as_of=day)
        self._chart.value = tables.page(*shown)


def _day(text: date | str) -> date:
    try:
        return date.fromisoformat(str(text))
    except ValueError as error:
        msg = f"AS_OF is {text!r}, which is no day. Write it as year-month-day, as in 2026-11-28."
        raise PeerkitError(msg) from error
