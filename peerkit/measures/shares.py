"""What was kept of what was due: as re-agreed, as first promised, in time, and with credit for parts and lateness."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import log
from typing import Any

import narwhals as nw

from peerkit.measures.counting import (
    counted,
    keyed,
    late_days,
    named,
    periods,
    shares,
    sums_of,
    was,
    was_in_time,
    with_interval,
)
from peerkit.measures.question import ask, check_half_life
from peerkit.measures.tables import check_range


def follow_through(
    commitments: Any,
    *,
    as_of: date | str,
    by: Sequence[str] = (),
    every: str | None = None,
    rolling: int = 1,
    since: date | str | None = None,
    sessions: Any = None,
    rolling_sessions: int | None = None,
) -> Any:
    """Share of due commitments that were kept in full, with n and its 95 % Wilson interval.

    One that is open on its due date counts as not kept, so silence cannot raise the share. Void, and
    released before the day it was due, are left out; released on that day or later counts as not kept.

    Args:
        commitments: One row per commitment, from `fold.commitments` for the same `as_of`, as pandas,
            Polars (eager or lazy), PyArrow, a DuckDB relation, Dask or PySpark.
        as_of: Day to look from. Due on this day is due.
        by: Columns to keep apart, such as "peer" or "area", or "weekday": that of the due date (int64,
            1 is Monday, 7 Sunday).
        every: None for one share over all, "week": the weeks of the due dates, Monday first, or "month".
        rolling: With every="week", each row covers this many weeks and ends with the one it names.
        since: First due date that counts. All count when left out.
        sessions: From `fold.sessions` for the same `as_of`; only for `rolling_sessions`.
        rolling_sessions: Each row covers so many held sessions and ends with the one it names. A due date
            belongs to the last session held on or before it; one before the first session to the first.
            So every due commitment counts, also one that was made outside a session.

    Returns:
        A table of the same kind (a lazy one of rows that are counted already), in order of its first columns: those of `by`; `week` (its Monday) or
        `month` (its first day), or `session_id` and `held_on`, where asked; `kept` and `n` (int64);
        `share`, `low`, `high` (float64, 0 to 1). What has nothing due has no row: never 0, never 1.

    Raises:
        LedgerError: If a column is missing or of another dtype, `since` is after `as_of`, or `every`,
            `rolling` or `rolling_sessions` is not one of the above.

    Example:
        >>> import pandas as pd
        >>> made = pd.DataFrame({
        ...     "peer": ["Amara", "Amara", "Jonas"], "outcome": ["kept", "open", "kept"],
        ...     "due_on": pd.to_datetime(["2024-03-08", "2024-03-15", "2024-03-08"]),
        ...     "closed_on": pd.to_datetime(["2024-03-07", None, "2024-03-08"]),
        ... })
        >>> follow_through(made, by=["peer"], as_of="2024-03-31")[["peer", "kept", "n", "share"]]
            peer  kept  n  share
        0  Amara     1  2    0.5
        1  Jonas     1  1    1.0
    """
    spans = {"every": every, "rolling": rolling, "sessions": sessions, "rolling_sessions": rolling_sessions}
    asked = ask(as_of, by, since, **spans)
    return shares(counted(commitments, asked), asked, kept=was("kept"), like=commitments)


def follow_through_first_due(
    commitments: Any,
    *,
    as_of: date | str,
    by: Sequence[str] = (),
    every: str | None = None,
    rolling: int = 1,
    since: date | str | None = None,
    sessions: Any = None,
    rolling_sessions: int | None = None,
) -> Any:
    """Share kept by the date that was first promised; `follow_through` less this is what renegotiation bought.

    Everything is judged by `first_due_on`: what is due, in which period, and what was released before.
    So one that was moved in time and is not due again yet counts here, as not kept. Kept after the first
    date does not count as kept, nor does kept on a day that nobody wrote down.

    Args and Returns are those of `follow_through`; needs `first_due_on` in place of `due_on`.
    """
    spans = {"every": every, "rolling": rolling, "sessions": sessions, "rolling_sessions": rolling_sessions}
    asked = ask(as_of, by, since, due="first_due_on", **spans)
    return shares(counted(commitments, asked), asked, kept=was_in_time(asked), like=commitments)


def on_time(
    commitments: Any,
    *,
    as_of: date | str,
    by: Sequence[str] = (),
    every: str | None = None,
    rolling: int = 1,
    since: date | str | None = None,
    sessions: Any = None,
    rolling_sessions: int | None = None,
) -> Any:
    """Share kept with `closed_on` on or before `due_on`, over the denominator of `follow_through`.

    Kept on a day that nobody wrote down is not shown to have been in time, and counts as not.

    Args and Returns are those of `follow_through`; `kept` is how many were kept in time.
    """
    spans = {"every": every, "rolling": rolling, "sessions": sessions, "rolling_sessions": rolling_sessions}
    asked = ask(as_of, by, since, **spans)
    return shares(counted(commitments, asked), asked, kept=was_in_time(asked), like=commitments)


def credit(
    commitments: Any,
    *,
    as_of: date | str,
    half_life_days: float = 30,
    by: Sequence[str] = (),
    every: str | None = None,
    rolling: int = 1,
    since: date | str | None = None,
    sessions: Any = None,
    rolling_sessions: int | None = None,
) -> Any:
    """Mean of fraction times lateness factor, over the denominator of `follow_through`.

    Kept is 1, partly its fraction (0 where nobody said how much), everything else 0. The factor is 1 up
    to the due date and halves every `half_life_days` after it. Closed on a day that nobody wrote down
    counts as closed on `as_of`, the latest that it can have been.

    Args:
        commitments: As for `follow_through`, with `fraction` (0 to 1).
        as_of: Day to look from.
        half_life_days: Days, above 0.
        by: As for `follow_through`, as are all that follow.
        every: Period.
        rolling: Weeks to a row.
        since: First due date that counts.
        sessions: For `rolling_sessions`.
        rolling_sessions: Sessions to a row.

    Returns:
        Its keys; `n` (int64); `credit`, `low`, `high` (float64, 0 to 1). The interval is Wilson's with
        the mean in place of a share. A value within 0 and 1 varies at most as much as kept or not kept
        with the same mean, so the interval is rather too wide than too narrow.

    Raises:
        LedgerError: As `follow_through`, and if `fraction` leaves 0 to 1 or `half_life_days` is not above 0.
    """
    check_half_life(half_life_days)
    spans = {"every": every, "rolling": rolling, "sessions": sessions, "rolling_sessions": rolling_sessions}
    asked = ask(as_of, by, since, **spans)
    table = counted(commitments, asked, fraction="number")
    part = nw.when(was("partly")).then(nw.col("fraction").fill_null(0.0)).otherwise(nw.lit(0.0))
    done = nw.when(was("kept")).then(nw.lit(1.0)).otherwise(part)
    factor = (late_days(asked).cast(nw.Float64) * (-log(2) / half_life_days)).exp()
    sums = sums_of(keyed(table, asked, credit=done * factor), asked.keys, "credit", ends="fraction")
    check_range(sums, "fraction", 0, 1, ends=("least", "most"))
    rows = with_interval(periods(sums.drop("least", "most"), asked), "credit", whole=False)
    return named(
        rows.with_columns(credit=nw.col("share")), asked, "n", "credit", "low", "high", like=commitments
    )
