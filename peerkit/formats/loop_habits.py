"""Loop Habit Tracker: the zip of CSV files that it exports. By hand on Python's csv and zipfile.

A habit is no promise; each time that it was to be done is one. Of a habit for each day that is a day: kept
where it was checked or its measure was met, partly where some of it was, missed where it was not. Of any
other it is a period of as many days as the habit says, weeks from Monday: kept where it was done often
enough. A day that was skipped, or of which nothing is known, is none; the period that has not ended is open.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from zipfile import ZipFile

from peerkit.formats.items import Found, Given, Item, Remark, Skipped
from peerkit.formats.source import Source, member_lines
from peerkit.formats.words import day_of, digest

_MAX_HABITS = 500
_MONDAY = date(1969, 12, 29)
# How older and newer exports write a day.
_YES = {"2", "YES_MANUAL"}
_AUTO = {"1", "YES_AUTO"}
_SKIP = {"3", "SKIP"}
_UNKNOWN = {"-1", "UNKNOWN", ""}


@dataclass
class _Habit:
    name: str
    question: str = ""
    times: int = 1
    days: int = 1
    target: float | None = None
    at_most: bool = False
    done: dict[date, tuple[str, str, int]] = field(default_factory=dict)


def read(source: Source, given: Given) -> Iterator[Found]:
    """Yield what each habit was on each day or in each period."""
    with source.opened_zip() as packed:
        names = [name for name in packed.namelist() if name.rsplit("/", 1)[-1] == "Checkmarks.csv"]
        single = sorted(name for name in names if "/" in name)
        described = _described(packed, source.remarks)
        if not single:
            yield Skipped(1, "The zip has no Checkmarks.csv of any single habit.")
        for name in single[:_MAX_HABITS]:
            folder = name.split("/")[-2]
            place = folder.split(" ", 1)[0]
            habit = described.get(place) or _Habit(folder.split(" ", 1)[-1])
            yield from _days(packed, name, habit, source.remarks)
            if any(marks[0] not in _UNKNOWN for marks in habit.done.values()):
                yield from _daily(habit) if habit.times >= habit.days else _by_period(habit, given)
        if len(single) > _MAX_HABITS:
            yield Skipped(1, f"The zip has more than {_MAX_HABITS} habits; the others are left out.")


def _rows(packed: ZipFile, name: str, remarks: list[Remark]) -> Iterator[tuple[int, list[str]]]:
    lines = (line if isinstance(line, str) else "" for _, line in member_lines(packed, name, remarks))
    rows = csv.reader(f"{line}\n" for line in lines)
    while True:
        try:
            row = next(rows, None)
        except csv.Error:
            continue
        if row is None:
            return
        if row:
            yield rows.line_num, row


def _described(packed: ZipFile, remarks: list[Remark]) -> dict[str, _Habit]:
    """Return what Habits.csv says of each habit, by its place in three digits."""
    found = next((name for name in packed.namelist() if name.rsplit("/", 1)[-1] == "Habits.csv"), None)
    if found is None:
        return {}
    rows = _rows(packed, found, remarks)
    _, head = next(rows, (1, []))
    habits: dict[str, _Habit] = {}
    for _, row in rows:
        told = dict(zip(head, row, strict=False))
        name = told.get("Name", "")
        if not name or len(habits) == _MAX_HABITS:
            continue
        habit = _Habit(name, told.get("Question", "") or told.get("Description", ""))
        # Before version 2 a habit said NumRepetitions in Interval days.
        habit.times = _count(told.get("FrequencyNumerator") or told.get("NumRepetitions"))
        habit.days = _count(told.get("FrequencyDenominator") or told.get("Interval"))
        is_measure = told.get("Type", "").upper().startswith(("NUM", "1"))
        if is_measure:
            habit.target = _number(told.get("Target Value", "")) or 0.0
            habit.at_most = told.get("Target Type", "").upper() in ("AT_MOST", "1")
        habits[told.get("Position", "").zfill(3)] = habit
    return habits


def _count(text: str | None) -> int:
    return min(max(int(text), 1), 366) if text and text.isdecimal() and len(text) < 6 else 1


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < 1e12 else None


def _days(packed: ZipFile, name: str, habit: _Habit, remarks: list[Remark]) -> Iterator[Found]:
    for number, row in _rows(packed, name, remarks):
        day = day_of(row[0])
        if day is None or len(row) < 2:
            if number > 1:
                yield Skipped(number, "A line of Checkmarks.csv has no day.")
            continue
        notes = row[2] if len(row) > 2 else ""
        habit.done[day] = (row[1].strip().upper(), notes, number)


def _daily(habit: _Habit) -> Iterator[Found]:
    for day, (mark, notes, number) in sorted(habit.done.items()):
        if mark in _UNKNOWN or (habit.target is None and mark in _SKIP | _AUTO):
            continue
        item = _item(habit, day, day, number)
        item.notes = notes
        share = _share(habit, mark)
        if share is None:
            yield Skipped(number, "A mark in Checkmarks.csv is none that is known.")
            continue
        _settle(item, share, day)
        item.unknown["value"] = mark
        yield item


def _share(habit: _Habit, mark: str) -> float | None:
    """Return how much of it was done on a day, 0 to 1; None where the mark is none."""
    if habit.target is None:
        return 1.0 if mark in _YES | _AUTO else 0.0 if mark in ("0", "NO") else None
    if mark in _SKIP - {"3"}:
        return None
    number = _number(mark)
    if number is None or number < 0:
        return None
    # A measure is written in thousandths.
    amount = number / 1000
    if habit.at_most:
        return 1.0 if amount <= habit.target else 0.0
    return 1.0 if amount >= habit.target else amount / habit.target


def _by_period(habit: _Habit, given: Given) -> Iterator[Found]:
    days = sorted(day for day, (mark, _, _) in habit.done.items() if mark not in _UNKNOWN)
    origin = _MONDAY if habit.days % 7 == 0 else days[0]
    periods: dict[int, list[date]] = {}
    for day in days:
        periods.setdefault((day - origin).days // habit.days, []).append(day)
    for k in range(min(periods), max(periods) + 1):
        begin = origin + timedelta(days=k * habit.days)
        end = begin + timedelta(days=habit.days - 1)
        within = periods.get(k, [])
        met = [
            day
            for day in within
            if habit.done[day][0] not in _AUTO | _SKIP and _share(habit, habit.done[day][0]) == 1
        ]
        if within and all(habit.done[day][0] in _SKIP for day in within):
            continue
        item = _item(habit, begin, end, habit.done[within[0]][2] if within else 0)
        item.notes = "\n".join(note for day in within if (note := habit.done[day][1]))
        if len(met) >= habit.times or end < given.today:
            closed = met[habit.times - 1] if len(met) >= habit.times else end
            _settle(item, min(len(met) / habit.times, 1.0), closed)
        yield item


def _item(habit: _Habit, begin: date, due: date, number: int) -> Item:
    often = f"{habit.times} in {habit.days} days"
    return Item(
        digest(habit.name, begin),
        habit.name,
        made_on=begin,
        due_on=due,
        recurrence=often,
        unknown={"question": habit.question} if habit.question else {},
        line=number,
    )


def _settle(item: Item, share: float, day: date) -> None:
    item.closed_on = day
    item.outcome = "kept" if share >= 1 else "partly" if share > 0 else "missed"
    item.fraction = round(share, 4) if item.outcome == "partly" else None
