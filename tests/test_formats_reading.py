"""Each tool's file, in its true shape, is read as the promises that it tells; what it is not is said line by line."""

from datetime import date

import pytest
from foreign import (
    BEEMINDER,
    CSV,
    ICS,
    LISBON,
    OBSIDIAN,
    ORG,
    TASKWARRIOR,
    TEXTS,
    TODO_TXT,
    TODOIST,
    loop_zip,
    put,
    read,
    told,
)

from peerkit.errors import FormatError
from peerkit.formats.items import Given
from peerkit.formats.registry import recognise
from peerkit.formats.source import Source

NEW_YEAR = Given(LISBON.zone, date(2024, 1, 1))


def test_icalendar_is_read_with_its_days_in_the_ledgers_time_zone(tmp_path):
    """21:00 in New York is the next day in Lisbon; a time without a zone is of the clock on the wall."""
    reading = read(put(tmp_path, "tasks.ics", ICS))

    assert told(reading) == [
        ("Run to the bridge, slowly", "kept", "2024-03-09", "2024-03-07"),
        ("Write the letter", "open", "2024-03-08", ""),
    ]
    run, letter = reading.items
    assert (run.made_on, run.area, run.tags, run.notes) == (
        date(2024, 3, 1),
        "health",
        ("outside",),
        "Bring water\nand a coat",
    )
    assert run.unknown["lines"][0] == 'X-COLOUR;A="b:c":green'
    assert letter.fraction == 0.6


@pytest.mark.parametrize(
    ("lines", "outcome", "fraction"),
    [
        ("STATUS:COMPLETED\nPERCENT-COMPLETE:40", "partly", 0.4),
        ("STATUS:COMPLETED\nPERCENT-COMPLETE:100", "kept", None),
        ("STATUS:CANCELLED", "void", None),
        ("COMPLETED:20240307T100000Z", "kept", None),
        ("PERCENT-COMPLETE:100", "kept", None),
        ("COMPLETED:20240307T100000Z\nSTATUS:NEEDS-ACTION", "open", None),
    ],
    ids=["half done", "done", "cancelled", "a day alone", "100 alone", "contradictory"],
)
def test_what_became_of_a_vtodo_follows_its_status(tmp_path, lines, outcome, fraction):
    content = f"BEGIN:VCALENDAR\nBEGIN:VTODO\nUID:1\nSUMMARY:Run\n{lines}\nEND:VTODO\nEND:VCALENDAR\n"

    item = read(put(tmp_path, "a.ics", content)).items[0]

    assert (item.outcome, item.fraction) == (outcome, fraction)


def test_a_rule_is_no_commitment_and_each_time_it_comes_is_one(tmp_path):
    """The second time is told by itself, so it is not made from the rule as well; the third is excepted."""
    content = """BEGIN:VCALENDAR
BEGIN:VTODO
UID:w
SUMMARY:Water the plants
DTSTART;VALUE=DATE:20240301
DUE;VALUE=DATE:20240302
RRULE:FREQ=WEEKLY;COUNT=4
EXDATE;VALUE=DATE:20240315
END:VTODO
BEGIN:VTODO
UID:w
RECURRENCE-ID;VALUE=DATE:20240308
SUMMARY:Water the plants
DUE;VALUE=DATE:20240309
STATUS:COMPLETED
COMPLETED:20240309T080000Z
END:VTODO
END:VCALENDAR
"""
    reading = read(put(tmp_path, "a.ics", content))

    assert sorted((item.uid, item.outcome, str(item.due_on)) for item in reading.items) == [
        ("w/2024-03-01", "open", "2024-03-02"),
        ("w/2024-03-08", "kept", "2024-03-09"),
        ("w/2024-03-22", "open", "2024-03-23"),
    ]


@pytest.mark.parametrize(
    ("given", "days"),
    [(LISBON, ["2024-03-01", "2024-03-08", "2024-03-15"]), (NEW_YEAR, ["2024-03-01"])],
    ids=["begun", "to come"],
)
def test_an_endless_rule_is_followed_to_today_and_the_next_time(tmp_path, given, days):
    content = "BEGIN:VCALENDAR\nBEGIN:VTODO\nUID:w\nSUMMARY:Water\nDUE;VALUE=DATE:20240301\nRRULE:FREQ=WEEKLY\nEND:VTODO\nEND:VCALENDAR\n"

    reading = read(put(tmp_path, "a.ics", content), given=given)

    assert [str(item.due_on) for item in reading.items] == days


def test_todo_txt_is_read_with_its_projects_as_areas(tmp_path):
    reading = read(put(tmp_path, "todo.txt", TODO_TXT))

    assert told(reading) == [
        ("Run to the bridge", "kept", "2024-03-08", "2024-03-07"),
        ("Write the letter", "open", "2024-03-15", ""),
        ("Mend the gate", "open", "", ""),
    ]
    assert [(item.area, item.tags, item.unknown, item.recurrence) for item in reading.items] == [
        ("health", ("outside",), {"pri": "A"}, ""),
        ("", (), {"priority": "B"}, "1w"),
        ("house/garden", (), {}, ""),
    ]


@pytest.mark.parametrize(
    "content",
    [TASKWARRIOR, "\n".join(line.rstrip(",") for line in TASKWARRIOR.splitlines()[1:-1])],
    ids=["array", "one object per line"],
)
def test_taskwarrior_is_read_without_the_parents_of_what_recurs(tmp_path, content):
    reading = read(put(tmp_path, "tasks.json", content))

    assert told(reading) == [
        ("Write the letter", "open", "2024-03-08", ""),
        ("Water the plants", "kept", "2024-03-01", "2024-03-01"),
        ("Paint the shed", "void", "", "2024-03-01"),
    ]
    letter = reading.items[0]
    assert (letter.area, letter.tags, letter.notes) == ("work.post", ("pen", "desk"), "blue ink")
    assert letter.unknown["urgency"] == 4.2
    assert [one.reason for one in reading.skipped] == [
        "It only says how a task comes again; each time that it came is read by itself."
    ]


def test_todoist_is_read_with_comments_as_notes_and_sections_as_areas(tmp_path):
    reading = read(put(tmp_path, "project.csv", TODOIST))

    assert [(item.text, str(item.due_on), item.area, item.tags, item.notes) for item in reading.items] == [
        ("Write the letter", "2024-03-08", "pen", ("desk",), "To the council\nblue ink"),
        ("Mend the gate", "2024-03-08", "Garden", (), ""),
    ]
    assert [(one.line, one.reason) for one in reading.skipped] == [
        (6, "It comes again, and no day is said of any one time.")
    ]


def test_a_task_of_todoist_is_told_apart_by_its_section_the_tasks_above_it_and_how_it_comes_again(tmp_path):
    """With other ids than before, what was imported once would be taken for something new."""
    rows = [
        "task,Run @health,1,",
        "task,Stretch,2,",
        "task,Stretch,5,",
        "section,Home,,",
        "task,Stretch,2,",
        "task,Run,1,every day 2024-03-09",
        "task,Run,1,2024-03-09",
        "task,Run,1,",
    ]

    reading = read(put(tmp_path, "a.csv", "\n".join(["TYPE,CONTENT,INDENT,DATE", *rows])), "todoist")

    assert [(item.line, item.uid) for item in reading.items] == [
        (2, "6df2a04934f328c8cf9d"),
        (3, "807c06f8680d7556547b"),
        (4, "1dbea71fafec8d5abaa7"),
        (6, "995f0ceca39f634b73e7"),
        (7, "9b705cf60a524c8ea4fc"),
        (8, "47aee5fc728920241ded"),
        (9, "47aee5fc728920241ded-2"),
    ]


def test_obsidian_is_read_with_emoji_and_dataview_fields_and_not_within_code(tmp_path):
    reading = read(put(tmp_path, "friday.md", OBSIDIAN))

    assert told(reading) == [
        ("Write the letter", "open", "2024-03-08", ""),
        ("Water the plants", "kept", "2024-03-01", "2024-03-02"),
        ("Paint the shed", "void", "2024-03-05", "2024-03-04"),
    ]
    assert [(item.area, item.notes, item.recurrence, item.unknown) for item in reading.items] == [
        ("post", "blue ink", "", {"priority": "high"}),
        ("", "", "every week", {}),
        ("", "", "", {"colour": "red"}),
    ]


def test_a_checkbox_without_an_id_has_the_same_one_as_in_every_import_before(tmp_path):
    content = (
        "- [x] Run #a ➕ 2024-03-01 📅 2024-03-08\n" * 2
        + "- [ ] Run 🔁 every week 📅 2024-03-08\n- [ ] Run 🆔 a\n"
    )

    reading = read(put(tmp_path, "friday.md", content))

    assert [item.uid for item in reading.items] == [
        "07fa7ea0a493fd77d01b",
        "07fa7ea0a493fd77d01b-2",
        "68f712025378432434c9",
        "a",
    ]


def test_a_line_that_is_too_long_is_told_in_its_place_and_ends_no_notes(tmp_path):
    content = f"- [ ] Write the letter 📅 2024-02-30\n{'y' * 200_001}\n- [ ]  \n{'y' * 200_001}\n- [ ] Run\n{'y' * 200_001}\n    - to the bridge\n"

    reading = read(put(tmp_path, "friday.md", content))

    assert [(item.text, item.notes, item.line) for item in reading.items] == [("Run", "to the bridge", 5)]
    assert [(one.line, one.reason) for one in reading.skipped] == [
        (1, "Its due date is no day."),
        (2, "The line has more than 200,000 characters."),
        (3, "It has no text."),
        (4, "The line has more than 200,000 characters."),
        (6, "The line has more than 200,000 characters."),
    ]


def test_org_is_read_with_each_time_that_its_logbook_closed(tmp_path):
    reading = read(put(tmp_path, "promises.org", ORG))

    assert told(reading) == [
        ("Write the letter", "open", "2024-03-08", ""),
        ("Run to the bridge", "kept", "2024-03-08", "2024-03-07"),
        ("Water the plants", "kept", "2024-03-15", "2024-03-15"),
        ("Water the plants", "void", "2024-03-08", "2024-03-09"),
        ("Water the plants", "open", "2024-03-22", ""),
        ("Paint the shed", "void", "", "2024-03-04"),
    ]
    assert (reading.items[0].area, reading.items[0].tags, reading.items[0].notes) == (
        "post",
        ("desk",),
        "Blue ink.",
    )


def test_a_habit_is_no_commitment_and_each_day_or_week_of_it_is_one(tmp_path):
    """A skipped or unknown day is none; the week of 4 March has not ended on the 10th."""
    reading = read(put(tmp_path, "Loop.zip", loop_zip()))

    assert told(reading) == [
        ("Sit still", "missed", "2024-03-07", "2024-03-07"),
        ("Sit still", "kept", "2024-03-08", "2024-03-08"),
        ("Run", "kept", "2024-03-03", "2024-03-01"),
        ("Run", "open", "2024-03-10", ""),
        ("Read", "kept", "2024-03-07", "2024-03-07"),
        ("Read", "partly", "2024-03-08", "2024-03-08"),
    ]
    assert reading.items[-1].fraction == 0.5


def test_a_beeminder_goal_is_a_commitment_for_each_of_its_periods(tmp_path):
    reading = read(put(tmp_path, "beeminder.json", BEEMINDER))

    assert told(reading) == [
        ("Run", "partly", "2024-03-03", "2024-03-03"),
        ("Run", "kept", "2024-03-10", "2024-03-04"),
    ]
    assert [one.line for one in reading.skipped] == [2]


def test_datapoints_alone_are_things_done_without_a_due_date(tmp_path):
    reading = read(
        put(tmp_path, "run.json", '[{"id": "a", "daystamp": "20240301", "value": 2, "comment": "bridge"}]')
    )

    assert told(reading) == [("bridge", "kept", "", "2024-03-01")]


def test_the_columns_of_a_table_are_guessed(tmp_path):
    """08.03.2024 is written with the day first wherever points are used."""
    reading = read(put(tmp_path, "promises.csv", CSV))

    assert told(reading) == [
        ("Run to the bridge", "kept", "2024-03-08", ""),
        ("Write the letter", "open", "2024-03-15", ""),
    ]
    assert (reading.items[0].area, reading.items[0].unknown) == ("health", {"Colour": "green"})


def test_a_day_that_may_be_a_month_is_not_guessed(tmp_path):
    path = put(tmp_path, "a.csv", "Task,Due\nRun,03/08/2024\n")

    assert told(read(path)) == []
    assert told(read(path, given=Given(LISBON.zone, LISBON.today, day_first=True))) == [
        ("Run", "open", "2024-08-03", "")
    ]
    assert told(read(path, given=Given(LISBON.zone, LISBON.today, day_first=False))) == [
        ("Run", "open", "2024-03-08", "")
    ]


@pytest.mark.parametrize("form", sorted(TEXTS))
def test_a_file_under_a_wrong_suffix_is_read_by_its_content(tmp_path, form):
    path = put(tmp_path, "export.dat", TEXTS[form])

    assert recognise(Source(path)).name == form


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.json", '{"a": 1}'), ("a.bin", bytes(range(256)) * 9), ("a.txt", ""), ("a.zip", b"PK\x03\x04broken")],
    ids=["other JSON", "no text", "empty", "broken zip"],
)
def test_a_file_that_is_of_no_format_is_said_to_be_none(tmp_path, name, content):
    with pytest.raises(FormatError, match=r"[.]$"):
        recognise(Source(put(tmp_path, name, content)))
