"""What a form shows and never changes while it is on screen: its phase, its prompts, and who answers them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peerkit import agreement
from peerkit.guide import summaries
from peerkit.schema import Row
from peerkit.shapes import AREAS, PAIR, Phase, Prompt
from peerkit.templates import sheet

if TYPE_CHECKING:
    from peerkit.guide.room import Room


def authors(room: Room, phase: Phase, prompt: Prompt) -> list[str]:
    """Return the peers who answer a prompt; of one that the pair answers together, that name alone."""
    focus, coach = room.roles(phase)
    of = {"both": list(room.session.peers), "pair": [PAIR], "focus": [focus], "coach": [coach]}
    return of[prompt.whose]


def spec_of(room: Room, phase: Phase) -> Row:
    """Return what the form shows and never changes while it is on screen."""
    session = room.session
    focus, coach = room.roles(phase)
    roles = room.template.roles
    phases = room.template.phases
    number = phases.index(phase)
    leads = {"both": "Both lead", "focus": f"{focus} leads", "coach": f"{coach} leads"}
    return {
        "session_id": session.session_id,
        "phase": phase.id,
        "title": phase.title,
        "number": number + 1,
        "of": len(phases),
        "leads": leads[phase.leads],
        "minutes": phase.minutes,
        "guidance": [
            {"peer": peer, "role": role, "text": text}
            for peer, role, text in (
                (focus, roles[0], phase.guidance_focus),
                (coach, roles[1], phase.guidance_coach),
            )
            if peer
        ],
        "after_heard": phase.after_heard,
        "lenders": [{"id": one.id, "title": one.title} for one in phases[number + 1 : -1]],
        "peers": list(session.peers),
        "focus": focus,
        "held_on": str(session.held_on),
        "audiences": summaries.AUDIENCES,
        "areas": list(AREAS),
        "prompts": [_prompt(room, phase, prompt) for prompt in phase.prompts],
    }


def prompt_of(prompt: Prompt, answering: list[str]) -> Row:
    """Return one prompt as a form shows it, with who answers it."""
    shown = {
        name: getattr(prompt, name)
        for name in (
            "id",
            "kind",
            "text",
            "required",
            "help",
            "low",
            "high",
            "visibility",
            "own",
            "by",
            "begins",
        )
    }
    return {
        **shown,
        "also": list(prompt.also),
        "options": list(prompt.options),
        "authors": answering,
        "former": {},
    }


def terms_of(room: Room) -> dict[str, tuple[Phase, Prompt]]:
    """Return the terms of the pair's agreement by their ids, each with its phase."""
    shape = sheet(agreement.SHEET, folder=room.workspace.templates)
    return {prompt.id: (phase, prompt) for phase in shape.phases for prompt in phase.prompts}


def _prompt(room: Room, phase: Phase, prompt: Prompt) -> Row:
    answering = authors(room, phase, prompt)
    shown = prompt_of(prompt, answering)
    if prompt.kind == "questions":
        shown["former"] = {author: room.former_answer(phase.id, prompt.id, author) for author in answering}
    if prompt.kind == "terms":
        terms = terms_of(room)
        asked = [terms[name] for name in prompt.options if name in terms]
        shown["prompts"] = [
            {**prompt_of(term, authors(room, place, term)), "id": f"{agreement.SHEET}:{term.id}"}
            for place, term in asked
        ]
    return shown
