"""What an answer may be, by the kind of its prompt: checked before it is kept, told in one sentence."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from peerkit.ahead_behind import PLACES
from peerkit.errors import SessionError
from peerkit.shapes import HELPS, Prompt

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?")


def check_answer(prompt: Prompt, value: Any) -> None:
    """Refuse an answer that does not fit its prompt; an empty one fits, except where heard is asked.

    Raises:
        SessionError: Says what the prompt takes, and not what was given: it may be what somebody typed.
    """
    if value in (None, "", [], {}) and type(value) is not int and prompt.kind != "heard":
        return
    if not _FITS.get(prompt.kind, _is_draft)(prompt, value):
        msg = f"This field takes {_TAKES.get(prompt.kind, 'what its own controls give')}. Nothing was saved."
        raise SessionError(msg)


def _is_text(prompt: Prompt, value: Any) -> bool:
    return isinstance(value, str)


def _is_number(prompt: Prompt, value: Any) -> bool:
    return type(value) is int and value in range(11)


def _is_choice(prompt: Prompt, value: Any) -> bool:
    options = prompt.options or (HELPS if prompt.kind == "help" else ())
    return isinstance(value, str) and (prompt.own or value in options)


def _are_choices(prompt: Prompt, value: Any) -> bool:
    return isinstance(value, list) and all(_is_choice(prompt, one) for one in value)


def _is_day(prompt: Prompt, value: Any) -> bool:
    try:
        return isinstance(value, str) and len(value) == len("2026-11-28") and bool(date.fromisoformat(value))
    except ValueError:
        return False


def _is_time(prompt: Prompt, value: Any) -> bool:
    return isinstance(value, str) and _TIME.fullmatch(value) is not None


def _are_questions(prompt: Prompt, value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, dict) and isinstance(one.get("question"), str) for one in value
    )


def _is_map(prompt: Prompt, value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(place, str) and place in PLACES for place in value.values()
    )


def _is_draft(prompt: Prompt, value: Any) -> bool:
    """Return whether it is a commitment that was half written: plain values by their names."""
    return isinstance(value, dict) and all(
        one is None or isinstance(one, str | int | float) for one in value.values()
    )


_FITS: dict[str, Callable[[Prompt, Any], bool]] = {
    "line": _is_text,
    "text": _is_text,
    "scale": _is_number,
    "heard": _is_number,
    "choice": _is_choice,
    "help": _is_choice,
    "checklist": _are_choices,
    "date": _is_day,
    "time": _is_time,
    "questions": _are_questions,
    "map": _is_map,
}
_TAKES = {
    "line": "a text",
    "text": "a text",
    "scale": "a whole number from 0 to 10",
    "heard": "a whole number from 0 to 10",
    "choice": "one of its options",
    "help": "one of its options",
    "checklist": "a list of its options",
    "date": "a day, written as 2026-11-28",
    "time": "a time of day, written as 17:45",
    "questions": "a list of questions",
    "map": f"for each area one of {', '.join(PLACES)}",
}
