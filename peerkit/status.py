"""How things stand on a day: whose turn and when, what is open, and what was kept."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from peerkit import turns
from peerkit.accord import Accord, accords
from peerkit.audience import seen_by
from peerkit.measures import follow_through
from peerkit.sessions import list_sessions
from peerkit.suggest import suggest
from peerkit.workspace import Workspace

# So much of an id is enough to tell a pair's commitments apart, nearly always; never less than unique.
_SHORT = 4


def status(workspace: Workspace, *, as_of: date | None = None) -> dict[str, Any]:
    """Return how things stand, as plain data that JSON holds.

    Args:
        workspace: Where to look.
        as_of: Day to look from, in the pair's time zone. Today when left out.

    Returns:
        as_of; turn, one sentence; next (held_on, focus, coach); suggestion (template, reason); had, the
        sessions and minutes that each peer had the floor; open, one row per open commitment,
        oldest first, with a short id that is unique, the partner's where they are shared; to_talk_about, what
        the two say differently of, with a sentence; follow_through, one row per peer with kept, n,
        share, low, high and a sentence. Peers with nothing due are absent.

    Raises:
        WorkspaceError: If no partner is named yet.
    """
    journal = workspace.open_journal()
    day = as_of or journal.today()
    turn = turns.next_turn(journal, workspace.peers, today=day)
    fitting = suggest(journal, workspace.peers, today=day, folder=workspace.templates)
    had = turns.had(list_sessions(journal), workspace.peers)
    commitments = seen_by(journal, as_of=day)
    told = accords(journal, workspace.peers)
    journal.close()
    return {
        "as_of": str(day),
        "turn": f"Next session: {turns.in_words(turn)}",
        "next": {"held_on": str(turn.held_on), "focus": turn.focus, "coach": turn.coach},
        "suggestion": {"template": fitting.template, "reason": fitting.reason},
        "had": [
            {"peer": peer, "sessions": one.sessions, "minutes": one.minutes} for peer, one in had.items()
        ],
        "open": _open(commitments),
        "to_talk_about": _to_talk_about(commitments, told),
        "follow_through": kept_by_peer(commitments, as_of=day),
    }


def weekly(workspace: Workspace, *, as_of: date | None = None, weeks: int = 8) -> pd.DataFrame:
    """Return follow-through of both peers together week by week, each row over so many weeks.

    Args:
        workspace: Where to look.
        as_of: Day to look from, in the pair's time zone. Today when left out.
        weeks: How many weeks each row covers.
    """
    journal = workspace.open_journal()
    day = as_of or journal.today()
    commitments = seen_by(journal, as_of=day)
    journal.close()
    rows: pd.DataFrame = follow_through(commitments, as_of=day, every="week", rolling=weeks)
    return rows


def kept_by_peer(commitments: pd.DataFrame, *, as_of: date) -> list[dict[str, Any]]:
    """Return follow-through as one row per peer, in name order: kept, n, share, low, high and a sentence."""
    return [
        {
            "peer": str(row.peer),
            "kept": int(row.kept),
            "n": int(row.n),
            "share": float(row.share),
            "low": float(row.low),
            "high": float(row.high),
            "said": f"{row.share:.0%} ({row.low:.0%} to {row.high:.0%})",
        }
        for row in follow_through(commitments, by=["peer"], as_of=as_of).itertuples()
    ]


def _open(commitments: pd.DataFrame) -> list[dict[str, Any]]:
    length = _unique_length(commitments["commitment_id"])
    listed = commitments[commitments["outcome"] == "open"]
    due = listed["latest_due_on"].dt.strftime("%Y-%m-%d").fillna("no date")
    state = listed["is_overdue"].map({True: "overdue", False: ""})
    return [
        {"id": name[:length], "peer": str(peer), "text": text, "due": day, "state": said}
        for name, peer, text, day, said in zip(
            listed["commitment_id"], listed["peer"], listed["text"], due, state, strict=True
        )
    ]


def _to_talk_about(commitments: pd.DataFrame, told: dict[str, Accord]) -> list[dict[str, Any]]:
    length = _unique_length(commitments["commitment_id"])
    columns = [commitments[name] for name in ("commitment_id", "peer", "text")]
    return [
        {"id": name[:length], "peer": str(peer), "text": text, "said": told[name].said}
        for name, peer, text in zip(*columns, strict=True)
        if name in told and told[name].standing == "differs"
    ]


def _unique_length(ids: pd.Series) -> int:
    length = _SHORT
    while ids.str[:length].duplicated().any():
        length += 1
    return length
