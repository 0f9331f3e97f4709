"""A Markdown table to read or to paste; it is not read back. For that there are Obsidian Tasks and JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import BinaryIO

from peerkit.formats.columns import row_of
from peerkit.formats.items import Item

_SHOWN = ("peer", "text", "due_on", "outcome", "closed_on", "area", "notes")
# What Markdown or HTML would take for more than a sign.
_SIGNS = re.compile(r"([\\`*_\[\]<>|#~])")


def write(items: Iterable[Item], file: BinaryIO) -> None:
    """Write one row per item, with the columns that people read; every text stands as it is."""
    file.write(f"| {' | '.join(name.replace('_', ' ') for name in _SHOWN)} |\n".encode())
    file.write(("|" + " --- |" * len(_SHOWN) + "\n").encode())
    for item in items:
        row = row_of(item)
        row["outcome"] = (
            f"partly ({item.fraction:.0%})"
            if item.outcome == "partly" and item.fraction is not None
            else item.outcome
        )
        told = ("" if row[name] is None else str(row[name]) for name in _SHOWN)
        file.write(f"| {' | '.join(map(_plain, told))} |\n".encode())


def _plain(text: str) -> str:
    return _SIGNS.sub(r"\\\1", text).replace("&", "&amp;").replace("\n", "<br>")
