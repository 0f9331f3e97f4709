"""What forms and home have in common: they settle commitments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from threading import RLock
from typing import Any

import traitlets

from peerkit import ledger
from peerkit.errors import ConflictError, SessionError
from peerkit.guide.answering import Answering
from peerkit.journal import Journal
from peerkit.schema import Row, clean, known


class Review(Answering):
    """A widget that settles commitments."""

    review = traitlets.List(allow_none=True).tag(sync=True)

    def __init__(self, journal: Journal, *, lock: RLock, peers: tuple[str, str], **traits: Any) -> None:
        self.peers = peers
        super().__init__(journal, lock=lock, **traits)

    def today(self) -> date:
        """Return the day it is in the pair's time zone."""
        return self.journal.today()

    def changed(self) -> None:
        """Show what has changed in the ledger."""
        raise NotImplementedError

    def settle(self, commitment_id: str, outcome: str, *, fraction: float | None = None) -> str:
        """Settle a commitment and return what should be told, if anything."""
        with self.writing():
            receipt = ledger.settle(
                self.journal,
                commitment_id,
                outcome,
                on=self.today(),
                fraction=fraction,
                agreed_by=self._other_than_peer_of(commitment_id) if outcome == "released" else None,
            )
        self.changed()
        return receipt.note

    def undo(self, commitment_id: str) -> None:
        """Take back the outcome that was just told."""
        with self.writing():
            ledger.reopen(self.journal, commitment_id, reason="taken back in the form")
        self.changed()

    def move(self, commitment_id: str, due_on: str) -> str:
        """Give a commitment another due date and return what should be told, if anything."""
        agreed_by = self._other_than_peer_of(commitment_id)
        with self.writing():
            receipt = ledger.move(
                self.journal, commitment_id, day_of(due_on), on=self.today(), agreed_by=agreed_by
            )
        self.changed()
        return receipt.note

    def set_visibility(self, commitment_id: str, visibility: str) -> str:
        """Say who may see a commitment, and return what should be told, if anything."""
        with self.writing():
            receipt = ledger.set_visibility(self.journal, commitment_id, visibility)
        self.changed()
        return receipt.note

    def detail(self, commitment_id: str, name: str, value: Any) -> None:
        """Add a reason, a fraction, or whether the obstacle came or the plan fired."""
        with self.writing():
            ledger.add_detail(self.journal, commitment_id, **{name: value})
        self.changed()

    def save_reason(self, commitment_id: str, reason: str, *, base: str) -> None:
        """Keep the reason of an outcome; `base` is the one that it was changed from.

        Raises:
            ConflictError: If the reason was changed elsewhere.
        """
        with self.writing():
            rows = self.journal.rows("entries", commitment_id=commitment_id)
            now = known(rows).get("reason") or ""
            if now not in (base, clean(reason)):
                msg = "This reason was changed elsewhere. Both are here: keep one of them."
                raise ConflictError(msg, value=now, revision=0)
            ledger.add_detail(self.journal, commitment_id, reason=reason)
        self.changed()

    def _actions(self) -> dict[str, Callable[[Row], Any]]:
        return super()._actions() | {
            "save": self._save,
            "settle": lambda m: self.settle(m["id"], m["outcome"], fraction=m.get("fraction")),
            "undo": lambda m: self.undo(m["id"]),
            "move": lambda m: self.move(m["id"], m["due_on"]),
            "visibility": lambda m: self.set_visibility(m["id"], str(m["visibility"])),
            "detail": lambda m: self.detail(m["id"], m["name"], m["value"]),
        }

    def _save(self, message: Row) -> int:
        """Keep what was typed beside an outcome: it is saved like an answer, but it is the ledger's."""
        kind, _, commitment_id = str(message["key"]).partition(":")
        if kind != "reason":
            raise KeyError(kind)
        self.save_reason(commitment_id, str(message["value"]), base=str(message["base"] or ""))
        return int(message["revision"]) + 1

    def _other_than_peer_of(self, commitment_id: str) -> str:
        rows = self.journal.rows("entries", commitment_id=commitment_id)
        first, second = self.peers
        return second if rows and rows[0]["peer"] == first else first


def day_of(text: str) -> date:
    """Return the day that a field holds.

    Raises:
        SessionError: If it holds none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        msg = "This is no day. Write it as year-month-day, as in 2026-11-28."
        raise SessionError(msg) from error
