"""A template as an agenda in the terminal: what happens when, what each may say, and what is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from peerkit.shapes import Phase, Prompt, Template

_WHOSE = {"focus": "focus person", "coach": "coach", "both": "both, each", "pair": "both together"}


@dataclass(frozen=True)
class Line:
    """One paragraph, and how it looks ("bold", "dim" or plain)."""

    text: str
    style: str = ""


def lines(template: Template) -> Iterator[Line]:
    """Yield a template paragraph by paragraph."""
    yield Line(f"{template.title} · {template.minutes} minutes", "bold")
    yield from (Line(text) for text in (template.about, template.when) if text)
    starts_at = 0
    for phase in template.phases:
        yield Line("")
        yield from _phase(phase, starts_at, template.roles)
        starts_at += phase.minutes
    if template.credit:
        yield Line("")
        yield Line(template.credit, "dim")


def _phase(phase: Phase, starts_at: int, names: tuple[str, str]) -> Iterator[Line]:
    first, second = (name.capitalize() for name in names)
    leads = {"both": "both lead", "focus": "the focus person leads", "coach": "the coach leads"}
    roles = ", roles exchanged" if phase.swap else ""
    yield Line(
        f"{starts_at:>3} min  {phase.title} · {phase.minutes} minutes, {leads[phase.leads]}{roles}", "bold"
    )
    yield Line(f"  {first}: {phase.guidance_focus}")
    yield Line(f"  {second}: {phase.guidance_coach}")
    for prompt in phase.prompts:
        yield from _prompt(prompt)


def _prompt(prompt: Prompt) -> Iterator[Line]:
    private = ", private" if prompt.visibility == "private" else ""
    yield Line(f"  · {prompt.text} ({_WHOSE[prompt.whose]}{private})")
    yield from (Line(f"      or: {other}", "dim") for other in prompt.also)
