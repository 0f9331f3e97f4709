"""Which session fits next, and why: a first meeting, a review, a repair, a short one, or the usual."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from peerkit import agreement, ruptures
from peerkit.sessions import DAILY_CARD, Session, answers, list_sessions, write_answer
from peerkit.templates import USUAL, readable_templates

if TYPE_CHECKING:
    from peerkit.journal import Journal

# Every tenth session is a review.
REVIEW_EVERY = 10
# What was put aside is kept under this name, in the place of a session's id.
_SHEET = "suggestions"


@dataclass(frozen=True)
class Suggestion:
    """A template, and why. `name` is what it can be put aside under; blank for the usual session."""

    template: str
    reason: str
    name: str = ""


def suggest(
    journal: Journal,
    peers: tuple[str, str],
    *,
    today: date,
    folder: Path | None = None,
    is_short: bool = False,
) -> Suggestion:
    """Return which template fits the next session, with its reason in one sentence.

    In this order: a half-hour where time is short; a first meeting where no agreement is signed by both; a
    repair after a rupture sign; a review in every tenth session; otherwise the usual one. What was put aside
    (`put_aside`) is not suggested again for the same reason. Any of them may be left for another.

    Args:
        journal: Where the history is.
        peers: The pair.
        today: The day it is.
        folder: The workspace's own templates.
        is_short: The pair says that time is short.
    """
    readable = readable_templates(folder=folder)[0]
    usable = {one.name for one in readable}
    aside = {name for (_, name, _) in answers(journal, _SHEET)}
    for one in _reasons(journal, peers, today=today, folder=folder, is_short=is_short):
        if one.template in usable and not (one.name and one.name in aside):
            return one
    if USUAL in usable:
        return Suggestion(USUAL, "The usual session.")
    others = [one.name for one in readable if one.floor == "focus"] or sorted(usable - {DAILY_CARD})
    return Suggestion(others[0] if others else USUAL, f"Your own {USUAL} has a mistake, and cannot be used.")


def put_aside(journal: Journal, name: str) -> None:
    """Do not suggest this again for the same reason."""
    write_answer(
        journal, _SHEET, phase="aside", prompt=name, author=journal.author, value="not now", revision=0
    )


def _reasons(
    journal: Journal, peers: tuple[str, str], *, today: date, folder: Path | None, is_short: bool
) -> list[Suggestion]:
    found = [Suggestion("half-hour", "You have little time today.")] if is_short else []
    if agreement.in_force(journal, peers) is None:
        found.append(_first_meeting(agreement.waits_for(journal, peers)))
    found += [
        Suggestion("repair", f"{sign.said} A repair session gives that room.", sign.name)
        for sign in ruptures.signs(journal, peers, today=today, folder=folder)
    ]
    held = _since_review(list_sessions(journal), folder)
    # Every ninth session is a new reason, and told apart by its id.
    reasons = held[REVIEW_EVERY - 2 :: REVIEW_EVERY - 1]
    if reasons:
        said = f"{len(held)} sessions lie behind you since the beginning or the last review: a good moment to look back."
        found.append(Suggestion("ten-session-review", said, f"review-{reasons[-1].session_id}"))
    return found


def _first_meeting(waiting: list[str]) -> Suggestion:
    """Return the first meeting for its reason: no agreement at all, or one that somebody has not signed."""
    if len(waiting) == 1:
        said = f"{waiting[0]} has not signed your agreement yet. A first meeting has room for that."
        return Suggestion("first-meeting", said, f"unsigned-{waiting[0]}")
    return Suggestion(
        "first-meeting", "You have no agreement yet. A first meeting makes one.", "first-meeting"
    )


def sessions_since_review(history: Sequence[Session], *, folder: Path | None = None) -> int:
    """Return how many sessions were held since the last review, or since the beginning.

    A session made from a copy of the review counts as one.
    """
    return len(_since_review(history, folder))


def _since_review(history: Sequence[Session], folder: Path | None) -> list[Session]:
    held: list[Session] = []
    for one in history:
        if one.took_place and ruptures.is_made_from(one.template, "ten-session-review", folder=folder):
            held = []
        elif one.took_place and one.floor in ("focus", "both"):
            held.append(one)
    return held
