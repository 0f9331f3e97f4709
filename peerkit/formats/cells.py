"""What one cell of a table says: a day, an outcome, a share, or a text that is armed against formulas."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from peerkit.formats.items import Given
from peerkit.formats.words import day_of, local_day, remembered

_BECAME = {
    "kept": "kept done completed complete finished closed yes true 1 x ✓ ✔ ☑ checked resolved",
    "open": "open todo pending active new no false 0 started doing waiting unchecked planned next backlog",
    "partly": "partly partial partially",
    "missed": "missed failed",
    "released": "released",
    "void": "void cancelled canceled deleted dropped abandoned wontfix",
}
_OUTCOMES = {word: outcome for outcome, words in _BECAME.items() for word in words.split()} | {
    "in progress": "open",
    "not started": "open",
    "to do": "open",
    "not done": "open",
    "on hold": "open",
    "won't do": "void",
    "let go": "released",
}
NUMBERS = re.compile(r"(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})(?!\d)", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED = re.compile(
    r"(?:(\d{1,2})\.? ([a-z]{3,9})\.?,? (\d{4})|([a-z]{3,9})\.? (\d{1,2}),? (\d{4}))", re.I | re.ASCII
)
# What a cell begins with that a spreadsheet would take for a formula; see `armed`.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@remembered
def outcome_of(value: Any) -> str:
    """Return the outcome that a word of any tool says, such as done or in progress; "" where it says none."""
    return _OUTCOMES.get(str(value).strip().casefold(), "")


def share_of(value: Any) -> Any:
    """Return the share that is written as 0.5, 50 % or 50; the value itself where it is no number."""
    text = str(value).strip()
    try:
        number = float(text.removesuffix("%"))
    except ValueError:
        return value
    return number / 100 if text.endswith("%") or 1 < number <= 100 else number


def tags_of(value: Any) -> Any:
    """Return the tags that are written with commas or semicolons between them; a value that is no text as it is."""
    return (
        [tag for tag in map(str.strip, re.split("[,;]", value)) if tag] if isinstance(value, str) else value
    )


def moment_day(value: Any, day_first: bool | None, given: Given) -> date | None:
    """Return the day of a moment in the ledger's time zone, or of a day as `written_day` reads it; None where it is none."""
    if isinstance(value, datetime):
        return local_day(value, given.zone)
    if isinstance(value, date):
        return value
    text = str(value).strip()
    if len(text) > 10 and text[4:5] == "-" and text[10:11] in "T ":
        try:
            return local_day(datetime.fromisoformat(text), given.zone)
        except ValueError:
            return day_of(text)
    return written_day(text, day_first)


def written_day(text: str, day_first: bool | None) -> date | None:
    """Return a day written as 2026-11-28, 28.11.2026 or 28 Nov 2026; with `day_first` also 28/11/2026."""
    if found := NUMBERS.match(text):
        first, second, third = (int(one) for one in found.groups())
        if len(found[1]) > 2:
            return _date(first, second, third)
        if day_first is None:
            return None
        year = third if len(found[3]) > 2 else 2000 + third
        return _date(year, second, first) if day_first else _date(year, first, second)
    if found := _NAMED.match(text):
        month = (found[2] or found[4])[:3].lower()
        year, day = int(found[3] or found[6]), int(found[1] or found[5])
        return _date(year, _MONTHS.index(month) + 1, day) if month in _MONTHS else None
    return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def armed(value: str) -> str:
    """Return a text as a cell that no spreadsheet takes for a formula: with an apostrophe before it."""
    return f"'{value}" if value.startswith(_FORMULA) or disarmed(value) != value else value


def disarmed(value: str) -> str:
    """Return the text of a cell, without the apostrophe that `armed` put there."""
    rest = value[1:].lstrip("'")
    return value[1:] if value.startswith("'") and rest.startswith(_FORMULA) else value
