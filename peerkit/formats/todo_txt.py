"""todo.txt: one promise a line, as https://github.com/todotxt/todo.txt describes it. By hand; it is one line.

`due:`, `rec:`, `uid:` or `id:`, and peerkit's `outcome:`, `fraction:` and `area:` are read wherever they
stand; `t:`, `h:`, `pri:` and `p:` are kept and come out again. Projects and contexts leave the text where
they stand at its end; the first project, or else the first context, is the area. A line with `rec:` is one
occurrence. It cannot hold notes or more than one line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO
from urllib.parse import quote, unquote

from peerkit.formats.items import Found, Given, Item, Remark, Skipped
from peerkit.formats.source import Source
from peerkit.formats.words import day_of, digest, ending
from peerkit.schema import OUTCOMES

_BEGIN = re.compile(
    r"(?P<done>x )?\s*(?:\((?P<priority>[A-Z])\) )?\s*"
    r"(?:(?P<first>\d{4}-\d{1,2}-\d{1,2}) )?(?:(?P<second>\d{4}-\d{1,2}-\d{1,2}) )?(?P<rest>.*)",
    re.DOTALL,
)
_KEY = re.compile(r"(?<!\S)(due|rec|uid|id|outcome|fraction|area|made|t|h|pri|p):(\S+)")
_TAG = re.compile(r"(?<!\S)[+@](\S+)")
_PROJECT = re.compile(r"(?<!\S)\+(\S+)")
# Backwards; see `ending`.
_LAST_TAGS = re.compile(r"(?:\S+[+@]\s+)+")
_KEPT = ("t", "h", "pri", "p")


def read(source: Source, given: Given) -> Iterator[Found]:
    """Yield the promises of a todo.txt; blank lines are none."""
    seen: dict[str, int] = {}
    for number, line in source.lines():
        if isinstance(line, Skipped):
            yield line
        elif line and not line.isspace():
            yield from _found(line, number, seen)


def _found(line: str, number: int, seen: dict[str, int]) -> Iterator[Found]:
    begin = _BEGIN.match(line)
    if begin is None:  # it matches any line; said for the type checker
        return
    done, priority, first, second, text = begin.groups()
    keys = {}
    if ":" in text:
        keys = dict(_KEY.findall(text))
        if keys:
            text = _KEY.sub("", text)
    tags = tuple(dict.fromkeys(_TAG.findall(text))) if "+" in text or "@" in text else ()
    if tags:
        # What is nothing but tags stays as it is: a text is needed.
        shown = text.rstrip()
        text = shown[: len(shown) - ending(_LAST_TAGS, shown)] or text
    item = Item("", text.strip(), line=number)
    item.area = unquote(keys["area"]) if "area" in keys else _area(line) if tags else ""
    item.recurrence = keys.get("rec", "")
    item.unknown = {key: keys[key] for key in _KEPT if key in keys} if keys else {}
    if tags:
        item.tags = tuple(tag for tag in tags if tag.casefold() != item.area.casefold())
        if projects := [tag for tag in _PROJECT.findall(line) if tag in item.tags]:
            item.unknown["projects"] = projects
    if priority:
        item.unknown["priority"] = priority
    closed, made = (first, second or keys.get("made")) if done else (None, first)
    if not done and second:
        item.text = f"{second} {item.text}"
    if done:
        item.outcome = keys["outcome"] if keys.get("outcome") in OUTCOMES else "kept"
    for name, told in (("made_on", made), ("closed_on", closed), ("due_on", keys.get("due"))):
        if told is None:
            continue
        day = day_of(told)
        if day is None and name == "due_on":
            yield Skipped(number, "Its due date is no day.")
            return
        if day is None:
            yield Remark(number, "The day at its beginning is none; it was left out.")
        setattr(item, name, day)
    if "fraction" in keys:
        try:
            item.fraction = float(keys["fraction"])
        except ValueError:
            yield Remark(number, "Its fraction is no number; it was left out.")
    own = unquote(keys.get("uid") or keys.get("id") or "")
    # Where it has no id, what is not expected to change tells it apart; of a repeated one also its day.
    item.uid = own or digest(item.text, made, item.recurrence and keys.get("due"))
    if not own:
        n = seen[item.uid] = seen.get(item.uid, 0) + 1
        item.uid = item.uid if n == 1 else f"{item.uid}-{n}"
    yield item


def _area(line: str) -> str:
    found = _PROJECT.search(line) or _TAG.search(line)
    return found[1] if found else ""


def write(items: Iterable[Item], file: BinaryIO) -> None:
    """Write one line for each item."""
    for item in items:
        file.write((_line(item) + "\n").encode())


def _line(item: Item) -> str:
    is_open = item.outcome == "open"
    unknown = dict(item.unknown)
    priority = unknown.pop("priority", None)
    parts = [] if is_open else ["x"]
    parts += [f"({priority})"] if priority else []
    parts += [str(item.closed_on)] if item.closed_on else []
    # The format puts the day it was made behind the day it was done: without that one it would be taken for it.
    parts += [str(item.made_on)] if item.made_on and (is_open or item.closed_on) else []
    parts += [" ".join(item.text.split())]
    # A project within the text comes before one at its end.
    is_plain = " " not in item.area and "+" not in item.text
    tags = [f"+{item.area}"] if item.area and is_plain else []
    projects = unknown.pop("projects", [])
    there = set(item.text.split())
    signed = (f"+{tag}" if tag in projects else f"@{tag}" for tag in item.tags if " " not in tag)
    tags += [tag for tag in signed if tag not in there]
    shown: dict[str, object] = {"area": None if is_plain else quote(item.area), "due": item.due_on}
    shown |= {"rec": item.recurrence.replace(" ", "-"), **unknown}
    if item.outcome not in ("open", "kept"):
        shown["outcome"] = item.outcome
    if not is_open and not item.closed_on:
        shown["made"] = item.made_on
    shown |= {"fraction": item.fraction, "uid": quote(item.uid, safe="-_.@/#+")}
    keys = [f"{key}:{value}" for key, value in shown.items() if value not in (None, "")]
    return " ".join([*parts, *tags, *keys])
