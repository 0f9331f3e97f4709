"""Todoist: the CSV of one project, as its template export writes it and its import reads it.

By hand on Python's csv. The file knows open tasks only. A task has no id in it: section, parents and words
tell it apart, or a comment that peerkit wrote. A section is the area, or else the first label. A date such
as "every Monday" says how a task comes again and no day on which it is due, so it is told and left out.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import compress
from typing import Any, BinaryIO, TypeAlias

from peerkit.formats.cells import armed, disarmed, written_day
from peerkit.formats.items import MAX_WORDS, Found, Given, Item, Skipped, made
from peerkit.formats.plain_csv import rows_of
from peerkit.formats.source import Source
from peerkit.formats.words import digest, ending, remembered

HEAD = ("TYPE", "CONTENT", "DESCRIPTION", "PRIORITY", "INDENT", "AUTHOR", "RESPONSIBLE", "DATE", "DATE_LANG", "TIMEZONE")  # fmt: skip
_KEPT = ("PRIORITY", "AUTHOR", "RESPONSIBLE", "DATE_LANG", "TIMEZONE", "DURATION", "DURATION_UNIT")
_TAKEN = ("TYPE", "CONTENT", "DESCRIPTION", "INDENT", "DEADLINE", "DATE", *_KEPT)
# How many tasks stand above one; with any other indent there is none.
_PARENTS = {"2": 1, "3": 2, "4": 3, "5": 4}
# Backwards; see `ending`.
_LABELS = re.compile(r"(?:\S+@(?:\s+|\Z))+")
_ISO = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
_EVERY = re.compile(r"\s*(every|ev)\b", re.IGNORECASE)
_ID = "peerkit:"
# In characters: of a longer section each of its tasks would hold all.
_SECTION = 199

# What rows say by the names of columns, or tasks by the fields of an item.
_Columns: TypeAlias = dict[str, list[Any]]
_Note: TypeAlias = tuple[int, str]
_Remarks: TypeAlias = dict[int, list[str]]


def read(source: Source, given: Given) -> Iterator[Skipped | list[Found]]:
    """Yield the tasks of the file, each with its comments."""
    project = _Project()
    for some in source.in_batches(rows_of(source, ",")):
        yield some if isinstance(some, Skipped) else project.found(*some)
    yield project.last()


class _Project:
    """What rows say of those below them."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.section = ""
        # The words of the last task and of those above it.
        self.path: list[str] = []
        # How often each id came.
        self.seen: dict[str, int] = {}
        # The last task, and what is remarked of it, while the next row may be a comment on it.
        self.held: tuple[_Columns, _Remarks] | None = None
        # There are few dates and few sets of labels in a file, and each of them many times.
        self.when, self.labels = remembered(_when), remembered(_labels)

    def found(self, lines: Sequence[int], rows: Sequence[list[str]]) -> list[Found]:
        """Return the task that was held and those of some rows, but for the last one while it may get a comment."""
        if not self.names:
            self.names = [name.strip().upper() for name in rows[0]]
            lines, rows = lines[1:], rows[1:]
        raw = {**_columns(self.names, rows), "line": list(lines)}
        kinds = [kind.strip().lower() for kind in raw["TYPE"]]
        sections, notes, last = self._walked(kinds, raw["CONTENT"])
        if len(sections) < len(rows):
            is_task = [kind == "task" for kind in kinds]
            raw = {name: list(compress(values, is_task)) for name, values in raw.items()}
        told, wrong, said = self._read(raw, sections) if sections else ({}, {}, {})
        for i, note in notes:
            _add_note(self.held[0] if i < 0 and self.held else told, i, note)
        if last == -1:
            return []
        found = self.last()
        if last is not None and last not in wrong:
            held = {name: [values.pop()] for name, values in told.items()}
            self.held = held, {0: said.pop(last)} if last in said else {}
        return found + self._made(told, wrong, said)

    def last(self) -> list[Found]:
        """Return the task that is held, if there is one."""
        (told, said), self.held = self.held or ({}, {}), None
        return self._made(told, {}, said)

    def _walked(self, kinds: list[str], contents: list[str]) -> tuple[list[str], list[_Note], int | None]:
        """Return the section of each task, each comment with its task's place, and the place of a task that may get more.

        The place of the one that is held is -1.
        """
        sections: list[str] = []
        notes: list[_Note] = []
        at = -1 if self.held else None
        for kind, content in zip(kinds, contents, strict=True):
            if kind == "task":
                at = len(sections)
                sections.append(self.section)
            elif kind != "note":
                at = None
                self.section = content[:_SECTION] if kind == "section" else self.section
            elif at is not None:
                notes.append((at, content))
        return sections, notes, at

    def _read(self, raw: _Columns, sections: list[str]) -> tuple[_Columns, dict[int, str], _Remarks]:
        """Return tasks by the fields of an item; by their places why one is not taken, and what is remarked."""
        contents = [content.strip() for content in raw["CONTENT"]]
        texts, tags = self._labelled(contents)
        days = [deadline or day for deadline, day in zip(raw["DEADLINE"], raw["DATE"], strict=True)]
        due_on, recurrence, kept, reasons, remarks = map(list, zip(*map(self.when, days), strict=True))
        again = [recurs and day for recurs, day in zip(recurrence, due_on, strict=True)]
        names = map(digest, sections, self._paths(contents, raw["INDENT"]), again)
        told = {
            "uid": list(names),
            "text": texts,
            "due_on": due_on,
            "area": [area or (some[0] if some else "") for area, some in zip(sections, tags, strict=True)],
            "notes": raw["DESCRIPTION"],
            "recurrence": recurrence,
            "tags": [some if area else some[1:] for area, some in zip(sections, tags, strict=True)],
            "unknown": _unknown(raw, kept),
            "line": raw["line"],
        }
        said = {i: [remark] for i, remark in compress(enumerate(remarks), remarks)}
        return told, dict(compress(enumerate(reasons), reasons)), said

    def _labelled(self, contents: list[str]) -> tuple[list[str], list[tuple[str, ...]]]:
        """Return the text of each task without its labels, and these."""
        texts = contents.copy()
        tags: list[tuple[str, ...]] = [()] * len(contents)
        for i, content in enumerate(contents):
            # Labels begin with a blank before the first sign; what is nothing but labels stays as it is.
            begin = content.find("@") - 1
            if begin >= 0:
                end, tags[i] = self.labels(content[begin:])
                texts[i] = content[:end]
        return texts, tags

    def _paths(self, contents: list[str], indents: list[str]) -> Iterable[str]:
        """Return the words of each task behind those of its parents, as its id is made of them."""
        if _PARENTS.keys().isdisjoint(indents):
            self.path = contents[-1:]
            return contents
        return map(self._path, contents, indents)

    def _path(self, content: str, indent: str) -> str:
        # One that is further in than a child has blanks between.
        self.path = [*[*self.path, "", "", "", ""][: _PARENTS.get(indent, 0)], content]
        return "\x1f".join(self.path)

    def _made(self, told: _Columns, wrong: dict[int, str], said: _Remarks) -> list[Found]:
        uids = told.get("uid", [])
        for i, uid in enumerate(uids):
            if i not in wrong:
                n = self.seen[uid] = self.seen.get(uid, 0) + 1
                if n > 1:
                    uids[i] = f"{uid}-{n}"
        return made(told, wrong, said) if uids else []


def _columns(names: list[str], rows: Sequence[list[str]]) -> _Columns:
    """Return what rows say in each column that is taken, "" where they say nothing."""
    columns: dict[str, Sequence[str]]
    if {len(names)}.issuperset(map(len, rows)) and len(set(names)) == len(names):
        columns = dict(zip(names, zip(*rows, strict=True), strict=False))
    else:
        # Of two columns of one name the last that says anything counts; a row may have fewer cells than the head, or more.
        told = [{name: cell for name, cell in zip(names, row, strict=False) if cell} for row in rows]
        columns = {name: [some.get(name, "") for some in told] for name in _TAKEN}
    return {name: _disarmed(columns[name]) if name in columns else [""] * len(rows) for name in _TAKEN}


def _disarmed(cells: Sequence[str]) -> list[str]:
    return list(map(disarmed, cells)) if "'" in "".join(cells) else list(cells)


def _unknown(raw: _Columns, kept: list[list[str | None] | None]) -> list[dict[str, Any]]:
    """Return what is kept of each task: there are few in a file that differ in more of it than the date."""
    names = [name for name in _KEPT if any(raw[name])] or _KEPT
    rests = list(zip(*(raw[name] for name in names), strict=True))
    known = {one: {name: cell for name, cell in zip(names, one, strict=True) if cell} for one in set(rests)}
    unknown = list(map(dict.copy, map(known.__getitem__, rests)))
    for one, dates in zip(unknown, kept, strict=True):
        if dates:
            one["DATE"] = dates
    return unknown


def _when(raw: str) -> tuple[date | None, str, list[str | None] | None, str, str]:
    """Return the day of a date, how it comes again, what is kept of it, why its task is not taken, and what is remarked."""
    when = raw.strip()
    written = _ISO.search(when)
    day = written_day(written[0] if written else when, None)
    recurrence = when if _EVERY.match(when) else ""
    reason = remark = ""
    if when and day is None:
        if recurrence:
            reason = "It comes again, and no day is said of any one time."
        elif written:
            reason = "Its due date is no day."
        else:
            remark = "Its date is not written as a day; it was taken without one."
    return day, recurrence, [when, str(day) if day else None] if when else None, reason, remark


def _labels(text: str) -> tuple[int | None, tuple[str, ...]]:
    """Return where the labels at the end of a text begin, counted from there, and these."""
    length = ending(_LABELS, text)
    return (-length, tuple(text[-length:].replace("@", " ").split())) if length else (None, ())


def _add_note(told: _Columns, i: int, text: str) -> None:
    if text.startswith(_ID):
        told["uid"][i] = text.removeprefix(_ID)
    elif len(told["notes"][i]) <= MAX_WORDS:
        # What is too long already is refused; to add more to it would take ever longer.
        told["notes"][i] = f"{told['notes'][i]}\n{text}".strip()


def write(items: Iterable[Item], file: BinaryIO) -> None:
    """Write the open ones, by their areas as sections; Todoist would bring what is settled back as open."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    rows = csv.writer(text)
    rows.writerow(HEAD)
    section = ""
    # Sorted, because a section holds what follows it; the order within one stays.
    for item in sorted((one for one in items if one.outcome == "open"), key=lambda one: one.area):
        if item.area != section:
            section = item.area
            rows.writerow(["section", armed(section)])
        rows.writerow(_row(item))
        rows.writerow(["note", f"{_ID}{item.uid}"])
    text.detach()


def _row(item: Item) -> list[str]:
    raw, day = item.unknown.get("DATE", (None, None))
    due = str(item.due_on) if item.due_on else None
    labels = "".join(f" @{tag}" for tag in item.tags if not re.search(r"\s", tag))
    told = {
        **{name: value for name, value in item.unknown.items() if name in _KEPT},
        "TYPE": "task",
        "CONTENT": armed(item.text + labels),
        "DESCRIPTION": armed(item.notes),
        # Without its parents at hand it stands by itself.
        "INDENT": "1",
        "DATE": raw if day == due and raw else due or "",
    }
    return [str(told.get(name, "")) for name in HEAD]
