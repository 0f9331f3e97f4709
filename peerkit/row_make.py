"""How rows come to be: what is told of them is checked, cleaned and made whole, column by column.

An import adds a hundred thousand rows, and few values of a column are unlike: so a column is asked once.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from peerkit.errors import JournalError
from peerkit.row_check import fits, samples, value_of
from peerkit.schema import KEYED_BY, MAX_TEXT, TABLES, WORDS, Row, clean, clean_value, is_clean_json

# What a column of each kind takes; a JSON column takes whatever JSON holds.
_TAKES: dict[str, tuple[type, ...]] = {
    "name": (str,),
    "text": (str,),
    "word": (str,),
    "date": (date,),
    "number": (float, int),
    "integer": (int,),
    "flag": (bool,),
}
# What bounds its values; words, texts and flags have none.
_BOUNDED = ("date", "number", "integer", "instant")


@dataclass(frozen=True, slots=True)
class Made:
    """Some rows of one table.

    Args:
        rows: As they will be read, without what is blank.
        stored: As SQLite keeps them: the values of all columns, in the order of `schema.TABLES`.
    """

    rows: list[Row]
    stored: list[tuple[Any, ...]]


def made(
    table: str, told: Sequence[Mapping[str, Any]], *, author: str, begin: int, chance: random.Random
) -> Made:
    """Make whole rows of what is told of them, in their order and a microsecond apart.

    Args:
        table: The table that they are for.
        told: The values of each row by column; a column left out is blank.
        author: Whose they are, unless they say so.
        begin: The moment of the first: microseconds since 1970 in UTC.
        chance: Gives the random part of their ids.

    Raises:
        JournalError: If a column is unknown, the key or an author is missing, or a value does not fit.
    """
    given = _columns(table, told)
    if not author and not all(given.get("author") or [not told]):
        msg = "This journal was opened without an author. Open it with peerkit.open(path, author=...)."
        raise JournalError(msg)
    moments = range(begin, begin + len(told))
    ids = [_row_id(moment, chance) for moment in moments]
    columns = {
        "author": _filled(given.pop("author", None), author, len(told)),
        "visibility": _filled(given.pop("visibility", None), "private", len(told)),
        **{column: _cleaned(TABLES[table][column], values) for column, values in given.items()},
        "row_id": ids,
        "recorded_at": moments,
    }
    stored = dict(columns)
    if "value" in columns:
        stored["value"] = [value if value is None else as_json(value) for value in columns["value"]]
        # As it will be read; what could not be read again is not written.
        columns["value"] = [
            text if text is None else value_of(table, row_id, text)
            for row_id, text in zip(ids, stored["value"], strict=True)
        ]
    names = list(columns)
    rows = [
        {name: value for name, value in zip(names, values, strict=True) if value is not None}
        for values in zip(*columns.values(), strict=True)
    ]
    return Made(rows, as_stored(table, stored))


def as_stored(table: str, columns: Mapping[str, Sequence[Any]]) -> list[tuple[Any, ...]]:
    """Return rows that are told by column, JSON as text, as SQLite keeps them; a column left out is blank."""
    blank = [None] * len(columns["row_id"])
    days = {name for name, kind in TABLES[table].items() if kind == "date"} & columns.keys()
    kept = {**columns, **{name: [day and day.isoformat() for day in columns[name]] for name in days}}
    return list(zip(*(kept.get(name, blank) for name in TABLES[table]), strict=True))


def _columns(table: str, told: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Return what is told by column, each of its values one that the column takes."""
    names = {name: None for row in told for name in row}
    unknown = sorted(names.keys() - TABLES[table].keys() | names.keys() & {"row_id", "recorded_at"})
    if unknown:
        msg = f"A row of {table} cannot set {', '.join(unknown)}. It has: {', '.join(TABLES[table])}."
        raise JournalError(msg)
    given = {name: [row.get(name) for row in told] for name in names}
    if not all(given.get(KEYED_BY[table]) or [not told]):
        msg = f"A row of {table} needs its {KEYED_BY[table]}."
        raise JournalError(msg)
    for column, values in given.items():
        _check(table, column, values)
    return given


def _check(table: str, column: str, values: list[Any]) -> None:
    kind = TABLES[table][column]
    # The values are not repeated: they may be what somebody typed.
    for unlike in set(map(type, values)).difference(_TAKES.get(kind, map(type, values)), [type(None)]):
        msg = (
            f"{column} takes {_TAKES[kind][0].__name__}, and was given {unlike.__name__}. Nothing was saved."
        )
        raise JournalError(msg)
    if kind in _BOUNDED and not all(fits(column, kind, value) for value in samples(kind, values)):
        msg = f"{column} lies outside what it can be. Nothing was saved; check the number or the year."
        raise JournalError(msg)
    for word in set(values).difference(WORDS[column], [None]) if column in WORDS else ():
        msg = f"Unknown {column} {word!r}. Use one of: {', '.join(WORDS[column])}."
        raise JournalError(msg)


def _cleaned(kind: str, values: list[Any]) -> list[Any]:
    if kind not in ("name", "text", "word"):
        return values
    if sum(map(len, filter(None, values))) <= MAX_TEXT:
        # Most often all together are such as `clean` leaves as they are.
        joined = "".join(filter(None, values))
        if joined.isascii() and joined.isprintable():
            return values
    return [value if value is None else clean(value) for value in values]


def as_json(value: object) -> str:
    """Return a value as the JSON that is kept, its texts clean, as `clean_value` makes them."""
    text = json.dumps(value, sort_keys=True)
    return text if is_clean_json(text) else json.dumps(clean_value(value), sort_keys=True)


def _filled(values: list[str | None] | None, otherwise: str, n: int) -> list[str]:
    return _cleaned("word", [value or otherwise for value in values or [None] * n])


def _row_id(recorded_at: int, chance: random.Random) -> str:
    # UUID version 7 (RFC 9562): 48 bits of Unix milliseconds, then version, variant and 74 random bits.
    bits = (recorded_at // 1000) << 80 | 0x7 << 76 | chance.getrandbits(12) << 64
    digits = f"{bits | 0b10 << 62 | chance.getrandbits(62):032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
