"""Texts, days and ids as other tools write them, and as they may enter the journal."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from peerkit.schema import clean
from peerkit.shapes import AREAS

# In characters: what is remembered by its value is no longer, so that the memory for it is bounded.
_SHORT = 200
_MOST = 10_000
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)", re.ASCII)
_AREAS = {area.casefold(): area for area in AREAS}
_HIDDEN = ("Cc", "Zl", "Zp", "Cs")

T = TypeVar("T")


class _Remembered(dict[Any, Any]):
    def __init__(self, read: Callable[[Any], Any]) -> None:
        self.read = read

    def __missing__(self, value: Any) -> Any:
        told = self.read(value)
        # No other than texts, because 1 is not True; and none that is long, because its memory is bounded.
        if type(value) is str and len(value) < _SHORT:
            if len(self) == _MOST:
                self.clear()
            self[value] = told
        return told


def remembered(read: Callable[[Any], T]) -> Callable[[Any], T]:
    """Return a function that reads as `read` does, and reads a short text once: a file has few days, each many times."""
    return _Remembered(read).__getitem__


def area_of(text: str) -> str:
    """Return an area as peerkit writes it: its own words in lower case, any other as it is."""
    text = one_line(text)[:200]
    return _AREAS.get(text.casefold(), text)


def tags_of(tags: tuple[str, ...]) -> tuple[str, ...]:
    """Return tags as peerkit writes them: each in one line, none blank."""
    return tuple(tag for tag in map(one_line, tags) if tag)


def is_plain(text: str) -> bool:
    """Whether a text in one line may enter the journal as it stands; every part of it may then, too."""
    return text.isprintable() and (text.isascii() or unicodedata.is_normalized("NFC", text))


def plain(text: str) -> str:
    """Return `text` as it may enter the journal; see `schema.clean`."""
    return text if is_plain(text) else clean(text)


def one_line(text: str) -> str:
    """Return `text` in one line, without control characters or blanks at its ends."""
    if is_plain(text):
        return text.strip() if "  " not in text else " ".join(text.split())
    # Also what would turn a line of a terminal around or hide in it.
    shown = "".join(" " if unicodedata.category(sign) in _HIDDEN else sign for sign in clean(text))
    return " ".join(shown.split())


@remembered
def day_of(text: str) -> date | None:
    """Return a day written as 2026-11-28, with or without what follows it; None where it is none."""
    found = _DAY.match(text)
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """Return the day of a moment in the ledger's time zone; one without a zone is of the clock on the wall."""
    try:
        return moment.date() if moment.tzinfo is None else moment.astimezone(zone).date()
    except (OverflowError, ValueError):
        # Within a day of the first or last year that Python knows.
        return moment.date()


def ending(backwards: re.Pattern[str], text: str) -> int:
    """Return how long the end of a text is that a pattern describes, written for a text that is read backwards.

    Read forwards, a run that must reach the end is tried again from each of its words, which a hostile line makes minutes.
    """
    found = backwards.match(text[::-1])
    return found.end() if found else 0


def shifted(day: date, days: int) -> date | None:
    """Return a day so many days later; None beyond what Python knows."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return None


def digest(*parts: object) -> str:
    """Return an id for what has none of its own, from what is not expected to change in it."""
    try:
        told = "\x1f".join(parts)  # type: ignore[arg-type]  # most often they are texts
    except TypeError:
        told = "\x1f".join(["" if part is None else str(part) for part in parts])
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:20]
