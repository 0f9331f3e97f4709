"""What an import keeps beside the ledger: each item as it was read, by commitment, and which imports there were.

Kept as the answers of a sheet are, in the table `answers`: `import-items` has one answer for each
commitment, its phase the import that wrote it; `import-runs` has one for each import. Both are private, so
they never leave by a bundle. An item of None is one that was taken back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from peerkit.formats.items import Item
from peerkit.schema import Row, known_by

if TYPE_CHECKING:
    from peerkit.journal import Journal, Writer

ITEMS = "import-items"
RUNS = "import-runs"
# How an id begins that peerkit gave a commitment when it exported it.
OWN = "peerkit-"
_DAYS = ("made_on", "due_on", "closed_on")
_BLANK = asdict(Item("", ""))


@dataclass(frozen=True, slots=True)
class Record:
    """One commitment as an import last read it: its format, the import, and the entry that was added, if any."""

    format: str
    run: str
    row_id: str | None
    item: Item | None


def records(journal: Journal) -> dict[str, Record]:
    """Return the last record of each commitment that came by an import."""
    rows = journal.rows("answers", session_id=ITEMS)
    return {prompt: record_of(state) for (prompt,), state in known_by(rows, "prompt").items()}


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


def _told(item: Item | None) -> dict[str, Any] | None:
    """Return an item as JSON holds it, without what is blank."""
    if item is None:
        return None
    told = {name: getattr(item, name) for name in _BLANK}
    told |= {name: str(told[name]) for name in _DAYS if told[name]}
    return {
        name: value
        for name, value in told.items()
        if value not in (None, "", (), {}, 0) or (name == "fraction" and value is not None)
    }


def _item(told: dict[str, Any]) -> Item:
    days = {name: date.fromisoformat(told[name]) for name in _DAYS if name in told}
    return Item(**{**told, "tags": tuple(told.get("tags", ())), **days})
