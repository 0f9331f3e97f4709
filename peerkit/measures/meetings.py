"""What sessions tell: load, how understood the focus person felt, and who had the floor for how long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt

from peerkit import ruptures
from peerkit.measures.counting import counted, shares, sums_of, with_interval
from peerkit.measures.intervals import Floats
from peerkit.measures.question import ask, midnight
from peerkit.measures.tables import Frame, Kind, floats, held_sessions, parts, read, with_arrays

_MADE_IN: dict[str, Kind] = {"session_id": "word", "outcome": "word"}


def load(commitments: Any, sessions: Any, *, as_of: date | str) -> Any:
    """How many commitments were made in each held session, by either peer.

    Void ones are left out, here as in `follow_through_by_load`: a promise that proved impossible changes
    no share, so it must not move the others of its session to another load.

    Args:
        commitments: As for `follow_through`, with `session_id`.
        sessions: From `fold.sessions` for the same `as_of`.
        as_of: Day to look from.

    Returns:
        One row per session that was opened on or before `as_of`, in order of days: `session_id`,
        `held_on`, `peer` (its focus person), `load` (int64; 0 where nothing was promised). What was
        promised outside a session is in no row.
    """
    held = held_sessions(sessions, as_of=midnight(as_of))
    made = _made_in(read(commitments, _MADE_IN))
    table = held.table.rename({"focus": "peer"}).select("session_id", "held_on", "peer")
    numbers = np.array([made.get(one, 0) for one in held.ids], dtype=np.int64)
    return with_arrays(table, load=numbers).to_native()


def follow_through_by_load(
    commitments: Any,
    *,
    as_of: date | str,
    by: Sequence[str] = (),
    since: date | str | None = None,
) -> Any:
    """Follow-through of what was promised in sessions, by how many promises their session saw.

    Args: As for `follow_through`; needs `session_id`. The load is counted over the whole table, as in
        `load`: void ones are left out, those not due yet and those let go are in.

    Returns:
        The columns of `by`; `load` (int64); `kept`, `n`, `share`, `low`, `high` as in `follow_through`.
        What was promised outside a session has no load, and is left out.
    """
    asked = ask(as_of, by, since)
    table = counted(commitments, asked, session_id="word")
    table = nw.maybe_reset_index(table.filter(~nw.col("session_id").is_null()))
    made = _made_in(read(commitments, _MADE_IN))
    loads = np.array([made[one] for one in table["session_id"].to_list()], dtype=np.int64)
    table = with_arrays(table, load=loads).with_columns(kept=nw.col("is_kept"))
    return shares(table, replace(asked, by=(*asked.by, "load")), "kept")


def heard(sessions: Any, *, as_of: date | str) -> Any:
    """How understood the focus person felt, session by session, with signs of rupture.

    A drop of 2 or more from the median of the last four is a rupture sign. The last four are those of
    the same focus person, since two people's scales are not one, in which a number was given. With one
    to three of them the median is theirs: a sign too many is looked at, one too few is not. The very
    first has none.

    Args:
        sessions: From `fold.sessions` for the same `as_of`.
        as_of: Day to look from.

    Returns:
        One row per session that was opened on or before `as_of`, by peer, then day: `peer` (its focus
        person), `session_id`, `held_on`; `heard` (float64, 0 to 10, NaN where none was given); `n` (int64,
        0 to 4), how many stand behind `median_before` (float64); `drop` (float64, median less heard);
        `is_rupture_sign` (bool, False where it cannot be told).

    Raises:
        LedgerError: If a column is missing or of another dtype, `heard` leaves 0 to 10, or a session stands
            twice.
    """
    held = held_sessions(sessions, as_of=midnight(as_of)).table.rename({"focus": "peer"})
    found = nw.concat([_with_medians(of_peer) for of_peer in parts(held, ["peer"])])
    columns = ["peer", "session_id", "held_on", "heard", "n", "median_before", "drop", "is_rupture_sign"]
    return nw.maybe_reset_index(found).select(*columns).to_native()


def heard_follow_through(commitments: Any, sessions: Any, *, as_of: date | str) -> Any:
    """Heard in each session beside the follow-through of the promises made in it, by either peer.

    Two numbers side by side; that one brought about the other is not said.

    Args: As for `load`.

    Returns:
        One row per held session with a number for heard and a promise that is due: `session_id`, `held_on`,
        `peer` (its focus person), `heard` (float64); `kept`, `n`, `share`, `low`, `high` as in
        `follow_through`.
    """
    asked = ask(as_of)
    held = held_sessions(sessions, as_of=asked.as_of)
    table = counted(commitments, asked, session_id="word").with_columns(kept=nw.col("is_kept").cast(nw.Int64))
    sums = sums_of(table.filter(~nw.col("session_id").is_null()), ["session_id"], "kept")
    of = dict(zip(sums["session_id"].to_list(), zip(sums["kept"], sums["n"], strict=True), strict=True))
    kept, n = (np.array([of.get(one, (0, 0))[i] for one in held.ids], dtype=np.int64) for i in (0, 1))
    told = floats(held.table, "heard")
    points = with_arrays(held.table, kept=kept, n=n, heard=told, is_point=(n > 0) & ~np.isnan(told))
    points = with_interval(nw.maybe_reset_index(points.filter(nw.col("is_point"))), "kept")
    columns = ["session_id", "held_on", "peer", "heard", "kept", "n", "share", "low", "high"]
    return points.rename({"focus": "peer"}).select(*columns).to_native()


def balance(sessions: Any, *, as_of: date | str) -> Any:
    """Sessions and minutes held as focus person, per peer, in name order.

    A peer who was coach and never had the floor stands there with 0: that is what this is to show. Of a
    session in which both have the floor each has half the minutes, rounded down; one in which nobody has it
    counts in `n` alone. `turns.had` is the same for the next turn.

    Args: As for `heard`. `minutes` are those that the session's template plans.

    Returns:
        `peer`; `sessions` (int64), those opened on or before `as_of` in which the peer had the floor;
        `minutes` (int64), the sum of those that are known; `n` (int64), all sessions that the peer took
        part in. No session, no row.
    """
    held = held_sessions(sessions, as_of=midnight(as_of)).table
    focus, coach, floor = (
        np.array(held[name].to_list(), dtype=object) for name in ("focus", "coach", "floor")
    )
    names = sorted({name for name in (*focus, *coach) if isinstance(name, str)})
    minutes = np.nan_to_num(floats(held, "minutes"))
    took_part = {name: (focus == name) | (coach == name) for name in names}
    whole = {name: (focus == name) & (floor == "focus") for name in names}
    half = {name: took_part[name] & (floor == "both") for name in names}
    space = nw.get_native_namespace(held)
    table = nw.from_dict({"peer": names}, schema={"peer": nw.String}, backend=space)
    return with_arrays(
        table,
        sessions=_whole([(whole[name] | half[name]).sum() for name in names]),
        minutes=_whole([minutes[whole[name]].sum() + (minutes[half[name]] // 2).sum() for name in names]),
        n=_whole([took_part[name].sum() for name in names]),
    ).to_native()


def _whole(values: list[Any]) -> npt.NDArray[np.int64]:
    return np.array(values, dtype=np.int64)


def _made_in(table: Frame) -> dict[Any, int]:
    """Return how many commitments, void ones aside, each session saw; 0 where all of them are void."""
    is_void = (nw.col("outcome") == "void").fill_null(value=False)
    made = table.filter(~nw.col("session_id").is_null()).with_columns(real=(~is_void).cast(nw.Int64))
    sums = sums_of(made, ["session_id"], "real")
    return dict(zip(sums["session_id"].to_list(), map(int, sums["real"].to_list()), strict=True))


def _with_medians(of_peer: Frame) -> Frame:
    """Add to the sessions of one peer, in order, what was heard before."""
    told = floats(of_peer, "heard")
    n, median = _medians_before(told)
    drop = median - told
    # A comparison with NaN is False: what cannot be told is no sign.
    return with_arrays(
        of_peer, heard=told, n=n, median_before=median, drop=drop, is_rupture_sign=drop >= ruptures.DROP
    )


def _medians_before(told: Floats) -> tuple[npt.NDArray[np.int64], Floats]:
    known = told[~np.isnan(told)].tolist()
    before = np.cumsum(~np.isnan(told)) - ~np.isnan(told)
    found = [ruptures.median_before(known[:end]) for end in before]
    return (
        np.array([n for n, _ in found], dtype=np.int64),
        np.array([median for _, median in found], dtype=np.float64),
    )
