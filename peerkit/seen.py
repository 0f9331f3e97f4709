"""The rows that are known on a day, in the order made, and what they say last: the arrays beneath the fold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from peerkit.coding import Ints, coded, renumbered
from peerkit.errors import LedgerError

_Scalar = TypeVar("_Scalar", bound=np.generic)

_DAY = 86_400_000_000  # microseconds


@dataclass(frozen=True)
class Seen:
    """The rows of a table that are known on a day, in the order (recorded_at, row_id)."""

    # When each was recorded: microseconds since 1970 in UTC.
    at: Ints
    # Where each stands in the table; None where they are its first rows and lie in order, as a journal's do.
    rows: Ints | None

    def of(self, values: npt.NDArray[_Scalar]) -> npt.NDArray[_Scalar]:
        """Return the values that a column of the table has in these rows."""
        return values[: len(self.at)] if self.rows is None else values[self.rows]

    def taken(self, values: pd.Series, places: Ints) -> pd.Series:
        """Return a column's values at some of these rows; missing at -1."""
        rows = places if self.rows is None else np.where(places < 0, -1, self.rows[places])
        return pd.Series(values.array.take(rows, allow_fill=True))


def seen_by(table: pd.DataFrame, day: pd.Timestamp, time_zone: str) -> Seen:
    """Return the rows recorded before the end of a day."""
    # Where clocks change at midnight the day ends at the first moment of the next, or at its first midnight.
    end = (day + timedelta(days=1)).tz_localize(
        ZoneInfo(time_zone), nonexistent="shift_forward", ambiguous=True
    )
    is_seen = (table["recorded_at"] < end).to_numpy()
    in_utc = table["recorded_at"].dt.tz_convert("UTC").dt.tz_localize(None)
    moments = np.asarray(in_utc, dtype="datetime64[us]").view(np.int64)
    n = np.count_nonzero(is_seen)
    rows = None if is_seen[:n].all() else np.flatnonzero(is_seen)
    at = moments[:n] if rows is None else moments[rows]
    order = _order(at, rows, table.get("row_id"))
    if order is None:
        return Seen(at, rows)
    return Seen(at[order], order if rows is None else rows[order])


def _order(at: Ints, rows: Ints | None, row_ids: pd.Series | None) -> Ints | None:
    """Return the places that bring rows into the order (moment, id); None where they lie in it."""
    is_sorted = not (at[1:] < at[:-1]).any()
    order = None if is_sorted else np.argsort(at)
    sorted_at = at if order is None else at[order]
    is_same = sorted_at[1:] == sorted_at[:-1]
    if not is_same.any():
        return order
    # Rows of one moment now lie side by side; only they are compared by their ids, and by their places.
    tied = np.flatnonzero(np.r_[False, is_same] | np.r_[is_same, False])
    places = tied if order is None else order[tied]
    keys = [places, sorted_at[tied]]
    if row_ids is not None:
        ids = _few_of(row_ids, places if rows is None else rows[places])
        keys.insert(1, pd.factorize(as_words(ids), sort=True)[0])
    in_order = places[np.lexsort(keys)]
    if order is None:
        if (in_order == places).all():
            return None
        order = np.arange(len(at))
    order[tied] = in_order
    return order


def _few_of(values: pd.Series, places: Ints) -> pd.Series:
    """Return the values at a few places; to take these from a column that lies in pieces, Arrow would copy all of it."""
    is_wanted = np.zeros(len(values), dtype=bool)
    is_wanted[places] = True
    return values[is_wanted].take(np.searchsorted(np.flatnonzero(is_wanted), places))


def as_words(values: pd.Series) -> pd.Series:
    """Return a column as it is sorted by what it says: a category would be by the numbers of its words."""
    is_coded = isinstance(values.dtype, pd.CategoricalDtype)
    return values.astype(values.cat.categories.dtype) if is_coded else values


def numbered(names: pd.Series, seen: Seen) -> tuple[Ints, Ints]:
    """Return the number of what each row tells of, counted as they first appear, and where each does so.

    Raises:
        LedgerError: If a row tells of nothing.
    """
    n_blank = np.count_nonzero(seen.of(names.isna().to_numpy()))
    if n_blank:
        msg = (
            f"{n_blank:,} of {len(seen.at):,} rows have no {names.name}. Leave them out, or say what they"
            " belong to."
        )
        raise LedgerError(msg)
    if seen.rows is None:
        return coded(names.iloc[: len(seen.at)])
    # Numbered where they lie: to bring texts into another order costs more than to do so with numbers.
    codes, first = coded(names)
    return renumbered(seen.of(codes), len(first))


def last_known(values: pd.Series, codes: Ints, seen: Seen, size: int) -> pd.Series:
    """Return the last known value of a column for each number; missing where none is known."""
    known = np.flatnonzero(seen.of(values.notna().to_numpy()))
    last = np.full(size, -1)
    last[codes[known]] = known
    return seen.taken(values, last)


def grouped(codes: Ints, places: Ints) -> tuple[Ints, Ints]:
    """Return both, sorted by code and, where these are the same, by place."""
    # Two numbers below 2**31 lie in one of 64 bits: sorting these is several times as fast as an argsort.
    bits = int(places.max(initial=0)).bit_length()
    packed = codes << bits | places
    packed.sort()
    return packed >> bits, packed & ((1 << bits) - 1)


def local_days(moments: Ints, time_zone: str) -> npt.NDArray[Any]:
    """Return the day, in the time zone, of moments in UTC, as `datetime64[us]`."""
    if time_zone == "UTC":
        days = moments // _DAY * _DAY
        return days.view("datetime64[us]")
    local = pd.DatetimeIndex(moments.view("datetime64[us]"), tz="UTC").tz_convert(ZoneInfo(time_zone))
    return local.tz_localize(None).normalize().to_numpy(dtype="datetime64[us]")
