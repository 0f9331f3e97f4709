"""Taking turns: who has the floor next and when, how much each has had, and how many slots went by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from peerkit.agreement import Agreement, in_force
from peerkit.sessions import Session, list_sessions

if TYPE_CHECKING:
    from peerkit.journal import Journal

# A pair meets weekly unless its agreement says otherwise.
CADENCE = timedelta(days=7)
# Whoever is so many minutes ahead gives the other one turn more: the length of a usual session.
FAR_AHEAD = 60
# Nobody plans further ahead than this.
_HORIZON = timedelta(days=3660)


@dataclass(frozen=True)
class Turn:
    """The next meeting as the history has it."""

    held_on: date
    focus: str
    coach: str


@dataclass(frozen=True)
class Had:
    """What one peer has had of the floor: in how many sessions, and how many minutes."""

    sessions: int
    minutes: int


def in_words(turn: Turn | Session) -> str:
    """Return day and roles as a sentence; where nobody has the floor, that."""
    is_turn = not isinstance(turn, Session) or turn.floor in ("focus", "both")
    idle = "" if is_turn else "; it uses up nobody's turn"
    return f"{turn.held_on:%A}, {turn.held_on}: {roles_in_words(turn)}{idle}."


def roles_in_words(turn: Turn | Session) -> str:
    """Return who is what, without the day and a full stop; where nobody has the floor, that."""
    floor = turn.floor if isinstance(turn, Session) else "focus"
    if floor == "apart":
        return "each on your own"
    if floor == "nobody":
        return "you meet as a pair"
    then = " first, then you exchange roles" if floor == "both" else ""
    return f"{turn.focus} is focus person, {turn.coach} is coach{then}"


def had(history: Sequence[Session], peers: tuple[str, str]) -> dict[str, Had]:
    """Return what each peer has had of the floor, in name order.

    Only sessions that took place count, with the minutes that their template plans; of one in which both
    have the floor each has half, rounded down. `measures.balance` is the same over tables.
    """
    return {peer: _had(history, peer) for peer in sorted(peers)}


def next_roles(history: Sequence[Session], peers: tuple[str, str]) -> tuple[str, str]:
    """Return focus person and coach of the next session.

    The roles alternate: whoever was coach last has the floor next. Only where that peer has had an hour
    more of it already, after swaps by consent or shorter sessions of the other, it goes to the other once
    more; never a third time in a row. So with sessions of equal length what lies between the two becomes less
    by one of them in every three; where whoever is behind has the shorter ones it may grow. Planned and missed sessions give nobody a turn, nor do those in which nobody has the floor, nor
    those in which both have. Before the first one the first in name order has it.
    """
    turns = [one for one in history if one.took_place and one.floor == "focus"]
    if not turns:
        first, second = sorted(peers)
        return first, second
    last = turns[-1]
    minutes = {peer: told.minutes for peer, told in had(history, last.peers).items()}
    is_second = [one.focus for one in turns[-2:]] == [last.focus] * 2
    if not is_second and minutes[last.coach] - minutes[last.focus] >= FAR_AHEAD:
        return last.focus, last.coach
    return last.coach, last.focus


def next_turn(journal: Journal, peers: tuple[str, str], *, today: date) -> Turn:
    """Return who is focus person next (`next_roles`), and when.

    The day is the one agreed at the last meeting, or when a session after it was missed; with none agreed
    the next slot after the last meeting (`next_slot`); and today where that day has passed, or there is no
    history.
    """
    history = list_sessions(journal)
    focus, coach = next_roles(history, peers)
    day = _agreed_day(history, in_force(journal, peers))
    return Turn(today if day is None else max(day, today), focus, coach)


def coming(
    journal: Journal, peers: tuple[str, str], *, today: date, minutes: int = FAR_AHEAD, n: int = 12
) -> list[Session]:
    """Return the next sessions as they will be when nothing changes, from today on, in order of days.

    First those that are planned, as they were planned; then one on each slot, with the roles of
    `next_roles` if all before it take place. A slot that went by is left out, as a meeting that was never
    held gives nobody a turn. None lies more than ten years ahead.

    Args:
        journal: Where the sessions are kept.
        peers: Both peers.
        today: The day to look from.
        minutes: How long a session is that nobody has planned yet.
        n: How many at most.

    Returns:
        Sessions of status "planned"; one that nobody has planned yet has no session_id and no template.
    """
    history, agreed = list_sessions(journal), in_force(journal, peers)
    ahead = [one for one in history if _is_ahead(one, today)][:n]
    slot = next_slot(ahead[-1].held_on, agreed) if ahead else _first_slot(history, agreed, today)
    while len(ahead) < n and slot <= today + _HORIZON:
        focus, coach = next_roles([*history, *(replace(one, status="closed") for one in ahead)], peers)
        ahead.append(Session("", "", "", slot, coach, focus, minutes, "planned"))
        slot = next_slot(slot, agreed)
    return ahead


def _is_ahead(one: Session, today: date) -> bool:
    """Return whether a session is planned for a day that has not passed, and the two meet in it."""
    is_meeting = one.floor != "apart" and not one.is_card
    return one.status == "planned" and is_meeting and today <= one.held_on <= today + _HORIZON


def _first_slot(history: Sequence[Session], agreed: Agreement | None, today: date) -> date:
    """Return the first slot from today on that is not planned yet."""
    slot = _agreed_day(history, agreed)
    if slot is None:
        weekday = today.weekday() if agreed is None or agreed.weekday is None else agreed.weekday
        return today + timedelta(days=(weekday - today.weekday()) % 7)
    while slot < today:
        slot = next_slot(slot, agreed)
    return slot


def next_slot(after: date, agreed: Agreement | None) -> date:
    """Return the slot that follows a day: one cadence later, on the weekday that the pair agreed on."""
    day = after + (CADENCE if agreed is None else timedelta(days=agreed.cadence_days))
    if agreed is None or agreed.weekday is None:
        return day
    # The nearest such weekday, at most three days away.
    return day + timedelta(days=(agreed.weekday - day.weekday() + 3) % 7 - 3)


def missed_slots(journal: Journal, peers: tuple[str, str], *, today: date) -> int:
    """Return how many slots have gone by without a meeting since the last one.

    Those that were told, as a session that was missed or a week gone through apart in which a new day was
    agreed; and those that passed in silence before and after them, one for each cadence.
    """
    history, agreed = list_sessions(journal), in_force(journal, peers)
    met = [one for one in history if one.took_place]
    if not met:
        return 0
    slot = met[-1].next_on or next_slot(met[-1].held_on, agreed)
    missed = 0
    told = _missed_since_met(history)
    # A session that was missed is one slot at least. A week gone through apart tells of those that went by until
    # then, so that one slot that is told in both ways is one.
    least = {one.held_on for one in told if one.status == "missed"}
    for day, next_on in {one.held_on: one.next_on for one in told}.items():
        missed += max(_passed(slot, day + timedelta(days=1), agreed), int(day in least))
        slot = next_on or next_slot(day, agreed)
    return missed + _passed(slot, today, agreed)


def _passed(slot: date, day: date, agreed: Agreement | None) -> int:
    """Return how many slots from this one on lie before a day."""
    passed = 0
    while slot < day and passed < _ENOUGH:
        slot, passed = next_slot(slot, agreed), passed + 1
    return passed


# Nobody needs to know of more.
_ENOUGH = 10


def _had(history: Sequence[Session], peer: str) -> Had:
    whole = [one.minutes for one in history if _has_floor(one) and one.floor == "focus" and one.focus == peer]
    halves = [
        one.minutes // 2 for one in history if _has_floor(one) and one.floor == "both" and peer in one.peers
    ]
    return Had(len(whole) + len(halves), sum(whole) + sum(halves))


def _has_floor(session: Session) -> bool:
    return session.took_place and session.floor in ("focus", "both")


def _missed_since_met(history: Sequence[Session]) -> list[Session]:
    """Return the slots that were told as missed after the last meeting; none before the first one."""
    last = max((one.held_on for one in history if one.took_place), default=date.max)
    return [one for one in history if _was_missed(one) and one.held_on > last]


def _was_missed(session: Session) -> bool:
    is_told = session.floor == "apart" and session.status == "closed" and session.next_on is not None
    return session.status == "missed" or is_told


def _agreed_day(history: Sequence[Session], agreed: Agreement | None) -> date | None:
    """Return the day agreed for the next meeting, or its slot; None before the first."""
    met = [one for one in history if one.took_place]
    if not met:
        return None
    days = [one.next_on for one in (met[-1], *_missed_since_met(history)) if one.next_on is not None]
    return days[-1] if days else next_slot(met[-1].held_on, agreed)
