"""What is exported and imported again is the same; what is imported, exported and imported says nothing new."""

import io
import json
from dataclasses import replace
from datetime import date

import jsonschema
import pyarrow.parquet as pq
import pytest
from foreign import TEXTS, by_uid, items, loop_zip, put, read, words, written
from helpers import fewer
from hypothesis import given
from hypothesis import strategies as st

from peerkit.formats.cells import armed, disarmed
from peerkit.formats.items import Item
from peerkit.formats.ledger_json import schema

BOTH = ["json", "csv", "xlsx", "ics", "todo.txt", "taskwarrior", "obsidian", "org"]
SUFFIX = {"json": "json", "csv": "csv", "xlsx": "xlsx", "ics": "ics", "todo.txt": "txt", "taskwarrior": "json", "todoist": "csv",
          "obsidian": "md", "org": "org"}  # fmt: skip


@pytest.mark.parametrize("form", BOTH)
def test_what_is_exported_comes_back_as_the_same_commitments(form, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trip")

    @fewer()
    @given(made=items())
    def holds(made):
        reading = read(put(folder, f"a.{SUFFIX[form]}", written(form, made)), form)

        assert (reading.skipped, reading.remarks) == ([], [])
        assert by_uid(reading.items) == by_uid(made)

    holds()


@fewer()
@given(made=items(outcomes=("open",)))
def test_todoist_brings_back_what_is_open_but_the_day_it_was_made(tmp_path_factory, made):
    path = put(tmp_path_factory.mktemp("trip"), "a.csv", written("todoist", made))

    back = {uid: replace(item, unknown={}) for uid, item in by_uid(read(path, "todoist").items).items()}
    assert back == by_uid([replace(item, made_on=None) for item in made])


@pytest.mark.parametrize("form", ["json", "csv", "xlsx", "ics", "taskwarrior", "obsidian", "org", "todoist"])
@pytest.mark.parametrize(
    "notes", ["one line", "two\nlines", "- a list\n- [ ] no promise", "* no headline", "=1+1\nend"]
)
def test_notes_come_back_as_they_were(tmp_path, form, notes):
    item = Item("peerkit-000000000000", "Run", notes=notes)

    assert read(put(tmp_path, f"a.{SUFFIX[form]}", written(form, [item])), form).items[0].notes == notes


@pytest.mark.parametrize("form", [form for form in TEXTS if form not in ("beeminder", "csv")])
def test_import_export_import_says_nothing_new(tmp_path, form):
    """With what the format knows and peerkit does not: it comes out as it went in."""
    first = read(put(tmp_path, f"a.{SUFFIX[form]}", TEXTS[form]), form).items

    again = read(put(tmp_path, f"b.{SUFFIX[form]}", written(form, first)), form).items
    assert by_uid(again) == by_uid(first)


@pytest.mark.parametrize("form", [*BOTH, "loop", "beeminder"])
def test_the_ledgers_own_formats_hold_what_came_from_any_other(tmp_path, form):
    content = (
        loop_zip()
        if form == "loop"
        else TEXTS.get(form) or written(form, [Item("peerkit-000000000000", "Run")])
    )
    first = read(put(tmp_path, f"a.{SUFFIX.get(form, 'dat')}", content), form).items

    again = read(put(tmp_path, "b.json", written("json", first))).items
    assert by_uid(again) == by_uid(first)


def test_what_was_never_moved_comes_back_as_never_moved(tmp_path):
    made = [Item(f"peerkit-{i:012d}", "Run", unknown={"moves": moves}) for i, moves in enumerate([0, 0, 2])]

    for form in ("json", "csv", "xlsx"):
        again = read(put(tmp_path, f"a.{form}", written(form, made)), form).items
        assert [item.unknown for item in again] == [{"moves": 0}, {"moves": 0}, {"moves": 2}]


@pytest.mark.parametrize("own", [5, "x", {"due": 5}, {"due": ["20240308T100000Z"]}, {"due": [1, 2]}])
def test_a_task_may_have_a_field_of_the_name_that_peerkit_keeps_moments_under(tmp_path, own):
    task = {"uuid": "a", "description": "Run", "due": "20240308T120000Z", "moments": own}

    first = read(put(tmp_path, "a.json", json.dumps([task])), "taskwarrior").items

    [again] = json.loads(written("taskwarrior", first))
    assert {**again, "moments": own} == {**task, "status": "pending"}


@given(
    rows=st.lists(st.dictionaries(st.sampled_from(["text", "reason", "cue"]), words, min_size=1), max_size=4)
)
def test_the_json_fits_its_schema(rows):
    made = [Item(f"peerkit-{i:012d}", row.get("text", "Run"), "released", date(2024, 3, 1), fraction=0.5,
                 details={**row, "obstacle_came": True, "confidence": 0.8}, unknown={"moves": 2, "urgency": 4.2})
            for i, row in enumerate(rows)]  # fmt: skip

    jsonschema.validate(json.loads(written("json", made)), schema())


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("sign", ["=1+1", "+1", "-1", "@x", "'=1+1", "''", "'", "\t=1"])
def test_a_cell_that_looks_like_a_formula_is_written_as_text_and_comes_back_as_it_was(tmp_path, form, sign):
    item = Item("peerkit-000000000000", "Run", details={"reason": sign})

    path = put(tmp_path, f"a.{form}", written(form, [item]))
    assert read(path, form).items[0].details["reason"] == sign


@given(text=st.text("=+-@\t\r'a ", max_size=6))
def test_an_armed_cell_is_no_formula_and_is_disarmed_to_what_it_was(text):
    assert not armed(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert disarmed(armed(text)) == text


def test_excel_takes_no_text_for_a_formula():
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(written("xlsx", [Item("peerkit-000000000000", "=1+1")])))
    kinds = {
        cell.data_type for row in book.worksheets[0].iter_rows() for cell in row if cell.value is not None
    }
    assert kinds == {"s"}


def test_parquet_has_typed_columns():
    made = Item("peerkit-000000000000", "Run", due_on=date(2024, 3, 8), tags=("a", "b"))

    table = pq.read_table(io.BytesIO(written("parquet", [made])))
    assert str(table.schema.field("due_on").type) == "date32[day]"
    assert table.select(["id", "text", "due_on", "tags"]).to_pylist() == [
        {"id": "peerkit-000000000000", "text": "Run", "due_on": date(2024, 3, 8), "tags": ["a", "b"]}
    ]


def test_markdown_is_a_table_in_which_no_text_is_markup():
    made = Item("peerkit-000000000000", "Run | *now* <b>", "partly", fraction=0.5, due_on=date(2024, 3, 8))

    assert written("markdown", [made]).decode().splitlines()[2] == (
        "|  | Run \\| \\*now\\* \\<b\\> | 2024-03-08 | partly (50%) |  |  |  |"
    )


def test_a_time_of_day_comes_out_again_while_the_day_stands(tmp_path):
    first = read(put(tmp_path, "a.ics", TEXTS["ics"])).items[0]

    assert b"DUE;TZID=America/New_York:20240308T210000" in written("ics", [first])
    moved = written("ics", [replace(first, due_on=date(2024, 3, 20))])
    assert b"DUE;VALUE=DATE:20240320" in moved
    assert b"America" not in moved


def test_the_calendar_is_what_its_library_reads():
    import icalendar

    made = [
        Item(
            "peerkit-000000000000",
            "Run; to, the\\bridge",
            "kept",
            due_on=date(2024, 3, 8),
            closed_on=date(2024, 3, 7),
        )
    ]

    [todo] = icalendar.Calendar.from_ical(written("ics", made)).walk("VTODO")
    assert (str(todo["SUMMARY"]), todo["DUE"].dt, str(todo["STATUS"])) == (
        "Run; to, the\\bridge",
        date(2024, 3, 8),
        "COMPLETED",
    )
