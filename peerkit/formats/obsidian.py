"""Obsidian Tasks: one promise per checkbox of a Markdown file, with emoji or dataview fields. By hand.

A line that repeats is one occurrence: the plugin writes the next one as a line of its own. Cancelled is
void. Lines below it that are indented further are its notes. Fences of code hold no promises.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import BinaryIO

from peerkit.formats.items import Found, Given, Item, Remark, Skipped, day_of, digest
from peerkit.formats.source import Source
from peerkit.schema import OUTCOMES

_TASK = re.compile(r"(?P<indent>[\s>]*)(?:[-*+]|\d+[.)]) \[(?P<mark>.)\] (?P<text>.*)")
_FENCE = re.compile(r"\s*(```|~~~)")
_BECAME = {"x": "kept", "X": "kept", "-": "void"}
_EMOJI = {
    "📅": "due", "📆": "due", "🗓": "due", "✅": "completion", "❌": "cancelled", "➕": "created", "⏳": "scheduled",
    "⌛": "scheduled", "🛫": "start", "🔁": "repeat", "🆔": "id", "⛔": "dependsOn", "🏁": "onCompletion",
}  # fmt: skip
_PRIORITIES = {"🔺": "highest", "⏫": "high", "🔼": "medium", "🔽": "low", "⏬": "lowest"}
_SIGNS = "".join([*_EMOJI, *_PRIORITIES])
_SIGN = re.compile(f"([{_SIGNS}])")
# What follows a sign, up to a tag or a field in brackets, and what is behind that.
_VALUE = re.compile(r"\ufe0f?[ \t]*([^#\[\]()]*)(.*)", re.DOTALL)
_FIELD = re.compile(r"\s*[\[(]([A-Za-z]+):: *([^\])]*)[\])]")
_DAY = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
# The sign before what may stand before it, because a sign is found at once.
_TAG = re.compile(r"#(?<!\S#)([^\s#]*[^\s#\d][^\s#]*)")
_LAST_TAGS = re.compile(r"(?:\s+#[^\s#]+)+$")
_FIRST_TAGS = re.compile(r"^(?:\s*#[^\s#]+)+(?=\s)")
_KNOWN = {"due", "completion", "cancelled", "created", "repeat", "id", "outcome", "fraction", "area"}
# Their value goes on to the next sign.
_WHOLE = ("repeat", "onCompletion", "dependsOn")
_DAYS = {"due": "due_on", "created": "made_on", "completion": "closed_on", "cancelled": "closed_on"}


def read(source: Source, given: Given) -> Iterator[Found]:
    """Yield each checkbox of the file that is not in code."""
    seen: dict[str, int] = {}
    held: Item | None = None
    depth, is_code = 0, False
    for number, line in source.lines():
        if isinstance(line, Skipped):
            yield line
            continue
        task = None if is_code else _TASK.match(line) if "[" in line else None
        if task is None:
            if _FENCE.match(line):
                is_code = not is_code
            elif held is not None and not is_code:
                is_note = bool(line.strip()) and len(line) - len(line.lstrip()) > depth
                if is_note:
                    _add_note(held, line.strip())
                else:
                    yield held
                    held = None
            continue
        if held is not None:
            yield held
            held = None
        depth = len(task["indent"])
        remarks: list[Remark] = []
        found = _found(task["text"], task["mark"], number, seen, remarks)
        yield from remarks
        if isinstance(found, Item):
            held = found
        else:
            yield found
    if held is not None:
        yield held


def _add_note(item: Item, line: str) -> None:
    line = line[1:] if line.startswith("\\") else line.removeprefix("- ")
    item.notes = f"{item.notes}\n{line}" if item.notes else line


def _found(text: str, mark: str, number: int, seen: dict[str, int], remarks: list[Remark]) -> Item | Skipped:
    """Return the item of a checkbox, or why it is none; what is remarked is added to `remarks`."""
    said, text = _fields(text)
    tags = tuple(dict.fromkeys(_TAG.findall(text))) if "#" in text else ()
    if tags:
        # Also those before it, such as the filter #task; what is nothing but tags stays as it is.
        rest = f" {text.rstrip()}"
        last = _LAST_TAGS.search(rest, rest.index("#") - 1)
        rest = rest[: last.start()] if last else rest
        text = (_FIRST_TAGS.sub("", rest) if text.lstrip()[:1] == "#" else rest).strip() or text
    outcome = _BECAME.get(mark, "open")
    if outcome != "open" and said.get("outcome") in OUTCOMES:
        outcome = said["outcome"]
    days: dict[str, date] = {}
    for key, name in _DAYS.items():
        if key in said:
            day = day_of(said[key])
            if day is not None:
                days.setdefault(name, day)
            elif key == "due":
                return Skipped(number, "Its due date is no day.")
            else:
                remarks.append(Remark(number, f"Its day of {key} is none; it was left out."))
    if outcome == "open" and "closed_on" in days:
        remarks.append(
            Remark(number, "It has a day on which it was done and is not checked; it was read as open.")
        )
    area = said.get("area") or next((tag for tag in tags if tag != "task"), "")
    item = Item("", text.strip(), outcome, **days, area=area, recurrence=said.get("repeat", ""), line=number)  # type: ignore[arg-type]
    if tags:
        folded = area.casefold()
        item.tags = tuple([tag for tag in tags if tag.casefold() != folded])
    if "fraction" in said:
        try:
            item.fraction = float(said["fraction"])
        except ValueError:
            remarks.append(Remark(number, "Its fraction is no number; it was left out."))
    if not said.keys() <= _KNOWN:
        item.unknown = {key: value for key, value in said.items() if key not in _KNOWN}
    if mark not in " xX-":
        item.unknown["mark"] = mark
    uid = said.get("id") or digest(item.text, said.get("created"), item.recurrence and said.get("due"))
    n = seen[uid] = seen.get(uid, 0) + 1
    item.uid = uid if n == 1 or "id" in said else f"{uid}-{n}"
    return item


def _fields(text: str) -> tuple[dict[str, str], str]:
    """Return what the signs and fields of a line say, and the line without them."""
    said: dict[str, str] = {}
    if "::" in text:
        said = {name: value.strip() for name, value in _FIELD.findall(text)}
        text = _FIELD.sub("", text)
    if text.isascii():
        return said, text
    # What is before the first sign, and then each sign and what is between it and the next one.
    before, *signed = _SIGN.split(text)
    if not signed:
        return said, before
    text = before.rstrip()
    for i in range(0, len(signed), 2):
        sign, found = signed[i], _VALUE.match(signed[i + 1])
        value, between = (found[1].rstrip(), found[2]) if found else ("", "")
        between = between.rstrip() if i + 2 < len(signed) else between
        name = _EMOJI.get(sign)
        if name is None:
            said["priority"] = _PRIORITIES[sign]
        elif name in _WHOLE:
            said[name], value = value, ""
        else:
            said[name], _, value = value.partition(" ")
        text += f" {value}{between}" if value else between
    return said, text


def write(items: Iterable[Item], file: BinaryIO) -> None:
    """Write one checkbox for each item, its fields as emoji, and its notes indented below it."""
    for item in items:
        file.write(("\n".join(_lines(item)) + "\n").encode())


def _lines(item: Item) -> Iterator[str]:
    unknown = dict(item.unknown)
    mark = " " if item.outcome == "open" else "x" if item.outcome in ("kept", "partly") else "-"
    kept = unknown.pop("mark", mark)
    parts = [f"- [{kept if item.outcome == 'open' else mark}] {' '.join(item.text.split())}"]
    is_plain = bool(re.fullmatch(r"[^\s#]*[^\s#\d][^\s#]*", item.area)) and "#" not in item.text
    parts += [f"#{item.area}"] if is_plain else [f"[area:: {item.area}]"] if item.area else []
    there = {tag.casefold() for tag in _TAG.findall(item.text)}
    parts += [f"#{tag}" for tag in item.tags if " " not in tag and tag.casefold() not in there]
    signs = {name: sign for sign, name in reversed(_EMOJI.items())}
    shown: dict[str, date | str | None] = {"id": item.uid, "repeat": item.recurrence, "created": item.made_on}
    shown |= {name: unknown.pop(name, None) for name in ("start", "scheduled")}
    shown |= {"due": item.due_on, "cancelled" if mark == "-" else "completion": item.closed_on}
    for sign, name in _PRIORITIES.items():
        if unknown.get("priority") == name:
            del unknown["priority"]
            parts.append(sign)
    if item.outcome not in ("open", "kept", "void"):
        unknown["outcome"] = item.outcome
    if item.fraction is not None:
        unknown["fraction"] = item.fraction
    # In brackets before the signs: a sign's value may go on to the end of the line.
    parts += [f"[{name}:: {value}]" for name, value in unknown.items() if value]
    parts += [f"{signs[name]} {value}" for name, value in shown.items() if value]
    yield " ".join(parts)
    for line in item.notes.split("\n") if item.notes else []:
        # A note that looks like a list or is blank must not end the notes, or be taken for a promise.
        yield (
            f"    \\{line}"
            if not line.strip() or line != line.strip() or line[0] in "-*+\\`~>0123456789"
            else f"    {line}"
        )
