"""One comparison as a line of the table, and the turn-by-turn clock behind it."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Side = Callable[[], object]


class NotMeasuredError(Exception):
    """A comparison that cannot be made here; its text says why."""


@dataclass(frozen=True)
class Line:
    """One comparison of the table.

    Args:
        benchmark: The module it comes from.
        case: What is done.
        other: What peerkit is compared with.
        ours: What peerkit takes, in `unit`; None where it was not measured.
        theirs: What the other takes.
        unit: "s" or "MiB".
        aim: The largest ratio of ours to theirs that we are content with; None where none is set.
        note: What a reader should know of this line, or why it was not measured.
    """

    benchmark: str
    case: str
    other: str
    ours: float | None = None
    theirs: float | None = None
    unit: str = "s"
    aim: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours divided by theirs."""
        return self.ours / self.theirs if self.ours is not None and self.theirs else None

    @property
    def is_met(self) -> bool | None:
        """Whether the ratio is within the aim; None without an aim or a measurement."""
        return self.ratio <= self.aim if self.ratio is not None and self.aim is not None else None


def not_measured(benchmark: str, case: str, other: str, why: object) -> Line:
    """Return the line of a comparison that cannot be made here."""
    return Line(benchmark, case, other, note=f"not measured: {why}")


def medians(
    sides: Mapping[str, Side],
    *,
    rounds: int,
    warm_up: int = 1,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, float]:
    """Return what each side takes, in seconds: the median over rounds in which every side has one turn.

    Args:
        sides: What is measured, by name. Every call is one turn and does the whole work again.
        rounds: How many turns count.
        warm_up: How many rounds are run before the first that counts.
        clock: Seconds, as wall time unless said otherwise.
    """
    names = list(sides)
    took: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(warm_up + rounds):
        # Each round begins with another side: none always follows the same one.
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            gc.collect()
            start = clock()
            sides[name]()
            seconds = clock() - start
            if turn >= warm_up:
                took[name].append(seconds)
    return {name: statistics.median(seconds) for name, seconds in took.items()}
