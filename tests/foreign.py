"""What the tests of formats share: files with content, how they are read, and commitments to write."""

from __future__ import annotations

import io
import random
import zipfile
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from peerkit.formats import outgoing
from peerkit.formats.commands import preview
from peerkit.formats.incoming import Plan
from peerkit.formats.items import Given, Item, Reading
from peerkit.formats.registry import READS, WRITES, named, recognise
from peerkit.formats.source import Source
from peerkit.journal import Journal
from peerkit.workspace import Workspace

COLUMNS = ["peer", "text", "outcome", "due_on", "closed_on", "area", "visibility"]
LISBON = Given(ZoneInfo("Europe/Lisbon"), date(2024, 3, 10))

ICS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example//Tasks//EN
BEGIN:VTODO
UID:run@example.org
DTSTAMP:20240301T100000Z
CREATED:20240301T100000Z
SUMMARY:Run to the brid
 ge\\, slowly
DESCRIPTION:Bring water\\nand a coat
DUE;TZID=America/New_York:20240308T210000
STATUS:COMPLETED
COMPLETED:20240307T100000Z
CATEGORIES:Health,outside
X-COLOUR;A="b:c":green
BEGIN:VALARM
ACTION:DISPLAY
TRIGGER:-PT15M
END:VALARM
END:VTODO
BEGIN:VTODO
UID:letter@example.org
SUMMARY:Write the letter
DUE:20240308T233000
PERCENT-COMPLETE:60
STATUS:IN-PROCESS
END:VTODO
END:VCALENDAR
"""
TODO_TXT = """x 2024-03-07 2024-03-01 Run to the bridge +Health @outside due:2024-03-08 pri:A
(B) 2024-03-01 Write the letter due:2024-03-15 rec:1w
Mend the gate +house/garden
"""
TASKWARRIOR = """[
{"id":1,"description":"Write the letter","due":"20240308T233000Z","entry":"20240301T100000Z","modified":"20240302T100000Z","project":"work.post","status":"pending","tags":["pen","desk"],"uuid":"0f2a7a5e-aaaa-4f6b-9b7e-000000000001","annotations":[{"entry":"20240302T100000Z","description":"blue ink"}],"urgency":4.2},
{"id":0,"description":"Water the plants","due":"20240301T000000Z","entry":"20240201T000000Z","mask":"+","recur":"weekly","status":"recurring","uuid":"0f2a7a5e-aaaa-4f6b-9b7e-000000000002"},
{"id":0,"description":"Water the plants","due":"20240301T000000Z","end":"20240301T090000Z","entry":"20240201T000000Z","imask":0,"parent":"0f2a7a5e-aaaa-4f6b-9b7e-000000000002","recur":"weekly","status":"completed","uuid":"0f2a7a5e-aaaa-4f6b-9b7e-000000000003"},
{"id":0,"description":"Paint the shed","end":"20240301T090000Z","status":"deleted","uuid":"0f2a7a5e-aaaa-4f6b-9b7e-000000000004"}
]
"""
TODOIST = """TYPE,CONTENT,DESCRIPTION,PRIORITY,INDENT,AUTHOR,RESPONSIBLE,DATE,DATE_LANG,TIMEZONE
task,Write the letter @pen @desk,To the council,4,1,Amara (1),,2024-03-08,en,Europe/Lisbon
note,blue ink,,,,Amara (1),,,,
section,Garden,,,,,,,,
task,Mend the gate,,1,1,Amara (1),,8 Mar 2024,en,Europe/Lisbon
task,Water the plants,,1,2,Amara (1),,every monday,en,Europe/Lisbon
"""
OBSIDIAN = """# Friday

- [ ] #task Write the letter #post ⏫ ➕ 2024-03-01 📅 2024-03-08
    - blue ink
- [x] Water the plants 🔁 every week 📅 2024-03-01 ✅ 2024-03-02
- [-] Paint the shed [due:: 2024-03-05]  [cancelled:: 2024-03-04] [colour:: red]
```
- [ ] an example in code
```
"""
ORG = """#+TITLE: Promises
* Home
** TODO [#A] Write the letter                                     :post:desk:
DEADLINE: <2024-03-08 Fri 10:00>
:PROPERTIES:
:ID: letter
:EFFORT: 1:00
:END:
Blue ink.
** DONE Run to the bridge
CLOSED: [2024-03-07 Thu 10:00] SCHEDULED: <2024-03-08 Fri>
** TODO Water the plants
SCHEDULED: <2024-03-22 Fri +1w>
:PROPERTIES:
:LAST_REPEAT: [2024-03-15 Fri 10:00]
:END:
:LOGBOOK:
- State "DONE"       from "TODO"       [2024-03-15 Fri 10:00]
- State "CANCELLED"  from "TODO"       [2024-03-09 Sat 10:00]
:END:
** CANCELLED Paint the shed
CLOSED: [2024-03-04 Mon]
"""
BEEMINDER = """{"username": "amara", "goals": [
{"slug": "run", "title": "Run", "rate": 3, "runits": "w", "kyoom": true, "yaw": 1, "gunits": "times", "datapoints": [
 {"id": "a", "timestamp": 1709290800, "daystamp": "20240301", "value": 2, "comment": "to the bridge"},
 {"id": "b", "timestamp": 1709593200, "value": 4, "comment": ""}]},
{"slug": "weight", "rate": -1, "runits": "w", "kyoom": false, "datapoints": []}]}
"""
CSV = """Task,Due Date,Status,Project,Colour
Run to the bridge,08.03.2024,done,Health,green
Write the letter,15.03.2024,in progress,Work,
"""
TEXTS = {
    "ics": ICS, "todo.txt": TODO_TXT, "taskwarrior": TASKWARRIOR, "todoist": TODOIST, "obsidian": OBSIDIAN,
    "org": ORG, "beeminder": BEEMINDER, "csv": CSV,
}  # fmt: skip


def brought(
    home: tuple[Workspace, Journal], tmp_path: Path, content: str | bytes, name: str = "todo.txt", **how: Any
) -> Plan:
    """Import a file and return what was done."""
    return preview(*home, put(tmp_path, name, content), **how).confirm()


def listed(journal: Journal) -> list[tuple[str, ...]]:
    """Return the commitments as rows of words, those that were taken back left out."""
    table = outgoing.commitments(journal)[COLUMNS]
    return [
        tuple("" if value != value or value is None else str(value)[:10] for value in row)
        for row in table.itertuples(index=False)
    ]


def loop_zip() -> bytes:
    """Return an export of Loop Habit Tracker: a daily habit, one of three times a week, and one with a measure."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr(
            "Habits.csv",
            "Position,Name,Type,Question,Description,FrequencyNumerator,FrequencyDenominator,Color,Unit,Target Type,Target Value,Archived?\n"
            "001,Sit still,YES_NO,Did you sit?,,1,1,#FF8F00,,,,false\n"
            "002,Run,YES_NO,,,3,7,#FF8F00,,,,false\n"
            "003,Read,NUMERICAL,,,1,1,#FF8F00,pages,AT_LEAST,10.0,false\n",
        )
        head = "Date,Value,Notes\n"
        packed.writestr("Checkmarks.csv", "Date,Sit still,Run,Read,\n")
        packed.writestr(
            "001 Sit still/Checkmarks.csv",
            head + "2024-03-08,YES_MANUAL,calm\n2024-03-07,NO,\n2024-03-06,SKIP,\n2024-03-05,UNKNOWN,\n",
        )
        runs = [*("2024-02-26", "2024-02-27", "2024-03-01"), "2024-03-08"]
        packed.writestr("002 Run/Checkmarks.csv", head + "".join(f"{day},2,\n" for day in runs))
        packed.writestr("003 Read/Checkmarks.csv", head + "2024-03-08,5000,\n2024-03-07,12000,\n")
    return made.getvalue()


def put(folder: Path, name: str, content: str | bytes) -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(path: Path, form: str | None = None, given: Given = LISBON) -> Reading:
    """Return what is read of a file, as the format that it is recognised as, or as the one named."""
    source = Source(path)
    return (named(form, READS) if form else recognise(source)).read(source, given)


def written(form: str, items: list[Item]) -> bytes:
    """Return items as a file of a format."""
    content = io.BytesIO()
    named(form, WRITES).write(items, content)
    return content.getvalue()


def told(reading: Reading) -> list[tuple[str, str, str, str]]:
    """Return text, outcome, due date and closing day of each item, as words."""
    return [(one.text, one.outcome, str(one.due_on or ""), str(one.closed_on or "")) for one in reading.items]


def by_uid(items: list[Item]) -> dict[str, Item]:
    """Return items by their ids, wherever they stood in the file."""
    return {item.uid: replace(item, line=0) for item in items}


# Words that no format takes for a sign of its own.
words = st.text("abcdefghij äöüßłあЖ'\"\\;,.!?=/&%", min_size=1, max_size=40).map(lambda text: " ".join(text.split())).filter(
    lambda text: text[:1].isalpha() and not text.endswith("\\") and len(text) > 2
)  # fmt: skip
_days = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@st.composite
def items(
    draw: st.DrawFn, *, outcomes: tuple[str, ...] = ("open", "kept", "partly", "missed", "released", "void")
) -> list[Item]:
    """Some commitments as peerkit exports them: with days, and what became of them."""
    made = []
    for i in range(draw(st.integers(1, 5))):
        outcome = draw(st.sampled_from(outcomes))
        item = Item(f"peerkit-{i:012d}", draw(words), outcome, made_on=draw(_days))
        item.due_on = draw(st.none() | st.just(item.made_on + timedelta(days=draw(st.integers(0, 60)))))
        item.closed_on = None if outcome == "open" else draw(_days)
        item.fraction = draw(st.sampled_from([0.25, 0.5, 0.9])) if outcome == "partly" else None
        item.area = draw(st.sampled_from(["", "health", "work", "house"]))
        made.append(item)
    return made


def mutated(content: bytes, seed: int) -> bytes:
    """Return a file with some bytes changed, cut out or doubled."""
    chance = random.Random(seed)
    changed = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(changed) + 1)
        kind = chance.randrange(4)
        if kind == 0:
            changed[at : at + chance.randint(1, 40)] = b""
        elif kind == 1:
            changed[at:at] = bytes(chance.randrange(256) for _ in range(chance.randint(1, 6)))
        elif kind == 2:
            changed[at:at] = changed[max(0, at - 30) : at] * chance.randint(1, 3)
        else:
            changed[at : at + 4] = chance.choice(
                [b"9999", b"-1", b"\x00", b"\xff\xfe", b'"', b"{", b"]", b"\r\n", b":"]
            )
    return bytes(changed)
