"""The journal's file: its tables in SQLite, how a connection is set up, and what an error means."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Engine,
    Float,
    Integer,
    MetaData,
    Table,
    Text,
    create_engine,
    event,
    inspect,
)
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from peerkit import schema
from peerkit.errors import JournalError

SCHEMA_VERSION = 3
# Columns that came with a later version of the tables: a journal from before receives them when it is opened.
_CAME_WITH: dict[int, dict[str, tuple[str, ...]]] = {
    2: {"sessions": ("floor", "swapped")},
    3: {"entries": ("acknowledged",)},
}
# "peer" in ASCII: SQLite's field for the kind of file, so that no other database is taken for a journal.
APPLICATION_ID = 0x70656572
BUSY_SECONDS = 5
# The last bytes of a rollback file that names another file beside the journal's own.
_NAMES_ANOTHER = bytes.fromhex("d9d505f920a163d7")

_TYPES: dict[schema.Kind, Any] = {
    "name": Text,
    "text": Text,
    "word": Text,
    "date": Date,
    "number": Float,
    "integer": Integer,
    "flag": Boolean,
    "json": Text,
    "instant": BigInteger,
}

_METADATA = MetaData()


def _table(name: str, columns: dict[str, schema.Kind]) -> Table:
    needed = {"row_id", "recorded_at", "author", "visibility", schema.KEYED_BY[name]}
    return Table(
        name,
        _METADATA,
        *(
            Column(
                column,
                _TYPES[kind],
                primary_key=column == "row_id",
                nullable=column not in needed,
            )
            for column, kind in columns.items()
        ),
    )


TABLES = {name: _table(name, columns) for name, columns in schema.TABLES.items()}
# What stays on this machine, and is no row of anybody: keys, receipts, where backups lie. It may change.
LOCAL = Table(
    "local", _METADATA, Column("name", Text, primary_key=True), Column("value", Text, nullable=False)
)


def engine_of(path: Path, *, create: bool) -> Engine:
    """Return the engine of the journal at `path`, checked to be one that this peerkit reads.

    Raises:
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
        engine = _engine(path)
        if is_new:
            _create_tables(engine)
        _check_version(engine, path)
        _bring_up_to_date(engine)
    except JournalError:
        _dispose(engine)
        raise
    except DBAPIError as error:
        _dispose(engine)
        raise sentence(error, path) from error
    except OSError as error:
        msg = f"The journal at {path} cannot be used: {error.strerror}. Choose a folder that you may read and write."
        raise JournalError(msg) from error
    return engine


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


def _engine(path: Path) -> Engine:
    # Parameters are the words of a session; an error must never print them.
    engine = create_engine(
        URL.create("sqlite", database=str(path)), connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True
    )
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _dispose(engine: Engine | None) -> None:
    if engine is not None:
        engine.dispose()


def create_empty(path: Path) -> None:
    """Make a new journal without rows.

    Raises:
        JournalError: If it cannot be made.
    """
    engine_of(path, create=True).dispose()


def sentence(error: DBAPIError, path: Path) -> JournalError:
    """Return what went wrong in the database as a sentence with its remedy."""
    said = str(error.orig).lower()
    remedies = {
        "locked": "is busy: another program has been writing for five seconds. Nothing was saved; try again.",
        "readonly": "is read-only. Nothing was saved; give yourself the right to write to the file and its folder.",
        "full": "could not be written: the disk is full. Nothing was saved; make room and try again.",
        "malformed": "is damaged. Nothing was saved; run `peerkit doctor` to copy out what can be read.",
        "not a database": "is no journal, or is damaged. Run `peerkit doctor` to see what can be read.",
        "unable to open": "cannot be opened. Check that the folder exists and that you may read and write it.",
        "disk i/o": "cannot be read or written on this disk. Nothing was saved; copy the file to another disk.",
        "append-only": "only takes new rows; nothing in it is changed or removed.",
    }
    for word, remedy in remedies.items():
        if word in said:
            return JournalError(f"The journal at {path} {remedy}")
    kind = type(error.orig).__name__
    return JournalError(
        f"The journal at {path} refused a change ({kind}). Nothing was saved; run `peerkit doctor`."
    )


def _set_up(connection: sqlite3.Connection, _: object) -> None:
    # SQLAlchemy sends BEGIN itself (below); Python's sqlite3 would send a deferred one, and late.
    connection.isolation_level = None
    for pragma in ("journal_mode=DELETE", "synchronous=FULL", "secure_delete=ON", "trusted_schema=OFF"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Any) -> None:
    # An immediate transaction waits its turn at the start; a deferred one fails when it comes to write.
    kind = connection.get_execution_options().get("peerkit_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {kind}")


def _create_tables(engine: Engine) -> None:
    with engine.execution_options(peerkit_begin="IMMEDIATE").begin() as connection:
        if connection.exec_driver_sql("SELECT count(*) FROM sqlite_schema").scalar():
            return  # another process was first
        _make_tables(connection)
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _make_tables(connection: Connection) -> None:
    """Make the tables that are not there yet, with what keeps them append-only."""
    missing = set(TABLES) - set(inspect(connection).get_table_names())
    _METADATA.create_all(connection)
    for name in (name for name in TABLES if name in missing):
        # By hand, because SQLAlchemy makes a table's indexes in no fixed order.
        for column in ("recorded_at", schema.KEYED_BY[name]):
            connection.exec_driver_sql(f"CREATE INDEX {name}_by_{column} ON {name} ({column})")
        # REPLACE deletes without firing the triggers below. A row that is there already is passed over:
        # journals merge by the union of their rows.
        is_there = f"EXISTS (SELECT 1 FROM {name} WHERE row_id = NEW.row_id)"  # noqa: S608 our own names
        connection.exec_driver_sql(
            f"CREATE TRIGGER {name}_no_replace BEFORE INSERT ON {name} WHEN {is_there}"
            " BEGIN SELECT RAISE(IGNORE); END"
        )
        for change in ("UPDATE", "DELETE"):
            connection.exec_driver_sql(
                f"CREATE TRIGGER {name}_no_{change.lower()} BEFORE {change} ON {name}"
                " BEGIN SELECT RAISE(ABORT, 'append-only'); END"
            )


def _bring_up_to_date(engine: Engine) -> None:
    """Add the columns and tables that an earlier peerkit did not have, all or none; no row is touched."""
    with engine.begin() as connection:
        if connection.exec_driver_sql("PRAGMA user_version").scalar() == SCHEMA_VERSION:
            return
    with engine.execution_options(peerkit_begin="IMMEDIATE").begin() as connection:
        # Read again: another process may have been first.
        version = connection.exec_driver_sql("PRAGMA user_version").scalar() or 0
        for table, columns in (
            pair for number in _CAME_WITH if number > version for pair in _CAME_WITH[number].items()
        ):
            for column in columns:
                kind = _TYPES[schema.TABLES[table][column]]().compile(engine.dialect)
                connection.exec_driver_sql(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
        _make_tables(connection)
        connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _check_version(engine: Engine, path: Path) -> None:
    with engine.begin() as connection:
        kind = connection.exec_driver_sql("PRAGMA application_id").scalar()
        version = connection.exec_driver_sql("PRAGMA user_version").scalar() or 0
    if kind != APPLICATION_ID:
        msg = f"{path} is a database, but no peerkit journal. Open the workspace folder, or its journal.db."
        raise JournalError(msg)
    if version > SCHEMA_VERSION:
        msg = (
            f"The journal at {path} was written by a newer peerkit (version {version} of its tables; this one"
            f" reads {SCHEMA_VERSION}). Update peerkit: pip install --upgrade peerkit"
        )
        raise JournalError(msg)
