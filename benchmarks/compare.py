"""One comparison as a line of the table, and the turn-by-turn clock behind it."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
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
        unit: "s", "MiB", or nothing where it is a bare number.
        aim: The largest ratio of ours to theirs that we are content with; None where none is set.
        note: What a reader should know of this line, or why it was not measured.
        spread: The smallest and the largest ratio of any one round.
    """

    benchmark: str
    case: str
    other: str
    ours: float | None = None
    theirs: float | None = None
    unit: str = "s"
    aim: float | None = None
    note: str = ""
    spread: tuple[float, float] | None = None

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
    taken = in_turns(sides, rounds=rounds, warm_up=warm_up, clocks=(clock,))[0]
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def in_turns(
    sides: Mapping[str, Side],
    *,
    rounds: int,
    warm_up: int = 1,
    clocks: Sequence[Callable[[], float]] = (time.perf_counter, time.process_time),
) -> list[dict[str, list[float]]]:
    """Return for each clock what each side took in each round, as `medians` runs them.

    Wall time and, over all threads, processor time unless said otherwise. Beside other programs the wall
    time of a side that uses several processors grows more than that of one that uses one.
    """
    names = list(sides)
    took: list[dict[str, list[float]]] = [{name: [] for name in names} for _ in clocks]
    for turn in range(warm_up + rounds):
        # Each round begins with another side: none always follows the same one.
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            gc.collect()
            started = [clock() for clock in clocks]
            sides[name]()
            for seconds, clock, start in zip(took, clocks, started, strict=True):
                if turn >= warm_up:
                    seconds[name].append(clock() - start)
    return took
