"""A template as an agenda in the terminal: what happens when, what each may say, and what is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from peerkit.shapes import Phase, Prompt, Template
from peerkit.templates import sheet

_WHOSE = {"focus": "focus person", "coach": "coach", "both": "both, each", "pair": "both together"}


@dataclass(frozen=True)
class Line:
    """One paragraph, and how it looks ("bold", "dim" or plain)."""

    text: str
    style: str = ""


def lines(template: Template, *, folder: Path | None = None) -> Iterator[Line]:
    """Yield a template paragraph by paragraph, with all that it says.

    Args:
        template: The session.
        folder: The workspace's own templates, where the terms of its agreement may stand.

    Raises:
        TemplateError: If the sheet of the agreement has a mistake.
    """
    yield Line(f"{template.title} · {template.minutes} minutes", "bold")
    yield from (Line(text) for text in (template.about, template.when) if text)
    starts_at = 0
    for phase in template.phases:
        yield Line("")
        yield from _phase(phase, starts_at, template.roles)
        for prompt in phase.prompts:
            yield from _prompt(prompt)
            yield from _terms(prompt, folder)
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
    for help_, texts in phase.when_asked.items():
        yield Line(f"  {second}, when asked for this: {help_}", "dim")
        yield from (Line(f"    - {text}", "dim") for text in texts)


def _prompt(prompt: Prompt) -> Iterator[Line]:
    private = ", private" if prompt.visibility == "private" else ""
    yield Line(f"  · {prompt.text} ({_WHOSE[prompt.whose]}{private})")
    yield from (Line(f"      or: {other}", "dim") for other in prompt.also)
    if prompt.low or prompt.high:
        yield Line(f"      0 {prompt.low} to 10 {prompt.high}")
    if prompt.kind != "terms":
        options = [*prompt.options, *(["or in your own words"] if prompt.own else [])]
        box = "[ ]" if prompt.kind == "checklist" else "( )"
        yield from (Line(f"      {box} {option}") for option in options)
    if prompt.help:
        yield Line(f"      {prompt.help}", "dim")


def _terms(prompt: Prompt, folder: Path | None) -> Iterator[Line]:
    """Yield what a prompt asks of the agreement, as its sheet words it."""
    if prompt.kind != "terms":
        return
    shape = sheet("agreement", folder=folder)
    terms = {term.id: term for phase in shape.phases for term in phase.prompts}
    for term in (terms[name] for name in prompt.options if name in terms):
        yield from (Line(f"    {line.text}", line.style) for line in _prompt(term))
