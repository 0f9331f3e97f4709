"""peerkit's own JSON: every commitment with all that is known of it. `ledger.schema.json` describes it.

Written as one commitment a line, so that a file of any size is read and written piece by piece. What comes
back by an import is the same commitments, dates and outcomes; the moments at which each change became known
to this journal are those of the import, and the history of moved dates is kept beside.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from importlib import resources
from typing import Any, BinaryIO

from peerkit.formats.columns import COLUMNS, HISTORY, read_columns, row_of, split
from peerkit.formats.items import Found, Given, Item, Skipped, made
from peerkit.formats.source import Source

VERSION = 1
_BLANKS: dict[str, Any] = dict.fromkeys(COLUMNS)
_BEGIN = '{"format": "peerkit-ledger", "version": 1, "commitments": [\n'


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the whole document."""
    text = resources.files("peerkit.formats").joinpath("ledger.schema.json").read_text(encoding="utf-8")
    described: dict[str, Any] = json.loads(text)
    return described


def read(source: Source, given: Given) -> Iterator[Skipped | list[Found]]:
    """Yield the commitments of the document; those of a newer version are refused line by line."""
    for some in source.object_batches(inside="commitments"):
        if isinstance(some, Skipped):
            yield some
        else:
            yield _found(*some)


def _found(lines: Sequence[int], rows: Sequence[dict[str, Any]]) -> list[Found]:
    columns, others = split(rows, _BLANKS)
    unknown = list(map(_unknown, others)) if any(others) else others
    wrong: dict[int, str] = {}
    told = read_columns(columns, unknown, wrong)
    blank = [""] * len(lines)
    return made({"uid": blank, "text": blank, **told, "line": list(lines)}, wrong)


def _unknown(others: dict[str, Any]) -> dict[str, Any]:
    """Return what the ledger has no place for: what a row has beyond its columns, and what another format had."""
    foreign = others.pop("unknown", None)
    rest = {name: one for name, one in others.items() if one != ""}
    # What another format had: never what the ledger says itself.
    known = foreign.items() if isinstance(foreign, dict) else ()
    return rest | {name: one for name, one in known if name not in HISTORY}


def write(items: Iterable[Item], file: BinaryIO) -> None:
    """Write the document, one commitment a line."""
    file.write(_BEGIN.encode())
    for i, item in enumerate(items):
        file.write((",\n" if i else "").encode() + _line(item).encode())
    file.write(b"\n]}\n")


def _line(item: Item) -> str:
    told = {name: value for name, value in row_of(item).items() if value is not None}
    # What another format had beyond the ledger's columns comes along, under its own names.
    if foreign := {name: value for name, value in item.unknown.items() if name not in HISTORY}:
        told["unknown"] = foreign
    return json.dumps(told, ensure_ascii=False, default=_day)


def _day(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError
