"""What can still be read of a damaged journal, and how to copy it out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from peerkit import sqlite, store
from peerkit.errors import JournalError
from peerkit.row_check import REMEDY, faults
from peerkit.schema import TABLES
from peerkit.tables import COLUMNS


def rescue(damaged: Path, target: Path) -> str:
    """Copy every row that can still be read to a new journal, and return what was copied in a sentence.

    Raises:
        JournalError: If the target exists, or nothing can be read.
    """
    if target.exists():
        msg = f"{target} exists already. Name a new file, so that nothing is overwritten."
        raise JournalError(msg)
    if not damaged.is_file():
        msg = f"There is no journal at {damaged}. Check the folder with: peerkit doctor"
        raise JournalError(msg)
    saved = {name: good_rows(damaged, name) for name in TABLES}
    saved["local"] = list(_readable(damaged, "local"))
    if not any(saved[name] for name in TABLES):
        msg = f"No row of {damaged} can be read. Restore the newest backup of this file."
        raise JournalError(msg)
    try:
        _fill(damaged, target, saved)
    except (DBAPIError, OSError) as error:
        msg = f"The rows cannot be written to {target}. Make room, or name a file elsewhere."
        raise JournalError(msg) from error
    counted = ", ".join(f"{len(saved[name])} of {name}" for name in TABLES)
    return f"Copied to {target}: {counted}. Move {damaged.name} away, put this file in its place, and run doctor again."


def _fill(damaged: Path, target: Path, saved: dict[str, list[tuple[object, ...]]]) -> None:
    """Write the rows to a new journal, encrypted as the damaged one is."""
    engine = store.engine_of(target, create=True, key=store.key_in_spite_of_damage(damaged))
    with engine.begin() as connection:
        for name, rows in saved.items():
            marks = ", ".join("?" * len(COLUMNS[name]))
            if rows:
                connection.exec_driver_sql(f"INSERT OR IGNORE INTO {name} VALUES ({marks})", rows)  # noqa: S608 our own names
    engine.dispose()


def what_is_left(path: Path) -> str:
    """Return in a sentence how many rows can be read, and how to copy them out; blank where there is no file."""
    if not path.is_file():
        return ""
    counted = ", ".join(f"{len(good_rows(path, name))} of {name}" for name in TABLES)
    return f"Rows that can be read: {counted}. Copy them out with: peerkit doctor --rescue rescued.db"


def _readable(path: Path, table: str) -> Iterator[tuple[object, ...]]:
    """Yield the rows that can be read: from the front to the first damage, and from the back to the last."""
    seen: set[object] = set()
    for direction in ("ASC", "DESC"):
        # A connection each: after an error a statement cannot go on, and the next may still read elsewhere.
        try:
            connection = store.reading(path)
        except sqlite.database_errors():
            return  # a file that cannot even be opened has no rows to give
        # Bytes that are no text any more are shown as such, rather than ending the rescue.
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        try:
            there = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
            # A journal of an earlier peerkit lacks the columns that came later.
            columns = ", ".join(name if name in there else "NULL" for name in COLUMNS[table])
            for row in connection.execute(f"SELECT {columns} FROM {table} ORDER BY rowid {direction}"):  # noqa: S608
                if row[0] not in seen:
                    seen.add(row[0])
                    yield row
        except sqlite.database_errors():
            # The rest of this direction is damaged; what came before it is already told.
            continue
        finally:
            connection.close()


def good_rows(path: Path, table: str) -> list[tuple[object, ...]]:
    """Return the rows of a table that can be read and used."""
    rows = list(_readable(path, table))
    bad = {row[0] for row, _ in faults(table, rows)}
    return [row for row in rows if row[0] not in bad]


def bad_rows(path: Path) -> list[str]:
    """Return in a sentence each what is wrong with the rows that can be read and cannot be used."""
    return [
        str(fault).removesuffix(REMEDY) for name in TABLES for _, fault in faults(name, _readable(path, name))
    ]
