"""Follow-through and its uncertainty, on a day. Takes any eager table that Narwhals wraps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from peerkit.errors import LedgerError

# The 97.5 % point of the standard normal distribution: 95 % lie between its negative and itself.
Z_95 = 1.959963984540054
# Under this many due commitments no trend is drawn.
FEW = 10
# Days from Monday 1969-12-29, the Monday before 1970 began, to 1970-01-01.
_THURSDAY = 3


def wilson(kept: npt.ArrayLike, n: npt.ArrayLike) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the low and high ends of the 95 % Wilson interval of `kept` out of `n`.

    The score interval without continuity correction (Wilson 1927, doi 10.1080/01621459.1927.10502953).
    Where `n` is 0 both are NaN.

    Example:
        >>> low, high = wilson([8], [10])
        >>> [round(float(end), 3) for end in (low[0], high[0])]
        [0.49, 0.943]
    """
    k = np.asarray(kept, dtype=np.float64)
    size = np.asarray(n, dtype=np.float64)
    size = np.where(size > 0, size, np.nan)
    share, z2 = k / size, Z_95**2
    middle = (share + z2 / (2 * size)) / (1 + z2 / size)
    half = Z_95 * np.sqrt(share * (1 - share) / size + z2 / (4 * size**2)) / (1 + z2 / size)
    # Rounding may leave the last bit on the wrong side of the share or of 0 and 1.
    return np.clip(np.minimum(middle - half, share), 0, 1), np.clip(np.maximum(middle + half, share), 0, 1)


def follow_through(
    commitments: Any,
    *,
    as_of: date | str,
    by: Sequence[str] = (),
    every: str | None = None,
    rolling: int = 1,
    since: date | str | None = None,
) -> Any:
    """Share of due commitments that were kept in full, with n and its 95 % Wilson interval.

    One that is open on its due date counts as not kept, so silence cannot raise the share. Void, and
    released before the day it was due, are left out; released on that day or later counts as not kept.

    Args:
        commitments: One row per commitment, from `fold.commitments` for the same `as_of`, as pandas or
            any other eager table that Narwhals wraps.
        as_of: Day to look from. Due on this day is due.
        by: Columns to keep apart, such as "peer" or "area".
        every: None for one share over all weeks, or "week": the weeks of the due dates, Monday first.
        rolling: With every="week", each row covers this many weeks and ends with the one it names.
        since: First due date that counts. All count when left out.

    Returns:
        A table of the same kind, in order of its first columns: those of `by`; `week` (its Monday)
        where asked; `kept` and `n` (int64); `share`, `low`, `high` (float64, 0 to 1). What has nothing
        due has no row: never 0, never 1.

    Raises:
        LedgerError: If a column is missing, or `every` or `rolling` is not one of the above.

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
    table = nw.from_native(commitments, eager_only=True)
    keys = [*by, *(["week"] if every else [])]
    _check(table.columns, by, every, rolling)
    day = _midnight(as_of)
    is_due = nw.col("due_on") <= day
    if since is not None:
        is_due = is_due & (nw.col("due_on") >= _midnight(since))
    let_go = (nw.col("outcome") == "released") & (nw.col("closed_on") < nw.col("due_on"))
    # A release without a day is not shown to have come in time.
    let_go = let_go.fill_null(value=False)
    # One whose outcome nobody has said is not kept either.
    is_possible = (nw.col("outcome") != "void").fill_null(value=True)
    # Only the columns that it needs: a filter copies all that it is given, texts too.
    needed = table.select(*dict.fromkeys([*by, "due_on", "closed_on", "outcome"]))
    counted = needed.filter(is_due & is_possible & ~let_go).select(
        *by,
        *([_week().alias("week")] if every else []),
        (nw.col("outcome") == "kept").fill_null(value=False).cast(nw.Int64).alias("kept"),
    )
    shares = _counts(counted, keys)
    if rolling > 1:
        shares = _rolled(shares, keys, rolling, newest=_week_of(day))
    return _with_interval(shares, keys).to_native()


def _check(columns: Sequence[str], by: Sequence[str], every: str | None, rolling: int) -> None:
    missing = [name for name in ["due_on", "closed_on", "outcome", *by] if name not in columns]
    if missing:
        msg = f"These commitments have no column {', '.join(missing)}. They have: {', '.join(columns)}."
        raise LedgerError(msg)
    if every not in (None, "week"):
        msg = f'Unknown period {every!r}. Use every="week", or leave it out for one share over all weeks.'
        raise LedgerError(msg)
    if type(rolling) is not int or rolling < 1 or (rolling > 1 and not every):
        msg = f'rolling={rolling} needs every="week" and a whole number of weeks from 1 on.'
        raise LedgerError(msg)


def _midnight(day: date | str) -> datetime:
    return pd.Timestamp(day).normalize().to_pydatetime()


def _week() -> nw.Expr:
    # Weeks are numbered from the one that holds 1970-01-01: whole numbers are the same on every engine.
    return (nw.col("due_on").dt.timestamp("ms") // 86_400_000 + _THURSDAY) // 7


def _week_of(day: datetime) -> int:
    return ((day - datetime(1970, 1, 1)).days + _THURSDAY) // 7  # noqa: DTZ001 a date without a zone


def _counts(counted: nw.DataFrame[Any], keys: list[str]) -> nw.DataFrame[Any]:
    if keys:
        return counted.group_by(keys).agg(nw.col("kept").sum(), nw.len().alias("n"))
    return counted.select(nw.col("kept").sum(), nw.len().alias("n")).filter(nw.col("n") > 0)


def _rolled(shares: nw.DataFrame[Any], keys: list[str], weeks: int, *, newest: int) -> nw.DataFrame[Any]:
    """Let each week count in itself and in the weeks after it, as long as the window reaches."""
    ahead = nw.from_dict({"ahead": list(range(weeks))}, backend=nw.get_native_namespace(shares))
    windows = shares.join(ahead, how="cross").with_columns(nw.col("week") + nw.col("ahead"))
    windows = windows.filter(nw.col("week") <= newest)
    return windows.group_by(keys).agg(nw.col("kept").sum(), nw.col("n").sum())


def _with_interval(shares: nw.DataFrame[Any], keys: list[str]) -> nw.DataFrame[Any]:
    shares = nw.maybe_reset_index(shares.sort(keys)) if keys else shares
    low, high = wilson(shares["kept"].to_numpy(), shares["n"].to_numpy())
    space = nw.get_native_namespace(shares)
    made = [
        nw.new_series(name, end, nw.Float64, backend=space) for name, end in (("low", low), ("high", high))
    ]
    shares = shares.with_columns(
        nw.col("kept").cast(nw.Int64),
        nw.col("n").cast(nw.Int64),
        (nw.col("kept").cast(nw.Float64) / nw.col("n")).alias("share"),
    ).with_columns(*made)
    if "week" in keys:
        monday = (nw.col("week") * 7 - _THURSDAY) * 86_400_000_000
        shares = shares.with_columns(monday.cast(nw.Datetime("us")).alias("week"))
    return shares.select(*keys, "kept", "n", "share", "low", "high")
