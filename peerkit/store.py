"""The journal's file: opened with the key that fits, of our tables, and without what a crash left."""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from peerkit import copies, replace, sqlite, tables, vault
from peerkit.errors import JournalError, LockedError
from peerkit.vault import Key

# SQLCipher's pages; an encrypted file has whole ones.
_PAGE = 4096
# The last bytes of a rollback file that names another file beside the journal's own.
_NAMES_ANOTHER = bytes.fromhex("d9d505f920a163d7")


def engine_of(path: Path, *, create: bool, key: Key | None = None) -> Engine:
    """Return the engine of the journal at `path`, checked to be one that this peerkit reads.

    Args:
        path: The journal's file.
        create: Make it when it is not there.
        key: What a new one is encrypted with; one that is there is opened with whatever key `vault` finds.

    Raises:
        LockedError: If it is encrypted, and no passphrase was given that opens it.
        JournalError: If the file is missing, is no journal, is damaged, or is of a newer peerkit.
    """
    engine = None
    try:
        is_new = not path.exists() or path.stat().st_size == 0
        if is_new and not create:
            msg = f"There is no journal at {path}. Make a workspace with: peerkit init {path.parent}"
            raise JournalError(msg)
        _check_leftover(path)
        if is_new:
            # Made by hand so that nobody else on the machine can ever read it.
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            engine = sqlite.engine(path, key)
            tables.create(engine)
        else:
            engine = _opened(path)
        _check_version(engine, path)
        if tables.is_old(engine):
            _keep_former(engine, path)
            tables.bring_up_to_date(engine)
        if replace.has_leftover(path) or copies.begun_backups(path):
            _tidy(engine, path)
    except JournalError:
        _dispose(engine)
        raise
    except DBAPIError as error:
        _dispose(engine)
        raise sqlite.sentence(error, path) from error
    except sqlite.Replaced:
        _dispose(engine)
        return engine_of(path, create=False)
    except OSError as error:
        _dispose(engine)
        if error.errno == errno.EROFS:
            msg = f"The journal at {path} {sqlite.REMEDIES['readonly']}"
            raise JournalError(msg) from error
        msg = f"The journal at {path} cannot be used: {error.strerror}. Choose a folder that you may read and write."
        raise JournalError(msg) from error
    return engine


def engine_with(path: Path, *keys: Key | None) -> Engine | None:
    """Return the engine of a journal with the first of these keys that opens it, or None; nobody is asked.

    Raises:
        JournalError: If it is busy, or cannot be read.
    """
    for key in keys:
        engine = sqlite.engine(path, key)
        try:
            if _is_readable(engine):
                return engine
        except DBAPIError as error:
            engine.dispose()
            raise sqlite.sentence(error, path) from error
        engine.dispose()
    return None


def check_kind(engine: Engine, path: Path) -> None:
    """Refuse a file that is no journal, or one of a newer peerkit.

    Raises:
        JournalError: If it is so.
    """
    try:
        _check_version(engine, path)
    except DBAPIError as error:
        raise sqlite.sentence(error, path) from error


def engine_of_copy(path: Path, *, called: str) -> Engine:
    """Return the engine of a copy of a journal, encrypted or not, of the tables of any version up to ours.

    Args:
        path: The copy; it gets the tables of this version.
        called: What the person knows it by.

    Raises:
        LockedError: If no passphrase was given that opens it.
        JournalError: If it is none.
    """
    try:
        engine = engine_with(path, None)
        if engine is None and path.stat().st_size % _PAGE:
            msg = f"{called} is no journal, and no backup of one."
            raise JournalError(msg)
        engine = engine or _unlocked(path, called)
        try:
            _check_version(engine, path)
            tables.bring_up_to_date(engine)
        except BaseException:
            engine.dispose()
            raise
    except DBAPIError as error:
        raise sqlite.sentence(error, path) from error
    return engine


def key_for(path: Path) -> Key | None:
    """Return the key of the journal at `path`; None where it is not encrypted.

    Raises:
        JournalError: As `engine_of`.
    """
    engine = engine_of(path, create=False)
    engine.dispose()
    return sqlite.key_in(engine)


def reading(path: Path) -> sqlite3.Connection:
    """Return a connection of the database's own kind that reads the journal at `path`, and never writes.

    Raises:
        LockedError: As `engine_of`.
        DatabaseError: One of `database_errors`, if it cannot be opened.
    """
    # In an address, %20, # and ? mean something; in the name of a folder they do not.
    address = f"{path.resolve().as_uri()}?mode=ro"
    key = key_in_spite_of_damage(path)
    if key is None:
        return sqlite3.connect(address, uri=True)
    connection: sqlite3.Connection = sqlite.cipher().connect(address, uri=True)
    sqlite.unlock_with(connection, key)
    return connection


def key_in_spite_of_damage(path: Path) -> Key | None:
    """Return the key of a journal that may be damaged; None where it is in clear.

    Raises:
        LockedError: If no passphrase was given that opens it.
    """
    if not vault.has_seal(path):
        return None
    engine = engine_with(path, None) or _unlocked(path)
    engine.dispose()
    return sqlite.key_in(engine)


def _opened(path: Path) -> Engine:
    """Return the engine of a journal that is there: plain first, for that costs nothing to try."""
    engine = sqlite.engine(path)
    try:
        # Without a seal the error of whatever it is comes out below, in `_check_version`.
        if not vault.has_seal(path) or _is_readable(engine):
            return engine
    except BaseException:
        engine.dispose()
        raise
    engine.dispose()
    return _unlocked(path)


_unlocking = threading.Lock()


def _unlocked(path: Path, called: str = "") -> Engine:
    """Return the engine of an encrypted journal, opened with the first key that fits."""
    with _unlocking:  # two threads must not both ask
        salt, said = salt_of(path), ""
        for key, refusal in vault.keys_for(path, salt):
            engine = sqlite.engine(path, key)
            if _is_readable(engine):
                vault.remember(key)
                return engine
            engine.dispose()
            vault.drop(salt)
            said = f" {refusal}"
    what = f"{called} is encrypted, or no journal." if called else f"The journal at {path} is encrypted."
    msg = (
        f"{what}{said} Give its passphrase where you are asked, or in the environment"
        f" variable {vault.PASSPHRASE}."
    )
    raise LockedError(msg, path=path)


def unlock(path: Path, passphrase: str) -> bool:
    """Return whether a passphrase opens the journal at `path`; if so, this process opens it from now on."""
    with _unlocking:
        key = vault.key_of(passphrase, salt_of(path))
        engine = engine_with(path, key)
        if engine is None:
            return False
        engine.dispose()
        vault.remember(key)
        return True


def _is_readable(engine: Engine) -> bool:
    """Return whether an engine's key, or none, is the one of the file."""
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql("PRAGMA application_id")
    except DBAPIError as error:
        if "not a database" in str(error.orig):
            return False
        raise
    return True


def salt_of(path: Path) -> bytes:
    """Return the salt in the first bytes of an encrypted journal.

    Read through the database, never by hand: to close a file gives up all the locks that this process has on it.
    """
    connection = sqlite.cipher().connect(str(path))
    try:
        # Any key will do to ask for the salt.
        connection.execute("PRAGMA key = \"x'" + "00" * 32 + "'\"").close()
        (salt,) = connection.execute("PRAGMA cipher_salt").fetchone()
        return bytes.fromhex(salt)
    finally:
        connection.close()


def _tidy(engine: Engine, path: Path) -> None:
    """Remove what a crash left beside the journal and its backups, unless somebody is at work there right now."""
    try:
        with engine.execution_options(peerkit_begin="EXCLUSIVE").connect() as connection:
            connection.connection.execute("PRAGMA busy_timeout = 0").close()
            with connection.begin():
                for one in (*copies.known_backups(connection, path), *copies.begun_backups(path), path):
                    replace.tidy(one)
    except DBAPIError as error:
        if "locked" not in str(error.orig):
            raise
    finally:
        # Its connection does not wait: the next one does.
        engine.dispose()


def _keep_former(engine: Engine, path: Path) -> None:
    """Make a backup of a journal before its tables are changed."""
    target = copies.backup_folder(path) / f"journal-before-tables-{tables.SCHEMA_VERSION}.db"
    target.parent.mkdir(mode=0o700, exist_ok=True)
    if not target.exists():
        copies.copy(engine, target)


def _check_leftover(path: Path) -> None:
    """Refuse what a crash cannot have left: SQLite deletes the file that it names, wherever that lies."""
    leftover = path.with_name(f"{path.name}-journal")
    try:
        # A pipe in its place is nothing to wait for; SQLite refuses what is no file.
        if not leftover.is_file() or leftover.stat().st_size < len(_NAMES_ANOTHER):
            return
        with leftover.open("rb") as file:
            file.seek(-len(_NAMES_ANOTHER), os.SEEK_END)
            last = file.read()
    except OSError:
        return  # another process has just finished its change, or SQLite will say what is wrong with it
    if last == _NAMES_ANOTHER:
        msg = f"{leftover} names another file, which opening it would delete. Remove it; peerkit leaves none such."
        raise JournalError(msg)


def _dispose(engine: Engine | None) -> None:
    if engine is not None:
        engine.dispose()


def _check_version(engine: Engine, path: Path) -> None:
    with engine.begin() as connection:
        kind = connection.exec_driver_sql("PRAGMA application_id").scalar()
        version = connection.exec_driver_sql("PRAGMA user_version").scalar() or 0
    if kind != tables.APPLICATION_ID:
        msg = f"{path} is a database, but no peerkit journal. Open the workspace folder, or its journal.db."
        raise JournalError(msg)
    if version > tables.SCHEMA_VERSION:
        msg = (
            f"The journal at {path} was written by a newer peerkit (version {version} of its tables; this one"
            f" reads {tables.SCHEMA_VERSION}). Update peerkit: pip install --upgrade peerkit"
        )
        raise JournalError(msg)
