"""What became of promises beside kept or not: moved in time, let go in time, impossible."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import narwhals as nw

from peerkit.measures.counting import counted, due, shares, was, was_let_go
from peerkit.measures.question import ask


def renegotiated(
    commitments: Any,
    *,
    as_of: date | str,
    by: Sequence[str] = (),
    every: str | None = None,
    since: date | str | None = None,
) -> Any:
    """Share of the denominator of `follow_through` whose due date was moved, at least once, before it had passed.

    Judged by `due_on`, as all of METRICS: one that was moved to a day after `as_of` is not due, and counts
    from that day on. `follow_through_first_due` shows it before.

    Args: As for `follow_through`; needs `is_renegotiated` (a flag).

    Returns:
        The keys; `renegotiated` and `n` (int64); `share`, `low`, `high`. No row where nothing was due.
    """
    asked = ask(as_of, by, since, every=every)
    table = counted(commitments, asked, is_renegotiated="flag")
    return shares(table, asked, renegotiated=nw.col("is_renegotiated"), like=commitments)


def released_rate(
    commitments: Any,
    *,
    as_of: date | str,
    by: Sequence[str] = (),
    every: str | None = None,
    since: date | str | None = None,
) -> Any:
    """Share of what was due, and was possible, that both peers let go before the day it was due.

    These are the ones that `follow_through` leaves out; `n` counts them and its denominator. Void is in
    neither, so that a void commitment changes no share. A release on its due date or later, or on a day
    that nobody wrote down, is in `n` alone.

    Args: As for `follow_through`.

    Returns:
        The keys; `released` and `n` (int64); `share`, `low`, `high`. No row where `n` would be 0.
    """
    asked = ask(as_of, by, since, every=every)
    possible = due(commitments, asked).filter(~was("void"))
    return shares(possible, asked, released=was_let_go(asked), like=commitments)


def void_rate(
    commitments: Any,
    *,
    as_of: date | str,
    by: Sequence[str] = (),
    every: str | None = None,
    since: date | str | None = None,
) -> Any:
    """Share of all that was due, whatever became of it, that turned out to be impossible.

    The one share that a void commitment does change.

    Args: As for `follow_through`.

    Returns:
        The keys; `void` and `n` (int64); `share`, `low`, `high`. No row where nothing was due.
    """
    asked = ask(as_of, by, since, every=every)
    return shares(due(commitments, asked), asked, void=was("void"), like=commitments)
