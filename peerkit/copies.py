"""Copies of a journal: how one is made and checked, and where those that peerkit knows of lie."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from peerkit import replace, sqlite, tables
from peerkit.errors import JournalError

# Under this the journal keeps where a backup lies.
BACKUP = "backup:"


def copy(engine: Engine, target: Path) -> None:
    """Copy a journal as it is at one moment, whoever writes meanwhile, encrypted as it is, and check the copy.

    Args:
        engine: Of the journal.
        target: A file that is not there yet. It is there when the copy is whole and on the disk, or not at all.

    Raises:
        JournalError: If it is there already, or the copy is not whole.
        OSError: If it cannot be written.
    """
    try:
        with engine.begin() as old:
            copy_from(old, target)
    except DBAPIError as error:
        raise sqlite.sentence(error, target) from error


def copy_from(old: Connection, target: Path) -> None:
    """Copy a journal as `copy` does, by a connection that holds it: until the copy is in its place nobody changes it."""
    if target.exists() or target.is_symlink():
        msg = f"{target} exists already. Name a new file, so that nothing is overwritten."
        raise JournalError(msg)
    beside = replace.new_path(target)
    os.close(os.open(beside, os.O_CREAT | os.O_TRUNC | os.O_RDWR, 0o600))
    kept = sqlite.engine(beside, sqlite.key_in(old.engine))
    try:
        with kept.connect() as new:
            old.connection.backup(new.connection.dbapi_connection)
        check(kept, counts(old))
        kept.dispose()
        replace.sync(beside)
        beside.replace(target)
        replace.sync(target.parent)
    except sqlite.database_errors() as error:
        raise sqlite.told(str(error), target) from error
    finally:
        kept.dispose()
        beside.unlink(missing_ok=True)


def counts(connection: Connection) -> dict[str, int]:
    """Return how many rows each table of a journal has."""
    asked = {name: f"SELECT count(*) FROM {name}" for name in tables.COLUMNS}  # noqa: S608 our own names
    there = set(connection.exec_driver_sql("SELECT name FROM sqlite_schema WHERE type = 'table'").scalars())
    return {
        name: connection.exec_driver_sql(question).scalar_one()
        for name, question in asked.items()
        if name in there
    }


def check(engine: Engine, counted: dict[str, int]) -> None:
    """Refuse a copy of a journal that is not whole, or has not so many rows in its tables.

    Raises:
        JournalError: If it is so.
    """
    with engine.begin() as connection:
        faults = [*connection.exec_driver_sql("PRAGMA integrity_check(1)").scalars()]
        if sqlite.key_in(engine) is not None:
            faults += connection.exec_driver_sql("PRAGMA cipher_integrity_check").scalars()
        found = counts(connection)
    if faults != ["ok"] or found != counted:
        msg = "The copy of the journal is not what was written; the disk may be failing. The journal is as it was."
        raise JournalError(msg)


def backup_folder(path: Path) -> Path:
    """Return the folder in which peerkit keeps backups of a journal by itself."""
    return path.parent / "backups"


def known_backups(connection: Connection, path: Path) -> list[Path]:
    """Return the backups of a journal: those that peerkit made by itself, and those asked for, there or not."""
    asked = "SELECT name FROM local WHERE name LIKE ? || '%' ORDER BY name"
    names = connection.exec_driver_sql(asked, (BACKUP,)).scalars()
    own = sorted(backup_folder(path).glob("*.db"))
    return [*own, *(Path(name.removeprefix(BACKUP)) for name in names)]


def begun_backups(path: Path) -> list[Path]:
    """Return the backups that peerkit began to make by itself, where the beginning is all that there is."""
    return [one.with_suffix("") for one in backup_folder(path).glob("*.new")]
