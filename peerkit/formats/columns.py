"""The columns that JSON, CSV, Excel, Parquet and Markdown have: a commitment as one row of plain values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from peerkit.formats.items import Item, day_of
from peerkit.schema import TABLES, WORDS, Kind

# What an item holds itself, in the order in which people read it; `id` is its uid.
_OWN: Final[dict[str, Kind]] = {
    "id": "name",
    "peer": "word",
    "text": "text",
    "outcome": "word",
    "made_on": "date",
    "due_on": "date",
    "closed_on": "date",
    "fraction": "number",
    "area": "word",
    "notes": "text",
    "recurrence": "word",
    "tags": "json",
}
_ELSEWHERE = {"row_id", "recorded_at", "author", "commitment_id", "pair_id", "session_id"}
# What else the ledger says of a commitment, and takes from a file.
DETAILS: Final[dict[str, Kind]] = {
    name: kind for name, kind in TABLES["entries"].items() if name not in _OWN and name not in _ELSEWHERE
}
# What the ledger's history says, which one row cannot enter again: it is kept beside, and comes out again.
HISTORY: Final[dict[str, Kind]] = {
    "first_due_on": "date",
    "latest_due_on": "date",
    "moves": "integer",
    "session_id": "name",
}
COLUMNS: Final[dict[str, Kind]] = {**_OWN, **DETAILS, **HISTORY}
_AS_TEXT = ("name", "text", "word")
_FIELDS = {name: "uid" if name == "id" else name for name in _OWN if name != "peer"}
_DETAILED = {"peer", *DETAILS}
# Without any words of a session, and the peers by initials.
OUTSIDE: Final = ("peer", "outcome", "made_on", "due_on", "closed_on", "fraction", "moves")


def row_of(item: Item) -> dict[str, Any]:
    """Return an item as one value for each of `COLUMNS`: dates are `date`, blanks None, tags a list."""
    own = {
        "id": item.uid or None,
        "text": item.text or None,
        "outcome": item.outcome,
        "made_on": item.made_on,
        "due_on": item.due_on,
        "closed_on": item.closed_on,
        "fraction": item.fraction,
        "area": item.area or None,
        "notes": item.notes or None,
        "recurrence": item.recurrence or None,
        "tags": list(item.tags) or None,
    }
    kept = {name: item.unknown.get(name) for name in HISTORY}
    kept |= {name: day_of(kept[name]) for name in HISTORY if HISTORY[name] == "date" and kept[name]}
    return {name: (own | item.details | kept).get(name) for name in COLUMNS}


def item_of(row: Mapping[str, Any], *, line: int) -> Item | str:
    """Return the item that a row tells, or why it tells none. Values may be text, as CSV holds them.

    Args:
        row: Values by the names of `COLUMNS`; others become `unknown`.
        line: Where it stands in the file.
    """
    item = Item("", "", line=line)
    details, unknown = item.details, item.unknown
    for name, value in row.items():
        if value is None or value == "":
            continue
        kind = COLUMNS.get(name)
        if kind is not None and (type(value) is not str or kind not in _AS_TEXT):
            try:
                value = _value(kind, value)
            except (ValueError, TypeError, OverflowError, LookupError):
                return f"Its {name} cannot be read."
        if name in _FIELDS:
            setattr(item, _FIELDS[name], value)
        elif name in _DETAILED:
            details[name] = value
        else:
            unknown[name] = str(value) if isinstance(value, date) else value
    for name, told in (("outcome", item.outcome), ("visibility", details.get("visibility"))):
        if told is not None and told not in WORDS[name]:
            return f"Its {name} is none of: {', '.join(WORDS[name])}."
    if not 0 <= details.get("confidence", 0) <= 1:
        return "Its confidence does not lie between 0 and 1."
    return item


def _value(kind: Kind, value: Any) -> Any:
    if kind == "date":
        day = value if type(value) is date else day_of(_text(value))
        if day is None:
            raise ValueError
        return day
    if kind == "number":
        number = float(value) if not isinstance(value, bool) else math.nan
        if not math.isfinite(number):
            raise ValueError
        return number
    if kind == "integer":
        return int(_text(str(value)))
    if kind == "flag":
        return value if isinstance(value, bool) else {"true": True, "false": False}[_text(value).lower()]
    if kind == "json":
        return tuple(map(_text, value)) if isinstance(value, list) else tuple(_text(value).split(", "))
    return _text(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
