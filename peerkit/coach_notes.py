"""The coach's notes at Close: handed to the focus person, erased, or kept, as the two agreed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from peerkit.sessions import Session, answers, write_answer

if TYPE_CHECKING:
    from peerkit.agreement import Agreement
    from peerkit.journal import Journal
    from peerkit.shapes import Template

# Where an answer is kept: session, phase, prompt, author.
Key: TypeAlias = tuple[str, str, str, str]

TERM: Final = "coach-notes"
# What the term's options stand for.
WAYS: Final = {
    "they are handed to the focus person": "hand_over",
    "they are destroyed": "destroy",
    "the coach keeps them": "keep",
}


def agreed(agreement: Agreement | None) -> str:
    """Return what the two agreed on: hand_over, destroy or keep; blank where they agreed on nothing."""
    return WAYS.get(agreement.term(TERM), "") if agreement is not None else ""


def notes_of(journal: Journal, session: Session, template: Template) -> list[Key]:
    """Return where the coach's notes of a session are kept: those that say something and are still private.

    In a phase with exchanged roles they are those of whoever coaches there.
    """
    told = answers(journal, session.session_id)
    places = [
        (phase.id, prompt.id, session.focus if phase.swap else session.coach)
        for phase in template.phases
        for prompt in phase.prompts
        if prompt.notes
    ]
    return [
        (session.session_id, *place)
        for place in places
        if place in told and told[place].get("value") and told[place]["visibility"] == "private"
    ]


def hand_over(journal: Journal, session: Session, template: Template) -> int:
    """Share the coach's notes: each is said again in a shared row. Return how many there were."""
    with journal.writing():
        told = answers(journal, session.session_id)
        keys = notes_of(journal, session, template)
        for session_id, phase, prompt, author in keys:
            state = told[phase, prompt, author]
            write_answer(
                journal,
                session_id,
                phase=phase,
                prompt=prompt,
                author=author,
                value=state["value"],
                revision=state["revision"],
                visibility="shared",
            )
    return len(keys)


def destroy(journal: Journal, session: Session, template: Template) -> int:
    """Erase the coach's notes for good, every version of them. Return how many rows there were.

    Raises:
        JournalError: If the journal cannot be written anew; it is then as it was.
    """
    from peerkit.forget import forget_answers  # here, because it is for once in a while

    return forget_answers(journal, notes_of(journal, session, template)).rows
