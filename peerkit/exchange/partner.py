"""What this machine knows of the partner's: their key, whether it was compared, and what they hold already."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from peerkit.errors import ExchangeError

if TYPE_CHECKING:
    from peerkit.journal import Journal, Writer

# Names of what stays on this machine.
PARTNER = "exchange.partner"
HELD = "exchange.held."
SENT = "exchange.sent"
RECEIPT = "exchange.receipt."
TOLD = "exchange.told."
# What was last put into the watched folder for a recipient: file, ids of its rows, and what it said is held.
PUT = "exchange.put."
# Whether a bundle brought a tombstone whose rows are not erased yet: after a crash in between they still are.
TO_ERASE = "exchange.to-erase"
_KEY_BYTES = 32


@dataclass(frozen=True)
class Partner:
    """The partner as their card told, and whether the six words were the same on both sides."""

    name: str
    key: bytes
    is_compared: bool = False


def partner_of(journal: Journal) -> Partner | None:
    """Return whose card was taken in; None before that.

    Raises:
        ExchangeError: If what is kept of it cannot be used, as in a journal made to do harm.
    """
    kept = journal.local(PARTNER)
    if kept is None:
        return None
    try:
        key = bytes.fromhex(kept["key"])
        made = Partner(str(kept["name"]), key, kept["is_compared"] is True)
    except (KeyError, TypeError, ValueError):
        key = b""
    if len(key) != _KEY_BYTES:
        msg = (
            "What this journal keeps of your partner's card cannot be used. Take their card again:"
            " peerkit card --replace FILE"
        )
        raise ExchangeError(msg)
    return made


def keep_partner(writer: Writer, partner: Partner) -> None:
    """Keep a partner's card in the place of the former one. Of another key, nothing is known to be held yet."""
    before = writer.local(PARTNER)
    if not isinstance(before, dict) or before.get("key") != partner.key.hex():
        for name in writer.local_names(HELD):
            writer.keep_local(name, None)
    kept = {"name": partner.name, "key": partner.key.hex(), "is_compared": partner.is_compared}
    writer.keep_local(PARTNER, kept)


def part(journal: Journal) -> None:
    """Let go of all that this machine knows of the partner's: their card, and what they sent and hold."""
    with journal.writing() as writer:
        for name in (PARTNER, SENT, *writer.local_names(HELD), *writer.local_names(PUT)):
            writer.keep_local(name, None)


def compared_partner(journal: Journal) -> Partner:
    """Return the partner with whom bundles may be exchanged.

    Raises:
        ExchangeError: If there is no card of theirs, or the six words were not compared yet.
    """
    partner = partner_of(journal)
    if partner is None:
        msg = (
            "There is no card of your partner's here yet. Exchange cards first: peerkit card FILE writes yours,"
            " peerkit receive FILE takes theirs."
        )
        raise ExchangeError(msg)
    if not partner.is_compared:
        raise ExchangeError(standing(journal))
    return partner


def standing(journal: Journal) -> str:
    """Return in a sentence what is still to be done before bundles can be exchanged; blank where there is nothing.

    Also blank before a card was taken in: who needs no second machine is not asked for it.
    """
    partner = partner_of(journal)
    if partner is None or partner.is_compared:
        return ""
    return f"Compare the six words with {partner.name} before anything is exchanged: peerkit compare"


def keep_held(writer: Writer, machine: str, ids: Iterable[str], *, made_at: int) -> None:
    """Keep which of one's rows a machine of the partner holds, as its newest bundle says."""
    before = writer.local(HELD + machine)
    if not isinstance(before, dict) or before.get("made_at", 0) <= made_at:
        writer.keep_local(HELD + machine, {"made_at": made_at, "ids": sorted(ids)})


def held_by_all(journal: Journal) -> set[str]:
    """Return the ids of one's rows that every known machine of the partner holds."""
    held = _held(journal)
    return set.intersection(*held) if held else set()


def may_be_there(journal: Journal) -> set[str]:
    """Return the ids of one's rows that this machine has sent, or that a machine of the partner says it holds."""
    return set(journal.local(SENT) or ()).union(*_held(journal))


def _held(journal: Journal) -> list[set[str]]:
    kept: list[Any] = [journal.local(name) for name in journal.local_names(HELD)]
    return [set(one["ids"]) for one in kept]
