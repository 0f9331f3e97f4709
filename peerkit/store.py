"""The journal's file: its tables in SQLite, how a connection is set up, and what an error means."""

from __future__ import annotations

import errno
import os
import sqlite3
import sys
import threading
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from peerkit import replace, tables, vault
from peerkit.errors import DamagedError, JournalError, LockedError
from peerkit.vault import Key

BUSY_SECONDS = 5
# Under this the journal keeps where a backup lies.
BACKUP = "backup:"
# SQLCipher's pages; an encrypted file has whole ones.
_PAGE = 4096
# The last bytes of a rollback file that names another file beside the journal's own.
_NAMES_ANOTHER = bytes.fromhex("d9d505f920a163d7")


_REMEDIES = {
    "locked": "is busy: another program has been writing for five seconds. Nothing was saved; try again.",
    "readonly": "is read-only. Nothing was saved; give yourself the right to write to the file and its folder.",
    "full": "could not be written: the disk is full. Nothing was saved; make room and try again.",
    "malformed": "is damaged. Nothing was saved; run `peerkit doctor` to copy out what can be read.",
    "not a database": "is no journal, or is damaged. Run `peerkit doctor` to see what can be read. If it is encrypted,"
    " put an empty file named journal.seal beside it.",
    "unable to open": "cannot be opened. Check that the folder exists and that you may read and write it.",
    "disk i/o": "cannot be read or written on this disk. Nothing was saved; copy the file to another disk.",
    "append-only": "only takes new rows; nothing in it is changed or removed.",
}


class Replaced(Exception):  # noqa: N818 it is no error: the journal is opened again
    """Another file has taken the journal's place since this connection was made."""


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
            engine = _engine(path, key)
            tables.create(engine)
        else:
            engine = _opened(path)
        _check_version(engine, path)
        if tables.is_old(engine):
            _keep_former(engine, path)
            tables.bring_up_to_date(engine)
        if replace.has_leftover(path) or _begun_backups(path):
            _tidy(engine, path)
    except JournalError:
        _dispose(engine)
        raise
    except DBAPIError as error:
        _dispose(engine)
        raise sentence(error, path) from error
    except Replaced:
        _dispose(engine)
        return engine_of(path, create=False)
    except OSError as error:
        _dispose(engine)
        if error.errno == errno.EROFS:
            msg = f"The journal at {path} {_REMEDIES['readonly']}"
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
        engine = _engine(path, key)
        try:
            if _is_readable(engine):
                return engine
        except DBAPIError as error:
            engine.dispose()
            raise sentence(error, path) from error
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
        raise sentence(error, path) from error


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
        raise sentence(error, path) from error
    return engine


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
        raise sentence(error, target) from error


def copy_from(old: Connection, target: Path) -> None:
    """Copy a journal as `copy` does, by a connection that holds it: until the copy is in its place nobody changes it."""
    if target.exists() or target.is_symlink():
        msg = f"{target} exists already. Name a new file, so that nothing is overwritten."
        raise JournalError(msg)
    beside = replace.new_path(target)
    os.close(os.open(beside, os.O_CREAT | os.O_TRUNC | os.O_RDWR, 0o600))
    kept = _engine(beside, key_in(old.engine))
    try:
        with kept.connect() as new:
            old.connection.backup(new.connection.dbapi_connection)
        check(kept, counts(old))
        kept.dispose()
        replace.sync(beside)
        beside.replace(target)
        replace.sync(target.parent)
    except database_errors() as error:
        raise _told(str(error), target) from error
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
        if key_in(engine) is not None:
            faults += connection.exec_driver_sql("PRAGMA cipher_integrity_check").scalars()
        found = counts(connection)
    if faults != ["ok"] or found != counted:
        msg = "The copy of the journal is not what was written; the disk may be failing. The journal is as it was."
        raise JournalError(msg)


def key_in(engine: Engine) -> Key | None:
    """Return the key that an engine opens its journal with; None where it is not encrypted."""
    key: Key | None = engine.get_execution_options().get("peerkit_key")
    return key


def database_errors() -> tuple[type[Exception], ...]:
    """Return what a connection from `reading` raises where a file is damaged."""
    loaded = sys.modules.get("sqlcipher3.dbapi2")
    return (sqlite3.DatabaseError, *((loaded.DatabaseError,) if loaded is not None else ()))


def key_for(path: Path) -> Key | None:
    """Return the key of the journal at `path`; None where it is not encrypted.

    Raises:
        JournalError: As `engine_of`.
    """
    engine = engine_of(path, create=False)
    engine.dispose()
    return key_in(engine)


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
    connection: sqlite3.Connection = _cipher().connect(address, uri=True)
    _key(connection, key)
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
    return key_in(engine)


def _opened(path: Path) -> Engine:
    """Return the engine of a journal that is there: plain first, for that costs nothing to try."""
    engine = _engine(path)
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
            engine = _engine(path, key)
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
    connection = _cipher().connect(str(path))
    try:
        # Any key will do to ask for the salt.
        connection.execute("PRAGMA key = \"x'" + "00" * 32 + "'\"").close()
        (salt,) = connection.execute("PRAGMA cipher_salt").fetchone()
        return bytes.fromhex(salt)
    finally:
        connection.close()


def _cipher() -> Any:
    """Return SQLCipher's module, a copy of sqlite3 with encryption."""
    try:
        from sqlcipher3 import dbapi2  # here, because only an encrypted journal needs it
    except ImportError as error:
        msg = (
            "Encryption needs the package sqlcipher3, which is not there. Run: pip install --upgrade peerkit"
        )
        raise JournalError(msg) from error
    return dbapi2


def _tidy(engine: Engine, path: Path) -> None:
    """Remove what a crash left beside the journal and its backups, unless somebody is at work there right now."""
    try:
        with engine.execution_options(peerkit_begin="EXCLUSIVE").connect() as connection:
            connection.connection.execute("PRAGMA busy_timeout = 0").close()
            with connection.begin():
                for one in (*known_backups(connection, path), *_begun_backups(path), path):
                    replace.tidy(one)
    except DBAPIError as error:
        if "locked" not in str(error.orig):
            raise
    finally:
        # Its connection does not wait: the next one does.
        engine.dispose()


def _begun_backups(path: Path) -> list[Path]:
    """Return the backups that peerkit began to make by itself, where the beginning is all that there is."""
    return [one.with_suffix("") for one in backup_folder(path).glob("*.new")]


def _keep_former(engine: Engine, path: Path) -> None:
    """Make a backup of a journal before its tables are changed."""
    target = backup_folder(path) / f"journal-before-tables-{tables.SCHEMA_VERSION}.db"
    target.parent.mkdir(mode=0o700, exist_ok=True)
    if not target.exists():
        copy(engine, target)


def backup_folder(path: Path) -> Path:
    """Return the folder in which peerkit keeps backups of a journal by itself."""
    return path.parent / "backups"


def known_backups(connection: Connection, path: Path) -> list[Path]:
    """Return the backups of a journal: those that peerkit made by itself, and those asked for, there or not."""
    asked = "SELECT name FROM local WHERE name LIKE ? || '%' ORDER BY name"
    names = connection.exec_driver_sql(asked, (BACKUP,)).scalars()
    own = sorted(backup_folder(path).glob("*.db"))
    return [*own, *(Path(name.removeprefix(BACKUP)) for name in names)]


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


def _engine(path: Path, key: Key | None = None) -> Engine:
    # Parameters are the words of a session; an error must never print them.
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": BUSY_SECONDS},
        hide_parameters=True,
        module=None if key is None else _cipher(),
        execution_options={"peerkit_key": key, "peerkit_path": path},
    )

    @event.listens_for(engine, "do_connect")
    def _about_to_connect(_: object, record: Any, *__: object) -> None:
        record.info["file"] = _identity(path)

    @event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _: object) -> None:
        _set_up(connection, key)

    event.listen(engine, "begin", _begin)
    return engine


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from another one that takes its name."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _dispose(engine: Engine | None) -> None:
    if engine is not None:
        engine.dispose()


def sentence(error: DBAPIError, path: Path) -> JournalError:
    """Return what went wrong in the database as a sentence with its remedy."""
    return _told(str(error.orig), path, type(error.orig).__name__)


def _told(error: str, path: Path, kind: str = "error") -> JournalError:
    said = error.lower()
    for word, remedy in _REMEDIES.items():
        if word in said:
            is_damage = word in ("malformed", "not a database")
            return (DamagedError if is_damage else JournalError)(f"The journal at {path} {remedy}")
    return JournalError(
        f"The journal at {path} refused a change ({kind}). Nothing was saved; run `peerkit doctor`."
    )


def _set_up(connection: sqlite3.Connection, key: Key | None) -> None:
    # SQLAlchemy sends BEGIN itself (below); Python's sqlite3 would send a deferred one, and late.
    connection.isolation_level = None
    if key is not None:
        _key(connection, key)
    for pragma in (
        "journal_mode=DELETE",
        "synchronous=FULL",
        "secure_delete=ON",
        "trusted_schema=OFF",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _key(connection: sqlite3.Connection, key: Key | None) -> None:
    if key is not None:
        connection.execute(f'PRAGMA key = "{key.pragma}"').close()
        # It would write of each wrong passphrase to the terminal; what is wrong is said in a sentence.
        connection.execute("PRAGMA cipher_log_level = NONE").close()


def _begin(connection: Connection) -> None:
    # An immediate transaction waits its turn at the start; a deferred one fails when it comes to write.
    options = connection.get_execution_options()
    kind = options.get("peerkit_begin", "DEFERRED")
    is_same = partial(_is_same, connection, options["peerkit_path"])
    try:
        connection.exec_driver_sql(f"BEGIN {kind}")
        if kind == "DEFERRED":
            _hold(connection)
    except DBAPIError:
        if not is_same():
            raise Replaced from None
        raise
    if not is_same():
        connection.exec_driver_sql("ROLLBACK")
        raise Replaced


def _hold(connection: Connection) -> None:
    """Begin to read, so that nobody puts another file in the place of this one until the transaction ends."""
    with suppress(connection.dialect.loaded_dbapi.Error):  # what is wrong is told by whatever is asked next
        connection.connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").close()


def _is_same(connection: Connection, path: Path) -> bool:
    return bool(connection.info["file"] == _identity(path))


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
