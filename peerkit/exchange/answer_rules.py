"""Which rows are of a kind that travels, and whether an answer that came fits the question it answers here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from peerkit import agreement, ahead_behind
from peerkit.answer_check import check_answer
from peerkit.errors import PeerkitError, SessionError
from peerkit.schema import KEYED_BY, Row, known_by
from peerkit.shapes import RESERVED, Template
from peerkit.templates import sheet, template

# An id as `Journal.new_id` makes it. What peerkit itself keeps under other names, such as the records of an import,
# is nobody else's to write.
_ID = re.compile(r"[0-9a-hjkmnp-tv-z]{12}")
_SHEETS = (agreement.SHEET, ahead_behind.SHEET)


def may_travel(table: str, row: Row) -> bool:
    """Return whether a row is of a kind that goes from one peer to the other.

    Sessions and commitments, answers in a session, and the pair's own sheets; not what a form keeps for itself: its
    timer, and a commitment that was half written (a dict), of which nobody has said yet who may see it.
    """
    if table == "tombstones":
        return True
    if _ID.fullmatch(row[KEYED_BY[table]]) is None:
        return table == "answers" and row["session_id"] in _SHEETS
    return table != "answers" or (row["prompt"] not in RESERVED and not isinstance(row["value"], dict))


class Questions:
    """The questions of the templates in this workspace.

    Args:
        changes: All rows about sessions, in the order of a journal.
        folder: The workspace's own templates.
    """

    def __init__(self, changes: Iterable[Row], folder: Path) -> None:
        states = known_by(changes, "session_id").items()
        self._names = {key: state.get("template") for (key,), state in states}
        self._folder = folder
        self._shapes: dict[Any, Template | None] = {}

    def take(self, row: Row) -> bool:
        """Return whether a form can show this answer; one to a question that is not asked here is shown nowhere.

        What may be chosen is not compared: the other's template may offer more.
        """
        shape = self._shape(row["session_id"])
        asked = [
            prompt
            for phase in (shape.phases if shape else ())
            for prompt in phase.prompts
            if (phase.id, prompt.id) == (row["phase"], row["prompt"])
        ]
        try:
            for prompt in asked if row["value"] is not None else ():
                check_answer(replace(prompt, own=True), row["value"])
        except SessionError:
            return False
        return True

    def _shape(self, key: str) -> Template | None:
        is_sheet = key in _SHEETS
        name = key if is_sheet else self._names.get(key)
        if name not in self._shapes:
            try:
                found = (sheet if is_sheet else template)(name or "", folder=self._folder)
            except PeerkitError:
                found = None
            self._shapes[name] = found
        return self._shapes[name]
