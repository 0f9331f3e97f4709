"""How a widget answers its browser half, and how it keeps the answers of fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import RLock
from typing import Any

import anywidget
import traitlets

from peerkit import sessions
from peerkit.answer_check import check_answer
from peerkit.errors import ConflictError, PeerkitError, SessionError
from peerkit.guide import seeing
from peerkit.journal import Journal
from peerkit.schema import Row
from peerkit.shapes import Prompt


class Answering(anywidget.AnyWidget):
    """A widget whose public methods are what its controls call.

    Each returns once its change is on disk, and raises a `PeerkitError` with a sentence otherwise.
    JupyterLab may run callbacks on several threads at once: a message is answered under `lock`.
    """

    def __init__(self, journal: Journal, *, lock: RLock, **traits: Any) -> None:
        self.journal = journal
        self.lock = lock
        super().__init__(**traits)
        self.on_msg(self._on_message)

    def answer_to(self, content: Row) -> Row:
        """Do what a message of the browser asks, and return the reply: ok, or the sentence why not."""
        reply: Row = {"re": content.get("token"), "ok": False}
        try:
            with self.lock:
                done = self._actions()[content["do"]](content)
        except ConflictError as error:
            conflict = {"value": error.value, "revision": error.revision}
            return {**reply, "error": str(error), "conflict": conflict}
        except PeerkitError as error:
            return {**reply, "error": str(error)}
        except (KeyError, TypeError, ValueError) as error:
            # The message is not one that this widget sends: its words are not repeated.
            return {
                **reply,
                "error": f"The form sent something unexpected ({type(error).__name__}). Run the cell again.",
            }
        return {**reply, "ok": True, "done": done}

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Make one change of what is written inside: all of it is kept, or nothing."""
        with self.journal.writing():
            yield

    def _on_message(self, _: Any, content: Any, buffers: Any) -> None:
        if isinstance(content, dict):
            # Beside the words of a message may come bytes, as of a file.
            self.send(self.answer_to({**content, "bytes": b"".join(buffers or ())}))

    def _actions(self) -> dict[str, Callable[[Row], Any]]:
        """Return what each message does, by its name."""
        return {}


@dataclass(frozen=True)
class Field:
    """Where the answer of one field is kept: in a session or a sheet, under phase, prompt and author."""

    kept_in: str
    phase: str
    prompt: Prompt
    author: str


class Fields(Answering):
    """A widget with fields that keep themselves."""

    answers = traitlets.Dict().tag(sync=True)
    # Who may see each of them: {"visibility", "was_shared"}; where a field is left out it has no lock.
    seen = traitlets.Dict().tag(sync=True)

    def __init__(self, journal: Journal, **traits: Any) -> None:
        self._saved_by: dict[tuple[str, str], tuple[str, int]] = {}
        self._chosen: seeing.Usual = {}
        super().__init__(journal, **traits)

    def save(
        self, key: str, value: Any, revision: int, *, view: str = "", visibility: str | None = None
    ) -> int:
        """Keep an answer and return its new revision.

        Args:
            key: "prompt/author".
            value: What the field holds.
            revision: The one it was changed from.
            view: Names the browser's view: one that was not yet told of its own last save is not behind.
            visibility: "private" or "shared"; when left out as the field's lock shows it.

        Raises:
            ConflictError: If the answer was changed elsewhere.
            SessionError: If there is no such field, or the value does not fit it.
        """
        field = self.field(key)
        check_answer(field.prompt, value)
        # The same field of another sheet is another field.
        place = (field.kept_in, key)
        if view and self._saved_by.get(place, ("", 0))[0] == view:
            # Only forward: who chose between two texts has seen a newer revision than its own last one.
            revision = max(revision, self._saved_by[place][1])
        visibility = self._visibility(key, field, visibility)
        with self.writing():
            saved = sessions.write_answer(
                self.journal,
                field.kept_in,
                phase=field.phase,
                prompt=field.prompt.id,
                author=field.author,
                value=value,
                revision=revision,
                visibility=visibility,
            )
            self.keeps_with(field, value, visibility)
        self._saved_by[place] = (view, saved)
        if key in self.seen:
            self.seen = {**self.seen, **seeing.of(self.journal, {key: field}, self._chosen)}
        self.answers = {**self.answers, key: {"value": value, "revision": saved}}
        self.saved(field, value)
        return saved

    def field(self, key: str) -> Field:
        """Return where the answer of a field is kept.

        Raises:
            SessionError: If there is no such field.
        """
        raise NotImplementedError

    def _visibility(self, key: str, field: Field, chosen: str | None) -> str:
        if field.prompt.kind in seeing.UNLOCKED:
            # Half a commitment is nobody else's matter, whoever may see the whole one.
            return "private"
        now: str = self.seen.get(key, {}).get("visibility", field.prompt.visibility)
        return now if chosen is None or key not in self.seen else chosen

    def keeps_with(self, field: Field, value: Any, visibility: str) -> None:
        """Write what belongs to an answer, in one change with it."""

    def saved(self, field: Field, value: Any) -> None:
        """Follow up on an answer that was kept."""

    def _actions(self) -> dict[str, Callable[[Row], Any]]:
        return super()._actions() | {"save": self._save}

    def _save(self, message: Row) -> int:
        view = str(message.get("view", ""))
        seen_by = message.get("visibility")
        return self.save(
            str(message["key"]),
            message["value"],
            int(message["revision"]),
            view=view,
            visibility=None if seen_by is None else str(seen_by),
        )


def no_such_field() -> SessionError:
    """Return what is told of a field that is not there, without its name: it may be what somebody typed."""
    return SessionError("There is no such field here. Run the cell again to show the form as it is now.")
