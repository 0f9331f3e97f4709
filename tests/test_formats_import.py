"""An import is shown first, enters whole or not at all, adds nothing twice, and can be taken back."""

import json
import sqlite3
import sys
import uuid
from contextlib import closing
from datetime import date
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from foreign import TODO_TXT, brought, items, listed, loop_zip, put, written
from helpers import clock_at, new_journal
from hypothesis import given, settings
from typer.testing import CliRunner

from peerkit import ledger, sessions
from peerkit.cli import app
from peerkit.errors import FormatError, JournalError
from peerkit.formats import incoming, outgoing, undo
from peerkit.formats.commands import preview
from peerkit.formats.incoming import Whose
from peerkit.formats.items import Given, Reading
from peerkit.formats.registry import READS, named
from peerkit.formats.source import Source
from peerkit.journal import Journal, id_of
from peerkit.measures import follow_through
from peerkit.templates import template

CHANGED = TODO_TXT.replace("(B) 2024-03-01 Write the letter", "x 2024-03-08 2024-03-01 Write the letter")
GIVEN = Given(ZoneInfo("UTC"), date(2024, 3, 10))
WHOSE = Whose("Amara", ("Amara", "Jonas"))


@pytest.fixture
def home(workspace, monkeypatch):
    """A fresh workspace of Amara's on 10 March 2024, and its journal."""
    monkeypatch.setitem(Journal.__init__.__kwdefaults__, "clock", clock_at("03-10"))
    with closing(workspace.open_journal()) as journal:
        yield workspace, journal


def shares(journal):
    return follow_through(journal.commitments(), as_of=journal.today()).to_dict("records")


def test_what_is_imported_is_mine_private_and_keeps_its_days(home, tmp_path):
    brought(home, tmp_path, TODO_TXT)

    assert listed(home[1]) == [
        ("Amara", "Run to the", "kept", "2024-03-08", "2024-03-07", "health", "private"),
        ("Amara", "Write the ", "open", "2024-03-15", "", "", "private"),
        ("Amara", "Mend the g", "open", "", "", "house/gard", "private"),
    ]


def test_what_was_due_in_the_past_counts_in_its_own_week(home, tmp_path):
    brought(home, tmp_path, TODO_TXT)

    weeks = follow_through(home[1].commitments(), as_of="2024-03-10", every="week")
    assert weeks[["week", "kept", "n"]].astype(str).values.tolist() == [["2024-03-04", "1", "1"]]


def test_a_day_before_the_import_shows_nothing_of_it(home, tmp_path):
    """Nothing was known then; a backdated entry would make that look lie."""
    brought(home, tmp_path, TODO_TXT)

    assert home[1].commitments(as_of="2024-03-09").empty


@pytest.mark.parametrize(
    ("name", "content"), [("todo.txt", TODO_TXT), ("Loop.zip", loop_zip())], ids=["todo.txt", "Loop.zip"]
)
def test_importing_the_same_file_twice_adds_nothing(home, tmp_path, name, content):
    brought(home, tmp_path, content, name)
    before = home[1].entries()

    done = brought(home, tmp_path, content, name)

    assert (len(done.changes), len(home[1].entries())) == (0, len(before))


@pytest.mark.parametrize("step", ["Dre\u0301sden", "one\r\nand two"])
def test_what_the_journal_keeps_in_its_own_spelling_is_no_news_the_next_time(home, tmp_path, step):
    content = f'title,first step\nRun,"{step}"\n'
    brought(home, tmp_path, content, name="a.csv")
    before = home[1].entries()

    brought(home, tmp_path, content, name="a.csv")

    assert home[1].entries().equals(before)


@pytest.mark.parametrize("depth", [60, 300])
def test_what_lies_too_deep_is_left_and_the_rest_is_imported(home, tmp_path, depth):
    deep = "[" * depth + "]" * depth
    content = f'[{{"uuid": "a", "description": "Run", "x": {deep}}},\n{{"uuid": "b", "description": "Swim"}}]'

    done = brought(home, tmp_path, content, name="a.json", as_format="taskwarrior")

    assert [one.reason for one in done.left] == ["It holds lists in lists, too deep to be kept."]
    assert home[1].commitments()["text"].to_list() == ["Swim"]


def test_a_changed_file_adds_only_what_became_known(home, tmp_path):
    brought(home, tmp_path, TODO_TXT)

    done = brought(home, tmp_path, CHANGED)

    assert [change.row for change in done.changes] == [
        {
            "commitment_id": done.changes[0].commitment_id,
            "pair_id": "amara-jonas",
            "visibility": "private",
            "outcome": "kept",
            "closed_on": date(2024, 3, 8),
        }
    ]
    assert listed(home[1])[1][1:5] == ("Write the ", "kept", "2024-03-15", "2024-03-08")


def test_what_was_settled_here_since_stands(home, tmp_path):
    brought(home, tmp_path, TODO_TXT)
    letter = home[1].commitments()["commitment_id"][1]
    ledger.miss(home[1], letter, on=home[1].today())

    done = brought(home, tmp_path, CHANGED)

    assert [(one.line, one.reason) for one in done.left] == [
        (2, "What became of it was said here since; that stands.")
    ]
    assert listed(home[1])[1][2] == "missed"


def test_taking_an_import_back_leaves_every_share_as_it_was(home, tmp_path):
    ledger.promise(
        home[1], "Plant the pear tree", peer="Amara", on=date(2024, 3, 10), due_on=date(2024, 3, 10)
    )
    before = (shares(home[1]), listed(home[1]))
    brought(home, tmp_path, TODO_TXT)

    done = undo.take_back(home[1])

    assert (done.removed, done.restored, done.left) == (3, 0, 0)
    assert (shares(home[1]), listed(home[1])) == before


def test_what_was_taken_back_can_be_imported_again(home, tmp_path):
    brought(home, tmp_path, TODO_TXT)
    once = listed(home[1])
    undo.take_back(home[1])

    brought(home, tmp_path, TODO_TXT)

    assert listed(home[1]) == once
    assert home[1].commitments()["reason"].fillna("").to_list() == ["", "", ""]


def test_taking_back_the_second_import_brings_the_first_one_back(home, tmp_path):
    brought(home, tmp_path, TODO_TXT)
    once = listed(home[1])
    brought(home, tmp_path, CHANGED)

    assert undo.take_back(home[1]).restored == 1
    assert listed(home[1]) == once
    assert undo.take_back(home[1]).removed == 3
    assert listed(home[1]) == []
    with pytest.raises(FormatError, match="There is no import to take back"):
        undo.take_back(home[1])


def test_what_was_worked_on_since_is_left_when_an_import_is_taken_back(home, tmp_path):
    brought(home, tmp_path, TODO_TXT)
    ledger.keep(home[1], home[1].commitments()["commitment_id"][1], on=home[1].today())

    assert undo.take_back(home[1]).left == 1
    assert [row[1:3] for row in listed(home[1])] == [("Write the ", "kept")]


def test_what_is_imported_was_not_settled_in_the_session_that_is_open(home, tmp_path):
    """Neither what came settled, nor what was taken back: both would fill the session's list."""
    _, journal = home
    planned = sessions.plan_session(
        journal, template("weekly"), held_on=date(2024, 3, 10), focus="Amara", coach="Jonas"
    )
    sessions.open_session(journal, planned.session_id)
    brought(home, tmp_path, TODO_TXT)
    undo.take_back(journal)

    assert sessions.settled_ids(journal, planned.session_id) == []


def test_what_was_imported_since_a_preview_is_not_imported_again(home, tmp_path):
    shown = preview(*home, put(tmp_path, "todo.txt", TODO_TXT))
    brought(home, tmp_path, TODO_TXT)
    before = home[1].entries()

    done = shown.confirm()

    assert (len(shown.plan.changes), done.changes, done.same) == (3, [], 3)
    assert home[1].entries().equals(before)


def test_what_was_shown_is_what_is_imported_where_nothing_was_written_since(home, tmp_path):
    titles = []

    def watch(things, title, **_):
        titles.append(title)
        yield from things

    shown = preview(*home, put(tmp_path, "todo.txt", TODO_TXT), watch=watch)
    done = shown.confirm()

    assert done is shown.plan
    assert titles == ["Reading", "Comparing", "Importing"]


def test_a_line_becomes_the_same_commitment_again_after_an_update_of_peerkit(home, tmp_path):
    """Else a file that was imported before would come in twice. The name is that of RFC 9562, its last 60 bits."""
    text = "id,title\nhedge,Mow\n"
    names = uuid.UUID("5c3f7f0e-6f0c-5b52-9a25-3f4f1b0f6a1d")

    done = brought(home, tmp_path, text, name="a.csv")

    expected = id_of(uuid.uuid5(names, "csv\namara-jonas\nhedge").int)
    assert [change.commitment_id for change in done.changes] == [expected]


def test_an_import_that_cannot_be_written_leaves_nothing_behind(home, tmp_path, monkeypatch):
    """Entries and what is kept beside them are one change."""
    shown = preview(*home, put(tmp_path, "todo.txt", TODO_TXT))
    monkeypatch.setattr(
        incoming, "add_records", lambda *_: (_ for _ in ()).throw(sqlite3.OperationalError("disk"))
    )

    with pytest.raises((JournalError, sqlite3.OperationalError)):
        shown.confirm()

    assert [len(home[1].rows(table)) for table in ("entries", "answers")] == [0, 0]


@pytest.mark.parametrize(
    ("name", "done"),
    [
        ("todo.txt", lambda text: text.replace("2024-03-10 Mow", "x 2024-03-10 2024-03-10 Mow")),
        ("a.md", lambda text: text.replace("- [ ] Mow", "- [x] Mow") + "\n"),
        ("a.ics", lambda text: text.replace("STATUS:NEEDS-ACTION", "STATUS:COMPLETED")),
    ],
    ids=["todo.txt", "obsidian", "ics"],
)
def test_a_commitment_that_was_done_in_another_tool_is_kept(home, tmp_path, name, done):
    """It is known by its id, so the tool may be used beside peerkit."""
    _, journal = home
    ledger.promise(journal, "Mow", peer="Amara", on=date(2024, 3, 10), due_on=date(2024, 3, 12))
    form = "obsidian" if name == "a.md" else None
    outgoing.export(journal, tmp_path / name, me="Amara", as_format=form)
    text = (tmp_path / name).read_bytes().decode()

    plan = brought(home, tmp_path, done(text), name)

    assert [change.row["outcome"] for change in plan.changes] == ["kept"]
    assert [row[1:4] for row in listed(journal)] == [("Mow", "kept", "2024-03-12")]


@settings(max_examples=3)
@given(made=items())
def test_a_commitment_that_came_back_from_another_tool_is_known(tmp_path_factory, made):
    """What was imported by one format and exported to another says nothing new when it comes back."""
    folder = tmp_path_factory.mktemp("tools")
    with closing(new_journal(folder, clock=clock_at("03-10"))) as journal:
        form, read = named("json", READS), Reading("json", made)
        incoming.apply(journal, form, read, GIVEN, WHOSE)
        kept = outgoing.records(journal)
        for name in ("json", "todo.txt", "taskwarrior", "obsidian", "csv"):
            other = named(name, READS)
            out = list(outgoing.items_of(outgoing.commitments(journal), kept, other))
            path = put(folder, f"a{other.suffixes[0]}", written(name, out))
            plan = incoming.plan(journal, other, other.read(Source(path), GIVEN), GIVEN, WHOSE)
            assert (plan.changes, plan.same) == ([], len(made))


def test_json_enters_a_fresh_workspace_without_loss(home, tmp_path):
    """The partner's commitments, the history of moved dates and what another tool said included."""
    workspace, journal = home
    brought(home, tmp_path, TODO_TXT)
    moved = ledger.promise(
        journal, "Mow", peer="Jonas", on=date(2024, 3, 10), due_on=date(2024, 3, 12), confidence=0.7
    )
    ledger.move(journal, moved.commitment_id, date(2024, 3, 20), on=date(2024, 3, 10), agreed_by="Amara")
    first = tmp_path / "first.json"
    outgoing.export(journal, first, me="Amara")

    (tmp_path / "other").mkdir()
    with closing(new_journal(tmp_path / "other", clock=clock_at("05-01"), seed=2)) as other:
        preview(workspace, other, first).confirm()
        outgoing.export(other, tmp_path / "second.json", me="Amara")

    assert (tmp_path / "second.json").read_text(encoding="utf-8") == first.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("audience", "texts"), [("mine", ["Mow", "Rest"]), ("ours", ["Mow"]), ("outside", [None])]
)  # fmt: skip
def test_an_audience_sees_what_it_may(home, tmp_path, audience, texts):
    _, journal = home
    ledger.promise(
        journal,
        "Mow",
        peer="Amara",
        on=date(2024, 3, 10),
        due_on=date(2024, 3, 12),
        area="home",
        visibility="shared",
    )
    ledger.promise(journal, "Rest", peer="Amara", on=date(2024, 3, 10), visibility="private")

    outgoing.export(journal, tmp_path / "a.json", me="Amara", audience=audience)

    told = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["commitments"]
    assert [one.get("text") for one in told] == texts
    if audience == "outside":
        assert told == [
            {"peer": "A.", "outcome": "open", "made_on": "2024-03-10", "due_on": "2024-03-12", "moves": 0}
        ]


def test_notes_of_an_import_leave_with_mine_only(home, tmp_path):
    """They were never shared: the record of an import is private, whatever the commitment is."""
    task = [
        {"uuid": "1", "description": "Mow", "status": "pending", "annotations": [{"description": "a secret"}]}
    ]
    brought(home, tmp_path, json.dumps(task), "tasks.json", visibility="shared")

    for audience, is_there in (("mine", True), ("ours", False), ("outside", False)):
        outgoing.export(home[1], tmp_path / "a.json", me="Amara", audience=audience)
        assert ("secret" in (tmp_path / "a.json").read_text(encoding="utf-8")) is is_there


def test_an_export_that_fails_leaves_the_former_file(home, tmp_path, monkeypatch):
    path = put(tmp_path, "a.csv", "before")
    ledger.promise(home[1], "Mow", peer="Amara", on=date(2024, 3, 10))
    monkeypatch.setattr(
        "peerkit.formats.plain_csv.cells", lambda row: (_ for _ in ()).throw(OSError(28, "No space left"))
    )

    with pytest.raises(FormatError, match="No space left"):
        outgoing.export(home[1], path, me="Amara")

    assert (
        path.read_text(encoding="utf-8"),
        [one.name for one in tmp_path.iterdir() if "peerkit-" in one.name],
    ) == ("before", [])


def test_other_tools_lists_hold_my_own_and_say_how_many_they_leave_out(home, tmp_path):
    _, journal = home
    ledger.promise(journal, "Mow", peer="Jonas", on=date(2024, 3, 10))
    ledger.promise(journal, "Run", peer="Amara", on=date(2024, 3, 10))

    done = outgoing.export(journal, tmp_path / "todo.txt", me="Amara")

    assert (done.written, done.left_out) == (1, 1)
    with pytest.raises(FormatError, match="For outside no words are written"):
        outgoing.export(journal, tmp_path / "todo.txt", me="Amara", audience="outside")


@pytest.fixture
def run(peerkit, home, monkeypatch):
    """The command in the workspace."""
    monkeypatch.chdir(home[0].folder)
    return peerkit


def test_the_preview_says_what_would_become_of_each_line(run, home, tmp_path):
    path = put(tmp_path, "todo.txt", TODO_TXT + "Paint due:2024-02-30\n")

    assert run("import", path, "--dry-run")[1].splitlines() == [
        f"{path} is todo.txt.",
        "New: 3 (2 open, 1 kept).",
        "Skipped: 1.",
        "  line 4: Its due date is no day.",
        "Nothing was imported.",
    ]
    assert listed(home[1]) == []


def test_nothing_is_imported_without_a_yes(run, home, tmp_path):
    """A script has nobody who could confirm."""
    status, _, error = run("import", put(tmp_path, "todo.txt", TODO_TXT))

    assert (status, "say --yes" in error, listed(home[1])) == (2, True, [])


def test_a_person_is_asked_and_may_say_no(home, tmp_path, monkeypatch):
    monkeypatch.setattr("peerkit.formats.commands._is_terminal", lambda: True)
    path = put(tmp_path, "todo.txt", TODO_TXT)
    arguments = ["import", str(path), "-C", str(home[0].folder)]

    assert "Nothing was imported." in CliRunner().invoke(app, arguments, input="n\n").output
    assert "Imported: 3." in CliRunner().invoke(app, arguments, input="y\n").output


def test_the_commands_bring_in_take_back_and_take_out(run, tmp_path):
    path = put(tmp_path, "todo.txt", TODO_TXT)

    assert (
        run("import", path, "--yes")[1].splitlines()[-1]
        == "Imported: 3. Take it back with: peerkit import --undo"
    )
    assert run("export", tmp_path / "a.csv")[1] == f"Wrote {tmp_path / 'a.csv'}: 3 commitments as CSV.\n"
    assert run("import", tmp_path / "a.csv", "--yes")[1].splitlines()[-1] == "There is nothing new to import."
    assert run("import", "--undo")[1] == "The last import is taken back: 3 no longer count.\n"


def test_a_tables_columns_are_shown_and_can_be_said(run, tmp_path):
    path = put(tmp_path, "a.csv", "What I do,When,Note\nRun,03/08/2024,slow\n")
    said = ("import", path, "--map", "text=What I do", "--map", "due_on=When", "--dates", "mdy")

    assert run(*said, "--dry-run")[1].splitlines()[:6] == [
        f"{path} is CSV.",
        "Columns (change one with --map NAME=COLUMN):",
        "  What I do is taken as text",
        "  When is taken as due_on",
        "  Note is taken as notes",
        "  dates are read month first",
    ]
    told = json.loads(run(*said, "--yes", "--json")[1])
    assert (told["columns"], told["added"]["open"], told["imported"]) == (
        {"What I do": "text", "When": "due_on", "Note": "notes"},
        1,
        True,
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("import",), "Name the file"),
        (("import", "missing.ics"), "There is no file missing.ics"),
        (("import", "."), "is no file"),
        (("import", "a.csv", "--map", "due=Due"), "A commitment has no 'due'"),
        (("import", "a.csv", "--map", "due_on=Late"), "has no column 'Late'"),
        (("import", "a.csv", "--map", "due_on"), "says no column"),
        (("import", "a.csv", "--dates", "ymd"), "Unknown order of dates"),
        (("import", "a.csv", "--as", "word"), "Unknown format 'word'"),
        (("import", "--undo"), "There is no import to take back"),
        (("export", "a.docx"), "No format is written to files that end in '.docx'"),
        (("export", "a.csv", "--for", "all"), "Unknown audience 'all'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)  # fmt: skip
def test_what_cannot_be_done_is_said_in_a_sentence(run, home, arguments, said):
    put(home[0].folder, "a.csv", "Task,Due\nRun,2024-03-08\n")

    status, _, error = run(*arguments)
    assert (status, said in error, "Traceback" in error) == (2, True, False)


@pytest.mark.parametrize("library", ["openpyxl", "orgparse", "pyarrow"])
def test_a_library_that_is_missing_is_named_with_its_remedy(run, tmp_path, monkeypatch, library):
    monkeypatch.setitem(sys.modules, library, None)
    suffix = {"openpyxl": "xlsx", "orgparse": "org", "pyarrow": "parquet"}[library]
    run("promise", "Mow")
    command = (
        ("import", put(tmp_path, "a.org", "* TODO Mow\n"))
        if suffix == "org"
        else ("export", tmp_path / f"a.{suffix}")
    )

    # Without pyarrow pandas keeps texts as Python does.
    with pd.option_context("mode.string_storage", "python"):
        status, _, error = run(*command)
    assert (status, "Install it with: pip install" in error) == (2, True)
