"""SQLite, and SQLCipher, as the journal uses them: how a connection is set up, and what an error means."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from peerkit.errors import DamagedError, JournalError
from peerkit.vault import Key

BUSY_SECONDS = 5
REMEDIES = {
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


def engine(path: Path, key: Key | None = None) -> Engine:
    """Return the engine of a journal's file, not looked at yet; its transactions begin as they are asked to."""
    # Parameters are the words of a session; an error must never print them.
    made = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": BUSY_SECONDS},
        hide_parameters=True,
        module=None if key is None else cipher(),
        execution_options={"peerkit_key": key, "peerkit_path": path},
    )

    @event.listens_for(made, "do_connect")
    def _about_to_connect(_: object, record: Any, *__: object) -> None:
        record.info["file"] = _identity(path)

    @event.listens_for(made, "connect")
    def _connected(connection: sqlite3.Connection, _: object) -> None:
        _set_up(connection, key)

    event.listen(made, "begin", _begin)
    return made


def key_in(engine: Engine) -> Key | None:
    """Return the key that an engine opens its journal with; None where it is not encrypted."""
    key: Key | None = engine.get_execution_options().get("peerkit_key")
    return key


def cipher() -> Any:
    """Return SQLCipher's module, a copy of sqlite3 with encryption."""
    try:
        from sqlcipher3 import dbapi2  # here, because only an encrypted journal needs it
    except ImportError as error:
        msg = (
            "Encryption needs the package sqlcipher3, which is not there. Run: pip install --upgrade peerkit"
        )
        raise JournalError(msg) from error
    return dbapi2


def unlock_with(connection: sqlite3.Connection, key: Key) -> None:
    """Give a fresh connection the key of its file."""
    connection.execute(f'PRAGMA key = "{key.pragma}"').close()
    # It would write of each wrong passphrase to the terminal; what is wrong is said in a sentence.
    connection.execute("PRAGMA cipher_log_level = NONE").close()


def database_errors() -> tuple[type[Exception], ...]:
    """Return what a connection from `reading` raises where a file is damaged."""
    loaded = sys.modules.get("sqlcipher3.dbapi2")
    return (sqlite3.DatabaseError, *((loaded.DatabaseError,) if loaded is not None else ()))


def sentence(error: DBAPIError, path: Path) -> JournalError:
    """Return what went wrong in the database as a sentence with its remedy."""
    return told(str(error.orig), path, type(error.orig).__name__)


def told(error: str, path: Path, kind: str = "error") -> JournalError:
    """Return the sentence for an error by its words; of what kind it is where none is known for it."""
    said = error.lower()
    for word, remedy in REMEDIES.items():
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
        unlock_with(connection, key)
    for pragma in (
        "journal_mode=DELETE",
        "synchronous=FULL",
        "secure_delete=ON",
        "trusted_schema=OFF",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


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


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from another one that takes its name."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
