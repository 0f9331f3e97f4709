"""Signs that something came between the two: heard falls, slots go by, or something shared is taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from peerkit.errors import TemplateError
from peerkit.heard import DROP, median_before
from peerkit.schema import KEYED_BY, Row, known_by
from peerkit.sessions import Session, list_sessions
from peerkit.templates import USUAL, origin, template
from peerkit.turns import missed_slots

if TYPE_CHECKING:
    from peerkit.journal import Journal

# So many slots in a row without a meeting are one, too.
_MISSED = 2


@dataclass(frozen=True)
class Sign:
    """One sign: what is said of it, kindly, and a name under which it can be put aside."""

    name: str
    said: str


def signs(journal: Journal, peers: tuple[str, str], *, today: date, folder: Path | None = None) -> list[Sign]:
    """Return the signs that stand; none is more than a reason to ask.

    Heard fell by two or more below the median of that person's last four, and no repair was held since; two
    slots went by since the last meeting; or something that was shared was made private since then. It says
    that, and never what it was.

    Args:
        journal: Where the history is.
        peers: The pair.
        today: The day it is.
        folder: The workspace's own templates.
    """
    met = [one for one in list_sessions(journal) if one.took_place]
    if not met:
        return []
    found = [
        *_heard_fell(journal, met, folder),
        _slots_went_by(journal, met[-1], peers, today=today),
        _taken_back(journal, met[-1]),
    ]
    return [sign for sign in found if sign is not None]


def _heard_fell(journal: Journal, met: list[Session], folder: Path | None) -> list[Sign]:
    """Look at the last number of each since the last repair; a session that does not ask takes no sign away."""
    repaired = [at for at, one in enumerate(met) if is_made_from(one.template, "repair", folder=folder)]
    found = []
    for peer in met[-1].peers:
        told = [(at, one, number) for at, one, who, number in _numbers(journal, met, folder) if who == peer]
        n, usual = median_before([number for *_, number in told[:-1]])
        at, last, number = told[-1] if told else (-1, met[-1], 0)
        if at > max(repaired, default=-1) and n and usual - number >= DROP:
            said = f"{peer} felt less understood last time than usual: {number} instead of about {usual:g}."
            half = "" if peer == last.focus else f"-{peer}"
            found.append(Sign(f"heard-{last.session_id}{half}", said))
    return found


def _numbers(
    journal: Journal, met: list[Session], folder: Path | None
) -> list[tuple[int, Session, str, int]]:
    """Return every number for heard, session by session: which one, whose, and the number.

    A session's own number is of its focus person; where both had the floor the other's is an answer of the
    second half.
    """
    halves = {
        (name, *key): state.get("value")
        for name in {one.template for one in met if one.floor == "both"}
        for phase, prompt in _second_halves(name, folder)
        for key, state in known_by(
            journal.rows("answers", phase=phase, prompt=prompt), "session_id", "author"
        ).items()
    }
    found = []
    for at, one in enumerate(met):
        second = halves.get((one.template, one.session_id, one.coach)) if one.floor == "both" else None
        told = [(one.focus, one.heard), (one.coach, second)]
        found += [(at, one, who, number) for who, number in told if type(number) is int]
    return found


def _second_halves(name: str, folder: Path | None) -> list[tuple[str, str]]:
    """Return where a template asks the other, in the phases in which the two have exchanged their roles."""
    try:
        phases = template(name, folder=folder).phases
    except TemplateError:
        return []
    return [
        (phase.id, prompt.id)
        for phase in phases
        if phase.swap
        for prompt in phase.prompts
        if prompt.kind == "heard"
    ]


def is_made_from(name: str, original: str, *, folder: Path | None) -> bool:
    """Return whether a template is this one, or a copy of it."""
    if name == original:
        return True
    try:
        return name != USUAL and origin(name, folder=folder) == original
    except TemplateError:
        # A template that was broken later must not stand in the way of tonight's session.
        return False


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
