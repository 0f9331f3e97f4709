"""Invented entries of any number, drawn from a seed: what becomes of promises, column by column.

For the simulated programme, and for the benchmarks. Nine of ten promises are settled; one in fifty is opened again; one in ten gets a detail later; due dates are moved, before and after they passed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from peerkit.schema import OUTCOMES

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

DAY = 86_400_000_000
BLANK = np.iinfo(np.int64).min
PROMISE, SETTLE, REOPEN, DETAIL, MOVE = range(5)
# Of what is settled and not kept: partly, missed, released, void.
_OTHERWISE = (0.25, 0.375, 0.25, 0.125)


@dataclass(frozen=True)
class Drawn:
    """What is drawn first, in the order recorded: of each entry its commitment, kind and moment."""

    commitment: Ints
    kind: Ints
    moment: Ints
    # When each commitment was made, and the number of the day it was first due.
    made: Ints
    first_due: Ints
    chance: np.random.Generator

    def are(self, *kinds: int) -> Bools:
        """Return which entries are of one of these kinds."""
        return np.isin(self.kind, kinds)


def n_without_moves(n_commitments: int) -> int:
    """Return about how many entries so many promises have, moved due dates aside."""
    return round(n_commitments * (1 + 0.9 + 1 / 50 + 1 / 10))


def events(made: Ints, told: Ints, chance: np.random.Generator, *, n_entries: int) -> tuple[Ints, Ints, Ints]:
    """Return of each entry its commitment, its kind and its moment, in no order.

    Each was made at a moment of `made`, and what becomes of it, where anything does, is told at that of `told`.

    What promises and outcomes leave of `n_entries` moves due dates; the first two hundred of these moves
    share their moment with the promise.
    """
    size = len(made)
    settled = np.flatnonzero(chance.random(size) < 0.9)
    settled_at = told[settled]
    again, later = (chance.choice(len(settled), len(settled) // part, replace=False) for part in (45, 9))
    n_moves = max(0, n_entries - size - len(settled) - len(again) - len(later))
    moved = chance.integers(0, max(size, 1), n_moves)
    moved_at = made[moved] + chance.integers(DAY // 24, 30 * DAY, n_moves)
    moved_at[:200] = made[moved[:200]]
    parts = [
        (PROMISE, np.arange(size), made),
        (SETTLE, settled, settled_at),
        (REOPEN, settled[again], settled_at[again] + chance.integers(1, 10 * DAY, len(again))),
        (DETAIL, settled[later], settled_at[later] + chance.integers(1, 2 * DAY, len(later))),
        (MOVE, moved, moved_at),
    ]
    kinds = np.concatenate([np.full(len(which), kind) for kind, which, _ in parts])
    return np.concatenate([which for _, which, _ in parts]), kinds, np.concatenate([at for _, _, at in parts])


def course(drawn: Drawn, *, keeps: Floats | float = 0.6) -> dict[str, pd.Series]:
    """Return the columns that change: due dates and what became of a commitment, and how sure one was.

    Args:
        drawn: The entries.
        keeps: The chance that what is settled was kept, one for all or one for each entry.
    """
    chance, size = drawn.chance, len(drawn.kind)
    is_settled, is_told = drawn.are(SETTLE), drawn.are(SETTLE, DETAIL)
    otherwise = 2 + np.searchsorted(np.cumsum(_OTHERWISE)[:-1], chance.random(size), side="right")
    settled = np.where(chance.random(size) < keeps, OUTCOMES.index("kept"), otherwise)
    outcome = np.select([is_settled, drawn.are(PROMISE, REOPEN)], [settled, 0], -1)
    closed = np.maximum(
        drawn.moment // DAY - chance.integers(0, 3, size), drawn.made[drawn.commitment] // DAY
    )
    return {
        "due_on": days(_due(drawn)),
        "outcome": words(outcome, OUTCOMES),
        "confidence": tenths(drawn.are(PROMISE), chance),
        "fraction": tenths(outcome == OUTCOMES.index("partly"), chance),
        "closed_on": days(np.where(is_settled, closed, BLANK)),
        "obstacle_came": flags(is_told, chance),
        "plan_fired": flags(is_told, chance),
    }


def _due(drawn: Drawn) -> Ints:
    """Return the due date that an entry writes down, as a day's number; one promise in thirty has none."""
    chance, size = drawn.chance, len(drawn.kind)
    first = drawn.first_due[drawn.commitment]
    later = chance.integers(0, 4, size) * chance.integers(0, 6, size)
    moved = np.maximum(first, drawn.moment // DAY) + later
    promised = np.where(chance.random(size) < 0.97, first, BLANK)
    return np.select([drawn.are(PROMISE), drawn.are(MOVE)], [promised, moved], BLANK)


def words(codes: Ints, of: Sequence[str]) -> pd.Series:
    """Return the words at these places as `category`; blank at -1."""
    return pd.Series(pd.Categorical.from_codes(codes, categories=pd.Index(of, dtype="str")))  # type: ignore[arg-type]


def days(numbers: Ints) -> pd.Series:
    """Return days' numbers as `datetime64[us]`; blank at `BLANK`."""
    return pd.Series(np.where(numbers == BLANK, BLANK, numbers * DAY).view("datetime64[us]"))


def tenths(where: Bools, chance: np.random.Generator) -> pd.Series:
    """Return 0.1 to 0.9 as `Float64` in these rows, blank in the others."""
    return pd.Series(pd.arrays.FloatingArray(chance.integers(1, 10, len(where)) / 10, ~where))


def flags(where: Bools, chance: np.random.Generator) -> pd.Series:
    """Return yes or no as `boolean` in half of these rows, blank in the others."""
    is_said = where & (chance.random(len(where)) < 0.5)
    return pd.Series(pd.arrays.BooleanArray(chance.random(len(where)) < 0.3, ~is_said))
