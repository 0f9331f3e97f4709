"""Rows are read many at once, column by column: how many says nothing of what is read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from foreign import LISBON, put, read
from helpers import fewer
from hypothesis import given
from hypothesis import strategies as st

from peerkit.formats import collecting, source
from peerkit.formats.items import Given, Reading

# What is plain, and what is cleaned, refused or remarked.
WORDS = ["Run", "Write the letter", " Run", "Run ", "a  b", "Grüße", "cafe\u0301", "\x07bell", "a\tb", "\u2028", "two\nlines",
         "=1+1", "'=1+1", "'", "", "🙂", "y" * 100_001, "@home", "Run @a @b", "#tag", "mail a@b.c"]  # fmt: skip
DAYS = [
    "2024-03-08",
    "2024-02-30",
    "08.03.2024",
    "03/08/2024",
    "20240308T233000Z",
    "20240308T120000Z",
    "every monday",
    "soon",
    "",
]
OUTCOMES = ["kept", "open", "done", "partly", "", "unheard of"]
SHARES = ["0.5", "50 %", "7", "much", ""]
words, days = st.sampled_from(WORDS), st.sampled_from(DAYS)
COLUMNS = {
    "id": st.sampled_from(["", "a", "b", "c", "d"]),
    "text": words,
    "outcome": st.sampled_from(OUTCOMES),
    **dict.fromkeys(("made_on", "due_on", "closed_on", "first_due_on"), days),
    **dict.fromkeys(("fraction", "confidence"), st.sampled_from(SHARES)),
    **dict.fromkeys(("area", "notes", "recurrence", "reason", "colour"), words),
    "tags": st.sampled_from(["", "a, b", ";a"]),
    "visibility": st.sampled_from(["private", "shared", "all", ""]),
    "moves": st.sampled_from(["1", "x", ""]),
}
odd = st.sampled_from([None, True, 0, 5, 0.5, 10**400, [], ["a", " b "], [1], {"a": 1}])
TASK = {
    **dict.fromkeys(("uuid", "description", "project", "recur"), words),
    "status": st.sampled_from(["pending", "completed", "deleted", "recurring", "lost"]),
    **dict.fromkeys(("entry", "due", "end"), days),
    **dict.fromkeys(("tags", "annotations", "peerkit_fraction", "peerkit_outcome", "urgency", "moments"), odd),
}  # fmt: skip
TODOIST = {
    "TYPE": st.sampled_from(["task", "task", "note", "section", ""]),
    **dict.fromkeys(("CONTENT", "DESCRIPTION"), words),
    "INDENT": st.sampled_from(["1", "2", "5", "x"]),
    "DATE": days,
}
# Before the words of a line: most are checkboxes, others notes, prose or the fence of code.
BOXES = ["- [x] ", "- [x] ", "- [ ] ", "- [-] ", "  - [/] ", "    - ", "    \\", "", "```"]
FIELDS = ["📅 2024-03-08", "📅 2024-02-30", "✅ 2024-03-08", "❌ soon", "➕ 2024-03-01", "🔁 every week", "🆔 a", "⏫", "#a",
          "#task", "#A", "[outcome:: missed]", "[fraction:: 0.5]", "[fraction:: much]", "[area:: b]", "(colour:: red)"]  # fmt: skip


def table(rows: list[dict[str, str]], names: Iterable[str]) -> str:
    content = io.StringIO()
    told = csv.DictWriter(content, list(names), restval="")
    told.writeheader()
    told.writerows(rows)
    return content.getvalue()


def objects(rows: list[dict[str, object]]) -> str:
    return "[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n"


def some_of(
    columns: dict[str, st.SearchStrategy], values: st.SearchStrategy | None = None
) -> st.SearchStrategy:
    """Some rows, of which each has some of the columns, or all; with `values` one of these now and then."""
    told = {name: one | values if values is not None else one for name, one in columns.items()}
    return st.lists(st.fixed_dictionaries({}, optional=told) | st.fixed_dictionaries(told), max_size=12)


CASES = {
    "csv": some_of(COLUMNS).map(lambda rows: table(rows, COLUMNS)),
    "json": some_of({**COLUMNS, "moves": st.sampled_from([0, 1, 0.0, "0"]), "unknown": odd}, odd).map(
        objects
    ),
    "taskwarrior": some_of(TASK, odd).map(objects),
    "todoist": some_of(TODOIST).map(lambda rows: table(rows, TODOIST)),
    "obsidian": st.lists(
        st.tuples(
            st.sampled_from(BOXES),
            words,
            st.lists(st.sampled_from(FIELDS) | days.map("📅 {}".format), max_size=4),
        ),
        max_size=12,
    ).map(lambda rows: "".join(f"{box}{' '.join([text, *fields])}\n" for box, text, fields in rows)),
}


def read_by(path: Path, form: str, *, at_once: int, day_first: bool | None) -> Reading:
    """Read a file with so many rows at once."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(source, "AT_ONCE", at_once)
        patched.setattr(collecting, "_AT_ONCE", at_once)
        return read(path, form, Given(LISBON.zone, LISBON.today, day_first=day_first))


@pytest.mark.parametrize("form", CASES)
def test_rows_read_together_say_what_each_says_by_itself(
    form: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What is not plain in one row changes nothing in another: neither what is read, nor its line, nor why not."""
    folder = tmp_path_factory.mktemp("batches")

    @fewer()
    @given(content=CASES[form], day_first=st.sampled_from([None, True, False]))
    def holds(content: str, day_first: bool | None) -> None:
        path = put(folder, "a.dat", content)

        alone = read_by(path, form, at_once=1, day_first=day_first)

        for at_once in (3, 1_000):
            assert read_by(path, form, at_once=at_once, day_first=day_first) == alone

    holds()


def test_words_that_come_once_are_counted_all_of_them_when_more_was_read_than_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each piece of the file is one line; most of its bytes are blanks, which no item keeps.
    lines = [json.dumps({"uuid": str(i), "description": f"Run {i}"}) + " " * 200 for i in range(9)]
    path = put(tmp_path, "a.json", "\n".join(lines) + "\n")
    monkeypatch.setattr(source, "_CHUNK", 100)
    counted: list[int] = []
    size = collecting._size_or_none
    monkeypatch.setattr(collecting, "_size_or_none", lambda some: counted.append(len(some)) or size(some))
    fitting = size(read(path, "taskwarrior").items[:6])
    assert counted == []
    monkeypatch.setattr(collecting, "MAX_BYTES", fitting)

    reading = read(path, "taskwarrior")

    said = ["The file holds too much for one import from here on. Split it."]
    assert [item.uid for item in reading.items] == list("012345")
    assert [one.reason for one in reading.skipped] == said
    assert path.stat().st_size > 3 * fitting


@pytest.mark.parametrize("bound", ["MAX_ITEMS", "MAX_BYTES"])
def test_what_is_too_much_is_said_of_its_line_also_within_a_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    path = put(tmp_path, "a.csv", "id,text\n" + "".join(f"{i},Run {i}\n" for i in range(9)))
    fitting = collecting._size_or_none(read(path, "csv").items[:5])
    monkeypatch.setattr(collecting, bound, 5 if bound == "MAX_ITEMS" else fitting)

    reading = read(path, "csv")

    assert [item.text for item in reading.items] == [f"Run {i}" for i in range(5)]
    assert [(one.line, one.reason) for one in reading.skipped] == [
        (7, "The file holds too much for one import from here on. Split it.")
    ]


def test_a_column_of_the_ledgers_name_does_not_replace_the_one_that_was_named(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", "Title,text\nRun to the bridge,something else\n")

    reading = read(path, "csv", Given(LISBON.zone, LISBON.today, mapping={"Title": "text"}))

    assert [(item.text, item.unknown) for item in reading.items] == [("Run to the bridge", {})]
