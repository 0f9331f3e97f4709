"""iCalendar: the VTODOs of a file (RFC 5545), each read by the library icalendar; events are no promises.

A file is taken apart at its VTODOs, so that one that is broken does not take the others with it, and so
that memory stays bounded. A rule for how a task comes again is no promise; each time that it comes is one:
all of a rule that ends, of an endless one those up to the day of the import and the next. At most 366 of
each are taken. A time without a zone is of the clock on the wall. Cancelled is void.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from peerkit.formats.items import Found, Given, Item, Remark, Skipped
from peerkit.formats.source import Source
from peerkit.formats.words import digest, local_day, shifted
from peerkit.schema import OUTCOMES

_MAX_LINES = 2_000
_MAX_ZONES = 100
_MAX_TIMES = 366
_MAX_RULES = 200
_FOUR_CENTURIES = 146_097
# So many days are looked at, before and after today.
_REACH = 10 * 366
_BECAME = {"COMPLETED": "kept", "CANCELLED": "void", "NEEDS-ACTION": "open", "IN-PROCESS": "open"}
_DAYS = {"CREATED": "made_on", "DUE": "due_on", "COMPLETED": "closed_on"}
_NAME = re.compile(r"[A-Za-z0-9-]+")
_TAKEN = {"UID", "SUMMARY", "STATUS", "DESCRIPTION", "CATEGORIES", "PERCENT-COMPLETE", "DTSTAMP", *_DAYS}
_TAKEN |= {"RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "X-PEERKIT-OUTCOME", "X-PEERKIT-RRULE", "BEGIN", "END"}  # fmt: skip
_RULE_PARTS = (
    "FREQ",
    "INTERVAL",
    "BYDAY",
    "BYMONTH",
    "BYMONTHDAY",
    "BYYEARDAY",
    "BYWEEKNO",
    "BYSETPOS",
    "WKST",
)


def read(source: Source, given: Given) -> Iterator[Found]:
    """Yield the tasks of the file."""
    library = _library()
    masters: list[tuple[Item, Any, list[str]]] = []
    overridden: set[str] = set()
    for kind, number, lines in _blocks(source):
        if isinstance(lines, str):
            yield Skipped(number, lines)
            continue
        if kind == "VTIMEZONE":
            _know_zone(library, lines)
            continue
        try:
            todo = _parsed(library, lines)
            if todo is None:
                lines = _readable(library, lines)
                todo = library.Todo.from_ical("\r\n".join(lines))
                yield Remark(number, "A line of it cannot be read; it was left out.")
            found = list(_found(todo, lines, number, given))
        except Exception as error:  # noqa: BLE001 the library raises whatever its parts do
            is_due = isinstance(error, _DueError)
            yield Skipped(number, "Its due date is no day." if is_due else "It is no task that can be read.")
            continue
        for one in found:
            if isinstance(one, Item) and todo.get("RECURRENCE-ID") is not None:
                overridden.add(one.uid)
            if isinstance(one, Item) and todo.get("RRULE") is not None:
                masters.append((one, todo, lines))
            else:
                yield one
    for i, (item, todo, _) in enumerate(masters):
        if i == _MAX_RULES:
            yield Skipped(item.line, f"The file has more than {_MAX_RULES:,} rules; the others are left out.")
            return
        yield from _times(item, todo, overridden, given)


def _blocks(source: Source) -> Iterator[tuple[str, int, list[str] | str]]:
    """Yield the lines of each task and time zone with the line on which it begins; or why it cannot be read."""
    kind, begin, lines = "", 0, []
    for number, line in source.lines():
        if isinstance(line, Skipped):
            if kind:
                yield kind, begin, "A line of it is too long."
                kind = ""
            continue
        mark = line.strip().upper() if line[:1] in "BEbe" else ""
        if mark in ("BEGIN:VTODO", "BEGIN:VTIMEZONE"):
            if kind:
                yield kind, begin, "It ends too early."
            kind, begin, lines = mark[6:], number, [line.strip()]
        elif kind:
            lines.append(line)
            if mark == f"END:{kind}":
                yield kind, begin, lines
                kind = ""
            elif len(lines) > _MAX_LINES:
                yield kind, begin, f"It has more than {_MAX_LINES:,} lines."
                kind = ""
    if kind:
        yield kind, begin, "It ends too early; the file may have been cut off."


class _DueError(ValueError):
    """The due date of a task cannot be read."""


def _parsed(library: Any, lines: list[str]) -> Any:
    """Return a task; None where the library refuses it."""
    try:
        return library.Todo.from_ical("\r\n".join(lines))
    except Exception:  # noqa: BLE001 it raises whatever its parts do
        return None


def _readable(library: Any, lines: list[str]) -> list[str]:
    """Return the lines of a task that can be read each by itself."""
    raws = _unfolded(lines)
    good = ["BEGIN:VTODO"]
    for name, told in raws.items():
        is_good = name != "ALARM" and _parsed(library, ["BEGIN:VTODO", *told, "END:VTODO"]) is not None
        if name == "DUE" and not is_good:
            raise _DueError
        good += told if is_good else []
    return [*good, "END:VTODO"]


def _know_zone(library: Any, lines: list[str]) -> None:
    """Let the library know a time zone of the file's own; one that it knows already stays as it is."""
    try:
        zone = library.Timezone.from_ical("\r\n".join(lines))
        cache = library.timezone.tzp
        if zone.tz_name and cache.timezone(zone.tz_name) is None:
            cache.cache_timezone_component(zone)
    except Exception:  # noqa: BLE001, S110 a zone that cannot be read leaves its times on the wall's clock
        pass


def _found(todo: Any, lines: list[str], number: int, given: Given) -> Iterator[Found]:
    text, uid = str(todo.get("SUMMARY", "")), str(todo.get("UID", ""))
    raws = _unfolded(lines)
    item = Item(uid, text, line=number)
    moments: dict[str, list[str]] = {}
    is_settled = str(todo.get("STATUS", "COMPLETED")).upper() in ("COMPLETED", "CANCELLED")
    for key, name in _DAYS.items():
        if key not in raws:
            continue
        day = _day(todo, key, given)
        if day is None and key == "DUE":
            yield Skipped(number, "Its due date is no day.")
            return
        if day is None:
            yield Remark(number, f"Its day of {key} is none; it was left out.")
            continue
        setattr(item, name, day)
        raw = raws[key][0]
        if (name != "closed_on" or is_settled) and raw != _line(key, day) and _is_portable(raw):
            moments[key] = [raw, str(day)]
    if item.due_on is None and "DURATION" in raws and (start := _day(todo, "DTSTART", given)):
        length = todo.get("DURATION").dt
        item.due_on = shifted(start, length.days) if isinstance(length, timedelta) else None
    percent = int(todo.get("PERCENT-COMPLETE", -1))
    status = str(todo.get("STATUS", "")).upper()
    said = str(todo.get("X-PEERKIT-OUTCOME", ""))
    if status and status not in _BECAME:
        yield Skipped(number, "Its status is none of iCalendar's.")
        return
    is_done = item.closed_on is not None or percent == 100
    item.outcome = _BECAME[status] if status else "kept" if is_done else "open"
    if 0 <= percent <= 100 and "PERCENT-COMPLETE" in raws:
        item.fraction = percent / 100
    if item.outcome == "kept" and 0 < percent < 100:
        item.outcome = "partly"
    if item.outcome != "open" and said in OUTCOMES:
        item.outcome = said
    if item.outcome == "open" and is_done:
        yield Remark(number, "It is said to be completed and to need action; it was read as open.")
    if item.outcome == "kept":
        item.fraction = None
    _add_rest(item, todo, raws, moments)
    if (which := todo.get("RECURRENCE-ID")) is not None:
        item.uid = f"{item.uid}/{_of(which.dt, given)}"
    yield item


def _add_rest(item: Item, todo: Any, raws: dict[str, list[str]], moments: dict[str, list[str]]) -> None:
    item.notes = str(todo.get("DESCRIPTION", ""))
    categories = todo.get("CATEGORIES", [])
    groups = categories if isinstance(categories, list) else [categories]
    tags = [str(tag) for group in groups for tag in getattr(group, "cats", [group])]
    item.area = tags[0] if tags else ""
    item.tags = tuple(tags[1:])
    rule = todo.get("RRULE") or todo.get("X-PEERKIT-RRULE")
    item.recurrence = (
        rule.to_ical().decode() if todo.get("RRULE") and not isinstance(rule, list) else str(rule or "")
    )
    kept = [raw for name, lines in raws.items() if name not in _TAKEN for raw in lines]
    item.unknown = {name: value for name, value in (("lines", kept), ("moments", moments)) if value}
    if not item.uid:
        item.uid = digest(item.text, item.made_on, item.recurrence and item.due_on)


def _unfolded(lines: list[str]) -> dict[str, list[str]]:
    """Return the properties of a task by name, as written but in one line each; those of its alarms under ALARM."""
    raws: dict[str, list[str]] = {}
    last: list[str] = []
    depth = 0
    for line in lines[1:-1]:
        if line[:1] in (" ", "\t") and last:
            last[-1] += line[1:]
            continue
        found = _NAME.match(line)
        if found is None:
            continue
        name = found[0].upper()
        depth += name == "BEGIN"
        last = raws.setdefault("ALARM" if depth else name, [])
        last.append(line)
        depth -= name == "END"
    if depth:
        del raws["ALARM"]
    return raws


def _day(todo: Any, key: str, given: Given) -> date | None:
    value = todo.get(key)
    moment = getattr(value[0] if isinstance(value, list) else value, "dt", None)
    return _of(moment, given) if isinstance(moment, date) else None


def _of(moment: date, given: Given) -> date:
    return local_day(moment, given.zone) if isinstance(moment, datetime) else moment


def _times(item: Item, todo: Any, overridden: set[str], given: Given) -> Iterator[Found]:
    """Yield an item for each time that a rule says, but those which the file tells by themselves."""
    begin = _day(todo, "DTSTART", given) or item.due_on
    if begin is None or abs((given.today - begin).days) > _REACH:
        yield Skipped(item.line, "It comes again, and no day near today is said of any one time.")
        return
    lasts = (item.due_on - begin).days if item.due_on else 0
    try:
        days = _rule_days(todo.get("RRULE"), begin, given.today)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError):
        yield Skipped(item.line, "Its rule of how it comes again cannot be read.")
        return
    left_out = _listed_days(todo.get("EXDATE"), given)
    days = sorted({*days, *_listed_days(todo.get("RDATE"), given)} - left_out)
    if len(days) > _MAX_TIMES:
        yield Remark(item.line, f"It came more than {_MAX_TIMES} times; the last ones were read.")
    unknown = {name: value for name, value in item.unknown.items() if name != "moments"}
    if kept := [raw for raw in unknown.get("lines", []) if not raw.upper().startswith("DTSTART")]:
        unknown["lines"] = kept
    else:
        unknown.pop("lines", None)
    for day in days[-_MAX_TIMES:]:
        uid = f"{item.uid}/{day}"
        due = shifted(day, lasts)
        if uid not in overridden:
            yield replace(item, uid=uid, due_on=due, unknown=dict(unknown))


def _rule_days(rule: Any, begin: date, today: date) -> list[date]:
    from dateutil.rrule import rrulestr

    parts = dict(part.split("=", 1) for part in rule.to_ical().decode().upper().split(";"))
    if parts["FREQ"] not in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY") or int(parts.get("INTERVAL", 1)) < 1:
        raise ValueError
    is_endless = "COUNT" not in parts and "UNTIL" not in parts
    until = datetime.strptime(parts["UNTIL"][:8], "%Y%m%d").date() if "UNTIL" in parts else date.max  # noqa: DTZ007 a day
    until = min(until, begin + timedelta(days=_REACH), today + timedelta(days=_REACH))
    # Days only: what a rule says of hours makes no second promise of one day. Its count is kept here.
    told = [f"{name}={parts[name]}" for name in _RULE_PARTS if name in parts]
    # The library looks for a day that never comes up to the year 9999. Days and weekdays are the same again
    # after 400 years, so the rule is followed near that end, and its days are brought back.
    away = timedelta(days=_FOUR_CENTURIES * ((date.max.year - 25 - begin.year) // 400))
    first = datetime.combine(begin + away, time.min)
    rules = rrulestr(";".join([*told, f"UNTIL={until + away:%Y%m%d}"]), dtstart=first)
    days: list[date] = []
    for moment in islice(rules, int(parts["COUNT"]) if "COUNT" in parts else None):
        days.append(moment.date() - away)
        if (is_endless and days[-1] > today) or len(days) > 2 * _REACH:
            break
    return days


def _listed_days(value: Any, given: Given) -> set[date]:
    groups = value if isinstance(value, list) else [value] if value is not None else []
    moments = (getattr(one, "dt", None) for group in groups for one in getattr(group, "dts", []))
    return {_of(moment, given) for moment in moments if isinstance(moment, date)}


def write(items: Iterable[Item], file: BinaryIO) -> None:
    """Write a calendar of one VTODO for each item."""
    library = _library()

    def put(line: str) -> None:
        file.write(library.parser.Contentline(line.replace("\n", " ")).to_ical() + b"\r\n")

    for line in ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//peerkit//peerkit//EN"):
        put(line)
    for item in items:
        put("BEGIN:VTODO")
        for line in _lines(item, library):
            put(line)
        put("END:VTODO")
    put("END:VCALENDAR")


def _lines(item: Item, library: Any) -> Iterator[str]:
    moments = item.unknown.get("moments", {})
    stamp = item.closed_on or item.made_on or date(1970, 1, 1)

    def escaped(text: str) -> str:
        return str(library.vText(text).to_ical().decode())

    uid, _, which = item.uid.rpartition("/")
    is_time = bool(uid and re.fullmatch(r"\d{4}-\d\d-\d\d", which))
    yield f"UID:{escaped(uid if is_time else item.uid)}"
    if is_time:
        yield f"RECURRENCE-ID;VALUE=DATE:{which.replace('-', '')}"
    yield f"DTSTAMP:{stamp:%Y%m%d}T000000Z"
    yield f"SUMMARY:{escaped(item.text)}"
    for key, name in _DAYS.items():
        day = getattr(item, name)
        raw, known = moments.get(key, (None, None))
        if day is not None and known == str(day):
            yield raw
        elif day is not None:
            yield _line(key, day)
    is_done = item.outcome in ("kept", "partly")
    yield f"STATUS:{'NEEDS-ACTION' if item.outcome == 'open' else 'COMPLETED' if is_done else 'CANCELLED'}"
    if item.fraction is not None or item.outcome == "kept":
        yield f"PERCENT-COMPLETE:{round(100 * (1 if item.fraction is None else item.fraction))}"
    if item.outcome not in ("open", "kept", "void"):
        yield f"X-PEERKIT-OUTCOME:{item.outcome}"
    if item.notes:
        yield f"DESCRIPTION:{escaped(item.notes)}"
    if item.area:
        yield f"CATEGORIES:{','.join(map(escaped, (item.area, *item.tags)))}"
    elif item.tags:
        yield f"CATEGORIES:{','.join(map(escaped, item.tags))}"
    if item.recurrence:
        yield f"X-PEERKIT-RRULE:{item.recurrence}"
    yield from item.unknown.get("lines", [])


def _line(key: str, day: date) -> str:
    # A moment has to be one of UTC; at noon its day is the same in nearly every zone.
    return f"{key};VALUE=DATE:{day:%Y%m%d}" if key == "DUE" else f"{key}:{day:%Y%m%d}T120000Z"


def _is_portable(raw: str) -> bool:
    """Return whether a time means the same without the time zones that its file describes."""
    found = re.search(r";TZID=\"?([^\";:]+)", raw, re.IGNORECASE)
    try:
        return found is None or bool(ZoneInfo(found[1]))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def _library() -> Any:
    import icalendar  # here, because no other command should wait for it

    return icalendar
