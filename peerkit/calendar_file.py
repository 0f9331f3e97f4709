"""One iCalendar file (RFC 5545) of the coming sessions and the open promises."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from peerkit.calendar_items import Choice, Item, promise_items, session_items
from peerkit.errors import CalendarError
from peerkit.journal import Journal
from peerkit.own_file import write_own
from peerkit.workspace import Workspace

if TYPE_CHECKING:
    from icalendar import Component

_PRODUCT = "-//peerkit//peerkit//EN"
# What tells a calendar that peerkit wrote from any other file.
MARK = f"PRODID:{_PRODUCT}".encode()
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
# No alarm comes earlier than this.
EARLIEST = timedelta(weeks=4)
_LONGEST_LINK = 2000
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_NOON = time(12)


@dataclass(frozen=True)
class Made:
    """A calendar: its bytes, and how much is in it.

    Args:
        content: The file.
        sessions: How many sessions are ahead.
        promises: How many promises are open.
        cancelled: How many items an earlier file may have had open, and this one cancels or ticks off.
    """

    content: bytes
    sessions: int
    promises: int
    cancelled: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing is in it but a time zone."""
        return not (self.sessions or self.promises or self.cancelled)


def calendar(workspace: Workspace, journal: Journal, choice: Choice, *, today: date) -> Made:
    """Return one calendar; the same journal, choice and day give the same bytes.

    A session is an event in the time zone of the slot, with that zone's changes of clocks beside it. An open
    promise is an all-day event on its due date, and a task, because many calendars show only one of the two.
    What an earlier file may have had open is in this one with a higher sequence: moved, cancelled, or done.
    Times of change are the newest row's, not the clock's.

    Args:
        workspace: Whose calendar it is, and for which pair.
        journal: Its journal.
        choice: What goes in.
        today: The day to look from.

    Raises:
        AgreementError: If this machine does not know a time zone of the agreement.
        TemplateError: If the workspace's own weekly template has a mistake.
        WorkspaceError: If no partner is named yet.
    """
    import icalendar  # here, because no other command should wait for it

    items = [
        *session_items(workspace, journal, choice, today=today),
        *promise_items(workspace, journal, choice, today=today),
    ]
    made = icalendar.Calendar()
    made.add("prodid", _PRODUCT)
    made.add("version", "2.0")
    for name in ("name", "x-wr-calname"):
        made.add(name, "peerkit" if choice.is_discreet else "Peer coaching")
    made.add("refresh-interval", icalendar.vDuration(_HOUR), parameters={"VALUE": "DURATION"})
    starts = [one.starts for one in items if isinstance(one.starts, datetime)]
    zone = starts[0].tzinfo if starts else None
    if not isinstance(zone, ZoneInfo):
        zone, starts = ZoneInfo(workspace.time_zone), [datetime.combine(today, _NOON, tzinfo=UTC)]
    made.add_component(_zone(zone, min(starts), max(starts)))
    newest = datetime.fromtimestamp((journal.newest() or 0) // 1_000_000, UTC)
    for item in items:
        for component in _components(item, choice):
            component.add("dtstamp", newest)
            made.add_component(component)
    return Made(
        made.to_ical(),
        sessions=sum(one.kind == "session" and one.state == "open" for one in items),
        promises=sum(one.kind == "promise" and one.state == "open" for one in items),
        cancelled=sum(one.state == "gone" or (one.kind, one.state) == ("promise", "done") for one in items),
    )


def write_calendar(path: Path, made: Made) -> None:
    """Write a calendar to a file, whole or not at all; only one that peerkit wrote is replaced.

    Raises:
        CalendarError: If nothing is in it, something else is there, or the place cannot be written.
    """
    if made.is_empty:
        msg = (
            "There is nothing to put in a calendar yet: you have signed no agreement, and nothing is promised."
            " Begin with: peerkit new first-meeting"
        )
        raise CalendarError(msg)
    write_own(path, made.content, mark=MARK)


def alarm(said: str) -> timedelta:
    """Return how long before an item its alarm is, from 30m, 2h or 1d.

    Raises:
        CalendarError: If it is no such time, or longer than four weeks.
    """
    found = re.fullmatch(r"([0-9]{1,5})([mhd])", said.strip())
    before = timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else None
    if before is None or not timedelta(0) < before <= EARLIEST:
        msg = "An alarm is so long before: 30m, 2h or 1d, and four weeks at most. As in: peerkit calendar --alarm 1d"
        raise CalendarError(msg)
    return before


def _components(item: Item, choice: Choice) -> Iterator[Component]:
    """Yield an item's event, and a promise's task beside it; no two have the same id."""
    import icalendar

    if item.starts is not None:
        yield _event(item, choice)
    if item.kind == "promise":
        task = icalendar.Todo()
        _describe(task, item, uid=f"{item.uid}-task")
        task.add("status", {"open": "NEEDS-ACTION", "done": "COMPLETED", "gone": "CANCELLED"}[item.state])
        if item.starts is not None:
            task.add("due", item.starts)
        if item.state == "done" and item.closed_on is not None:
            task.add("completed", datetime.combine(item.closed_on, _NOON, tzinfo=UTC))
            task.add("percent-complete", 100)
        yield task


def _event(item: Item, choice: Choice) -> Component:
    import icalendar

    event = icalendar.Event()
    _describe(event, item, uid=item.uid)
    event.add("dtstart", item.starts)
    if item.ends is not None:
        event.add("dtend", item.ends)
    is_off = item.state == "gone" or (item.kind == "promise" and item.state != "open")
    event.add("status", "CANCELLED" if is_off else "CONFIRMED")
    # What lasts a whole day takes none of the day's time.
    event.add("transp", "TRANSPARENT" if item.ends is None or is_off else "OPAQUE")
    for before in choice.alarms if item.state == "open" else ():
        reminder = icalendar.Alarm()
        reminder.add("action", "DISPLAY")
        reminder.add("trigger", -before)
        reminder.add("description", item.summary)
        event.add_component(reminder)
    return event


def _describe(component: Component, item: Item, *, uid: str) -> None:
    component.add("uid", uid)
    component.add("sequence", item.sequence)
    component.add("last-modified", item.changed_at)
    component.add("summary", item.summary)
    # Whoever may look into a shared calendar sees that something is there, and no more.
    component.add("class", "PRIVATE")
    for name, text in (("description", item.description), ("location", item.place)):
        if text:
            component.add(name, text)
    if is_link(item.place):
        component.add("url", item.place)


def is_link(text: str) -> bool:
    """Return whether a text is an address that a calendar may open: of the web, and in plain letters."""
    if not (text.isascii() and text.isprintable()) or " " in text or len(text) > _LONGEST_LINK:
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _zone(zone: ZoneInfo, first: datetime, last: datetime) -> Component:
    """Return a time zone with every change of its clocks from a week before the first moment to the last.

    `icalendar.Timezone.from_tzinfo` has clocks go forward an hour too late: RFC 5545 counts the beginning by
    the clock as it was before.
    """
    import icalendar

    made = icalendar.Timezone()
    made.add("tzid", zone.key)
    end = last.astimezone(UTC) + _DAY
    begin = first.astimezone(UTC) - timedelta(weeks=1)
    at: datetime | None = begin
    before = _shown(zone, begin)[0]
    while at is not None:
        offset, name, is_summer = _shown(zone, at)
        part = icalendar.TimezoneDaylight() if is_summer else icalendar.TimezoneStandard()
        part.add("dtstart", (at + before).replace(tzinfo=None))
        part.add("tzoffsetfrom", before)
        part.add("tzoffsetto", offset)
        part.add("tzname", name)
        made.add_component(part)
        at, before = _next_change(zone, at, end), offset
    return made


def _next_change(zone: ZoneInfo, at: datetime, end: datetime) -> datetime | None:
    """Return the first moment, to the second and in UTC, after `at` and before `end` with another offset or name."""
    now = _shown(zone, at)
    while at < end:
        if _shown(zone, at + _DAY) != now:
            low, high = 0, int(_DAY.total_seconds())
            while high - low > 1:
                middle = (low + high) // 2
                is_same = _shown(zone, at + timedelta(seconds=middle)) == now
                low, high = (middle, high) if is_same else (low, middle)
            return at + timedelta(seconds=high)
        at += _DAY
    return None


def _shown(zone: ZoneInfo, moment: datetime) -> tuple[timedelta, str, bool]:
    """Return the offset from UTC, its name, and whether it is that of the summer."""
    local = moment.astimezone(zone)
    return local.utcoffset() or timedelta(0), local.tzname() or "", bool(local.dst())
