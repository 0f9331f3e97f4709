"""What a fall in "heard" is: the one rule, for the measure of many sessions and for the question after one."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

# A fall of so much from the median of so many sessions before is a rupture sign.
DROP = 2
MEMORY = 4


def median_before(told: Sequence[float]) -> tuple[int, float]:
    """Return how many of the last four numbers there are, and their median (NaN where there is none).

    Args:
        told: What one person gave as heard, session by session, without the one that is looked at.
    """
    last = told[-MEMORY:]
    return len(last), float(median(last)) if last else float("nan")
