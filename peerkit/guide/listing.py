"""What a form lists of the ledger: the commitments to look at, and those just made, as plain rows."""

from __future__ import annotations

from datetime import date
from typing import Any

from peerkit import sessions
from peerkit.journal import Journal
from peerkit.ledger import MANY_MOVES
from peerkit.schema import Row, known_by
from peerkit.sessions import Session

_TEXTS = ("text", "first_step", "cue", "obstacle", "if_then", "evidence", "accountability", "area", "reason")


def review(journal: Journal, session: Session, *, today: date) -> list[Row]:
    """Return the commitments of both peers that were open when the session began, oldest first.

    Those settled since it was opened, also after its close, stay on the list with their outcome, so that
    it can be taken back, until the next session is opened.
    """
    import pandas as pd  # here, because only this phase needs it

    table = journal.commitments(as_of=today)
    just_told = table["commitment_id"].isin(sessions.settled_ids(journal, session.session_id, at_close=False))
    is_listed = ((table["outcome"] == "open") | just_told) & (table["session_id"] != session.session_id)
    listed = table[is_listed & table["peer"].isin(session.peers)]
    blank = listed.astype(object).where(listed.notna(), None)
    rows: list[dict[Any, Any]] = blank.to_dict("records")
    for row in rows:
        for name, value in row.items():
            if isinstance(value, pd.Timestamp):
                row[name] = f"{value:%Y-%m-%d}"
    return [_shown(row) for row in rows]


def promised(journal: Journal, session_id: str) -> list[Row]:
    """Return the commitments made in this session, in the order made."""
    rows = journal.rows("entries", session_id=session_id)
    states = known_by(rows, "commitment_id").values()
    return [
        {
            "id": state["commitment_id"],
            "peer": state["peer"],
            "text": state["text"],
            "due_on": str(state["due_on"]) if state.get("due_on") else None,
            "visibility": state["visibility"],
        }
        for state in states
    ]


def _shown(row: dict[Any, Any]) -> Row:
    return {
        "id": row["commitment_id"],
        "peer": row["peer"],
        "outcome": row["outcome"],
        "fraction": row["fraction"],
        "made_on": row["made_on"],
        "due_on": row["latest_due_on"],
        "judged_on": row["due_on"],
        "is_due": bool(row["is_due"]),
        "is_overdue": bool(row["is_overdue"]),
        "asks_smaller": row["moves"] >= MANY_MOVES,
        "obstacle_came": row["obstacle_came"],
        "plan_fired": row["plan_fired"],
        **{name: row[name] for name in _TEXTS},
    }
