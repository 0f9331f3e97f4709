"""How long things took: days late, moved dates, days back from a miss, days from made to kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import narwhals as nw
import numpy as np

from peerkit.measures.counting import counted, day_number, named, sums_of
from peerkit.measures.intervals import Floats, kaplan_meier
from peerkit.measures.question import Question, ask
from peerkit.measures.tables import Frame, Kind, floats, parts, read, with_arrays


def days_late(
    commitments: Any,
    *,
    as_of: date | str,
    by: Sequence[str] = (),
    every: str | None = None,
    since: date | str | None = None,
) -> Any:
    """Median days from `due_on` to `closed_on`, over those of the denominator that were kept.

    Kept early is 0 days late, not fewer: being early with one does not make another less late. Closed on
    a day that nobody wrote down counts as closed on `as_of`, the latest that it can have been.

    Args: As for `follow_through`.

    Returns:
        The keys; `n` (int64), how many were kept; `days_late` (float64, days). No row where none was kept.
    """
    asked = ask(as_of, by, since, every=every)
    kept = counted(commitments, asked).filter(nw.col("is_kept"))
    late = (day_number("closed_by") - day_number("due_on")).clip(lower_bound=0)
    return _medians(kept.with_columns(days_late=late.cast(nw.Float64)), asked, "days_late")


def moves(
    commitments: Any,
    *,
    as_of: date | str,
    by: Sequence[str] = (),
    every: str | None = None,
    since: date | str | None = None,
) -> Any:
    """Mean number of moved dates, in time or too late, over the denominator of `follow_through`.

    Judged by `due_on`, as all of METRICS: one that was moved to a day after `as_of` counts from that day on.

    Args: As for `follow_through`; needs `moves`.

    Returns:
        The keys; `n` (int64); `mean_moves` (float64, 0 or more). No row where nothing was due.
    """
    asked = ask(as_of, by, since, every=every)
    table = counted(commitments, asked, moves="number")
    table = table.with_columns(mean_moves=nw.col("moves").fill_null(0.0).cast(nw.Float64))
    sums = sums_of(table, asked.keys, "mean_moves")
    sums = nw.maybe_reset_index(sums.sort(asked.keys)) if asked.keys else sums
    n = floats(sums, "n")
    return named(
        with_arrays(sums, n=n.astype(np.int64), mean_moves=floats(sums, "mean_moves") / n),
        asked,
        "n",
        "mean_moves",
    )


def return_days(
    commitments: Any,
    *,
    as_of: date | str,
    by: Sequence[str] = (),
    every: str | None = None,
    since: date | str | None = None,
) -> Any:
    """Median days from a miss to the next kept one of the same peer.

    A miss is one of the denominator that is missed, or still open after its due date: silence is none
    the less a miss. It happened on `due_on`. The next kept one is the first that the peer closed on a
    later day, due or not, in the window or not; kept on a day that nobody wrote down counts as kept on
    `as_of`. A miss after which nothing was kept yet counts as longer than any other, so that a peer
    who did not come back does not drop out of the median.

    Args: As for `follow_through`; needs `peer`. The window and the periods are those of the misses.

    Returns:
        The keys; `n` (int64), the misses; `returned` (int64), after how many something was kept;
        `return_days` (float64, days), NaN while half of the misses or more wait. No row where none is.
    """
    asked = ask(as_of, by, since, every=every)
    table = counted(commitments, asked, peer="word")
    is_open = nw.col("outcome").is_null() | (nw.col("outcome") == "open").fill_null(value=True)
    is_miss = (nw.col("outcome") == "missed").fill_null(value=False)
    misses = table.filter(is_miss | (is_open & (nw.col("due_on") < asked.as_of)))
    needed: dict[str, Kind] = {"peer": "word", "outcome": "word", "closed_on": "date"}
    kept = read(commitments, needed).filter((nw.col("outcome") == "kept").fill_null(value=False))
    kept = kept.with_columns(closed_by=nw.col("closed_on").fill_null(asked.as_of))
    waits = nw.concat([_waits(of_peer, kept) for of_peer in parts(misses, ["peer"])])
    return _medians(waits, asked, "return_days", "returned")


def time_to_done(commitments: Any, *, as_of: date | str, by: Sequence[str] = ()) -> Any:
    """Kaplan-Meier estimate of days from made to kept: the share that is not kept yet, day by day.

    All commitments made count, due or not. Kept on `closed_on` is done. Open ones are right-censored at
    `as_of`, released and void ones on the day they closed. Missed and partly kept ones stay among those not
    kept up to `as_of`: taking them out when they closed would say that they were as likely to be kept later
    as the others. On a day on which some were kept and some left, the kept ones go first. Closed on a day
    that nobody wrote down counts as closed on `as_of`. The estimate is `intervals.kaplan_meier`.

    Args:
        commitments: As for `follow_through`, with `made_on` in place of `due_on`.
        as_of: Day to look from.
        by: Columns to keep apart, but not "weekday": what is not due at all counts too.

    Returns:
        The columns of `by`; `days` (int64) since made, one row for each on which one was kept or went out
        of sight; `n` (int64), all of this group; `at_risk`, `kept`, `ended` (int64; ended is out of sight);
        `share_waiting` (float64), not kept after this day, `low`, `high` (NaN while it is 1, and where it is 0).
        No commitment, no row.

    Raises:
        LedgerError: If a column is missing or of another dtype.
    """
    asked = ask(as_of, by)
    kinds: dict[str, Kind] = {"made_on": "date", "closed_on": "date", "outcome": "word"}
    table = read(commitments, kinds, asked.by)
    table = table.filter(~nw.col("made_on").is_null())
    has_left = nw.col("outcome").cast(nw.String).is_in(["kept", "released", "void"]).fill_null(value=False)
    end = nw.when(has_left).then(nw.col("closed_on")).otherwise(nw.lit(None).cast(nw.Datetime("us")))
    table = table.with_columns(
        end=end.fill_null(asked.as_of),
        kept=(nw.col("outcome") == "kept").fill_null(value=False).cast(nw.Int64),
    )
    table = table.with_columns(days=(day_number("end") - day_number("made_on")).clip(lower_bound=0))
    columns = ["days", "n", "at_risk", "kept", "ended", "share_waiting", "low", "high"]
    curves = [_curve(group.select(*asked.by, "days", "kept")) for group in parts(table, asked.by)]
    return nw.maybe_reset_index(nw.concat(curves)).select(*asked.by, *columns).to_native()


def _waits(misses: Frame, kept: Frame) -> Frame:
    """Add the days that each miss of one peer waited for the next kept one; infinity where none came."""
    if not len(misses):
        return with_arrays(misses, return_days=np.empty(0), returned=np.empty(0, dtype=np.int64))
    peer = misses["peer"].to_list()[0]
    days = np.sort(
        kept.filter(nw.col("peer") == peer).select(day_number("closed_by"))["closed_by"].to_numpy()
    )
    on = misses.select(day_number("due_on"))["due_on"].to_numpy()
    ahead = np.append(days.astype(np.float64), np.inf)
    waits = ahead[np.searchsorted(days, on, side="right")] - on
    return with_arrays(misses, return_days=waits, returned=np.isfinite(waits).astype(np.int64))


def _medians(table: Frame, asked: Question, name: str, *sums: str) -> Any:
    """Return n, sums and the median of a column; a median of infinity is not known, and NaN."""
    found = [nw.len().alias("n"), *(nw.col(column).sum() for column in sums), nw.col(name).median()]
    if asked.keys:
        rows = nw.maybe_reset_index(table.group_by(asked.keys).agg(*found).sort(asked.keys))
    else:
        rows = table.select(*found).filter(nw.col("n") > 0)
    median = floats(rows, name)
    counts = {column: floats(rows, column).astype(np.int64) for column in ("n", *sums)}
    rows = with_arrays(rows, **counts, **{name: np.where(np.isfinite(median), median, np.nan)})
    return named(rows, asked, *counts, name)


def _curve(group: Frame) -> Frame:
    """Return the rows of one Kaplan-Meier curve, with the keys of its group."""
    days, inverse = np.unique(group["days"].to_numpy().astype(np.int64), return_inverse=True)
    kept = np.bincount(inverse, weights=floats(group, "kept"), minlength=len(days))
    left: Floats = np.bincount(inverse, minlength=len(days)).astype(np.float64)
    at_risk: Floats = left[::-1].cumsum(dtype=np.float64)[::-1]
    share, low, high = kaplan_meier(at_risk, kept.astype(np.float64))
    counts = {"at_risk": at_risk, "kept": kept, "ended": left - kept, "n": np.full(len(days), len(group))}
    whole = {name: values.astype(np.int64) for name, values in counts.items()}
    return with_arrays(group.head(len(days)), days=days, **whole, share_waiting=share, low=low, high=high)
