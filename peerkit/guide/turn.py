"""What home says of sessions: whose turn it is and when, which one to go on with, and the last one closed."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

from peerkit import agreement, partner_fit, sessions, turns
from peerkit.daily import is_shared
from peerkit.guide.browser import address
from peerkit.guide.summaries import in_long
from peerkit.journal import Journal
from peerkit.notebooks import for_two
from peerkit.schema import Row
from peerkit.sessions import Session
from peerkit.suggest import suggest
from peerkit.templates import readable_templates
from peerkit.turns import Turn, in_words
from peerkit.workspace import Workspace


def turn_of(workspace: Workspace, journal: Journal) -> Row:
    """Return the next session as plain data.

    Returns:
        `next`: day, when, and a sentence about the turn; `go_on`: the session that was begun or planned,
        with the address of its notebook, or None; `templates` to choose from; `suggestion`, the one that
        fits with its reason, and the name to put it aside under; `had`, what each has had of the floor;
        `sheets`, the notebooks beside the sessions; `mistakes`, a sentence for each template that cannot be
        read; `last`: the id of the last session closed, or None; `is_new`: nothing has happened here yet.
        Where no partner is named yet, `next` is None, and there is nothing to choose from.
    """
    if not workspace.partner:
        return {**_ALONE, "peers": [workspace.me], "sheets": _sheets(workspace, journal)}
    with journal.reading():
        return _turn(workspace, journal)


def _turn(workspace: Workspace, journal: Journal) -> Row:
    today = journal.today()
    history = sessions.list_sessions(journal)
    usable, mistakes = readable_templates(folder=workspace.templates)
    last = last_closed(history)
    turn = turns.next_turn(journal, workspace.peers, today=today)
    return {
        "next": _shown(turn, today),
        "go_on": _go_on(workspace, history, today),
        "templates": [
            {"name": one.name, "title": one.title, "minutes": one.minutes} for one in for_two(usable)
        ],
        "suggestion": asdict(suggest(journal, workspace.peers, today=today, folder=workspace.templates)),
        "had": [
            {"peer": peer, "sessions": had.sessions, "minutes": had.minutes}
            for peer, had in turns.had(history, workspace.peers).items()
        ],
        "sheets": _sheets(workspace, journal),
        "mistakes": mistakes,
        "last": last.session_id if last else None,
        "is_new": all(one.is_card for one in history) and not journal.rows("entries"),
        "peers": list(workspace.peers),
    }


_ALONE: Row = {
    "next": None,
    "go_on": None,
    "templates": [],
    "suggestion": {"template": "", "reason": "", "name": ""},
    "had": [],
    "mistakes": [],
    "last": None,
    "is_new": True,
}


def _sheets(workspace: Workspace, journal: Journal) -> list[Row]:
    """Return the notebooks beside the sessions, each with how it stands in a few words."""
    if not workspace.partner:
        begun = len(partner_fit.candidates(journal))
        return [
            _sheet(
                "partner-fit", "Finding a partner", f"{begun} begun" if begun else "private, for you alone"
            ),
            _daily(workspace, journal),
        ]
    agreed = agreement.in_force(journal, workspace.peers)
    waits = agreement.waits_for(journal, workspace.peers)
    wording = f"waits for {' and '.join(waits)}" if waits else "not begun"
    return [
        _sheet("agreement", "Our agreement", f"version {agreed.version} holds" if agreed else wording),
        _sheet("ahead-behind", "Ahead and behind", "where own experience may help"),
        _daily(workspace, journal),
        _sheet("partner-fit", "Finding a partner", "private, for you alone"),
    ]


def _sheet(name: str, title: str, state: str) -> Row:
    return {"title": title, "href": f"{name}.ipynb", "state": state}


def _daily(workspace: Workspace, journal: Journal) -> Row:
    seen_by = f"{workspace.partner} may see it" if is_shared(journal, workspace.me) else "for you alone"
    return _sheet("daily", "Daily card", f"a few questions about effort, {seen_by}")


def last_closed(history: list[Session]) -> Session | None:
    """Return the newest session that was closed; None where there is none."""
    return next((one for one in reversed(history) if one.status == "closed" and one.floor != "apart"), None)


def titles(workspace: Workspace) -> dict[str, str]:
    """Return the title of each template that can be read, by its name."""
    usable, _ = readable_templates(folder=workspace.templates)
    return {one.name: one.title for one in usable}


def _go_on(workspace: Workspace, history: list[Session], today: date) -> Row | None:
    """Return the session to go on with: the last one begun, or else the one planned nearest to today.

    One whose notebook is gone cannot be opened.
    """
    found = [one for one in sessions.waiting(history) if workspace.notebook_path(one).exists()]
    begun = [one for one in found if one.status == "open"]
    if not found:
        return None
    # Of two on one day the one that was planned last.
    session = begun[-1] if begun else min(reversed(found), key=lambda one: abs(one.held_on - today))
    missed = sessions.not_held(history, today=today)
    return {
        **_shown(session, today),
        "title": titles(workspace).get(session.template, session.template),
        "status": session.status,
        "session_id": session.session_id,
        "may_be_missed": missed is not None and missed.session_id == session.session_id,
        "href": address(workspace.notebook_path(session), seen_from=workspace.folder),
    }


def _shown(turn: Turn | Session, today: date) -> Row:
    return {
        "day": in_long(turn),
        "when": _when(turn.held_on, today),
        "focus": turn.focus,
        "coach": turn.coach,
        "floor": turn.floor if isinstance(turn, Session) else "focus",
        "said": in_words(turn),
    }


def _when(day: date, today: date) -> str:
    """Return how far away a day is, in words."""
    days = (day - today).days
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}
    return near.get(days) or (f"in {days} days" if days > 0 else f"{-days} days ago")
