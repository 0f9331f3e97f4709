"""A journal of the first peerkit, whose sessions knew no floor: it opens, loses nothing, and takes new sessions."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from helpers import clock_at, new_journal
from pair import PEERS, hold, week
from test_durability import mounted

from peerkit import fold, measures, next_turn, sqlite
from peerkit.errors import JournalError
from peerkit.journal import Journal
from peerkit.rescue import rescue
from peerkit.sessions import answers, list_sessions
from peerkit.tables import APPLICATION_ID, SCHEMA_VERSION
from peerkit.turns import Turn

# The tables as version 1 made them. This is history, and is not brought up to date.
EVERY_ROW = (
    "row_id TEXT NOT NULL, recorded_at BIGINT NOT NULL, author TEXT NOT NULL, visibility TEXT NOT NULL"
)
VERSION_1 = {
    "sessions": "session_id TEXT NOT NULL, pair_id TEXT, template TEXT, template_digest TEXT, held_on DATE, coach TEXT,"
    " focus TEXT, minutes INTEGER, status TEXT, heard INTEGER, override BOOLEAN, next_on DATE",
    "answers": "session_id TEXT NOT NULL, phase TEXT, prompt TEXT, value TEXT, revision INTEGER",
    "entries": "commitment_id TEXT NOT NULL, pair_id TEXT, session_id TEXT, peer TEXT, text TEXT, first_step TEXT,"
    " due_on DATE, cue TEXT, obstacle TEXT, if_then TEXT, evidence TEXT, accountability TEXT, confidence FLOAT,"
    " area TEXT, outcome TEXT, fraction FLOAT, closed_on DATE, reason TEXT, obstacle_came BOOLEAN, plan_fired BOOLEAN,"
    " agreed_by TEXT",
}
KEYS = {"sessions": "session_id", "answers": "session_id", "entries": "commitment_id"}

# Opens the journal as soon as it is told to, and says how many rows it has.
OPENER = """
import sys
from pathlib import Path
from peerkit.journal import Journal

print("ready", flush=True)
sys.stdin.readline()
journal = Journal(Path(sys.argv[1]), author="Amara")
print(len(journal.rows("sessions")), flush=True)
"""


def make_old(path: Path) -> Path:
    """Make a journal of version 1 with three sessions, an answer and a commitment, and return its path."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        for name, columns in VERSION_1.items():
            connection.execute(f"CREATE TABLE {name} ({EVERY_ROW}, {columns}, PRIMARY KEY (row_id))")
            for column in ("recorded_at", KEYS[name]):
                connection.execute(f"CREATE INDEX {name}_by_{column} ON {name} ({column})")
            connection.execute(
                f"CREATE TRIGGER {name}_no_replace BEFORE INSERT ON {name} WHEN EXISTS (SELECT 1 FROM {name} WHERE"
                " row_id = NEW.row_id) BEGIN SELECT RAISE(IGNORE); END"
            )
            for change in ("UPDATE", "DELETE"):
                connection.execute(
                    f"CREATE TRIGGER {name}_no_{change.lower()} BEFORE {change} ON {name}"
                    " BEGIN SELECT RAISE(ABORT, 'append-only'); END"
                )
        for number, focus in enumerate(("Amara", "Jonas", "Amara")):
            add_old(
                connection, "sessions", number, session_id=f"s{number}", template="weekly", template_digest="0", held_on=str(week(number)),
                focus=focus, coach=PEERS[focus == "Amara"], minutes=60, status="closed", heard=8 - number, override=0,
            )  # fmt: skip
        add_old(
            connection,
            "answers",
            3,
            session_id="s0",
            phase="aim",
            prompt="topic",
            value='"The roof"',
            revision=1,
        )
        add_old(
            connection,
            "entries",
            4,
            commitment_id="c1",
            peer="Amara",
            text="Call",
            outcome="open",
            confidence=0.8,
        )
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("PRAGMA user_version = 1")
        connection.commit()
    return path


def add_old(connection: sqlite3.Connection, table: str, number: int, **row: Any) -> None:
    row = {"row_id": f"r{number}", "recorded_at": number, "author": "Amara", "visibility": "shared", **row}
    marks = ", ".join(f":{name}" for name in row)
    connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", row)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A journal of version 1."""
    return make_old(tmp_path / "journal.db")


def opened(path: Path) -> Journal:
    return Journal(path, author="Amara", clock=clock_at("03-22"))


def rows_of(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return what each table holds in its columns of version 1, as the file has it."""
    return {name: ask(path, f"SELECT {names_of(name)} FROM {name} ORDER BY row_id") for name in VERSION_1}


def names_of(table: str) -> str:
    return ", ".join(part.split()[0] for part in f"{EVERY_ROW}, {VERSION_1[table]}".split(","))


def ask(path: Path, question: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(question).fetchall()


def shape_of(path: Path) -> tuple[Any, ...]:
    """Return columns with their kinds, the names of indexes and triggers, and the version."""
    columns = [ask(path, f"PRAGMA table_info({name})") for name in VERSION_1]
    others = ask(path, "SELECT type, name FROM sqlite_schema WHERE type != 'table' ORDER BY name")
    return columns, others, ask(path, "PRAGMA user_version")


def test_opening_keeps_every_row_as_it_is_and_adds_the_columns_that_are_new(old: Path) -> None:
    before = rows_of(old)

    opened(old).close()

    assert rows_of(old) == before
    assert ask(old, "SELECT floor, swapped FROM sessions") == [(None, None)] * 3
    assert ask(old, "PRAGMA user_version") == [(SCHEMA_VERSION,)]


def test_a_journal_that_was_brought_up_to_date_has_the_tables_of_a_new_one(old: Path, tmp_path: Path) -> None:
    opened(old).close()

    (tmp_path / "new").mkdir()
    new = new_journal(tmp_path / "new")

    new.close()
    assert shape_of(old) == shape_of(new.path)


def test_before_its_tables_are_changed_a_journal_is_backed_up_as_it_was(old: Path) -> None:
    before = rows_of(old)

    opened(old).close()
    opened(old).close()

    [backup] = (old.parent / "backups").iterdir()
    assert backup.name == f"journal-before-tables-{SCHEMA_VERSION}.db"
    assert (rows_of(backup), ask(backup, "PRAGMA user_version")) == (before, [(1,)])
    assert backup.stat().st_mode & 0o777 == 0o600


def test_what_stays_on_one_machine_is_kept_changed_and_taken_away(old: Path) -> None:
    journal = opened(old)
    with journal.writing() as writer:
        writer.keep_local("key", "first")
        writer.keep_local("key", {"second": 2})
        writer.keep_local("receipt/1", 1)

    told = journal.local("key"), journal.local("none"), journal.local_names("receipt/"), journal.local_names()
    with journal.writing() as writer:
        writer.keep_local("key", None)

    left = journal.local_names()
    journal.close()
    assert told == ({"second": 2}, None, ["receipt/1"], ["key", "receipt/1"])
    assert left == ["receipt/1"]


def test_opening_again_changes_no_byte(old: Path) -> None:
    opened(old).close()
    before = old.read_bytes()

    opened(old).close()

    assert old.read_bytes() == before


def test_in_an_old_session_the_focus_person_had_the_floor(old: Path) -> None:
    journal = opened(old)

    told = [(one.session_id, one.floor, one.swapped, one.heard) for one in list_sessions(journal)]
    balance = measures.balance(fold.sessions(journal.sessions(), as_of="2024-03-31"), as_of="2024-03-31")

    journal.close()
    assert told == [("s0", "focus", None, 8), ("s1", "focus", None, 7), ("s2", "focus", None, 6)]
    assert balance.to_dict("records") == [
        {"peer": "Amara", "sessions": 2, "minutes": 120, "n": 3},
        {"peer": "Jonas", "sessions": 1, "minutes": 60, "n": 3},
    ]


def test_an_old_journal_takes_new_sessions(old: Path) -> None:
    journal = opened(old)
    turn = next_turn(journal, PEERS, today=week(3))

    hold(journal, week(3), focus="Jonas", kind="split-hour")

    floors = [one.floor for one in list_sessions(journal)]
    journal.close()
    assert turn == Turn(week(3), focus="Jonas", coach="Amara")
    assert floors == ["focus", "focus", "focus", "both"]
    assert ask(old, "SELECT DISTINCT floor FROM sessions WHERE floor IS NOT NULL") == [("both",)]


def test_what_was_answered_and_promised_before_is_read_as_before(old: Path) -> None:
    journal = opened(old)

    told, entries = answers(journal, "s0"), journal.rows("entries")

    journal.close()
    assert told["aim", "topic", "Amara"]["value"] == "The roof"
    assert [(row["commitment_id"], row["text"], row["confidence"]) for row in entries] == [
        ("c1", "Call", 0.8)
    ]


def test_the_new_columns_are_append_only_too(old: Path) -> None:
    opened(old).close()

    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        ask(old, "UPDATE sessions SET floor = 'nobody'")


def test_two_processes_that_open_it_at_once_bring_it_up_to_date_once(old: Path) -> None:
    before = rows_of(old)
    command = [sys.executable, "-c", OPENER, old]
    openers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]  # fmt: skip
    for opener in openers:
        assert opener.stdout is not None
        opener.stdout.readline()

    said = [opener.communicate("now\n") for opener in openers]

    assert said == [("3\n", "")] * 2
    assert rows_of(old) == before
    assert ask(old, "PRAGMA user_version") == [(SCHEMA_VERSION,)]


def test_a_journal_that_another_process_has_just_brought_up_to_date_is_left_as_it_is(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at its version and the change another one was first."""
    begin, others = sqlite._begin, [opened]

    def be_second(connection: Any) -> None:
        if connection.get_execution_options().get("peerkit_begin") == "IMMEDIATE" and others:
            others.pop()(old).close()
        begin(connection)

    monkeypatch.setattr(sqlite, "_begin", be_second)

    journal = opened(old)

    assert [one.session_id for one in list_sessions(journal)] == ["s0", "s1", "s2"]
    assert others == []
    journal.close()


def test_a_change_that_fails_halfway_changes_nothing(old: Path) -> None:
    """As where somebody added one of the columns by hand."""
    ask(old, "ALTER TABLE sessions ADD COLUMN swapped BOOLEAN")
    before = shape_of(old)

    with pytest.raises(JournalError, match=r"refused a change \(OperationalError\)\. Nothing was saved"):
        opened(old)

    assert shape_of(old) == before


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A journal of version 1 that nobody may write to."""
    if os.geteuid() != 0:
        path = make_old(tmp_path / "journal.db")
        path.chmod(0o400)
        yield path
        return
    with mounted(tmp_path / "disk") as disk:
        path = make_old(disk / "journal.db")
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        yield path


def test_a_file_that_is_read_only_is_told_in_one_sentence_and_stays_as_it_is(read_only: Path) -> None:
    before = read_only.read_bytes()

    with pytest.raises(JournalError) as told:
        opened(read_only)

    assert str(told.value) == (
        f"The journal at {read_only} is read-only. Nothing was saved; give yourself the right to write to the file"
        " and its folder."
    )
    assert read_only.read_bytes() == before


def test_what_is_rescued_of_an_old_journal_is_a_new_one_with_every_row(old: Path, tmp_path: Path) -> None:
    before = old.read_bytes()

    said = rescue(old, tmp_path / "rescued.db")

    journal = opened(tmp_path / "rescued.db")
    days = [(one.held_on, one.floor) for one in list_sessions(journal)]
    journal.close()
    assert "3 of sessions, 1 of answers, 1 of entries" in said
    assert rows_of(tmp_path / "rescued.db") == rows_of(old)
    assert days == [(date(2024, 3, day), "focus") for day in (1, 8, 15)]
    assert old.read_bytes() == before
