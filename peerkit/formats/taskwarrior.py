"""Taskwarrior: what `task export` writes, an array or one object per line, and `task import` reads.

By hand on Python's json: what there is for Python runs the program itself. A task of status recurring is
the pattern of others and no promise; each of those is one. What was deleted is void: it was not missed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import partial
from itertools import chain
from typing import Any, BinaryIO, TypeAlias
from zoneinfo import ZoneInfo

from peerkit.formats.columns import dicts_of, split
from peerkit.formats.items import Found, Given, Item, Skipped, made
from peerkit.formats.source import Source
from peerkit.formats.words import day_of, local_day, remembered
from peerkit.schema import OUTCOMES

# The day of a moment, and what is kept of it; see `_day`.
_Day: TypeAlias = tuple[date | None, list[str] | None]
_ReadDay: TypeAlias = Callable[[str], _Day]
_NO_DAY: _Day = (None, None)
_TEXTS = {str}
_BECAME = {"pending": "open", "waiting": "open", "completed": "kept", "deleted": "void"}
_DAYS = {"entry": "made_on", "due": "due_on", "end": "closed_on"}
# Where its day is the same in nearly every zone.
_NOON = "T120000Z"
# What is taken, and what stands for it where a task has none.
_TAKEN: dict[str, Any] = dict.fromkeys(
    (
        "uuid",
        "description",
        "project",
        "tags",
        "annotations",
        "recur",
        "peerkit_outcome",
        "peerkit_fraction",
        *_DAYS,
    )
) | {"status": "pending"}


def read(source: Source, given: Given) -> Iterator[Skipped | list[Found]]:
    """Yield the tasks; those that only say how others come again are told and left out."""
    # There are few moments in a file, and each of them many times.
    day_of_moment = remembered(partial(_day, zone=given.zone))
    for some in source.object_batches():
        yield some if isinstance(some, Skipped) else _found(*some, day_of_moment)


def _found(
    lines: Sequence[int],
    tasks: Sequence[dict[str, Any]],
    day_of_moment: _ReadDay,
) -> list[Found]:
    raw, unknown = split(tasks, _TAKEN)
    raw |= {name: [blank] * len(tasks) for name, blank in _TAKEN.items() if name not in raw}
    words = [raw["uuid"], raw["description"], raw["status"]]
    wrong: dict[int, str] = {}
    if not (_TEXTS.issuperset(map(type, chain(*words))) and _BECAME.keys() >= set(raw["status"])):
        wrong = {i: reason for i, reason in enumerate(map(_why_not, *words)) if reason}
    for i in wrong:
        raw["uuid"][i], raw["description"][i], raw["status"][i] = "", "", "pending"
    told: dict[str, list[Any]] = {"line": list(lines), "uid": raw["uuid"], "text": raw["description"]}
    told["outcome"] = [
        said if said in OUTCOMES and status != "pending" else _BECAME[status]
        for said, status in zip(raw["peerkit_outcome"], raw["status"], strict=True)
    ]
    told["unknown"] = unknown
    _add_rest(told, raw)
    said = _add_days(told, raw, day_of_moment, wrong)
    return made(told, wrong, said)


def _why_not(uid: Any, text: Any, status: Any) -> str:
    if status == "recurring":
        return "It only says how a task comes again; each time that it came is read by itself."
    if not (isinstance(uid, str) and isinstance(text, str) and isinstance(status, str)):
        return "It is no task: it lacks its uuid or description."
    return "" if status in _BECAME else "Its status is none of Taskwarrior's."


def _add_days(
    told: dict[str, list[Any]],
    raw: dict[str, list[Any]],
    day_of_moment: _ReadDay,
    wrong: dict[int, str],
) -> dict[int, list[str]]:
    """Add the days, and keep the moments of which they do not say all; return what is remarked."""
    said: dict[int, list[str]] = {}
    moments: dict[str, list[list[str] | None]] = {}
    for key, name in _DAYS.items():
        told[name], moments[key] = _read_days(raw[key], day_of_moment)
        for i, (day, one) in enumerate(zip(told[name], raw[key], strict=True)):
            if day is None and one is not None and i not in wrong:
                if name == "due_on":
                    wrong[i] = "Its due date is no day."
                else:
                    said.setdefault(i, []).append(f"Its {key} is no day; it was left out.")
    for i, (outcome, day) in enumerate(zip(told["outcome"], told["closed_on"], strict=True)):
        if outcome == "open" and day is not None:
            moments["end"][i] = None
            if i not in wrong:
                said.setdefault(i, []).append("It has an end and is not done; it was read as open.")
    if any(map(any, moments.values())):
        for unknown, some in zip(told["unknown"], dicts_of(moments, len(told["unknown"])), strict=True):
            if some:
                unknown["moments"] = some
    return said


def _read_days(
    values: list[Any], day_of_moment: _ReadDay
) -> tuple[list[date | None], list[list[str] | None]]:
    if _TEXTS.issuperset(map(type, values)):
        read = list(map(day_of_moment, values))
    else:
        read = [day_of_moment(one) if isinstance(one, str) else _NO_DAY for one in values]
    return [day for day, _ in read], [kept for _, kept in read]


def _add_rest(told: dict[str, list[Any]], raw: dict[str, list[Any]]) -> None:
    projects = [one if isinstance(one, str) else "" for one in raw["project"]]
    told["tags"] = tags = _tags(raw["tags"])
    told["area"] = [
        project or (some[0] if some else "") for project, some in zip(projects, tags, strict=True)
    ]
    if any(raw["recur"]):
        told["recurrence"] = [one if isinstance(one, str) else "" for one in raw["recur"]]
    if any(one is not None for one in raw["peerkit_fraction"]):
        told["fraction"] = list(map(_share, raw["peerkit_fraction"]))
    told["notes"] = [""] * len(tags)
    for i, some in enumerate(raw["annotations"]):
        if some and (notes := [one for one in _list(some) if isinstance(one, dict)]):
            told["notes"][i] = _notes(notes)
            told["unknown"][i]["annotations"] = notes
    for i, (area, project) in enumerate(zip(told["area"], projects, strict=True)):
        if area and not project:
            told["unknown"][i]["area_is_tag"] = True


def _tags(values: list[Any]) -> list[tuple[str, ...]]:
    found = [() if one is None else tuple(_list(one)) for one in values]
    if _TEXTS.issuperset(map(type, chain.from_iterable(found))):
        return found
    return [tuple(tag for tag in tags if isinstance(tag, str)) for tags in found]


def _share(value: Any) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    # JSON knows numbers that are too large for a float.
    return float(value) if 0 <= value <= 1 else math.inf


def _notes(annotations: list[Any]) -> str:
    return "\n".join(str(one.get("description", "")) for one in annotations)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else value.split(",") if isinstance(value, str) else []


def _day(raw: str, zone: ZoneInfo) -> _Day:
    """Return the day of a moment; and where that does not say all, what is kept of it, the same list for all that have it."""
    day = _read_day(raw, zone)
    return day, None if day is None or raw.endswith(_NOON) else [raw, str(day)]


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


def _is_kept(moment: Any) -> bool:
    """Whether this is what `_day` keeps of a moment."""
    return isinstance(moment, list) and len(moment) == 2 and _TEXTS.issuperset(map(type, moment))


def write(items: Iterable[Item], file: BinaryIO) -> None:
    """Write an array, one task a line, as `task export` does."""
    file.write(b"[\n")
    for i, item in enumerate(items):
        file.write((",\n" if i else "").encode() + json.dumps(_task(item), ensure_ascii=False).encode())
    file.write(b"\n]\n")


def _task(item: Item) -> dict[str, Any]:
    unknown = dict(item.unknown)
    moments, notes = unknown.get("moments"), unknown.pop("annotations", [])
    # A field of one's own may have this name, too.
    moments = unknown.pop("moments") if isinstance(moments, dict) else {}
    area_is_tag = unknown.pop("area_is_tag", False)
    is_done = item.outcome in ("kept", "partly")
    status = "pending" if item.outcome == "open" else "completed" if is_done else "deleted"
    # What waits, waits for a day that is kept as well.
    status = "waiting" if status == "pending" and "wait" in unknown else status
    task: dict[str, Any] = {"uuid": item.uid, "description": item.text, "status": status}
    for key, name in _DAYS.items():
        day = getattr(item, name)
        raw, known = moments[key] if _is_kept(moments.get(key)) else (None, None)
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
