"""Beeminder: the JSON of a person with goals, of one goal, or of datapoints alone. By hand on Python's json.

A goal that adds up (`kyoom`, to do more of) with a rate is one promise for each day, week, month or year of
its `runits`: kept where the sum of its datapoints reached the rate, partly where it did not, missed where
there was none; the one that has not ended is open. Goals that do less of something, count an odometer or
weigh have no such sum, so they are told and left out. Datapoints without their goal are things done, without
a due date.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from peerkit.formats.items import Found, Given, Item, Skipped
from peerkit.formats.source import Source
from peerkit.formats.words import local_day

MAX_BYTES = 32_000_000
_PERIODS = ("d", "w", "m", "y")
_MAX_PERIODS = 5_000


def read(source: Source, given: Given) -> Iterator[Found]:
    """Yield the promises of each goal."""
    told = source.json(limit=MAX_BYTES)
    if isinstance(told, dict) and isinstance(told.get("goals"), list):
        goals: list[Any] = told["goals"]
    elif isinstance(told, dict) and isinstance(told.get("datapoints"), list):
        goals = [told]
    else:
        listed = told if isinstance(told, list) else []
        if any(isinstance(one, dict) and "datapoints" in one for one in listed):
            goals = listed
        else:
            yield from _alone(listed, given)
            return
    for number, goal in enumerate(goals, 1):
        if not isinstance(goal, dict) or not isinstance(goal.get("slug"), str):
            yield Skipped(number, "It is no goal that can be read.")
        else:
            yield from _of_goal(goal, number, given)


def _of_goal(goal: dict[str, Any], number: int, given: Given) -> Iterator[Found]:
    rate, runits = _number(goal.get("rate")), goal.get("runits")
    points = goal.get("datapoints")
    is_sum = goal.get("kyoom") is not False and not goal.get("odom") and goal.get("yaw", 1) == 1
    if rate is None or rate <= 0 or not isinstance(runits, str) or runits not in _PERIODS or not is_sum:
        yield Skipped(
            number, "The goal has no sum to reach in a day, week, month or year, so nothing is due in it."
        )
        return
    sums: dict[date, float] = {}
    first: dict[date, date] = {}
    notes: dict[date, list[str]] = {}
    days = []
    for day, value, point in _points(points, given):
        if day is None or value is None:
            yield Skipped(number, "A datapoint of the goal has no day or value.")
            continue
        days.append(day)
        begin = _begin(day, runits)
        before = sums.get(begin, 0.0)
        sums[begin] = before + value
        if before < rate <= sums[begin]:
            first[begin] = day
        if isinstance(comment := point.get("comment"), str) and comment:
            notes.setdefault(begin, []).append(comment)
    if not days:
        return
    title = goal.get("title") if isinstance(goal.get("title"), str) else ""
    unit = goal.get("gunits") if isinstance(goal.get("gunits"), str) else ""
    name = title or goal["slug"]
    begin, last, n = _begin(min(days), runits), min(max(days), given.today), 0
    while begin <= last and n < _MAX_PERIODS:
        end = _end(begin, runits)
        item = Item(f"{goal['slug']}/{begin}", name, made_on=begin, due_on=end, line=number)
        item.recurrence = f"{rate:g} {unit}".strip() + f" each {runits}"
        item.unknown = {"slug": goal["slug"], "sum": sums.get(begin, 0.0), "rate": rate, "runits": runits}
        item.notes = "\n".join(notes.get(begin, []))
        share = sums.get(begin, 0.0) / rate
        if share >= 1 or end < given.today:
            item.outcome = "kept" if share >= 1 else "partly" if share > 0 else "missed"
            item.closed_on = first.get(begin, end)
            item.fraction = round(share, 4) if item.outcome == "partly" else None
        yield item
        begin, n = end + timedelta(days=1), n + 1
    if begin <= last:
        yield Skipped(
            number, f"The goal has more than {_MAX_PERIODS:,} periods; the later ones are left out."
        )


def _alone(points: list[Any], given: Given) -> Iterator[Found]:
    for number, (day, value, point) in enumerate(_points(points, given), 1):
        if day is None or value is None:
            yield Skipped(number, "It is no datapoint: it lacks its day or value.")
            continue
        comment = point.get("comment")
        text = comment if isinstance(comment, str) and comment.strip() else f"{value:g} on {day}"
        uid = str(point.get("id") or f"{point.get('timestamp')}/{value:g}/{number}")
        yield Item(uid, text, "kept", closed_on=day, unknown={"value": value}, line=number)


def _points(points: Any, given: Given) -> Iterator[tuple[date | None, float | None, dict[str, Any]]]:
    """Yield day, value and the datapoint itself, in the order of days; what has neither comes first."""
    found = []
    for point in points if isinstance(points, list) else []:
        told = point if isinstance(point, dict) else {}
        found.append((_day(told, given), _number(told.get("value")), told))
    yield from sorted(found, key=lambda one: one[0] or date.min)


def _number(value: Any) -> float | None:
    """Return a number that can be added up; None for anything else."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12
    return float(value) if is_number else None


def _day(point: dict[str, Any], given: Given) -> date | None:
    stamp, moment = point.get("daystamp"), point.get("timestamp")
    try:
        if isinstance(stamp, str):
            return date.fromisoformat(stamp)
        if type(moment) in (int, float):
            return local_day(datetime.fromtimestamp(float(str(moment)), tz=UTC), given.zone)
    except (ValueError, OverflowError, OSError):
        pass
    return None


def _begin(day: date, runits: str) -> date:
    if runits == "w":
        return day - timedelta(days=min(day.weekday(), day.toordinal() - 1))
    return day if runits == "d" else day.replace(day=1) if runits == "m" else date(day.year, 1, 1)


def _end(begin: date, runits: str) -> date:
    if runits == "w":
        return begin + timedelta(days=6)
    if runits == "m":
        return begin.replace(day=monthrange(begin.year, begin.month)[1])
    return begin if runits == "d" else date(begin.year, 12, 31)
