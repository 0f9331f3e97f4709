"""The shape of a session or a sheet: a template with its phases and prompts, and the words that it may use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from peerkit.errors import TemplateError

if TYPE_CHECKING:
    import pandas as pd

KINDS = (
    "line",
    "text",
    "scale",
    "choice",
    "date",
    "time",
    "checklist",
    "commitments",
    "review",
    "heard",
    "help",
    "questions",
    "terms",
    "agreement",
    "map",
)
LEADS = ("both", "focus", "coach")
# Who answers: one of the roles, both each for themselves, or the pair in one field that they fill in together.
WHOSE = (*LEADS, "pair")
# The author of an answer that the two gave together.
PAIR = "both of us"
# What the focus person may want of the coach. `when_asked` of a phase says what each means there.
HELPS = ("just listen", "ask me questions", "your experience", "ideas", "hold me to it")
# Where a pair may be ahead or behind, and what a commitment may be about. Own words do as well.
AREAS = ("work", "family", "health", "passion", "friends", "home", "money")
# The terms of an agreement, by their ids in the sheet `agreement`: what a prompt of kind terms may ask for.
TERMS = (
    "written",
    "deletion",
    "coach-notes",
    "ways",
    "stake",
    "after-miss",
    "cadence",
    "weekday",
    "time",
    "zone",
    "place",
    "no-show",
    "heard-bar",
    "stopping",
    "help-link",
)
# What an agreement must say, because the guide follows it: each with the kind of its prompt.
FOLLOWED = {"ways": "checklist", "after-miss": "choice", "cadence": "choice"}
# How often a pair may meet, in days from one slot to the next.
CADENCES = {"every week": 7, "every two weeks": 14}
# Answers that the guide keeps for itself beside those of the prompts.
RESERVED = ("timer", "borrowed", "override")


@dataclass(frozen=True)
class Prompt:
    """One question of a phase. `whose` says who answers: see `WHOSE`.

    `own` lets a choice or checklist take words beside its options.
    `by` names the date prompt of the same phase that says by when an advice could be done. `begins` is what a
    text begins with, to be edited and copied. `notes` marks what the coach writes down for themselves while
    they listen: at the end of the hour it is handed over, erased or kept, as the two agreed.
    """

    id: str
    kind: str
    text: str
    whose: str
    visibility: str = "private"
    required: bool = False
    also: tuple[str, ...] = ()
    help: str = ""
    low: str = ""
    high: str = ""
    options: tuple[str, ...] = ()
    own: bool = False
    by: str = ""
    begins: str = ""
    notes: bool = False


@dataclass(frozen=True)
class Phase:
    """A part of a session with its minutes.

    `after_heard` folds it until the focus person is heard; in one with `swap` the two have exchanged their
    roles; `when_asked` has prompts for the coach by the kind of help that was asked for.
    """

    id: str
    title: str
    minutes: int
    leads: str
    guidance_focus: str
    guidance_coach: str
    prompts: tuple[Prompt, ...]
    after_heard: bool = False
    swap: bool = False
    when_asked: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Template:
    """A session's shape. `digest` is the SHA-256 of its file, in hexadecimal.

    `floor` says whose turn such a session is; see `schema.FLOORS`. `sets_next` is false where no next day
    is agreed at its end. `copy_of` names the template that one's own was copied from.
    """

    name: str
    title: str
    minutes: int
    about: str
    phases: tuple[Phase, ...]
    digest: str
    when: str = ""
    credit: str = ""
    floor: str = "focus"
    sets_next: bool = True
    copy_of: str = ""

    @property
    def agenda(self) -> pd.DataFrame:
        """One row per phase: phase, title, leads (`str`), minutes, starts_at (`int64`, from the start)."""
        import pandas as pd

        minutes = pd.Series([phase.minutes for phase in self.phases], dtype="int64")
        return pd.DataFrame(
            {
                "phase": [phase.id for phase in self.phases],
                "title": [phase.title for phase in self.phases],
                "leads": [phase.leads for phase in self.phases],
                "minutes": minutes,
                "starts_at": minutes.cumsum() - minutes,
            }
        )

    @property
    def roles(self) -> tuple[str, str]:
        """What the two are called in its guidance: where nobody has the floor one begins, the other minds the clock."""
        return ("focus person", "coach") if self.floor in ("focus", "both") else ("begins", "minds the clock")

    def phase(self, phase_id: str) -> Phase:
        """Return the phase with this id.

        Raises:
            TemplateError: If there is none.
        """
        for phase in self.phases:
            if phase.id == phase_id:
                return phase
        known = ", ".join(phase.id for phase in self.phases)
        msg = f"The template {self.name} has no phase {phase_id!r}. It has: {known}."
        raise TemplateError(msg)

    def before(self, phase: Phase, kind: str) -> tuple[Phase, Prompt] | None:
        """Return the nearest prompt of a kind in an earlier phase, or in this one; None where there is none."""
        for earlier in reversed(self.phases[: self.phases.index(phase) + 1]):
            for prompt in earlier.prompts:
                if prompt.kind == kind:
                    return earlier, prompt
        return None
