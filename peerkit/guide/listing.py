"""What a form lists of the ledger: the commitments to look at, and those just made, as plain rows."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING, Any

from peerkit import sessions
from peerkit.audience import seen_by
from peerkit.journal import Journal
from peerkit.ledger import MANY_MOVES, owners_of
from peerkit.schema import Row, known_by
from peerkit.sessions import Session

if TYPE_CHECKING:
    import pandas as pd  # it takes long to load, and only a table needs it

_DAYS = ("made_on", "due_on", "latest_due_on")
_TEXTS = ("text", "first_step", "cue", "obstacle", "if_then", "evidence", "accountability", "area", "reason")


def review(journal: Journal, session: Session, *, peers: Collection[str], today: date) -> list[Row]:
    """Return the commitments of these peers that were open when the session began, oldest first.

    Of the partner's only what is shared. Those settled since it was opened, also after its close, stay on the list with their outcome, so that
    it can be taken back, until the next session is opened.
    """
    table = seen_by(journal, as_of=today)
    just_told = table["commitment_id"].isin(sessions.settled_ids(journal, session.session_id, at_close=False))
    is_listed = ((table["outcome"] == "open") | just_told) & (table["session_id"] != session.session_id)
    return _rows(journal, table[is_listed & table["peer"].isin(list(peers))])


def open_commitments(journal: Journal, *, today: date, also: Collection[str] = ()) -> list[Row]:
    """Return all open commitments, the partner's where they are shared, oldest first, and those of the ids in `also`, whatever became of them."""
    table = seen_by(journal, as_of=today)
    return _rows(journal, table[(table["outcome"] == "open") | table["commitment_id"].isin(list(also))])


def promised(journal: Journal, session_id: str) -> list[Row]:
    """Return the commitments made in this session, in the order made."""
    ids = {row["commitment_id"] for row in journal.rows("entries", session_id=session_id)}
    rows = journal.rows("entries", commitment_id=ids) if ids else []
    owners = owners_of(rows)
    states = known_by(rows, "commitment_id").values()
    return [
        {
            "id": state["commitment_id"],
            "peer": state["peer"],
            "text": state["text"],
            "due_on": str(state["due_on"]) if state.get("due_on") else None,
            "visibility": state["visibility"],
            "is_own": owners[state["commitment_id"]] == journal.author,
        }
        for state in states
    ]


def _rows(journal: Journal, listed: pd.DataFrame) -> list[Row]:
    """Return commitments as plain data: days as text, and None where nothing is known."""
    written = listed.assign(**{name: listed[name].dt.strftime("%Y-%m-%d") for name in _DAYS})
    blank = written.astype(object).where(written.notna(), None)
    ids = set(listed["commitment_id"])
    owners = owners_of(journal.rows("entries", commitment_id=ids)) if ids else {}
    shown = (_shown(row) for row in blank.to_dict("records"))
    return [row | {"is_own": owners[row["id"]] == journal.author} for row in shown]


def _shown(row: dict[Any, Any]) -> Row:
    return {
        "id": row["commitment_id"],
        "peer": row["peer"],
        "visibility": row["visibility"],
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
