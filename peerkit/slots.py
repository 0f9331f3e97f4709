"""When a slot is: a time of day by one peer's clock, which stays the same through every change of clocks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from peerkit.agreement import Agreement
from peerkit.errors import AgreementError

_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::[0-5]\d)?")


@dataclass(frozen=True)
class Slot:
    """The time of day that a pair agreed on.

    Args:
        at: Local time of day.
        zone: The time zone by whose clocks it is kept.
        zones: The zone of each peer, by name.
        times: What each said, by their own clock; who said nothing is left out.
    """

    at: time
    zone: ZoneInfo
    zones: dict[str, ZoneInfo]
    times: dict[str, time]

    def starts_at(self, day: date) -> datetime:
        """Return when the slot of a day begins, in `zone`.

        A time that clocks skip on that day is as much later as they are put forward, as RFC 5545 has it;
        of one that comes twice it is the first.
        """
        said = datetime.combine(day, self.at, tzinfo=self.zone)
        return said.astimezone(UTC).astimezone(self.zone)

    def clock_of(self, peer: str, day: date) -> str:
        """Return what a peer's clock shows then, as 18:00; with the day where it is another one there."""
        theirs = self.starts_at(day).astimezone(self.zones.get(peer, self.zone))
        return f"{theirs:%H:%M}" if theirs.date() == day else f"{theirs:%H:%M} on {theirs:%A}"


def slot_of(agreed: Agreement, peers: tuple[str, str], *, time_zone: str) -> Slot | None:
    """Return when the agreement has the slot; None where it names no time that can be read.

    Each peer says a time by their own clock. The first in name order who said both time and zone is the one
    whose clock holds, so that both peers get the same slot also in weeks in which their clocks do not change
    together. A time without a zone is one of `time_zone`.

    Raises:
        AgreementError: If this machine does not know a zone of the agreement.
    """
    said, zone_of = agreed.each("time"), agreed.each("zone")
    times = {peer: found for peer in sorted(peers) if (found := _time(said.get(peer, ""))) is not None}
    zones = {peer: _zone(zone_of.get(peer, "").strip() or time_zone, peer) for peer in sorted(peers)}
    if not times:
        return None
    whose = next((peer for peer in times if zone_of.get(peer, "").strip()), next(iter(times)))
    return Slot(times[whose], zones[whose], zones, times)


def _time(said: str) -> time | None:
    found = _TIME.fullmatch(said.strip())
    return time(int(found[1]), int(found[2])) if found else None


def _zone(name: str, peer: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        msg = (
            f"The agreement's time zone of {peer} is none that this machine knows. Write it as in Europe/Lisbon and"
            " sign again; or bring the machine's zones up to date: pip install -U tzdata"
        )
        raise AgreementError(msg) from error
