"""What a phase is told from elsewhere, in a line or two: the agreement, the map, the help asked for, the load."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from peerkit import agreement, ahead_behind, sessions
from peerkit.schema import Row, known_by
from peerkit.shapes import Phase, Prompt

if TYPE_CHECKING:
    from peerkit.guide.room import Room

# A mood of so little, twice running, is no diagnosis; it is a reason to say what peer coaching is not.
VERY_LOW = 2
# More promises than this in one session get one remark.
MANY_PROMISES = 3


def of(room: Room, phase: Phase) -> list[Row]:
    """Return the hints of a phase, each {"text", "lines"}; most phases have none."""
    found: list[Row | None] = []
    is_apart = room.session.floor == "apart"
    if phase == room.template.phases[0] and not is_apart:
        found += [_agreed(room), _swapped(room), _scope(room)]
    if is_apart and any(prompt.kind == "review" for prompt in phase.prompts):
        found.append(_no_show(room))
    if any(prompt.kind == "review" for prompt in phase.prompts):
        found.append(_after_miss(room))
    found.append(_asked_for(room, phase))
    if any(prompt.by for prompt in phase.prompts):
        found.append(_map(room, phase))
    if any(prompt.kind == "commitments" for prompt in phase.prompts):
        found.append(_load(room))
    return [hint for hint in found if hint is not None]


def _hint(text: str, lines: Sequence[str] = ()) -> Row:
    return {"text": text, "lines": list(lines)}


def _agreed(room: Room) -> Row | None:
    peers, agreed = room.session.peers, room.agreed()
    waits = agreement.waits_for(room.journal, peers)
    if agreed is not None:
        newer = f"A newer wording waits for {' and '.join(waits)}." if waits else ""
        return _hint(agreement.in_one_line(agreed, peers), [newer] if newer else [])
    if room.session.floor == "nobody":
        # They meet about themselves: a first meeting makes one, and an ending needs none.
        return None
    if len(waits) == 1:
        return _hint(f"Your agreement does not hold yet: {waits[0]} has not signed it.")
    return _hint(
        "The two of you have no agreement yet. A first meeting makes one, and the guide then follows it."
    )


def _swapped(room: Room) -> Row | None:
    focus = room.session.focus
    return (
        _hint(f"You have swapped the roles for today, by consent: {focus} has the floor.")
        if room.session.swapped
        else None
    )


def _scope(room: Room) -> Row | None:
    """Say what peer coaching is not, where somebody's mood is very low now and was when they last told it."""
    held = [one.session_id for one in sessions.list_sessions(room.journal) if one.took_place]
    here = held.index(room.session.session_id) if room.session.session_id in held else 0
    moods = _moods(room, held[: here + 1])
    now = moods.pop(room.session.session_id, {})
    # Of each peer the newest: a session in which nobody asked for it lies between no two moods.
    before = {peer: mood for one in held[:here] for peer, mood in moods.get(one, {}).items()}
    if not any(mood <= VERY_LOW and before.get(peer, 10) <= VERY_LOW for peer, mood in now.items()):
        return None
    link = str(agreement.draft(room.journal).get("help-link", ""))
    return _hint(agreement.SCOPE, [f"Where help is to be found: {link}"] if link else [])


def _moods(room: Room, held: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return the mood that each peer told, by session."""
    told: dict[str, dict[str, int]] = {}
    rows = [row for row in room.journal.rows("answers", prompt="mood") if row["session_id"] in held]
    for (session_id, author), state in known_by(rows, "session_id", "author").items():
        if _may_be_told(room, author, state) and state.get("value") in range(11):
            told.setdefault(session_id, {})[author] = state["value"]
    return told


def _no_show(room: Room) -> Row | None:
    agreed = room.agreed()
    rule = agreed.term("no-show") if agreed else ""
    return _hint(f"You agreed on this: {rule}.") if rule else None


def _after_miss(room: Room) -> Row | None:
    agreed = room.agreed()
    if agreed is None or not agreed.after_miss["rule"]:
        return None
    stakes = [f"For {peer}: {stake}" for peer, stake in sorted(agreed.stakes.items())]
    return _hint(f"After a miss you agreed on: {agreed.after_miss['rule']}.", stakes)


def _asked_for(room: Room, phase: Phase) -> Row | None:
    """Return what the focus person asked for, with the coach's prompts for it."""
    told = sessions.answers(room.journal, room.session.session_id)
    if any(prompt.id == "help-given" for prompt in phase.prompts):
        # Both, where each had the floor in turn.
        said = [_wish(room, place, prompt, told) for place, prompt in _asked_before(room, phase)]
        words = [f"{peer} asked for this: {wish}." for peer, wish in said if wish]
        return _hint(" ".join(words)) if words else None
    found = room.template.before(phase, "help")
    if found is None or not phase.when_asked:
        return None
    focus, asked = _wish(room, *found, told)
    if not asked:
        return None
    lines = phase.when_asked.get(asked, ())
    said_once = f"{focus} asked for this: {asked}."
    return _hint(f"{said_once} For {room.roles(found[0])[1]}:" if lines else said_once, lines)


def _asked_before(room: Room, phase: Phase) -> list[tuple[Phase, Prompt]]:
    phases = room.template.phases
    earlier = phases[: phases.index(phase)]
    return [(place, prompt) for place in earlier for prompt in place.prompts if prompt.kind == "help"]


def _wish(
    room: Room, phase: Phase, prompt: Prompt, told: Mapping[tuple[str, str, str], Row]
) -> tuple[str, str]:
    """Return who had the floor in a phase, and the kind of help that they asked for; blank where none."""
    focus, _ = room.roles(phase)
    state = told.get((phase.id, prompt.id, focus), {})
    asked = state.get("value") if _may_be_told(room, focus, state) else None
    return focus, asked if isinstance(asked, str) else ""


def _may_be_told(room: Room, author: str, state: Row) -> bool:
    """Return whether a hint may rest on an answer: on one's own, and on what the partner shares."""
    return author == room.workspace.me or state.get("visibility") == "shared"


def _map(room: Room, phase: Phase) -> Row | None:
    focus, coach = room.roles(phase)
    told = sessions.answers(room.journal, room.session.session_id)
    areas = [
        state.get("value")
        for (_, prompt, author), state in told.items()
        if prompt == "area" and author == focus
    ]
    said = ahead_behind.hint(room.journal, str(areas[-1]), focus=focus, coach=coach) if areas else ""
    return _hint(said) if said else None


def _load(room: Room) -> Row | None:
    ids = {row["commitment_id"] for row in room.journal.rows("entries", session_id=room.session.session_id)}
    if len(ids) <= MANY_PROMISES:
        return None
    # Void ones are left out, as in `measures.load`, for which a form would have to wait for pandas.
    states = known_by(room.journal.rows("entries", commitment_id=ids), "commitment_id").values()
    made = sum(state.get("outcome") != "void" for state in states)
    if made <= MANY_PROMISES:
        return None
    kept = _kept_by_load(room.journal.commitments(as_of=room.today()), as_of=room.today())
    return _hint(f"That makes {made} promises in this session. Is one of them for another week?", kept)


def _kept_by_load(commitments: Any, *, as_of: date) -> list[str]:
    """Return what the pair kept of sessions with few and with many promises; nothing where neither is known."""
    from peerkit.measures import follow_through_by_load, wilson  # here, because it loads pandas

    table = follow_through_by_load(commitments, as_of=as_of)
    said = []
    for words, part in (
        (f"With up to {MANY_PROMISES} promises in a session", table[table["load"] <= MANY_PROMISES]),
        ("With more", table[table["load"] > MANY_PROMISES]),
    ):
        kept, n = int(part["kept"].sum()), int(part["n"].sum())
        if n:
            low, high = (float(end) for end in wilson(kept, n))
            said.append(
                f"{words} you kept {kept} of {n} ({kept / n:.0%}, 95 % interval {low:.0%} to {high:.0%})."
            )
    return said
