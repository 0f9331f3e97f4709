"""An import is taken back to what the ledger said before, or what could not be is said; nobody else's word goes."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from foreign import TODO_TXT, brought, listed
from helpers import clock_at, new_journal
from hypothesis import given, settings
from hypothesis import strategies as st

from peerkit import forget, journal, ledger
from peerkit.fold import commitments
from peerkit.formats import incoming, outgoing, records, undo
from peerkit.formats.commands import taken_back_in_words
from peerkit.formats.comparing import Whose
from peerkit.formats.items import Given, Item, Reading
from peerkit.formats.registry import READS, named
from peerkit.formats.undo import TakenBack
from peerkit.journal import Journal
from peerkit.workspace import Workspace

GIVEN = Given(ZoneInfo("UTC"), date(2024, 3, 10))
WHOSE = Whose("Amara", ("Amara", "Jonas"))
JSON = named("json", READS)
TODAY = date(2024, 3, 10)
DAYS = st.none() | st.dates(date(2024, 3, 1), date(2024, 3, 20))


@st.composite
def said(draw: st.DrawFn) -> dict[str, Any]:
    """What a file says of one promise."""
    outcome = draw(st.sampled_from(["open", "kept", "partly", "missed", "void"]))
    details = {
        "first_step": draw(st.sampled_from(["", "Shoes on"])),
        "confidence": draw(st.sampled_from([None, 0.5, 0.8])),
        "visibility": draw(st.sampled_from([None, "private", "shared"])),
    }
    return {
        "text": draw(st.sampled_from(["Run", "Run slowly"])),
        "outcome": outcome,
        "due_on": draw(DAYS),
        "closed_on": None if outcome == "open" else draw(DAYS),
        "fraction": draw(st.sampled_from([None, 0.0, 0.5])) if outcome == "partly" else None,
        "area": draw(st.sampled_from(["", "work"])),
        "notes": draw(st.sampled_from(["", "by the river"])),
        "details": {name: value for name, value in details.items() if value not in (None, "")},
    }


@pytest.fixture
def home(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Workspace, Journal]]:
    """A fresh workspace of Amara's on 10 March 2024, and its journal."""
    monkeypatch.setitem(Journal.__init__.__kwdefaults__, "clock", clock_at("03-10"))
    with closing(workspace.open_journal()) as kept:
        yield workspace, kept


FILES = st.lists(said(), min_size=3, max_size=3)


def bring(kept: Journal, lines: list[dict[str, Any]], **more: Any) -> incoming.Plan:
    items = [Item(uid=f"line-{i}", **one) for i, one in enumerate(lines)]
    return incoming.apply(kept, JSON, Reading("json", items), GIVEN, WHOSE, **more)


def words(kept: Journal) -> pd.DataFrame:
    """Return what the ledger says of each commitment, by its id, texts that are empty as blanks."""
    table = commitments(kept.entries(), as_of="2024-12-31").set_index("commitment_id")
    plain = table.drop(columns=["author", "is_due", "is_overdue"]).astype(object)
    return plain.where(plain.notna() & (plain != ""), None)


@settings(max_examples=10)
@given(first=FILES, second=FILES)
def test_the_ledger_says_what_it_said_before_or_undo_tells_what_it_could_not_set_back(
    tmp_path_factory: pytest.TempPathFactory, first: list[dict[str, Any]], second: list[dict[str, Any]]
) -> None:
    with closing(new_journal(tmp_path_factory.mktemp("undo"), clock=clock_at("03-10"))) as kept:
        bring(kept, first)
        before, former = words(kept), list(outgoing.commitments(kept)["commitment_id"])
        done = bring(kept, second)
        if not done.changes:
            return

        told = undo.take_back(kept)

        now = words(kept)
        differs = {
            name: n
            for name in before.columns
            if (n := sum(one != other for one, other in zip(before[name], now[name], strict=True)))
        }
        follows = {"first_due_on", "latest_due_on", "is_renegotiated"}
        assert {name: n for name, n in differs.items() if name not in follows} == told.stays
        # What follows from a due date differs only where that does, or where it was moved there and back.
        assert bool(follows & differs.keys()) <= bool({"due_on", "moves"} & told.stays.keys())
        n_whole = sum(before.loc[one].to_list() == now.loc[one].to_list() for one in former)
        assert (told.removed, told.left) == (0, 0)
        assert n_whole == len(former) - told.partly
        assert told.restored + told.partly == len(done.changes)
        # What was kept beside is again what the first file said.
        assert [one.item.notes for one in records.records(kept).values()] == [one["notes"] for one in first]


def test_a_due_date_that_a_changed_file_added_stays_and_is_told(home: Any, tmp_path: Path) -> None:
    brought(home, tmp_path, "Mend the gate id:1\nRun id:2 due:2024-03-12\n")
    brought(home, tmp_path, "Mend the gate id:1 due:2024-03-15\nx 2024-03-10 Run id:2 due:2024-03-12\n")

    done = undo.take_back(home[1])

    assert done == TakenBack(restored=1, partly=1, stays={"due_on": 1})
    assert [row[1:4] for row in listed(home[1])] == [
        ("Mend the g", "open", "2024-03-15"),
        ("Run", "open", "2024-03-12"),
    ]
    assert taken_back_in_words(done) == (
        "The last import is taken back: 1 are as they were before, 1 could not be set back wholly."
        " What it said and cannot be unsaid: a due date (1)."
    )


def test_a_date_that_was_moved_into_the_past_stays_the_one_by_which_it_is_judged(
    home: Any, tmp_path: Path
) -> None:
    """A date that is moved after it has passed is a slip, also where undo moves it."""
    brought(home, tmp_path, "Run id:2 due:2024-03-20\n")
    brought(home, tmp_path, "Run id:2 due:2024-03-05\n")

    assert undo.take_back(home[1]) == TakenBack(partly=1, stays={"due_on": 1, "moves": 1})
    assert outgoing.commitments(home[1])[["due_on", "latest_due_on"]].astype(str).values.tolist() == [
        ["2024-03-05", "2024-03-20"]
    ]


def test_what_was_promised_here_is_not_voided_with_the_import_that_settled_it(
    home: Any, tmp_path: Path
) -> None:
    _, kept = home
    ledger.promise(kept, "Mow", peer="Amara", on=TODAY, due_on=date(2024, 3, 12))
    before = listed(kept)
    outgoing.export(kept, tmp_path / "todo.txt", me="Amara")
    text = (tmp_path / "todo.txt").read_text("utf-8")
    brought(home, tmp_path, text.replace("2024-03-10 Mow", "x 2024-03-10 2024-03-10 Mow"))

    assert undo.take_back(kept) == TakenBack(restored=1)
    assert listed(kept) == before


def test_what_came_again_after_it_was_taken_back_is_void_again(home: Any, tmp_path: Path) -> None:
    for _ in range(2):
        brought(home, tmp_path, TODO_TXT)
        assert undo.take_back(home[1]) == TakenBack(removed=3)

    assert listed(home[1]) == []


def test_nothing_of_a_forgotten_commitment_stays_in_the_records_of_its_import(
    home: Any, tmp_path: Path
) -> None:
    """Its words stand there a second time, with notes that the ledger does not have."""
    place, kept = home
    brought(home, tmp_path, TODO_TXT)
    letter, gate = kept.commitments()["commitment_id"][1:]

    forget.forget_commitment(kept, letter)

    assert b"Write the letter" not in place.journal_path.read_bytes()
    assert gate in records.records(kept)
    assert letter not in records.records(kept)
    assert undo.take_back(kept) == TakenBack(removed=2)


def test_what_was_forgotten_for_good_is_not_imported_again(home: Any, tmp_path: Path) -> None:
    _, kept = home
    brought(home, tmp_path, TODO_TXT)
    forget.forget_commitment(kept, kept.commitments()["commitment_id"][1])

    done = brought(home, tmp_path, TODO_TXT)

    assert [(one.line, one.reason) for one in done.left] == [
        (2, "It was forgotten here for good; that stands.")
    ]
    assert [row[1] for row in listed(kept)] == ["Run to the", "Mend the g"]


def test_a_commitment_that_was_reopened_after_its_import_was_taken_back_is_there(
    home: Any, tmp_path: Path
) -> None:
    brought(home, tmp_path, "Mow id:1\n")
    undo.take_back(home[1])
    ledger.reopen(home[1], home[1].commitments()["commitment_id"][0], reason="It is for the spring.")

    assert [row[1:3] for row in listed(home[1])] == [("Mow", "open")]
    assert brought(home, tmp_path, "Mow id:1\n").same == 1


def test_all_is_the_same_where_few_are_looked_up_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step, in pieces of two, gives the file that it gives in one piece."""
    made = []
    for size in (10_000, 2):
        monkeypatch.setattr(records, "_AT_ONCE", size)
        monkeypatch.setattr(outgoing, "_ROWS", size)
        monkeypatch.setattr(journal, "_ROWS", size)
        folder = tmp_path / str(size)
        folder.mkdir()
        with closing(new_journal(folder, clock=clock_at("03-10"))) as kept:
            lines = [
                {"text": f"Walk {i}", "due_on": TODAY + timedelta(days=i), "notes": "slowly"}
                for i in range(7)
            ]
            bring(kept, lines)
            bring(kept, [{**one, "outcome": "kept" if i % 2 else "open"} for i, one in enumerate(lines)])
            outgoing.export(kept, folder / "a.json", me="Amara")
            told = undo.take_back(kept)
            outgoing.export(kept, folder / "b.json", me="Amara")
            tables = [kept.frame(name) for name in ("entries", "answers")]
            made.append((told, *((folder / name).read_bytes() for name in ("a.json", "b.json"))))
            monkeypatch.setattr(journal, "_ROWS", 10_000)
            for name, pieced in zip(("entries", "answers"), tables, strict=True):
                pd.testing.assert_frame_equal(kept.frame(name), pieced)

    assert made[0] == made[1]


def test_the_notes_of_an_import_are_never_all_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an import keeps beside the ledger may be longer than the ledger: it is read for a few at a time."""
    monkeypatch.setattr(records, "_AT_ONCE", 20)
    monkeypatch.setattr(outgoing, "_ROWS", 20)
    monkeypatch.setattr(journal, "_ROWS", 20)
    chance = random.Random(1)
    with closing(new_journal(tmp_path, clock=clock_at("03-10"))) as kept:
        lines = [{"text": f"Walk {i}", "notes": f"{chance.random()} " * 500} for i in range(400)]
        bring(kept, lines[:3])
        outgoing.export(kept, tmp_path / "warm.json", me="Amara")
        undo.take_back(kept)
        bring(kept, lines)
        tracemalloc.start()
        outgoing.export(kept, tmp_path / "a.json", me="Amara")
        exporting = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        undo.take_back(kept)
        undoing = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    size = (tmp_path / "a.json").stat().st_size
    assert size > 3_000_000
    assert exporting < size / 2
    assert undoing < size / 2


def test_both_ways_show_how_far_they_are(tmp_path: Path) -> None:
    seen: list[tuple[str, int]] = []

    def watch(things: Any, title: str, *, total: int, at: Any = None) -> Any:
        seen.append((title, total))
        yield from things

    with closing(new_journal(tmp_path, clock=clock_at("03-10"))) as kept:
        bring(kept, [{"text": "Run"}, {"text": "Mow"}], watch=watch)
        outgoing.export(kept, tmp_path / "a.json", me="Amara", watch=watch)
        undo.take_back(kept, watch=watch)

    assert seen == [("Comparing", 2), ("Importing", 2), ("Writing", 2), ("Taking back", 2)]
