"""The daily card: a few questions of one's own about effort, answered each day, and their trend."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from peerkit import sessions
from peerkit.errors import SessionError
from peerkit.schema import Row, clean
from peerkit.sessions import Session, list_sessions, plan_session, write_answer
from peerkit.templates import template

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from peerkit.journal import Journal

TEMPLATE = "daily-card"
MAX_QUESTIONS = 10
# How a question may be answered, and what its answers are worth from 0 to 10.
HOW = {"scale": tuple(str(number) for number in range(11)), "yes-no": ("yes", "no")}
_WORTH = {"yes": 10.0, "no": 0.0}


def card_of(journal: Journal, me: str, partner: str, *, on: date, folder: Path | None = None) -> Session:
    """Return the card of a day, opened; it is made when it is not there.

    Args:
        journal: Where it is kept.
        me: Whose card it is.
        partner: The other peer, who is not asked for anything.
        on: The day.
        folder: The workspace's own templates.
    """
    with journal.writing():
        for one in list_sessions(journal):
            if (one.template, one.held_on, one.focus) == (TEMPLATE, on, me) and one.status != "missed":
                return sessions.open_session(journal, one.session_id)
        shape = template(TEMPLATE, folder=folder)
        planned = plan_session(journal, shape, held_on=on, focus=me, coach=partner)
        return sessions.open_session(journal, planned.session_id)


def questions(journal: Journal, me: str) -> list[Row]:
    """Return the questions of one's newest card, each {"question", "how"}; an empty list before the first."""
    cards = _cards(journal, me)
    newest = cards[-1][1] if cards else []
    return [{"question": one["question"], "how": one["how"]} for one in newest]


def answer(
    journal: Journal,
    session: Session,
    given: list[Row],
    *,
    folder: Path | None = None,
    is_shared: bool = False,
) -> None:
    """Keep a card: its questions with their answers, and close it.

    Args:
        journal: Where it is kept.
        session: From `card_of`.
        given: Up to ten of {"question", "how", "answer"}; how is "scale" (answered "0" to "10") or "yes-no";
            an answer may be None.
        folder: The workspace's own templates.
        is_shared: The partner may see it; private otherwise.

    Raises:
        SessionError: If there is no question, there are more than ten, or an answer does not fit.
    """
    checked = [_checked(one) for one in given if str(one.get("question") or "").strip()]
    if not 1 <= len(checked) <= MAX_QUESTIONS:
        msg = (
            f"A daily card has 1 to {MAX_QUESTIONS} questions; this one has {len(checked)}. Write one that begins:"
            " How hard did I try to ..."
        )
        raise SessionError(msg)
    phase, prompt = _place(folder)
    before = sessions.answers(journal, session.session_id).get((phase, prompt, session.focus), {})
    with journal.writing():
        write_answer(
            journal,
            session.session_id,
            phase=phase,
            prompt=prompt,
            author=session.focus,
            value=checked,
            revision=before.get("revision", 0),
            visibility="shared" if is_shared else "private",
        )
        sessions.close_session(journal, session.session_id)


def trend(journal: Journal, me: str, *, since: date | None = None) -> pd.DataFrame:
    """Return one's answers over time, one row per day and question.

    Args:
        journal: Where the cards are kept.
        me: Whose cards.
        since: The first day; all when left out.

    Returns:
        day (`datetime64[us]`), question (`str`), effort (`float64`, 0 to 10; yes is 10, no is 0), in order of
        days and, within one, of the card. A question that was not answered has no row. No card gives a table
        without rows.
    """
    import pandas as pd

    rows = [
        (
            day,
            one["question"],
            _WORTH.get(one["answer"], -1.0) if one["how"] == "yes-no" else float(one["answer"]),
        )
        for day, card in _cards(journal, me)
        for one in card
        if one.get("answer") is not None and (since is None or day >= since)
    ]
    days, asked, effort = zip(*rows, strict=True) if rows else ((), (), ())
    return pd.DataFrame(
        {
            "day": pd.Series(days, dtype="datetime64[us]"),
            "question": pd.Series(asked, dtype="str"),
            "effort": pd.Series(effort, dtype="float64"),
        }
    )


def _checked(one: Row) -> Row:
    how, told = one.get("how", "scale"), one.get("answer")
    if how not in HOW:
        msg = f"A question is answered by one of: {', '.join(HOW)}."
        raise SessionError(msg)
    if told in (None, ""):
        told = None
    elif str(told) not in HOW[how]:
        msg = (
            f"This question takes one of: {', '.join(HOW[how])}. Leave it empty if you would rather not say."
        )
        raise SessionError(msg)
    return {
        "question": clean(str(one["question"])).strip(),
        "how": how,
        "answer": None if told is None else str(told),
    }


def _place(folder: Path | None) -> tuple[str, str]:
    """Return the phase and prompt in which the template asks one's own questions.

    Raises:
        SessionError: If an own template of this name asks none.
    """
    for phase in template(TEMPLATE, folder=folder).phases:
        for prompt in phase.prompts:
            if prompt.kind == "questions":
                return phase.id, prompt.id
    msg = f"The template {TEMPLATE} asks no questions of one's own. Give it a prompt of kind questions."
    raise SessionError(msg)


def _cards(journal: Journal, me: str) -> list[tuple[date, list[Any]]]:
    """Return the cards that were filled in, oldest first: the day, and what was asked and answered."""
    days = {
        one.session_id: one.held_on
        for one in list_sessions(journal)
        if one.template == TEMPLATE and one.focus == me
    }
    latest: dict[str, list[Any]] = {}
    for row in journal.rows("answers", author=me):
        if row["session_id"] in days and isinstance(row["value"], list):
            latest[row["session_id"]] = row["value"]
    told = [
        (days[name], [one for one in card if isinstance(one, dict) and one.get("question")])
        for name, card in latest.items()
    ]
    return sorted((pair for pair in told if pair[1]), key=lambda pair: pair[0])
