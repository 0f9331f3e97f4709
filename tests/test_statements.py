"""How often the journal is asked: what is on screen must not wait for the same question from many sides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from helpers import new_journal
from pair import PEERS, agree, hold, week
from sqlalchemy import event
from sqlalchemy.engine import Engine

from peerkit import guide
from peerkit.journal import Journal
from peerkit.notebooks import new_session
from peerkit.workspace import Workspace

N_SESSIONS = 30


@pytest.fixture
def asked() -> Iterator[list[str]]:
    """Every statement that a database is given, in order."""
    statements: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN")):
            statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield statements
    event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture
def of_a_year(workspace: Workspace) -> Workspace:
    """A workspace whose pair has an agreement, and met every week for some seven months."""
    journal = workspace.open_journal()
    with journal.writing():
        agree(journal)
        for number in range(N_SESSIONS):
            hold(journal, week(number), focus=PEERS[number % 2], heard=8)
    return workspace


def test_a_tap_a_promise_and_home_ask_the_journal_few_times(of_a_year: Workspace, asked: list[str]) -> None:
    """With eight forms open these were 52, 60 and 23 statements."""
    session, _ = new_session(of_a_year, of_a_year.open_journal(), "weekly")
    phases = ("arrive", "keep-faith", "aim", "open-up", "heard", "offer", "promise", "close")
    forms = {name: guide.phase(name, of=session.session_id, start=of_a_year.folder) for name in phases}

    # The first thing kept opens the session besides.
    forms["arrive"].save(f"energy/{session.focus}", 5, 0)
    counts = []
    for act in (
        lambda: forms["arrive"].save(f"mood/{session.focus}", 5, 0),
        lambda: forms["promise"].promise({"text": "Call the school"}, is_sure=True),
        lambda: guide.home(of_a_year.folder),
    ):
        before = len(asked)
        act()
        counts.append(len(asked) - before)

    assert [count <= most for count, most in zip(counts, (12, 24, 12), strict=True)] == [True] * 3


def test_within_one_reading_nothing_is_read_twice_but_what_was_written(
    journal: Journal, asked: list[str]
) -> None:
    row = {"session_id": "s", "phase": "aim", "prompt": "topic", "value": "a", "revision": 1}
    journal.add("answers", row)
    asked.clear()

    with journal.reading():
        first, again = (journal.rows("answers", session_id="s") for _ in range(2))
        n_read = len(asked)
        first[0]["value"] = "changed by whoever asked"
        with journal.writing() as writer:
            writer.add("answers", {**row, "value": "b"})
            meanwhile = [one["value"] for one in journal.rows("answers", session_id="s")]
        after = [one["value"] for one in journal.rows("answers", session_id="s")]

    assert (n_read, [one["value"] for one in again]) == (1, ["a"])
    assert (meanwhile, after) == (["a", "b"], ["a", "b"])


def test_what_another_process_writes_is_there_in_the_next_reading(tmp_path: Any) -> None:
    here = new_journal(tmp_path)
    there = Journal(here.path, author="Jonas")
    row = {"session_id": "s", "phase": "aim", "prompt": "topic", "value": "a", "revision": 1}

    seen = []
    for _ in range(2):
        with here.reading():
            seen.append(len(here.rows("answers")))
            there.add("answers", row)
            with here.reading():
                seen.append(len(here.rows("answers")))

    assert seen == [0, 0, 1, 1]
