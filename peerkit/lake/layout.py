"""How a lake is laid out: tables, columns, buckets of whole pairs, and what each file says of itself.

    LAKE/bucket=17/part-4f2a....parquet             the entries of one pair
    LAKE/_sessions/bucket=17/part-4f2a....parquet   its sessions, where they were asked for

Readers of Parquet take `bucket` for a column and pass over what begins with an underscore. In each table
`recorded_at` is a day of the pair's own calendar, its place among that day's rows added in microseconds: the
fold needs the day and the order, and nobody else needs the hour or the time zone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from peerkit.errors import LakeError

if TYPE_CHECKING:
    import pyarrow as pa

Table = Literal["entries", "sessions"]
Kind = Literal["id", "word", "text", "date", "number", "integer", "flag"]

BUCKETS: Final = 64
_VERSION: Final = 1
_KEY: Final = b"peerkit.lake"

TEXTS: Final = ("text", "first_step", "cue", "obstacle", "if_then", "evidence", "reason")
# Words that a pair may have chosen itself: a rare one tells who they are.
WORDS: Final = ("accountability", "area")
COLUMNS: Final[dict[Table, dict[str, Kind]]] = {
    "entries": {
        "pair": "word",
        "commitment_id": "id",
        "session_id": "word",
        "peer": "word",
        "recorded_at": "date",
        "due_on": "date",
        "outcome": "word",
        "confidence": "number",
        "fraction": "number",
        "closed_on": "date",
        "obstacle_came": "flag",
        "plan_fired": "flag",
        **dict.fromkeys(WORDS, "word"),
        **dict.fromkeys(TEXTS, "text"),
    },
    "sessions": {
        "pair": "word",
        "session_id": "id",
        "recorded_at": "date",
        "held_on": "date",
        "status": "word",
        "focus": "word",
        "coach": "word",
        "minutes": "integer",
        "heard": "integer",
        "floor": "word",
    },
}
_WANTED = {"date": "timestamp[us]", "number": "double", "integer": "int64", "flag": "bool"}


@dataclass(frozen=True)
class Label:
    """What a file says of itself: the secret its ids were hashed with (not the secret), and whose export it is."""

    secret: str
    source: str


def bucket_of(pair: str) -> int:
    """Return the bucket of a pair's token, so that all of a pair lies in one."""
    return int(pair[:8], 16) % BUCKETS


def pyarrow() -> Any:
    """Return pyarrow with its Parquet half loaded.

    Raises:
        LakeError: If it is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        msg = "A lake is made of Parquet files, which need pyarrow. Install it with: pip install 'peerkit[lake]'"
        raise LakeError(msg) from error
    return pyarrow


def schema(table: Table, columns: list[str], label: Label | None = None) -> pa.Schema:
    """Return the Arrow schema of these columns, with the label that a file bears."""
    wanted = [(name, arrow_type(COLUMNS[table][name])) for name in columns]
    said = None if label is None else {_KEY: json.dumps({"version": _VERSION, **vars(label)}).encode()}
    return pyarrow().schema(wanted, metadata=said)


def arrow_type(kind: Kind) -> Any:
    """Return the Arrow type of a kind; ids, words and texts are strings."""
    return pyarrow().type_for_alias(_WANTED.get(kind, "string"))


def fits(given: Any, kind: Kind) -> bool:
    """Return whether a file's type will do for a kind: strings may be large, views or dictionaries."""
    if kind not in _WANTED:
        given = getattr(given, "value_type", given)
        return str(given) in ("string", "large_string", "string_view")
    return bool(given == arrow_type(kind))


def label_of(found: pa.Schema) -> Label | None:
    """Return what a file says of itself; None where it is none of ours, or of a newer peerkit."""
    try:
        said = json.loads((found.metadata or {})[_KEY])
        return Label(str(said["secret"]), str(said["source"])) if said["version"] == _VERSION else None
    except (KeyError, ValueError, TypeError, RecursionError):
        return None
