"""Whether peers are as often right as they are sure: Brier score and reliability table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import narwhals as nw
import numpy as np

from peerkit.measures.counting import counted, named, sums_of, with_interval
from peerkit.measures.question import Question, ask
from peerkit.measures.tables import Frame, check_range, floats, parts, with_arrays

# A bin with fewer than this is drawn hollow.
FEW_IN_BIN = 5
# Where the bins of the reliability table begin and end.
EDGES = (0.0, 0.5, 0.7, 0.85, 0.95, 1.0)


def calibration(
    commitments: Any,
    *,
    as_of: date | str,
    by: Sequence[str] = (),
    every: str | None = None,
    since: date | str | None = None,
) -> Any:
    """Brier score: mean square of stated confidence less what came of it, kept (1) or not (0).

    Over those of the denominator of `follow_through` that had a confidence stated (Brier 1950, doi
    10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2, in the form for one event). 0 is best, 1 worst, and
    0.25 what saying one half each time gives. Partly kept is not kept.

    Args: As for `follow_through`, with `confidence` (0 to 1).

    Returns:
        The keys; `n` (int64), those with a confidence; `unstated` (int64), those of the denominator
        without, which the score cannot speak of; `brier` (float64), NaN where n is 0. No row where
        nothing was due.

    Raises:
        LedgerError: As `follow_through`, and if `confidence` leaves 0 to 1.
    """
    asked = ask(as_of, by, since, every=every)
    table = _with_confidence(commitments, asked)
    missed_by = nw.col("confidence") - nw.col("is_kept").cast(nw.Float64)
    is_stated = ~nw.col("confidence").is_null()
    table = table.with_columns(brier=(missed_by * missed_by).fill_null(0.0), stated=is_stated.cast(nw.Int64))
    sums = sums_of(table, asked.keys, "brier").rename({"n": "due"})
    stated = sums_of(table, asked.keys, "stated").drop("n")
    if asked.keys:
        # Sorted alike instead of joined: a blank key finds no partner in a join.
        sums, stated = (nw.maybe_reset_index(one.sort(asked.keys)) for one in (sums, stated))
    n, every_n = floats(stated.head(len(sums)), "stated"), floats(sums, "due")
    brier = floats(sums, "brier") / np.where(n > 0, n, np.nan)
    rows = with_arrays(sums, n=n.astype(np.int64), unstated=(every_n - n).astype(np.int64), brier=brier)
    return named(rows, asked, "n", "unstated", "brier")


def reliability(
    commitments: Any, *, as_of: date | str, by: Sequence[str] = (), since: date | str | None = None
) -> Any:
    """Share kept beside mean confidence, in bins of confidence: 0-50, 50-70, 70-85, 85-95 and 95-100 %.

    A bin holds its lower end and not its upper one, but for the last, which holds both. Over the same
    commitments as `calibration`. Bins with n under `FEW_IN_BIN` are drawn hollow.

    Args: As for `calibration`.

    Returns:
        The columns of `by`; `from` and `to` (float64, 0 to 1); `n` (int64); `mean_confidence` (float64);
        `kept` (int64); `share`, `low`, `high`. A fixed table of five rows for each group that had
        something due, and five rows for no groups; where n is 0 the floats are NaN, never 0 and never 1.
    """
    asked = ask(as_of, by, since)
    table = _with_confidence(commitments, asked)
    rows = [_bins(group) for group in parts(table, asked.by) if len(group) or not by]
    # Without a group there is no row, but there are columns.
    rows = rows or [_bins(table.with_columns(), rows=0)]
    columns = ["from", "to", "n", "mean_confidence", "kept", "share", "low", "high"]
    return nw.maybe_reset_index(nw.concat(rows)).select(*asked.by, *columns).to_native()


def _with_confidence(commitments: Any, asked: Question) -> Frame:
    table = counted(commitments, asked, confidence="number")
    check_range(table, "confidence", 0, 1)
    return table


def _bins(group: Frame, rows: int = len(EDGES) - 1) -> Frame:
    """Return the five bins of one group, with its keys."""
    keys = _repeated(group, rows)
    stated = group.filter(~nw.col("confidence").is_null())
    sure, kept = floats(stated, "confidence"), floats(stated, "is_kept")
    place = np.searchsorted(EDGES[1:-1], sure, side="right")
    n, k, total = (
        np.bincount(place, weights, minlength=len(EDGES) - 1)[:rows] for weights in (None, kept, sure)
    )
    counts = {"n": n.astype(np.int64), "kept": k.astype(np.int64)}
    ends = {"from": np.array(EDGES[:-1])[:rows], "to": np.array(EDGES[1:])[:rows]}
    mean = total / np.where(n > 0, n, np.nan)
    return with_interval(with_arrays(keys, **ends, **counts, mean_confidence=mean), "kept")


def _repeated(group: Frame, rows: int) -> Frame:
    """Return the first row so many times; of a table without rows, blanks."""
    one = nw.from_dict({"slot": [0] * rows}, backend=nw.get_native_namespace(group))
    if not len(group):
        return one if rows else group
    return group.head(1).drop("slot", strict=False).join(one, how="cross")
