"""The columns that JSON, CSV, Excel, Parquet and Markdown have: a commitment as one row of plain values."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from operator import itemgetter
from typing import Any, Final

from peerkit.formats.items import Item
from peerkit.formats.words import day_of, remembered
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
# Of a due date: one on every day of a hundred years.
MAX_MOVES = 36_500
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


def read_columns(
    columns: Mapping[str, Sequence[Any]],
    unknown: list[dict[str, Any]],
    wrong: dict[int, str],
) -> dict[str, list[Any]]:
    """Return what rows tell of items, column by column and by the names of an item's fields, as `items.made` takes it.

    Args:
        columns: Values by the names of `COLUMNS`, one for each row, blank where None or ""; others become
            `unknown`. They may be text, as CSV holds them.
        unknown: What else each row has, which its item keeps.
        wrong: Why a row is not taken, by its place among these; what is found here is added.
    """
    told = {name: _column(name, values, wrong) for name, values in columns.items()}
    for name, (is_right, reason) in _RIGHT.items():
        others = {one for one in set(told.get(name, ())) if one is not None and not is_right(one)}
        for i, one in enumerate(told[name]) if others else ():
            if one in others:
                wrong.setdefault(i, reason)
    kept: dict[str | None, dict[str, list[Any]]] = {None: {}, "details": {}, "unknown": {}}
    for name, values in told.items():
        kept[_PLACES.get(name, _ELSE)[0]][name] = values
    made = {
        attribute: _filled(values, _BLANK.get(attribute))
        for name, values in kept[None].items()
        for attribute in [_PLACES[name][1]]
    }
    made["details"], found = dicts_of(kept["details"], len(unknown)), dicts_of(kept["unknown"], len(unknown))
    made["unknown"] = [one | new for new, one in zip(found, unknown, strict=True)] if any(unknown) else found
    return made


def _filled(values: list[Any], blank: Any) -> list[Any]:
    return (
        values if blank is None or None not in values else [blank if one is None else one for one in values]
    )


def each(read: Callable[[Any], Any], values: Sequence[Any]) -> list[Any]:
    """Return what is read of each value of a column, None where it is blank."""
    if all(values):
        return list(map(read, values))
    # First whether it is anything, because to compare a day with a text takes as long as to read it.
    return [read(value) if value or (value is not None and value != "") else None for value in values]


def split(
    rows: Sequence[dict[str, Any]], blanks: Mapping[str, Any]
) -> tuple[dict[str, list[Any]], list[dict[str, Any]]]:
    """Return what rows say, column by column, and what each of them says beside these columns.

    Args:
        rows: At least one.
        blanks: The columns' names, each with what stands for it where a row does not have it; one that no row
            has is left out.
    """
    names = list(rows[0])
    if len(names) > 1 and {len(names)}.issuperset(map(len, rows)):
        # Most often all have the same names, and then what they say is taken at once.
        try:
            values = list(map(list, zip(*map(itemgetter(*names), rows), strict=True)))
        except KeyError:
            pass
        else:
            columns = dict(zip(names, values, strict=True))
            rest = {name: columns[name] for name in names if name not in blanks}
            return {name: columns[name] for name in blanks if name in columns}, dicts_of(rest, len(rows))
    there = blanks.keys() & set().union(*rows)
    return (
        {name: [row.get(name, blanks[name]) for row in rows] for name in blanks if name in there},
        [{name: one for name, one in row.items() if name not in blanks and one is not None} for row in rows],
    )


def dicts_of(columns: dict[str, list[Any]], n: int) -> list[dict[str, Any]]:
    """Return what each of `n` rows says, by the names of columns; where it says nothing in one, nothing of it."""
    rows: list[dict[str, Any]] = [{} for _ in range(n)]
    for name, values in columns.items():
        for row, one in zip(rows, values, strict=True):
            if one is not None:
                row[name] = one
    return rows


def _column(name: str, values: Sequence[Any], wrong: dict[int, str]) -> list[Any]:
    read = _PLACES.get(name, _ELSE)[2]
    if read in _AS_IT_IS and _AS_IT_IS[read].issuperset(map(type, values)):
        return list(values) if all(values) else [None if value == "" else value for value in values]
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


@remembered
def _written_day(value: Any) -> str:
    return str(_day(value))


def _number(value: Any) -> float:
    number = float(value) if not isinstance(value, bool) else math.nan
    if not math.isfinite(number):
        raise ValueError
    return number


def _whole(value: Any) -> int:
    return value if type(value) is int else int(str(value))


def _flag(value: Any) -> bool:
    return value if isinstance(value, bool) else {"true": True, "false": False}[_text(value).lower()]


def _list(value: Any) -> tuple[str, ...]:
    return tuple(map(_text, value)) if isinstance(value, list) else tuple(_text(value).split(", "))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, date) else value


_READ: dict[Kind, Callable[[Any], Any]] = {
    "date": _day,
    "number": _number,
    "integer": _whole,
    "flag": _flag,
    "json": _list,
}


def _place_of(name: str, kind: Kind) -> tuple[str | None, str, Callable[[Any], Any]]:
    """Return where an item keeps a column, as one of its own or in which of its dicts, and how its value is read."""
    read = _READ.get(kind, _text)
    if name in HISTORY:
        # As JSON holds it.
        return "unknown", name, _written_day if kind == "date" else read
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
    "moves": (lambda moves: 0 <= moves <= MAX_MOVES, "Its number of moves is none that can be."),
    "confidence": (lambda share: 0 <= share <= 1, "Its confidence does not lie between 0 and 1."),
}
# What an item says where a row says nothing; the others are None.
_BLANK: dict[str, Any] = {
    "uid": "",
    "text": "",
    "outcome": "open",
    "area": "",
    "notes": "",
    "recurrence": "",
    "tags": (),
}
# Of which types the values are that need no reading.
_AS_IT_IS: dict[Callable[[Any], Any], set[type]] = {
    _text: {str, type(None)},
    _day: {date, type(None)},
    _whole: {int, type(None)},
}
