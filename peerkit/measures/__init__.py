"""Every measure of follow-through, on a day: tidy tables, always with n, and with an interval for each share.

They take the table of `fold.commitments` and, where sessions count, that of `fold.sessions`, both folded for
the same day, as pandas, Polars (eager or lazy), PyArrow, a DuckDB relation, Dask or PySpark; they return a table
of the same kind as the first one that was given.

What is lazy: a measure counts in the engine, in one query over the commitments, which runs when the measure is
called, so that what cannot be answered is refused then. Of big data only these counts leave the engine: a row for
each group and period (for medians and time to done also for each number of days, for `return_days` for each day
of a peer). Shares and intervals are reckoned from them in memory. What comes back to a lazy engine is a lazy table
of these finished rows, on the same connection or session; to look at it does not count again. Sessions are
collected as they are. A lazy fold before it (Dask, Spark) runs again for each measure: persist or cache it.

Dates may have a time of day: the day counts. Words may be text or categories; rows are in the order of the keys as
their own kind sorts, in pandas that of the categories.

- what was kept: `follow_through`, `follow_through_first_due`, `on_time`, `credit`
- what became of the rest: `renegotiated`, `released_rate`, `void_rate`
- when: `days_late`, `moves`, `return_days`, `time_to_done`
- how sure: `calibration`, `reliability`
- over sessions: `load`, `follow_through_by_load`, `heard`, `heard_follow_through`, `balance`
"""

from peerkit.measures.confidence import FEW_IN_BIN, calibration, reliability
from peerkit.measures.delays import days_late, moves, return_days, time_to_done
from peerkit.measures.intervals import FEW, Z_95, wilson
from peerkit.measures.meetings import balance, follow_through_by_load, heard, heard_follow_through, load
from peerkit.measures.rates import released_rate, renegotiated, void_rate
from peerkit.measures.shares import credit, follow_through, follow_through_first_due, on_time

__all__ = [
    "FEW",
    "FEW_IN_BIN",
    "Z_95",
    "balance",
    "calibration",
    "credit",
    "days_late",
    "follow_through",
    "follow_through_by_load",
    "follow_through_first_due",
    "heard",
    "heard_follow_through",
    "load",
    "moves",
    "on_time",
    "released_rate",
    "reliability",
    "renegotiated",
    "return_days",
    "time_to_done",
    "void_rate",
    "wilson",
]
