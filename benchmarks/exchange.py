"""What a bundle of a year costs, written and taken in, beside the same rows as plain compressed JSON."""

from __future__ import annotations

import json
import tempfile
import time
import zlib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from benchmarks.compare import Line, medians
from peerkit.exchange import outgoing
from peerkit.exchange.incoming import receive
from peerkit.exchange.keys import identity
from peerkit.exchange.partner import Partner, keep_partner
from peerkit.journal import Journal
from peerkit.sessions import plan_session, write_answer
from peerkit.templates import template
from peerkit.workspace import Workspace, init_workspace

ROUNDS = 5
ROWS = 500
# Of processor time, for all rows of a year.
AIM_SECONDS = 1.0
_TEXT = "Walk to the bridge and back before breakfast, and tell the other how it was in two sentences. "


def lines() -> Iterator[Line]:
    """Yield a bundle of a year that is written, and one that is taken in: processor time, with all that is checked."""
    # In the folder where it is run: the system's own temporary folder may be memory, which is no disk.
    with tempfile.TemporaryDirectory(prefix=".exchange-", dir=Path.cwd()) as folder:
        _, sender = _machine(Path(folder, "amara"), "Amara", "Jonas")
        _fill(sender)

        def written() -> bytes:
            return outgoing.sealed(sender, outgoing.for_partner(sender))

        # A fresh journal for each round, made before the clock starts.
        fresh = []
        for number in range(ROUNDS + 1):
            place, journal = _machine(Path(folder, f"jonas-{number}"), "Jonas", "Amara")
            _acquaint(sender, journal, "Jonas")
            _acquaint(journal, sender, "Amara")
            fresh.append((place, journal, written()))
        waiting = iter(fresh)

        def taken() -> None:
            place, journal, raw = next(waiting)
            receive(place, journal, raw)

        rows = outgoing.for_partner(sender).rows
        took = medians(
            {"write": written, "take in": taken, "plain": lambda: _plain(rows)},
            rounds=ROUNDS,
            clock=time.process_time,
        )
        size = len(written())
    for name in ("write", "take in"):
        note = f"{ROWS} rows, {size:,} bytes; within {AIM_SECONDS:g} s: {'yes' if took[name] <= AIM_SECONDS else 'no'}"
        yield Line("exchange", f"{name} a year", "plain JSON, zlib", took[name], took["plain"], note=note)


def _machine(folder: Path, me: str, partner: str) -> tuple[Workspace, Journal]:
    place = init_workspace(folder, me=me, partner=partner, time_zone="UTC", pair_id="pair")
    return place, place.open_journal()


def _acquaint(journal: Journal, other: Journal, name: str) -> None:
    with journal.writing() as writer:
        keep_partner(writer, Partner(name, identity(other).public, is_compared=True))


def _fill(journal: Journal) -> None:
    """Write a year of rows that may all go: sessions, answers of a few lines, commitments."""
    first = date(2024, 1, 5)
    with journal.writing() as writer:
        for week in range(ROWS // 10):
            on = first + timedelta(weeks=week)
            made = plan_session(journal, template("weekly"), held_on=on, focus="Amara", coach="Jonas")
            for number in range(7):
                key = {"session_id": made.session_id, "phase": "open-up", "prompt": f"p{number}"}
                write_answer(journal, **key, author="Amara", value=_TEXT * 3, revision=0, visibility="shared")
            whole = {"commitment_id": journal.new_id(), "peer": "Amara", "text": _TEXT, "outcome": "open"}
            writer.add("entries", {**whole, "due_on": on, "visibility": "shared"})
            settled = {"commitment_id": whole["commitment_id"], "outcome": "kept", "closed_on": on}
            writer.add("entries", {**settled, "visibility": "shared"})


def _plain(rows: outgoing.Rows) -> None:
    packed = zlib.compress(
        json.dumps({table: [*map(outgoing.as_json, some)] for table, some in rows.items()}).encode()
    )
    json.loads(zlib.decompress(packed))
