"""Sessions: plan, open and close one; what was answered in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from peerkit.errors import ConflictError, SessionError
from peerkit.ledger import TAKEN_BACK
from peerkit.row_check import check_whole
from peerkit.schema import TEN_YEARS, Row, clean_value, known, known_by
from peerkit.shapes import Template

if TYPE_CHECKING:
    from peerkit.journal import Journal

# The focus person feels heard from here on, 0 to 10, unless the pair set another bar.
HEARD_BAR = 7
# The template of the daily card, which is kept as a session (see `daily`) and is none.
DAILY_CARD = "daily-card"


@dataclass(frozen=True)
class Session:
    """A session as it stands: one meeting of one pair on one day."""

    session_id: str
    template: str
    template_digest: str
    held_on: date
    coach: str
    focus: str
    minutes: int
    status: str
    heard: int | None = None
    override: bool | None = None
    next_on: date | None = None
    floor: str = "focus"
    swapped: bool | None = None

    @property
    def peers(self) -> tuple[str, str]:
        """Both peers in name order."""
        first, second = sorted((self.coach, self.focus))
        return first, second

    @property
    def took_place(self) -> bool:
        """Whether the two met: it was opened, and its template is none that they fill in apart."""
        return self.status in ("open", "closed") and self.floor != "apart"

    @property
    def is_card(self) -> bool:
        """Whether it is a daily card: one peer fills it in alone, and it stands for no session."""
        return self.template == DAILY_CARD

    def is_heard(self, bar: int = HEARD_BAR) -> bool:
        """Return whether the heard gate is open: the bar is met, or overridden."""
        return reaches(self.heard, override=self.override, bar=bar)


def reaches(heard: int | None, *, override: bool | None, bar: int) -> bool:
    """Return whether the heard gate is open: how understood someone feels meets the bar, or it was overridden."""
    return bool(override) or (heard is not None and heard >= bar)


def list_sessions(journal: Journal) -> list[Session]:
    """Return all sessions as they stand, in the order of their days."""
    states = known_by(journal.rows("sessions"), "session_id").values()
    # The sort is stable: two sessions on one day stay in the order in which they were planned.
    return sorted((_session(state) for state in states), key=lambda session: session.held_on)


def session(journal: Journal, session_id: str) -> Session:
    """Return one session as it stands.

    Raises:
        SessionError: If the journal does not know it.
    """
    rows = journal.rows("sessions", session_id=session_id)
    if not rows:
        msg = (
            f"This journal has no session {session_id}. Is this notebook from another workspace?"
            " `peerkit new` makes one for here."
        )
        raise SessionError(msg)
    return _session(known(rows))


def find_session(journal: Journal, name: str | None = None) -> Session:
    """Return a session by the beginning of its id, or by its day (2026-11-21); without a name the last held.

    A daily card is none.

    Raises:
        SessionError: If there is none, or more than one.
    """
    held = [one for one in list_sessions(journal) if one.status != "missed" and not one.is_card]
    if name is None:
        held = [one for one in held if one.status in ("open", "closed")][-1:]
        if not held:
            msg = "There is no session yet that was opened. Make one with: peerkit new"
            raise SessionError(msg)
        return held[0]
    found = [one for one in held if one.session_id.startswith(name.lower()) or str(one.held_on) == name]
    if len(found) == 1:
        return found[0]
    if not held:
        msg = "There is no session yet. Make one with: peerkit new"
        raise SessionError(msg)
    days = ", ".join(f"{one.held_on} ({one.session_id[:4]})" for one in (found or held)[-5:])
    msg = (
        f"{len(found) or 'No'} sessions answer to {name!r}. Give a day or the start of an id, as in: {days}."
    )
    raise SessionError(msg)


def plan_session(
    journal: Journal,
    template: Template,
    *,
    held_on: date,
    focus: str,
    coach: str,
    swapped: bool = False,
    visibility: str = "shared",
) -> Session:
    """Add a planned session and return it.

    Args:
        journal: Where it is written.
        template: The session's shape; it also says who has the floor.
        held_on: The day.
        focus: The focus person.
        coach: The other peer; blank where there is none.
        swapped: By consent the roles are other than those of `turns.next_turn`.
        visibility: "shared", or "private" for what one keeps to oneself.

    Raises:
        SessionError: If both roles are of the same peer, or the day is more than ten years away.
    """
    _check_near(held_on, journal.today())
    if focus == coach:
        msg = f"{focus!r} cannot be focus person and coach at once. Name two peers."
        raise SessionError(msg)
    row = {
        "session_id": journal.new_id(),
        "pair_id": journal.pair_id or None,
        "template": template.name,
        "template_digest": template.digest,
        "held_on": held_on,
        "coach": coach,
        "focus": focus,
        "minutes": template.minutes,
        "status": "planned",
        "floor": template.floor,
        "swapped": swapped or None,
        "visibility": visibility,
    }
    return _session(journal.add("sessions", row))


def assign_roles(journal: Journal, session_id: str, *, focus: str, coach: str, swapped: bool) -> Session:
    """Give a planned session other roles, and return it; `swapped` as in `plan_session`."""
    now = session(journal, session_id)
    roles = {"focus": focus, "coach": coach, "swapped": swapped}
    before = {"focus": now.focus, "coach": now.coach, "swapped": bool(now.swapped)}
    if roles == before:
        return now
    return _change(journal, session_id, roles, only_from=("planned",))


def open_session(journal: Journal, session_id: str) -> Session:
    """Mark a planned session as open, once, and return it as it stands."""
    return _change(journal, session_id, {"status": "open"}, only_from=("planned",))


def record_heard(
    journal: Journal, session_id: str, *, heard: int | None = None, override: bool | None = None
) -> Session:
    """Write how understood the focus person feels (0 to 10), or that the gate is overridden.

    Raises:
        SessionError: If `heard` is not a whole number from 0 to 10.
    """
    if heard is not None and heard not in range(11):
        msg = f"Heard is {heard}; it is a whole number from 0 to 10."
        raise SessionError(msg)
    return _change(journal, session_id, {"heard": heard, "override": override})


def close_session(journal: Journal, session_id: str, *, next_on: date | None = None) -> Session:
    """Close a session, with the day of the next one. Closing again changes that day.

    Raises:
        SessionError: If the next day is not after this session's, or more than ten years after it.
    """
    _check_next(session(journal, session_id), next_on)
    return _change(journal, session_id, {"status": "closed", "next_on": next_on})


def miss_session(journal: Journal, session_id: str, *, next_on: date | None = None) -> Session:
    """Mark a session as missed: the two did not meet, and it gives nobody a turn.

    Where they met after all, closing it takes that back.

    Raises:
        SessionError: If it was held and closed, is none in which two meet, or the next day is not after it.
    """
    now = session(journal, session_id)
    if now.status == "closed" or now.floor == "apart":
        reason = "was held and closed" if now.status == "closed" else "is for each of you apart"
        msg = f"The session of {now.held_on} {reason}, so it cannot be missed. Name another one by its day."
        raise SessionError(msg)
    _check_next(now, next_on)
    return _change(journal, session_id, {"status": "missed", "next_on": next_on})


def waiting(history: Sequence[Session]) -> list[Session]:
    """Return the sessions that were begun or planned, in order; what lies before the last one closed is past.

    A daily card has a page of its own, and ends nothing.
    """
    past = max(
        (one.held_on for one in history if one.status == "closed" and not one.is_card), default=date.min
    )
    return [
        one
        for one in history
        if one.status in ("open", "planned") and one.held_on >= past and not one.is_card
    ]


def not_held(history: Sequence[Session], *, today: date) -> Session | None:
    """Return the newest session of which it may be told that the two did not meet; None where there is none."""
    found = [one for one in waiting(history) if one.held_on <= today and one.floor != "apart"]
    return found[-1] if found else None


def answers(journal: Journal, session_id: str) -> dict[tuple[str, str, str], Row]:
    """Return the answers of a session as they stand, keyed by (phase, prompt, author)."""
    told = known_by(journal.rows("answers", session_id=session_id), "phase", "prompt", "author")
    for state in told.values():
        check_whole("answers", state)
    return told


def write_answer(
    journal: Journal,
    session_id: str,
    *,
    phase: str,
    prompt: str,
    author: str,
    value: Any,
    revision: int,
    visibility: str | None = None,
) -> int:
    """Keep an answer and return its new revision, once it is on disk.

    Who may see it is kept with it: where only that changes, the new row says the whole answer again, so that
    an answer which is shared later is shared whole, and its earlier rows stay private.

    Args:
        journal: Where it is written.
        session_id: The session.
        phase: The phase's id.
        prompt: The prompt's id.
        author: The peer whose words these are.
        value: Anything that JSON holds.
        revision: The one that this change was made from; 0 where there was no answer.
        visibility: "private" or "shared"; when left out as it was, and private where there was no answer.

    Raises:
        ConflictError: If the answer has another revision and value by now. Nothing is overwritten.
    """
    # None in a row means unchanged, so an answer that was emptied is an empty text.
    value = "" if value is None else clean_value(value)
    key = {"session_id": session_id, "phase": phase, "prompt": prompt, "author": author}
    with journal.writing() as writer:
        now = known(writer.rows("answers", **key))
        current = now.get("revision", 0)
        seen_by = now.get("visibility", "private") if visibility is None else visibility
        is_same = bool(now) and now.get("value") == value
        if is_same and now["visibility"] == seen_by:
            return int(current)
        if current != revision and not is_same:
            msg = "This answer was changed elsewhere. Both texts are here: keep one of them."
            raise ConflictError(msg, value=now.get("value"), revision=current)
        writer.add("answers", {**key, "value": value, "revision": current + 1, "visibility": seen_by})
    return int(current) + 1


def usual_visibilities(journal: Journal, session_id: str, phase: str) -> dict[tuple[str, str], str]:
    """Return who may see what, as each peer chose it last: by prompt and author, from the other sessions.

    Args:
        journal: Where it is kept.
        session_id: The session that is left out: what was chosen in it stands in its own answers.
        phase: The phase's id; the same prompt in a phase of another id is another prompt.
    """
    rows = journal.rows("answers", phase=phase)
    return {
        (row["prompt"], row["author"]): row["visibility"] for row in rows if row["session_id"] != session_id
    }


def ended_at(journal: Journal, session_id: str, *, at_close: bool = True) -> float:
    """Return the moment (microseconds, UTC) at which a session ended: when it was closed.

    One that was not closed, or any with `at_close=False`, ends when the next one is opened; a daily card
    ends none. Infinity while neither has come.
    """
    closed = journal.rows("sessions", session_id=session_id, status="closed")
    if closed and at_close:
        return float(closed[-1]["recorded_at"])
    cards = {row["session_id"] for row in journal.rows("sessions", template=DAILY_CARD)} - {session_id}
    opened = [row for row in journal.rows("sessions", status="open") if row["session_id"] not in cards]
    own = [row["recorded_at"] for row in opened if row["session_id"] == session_id]
    others = [row["recorded_at"] for row in opened if row["session_id"] != session_id]
    return min((moment for moment in others if own and moment > own[0]), default=float("inf"))


def settled_ids(journal: Journal, session_id: str, *, at_close: bool = True) -> list[str]:
    """Return the commitments that were settled from a session's opening to its end (`ended_at`), in order."""
    opened = journal.rows("sessions", session_id=session_id, status="open")
    if not opened:
        return []
    begin, end = opened[0]["recorded_at"], ended_at(journal, session_id, at_close=at_close)
    entries = journal.rows("entries")
    # What came from elsewhere, settled, was not settled here; nor was what was taken back, or only said again.
    before: dict[str, tuple[Any, Any]] = {}
    told = []
    for row in entries:
        name, outcome = row["commitment_id"], (row["outcome"], row["closed_on"])
        if outcome[0] is None:
            continue
        is_new = name in before and before[name] != outcome
        before[name] = outcome
        if is_new and outcome[0] != "open" and row["reason"] != TAKEN_BACK:
            told.append(row)
    ids = (row["commitment_id"] for row in told if begin <= row["recorded_at"] <= end)
    return list(dict.fromkeys(ids))


def _check_next(now: Session, next_on: date | None) -> None:
    if next_on is not None and next_on <= now.held_on:
        msg = f"The next session cannot be on {next_on}, this one is on {now.held_on}. Choose a later day."
        raise SessionError(msg)
    if next_on is not None:
        _check_near(next_on, now.held_on)


def _check_near(day: date, other: date) -> None:
    if abs(day - other) > TEN_YEARS:
        msg = f"The day {day} is more than ten years away. Check the year."
        raise SessionError(msg)


def _change(journal: Journal, session_id: str, change: Row, *, only_from: tuple[str, ...] = ()) -> Session:
    with journal.writing() as writer:
        rows = writer.rows("sessions", session_id=session_id)
        state = known(rows)
        news = {column: value for column, value in change.items() if value not in (None, state.get(column))}
        if rows and news and (not only_from or state["status"] in only_from):
            base = {name: state.get(name) for name in ("session_id", "pair_id", "visibility")}
            state |= writer.add("sessions", {**base, **news})
    return session(journal, session_id)


def _session(state: Row) -> Session:
    check_whole("sessions", state)
    return Session(**{name: state[name] for name in Session.__dataclass_fields__ if name in state})
