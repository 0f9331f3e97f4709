"""Reading other tools' files: a file to items, against the library that parses it, or a bare loop where there is none.

Ours ends with checked items: text cleaned, days in the ledger's zone, ids, areas, and what is unknown kept.
The other side ends where it ends: with its own objects, or with the cells and values of each line.
What follows in `peerkit import`, the preview and two durable rows for each item, is measured beside the same.
"""

from __future__ import annotations

import csv
import json
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.compare import Line, NotMeasuredError, Side, medians, not_measured
from peerkit.formats.commands import preview
from peerkit.formats.items import Given
from peerkit.formats.registry import READS, named
from peerkit.formats.source import Source
from peerkit.workspace import init_workspace

ITEMS = 100_000
# The two libraries take half a millisecond a promise; the ratio is the same for fewer.
FEWER = 10_000
AIM = 3.0
_WHOLE = "ours reads, compares and keeps two rows for each item; the other side only parses"
_GIVEN = Given(ZoneInfo("Europe/Lisbon"), date(2024, 3, 10))
_TASK = re.compile(r"\s*- \[(.)\] (.*)")
_DAY = re.compile(r"(\S) (\d{4}-\d\d-\d\d)")


def lines() -> Iterator[Line]:
    """Yield one comparison for each text format."""
    with tempfile.TemporaryDirectory() as folder:
        for name, other, n, content, theirs in _cases():
            path = Path(folder, f"tasks{named(name, READS).suffixes[0]}")
            path.write_text(content(n), encoding="utf-8")
            sides: dict[str, Side] = {"peerkit": partial(_read, name, path, n), other: partial(theirs, path)}
            try:
                # Processor time: the machine may have other work.
                took = medians(sides, rounds=3 if n == ITEMS else 1, warm_up=0, clock=time.process_time)
                whole = _imported(name, path, Path(folder, name), n)
            except NotMeasuredError as why:
                yield not_measured("formats", name, other, why)
                continue
            yield Line("formats", f"{name}, {n:,} items", other, took["peerkit"], took[other], aim=AIM)
            yield Line("formats", f"{name}, imported whole", other, whole, took[other], note=_WHOLE)


def _read(name: str, path: Path, n: int) -> None:
    read = len(named(name, READS).read(Source(path), _GIVEN).items)
    if read != n:
        msg = f"read {read} of {n}"
        raise NotMeasuredError(msg)


def _imported(name: str, path: Path, folder: Path, n: int) -> float:
    """Return the processor time of an import into a fresh workspace, from the file to the rows on disk."""
    home = init_workspace(folder, me="Amara", partner="Jonas", time_zone="Europe/Lisbon")
    with closing(home.open_journal()) as journal:
        began = time.process_time()
        done = preview(home, journal, path, as_format=name).confirm()
        took = time.process_time() - began
    if len(done.changes) != n:
        msg = f"imported {len(done.changes)} of {n}"
        raise NotMeasuredError(msg)
    return took


def _cases() -> Iterator[tuple[str, str, int, Callable[[int], str], Callable[[Path], object]]]:
    yield "todo.txt", *_todo_txt()
    yield "taskwarrior", "json.load", ITEMS, _taskwarrior, _json
    yield "todoist", "csv.DictReader", ITEMS, _todoist, _dict_rows
    yield "csv", "csv.DictReader", ITEMS, _csv, _dict_rows
    yield "obsidian", "a bare line loop", ITEMS, _obsidian, _line_loop
    yield "json", "json.load", ITEMS, _ledger, _json
    yield "ics", "icalendar", FEWER, _ics, _icalendar
    yield "org", "orgparse", FEWER, _org, _orgparse


def _todo_txt() -> tuple[str, int, Callable[[int], str], Callable[[Path], object]]:
    def content(n: int) -> str:
        return "".join(
            f"x {_day(i + 1)} {_day(i - 7)} Run to the bridge {i} +health @outside due:{_day(i)}\n"
            for i in range(n)
        )

    try:
        import pytodotxt
    except ImportError:
        return (
            "a bare line loop",
            ITEMS,
            content,
            lambda path: [line.split() for line in path.open(encoding="utf-8")],
        )
    return "pytodotxt", ITEMS, content, lambda path: pytodotxt.TodoTxt(path).parse()


def _day(i: int) -> date:
    return date(2024, 1, 1) + timedelta(days=i % 1000)


def _taskwarrior(n: int) -> str:
    rows = (
        f'{{"id":0,"description":"Run to the bridge {i}","due":"{_day(i):%Y%m%d}T000000Z","end":"{_day(i):%Y%m%d}T100000Z",'
        f'"entry":"{_day(i - 7):%Y%m%d}T100000Z","modified":"{_day(i):%Y%m%d}T100000Z","project":"health","status":"completed",'
        f'"tags":["outside"],"uuid":"00000000-0000-4000-8000-{i:012d}","urgency":4.2}}'
        for i in range(n)
    )
    return "[\n" + ",\n".join(rows) + "\n]\n"


def _todoist(n: int) -> str:
    head = "TYPE,CONTENT,DESCRIPTION,PRIORITY,INDENT,AUTHOR,RESPONSIBLE,DATE,DATE_LANG,TIMEZONE\n"
    return head + "".join(
        f"task,Run to the bridge {i} @health,,1,1,Amara (1),,{_day(i)},en,Europe/Lisbon\n" for i in range(n)
    )


def _csv(n: int) -> str:
    head = "id,Task,Status,Created,Due Date,Completed On,Project\n"
    return head + "".join(
        f"t{i},Run to the bridge {i},done,{_day(i - 7)},{_day(i)},{_day(i + 1)},health\n" for i in range(n)
    )


def _obsidian(n: int) -> str:
    return "".join(
        f"- [x] Run to the bridge {i} #health ➕ {_day(i - 7)} 📅 {_day(i)} ✅ {_day(i)}\n" for i in range(n)
    )


def _ledger(n: int) -> str:
    rows = (
        f'{{"id": "peerkit-{i:012d}", "peer": "Amara", "text": "Run to the bridge {i}", "outcome": "kept", "made_on": "{_day(i - 7)}",'
        f' "due_on": "{_day(i)}", "closed_on": "{_day(i)}", "area": "health", "visibility": "shared", "moves": 0}}'
        for i in range(n)
    )
    return '{"format": "peerkit-ledger", "version": 1, "commitments": [\n' + ",\n".join(rows) + "\n]}\n"


def _ics(n: int) -> str:
    body = "".join(
        f"BEGIN:VTODO\nUID:{i}@example.org\nDTSTAMP:20240301T100000Z\nCREATED:20240301T100000Z\nSUMMARY:Run to the bridge {i}\n"
        f"DUE;VALUE=DATE:{_day(i):%Y%m%d}\nSTATUS:COMPLETED\nCOMPLETED:{_day(i):%Y%m%d}T100000Z\nCATEGORIES:health\nEND:VTODO\n"
        for i in range(n)
    )
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Example//EN\n{body}END:VCALENDAR\n"


def _org(n: int) -> str:
    return "".join(
        f"* DONE Run to the bridge {i} :health:\nCLOSED: [{_day(i):%Y-%m-%d %a}] DEADLINE: <{_day(i):%Y-%m-%d %a}>\n"
        f":PROPERTIES:\n:ID: {i}\n:END:\nBring water.\n"
        for i in range(n)
    )


def _json(path: Path) -> object:
    with path.open(encoding="utf-8") as file:
        return json.load(file)


def _dict_rows(path: Path) -> object:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _line_loop(path: Path) -> object:
    with path.open(encoding="utf-8") as file:
        return [(found[1], found[2], _DAY.findall(line)) for line in file if (found := _TASK.match(line))]


def _icalendar(path: Path) -> object:
    import icalendar

    return icalendar.Calendar.from_ical(path.read_bytes())


def _orgparse(path: Path) -> object:
    import orgparse

    # It reads a headline's parts when they are asked for.
    return [
        (one.heading, one.todo, one.deadline, one.closed, one.properties, one.tags, one.body)
        for one in orgparse.load(path)[1:]
    ]
