"""A sheet as a form: the agreement, the map of ahead and behind, and the worksheet to find a partner."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from threading import RLock
from typing import Any

import traitlets

from peerkit import agreement, partner_fit
from peerkit.guide import seeing, signing
from peerkit.guide.answering import Field, Fields, no_such_field
from peerkit.guide.browser import scripts, styles
from peerkit.guide.locked import unlocked
from peerkit.guide.spec import prompt_of
from peerkit.schema import Row
from peerkit.sessions import answers
from peerkit.shapes import PAIR, Prompt
from peerkit.templates import sheet
from peerkit.workspace import Workspace, find_workspace


def show(name: str, start: Path | str = ".") -> Any:
    """Return a sheet by name; show it as the cell's last value.

    Args:
        name: "agreement", "ahead-behind" or "partner-fit".
        start: A folder in the workspace; the notebook's own when left out.

    Returns:
        A `Sheet`, or a notice in one sentence where there is no workspace or its journal cannot be opened.
    """
    kind = PartnerFit if name == partner_fit.SHEET else Sheet
    return unlocked(lambda: kind(find_workspace(Path(start)), name))


class Sheet(Fields):
    """What is filled in once and lasts; its answers are kept under its own name."""

    _esm = scripts("elements", "guard", "draft", "fields", "agreement", "sheet")
    _css = styles("form")

    spec = traitlets.Dict().tag(sync=True)
    agreement = traitlets.Dict().tag(sync=True)

    def __init__(self, workspace: Workspace, name: str) -> None:
        self._workspace = workspace
        self._shape = sheet(name, folder=workspace.templates)
        super().__init__(workspace.open_journal(), lock=RLock())
        self.show()

    def __repr__(self) -> str:
        # A widget's own text would carry answers into the notebook's outputs.
        return f"Sheet({self._shape.name!r})"

    @property
    def kept_in(self) -> str:
        """The name under which the answers are kept, in the place of a session's id; blank where there is none yet."""
        return self._shape.name

    def show(self) -> None:
        """Show what the journal has now."""
        with self.journal.reading():
            self._show()

    def _show(self) -> None:
        self.answers = {
            f"{prompt}/{author}": {"value": state.get("value"), "revision": state.get("revision", 0)}
            for (_, prompt, author), state in (
                answers(self.journal, self.kept_in) if self.kept_in else {}
            ).items()
        }
        self.seen = seeing.of(self.journal, self._locked(), self._chosen)
        self.spec = self._spec()
        if self.kept_in == agreement.SHEET:
            self.agreement = signing.shown(self.journal, self._workspace.peers)

    def sign(self, peer: str, digest: str) -> None:
        """Sign the wording of this digest, for one peer; where another stands by now, that one is shown."""
        try:
            agreement.sign(self.journal, peer, self._workspace.peers, on=self.journal.today(), digest=digest)
        finally:
            self.show()

    def saved(self, field: Field, value: Any) -> None:
        """Show the wording as it is now, and who has signed it."""
        if self.kept_in == agreement.SHEET:
            self.show()

    def field(self, key: str) -> Field:
        """Return where the answer of a field is kept.

        Raises:
            SessionError: If this sheet has no such field.
        """
        found = self._fields().get(key)
        if found is None:
            raise no_such_field()
        return found

    def _fields(self) -> dict[str, Field]:
        return {
            f"{prompt.id}/{author}": Field(self.kept_in, phase.id, prompt, author)
            for phase in (self._shape.phases if self.kept_in else ())
            for prompt in phase.prompts
            for author in self._authors(prompt)
        }

    def _locked(self) -> dict[str, Field]:
        """Return the fields of which it is a choice who may see them."""
        return self._fields()

    def _authors(self, prompt: Prompt) -> list[str]:
        return [PAIR] if prompt.whose == "pair" else self._peers()

    def _peers(self) -> list[str]:
        return list(self._workspace.peers)

    def _spec(self) -> Row:
        return {
            "session_id": self.kept_in,
            # What waits in the browser is told apart by session and phase.
            "phase": "sheet",
            "sheet": self._shape.name,
            "title": self._shape.title,
            "about": self._shape.about,
            "peers": self._peers(),
            "parts": [
                {
                    "title": phase.title,
                    "guidance": list(dict.fromkeys([phase.guidance_focus, phase.guidance_coach])),
                    "prompts": [prompt_of(prompt, self._authors(prompt)) for prompt in phase.prompts],
                }
                for phase in (self._shape.phases if self.kept_in else ())
            ],
        }

    def _actions(self) -> dict[str, Callable[[Row], Any]]:
        return super()._actions() | {"sign": lambda m: self.sign(str(m["peer"]), str(m["digest"]))}


class PartnerFit(Sheet):
    """One worksheet per person who might become the partner: private, and ends in one's own decision."""

    candidates = traitlets.List().tag(sync=True)

    def __init__(self, workspace: Workspace, name: str) -> None:
        self._candidate = ""
        super().__init__(workspace, name)
        self.candidates = partner_fit.candidates(self.journal)
        if self.candidates:
            self.choose(self.candidates[-1]["id"])

    @property
    def kept_in(self) -> str:
        """The name under which this candidate's answers are kept; blank while nobody was named."""
        return self._candidate

    def add(self, name: str) -> None:
        """Begin a worksheet for somebody, and show it."""
        self.choose(partner_fit.add_candidate(self.journal, name))

    def choose(self, candidate: str) -> None:
        """Show the worksheet of one candidate."""
        self.candidates = partner_fit.candidates(self.journal)
        self._candidate = candidate if candidate in {one["id"] for one in self.candidates} else ""
        self.show()

    def _locked(self) -> dict[str, Field]:
        # The whole worksheet is private.
        return {}

    def _authors(self, prompt: Prompt) -> list[str]:
        return self._peers()

    def _peers(self) -> list[str]:
        # Whoever is still looking for a partner is alone here, and so is whoever has one.
        return [self._workspace.me]

    def _spec(self) -> Row:
        name = next((one["name"] for one in self.candidates if one["id"] == self._candidate), "")
        spec = super()._spec()
        names = {"{name}": name, "{me}": self._workspace.me}
        for part in spec["parts"]:
            for prompt in part["prompts"]:
                # At once: a name may look like the place of the other.
                prompt["begins"] = re.sub(r"{name}|{me}", lambda found: names[found[0]], prompt["begins"])
        return {**spec, "name": name, "is_private": True, "peers": [self._workspace.me]}

    def _actions(self) -> dict[str, Callable[[Row], Any]]:
        return super()._actions() | {
            "add": lambda m: self.add(str(m["name"])),
            "choose": lambda m: self.choose(str(m["id"])),
        }
