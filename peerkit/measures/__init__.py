"""Every measure of follow-through, on a day: tidy tables, always with n, and with an interval for each share.

They take the table of `fold.commitments` and, where sessions count, that of `fold.sessions`, both folded for
the same day, as pandas or any other eager table that Narwhals wraps; they return a table of the same kind.

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
