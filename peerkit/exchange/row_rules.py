"""What may be in a bundle: rows that fit their tables, and of the partner's only what is theirs to say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from peerkit import forget
from peerkit.accord import first_row, says_only_acknowledged
from peerkit.errors import JournalError
from peerkit.exchange.answer_rules import Questions, may_travel
from peerkit.exchange.outgoing import KIND_OF, Rows, grouped
from peerkit.exchange.seal import refuse
from peerkit.row_check import check_whole, fits, value_of
from peerkit.schema import KEYED_BY, TABLES, Row, clean_value, known

MAX_ROWS: Final = 100_000
# Two clocks are never quite the same.
AHEAD: Final = 3600 * 1_000_000
_ROW_ID = re.compile(r"[0-9A-Za-z-]{1,40}")
_ALWAYS: Final = ("row_id", "recorded_at", "author", "visibility")


@dataclass(frozen=True)
class Sides:
    """Who sent a bundle and who takes it in, and how late it is here (microseconds, UTC).

    `is_own`: it is from one's own other machine, under one's own key.
    """

    me: str
    sender: str
    now: int
    is_own: bool


def rows_of(told: object) -> Rows:
    """Return the rows of a bundle, complete with their blanks, each fit for its table.

    Raises:
        ExchangeError: If a table or column is unknown, a value has another type or word, a text is not clean, or
            there are too many rows.
    """
    if not isinstance(told, dict) or set(told) != set(TABLES):
        refuse("has other tables than a journal")
    if not all(isinstance(rows, list) for rows in told.values()) or sum(map(len, told.values())) > MAX_ROWS:
        refuse(f"has more than {MAX_ROWS:,} rows, or something else in their place")
    return {table: [_row(table, row) for row in rows] for table, rows in told.items()}


def check(rows: Rows, held: Rows, sides: Sides) -> None:
    """Refuse a bundle in which one row is not the sender's to say, or changes one that is here.

    Args:
        rows: From `rows_of`.
        held: All rows of the journal that takes them in.
        sides: Whose bundle it is.

    Raises:
        ExchangeError: In one sentence, without a word of what stands in the row.
    """
    for table, news in rows.items():
        there = {row["row_id"]: row for row in held[table]}
        for row in news:
            if not _is_same(there.setdefault(row["row_id"], row), row, sides):
                refuse("changes a row that is here already; rows are only ever added")
            if row["recorded_at"] > sides.now + AHEAD:
                refuse("has a row from more than an hour ahead of your clock", remedy="check both clocks")
            if not sides.is_own:
                _check_theirs(table, row, sides)
    if not sides.is_own:
        _check_commitments(rows["entries"], held["entries"], sides)
        _check_roles(rows["sessions"], held["sessions"], sides)


def left_in(rows: Rows, held: Rows, *, me: str, templates: Path) -> Rows:
    """Return the rows that are taken in: new ones, of nothing that was forgotten, and of things that are whole.

    An answer that its question does not take is left out, too. What is left out is not told to the sender as held,
    so it comes again with what makes it whole.
    """
    questions = Questions(ordered([*held["sessions"], *rows["sessions"]]), templates)
    forgotten = forget.Forgotten(held["tombstones"] + rows["tombstones"], me=me)
    taken: Rows = {}
    for table, news in rows.items():
        there = {row["row_id"] for row in held[table]}
        unlike = {row["row_id"]: row for row in news if row["row_id"] not in there}
        fresh = [row for row in unlike.values() if not forgotten.covers(table, row)]
        before = grouped(table, held[table])
        taken[table] = [
            row
            for key, group in grouped(table, fresh).items()
            if _is_whole(table, [*before.get(key, []), *group])
            for row in group
            if table != "answers" or questions.take(row)
        ]
    return taken


def ordered(rows: Iterable[Row]) -> list[Row]:
    """Return rows in the order of a journal."""
    return sorted(rows, key=lambda row: (row["recorded_at"], row["row_id"]))


def _row(table: str, told: object) -> Row:
    columns = TABLES[table]
    if not isinstance(told, dict) or not set(told) <= set(columns):
        refuse(f"has a row of {table} with a column that there is not")
    row = {column: _value(column, told.get(column)) for column in columns}
    if any(row[column] is None for column in (*_ALWAYS, KEYED_BY[table])):
        refuse(f"has a row of {table} without what every row has")
    if not _ROW_ID.fullmatch(row["row_id"]):
        refuse(f"has a row of {table} whose id is none")
    if table == "tombstones" and not _is_whole(table, [row]):
        refuse(f"has a row of {table} without what every row has")
    return row


def _value(column: str, told: Any) -> Any:
    """Return a value as the journal has it, or refuse it."""
    kind = KIND_OF[column]
    try:
        value = date.fromisoformat(told) if kind == "date" and isinstance(told, str) else told
        if kind == "json" and value is not None:
            value_of("answers", None, json.dumps(value, allow_nan=False))
        elif not fits(column, kind, value):
            refuse(f"has something in {column} that cannot stand there")
        if clean_value(value) != value:
            refuse(f"has a text in {column} with signs that no journal holds")
    except (JournalError, ValueError, RecursionError, OverflowError):
        refuse(f"has something in {column} that cannot stand there")
    return value


def _is_same(one: Row, other: Row, sides: Sides) -> bool:
    # Where a partner was forgotten on one of one's own machines, their name is gone from rows that stay.
    return one == other or (sides.is_own and {**one, "agreed_by": None} == {**other, "agreed_by": None})


def _check_theirs(table: str, row: Row, sides: Sides) -> None:
    if row["author"] == sides.me:
        refuse("has a row in your name; only you write those")
    if row["author"] != sides.sender:
        refuse("has a row of somebody else than its sender")
    if row["visibility"] != "shared":
        refuse("has a private row, which never leaves its author's machines")
    if not may_travel(table, row):
        refuse(f"has a row of {table} that no peerkit sends")


def _check_commitments(news: list[Row], held: list[Row], sides: Sides) -> None:
    before = grouped("entries", held)
    for key, rows in grouped("entries", news).items():
        first = first_row(before.get(key, []))
        for row in rows:
            is_word = says_only_acknowledged(row)
            if first is not None and first["author"] == sides.me:
                if not is_word:
                    refuse("changes a commitment of yours; the other can only acknowledge it")
            elif is_word:
                if first is not None:
                    refuse("acknowledges a commitment of its own sender")
            elif row["peer"] not in (None, sides.sender):
                refuse("has a commitment of somebody else than its sender")
            elif row["acknowledged"] is not None:
                refuse("acknowledges a commitment of its own sender")


def _check_roles(news: list[Row], held: list[Row], sides: Sides) -> None:
    """Refuse a session between others than the two: roles and turns are told by name."""
    both = {sides.me, sides.sender}
    before = grouped("sessions", held)
    for key, rows in grouped("sessions", news).items():
        states: list[Mapping[str, Any]] = [*rows, known(ordered([*before.get(key, []), *rows]))]
        for state in states:
            named = [state.get(role) for role in ("coach", "focus") if state.get(role)]
            if not set(named) <= both or len(set(named)) < len(named):
                refuse("has a session of others than the two of you")


def _is_whole(table: str, rows: list[Row]) -> bool:
    first = first_row(ordered(rows)) if table == "entries" else None
    if first is not None and first["peer"] is None:
        return False
    try:
        check_whole(table, known(ordered(rows)))
    except JournalError:
        return False
    return True
