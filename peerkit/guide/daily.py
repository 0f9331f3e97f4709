"""The daily card as a form: today's questions at once, and their trend after the first paint. It holds no rule."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import RLock
from typing import Any

import traitlets

from peerkit import daily as core
from peerkit.guide.answering import Field, Fields, no_such_field
from peerkit.guide.browser import scripts, styles
from peerkit.guide.locked import unlocked
from peerkit.guide.spec import prompt_of
from peerkit.schema import Row
from peerkit.sessions import DAILY_CARD, Session, answers
from peerkit.shapes import Phase, Prompt
from peerkit.templates import template
from peerkit.workspace import Workspace, find_workspace

# What a card of one's own may ask beside its questions; the rest belongs to sessions of two.
_KINDS = ("questions", "line", "text", "scale", "choice", "checklist", "date", "time")


def daily(start: Path | str = ".") -> Any:
    """Return today's card; show it as the cell's last value.

    Args:
        start: A folder in the workspace; the notebook's own when left out.

    Returns:
        A `Daily`, or a notice in one sentence where there is no workspace, its journal cannot be opened, or
        its template of the card has a mistake.
    """
    return unlocked(lambda: Daily(find_workspace(Path(start))))


class Daily(Fields):
    """The card of the day on which it is shown. Until something is typed nothing is written."""

    _esm = scripts("elements", "guard", "draft", "fields", "daily")
    _css = styles("form", "daily")

    spec = traitlets.Dict().tag(sync=True)
    card = traitlets.Dict().tag(sync=True)
    trend = traitlets.Dict().tag(sync=True)
    is_shared = traitlets.Bool(default_value=False).tag(sync=True)

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._shape = template(DAILY_CARD, folder=workspace.templates)
        core.place(workspace.templates)  # a template that asks no questions is told before anything is typed
        super().__init__(workspace.open_journal(), lock=RLock())
        self._day = self.journal.today()
        self.show()

    def __repr__(self) -> str:
        # A widget's own text would carry answers into the notebook's outputs.
        return "Daily()"

    def show(self) -> None:
        """Show the card as the journal has it now; on a new day, that of the new day."""
        self._day = self.journal.today()
        card = core.find_card(self.journal, self._workspace.me, on=self._day)
        self.answers = {
            f"{prompt}/{author}": {"value": state.get("value"), "revision": state["revision"]}
            for (_, prompt, author), state in (answers(self.journal, card.session_id) if card else {}).items()
        }
        self.is_shared = core.is_shared(self.journal, self._workspace.me)
        self.spec = self._spec()
        self._show_card(card)

    def finish(self) -> None:
        """Close the card: done for today.

        Raises:
            SessionError: If it has no question.
        """
        # A card that is made for this is gone again where it cannot be closed.
        with self.journal.writing():
            self._show_card(core.finish(self.journal, self._card()))

    def share(self, *, is_shared: bool) -> None:
        """Let the partner see one's cards, or keep them to oneself."""
        core.share(self.journal, self._workspace.me, is_shared=is_shared)
        self.is_shared = core.is_shared(self.journal, self._workspace.me)

    def draw_trend(self) -> None:
        """Show what the last weeks say, question by question, each with its chart."""
        from peerkit import charts, effort  # here, because they load pandas and matplotlib

        day = self.journal.today()
        answered = core.trend(self.journal, self._workspace.me, since=effort.first_day(day))
        asked = [one["question"] for one in core.questions(self.journal, self._workspace.me)]
        told = effort.by_question(answered, asked, on=day) if answered["day"].nunique() > 1 else []
        weeks = effort.weeks_of(answered, on=day)

        def picture(question: str) -> str:
            rows = effort.rows_of(answered, question)
            drawn = charts.svg(charts.effort(rows, until=day, weeks=weeks))
            return drawn[drawn.index("<svg") :]

        rows = [
            {"question": one.question, "words": effort.in_words(one), "chart": picture(one.question)}
            for one in told[: core.MAX_QUESTIONS]
        ]
        self.trend = {"as_of": str(day), "rows": rows, "more": len(told) - len(rows)}

    def field(self, key: str) -> Field:
        """Return where the answer of a field is kept; the day's card is made for its first answer.

        Raises:
            SessionError: If the card has no such field.
        """
        for phase, prompt in self._prompts():
            if key == f"{prompt.id}/{self._workspace.me}":
                seen_by = core.is_shared(self.journal, self._workspace.me)
                asked = core.as_shared(prompt, is_shared=seen_by)
                return Field(self._card().session_id, phase.id, asked, self._workspace.me)
        raise no_such_field()

    def _card(self) -> Session:
        return core.card_of(self.journal, self._workspace.me, on=self._day, folder=self._workspace.templates)

    def _show_card(self, card: Session | None) -> None:
        is_done = card is not None and card.status == "closed"
        self.card = {"is_done": is_done, "praise": core.praise(self._day) if is_done else ""}

    def _prompts(self) -> list[tuple[Phase, Prompt]]:
        return [
            (phase, prompt)
            for phase in self._shape.phases
            for prompt in phase.prompts
            if prompt.kind in _KINDS
        ]

    def _spec(self) -> Row:
        me = self._workspace.me
        former = core.questions(self.journal, me, before=self._day)
        return {
            # What waits in the browser is told apart by session and phase: this card is its day's.
            "session_id": f"{self._workspace.pair_id}-{self._day}",
            "phase": "daily",
            "title": self._shape.title,
            "day": f"{self._day:%A}, {self._day.day} {self._day:%B %Y}",
            "partner": self._workspace.partner,
            "parts": [
                {
                    "guidance": phase.guidance_focus,
                    "prompts": [
                        # Who may see one's questions is said once, for the whole card.
                        prompt_of(core.as_shared(prompt, is_shared=True), [me]) | {"former": {me: former}}
                        for of, prompt in self._prompts()
                        if of == phase
                    ],
                }
                for phase in self._shape.phases
            ],
        }

    def _actions(self) -> dict[str, Callable[[Row], Any]]:
        return super()._actions() | {
            "show": lambda m: self.show(),
            "finish": lambda m: self.finish(),
            "share": lambda m: self.share(is_shared=bool(m["is_shared"])),
            "trend": lambda m: self.draw_trend(),
        }
