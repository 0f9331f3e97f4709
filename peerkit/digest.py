"""One digest before a session, as text and as a letter: when, whose turn, what is due, and one question."""

from __future__ import annotations

import textwrap
import uuid
from datetime import date, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from peerkit import agreement, turns
from peerkit.calendar_items import seen_by
from peerkit.errors import CalendarError
from peerkit.journal import Journal
from peerkit.own_file import write_own
from peerkit.schema import Row, clean, one_line
from peerkit.sessions import Session, answers, list_sessions, write_answer
from peerkit.slots import slot_of
from peerkit.workspace import Workspace

# The digests that were made are answers under this name, in the place of a session's id.
_SHEET = "digest"
_MADE = "made"
# What tells a letter that peerkit wrote from any other file.
MARK = b"X-Mailer: peerkit"
# Nothing is ever delivered to or from here (RFC 2606): peerkit sends nothing, and knows nobody's address.
_NOWHERE = "peerkit.invalid"
_IDS = uuid.UUID("2d9e3a52-6f0b-4c68-8d53-5b1f6c1e7a10")
_LONGEST = 300
_UNSAID = "a promise that only you may see"
_QUESTIONS = {
    "focus": "If this hour works, what is different at the end?",
    "coach": "What do you need to put down before you can listen?",
    "pair": "What would you like to thank the other for?",
}


def digest(workspace: Workspace, journal: Journal, *, today: date) -> dict[str, Any]:
    """Return what is good to know before the next session, as plain data that JSON holds.

    Args:
        workspace: Whose digest it is.
        journal: Its journal.
        today: The day to look from.

    Returns:
        session (held_on; at, by my clock; said, a sentence; place); due, my open commitments that are due by
        then, the first due first (text, due_on, is_overdue, is_private); last_time (held_on, and promised:
        peer, text, outcome, is_private; the partner's only where shared), None before the first session; and
        question.

    Raises:
        CalendarError: If no session is ahead.
        AgreementError: If this machine does not know a time zone of the agreement.
        WorkspaceError: If no partner is named yet.
    """
    history = list_sessions(journal)
    agreed = agreement.in_force(journal, workspace.peers)
    coming = turns.coming(journal, workspace.peers, today=today, n=1)
    has_begun = agreed is not None or any(one.took_place for one in history)
    if not coming or not (has_begun or coming[0].session_id):
        msg = "No session is ahead that a digest could be for. Plan one: peerkit new"
        raise CalendarError(msg)
    session = coming[0]
    slot = None if agreed is None else slot_of(agreed, workspace.peers, time_zone=workspace.time_zone)
    at = "" if slot is None else slot.clock_of(workspace.me, session.held_on)
    when = f"{session.held_on:%A}, {session.held_on}" + (f", at {at}" if at else "")
    states = [state for _, state in seen_by(journal, workspace.me)]
    return {
        "session": {
            "held_on": str(session.held_on),
            "at": at,
            "said": f"{when}: {one_line(turns.roles_in_words(session))}.",
            "place": _short(agreed.term("place")) if agreed else "",
        },
        "due": _due(states, workspace.me, by=session.held_on, today=today),
        "last_time": _last_time(history, states, workspace.me),
        "question": _QUESTIONS[_role(session, workspace.me)],
    }


def make_once(
    workspace: Workspace, journal: Journal, *, eml: Path | None = None, again: bool = False
) -> tuple[dict[str, Any], str | None]:
    """Make the digest of the next session unless its slot had one, and remember it.

    Two calls at once make it once.

    Args:
        workspace: Whose digest it is.
        journal: Its journal.
        eml: Where it is written as a letter.
        again: Make it also where there was one.

    Returns:
        What it says, and the day on which it was made before; None where it was made now.

    Raises:
        PeerkitError: As `digest`; or if the letter cannot be written, and then nothing is remembered.
    """
    said = digest(workspace, journal, today=journal.today())
    held_on = said["session"]["held_on"]
    with journal.writing():
        before = answers(journal, _SHEET).get((_MADE, held_on, workspace.me), {"revision": 0})
        made_on = before.get("value")
        if isinstance(made_on, str) and made_on and not again:
            return said, one_line(made_on)
        write_answer(
            journal,
            _SHEET,
            phase=_MADE,
            prompt=held_on,
            author=workspace.me,
            value=str(journal.today()),
            revision=before["revision"],
        )
        if eml is not None:
            now = datetime.fromtimestamp(journal.moment(), ZoneInfo(workspace.time_zone))
            write_own(eml, as_letter(said, me=workspace.me, now=now.replace(microsecond=0)), mark=MARK)
    return said, None


def in_words(said: dict[str, Any], *, width: int = 78) -> str:
    """Return a digest as text of lines no longer than `width`, but for a word that is."""
    parts = [[said["session"]["said"]]]
    if said["session"]["place"]:
        parts[0].append(f"Where: {said['session']['place']}")
    due = [_promise(one) for one in said["due"]]
    parts.append(["Due by then:", *due] if due else ["Nothing of yours is due by then."])
    if said["last_time"]:
        parts.append(_promised(said["last_time"], {one["text"] for one in said["due"]}))
    parts.append(["One question to take with you:", f"- {said['question']}"])
    return "\n\n".join("\n".join(_wrapped(line, width) for line in lines) for lines in parts) + "\n"


def as_letter(said: dict[str, Any], *, me: str, now: datetime) -> bytes:
    """Return a digest as a letter (RFC 5322) that any mail program opens; peerkit sends nothing.

    What only I may see is in it without its words. The addresses lead nowhere: it is for whoever keeps the file, or hands it to a mail program of their own.

    Args:
        said: From `digest`.
        me: Whose digest it is.
        now: The letter's date, aware.
    """
    letter, who = EmailMessage(policy=SMTP), one_line(me)
    letter["X-Mailer"] = "peerkit"
    letter["Subject"] = one_line(f"Peer coaching: {said['session']['said']}")
    letter["From"] = Address("peerkit", "digest", _NOWHERE)
    letter["To"] = Address(who, "me", _NOWHERE)
    letter["Date"] = now
    name = uuid.uuid5(_IDS, f"{who}/{said['session']['held_on']}/{now.timestamp()}")
    letter["Message-ID"] = f"<{name}@{_NOWHERE}>"
    letter["X-Unsent"] = "1"
    letter.set_content(in_words(_without_private(said), width=72))
    return letter.as_bytes()


def _due(states: list[Row], me: str, *, by: date, today: date) -> list[dict[str, Any]]:
    mine = [one for one in states if one.get("peer") == me and one.get("outcome") == "open"]
    due = [one for one in mine if one.get("due_on") is not None and one["due_on"] <= by]
    return [
        {
            "text": _short(one.get("text") or ""),
            "due_on": str(one["due_on"]),
            "is_overdue": one["due_on"] < today,
            "is_private": _is_private(one),
        }
        for one in sorted(due, key=lambda one: one["due_on"])
    ]


def _last_time(history: list[Session], states: list[Row], me: str) -> dict[str, Any] | None:
    """Return what was promised in the last session that took place; the partner's only where it is shared."""
    held = [one for one in history if one.took_place]
    if not held:
        return None
    last = held[-1]
    told = [
        {
            "peer": one_line(one["peer"]),
            "text": _short(one.get("text") or ""),
            "outcome": one.get("outcome", "open"),
            "is_private": _is_private(one),
        }
        for one in states
        if one.get("session_id") == last.session_id and one["is_seen"]
    ]
    return {"held_on": str(last.held_on), "promised": told}


def _is_private(one: Row) -> bool:
    """Return whether only I may read the text of a commitment."""
    return bool(one["shared"].get("text") != one.get("text") or not one["shared"])


def _role(session: Session, me: str) -> str:
    if session.floor != "focus":
        return "pair"
    return "focus" if session.focus == me else "coach"


def _promise(one: dict[str, Any]) -> str:
    if one["is_overdue"]:
        return f"- {one['text']} (was for {one['due_on']}; a word about it is enough, or a new day)"
    return f"- {one['text']} ({one['due_on']})"


def _promised(last: dict[str, Any], above: set[str]) -> list[str]:
    """Return the lines on what was promised last time, without those that stand above already."""
    rest = [one for one in last["promised"] if one["text"] not in above]
    told = [f"- {one['peer']}: {one['text']} ({one['outcome']})" for one in rest]
    begin = f"Promised last time, on {last['held_on']}:"
    if told:
        return [begin, *told]
    return [f"{begin} {'what stands above' if last['promised'] else 'nothing'}."]


def _without_private(said: dict[str, Any]) -> dict[str, Any]:
    """Return a digest in which what only I may see has no words."""

    def seen(promises: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**one, "text": _UNSAID} if one["is_private"] else one for one in promises]

    last = said["last_time"]
    told = None if last is None else {**last, "promised": seen(last["promised"])}
    return {**said, "due": seen(said["due"]), "last_time": told}


def _wrapped(line: str, width: int) -> str:
    then = "  " if line.startswith("- ") else ""
    return textwrap.fill(
        clean(line), width, subsequent_indent=then, break_long_words=False, break_on_hyphens=False
    )


def _short(text: str) -> str:
    said = one_line(text)
    return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…"
