"""What may be shown of a programme: numbers over pairs, without those behind which only a few pairs stand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from peerkit.errors import LakeError
from peerkit.measures import FEW, wilson

# Fewer pairs than this are not shown.
LEAST = 5
# A line that divides pairs in two leaves so many on each side: a median needs ten of them, quartiles twenty.
_FOR_MEDIAN, _FOR_QUARTILES = 2 * LEAST, 4 * LEAST


def suppressed(table: pd.DataFrame, *, keys: Sequence[str], within: Sequence[str] = ()) -> pd.DataFrame:
    """Return a table without the numbers of cells that hold 1 to 4 pairs, nor what would give them away.

    Where a group of cells has one that must be hidden, the smallest of those that could be shown is hidden
    too. So what is left when all that is shown is taken from the group's total is of two cells or more,
    and of `LEAST` pairs or more, also where the same pairs stand in several cells. Which of them was too
    small cannot be seen, but that a hidden cell is not empty can. A cell of no pairs is shown: it is nobody's.

    It protects from reading off, or working out from the cells and their total, what fewer than five pairs
    did. It does not protect from what someone knows already: a pair that is one of five can take its own
    numbers away. Nor from the difference of two tables: of two days, of two programmes or windows that
    overlap, or of two ways to group the same pairs; nor where one pair made nearly all promises of its cell. The total
    itself is a cell, and must be passed through this function if it is shown.

    Args:
        table: One row per cell, with `pairs` (whole numbers): how many pairs stand behind it.
        keys: Columns that say which cell it is; they stay.
        within: Those of `keys` that say to which group, and so to which total, a cell belongs; one group
            when left out.

    Returns:
        The rows as they came, with `is_suppressed` (bool); where it is True all other columns are blank.
        Whole numbers become `Int64`.

    Raises:
        LakeError: If a column is missing.
    """
    missing = [name for name in (*keys, *within, "pairs") if name not in table]
    if missing:
        msg = f"This table has no column {', '.join(missing)}. It has: {', '.join(map(str, table.columns))}."
        raise LakeError(msg)
    pairs = table["pairs"].to_numpy(dtype=np.int64)
    group = table.groupby(list(within), dropna=False).ngroup().to_numpy() if within else np.zeros(len(table))
    is_hidden = (pairs > 0) & (pairs < LEAST)
    # From the smallest cell that could be shown on, the first of each group that has something to hide.
    others = np.flatnonzero(pairs >= LEAST)
    others = others[np.argsort(pairs[others], kind="stable")]
    others = others[np.isin(group[others], group[is_hidden])]
    _, first = np.unique(group[others], return_index=True)
    is_hidden[others[first]] = True
    values = [str(name) for name in table if name not in keys]
    hidden = pd.Series(is_hidden, index=table.index)
    whole = {name: "Int64" for name in values if table[name].dtype.kind in "iu"}
    shown = table.astype(whole)
    shown = shown.assign(**{name: shown[name].mask(hidden) for name in values})
    return shown.assign(is_suppressed=is_hidden)


def spread(shares: pd.DataFrame) -> pd.DataFrame:
    """How many pairs kept how much: the distribution of follow-through over pairs, in tenths.

    A pair under ten due commitments is in no tenth: its share would be chance more than habit. Of a
    programme of fewer than five pairs nothing is told.

    Args:
        shares: From `lake.follow_through(..., by=["pair"])`.

    Returns:
        Eleven rows: `from`, `to` (float64, 0 to 1; a tenth holds its lower end, the last both), and
        `pairs` (Int64); the last row, with blank ends, is of those with under ten due. Then
        `is_suppressed`: see `suppressed`.
    """
    enough = shares[shares["n"] >= FEW]
    # kept and n are whole, so that 7 of 10 is in the tenth that begins with 70 %.
    kept, n = (enough[name].to_numpy(dtype=np.int64) for name in ("kept", "n"))
    place = np.minimum(kept * 10 // n, 9)
    pairs = np.r_[np.bincount(place, minlength=10), len(shares) - len(enough)]
    ends = np.arange(11) / 10
    cells = pd.DataFrame({"from": [*ends[:-1], np.nan], "to": [*ends[1:], np.nan], "pairs": pairs})
    if 0 < len(shares) < LEAST:
        # So few must not be looked for in an empty table either.
        return cells.assign(pairs=pd.array([None] * len(cells), dtype="Int64"), is_suppressed=True)
    return suppressed(cells, keys=["from", "to"])


def together(shares: pd.DataFrame) -> pd.DataFrame:
    """Follow-through of all pairs as one, period by period, where five pairs or more had something due.

    Args:
        shares: From `lake.follow_through(..., by=["pair"], every="month")`. Not over rolling weeks: two
            windows that overlap give away what lies in only one of them.

    Returns:
        One row per period: `week` or `month`, `pairs`, `kept`, `n` (Int64), `share`, `low`, `high` and
        `is_suppressed`: see `suppressed`.

    Raises:
        LakeError: If a column is missing.
    """
    period = _period(shares, "kept")
    sums = shares.groupby(period).agg(pairs=("n", "size"), kept=("kept", "sum"), n=("n", "sum")).reset_index()
    low, high = wilson(sums["kept"], sums["n"])
    return suppressed(sums.assign(share=sums["kept"] / sums["n"], low=low, high=high), keys=[period])


def over_pairs(values: pd.DataFrame, *, value: str, least: int = FEW) -> pd.DataFrame:
    """Median and quartiles over pairs, period by period: where the middle half of the pairs lies.

    A pair counts in the periods for which it has `least` behind its value. No total belongs to such
    numbers, so nothing can be taken from it. Rounded to whole percent, or tenths of a point above 1.

    Args:
        values: One row per pair and period, with `week` or `month`, `n` and `value`: from
            `lake.follow_through(..., by=["pair"], every="week")`, or `lake.heard`.
        value: Column to look at, such as "share" or "heard".
        least: What a pair's n must be to count.

    Returns:
        One row per period: `week` or `month`, `pairs` (Int64), blank under five; `middle`, the median,
        from ten pairs on; `low` and `high`, the quartiles, from twenty on, so that five pairs or more lie
        on each side of each.

    Raises:
        LakeError: If a column is missing.
    """
    period = _period(values, value)
    enough = values[values["n"] >= least].dropna(subset=[value])
    groups = enough.astype({value: "float64"}).groupby(period)[value]
    table = pd.DataFrame(
        {"middle": groups.median(), "low": groups.quantile(0.25), "high": groups.quantile(0.75)}
    )
    table = table.round(1 if len(values) and values[value].max() > 1 else 2)
    pairs = groups.size().reindex(table.index).astype("Int64")
    table["middle"] = table["middle"].where(pairs >= _FOR_MEDIAN)
    table[["low", "high"]] = table[["low", "high"]].where(pairs >= _FOR_QUARTILES)
    table.insert(0, "pairs", pairs.where(pairs >= LEAST))
    return table.reset_index()


def _period(values: pd.DataFrame, *needed: str) -> str:
    """Return which periods a table has, once it is found to have what is needed beside n."""
    period = "month" if "month" in values else "week"
    missing = [name for name in (period, *needed, "n") if name not in values]
    if missing:
        msg = f"This table has no column {', '.join(missing)}. It has: {', '.join(map(str, values.columns))}."
        raise LakeError(msg)
    return period
