"""The journal's tables in SQLite: how they are made, and brought up to date."""

from __future__ import annotations

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
    inspect,
)

from peerkit import schema

SCHEMA_VERSION = 3
# Columns that came with a later version of the tables: a journal from before receives them when it is opened.
_CAME_WITH: dict[int, dict[str, tuple[str, ...]]] = {
    2: {"sessions": ("floor", "swapped")},
    3: {"entries": ("acknowledged",)},
}
# "peer" in ASCII: SQLite's field for the kind of file, so that no other database is taken for a journal.
APPLICATION_ID = 0x70656572

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
# The values of rows come in the order of their columns.
INSERTS = {
    name: f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608 our own names
    for name, columns in schema.TABLES.items()
}
# The columns of all of them, in their order.
COLUMNS = {table.name: [column.name for column in table.columns] for table in (*TABLES.values(), LOCAL)}


def create(engine: Engine) -> None:
    """Make the tables in a file that is empty; where another process was first, nothing."""
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


def is_old(engine: Engine) -> bool:
    """Return whether a journal has the tables of an earlier peerkit."""
    with engine.begin() as connection:
        return bool(connection.exec_driver_sql("PRAGMA user_version").scalar() != SCHEMA_VERSION)


def bring_up_to_date(engine: Engine) -> None:
    """Add the columns and tables that an earlier peerkit did not have, all or none; no row is touched."""
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
