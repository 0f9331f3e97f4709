"""Forgetting for good: what was said is erased, and a tombstone keeps it from coming back.

A tombstone names a thing by its id and holds no word of it. It travels with the rows, so that the partner's copy
and one's own other machine forget as well.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from peerkit import agreement, ahead_behind, care
from peerkit.journal import Journal
from peerkit.row_check import LAST_MOMENT
from peerkit.schema import IMPORTED, TABLES, Row

# A tombstone without an end covers whatever comes to light of its thing, also later.
FOR_GOOD = LAST_MOMENT
# Sheets that are a pair's own.
_OF_A_PAIR = (agreement.SHEET, ahead_behind.SHEET)


class Erased(NamedTuple):
    """How many rows of the journal went, and the backups that could not be reached and may still hold them."""

    rows: int
    left: list[Path]


def answer_key(session_id: str, phase: str, prompt: str, author: str) -> str:
    """Return how a tombstone names one answer."""
    return json.dumps([session_id, phase, prompt, author], ensure_ascii=False)


def partner_key(name: str) -> str:
    """Return how a tombstone names a partner: not by the name, which is forgotten, too."""
    return hashlib.sha256(name.encode()).hexdigest()[:32]


class Forgotten:
    """What a journal's tombstones cover.

    One's own tombstone covers what anybody wrote of its thing; another's covers only what they wrote
    themselves, for nobody erases the words of the other. A session's own row is no text and stays: that the
    two met, when and in which roles, is what the turns rest on. With a partner it goes as well.

    Args:
        tombstones: Rows of that table.
        me: Whose journal it is.
    """

    def __init__(self, tombstones: Iterable[Row], *, me: str) -> None:
        self._me = me
        # Up to which moment each author has forgotten a thing.
        self._until: dict[tuple[str, str, str], int] = {}
        for one in tombstones:
            thing = (one["author"], one["kind"], one["key"])
            self._until[thing] = max(one["until"], self._until.get(thing, 0))
        self._kinds = {kind for _, kind, _ in self._until}

    def covers(self, table: str, row: Row) -> bool:
        """Return whether a row, with the columns of its table, was forgotten."""
        return any(
            row["recorded_at"] <= self._until.get((author, kind, key), -1)
            for kind, key in self._things(table, row)
            for author in {self._me, row["author"]}
        )

    def names(self, peer: str | None) -> bool:
        """Return whether a peer was forgotten by this name."""
        return peer is not None and (self._me, "partner", partner_key(peer)) in self._until

    def _things(self, table: str, row: Row) -> Iterator[tuple[str, str]]:
        """Yield what a row tells of, of the kinds that something was forgotten of."""
        if table == "answers" and "answer" in self._kinds:
            yield "answer", answer_key(row["session_id"], row["phase"], row["prompt"], row["author"])
        if table == "entries" and "commitment" in self._kinds:
            yield "commitment", row["commitment_id"]
        if table == "answers" and "commitment" in self._kinds and row["session_id"] == IMPORTED:
            # What an import read of it has its words as well.
            yield "commitment", row["prompt"]
        if table in ("answers", "entries") and "session" in self._kinds and row["session_id"]:
            yield "session", row["session_id"]
        if table != "tombstones" and "partner" in self._kinds:
            for column in ("author", "peer", "coach", "focus"):
                if row.get(column):
                    yield "partner", partner_key(row[column])


def forget_answers(journal: Journal, keys: Sequence[tuple[str, str, str, str]]) -> Erased:
    """Erase answers for good: each as (session_id, phase, prompt, author). Return what went.

    Raises:
        JournalError: If the journal is busy or cannot be written; nothing was erased then.
    """
    return _forget(journal, [("answer", answer_key(*key), FOR_GOOD) for key in keys])


def forget_commitment(journal: Journal, commitment_id: str) -> Erased:
    """Erase a commitment with all that was ever said of it. Return what went.

    Raises:
        JournalError: As `forget_answers`.
    """
    return _forget(journal, [("commitment", commitment_id, FOR_GOOD)])


def forget_session(journal: Journal, session_id: str) -> Erased:
    """Erase what was said and promised in a session. Return what went.

    Raises:
        JournalError: As `forget_answers`.
    """
    rows = journal.rows("entries", session_id=session_id)
    promised = dict.fromkeys(row["commitment_id"] for row in rows)
    things = [("session", session_id), *(("commitment", one) for one in promised)]
    return _forget(journal, [(kind, key, FOR_GOOD) for kind, key in things])


def forget_partner(journal: Journal, partner: str) -> Erased:
    """Erase everything by, with and about a partner up to now. Return what went.

    All that was said and promised in the sessions of the two goes, also by oneself, and their agreement and map.
    One's own cards and worksheets stay, and so do commitments that were made outside of a session. What one
    wrote about the partner in these, in one's own words, no program can find.

    Raises:
        JournalError: As `forget_answers`.
    """
    now = journal.newest() or 0
    together = {
        row["session_id"] for row in journal.rows("sessions") if partner in (row["coach"], row["focus"])
    }
    promised = {row["commitment_id"] for row in journal.rows("entries", session_id=together) if together}
    return _forget(
        journal,
        [
            ("partner", partner_key(partner), now),
            *(("session", one, now) for one in (*_OF_A_PAIR, *sorted(together))),
            *(("commitment", one, now) for one in sorted(promised)),
        ],
    )


def erase(journal: Journal, stones: Sequence[Row] = ()) -> Erased:
    """Erase the rows that tombstones cover, from the journal's file and its backups. Return what went.

    Args:
        journal: Where it is done.
        stones: Complete rows that are not in the journal yet; they come in with the erasing, or neither does.

    Raises:
        JournalError: If the journal is busy or cannot be written; it is as it was then.
    """
    forgotten = Forgotten([*journal.rows("tombstones"), *stones], me=journal.author)
    gone = _covered(journal, forgotten)
    if not gone and not stones:
        return Erased(0, [])
    added = [("tombstones", one) for one in stones]
    left = care.change(journal.path, lambda table, row: without(table, row, forgotten, gone), added=added)
    return Erased(len(gone), left)


def _covered(journal: Journal, forgotten: Forgotten) -> set[str]:
    """Return the ids of the rows that are to go."""
    rows = {table: journal.rows(table) for table in TABLES}
    gone = {row["row_id"] for table in rows for row in rows[table] if forgotten.covers(table, row)}
    # What was added to a thing of which the beginning is forgotten says nothing any more.
    for table, key, begins in (("entries", "commitment_id", "peer"), ("sessions", "session_id", "focus")):
        whole = {row[key] for row in rows[table] if row[begins] and row["row_id"] not in gone}
        gone |= {row["row_id"] for row in rows[table] if row[key] not in whole}
    left = {row["commitment_id"] for row in rows["entries"] if row["row_id"] not in gone}
    read = (row for row in rows["answers"] if row["session_id"] == IMPORTED)
    return gone | {row["row_id"] for row in read if row["prompt"] not in left}


def without(
    table: str, row: dict[str, Any], forgotten: Forgotten, gone: Collection[str] = ()
) -> dict[str, Any] | None:
    """Return what is left of a row of a journal or a backup: a backup may hold rows that the journal never had."""
    if table != "local" and (row["row_id"] in gone or forgotten.covers(table, row)):
        return None
    if table == "entries" and forgotten.names(row["agreed_by"]):
        return {**row, "agreed_by": None}
    return row


def _forget(journal: Journal, things: Sequence[tuple[str, str, int]]) -> Erased:
    """Erase things, and leave a tombstone for each. Of what was private nobody else learns that it was there."""
    stones = []
    with journal.writing() as writer:
        shared = [
            (table, row)
            for table in ("answers", "entries")
            for row in writer.rows(table, author=journal.author, visibility="shared")
        ]
        for kind, key, until in things:
            stone = writer.complete("tombstones", {"kind": kind, "key": key, "until": until})
            covering = Forgotten([stone], me=journal.author)
            was_shared = any(covering.covers(table, row) for table, row in shared)
            stones.append({**stone, "visibility": "shared" if was_shared else "private"})
    return erase(journal, stones)
