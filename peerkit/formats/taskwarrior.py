"""Taskwarrior: what `task export` writes, an array or one object per line, and `task import` reads.

By hand on Python's json: what there is for Python runs the program itself. A task of status recurring is
the pattern of others and no promise; each of those is one. What was deleted is void: it was not missed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from peerkit.formats.items import Found, Given, Item, Remark, Skipped, day_of, local_day
from peerkit.formats.source import Source
from peerkit.schema import OUTCOMES

_BECAME = {"pending": "open", "waiting": "open", "completed": "kept", "deleted": "void"}
_DAYS = {"entry": "made_on", "due": "due_on", "end": "closed_on"}
# Where its day is the same in nearly every zone.
_NOON = "T120000Z"
_TAKEN = {"uuid", "description", "status", "project", "tags", "annotations", "recur", *_DAYS}
_TAKEN |= {"peerkit_outcome", "peerkit_fraction"}


def read(source: Source, given: Given) -> Iterator[Found]:
    """Yield the tasks; those that only say how others come again are told and left out."""
    for number, task in source.objects():
        if isinstance(task, Skipped):
            yield task
        else:
            yield from _found(task, number, given.zone)


def _found(task: dict[str, Any], number: int, zone: ZoneInfo) -> Iterator[Found]:
    status, uid, text = task.get("status", "pending"), task.get("uuid"), task.get("description")
    if status == "recurring":
        yield Skipped(
            number, "It only says how a task comes again; each time that it came is read by itself."
        )
        return
    if not isinstance(uid, str) or not isinstance(text, str) or not isinstance(status, str):
        yield Skipped(number, "It is no task: it lacks its uuid or description.")
        return
    if status not in _BECAME:
        yield Skipped(number, "Its status is none of Taskwarrior's.")
        return
    said = task.get("peerkit_outcome")
    item = Item(uid, text, said if said in OUTCOMES and status != "pending" else _BECAME[status], line=number)
    kept = {}
    for key, name in _DAYS.items():
        raw = task.get(key)
        if raw is None:
            continue
        day, written = _day(raw, zone) if isinstance(raw, str) else (None, "")
        if day is not None:
            setattr(item, name, day)
            if not raw.endswith(_NOON) and (name != "closed_on" or item.outcome != "open"):
                kept[key] = [raw, written]
        elif name == "due_on":
            yield Skipped(number, "Its due date is no day.")
            return
        else:
            yield Remark(number, f"Its {key} is no day; it was left out.")
    if item.outcome == "open" and item.closed_on:
        yield Remark(number, "It has an end and is not done; it was read as open.")
    _add_rest(item, task, kept)
    yield item


def _add_rest(item: Item, task: dict[str, Any], kept: dict[str, Any]) -> None:
    tags = tuple(tag for tag in _list(task["tags"]) if isinstance(tag, str)) if "tags" in task else ()
    project = task.get("project")
    item.area = project if isinstance(project, str) and project else tags[0] if tags else ""
    item.tags = tags
    item.recurrence = task["recur"] if isinstance(task.get("recur"), str) else ""
    notes = (
        [one for one in _list(task.get("annotations")) if isinstance(one, dict)]
        if "annotations" in task
        else []
    )
    if notes:
        item.notes = _notes(notes)
    share = task.get("peerkit_fraction")
    if isinstance(share, int | float) and not isinstance(share, bool):
        item.fraction = float(share)
    # The task is of no other use: what is left of it is what was not taken.
    for key in task.keys() & _TAKEN:
        del task[key]
    item.unknown = task
    if notes:
        item.unknown["annotations"] = notes
    if kept:
        item.unknown["moments"] = kept
    if tags and item.area != project:
        item.unknown["area_is_tag"] = True


def _notes(annotations: list[Any]) -> str:
    return "\n".join(str(one.get("description", "")) for one in annotations)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else value.split(",") if isinstance(value, str) else []


@lru_cache(maxsize=10_000)
def _day(raw: str, zone: ZoneInfo) -> tuple[date | None, str]:
    """Return the day of a moment, also as text; there are few days in a file, and each of them many times."""
    day = _read_day(raw, zone)
    return day, str(day)


def _read_day(raw: str, zone: ZoneInfo) -> date | None:
    """Return the day of a moment as Taskwarrior writes it, or as ISO 8601 has it."""
    try:
        if len(raw) == 16 and raw.isascii() and raw[8] == "T" and raw[15] == "Z":
            moment = datetime(
                int(raw[:4]),
                int(raw[4:6]),
                int(raw[6:8]),
                int(raw[9:11]),
                int(raw[11:13]),
                int(raw[13:15]),
                tzinfo=UTC,
            )
            return local_day(moment, zone)
        return local_day(datetime.fromisoformat(raw), zone)
    except ValueError:
        return day_of(raw) if len(raw) == 10 else None


def write(items: Iterable[Item], file: BinaryIO) -> None:
    """Write an array, one task a line, as `task export` does."""
    file.write(b"[\n")
    for i, item in enumerate(items):
        file.write((",\n" if i else "").encode() + json.dumps(_task(item), ensure_ascii=False).encode())
    file.write(b"\n]\n")


def _task(item: Item) -> dict[str, Any]:
    unknown = dict(item.unknown)
    moments, notes = unknown.pop("moments", {}), unknown.pop("annotations", [])
    area_is_tag = unknown.pop("area_is_tag", False)
    is_done = item.outcome in ("kept", "partly")
    status = "pending" if item.outcome == "open" else "completed" if is_done else "deleted"
    # What waits, waits for a day that is kept as well.
    status = "waiting" if status == "pending" and "wait" in unknown else status
    task: dict[str, Any] = {"uuid": item.uid, "description": item.text, "status": status}
    for key, name in _DAYS.items():
        day = getattr(item, name)
        raw, known = moments.get(key, (None, None))
        task[key] = raw if known == str(day) else f"{day:%Y%m%d}{_NOON}" if day else None
    task["project"] = item.area if item.area and not area_is_tag else None
    task["tags"] = list(item.tags) or None
    if item.notes and item.notes != _notes(notes).strip():
        entry = task["entry"] or f"19700101{_NOON}"
        notes = [{"entry": entry, "description": line} for line in item.notes.split("\n")]
    task["annotations"] = notes or None
    task["recur"] = item.recurrence or None
    task["peerkit_outcome"] = item.outcome if item.outcome not in ("open", "kept", "void") else None
    task["peerkit_fraction"] = item.fraction
    return {key: value for key, value in {**unknown, **task}.items() if value is not None}
