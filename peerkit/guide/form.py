"""The form of one phase: shows fields, timer and ledger, and keeps what is typed. It holds no rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from typing import TYPE_CHECKING, Any

import traitlets

from peerkit import agreement, coach_notes, exchange, kept_calendar, ledger, sessions
from peerkit.errors import PeerkitError, SessionError
from peerkit.guide import hints, listing, seeing, signing, summaries
from peerkit.guide.answering import Field, Fields, no_such_field
from peerkit.guide.browser import scripts, styles
from peerkit.guide.review import Review, day_of
from peerkit.guide.spec import authors, spec_of, terms_of
from peerkit.schema import Row
from peerkit.shapes import Phase
from peerkit.specific import gentle_questions

if TYPE_CHECKING:
    from peerkit.guide.room import Room


class Form(Review, Fields):
    """One phase as a form."""

    _esm = scripts(
        "elements",
        "guard",
        "draft",
        "fields",
        "timer",
        "review",
        "promise",
        "summary",
        "agreement",
        "form",
    )
    _css = styles("form")

    spec = traitlets.Dict().tag(sync=True)
    heard = traitlets.Dict().tag(sync=True)
    timer = traitlets.Dict().tag(sync=True)
    minutes = traitlets.Dict().tag(sync=True)
    promised = traitlets.List().tag(sync=True)
    closing = traitlets.Dict().tag(sync=True)
    hints = traitlets.List().tag(sync=True)
    agreement = traitlets.Dict().tag(sync=True)
    agreed = traitlets.Dict().tag(sync=True)
    usual = traitlets.Dict().tag(sync=True)
    replaced = traitlets.Bool(default_value=False).tag(sync=True)

    def __init__(self, room: Room, phase: Phase) -> None:
        self._room = room
        self._phase = phase
        kinds = {prompt.kind for prompt in phase.prompts}
        self._lists_review = "review" in kinds
        self._lists_promised = "commitments" in kinds
        self._signs = "agreement" in kinds
        super().__init__(
            room.journal,
            lock=room.lock,
            peers=room.session.peers,
            spec=spec_of(room, phase),
            timer=room.timer(phase),
        )
        self.show()

    def __repr__(self) -> str:
        # A widget's own text would carry answers into the notebook's outputs.
        return f"Form({self._phase.id!r})"

    def show(self, *, of_ledger: bool = True) -> None:
        """Show what the journal has now: answers, gate, minutes, lists and closing.

        Where an answer alone has changed the lists `of_ledger` stay: a year of it takes long to read.
        """
        room = self._room
        self.seen = seeing.of(room.journal, self._fields(), self._chosen)
        self.answers = room.answers(self._phase)
        self.heard = room.heard(self._phase)
        self.minutes = room.minutes()
        if self._lists_review and of_ledger:
            peers = room.reviewed(self._phase)
            self.review = listing.review(room.journal, room.session, peers=peers, today=room.today())
        if self._lists_promised and of_ledger:
            self.promised = listing.promised(room.journal, room.session.session_id)
        if (self._lists_review or self._lists_promised) and of_ledger:
            self.usual = {peer: self._usual(peer) for peer in room.session.peers}
        if self._lists_review or self._lists_promised:
            self.agreed = signing.followed(room.agreed(), folder=room.workspace.templates)
        if self._phase == room.template.phases[-1]:
            self.closing = room.closing()
        if self._signs:
            self.agreement = signing.shown(room.journal, room.session.peers)
        self.hints = hints.of(room, self._phase)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Make one change of what is written inside; the first one of a session opens it."""
        with self._room.writing():
            yield

    def changed(self) -> None:
        """Show in every form of the session what has changed."""
        self._room.refresh()

    def keeps_with(self, field: Field, value: Any, visibility: str) -> None:
        """Write how understood the focus person feels into the session, which both see, where they share it."""
        if field.prompt.kind == "heard" and not self._phase.swap and visibility == "shared":
            sessions.record_heard(self.journal, self._room.session.session_id, heard=value)

    def saved(self, field: Field, value: Any) -> None:
        """Follow up on an answer that was kept: what depends on it is shown anew in every form."""
        room = self._room
        if field.prompt.kind in ("heard", "help", "choice", "scale") or field.kept_in == agreement.SHEET:
            room.refresh(of_ledger=False)

    def override(self) -> None:
        """Unfold what follows although the focus person is not heard yet; it is recorded."""
        room = self._room
        asked = room.template.before(self._phase, "heard")
        if asked and asked[0].swap:
            self._keep("override", True, phase=asked[0])
        else:
            with self.writing():
                sessions.record_heard(room.journal, room.session.session_id, override=True)
        room.refresh()

    def sign(self, peer: str, digest: str) -> None:
        """Sign the wording of this digest, for one peer; where another stands by now, that one is shown."""
        try:
            with self.writing():
                agreement.sign(self.journal, peer, self._room.session.peers, on=self.today(), digest=digest)
        finally:
            self._room.refresh()

    def questions(self, prompt_id: str) -> list[str]:
        """Return what a good coach would ask of an advice before it stands; nothing where it is clear, or empty."""
        told = self._room.answers(self._phase)
        for prompt in self._phase.prompts:
            if prompt.id == prompt_id and prompt.by:
                [author] = authors(self._room, self._phase, prompt)
                text = told.get(f"{prompt.id}/{author}", {}).get("value") or ""
                by = told.get(f"{prompt.by}/{author}", {}).get("value") or ""
                return gentle_questions(text, day_of(by) if by else None, of="advice") if text else []
        raise no_such_field()

    def promise(self, given: Row, *, is_sure: bool = False) -> list[str]:
        """Make a commitment of what the fields say; or return gentle questions, and make none yet.

        Args:
            given: peer and text; due_on as YYYY-MM-DD, confidence 0 to 100, visibility, and details.
            is_sure: The questions were seen: promise all the same.
        """
        texts = {name: str(value).strip() for name, value in given.items() if str(value or "").strip()}
        due_on = day_of(texts["due_on"]) if "due_on" in texts else None
        text, step, evidence, cue = (
            texts.get(name, "") for name in ("text", "first_step", "evidence", "cue")
        )
        asked = gentle_questions(text, due_on, first_step=step, evidence=evidence, cue=cue)
        if text and asked and not is_sure:
            return asked
        self._make(texts, due_on)
        return []

    def _make(self, texts: dict[str, str], due_on: date | None) -> None:
        room = self._room
        peer = texts.get("peer", room.roles(self._phase)[0])
        if peer not in room.session.peers:
            msg = "Only the two peers of this session can promise. Choose one of them."
            raise SessionError(msg)
        with self.writing():
            ledger.promise(
                room.journal,
                texts.get("text", ""),
                peer=peer,
                on=room.journal.today(),
                due_on=due_on,
                confidence=_share_of(texts.get("confidence")),
                visibility=texts.get("visibility") or self._usual(peer),
                session_id=room.session.session_id,
                **{
                    "accountability": agreement.usual_way(self.journal, room.session.peers),
                    **{name: texts[name] for name in ledger.DETAILS if name in texts},
                },
            )
        room.refresh()

    def _usual(self, peer: str) -> str:
        """Return who may see a peer's next commitment: as they chose the last time, or else as the template says."""
        asked = (one for one in self._phase.prompts if one.kind in ("commitments", "review"))
        given = next((one.visibility for one in asked), "private")
        return ledger.usual_visibility(self.journal, peer) or given

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
        day = day_of(next_on) if next_on else None
        with self.writing():
            sessions.close_session(room.journal, room.session.session_id, next_on=day)
        for form in room.forms.values():
            if form.timer["started_at"] is not None:
                spent = room.journal.moment() - form.timer["started_at"]
                form.keep_timer({"started_at": None, "banked": form.timer["banked"] + max(spent, 0)})
        room.refresh()
        # The session is closed, whatever becomes of these; `peerkit start` says what is wrong with them.
        with suppress(PeerkitError):
            kept_calendar.refresh(room.workspace, room.journal)
        with suppress(PeerkitError):
            exchange.sync(room.workspace, room.journal)

    def settle_notes(self, way: str) -> int:
        """Hand over or erase the coach's notes, and return how many there were.

        Raises:
            SessionError: If it is another way than hand_over or destroy.
        """
        room = self._room
        ways = {"hand_over": coach_notes.hand_over, "destroy": coach_notes.destroy}
        if way not in ways:
            msg = f"Unknown way {way!r}. Use one of: {', '.join(ways)}."
            raise SessionError(msg)
        n = len(coach_notes.notes_of(room.journal, room.session, room.template))
        ways[way](room.journal, room.session, room.template)
        room.refresh(of_ledger=False)
        return n

    def make_summary(self, audience: str, password: str = "") -> Row:
        """Write the session's summary as PDF and return where it is; see `summaries.make`."""
        room = self._room
        place = room.workspace.sessions
        return summaries.make(room.workspace, room.session, audience, seen_from=place, password=password)

    def _keep(self, prompt: str, value: Any, *, phase: Phase | None = None) -> None:
        """Write what the guide itself remembers of a phase, this one when left out; the last one wins."""
        room = self._room
        phase = phase or self._phase
        now = room.answers(phase).get(f"{prompt}/{room.workspace.me}", {"revision": 0})
        with self.writing():
            sessions.write_answer(
                room.journal,
                room.session.session_id,
                phase=phase.id,
                prompt=prompt,
                author=room.workspace.me,
                value=value,
                revision=now["revision"],
            )

    def _actions(self) -> dict[str, Callable[[Row], Any]]:
        return super()._actions() | {
            "override": lambda m: self.override(),
            "sign": lambda m: self.sign(str(m["peer"]), str(m["digest"])),
            "questions": lambda m: self.questions(str(m["id"])),
            "promise": lambda m: self.promise(dict(m["given"]), is_sure=bool(m.get("is_sure"))),
            "timer": lambda m: self.run_timer(started_at=m["started_at"], banked=float(m["banked"])),
            "borrow": lambda m: self.borrow(m["lender"], int(m["minutes"])),
            "close": lambda m: self.close_session(m["next_on"]),
            "notes": lambda m: self.settle_notes(str(m["way"])),
            "make_summary": lambda m: self.make_summary(m["audience"], str(m.get("password") or "")),
        }

    def _save(self, message: Row) -> int:
        return (Review if str(message["key"]).startswith("reason:") else Fields)._save(self, message)

    def field(self, key: str) -> Field:
        """Return where the answer of a field is kept: in the session, or in the agreement.

        Raises:
            SessionError: If this phase has no such field.
        """
        found = self._fields().get(key)
        if found is None:
            raise no_such_field()
        return found

    def _fields(self) -> dict[str, Field]:
        """Return the fields of this phase by their keys: those of the session, and of the agreement that it asks for."""
        room, phase = self._room, self._phase
        found = {}
        for prompt in phase.prompts:
            for author in authors(room, phase, prompt):
                found[f"{prompt.id}/{author}"] = Field(room.session.session_id, phase.id, prompt, author)
            terms = terms_of(room) if prompt.kind == "terms" else {}
            for name, (place, term) in terms.items():
                for author in authors(room, place, term) if name in prompt.options else ():
                    key = f"{agreement.SHEET}:{name}/{author}"
                    found[key] = Field(agreement.SHEET, place.id, term, author)
        return found


def _share_of(percent: str | None) -> float | None:
    """Return what a field for percent holds as a share of 1; None where it was left empty."""
    if percent is None:
        return None
    if not percent.removesuffix(".0").isdecimal() or not 0 <= float(percent) <= 100:
        msg = "How sure is a number from 0 to 100. Leave it empty if you would rather not say."
        raise SessionError(msg)
    return float(percent) / 100
