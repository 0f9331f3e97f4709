"""What a durable row of the ledger costs beside the same row written with sqlite3 by hand."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.compare import Line, Side, medians
from peerkit import keep, promise
from peerkit.journal import Journal

ROUNDS = 200
MANY = 2000
AIM = 3.0

_PROMISE: dict[str, Any] = {
    "peer": "Amara",
    "text": "Walk to the bridge and back before breakfast",
    "first_step": "Put the shoes by the door",
    "confidence": 0.8,
    "visibility": "shared",
}


def lines() -> Iterator[Line]:
    """Yield an added row, a promise and a kept one, on a new journal and on one with many entries."""
    # In the folder where it is run: the system's own temporary folder may be memory, which is no disk.
    with tempfile.TemporaryDirectory(prefix=".row-", dir=Path.cwd()) as folder:
        for held in (0, MANY):
            journal = Journal(Path(folder) / f"{held}.db", author="Amara", pair_id="pair", create=True)
            with journal.writing() as writer:
                for _ in range(held):
                    writer.add("entries", _row(journal))
            yield from _lines_on(journal, held)


def _lines_on(journal: Journal, held: int) -> Iterator[Line]:
    today = journal.today()
    due_on = today + timedelta(days=7)
    kept = iter(
        [promise(journal, on=today, due_on=due_on, **_PROMISE).commitment_id for _ in range(ROUNDS + 1)]
    )
    rows = iter([_row(journal) for _ in range(ROUNDS + 1)])
    sides: dict[str, Side] = {
        "journal.add": lambda: journal.add("entries", next(rows)),
        "promise": lambda: promise(journal, on=today, due_on=due_on, **_PROMISE),
        "keep": lambda: keep(journal, next(kept), on=today),
        "bare": _bare(journal),
    }
    took = medians(sides, rounds=ROUNDS)
    place = f"on {held:,} entries" if held else "on a new journal"
    for name in ("journal.add", "promise", "keep"):
        yield Line("row", f"{name}, {place}", "bare sqlite3", took[name], took["bare"], aim=AIM)


def _row(journal: Journal) -> dict[str, Any]:
    return {"commitment_id": journal.new_id(), "outcome": "open", "due_on": journal.today(), **_PROMISE}


def _bare(journal: Journal) -> Side:
    """Return a writer of rows like the journal's newest, into a table with its columns and primary key.

    It has neither the journal's other indexes nor its triggers; the settings and the disk are the same.
    """
    connection = sqlite3.connect(journal.path.with_suffix(".bare.db"), isolation_level=None)
    connection.execute("PRAGMA journal_mode=DELETE")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("ATTACH ? AS journal", [str(journal.path)])
    connection.execute(
        *connection.execute("SELECT sql FROM journal.sqlite_schema WHERE name = 'entries'").fetchone()
    )
    connection.execute("INSERT INTO main.entries SELECT * FROM journal.entries")
    first, *rest = connection.execute(
        "SELECT * FROM journal.entries ORDER BY recorded_at DESC LIMIT 1"
    ).fetchone()
    connection.execute("DETACH journal")
    insert = f"INSERT INTO entries VALUES ({', '.join('?' * (1 + len(rest)))})"
    row_ids = (f"{first[:-6]}{number:06}" for number in range(10**6))

    def write() -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(insert, [next(row_ids), *rest])
        connection.execute("COMMIT")

    return write
