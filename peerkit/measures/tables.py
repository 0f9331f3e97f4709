"""What may enter a measure: columns with their dtypes, sessions that were held; and how a column is added."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

import narwhals as nw
import numpy as np
import numpy.typing as npt

from peerkit.engines import WANTED, AnyFrame, Kind, Rows, collected, fits, is_sql, opened
from peerkit.errors import LedgerError

Ints: TypeAlias = npt.NDArray[np.int64]
# A date, and the first and the last moment of a window of whole days; without a first one it has no beginning.
Window: TypeAlias = tuple[str, datetime | None, datetime]

_DAY_US = 86_400_000_000
_EPOCH, _LAST = date(1970, 1, 1), date(9999, 12, 31)
# The number of a day that is not known: after every other, so that nothing is due on it or closed before it.
NEVER = (_LAST - _EPOCH).days
_SESSION: dict[str, Kind] = {
    "session_id": "word",
    "held_on": "date",
    "focus": "word",
    "coach": "word",
    "minutes": "number",
    "status": "word",
    "heard": "number",
}


@dataclass(frozen=True)
class Held:
    """The sessions that took place, in order of day and id: a table, and its days and ids beside it.

    Days are numbers since 1970-01-01.
    """

    table: Rows
    days: Ints
    ids: list[Any]


def read(
    table: Any,
    kinds: Mapping[str, Kind],
    by: Sequence[str] = (),
    *,
    months_of: str | None = None,
    within: Window | None = None,
    what: str = "commitments",
) -> AnyFrame:
    """Return the columns of `kinds` and `by`, ready to be reckoned with alike on every engine; nothing runs yet.

    Of a date comes the number of its day since 1970-01-01, as in `due_day` of `due_on`, and `NEVER` for a blank:
    whole numbers are the same everywhere, and no time zone moves them. Numbers are floats, flags True where
    they are. What only `by` names comes as it is. `months_of` names a date of which `month` comes too, the
    number of its month since January of year 0; `within` a date and a window, of which `is_within` comes.

    Raises:
        LedgerError: If a column is missing or of another dtype. A column of nothing but blanks has any; only to
            know that of one whose dtype does not fit, a query runs.
    """
    given = opened(table, what)
    schema = given.collect_schema()
    missing = [name for name in dict.fromkeys([*kinds, *by]) if name not in schema]
    if missing:
        msg = f"These {what} have no column {', '.join(missing)}. They have: {', '.join(schema)}."
        raise LedgerError(msg)
    blanks = {name for name, kind in kinds.items() if not fits(schema[name], kind)}
    for name in blanks:
        _check_blank(given, name, kinds[name], what)
    # Only the columns that it needs: a filter copies all that it is given, texts too.
    as_given = [nw.col(name) for name in by if kinds.get(name, "date") == "date"]
    typed = [_of_kind(given, name, kind, is_blank=name in blanks) for name, kind in kinds.items()]
    if months_of is not None:
        on = _with_last(given, months_of)
        month = on.dt.year().cast(nw.Int64) * 12 + on.dt.month().cast(nw.Int64) - 1
        typed.append(nw.lit(0).alias("month") if months_of in blanks else month.alias("month"))
    if within is not None:
        typed.append(_is_within(given, *within, is_blank=within[0] in blanks).alias("is_within"))
    needed: AnyFrame = given.select(*as_given, *typed)
    return needed


def day_of(name: str) -> str:
    """Return the name under which `read` gives the number of a date's day."""
    return f"{name.removesuffix('_on')}_day"


def _of_kind(given: AnyFrame, name: str, kind: Kind, *, is_blank: bool) -> nw.Expr:
    column, has_value = nw.col(name), ~nw.col(name).is_null()
    if kind == "date":
        days = nw.when(~has_value).then(nw.lit(NEVER)).cast(nw.Int64) if is_blank else _day(given, name)
        return days.alias(day_of(name))
    if kind == "number":
        # A float that is no number is a blank everywhere, as it is in pandas.
        number = nw.when(has_value).then(nw.lit(0.0)) if is_blank else column.cast(nw.Float64).fill_nan(None)
        return number.alias(name)
    if kind == "flag":
        return (has_value if is_blank else column.fill_null(value=False)).alias(name)
    return nw.when(has_value).then(nw.lit("")).alias(name) if is_blank else column


def _with_last(given: AnyFrame, name: str) -> nw.Expr:
    """Return a date, and the last of all days where it is blank."""
    if is_sql(given):
        # Days, since a moment written down in Python would be one of the session's time zone.
        return nw.col(name).cast(nw.Date).fill_null(nw.lit(_LAST))
    return nw.col(name).cast(nw.Datetime("us")).fill_null(datetime(_LAST.year, _LAST.month, _LAST.day))  # noqa: DTZ001 as the column


def _day(given: AnyFrame, name: str) -> nw.Expr:
    if is_sql(given):
        return (_with_last(given, name) - nw.lit(_EPOCH)).cast(nw.Int64)
    return _with_last(given, name).dt.timestamp("us") // _DAY_US


def _is_within(
    given: AnyFrame, name: str, first: datetime | None, last: datetime, *, is_blank: bool
) -> nw.Expr:
    if is_blank:
        return nw.lit(value=False)
    dtype = given.collect_schema()[name]
    if dtype == nw.Datetime and dtype.time_unit == "ns":  # type: ignore[attr-defined]
        # Nanoseconds know no year beyond 2262: a day is compared by its number.
        day, begins = _day(given, name), None if first is None else day_number(first)
        is_past = day <= day_number(last)
        return is_past if begins is None else is_past & (day >= begins)
    # The dates as they stand, since each number made of them takes time; SQL compares days with moments, too.
    is_moment = dtype == nw.Datetime and not is_sql(given)
    begin, end = (
        day if day is None or is_moment else day.date() for day in (first, last + timedelta(days=1))
    )
    is_past = nw.col(name) < nw.lit(end)
    return is_past if begin is None else is_past & (nw.col(name) >= nw.lit(begin))


def _check_blank(given: AnyFrame, name: str, kind: Kind, what: str) -> None:
    if collected(given.select(nw.col(name).is_null().all()))[name].to_list() == [False]:
        msg = f"The column {name} of these {what} holds {given.collect_schema()[name]}; it takes {WANTED[kind]}."
        raise LedgerError(msg)


def check_range(
    table: Rows, name: str, low: float, high: float, *, ends: Sequence[str] = (), what: str = "commitments"
) -> None:
    """Raise if a column of numbers leaves its range; `ends` are the columns that hold what is least and most of it."""
    values = np.concatenate([floats(table, column) for column in ends or (name,)])
    outside = values[(values < low) | (values > high)]
    if len(outside):
        msg = f"The column {name} of these {what} holds {outside[0]:g}; it takes {low:g} to {high:g}."
        raise LedgerError(msg)


def held_sessions(sessions: Any, *, as_of: datetime) -> Held:
    """Return the sessions that were opened, on or before a day; planned and missed ones did not take place.

    Nor did those that each went through apart. A table without the column `floor`, as an earlier peerkit
    wrote it, has none of these: the focus person of each had the floor. They are collected, whatever the engine:
    of each pair there are some fifty in a year.
    """
    given = opened(sessions, "sessions")
    if "floor" not in given.collect_schema():
        given = given.with_columns(floor=nw.lit("focus"))
    table = collected(read(given, {**_SESSION, "floor": "word"}, what="sessions"))
    ids = table["session_id"].to_list()
    if len(set(ids)) < len(ids):
        msg = "A session_id stands twice in these sessions. Fold the table first, with fold.sessions."
        raise LedgerError(msg)
    check_range(table, "heard", 0, 10, what="sessions")
    table = table.with_columns(floor=nw.col("floor").cast(nw.String).fill_null("focus"))
    is_held = nw.col("status").cast(nw.String).is_in(["open", "closed"]).fill_null(value=False)
    is_held = is_held & (nw.col("held_day") <= day_number(as_of)) & (nw.col("floor") != "apart")
    held = table.filter(is_held).sort("held_day", "session_id")
    days = held["held_day"].to_numpy().astype(np.int64)
    return Held(with_arrays(held, held_on=as_dates(days)), days, held["session_id"].to_list())


def day_number(day: date) -> int:
    """Return the days since 1970-01-01."""
    return day.toordinal() - _EPOCH.toordinal()


def as_dates(days: Ints) -> npt.NDArray[np.datetime64]:
    """Return numbers of days as days."""
    return days.astype("datetime64[D]")


def floats(table: Rows, name: str) -> npt.NDArray[np.float64]:
    """Return a column as floats, blanks as NaN."""
    column = table[name]
    if column.dtype not in (nw.Float64, nw.Int64):
        column = column.cast(nw.Float64)
    if not column.null_count():
        return np.asarray(column.to_numpy(), dtype=np.float64)
    is_blank = np.asarray(column.is_null().to_numpy(), dtype=bool)
    return np.where(is_blank, np.nan, np.asarray(column.fill_null(0.0).to_numpy(), dtype=np.float64))


def ints(table: Rows, name: str) -> Ints:
    """Return a column of whole numbers, none of them blank."""
    return np.asarray(table[name].to_numpy()).astype(np.int64)


def with_arrays(table: Rows, **arrays: npt.NDArray[Any]) -> Rows:
    """Return `table` with columns of whole numbers, floats, flags or days added, or in the place of such."""
    given = {name: column.to_native() for name, column in nw.maybe_reset_index(table).to_dict().items()}
    days = {
        name: values.astype("datetime64[us]") for name, values in arrays.items() if values.dtype.kind == "M"
    }
    # Made anew, because to add them one by one is a query each.
    made: Rows = nw.from_dict(given | arrays | days, backend=table.implementation)
    return made


def starts(table: Rows, by: Sequence[str]) -> Ints:
    """Return where each group begins in a table that is sorted by it; one group of all without `by`."""
    if not by or not len(table):
        return np.zeros(min(len(table), 1), dtype=np.int64)
    first = table.select(*by).with_row_index("nth").group_by(*by).agg(nw.col("nth").min())
    return np.sort(ints(first, "nth"))


def spans(table: Rows, by: Sequence[str]) -> Iterator[slice]:
    """Yield where each group lies in a table that is sorted by it."""
    begin = starts(table, by)
    for first, after in zip(begin, np.append(begin, len(table))[1:], strict=True):
        yield slice(int(first), int(after))
