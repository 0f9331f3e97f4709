"""Tables of any tool: which column says what, guessed from its head and shown before anything is taken."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from peerkit.errors import ColumnsError, FormatError
from peerkit.formats.columns import COLUMNS, item_of
from peerkit.formats.items import Found, Given, Item, Remark, Skipped, day_of, digest, local_day, one_line

# For each column of the ledger what tables call it, the likeliest first.
_CALLED: dict[str, tuple[str, ...]] = {
    "id": ("id", "uid", "uuid", "key", "task id"),
    "text": ("text", "title", "task", "task name", "name", "summary", "subject", "content", "todo", "to do", "commitment",
             "promise", "what", "item", "description"),
    "outcome": ("outcome", "status", "state", "done", "completed", "complete", "finished", "checked"),
    "due_on": ("due on", "due", "due date", "deadline", "by", "by when", "end date", "target date"),
    "made_on": ("made on", "created", "created on", "created at", "date created", "creation date", "added", "start date"),
    "closed_on": ("closed on", "completed on", "completed at", "completion date", "date completed", "done on", "closed",
                  "closed at", "finished on", "completed date", "done date"),
    "fraction": ("fraction", "progress", "percent", "% complete", "percent complete", "% done"),
    "area": ("area", "project", "category", "list", "folder", "section", "board"),
    "tags": ("tags", "labels", "tag", "label"),
    "notes": ("notes", "note", "comments", "comment", "details", "description", "body"),
    "first_step": ("first step", "next action"),
    "confidence": ("confidence",),
    "reason": ("reason",),
    "recurrence": ("recurrence", "repeat", "repeats", "recurring"),
}  # fmt: skip
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
_NUMBERS = re.compile(r"(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})(?!\d)", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED = re.compile(
    r"(?:(\d{1,2})\.? ([a-z]{3,9})\.?,? (\d{4})|([a-z]{3,9})\.? (\d{1,2}),? (\d{4}))", re.I | re.ASCII
)
# What a cell begins with that a spreadsheet would take for a formula; see `armed`.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LONGEST_DAY = 64
# So many rows are looked at to tell days from months.
SAMPLE = 1_000


@dataclass(frozen=True)
class Guess:
    """Which column of a file is which of the ledger, and how its days are written.

    Args:
        mapping: Column of the ledger by column of the file; blank for one that was said to be none.
        day_first: None where no day decides it: then days such as 03/08/2026 cannot be read.
        head: Every column of the file, in its order.
    """

    mapping: dict[str, str]
    day_first: bool | None
    head: tuple[str, ...] = field(default=(), compare=False)


def guess(head: Sequence[str], rows: Iterable[Sequence[Any]], given: Given) -> Guess:
    """Return what the columns of a table are; what was given stands.

    Raises:
        FormatError: If no column can be the text, or one is given that is not there.
    """
    mapping = _checked(head, given.mapping or {})
    for name, called in _CALLED.items():
        free = {
            one_line(one).casefold().replace("_", " "): one for one in reversed(head) if one not in mapping
        }
        found = next((free[word] for word in called if word in free), None)
        if found is not None and name not in mapping.values():
            mapping[found] = name
    for one in head:
        # peerkit's own tables say the rest by its name.
        if one in COLUMNS and one not in mapping and one not in mapping.values():
            mapping[one] = one
    if "text" not in mapping.values():
        msg = (
            "No column of this table can be told to be the text of a promise. Say which it is, as in:"
            " --map text=COLUMN. A table needs its columns' names in the first line."
        )
        raise ColumnsError(msg, columns=tuple(head))
    days = [i for i, one in enumerate(head) if COLUMNS.get(mapping.get(one, "")) == "date"]
    day_first = given.day_first if given.day_first is not None else _day_first(days, rows)
    return Guess(mapping, day_first, tuple(head))


def _checked(head: Sequence[str], mapping: Mapping[str, str]) -> dict[str, str]:
    for column, name in mapping.items():
        if name and name not in COLUMNS:
            msg = f"A commitment has no {name!r}. It has: {', '.join(COLUMNS)}."
            raise FormatError(msg)
        if column not in head:
            msg = f"The table has no column {column!r}. Write it as in the first line of the file, capitals too."
            raise FormatError(msg)
    twice = [name for name, n in Counter(filter(None, mapping.values())).items() if n > 1]
    if twice:
        msg = f"Two columns are said to be {twice[0]}. Only one of them can be."
        raise FormatError(msg)
    return dict(mapping)


def _day_first(days: list[int], rows: Iterable[Sequence[Any]]) -> bool | None:
    for row in rows:
        for i in days:
            found = _NUMBERS.match(str(row[i])) if i < len(row) else None
            if found is None or len(found[1]) > 2:
                continue
            if "." in found[0] or int(found[1]) > 12:
                return True
            if int(found[2]) > 12:
                return False
    return None


def items_of(
    head: Sequence[str], rows: Iterable[tuple[int, Sequence[Any]]], guessed: Guess, given: Given
) -> Iterator[Found]:
    """Yield the item of each row of a table, by what its columns are."""
    names = [guessed.mapping.get(one) for one in head]
    # A column that is said to be none is kept under its own name, unless that would be taken for one of the ledger.
    own = [
        name or (one if name is None or one not in COLUMNS else "")
        for one, name in zip(head, names, strict=True)
    ]
    days = {i for i, name in enumerate(names) if name and COLUMNS[name] == "date"}
    columns = [(name, i in days) for i, name in enumerate(own)]
    day_of_cell = lru_cache(maxsize=10_000)(lambda text: _day(text, guessed.day_first, given))
    seen: dict[str, int] = {}
    for number, row in rows:
        told: dict[str, Any] = {}
        is_bad = ""
        for (name, is_day), value in zip(columns, row, strict=False):
            if value is None or value == "" or not name:
                continue
            if is_day:
                # Only what may well be a day is remembered: its memory is bounded.
                is_short = type(value) is str and len(value) < _LONGEST_DAY
                day = day_of_cell(value) if is_short else _day(value, guessed.day_first, given)
                if day is not None:
                    told[name] = day
                elif name == "due_on":
                    is_bad = "Its due date cannot be read as a day" + _WHY[guessed.day_first]
                else:
                    yield Remark(number, f"Its {name} cannot be read as a day; it was left out.")
            elif type(value) is str:
                told[name] = disarmed(value) if value[0] == "'" else value
            else:
                told[name] = value if isinstance(value, int | float | bool) else str(value)
        if is_bad:
            yield Skipped(number, is_bad)
        elif told:
            yield from _item(told, number, seen)


_WHY = {
    None: ": is it day or month first? Say --dates dmy or --dates mdy.",
    True: ", day first.",
    False: ", month first.",
}


_WORDS = ("text", "notes", "area", "id", "recurrence", "reason", "first_step")


def _item(told: dict[str, Any], number: int, seen: dict[str, int]) -> list[Found]:
    """Return the item that a row tells and what is remarked of it, or why it tells none."""
    found: list[Found] = []
    is_closed = "closed_on" in told
    if "outcome" in told:
        outcome = _OUTCOMES.get(str(told["outcome"]).strip().casefold())
        if outcome is None:
            return [Skipped(number, "What became of it is no word that is known, such as done or open.")]
        told["outcome"] = outcome
        if outcome == "open" and is_closed:
            found.append(
                Remark(number, "It is open and has a day on which it was closed; it was read as open.")
            )
    elif is_closed:
        told["outcome"] = "kept"
    for name in ("fraction", "confidence"):
        if name in told and (share := _share(told[name])) is not None:
            told[name] = share
    for name in _WORDS:
        if name in told and type(told[name]) is not str:
            told[name] = str(told[name])
    if isinstance(told.get("tags"), str):
        told["tags"] = [tag for tag in map(str.strip, re.split("[,;]", told["tags"])) if tag]
    item = item_of(told, line=number)
    if not isinstance(item, Item):
        return [*found, Skipped(number, item)]
    if not item.area and item.tags:
        item.area = item.tags[0]
    if not item.uid:
        name = digest(item.text, item.made_on, item.recurrence and item.due_on)
        n = seen[name] = seen.get(name, 0) + 1
        item.uid = name if n == 1 else f"{name}-{n}"
    found.append(item)
    return found


def _share(value: Any) -> float | None:
    """Return a share that may be written as 0.5, 50 % or 50; None where it is no number."""
    text = str(value).strip()
    try:
        number = float(text.removesuffix("%"))
    except ValueError:
        return None
    return number / 100 if text.endswith("%") or 1 < number <= 100 else number


def _day(value: Any, day_first: bool | None, given: Given) -> date | None:
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


@lru_cache(maxsize=10_000)
def written_day(text: str, day_first: bool | None) -> date | None:
    """Return a day written as 2026-11-28, 28.11.2026 or 28 Nov 2026; with `day_first` also 28/11/2026."""
    if found := _NUMBERS.match(text):
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
