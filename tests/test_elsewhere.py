"""Import and export at home, without a browser: what a file would bring, that nothing is written without the word, and where it goes."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from peerkit import guide
from peerkit.formats.registry import WRITES
from peerkit.guide import elsewhere
from peerkit.guide.home import Home
from peerkit.lab import MADE
from peerkit.workspace import Workspace

TASKS = b"id,Task,Status,Deadline\n1,Plant the pear trees,open,2024-03-08\n2,Read the lease,done,2024-03-01\n3,Call,maybe,\n"
IN_DAYS = b"Was,Frist\nPlant the pear trees,03/08/2024\n"


@pytest.fixture
def home(workspace: Workspace) -> Home:
    shown = guide.home(workspace.folder)
    assert isinstance(shown, Home)
    return shown


def asked(home: Home, do: str, **more: object) -> object:
    """Return what a message of the browser is answered with: what was done, or the sentence why not."""
    reply = home.answer_to({"do": do, "token": "1", **more})
    return reply["done"] if reply["ok"] else reply["error"]


def dropped(home: Home, content: bytes, name: str = "tasks.csv", *, piece: int = 40) -> object:
    """Send a file in pieces, as the browser does, and return what the last one is answered with."""
    reply: object = None
    for at in range(0, max(len(content), 1), piece):
        reply = asked(home, "receive", name=name, size=len(content), at=at, bytes=content[at : at + piece])
    return reply


def texts(workspace: Workspace) -> list[tuple[str, str]]:
    journal = workspace.open_journal()
    found = journal.commitments()
    journal.close()
    return sorted(zip(found["text"], found["outcome"], strict=True))


def test_looking_at_a_file_tells_what_it_would_bring_and_writes_nothing(
    home: Home, workspace: Workspace
) -> None:
    before = workspace.journal_path.read_bytes()

    dropped(home, TASKS)
    told = asked(home, "look")

    assert told == {
        "file": "tasks.csv",
        "format": "csv",
        "title": "CSV",
        "suffix_differs": False,
        "columns": {"id": "id", "Task": "text", "Status": "outcome", "Deadline": "due_on"},
        "table": {
            "columns": [["id", "id"], ["Task", "text"], ["Status", "outcome"], ["Deadline", "due_on"]],
            "day_first": None,
        },
        "added": {"open": 1, "kept": 1, "partly": 0, "missed": 0, "released": 0, "void": 0},
        "changed": 0,
        "known_already": 0,
        "skipped": 1,
        "skipped_lines": [
            {"line": 4, "reason": "What became of it is no word that is known, such as done or open."}
        ],
        "remarks": [],
        "remarked": 0,
    }
    assert workspace.journal_path.read_bytes() == before


def test_what_was_looked_at_is_imported_listed_and_taken_back(home: Home, workspace: Workspace) -> None:
    dropped(home, TASKS)
    asked(home, "look")

    done = asked(home, "bring_in")

    assert done == 2
    assert [row["text"] for row in home.review] == ["Plant the pear trees"]
    assert texts(workspace) == [("Plant the pear trees", "open"), ("Read the lease", "kept")]

    assert asked(home, "take_back") == "The last import is taken back: 2 no longer count."
    assert (home.review, {outcome for _, outcome in texts(workspace)}) == ([], {"void"})


def test_a_column_can_be_said_otherwise_and_the_order_of_its_days(home: Home) -> None:
    dropped(home, IN_DAYS)
    unknown = asked(home, "look")
    said = asked(home, "look", columns={"Was": "text", "Frist": "due_on"}, dates="mdy")
    unused = asked(home, "look", columns={"Was": "text", "Frist": ""})

    assert unknown == {
        "file": "tasks.csv",
        "asks": "Which of its columns is the promise itself? Choose it below, and look again."
        " A table needs its columns' names in the first line.",
        "table": {"columns": [["Was", ""], ["Frist", ""]], "day_first": None},
    }
    assert isinstance(said, dict)
    assert isinstance(unused, dict)
    assert said["table"] == {"columns": [["Was", "text"], ["Frist", "due_on"]], "day_first": False}
    assert unused["table"] == {"columns": [["Was", "text"], ["Frist", ""]], "day_first": None}
    assert (said["added"]["open"], unused["added"]["open"]) == (1, 1)


def test_what_was_looked_at_before_is_not_imported_once_it_was_said_otherwise(home: Home) -> None:
    dropped(home, TASKS)
    asked(home, "look")
    asked(home, "look", columns={"Task": "", "Status": "", "id": "", "Deadline": ""})

    assert asked(home, "bring_in") == "Look at what the file would bring first."


def test_what_is_to_be_done_is_said_in_the_words_of_the_page(home: Home) -> None:
    dropped(home, b"Task,Due\nMow,03/08/2024\n")
    told = asked(home, "look")
    assert isinstance(told, dict)
    assert [one["reason"] for one in told["skipped_lines"]] == [
        "Its due date cannot be read as a day: is it day or month first? Say below how days are written, and look again."
    ]

    dropped(home, b"%PDF\0", name="a.pdf")
    assert str(asked(home, "look")).endswith(" Export it from the other tool as one of these.")


def test_columns_without_a_name_are_not_offered_at_the_end(home: Home) -> None:
    """A sheet has hundreds of them."""
    dropped(home, b"Task,,Due,,\nMow,a,2024-03-08,,\n")
    told = asked(home, "look")

    assert isinstance(told, dict)
    assert told["table"]["columns"] == [["Task", "text"], ["column 2", ""], ["Due", "due_on"]]


def test_a_long_name_fits_any_file_system_and_keeps_its_end(home: Home) -> None:
    dropped(home, TASKS, name="\U0001f331" * 90 + ".csv")
    told = asked(home, "look")

    assert isinstance(told, dict)
    assert told["file"] == "…" + "\U0001f331" * 49 + ".csv"


def test_one_column_is_one_thing(home: Home) -> None:
    dropped(home, TASKS)

    assert asked(home, "look", columns={"Task": "text", "Status": "text"}) == (
        "Two columns are said to be text. Only one of them can be."
    )


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        pytest.param(
            [("receive", {"name": "a.csv", "size": elsewhere.MAX_BYTES + 1, "at": 0, "bytes": b"x"})],
            "This file has more than 20 MB, too much to pass through the browser. Import it in a terminal, in the"
            " workspace's folder: peerkit import FILE",
            id="too large",
        ),
        pytest.param(
            [("receive", {"name": "a.csv", "size": 9, "at": 4, "bytes": b"x"})],
            "The file did not arrive whole. Choose it again.",
            id="a piece is missing",
        ),
        pytest.param(
            [("receive", {"name": "a.csv", "size": 1, "at": 0, "bytes": b"xyz"})],
            "The file did not arrive whole. Choose it again.",
            id="more than was said",
        ),
        pytest.param([("look", {})], "There is no file here any more. Choose it again.", id="no file"),
        pytest.param([("bring_in", {})], "There is no file here any more. Choose it again.", id="nothing there"),
        pytest.param(
            [("receive", {"name": "a.csv", "size": 1, "at": 0, "bytes": b"x"}), ("bring_in", {})],
            "Look at what the file would bring first.",
            id="not looked at",
        ),
        pytest.param(
            [("receive", {"name": "../a.csv", "size": 0, "at": 0, "bytes": b""}), ("look", {})],
            "a.csv is empty. Export it again from the other tool.",
            id="empty, and its folder unsaid",
        ),
        pytest.param(
            [("take_back", {})], "There is no import to take back. Begin with: peerkit import FILE", id="no import"
        ),
        pytest.param(
            [("write_out", {"format": "ics", "audience": "outside"})],
            "For outside no words are written, and iCalendar is made of them."
            " Export to CSV, Excel, JSON, Parquet or Markdown.",
            id="a format of words",
        ),
        pytest.param(
            [("write_out", {"format": "csv", "audience": "../mine"})],
            "Unknown audience '../mine'. Use one of: mine, ours, outside.",
            id="an audience that leads elsewhere",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_a_sentence_and_changes_nothing(
    home: Home, workspace: Workspace, messages: list[tuple[str, dict[str, object]]], said: str
) -> None:
    before = workspace.journal_path.read_bytes()

    answers = [asked(home, do, **more) for do, more in messages]

    assert answers[-1] == said
    assert workspace.journal_path.read_bytes() == before
    assert list(workspace.exports.iterdir() if workspace.exports.exists() else []) == []


def test_what_was_received_lies_in_a_private_folder_until_it_is_put_away(home: Home, tmp_path: Path) -> None:
    dropped(home, TASKS, name="..\\.secret/tasks\n.csv")
    path = home._elsewhere._path
    assert path is not None
    kept = (path.name, path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777, path.read_bytes())

    asked(home, "put_away")

    assert kept == ("secrettasks.csv", 0o600, 0o700, TASKS)
    assert not path.parent.exists()


def test_an_export_lies_in_the_workspace_under_its_day_format_and_audience(
    home: Home, workspace: Workspace
) -> None:
    dropped(home, TASKS)
    asked(home, "look")
    asked(home, "bring_in")
    day = home.today()

    made = [
        asked(home, "write_out", format=name, audience=whom)
        for name, whom in (("csv", "mine"), ("todoist", "ours"))
    ]

    assert made == [
        {
            "name": f"{day}-promises.csv",
            "href": f"exports/{day}-promises.csv",
            "said": f"Wrote exports/{day}-promises.csv: 2 commitments as CSV.",
        },
        {
            "name": f"{day}-promises-todoist-ours.csv",
            "href": f"exports/{day}-promises-todoist-ours.csv",
            "said": f"Wrote exports/{day}-promises-todoist-ours.csv: 0 commitments as Todoist CSV.",
        },
    ]
    with (workspace.exports / f"{day}-promises.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["text"] for row in csv.DictReader(file)] == ["Plant the pear trees", "Read the lease"]


@pytest.mark.parametrize("form", WRITES, ids=lambda form: form.name)
def test_every_format_can_be_exported_and_its_link_is_served(home: Home, form: object) -> None:
    made = asked(home, "write_out", format=form.name, audience="mine")

    assert isinstance(made, dict)
    assert re.fullmatch(MADE, made["href"])


@pytest.mark.parametrize(
    "path", ["exports/a.html", "exports/a.svg", "exports/../a.csv", "exports/b/a.csv", "a.csv", "journal.db"]
)
def test_nothing_else_is_served(path: str) -> None:
    assert re.fullmatch(MADE, path) is None


def test_a_workspace_whose_exports_lead_elsewhere_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    workspace.exports.symlink_to(tmp_path / "elsewhere")

    shown = guide.home(workspace.folder)

    assert not isinstance(shown, Home)
    assert "is a link that leads out of the workspace" in shown.value
