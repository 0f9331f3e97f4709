"""Forgetting for good: what was said is erased, and a tombstone keeps it from coming back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from peerkit.row_check import LAST_MOMENT
from peerkit.schema import Row

if TYPE_CHECKING:
    from peerkit.journal import Journal

# A tombstone without an end covers whatever comes to light of its thing, also later.
FOR_GOOD = LAST_MOMENT


def answer_key(session_id: str, phase: str, prompt: str, author: str) -> str:
    """Return how a tombstone names one answer."""
    return json.dumps([session_id, phase, prompt, author], ensure_ascii=False)


def covers(tombstones: Iterable[Row], table: str, row: Row, *, me: str) -> bool:
    """Return whether a row was forgotten.

    One's own tombstone covers what anybody wrote of its thing; another's covers only what they wrote
    themselves, for nobody erases the words of the other. A session's own row is no text and stays: that the
    two met, when and in which roles, is what the turns rest on. With a partner it goes as well.

    Args:
        tombstones: Rows of that table.
        table: The table of `row`.
        row: A row with the columns of its table.
        me: Whose journal it is.
    """
    return any(
        (one["author"] in (me, row["author"]))
        and row["recorded_at"] <= one["until"]
        and _is_of(one["kind"], one["key"], table, row)
        for one in tombstones
    )


def erase(journal: Journal) -> int:
    """Remove the rows that the journal's tombstones cover, and return how many.

    What is left of a commitment without what was promised, as what the other said of it, goes too.
    """
    with journal.writing() as writer:
        tombstones = writer.rows("tombstones")
        gone = 0
        for table in ("sessions", "answers", "entries"):
            rows = writer.rows(table)
            left = [row for row in rows if not covers(tombstones, table, row, me=journal.author)]
            if table == "entries":
                whole = {row["commitment_id"] for row in left if row["text"] is not None}
                left = [row for row in left if row["commitment_id"] in whole]
            ids = {row["row_id"] for row in rows} - {row["row_id"] for row in left}
            gone += writer.remove(table, ids)
    return gone


def _is_of(kind: str, key: str, table: str, row: Row) -> bool:
    """Return whether a row tells of the thing that a tombstone names."""
    if kind == "answer":
        return table == "answers" and key == answer_key(
            row["session_id"], row["phase"], row["prompt"], row["author"]
        )
    if kind == "commitment":
        return table == "entries" and row["commitment_id"] == key
    if kind == "session":
        return table in ("answers", "entries") and row["session_id"] == key
    return table != "tombstones" and key in _named(row)


def _named(row: Row) -> set[Any]:
    """Return who a row is by, or about."""
    return {row.get(column) for column in ("author", "peer", "coach", "focus")}
