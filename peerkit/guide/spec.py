"""What a form shows and never changes while it is on screen: its phase, its prompts, and who answers them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peerkit.guide import summaries
from peerkit.schema import Row
from peerkit.templates import Phase, Prompt

if TYPE_CHECKING:
    from peerkit.guide.room import Room


def authors(room: Room, prompt: Prompt) -> list[str]:
    """Return the peers who answer a prompt."""
    session = room.session
    return list(session.peers) if prompt.whose == "both" else [getattr(session, prompt.whose)]


def spec_of(room: Room, phase: Phase) -> Row:
    """Return what the form shows and never changes while it is on screen."""
    session = room.session
    phases = room.template.phases
    number = phases.index(phase)
    leads = {"both": "Both lead", "focus": f"{session.focus} leads", "coach": f"{session.coach} leads"}
    return {
        "session_id": session.session_id,
        "phase": phase.id,
        "title": phase.title,
        "number": number + 1,
        "of": len(phases),
        "leads": leads[phase.leads],
        "minutes": phase.minutes,
        "guidance": [
            {"peer": session.focus, "role": "focus person", "text": phase.guidance_focus},
            {"peer": session.coach, "role": "coach", "text": phase.guidance_coach},
        ],
        "after_heard": phase.after_heard,
        "lenders": [{"id": one.id, "title": one.title} for one in phases[number + 1 : -1]],
        "peers": list(session.peers),
        "focus": session.focus,
        "held_on": str(session.held_on),
        "audiences": summaries.AUDIENCES,
        "prompts": [_prompt(room, phase, prompt) for prompt in phase.prompts],
    }


def _prompt(room: Room, phase: Phase, prompt: Prompt) -> Row:
    answering = authors(room, prompt)
    shown = {
        name: getattr(prompt, name)
        for name in ("id", "kind", "text", "required", "help", "low", "high", "visibility")
    }
    former = {}
    if prompt.kind == "questions":
        former = {author: room.former_answer(phase.id, prompt.id, author) for author in answering}
    return {
        **shown,
        "also": list(prompt.also),
        "options": list(prompt.options),
        "authors": answering,
        "former": former,
    }
