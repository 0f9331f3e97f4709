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


def is_seen(keys: Iterable[Any], visibilities: Sequence[str]) -> list[bool]:
    """Return of each row whether others may read it: it is shared, and so is the last row of the same thing.

    A thing that was shared and is private now is not seen at all; of one that is shared now, nothing is seen
    that stands in a private row. So what is shared later has to be said again, in a shared row.

    Args:
        keys: What each row tells of, in the order (recorded_at, row_id).
        visibilities: "private" or "shared", one for each.

    Example:
        >>> is_seen(["a", "a", "b", "b"], ["private", "shared", "shared", "private"])
        [False, True, False, False]
    """
    keys = list(keys)
    last = dict(zip(keys, visibilities, strict=True))
    return [said == last[key] == "shared" for key, said in zip(keys, visibilities, strict=True)]


def shared_rows(rows: Sequence[Row], table: str) -> list[Row]:
    """Return those of a table's rows that others may read; see `is_seen`.

    Args:
        rows: All of what they tell of, in the order (recorded_at, row_id).
        table: sessions, answers or entries.
    """
    keys = [tuple(row[column] for column in KEYS[table]) for row in rows]
    return list(compress(rows, is_seen(keys, [row["visibility"] for row in rows])))


def shared_of(rows: pd.DataFrame, table: str) -> pd.DataFrame:
    """Return those rows of a frame (`journal.entries()`) that others may read, in the order made; see `is_seen`."""
    ordered = rows.sort_values(["recorded_at", "row_id"], ignore_index=True)
    keys = zip(*(ordered[column] for column in KEYS[table]), strict=True)
    seen = list(compress(range(len(ordered)), is_seen(keys, ordered["visibility"].to_list())))
    return ordered.take(seen).reset_index(drop=True)


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
    is_shared = is_seen(entries["commitment_id"], entries["visibility"].to_list())
    is_listed = [
        shared or peers.get(name) == journal.author
        for name, shared in zip(entries["commitment_id"], is_shared, strict=True)
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
