"""Whether peers are as often right as they are sure: Brier score and reliability table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import narwhals as nw
import numpy as np

from peerkit.engines import AnyFrame, Rows, handed_back
from peerkit.measures.counting import counted, keyed, named, sums_of, was, with_interval
from peerkit.measures.question import Question, ask
from peerkit.measures.tables import check_range, floats, ints, starts, with_arrays

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
    missed_by = nw.col("confidence") - was("kept").cast(nw.Float64)
    table = _stated(commitments, asked, brier=(missed_by * missed_by).fill_null(0.0))
    sums = _in_range(sums_of(table, asked.keys, "brier", "stated", ends="confidence"))
    n = ints(sums, "stated")
    brier = floats(sums, "brier") / np.where(n > 0, n, np.nan)
    rows = with_arrays(sums, n=n, unstated=ints(sums, "n") - n, brier=brier)
    return named(rows, asked, "n", "unstated", "brier", like=commitments)


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
    # The number of the bin: how many edges lie at or under it. What nobody stated is in the bin of 0, as nothing.
    is_over = [(nw.col("confidence") >= edge).fill_null(value=False).cast(nw.Int64) for edge in EDGES[1:-1]]
    kept = (was("kept") & ~nw.col("confidence").is_null()).cast(nw.Int64)
    table = _stated(
        commitments,
        asked,
        bin=nw.sum_horizontal(*is_over),
        kept=kept,
        sure=nw.col("confidence").fill_null(0.0),
    )
    sums = _in_range(sums_of(table, [*asked.by, "bin"], "stated", "kept", "sure", ends="confidence"))
    columns = ["from", "to", "n", "mean_confidence", "kept", "share", "low", "high"]
    return handed_back(_bins(sums, asked.by).select(*asked.by, *columns), like=commitments)


def _stated(commitments: Any, asked: Question, **columns: nw.Expr) -> AnyFrame:
    """Return the denominator with columns added, and with 1 in `stated` where a confidence was."""
    is_stated = (~nw.col("confidence").is_null()).cast(nw.Int64)
    return keyed(counted(commitments, asked, confidence="number"), asked, stated=is_stated, **columns)


def _in_range(sums: Rows) -> Rows:
    check_range(sums, "confidence", 0, 1, ends=("least", "most"))
    return sums


def _bins(sums: Rows, by: Sequence[str]) -> Rows:
    """Return all five bins of each group of those that are filled; of no groups, of the whole."""
    begin, size = starts(sums, by), len(EDGES) - 1
    groups = len(begin) if by else 1
    group = np.repeat(np.arange(groups), np.diff(np.append(begin, len(sums)))) if len(sums) else begin
    place = group * size + ints(sums, "bin")
    n, kept, sure = (
        np.bincount(place, floats(sums, name), minlength=groups * size) for name in ("stated", "kept", "sure")
    )
    empty = nw.from_dict({"bin": list(range(groups * size))}, backend=sums.implementation)
    rows = sums.select(*by)[np.repeat(begin, size).tolist()] if by else empty
    ends = {"from": np.tile(EDGES[:-1], groups), "to": np.tile(EDGES[1:], groups)}
    mean = sure / np.where(n > 0, n, np.nan)
    counts = {"n": n.astype(np.int64), "kept": kept.astype(np.int64)}
    return with_interval(with_arrays(rows, **ends, **counts, mean_confidence=mean), "kept")
