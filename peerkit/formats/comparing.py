"""What a file would add and change: its items beside what the journal knows of the same commitments.

A file is compared in pieces, each with the entries and records of its own commitments alone, so that a long
history costs no more memory than a short one.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from peerkit.forget import FOR_GOOD
from peerkit.formats.columns import DETAILS
from peerkit.formats.items import Given, Item, Skipped
from peerkit.formats.outgoing import items_of
from peerkit.formats.records import OWN, entry_ids, grouped, histories, is_taken_back, record_of
from peerkit.formats.registry import Format
from peerkit.formats.source import Source
from peerkit.journal import Journal, id_of
from peerkit.schema import Row, clean_value, is_clean_json, known

_NAMESPACE = bytes.fromhex("5c3f7f0e6f0c5b529a253f4f1b0f6a1d")
_OWN_ID = re.compile(OWN + r"([0-9a-z]{12})")
# An outcome, its day and its fraction are said together.
_OUTCOME = ("outcome", "closed_on", "fraction", "reason")


@dataclass(frozen=True)
class Whose:
    """Whose commitments the items become: one's own, but a peerkit table may name the partner.

    Args:
        me: Who imports.
        peers: Who may be named.
        visibility: "private" or "shared", where the file does not say.
    """

    me: str
    peers: tuple[str, ...]
    visibility: str = "private"


@dataclass(frozen=True, slots=True)
class Change:
    """One commitment that an import adds or changes.

    Args:
        commitment_id: Its id, which the same item always gets.
        item: As it was read.
        is_new: Whether it is added.
        beside: What its entry says beside what the item says: the pair, the peer, the visibility.
        news: What became known of one that is there; None where only what is kept beside the ledger changed.
    """

    commitment_id: str
    item: Item
    is_new: bool
    beside: Row
    news: Row | None = None

    @property
    def row(self) -> Row | None:
        """The entry, which is made when it is asked for; None where none is added."""
        told = _columns(self.item) if self.is_new else self.news
        return {"commitment_id": self.commitment_id, **self.beside, **told} if told else None


class Comparison:
    """Some items beside what the journal knows of their commitments, and of no others.

    Args:
        journal: Where they are looked up.
        form: As which they were read.
        items: A piece of a file.
        given: As for a reader.
        whose: Whose they become.
    """

    def __init__(
        self, journal: Journal, form: Format, items: Sequence[Item], given: Given, whose: Whose
    ) -> None:
        self._pair_id = journal.pair_id or None
        self._form = form
        self._whose = whose
        made = {item.uid: _made_id(journal, form, item.uid) for item in items}
        own = {item.uid: told[1] for item in items if (told := _OWN_ID.fullmatch(item.uid))}
        asked = {*made.values(), *own.values()}
        self._entries = grouped(journal.rows("entries", commitment_id=asked), "commitment_id")
        self._histories = histories(journal, set(self._entries)) if self._entries else {}
        # One's own: what the other forgot covers only what they wrote.
        stones = journal.rows("tombstones", kind="commitment", key=asked, author=journal.author)
        self._forgotten = {row["key"] for row in stones if row["until"] == FOR_GOOD}
        ours = self._entries.keys() | self._forgotten
        # The commitment of each item: always the same, and another one in another workspace.
        self.ids = {uid: own[uid] if own.get(uid) in ours else name for uid, name in made.items()}
        self._states = {name: known(rows) for name, rows in self._entries.items()}
        self._there = {name for name, state in self._states.items() if not is_taken_back(state)}
        self._read = {name: self._last_read(name) for name in self._there}
        unlike = {self.ids[one.uid] for one in items if not _is_same(self._read.get(self.ids[one.uid]), one)}
        self._shown = self._as_read(journal, unlike & self._there, given)

    def found(self, item: Item) -> Change | Skipped | None:
        """Return what an item would add or change, or why it is left; None where it says nothing new."""
        name = self.ids[item.uid]
        if name in self._forgotten:
            return Skipped(item.line, "It was forgotten here for good; that stands.")
        if name not in self._there:
            return Change(name, item, is_new=True, beside=self._first(name, item))
        shown = self._shown.get(name)
        before = self._read[name] or shown
        if before is None or _is_same(before, item) or _is_same(shown, item):
            return None
        state = self._states[name]
        news = _difference(before, item, state)
        reason = _why_left(news, state, self._by_hand(name), self._whose)
        if reason:
            return Skipped(item.line, reason)
        beside = _beside(pair_id=self._pair_id, visibility=state["visibility"])
        return Change(name, item, is_new=False, beside=beside, news=news or None)

    def _first(self, name: str, item: Item) -> Row:
        owner = item.details.get("peer")
        peer = owner if owner in self._whose.peers else self._whose.me
        # What was taken back comes again without the reason why it had gone.
        again = {"reason": ""} if name in self._states else {}
        return _beside(pair_id=self._pair_id, peer=peer, visibility=self._whose.visibility, **again)

    def _last_read(self, name: str) -> Item | None:
        """Return a commitment as this format said it last."""
        rows = self._histories.get(name)
        last = record_of(rows[-1]) if rows else None
        return last.item if last is not None and last.format == self._form.name else None

    def _by_hand(self, name: str) -> list[Row]:
        """Return what was said of a commitment here after its first entry."""
        imported = entry_ids(self._histories.get(name, ()))
        return [row for row in self._entries[name][1:] if row["row_id"] not in imported]

    def _as_read(self, journal: Journal, names: set[str], given: Given) -> dict[str, Item]:
        """Return commitments as this format would say them now: what an item says beyond that became known since."""
        if not names:
            return {}
        from peerkit.fold import commitments  # here, because it loads pandas

        entries = journal.frame("entries", commitment_id=names)
        table = commitments(entries, as_of=journal.today(), time_zone=journal.time_zone)
        kept = {name: record_of(self._histories[name][-1]) for name in names if name in self._histories}
        written = list(items_of(table, kept, self._form))
        by_uid = {item.uid: name for item, name in zip(written, table["commitment_id"], strict=True)}
        content = io.BytesIO()
        self._form.write(written, content)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, f"now{self._form.suffixes[0]}")
            path.write_bytes(content.getvalue())
            read = self._form.read(Source(path), replace(given, mapping=None))
        return {by_uid[item.uid]: item for item in read.items if item.uid in by_uid}


def cleaned(item: Item) -> Item:
    """Return an item as the journal will keep it, so that what is read again says nothing new."""
    beside = [item.details, item.unknown]
    if beside == [{}, {}] or is_clean_json(json.dumps(beside)):
        return item
    kept: dict[str, Any] = {"details": clean_value(item.details), "unknown": clean_value(item.unknown)}
    is_same = kept["details"] == item.details and kept["unknown"] == item.unknown
    return item if is_same else replace(item, **kept)


def _made_id(journal: Journal, form: Format, uid: str) -> str:
    """Return the id of the commitment that an item becomes."""
    kind = OWN if uid.startswith(OWN) else form.name
    # The last 60 bits of a name's UUID of version 5 (RFC 9562), which are those of its hash.
    name = hashlib.sha1(_NAMESPACE + f"{kind}\n{journal.pair_id}\n{uid}".encode(), usedforsecurity=False)
    return id_of(int.from_bytes(name.digest()[8:16]))


@lru_cache(maxsize=100)
def _beside(**said: str | None) -> Row:
    """Return the same row each time, because a hundred thousand changes have one of a few."""
    return said


def _columns(item: Item) -> Row:
    """Return what an item says, by the ledger's columns; blanks are left out."""
    is_open, is_partly = item.outcome == "open", item.outcome == "partly"
    told = {
        "text": item.text,
        "due_on": item.due_on,
        "area": item.area or None,
        "outcome": item.outcome,
        "closed_on": None if is_open else item.closed_on,
        "fraction": item.fraction if is_partly else None,
        **{name: item.details.get(name) for name in DETAILS},
    }
    return {name: value for name, value in told.items() if value is not None}


def _difference(before: Item, item: Item, state: Row) -> Row:
    """Return what became known since an item was last read, where the ledger does not say so already."""
    was, told = _columns(before), _columns(item)
    return {
        name: value for name, value in told.items() if value != was.get(name) and value != state.get(name)
    }


def _why_left(row: Row, state: Row, by_hand: list[Row], whose: Whose) -> str:
    if row and state["peer"] != whose.me:
        return f"It is a commitment of {state['peer']}, who alone changes it."
    said = {name for one in by_hand for name, value in one.items() if value is not None}
    if "outcome" in said and row.keys() & set(_OUTCOME):
        return "What became of it was said here since; that stands."
    if "due_on" in said and "due_on" in row:
        return "Its due date was moved here since; that stands."
    return ""


def _is_same(one: Item | None, other: Item) -> bool:
    return one is not None and replace(one, line=other.line) == other
