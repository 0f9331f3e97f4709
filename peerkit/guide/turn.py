"""What home says of sessions: whose turn it is and when, which one to go on with, and the last one closed."""

from __future__ import annotations

from datetime import date

from peerkit import sessions
from peerkit.guide.browser import address
from peerkit.guide.summaries import in_long
from peerkit.journal import Journal
from peerkit.schema import Row
from peerkit.sessions import Session, Turn
from peerkit.templates import readable_templates, usual_of
from peerkit.workspace import Workspace


def turn_of(workspace: Workspace, journal: Journal) -> Row:
    """Return the next session as plain data.

    Returns:
        `next`: day, when, and a sentence about the turn; `go_on`: the session that was begun or planned,
        with the address of its notebook, or None; `templates` to choose from, and `chosen`; `mistakes`,
        a sentence for each template that cannot be read; `last`: the id of the last session closed, or
        None; `is_new`: nothing has happened here yet.
    """
    today = journal.today()
    history = sessions.list_sessions(journal)
    usable, mistakes = readable_templates(folder=workspace.templates)
    last = last_closed(history)
    turn = sessions.next_turn(journal, workspace.peers, today=today)
    return {
        "next": _shown(turn, today),
        "go_on": _go_on(workspace, history, today),
        "templates": [{"name": one.name, "title": one.title, "minutes": one.minutes} for one in usable],
        "chosen": usual_of(usable),
        "mistakes": mistakes,
        "last": last.session_id if last else None,
        "is_new": not history and not journal.rows("entries"),
        "peers": list(workspace.peers),
    }


def last_closed(history: list[Session]) -> Session | None:
    """Return the newest session that was closed; None where there is none."""
    return next((one for one in reversed(history) if one.status == "closed"), None)


def titles(workspace: Workspace) -> dict[str, str]:
    """Return the title of each template that can be read, by its name."""
    usable, _ = readable_templates(folder=workspace.templates)
    return {one.name: one.title for one in usable}


def _go_on(workspace: Workspace, history: list[Session], today: date) -> Row | None:
    """Return the session to go on with: the last one begun, or else the one planned nearest to today.

    One that lies before the last session closed is past, and one whose notebook is gone cannot be opened.
    """
    past = max((one.held_on for one in history if one.status == "closed"), default=date.min)
    waiting = [
        one
        for one in history
        if one.status in ("open", "planned") and one.held_on >= past and workspace.notebook_path(one).exists()
    ]
    begun = [one for one in waiting if one.status == "open"]
    if not waiting:
        return None
    session = begun[-1] if begun else min(waiting, key=lambda one: abs(one.held_on - today))
    return {
        **_shown(session, today),
        "title": titles(workspace).get(session.template, session.template),
        "status": session.status,
        "href": address(workspace.notebook_path(session), seen_from=workspace.folder),
    }


def _shown(turn: Turn | Session, today: date) -> Row:
    return {
        "day": in_long(turn),
        "when": _when(turn.held_on, today),
        "focus": turn.focus,
        "coach": turn.coach,
        "said": sessions.in_words(turn),
    }


def _when(day: date, today: date) -> str:
    """Return how far away a day is, in words."""
    days = (day - today).days
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}
    return near.get(days) or (f"in {days} days" if days > 0 else f"{-days} days ago")
