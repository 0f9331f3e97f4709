"""All that is found in one file, within bounds: what comes twice and what is too much is told by its line."""

from __future__ import annotations

import gc
import marshal
import math
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, islice
from operator import attrgetter

from peerkit.formats.items import Found, Item, Reading, Skipped, check_items

# A file may hold more; what is beyond is told, and can be imported from a second file.
MAX_ITEMS = 100_000
# All words of one import together, in bytes, so that memory stays bounded whatever the lines hold.
MAX_BYTES = 50_000_000
# Of those that come one by one so many are checked at once.
_AT_ONCE = 50
_ITEMS_ALONE = {Item}
_uid_of = attrgetter("uid")
_words_of = attrgetter("uid", "text", "notes", "area", "recurrence", "tags", "details", "unknown")
_NO_WORDS = len(marshal.dumps((), 2))


def collect(
    name: str, found: Iterable[Found | list[Found]], *, bound: Callable[[], float] = lambda: math.inf
) -> Reading:
    """Return what a reader finds, checked and within bounds; a uid that comes again is told and left out.

    Args:
        name: The format's.
        found: What is found alone, and lists of it in which the items are checked, as `made` makes them.
        bound: About how many bytes the words found so far take at most. They are counted only when that is too much.
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
            yield check_items(few) if kind is Item else few  # type: ignore[arg-type, misc]
