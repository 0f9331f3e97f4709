"""The columns that JSON, CSV, Excel, Parquet and Markdown have: a commitment as one row of plain values."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache, partial
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
_ELSEWHERE = {"row_id", "recorded_at", "author", "commitment_id", "pair_id", "session_id", "acknowledged"}
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
_OUTCOMES = WORDS["outcome"]
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
    for name, value in row.items():
        if type(value) is str:
            # Text as text needs no reading, and is most of what there is.
            if name in _OWN_TEXTS and value:
                setattr(item, _OWN_TEXTS[name], value)
                continue
            if not value:
                continue
        elif value is None:
            continue
        place, attribute, read = _PLACES.get(name, _ELSE)
        try:
            told = read(value)
        except (ValueError, TypeError, OverflowError, LookupError):
            return f"Its {name} cannot be read."
        if place is None:
            setattr(item, attribute, told)
        else:
            getattr(item, place)[name] = told
    details = item.details
    if item.outcome not in _OUTCOMES:
        return f"Its outcome is none of: {', '.join(_OUTCOMES)}."
    if details:
        if details.get("visibility", "private") not in WORDS["visibility"]:
            return f"Its visibility is none of: {', '.join(WORDS['visibility'])}."
        if not 0 <= details.get("confidence", 0) <= 1:
            return "Its confidence does not lie between 0 and 1."
    return item


# There are few days in a file, and each of them many times.
@lru_cache(maxsize=10_000)
def _day(value: Any) -> date:
    day = value if type(value) is date else day_of(_text(value))
    if day is None:
        raise ValueError
    return day


def _number(value: Any) -> float:
    number = float(value) if not isinstance(value, bool) else math.nan
    if not math.isfinite(number):
        raise ValueError
    return number


def _flag(value: Any) -> bool:
    return value if isinstance(value, bool) else {"true": True, "false": False}[_text(value).lower()]


def _list(value: Any) -> tuple[str, ...]:
    return tuple(map(_text, value)) if isinstance(value, list) else tuple(_text(value).split(", "))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _read_plain(read: Callable[[Any], Any], value: Any) -> Any:
    return _plain(read(value))


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, date) else value


_READ: dict[Kind, Callable[[Any], Any]] = {
    "date": _day,
    "number": _number,
    "integer": lambda value: int(str(value)),
    "flag": _flag,
    "json": _list,
}


def _place_of(name: str, kind: Kind) -> tuple[str | None, str, Callable[[Any], Any]]:
    """Return where an item keeps a column, as one of its own or in which of its dicts, and how its value is read."""
    read = _READ.get(kind, _text)
    if name in HISTORY:
        return "unknown", name, partial(_read_plain, read)
    if name in _DETAILED:
        return "details", name, read
    return None, "uid" if name == "id" else name, read


_OWN_TEXTS = {
    name: "uid" if name == "id" else name
    for name, kind in _OWN.items()
    if kind in ("name", "text", "word") and name not in _DETAILED
}
_PLACES = {name: _place_of(name, kind) for name, kind in COLUMNS.items()}
_ELSE: tuple[str | None, str, Callable[[Any], Any]] = ("unknown", "", _plain)
