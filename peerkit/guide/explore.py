"""What the notebook follow-through shows: charts of what was promised and kept, as things stood on any day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

import traitlets

from peerkit.errors import PeerkitError, SessionError
from peerkit.guide.answering import Answering
from peerkit.guide.browser import scripts, styles
from peerkit.guide.locked import unlocked
from peerkit.schema import Row
from peerkit.workspace import Workspace, find_workspace

if TYPE_CHECKING:
    import pandas as pd  # it takes long to load, and a session's forms need none of it

WINDOWS = {1: "1 week", 4: "4 weeks", 8: "8 weeks", 26: "26 weeks"}
GROUPS = {
    "area": "area",
    "accountability": "accountability",
    "plan": "if–then plan",
    "weekday": "weekday it was due",
    "peer": "peer",
}
# So many drawings are kept: a choice that was made before is there at once.
_KEPT = 300


def explore(start: Path | str = ".", *, as_of: date | str | None = None, weeks: int = 8) -> Any:
    """Return the charts of follow-through with fields to choose peer, window, day and grouping."""
    return unlocked(lambda: Explorer(find_workspace(Path(start)), as_of=as_of, weeks=weeks))


class Explorer(Answering):
    """The charts of follow-through. The first is there at once; the browser asks for the others one by one."""

    _esm = scripts("elements", "guard", "copy", "explore")
    _css = styles("form", "explore")

    spec = traitlets.Dict().tag(sync=True)
    first = traitlets.Dict().tag(sync=True)

    def __init__(self, workspace: Workspace, *, as_of: date | str | None, weeks: int) -> None:
        from peerkit.guide.pictures import PICTURES  # here, because it loads pandas and matplotlib

        journal = workspace.open_journal()
        self._entries, self._changes = journal.entries(), journal.sessions()
        self._time_zone = journal.time_zone
        today = journal.today()
        journal.close()
        day = _day(as_of) if as_of else today
        self._peers = {
            "": "both together",
            "each": "each",
            **{f"peer:{name}": name for name in workspace.peers},
        }
        self._folded: dict[date, tuple[pd.DataFrame, pd.DataFrame]] = {}
        self._drawn: dict[tuple[Any, ...], Row] = {}
        chosen: Row = {
            "peer": "",
            "weeks": weeks if weeks in WINDOWS else 8,
            "as_of": str(day),
            "group": "area",
        }
        super().__init__(journal, lock=RLock())
        self.spec = {
            "peers": list(self._peers.items()),
            "windows": list(WINDOWS.items()),
            "groups": list(GROUPS.items()),
            "pictures": [(name, one.title, one.uses) for name, one in PICTURES.items()],
            "chosen": chosen,
            # What is due after today is not due yet: no day beyond it can be looked from.
            "latest": str(max(day, today)),
        }
        self.first = self.draw("follow_through", **chosen)

    def __repr__(self) -> str:
        # A widget's own text would carry names into the notebook's outputs.
        return "Explorer()"

    def draw(self, name: str, *, peer: str, weeks: int, as_of: str, group: str) -> Row:
        """Return one chart of what is chosen: its SVG, what it says, and its table.

        Raises:
            SessionError: If there is no such chart or choice.
            PeerkitError: If the day is none.
        """
        from peerkit.guide import pictures

        day = _day(as_of)
        choices = ((name, pictures.PICTURES), (peer, self._peers), (weeks, WINDOWS), (group, GROUPS))
        if any(choice not in known for choice, known in choices):
            msg = "There is no such chart or choice. Run the cell again to show the fields as they are now."
            raise SessionError(msg)
        # What a chart does not depend on must not have it drawn again.
        uses = pictures.PICTURES[name].uses
        peer = "" if "peer" not in uses or (peer == "each" and "each" not in uses) else peer
        weeks, group = weeks if "weeks" in uses else 1, group if "group" in uses else ""
        key = (name, peer, weeks, day, group)
        if key not in self._drawn:
            _make_room(self._drawn, _KEPT)
            self._drawn[key] = pictures.shown(name, self._asked(peer, weeks, day, group))
        return self._drawn[key]

    def _asked(self, peer: str, weeks: int, day: date, group: str) -> Any:
        from peerkit import fold
        from peerkit.guide.pictures import Asked

        if day not in self._folded:
            _make_room(self._folded, 30)
            made = fold.commitments(self._entries, as_of=day, time_zone=self._time_zone)
            met = fold.sessions(self._changes, as_of=day, time_zone=self._time_zone)
            self._folded[day] = made, met
        made, met = self._folded[day]
        by = ["peer"] if peer == "each" else []
        if not peer.startswith("peer:"):
            return Asked(made, met, day, weeks, group, by)
        name = peer.removeprefix("peer:")
        return Asked(made[made["peer"] == name], met, day, weeks, group, by, peer=name)

    def _actions(self) -> dict[str, Callable[[Row], Any]]:
        return super()._actions() | {
            "draw": lambda m: self.draw(
                m["name"], peer=m["peer"], weeks=int(m["weeks"]), as_of=m["as_of"], group=m["group"]
            ),
        }


def _make_room(kept: dict[Any, Any], most: int) -> None:
    """Forget the oldest where as much is kept as may be."""
    while len(kept) >= most:
        del kept[next(iter(kept))]


def _day(text: date | str) -> date:
    try:
        return date.fromisoformat(str(text))
    except ValueError as error:
        msg = f"AS_OF is {text!r}, which is no day. Write it as year-month-day, as in 2026-11-28."
        raise PeerkitError(msg) from error
