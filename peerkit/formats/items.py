"""What every reader makes of a file: plain records, and what it could not take with its line and reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from datetime import date
from itertools import compress, count, repeat
from operator import attrgetter, not_
from types import MappingProxyType
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from peerkit.formats.words import area_of, is_plain, one_line, plain, remembered, tags_of
from peerkit.row_check import FIRST_DAY, LAST_DAY
from peerkit.schema import MAX_TEXT, OUTCOMES

# So many lines are listed with their reason; of more only the number is kept.
MAX_TOLD = 1_000
# In characters: what says more is no promise.
MAX_WORDS = MAX_TEXT // 10
_OUTCOMES = frozenset(OUTCOMES)


@dataclass(slots=True)
class Item:
    """One promise as another tool keeps it, in the words of the ledger.

    Args:
        uid: What tells it apart in its file, also after it was changed there.
        text: What will be done, in one line.
        outcome: open, kept, partly, missed, released or void.
        made_on: The day it was made there; `due_on`, `closed_on`: days in the ledger's time zone.
        fraction: 0 to 1, how much of it is done: of one kept in part, or of an open one that is under way.
        area: The project, or else the first tag.
        notes: Annotations and notes, one below the other.
        recurrence: How it comes again, in the words of the format. The item itself is one occurrence.
        tags: All tags.
        details: Further columns of the ledger by name, such as first_step or visibility.
        unknown: What the ledger has no place for, verbatim, as JSON holds it.
        line: Where it stands in the file, from 1.
    """

    uid: str
    text: str
    outcome: str = "open"
    made_on: date | None = None
    due_on: date | None = None
    closed_on: date | None = None
    fraction: float | None = None
    area: str = ""
    notes: str = ""
    recurrence: str = ""
    tags: tuple[str, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)
    unknown: dict[str, Any] = field(default_factory=dict)
    line: int = 0


_BLANK = {one.name: None if one.default is MISSING else one.default for one in fields(Item)}
# Each item has its own.
_DICTS = {"details", "unknown"}


@dataclass(frozen=True, slots=True)
class Skipped:
    """A line that was not taken, and why, without its words."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Remark:
    """How something unclear in a line was read."""

    line: int
    said: str


Found: TypeAlias = Item | Skipped | Remark


@dataclass(slots=True)
class Reading:
    """All that was found in one file. `skipped` and `remarks` list the first; the numbers count all."""

    format: str
    items: list[Item] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    n_skipped: int = 0
    remarks: list[Remark] = field(default_factory=list)
    n_remarks: int = 0

    def take(self, one: Skipped | Remark) -> None:
        """Add a line that is told."""
        if isinstance(one, Skipped):
            self.n_skipped += 1
            if len(self.skipped) < MAX_TOLD:
                self.skipped.append(one)
        else:
            self.n_remarks += 1
            if len(self.remarks) < MAX_TOLD:
                self.remarks.append(one)


@dataclass(frozen=True, slots=True)
class Given:
    """What a reader is told beside the file.

    Args:
        zone: The ledger's time zone, in which moments become days.
        today: The day of the import: an endless rule is followed up to it.
        mapping: For tables, column of the ledger by column of the file; guessed where None.
        day_first: For tables, whether 03/08/2026 is 3 August; guessed where None.
    """

    zone: ZoneInfo
    today: date
    mapping: dict[str, str] | None = None
    day_first: bool | None = None


def made(
    told: dict[str, list[Any]], wrong: dict[int, str], said: Mapping[int, list[str]] = MappingProxyType({})
) -> list[Found]:
    """Return items that are told by column, checked: in the place of one that cannot be taken why, before it what is remarked.

    Args:
        told: The values of the items by the names of their fields; those that are blank in all may be left
            out, but not `uid`, `text` and `line`.
        wrong: Why one is not taken, by its place, where that is known; "" of what is passed over.
        said: What is remarked of one, by its place.
    """
    check(told, wrong)
    for name in _DICTS - told.keys():
        told[name] = [{} for _ in told["line"]]
    items: list[Found] = list(map(Item, *(told.get(name) or repeat(blank) for name, blank in _BLANK.items())))
    for i, reason in wrong.items():
        items[i] = Skipped(told["line"][i], reason)
    # From the last, so that the places of the others stand.
    for i in sorted(said, reverse=True):
        items[i:i] = [Remark(told["line"][i], one) for one in said[i]]
    return (
        items
        if "" not in wrong.values()
        else [one for one in items if not isinstance(one, Skipped) or one.reason]
    )


def check_items(items: list[Item]) -> list[Found]:
    """Return items that were made one by one, checked as `made` does."""
    told = dict(zip(_CHECKED, map(list, zip(*map(_checked_of, items), strict=True)), strict=True))
    before, wrong = dict(told), dict[int, str]()
    check(told, wrong)
    for name, values in told.items():
        if values is not before[name]:
            for item, value in zip(items, values, strict=True):
                setattr(item, name, value)
    return [Skipped(item.line, wrong[i]) if i in wrong else item for i, item in enumerate(items)]


def check(told: dict[str, list[Any]], wrong: dict[int, str]) -> None:
    """Clean the texts of items, and say why some of them cannot be taken.

    Args:
        told: As for `made`. What is cleaned is another list than before.
        wrong: Why one is not taken, by its place. What is known already stands.
    """

    def refuse(is_wrong: Iterable[bool], reason: str) -> None:
        for i in compress(count(), is_wrong):
            wrong.setdefault(i, reason)

    words = [told[name] for name in ("text", "notes", "uid", "recurrence") if name in told]
    # Most often even the longest ones together are short.
    if sum(max(map(len, texts)) for texts in words) > MAX_WORDS:
        refuse(
            (sum(map(len, texts)) > MAX_WORDS for texts in zip(*words, strict=True)),
            "A text of it is too long for a commitment.",
        )
        for texts in words:
            texts[:] = ["" if i in wrong else text for i, text in enumerate(texts)]
    for name, cleaned in _CLEANED.items():
        if any(told.get(name, ())):
            told[name] = cleaned(told[name])
    refuse(map(not_, told["text"]), "It has no text.")
    refuse(map(not_, told["uid"]), "It has no id.")
    outcomes: Sequence[str] = told.get("outcome", ())
    if not _OUTCOMES.issuperset(outcomes):
        refuse(
            (one not in OUTCOMES for one in outcomes),
            "What became of it is none of: " + ", ".join(OUTCOMES) + ".",
        )
    if any(told.get("fraction", ())):
        refuse(
            (one is not None and not 0 <= one <= 1 for one in told["fraction"]),
            "Its fraction does not lie between 0 and 1.",
        )
    for name, what in _DAYS_KEPT.items():
        days = {day for day in set(told.get(name, ())) if day and not FIRST_DAY <= day <= LAST_DAY}
        if days:
            refuse((day in days for day in told[name]), f"{what} lies before 1900 or after 2200.")
    # One of which nothing is said is open.
    outcomes = outcomes or ["open"] * len(told["text"])
    if "open" in outcomes and any(told.get("closed_on", ())):
        told["closed_on"] = [
            None if outcome == "open" else day
            for outcome, day in zip(outcomes, told["closed_on"], strict=True)
        ]


def _each_plain(texts: list[str]) -> list[str]:
    return texts if is_plain("".join(texts)) else list(map(plain, texts))


def _each_one_line(texts: list[str]) -> list[str]:
    # A blank at the end of one of them, or one of them that is blank, makes two blanks here.
    joined = f" {' '.join(texts)} "
    return texts if "  " not in joined and is_plain(joined) else list(map(one_line, texts))


def _each_tags(tags: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    known = {some: tags_of(some) for some in set(tags)}
    return [known[some] for some in tags]


# There are few areas in a file, and each of them many times.
_area_of = remembered(area_of)
# How each field is cleaned, column by column.
_CLEANED: dict[str, Callable[[list[Any]], list[Any]]] = {
    "text": _each_one_line,
    "uid": _each_plain,
    "notes": lambda texts: [plain(text).strip() if text else text for text in texts],
    "recurrence": _each_one_line,
    "area": lambda areas: list(map(_area_of, areas)),
    "tags": _each_tags,
}
_DAYS_KEPT = {"due_on": "Its due date", "closed_on": "The day it was closed"}
_CHECKED = (*_CLEANED, "outcome", "fraction", *_DAYS_KEPT)
_checked_of = attrgetter(*_CHECKED)
