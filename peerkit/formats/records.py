"""What an import keeps beside the ledger: each item as it was read, by commitment, and which imports there were.

Kept as the answers of a sheet are, in the table `answers`: `import-items` has one answer for each
commitment, its phase the import that wrote it; `import-runs` has one for each import. Both are private, so
they never leave by a bundle. An item of None says that nothing is kept beside the commitment: what brought
it was taken back. They are read for the commitments at hand, for all of them together may be large.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

from peerkit.formats.items import Item
from peerkit.ledger import TAKEN_BACK
from peerkit.schema import IMPORTED, Row

if TYPE_CHECKING:
    from peerkit.journal import Journal, Writer

ITEMS = IMPORTED
RUNS = "import-runs"
# How an id begins that peerkit gave a commitment when it exported it.
OWN = "peerkit-"
_DAYS = ("made_on", "due_on", "closed_on")
_FIELDS = [one.name for one in fields(Item)]
_said_of = attrgetter(*_FIELDS)
_AT_ONCE = 5_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Record:
    """One commitment as an import last read it: its format, the import, and the entry that was added, if any."""

    format: str
    run: str
    row_id: str | None
    item: Item | None


def records(journal: Journal, names: set[str] | None = None) -> dict[str, Record]:
    """Return the last record of each of these commitments that came by an import; of all when left out."""
    return {name: record_of(rows[-1]) for name, rows in histories(journal, names).items()}


def histories(journal: Journal, names: set[str] | None = None) -> dict[str, list[Row]]:
    """Return the rows of `import-items` by commitment, oldest first: of these, or of all when left out."""
    asked = {} if names is None else {"prompt": names}
    return grouped(journal.rows("answers", session_id=ITEMS, **asked), "prompt")


def grouped(rows: Iterable[Row], column: str) -> dict[str, list[Row]]:
    """Return rows by what they have in a column, in their order."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row[column], []).append(row)
    return found


def pieces(things: Iterable[T]) -> Iterator[list[T]]:
    """Yield things so many at once as are looked up, or written, together."""
    each = iter(things)
    while some := list(islice(each, _AT_ONCE)):
        yield some


def entry_ids(history: Iterable[Row]) -> set[str | None]:
    """Return which entries imports wrote, by the records of a commitment."""
    return {row["value"].get("row") for row in history}


def is_taken_back(state: Row) -> bool:
    """Return whether a commitment is one whose import was taken back, and that nobody touched since."""
    return state.get("outcome") == "void" and state.get("reason") == TAKEN_BACK


def record_of(row: Row) -> Record:
    """Return the record that a row of `import-items` tells."""
    value: dict[str, Any] = row["value"]
    told = value.get("item")
    return Record(value["format"], row["phase"], value.get("row"), None if told is None else _item(told))


def add_records(writer: Writer, run: str, added: Iterable[tuple[str, Record]]) -> None:
    """Add the records of one import, or of one that is taken back."""
    rows = [
        {
            "session_id": ITEMS,
            "phase": run,
            "prompt": name,
            "value": {"format": one.format, "row": one.row_id, "item": _told(one.item)},
            "revision": 1,
            "visibility": "private",
        }
        for name, one in added
    ]
    writer.add_all("answers", rows)


def add_run(writer: Writer, run: str, told: dict[str, Any], *, revision: int) -> None:
    """Add what is told of one import as a whole; a further revision takes the place of the one before."""
    row = {"session_id": RUNS, "phase": "run", "prompt": run, "value": told}
    writer.add("answers", {**row, "revision": revision, "visibility": "private"})


def _told(item: Item | None) -> dict[str, Any] | None:
    """Return an item as JSON holds it, without what is blank."""
    if item is None:
        return None
    told = dict(zip(_FIELDS, _said_of(item), strict=True))
    told |= {name: told[name].isoformat() for name in _DAYS if told[name]}
    told["tags"] = list(item.tags)
    return {
        name: value for name, value in told.items() if value or (name == "fraction" and value is not None)
    }


def _item(told: dict[str, Any]) -> Item:
    days = {name: date.fromisoformat(told[name]) for name in _DAYS if name in told}
    return Item(**{**told, "tags": tuple(told.get("tags", ())), **days})
