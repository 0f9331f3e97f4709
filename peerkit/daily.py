"""The daily card: a few questions of one's own about effort, answered each day, and their trend."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from peerkit import sessions
from peerkit.errors import SessionError
from peerkit.schema import VISIBILITIES, Row, clean, known
from peerkit.sessions import DAILY_CARD, Session, answers, list_sessions, plan_session, write_answer
from peerkit.shapes import Prompt
from peerkit.templates import template

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from peerkit.journal import Journal

MAX_QUESTIONS = 10
# How a question may be answered, and what its answers are worth from 0 to 10.
HOW = {"scale": tuple(str(number) for number in range(11)), "yes-no": ("yes", "no")}
IN_WORDS = {"scale": "0 to 10", "yes-no": "yes or no"}
_WORTH = {**{number: float(number) for number in HOW["scale"]}, "yes": 10.0, "no": 0.0}
# What every row has of its own, and no row says again for another.
_OF_A_ROW = ("row_id", "recorded_at", "author", "visibility")
# Whether the partner may see one's cards is kept under the template's name, in the place of a session's id.
_CHOICE = {"session_id": DAILY_CARD, "phase": "sharing", "prompt": "cards"}
_PRAISE = (
    "You took a moment for what matters to you. Well done.",
    "You looked at today honestly. That takes some courage.",
    "You tried, and you noticed it. Both are worth something.",
    "A low number that is true is worth as much as a high one. Thank you for looking.",
    "You asked yourself what you want to be asked. Well done.",
)


def find_card(journal: Journal, me: str, *, on: date) -> Session | None:
    """Return the card of a day, or None where none was begun."""
    return next((one for one in _own(journal, me) if one.held_on == on), None)


def card_of(journal: Journal, me: str, *, on: date, folder: Path | None = None) -> Session:
    """Return the card of a day, opened; it is made when it is not there.

    Args:
        journal: Where it is kept.
        me: Whose card it is. It has no coach, so it needs no partner.
        on: The day.
        folder: The workspace's own templates.
    """
    with journal.writing():
        card = find_card(journal, me, on=on)
        if card is None:
            # Whatever an own template says: a card is nobody's turn.
            shape = replace(template(DAILY_CARD, folder=folder), floor="apart")
            seen_by = _visibility(is_shared(journal, me))
            card = plan_session(journal, shape, held_on=on, focus=me, coach="", visibility=seen_by)
        return sessions.open_session(journal, card.session_id)


def questions(journal: Journal, me: str, *, before: date | None = None) -> list[Row]:
    """Return the questions of one's newest card, each {"question", "how"}; an empty list where there is none.

    Args:
        journal: Where the cards are kept.
        me: Whose cards.
        before: Only cards of earlier days.
    """
    for card in reversed(_own(journal, me)):
        if (before is None or card.held_on < before) and (asked := read(journal, card)):
            return [{"question": one["question"], "how": one["how"]} for one in asked]
    return []


def read(journal: Journal, card: Session) -> list[Row]:
    """Return a card's questions with their answers as they stand: {"question", "how", "answer"}.

    An answer is "0" to "10", "yes" or "no", or None where it was left out.
    """
    told = answers(journal, card.session_id).items()
    values = [state.get("value") for (_, _, author), state in told if author == card.focus]
    listed: list[Any] = [value for value in values if _lists_questions(value)]
    return [_plain(one) for one in (listed[-1] if listed else []) if str(one["question"]).strip()]


def keep(journal: Journal, card: Session, given: list[Row], *, folder: Path | None = None) -> None:
    """Keep the questions of a card with their answers, in the place of those that it had.

    Args:
        journal: Where it is kept.
        card: From `card_of`.
        given: Up to ten of {"question", "how", "answer"}; how is "scale" (answered "0" to "10") or "yes-no";
            an answer may be None. What has no question is left out.
        folder: The workspace's own templates.

    Raises:
        SessionError: If there is no question, there are more than ten, or an answer does not fit.
    """
    wanted = [one for one in given if str(one.get("question") or "").strip()]
    checked = [_checked(number, one) for number, one in enumerate(wanted, start=1)]
    _check_number(checked)
    phase, prompt = place(folder)
    with journal.writing():
        before = answers(journal, card.session_id).get((phase, prompt, card.focus), {})
        write_answer(
            journal,
            card.session_id,
            phase=phase,
            prompt=prompt,
            author=card.focus,
            value=checked,
            revision=before.get("revision", 0),
            visibility=_visibility(is_shared(journal, card.focus)),
        )


def finish(journal: Journal, card: Session) -> Session:
    """Close a card for the day and return it; it can still be changed.

    Raises:
        SessionError: If it has no question.
    """
    _check_number(read(journal, card))
    return sessions.close_session(journal, card.session_id)


def place(folder: Path | None = None) -> tuple[str, str]:
    """Return the phase and prompt in which the template asks one's own questions.

    Raises:
        SessionError: If an own template of this name asks none.
    """
    for phase in template(DAILY_CARD, folder=folder).phases:
        for prompt in phase.prompts:
            if prompt.kind == "questions":
                return phase.id, prompt.id
    msg = f"The template {DAILY_CARD} asks no questions of one's own. Give it a prompt of kind questions."
    raise SessionError(msg)


def as_shared(prompt: Prompt, *, is_shared: bool) -> Prompt:
    """Return a prompt of the card with who may see its answer: of one's own questions it is one's choice."""
    return replace(prompt, visibility=_visibility(is_shared)) if prompt.kind == "questions" else prompt


def is_shared(journal: Journal, me: str) -> bool:
    """Return whether the partner may see one's cards; not before one has said so."""
    return bool(known(journal.rows("answers", **_CHOICE, author=me)).get("value"))


def share(journal: Journal, me: str, *, is_shared: bool) -> None:
    """Let the partner see one's cards, those to come too, or keep them to oneself from now on.

    What changes is who may see the questions and answers; what is shared now is said again, so that the rows
    before stay private. Anything else on a card stays as private as it was.

    Args:
        journal: Where they are kept.
        me: Whose cards.
        is_shared: The partner may see them.
    """
    seen_by = _visibility(is_shared)
    with journal.writing() as writer:
        for card in _own(journal, me):
            key = {"session_id": card.session_id}
            state = known(writer.rows("sessions", **key))
            if state["visibility"] != seen_by:
                said = {name: told for name, told in state.items() if name not in _OF_A_ROW}
                writer.add("sessions", {**(said if is_shared else key), "visibility": seen_by})
            for (phase, prompt, author), state in answers(journal, card.session_id).items():
                if author == me and _lists_questions(state.get("value")) and state["visibility"] != seen_by:
                    row = {**key, "phase": phase, "prompt": prompt, "author": author}
                    said = {name: state[name] for name in ("value", "revision")} if is_shared else {}
                    writer.add("answers", {**row, **said, "visibility": seen_by})
        revision = known(writer.rows("answers", **_CHOICE, author=me)).get("revision", 0)
        write_answer(journal, **_CHOICE, author=me, value=is_shared, revision=revision)


def trend(journal: Journal, me: str, *, since: date | None = None) -> pd.DataFrame:
    """Return one's answers over time, one row per day and question.

    Args:
        journal: Where the cards are kept.
        me: Whose cards.
        since: The first day; all when left out.

    Returns:
        day (`datetime64[us]`), question, how (`str`), effort (`float64`, 0 to 10; yes is 10, no is 0), in
        order of days and, within one, of the card. A question that was not answered has no row. No card
        gives a table without rows.
    """
    import pandas as pd  # here, because today's card must not wait for it

    rows = [
        (card.held_on, one["question"], one["how"], _WORTH[one["answer"]])
        for card in _own(journal, me)
        if since is None or card.held_on >= since
        for one in {asked["question"]: asked for asked in read(journal, card)}.values()
        if one["answer"] is not None
    ]
    days, asked, how, effort = zip(*rows, strict=True) if rows else ((), (), (), ())
    return pd.DataFrame(
        {
            "day": pd.Series(days, dtype="datetime64[us]"),
            "question": pd.Series(asked, dtype="str"),
            "how": pd.Series(how, dtype="str"),
            "effort": pd.Series(effort, dtype="float64"),
        }
    )


def praise(on: date) -> str:
    """Return a word of praise for looking at a day; it does not depend on what was answered."""
    return _PRAISE[on.toordinal() % len(_PRAISE)]


def _own(journal: Journal, me: str) -> list[Session]:
    """Return one's cards in the order of their days."""
    return [
        one for one in list_sessions(journal) if one.is_card and one.focus == me and one.status != "missed"
    ]


def _visibility(is_shared: bool) -> str:
    private, shared = VISIBILITIES
    return shared if is_shared else private


def _lists_questions(value: Any) -> bool:
    return (
        bool(value)
        and isinstance(value, list)
        and all(isinstance(one, dict) and "question" in one for one in value)
    )


def _plain(one: Row) -> Row:
    """Return a question as it stands; what a journal from elsewhere holds beside it is left out."""
    how, told = str(one.get("how")), str(one.get("answer"))
    how = how if how in HOW else "scale"
    return {
        "question": clean(str(one["question"])).strip(),
        "how": how,
        "answer": told if told in HOW[how] else None,
    }


def _checked(number: int, one: Row) -> Row:
    how, told = one.get("how") or "scale", one.get("answer")
    if how not in HOW:
        msg = f"Question {number} can be answered in one of these ways: {', '.join(HOW)}."
        raise SessionError(msg)
    if told not in (None, "") and str(told) not in HOW[how]:
        msg = (
            f"Question {number} is answered with {IN_WORDS[how]}. Leave it empty if you would rather not say."
        )
        raise SessionError(msg)
    return _plain({**one, "how": how, "question": " ".join(clean(str(one["question"])).split())})


def _check_number(asked: list[Row]) -> None:
    if not asked:
        msg = "This card has no question yet. Write one that begins: How hard did I try to ..."
        raise SessionError(msg)
    if len(asked) > MAX_QUESTIONS:
        msg = f"A card has up to {MAX_QUESTIONS} questions; this one has {len(asked)}. Leave some out."
        raise SessionError(msg)
