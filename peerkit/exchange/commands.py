"""The work of the commands card, compare, share, receive, exchange and machine."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from peerkit.errors import ExchangeError
from peerkit.exchange import card, machines, outgoing, seal
from peerkit.exchange.incoming import receive
from peerkit.exchange.keys import identity, six_words
from peerkit.exchange.partner import Partner, keep_partner, partner_of, standing
from peerkit.exchange.telling import count
from peerkit.journal import Journal
from peerkit.vault import PASSPHRASE
from peerkit.workspace import Workspace


def write_card(workspace: Workspace, journal: Journal, file: Path) -> str:
    """Write one's card and return what is told of it."""
    card.write_card(workspace, journal, file)
    other = workspace.partner or "your partner"
    return f"Wrote your card: {file}. Give it to {other}, who takes it in with: peerkit receive {file.name}"


def take(workspace: Workspace, journal: Journal, file: Path, *, replace: bool = False) -> dict[str, Any]:
    """Take in a card or a bundle, by what it is, and return what is told of it, as JSON holds it.

    Args:
        workspace: Where.
        journal: Its journal.
        file: From the partner, or from one's own other machine.
        replace: It is a card that may take the place of the one that is known.

    Raises:
        ExchangeError: If it cannot be taken in; nothing is changed then.
    """
    raw = _read(file)
    if raw.startswith(seal.MAGIC) and not replace:
        received = receive(workspace, journal, raw)
        made = [str(path) for path in received.notebooks]
        return {
            "from": received.sender,
            "own": received.is_own,
            **asdict(received.counts),
            "notebooks": made,
            "told": received.in_words(),
        }
    named = card.take_card(workspace, journal, raw, is_new=replace)
    told = f"{named.partner}'s card is taken in. {standing(journal)}".strip()
    return {"card": named.partner, "told": told}


def words(workspace: Workspace, journal: Journal) -> list[str]:
    """Return the six words of both keys.

    Raises:
        ExchangeError: If there is no card of the partner's yet.
    """
    partner = _partner(journal)
    return six_words(identity(journal).public, partner.key)


def compared(journal: Journal, *, are_same: bool) -> str:
    """Keep whether the words were the same on the other side, and return what is told then."""
    partner = _partner(journal)
    with journal.writing() as writer:
        keep_partner(writer, Partner(partner.name, partner.key, are_same))
    if are_same:
        return f"Good: what is sealed from now on only {partner.name} can open. Next: peerkit share FILE"
    return (
        f"Then a card was changed on its way, or is of another workspace, and nothing is exchanged. Hand {partner.name}"
        " your card in person, and take theirs with: peerkit card --replace FILE"
    )


def share(journal: Journal, file: Path | None, *, to_myself: bool, dry_run: bool) -> dict[str, Any]:
    """Write a bundle, or with `dry_run` only say what would be in it; return the counts and a sentence.

    Raises:
        ExchangeError: If no file is named, or there is nobody to share with yet.
    """
    if file is None and not dry_run:
        msg = "Say which file is written, as in: peerkit share for-jonas.bundle"
        raise ExchangeError(msg)
    if file is None or dry_run:
        bundle = outgoing.for_myself(journal) if to_myself else outgoing.for_partner(journal)
        counts = count(bundle.rows)
    else:
        counts = outgoing.share(journal, file, to_myself=to_myself)
    partner = partner_of(journal)
    to = "your other machine" if to_myself or partner is None else partner.name
    place = "would go" if dry_run else f"written to {file}"
    return {"to": to, **asdict(counts), "told": f"For {to}: {counts.in_words()}, {place}."}


def passphrase(*, is_new: bool) -> str:
    """Return the passphrase of a machine's file: of the environment, or asked for, a new one twice.

    Raises:
        ExchangeError: If it is in neither, and nobody can be asked.
    """
    given = os.environ.get(PASSPHRASE)
    if given:
        return given
    if not sys.stdin.isatty():
        msg = f"A passphrase is needed. Set {PASSPHRASE}, or run this where it can be asked for."
        raise ExchangeError(msg)
    return str(typer.prompt("Passphrase", hide_input=True, confirmation_prompt=is_new))


def export_machine(workspace: Workspace, journal: Journal, file: Path) -> str:
    """Write what a second machine needs, and return what is told then."""
    machines.export_machine(workspace, journal, file, passphrase=passphrase(is_new=True))
    return (
        f"Wrote {file}. On the other machine: peerkit machine join {file.name} coaching. Remove the file afterwards:"
        " whoever has it and the passphrase can be you."
    )


def join_machine(file: Path, folder: Path) -> str:
    """Make the workspace of a second machine, and return what is told then."""
    made = machines.join_machine(file, folder, passphrase=passphrase(is_new=False))
    return (
        f"Made {folder} for {made.me}. What is on the first machine comes with a bundle: there peerkit share --to-myself"
        " FILE, here peerkit receive FILE."
    )


def _partner(journal: Journal) -> Partner:
    partner = partner_of(journal)
    if partner is None:
        msg = "There is no card of your partner's here yet. Take it in with: peerkit receive FILE"
        raise ExchangeError(msg)
    return partner


def _read(file: Path) -> bytes:
    try:
        if file.stat().st_size > seal.MAX_FILE:
            seal.refuse(f"is larger than the {seal.MAX_FILE // 10**6} MB that a bundle has at most")
        return file.read_bytes()
    except OSError as error:
        msg = f"{file} cannot be read ({error.strerror}). Give the file that came from the other machine."
        raise ExchangeError(msg) from error
