"""What a pair has done before a test begins: sessions that were held, terms that were said and signed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from peerkit import agreement, close_session, open_session, plan_session, template
from peerkit.journal import Journal
from peerkit.sessions import Session, answers, record_heard, write_answer
from peerkit.shapes import PAIR
from peerkit.templates import sheet

PEERS = ("Amara", "Jonas")
FIRST = date(2024, 3, 1)
# What the guide has to follow, and nothing else.
TERMS = {
    "cadence": "every week",
    "ways": ["a call"],
    "after-miss": "a smaller promise in its place",
}


def other(peer: str) -> str:
    """Return the other peer."""
    return PEERS[1 - PEERS.index(peer)]


def week(number: int) -> date:
    """Return the day of a weekly slot; the first one, of number 0, is Friday, 1 March 2024."""
    return FIRST + timedelta(weeks=number)


def hold(
    journal: Journal,
    on: date,
    *,
    focus: str = "Amara",
    kind: str = "weekly",
    heard: int | None = None,
    next_on: date | None = None,
) -> Session:
    """Return a session that was planned, opened and closed on its day."""
    with journal.writing():
        planned = plan_session(journal, template(kind), held_on=on, focus=focus, coach=other(focus))
        open_session(journal, planned.session_id)
        if heard is not None:
            record_heard(journal, planned.session_id, heard=heard)
        return close_session(journal, planned.session_id, next_on=next_on)


def say(journal: Journal, terms: dict[str, Any], *, author: str = PAIR) -> None:
    """Write terms of the agreement over what stands there."""
    phases = {prompt.id: phase.id for phase in sheet("agreement").phases for prompt in phase.prompts}
    with journal.writing():
        told = answers(journal, agreement.SHEET)
        for term, value in terms.items():
            revision = told.get((phases[term], term, author), {"revision": 0})["revision"]
            write_answer(
                journal,
                agreement.SHEET,
                phase=phases[term],
                prompt=term,
                author=author,
                value=value,
                revision=revision,
                visibility="shared",
            )


def agree(journal: Journal, *, on: date = FIRST, **terms: Any) -> agreement.Agreement:
    """Return an agreement that both have signed on one day; `no_show` stands for "no-show"."""
    with journal.writing():
        say(journal, TERMS | {term.replace("_", "-"): value for term, value in terms.items()})
        agreement.sign(journal, "Amara", PEERS, on=on)
        return agreement.sign(journal, "Jonas", PEERS, on=on)
