"""What sessions tell: load, how understood the focus person felt, and who had the floor for how long."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt

from peerkit import heard as falls
from peerkit.engines import Kind, handed_back
from peerkit.measures.counting import counted, is_counted, judged, keyed, named, sums_of, was, with_interval
from peerkit.measures.intervals import Floats
from peerkit.measures.question import ask, midnight
from peerkit.measures.tables import Ints, floats, held_sessions, ints, read, spans, starts, with_arrays

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
        As the kind of `commitments`, one row per session that was opened on or before `as_of`, in order of days:
        `session_id`, `held_on`, `peer` (its focus person), `load` (int64; 0 where nothing was promised). What was
        promised outside a session is in no row.
    """
    held = held_sessions(sessions, as_of=midnight(as_of))
    made = read(commitments, _MADE_IN).filter(~nw.col("session_id").is_null() & ~was("void"))
    sums = sums_of(made, ["session_id"])
    loads = dict(zip(sums["session_id"].to_list(), ints(sums, "n"), strict=True))
    table = held.table.rename({"focus": "peer"}).select("session_id", "held_on", "peer")
    load = np.array([loads.get(one, 0) for one in held.ids], dtype=np.int64)
    return handed_back(with_arrays(table, load=load), like=commitments)


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
    table = judged(commitments, asked, session_id="word").filter(~nw.col("session_id").is_null())
    is_due = is_counted(asked).fill_null(value=False)
    columns = {"kept": is_due & was("kept"), "due": is_due, "made": ~was("void")}
    table = keyed(table, asked, **{name: column.cast(nw.Int64) for name, column in columns.items()})
    sums = sums_of(table, [*dict.fromkeys(["session_id", *by])], "kept", "due", "made")
    begin = starts(sums, ["session_id"])
    made = np.add.reduceat(ints(sums, "made"), begin) if len(begin) else begin
    load = np.repeat(made, np.diff(np.append(begin, len(sums))))
    sums = with_arrays(sums.select(*by, "kept", n=nw.col("due")), load=load).filter(nw.col("n") > 0)
    keys = [*by, "load"]
    rows = sums.group_by(keys).agg(nw.col("kept").sum(), nw.col("n").sum()).sort(keys)
    return named(
        with_interval(rows, "kept"), asked, "load", "kept", "n", "share", "low", "high", like=commitments
    )


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
    # By place too: a sort need not keep the order of rows that are alike, and theirs is that of the days.
    held = held.with_row_index("nth").sort("peer", "nth")
    told = floats(held, "heard")
    n, median = np.zeros(len(told), dtype=np.int64), np.empty(len(told))
    for of_peer in spans(held, ["peer"]):
        n[of_peer], median[of_peer] = _medians_before(told[of_peer])
    drop = median - told
    # A comparison with NaN is False: what cannot be told is no sign.
    rows = with_arrays(
        held, heard=told, n=n, median_before=median, drop=drop, is_rupture_sign=drop >= falls.DROP
    )
    columns = ["peer", "session_id", "held_on", "heard", "n", "median_before", "drop", "is_rupture_sign"]
    return handed_back(rows.select(*columns), like=sessions)


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
    table = counted(commitments, asked, session_id="word").filter(~nw.col("session_id").is_null())
    sums = sums_of(table.with_columns(kept=was("kept").cast(nw.Int64)), ["session_id"], "kept")
    of = dict(
        zip(sums["session_id"].to_list(), zip(ints(sums, "kept"), ints(sums, "n"), strict=True), strict=True)
    )
    kept, n = (np.array([of.get(one, (0, 0))[i] for one in held.ids], dtype=np.int64) for i in (0, 1))
    told = floats(held.table, "heard")
    points = with_arrays(held.table, kept=kept, n=n, heard=told, is_point=(n > 0) & ~np.isnan(told))
    points = with_interval(points.filter(nw.col("is_point")), "kept").rename({"focus": "peer"})
    columns = ["session_id", "held_on", "peer", "heard", "kept", "n", "share", "low", "high"]
    return handed_back(points.select(*columns), like=commitments)


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
    table = nw.from_dict({"peer": names}, schema={"peer": nw.String}, backend=held.implementation)
    rows = with_arrays(
        table,
        sessions=_whole([(whole[name] | half[name]).sum() for name in names]),
        minutes=_whole([minutes[whole[name]].sum() + (minutes[half[name]] // 2).sum() for name in names]),
        n=_whole([took_part[name].sum() for name in names]),
    )
    return handed_back(rows, like=sessions)


def _whole(values: list[Any]) -> npt.NDArray[np.int64]:
    return np.array(values, dtype=np.int64)


def _medians_before(told: Floats) -> tuple[Ints, Floats]:
    known = told[~np.isnan(told)].tolist()
    before = np.cumsum(~np.isnan(told)) - ~np.isnan(told)
    found = [falls.median_before(known[:end]) for end in before]
    return (
        np.array([n for n, _ in found], dtype=np.int64),
        np.array([median for _, median in found], dtype=np.float64),
    )
