"""TOML from outside: what a person wrote by hand, or what came with a folder to do harm."""

from __future__ import annotations

import re
import tomllib
from typing import Any

# tomllib takes quadratic time and memory for the dots of a key; nobody needs so many.
_MAX_DOTS = 8
# Strings and comments, in which dots are harmless; one that never ends reaches to the end, so that each
# character is looked at once.
_TEXTS = re.compile(
    r'"""(?:\\.?|[^\\])*?(?:"{3,5}|\Z)'
    r"|'''.*?(?:'{3,5}|\Z)"
    r'|"(?:\\[^\n]?|[^"\\\n])*"?'
    r"|'[^'\n]*'?|#[^\n]*",
    re.DOTALL,
)
# What stands between two keys: values need no dots but those of numbers.
_BETWEEN = re.compile(r"[=\[\]{},]")


def parse_toml(raw: bytes) -> dict[str, Any]:
    """Return what the bytes of a TOML file say; a byte order mark, as some editors write it, is passed over.

    Raises:
        UnicodeDecodeError: If they are not UTF-8.
        ValueError: If they are not TOML, or a key has more than eight dots.
        RecursionError: If brackets are nested too deeply.
    """
    source = raw.decode("utf-8-sig")
    for number, line in enumerate(_without_texts(source).split("\n"), start=1):
        if any(part.count(".") > _MAX_DOTS for part in _BETWEEN.split(line)):
            msg = f"A key has more than {_MAX_DOTS} dots (at line {number}, column 1)"
            raise ValueError(msg)
    return tomllib.loads(source)


def _without_texts(source: str) -> str:
    """Return a source with nothing in the place of strings and comments but their line ends."""
    return _TEXTS.sub(lambda found: "\n" * found[0].count("\n"), source)
