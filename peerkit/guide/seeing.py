"""Who may see the answers of a form: what its locks show, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from peerkit.schema import Row
from peerkit.sessions import usual_visibilities

if TYPE_CHECKING:
    from peerkit.guide.answering import Field
    from peerkit.journal import Journal

# By where an answer is kept and its phase: what an author chose for a prompt the last time.
Usual: TypeAlias = dict[tuple[str, str], Mapping[tuple[str, str], str]]
# Their answers are no answer: what is half written of a commitment, which has a visibility of its own, and what
# is kept elsewhere.
UNLOCKED = ("commitments", "review", "terms", "agreement")


def of(journal: Journal, fields: Mapping[str, Field], usual: Usual) -> dict[str, Row]:
    """Return of each field {"visibility", "was_shared"}, by its key.

    Without an answer the visibility is what its author chose the last time for this prompt, or else the
    template's. Coach's notes begin private each time: what was handed over once is no choice for the next hour.
    `was_shared` says that it is private now, and something of it was shared before.

    Args:
        journal: Where the answers are kept.
        fields: By their keys.
        usual: What was chosen before, by place: filled here, and kept by the form, for it does not change while
            the form is there.
    """
    rows = {name: _by_place(journal, name) for name in {field.kept_in for field in fields.values()}}
    for place in {(field.kept_in, field.phase) for field in fields.values()} - usual.keys():
        usual[place] = usual_visibilities(journal, *place)
    shown = {}
    for key, field in fields.items():
        if field.prompt.kind in UNLOCKED:
            continue
        told = rows[field.kept_in].get((field.phase, field.prompt.id, field.author), [])
        chosen = (
            None
            if field.prompt.notes
            else usual[field.kept_in, field.phase].get((field.prompt.id, field.author))
        )
        visibility = told[-1]["visibility"] if told else chosen or field.prompt.visibility
        was_shared = any(
            row["visibility"] == "shared" and row["value"] not in (None, "", [], {}) for row in told
        )
        shown[key] = {"visibility": visibility, "was_shared": visibility == "private" and was_shared}
    return shown


def _by_place(journal: Journal, session_id: str) -> dict[tuple[str, str, str], list[Row]]:
    found: dict[tuple[str, str, str], list[Row]] = {}
    for row in journal.rows("answers", session_id=session_id):
        found.setdefault((row["phase"], row["prompt"], row["author"]), []).append(row)
    return found
