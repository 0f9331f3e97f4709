"""Taking a bundle in: it is checked whole, then merged in one transaction, or refused with nothing written."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from peerkit import forget, sessions
from peerkit.errors import PeerkitError
from peerkit.exchange import row_rules, seal
from peerkit.exchange.keys import fingerprint, identity
from peerkit.exchange.outgoing import FORMAT, Rows, grouped
from peerkit.exchange.partner import RECEIPT, TO_ERASE, compared_partner, keep_held, partner_of
from peerkit.exchange.row_rules import Sides
from peerkit.exchange.seal import refuse
from peerkit.exchange.telling import Counts, count
from peerkit.notebooks import write_notebook
from peerkit.schema import KEYED_BY, TABLES
from peerkit.templates import template

if TYPE_CHECKING:
    from peerkit.journal import Journal, Writer
    from peerkit.workspace import Workspace


@dataclass(frozen=True)
class Received:
    """What was taken in: from whom, how much, and which notebooks were made for it."""

    sender: str
    is_own: bool
    counts: Counts
    notebooks: tuple[Path, ...] = ()

    def in_words(self) -> str:
        """Return it as a sentence that holds no word of it."""
        sender = "your other machine" if self.is_own else self.sender
        return f"From {sender}: {self.counts.in_words()}."


def receive(workspace: Workspace, journal: Journal, raw: bytes) -> Received:
    """Take in a bundle, all of it or nothing, and return how much was new.

    Args:
        workspace: Where it is taken in.
        journal: The one of that workspace.
        raw: All bytes of the bundle's file.

    Raises:
        ExchangeError: If it cannot be taken in; in one sentence that says why. Nothing is written then.
    """
    digest = hashlib.sha256(raw).hexdigest()
    own = identity(journal)
    header = seal.header_of(raw)
    is_own = header.sender == fingerprint(own.public)
    sender, key = (workspace.me, own.public) if is_own else _sender(journal, header.sender)
    if header.recipient != fingerprint(own.public):
        refuse("is sealed for another key than yours", remedy="ask for one that is made for you")
    if journal.local(RECEIPT + digest) is not None:
        refuse("was taken in already", remedy="there is nothing more to do")
    payload = seal.unseal(raw, secret=own.secret, sender=key)
    sides = Sides(workspace.me, sender, round(journal.moment() * 1_000_000), is_own)
    _check_letter(payload, workspace, sides)
    rows = row_rules.rows_of(payload["rows"])
    with journal.writing() as writer:
        held = {table: writer.rows(table) for table in TABLES}
        row_rules.check(rows, held, sides)
        taken = row_rules.left_in(rows, held, me=workspace.me, templates=workspace.templates)
        for table, news in taken.items():
            writer.merge(table, news)
        _keep_private(writer, taken)
        if not is_own:
            keep_held(writer, payload["machine"], payload["has"], made_at=payload["made_at"])
        writer.keep_local(RECEIPT + digest, payload["made_at"])
        if taken["tombstones"]:
            writer.keep_local(TO_ERASE, True)
    _erase_forgotten(journal)
    made = _notebooks(workspace, journal, taken)
    return Received(sender, is_own, count(taken), tuple(made))


def _sender(journal: Journal, named: bytes) -> tuple[str, bytes]:
    """Return name and key of the partner, where a bundle is from them."""
    partner = partner_of(journal)
    if partner is None or fingerprint(partner.key) != named:
        refuse(
            "is from a sender whose card is not here", remedy="first take in their card: peerkit receive FILE"
        )
    return partner.name, compared_partner(journal).key


def _check_letter(payload: dict[str, Any], workspace: Workspace, sides: Sides) -> None:
    """Refuse a bundle that is of another kind, pair, author or time, or does not say which rows are held."""
    if payload.get("format") != FORMAT:
        refuse("is of a kind that this peerkit does not know", remedy="update: pip install --upgrade peerkit")
    if payload.get("pair_id") != workspace.pair_id:
        refuse("is of another pair", remedy="exchange cards once more, both of you")
    if payload.get("author") != sides.sender:
        refuse("names another author than its sender")
    made_at, machine, has = (payload.get(name) for name in ("made_at", "machine", "has"))
    if type(made_at) is not int or not 0 <= made_at <= sides.now + row_rules.AHEAD:
        refuse("was made more than an hour ahead of your clock", remedy="check both clocks")
    named = [machine, *has] if isinstance(has, list) else [None]
    if len(named) > row_rules.MAX_ROWS or not all(isinstance(one, str) and len(one) <= 40 for one in named):
        refuse("does not say which rows are held, as every bundle does")


def _keep_private(writer: Writer, taken: Rows) -> None:
    """Keep private what its owner made private: a shared row of the other's, recorded later, does not change that."""
    me = writer.journal.author
    for table in ("sessions", "entries"):
        key = KEYED_BY[table]
        news = {row[key] for row in taken[table]}
        for (name,), rows in grouped(table, writer.rows(table, **{key: news})).items():
            mine = [row for row in rows if row["author"] == me]
            if mine and mine[-1]["visibility"] == "private" and rows[-1]["visibility"] == "shared":
                writer.add(table, {key: name, "visibility": "private"})


def _erase_forgotten(journal: Journal) -> None:
    """Erase what is here of things that are forgotten by now; what a crash left of it goes the next time."""
    if journal.local(TO_ERASE) is None:
        return
    forget.erase(journal)
    with journal.writing() as writer:
        writer.keep_local(TO_ERASE, None)


def _notebooks(workspace: Workspace, journal: Journal, taken: Rows) -> list[Path]:
    """Write the notebooks of sessions that came, are still to be held or going on, and have none here."""
    made = []
    for session_id in dict.fromkeys(row["session_id"] for row in taken["sessions"]):
        # What came is in the journal; a notebook that cannot be written is written by `peerkit new --again`.
        with suppress(PeerkitError):
            session = sessions.session(journal, session_id)
            if session.status not in ("planned", "open") or session.is_card:
                continue
            shape = template(session.template, folder=workspace.templates)
            if not workspace.notebook_path(session).exists():
                made.append(write_notebook(workspace, session, shape))
    return made
