"""How rows come to be: what is told of them is checked, cleaned and made whole, column by column.

An import adds a hundred thousand rows, and few values of a column are unlike: so a column is asked once.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
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
    "instant": (int,),
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
    blank = [None] * len(told)
    columns: dict[str, Sequence[Any]] = {
        "author": blank,
        "visibility": blank,
        **{column: _cleaned(TABLES[table][column], values) for column, values in given.items()},
        "row_id": ids,
        "recorded_at": moments,
    }
    columns["author"] = [value or author for value in columns["author"]]
    columns["visibility"] = [value or "private" for value in columns["visibility"]]
    stored = dict(columns)
    if "value" in columns:
        answers = [
            (None, None) if value is None else _as_json(table, row_id, value)
            for row_id, value in zip(ids, columns["value"], strict=True)
        ]
        stored["value"], columns["value"] = zip(*answers, strict=True)
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
        if TABLES[table][column] != "json":
            _check(table, column, values)
    return given


def _check(table: str, column: str, values: list[Any]) -> None:
    """Refuse a column with a value that it does not take. But for a word it is not repeated: somebody typed it."""
    kind = TABLES[table][column]
    unlike = [one for one in dict.fromkeys(map(type, values)) if one not in (*_TAKES[kind], type(None))]
    if unlike:
        msg = f"{column} takes {_TAKES[kind][0].__name__}, and was given {unlike[0].__name__}. Nothing was saved."
        raise JournalError(msg)
    if kind in _BOUNDED and not all(fits(column, kind, value) for value in samples(kind, values)):
        msg = f"{column} lies outside what it can be. Nothing was saved; check the number or the year."
        raise JournalError(msg)
    words = WORDS.get(column, ())
    unknown = [one for one in dict.fromkeys(values) if words and one not in (*words, None)]
    if unknown:
        msg = f"Unknown {column} {unknown[0]!r}. Use one of: {', '.join(words)}."
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


def _as_json(table: str, row_id: str, value: object) -> tuple[str, Any]:
    """Return an answer's value as the JSON that is kept, its texts clean, and as it will be read.

    Raises:
        JournalError: If it could not be read again.
    """
    with suppress(TypeError):  # keys that are no texts, which `clean_value` makes texts
        text = json.dumps(value, sort_keys=True)
        # Most values are clean already, and texts, numbers, lists and dicts all through.
        if is_clean_json(text) and (read := value_of(table, row_id, text)) == value:
            return text, read
    text = json.dumps(clean_value(value), sort_keys=True)
    return text, value_of(table, row_id, text)


def _row_id(recorded_at: int, chance: random.Random) -> str:
    # UUID version 7 (RFC 9562): 48 bits of Unix milliseconds, then version, variant and 74 random bits.
    bits = (recorded_at // 1000) << 80 | 0x7 << 76 | chance.getrandbits(12) << 64
    digits = f"{bits | 0b10 << 62 | chance.getrandbits(62):032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
