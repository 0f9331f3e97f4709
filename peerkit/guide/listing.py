"""What a form lists of the ledger: the commitments to look at, and those just made, as plain rows."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING, Any

from peerkit import sessions
from peerkit.journal import Journal
from peerkit.ledger import MANY_MOVES
from peerkit.schema import Row, known_by
from peerkit.sessions import Session

if TYPE_CHECKING:
    import pandas as pd  # it takes long to load, and only a table needs it

_DAYS = ("made_on", "due_on", "latest_due_on")
_TEXTS = ("text", "first_step", "cue", "obstacle", "if_then", "evidence", "accountability", "area", "reason")


def review(journal: Journal, session: Session, *, peers: Collection[str], today: date) -> list[Row]:
    """Return the commitments of these peers that were open when the session began, oldest first.

    Those settled since it was opened, also after its close, stay on the list with their outcome, so that
    it can be taken back, until the next session is opened.
    """
    table = journal.commitments(as_of=today)
    just_told = table["commitment_id"].isin(sessions.settled_ids(journal, session.session_id, at_close=False))
    is_listed = ((table["outcome"] == "open") | just_told) & (table["session_id"] != session.session_id)
    return _rows(table[is_listed & table["peer"].isin(list(peers))])


def open_commitments(journal: Journal, *, today: date, also: Collection[str] = ()) -> list[Row]:
    """Return all open commitments, oldest first, and those of the ids in `also`, whatever became of them."""
    table = journal.commitments(as_of=today)
    return _rows(table[(table["outcome"] == "open") | table["commitment_id"].isin(list(also))])


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


def _rows(listed: pd.DataFrame) -> list[Row]:
    """Return commitments as plain data: days as text, and None where nothing is known."""
    written = listed.assign(**{name: listed[name].dt.strftime("%Y-%m-%d") for name in _DAYS})
    blank = written.astype(object).where(written.notna(), None)
    return [_shown(row) for row in blank.to_dict("records")]


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
