"""What goes to the partner: one's own shared rows, as far as they are not known to hold them. Nothing else can."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from peerkit import forget
from peerkit.accord import owner_of, says_only_acknowledged
from peerkit.errors import JournalError
from peerkit.exchange import seal
from peerkit.exchange.answer_rules import may_travel
from peerkit.exchange.keys import identity
from peerkit.exchange.partner import SENT, Partner, compared_partner, held_by_all, may_be_there
from peerkit.exchange.telling import Counts, count
from peerkit.own_file import write_own
from peerkit.row_check import KEYS, check_whole
from peerkit.schema import TABLES, Row, known

if TYPE_CHECKING:
    from peerkit.journal import Journal

FORMAT: Final = "peerkit bundle 1"
Rows = dict[str, list[Row]]
# Withdrawals have ids of their own, always the same for the same thing and moment.
_WITHDRAWN: Final = uuid.UUID("5e1a7a35-0d57-4d3c-8a0c-6b1e5c1f4d21")


@dataclass(frozen=True)
class Bundle:
    """What a bundle holds before it is sealed.

    Args:
        rows: By table, complete.
        has: Ids of the recipient's rows that are here.
        payload: All of it, as JSON holds it.
        to: The recipient's public key.
    """

    rows: Rows
    has: list[str]
    payload: dict[str, Any]
    to: bytes

    @property
    def ids(self) -> set[str]:
        """The ids of all rows in it."""
        return {row["row_id"] for rows in self.rows.values() for row in rows}


def share(journal: Journal, file: Path, *, to_myself: bool = False) -> Counts:
    """Write a bundle for the partner, or with all rows for one's own other machine, and return what is in it.

    Raises:
        ExchangeError: If there is no partner with whom the words were compared, or it would be too large.
        PeerkitError: If the file cannot be written, or something else is there already.
    """
    bundle = for_myself(journal) if to_myself else for_partner(journal)
    content = sealed(journal, bundle)
    if not to_myself:
        keep_sent(journal, bundle)
    write_own(file, content, mark=seal.MAGIC)
    return count(bundle.rows)


def keep_sent(journal: Journal, bundle: Bundle) -> None:
    """Keep which rows go to the partner, before they do: what is taken back later is taken back from them."""
    with journal.writing() as writer:
        before = set(writer.local(SENT) or ())
        if not bundle.ids <= before:
            writer.keep_local(SENT, sorted(before | bundle.ids))


def for_partner(journal: Journal) -> Bundle:
    """Return what would go to the partner now.

    Raises:
        ExchangeError: If there is no card of the partner's, or the six words were not compared yet.
    """
    partner = compared_partner(journal)
    with journal.reading():
        held = held_by_all(journal)
        rows = {
            table: [row for row in rows if row["row_id"] not in held]
            for table, rows in shareable(journal, partner.name).items()
        }
        return _bundle(journal, rows, to=partner)


def for_myself(journal: Journal) -> Bundle:
    """Return every row, private ones too, for one's own other machine."""
    own = Partner(journal.author, identity(journal).public)
    return _bundle(journal, {table: journal.rows(table) for table in TABLES}, to=own)


def sealed(journal: Journal, bundle: Bundle) -> bytes:
    """Return a bundle as the bytes of its file."""
    return seal.seal(bundle.payload, secret=identity(journal).secret, to=bundle.to)


def shareable(journal: Journal, partner: str) -> Rows:
    """Return all rows that the partner may have, held already or not.

    They are one's own, shared, of a thing that is shared now, and of no thing that the partner has forgotten. Of
    the ledger they are rows of one's own commitments, or acknowledge one of the partner's. What was said of a
    thing before it was last private stays here: who shares it again says it again. For what was taken back so,
    a tombstone goes instead.

    Args:
        journal: One's own.
        partner: Their name.
    """
    me = journal.author
    sent = may_be_there(journal)
    tombstones = journal.rows("tombstones")
    theirs = forget.Forgotten((one for one in tombstones if one["author"] == partner), me=partner)
    made: Rows = {
        "tombstones": [one for one in tombstones if (one["author"], one["visibility"]) == (me, "shared")]
    }
    for table in ("sessions", "answers", "entries"):
        made[table] = []
        for key, rows in grouped(table, journal.rows(table)).items():
            mine = [row for row in rows if row["author"] == me]
            if not all(may_travel(table, row) for row in mine):
                continue
            owner = owner_of(rows) if table == "entries" else me
            if owner != me:
                mine = [row for row in mine if owner == partner and says_only_acknowledged(row)]
            ended, now = _since_private(mine, sent)
            going = [row for row in now if not theirs.covers(table, row)]
            if going and _is_whole(table, going, rows, me):
                made[table] += going
            if ended is not None and table != "sessions":
                made["tombstones"].append(_withdrawn(table, key, ended))
    return made


def grouped(table: str, rows: Iterable[Row]) -> dict[tuple[Any, ...], list[Row]]:
    """Return rows by the session, answer or commitment that they tell of, each in the order of the rows."""
    things: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        things.setdefault(tuple(row[column] for column in KEYS[table]), []).append(row)
    return things


def as_json(row: Row) -> dict[str, Any]:
    """Return a row as JSON holds it: days as text, blanks left out."""
    return {
        column: str(value) if KIND_OF[column] == "date" else value
        for column, value in row.items()
        if value is not None
    }


KIND_OF: Final = {column: kind for columns in TABLES.values() for column, kind in columns.items()}


def _bundle(journal: Journal, rows: Rows, *, to: Partner) -> Bundle:
    is_own = to.name == journal.author
    has = [] if is_own else [row["row_id"] for table in TABLES for row in journal.rows(table, author=to.name)]
    payload = {
        "format": FORMAT,
        "pair_id": journal.pair_id,
        "author": journal.author,
        "machine": identity(journal).machine,
        # Never before a row that is in it: a row's moment may be ahead of the clock.
        "made_at": max(round(journal.moment() * 1_000_000), journal.newest() or 0),
        "has": sorted(has),
        "rows": {table: [as_json(row) for row in rows[table]] for table in TABLES},
    }
    return Bundle(rows, sorted(has), payload, to.key)


def _since_private(mine: list[Row], sent: set[str]) -> tuple[Row | None, list[Row]]:
    """Return the row that took back what has left this machine, if any, and the shared rows after it.

    Args:
        mine: One's own rows of one thing, in order.
        sent: The ids of rows that may be on the partner's machines.
    """
    private = [at for at, row in enumerate(mine) if row["visibility"] != "shared"]
    if not private:
        return None, mine
    has_left = any(row["row_id"] in sent for row in mine[: private[-1]])
    return mine[private[-1]] if has_left else None, mine[private[-1] + 1 :]


def _is_whole(table: str, going: list[Row], rows: list[Row], me: str) -> bool:
    """Return whether what goes says enough, together with what the partner wrote of the same thing."""
    ids = {row["row_id"] for row in going}
    try:
        check_whole(table, known(row for row in rows if row["author"] != me or row["row_id"] in ids))
    except JournalError:
        return False
    return True


def _withdrawn(table: str, key: tuple[Any, ...], ended: Row) -> Row:
    """Return the tombstone by which the partner's copy goes; one's own journal keeps none, for nothing is erased here."""
    kind, name = ("answer", forget.answer_key(*key)) if table == "answers" else ("commitment", str(key[0]))
    until = ended["recorded_at"]
    row_id = uuid.uuid5(_WITHDRAWN, "\n".join((ended["author"], kind, name, str(until))))
    return {
        "row_id": str(row_id),
        "recorded_at": until,
        "author": ended["author"],
        "visibility": "shared",
        "kind": kind,
        "key": name,
        "until": until,
    }
