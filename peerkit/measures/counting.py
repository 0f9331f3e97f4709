"""Which commitments count, in which period, and how their sums, shares and windows are made.

Every measure goes two steps. Where the table is, whatever its engine, rows become counts for each of the keys
and periods: one query. These few rows are collected, and become shares, windows and medians here.
"""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np

from peerkit.engines import AnyFrame, Kind, Rows, collected, handed_back, is_sql
from peerkit.measures.intervals import wilson
from peerkit.measures.question import Question
from peerkit.measures.tables import (
    NEVER,
    as_dates,
    day_number,
    day_of,
    floats,
    ints,
    read,
    starts,
    with_arrays,
)

# Days from Monday 1969-12-29, the Monday before 1970 began, to 1970-01-01.
_THURSDAY = 3
_JUDGING: dict[str, Kind] = {"closed_on": "date", "outcome": "word"}


def judged(commitments: Any, asked: Question, **kinds: Kind) -> AnyFrame:
    """Return all commitments, due or not, with the columns that tell what became of them."""
    columns = [name for name in asked.by if name != "weekday"]
    months_of = asked.due if asked.slot == "month" else None
    kinds = {asked.due: "date", **_JUDGING, **kinds}
    within = (asked.due, asked.since, asked.as_of)
    return read(commitments, kinds, columns, months_of=months_of, within=within)


def keyed(table: AnyFrame, asked: Question, **columns: nw.Expr) -> AnyFrame:
    """Add columns, and `weekday` and `slot`, the period, where they are asked."""
    day = nw.col(day_of(asked.due))
    # Of sessions the reduced rows are the days: which session is theirs is looked up when they are few.
    weeks = (day + _THURSDAY) // 7
    if is_sql(table):
        # Narwhals gives SQL a long case distinction for //; a seventh of a day is far from rounding.
        weeks = ((day + _THURSDAY) / 7).floor().cast(nw.Int64)
    slots = {"week": weeks, "month": nw.col("month"), "session": day}
    if "weekday" in asked.by:
        columns["weekday"] = (day + _THURSDAY) % 7 + 1
    if asked.slot is not None:
        columns["slot"] = slots[asked.slot]
    # All at once: each step of a query costs an engine of SQL a look at the whole of it.
    return table.with_columns(**columns)


def due(commitments: Any, asked: Question, **kinds: Kind) -> AnyFrame:
    """Return what is due in the window, whatever became of it."""
    return judged(commitments, asked, **kinds).filter(is_due())


def counted(commitments: Any, asked: Question, **kinds: Kind) -> AnyFrame:
    """Return the denominator of METRICS: due in the window, not void, not released before it was due."""
    return judged(commitments, asked, **kinds).filter(is_counted(asked))


def is_due() -> nw.Expr:
    """Return whether the due date that judges lies in the window; blank, or no, for one without."""
    return nw.col("is_within")


def is_counted(asked: Question) -> nw.Expr:
    """Return whether a commitment stands in the denominator; a blank, for one without a due date, is no."""
    # A case without an answer is none of them, so no blank must be looked for in each row of millions; and the
    # days of the few that were released are the only ones an engine compares.
    outcome, yes, no = nw.col("outcome"), nw.lit(value=True), nw.lit(value=False)
    was_left = nw.when(outcome == "released").then(_is_closed_before(asked)).otherwise(no)
    return is_due() & ~nw.when(outcome == "void").then(yes).otherwise(was_left)


def was(outcome: str) -> nw.Expr:
    """Return whether this became of it; of one of which nobody has said anything, nothing did."""
    return (nw.col("outcome") == outcome).fill_null(value=False)


def was_let_go(asked: Question) -> nw.Expr:
    """Return whether it was released before it was due; without a day it is not shown to have come in time."""
    return was("released") & _is_closed_before(asked)


def was_in_time(asked: Question) -> nw.Expr:
    """Return whether it is shown to have been kept by its due date."""
    return was("kept") & (nw.col("closed_day") <= nw.col(day_of(asked.due)))


def closed_by(asked: Question) -> nw.Expr:
    """Return the day it was closed; where nobody said when, the day to look from: the latest that it can have been."""
    day, latest = nw.col("closed_day"), nw.lit(day_number(asked.as_of))
    return nw.when(day == NEVER).then(latest).otherwise(day)


def late_days(asked: Question) -> nw.Expr:
    """Return the days from due to closed, 0 where it was closed early."""
    return (closed_by(asked) - nw.col("due_day")).clip(lower_bound=0)


def sums_of(table: AnyFrame, keys: list[str], *tops: str, ends: str | None = None) -> Rows:
    """Return the sums of columns and the number of rows `n` for each of the keys, in their order: one query.

    `ends` names a column of which `least` and `most` come too. Without rows there is no row.
    """
    found = [*(nw.col(top).sum() for top in tops), nw.len().alias("n")]
    if ends is not None:
        found += [nw.col(ends).min().alias("least"), nw.col(ends).max().alias("most")]
    if not keys:
        # One group of all: a sum over no group would give a row where there is none.
        return collected(table.with_columns(whole=nw.lit(0)).group_by("whole").agg(*found)).drop("whole")
    return collected(table.group_by(keys).agg(*found)).sort(keys)


def shares(table: AnyFrame, asked: Question, *, like: Any, **tops: nw.Expr) -> Any:
    """Return the share of rows for which the one expression is true.

    A table of the kind of `like`, with the keys, the expression's name (int64), n, share, low, high.
    """
    [(top, counts)] = tops.items()
    sums = sums_of(keyed(table, asked, **{top: counts.cast(nw.Int64)}), asked.keys, top)
    rows = with_interval(periods(sums, asked), top)
    return named(rows, asked, top, "n", "share", "low", "high", like=like)


def periods(sums: Rows, asked: Question) -> Rows:
    """Return sums by the periods that were asked: days become sessions, and a window covers those before it."""
    if asked.held is not None:
        # A session's time lasts from its day to the day before the next; what was due before the
        # first belongs to the first, so that nothing falls out.
        position = np.searchsorted(asked.held.days, ints(sums, "slot"), side="right") - 1
        sums = with_arrays(sums, slot=np.maximum(position, 0).astype(np.int64))
        sums = sums if asked.held.ids else sums.head(0)
    if asked.rolling > 1:
        ahead = nw.from_dict({"ahead": list(range(asked.rolling))}, backend=sums.implementation)
        sums = sums.join(ahead, how="cross").with_columns(nw.col("slot") + nw.col("ahead")).drop("ahead")
        sums = sums.filter(nw.col("slot") <= _newest(asked))
    if asked.held is None and asked.rolling == 1:
        return sums
    others = [nw.col(name).sum() for name in sums.columns if name not in asked.keys]
    return sums.group_by(asked.keys).agg(*others).sort(asked.keys)


def with_interval(sums: Rows, top: str, *, whole: bool = True) -> Rows:
    """Add `share`, `low` and `high`; all are NaN where n is 0. `top` is a whole number unless it sums up parts."""
    kept, n = floats(sums, top), floats(sums, "n")
    low, high = wilson(kept, n)
    counts = {top: kept.astype(np.int64)} if whole else {}
    share = kept / np.where(n > 0, n, np.nan)
    return with_arrays(sums, **counts, n=n.astype(np.int64), share=share, low=low, high=high)


def with_medians(sums: Rows, asked: Question, name: str, *others: str) -> Rows:
    """Return the keys, `n`, sums of others and the median of values that stand there sorted, each `n` times.

    The median of infinity is not known, and NaN.
    """
    begin, upto = starts(sums, asked.keys), np.cumsum(ints(sums, "n"))
    before = np.append(0, upto)[begin]
    n = np.diff(np.append(before, upto[-1:]))[: len(begin)]
    # The middle value, or the two beside the middle, by their place among all.
    low, high = (np.searchsorted(upto, before + place, side="right") for place in ((n - 1) // 2, n // 2))
    values = floats(sums, name)
    median = (values[low] + values[high]) / 2
    added = {one: np.add.reduceat(ints(sums, one), begin) if len(begin) else n for one in others}
    found = {"n": n, **added, name: np.where(np.isfinite(median), median, np.nan)}
    return with_arrays(sums.select(*asked.keys, name)[begin.tolist()], **found)


def named(table: Rows, asked: Question, *columns: str, like: Any) -> Any:
    """Return a table of the kind of `like`, in the order of its keys, with each period by its name."""
    if asked.slot is None:
        return handed_back(table[[*asked.by, *columns]], like=like)
    number = ints(table, "slot")
    if asked.held is None:
        table = with_arrays(table, **{asked.slot: _first_day(number, asked.slot)})
        return handed_back(table[[*asked.by, asked.slot, *columns]], like=like)
    table = with_arrays(table, held_on=as_dates(asked.held.days[number]))
    ids = [asked.held.ids[i] for i in number]
    table = table.with_columns(nw.new_series("session_id", ids, nw.String, backend=table.implementation))
    return handed_back(table[[*asked.by, "session_id", "held_on", *columns]], like=like)


def _first_day(number: Any, slot: str) -> Any:
    if slot == "month":
        return (number - 1970 * 12).astype("datetime64[M]")
    return as_dates(number * 7 - _THURSDAY)


def _is_closed_before(asked: Question) -> nw.Expr:
    return nw.col("closed_day") < nw.col(day_of(asked.due))


def _newest(asked: Question) -> int:
    if asked.held is not None:
        return len(asked.held.days) - 1
    return (day_number(asked.as_of) + _THURSDAY) // 7
