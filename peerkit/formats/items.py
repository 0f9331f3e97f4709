"""What every reader makes of a file: plain records, and what it could not take with its line and reason."""

from __future__ import annotations

import gc
import hashlib
import marshal
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from datetime import date, datetime, timedelta
from itertools import compress, count, groupby, islice, repeat
from operator import attrgetter, not_
from types import MappingProxyType
from typing import Any, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

from peerkit.row_check import FIRST_DAY, LAST_DAY
from peerkit.schema import MAX_TEXT, OUTCOMES, clean
from peerkit.shapes import AREAS

# A file may hold more; what is beyond is told, and can be imported from a second file.
MAX_ITEMS = 100_000
# All words of one import together, in bytes, so that memory stays bounded whatever the lines hold.
MAX_BYTES = 50_000_000
# So many lines are listed with their reason; of more only the number is kept.
MAX_TOLD = 1_000

_MAX_WORDS = MAX_TEXT // 10
# In characters: what is remembered by its value is no longer, so that the memory for it is bounded.
_SHORT = 200
_MOST = 10_000
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)", re.ASCII)
_OUTCOMES = frozenset(OUTCOMES)
# Of those that come one by one so many are checked at once.
_AT_ONCE = 50
_AREAS = {area.casefold(): area for area in AREAS}


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


T = TypeVar("T")
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


def collect(
    name: str, found: Iterable[Found | list[Found]], *, bound: Callable[[], float] = lambda: math.inf
) -> Reading:
    """Return what a reader finds, checked and within bounds; a uid that comes again is told and left out.

    Args:
        name: The format's.
        found: What is found alone, and lists of it in which the items are checked, as `made` makes them.
        bound: How many bytes the words found so far take at most. They are counted only when that is too much.
    """
    # Nothing here refers to itself, so looking through a growing heap for circles would be for nothing.
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return _collected(name, found, bound)
    finally:
        if was_enabled:
            gc.enable()


def _collected(name: str, found: Iterable[Found | list[Found]], bound: Callable[[], float]) -> Reading:
    reading = Reading(name)
    seen: set[str] = set()
    held, is_counted = 0, False
    for some in _checked(found):
        # To count every word takes a tenth of all the reading.
        if not is_counted and bound() > MAX_BYTES:
            held, is_counted = sum(_size_or_none([one]) or 0 for one in reading.items), True
        # What is found together is most often as it should be: then it is looked at together.
        if some and _ITEMS_ALONE.issuperset(map(type, some)):
            uids = set(map(_uid_of, some))
            size = _size_or_none(some) if is_counted else 0  # type: ignore[arg-type]
            is_new = len(uids) == len(some) and seen.isdisjoint(uids)
            has_room = len(reading.items) + len(some) <= MAX_ITEMS
            if is_new and has_room and size is not None and held + size <= MAX_BYTES:
                seen |= uids
                held += size
                reading.items += some  # type: ignore[arg-type]  # they are all items
                continue
        for one in some:
            if not isinstance(one, Item):
                reading.take(one)
                continue
            if one.uid in seen:
                reading.take(Skipped(one.line, "It has the same id as an earlier one in this file."))
                continue
            size = _size_or_none([one]) if is_counted else 0
            if size is None:
                reading.take(Skipped(one.line, "It holds lists in lists, too deep to be kept."))
                continue
            held += size
            if len(reading.items) == MAX_ITEMS or held > MAX_BYTES:
                told = "The file holds too much for one import from here on. Split it."
                reading.take(Skipped(one.line, told))
                return reading
            seen.add(one.uid)
            reading.items.append(one)
    return reading


def _size_or_none(items: list[Item]) -> int | None:
    """Return about how many bytes the words of items take, of all the sum of that of each; None if one lies too deep."""
    try:
        return len(marshal.dumps(tuple(map(_words_of, items)), 2)) - _NO_WORDS
    except ValueError:
        return None


def _checked(found: Iterable[Found | list[Found]]) -> Iterator[list[Found]]:
    """Yield what was found in lists, in its order. A list was checked by its reader; what stands alone is checked here."""
    for kind, some in groupby(found, type):
        if kind is list:
            yield from some  # type: ignore[misc]  # they are all lists
            continue
        while few := list(islice(some, _AT_ONCE)):
            yield _check_items(few) if kind is Item else few  # type: ignore[arg-type, misc]


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


def _check_items(items: list[Item]) -> list[Found]:
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
    if sum(max(map(len, texts)) for texts in words) > _MAX_WORDS:
        refuse(
            (sum(map(len, texts)) > _MAX_WORDS for texts in zip(*words, strict=True)),
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
_ITEMS_ALONE = {Item}
_uid_of = attrgetter("uid")
_words_of = attrgetter("uid", "text", "notes", "area", "recurrence", "tags", "details", "unknown")
_NO_WORDS = len(marshal.dumps((), 2))
_DAYS_KEPT = {"due_on": "Its due date", "closed_on": "The day it was closed"}
_CHECKED = (*_CLEANED, "outcome", "fraction", *_DAYS_KEPT)
_checked_of = attrgetter(*_CHECKED)
_HIDDEN = ("Cc", "Zl", "Zp", "Cs")


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


def numbered(uids: Iterable[str]) -> Iterator[str]:
    """Return uids with a number behind each that came before: twice the same line is two promises."""
    seen: dict[str, int] = {}
    for uid in uids:
        seen[uid] = seen.get(uid, 0) + 1
        yield uid if seen[uid] == 1 else f"{uid}#{seen[uid]}"


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


def digest(*parts: object) -> str:
    """Return an id for what has none of its own, from what is not expected to change in it."""
    try:
        told = "\x1f".join(parts)  # type: ignore[arg-type]  # most often they are texts
    except TypeError:
        told = "\x1f".join(["" if part is None else str(part) for part in parts])
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:20]
