"""What `peerkit calendar` does and says: one file, or one that is kept up to date in the workspace."""

from __future__ import annotations

from pathlib import Path

from peerkit import agreement, kept_calendar, turns
from peerkit.calendar_file import Made, calendar, write_calendar
from peerkit.calendar_items import Choice
from peerkit.errors import CalendarError
from peerkit.journal import Journal
from peerkit.slots import slot_of
from peerkit.workspace import Workspace


def run(
    place: Workspace, journal: Journal, choice: Choice, *, file: Path | None, keep: bool | None
) -> list[str]:
    """Write a calendar, keep one or end keeping it, and return what to say about it.

    Args:
        place: The workspace.
        journal: Its journal.
        choice: What goes in.
        file: Where it goes; the workspace's `calendar.ics` when left out.
        keep: Whether the workspace's is kept up to date from now on; None leaves that as it is.

    Raises:
        CalendarError: If a file is named beside `keep`, or the file cannot be written.
        PeerkitError: As `calendar_file.calendar`.
    """
    if file is not None and keep is not None:
        msg = f"The calendar that is kept up to date is {place.calendar}, and no other. Leave the file's name out."
        raise CalendarError(msg)
    if keep is False:
        is_gone = kept_calendar.end(place, journal)
        return [f"Removed {place.calendar}. It is kept no longer." if is_gone else "No calendar is kept."]
    path = file or place.calendar
    kept = kept_calendar.kept(place, journal)
    if file is None and keep is None and kept is not None:
        # Nobody may find words in it who asked for a discreet one.
        if choice != Choice():
            msg = f"{path} is kept up to date as it was asked for. Change that with --keep, or name another file."
            raise CalendarError(msg)
        keep, choice = True, kept
    if keep:
        made = kept_calendar.keep(place, journal, choice)
    else:
        made = calendar(place, journal, choice, today=journal.today())
        write_calendar(path, made)
    lines = [f"Made {path}: {_in_words(made)}."]
    if keep:
        lines.append("It is kept up to date from now on; subscribe to this file. To end it: --no-keep")
    return [*lines, *_left_out(place, journal)]


def _in_words(made: Made) -> str:
    told = f"{_count(made.sessions, 'session')} and {_count(made.promises, 'open promise')}"
    return f"{told}; {made.cancelled} settled or gone, to be cancelled" if made.cancelled else told


def _count(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def _left_out(place: Workspace, journal: Journal) -> list[str]:
    """Return what the agreement does not say, and so the calendar neither."""
    agreed = agreement.in_force(journal, place.peers)
    if agreed is None:
        return ["No agreement is signed by both of you, so no session is in it: peerkit new first-meeting"]
    said = []
    if agreed.weekday is None:
        said.append("Your agreement names no weekday, so only the next session is in it.")
    slot = slot_of(agreed, place.peers, time_zone=place.time_zone)
    if slot is None:
        return [*said, "Your agreement names no time, so each session is a whole day."]
    days = [one.held_on for one in turns.coming(journal, place.peers, today=journal.today())]
    for peer in sorted(slot.times):
        shown = [slot.clock_of(peer, day) for day in days]
        if shown and f"{slot.times[peer]:%H:%M}" not in shown:
            said.append(f"By {peer}'s clock that is {shown[0]}, and the agreement says another time.")
    return said
