"""How long things took: days late, moved dates, days back from a miss, days from made to kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from peerkit.engines import Kind, Rows, handed_back
from peerkit.measures.counting import (
    closed_by,
    counted,
    is_counted,
    judged,
    keyed,
    late_days,
    named,
    sums_of,
    was,
    with_medians,
)
from peerkit.measures.intervals import Floats, kaplan_meier
from peerkit.measures.question import ask
from peerkit.measures.tables import NEVER, Ints, day_number, floats, ints, read, spans, with_arrays

# More than there are days, before 1970 and after it.
_SPAN = 4 * NEVER


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
    kept = counted(commitments, asked).filter(was("kept"))
    sums = sums_of(keyed(kept, asked, days_late=late_days(asked)), [*asked.keys, "days_late"])
    return named(with_medians(sums, asked, "days_late"), asked, "n", "days_late", like=commitments)


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
    table = keyed(table, asked, mean_moves=nw.col("moves").fill_null(0.0))
    sums = sums_of(table, asked.keys, "mean_moves")
    mean = floats(sums, "mean_moves") / floats(sums, "n")
    rows = with_arrays(sums, n=ints(sums, "n"), mean_moves=mean)
    return named(rows, asked, "n", "mean_moves", like=commitments)


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
    table = judged(commitments, asked, peer="word")
    is_open = was("open") | nw.col("outcome").is_null()
    is_overdue = is_open & (nw.col("due_day") < day_number(asked.as_of))
    is_miss = is_counted(asked).fill_null(value=False) & (was("missed") | is_overdue)
    # Misses by the day they were due, and what was kept by the day it was closed: one query for both.
    on = nw.when(was("kept")).then(closed_by(asked)).otherwise(nw.col("due_day"))
    table = keyed(table, asked, is_miss=is_miss, is_kept=was("kept"), on=on)
    table = table.filter(nw.col("is_miss") | nw.col("is_kept"))
    found = sums_of(table, [*dict.fromkeys([*asked.keys, "peer"]), "is_miss", "on"])
    misses = _with_waits(found.filter(nw.col("is_miss")), found.filter(~nw.col("is_miss")))
    waits = misses.group_by([*asked.keys, "return_days"]).agg(nw.col("n").sum(), nw.col("returned").sum())
    waits = waits.sort([*asked.keys, "return_days"])
    rows = with_medians(waits, asked, "return_days", "returned")
    return named(rows, asked, "n", "returned", "return_days", like=commitments)


def time_to_done(commitments: Any, *, as_of: date | str, by: Sequence[str] = ()) -> Any:
    """Kaplan-Meier estimate of days from made to kept: the share that is not kept yet, day by day.

    All commitments made count, due or not. Kept on `closed_on` is done. Open ones are right-censored at
    `as_of`, released and void ones on the day they closed. Missed and partly kept ones stay among those not
    kept up to `as_of`: taking them out when they closed would say that they were as likely to be kept later
    as the others. On a day on which some were kept and some left, the kept ones go first. Closed on a day
    that nobody wrote down counts as closed on `as_of`. One that was closed before the ledger knew of it, as
    history that was brought from elsewhere, was never seen waiting, and is left out. The estimate is
    `intervals.kaplan_meier`.

    Args:
        commitments: As for `follow_through`, with `made_on` in place of `due_on`.
        as_of: Day to look from.
        by: Columns to keep apart, but not "weekday": what is not due at all counts too.

    Returns:
        The columns of `by`; `days` (int64) since made, one row for each on which one was kept or went out
        of sight; `n` (int64), all of this group; `at_risk`, `kept`, `ended` (int64; ended is out of sight);
        `share_waiting` (float64), not kept after this day, `low`, `high` (NaN while it is 1, and where it is 0).
        No commitment that was seen waiting, no row.

    Raises:
        LedgerError: If a column is missing or of another dtype.
    """
    asked = ask(as_of, by)
    kinds: dict[str, Kind] = {"made_on": "date", "closed_on": "date", "outcome": "word"}
    was_seen = (nw.col("made_day") < NEVER) & (nw.col("closed_day") >= nw.col("made_day"))
    table = read(commitments, kinds, asked.by).filter(was_seen)
    has_left = was("kept") | was("released") | was("void")
    end = nw.when(has_left).then(closed_by(asked)).otherwise(nw.lit(day_number(asked.as_of)))
    days = (end - nw.col("made_day")).clip(lower_bound=0)
    table = table.with_columns(days=days, kept=was("kept").cast(nw.Int64))
    sums = sums_of(table, [*asked.by, "days"], "kept")
    rows = with_arrays(sums.select(*asked.by, "days"), days=ints(sums, "days"), **_curves(sums, asked.by))
    columns = ["days", "n", "at_risk", "kept", "ended", "share_waiting", "low", "high"]
    return handed_back(rows.select(*asked.by, *columns), like=commitments)


def _with_waits(misses: Rows, kept: Rows) -> Rows:
    """Add the days that each miss waited for the next kept one of its peer, infinity where none came; and `returned`."""
    words = [rows["peer"].cast(nw.String).to_numpy() for rows in (misses, kept)]
    codes, _ = pd.factorize(np.concatenate(words).astype(object))
    missed_by, kept_by = np.split(codes, [len(misses)])
    # A day of a peer as one number: days of the next peer come after all of this one.
    at, of = (
        code * _SPAN + NEVER + ints(rows, "on") for code, rows in ((missed_by, misses), (kept_by, kept))
    )
    of = np.sort(of[kept_by >= 0])
    found = np.append(of, np.iinfo(np.int64).max)[np.searchsorted(of, at, side="right")]
    # What nobody is known to have missed or kept is nobody's.
    is_back = (missed_by >= 0) & (found // _SPAN == missed_by)
    waits = np.where(is_back, (found - at).astype(np.float64), np.inf)
    return with_arrays(misses, n=ints(misses, "n"), return_days=waits, returned=ints(misses, "n") * is_back)


def _curves(sums: Rows, by: Sequence[str]) -> dict[str, Ints | Floats]:
    """Return the columns of a Kaplan-Meier curve for each group of days, as they stand sorted."""
    left, kept = floats(sums, "n"), floats(sums, "kept")
    n, at_risk, share, low, high = (np.empty(len(left)) for _ in range(5))
    for of in spans(sums, by):
        at_risk[of] = left[of][::-1].cumsum()[::-1]
        n[of] = left[of].sum()
        share[of], low[of], high[of] = kaplan_meier(at_risk[of], kept[of])
    whole = {"n": n, "at_risk": at_risk, "kept": kept, "ended": left - kept}
    counts = {name: values.astype(np.int64) for name, values in whole.items()}
    return {**counts, "share_waiting": share, "low": low, "high": high}
