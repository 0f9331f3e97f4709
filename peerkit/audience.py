"""What others than its owner may see: the one rule that summaries, calendars, exports, digests and lakes share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import compress
from typing import TYPE_CHECKING, Any

from peerkit.schema import Row

if TYPE_CHECKING:
    import pandas as pd

    from peerkit.journal import Journal

KEYS = {
    "sessions": ("session_id",),
    "answers": ("session_id", "phase", "prompt", "author"),
    "entries": ("commitment_id",),
}


# What every row has that says a thing whole, and not only what became of it.
_WHOLE = {"sessions": "held_on", "answers": "value", "entries": "text"}


def is_seen(keys: Iterable[Any], visibilities: Iterable[str], is_whole: Iterable[bool]) -> list[bool]:
    """Return of each row whether others may read it: it is shared, and so is the last row of the same thing.

    A thing that was shared and is private now is not seen at all; of one that is shared now, nothing is seen
    that stands in a private row. So what is shared later has to be said again, in a shared row: before one that
    says it whole there is nothing to see.

    Args:
        keys: What each row tells of, in the order (recorded_at, row_id).
        visibilities: "private" or "shared", one for each.
        is_whole: Whether a row says the thing whole, and not only what became of it.

    Example:
        >>> is_seen("aabb", ["private", "shared", "shared", "private"], [True] * 4)
        [False, True, False, False]
    """
    rows = list(zip(keys, visibilities, is_whole, strict=True))
    last = {key: said for key, said, _ in rows}
    begun: set[Any] = set()
    seen = []
    for key, said, whole in rows:
        is_shared = said == last[key] == "shared"
        begun |= {key} if is_shared and whole else set()
        seen.append(is_shared and key in begun)
    return seen


def shared_rows(rows: Sequence[Row], table: str) -> list[Row]:
    """Return those of a table's rows that others may read; see `is_seen`.

    Args:
        rows: All of what they tell of, in the order (recorded_at, row_id).
        table: sessions, answers or entries.
    """
    keys = [tuple(row[column] for column in KEYS[table]) for row in rows]
    said, whole = (row["visibility"] for row in rows), (row[_WHOLE[table]] is not None for row in rows)
    return list(compress(rows, is_seen(keys, said, whole)))


def shared_of(rows: pd.DataFrame, table: str) -> pd.DataFrame:
    """Return those rows of a frame (`journal.entries()`) that others may read, in the order made; see `is_seen`."""
    ordered = rows.sort_values(["recorded_at", "row_id"], ignore_index=True)
    return ordered.take(list(compress(range(len(ordered)), _seen_in(ordered, table)))).reset_index(drop=True)


def _seen_in(ordered: pd.DataFrame, table: str) -> list[bool]:
    keys = zip(*(ordered[column] for column in KEYS[table]), strict=True)
    return is_seen(keys, ordered["visibility"], ordered[_WHOLE[table]].notna())


def seen_by(journal: Journal, *, as_of: date) -> pd.DataFrame:
    """Return the commitments that the journal's peer may look at: all of their own, of the partner's what is shared.

    Args:
        journal: Where they are kept. Its author is who looks.
        as_of: Day to look from, as in `commitments`.
    """
    from peerkit.fold import commitments as folded  # here, because it loads pandas

    entries = journal.entries()
    named = entries[entries["peer"].notna()]
    peers = dict(zip(named["commitment_id"], named["peer"], strict=True))
    is_listed = [
        shared or peers.get(name) == journal.author
        for name, shared in zip(entries["commitment_id"], _seen_in(entries, "entries"), strict=True)
    ]
    rows = entries.take(list(compress(range(len(entries)), is_listed)))
    return folded(rows, as_of=as_of, time_zone=journal.time_zone)


def commitments(journal: Journal, audience: str, *, as_of: date | None = None) -> pd.DataFrame:
    """Return the commitments that an audience may see, as `Journal.commitments` does.

    For "mine" all of them; for "ours" and "outside" what the shared rows say, of those that are shared now.

    Args:
        journal: Where they are kept.
        audience: mine, ours or outside.
        as_of: Day to look from. Today when left out. Whether something is shared is asked of today.
    """
    if audience == "mine":
        return journal.commitments(as_of)
    from peerkit.fold import commitments as folded  # here, because it loads pandas

    shared = shared_of(journal.entries(), "entries")
    return folded(shared, as_of=as_of or journal.today(), time_zone=journal.time_zone)
