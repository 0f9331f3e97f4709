"""What a form lists of the ledger: the commitments to look at, and those just made, as plain rows."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from peerkit import sessions
from peerkit.accord import Accord, accords, first_row, says_only_acknowledged
from peerkit.audience import seen_by
from peerkit.journal import Journal
from peerkit.ledger import MANY_MOVES
from peerkit.schema import Row, known_by
from peerkit.sessions import Session

if TYPE_CHECKING:
    import pandas as pd  # it takes long to load, and only a table needs it

# What the other says became of their own is listed so long, for a word about it.
_LATELY = timedelta(weeks=4)
_NONE = Accord(is_theirs=False, standing="", said="")
_DAYS = ("made_on", "due_on", "latest_due_on")
_TEXTS = ("text", "first_step", "cue", "obstacle", "if_then", "evidence", "accountability", "area", "reason")


def review(journal: Journal, session: Session, *, peers: Collection[str], today: date) -> list[Row]:
    """Return the commitments of these peers that were open when the session began, oldest first.

    Of the partner's only what is shared. Those settled since it was opened, also after its close, stay on the list
    with their outcome, so that it can be taken back, until the next session is opened. So do those on which the two
    differ, and what the other has settled lately.
    """
    table = seen_by(journal, as_of=today)
    told = accords(journal, session.peers)
    listed = {
        *sessions.settled_ids(journal, session.session_id, at_close=False),
        *_acknowledged_in(journal, session.session_id),
        *_to_talk_about(table, told, today),
    }
    is_listed = (table["outcome"] == "open") | table["commitment_id"].isin(list(listed))
    is_listed &= table["session_id"] != session.session_id
    return _rows(table[is_listed & table["peer"].isin(list(peers))], told)


def open_commitments(
    journal: Journal, *, today: date, peers: Collection[str] = (), also: Collection[str] = ()
) -> list[Row]:
    """Return all open commitments, the partner's where they are shared, oldest first.

    What the two differ on is there, too, and those of the ids in `also`, whatever became of them.
    """
    table = seen_by(journal, as_of=today)
    told = accords(journal, peers)
    listed = {*also, *_to_talk_about(table, told, today)}
    return _rows(table[(table["outcome"] == "open") | table["commitment_id"].isin(list(listed))], told)


def promised(journal: Journal, session_id: str) -> list[Row]:
    """Return the commitments made in this session, in the order made."""
    ids = {row["commitment_id"] for row in journal.rows("entries", session_id=session_id)}
    rows = journal.rows("entries", commitment_id=ids) if ids else []
    first = {name: first_row(row for row in rows if row["commitment_id"] == name) for name in ids}
    states = known_by(rows, "commitment_id").values()
    return [
        {
            "id": state["commitment_id"],
            "peer": state["peer"],
            "text": state["text"],
            "due_on": str(state["due_on"]) if state.get("due_on") else None,
            "visibility": state["visibility"],
            "is_theirs": (first[state["commitment_id"]] or state)["author"] != journal.author,
        }
        for state in states
    ]


def _acknowledged_in(journal: Journal, session_id: str) -> set[str]:
    """Return the commitments of the other of which one has said something since this session was opened."""
    opened = journal.rows("sessions", session_id=session_id, status="open")
    if not opened:
        return set()
    end = sessions.ended_at(journal, session_id, at_close=False)
    rows = journal.rows("entries", opened[0]["recorded_at"], author=journal.author)
    return {row["commitment_id"] for row in rows if row["recorded_at"] <= end and says_only_acknowledged(row)}


def _to_talk_about(table: pd.DataFrame, told: dict[str, Accord], today: date) -> set[str]:
    """Return the commitments on which the two differ, or which the other has settled lately in their journal."""
    lately = table[table["closed_on"] >= str(today - _LATELY)]["commitment_id"]
    news = {name for name in lately if told.get(name, _NONE).is_theirs and told[name].standing == "reported"}
    return news | {name for name, one in told.items() if one.standing == "differs"}


def _rows(listed: pd.DataFrame, told: dict[str, Accord]) -> list[Row]:
    """Return commitments as plain data: days as text, and None where nothing is known."""
    written = listed.assign(**{name: listed[name].dt.strftime("%Y-%m-%d") for name in _DAYS})
    blank = written.astype(object).where(written.notna(), None)
    return [_shown(row, told.get(row["commitment_id"], _NONE)) for row in blank.to_dict("records")]


def _shown(row: dict[Any, Any], accord: Accord) -> Row:
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
        "is_theirs": accord.is_theirs,
        "acknowledged": row["acknowledged"],
        "accord": accord.standing,
        "accord_said": accord.said,
        **{name: row[name] for name in _TEXTS},
    }
