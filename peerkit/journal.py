"""One journal: add rows, read tables. SQLite through SQLAlchemy, append-only, durable at each commit."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from zoneinfo import ZoneInfo

from sqlalchemy import Column, ColumnElement, Connection, delete, func, insert, literal_column, select
from sqlalchemy import Row as SQLRow
from sqlalchemy.exc import DBAPIError

from peerkit import copies, sqlite, store, tables
from peerkit.errors import JournalError
from peerkit.row_check import check_rows, faults, value_of
from peerkit.row_make import Made, as_stored, made
from peerkit.schema import DTYPES, TABLES, WORDS, Row

if TYPE_CHECKING:
    import pandas as pd

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KINDS = {name: kind for columns in TABLES.values() for name, kind in columns.items()}
# Crockford's base 32 without look-alikes, in lower case: twelve signs are 60 bits.
_SIGNS = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [one + other for one in _SIGNS for other in _SIGNS]
# So many rows are read at once.
_ROWS = 10_000
_REOPENINGS = 5
# Made once: it is asked before each row that is added.
_NEWEST = select(
    *(select(func.max(table.c.recorded_at)).scalar_subquery() for table in tables.TABLES.values())
)
# A row that comes takes the place after the last; one that goes leaves a tombstone, which comes.
_PLACE: ColumnElement[int] = literal_column("rowid")
_STAMP = select(
    *_NEWEST.selected_columns,
    *(select(func.max(_PLACE)).select_from(table).scalar_subquery() for table in tables.TABLES.values()),
)
Stamp: TypeAlias = tuple[Any, ...]


def id_of(bits: int) -> str:
    """Return an id of twelve signs, as `Journal.new_id` gives, for a number: its last 60 bits."""
    return "".join([_PAIRS[bits >> shift & 1023] for shift in (50, 40, 30, 20, 10, 0)])


def _now() -> datetime:
    return datetime.now(UTC)


class Journal:
    """Everything that a peer keeps, in one file: sessions, answers, and the ledger's entries.

    Rows are only ever added. Every write is one immediate transaction that is on disk when the call
    returns. Safe to use from several threads and processes at once.

    Args:
        path: The journal's file. It must exist, unless `create` is true.
        author: Name of the peer whose journal this is; rows are theirs unless said otherwise.
        pair_id: The pair that meets.
        time_zone: IANA name of the zone in which this pair's days begin and end.
        create: Make the file when it is not there.
        clock: Gives the time of a row, aware.
        chance: Gives the random part of ids.

    Raises:
        JournalError: If the file is missing, is no journal, is damaged, or is of a newer peerkit.
    """

    def __init__(
        self,
        path: Path,
        *,
        author: str,
        pair_id: str = "",
        time_zone: str = "UTC",
        create: bool = False,
        clock: Callable[[], datetime] = _now,
        chance: random.Random | None = None,
    ) -> None:
        self.path = path
        self.author = author
        self.pair_id = pair_id
        self.time_zone = time_zone
        self._clock = clock
        self._chance = chance or random.SystemRandom()
        # The transaction that this thread is in, if any.
        self._here = threading.local()
        self._engine = store.engine_of(path, create=create)

    def __repr__(self) -> str:
        return f"Journal({str(self.path)!r})"

    def close(self) -> None:
        """Let go of the file. The journal opens it again when it is next used."""
        self._engine.dispose()

    @property
    def is_encrypted(self) -> bool:
        """Whether the file is encrypted, so that its texts should lie nowhere else in clear."""
        self.newest()  # where another file has taken the journal's place, it is opened here
        return sqlite.key_in(self._engine) is not None

    def today(self) -> date:
        """Return the day it is now, in the pair's time zone."""
        return self._clock().astimezone(ZoneInfo(self.time_zone)).date()

    def moment(self) -> float:
        """Return the time it is now, in seconds since 1970 in UTC."""
        return self._clock().timestamp()

    def day_of(self, recorded_at: int) -> date:
        """Return the day, in the pair's time zone, of a row's `recorded_at` (microseconds, UTC)."""
        return (_EPOCH + timedelta(microseconds=recorded_at)).astimezone(ZoneInfo(self.time_zone)).date()

    def new_id(self) -> str:
        """Return a new id of twelve signs that are easy to read aloud and to type."""
        return "".join(self._chance.choice(_SIGNS) for _ in range(12))

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """Give a `Writer` inside one immediate transaction: all that is added is kept, or nothing.

        Inside it, every write and read of the same thread joins in: several verbs become one change.

        Raises:
            JournalError: If the file is busy for five seconds, read-only, damaged, or the disk is full.
        """
        try:
            with self._joining("IMMEDIATE") as writer:
                yield writer
        finally:
            if self._read is not None:
                self._read.clear()

    @contextmanager
    def _joining(self, begin: str) -> Iterator[Writer]:
        current: Writer | None = getattr(self._here, "writer", None)
        if current is not None:
            yield current
            return
        try:
            with ExitStack() as stack:
                writer = Writer(self, self._begun(begin, stack))
                self._here.writer = writer if begin == "IMMEDIATE" else None
                yield writer
        except DBAPIError as error:
            raise sqlite.sentence(error, self.path) from error
        finally:
            self._here.writer = None

    def _begun(self, begin: str, stack: ExitStack) -> Connection:
        """Begin a transaction; where another file has taken the journal's place, in that one."""
        for _ in range(_REOPENINGS):
            try:
                return stack.enter_context(self._engine.execution_options(peerkit_begin=begin).begin())
            except sqlite.Replaced:
                self.close()
                self._engine = store.engine_of(self.path, create=False)
        msg = f"The journal at {self.path} is being replaced again and again. Nothing was saved; try again."
        raise JournalError(msg)

    def copy_to(self, target: Path) -> None:
        """Copy the whole journal, as it is at this moment and encrypted if it is, to a file that is not there yet.

        Raises:
            JournalError: If the file is there already, the copy is not whole, or the journal cannot be read.
            OSError: If the file cannot be written.
        """
        self.newest()  # where another file has taken the journal's place, it is opened here
        try:
            copies.copy(self._engine, target)
        except DBAPIError as error:
            raise sqlite.sentence(error, self.path) from error

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Read nothing twice in this thread until the block ends: for what asks the same from many sides.

        What is written meanwhile, by this journal, is read anew. No lock is held.
        """
        if getattr(self._here, "read", None) is not None:
            yield
            return
        self._here.read = {}
        try:
            yield
        finally:
            self._here.read = None

    @property
    def _read(self) -> dict[tuple[Any, ...], list[Row]] | None:
        """What this thread remembers, by table and what was asked; None outside of `reading`, and while it writes."""
        if getattr(self._here, "writer", None) is not None:
            return None
        found: dict[tuple[Any, ...], list[Row]] | None = getattr(self._here, "read", None)
        return found

    def add(self, table: str, row: Mapping[str, Any]) -> Row:
        """Add one row and return it complete, once it is on disk. See `Writer.add`."""
        with self.writing() as writer:
            return writer.add(table, row)

    def rows(self, table: str, since: int | None = None, /, **equal: object) -> list[Row]:
        """Return the rows whose columns equal what is given, oldest first, as plain dicts.

        Dates are `datetime.date`, flags `bool`, answers' values decoded, blanks None.

        Args:
            table: sessions, answers or entries.
            since: Only rows recorded at this moment (microseconds, UTC) or later.
            **equal: What each column equals; a set stands for any of its values.
        """
        asked = (table, since, repr(sorted(equal.items())))
        if self._read is not None and asked in self._read:
            return [dict(row) for row in self._read[asked]]
        with self._joining("DEFERRED") as reader:
            found = reader.rows(table, since, **equal)
        if self._read is not None:
            self._read[asked] = [dict(row) for row in found]
        return found

    def newest(self) -> int | None:
        """Return `recorded_at` of the newest row: microseconds since 1970, in UTC; None without any row."""
        with self._joining("DEFERRED") as reader:
            return reader.newest()

    def stamp(self) -> Stamp:
        """Return what is another once any row came or went: the file, and of each table the newest moment and last place."""
        with self._joining("DEFERRED") as reader:
            return reader.stamp()

    def frame(self, table: str, **equal: object) -> pd.DataFrame:
        """Return a table as pandas, oldest row first, with the dtypes of `schema.DTYPES`.

        Names and texts are `str`, words `category`, dates `datetime64[us]`, `recorded_at`
        `datetime64[us, UTC]`, numbers `Float64` and `Int64`, flags `boolean`; an answer's value is its
        JSON text. A table without rows has the same columns and dtypes.

        Args:
            table: sessions, answers, entries or tombstones.
            **equal: Which rows, as for `rows`; all when left out.
        """
        import pandas as pd  # here, because the first form of a session must not wait for pandas

        with self._joining("DEFERRED") as reader:
            pieces = [_frame(table, found) for found in reader.select(table, **equal)]
        whole = pd.concat(pieces or [_frame(table, [])], ignore_index=True)
        words = [name for name, kind in TABLES[table].items() if kind == "word"]
        return whole.astype(dict.fromkeys(words, "category"))

    def local(self, name: str) -> Any:
        """Return what this machine keeps under a name, as JSON holds it; None where there is nothing."""
        with self._joining("DEFERRED") as reader:
            return reader.local(name)

    def local_names(self, prefix: str = "") -> list[str]:
        """Return the names, in order, under which this machine keeps something, that begin with `prefix`."""
        with self._joining("DEFERRED") as reader:
            return reader.local_names(prefix)

    def sessions(self) -> pd.DataFrame:
        """Return the table `sessions` as kept: one row per change of a session."""
        return self.frame("sessions")

    def answers(self) -> pd.DataFrame:
        """Return the table `answers` as kept: one row per saved change of an answer."""
        return self.frame("answers")

    def entries(self) -> pd.DataFrame:
        """Return the ledger: every entry about commitments, in the order made."""
        return self.frame("entries")

    def commitments(self, as_of: date | str | None = None) -> pd.DataFrame:
        """Return one row per commitment as it stood at the end of `as_of`; see `fold.commitments`.

        Args:
            as_of: Day to look from, in the pair's time zone. Today when left out.
        """
        from peerkit.fold import commitments

        return commitments(self.entries(), as_of=as_of or self.today(), time_zone=self.time_zone)


class Writer:
    """One transaction of a journal: reads see what it has added."""

    def __init__(self, journal: Journal, connection: Connection) -> None:
        self.journal = journal
        self._connection = connection

    def rows(self, table: str, since: int | None = None, /, **equal: object) -> list[Row]:
        """Return rows as `Journal.rows` does, as this transaction sees them."""
        return list(self.each(table, since, **equal))

    def each(self, table: str, since: int | None = None, /, **equal: object) -> Iterator[Row]:
        """Yield the same rows one by one, and hold few of them at a time."""
        for piece in self.select(table, since, **equal):
            for found in piece:
                yield _plain(table, found)

    def select(
        self, table: str, since: int | None = None, /, **equal: object
    ) -> Iterator[Sequence[SQLRow[Any]]]:
        """Yield the rows whose columns equal what is given, oldest first, as the database has them, in pieces."""
        source = tables.TABLES[table]
        where = [
            _is_any_of(source.c[column], value) if isinstance(value, set) else source.c[column] == value
            for column, value in equal.items()
        ]
        where += [] if since is None else [source.c.recorded_at >= since]
        ordered = select(source).where(*where).order_by(source.c.recorded_at, source.c.row_id)
        try:
            for found in self._connection.execute(ordered).partitions(_ROWS):
                check_rows(table, found)
                yield found
        except (TypeError, ValueError) as error:
            # A day that is none: SQLite keeps anything, and the database layer does not say in which row.
            raw = self._connection.exec_driver_sql(f"SELECT {', '.join(TABLES[table])} FROM {table}")  # noqa: S608
            for _, fault in faults(table, raw):
                raise fault from error
            raise

    def add(self, table: str, row: Mapping[str, Any]) -> Row:
        """Add one row and return it with `row_id`, `recorded_at`, `author` and `visibility`.

        `recorded_at` is the clock's time, or one microsecond after the newest row of the journal
        where the clock has gone back. Text is cleaned (`schema.clean`). A column left out is blank.

        Raises:
            JournalError: If a column is unknown, the key or an author is missing, or a word is not one
                of its words.
        """
        return self.add_all(table, [row])[0]

    def complete(self, table: str, row: Mapping[str, Any]) -> Row:
        """Return a row as `add` would add it, and do not add it.

        Raises:
            JournalError: As `add`.
        """
        return self._made(table, [row]).rows[0]

    def add_all(self, table: str, rows: Sequence[Mapping[str, Any]]) -> list[Row]:
        """Add many rows and return them complete, in their order: as `add`, a microsecond apart.

        Raises:
            JournalError: As `add`; none of them is added then.
        """
        new = self._made(table, rows)
        self._insert(table, new.stored)
        return new.rows

    def merge(self, table: str, rows: Sequence[Row]) -> int:
        """Add complete rows of another journal, with their own ids and moments; return how many were new.

        A row that is there already is passed over. Whoever calls has checked where they come from.

        Raises:
            JournalError: If a value does not fit its column; none of them is added then.
        """
        columns = {name: [row.get(name) for row in rows] for name in TABLES[table]}
        if "value" in columns:
            columns["value"] = [_read_back(table, row) for row in rows]
        check_rows(table, list(zip(*columns.values(), strict=True)))
        counted = select(func.count()).select_from(tables.TABLES[table])
        before = self._connection.execute(counted).scalar_one()
        self._insert(table, as_stored(table, columns))
        return int(self._connection.execute(counted).scalar_one() - before)

    def local(self, name: str) -> Any:
        """Return what this machine keeps under a name, as `Journal.local` does."""
        found = self._connection.execute(
            select(tables.LOCAL.c.value).where(tables.LOCAL.c.name == name)
        ).scalar()
        return None if found is None else json.loads(found)

    def local_names(self, prefix: str = "") -> list[str]:
        """Return names as `Journal.local_names` does."""
        column = tables.LOCAL.c.name
        wanted = select(column).where(column.startswith(prefix, autoescape=True)).order_by(column)
        return list(self._connection.execute(wanted).scalars())

    def keep_local(self, name: str, value: Any) -> None:
        """Keep something on this machine alone, in the place of what was there; None takes it away."""
        self._connection.execute(delete(tables.LOCAL).where(tables.LOCAL.c.name == name))
        if value is not None:
            self._connection.execute(insert(tables.LOCAL), {"name": name, "value": json.dumps(value)})

    def _made(self, table: str, rows: Sequence[Mapping[str, Any]]) -> Made:
        journal = self.journal
        return made(table, rows, author=journal.author, begin=self._next_moment(), chance=journal._chance)

    def _insert(self, table: str, stored: list[tuple[Any, ...]]) -> None:
        if stored:
            self._connection.exec_driver_sql(tables.INSERTS[table], stored)

    def stamp(self) -> Stamp:
        """Return what tells the rows of now from those of another moment, as `Journal.stamp` does."""
        return (self._connection.info["file"], *self._connection.execute(_STAMP).one())

    def newest(self) -> int | None:
        """Return `recorded_at` of the newest row, as `Journal.newest` does."""
        moments = self._connection.execute(_NEWEST).one()
        return max((int(moment) for moment in moments if moment is not None), default=None)

    def _next_moment(self) -> int:
        now = round((self.journal._clock() - _EPOCH) / timedelta(microseconds=1))
        newest = self.newest()
        return now if newest is None else max(now, newest + 1)


def _read_back(table: str, row: Row) -> str | None:
    """Return an answer's value as JSON; what could not be read again is not written."""
    if row.get("value") is None:
        return None
    text = json.dumps(row["value"], sort_keys=True)
    value_of(table, row["row_id"], text)
    return text


def _is_any_of(column: Column[Any], names: set[Any]) -> ColumnElement[bool]:
    if not all(isinstance(name, str) and "\0" not in name for name in names):
        return column.in_(names)
    # As one value, because thousands of them are bound one by one, and SQLite takes only so many.
    each = func.json_each(json.dumps(sorted(names))).table_valued("value")
    return column.in_(select(each.c.value))


def _plain(table: str, found: Sequence[Any]) -> Row:
    row = dict(zip(TABLES[table], found, strict=True))
    if row.get("value") is not None:
        row["value"] = value_of(table, row["row_id"], row["value"])
    return row


def _frame(table: str, found: Sequence[Sequence[Any]]) -> pd.DataFrame:
    import pandas as pd

    columns = list(zip(*found, strict=True)) or [()] * len(TABLES[table])
    return pd.DataFrame(
        {name: _column(name, values) for name, values in zip(TABLES[table], columns, strict=True)}
    )


def _column(name: str, values: tuple[Any, ...]) -> pd.Series:
    import numpy as np
    import pandas as pd

    kind = _KINDS[name]
    if kind == "instant":
        moments = np.array(values, dtype=np.int64).view("datetime64[us]")
        return pd.Series(pd.DatetimeIndex(moments, tz="UTC"))
    if name in WORDS:
        return pd.Series(pd.Categorical(values, categories=list(WORDS[name])))
    # Each piece of a table has words of its own: they become a category once all are there.
    return pd.Series(values, dtype="str" if kind == "word" else DTYPES[kind])
