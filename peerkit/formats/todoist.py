"""Todoist: the CSV of one project, as its template export writes it and its import reads it.

By hand on Python's csv. The file knows open tasks only. A task has no id in it: section, parents and words
tell it apart, or a comment that peerkit wrote. A section is the area, or else the first label. A date such
as "every Monday" says how a task comes again and no day on which it is due, so it is told and left out.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import BinaryIO

from peerkit.formats.cells import armed, disarmed, written_day
from peerkit.formats.items import Found, Given, Item, Remark, Skipped, digest, remembered
from peerkit.formats.plain_csv import rows_of
from peerkit.formats.source import Source

HEAD = ("TYPE", "CONTENT", "DESCRIPTION", "PRIORITY", "INDENT", "AUTHOR", "RESPONSIBLE", "DATE", "DATE_LANG", "TIMEZONE")  # fmt: skip
_KEPT = ("PRIORITY", "AUTHOR", "RESPONSIBLE", "DATE_LANG", "TIMEZONE", "DURATION", "DURATION_UNIT")
_LABELS = re.compile(r"(?:(?:^|\s+)@\S+)+$")
_ISO = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
_EVERY = re.compile(r"\s*(every|ev)\b", re.IGNORECASE)
_ID = "peerkit:"


def read(source: Source, given: Given) -> Iterator[Found]:
    """Yield the tasks of the file, each with its comments."""
    rows = rows_of(source, ",")
    names: list[str] = []
    section, parents = "", [""] * 10
    seen: dict[str, int] = {}
    held: Item | None = None
    for number, row in rows:
        if isinstance(row, Skipped):
            yield row
            continue
        if not names:
            names = [name.strip().upper() for name in row]
            continue
        if "'" in "".join(row):
            row = [disarmed(cell) for cell in row]
        told = {name: cell for name, cell in zip(names, row, strict=False) if cell}
        kind = told.get("TYPE", "").strip().lower()
        if kind == "note" and held is not None:
            _add_note(held, told.get("CONTENT", ""))
            continue
        if held is not None:
            yield _numbered(held, seen)
            held = None
        if kind == "section":
            section = told.get("CONTENT", "")
        elif kind == "task":
            said: list[Found] = []
            found = _task(told, number, section, parents, said)
            yield from said
            if isinstance(found, Item):
                held = found
            else:
                yield found
    if held is not None:
        yield _numbered(held, seen)


def _numbered(item: Item, seen: dict[str, int]) -> Item:
    n = seen[item.uid] = seen.get(item.uid, 0) + 1
    item.uid = item.uid if n == 1 else f"{item.uid}-{n}"
    return item


def _task(
    told: dict[str, str], number: int, section: str, parents: list[str], said: list[Found]
) -> Item | Skipped:
    """Return the item of a row, or why it is none; what is remarked is added to `said`."""
    content = told.get("CONTENT", "").strip()
    when = (told.get("DEADLINE") or told.get("DATE") or "").strip()
    indent = told.get("INDENT", "1")
    depth = int(indent) if indent in ("1", "2", "3", "4", "5") else 1
    parents[depth:] = [content] + [""] * (len(parents) - depth - 1)
    at = content.find("@")
    # Labels begin with a blank before the first sign; what is nothing but labels stays as it is.
    labels = _LABELS.search(content, at - 1) if at > 0 else None
    text = content[: labels.start()] if labels else content
    tags = tuple(labels[0].replace("@", " ").split()) if labels else ()
    due_on, shown, is_day, is_rule = _day(when) if when else _NO_DAY
    recurrence = when if is_rule else ""
    if when and due_on is None:
        if recurrence:
            return Skipped(number, "It comes again, and no day is said of any one time.")
        if is_day:
            return Skipped(number, "Its due date is no day.")
        said.append(Remark(number, "Its date is not written as a day; it was taken without one."))
    item = Item(
        digest(section, *parents[1 : depth + 1], recurrence and due_on),
        text,
        due_on=due_on,
        area=section or (tags[0] if tags else ""),
        notes=told.get("DESCRIPTION", ""),
        recurrence=recurrence,
        tags=tags if section else tags[1:],
        unknown={name: told[name] for name in _KEPT if name in told},
        line=number,
    )
    if when:
        item.unknown["DATE"] = [when, shown]
    return item


@remembered
def _day(when: str) -> tuple[date | None, str | None, bool, bool]:
    """Return the day of a date, also as text, whether it seems to be one, and whether it says how it comes again."""
    written = _ISO.search(when)
    day = written_day(written[0] if written else when, None)
    return day, str(day) if day else None, written is not None, _EVERY.match(when) is not None


_NO_DAY: tuple[date | None, str | None, bool, bool] = (None, None, False, False)


def _add_note(item: Item, text: str) -> None:
    if text.startswith(_ID):
        item.uid = text.removeprefix(_ID)
    else:
        item.notes = f"{item.notes}\n{text}".strip()


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
