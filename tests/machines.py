"""Two peers and their machines: workspaces whose keys are known to each other, and the files between them."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from helpers import Clock, clock_at

from peerkit.exchange import outgoing
from peerkit.exchange.incoming import Received, receive
from peerkit.exchange.keys import MACHINE, identity, keep_identity
from peerkit.exchange.partner import Partner, keep_partner
from peerkit.exchange.seal import seal
from peerkit.journal import Journal
from peerkit.schema import TABLES, Row
from peerkit.workspace import Workspace, init_workspace

PAIR_ID = "amara-jonas"
OTHER = {"Amara": "Jonas", "Jonas": "Amara"}


class Machine:
    """One machine of one peer, with a clock that a test sets."""

    def __init__(self, folder: Path, *, me: str, partner: str = "", clock: Clock | None = None) -> None:
        self.clock = clock or clock_at("03-01")
        self.place: Workspace = init_workspace(
            folder, me=me, partner=partner or OTHER[me], time_zone="UTC", pair_id=PAIR_ID
        )
        self.me = me
        # The same ids on every run.
        self._chance = random.Random(folder.name)
        self.journal = self.opened()

    def opened(self) -> Journal:
        """Return the journal as another process would open it, with this machine's clock."""
        return Journal(
            self.place.journal_path,
            author=self.me,
            pair_id=PAIR_ID,
            time_zone="UTC",
            clock=self.clock,
            chance=self._chance,
        )

    @property
    def key(self) -> bytes:
        """The public key of this machine's peer."""
        return identity(self.journal).public

    def knows(self, other: Machine, *, is_compared: bool = True) -> None:
        """Keep the other's card, as if it had been given and the words compared."""
        with self.journal.writing() as writer:
            keep_partner(writer, Partner(other.me, other.key, is_compared))

    def joins(self, first: Machine) -> None:
        """Be another machine of the same person."""
        with self.journal.writing() as writer:
            keep_identity(writer, identity(first.journal).secret)

    def bundle(self, *, to_myself: bool = False) -> bytes:
        """Return what `peerkit share` would write."""
        made = outgoing.for_myself(self.journal) if to_myself else outgoing.for_partner(self.journal)
        if not to_myself:
            outgoing.keep_sent(self.journal, made)
        return outgoing.sealed(self.journal, made)

    def takes(self, raw: bytes) -> Received:
        """Take a bundle in."""
        return receive(self.place, self.journal, raw)

    def rows(self) -> dict[str, list[Row]]:
        """Return all rows of the journal, by table."""
        return {table: self.journal.rows(table) for table in TABLES}

    def payload(self) -> dict[str, Any]:
        """Return what a bundle for the partner holds, as JSON does, to be changed and sealed again."""
        told: dict[str, Any] = json.loads(json.dumps(outgoing.for_partner(self.journal).payload))
        return told

    def sealed(self, payload: dict[str, Any], *, to: Machine) -> bytes:
        """Return any payload, sealed as this machine's peer would."""
        return seal(payload, secret=identity(self.journal).secret, to=to.key)


def pair(folder: Path) -> tuple[Machine, Machine]:
    """Return Amara's and Jonas's machine, who have compared their words."""
    amara, jonas = Machine(folder / "amara", me="Amara"), Machine(folder / "jonas", me="Jonas")
    amara.knows(jonas)
    jonas.knows(amara)
    return amara, jonas


def name_of(machine: Machine) -> str:
    """Return the random name of a machine."""
    return str(machine.journal.local(MACHINE))
