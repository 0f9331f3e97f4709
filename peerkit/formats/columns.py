"""The columns that JSON, CSV, Excel, Parquet and Markdown have: a commitment as one row of plain values."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, fields
from datetime import date
from functools import partial
from itertools import repeat
from typing import Any, Final

from peerkit.formats.items import Item, Skipped, day_of, remembered
from peerkit.schema import OUTCOMES, TABLES, VISIBILITIES, Kind

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


def items_of(
    columns: Mapping[str, Sequence[Any]],
    unknown: list[dict[str, Any]],
    lines: Sequence[int],
    wrong: dict[int, str],
) -> list[Item | Skipped]:
    """Return the item that each row tells, or why it tells none. Rows are read many at once, column by column.

    Args:
        columns: Values by the names of `COLUMNS`, one for each row, blank where None or ""; others become
            `unknown`. They may be text, as CSV holds them.
        unknown: What else each row has, which its item keeps.
        lines: Where each row stands in the file.
        wrong: Why a row is not taken, by its place among these, where that is known; what is found here
            is added.
    """
    told = {name: _column(name, values, wrong) for name, values in columns.items()}
    for name, (is_right, reason) in _RIGHT.items():
        for i, answer in enumerate(each(is_right, told.get(name, ()))):
            if answer is False:
                wrong.setdefault(i, reason)
    kept: dict[str, Any] = {"details": [dict[str, Any]() for _ in lines], "unknown": unknown, "line": lines}
    for name, values in told.items():
        place, attribute, _ = _PLACES.get(name, _ELSE)
        if place is None:
            blank = _BLANK[attribute]
            kept[attribute] = values if blank is None else [blank if one is None else one for one in values]
            continue
        for beside, one in zip(kept[place], values, strict=True):
            if one is not None:
                beside[name] = one
    items: list[Item | Skipped] = list(
        map(Item, *(kept.get(name) or repeat(blank) for name, blank in _BLANK.items()))
    )
    for i, reason in wrong.items():
        items[i] = Skipped(lines[i], reason)
    return items


def each(read: Callable[[Any], Any], values: Iterable[Any]) -> list[Any]:
    """Return what is read of each value of a column, None where it is blank."""
    return [None if value is None or value == "" else read(value) for value in values]


def _column(name: str, values: Sequence[Any], wrong: dict[int, str]) -> list[Any]:
    read = _PLACES.get(name, _ELSE)[2]
    if read is _text and _TEXTS.issuperset(map(type, values)):
        return [value or None for value in values]
    try:
        return each(read, values)
    except _UNREADABLE:
        pass
    told = []
    for i, value in enumerate(values):
        try:
            told += each(read, [value])
        except _UNREADABLE:
            told.append(None)
            wrong.setdefault(i, f"Its {name} cannot be read.")
    return told


@remembered
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


def _as_plain(read: Callable[[Any], Any], value: Any) -> Any:
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
        return "unknown", name, partial(_as_plain, read)
    if name in _DETAILED:
        return "details", name, read
    return None, "uid" if name == "id" else name, read


_PLACES = {name: _place_of(name, kind) for name, kind in COLUMNS.items()}
_ELSE: tuple[str | None, str, Callable[[Any], Any]] = ("unknown", "", _plain)
_UNREADABLE = (ValueError, TypeError, OverflowError, LookupError)
# What a column may say where it can be read, and what is said of a row in which it says something else.
_RIGHT: dict[str, tuple[Callable[[Any], bool], str]] = {
    "outcome": (OUTCOMES.__contains__, f"Its outcome is none of: {', '.join(OUTCOMES)}."),
    "visibility": (VISIBILITIES.__contains__, f"Its visibility is none of: {', '.join(VISIBILITIES)}."),
    "confidence": (lambda share: 0 <= share <= 1, "Its confidence does not lie between 0 and 1."),
}
_BLANK = {one.name: None if one.default is MISSING else one.default for one in fields(Item)} | {
    "uid": "",
    "text": "",
}
_TEXTS = {str, type(None)}
