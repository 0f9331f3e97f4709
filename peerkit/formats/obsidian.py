"""Obsidian Tasks: one promise per checkbox of a Markdown file, with emoji or dataview fields. By hand.

A line that repeats is one occurrence: the plugin writes the next one as a line of its own. Cancelled is
void. Lines below it that are indented further are its notes. Fences of code hold no promises.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, BinaryIO, TypeAlias

from peerkit.formats.items import Found, Given, Item, Skipped, made
from peerkit.formats.source import Source
from peerkit.formats.words import day_of, digest, ending, remembered
from peerkit.schema import MAX_TEXT, OUTCOMES

# The mark and the text of a checkbox, and the notes below it.
_Box: TypeAlias = tuple[str, str, list[str]]

_TASK = re.compile(r"(?P<indent>[\s>]*)(?:[-*+]|\d+[.)]) \[(?P<mark>.)\] (?P<text>.*)")
_FENCE = re.compile(r"\s*(```|~~~)")
_BECAME = {"x": "kept", "X": "kept", "-": "void"}
_EMOJI = {
    "📅": "due", "📆": "due", "🗓": "due", "✅": "completion", "❌": "cancelled", "➕": "created", "⏳": "scheduled",
    "⌛": "scheduled", "🛫": "start", "🔁": "repeat", "🆔": "id", "⛔": "dependsOn", "🏁": "onCompletion",
}  # fmt: skip
_PRIORITIES = {"🔺": "highest", "⏫": "high", "🔼": "medium", "🔽": "low", "⏬": "lowest"}
_SIGNS = "".join([*_EMOJI, *_PRIORITIES])
# First whether it may be one at all: to look for a range is several times faster than for each sign.
_SIGN = re.compile(f"([{min(_SIGNS)}-{max(_SIGNS)}](?<=[{_SIGNS}]))")
# A sign and what follows it, up to a tag or a field in brackets, and what is behind that.
_VALUE = re.compile(r"(.)\ufe0f?[ \t]*([^#\[\]()]*)(.*)", re.DOTALL)
# From the first of some blanks on, and no further than a value is long: else a hostile line would take minutes.
_FIELD = re.compile(r"(?<!\s)\s*[\[(]([A-Za-z]+):: *([^\])]{0,1000})[\])]")
# The sign before what may stand before it, because a sign is found at once.
_TAG = re.compile(r"#(?<!\S#)([^\s#]*[^\s#\d][^\s#]*)")
# Backwards; see `ending`.
_LAST_TAGS = re.compile(r"(?:[^\s#]+#\s+)+")
_FIRST_TAGS = re.compile(r"^(?:\s*#[^\s#]+)+(?=\s)")
_DAYS = {"due": "due_on", "created": "made_on", "completion": "closed_on", "cancelled": "closed_on"}
# What most checkboxes say at most, and what else is not kept as unknown.
_USUAL = {*_DAYS, "repeat", "id"}
_KNOWN = {*_USUAL, "outcome", "fraction", "area"}
# Their value goes on to the next sign.
_WHOLE = ("repeat", "onCompletion", "dependsOn")


def read(source: Source, given: Given) -> Iterator[Skipped | list[Found]]:
    """Yield each checkbox of the file that is not in code."""
    seen: dict[str, int] = {}
    for some in source.in_batches(_boxes(source)):
        yield some if isinstance(some, Skipped) else _found(*some, seen)


def _boxes(source: Source) -> Iterator[tuple[int, _Box | Skipped]]:
    """Yield each checkbox with its line, once its notes are read, and in their places the lines that are too long."""
    # The last checkbox, whose notes may follow, and what was skipped after it.
    held: list[tuple[int, _Box | Skipped]] = []
    notes: list[str] | None = None
    depth, is_code = 0, False
    for number, line in source.lines():
        if isinstance(line, Skipped):
            held.append((number, line))
        elif not is_code and "[" in line and (task := _TASK.match(line)) is not None:
            yield from held
            indent, mark, text = task.groups()
            depth, notes = len(indent), []
            held = [(number, (mark, text, notes))]
        elif _FENCE.match(line):
            is_code = not is_code
        elif notes is not None and not is_code:
            if line.strip() and len(line) - len(line.lstrip()) > depth:
                note = line.strip()
                note = note[1:] if note.startswith("\\") else note.removeprefix("- ")
                # So many lines are too long for a commitment already.
                if (note or notes) and len(notes) < MAX_TEXT:
                    notes.append(note)
            else:
                notes = None
    yield from held


def _found(lines: Sequence[int], boxes: Sequence[_Box], seen: dict[str, int]) -> list[Found]:
    marks, texts, notes = zip(*boxes, strict=True)
    fields, texts = zip(*map(_fields, texts), strict=True)
    texts, tags = zip(*map(_tagged, texts), strict=True)
    filed = {some: _filed(some) for some in set(tags)}
    told: dict[str, list[Any]] = {
        "line": list(lines),
        "text": list(texts),
        "outcome": [_BECAME.get(mark, "open") for mark in marks],
        "fraction": [None] * len(lines),
        "area": [filed[some][0] for some in tags],
        "tags": [filed[some][1] for some in tags],
        "notes": ["\n".join(some) for some in notes],
        "recurrence": [said.get("repeat", "") for said in fields],
        "unknown": [{} if mark in " xX-" else {"mark": mark} for mark in marks],
    }
    for i in [i for i, said in enumerate(fields) if not said.keys() <= _USUAL]:
        said = fields[i]
        if told["outcome"][i] != "open" and said.get("outcome") in OUTCOMES:
            told["outcome"][i] = said["outcome"]
        if said.get("area"):
            told["area"][i], told["tags"][i] = _filed(tags[i], said["area"])
        others = {key: value for key, value in said.items() if key not in _KNOWN}
        told["unknown"][i] = others | told["unknown"][i]
    wrong, remarks = _add_days(told, fields)
    for i in [i for i, said in enumerate(fields) if "fraction" in said and i not in wrong]:
        try:
            told["fraction"][i] = float(fields[i]["fraction"])
        except ValueError:
            remarks.setdefault(i, []).append("Its fraction is no number; it was left out.")
    told["uid"] = [
        "" if i in wrong else _uid(text, said, seen)
        for i, (text, said) in enumerate(zip(texts, fields, strict=True))
    ]
    return made(told, wrong, remarks)


def _add_days(
    told: dict[str, list[Any]], fields: Sequence[dict[str, str]]
) -> tuple[dict[int, str], dict[int, list[str]]]:
    """Add the days; return why some checkboxes cannot be taken, and what is remarked of others, by their places."""
    wrong: dict[int, str] = {}
    remarks: dict[int, list[str]] = {}
    for key, name in _DAYS.items():
        raw = [said.get(key) for said in fields]
        days = [None if one is None else day_of(one) for one in raw]
        if days.count(None) != raw.count(None):
            for i in [i for i, day in enumerate(days) if day is None and raw[i] is not None]:
                if key == "due":
                    wrong[i] = "Its due date is no day."
                elif i not in wrong:
                    remarks.setdefault(i, []).append(f"Its day of {key} is none; it was left out.")
        before = told.get(name)
        told[name] = days if before is None else [a or b for a, b in zip(before, days, strict=True)]
    for i, outcome in enumerate(told["outcome"]):
        if outcome == "open" and told["closed_on"][i] is not None and i not in wrong:
            remarks.setdefault(i, []).append(
                "It has a day on which it was done and is not checked; it was read as open."
            )
    return wrong, remarks


def _uid(text: str, said: dict[str, str], seen: dict[str, int]) -> str:
    """Return the id of a checkbox, or one of what is not expected to change in it; of a repeated one also its day."""
    recurrence = said.get("repeat", "")
    uid = said.get("id") or digest(text, said.get("created", ""), recurrence and said.get("due", ""))
    n = seen[uid] = seen.get(uid, 0) + 1
    return uid if n == 1 or "id" in said else f"{uid}-{n}"


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
    for sign, after in zip(signed[::2], signed[1::2], strict=True):
        name, said[name], between = _signed(sign + after)
        text += between
    return said, text


@remembered
def _signed(text: str) -> tuple[str, str, str]:
    """Return the name and the value of a sign and what follows it, and what of that is words of the checkbox."""
    sign, value, between = _VALUE.match(text).groups()  # type: ignore[union-attr]  # it matches any text
    name, value, between = _EMOJI.get(sign, "priority"), value.rstrip(), between.rstrip()
    if name in _WHOLE:
        return name, value, between
    first, _, value = (_PRIORITIES[sign], "", value) if name == "priority" else value.partition(" ")
    return name, first, f" {value}{between}" if value else between


def _tagged(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a text without the tags at its beginning and end, and all its tags."""
    # The tags and what is between them are told by what there is from the blank before the first one.
    rest = f" {text}"
    at = rest.find("#") - 1
    left, tags = _last_tags(rest[at:]) if at >= 0 else ("", ())
    if not tags:
        return text.strip(), ()
    rest = rest[:at] + left
    # Also those before it, such as the filter #task; what is nothing but tags stays as it is.
    rest = _FIRST_TAGS.sub("", rest) if text.lstrip()[:1] == "#" else rest
    return rest.strip() or text.strip(), tags


@remembered
def _last_tags(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a text without the tags at its end, and all its tags."""
    shown = text.rstrip()
    return shown[: len(shown) - ending(_LAST_TAGS, shown)], tuple(dict.fromkeys(_TAG.findall(text)))


def _filed(tags: tuple[str, ...], area: str = "") -> tuple[str, tuple[str, ...]]:
    """Return the area, which is the first of the tags where none is said, and the other tags."""
    area = area or next((tag for tag in tags if tag != "task"), "")
    return area, tuple([tag for tag in tags if tag.casefold() != area.casefold()])


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
