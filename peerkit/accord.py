"""Two keys to a commitment: its owner says what became of it, and the other what they think of that.

Nobody settles what the other promised. Where the two differ, that is something to talk about, and no judgement.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from peerkit.schema import OUTCOMES, Row, known

if TYPE_CHECKING:
    from peerkit.journal import Journal

IN_WORDS = {
    "kept": "kept",
    "partly": "partly kept",
    "missed": "missed",
    "released": "let go",
    "void": "impossible",
}
_OF_ACKNOWLEDGEMENT = {
    *("row_id", "recorded_at", "author", "visibility", "commitment_id", "pair_id", "acknowledged"),
}


@dataclass(frozen=True)
class Accord:
    """How the words of the two stand to each other, for one commitment.

    Args:
        is_theirs: It came from the other peer, who alone settles it.
        standing: As `standing` says.
        said: A sentence; blank where there is nothing to tell.
    """

    is_theirs: bool
    standing: str
    said: str


def accords(journal: Journal, peers: Collection[str]) -> dict[str, Accord]:
    """Return the accord of each commitment that came from the other peer, or of which they have said something.

    Args:
        journal: One's own.
        peers: The pair.
    """
    other = next((peer for peer in peers if peer != journal.author), "")
    ids = {row["commitment_id"] for row in journal.rows("entries", author=other)}
    by_id: dict[str, list[Row]] = {}
    for row in journal.rows("entries", commitment_id=ids) if ids else ():
        by_id.setdefault(row["commitment_id"], []).append(row)
    found = {}
    for name, rows in by_id.items():
        state = known(rows)
        if state.get("peer") and state.get("outcome"):
            said = in_words(state, me=journal.author, other=other)
            found[name] = Accord(owner_of(rows) == other, standing(state), said)
    return found


def says_only_acknowledged(row: Mapping[str, Any]) -> bool:
    """Return whether a row of the ledger holds nothing but what the other peer says of a commitment."""
    told = {name for name, value in row.items() if value is not None}
    return "acknowledged" in told and told <= _OF_ACKNOWLEDGEMENT


def first_row(rows: Iterable[Row]) -> Row | None:
    """Return the row with which a commitment was made: the first, in order, that says more than acknowledged."""
    return next((row for row in rows if not says_only_acknowledged(row)), None)


def owner_of(rows: Sequence[Row]) -> str | None:
    """Return who alone settles a commitment: the peer who promised it for themselves.

    None where one peer wrote it down for the other: such a one stays in the journal that it was written in.
    """
    first = first_row(rows)
    return first["author"] if first is not None and known(rows).get("peer") == first["author"] else None


def has_acknowledged(state: Mapping[str, Any]) -> bool:
    """Return whether the peer who does not own a commitment has said what became of it."""
    return _is_settled(state.get("acknowledged"))


def standing(state: Mapping[str, Any]) -> str:
    """Return how the words of the two stand to each other, for a commitment's state.

    Returns:
        "reported": its owner has said what became of it, the other not yet; "acknowledged": both say the same;
        "differs": they do not, or only the other has said something; blank while neither has.
    """
    if not has_acknowledged(state):
        return "reported" if _is_settled(state.get("outcome")) else ""
    return "acknowledged" if state["acknowledged"] == state["outcome"] else "differs"


def in_words(state: Mapping[str, Any], *, me: str, other: str) -> str:
    """Return how the words of the two stand to each other as a sentence; blank where there is nothing to tell.

    Args:
        state: Of a commitment.
        me: Who reads it.
        other: The other peer.

    Example:
        >>> in_words({"peer": "Jonas", "outcome": "kept", "acknowledged": "missed"}, me="Amara", other="Jonas")
        'Jonas says kept, you say missed: something to talk about.'
    """
    is_mine = state["peer"] == me
    owner, second = ("You say", f"{other} says") if is_mine else (f"{other} says", "you say")
    told, answered = (IN_WORDS.get(state.get(name) or "", "") for name in ("outcome", "acknowledged"))
    if not has_acknowledged(state):
        return f"{owner} {told}." if told and not is_mine else ""
    if not told:
        return f"{second[0].upper()}{second[1:]} {answered}; {'you have' if is_mine else f'{other} has'} not said yet."
    if told == answered:
        return f"You both say {told}."
    return f"{owner} {told}, {second} {answered}: something to talk about."


def _is_settled(outcome: str | None) -> bool:
    return outcome in OUTCOMES and outcome != "open"
