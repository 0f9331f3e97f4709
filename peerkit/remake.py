"""Making the journal's file anew: encrypted, decrypted, under another passphrase, or without what was forgotten.

There is one way to do all of it: every row goes into a new file, which is checked and then takes the place of the
old one (`replace`). So a crash leaves one of the two whole, and no page of the old file is left anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from peerkit import copies, replace, sqlite, store, vault
from peerkit.errors import JournalError
from peerkit.tables import COLUMNS
from peerkit.vault import Key

# What becomes of a row on the way: itself, another, or None where it is left out.
Change: TypeAlias = Callable[[str, dict[str, Any]], dict[str, Any] | None]
Added: TypeAlias = Sequence[tuple[str, dict[str, Any]]]
_AT_ONCE = 2_000


@contextmanager
def held(path: Path, engine: Engine | None = None) -> Iterator[Connection]:
    """Give a connection to a journal while nobody else reads or writes it.

    Args:
        path: The journal's file.
        engine: The journal, opened already: a backup, which has no seal beside it.

    Raises:
        LockedError: If no passphrase was given that opens it.
        JournalError: If it is busy for five seconds, or cannot be read or written; it is as it was then.
    """
    if path.is_symlink():
        msg = f"{path} is a link. Put the journal itself in its place, so that nothing of it stays elsewhere."
        raise JournalError(msg)
    engine = engine or store.engine_of(path, create=False)
    try:
        with engine.execution_options(peerkit_begin="EXCLUSIVE").begin() as connection:
            replace.tidy(path)
            yield connection
    except sqlite.Replaced:
        msg = f"The journal at {path} has just been replaced. Nothing was changed; try again."
        raise JournalError(msg) from None
    except DBAPIError as error:
        raise sqlite.sentence(error, path) from error
    except OSError as error:
        msg = f"The journal at {path} could not be made anew: {error.strerror}. It is as it was."
        raise JournalError(msg) from error
    finally:
        engine.dispose()


def write(
    path: Path, old: Connection, key: Key | None, change: Change | None = None, *, added: Added = ()
) -> None:
    """Make a file in which a journal is kept anew, under a key or, with None, in clear.

    Args:
        path: The file.
        old: Connection to it, as `held` gives it.
        key: What the new one is encrypted with.
        change: What becomes of each row.
        added: Complete rows that come in addition, each with its table.

    Raises:
        JournalError: If the new file is not whole; the old one is as it was.
        OSError: If it cannot be written.
    """
    new = replace.new_path(path)
    engine = store.engine_of(new, create=True, key=key)
    try:
        counted = {}
        with engine.execution_options(peerkit_begin="IMMEDIATE").begin() as connection:
            for table, columns in COLUMNS.items():
                more = [tuple(row.get(name) for name in columns) for name, row in added if name == table]
                counted[table] = _copy(old, connection, table, columns, change, more)
        copies.check(engine, counted)
    finally:
        engine.dispose()


def put(path: Path, *, is_sealed: bool) -> None:
    """Put the new file in the journal's place, with the seal that says whether it is encrypted.

    A seal without need does no harm (the journal is tried in clear first), and its lack would: so it comes before the
    file and goes after it.

    Raises:
        OSError: If it cannot be done.
    """
    if is_sealed and not vault.has_seal(path):
        vault.write_seal(path)
    replace.put(path)
    if not is_sealed:
        replace.seal_path(path).unlink(missing_ok=True)


def _copy(
    old: Connection,
    new: Connection,
    table: str,
    columns: list[str],
    change: Change | None,
    more: list[tuple[Any, ...]],
) -> int:
    """Copy a table's rows, and add some; return how many the new one has."""
    marks, named = ", ".join("?" * len(columns)), ", ".join(columns)
    rows = old.exec_driver_sql(f"SELECT {named} FROM {table} ORDER BY rowid")  # noqa: S608 our own names
    n_copied = 0
    for some in chain(rows.partitions(_AT_ONCE), [more]):
        kept = [tuple(row) for row in some]
        if change is not None and some is not more:
            changed = (change(table, dict(zip(columns, row, strict=True))) for row in kept)
            kept = [tuple(row[name] for name in columns) for row in changed if row is not None]
        if kept:
            new.exec_driver_sql(f"INSERT INTO {table} ({named}) VALUES ({marks})", kept)  # noqa: S608
        n_copied += len(kept)
    return n_copied
