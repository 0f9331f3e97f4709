"""Making the journal's file anew: encrypted, decrypted, under another passphrase, or without what was forgotten.

There is one way to do all of it: every row goes into a new file, which is checked and then takes the place of the
old one (`replace`). So a crash leaves one of the two whole, and no page of the old file is left anywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from peerkit import replace, store, vault
from peerkit.errors import JournalError
from peerkit.tables import COLUMNS
from peerkit.vault import Key

# What becomes of a row on the way: itself, another, or None where it is left out.
Change: TypeAlias = Callable[[str, dict[str, Any]], dict[str, Any] | None]
_AT_ONCE = 2_000


def encrypt(path: Path, passphrase: str) -> None:
    """Encrypt the journal at `path`, or give an encrypted one another passphrase.

    Raises:
        JournalError: If the passphrase is too short, or as `remake`.
    """
    engine = store.engine_of(path, create=False)
    now = store.key_in(engine)
    engine.dispose()
    # The salt stays with the journal: whoever has it open elsewhere is asked for the new passphrase.
    key = vault.key_of(vault.check_new(passphrase), None if now is None else now.salt)
    remake(path, key)
    vault.remember(key)


def decrypt(path: Path) -> None:
    """Take the encryption off the journal at `path`.

    Raises:
        JournalError: If it is not encrypted, or as `remake`.
    """
    engine = store.engine_of(path, create=False)
    engine.dispose()
    if store.key_in(engine) is None:
        msg = f"The journal at {path} is not encrypted. Encrypt it with: peerkit encrypt"
        raise JournalError(msg)
    remake(path, None)


def without(path: Path, change: Change) -> None:
    """Make the journal at `path` anew with what `change` leaves of it, encrypted as it was."""
    engine = store.engine_of(path, create=False)
    engine.dispose()
    remake(path, store.key_in(engine), change)


def remake(path: Path, key: Key | None, change: Change | None = None) -> None:
    """Make the journal's file anew, under a key or, with None, in clear. Nobody can write meanwhile.

    Raises:
        LockedError: If no passphrase was given that opens it as it is.
        JournalError: If it is busy for five seconds, or cannot be read or written; it is as it was then.
    """
    new = replace.new_path(path)
    engine = store.engine_of(path, create=False)
    try:
        with engine.execution_options(peerkit_begin="EXCLUSIVE").begin() as old:
            replace.tidy(path)
            _fill(new, key, old, change)
            put(path, new, is_sealed=key is not None)
    except store.Replaced:
        msg = f"The journal at {path} has just been replaced. Nothing was changed; try again."
        raise JournalError(msg) from None
    except DBAPIError as error:
        raise store.sentence(error, path) from error
    except OSError as error:
        msg = f"The journal at {path} could not be made anew: {error.strerror}. It is as it was."
        raise JournalError(msg) from error
    finally:
        engine.dispose()


def put(path: Path, new: Path, *, is_sealed: bool) -> None:
    """Put a finished file in the journal's place, with the seal that says whether it is encrypted.

    A seal without need does no harm (the journal is tried in clear first), and its lack would: so it comes before the
    file and goes after it.

    Raises:
        OSError: If it cannot be done.
    """
    seal = vault.seal_path(path)
    if is_sealed and not seal.exists():
        beside = seal.with_name(f"{seal.name}.new")
        beside.write_bytes(vault.seal_text())
        beside.chmod(0o600)
        replace.sync(beside)
        beside.replace(seal)
    replace.put(path, new)
    if not is_sealed:
        seal.unlink(missing_ok=True)


def _fill(new: Path, key: Key | None, old: Connection, change: Change | None) -> None:
    """Write the rows of a journal to a new file, and check that it holds them."""
    store.create_empty(new, key)
    engine = store.engine_with(new, key)
    try:
        counted = {}
        with engine.execution_options(peerkit_begin="IMMEDIATE").begin() as connection:
            for table, columns in COLUMNS.items():
                counted[table] = _copy(old, connection, table, columns, change)
        check(engine, counted)
    finally:
        engine.dispose()


def _copy(old: Connection, new: Connection, table: str, columns: list[str], change: Change | None) -> int:
    marks, named = ", ".join("?" * len(columns)), ", ".join(columns)
    n_copied = 0
    rows = old.exec_driver_sql(f"SELECT {named} FROM {table} ORDER BY rowid")  # noqa: S608 our own names
    for some in rows.partitions(_AT_ONCE):
        kept = [tuple(row) for row in some]
        if change is not None:
            changed = (change(table, dict(zip(columns, row, strict=True))) for row in kept)
            kept = [tuple(row[name] for name in columns) for row in changed if row is not None]
        if kept:
            new.exec_driver_sql(f"INSERT INTO {table} ({named}) VALUES ({marks})", kept)  # noqa: S608
        n_copied += len(kept)
    return n_copied


def check(engine: Engine, counted: dict[str, int]) -> None:
    """Refuse a copy of a journal that is not whole, or has not so many rows in its tables.

    Raises:
        JournalError: If it is so.
    """
    with engine.begin() as connection:
        faults = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalars().all()
        found = {
            table: connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()  # noqa: S608
            for table in counted
        }
    if faults != ["ok"] or found != counted:
        msg = "The copy of the journal is not what was written; the disk may be failing. The journal is as it was."
        raise JournalError(msg)
