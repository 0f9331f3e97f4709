"""Forgetting for good: what was said is erased, and a tombstone keeps it from coming back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from peerkit.row_check import LAST_MOMENT
from peerkit.schema import Row

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
