"""Which commitments count, in which period, and how their sums, shares and windows are made."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np

from peerkit.measures.intervals import wilson
from peerkit.measures.question import Question
from peerkit.measures.tables import DAY_MS, Frame, Kind, floats, read, with_arrays

# Days from Monday 1969-12-29, the Monday before 1970 began, to 1970-01-01.
_THURSDAY = 3
_JUDGING: dict[str, Kind] = {"closed_on": "date", "outcome": "word"}


def due(commitments: Any, asked: Question, **kinds: Kind) -> Frame:
    """Return what is due in the window, whatever became of it: with `weekday` and `slot` where asked.

    `is_kept`, `is_void` and `is_let_go` (released before it was due) say what became of it. `is_late` is
    one that is not shown to have been closed in time. `closed_by` is the day it was closed, or where
    nobody said when, the day to look from: the latest that it can have been.
    """
    columns = [name for name in asked.by if name != "weekday"]
    table = read(commitments, {asked.due: "date", **_JUDGING, **kinds}, columns)
    is_due = nw.col(asked.due) <= asked.as_of
    if asked.since is not None:
        is_due = is_due & (nw.col(asked.due) >= asked.since)
    table = nw.maybe_reset_index(table.filter(is_due.fill_null(value=False)))
    in_time = nw.col("closed_on") < nw.col(asked.due)
    table = table.with_columns(
        # One whose outcome nobody has said is not kept, and not let go.
        is_kept=(nw.col("outcome") == "kept").fill_null(value=False),
        is_void=(nw.col("outcome") == "void").fill_null(value=False),
        # A release without a day is not shown to have come in time.
        is_let_go=((nw.col("outcome") == "released") & in_time).fill_null(value=False),
        is_late=~(nw.col("closed_on") <= nw.col(asked.due)).fill_null(value=False),
        closed_by=nw.col("closed_on").fill_null(asked.as_of),
    )
    return _with_periods(table, asked)


def counted(commitments: Any, asked: Question, **kinds: Kind) -> Frame:
    """Return the denominator of METRICS: due in the window, not void, not released before it was due."""
    table = due(commitments, asked, **kinds)
    return nw.maybe_reset_index(table.filter(~nw.col("is_void") & ~nw.col("is_let_go")))


def day_number(name: str) -> nw.Expr:
    """Return the days since 1970-01-01: whole numbers are the same on every engine."""
    return nw.col(name).dt.timestamp("ms") // DAY_MS


def shares(table: Frame, asked: Question, top: str) -> Any:
    """Return the share of rows whose column `top` is true, or the mean of a `top` within 0 and 1.

    A table with the keys, `top` (int64 where it counts; left out where it is a mean), n, share, low, high.
    """
    is_mean = table.schema[top] == nw.Float64
    tops = table.with_columns(nw.col(top).cast(nw.Float64 if is_mean else nw.Int64))
    sums = _rolled(sums_of(tops, asked.keys, top), asked, top)
    sums = nw.maybe_reset_index(sums.sort(asked.keys)) if asked.keys else sums
    sums = with_interval(sums, top)
    own = [top, "n", "share"] if not is_mean else ["n", top]
    return named(
        sums.with_columns(nw.col("share").alias(top)) if is_mean else sums, asked, *own, "low", "high"
    )


def sums_of(table: Frame, keys: list[str], top: str) -> Frame:
    """Return the sum of a column and the number of rows `n`, for each of the keys that there is."""
    if keys:
        return table.group_by(keys).agg(nw.col(top).sum(), nw.len().alias("n"))
    return table.select(nw.col(top).sum(), nw.len().alias("n")).filter(nw.col("n") > 0)


def with_interval(sums: Frame, top: str) -> Frame:
    """Add `share`, `low` and `high`; all are NaN where n is 0."""
    kept, n = floats(sums, top), floats(sums, "n")
    low, high = wilson(kept, n)
    whole = {} if sums.schema[top] == nw.Float64 else {top: kept.astype(np.int64)}
    share = kept / np.where(n > 0, n, np.nan)
    return with_arrays(sums, **whole, n=n.astype(np.int64), share=share, low=low, high=high)


def named(table: Frame, asked: Question, *columns: str) -> Any:
    """Return a table in the order of its keys, with each period by its name."""
    if asked.slot is None:
        return table.select(*asked.by, *columns).to_native()
    number = table["slot"].to_numpy().astype(np.int64)
    if asked.held is None:
        day = _first_day(number, asked.slot)
        return with_arrays(table, **{asked.slot: day}).select(*asked.by, asked.slot, *columns).to_native()
    ids = [asked.held.ids[i] for i in number]
    space = nw.get_native_namespace(table)
    table = with_arrays(table, held_on=asked.held.days[number])
    table = table.with_columns(nw.new_series("session_id", ids, nw.String, backend=space))
    return table.select(*asked.by, "session_id", "held_on", *columns).to_native()


def _first_day(number: Any, slot: str) -> Any:
    if slot == "month":
        return number.astype("datetime64[M]")
    return (number * 7 - _THURSDAY).astype("datetime64[D]")


def _with_periods(table: Frame, asked: Question) -> Frame:
    date = nw.col(asked.due)
    if "weekday" in asked.by:
        table = table.with_columns(weekday=((day_number(asked.due) + _THURSDAY) % 7 + 1).cast(nw.Int64))
    if asked.held is not None:
        days = table[asked.due].to_numpy().astype("datetime64[us]")
        # A session's time lasts from its day to the day before the next; what was due before the
        # first belongs to the first, so that nothing falls out.
        position = np.searchsorted(asked.held.days, days, side="right").astype(np.int64) - 1
        table = with_arrays(table, slot=np.maximum(position, 0))
        return table if len(asked.held.days) else table.head(0)
    if asked.slot == "week":
        return table.with_columns(slot=((day_number(asked.due) + _THURSDAY) // 7).cast(nw.Int64))
    if asked.slot == "month":
        months = date.dt.year().cast(nw.Int64) * 12 + date.dt.month().cast(nw.Int64) - (1970 * 12 + 1)
        return table.with_columns(slot=months)
    return table


def _newest(asked: Question) -> int:
    if asked.held is not None:
        return len(asked.held.days) - 1
    days = int(np.datetime64(asked.as_of, "D").astype(np.int64))
    return (days + _THURSDAY) // 7


def _rolled(sums: Frame, asked: Question, top: str) -> Frame:
    """Let each period count in itself and in those after it, as long as the window reaches."""
    if asked.rolling == 1:
        return sums
    ahead = nw.from_dict({"ahead": list(range(asked.rolling))}, backend=nw.get_native_namespace(sums))
    windows = sums.join(ahead, how="cross").with_columns(nw.col("slot") + nw.col("ahead"))
    windows = windows.filter(nw.col("slot") <= _newest(asked))
    return windows.group_by(asked.keys).agg(nw.col(top).sum(), nw.col("n").sum())
