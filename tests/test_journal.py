"""The journal: only added to, in order, whole, and silent about what it holds."""

import ctypes
import json
import os
import sqlite3
import stat
import threading
import traceback
import unicodedata
import uuid
from contextlib import closing, suppress
from datetime import date

import pytest
from helpers import clock_at, ledger_of, moment, new_journal
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import peerkit
from peerkit import keep, promise
from peerkit.errors import JournalError, LedgerError, PeerkitError, WorkspaceError
from peerkit.fold import commitments
from peerkit.forget import forget_commitment
from peerkit.journal import Journal
from peerkit.rescue import bad_rows, rescue
from peerkit.schema import DTYPES, MAX_TEXT, TABLES, clean, clean_value
from peerkit.sessions import answers, list_sessions

ROWS = {
    "sessions": {"session_id": "s1", "held_on": date(2024, 3, 1), "minutes": 60, "status": "planned"},
    "answers": {"session_id": "s1", "phase": "arrive", "prompt": "mood", "value": 7, "revision": 1},
    "entries": {
        "commitment_id": "c1",
        "peer": "Amara",
        "text": "Call the school",
        "due_on": date(2024, 3, 8),
    },
    "tombstones": {"kind": "commitment", "key": "c1", "until": 1_700_000_000_000_000},
}
SECRET = "what-only-the-two-of-us-know"
# Of Linux: its second capability passes over the rights to write, its third over those to read.
CAPABILITIES, PASSING_OVER_RIGHTS = 0x20080522, 0b110


@pytest.mark.parametrize("n_rows", [0, 1], ids=["without rows", "with a row"])
@pytest.mark.parametrize("table", TABLES)
def test_a_frame_has_the_dtypes_of_the_schema(journal, table, n_rows):
    for _ in range(n_rows):
        journal.add(table, ROWS[table])

    dtypes = journal.frame(table).dtypes.astype(str).to_dict()

    assert dtypes == {column: DTYPES[kind] for column, kind in TABLES[table].items()}


def test_a_ledger_told_in_lines_has_the_dtypes_of_a_journals_ledger(journal):
    """Else the tests of the fold would say nothing about the journal."""
    journal.add("entries", ROWS["entries"])

    told = ledger_of("03-01 #1 Amara by 03-08").dtypes.astype(str)

    assert told.to_dict() == journal.entries().dtypes.astype(str).to_dict()


def test_what_is_added_is_what_is_read(journal):
    added = [
        journal.add("entries", {"commitment_id": "c1", **row})
        for row in (
            {"text": "Call the school", "due_on": date(2024, 3, 8), "confidence": 0.8, "outcome": "open"},
            {"outcome": "partly", "fraction": 0.5, "obstacle_came": True, "closed_on": date(2024, 3, 7)},
        )
    ]

    rows = journal.rows("entries")

    blank = dict.fromkeys(TABLES["entries"])
    assert rows == [{**blank, **row} for row in added]


def test_rows_are_found_by_what_their_columns_equal(journal):
    for name in ("c1", "c2", "c1"):
        journal.add("entries", {"commitment_id": name, "peer": "Amara"})

    rows = journal.rows("entries", commitment_id="c1", peer="Amara")

    assert [row["commitment_id"] for row in rows] == ["c1", "c1"]


@pytest.mark.parametrize(
    "change", ["UPDATE {} SET author = 'Jonas'", "DELETE FROM {}"], ids=["update", "delete"]
)
@pytest.mark.parametrize("table", TABLES)
def test_a_row_is_never_changed_or_removed(journal, table, change):
    journal.add(table, ROWS[table])
    before = journal.rows(table)

    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        run_in(journal, change.format(table))

    assert journal.rows(table) == before


@pytest.mark.parametrize("table", TABLES)
def test_a_row_is_never_replaced(journal, table):
    """SQLite's REPLACE removes the old row without asking the triggers on DELETE."""
    journal.add(table, ROWS[table])
    before = journal.rows(table)
    columns = ", ".join(TABLES[table])

    with suppress(sqlite3.IntegrityError):
        swapped = columns.replace("author", "'Jonas'")
        run_in(journal, f"REPLACE INTO {table} ({columns}) SELECT {swapped} FROM {table}")

    assert journal.rows(table) == before


def test_a_journal_of_a_newer_peerkit_is_refused(journal):
    journal.close()
    run_in(journal, "PRAGMA user_version = 99")

    with pytest.raises(JournalError, match=r"newer peerkit \(version 99 .* reads 3\)\. Update peerkit"):
        Journal(journal.path, author="Amara")


def test_a_file_that_is_no_database_is_refused(tmp_path):
    path = tmp_path / "journal.db"
    path.write_text("Dear diary, " * 500)

    with pytest.raises(JournalError, match=r"is no journal, or is damaged\. Run `peerkit doctor`"):
        Journal(path, author="Amara")


def test_a_damaged_page_is_told_and_not_read_over(journal):
    for _ in range(3):
        journal.add("entries", {"commitment_id": "c1", "text": "a" * 20_000})
    journal.close()
    whole = journal.path.read_bytes()
    journal.path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))

    with pytest.raises(JournalError, match="damaged"):
        journal.rows("entries")


def test_another_programs_database_is_refused(tmp_path):
    path = tmp_path / "recipes.db"
    with sqlite3.connect(path) as recipes:
        recipes.execute("CREATE TABLE recipes (soup)")
    recipes.close()

    with pytest.raises(JournalError, match="is a database, but no peerkit journal"):
        Journal(path, author="Amara")


def test_a_missing_journal_is_told_and_not_made(tmp_path):
    path = tmp_path / "journal.db"

    with pytest.raises(JournalError, match=r"There is no journal at .*journal\.db\. Make a workspace"):
        peerkit.open(path)

    assert not path.exists()


@pytest.mark.parametrize("may_make", [False, True], ids=["opened", "made"])
def test_a_path_that_cannot_be_looked_at_is_told_in_a_sentence(tmp_path, may_make):
    path = tmp_path / f"{'long' * 100}.db"

    with pytest.raises(JournalError, match="journal"):
        Journal(path, author="Amara", create=may_make)


def test_a_folder_that_is_no_workspace_is_refused(tmp_path):
    with pytest.raises(WorkspaceError, match=r"is no peerkit workspace: it has no peerkit\.toml"):
        peerkit.open(tmp_path)


@pytest.mark.parametrize("name", ["", "journal.db"], ids=["its folder", "its journal's file"])
def test_a_workspace_opens_as_the_peer_whose_it_is(workspace, name):
    journal = peerkit.open(workspace.folder / name)

    opened = (journal.path, journal.author, journal.pair_id, journal.time_zone)
    journal.close()

    assert opened == (workspace.journal_path, "Amara", "amara-jonas", "UTC")


def test_nobody_else_on_the_machine_may_read_the_journal(journal):
    mode = stat.S_IMODE(journal.path.stat().st_mode)

    assert mode == 0o600


def test_a_row_is_recorded_at_the_clocks_time(journal, clock):
    clock.to("03-08 09:30")

    row = journal.add("entries", ROWS["entries"])

    assert row["recorded_at"] == microseconds("03-08 09:30")


def test_rows_stay_in_order_when_the_clock_goes_back(journal, clock):
    """The order of the rows is the order in which things became known."""
    first = journal.add("entries", ROWS["entries"])
    clock.to("02-28")

    second = journal.add("answers", ROWS["answers"])

    assert second["recorded_at"] == first["recorded_at"] + 1


@settings(max_examples=15)
@given(hours=st.lists(st.integers(0, 23), min_size=1, max_size=6))
def test_recorded_at_grows_whatever_the_clock_does(tmp_path_factory, hours):
    clock = clock_at("03-01")
    journal = new_journal(tmp_path_factory.mktemp("clock"), clock=clock)
    told = []

    with journal.writing():
        for hour in hours:
            clock.to(f"03-01 {hour:02}:00")
            told.append(journal.add("entries", ROWS["entries"])["recorded_at"])
    journal.close()

    earliest = [microseconds(f"03-01 {hour:02}:00") for hour in hours]
    assert told == sorted(set(told))
    assert all(row >= clock for row, clock in zip(told, earliest, strict=True))


def test_a_row_id_is_a_uuid_of_version_7_that_holds_its_moment(journal, clock):
    clock.to("03-08 09:30")

    row = journal.add("entries", ROWS["entries"])

    made = uuid.UUID(row["row_id"])
    assert (made.version, made.variant, made.int >> 80) == (7, uuid.RFC_4122, row["recorded_at"] // 1000)


def test_today_ends_at_midnight_in_the_pairs_time_zone(tmp_path):
    clock = clock_at("03-07 23:30")
    journal = new_journal(tmp_path, time_zone="Europe/Helsinki", clock=clock)

    row = journal.add("entries", ROWS["entries"])
    days = (journal.today(), journal.day_of(row["recorded_at"]))
    journal.close()

    assert days == (date(2024, 3, 8), date(2024, 3, 8))


def test_commitments_are_those_of_today_unless_said_otherwise(journal, clock):
    promised = promise(journal, "Call the school", peer="Amara", on=date(2024, 3, 1), due_on=date(2024, 3, 8))
    clock.to("03-07")
    keep(journal, promised.commitment_id, on=date(2024, 3, 7))

    today, before = journal.commitments(), journal.commitments(as_of="2024-03-06")

    assert [*today["outcome"], *before["outcome"]] == ["kept", "open"]
    assert_frame_equal(today, commitments(journal.entries(), as_of="2024-03-07"))


@pytest.mark.parametrize(
    ("table", "row", "message"),
    [
        pytest.param(
            "entries",
            {"mood": 3},
            r"A row of entries cannot set mood\. It has: row_id, ",
            id="unknown column",
        ),
        pytest.param("entries", {"row_id": "x"}, r"cannot set row_id\.", id="row_id is the journal's"),
        pytest.param(
            "entries", {"recorded_at": 1}, r"cannot set recorded_at\.", id="recorded_at is the journal's"
        ),
        pytest.param(
            "entries", {"commitment_id": ""}, r"A row of entries needs its commitment_id\.", id="no key"
        ),
        pytest.param(
            "entries", {"outcome": "done"}, r"Unknown outcome 'done'\. Use one of: open, kept", id="outcome"
        ),
        pytest.param(
            "entries",
            {"visibility": "secret"},
            r"Unknown visibility 'secret'\. Use one of: private",
            id="visibility",
        ),
        pytest.param(
            "sessions", {"status": "over"}, r"Unknown status 'over'\. Use one of: planned", id="status"
        ),
        pytest.param(
            "entries",
            {"text": "a" * (MAX_TEXT + 1)},
            r"1,000,001 characters; a field takes 1,000,000",
            id="too long",
        ),
        pytest.param("entries", {"due_on": "2024-03-08"}, "due_on", id="a text for a date"),
        pytest.param("tombstones", {"until": []}, "until takes int, and was given list", id="no moment"),
    ],
)
def test_a_row_that_does_not_fit_is_refused_with_a_sentence(journal, table, row, message):
    with pytest.raises(JournalError, match=message):
        journal.add(table, {**ROWS[table], **row})

    assert journal.rows(table) == []


def test_a_journal_without_an_author_is_only_read(journal):
    reader = Journal(journal.path, author="")

    with pytest.raises(JournalError, match=r"opened without an author\. Open it with peerkit\.open"):
        reader.add("entries", ROWS["entries"])

    assert reader.rows("entries") == []
    reader.close()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        pytest.param("one\r\ntwo\rthree\tfour", "one\ntwo\nthree\tfour", id="line ends and tabs"),
        pytest.param("a\x00b\x1b[31mc\x7fd\x85e", "ab[31mcde", id="control characters"),
        pytest.param("half \ud83d a pair", "half \ufffd a pair", id="half of a pair"),
        pytest.param("\ud83d\ude00", "😀", id="two halves that fit"),
        pytest.param("cafe\u0301", "café", id="composed"),
        pytest.param("🧗🏽‍♀️ 🇱🇰", "🧗🏽‍♀️ 🇱🇰", id="emoji"),
        pytest.param("אני אתקשר مرحبا", "אני אתקשר مرحبا", id="right to left"),
        pytest.param("ab" * 50_000, "ab" * 50_000, id="100 kB"),
    ],
)
def test_text_is_kept_as_typed_but_for_what_could_do_harm(journal, typed, kept):
    journal.add("entries", {"commitment_id": "c1", "text": typed})
    journal.add("answers", {**ROWS["answers"], "value": {"said": [typed]}})

    found = (journal.rows("entries")[0]["text"], journal.rows("answers")[0]["value"])

    assert found == (kept, {"said": [kept]})


@given(text=st.text(st.characters(exclude_categories=[])))
def test_cleaned_text_holds_no_control_and_stays_as_it_is(text):
    once = clean(text)

    harmful = [sign for sign in once if unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\t"]
    assert (harmful, clean(once)) == ([], once)


@given(text=st.text(st.characters(exclude_categories=["Cc", "Cs"])))
def test_cleaning_leaves_every_other_character(text):
    assert clean(text) == unicodedata.normalize("NFC", text)


@given(
    value=st.recursive(
        st.text(st.characters(exclude_categories=[]), max_size=5) | st.integers() | st.booleans(),
        lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.text(max_size=3), parts, max_size=3),
        max_leaves=5,
    )
)
def test_an_answer_is_kept_with_every_text_in_it_cleaned(tmp_path_factory, value):
    with closing(new_journal(tmp_path_factory.mktemp("answers"))) as journal:
        added = journal.add("answers", {**ROWS["answers"], "value": value})

        assert (added["value"], journal.rows("answers")[0]["value"]) == (clean_value(value),) * 2


def test_rows_that_are_added_at_once_are_as_those_added_one_by_one(tmp_path):
    told = [
        {
            "commitment_id": "c1",
            "text": "Call the school",
            "due_on": date(2024, 3, 8),
            "visibility": "shared",
        },
        {"commitment_id": "c1", "outcome": "partly", "fraction": 0.5, "obstacle_came": False},
        {"commitment_id": "c2", "text": "Mow\x07", "author": "Jonas", "due_on": None},
    ]
    kept = []
    for name in ("one by one", "at once"):
        (tmp_path / name).mkdir()
        with closing(new_journal(tmp_path / name)) as journal, journal.writing() as writer:
            if name == "at once":
                added = writer.add_all("entries", told)
            else:
                added = [writer.add("entries", row) for row in told]
            kept.append((added, writer.rows("entries")))

    assert kept[0] == kept[1]
    assert [row["text"] for row in kept[1][1]] == ["Call the school", None, "Mow"]


def test_a_row_among_many_that_does_not_fit_keeps_out_all_of_them(journal):
    good = {"commitment_id": "c1", "text": "Call the school"}

    with pytest.raises(JournalError, match="confidence lies outside"), journal.writing() as writer:
        writer.add_all("entries", [good, {**good, "confidence": 2.0}, good])

    assert journal.rows("entries") == []


@pytest.mark.parametrize(
    "change",
    [
        lambda journal, row: journal.add("entries", ROWS["entries"]),
        lambda journal, row: put_in_place(journal, row),
        lambda journal, row: forget_commitment(journal, "c1"),
        lambda journal, row: merge(
            journal, {**row, "row_id": "0" * 8, "recorded_at": row["recorded_at"] - 1}
        ),
    ],
    ids=[
        "a row of now",
        "another file with as many rows",
        "a row forgotten",
        "an older row from another journal",
    ],
)
def test_a_journals_stamp_is_another_once_a_row_came_or_went(journal, change):
    row = journal.add("entries", {**ROWS["entries"], "outcome": "open"})
    before = journal.stamp()

    journal.rows("entries")
    unchanged = journal.stamp()
    change(journal, row)

    assert (unchanged == before, journal.stamp() == before) == (True, False)


def put_in_place(journal, row):
    """Put a file in the journal's place that has as many rows of the same moments, but not the same."""
    with closing(Journal(journal.path.with_name("other.db"), author="Amara", create=True)) as other:
        merge(other, {**row, "commitment_id": "c2"})
    journal.close()
    other.path.replace(journal.path)


def merge(journal, row):
    with journal.writing() as writer:
        assert writer.merge("entries", [row]) == 1


def test_keys_that_are_no_texts_are_kept_as_texts(journal):
    journal.add("answers", {**ROWS["answers"], "value": {True: 1, 2: {None: 3}, "b": 4}})

    assert journal.rows("answers")[0]["value"] == {"True": 1, "2": {"None": 3}, "b": 4}


def test_an_answer_is_no_longer_than_a_text_can_be(journal):
    with pytest.raises(JournalError, match="a field takes 1,000,000"):
        journal.add("answers", {**ROWS["answers"], "value": {"said": ["a" * (MAX_TEXT + 1)]}})


@pytest.mark.parametrize("blank", [None, ""])
def test_a_row_without_an_author_is_the_journals_authors(journal, blank):
    added = journal.add("entries", {**ROWS["entries"], "author": blank})

    assert (added["author"], journal.rows("entries")[0]["author"]) == ("Amara", "Amara")


def test_rows_are_found_by_more_names_than_sqlite_takes_values(journal):
    journal.add("entries", ROWS["entries"])

    found = journal.rows("entries", commitment_id={"c1", *map(str, range(40_000))})

    assert [row["commitment_id"] for row in found] == ["c1"]


@pytest.mark.parametrize("asked", [{"c1\0"}, {None, "c1"}, set()], ids=["a sign too many", "a blank", "none"])
def test_rows_are_found_by_the_very_values_of_a_set(journal, asked):
    journal.add("entries", ROWS["entries"])

    assert len(journal.rows("entries", commitment_id=asked)) == ("c1" in asked)


def test_of_many_faults_the_first_is_told(journal):
    bad = [{"commitment_id": "c1", "outcome": word} for word in ("kept", "lost", "gone", "won")]

    with pytest.raises(JournalError, match="Unknown outcome 'lost'"), journal.writing() as writer:
        writer.add_all("entries", bad)


def test_texts_in_a_tuple_are_cleaned_as_those_in_a_list(journal):
    journal.add("answers", {**ROWS["answers"], "value": ("a\x00b",)})

    assert journal.rows("answers")[0]["value"] == ["ab"]


@pytest.mark.parametrize(
    "row",
    [
        pytest.param({"text": SECRET}, id="refused by the database"),
        pytest.param({"text": SECRET, "due_on": SECRET}, id="a text for a date"),
        pytest.param({"confidence": SECRET}, id="a text for a number"),
        pytest.param({"text": SECRET * MAX_TEXT}, id="a text that is too long"),
    ],
)
def test_an_error_never_tells_what_was_written(journal, row):
    """An error message is read aloud, sent to a maintainer, kept in a notebook's output."""
    refuse = "CREATE TRIGGER refuse BEFORE INSERT ON entries BEGIN SELECT RAISE(ABORT, 'refused'); END"
    run_in(journal, refuse)

    with pytest.raises(Exception, match=r".") as caught:
        journal.add("entries", {"commitment_id": "c1", **row})

    whole_chain = "".join(traceback.format_exception(caught.value))
    assert SECRET not in whole_chain


def test_several_writes_are_one_change_or_none(journal):
    with suppress(LedgerError), journal.writing():
        promise(journal, "Call the school", peer="Amara", on=date(2024, 3, 1))
        keep(journal, "nobody-knows", on=date(2024, 3, 1))

    assert journal.rows("entries") == []


def test_a_write_inside_another_sees_what_that_one_added(journal):
    with journal.writing():
        promised = promise(journal, "Call the school", peer="Amara", on=date(2024, 3, 1))
        keep(journal, promised.commitment_id, on=date(2024, 3, 1))

    assert [row["outcome"] for row in journal.rows("entries")] == ["open", "kept"]


def test_after_a_change_that_failed_the_next_one_is_written(journal):
    with suppress(PeerkitError):
        journal.add("entries", {"commitment_id": "c1", "outcome": "done"})

    journal.add("entries", ROWS["entries"])

    assert [row["text"] for row in journal.rows("entries")] == ["Call the school"]


def test_threads_that_write_at_once_lose_nothing(journal):
    def write(name):
        for number in range(3):
            journal.add("entries", {"commitment_id": f"{name}-{number}"})

    writers = [threading.Thread(target=write, args=[name]) for name in "abcdef"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    rows = journal.rows("entries")
    moments = [row["recorded_at"] for row in rows]
    assert {row["commitment_id"] for row in rows} == {
        f"{name}-{number}" for name in "abcdef" for number in range(3)
    }
    assert moments == sorted(set(moments))


def test_another_threads_write_does_not_join_an_open_change(journal):
    """Only what a thread itself began may be undone with it."""
    with journal.writing() as writer:
        writer.add("entries", ROWS["entries"])
        seen = []
        reader = threading.Thread(target=lambda: seen.append(journal.rows("entries")))
        reader.start()
        reader.join()

    assert seen == [[]]


@pytest.fixture
def bound_by_rights():
    """For one test root, too, may write only what the rights of a file allow: it gives its power up."""
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None)
    kernel, sets = (ctypes.c_uint32 * 2)(CAPABILITIES, 0), (ctypes.c_uint32 * 6)()
    assert libc.capget(kernel, sets) == 0
    power = sets[0]
    sets[0] = power & ~PASSING_OVER_RIGHTS
    assert libc.capset(kernel, sets) == 0
    yield
    sets[0] = power
    assert libc.capset(kernel, sets) == 0


@pytest.mark.usefixtures("bound_by_rights")
@pytest.mark.parametrize(
    ("is_folder", "rights", "message"),
    [
        pytest.param(False, 0o400, "is read-only. Nothing was saved", id="file"),
        pytest.param(True, 0o500, "Nothing was saved|Check that the folder exists", id="folder"),
    ],
)
def test_a_write_without_the_right_to_write_is_told(journal, is_folder, rights, message):
    journal.add("entries", ROWS["entries"])
    journal.close()
    place = journal.path.parent if is_folder else journal.path
    place.chmod(rights)

    with pytest.raises(JournalError, match=message):
        journal.add("entries", ROWS["entries"])

    place.chmod(0o700)
    assert len(journal.rows("entries")) == 1


def run_in(journal, statement):
    """Run a statement in the journal's file as another program would."""
    connection = sqlite3.connect(journal.path)
    try:
        connection.execute(statement)
        connection.commit()
    finally:
        connection.close()


def microseconds(said):
    return int(moment(said).timestamp()) * 1_000_000


# Rows from elsewhere

SESSION = {
    "session_id": "abcd", "template": "weekly", "template_digest": "x", "held_on": "2024-03-01", "coach": "Jonas",
    "focus": "Amara", "minutes": 60, "status": "closed", "floor": "focus",
}  # fmt: skip
ANSWER = {"session_id": "abcd", "phase": "aim", "prompt": "topic", "value": '"SECRET"', "revision": 1}
ENTRY = {
    "commitment_id": "k7m3",
    "peer": "Amara",
    "text": "SECRET",
    "outcome": "open",
    "due_on": "2024-03-08",
}
HOSTILE = {
    "a day that is none": ("sessions", SESSION | {"held_on": "SECRET"}, "held_on cannot be used"),
    "a day too far": ("sessions", SESSION | {"held_on": "9999-12-31"}, "held_on cannot be used"),
    "a day too early": ("entries", ENTRY | {"due_on": "0001-01-01"}, "due_on cannot be used"),
    "minutes that are no number": ("sessions", SESSION | {"minutes": "SECRET"}, "minutes cannot be used"),
    "minutes without end": ("sessions", SESSION | {"minutes": 10**17}, "minutes cannot be used"),
    "heard beyond ten": ("sessions", SESSION | {"heard": 11}, "heard cannot be used"),
    "a status of its own": ("sessions", SESSION | {"status": "SECRET"}, "status cannot be used"),
    "bytes for a text": ("entries", ENTRY | {"text": b"SECRET"}, "text cannot be used"),
    "more than sure": ("entries", ENTRY | {"confidence": 7.5}, "confidence cannot be used"),
    "a moment beyond time": ("answers", ANSWER | {"recorded_at": 2**62}, "recorded_at cannot be used"),
    "no JSON": ("answers", ANSWER | {"value": "SECRET"}, "value cannot be read"),
    "JSON in JSON": ("answers", ANSWER | {"value": "[" * 100_000 + "]" * 100_000}, "value cannot be read"),
    "JSON too deep": ("answers", ANSWER | {"value": "[" * 60 + "]" * 60}, "value cannot be read"),
    **{
        f"a session without {name}": ("sessions", SESSION | {name: None}, f"{name} is missing")
        for name in ("template", "held_on", "minutes", "focus")
    },
    "an answer to nothing": ("answers", ANSWER | {"phase": None}, "phase is missing"),
}  # fmt: skip


def put(path, table, row, row_id="r-00001"):
    """Put a row into a journal as no peerkit would."""
    full = {
        "row_id": row_id,
        "recorded_at": 1_700_000_000_000_000,
        "author": "Amara",
        "visibility": "shared",
    } | row
    with sqlite3.connect(path) as connection:
        marks = ", ".join("?" * len(full))
        connection.execute(f"INSERT INTO {table} ({', '.join(full)}) VALUES ({marks})", list(full.values()))
    connection.close()


@pytest.mark.parametrize(("table", "row", "said"), HOSTILE.values(), ids=HOSTILE)
def test_a_row_that_cannot_be_used_is_named_without_its_text(journal, tmp_path, table, row, said):
    put(journal.path, table, row)

    read = {"sessions": list_sessions, "answers": lambda it: answers(it, "abcd"), "entries": Journal.entries}
    with pytest.raises(JournalError) as told:
        read[table](journal)

    assert str(told.value) == (
        f"The journal is damaged: in the row r-00001 of {table} {said}."
        " `peerkit doctor` says more, and copies out the good rows."
    )
    assert bad_rows(journal.path) == [f"The journal is damaged: in the row r-00001 of {table} {said}."]


def test_what_is_copied_out_of_a_journal_with_bad_rows_can_be_used(journal, tmp_path):
    for number, (table, row, _) in enumerate(HOSTILE.values()):
        put(
            journal.path,
            table,
            {**row, "session_id": f"s{number}"} if table != "entries" else row,
            f"r-{number}",
        )
    good = [("sessions", SESSION), ("answers", ANSWER), ("entries", ENTRY)]
    for number, (table, row) in enumerate(good):
        put(journal.path, table, row, f"good-{number}")

    said = rescue(journal.path, tmp_path / "rescued.db")

    copy = Journal(tmp_path / "rescued.db", author="Amara")
    assert "1 of sessions, 1 of answers, 1 of entries" in said
    assert [one.session_id for one in list_sessions(copy)] == ["abcd"]
    assert [state["value"] for state in answers(copy, "abcd").values()] == ["SECRET"]
    assert [len(copy.frame(name)) for name in ("sessions", "answers", "entries")] == [1, 1, 1]
    copy.close()


def test_a_row_whose_id_is_none_is_not_repeated(journal):
    put(journal.path, "sessions", SESSION | {"minutes": -1}, "SECRET id with spaces")

    with pytest.raises(JournalError, match="in a row of sessions minutes cannot be used"):
        journal.sessions()


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("sessions", {"session_id": "s", "held_on": date(9999, 12, 31)}),
        ("sessions", {"session_id": "s", "heard": 11}),
        ("entries", {"commitment_id": "c", "confidence": float("nan")}),
        ("answers", {"session_id": "s", "value": json.loads("[" * 60 + "]" * 60)}),
    ],
    ids=["day", "heard", "confidence", "value"],
)
def test_what_could_not_be_read_again_is_not_written(journal, table, row):
    with pytest.raises(JournalError):
        journal.add(table, row)

    assert journal.rows(table) == []
