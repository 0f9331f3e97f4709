"""The form of one phase: shows fields, timer and ledger, and keeps what is typed. It holds no rule."""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import ipywidgets
import traitlets

from peerkit import ledger, sessions
from peerkit.errors import ConflictError, PeerkitError, SessionError
from peerkit.guide import listing
from peerkit.schema import Row, clean, known
from peerkit.templates import Phase, Prompt

if TYPE_CHECKING:
    from peerkit.guide.room import Room

# In this order they make one module: each later file uses the names of the former ones.
_SCRIPTS = ("elements", "guard", "draft", "fields", "timer", "review", "promise", "form")


def _beside(name: str) -> str:
    return Path(__file__).with_name(name).read_text("utf-8")


class Form(anywidget.AnyWidget):
    """One phase as a form. Each public method is what a control of the form calls.

    A method returns once its change is on disk, and raises a `PeerkitError` with a sentence otherwise.
    """

    _esm = "\n".join(_beside(f"{name}.js") for name in _SCRIPTS)
    _css = _beside("form.css")

    spec = traitlets.Dict().tag(sync=True)
    answers = traitlets.Dict().tag(sync=True)
    heard = traitlets.Dict().tag(sync=True)
    timer = traitlets.Dict().tag(sync=True)
    minutes = traitlets.Dict().tag(sync=True)
    review = traitlets.List().tag(sync=True)
    promised = traitlets.List().tag(sync=True)
    closing = traitlets.Dict().tag(sync=True)
    replaced = traitlets.Bool(default_value=False).tag(sync=True)

    def __init__(self, room: Room, phase: Phase) -> None:
        self._room = room
        self._phase = phase
        self._saved_by: dict[str, tuple[str, int]] = {}
        kinds = {prompt.kind for prompt in phase.prompts}
        self._lists_review = "review" in kinds
        self._lists_promised = "commitments" in kinds
        super().__init__(spec=_spec(room, phase), answers=room.answers(phase), timer=room.timer(phase))
        self.show()
        self.on_msg(self._on_message)

    def __repr__(self) -> str:
        # A widget's own text would carry answers into the notebook's outputs.
        return f"Form({self._phase.id!r})"

    def show(self) -> None:
        """Show what the journal has now, beside the fields: gate, minutes, lists and closing."""
        room = self._room
        self.heard = room.heard()
        self.minutes = room.minutes()
        if self._lists_review:
            self.review = listing.review(room.journal, room.session, today=room.today())
        if self._lists_promised:
            self.promised = listing.promised(room.journal, room.session.session_id)
        if self._phase == room.template.phases[-1]:
            self.closing = _closing(room)

    def save(self, key: str, value: Any, revision: int, *, view: str = "") -> int:
        """Keep an answer and return its new revision.

        Args:
            key: "prompt/author".
            value: What the field holds.
            revision: The one it was changed from.
            view: Names the browser's view: one that was not yet told of its own last save is not behind.

        Raises:
            ConflictError: If the answer was changed elsewhere.
            SessionError: If this phase has no such field, or the value does not fit it.
        """
        prompt, author = self._field(key)
        if prompt.kind == "heard" and value not in range(11):
            msg = "Heard is a whole number from 0 to 10."
            raise SessionError(msg)
        if view and self._saved_by.get(key, ("", 0))[0] == view:
            # Only forward: who chose between two texts has seen a newer revision than its own last one.
            revision = max(revision, self._saved_by[key][1])
        room = self._room
        saved = sessions.write_answer(
            room.journal,
            room.session.session_id,
            phase=self._phase.id,
            prompt=prompt.id,
            author=author,
            value=value,
            revision=revision,
            visibility=prompt.visibility,
        )
        self._saved_by[key] = (view, saved)
        self.answers = {**self.answers, key: {"value": value, "revision": saved}}
        if prompt.kind == "heard":
            room.session = sessions.record_heard(room.journal, room.session.session_id, heard=value)
            room.refresh()
        return saved

    def override(self) -> None:
        """Unfold what follows although the focus person is not heard yet; it is recorded."""
        room = self._room
        room.session = sessions.record_heard(room.journal, room.session.session_id, override=True)
        room.refresh()

    def settle(self, commitment_id: str, outcome: str, *, fraction: float | None = None) -> str:
        """Settle a commitment and return what should be told, if anything."""
        peer = self._peer_of(commitment_id)
        receipt = ledger.settle(
            self._room.journal,
            commitment_id,
            outcome,
            on=self._room.today(),
            fraction=fraction,
            agreed_by=self._other(peer) if outcome == "released" else None,
        )
        self._room.refresh()
        return receipt.note

    def undo(self, commitment_id: str) -> None:
        """Take back the outcome that was just told."""
        ledger.reopen(self._room.journal, commitment_id, reason="taken back in the form")
        self._room.refresh()

    def move(self, commitment_id: str, due_on: str) -> str:
        """Give a commitment another due date and return what should be told, if anything."""
        agreed_by = self._other(self._peer_of(commitment_id))
        receipt = ledger.move(
            self._room.journal, commitment_id, _day(due_on), on=self._room.today(), agreed_by=agreed_by
        )
        self._room.refresh()
        return receipt.note

    def detail(self, commitment_id: str, name: str, value: Any) -> None:
        """Add a reason, a fraction, or whether the obstacle came or the plan fired."""
        ledger.add_detail(self._room.journal, commitment_id, **{name: value})
        self._room.refresh()

    def save_reason(self, commitment_id: str, reason: str, *, base: str) -> None:
        """Keep the reason of an outcome; `base` is the one that it was changed from.

        Raises:
            ConflictError: If the reason was changed elsewhere.
        """
        with self._room.journal.writing() as writer:
            rows = writer.rows("entries", commitment_id=commitment_id)
            now = known(rows).get("reason") or ""
            if now not in (base, clean(reason)):
                msg = "This reason was changed elsewhere. Both are here: keep one of them."
                raise ConflictError(msg, value=now, revision=0)
            ledger.add_detail(self._room.journal, commitment_id, reason=reason)
        self._room.refresh()

    def promise(self, given: Row, *, is_sure: bool = False) -> list[str]:
        """Make a commitment of what the fields say; or return gentle questions, and make none yet.

        Args:
            given: peer and text; due_on as YYYY-MM-DD, confidence 0 to 100, visibility, and details.
            is_sure: The questions were seen: promise all the same.
        """
        texts = {name: str(value).strip() for name, value in given.items() if str(value or "").strip()}
        due_on = _day(texts["due_on"]) if "due_on" in texts else None
        questions = [] if is_sure else ledger.gentle_questions(texts.get("text", ""), due_on)
        if texts.get("text") and questions:
            return questions
        room = self._room
        sure = texts.get("confidence", "0")
        if not sure.removesuffix(".0").isdecimal() or not 0 <= float(sure) <= 100:
            msg = "How sure is a number from 0 to 100. Leave it empty if you would rather not say."
            raise SessionError(msg)
        peer = texts.get("peer", room.session.focus)
        if peer not in room.session.peers:
            msg = "Only the two peers of this session can promise. Choose one of them."
            raise SessionError(msg)
        ledger.promise(
            room.journal,
            texts.get("text", ""),
            peer=peer,
            on=room.journal.today(),
            due_on=due_on,
            confidence=float(texts["confidence"]) / 100 if "confidence" in texts else None,
            visibility=texts.get("visibility", "shared"),
            session_id=room.session.session_id,
            **{name: texts.get(name) for name in ledger.DETAILS},
        )
        room.refresh()
        return []

    def run_timer(self, *, started_at: float | None, banked: float) -> None:
        """Keep the timer's state, and pause the timers of the other phases when it starts."""
        if started_at is not None:
            for form in self._room.forms.values():
                if form is not self and form.timer["started_at"] is not None:
                    spent = started_at - form.timer["started_at"]
                    form.keep_timer({"started_at": None, "banked": form.timer["banked"] + max(spent, 0)})
        self.keep_timer({"started_at": started_at, "banked": banked})

    def keep_timer(self, timer: Row) -> None:
        """Write the timer's state and show it in every view."""
        self._keep("timer", timer)
        self.timer = timer

    def borrow(self, lender: str, minutes: int) -> None:
        """Take minutes from a later phase, where both can see it; never from the last one.

        Raises:
            SessionError: If that phase cannot lend so many.
        """
        order = [phase.id for phase in self._room.template.phases]
        now = self._room.minutes()
        is_later = lender in order[order.index(self._phase.id) + 1 : -1]
        if not is_later or not 1 <= minutes < now[lender]:
            msg = f"{minutes} minutes cannot be borrowed there. Choose a later phase with more time, not the last."
            raise SessionError(msg)
        key = f"borrowed/{self._room.workspace.me}"
        before = self._room.answers(self._phase).get(key, {"value": {}})["value"]
        self._keep("borrowed", {**before, lender: before.get(lender, 0) + minutes})
        self._room.refresh()

    def close_session(self, next_on: str) -> None:
        """Close the session with the day of the next one, and pause its timers."""
        room = self._room
        day = _day(next_on) if next_on else None
        room.session = sessions.close_session(room.journal, room.session.session_id, next_on=day)
        for form in room.forms.values():
            if form.timer["started_at"] is not None:
                spent = room.journal.moment() - form.timer["started_at"]
                form.keep_timer({"started_at": None, "banked": form.timer["banked"] + max(spent, 0)})
        room.refresh()

    def _keep(self, prompt: str, value: Any) -> None:
        """Write what the guide itself remembers of a phase; the last one wins."""
        room = self._room
        now = room.answers(self._phase).get(f"{prompt}/{room.workspace.me}", {"revision": 0})
        sessions.write_answer(
            room.journal,
            room.session.session_id,
            phase=self._phase.id,
            prompt=prompt,
            author=room.workspace.me,
            value=value,
            revision=now["revision"],
        )

    def _on_message(self, _: Any, content: Any, __: Any) -> None:
        if isinstance(content, dict):
            self.send(self.answer_to(content))

    def answer_to(self, content: Row) -> Row:
        """Do what a message of the browser asks, and return the reply: ok, or the sentence why not."""
        reply: Row = {"re": content.get("token"), "ok": False}
        try:
            with self._room.lock:
                done = self._actions()[content["do"]](content)
        except ConflictError as error:
            conflict = {"value": error.value, "revision": error.revision}
            return {**reply, "error": str(error), "conflict": conflict}
        except PeerkitError as error:
            return {**reply, "error": str(error)}
        except (KeyError, TypeError, ValueError) as error:
            # The message is not one that this form sends: its words are not repeated.
            return {
                **reply,
                "error": f"The form sent something unexpected ({type(error).__name__}). Run the cell again.",
            }
        return {**reply, "ok": True, "done": done}

    def _actions(self) -> dict[str, Callable[[Row], Any]]:
        return {
            "save": lambda m: self._save_or_detail(m),
            "override": lambda m: self.override(),
            "settle": lambda m: self.settle(m["id"], m["outcome"], fraction=m.get("fraction")),
            "undo": lambda m: self.undo(m["id"]),
            "move": lambda m: self.move(m["id"], m["due_on"]),
            "detail": lambda m: self.detail(m["id"], m["name"], m["value"]),
            "promise": lambda m: self.promise(dict(m["given"]), is_sure=bool(m.get("is_sure"))),
            "timer": lambda m: self.run_timer(started_at=m["started_at"], banked=float(m["banked"])),
            "borrow": lambda m: self.borrow(m["lender"], int(m["minutes"])),
            "close": lambda m: self.close_session(m["next_on"]),
        }

    def _save_or_detail(self, message: Row) -> int:
        """Keep what was typed: a reason is saved like an answer, but it is the ledger's."""
        key = str(message["key"])
        if key.startswith("reason:"):
            self.save_reason(
                key.removeprefix("reason:"), str(message["value"]), base=str(message["base"] or "")
            )
            return int(message["revision"]) + 1
        return self.save(key, message["value"], int(message["revision"]), view=str(message.get("view", "")))

    def _field(self, key: str) -> tuple[Prompt, str]:
        prompt_id, _, author = key.partition("/")
        for prompt in self._phase.prompts:
            if prompt.id == prompt_id and author in _authors(self._room, prompt):
                return prompt, author
        msg = "This phase has no such field. Run the cell again to show the form as it is now."
        raise SessionError(msg)

    def _peer_of(self, commitment_id: str) -> str:
        rows = self._room.journal.rows("entries", commitment_id=commitment_id)
        return rows[0]["peer"] if rows else ""

    def _other(self, peer: str) -> str:
        focus, coach = self._room.session.focus, self._room.session.coach
        return coach if peer == focus else focus


def notice(sentence: str) -> ipywidgets.HTML:
    """Return a sentence as a widget, announced to screen readers."""
    return ipywidgets.HTML(f'<p role="alert">{html.escape(sentence)}</p>')


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        msg = "This is no day. Write it as year-month-day, as in 2026-11-28."
        raise SessionError(msg) from error


def _authors(room: Room, prompt: Prompt) -> list[str]:
    session = room.session
    return list(session.peers) if prompt.whose == "both" else [getattr(session, prompt.whose)]


def _spec(room: Room, phase: Phase) -> Row:
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
        "prompts": [_prompt(room, phase, prompt) for prompt in phase.prompts],
    }


def _prompt(room: Room, phase: Phase, prompt: Prompt) -> Row:
    authors = _authors(room, prompt)
    shown = {
        name: getattr(prompt, name)
        for name in ("id", "kind", "text", "required", "help", "low", "high", "visibility")
    }
    former = {}
    if prompt.kind == "questions":
        former = {author: room.former_answer(phase.id, prompt.id, author) for author in authors}
    return {
        **shown,
        "also": list(prompt.also),
        "options": list(prompt.options),
        "authors": authors,
        "former": former,
    }


def _closing(room: Room) -> Row:
    session = room.session
    proposed = session.next_on or session.held_on + sessions.CADENCE
    return {
        "is_closed": session.status == "closed",
        "next_on": str(proposed),
        "focus": session.coach,
        "coach": session.focus,
    }
