"""What may enter a measure: columns with their dtypes, sessions that were held; and how a column is added."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

import narwhals as nw
import numpy as np
import numpy.typing as npt

from peerkit.errors import LedgerError

Frame: TypeAlias = nw.DataFrame[Any]
Kind: TypeAlias = Literal["date", "number", "word", "flag"]

DAY_MS = 86_400_000
_WORDS = (nw.String, nw.Categorical, nw.Enum)
_WANTED = {
    "date": "dates without a time zone",
    "number": "numbers",
    "word": "words (str or category)",
    "flag": "True or False",
}
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
    """The sessions that took place, in order of day and id: a table, and its days and ids as arrays."""

    table: Frame
    days: npt.NDArray[np.datetime64]
    ids: list[Any]


def read(
    table: Any, kinds: Mapping[str, Kind], by: Sequence[str] = (), *, what: str = "commitments"
) -> Frame:
    """Return the columns of `kinds` and `by`: dates as `datetime[us]`, numbers as floats, the others as they are.

    Raises:
        LedgerError: If a column is missing or of another dtype. A column of nothing but blanks has any.
    """
    given = nw.from_native(table, eager_only=True)
    missing = [name for name in dict.fromkeys([*kinds, *by]) if name not in given.columns]
    if missing:
        msg = f"These {what} have no column {', '.join(missing)}. They have: {', '.join(given.columns)}."
        raise LedgerError(msg)
    # Only the columns that it needs: a filter copies all that it is given, texts too.
    needed: Frame = given.select(*dict.fromkeys([*by, *kinds]))
    typed: Frame = needed.with_columns(*(_of_kind(needed, name, kind, what) for name, kind in kinds.items()))
    return typed


def _of_kind(table: Frame, name: str, kind: Kind, what: str) -> nw.Expr:
    dtype, column = table.schema[name], nw.col(name)
    wanted: dict[Kind, Any] = {
        "date": nw.Datetime("us"),
        "number": nw.Float64,
        "word": nw.String,
        "flag": nw.Boolean,
    }
    if _fits(dtype, kind):
        return column.cast(wanted[kind]) if kind in ("date", "number") else column
    if table[name].is_null().all():
        return nw.lit(None).cast(wanted[kind]).alias(name)
    msg = f"The column {name} of these {what} holds {dtype}; it takes {_WANTED[kind]}."
    raise LedgerError(msg)


def _fits(dtype: Any, kind: Kind) -> bool:
    if kind == "number":
        return bool(dtype.is_numeric())
    if kind == "date":
        return dtype == nw.Date or (dtype == nw.Datetime and dtype.time_zone is None)
    return dtype == nw.Boolean if kind == "flag" else dtype in _WORDS


def check_range(table: Frame, name: str, low: float, high: float, what: str = "commitments") -> None:
    """Raise if a column of numbers leaves its range."""
    values = floats(table, name)
    outside = values[(values < low) | (values > high)]
    if len(outside):
        msg = f"The column {name} of these {what} holds {outside[0]:g}; it takes {low:g} to {high:g}."
        raise LedgerError(msg)


def held_sessions(sessions: Any, *, as_of: datetime) -> Held:
    """Return the sessions that were opened, on or before a day; planned and missed ones did not take place.

    Nor did those that each went through apart. A table without the column `floor`, as an earlier peerkit
    wrote it, has none of these: the focus person of each had the floor.
    """
    given = nw.from_native(sessions, eager_only=True)
    if "floor" not in given.columns:
        given = given.with_columns(floor=nw.lit("focus"))
    table = read(given, {**_SESSION, "floor": "word"}, what="sessions")
    table = table.with_columns(floor=nw.col("floor").cast(nw.String).fill_null("focus"))
    if table["session_id"].is_duplicated().any():
        msg = "A session_id stands twice in these sessions. Fold the table first, with fold.sessions."
        raise LedgerError(msg)
    check_range(table, "heard", 0, 10, "sessions")
    is_held = nw.col("status").cast(nw.String).is_in(["open", "closed"]) & (nw.col("held_on") <= as_of)
    is_held = is_held & (nw.col("floor") != "apart")
    held = nw.maybe_reset_index(table.filter(is_held.fill_null(value=False)).sort("held_on", "session_id"))
    days = held["held_on"].to_numpy().astype("datetime64[us]")
    return Held(held, days, held["session_id"].to_list())


def floats(table: Frame, name: str) -> npt.NDArray[np.float64]:
    """Return a column as floats, blanks as NaN."""
    column = table[name].cast(nw.Float64)
    is_blank = np.asarray(column.is_null().to_list(), dtype=bool)
    return np.where(is_blank, np.nan, np.asarray(column.fill_null(0.0).to_numpy(), dtype=np.float64))


def with_arrays(table: Frame, **arrays: npt.NDArray[Any]) -> Frame:
    """Return `table` with columns of whole numbers, floats or flags added, or in the place of such."""
    table = nw.maybe_reset_index(table)
    kinds: dict[str, Any] = {"i": nw.Int64, "f": nw.Float64, "b": nw.Boolean, "M": nw.Int64}
    added = []
    for name, values in arrays.items():
        plain = values.astype("datetime64[us]").astype(np.int64) if values.dtype.kind == "M" else values
        column = nw.new_series(name, plain, kinds[values.dtype.kind], backend=nw.get_native_namespace(table))
        added.append(column.cast(nw.Datetime("us")) if values.dtype.kind == "M" else column)
    return table.with_columns(*added)


def parts(table: Frame, by: Sequence[str]) -> Iterator[Frame]:
    """Yield the rows of each group, groups in order; a table without rows as it is, so that its dtypes stay."""
    if not by or not len(table):
        yield table
        return
    # Sorted by place too: a sort need not keep the order of rows that are alike, and theirs is that of the days.
    table = nw.maybe_reset_index(table.with_row_index("place").sort(*by, "place").drop("place"))
    for _, group in table.with_row_index("place").group_by(*by, drop_null_keys=False):
        yield nw.maybe_reset_index(group.sort("place").drop("place"))
