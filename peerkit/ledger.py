"""The ledger's verbs: promise, move, keep, partly, miss, release, void, reopen, show or hide. Each adds one entry.

A commitment that came from the other peer's machine has two keys: only its owner settles, moves or reopens it.
What the other says of it is kept beside that, as acknowledged.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from peerkit.accord import first_row, has_acknowledged, in_words, owner_of
from peerkit.errors import LedgerError
from peerkit.schema import TABLES, TEN_YEARS, VISIBILITIES, Row, clean, known, known_by

if TYPE_CHECKING:
    from peerkit.journal import Journal, Writer

# After so many moves the guide asks: smaller, or let go?
MANY_MOVES = 3
# What is said where something shared is made private again.
WAS_SHARED = "It was shared until now; your partner may have read it."
# The reason of what an import added and that was taken back: nobody settled it.
TAKEN_BACK = "The import that brought this was taken back."


@dataclass(frozen=True)
class Receipt:
    """What was written: the entry's commitment, and a sentence where something should be told.

    `is_acknowledgement`: the commitment is the other peer's, so this is only what one says of it.
    """

    commitment_id: str
    row_id: str
    note: str = ""
    is_acknowledgement: bool = False


def promise(
    journal: Journal,
    text: str,
    *,
    peer: str,
    on: date,
    due_on: date | None = None,
    confidence: float | None = None,
    visibility: str = "private",
    session_id: str | None = None,
    **details: str | None,
) -> Receipt:
    """Add a commitment, open until it is settled.

    Args:
        journal: Where it is written.
        text: What will be done.
        peer: Who will do it.
        on: The day of the promise.
        due_on: The day by which it is done, not before `on`. It may be left out.
        confidence: 0 to 1, how sure the peer is.
        visibility: "private", or "shared" with the partner.
        session_id: The session in which it was made.
        **details: first_step, cue, obstacle, if_then, evidence, accountability, area.

    Raises:
        LedgerError: If the text is empty, the due date is before the promise, confidence is not within
            0 to 1, or a detail is unknown.
    """
    unknown = sorted(set(details) - set(DETAILS))
    if unknown:
        msg = f"A commitment has no {', '.join(unknown)}. It has: {', '.join(DETAILS)}."
        raise LedgerError(msg)
    text = clean(text).strip()
    if not text:
        msg = "A commitment needs a text. Say in a few words what will be done."
        raise LedgerError(msg)
    _check_visibility(visibility)
    _check_share("Confidence", confidence)
    _check_due(due_on, made_on=on)
    given = {name: value.strip() for name, value in details.items() if value and value.strip()}
    row = {
        "commitment_id": journal.new_id(),
        "pair_id": journal.pair_id or None,
        "session_id": session_id,
        "peer": peer,
        "text": text,
        "due_on": due_on,
        "confidence": confidence,
        "visibility": visibility,
        "outcome": "open",
        **given,
    }
    with journal.writing() as writer:
        added = writer.add("entries", row)
    return Receipt(added["commitment_id"], added["row_id"])


DETAILS = ("first_step", "cue", "obstacle", "if_then", "evidence", "accountability", "area")


def keep(
    journal: Journal,
    commitment_id: str,
    *,
    on: date,
    closed_on: date | None = None,
    reason: str | None = None,
    obstacle_came: bool | None = None,
    plan_fired: bool | None = None,
) -> Receipt:
    """Say that a commitment was kept, on `closed_on` or else today (`on`); see `settle`."""
    return settle(
        journal,
        commitment_id,
        "kept",
        on=on,
        closed_on=closed_on,
        reason=reason,
        obstacle_came=obstacle_came,
        plan_fired=plan_fired,
    )


def partly(
    journal: Journal,
    commitment_id: str,
    fraction: float,
    *,
    on: date,
    closed_on: date | None = None,
    reason: str | None = None,
    obstacle_came: bool | None = None,
    plan_fired: bool | None = None,
) -> Receipt:
    """Say that a commitment was kept in part: `fraction` between 0 and 1; see `settle`."""
    return settle(
        journal,
        commitment_id,
        "partly",
        on=on,
        closed_on=closed_on,
        reason=reason,
        fraction=fraction,
        obstacle_came=obstacle_came,
        plan_fired=plan_fired,
    )


def miss(
    journal: Journal,
    commitment_id: str,
    *,
    on: date,
    reason: str | None = None,
    obstacle_came: bool | None = None,
    plan_fired: bool | None = None,
) -> Receipt:
    """Say that a commitment was not kept; `reason` says what got in the way. See `settle`."""
    return settle(
        journal,
        commitment_id,
        "missed",
        on=on,
        reason=reason,
        obstacle_came=obstacle_came,
        plan_fired=plan_fired,
    )


def release(
    journal: Journal, commitment_id: str, *, on: date, agreed_by: str, reason: str | None = None
) -> Receipt:
    """Say that both let a commitment go: `agreed_by` is the other peer. See `settle`.

    Before its due date this takes it out of follow-through; from that day on it still counts, and the
    receipt's note says so.
    """
    return settle(journal, commitment_id, "released", on=on, reason=reason, agreed_by=agreed_by)


def void(journal: Journal, commitment_id: str, *, on: date, reason: str | None = None) -> Receipt:
    """Say that a commitment became impossible: nobody's doing, counted nowhere. See `settle`."""
    return settle(journal, commitment_id, "void", on=on, reason=reason)


def settle(
    journal: Journal,
    commitment_id: str,
    outcome: str,
    *,
    on: date,
    closed_on: date | None = None,
    reason: str | None = None,
    fraction: float | None = None,
    agreed_by: str | None = None,
    obstacle_came: bool | None = None,
    plan_fired: bool | None = None,
) -> Receipt:
    """Add the entry that settles a commitment. Its state is checked in the same transaction.

    Of one that came from the other peer only the outcome is kept, as acknowledged: they settle it themselves.

    Args:
        journal: Where it is written.
        commitment_id: The whole id; `find` turns a short one into it.
        outcome: kept, partly, missed, released or void.
        on: Today.
        closed_on: The day it happened: from the promise to `on`, which is what it is when left out.
        reason: A word about it. Needed when the commitment was settled before.
        fraction: How much of it was done, 0 to 1; with partly, and only then.
        agreed_by: The other peer, with released.
        obstacle_came: The likely obstacle named at the promise came.
        plan_fired: The if–then plan was used.

    Raises:
        LedgerError: If the id is unknown, the commitment was settled before and no reason is given, or
            a value is out of its bounds.
    """
    if outcome not in SETTLED:
        msg = f"Unknown outcome {outcome!r}. A commitment can become: {', '.join(SETTLED)}."
        raise LedgerError(msg)
    if (fraction is not None) != (outcome == "partly"):
        msg = "A fraction goes with partly, and only with it. Give 0 to 1, as in 0.5 for half."
        raise LedgerError(msg)
    _check_share("The fraction", fraction)
    with journal.writing() as writer:
        state = _state(writer, commitment_id)
        if state["is_of_other"]:
            return _acknowledge(writer, state, outcome)
        closed_on = closed_on or on
        _check_settle(state, commitment_id, closed_on=closed_on, on=on, reason=reason)
        if outcome == "released" and agreed_by in (None, "", state["peer"]):
            msg = "Letting go takes both: agreed_by is the other peer. Alone, say what became of it instead."
            raise LedgerError(msg)
        row = {
            "commitment_id": commitment_id,
            "pair_id": state.get("pair_id"),
            "outcome": outcome,
            "closed_on": closed_on,
            # An outcome does not inherit the reason of a former one, or of a moved date.
            "reason": reason if reason is not None or not state.get("reason") else "",
            "fraction": fraction,
            "agreed_by": agreed_by,
            "obstacle_came": obstacle_came,
            "plan_fired": plan_fired,
            "visibility": state["visibility"],
        }
        added = writer.add("entries", row)
    return Receipt(commitment_id, added["row_id"], _note(outcome, state["judged_due_on"], closed_on))


SETTLED = ("kept", "partly", "missed", "released", "void")


def move(
    journal: Journal,
    commitment_id: str,
    due_on: date,
    *,
    on: date,
    agreed_by: str | None = None,
    reason: str | None = None,
) -> Receipt:
    """Give an open commitment another due date, on or after today (`on`).

    Moved before it passed, the new date is the one it is judged by; later, it stays a slip, and the
    receipt's note says so. After three moves the note asks: smaller, or let go?

    Raises:
        LedgerError: If the id is unknown, the commitment is settled, or the date lies before today or
            more than ten years ahead.
    """
    with journal.writing() as writer:
        state = _own_state(writer, commitment_id, "moves it")
        if state["outcome"] != "open":
            msg = f"Commitment {commitment_id} is {state['outcome']}. Reopen it first, or promise a new one."
            raise LedgerError(msg)
        if due_on < on:
            msg = f"The new date {due_on} lies before today, {on}. Choose a day from today on."
            raise LedgerError(msg)
        _check_due(due_on, made_on=on)
        row = {
            "commitment_id": commitment_id,
            "pair_id": state.get("pair_id"),
            "due_on": due_on,
            "agreed_by": agreed_by,
            "reason": reason,
            "visibility": state["visibility"],
        }
        added = writer.add("entries", row)
    judged, moves = state["judged_due_on"], state["moves"] + (state.get("due_on") not in (None, due_on))
    notes = []
    if judged is not None and on > judged:
        notes.append(f"It was due on {judged}, and is still judged by the date agreed in time.")
    if moves >= MANY_MOVES and moves > state["moves"]:
        notes.append(f"This is move {moves}. Would a smaller promise serve better, or letting it go?")
    return Receipt(commitment_id, added["row_id"], " ".join(notes))


def reopen(journal: Journal, commitment_id: str, *, reason: str) -> Receipt:
    """Take back an outcome: the commitment is open again. What was said before stays in the ledger.

    Of one that came from the other peer, what was acknowledged is taken back; their outcome stands.

    Raises:
        LedgerError: If the id is unknown, the commitment is open, or no reason is given; of the other peer's, if
            nothing was acknowledged.
    """
    if not reason.strip():
        msg = "Taking an outcome back needs a reason. One word is enough."
        raise LedgerError(msg)
    with journal.writing() as writer:
        state = _state(writer, commitment_id)
        if state["is_of_other"] and has_acknowledged(state):
            return _acknowledge(writer, state, "open")
        _check_own(state, commitment_id, "reopens it")
        if state["outcome"] == "open":
            msg = f"Commitment {commitment_id} is open already. Nothing was changed."
            raise LedgerError(msg)
        row = {
            "commitment_id": commitment_id,
            "pair_id": state.get("pair_id"),
            "outcome": "open",
            "reason": reason,
            "visibility": state["visibility"],
        }
        added = writer.add("entries", row)
    return Receipt(commitment_id, added["row_id"])


def set_visibility(journal: Journal, commitment_id: str, visibility: str) -> Receipt:
    """Say who may see a commitment from now on. Where it is so already, nothing is added.

    Made shared, its whole state is said again in one shared row: what earlier private rows say besides stays
    private. Made private again, nobody else is told more of it; the receipt's note says what that cannot undo.

    Args:
        journal: Where it is written.
        commitment_id: The whole id; `find` turns a short one into it.
        visibility: "private" or "shared".

    Raises:
        LedgerError: If the id or the visibility is unknown, or the commitment came from the partner: who may see
            it is for whoever wrote it down.
    """
    _check_visibility(visibility)
    with journal.writing() as writer:
        state = _state(writer, commitment_id)
        rows = writer.rows("entries", commitment_id=commitment_id)
        writer_of = (first_row(rows) or rows[0])["author"]
        if journal.author and writer_of != journal.author:
            msg = (
                f"Commitment {commitment_id} was written down by {writer_of}, who alone says who may see it."
            )
            raise LedgerError(msg)
        if state["visibility"] == visibility:
            return Receipt(commitment_id, rows[-1]["row_id"])
        kept = _RESTATED if visibility == "shared" else ("commitment_id", "pair_id")
        row = {name: state[name] for name in kept if state.get(name) is not None}
        added = writer.add("entries", {**row, "visibility": visibility})
    return Receipt(commitment_id, added["row_id"], WAS_SHARED if visibility == "private" else "")


# What the other peer confirms is theirs to say, and no part of what is said again.
_RESTATED = tuple(
    name
    for name in TABLES["entries"]
    if name not in ("row_id", "recorded_at", "author", "visibility", "acknowledged")
)


def usual_visibility(journal: Journal, peer: str) -> str | None:
    """Return who may see a peer's commitment of a session, as chosen the last time; None before the first."""
    rows = [row for row in journal.rows("entries", peer=peer) if row["session_id"] is not None]
    if not rows:
        return None
    return str(known(journal.rows("entries", commitment_id=rows[-1]["commitment_id"]))["visibility"])


def add_detail(journal: Journal, commitment_id: str, **details: Any) -> Receipt:
    """Add what became known of a commitment beside its outcome: a reason, or whether the obstacle came.

    Args:
        journal: Where it is written.
        commitment_id: The whole id.
        **details: reason, obstacle_came, plan_fired, fraction (0 to 1, of one kept in part).

    Raises:
        LedgerError: If the id or a detail is unknown, or a fraction is given of another outcome.
    """
    unknown = sorted(set(details) - {"reason", "obstacle_came", "plan_fired", "fraction"})
    if unknown:
        msg = f"A settled commitment takes no {', '.join(unknown)}. It takes: reason, obstacle_came, plan_fired, fraction."
        raise LedgerError(msg)
    _check_share("The fraction", details.get("fraction"))
    with journal.writing() as writer:
        state = _own_state(writer, commitment_id, "says more of it")
        if "fraction" in details and state["outcome"] != "partly":
            msg = f"Commitment {commitment_id} is {state['outcome']}; a fraction goes with partly."
            raise LedgerError(msg)
        row = {
            "commitment_id": commitment_id,
            "pair_id": state.get("pair_id"),
            "visibility": state["visibility"],
        }
        added = writer.add("entries", {**row, **details})
    return Receipt(commitment_id, added["row_id"])


def find(journal: Journal, short_id: str) -> str:
    """Return the one commitment's id that begins with `short_id` (letters in either case).

    Raises:
        LedgerError: If none does, or more than one.
    """
    ids: list[str] = [key for (key,) in known_by(journal.rows("entries"), "commitment_id")]
    found = [key for key in ids if short_id and key.startswith(short_id.lower())]
    if len(found) == 1:
        return found[0]
    if found:
        msg = (
            f"{len(found)} commitments begin with {short_id!r}: {', '.join(found[:5])}. Give more of the id."
        )
    else:
        msg = f"No commitment begins with {short_id!r}. `peerkit status` lists the open ones with their ids."
    raise LedgerError(msg)


def _acknowledge(writer: Writer, state: Row, outcome: str) -> Receipt:
    row = {
        "commitment_id": state["commitment_id"],
        "pair_id": state.get("pair_id"),
        "acknowledged": outcome,
        # Only its owner says who may see a commitment; what came from them may go back to them.
        "visibility": "shared",
    }
    added = writer.add("entries", row)
    peer = state["peer"]
    note = in_words({**state, "acknowledged": outcome}, me=writer.journal.author, other=peer)
    if outcome == "open":
        note = f"What you said of it is taken back; {peer}'s own word stands."
    elif state["outcome"] == "open":
        note += f" It is {peer}'s to settle."
    return Receipt(state["commitment_id"], added["row_id"], note, is_acknowledgement=True)


def _check_own(state: Row, commitment_id: str, what: str) -> None:
    if state["is_of_other"]:
        peer = state["peer"]
        msg = f"Commitment {commitment_id} is {peer}'s: only {peer} {what}. Talk about it, and {peer} does it in their own journal."
        raise LedgerError(msg)


def _own_state(writer: Writer, commitment_id: str, what: str) -> Row:
    state = _state(writer, commitment_id)
    _check_own(state, commitment_id, what)
    return state


def _state(writer: Writer, commitment_id: str) -> Row:
    rows = writer.rows("entries", commitment_id=commitment_id)
    if first_row(rows) is None:
        msg = f"No commitment {commitment_id} in this journal. `peerkit status` lists the open ones."
        raise LedgerError(msg)
    return {
        **known(rows),
        **_due_dates(writer.journal, rows),
        "made_on": writer.journal.day_of(rows[0]["recorded_at"]),
        "is_of_other": owner_of(rows) not in (None, writer.journal.author),
    }


def _due_dates(journal: Journal, rows: list[Row]) -> Row:
    """Return the judged due date and the moves of one commitment: the rule of `fold`, for a few rows.

    Building a table would cost more than the write; a test holds both to the same answer.
    """
    judged, latest, moves, has_slipped = None, None, 0, False
    for row in rows:
        if row["due_on"] is None or row["due_on"] == latest:
            continue
        moves += latest is not None
        # Once a date was moved after it had passed, it stays the judged one.
        has_slipped = has_slipped or (judged is not None and journal.day_of(row["recorded_at"]) > judged)
        latest = row["due_on"]
        judged = judged if has_slipped else latest
    return {"judged_due_on": judged, "moves": moves}


def _check_settle(state: Row, commitment_id: str, *, closed_on: date, on: date, reason: str | None) -> None:
    if state["outcome"] != "open" and not (reason or "").strip():
        msg = (
            f"Commitment {commitment_id} is already {state['outcome']}, since {state.get('closed_on')}."
            " To correct that, give a reason."
        )
        raise LedgerError(msg)
    if not state["made_on"] <= closed_on <= on:
        msg = f"The day {closed_on} lies outside {state['made_on']} (promised) to {on} (today). Choose a day between."
        raise LedgerError(msg)


def _check_visibility(visibility: str) -> None:
    if visibility not in VISIBILITIES:
        msg = f"Unknown visibility {visibility!r}. Use one of: {', '.join(VISIBILITIES)}."
        raise LedgerError(msg)


def _check_share(name: str, share: float | None) -> None:
    if share is not None and not 0 <= share <= 1:
        msg = f"{name} is {share}; it lies between 0 and 1. Write 0.5 for half."
        raise LedgerError(msg)


def _check_due(due_on: date | None, *, made_on: date) -> None:
    if due_on is not None and due_on < made_on:
        msg = f"The due date {due_on} lies before the promise, {made_on}. Choose that day or a later one."
        raise LedgerError(msg)
    if due_on is not None and due_on > made_on + TEN_YEARS:
        msg = f"The due date {due_on} is more than ten years away. Check the year."
        raise LedgerError(msg)


def _note(outcome: str, due_on: date | None, closed_on: date) -> str:
    if outcome == "released" and due_on is not None and closed_on >= due_on:
        return f"It was due on {due_on}, so it still counts in follow-through. Let go before that day, it does not."
    return ""
