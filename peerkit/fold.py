"""The fold: from entries to one row per commitment, and per session, as it stood on a day."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from functools import partial
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from peerkit import engines
from peerkit.coding import Ints
from peerkit.errors import LedgerError
from peerkit.schema import TABLES
from peerkit.seen import Seen, as_words, grouped, last_known, local_days, numbered, seen_by

Ledger: TypeAlias = pd.DataFrame
Commitments: TypeAlias = pd.DataFrame

_NEEDED = ("commitment_id", "recorded_at", "due_on", "outcome")
_KINDS: dict[str, engines.Kind] = {
    **dict.fromkeys(("due_on", "closed_on", "held_on"), "date"),
    **dict.fromkeys(("outcome", "status"), "word"),
    "recorded_at": "moment",
}
_DATES = ("due_on", "first_due_on", "latest_due_on", "moves", "is_renegotiated")
_ADDED = ("made_on", "first_due_on", "latest_due_on", "moves", "is_renegotiated", "is_due", "is_overdue")
_RESTS_ON = {
    "closed_on": ("outcome",),
    "fraction": ("outcome",),
    "is_due": ("due_on",),
    "is_overdue": ("outcome", "due_on"),
}


def commitments(
    ledger: Ledger, *, as_of: date | str, time_zone: str = "UTC", columns: Sequence[str] | None = None
) -> Commitments:
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
        columns: The columns of the result that are wanted, in this order; all when left out. The others are
            not worked out, nor asked of another engine unless the fold rests on them: follow-through by peer
            takes peer, due_on, outcome and closed_on.

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
        LedgerError: If `ledger` is no table, a column is missing or of another dtype, one of its entries has no
            commitment_id, or `columns` names none, or one that the result does not have.

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
        same = partial(commitments, as_of=as_of, time_zone=time_zone, columns=columns)
        reads = None if columns is None else {"row_id", *_NEEDED, *_rested_on(columns)}
        return engines.folded(same, ledger, key="commitment_id", what="entries", reads=reads)
    _check_columns(ledger)
    ledger = engines.checked(ledger, _KINDS, "this ledger")
    made = list(dict.fromkeys([*_folded(ledger, "commitment_id"), *_ADDED]))
    wanted = made if columns is None else _asked(columns, made)
    needed = _rested_on(wanted)
    day = pd.Timestamp(as_of).normalize()
    seen = seen_by(ledger, day, time_zone)
    codes, first = numbered(ledger["commitment_id"], seen)
    size = len(first)

    table: dict[str, Any] = {
        name: last_known(ledger[name], codes, seen, size)
        for name in needed.difference(["commitment_id"], _DATES, _ADDED)
    }
    if "commitment_id" in needed:
        table["commitment_id"] = seen.taken(ledger["commitment_id"], first)
    if "made_on" in needed:
        table["made_on"] = local_days(seen.at[first], time_zone)
    if not needed.isdisjoint(_DATES):
        table |= _due_dates(ledger["due_on"], codes, seen, size, time_zone)
    _finish(table, needed, day)
    return pd.DataFrame({name: table[name] for name in wanted}, index=range(size), copy=False)


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
        LedgerError: If `changes` is no table, a column is missing or of another dtype, or one of its rows has
            no session_id.
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
    seen = seen_by(changes, pd.Timestamp(as_of).normalize(), time_zone)
    codes, first = numbered(changes["session_id"], seen)
    table = {"session_id": seen.taken(changes["session_id"], first)}
    for name in _folded(changes, "session_id")[1:]:
        table[name] = last_known(changes[name], codes, seen, len(first))
    order = ["held_on", "session_id"]
    return pd.DataFrame(table).sort_values(order, key=as_words, ignore_index=True)


def _check_columns(ledger: Ledger) -> None:
    missing = [name for name in _NEEDED if name not in ledger.columns]
    if missing:
        msg = (
            f"This ledger has no column {', '.join(missing)}. It has: {', '.join(map(str, ledger.columns))}."
            f" Compare with journal.entries(), which has: {', '.join(TABLES['entries'])}."
        )
        raise LedgerError(msg)


def _folded(table: pd.DataFrame, key: str) -> list[str]:
    """Return the columns of a fold that its table has already, the key first."""
    return [key, *table.columns.difference([key, "row_id", "recorded_at"], sort=False)]


def _asked(columns: Sequence[str], made: list[str]) -> list[str]:
    if isinstance(columns, str):
        msg = f'columns takes a list, and was given {columns!r}. Write columns=["{columns}"].'
        raise LedgerError(msg)
    if not len(columns):
        msg = "columns is empty. Name one at least, or leave it out for all."
        raise LedgerError(msg)
    unknown = [name for name in columns if name not in made]
    if unknown:
        msg = (
            f"The fold of this ledger has no column {', '.join(map(str, unknown))}. It has:"
            f" {', '.join(map(str, made))}."
        )
        raise LedgerError(msg)
    return list(dict.fromkeys(columns))


def _rested_on(columns: Collection[str]) -> set[str]:
    """Return the columns of a fold with those that they rest on."""
    return set(columns).union(*(_RESTS_ON.get(name, ()) for name in columns))


def _due_dates(due_on: pd.Series, codes: Ints, seen: Seen, size: int, time_zone: str) -> dict[str, Any]:
    """Return first, judged and latest due date, moves and renegotiation, one value per commitment."""
    known = np.flatnonzero(seen.of(due_on.notna().to_numpy()))
    group, place = grouped(codes[known], known)
    due = seen.of(due_on.to_numpy(dtype="datetime64[us]"))[place]
    moved = 1 + np.flatnonzero((group[1:] == group[:-1]) & (due[1:] != due[:-1]))
    # Only moves need to know the local day on which they were written.
    in_time = local_days(seen.at[place[moved]], time_zone) <= due[moved - 1]
    slips = moved[~in_time][::-1]

    first, latest = (np.full(size, np.datetime64("NaT", "us")) for _ in range(2))
    # Of several values for one place the last one stays; backwards, the first does.
    first[group[::-1]] = due[::-1]
    latest[group] = due
    # A date that was moved too late stays the judged one, whatever comes after it.
    judged = latest.copy()
    judged[group[slips]] = due[slips - 1]
    first_slip = np.full(size, len(group))
    first_slip[group[slips]] = slips
    agreed = moved[in_time]
    renegotiated = np.zeros(size, dtype=bool)
    renegotiated[group[agreed[agreed < first_slip[group[agreed]]]]] = True
    return {
        "first_due_on": first,
        "due_on": judged,
        "latest_due_on": latest,
        "moves": np.bincount(group[moved], minlength=size),
        "is_renegotiated": renegotiated,
    }


def _finish(table: dict[str, Any], needed: set[str], day: pd.Timestamp) -> None:
    """Blank what an outcome leaves open, and say what is due."""
    if "closed_on" in table:
        # What was closed and then opened again is open; what it said before stays in the ledger.
        table["closed_on"] = table["closed_on"].mask(_is(table["outcome"], "open"))
    if "fraction" in table:
        table["fraction"] = table["fraction"].where(_is(table["outcome"], "partly"))
    if "is_due" in needed:
        table["is_due"] = table["due_on"] <= np.datetime64(day)
    if "is_overdue" in needed:
        table["is_overdue"] = _is(table["outcome"], "open") & (table["due_on"] < np.datetime64(day))


def _is(outcomes: pd.Series, word: str) -> npt.NDArray[np.bool_]:
    return (outcomes == word).to_numpy(dtype=bool)
