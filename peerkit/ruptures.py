"""Signs that something came between the two: heard falls, slots go by, or something shared is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from peerkit.schema import KEYED_BY, Row
from peerkit.sessions import Session, list_sessions
from peerkit.turns import missed_slots

if TYPE_CHECKING:
    from peerkit.journal import Journal

# A fall of so much from the median of so many sessions before is a rupture sign.
DROP = 2
MEMORY = 4
# So many slots in a row without a meeting are one, too.
_MISSED = 2


@dataclass(frozen=True)
class Sign:
    """One sign: what is said of it, kindly, and a name under which it can be put aside."""

    name: str
    said: str


def median_before(told: Sequence[float]) -> tuple[int, float]:
    """Return how many of the last four numbers there are, and their median (NaN where there is none).

    Args:
        told: What one person gave as heard, session by session, without the one that is looked at.
    """
    last = told[-MEMORY:]
    return len(last), float(median(last)) if last else float("nan")


def signs(journal: Journal, peers: tuple[str, str], *, today: date) -> list[Sign]:
    """Return the signs since the last meeting, or in it; none is more than a reason to ask.

    Heard fell by two or more below the median of that person's last four; two slots went by; or something
    that was shared was made private. It says that, and never what it was.
    """
    met = [one for one in list_sessions(journal) if one.took_place]
    if not met:
        return []
    found = [
        _heard_fell(met),
        _slots_went_by(journal, met[-1], peers, today=today),
        _taken_back(journal, met[-1]),
    ]
    return [sign for sign in found if sign is not None]


def _heard_fell(met: list[Session]) -> Sign | None:
    last = met[-1]
    before = [one.heard for one in met[:-1] if one.focus == last.focus and one.heard is not None]
    n, usual = median_before(before)
    if last.heard is None or not n or usual - last.heard < DROP:
        return None
    said = f"{last.focus} felt less understood last time than usual: {last.heard} instead of about {usual:g}."
    return Sign(f"heard-{last.session_id}", said)


def _slots_went_by(journal: Journal, last: Session, peers: tuple[str, str], *, today: date) -> Sign | None:
    missed = missed_slots(journal, peers, today=today)
    if missed < _MISSED:
        return None
    return Sign(f"slots-{last.session_id}", f"{missed} of your slots have gone by without a meeting.")


def _taken_back(journal: Journal, last: Session) -> Sign | None:
    """Look at what was written since the last meeting was opened, and was shared until then; the newest counts."""
    opened = journal.rows("sessions", session_id=last.session_id, status="open")
    since = opened[0]["recorded_at"] if opened else 0
    keys = {"answers": ("session_id", "phase", "prompt", "author"), "entries": ("commitment_id",)}
    taken = [row for table, columns in keys.items() for row in _made_private(journal, table, columns, since)]
    if not taken:
        return None
    newest = max(taken, key=lambda row: row["recorded_at"])
    return Sign(f"share-{newest['row_id']}", "Something that was shared has been made private since.")


def _made_private(journal: Journal, table: str, columns: tuple[str, ...], since: int) -> list[Row]:
    """Return the rows from a moment on that made something private that was shared, and still is private.

    Two readings, however much is private: what became so since, and all that is known of the same things.
    """
    name = KEYED_BY[table]
    ids = {row[name] for row in journal.rows(table, since, visibility="private")}
    told: dict[tuple[object, ...], list[Row]] = {}
    for row in journal.rows(table, **{name: ids}) if ids else ():
        told.setdefault(tuple(row[column] for column in columns), []).append(row)
    return [
        row
        for rows in told.values()
        if rows[-1]["visibility"] == "private"
        for before, row in pairwise(rows)
        if row["recorded_at"] >= since and (before["visibility"], row["visibility"]) == ("shared", "private")
    ]
