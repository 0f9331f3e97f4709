"""What a calendar holds: the sessions and the promises as items, each with an id and a sequence that never falls."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from peerkit import agreement, turns
from peerkit.audience import shared_rows
from peerkit.journal import Journal
from peerkit.schema import Row, clean, known, one_line
from peerkit.sessions import Session, list_sessions
from peerkit.slots import Slot, slot_of
from peerkit.templates import USUAL, template
from peerkit.workspace import Workspace

# An item that is over stays in the file so long, for a calendar into which the file is read now and then.
REMEMBERED = timedelta(days=90)
_IDS = uuid.UUID("6f2b7f5e-3d0c-4f0e-9a53-8c1d3e7a9b42")
_LONGEST_SUMMARY = 120
_LONGEST_TEXT = 2000
_A_DAY = 24 * 60
# RFC 5545 gives a sequence 31 bits.
_LAST_SEQUENCE = 2**31 - 1
_DETAILS = {"first_step": "First step", "if_then": "If–then", "accountability": "Held to it by"}

State = Literal["open", "done", "gone"]


@dataclass(frozen=True)
class Choice:
    """What its owner wants in the calendar.

    Args:
        is_discreet: Without a name, a text or a place.
        has_both: With the partner's shared commitments.
        alarms: How long before an open item a calendar reminds of it.
    """

    is_discreet: bool = False
    has_both: bool = False
    alarms: tuple[timedelta, ...] = ()


@dataclass(frozen=True)
class Item:
    """A session, or a commitment on its due date.

    Args:
        kind: "session" or "promise".
        uid: The same for ever, and no word of what it stands for.
        sequence: Never falls; grows with every change.
        changed_at: When it was last changed, in UTC.
        summary: One line.
        description: Lines; may be blank.
        place: Where or by which link; may be blank.
        starts: A moment in the slot's time zone, or a whole day; None for a promise without a date.
        ends: When a session ends that begins at a moment.
        state: "open"; "done", took place or was kept; "gone", moved away or settled otherwise.
        closed_on: The day on which a promise was kept.
    """

    kind: Literal["session", "promise"]
    uid: str
    sequence: int
    changed_at: datetime
    summary: str
    description: str
    place: str
    starts: date | datetime | None
    ends: datetime | None = None
    state: State = "open"
    closed_on: date | None = None


def session_items(workspace: Workspace, journal: Journal, choice: Choice, *, today: date) -> list[Item]:
    """Return the sessions of the last ninety days and the next twelve, as the agreement and the history have them.

    Sessions are counted from the pair's first one, and an item's id is that number: when a slot is moved or
    missed, the same item moves. Where the agreement names no weekday only the next day is known; what an
    earlier agreement had put behind it is "gone". Without an agreement that both signed there are none.

    Raises:
        AgreementError: If this machine does not know a time zone of the agreement.
        TemplateError: If the workspace's own weekly template has a mistake.
        WorkspaceError: If no partner is named yet.
    """
    agreed = agreement.in_force(journal, workspace.peers)
    if agreed is None:
        return []
    history = list_sessions(journal)
    usual = template(USUAL, folder=workspace.templates).minutes
    coming = turns.coming(journal, workspace.peers, today=today, minutes=usual)
    slot = slot_of(agreed, workspace.peers, time_zone=workspace.time_zone)
    rows = _rows_of_slots(journal, history)
    sequence = _slot_sequence(journal, rows, coming)
    # What took place before this agreement was at another time; it stays as it was.
    since = max(today - REMEMBERED, max(agreed.signed.values()))
    counted = enumerate([*(one for one in history if one.took_place), *coming], start=1)
    return [
        Item(
            kind="session",
            uid=_uid(workspace, "session", number),
            sequence=sequence,
            changed_at=_moment(rows[-1]),
            state=state,
            **_said_of_session(one, agreed, slot, choice),
        )
        for number, one in counted
        if one.held_on >= since and (state := _state_of(journal, one, coming, agreed, today)) is not None
    ]


def promise_items(workspace: Workspace, journal: Journal, choice: Choice, *, today: date) -> Iterator[Item]:
    """Yield the open commitments, and for ninety days those that were settled or are no longer shared.

    My own; the partner's only with `choice.has_both`, and only what was shared. One of mine that only I may
    see is there without its words. The date is the last one that was written down.
    """
    for rows, state in seen_by(journal, workspace.me):
        is_mine = state.get("peer") == workspace.me
        if not is_mine and not choice.has_both:
            continue
        outcome = state.get("outcome") if state["is_seen"] else "void"
        told_on, due_on = journal.day_of(rows[-1]["recorded_at"]), state.get("due_on")
        if outcome != "open" and max(told_on, due_on or told_on) < today - REMEMBERED:
            continue
        said = state["shared"] | {"peer": state.get("peer")}
        has_words = bool(state["shared"]) and not choice.is_discreet
        yield Item(
            kind="promise",
            uid=_uid(workspace, "promise", state["commitment_id"]),
            sequence=len(rows) - 1,
            changed_at=_moment(rows[-1]),
            summary=_summary(said, workspace.me) if has_words else "peerkit: a promise is due",
            description=_description(said) if has_words and outcome == "open" else "",
            place="",
            starts=due_on,
            state="open" if outcome == "open" else "done" if outcome == "kept" else "gone",
            closed_on=state.get("closed_on") or told_on,
        )


def seen_by(journal: Journal, me: str) -> Iterator[tuple[list[Row], Row]]:
    """Yield every commitment as its rows and its state as far as I may see it, in the order of first rows.

    Of the partner's only what stands in shared rows; one without any is left out. `is_seen` is whether I may
    see it now: it is false where the partner no longer shares what was shared before. `shared` is what both may
    read of it (`audience`): an empty dict where it is private.
    """
    by_id: dict[str, list[Row]] = {}
    for row in journal.rows("entries"):
        by_id.setdefault(row["commitment_id"], []).append(row)
    for rows in by_id.values():
        state = known(rows)
        visibility, is_mine = state["visibility"], state.get("peer") == me
        shared = rows if is_mine else [row for row in rows if row["visibility"] == "shared"]
        if shared:
            both = known(shared_rows(rows, "entries"))
            is_seen = is_mine or visibility == "shared"
            yield rows, known(shared) | {"visibility": visibility, "is_seen": is_seen, "shared": both}


def _uid(workspace: Workspace, kind: str, name: object) -> str:
    return str(uuid.uuid5(_IDS, f"{workspace.pair_id}/{kind}/{name}"))


def _rows_of_slots(journal: Journal, history: list[Session]) -> list[Row]:
    """Return every row that can move a session, oldest first; with an agreement in force there is one."""
    cards = {one.session_id for one in history if one.is_card}
    told = [row for row in journal.rows("sessions") if row["session_id"] not in cards]
    signed = journal.rows("answers", session_id=agreement.SHEET, phase=agreement.SIGNED)
    return sorted([*told, *signed], key=lambda row: (row["recorded_at"], row["row_id"]))


def _slot_sequence(journal: Journal, rows: list[Row], coming: list[Session]) -> int:
    """Return a number that grows with each of the rows and, between them, whenever a slot goes by in silence."""
    ahead = (coming[0].held_on - journal.day_of(rows[-1]["recorded_at"])).days if coming else 9999
    return min(len(rows) * 10_000 + min(max(ahead, 0), 9999), _LAST_SEQUENCE)


def _state_of(
    journal: Journal, one: Session, coming: list[Session], agreed: agreement.Agreement, today: date
) -> State | None:
    """Return the state of a session's item; None where no calendar can know of it.

    Without a weekday only the next session is known, and what is planned; others are gone if there ever was one.
    """
    if agreed.weekday is not None or one.session_id or one in coming[:1]:
        return "open" if one.held_on >= today else "done"
    both = [told for told in agreement.versions(journal) if set(one.peers) <= set(told.signed)]
    return "gone" if any(told.weekday is not None for told in both) else None


def _said_of_session(
    one: Session, agreed: agreement.Agreement, slot: Slot | None, choice: Choice
) -> dict[str, Any]:
    starts, ends = _span(one, slot)
    said = {"summary": "peerkit: a session", "description": "", "place": "", "starts": starts, "ends": ends}
    if not choice.is_discreet:
        said["summary"] = one_line(f"Peer coaching: {turns.roles_in_words(one)}")
        said["description"] = "" if slot is None else _clocks(slot, one.held_on)
        said["place"] = _cut(one_line(agreed.term("place")), _LONGEST_TEXT)
    return said


def _span(one: Session, slot: Slot | None) -> tuple[date | datetime, datetime | None]:
    if slot is None:
        return one.held_on, None
    starts = slot.starts_at(one.held_on)
    minutes = min(max(one.minutes, 1), _A_DAY)
    return starts, (starts.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(slot.zone)


def _clocks(slot: Slot, day: date) -> str:
    """Return what each peer's clock shows, where that is not the same."""
    shown = {peer: slot.clock_of(peer, day) for peer in sorted(slot.zones)}
    if len(set(shown.values())) == 1:
        return ""
    return one_line(", ".join(f"{clock} by the clock of {peer}" for peer, clock in shown.items()))


def _summary(state: Row, me: str) -> str:
    text = one_line(state.get("text") or "A promise")
    said = text if state.get("peer") == me else one_line(f"{state.get('peer')}: {text}")
    return _cut(said, _LONGEST_SUMMARY)


def _description(state: Row) -> str:
    text = clean(state.get("text") or "")
    lines = [text] if "\n" in text or len(text) > _LONGEST_SUMMARY else []
    lines += [f"{word}: {clean(state[name])}" for name, word in _DETAILS.items() if state.get(name)]
    # Parsers take other line ends than this for the end of a property.
    said = "\n".join(line for whole in lines for line in whole.splitlines())
    return _cut(said, _LONGEST_TEXT)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _moment(row: Row) -> datetime:
    return datetime.fromtimestamp(row["recorded_at"] // 1_000_000, UTC)
