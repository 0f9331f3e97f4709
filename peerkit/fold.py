"""The fold: from entries to one row per commitment, and per session, as it stood on a day."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from peerkit import engines
from peerkit.errors import LedgerError
from peerkit.schema import TABLES

Ledger: TypeAlias = pd.DataFrame
Commitments: TypeAlias = pd.DataFrame
_Ints: TypeAlias = npt.NDArray[np.int64]

_NEEDED = ("commitment_id", "recorded_at", "due_on", "outcome")
_KINDS: dict[str, engines.Kind] = {
    **dict.fromkeys(("due_on", "closed_on", "held_on"), "date"),
    **dict.fromkeys(("outcome", "status"), "word"),
    "recorded_at": "moment",
}
_DAY = 86_400_000_000  # microseconds


def commitments(ledger: Ledger, *, as_of: date | str, time_zone: str = "UTC") -> Commitments:
    """One row per commitment: column by column, the last value known at the end of a day.

    Entries recorded after the end of `as_of` are unknown, so a past day can be looked at again. The
    order in which rows come does not matter, nor does a row that comes twice. The rules are those of
    METHOD and METRICS: a due date moved after it had passed is a slip, and does not move the date by
    which the commitment is judged.

    Args:
        ledger: Entries with at least commitment_id, recorded_at (UTC), due_on and outcome; the journal's
            other columns are folded where they are there. `row_id` settles rows of the same moment. As
            pandas, Polars (eager or lazy), PyArrow, a DuckDB relation, Dask or PySpark.
        as_of: Day to look from, its end included.
        time_zone: IANA name of the zone in which the days of this ledger end.

    Returns:
        As the kind that was given, the ledger's columns without row_id and recorded_at, and

        - made_on `datetime64[us]`: day of the first entry;
        - first_due_on: the first due date known; due_on: the one by which it is judged, the last that
          was agreed before it had passed; latest_due_on: the last one written down;
        - moves `int64`: how often the due date changed; is_renegotiated `bool`: once at least in time;
        - is_due `bool`: due_on is on or before `as_of`; is_overdue `bool`: open, and due_on before it.

        `closed_on` is blank while the outcome is open, `fraction` unless it is partly. Rows are in the
        order of first entries. A ledger without entries gives a table without rows.

        Dask and PySpark stay lazy: entries are shuffled by commitment, then each partition is folded, in no
        order. All others are collected and folded in memory at once. There dates have the type of `due_on`.

    Raises:
        LedgerError: If `ledger` is no table, or a column is missing or of another dtype.

    Example:
        >>> import pandas as pd
        >>> ledger = pd.DataFrame({
        ...     "commitment_id": ["a", "a"],
        ...     "recorded_at": pd.to_datetime(["2024-03-01", "2024-03-07"], utc=True),
        ...     "due_on": pd.to_datetime(["2024-03-08", None]),
        ...     "outcome": ["open", "kept"],
        ... })
        >>> commitments(ledger, as_of="2024-03-06")["outcome"].to_list()
        ['open']
        >>> commitments(ledger, as_of="2024-03-07")["outcome"].to_list()
        ['kept']
    """
    if not isinstance(ledger, pd.DataFrame):
        same = partial(commitments, as_of=as_of, time_zone=time_zone)
        return engines.folded(same, ledger, key="commitment_id", what="entries")
    _check_columns(ledger)
    ledger = engines.checked(ledger, _KINDS, "this ledger")
    day = pd.Timestamp(as_of).normalize()
    moments = _microseconds(ledger["recorded_at"])
    order = _order(ledger, moments, seen=_seen_by(ledger, day, time_zone))
    # Numbered as they first appear in the order made, so that the table needs no sorting at the end.
    codes, ids = pd.factorize(_in_order(ledger["commitment_id"], order))
    size = len(ids)

    folded: dict[str, Any] = {"commitment_id": pd.Series(ids)}
    for name in ledger.columns.difference(["commitment_id", "row_id", "recorded_at"], sort=False):
        folded[name] = _last_known(ledger[name], codes, order, size)
    table = pd.DataFrame(folded, copy=False)
    first = np.empty(size, dtype=np.int64)
    # Of several values for one place the last one stays: backwards, the first entry does.
    first[codes[::-1]] = order[::-1]
    table["made_on"] = _local_days(moments[first], time_zone)
    for name, values in _due_dates(ledger["due_on"], codes, order, moments, size, time_zone).items():
        table[name] = values
    return _finish(table, day)


def sessions(changes: pd.DataFrame, *, as_of: date | str, time_zone: str = "UTC") -> pd.DataFrame:
    """One row per session: column by column, the last value known at the end of a day.

    The same rule as for commitments: what was recorded after the end of `as_of` is unknown, and the order
    in which rows come does not matter.

    Args:
        changes: From `journal.sessions()`: at least session_id, recorded_at (UTC), held_on and status. Of any
            kind that `commitments` takes; the answer is of the same, lazy as there.
        as_of: Day to look from, its end included.
        time_zone: IANA name of the zone in which the days of this journal end.

    Returns:
        The columns of `changes` without row_id and recorded_at, rows in order of held_on and, on one day,
        session_id. No rows give a table without rows.

    Raises:
        LedgerError: If `changes` is no table, or a column is missing or of another dtype.
    """
    if not isinstance(changes, pd.DataFrame):
        same = partial(sessions, as_of=as_of, time_zone=time_zone)
        return engines.folded(same, changes, key="session_id", what="sessions")
    missing = [
        name for name in ("session_id", "recorded_at", "held_on", "status") if name not in changes.columns
    ]
    if missing:
        msg = (
            f"These sessions have no column {', '.join(missing)}. They have:"
            f" {', '.join(map(str, changes.columns))}. Compare with journal.sessions()."
        )
        raise LedgerError(msg)
    changes = engines.checked(changes, _KINDS, "these sessions")
    seen = _seen_by(changes, pd.Timestamp(as_of).normalize(), time_zone)
    order = _order(changes, _microseconds(changes["recorded_at"]), seen=seen)
    codes, ids = pd.factorize(_in_order(changes["session_id"], order))
    folded: dict[str, Any] = {"session_id": pd.Series(ids)}
    for name in changes.columns.difference(["session_id", "row_id", "recorded_at"], sort=False):
        folded[name] = _last_known(changes[name], codes, order, len(ids))
    return pd.DataFrame(folded).sort_values(["held_on", "session_id"], ignore_index=True)


def _check_columns(ledger: Ledger) -> None:
    missing = [name for name in _NEEDED if name not in ledger.columns]
    if missing:
        msg = (
            f"This ledger has no column {', '.join(missing)}. It has: {', '.join(map(str, ledger.columns))}."
            f" Compare with journal.entries(), which has: {', '.join(TABLES['entries'])}."
        )
        raise LedgerError(msg)


def _seen_by(ledger: Ledger, day: pd.Timestamp, time_zone: str) -> _Ints:
    """Return the positions of the rows recorded before the end of the day."""
    # Where clocks change at midnight the day ends at the first moment of the next, or at its first midnight.
    end = (day + timedelta(days=1)).tz_localize(
        ZoneInfo(time_zone), nonexistent="shift_forward", ambiguous=True
    )
    return np.flatnonzero((ledger["recorded_at"] < end).to_numpy())


def _microseconds(moments: pd.Series) -> _Ints:
    in_utc = moments.dt.tz_convert("UTC").dt.tz_localize(None)
    return np.asarray(in_utc, dtype="datetime64[us]").view(np.int64)


def _order(ledger: Ledger, moments: _Ints, *, seen: _Ints) -> _Ints:
    """Return the positions `seen` in the order (recorded_at, row_id)."""
    order, at = seen, moments[seen]
    if (at[1:] < at[:-1]).any():
        by_moment = np.argsort(at, kind="stable")
        order, at = order[by_moment], at[by_moment]
    is_same = at[1:] == at[:-1]
    if "row_id" in ledger.columns and is_same.any():
        # Rows of one moment now lie side by side; only they are compared by their ids.
        tied = np.flatnonzero(np.r_[False, is_same] | np.r_[is_same, False])
        codes, _ = pd.factorize(ledger["row_id"].take(order[tied]), sort=True)
        order[tied] = order[tied][np.lexsort((codes, at[tied]))]
    return order


def _in_order(values: pd.Series, order: _Ints) -> pd.Series:
    is_there = len(order) == len(values) and (order[1:] > order[:-1]).all()
    return values if is_there else values.take(order)


def _last_known(values: pd.Series, codes: _Ints, order: _Ints, size: int) -> pd.Series:
    """Return the last known value of a column for each commitment; missing where none is known."""
    known = np.flatnonzero(values.notna().to_numpy()[order])
    last = np.full(size, -1, dtype=np.int64)
    # Of several values for one place the last one stays.
    last[codes[known]] = order[known]
    return pd.Series(values.array.take(last, allow_fill=True))


def _due_dates(
    due_on: pd.Series, codes: _Ints, order: _Ints, moments: _Ints, size: int, time_zone: str
) -> dict[str, npt.NDArray[Any]]:
    """Return first, judged and latest due date, moves and renegotiation, one value per commitment."""
    known = np.flatnonzero(due_on.notna().to_numpy()[order])
    known = known[np.argsort(codes[known], kind="stable")]
    group, filled = codes[known], order[known]
    due = due_on.to_numpy(dtype="datetime64[us]")[filled]
    starts = np.r_[True, group[1:] != group[:-1]][: len(group)]
    is_move = ~starts & np.r_[False, due[1:] != due[:-1]][: len(group)]
    # Only moves need to know the local day on which they were written.
    in_time = np.zeros(len(group), dtype=bool)
    moved = np.flatnonzero(is_move)
    in_time[moved] = _local_days(moments[filled[moved]], time_zone) <= due[moved - 1]
    # A date that was moved too late stays the judged one, whatever comes after it.
    too_late = np.cumsum(is_move & ~in_time)
    begin = np.flatnonzero(starts)
    lengths = np.diff(np.r_[begin, len(group)])
    before = np.repeat(too_late[begin], lengths)
    is_judged = too_late == before

    first, judged, latest = (np.full(size, np.datetime64("NaT", "us")) for _ in range(3))
    moves = np.zeros(size, dtype=np.int64)
    renegotiated = np.zeros(size, dtype=bool)
    first[group[begin]] = due[begin]
    latest[group[begin]] = due[begin + lengths - 1]
    judged[group[begin]] = due[begin + np.add.reduceat(is_judged, begin) - 1] if len(begin) else due
    moves += np.bincount(group[is_move], minlength=size)
    renegotiated[group[is_move & in_time & is_judged]] = True
    return {
        "first_due_on": first,
        "due_on": judged,
        "latest_due_on": latest,
        "moves": moves,
        "is_renegotiated": renegotiated,
    }


def _local_days(moments: _Ints, time_zone: str) -> npt.NDArray[np.datetime64]:
    """Return the day, in the time zone, of moments in UTC."""
    if time_zone == "UTC":
        days = moments // _DAY * _DAY
        return days.view("datetime64[us]")
    local = pd.DatetimeIndex(moments.view("datetime64[us]"), tz="UTC").tz_convert(ZoneInfo(time_zone))
    return local.tz_localize(None).normalize().to_numpy(dtype="datetime64[us]")


def _finish(table: Commitments, day: pd.Timestamp) -> Commitments:
    is_open = (table["outcome"] == "open").to_numpy(dtype=bool)
    if "closed_on" in table:
        # What was closed and then opened again is open; what it said before stays in the ledger.
        table["closed_on"] = table["closed_on"].mask(is_open)
    if "fraction" in table:
        table["fraction"] = table["fraction"].where((table["outcome"] == "partly").to_numpy(dtype=bool))
    table["is_due"] = (table["due_on"] <= day).to_numpy(dtype=bool)
    table["is_overdue"] = is_open & (table["due_on"] < day).to_numpy(dtype=bool)
    return table
