"""Two peers, three machines, bundles in any order: what is shared comes to be the same, and nothing private leaves."""

from __future__ import annotations

import json
import shutil
import tempfile
from datetime import date, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from machines import OTHER, Machine

from peerkit import forget, ledger, sessions, template
from peerkit.accord import owner_of
from peerkit.errors import ExchangeError
from peerkit.exchange import incoming, seal
from peerkit.exchange.keys import identity
from peerkit.exchange.outgoing import grouped, shareable
from peerkit.schema import TABLES, known
from peerkit.sessions import write_answer

SENTINEL = "xyzzy-private"
SESSION = "s00000000001"
NAMES = ("laptop", "desktop", "jonas")
ON = date(2024, 3, 1)
names = st.sampled_from(NAMES)
visibilities = st.sampled_from(["shared", "shared", "private"])


class TheyExchange(RuleBasedStateMachine):
    """Amara has a laptop and a desktop, Jonas one machine; files between them are lost, repeated and reordered."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="exchange-"))
        self.machines = {
            name: Machine(self.folder / name, me="Jonas" if name == "jonas" else "Amara") for name in NAMES
        }
        laptop, desktop, jonas = (self.machines[name] for name in NAMES)
        desktop.joins(laptop)
        for one in (laptop, desktop):
            one.knows(jonas)
        jonas.knows(laptop)
        # Each bundle with whom it is for, as a program that keeps folders the same would hold it.
        self.letters: list[tuple[str, bytes]] = []
        self.n_said = 0

    def teardown(self) -> None:
        try:
            self.all_agree_in_the_end()
        finally:
            for one in self.machines.values():
                one.journal.close()
            shutil.rmtree(self.folder)

    # What the two do, each on one machine.

    def at(self, name: str) -> Machine:
        """Return a machine, its clock a little later than the last time anything was done."""
        for one in self.machines.values():
            one.clock.now += timedelta(seconds=1)
        return self.machines[name]

    def words(self, machine: Machine, visibility: str) -> str:
        self.n_said += 1
        is_secret = visibility == "private" and machine.me == "Amara"
        return f"{SENTINEL if is_secret else 'said'} {self.n_said}"

    def own(self, machine: Machine) -> list[str]:
        found = grouped("entries", machine.journal.rows("entries")).items()
        return [key[0] for key, rows in found if owner_of(rows) == machine.me]

    @rule(name=names, visibility=visibilities)
    def promises(self, name, visibility):
        one = self.at(name)
        ledger.promise(
            one.journal, self.words(one, visibility), peer=one.me, on=ON, due_on=ON, visibility=visibility
        )

    @rule(name=names, visibility=visibilities, place=st.integers(0, 2))
    def answers(self, name, visibility, place):
        one = self.at(name)
        key = {"session_id": SESSION, "phase": "p", "prompt": f"q{place}", "author": one.me}
        revision = known(one.journal.rows("answers", **key)).get("revision", 0)
        write_answer(
            one.journal, **key, value=self.words(one, visibility), revision=revision, visibility=visibility
        )

    @rule(name=names)
    def plans(self, name):
        one = self.at(name)
        shape = template("weekly")
        sessions.plan_session(one.journal, shape, held_on=ON, focus=one.me, coach=OTHER[one.me])

    @rule(name=names, pick=st.integers(0, 9))
    def opens(self, name, pick):
        one = self.at(name)
        found = sessions.list_sessions(one.journal)
        if found:
            sessions.open_session(one.journal, found[pick % len(found)].session_id)

    @rule(name=names, pick=st.integers(0, 9), outcome=st.sampled_from(["kept", "missed"]))
    def settles(self, name, pick, outcome):
        one = self.at(name)
        ids = [key for (key,) in grouped("entries", one.journal.rows("entries"))]
        if ids:
            ledger.settle(one.journal, ids[pick % len(ids)], outcome, on=ON, reason="said again")

    @rule(name=names, pick=st.integers(0, 9), visibility=visibilities)
    def shows_or_hides(self, name, pick, visibility):
        """Sharing says the whole thing again; hiding says no more than that."""
        one = self.at(name)
        ids = self.own(one)
        if not ids:
            return
        state = known(one.journal.rows("entries", commitment_id=ids[pick % len(ids)]))
        change = {"commitment_id": state["commitment_id"], "visibility": visibility}
        if visibility == "shared":
            self.n_said += 1
            change |= {"peer": one.me, "text": f"said {self.n_said}", "outcome": state["outcome"]}
        one.journal.add("entries", change)

    @rule(name=names, pick=st.integers(0, 9))
    def forgets(self, name, pick):
        one = self.at(name)
        ids = [key for (key,) in grouped("entries", one.journal.rows("entries"))]
        if ids:
            forget.forget_commitment(one.journal, ids[pick % len(ids)])

    # What happens to the files.

    @rule(name=names)
    def shares(self, name):
        self.letters.append(("Jonas" if name != "jonas" else "Amara", self.at(name).bundle()))

    @rule(name=st.sampled_from(["laptop", "desktop"]))
    def shares_with_herself(self, name):
        self.letters.append(("Amara", self.at(name).bundle(to_myself=True)))

    @precondition(lambda self: self.letters)
    @rule(name=names, pick=st.integers(0, 99))
    def receives(self, name, pick):
        self.take(self.at(name), self.letters[pick % len(self.letters)][1])

    @precondition(lambda self: self.letters)
    @rule(pick=st.integers(0, 99))
    def a_file_is_lost(self, pick):
        del self.letters[pick % len(self.letters)]

    @precondition(lambda self: self.letters)
    @rule(name=names, pick=st.integers(0, 99), after=st.booleans())
    def crashes_while_receiving(self, name, pick, after):
        """Before all of it is kept, or after that and before what is forgotten is erased."""
        one = self.at(name)
        place, broken = (incoming.forget, "erase") if after else (incoming, "keep_held")
        whole = getattr(place, broken)
        setattr(place, broken, _fails)
        try:
            self.take(one, self.letters[pick % len(self.letters)][1])
        except PowerError:
            one.journal.close()
            one.journal = one.opened()
        finally:
            setattr(place, broken, whole)

    def take(self, machine: Machine, raw: bytes) -> None:
        before, why = machine.rows(), ""
        try:
            machine.takes(raw)
        except ExchangeError as error:
            why = str(error)
        # Nothing else may stand in the way of an honest bundle.
        assert why == "" or "taken in already" in why or "sealed for another key" in why
        assert why == "" or machine.rows() == before

    # What holds.

    @invariant()
    def nothing_private_reaches_jonas(self):
        for to, raw in self.letters[-2:]:
            if to == "Jonas":
                assert SENTINEL not in json.dumps(self.opened(raw))
        jonas = self.machines["jonas"]
        assert SENTINEL.encode() not in jonas.place.journal_path.read_bytes()

    def opened(self, raw: bytes) -> dict:
        return seal.unseal(
            raw, secret=identity(self.machines["jonas"].journal).secret, sender=self.machines["laptop"].key
        )

    def all_agree_in_the_end(self) -> None:
        """After a complete exchange all agree on what is shared, and on what is forgotten."""
        for _ in range(4):
            for name in NAMES:
                raw = self.at(name).bundle()
                for other in ("jonas",) if name != "jonas" else ("laptop", "desktop"):
                    self.take(self.machines[other], raw)
            for name, other in (("laptop", "desktop"), ("desktop", "laptop")):
                self.take(self.machines[other], self.at(name).bundle(to_myself=True))
        laptop, desktop, jonas = (self.machines[name] for name in NAMES)
        assert by_id(laptop) == by_id(desktop)
        for sender, receivers in ((laptop, [jonas]), (jonas, [laptop, desktop])):
            may_go = shareable(sender.journal, OTHER[sender.me])
            for receiver in receivers:
                for table in ("answers", "entries"):
                    there = [row for row in receiver.rows()[table] if row["author"] == sender.me]
                    stones = receiver.journal.rows("tombstones")
                    gone = forget.Forgotten(stones, me=receiver.me)
                    going = [row for row in may_go[table] if not gone.covers(table, row)]
                    assert ids_of(there) == ids_of_whole(receiver, table, going)
        for one in self.machines.values():
            gone = forget.Forgotten(one.journal.rows("tombstones"), me=one.me)
            assert [row for table in TABLES for row in one.rows()[table] if gone.covers(table, row)] == []


class PowerError(Exception):
    """The machine stopped."""


def _fails(*_, **__):
    raise PowerError


def by_id(machine: Machine) -> dict[str, dict]:
    return {row["row_id"]: row for rows in machine.rows().values() for row in rows}


def ids_of(rows) -> set[str]:
    return {row["row_id"] for row in rows}


def ids_of_whole(machine: Machine, table: str, rows) -> set[str]:
    """Return the ids of rows that can be there: a word about a commitment that is gone there cannot."""
    if table != "entries":
        return ids_of(rows)
    whole = {row["commitment_id"] for row in [*machine.rows()["entries"], *rows] if row["text"]}
    return {row["row_id"] for row in rows if row["commitment_id"] in whole}


TestTheyExchange = TheyExchange.TestCase
TestTheyExchange.settings = settings(
    max_examples=max(6, settings.default.max_examples // 3), stateful_step_count=30, deadline=None
)
