"""What no measure counts, because it is no share: what became of the promises of each session."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

# From the foot of a column up: what is kept, then what is not.
BECAME = {
    "kept": "kept",
    "partly": "partly kept",
    "not_kept": "not kept",
    "not_due": "not due yet",
    "let_go": "let go in time",
    "void": "impossible",
}


def promised(commitments: pd.DataFrame, *, as_of: date | str) -> pd.DataFrame:
    """Return what became of the promises of each session, one row per session that saw any, in order of days.

    Open on its due date or later is not kept, as is released on that day or later; what is settled counts
    as such also before it is due. What was promised outside a session is left out.

    Args:
        commitments: From `fold.commitments` for the same `as_of`.
        as_of: Day to look from.

    Returns:
        `session_id`, `made_on` (the day of the first promise), and as int64 `promised`, `kept`, `partly`,
        `not_kept`, `not_due`, `let_go`, `void`, which add up to `promised`.
    """
    in_sessions = commitments[commitments["session_id"].notna()]
    became = _became(in_sessions, pd.Timestamp(as_of).normalize())
    table = pd.DataFrame({kind: became == kind for kind in BECAME}, index=in_sessions.index).astype("int64")
    table.insert(0, "promised", 1)
    table.insert(0, "made_on", in_sessions["made_on"])
    rules = {"made_on": "min", **dict.fromkeys(["promised", *BECAME], "sum")}
    rows = table.groupby(in_sessions["session_id"].astype("str")).agg(rules).rename_axis("session_id")
    return rows.reset_index().sort_values(["made_on", "session_id"], ignore_index=True)


def _became(commitments: pd.DataFrame, day: pd.Timestamp) -> np.ndarray:
    outcome = commitments["outcome"].astype("str")
    due, closed = commitments["due_on"], commitments["closed_on"]
    is_open = commitments["outcome"].isna() | (outcome == "open")
    before = (closed < due) | (closed.notna() & due.isna())
    conditions = [
        outcome == "void",
        (outcome == "released") & before,
        is_open & ~(due <= day),
        outcome == "partly",
        outcome == "kept",
    ]
    return np.select(conditions, ["void", "let_go", "not_due", "partly", "kept"], "not_kept")
