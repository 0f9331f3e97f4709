"""A backup in the place of the journal."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from peerkit import copies, forget, remake, replace, sqlite, store
from peerkit.errors import DamagedError, JournalError
from peerkit.journal import Journal
from peerkit.schema import TABLES, Row


def restore(path: Path, backup: Path, *, me: str) -> Path | None:
    """Put a backup in the journal's place; what was there is kept beside the other backups.

    What was forgotten since the backup was made is forgotten in it as well, and the backups that were known are
    known still.

    Args:
        path: The journal's file; it may be damaged or gone.
        backup: One that `backups.back_up` made, of this peerkit or an earlier one. It stays as it is.
        me: Whose journal it is.

    Returns:
        Where what was there is kept; None where nothing was there.

    Raises:
        LockedError: If it or the journal is encrypted, and no passphrase was given that opens it.
        JournalError: If it is no journal or damaged, or the journal is busy; the journal is as it was.
    """
    if not backup.is_file():
        msg = (
            f"There is no file {backup}. Backups lie in {copies.backup_folder(path)}, or where you put them."
        )
        raise JournalError(msg)
    if path.exists() and backup.samefile(path):
        msg = f"{backup} is the journal itself. Name a backup of it."
        raise JournalError(msg)
    try:
        with _held(path) as (now, kept):
            _put(path, backup, now, me=me)
    except OSError as error:
        msg = f"{backup} could not be restored: {error.strerror}. The journal is as it was."
        raise JournalError(msg) from error
    journal = Journal(path, author=me)
    try:
        forget.erase(journal)
    finally:
        journal.close()
    return kept


def _put(path: Path, backup: Path, now: Connection | None, *, me: str) -> None:
    """Make the new file of what the backup holds and the journal must keep, and put it in the journal's place."""
    copied = replace.copied_path(path)
    try:
        _copy_privately(backup, copied)
        engine = store.engine_of_copy(copied, called=backup.name)
        try:
            with engine.begin() as old:
                copies.check(engine, copies.counts(old))
                added = _still_known(now)
                names = {row["name"] for table, row in added if table == "local"}
                there = {row["row_id"] for row in _rows(old, "tombstones")}
                added = [one for one in added if one[1].get("row_id") not in there]
                stones = [row for table, row in added if table == "tombstones"]
                forgotten = forget.Forgotten([*_rows(old, "tombstones"), *stones], me=me)

                def left(table: str, row: dict[str, Any]) -> dict[str, Any] | None:
                    is_ours = table == "local" and row["name"] in names
                    return None if is_ours else forget.without(table, row, forgotten)

                remake.write(path, old, sqlite.key_in(engine), left, added=added)
        finally:
            engine.dispose()
        remake.put(path, is_sealed=sqlite.key_in(engine) is not None)
    finally:
        with suppress(OSError):
            replace.wipe(copied)


def _still_known(now: Connection | None) -> list[tuple[str, Row]]:
    """Return the tombstones and the names of backups that the journal has now, each with its table."""
    if now is None:
        return []
    names = [row for row in _rows(now, "local", ("name", "value")) if row["name"].startswith(copies.BACKUP)]
    return [("tombstones", row) for row in _rows(now, "tombstones")] + [("local", row) for row in names]


def _rows(connection: Connection, table: str, columns: tuple[str, ...] = ()) -> list[Row]:
    columns = columns or tuple(TABLES[table])
    found = connection.exec_driver_sql(f"SELECT {', '.join(columns)} FROM {table}")  # noqa: S608 our own names
    return [dict(zip(columns, row, strict=True)) for row in found]


@contextmanager
def _held(path: Path) -> Iterator[tuple[Connection | None, Path | None]]:
    """Keep what is there as a backup, and let nobody write until the block ends.

    What cannot be opened because it is damaged is moved to the backups as it is.
    """
    folder = copies.backup_folder(path)
    folder.mkdir(mode=0o700, exist_ok=True)
    number = 1 + sum(1 for _ in folder.glob("journal-before-restore-*.db"))
    kept = folder / f"journal-before-restore-{number}.db"
    if not path.exists():
        _wipe_rollback(path)
        yield None, None
        return
    try:
        engine = store.engine_of(path, create=False)
    except DamagedError:
        path.rename(kept)
        _wipe_rollback(path)
        yield None, kept
        return
    try:
        with engine.execution_options(peerkit_begin="EXCLUSIVE").begin() as connection:
            replace.tidy(path)
            # Row by row, for a connection that may write cannot be copied page by page.
            remake.write(kept, connection, sqlite.key_in(engine))
            new = replace.new_path(kept)
            replace.sync(new)
            new.replace(kept)
            yield connection, kept
    except sqlite.Replaced:
        msg = f"The journal at {path} has just been replaced. Nothing was changed; try again."
        raise JournalError(msg) from None
    except DBAPIError as error:
        raise sqlite.sentence(error, path) from error
    finally:
        engine.dispose()


def _wipe_rollback(path: Path) -> None:
    """Remove the rollback file of a journal that is not there: it would be played into the one that comes."""
    with suppress(FileNotFoundError):
        replace.wipe(path.with_name(f"{path.name}-journal"))


def _copy_privately(source: Path, target: Path) -> None:
    """Copy a file to the disk so that nobody else can ever read the copy."""
    with os.fdopen(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as copy:
        with source.open("rb") as file:
            shutil.copyfileobj(file, copy)
        copy.flush()
        os.fsync(copy.fileno())
