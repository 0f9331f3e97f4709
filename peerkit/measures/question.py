"""What a caller asks: the day to look from, the window, what is kept apart; and that it makes sense."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import pandas as pd

from peerkit.errors import LedgerError
from peerkit.measures.tables import Held, held_sessions

PERIODS = ("week", "month")
# What the tables of measures call their own columns, on the way too: one to group by cannot bear these names.
_TAKEN = {
    "kept", "n", "share", "low", "high", "week", "month", "held_on", "credit", "days", "at_risk", "ended",
    "days_late", "share_waiting", "mean_moves", "returned", "return_days", "brier", "unstated", "from", "to", "slot",
    "load", "released", "void", "renegotiated", "mean_confidence",
    "due_day", "first_due_day", "made_day", "closed_day", "whole", "ahead", "nth", "on", "due", "made", "stated", "bin",
    "sure", "least", "most", "is_miss", "is_kept", "is_within",
}  # fmt: skip
# A blank date is taken for the last day of this year.
_BEYOND = 9999


@dataclass(frozen=True)
class Question:
    """A question as it was found to make sense.

    `due` names the column of the due dates that judge. `slot` names the periods, if any: week, month or
    session. `rolling` periods make a row, and `held` are the sessions where these are the periods.
    """

    as_of: datetime
    by: tuple[str, ...] = ()
    since: datetime | None = None
    due: str = "due_on"
    slot: str | None = None
    rolling: int = 1
    held: Held | None = None

    @property
    def keys(self) -> list[str]:
        """What tells the rows of the answer apart."""
        return [*self.by, *(["slot"] if self.slot else [])]


def ask(
    as_of: date | str,
    by: Sequence[str] = (),
    since: date | str | None = None,
    *,
    due: str = "due_on",
    every: str | None = None,
    rolling: int = 1,
    sessions: Any = None,
    rolling_sessions: int | None = None,
) -> Question:
    """Return the question, or say in a sentence what is wrong with it."""
    if every not in (None, *PERIODS):
        msg = (
            f'Unknown period {every!r}. Use every="week" or "month", or leave it out for one share over all.'
        )
        raise LedgerError(msg)
    if type(rolling) is not int or rolling < 1 or (rolling > 1 and every != "week"):
        msg = f'rolling={rolling} needs every="week" and a whole number of weeks from 1 on.'
        raise LedgerError(msg)
    day, first = midnight(as_of), None if since is None else midnight(since)
    if first is not None and first > day:
        msg = f"The window ends on {day:%Y-%m-%d} (as_of), before it starts on {first:%Y-%m-%d} (since)."
        raise LedgerError(msg)
    asked = Question(day, _keys(by), first, due, slot=every, rolling=rolling)
    if rolling_sessions is None:
        return asked
    _check_rolling_sessions(rolling_sessions, sessions, asked)
    held = held_sessions(sessions, as_of=day)
    return replace(asked, slot="session", rolling=rolling_sessions, held=held)


def midnight(day: date | str) -> datetime:
    """Return the first moment of a day.

    Raises:
        LedgerError: If it is no day.
    """
    try:
        moment = pd.Timestamp(day)
    except (TypeError, ValueError) as error:
        msg = f"{day!r} is no day. Give a date, as in 2024-03-31."
        raise LedgerError(msg) from error
    if pd.isna(moment):
        msg = "A day is missing. Give a date, as in 2024-03-31."
        raise LedgerError(msg)
    if moment.year >= _BEYOND:
        msg = f"The year {moment.year} is further ahead than a ledger goes. Give an earlier day."
        raise LedgerError(msg)
    return moment.normalize().to_pydatetime()


def check_half_life(days: float) -> None:
    """Raise unless a credit can be halved after so many days."""
    if isinstance(days, bool) or not isinstance(days, (int, float)) or not 0 < days < math.inf:
        msg = f"half_life_days={days!r} is no half-life. Give a number of days above 0, as in 30."
        raise LedgerError(msg)


def _keys(by: Sequence[str]) -> tuple[str, ...]:
    if isinstance(by, str):
        msg = f'by takes a list of columns, and was given {by!r}. Write by=["{by}"].'
        raise LedgerError(msg)
    taken = [name for name in by if name in _TAKEN]
    if taken or len(set(by)) < len(by):
        why = (
            f"{', '.join(taken)} names a column of the answer, or of the way to it"
            if taken
            else "a column stands there twice"
        )
        msg = f"by={list(by)} cannot be: {why}. Give other columns of the commitments, each once."
        raise LedgerError(msg)
    return tuple(by)


def _check_rolling_sessions(rolling_sessions: object, sessions: Any, asked: Question) -> None:
    is_number = type(rolling_sessions) is int and rolling_sessions >= 1
    if not is_number or sessions is None or asked.slot or "session_id" in asked.by:
        msg = (
            f"rolling_sessions={rolling_sessions} needs a whole number of sessions from 1 on, sessions=(the table"
            " of fold.sessions), no every, and no session_id in by."
        )
        raise LedgerError(msg)
