"""The map of who is a step ahead and who behind, and what it says about advice on a topic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from peerkit.sessions import answers

if TYPE_CHECKING:
    from peerkit.journal import Journal

# Its answers are kept under this name, in the place of a session's id.
SHEET = "ahead-behind"
PLACES = ("behind", "even", "ahead")


def places(journal: Journal) -> dict[str, dict[str, str]]:
    """Return where each peer stands beside the other: {peer: {area: "behind", "even" or "ahead"}}."""
    told: dict[str, dict[str, str]] = {}
    for (_, prompt, author), state in answers(journal, SHEET).items():
        value: Any = state.get("value")
        if prompt == "areas" and isinstance(value, dict):
            told[author] = {area: place for area, place in value.items() if place in PLACES}
    return told


def hint(journal: Journal, area: str, *, focus: str, coach: str) -> str:
    """Return in one line whether the coach's own experience may help with a topic, or questions serve better.

    Both say where they stand beside the other: the coach ahead is the focus person behind. Where they see
    it differently, or neither has said, there is nothing to tell.

    Args:
        journal: Where the map is kept.
        area: The area of life that the topic is about.
        focus: The focus person.
        coach: The coach.
    """
    told = places(journal)
    steps = [PLACES.index(told[coach][area]) - 1] if area in told.get(coach, {}) else []
    steps += [1 - PLACES.index(told[focus][area])] if area in told.get(focus, {}) else []
    if not steps or min(steps) * max(steps) < 0:
        return ""
    step = sum(steps)
    if step > 0:
        return (
            f"On {area} {coach} is a step ahead: something from own experience may help, if {focus} wants it."
        )
    if step < 0:
        return f"On {area} {focus} is the one ahead: questions may serve better than advice."
    return f"On {area} you are about even: ask first, and compare notes after that."
