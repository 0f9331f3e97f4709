"""What the answers of the daily card come to, question by question: numbers, and the same in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

# So far back it looks; what was asked before then has gone stale.
WEEKS = 8
_LATELY = timedelta(days=7)


@dataclass(frozen=True)
class Share:
    """How many days were answered in a span, and their mean from 0 to 10; None where there was none."""

    n: int
    mean: float | None


@dataclass(frozen=True)
class Effort:
    """One question: on how many days it was answered, what the last seven days say, and those before."""

    question: str
    how: str
    days: int
    last: Share
    before: Share


def first_day(on: date) -> date:
    """Return the first of the days that a trend seen on a day looks at."""
    return on - timedelta(weeks=WEEKS) + timedelta(days=1)


def weeks_of(trend: pd.DataFrame, *, on: date) -> int:
    """Return how many weeks a chart of all questions covers: since the first answer, two to eight."""
    days = (pd.Timestamp(on) - trend["day"].min()).days if len(trend) else 0
    return min(max(2, -(-(days + 1) // 7)), WEEKS)


def by_question(trend: pd.DataFrame, asked: Sequence[str] = (), *, on: date) -> list[Effort]:
    """Return one `Effort` per question that was answered: those asked now, then others, the newest first.

    Args:
        trend: From `daily.trend`.
        asked: The questions that are asked now, in their order.
        on: The day to look from; it is the last of the last seven days.
    """
    newest = trend.drop_duplicates("question", keep="last").sort_values("day", ascending=False, kind="stable")
    found = list(newest["question"])
    order = [name for name in asked if name in found] + [name for name in found if name not in asked]
    return [_effort(rows_of(trend, name), on) for name in dict.fromkeys(order)]


def rows_of(trend: pd.DataFrame, question: str) -> pd.DataFrame:
    """Return the rows of one question; answers of another kind, from before that was changed, are left out."""
    rows: pd.DataFrame = trend[trend["question"] == question]
    alike: pd.DataFrame = rows[rows["how"] == rows["how"].iloc[-1]]
    return alike


def in_words(told: Effort) -> str:
    r"""Return the numbers of one question in two sentences, without a judgement.

    Example:
        >>> in_words(Effort("How hard did I try?", "scale", 3, Share(2, 6.5), Share(1, 4.0)))
        'Last 7 days: 6.5 on average (n\xa0=\xa02). Before that: 4.0 (n\xa0=\xa01).'
        >>> in_words(Effort("Did I sit down?", "yes-no", 3, Share(3, 20 / 3), Share(0, None)))
        'Last 7 days: yes on 2 of 3. Before that: not answered yet.'
    """
    last, before = _said(told.last, told.how, " on average"), _said(told.before, told.how, "")
    return f"Last 7 days: {last or 'no answer'}. Before that: {before or 'not answered yet'}."


def said(share: Share, how: str) -> str:
    """Return a mean with its n in a few words; a dash where there is none."""
    return _said(share, how, "") or "–"


def _effort(rows: pd.DataFrame, on: date) -> Effort:
    is_last = rows["day"] > pd.Timestamp(on - _LATELY)
    question, how = rows[["question", "how"]].iloc[-1]
    return Effort(question, how, len(rows), _share(rows[is_last]), _share(rows[~is_last]))


def _share(rows: pd.DataFrame) -> Share:
    return Share(len(rows), float(rows["effort"].mean()) if len(rows) else None)


def _said(share: Share, how: str, more: str) -> str:
    if share.mean is None:
        return ""
    if how == "yes-no":
        return f"yes on {round(share.mean / 10 * share.n)} of {share.n}"
    # No line ends inside the brackets.
    return f"{share.mean:.1f}{more} (n\u00a0=\u00a0{share.n})"
