"""A backup in the place of the journal."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from peerkit import forget, remake, replace, store
from peerkit.errors import JournalError
from peerkit.journal import Journal
from peerkit.schema import Row


def restore(path: Path, backup: Path, *, me: str) -> None:
    """Put a backup in the journal's place; what was there is kept beside the other backups.

    What was forgotten since the backup was made is forgotten in it as well.

    Args:
        path: The journal's file; it may be damaged or gone.
        backup: One that `backups.back_up` made, of this peerkit or an earlier one. It stays as it is.
        me: Whose journal it is.

    Raises:
        LockedError: If it is encrypted, and no passphrase was given that opens it.
        JournalError: If it is no journal or damaged, or the journal is busy; the journal is as it was.
    """
    new = replace.new_path(path)
    stones = _tombstones(path)
    try:
        if not backup.is_file():
            msg = f"There is no file {backup}. Backups lie in {store.backup_folder(path)}, or where you put them."
            raise JournalError(msg)
        with _held(path):
            replace.tidy(path)
            _copy_privately(backup, new)
            engine = store.engine_of_copy(new, called=backup.name)
            try:
                with engine.begin() as connection:
                    counted = store.counts(connection)
                store.check(engine, counted)
            finally:
                engine.dispose()
            remake.put(path, new, is_sealed=store.key_in(engine) is not None)
    except OSError as error:
        msg = f"{backup} could not be restored: {error.strerror}. The journal is as it was."
        raise JournalError(msg) from error
    finally:
        with suppress(OSError):
            replace.wipe(new)
    journal = Journal(path, author=me)
    try:
        with journal.writing() as writer:
            writer.merge("tombstones", stones)
        forget.erase(journal)
    finally:
        journal.close()


def _tombstones(path: Path) -> list[Row]:
    """Return the tombstones of what is there, where it can be read."""
    try:
        journal = Journal(path, author="")
    except JournalError:
        return []
    try:
        return journal.rows("tombstones")
    finally:
        journal.close()


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """Keep what is there as a backup, and let nobody write until the block ends; also where nothing can be kept."""
    try:
        engine = store.engine_of(path, create=False)
    except JournalError:
        # It is gone, damaged, or nobody knows its passphrase: that is why a backup is restored.
        yield
        return
    try:
        folder = store.backup_folder(path)
        folder.mkdir(mode=0o700, exist_ok=True)
        number = 1 + sum(1 for _ in folder.glob("journal-before-restore-*.db"))
        store.copy(engine, folder / f"journal-before-restore-{number}.db")
        with engine.execution_options(peerkit_begin="EXCLUSIVE").begin():
            yield
    except DBAPIError as error:
        raise store.sentence(error, path) from error
    finally:
        engine.dispose()


def _copy_privately(source: Path, target: Path) -> None:
    """Copy a file to the disk so that nobody else can ever read the copy."""
    with os.fdopen(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as copy:
        with source.open("rb") as file:
            shutil.copyfileobj(file, copy)
        copy.flush()
        os.fsync(copy.fileno())
