"""org: headlines with a state, each read by the library orgparse; one without a state is no promise.

A file is taken apart at its headlines, so that memory stays bounded. Due is DEADLINE, or else SCHEDULED. A
headline that repeats is one promise for its next day, and one for each time that its logbook closed: after
`+1w` their due dates are counted back from the next one; after `++` and `.+` the file does not say them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, BinaryIO

from peerkit.errors import FormatError
from peerkit.formats.items import Found, Given, Item, Remark, Skipped
from peerkit.formats.source import Source
from peerkit.formats.words import day_of, digest
from peerkit.schema import OUTCOMES

_HEADLINE = re.compile(r"(\*+)\s+(.*)")
_WORDS = re.compile(r"^#\+(?:SEQ_|TYP_)?TODO:\s*(.*)", re.IGNORECASE)
_TODOS = ("TODO", "NEXT", "WAITING", "WAIT", "HOLD", "STARTED", "DOING", "IN-PROGRESS")
_DONES = (
    "DONE",
    "KEPT",
    "PARTLY",
    "MISSED",
    "RELEASED",
    "VOID",
    "CANCELLED",
    "CANCELED",
    "KILL",
    "FAILED",
    "NOT-DONE",
)
_BECAME = {"CANCELLED": "void", "CANCELED": "void", "KILL": "void", "FAILED": "missed", "NOT-DONE": "missed"}
_BECAME |= {outcome.upper(): outcome for outcome in OUTCOMES if outcome != "open"}
_STATES = {"kept": "DONE", "open": "TODO"}
_DRAWER = re.compile(
    r"^[ \t]*:(?:LOGBOOK|CLOCK|NOTES):[ \t]*\n(?:.*\n)*?[ \t]*:END:[ \t]*\n?", re.MULTILINE | re.IGNORECASE
)
_CLOCK = re.compile(r"^[ \t]*CLOCK:.*$\n?", re.MULTILINE)
_TIMES = {"d": 1, "w": 7}
# The library asks for one, and reads nothing under it.
_NAME = "headline"
_MAX_LINES = 5_000
_MAX_DEPTH = 100
_OWN = ("ID", "AREA", "CREATED", "FRACTION", "REPEAT", "PEERKIT_TAGS")


def read(source: Source, given: Given) -> Iterator[Found]:
    """Yield the headlines of the file that have a state."""
    library = _library()
    todos, dones = list(_TODOS), list(_DONES)
    env = library.node.OrgEnv(todos=todos, dones=dones, filename=_NAME)
    path: list[str] = []
    seen: dict[str, int] = {}
    for number, lines in _chunks(source):
        if isinstance(lines, Skipped):
            yield lines
            continue
        if not lines[0].startswith("*"):
            for found in filter(None, map(_WORDS.match, lines)):
                open_ones, _, done = found[1].partition("|")
                # A word may carry a key and what is logged, as in WAIT(w@/!).
                todos += [word.partition("(")[0] for word in open_ones.split()]
                dones += [word.partition("(")[0] for word in done.split()]
            env = library.node.OrgEnv(todos=todos, dones=dones, filename=_NAME)
            continue
        head = _HEADLINE.match(lines[0])
        depth = min(len(head[1]), _MAX_DEPTH) if head else 1
        path[depth - 1 :] = [head[2] if head else ""]
        words = head[2].split(None, 1) if head else []
        if not words or words[0] not in env.all_todo_keys:
            continue
        try:
            # At the first depth, because each headline is read by itself.
            lines[0] = f"* {head[2]}" if head else lines[0]
            node = library.loads("\n".join(lines) + "\n", _NAME, env)[1]
            yield from _found(node, number, path[:-1], seen, set(dones))
        except Exception:  # noqa: BLE001 the library raises whatever a date in it does
            yield Skipped(number, "It has a date that is none, or cannot be read.")


def _chunks(source: Source) -> Iterator[tuple[int, list[str] | Skipped]]:
    """Yield the lines before the first headline, and those of each headline, with the number of the first."""
    begin, lines = 1, list[str]()
    for number, line in source.lines():
        if isinstance(line, Skipped):
            yield number, line
        elif line.startswith("*") and _HEADLINE.match(line):
            if lines:
                yield begin, lines
            begin, lines = number, [line]
        elif len(lines) < _MAX_LINES:
            lines.append(line)
    if lines:
        yield begin, lines


def _found(node: Any, number: int, path: list[str], seen: dict[str, int], dones: set[str]) -> Iterator[Found]:
    properties = {name.upper(): str(value) for name, value in node.properties.items()}
    item = Item(properties.get("ID", ""), node.heading, line=number)
    item.outcome = _BECAME.get(node.todo, "kept") if node.todo in dones else "open"
    due = node.deadline if node.deadline.start else node.scheduled
    item.due_on, item.closed_on = _day(due.start), _day(node.closed.start)
    item.made_on = day_of(properties.get("CREATED", "").lstrip("[<"))
    if item.outcome == "open" and item.closed_on:
        yield Remark(number, "It is closed and not done; it was read as open.")
    # orgparse keeps no order of tags, so they are read as they stand.
    tags = tuple(_tags(node))
    item.area = properties.get("AREA") or (tags[0] if tags else properties.get("CATEGORY", ""))
    kept = properties.get("PEERKIT_TAGS")
    item.tags = (
        tuple(kept.split(", "))
        if kept
        else tuple(tag for tag in tags if tag.casefold() != item.area.casefold())
    )
    item.notes = _notes(node)
    if "FRACTION" in properties:
        item.fraction = float(properties["FRACTION"])
    item.unknown = {name: value for name, value in properties.items() if name not in _OWN}
    item.unknown |= {"priority": node.priority} if node.priority else {}
    if node.todo not in ("TODO", "DONE", *_BECAME):
        # A word of the file's own stands as a property, because the file that is written does not know it.
        item.unknown["state" if node.todo in _TODOS else "STATE"] = node.todo
    if due.start is not None and (raw := str(due)) != f"<{item.due_on:%Y-%m-%d %a}>":
        item.unknown["due"] = [raw, str(item.due_on), "DEADLINE" if node.deadline.start else "SCHEDULED"]
    repeater = getattr(due, "_repeater", None)
    item.recurrence = "".join(map(str, repeater)) if repeater else properties.get("REPEAT", "")
    item.uid = item.uid or digest(*path, item.text, item.recurrence and not repeater and item.due_on)
    n = seen[item.uid] = seen.get(item.uid, 0) + 1
    item.uid = item.uid if n == 1 or "ID" in properties else f"{item.uid}-{n}"
    if repeater:
        yield from _times(item, node, repeater, dones)
        item.uid = f"{item.uid}/{item.due_on}"
    yield item


def _times(item: Item, node: Any, repeater: tuple[str, int, str], dones: set[str]) -> Iterator[Found]:
    """Yield what its logbook says of each time that it was done; the newest stands first in it."""
    sign, n, unit = repeater
    back = 0
    seen: dict[str, int] = {}
    for one in sorted(node.repeated_tasks, key=lambda one: str(one.start), reverse=True):
        if one.after not in dones:
            continue
        closed = _day(one.start)
        back += n * _TIMES.get(unit, 0)
        due = item.due_on - timedelta(days=back) if sign == "+" and unit in _TIMES and item.due_on else None
        uid = f"{item.uid}/log/{closed}"
        k = seen[uid] = seen.get(uid, 0) + 1
        yield replace(
            item,
            uid=uid if k == 1 else f"{uid}-{k}",
            outcome=_BECAME.get(one.after, "kept"),
            due_on=due,
            closed_on=closed,
            notes="",
            unknown={},
        )


def _tags(node: Any) -> list[str]:
    line = str(node).partition("\n")[0]
    found = re.search(r"\s:((?:[\w@#%]+:)+)\s*$", line)
    return [tag for tag in found[1].split(":") if tag] if found else []


def _notes(node: Any) -> str:
    body = _CLOCK.sub("", _DRAWER.sub("", node.get_body(format="raw") + "\n"))
    lines = [line[2:] if line.startswith("  ") else line for line in body.split("\n")]
    logged = (line for line in lines if not re.match(r'\s*- State "', line))
    return "\n".join(logged).strip()


def _day(moment: Any) -> date | None:
    return None if moment is None else date(moment.year, moment.month, moment.day)


def write(items: Iterable[Item], file: BinaryIO) -> None:
    """Write one headline for each item, with its properties and its notes below it."""
    file.write(
        f"#+TODO: TODO | DONE {' '.join(name.upper() for name in OUTCOMES if name not in _STATES)}\n".encode()
    )
    for item in items:
        file.write(("\n".join(_lines(item)) + "\n").encode())


def _lines(item: Item) -> Iterator[str]:
    unknown = dict(item.unknown)
    raw, known, key = unknown.pop("due", (None, None, "DEADLINE"))
    state, priority = unknown.pop("state", None), unknown.pop("priority", None)
    is_tag = re.compile(r"[\w@#%]+")
    state = state if item.outcome == "open" and state else _STATES.get(item.outcome, item.outcome.upper())
    parts = ["*", state, *([f"[#{priority}]"] if priority else []), " ".join(item.text.split())]
    named = [item.area, *item.tags] if is_tag.fullmatch(item.area) else []
    tags = [tag for tag in named if is_tag.fullmatch(tag)]
    yield " ".join(parts) + (f" :{':'.join(tags)}:" if tags else "")
    planning = [f"CLOSED: [{item.closed_on:%Y-%m-%d %a}]"] if item.closed_on else []
    if item.due_on:
        is_kept = raw is not None and known == str(item.due_on)
        planning.append(f"{key}: {raw}" if is_kept else f"DEADLINE: <{item.due_on:%Y-%m-%d %a}>")
    if planning:
        yield " ".join(planning)
    is_repeating = raw is not None and known == str(item.due_on) and bool(re.search(r" [.+]?\+\d", raw))
    uid = item.uid.removesuffix(f"/{item.due_on}") if is_repeating else item.uid
    own: dict[str, object] = {"ID": uid, "CREATED": f"[{item.made_on:%Y-%m-%d %a}]" if item.made_on else None}
    own |= {"AREA": None if tags else item.area, "FRACTION": item.fraction}
    own |= {"PEERKIT_TAGS": ", ".join(item.tags) if list(item.tags) != tags[1:] else None}
    own |= {"REPEAT": None if is_repeating else item.recurrence}
    yield ":PROPERTIES:"
    for name, value in {**unknown, **own}.items():
        if value not in (None, ""):
            yield f":{name}: {' '.join(str(value).split())}"
    yield ":END:"
    for line in item.notes.split("\n") if item.notes else []:
        yield f"  {line}"


def _library() -> Any:
    try:
        import orgparse
    except ImportError as error:
        msg = "org files need one more library. Install it with: pip install 'peerkit[formats]'"
        raise FormatError(msg) from error
    return orgparse
