"""A file from outside may hold anything: what can be read is read, the rest is said, and nothing else is raised."""

import io
import json
import subprocess
import sys
import zipfile

import pytest
from foreign import LISBON, TEXTS, TODO_TXT, loop_zip, mutated, put, read, told, written
from helpers import fewer
from hypothesis import given
from hypothesis import strategies as st

from peerkit.errors import PeerkitError
from peerkit.formats import collecting, source
from peerkit.formats.items import Item
from peerkit.formats.registry import READS, recognise
from peerkit.formats.source import Source

SAMPLES = {
    **{form: content.encode() for form, content in TEXTS.items()},
    "loop": loop_zip(),
    "xlsx": written("xlsx", [Item("peerkit-000000000000", "Run", details={"reason": "=1"})]),
    "json": written(
        "json", [Item(f"peerkit-{i:012d}", "Run", details={"confidence": 0.5}) for i in range(3)]
    ),
}


def tried(path, form):
    """Read a file as a format; what is wrong with it may only be said as peerkit says it."""
    try:
        return form.read(Source(path), LISBON)
    except PeerkitError as error:
        assert str(error).endswith((".", "peerkit[formats]'"))  # noqa: PT017 what it says is the point
        return None


@pytest.mark.parametrize("form", READS, ids=lambda form: form.name)
def test_no_bytes_make_a_reader_raise_anything_else(form, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fuzz")

    @given(
        content=st.binary(max_size=400)
        | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
    )
    def holds(content):
        tried(put(folder, f"a{form.suffixes[0]}", content), form)

    holds()


@pytest.mark.parametrize("form", READS, ids=lambda form: form.name)
def test_no_broken_file_makes_a_reader_raise_anything_else(form, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fuzz")

    @given(seed=st.integers(0, 2**32))
    def holds(seed):
        reading = tried(put(folder, f"a{form.suffixes[0]}", mutated(SAMPLES[form.name], seed)), form)
        for item in reading.items if reading else []:
            assert item.text.isprintable()
            assert item.text.strip()

    holds()


@fewer()
@given(seed=st.integers(0, 2**32), name=st.sampled_from(sorted(SAMPLES)))
def test_a_broken_file_is_recognised_or_refused(tmp_path_factory, seed, name):
    path = put(tmp_path_factory.mktemp("fuzz"), "a.dat", mutated(SAMPLES[name], seed))

    try:
        recognise(Source(path))
    except PeerkitError as error:
        assert str(error).endswith(".")  # noqa: PT017 what it says is the point


@pytest.mark.parametrize("form", [form for form in SAMPLES if form not in ("loop", "xlsx", "beeminder")])
def test_of_a_file_that_was_cut_off_the_beginning_is_read(tmp_path, form):
    whole, content = read(put(tmp_path, "a.dat", SAMPLES[form]), form), SAMPLES[form]

    cut = read(put(tmp_path, "b.dat", content[: content.rindex(b"\n", 0, -8) - 9]), form)
    assert told(cut)[:1] == told(whole)[:1]


@pytest.mark.parametrize("form", sorted(TEXTS))
@pytest.mark.parametrize(
    "encoded",
    [
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n", "\r").encode(),
        lambda text: text.encode("utf-16"),
    ],
    ids=["BOM", "CRLF", "CR", "UTF-16"],
)
def test_marks_and_line_ends_change_nothing(tmp_path, form, encoded):
    plain = read(put(tmp_path, "a.dat", TEXTS[form]), form)

    other = Source(put(tmp_path, "b.dat", encoded(TEXTS[form])))
    assert recognise(other).name == form
    assert told(recognise(other).read(other, LISBON)) == told(plain)


def test_a_line_in_another_encoding_is_read_and_said(tmp_path):
    reading = read(
        put(tmp_path, "todo.txt", TODO_TXT.encode() + "Grüß Öle due:2024-03-08\n".encode("cp1252"))
    )

    assert told(reading)[-1] == ("Grüß Öle", "open", "2024-03-08", "")
    assert [(one.line, one.said) for one in reading.remarks] == [
        (4, "It is not in UTF-8; it was read as Windows-1252.")
    ]


def test_control_characters_do_not_reach_the_terminal(tmp_path):
    reading = read(put(tmp_path, "todo.txt", "Run\x1b[31m \x07to\u2028the bridge due:2024-03-08\n"))

    assert told(reading) == [("Run[31m to the bridge", "open", "2024-03-08", "")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.ics", "BEGIN:VCALENDAR\nBEGIN:VTODO\nUID:1\nSUMMARY:Run\nDUE;VALUE=DATE:20240230\nEND:VTODO\nEND:VCALENDAR\n"),
        ("a.txt", "2024-03-01 Run due:2024-02-30\n"),
        ("a.json", '[{"uuid": "1", "description": "Run", "status": "pending", "due": "20240230T100000Z"}]'),
        ("a.csv", "TYPE,CONTENT,DATE\ntask,Run,2024-02-30\n"),
        ("a.md", "- [ ] Run 📅 2024-02-30\n"),
        ("a.org", "* TODO Run\nDEADLINE: <2024-02-30 Fri>\n"),
        ("a.csv", "Task,Due\nRun,2024-02-30\n"),
    ],
    ids=["ics", "todo.txt", "taskwarrior", "todoist", "obsidian", "org", "csv"],
)  # fmt: skip
def test_an_impossible_due_date_is_skipped_and_said(tmp_path, name, content):
    """Without its date it would be another promise: one that is never due."""
    reading = read(put(tmp_path, name, content))

    assert (told(reading), reading.n_skipped) == ([], 1)


def test_parents_that_go_round_in_a_circle_are_not_followed(tmp_path):
    tasks = [
        {"uuid": uid, "description": "Run", "status": "pending", "parent": other}
        for uid, other in ("ab", "ba")
    ]

    assert len(read(put(tmp_path, "a.json", json.dumps(tasks))).items) == 2


def test_the_same_id_twice_is_taken_once_and_said(tmp_path):
    reading = read(put(tmp_path, "a.txt", "Run uid:1\nWalk uid:1\n"), "todo.txt")

    assert (len(reading.items), [one.line for one in reading.skipped]) == (1, [2])


def bomb(name: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", "")
        packed.writestr("001 Run/Checkmarks.csv", "")
        packed.writestr(name, b"0" * 50_000_000)
    return made.getvalue()


@pytest.mark.parametrize("form", ["xlsx", "loop"])
def test_a_zip_bomb_is_not_opened(tmp_path, form):
    path = put(tmp_path, "a.zip", bomb("xl/sharedStrings.xml"))

    with pytest.raises(PeerkitError, match="unpack to far more"):
        read(path, form)


def test_a_zip_that_lies_about_its_sizes_is_refused(tmp_path):
    content = bytearray(loop_zip())
    at = content.index(b"PK\x01\x02")
    content[at + 24 : at + 28] = (3).to_bytes(4, "little")

    tried(put(tmp_path, "a.zip", bytes(content)), next(form for form in READS if form.name == "loop"))


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, '{"a":' * 100_000, '{"uuid": "' + "a" * 3_000_000],
    ids=["arrays", "objects", "endless"],
)
def test_deep_or_endless_json_is_told(tmp_path, text):
    for form in ("taskwarrior", "json", "beeminder"):
        tried(put(tmp_path, "a.json", text), next(one for one in READS if one.name == form))


@pytest.mark.parametrize("rule", ["FREQ=SECONDLY", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
                                  "FREQ=DAILY;COUNT=999999999", "FREQ=YEARLY;UNTIL=99991231", "FREQ=NEVER"])  # fmt: skip
def test_a_rule_without_end_or_sense_is_bounded(tmp_path, rule):
    content = f"BEGIN:VCALENDAR\nBEGIN:VTODO\nUID:1\nSUMMARY:Run\nDUE;VALUE=DATE:20240301\nRRULE:{rule}\nEND:VTODO\nEND:VCALENDAR\n"

    assert len(read(put(tmp_path, "a.ics", content)).items) <= 366


def test_more_than_one_import_holds_is_left_out_and_said(tmp_path, monkeypatch):
    monkeypatch.setattr(collecting, "MAX_ITEMS", 3)
    reading = read(put(tmp_path, "a.txt", "2024-03-01 Run\n" * 9))

    assert (len(reading.items), [one.line for one in reading.skipped]) == (3, [4])


def test_a_line_that_does_not_end_is_thrown_away_as_it_comes(tmp_path):
    content = b"2024-03-01 Run\n" + b"a" * (4 * source.MAX_LINE) + b"\n2024-03-02 Walk\n"

    reading = read(put(tmp_path, "a.txt", content))
    assert ([item.text for item in reading.items], [one.line for one in reading.skipped]) == (
        ["Run", "Walk"],
        [2],
    )


@pytest.mark.parametrize(
    ("line", "n"),
    [("2024-03-01 Run to the bridge +health due:2024-03-08\n", 100_000), ("a", 0)],
    ids=["many lines", "one line"],
)
def test_a_file_of_200_mb_is_read_in_bounded_memory(tmp_path, line, n):
    """In a process that may take 200 MB, all its libraries included: 100,000 items and no more of the file."""
    path = tmp_path / "big.txt"
    piece = (line * (1_000_000 // len(line))).encode()
    with path.open("wb") as file:
        for _ in range(200):
            file.write(piece)
    code = (
        "import resource, sys; from datetime import date; from pathlib import Path; from zoneinfo import ZoneInfo\n"
        "from peerkit.formats.items import Given\nfrom peerkit.formats.registry import named, READS\n"
        "from peerkit.formats.source import Source\n"
        "resource.setrlimit(resource.RLIMIT_DATA, (200_000_000, 200_000_000))\n"
        "reading = named('todo.txt', READS).read(Source(Path(sys.argv[1])), Given(ZoneInfo('UTC'), date(2024, 3, 10)))\n"
        "print(len(reading.items), reading.n_skipped)"
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)

    assert done.stdout.split() == [str(n), "1"]


@pytest.mark.parametrize(
    ("name", "form", "line"),
    [
        ("a.md", "obsidian", "- [ ] " + "#a " * 60_000 + "x"),
        ("a.md", "obsidian", "- [ ] b " + "[a:: " * 30_000),
        ("a.md", "obsidian", "- [ ] b:: " + " " * 180_000 + "x"),
        ("a.txt", "todo.txt", "+a " * 60_000 + "x"),
        ("a.csv", "todoist", "TYPE,CONTENT\ntask," + "@a " * 40_000 + "x"),
    ],
    ids=["tags", "fields", "blanks", "projects", "labels"],
)
def test_a_line_of_what_tags_and_fields_begin_with_is_read_in_one_go(tmp_path, name, form, line):
    """Where each of them is tried to the line's end, this takes minutes."""
    reading = read(put(tmp_path, name, line), form)

    assert len(reading.items) + reading.n_skipped == 1


def test_a_long_section_costs_each_of_its_tasks_little(tmp_path):
    tasks = "".join(f"task,Run {i}\n" for i in range(3_000))
    content = "TYPE,CONTENT\nsection," + "e\u0301\x07" * 40_000 + f"\n{tasks}"

    items = read(put(tmp_path, "a.csv", content), "todoist").items

    assert (len(items), {len(item.area) for item in items}) == (3_000, {67})


@pytest.mark.parametrize("kept", [{"moves": "x"}, {"first_due_on": 5}, {"moves": [1]}, {"session_id": [1]}])
def test_what_a_file_calls_unknown_says_nothing_of_the_ledgers_history(tmp_path, kept):
    line = {"id": "a", "text": "Run", "unknown": {**kept, "colour": "red"}}
    content = json.dumps({"format": "peerkit-ledger", "version": 1, "commitments": [line]})

    [item] = read(put(tmp_path, "a.json", content), "json").items

    assert item.unknown == {"colour": "red"}


@pytest.mark.parametrize("due", ["99991230T000000Z", "00010102T000000Z"])
def test_a_day_that_no_ledger_keeps_is_told_of_its_line(tmp_path, due):
    tasks = [{"uuid": "a", "description": "Run", "due": due}, {"uuid": "b", "description": "Swim"}]

    reading = read(put(tmp_path, "a.json", json.dumps(tasks)), "taskwarrior")

    assert [item.uid for item in reading.items] == ["b"]
    assert [one.reason for one in reading.skipped] == ["Its due date lies before 1900 or after 2200."]


def test_long_details_count_as_words_too(tmp_path):
    lines = [{"id": str(i), "text": "Run", "reason": "x" * 900_000} for i in range(60)]
    content = json.dumps({"format": "peerkit-ledger", "version": 1, "commitments": lines})

    reading = read(put(tmp_path, "a.json", content), "json")

    assert len(reading.items) == 55
    assert [one.reason for one in reading.skipped] == [
        "The file holds too much for one import from here on. Split it."
    ]
