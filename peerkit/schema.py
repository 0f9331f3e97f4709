"""The words of the journal: tables, columns, their kinds and dtypes, and what text may enter."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final, Literal

from peerkit.errors import JournalError

Kind = Literal["name", "text", "word", "date", "number", "integer", "flag", "json", "instant"]
Row = dict[str, Any]

OUTCOMES: Final = ("open", "kept", "partly", "missed", "released", "void")
VISIBILITIES: Final = ("private", "shared")
STATUSES: Final = ("planned", "open", "closed", "missed")
# What can be forgotten: one answer, what was said in a session, a commitment, or all of a partner.
FORGOTTEN: Final = ("answer", "session", "commitment", "partner")
# Who has the floor in a session, and so a turn: the focus person; both, half of it each; nobody, where they
# meet about themselves as a pair; or nobody because they do not meet ("apart").
FLOORS: Final = ("focus", "both", "nobody", "apart")
# Under this, in place of a session, the answers keep what an import read of each commitment: its prompt.
IMPORTED: Final = "import-items"
AUDIENCES: Final = ("mine", "ours", "outside")

# A row of any table says who knew what, when. `recorded_at` is microseconds since 1970 in UTC.
_EVERY_ROW: Final[dict[str, Kind]] = {
    "row_id": "name",
    "recorded_at": "instant",
    "author": "word",
    "visibility": "word",
}

TABLES: Final[dict[str, dict[str, Kind]]] = {
    "sessions": {
        **_EVERY_ROW,
        "session_id": "name",
        "pair_id": "word",
        "template": "word",
        "template_digest": "word",
        "held_on": "date",
        "coach": "word",
        "focus": "word",
        "minutes": "integer",
        "status": "word",
        "heard": "integer",
        "override": "flag",
        "next_on": "date",
        "floor": "word",
        "swapped": "flag",
    },
    "answers": {
        **_EVERY_ROW,
        "session_id": "name",
        "phase": "word",
        "prompt": "word",
        "value": "json",
        "revision": "integer",
    },
    "entries": {
        **_EVERY_ROW,
        "commitment_id": "name",
        "pair_id": "word",
        "session_id": "name",
        "peer": "word",
        "text": "text",
        "first_step": "text",
        "due_on": "date",
        "cue": "text",
        "obstacle": "text",
        "if_then": "text",
        "evidence": "text",
        "accountability": "word",
        "confidence": "number",
        "area": "word",
        "outcome": "word",
        "fraction": "number",
        "closed_on": "date",
        "reason": "text",
        "obstacle_came": "flag",
        "plan_fired": "flag",
        "agreed_by": "word",
        # The outcome that the other peer confirms. It settles nothing: that is the owner's part.
        "acknowledged": "word",
    },
    # What was forgotten, and up to which moment; see `forget`. It holds no word of it.
    "tombstones": {
        **_EVERY_ROW,
        "kind": "word",
        "key": "name",
        "until": "instant",
    },
}

KEYED_BY: Final = {
    "sessions": "session_id",
    "answers": "session_id",
    "entries": "commitment_id",
    "tombstones": "key",
}

DTYPES: Final[dict[Kind, str]] = {
    "name": "str",
    "text": "str",
    "word": "category",
    "date": "datetime64[us]",
    "number": "Float64",
    "integer": "Int64",
    "flag": "boolean",
    "json": "str",
    "instant": "datetime64[us, UTC]",
}

WORDS: Final = {
    "outcome": OUTCOMES,
    "acknowledged": OUTCOMES,
    "visibility": VISIBILITIES,
    "status": STATUSES,
    "floor": FLOORS,
    "kind": FORGOTTEN,
}

MAX_TEXT: Final = 1_000_000
# Nobody plans further ahead: a day beyond that is a slip of the year.
TEN_YEARS: Final = timedelta(days=3660)

# Line feed and tab stay; the rest of C0, DEL and C1 would move a cursor or end a string.
_CONTROLS: Final = dict.fromkeys(i for i in [*range(32), *range(127, 160)] if i not in (9, 10))

# How JSON writes them, a carriage return and what is not ASCII.
_ESCAPED: Final = re.compile(r"\\[urbf]")


def clean(text: str) -> str:
    """Return `text` as it may enter the journal and a terminal: NFC, no control characters.

    Line ends become line feeds; half of a surrogate pair becomes U+FFFD.

    Raises:
        JournalError: If it is longer than `MAX_TEXT` characters.
    """
    if len(text) > MAX_TEXT:
        msg = (
            f"This text has {len(text):,} characters; a field takes {MAX_TEXT:,}. Keep it in a file instead."
        )
        raise JournalError(msg)
    # Most texts, words and names are such, and an import has millions of them.
    if text.isascii() and text.isprintable():
        return text
    plain = text.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROLS)
    if plain.isascii():
        return plain
    plain = plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return unicodedata.normalize("NFC", plain)


def one_line(text: str) -> str:
    """Return `text` as `clean` does, in one line: every run of white space is one space."""
    return " ".join(clean(text).split())


def clean_value(value: object) -> object:
    """Return a value with `clean` text, also inside the lists and dicts of an answer."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list | tuple):
        return [clean_value(part) for part in value]
    if isinstance(value, dict):
        return {clean(str(key)): clean_value(part) for key, part in value.items()}
    return value


def is_clean_json(text: str) -> bool:
    """Return whether JSON, as `json.dumps` writes it, surely holds only texts that are `clean`.

    It is ASCII and printable, so what `clean` would change stands there escaped. False says nothing: the
    texts of it are asked one by one.
    """
    return len(text) <= MAX_TEXT and not _ESCAPED.search(text)


def known(rows: Iterable[Mapping[str, Any]]) -> Row:
    """Return what the rows of one thing say together: column by column, the last known value.

    This is the one rule of the journal, for the few rows of one session, answer or commitment;
    `peerkit.fold` applies the same rule to whole ledgers. No rows give an empty dict.

    Args:
        rows: In the order (recorded_at, row_id); None means unchanged.

    Example:
        >>> known([{"due_on": "03-08", "outcome": "open"}, {"due_on": None, "outcome": "kept"}])
        {'due_on': '03-08', 'outcome': 'kept'}
    """
    state: Row = {}
    for row in rows:
        state.update({column: value for column, value in row.items() if value is not None})
    return state


def known_by(rows: Iterable[Row], *columns: str) -> dict[tuple[Any, ...], Row]:
    """Return `known` for each group of rows that agree in `columns`, in order of first appearance."""
    grouped: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        grouped.setdefault(tuple(row[column] for column in columns), []).append(row)
    return {key: known(group) for key, group in grouped.items()}
