"""What a row of the journal must be: each value fits its column, and what its kind needs is there.

A journal may come from elsewhere, or be damaged. Its rows are checked where they are read, so that nothing
behind that door meets a day that is none, or a session without one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from peerkit.errors import JournalError
from peerkit.schema import TABLES, WORDS, Kind, known_by

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)
# Microseconds since 1970 in UTC: the end of 2200.
LAST_MOMENT: Final = 7_289_654_400_000_000
# Lists in lists, and no deeper: the forms keep two levels.
MAX_DEPTH: Final = 50
MAX_JSON: Final = 20_000_000
# From the least to the greatest, both included.
_BOUNDS: Final[dict[str, tuple[float, float]]] = {
    "recorded_at": (0, LAST_MOMENT),
    "until": (0, LAST_MOMENT),
    "minutes": (0, 1440),
    "heard": (0, 10),
    "revision": (0, 1_000_000_000),
    "fraction": (0, 1),
    "confidence": (0, 1),
}
_TYPES: Final[dict[Kind, tuple[type, ...]]] = {
    "date": (date,),
    "number": (float, int),
    "integer": (int,),
    "instant": (int,),
    "flag": (bool,),
}
# What the rows of one session, answer or commitment must say together.
NEEDED: Final[dict[str, tuple[str, ...]]] = {
    "sessions": ("template", "template_digest", "held_on", "coach", "focus", "minutes", "status"),
    "answers": ("phase", "prompt", "revision"),
    "entries": ("peer", "text", "outcome"),
    "tombstones": ("kind", "until"),
}
KEYS: Final = {
    "sessions": ("session_id",),
    "answers": ("session_id", "phase", "prompt", "author"),
    "entries": ("commitment_id",),
    "tombstones": ("row_id",),
}
REMEDY: Final = " `peerkit doctor` says more, and copies out the good rows."
_PLAIN_ID = re.compile(r"[0-9A-Za-z-]{1,40}")


def fits(column: str, kind: Kind, value: object) -> bool:
    """Return whether a value may stand in a column; None is a blank, and fits everywhere."""
    if value is None:
        return True
    if type(value) not in _TYPES.get(kind, (str,)):
        return False
    if isinstance(value, date):
        return FIRST_DAY <= value <= LAST_DAY
    if isinstance(value, int | float):
        least, greatest = _BOUNDS.get(column, (value, value))
        return least <= value <= greatest
    return value in WORDS.get(column, (value,))


def check_rows(table: str, found: Sequence[Sequence[Any]]) -> None:
    """Refuse rows as the database gives them, each with all columns of the table, where a value does not fit.

    Raises:
        JournalError: Names table, row and column, and never what stands there.
    """
    # Column by column, because few values stand for many: a year has as many days as meetings, or fewer.
    for at, ((column, kind), values) in enumerate(
        zip(TABLES[table].items(), zip(*found, strict=True), strict=False)
    ):
        if not all(fits(column, kind, value) for value in samples(kind, values)):
            bad = next(row for row in found if not fits(column, kind, row[at]))
            raise damaged(table, bad[0], f"{column} cannot be used")


def check_whole(table: str, state: Mapping[str, Any]) -> None:
    """Refuse what the rows of one session, answer or commitment say together where something is missing.

    Raises:
        JournalError: Names table, the last row and the column.
    """
    for column in NEEDED[table]:
        if state.get(column) is None:
            raise damaged(table, state.get("row_id"), f"{column} is missing")


def value_of(table: str, row_id: object, text: str) -> Any:
    """Return an answer's value from its JSON.

    Raises:
        JournalError: If it is none, or lies deeper than any that the forms keep.
    """
    try:
        value = json.loads(text) if len(text) <= MAX_JSON else None
    except (ValueError, RecursionError):
        value = None
    # JSON's own null is never written: an answer that was emptied is an empty text.
    if value is None or (text.count("[") + text.count("{") > MAX_DEPTH and depth_of(value) > MAX_DEPTH):
        raise damaged(table, row_id, "value cannot be read")
    return value


def damaged(table: str, row_id: object, said: str) -> JournalError:
    """Return what is told of a row that cannot be used."""
    # An id from elsewhere may be anything, also what somebody typed.
    name = f"the row {row_id}" if _PLAIN_ID.fullmatch(str(row_id)) else "a row"
    return JournalError(f"The journal is damaged: in {name} of {table} {said}.{REMEDY}")


def faults(table: str, raw: Iterable[Sequence[Any]]) -> Iterator[tuple[tuple[Any, ...], JournalError]]:
    """Yield the rows, as SQLite itself has them, that cannot be used, each with the reason."""
    good = []
    for row in raw:
        plain = tuple(_decoded(kind, value) for kind, value in zip(TABLES[table].values(), row, strict=True))
        try:
            check_rows(table, [plain])
            if table == "answers" and plain[list(TABLES[table]).index("value")] is not None:
                value_of(table, row[0], plain[list(TABLES[table]).index("value")])
        except JournalError as error:
            yield tuple(row), error
            continue
        good.append((tuple(row), dict(zip(TABLES[table], plain, strict=True))))
    missing = {}
    for key, state in known_by((one for _, one in good), *KEYS[table]).items():
        try:
            check_whole(table, state)
        except JournalError as error:
            missing[key] = error
    for row, one in good:
        key = tuple(one[column] for column in KEYS[table])
        if key in missing:
            yield row, missing[key]


def samples(kind: Kind, values: Sequence[Any]) -> Iterable[Any]:
    """Return a few of a column's values that stand for all of them."""
    if kind in ("name", "text", "json", "flag"):
        return {type(value): value for value in values}.values()
    if kind == "instant" and {type(value) for value in values} == {int}:
        return (min(values), max(values))
    return set(values)


def _decoded(kind: Kind, value: Any) -> Any:
    """Return a value of SQLite as the journal reads it; one that cannot be is left as it is, and fits nowhere."""
    if kind == "flag" and value in (0, 1):
        return bool(value)
    if kind != "date" or not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        return value


def depth_of(value: object) -> int:
    """Return how many lists and dicts lie in each other in a value, and one more; counted no further than `MAX_DEPTH`."""
    depth, layer = 0, [value]
    while layer and depth <= MAX_DEPTH:
        depth += 1
        layer = [
            part
            for one in layer
            if isinstance(one, list | dict)
            for part in (one.values() if isinstance(one, dict) else one)
        ]
    return depth
