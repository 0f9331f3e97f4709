"""The pair's agreement: its terms as they stand, the versions that were signed, and the one that holds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from peerkit.errors import AgreementError
from peerkit.schema import Row, known_by
from peerkit.sessions import answers, write_answer
from peerkit.shapes import CADENCES, PAIR

if TYPE_CHECKING:
    from peerkit.journal import Journal

# Its answers are kept under this name, in the place of a session's id, and its signatures in this phase.
SHEET = "agreement"
SIGNED = "signed"
# Without these the guide could not follow it.
_NEEDED = {
    "cadence": "how often you meet",
    "ways": "how you hold each other accountable",
    "after-miss": "what happens after a miss",
}
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# What Keep faith puts first after a miss, by the rule that was agreed; by any other the person chooses.
_AFTER_MISS = {
    "the same promise again, once, with a new day": "same",
    "a smaller promise in its place": "smaller",
    "the stake that was chosen is due": "stake",
}

SCOPE = (
    "Peer coaching is two people who listen to each other and keep promises. It is no treatment, and does not take"
    " the place of a doctor or therapist. Where something weighs heavily for weeks, or frightens one of you,"
    " professional help exists; asking for it is a good step, and the other may go with you."
)


@dataclass(frozen=True)
class Agreement:
    """One version: what was agreed, and who signed it on which day.

    Args:
        version: 1 for the first wording that anybody signed.
        terms: The answers by the ids of the sheet `agreement`; of a term that each answers for themselves
            a dict by peer.
        signed: The day of each signature, by peer.
        digest: Of the terms and the version whose place they take; two versions differ in it.
    """

    version: int
    terms: Mapping[str, Any]
    signed: Mapping[str, date]
    digest: str

    @property
    def cadence_days(self) -> int:
        """Days from one slot to the next."""
        return CADENCES.get(self.term("cadence"), 7)

    @property
    def weekday(self) -> int | None:
        """The weekday of the slot, Monday is 0; None where it changes."""
        day = self.terms.get("weekday")
        return _WEEKDAYS.index(day) if day in _WEEKDAYS else None

    @property
    def heard_bar(self) -> int | None:
        """From which number on the focus person counts as heard; None where it was left out."""
        bar = self.terms.get("heard-bar")
        return bar if type(bar) is int and bar in range(11) else None

    @property
    def ways(self) -> list[str]:
        """How the two hold each other accountable."""
        ways = self.terms.get("ways")
        return [str(way) for way in ways] if isinstance(ways, list) else []

    @property
    def after_miss(self) -> dict[str, str]:
        """What happens after a miss: the rule in words, and what leads: same, smaller, stake, or nothing."""
        rule = self.term("after-miss")
        return {"rule": rule, "leads": _AFTER_MISS.get(rule, "")}

    @property
    def stakes(self) -> dict[str, str]:
        """What is due after a miss, by peer; nothing where the two agreed on another rule."""
        return self.each("stake") if self.after_miss["leads"] == "stake" else {}

    def term(self, name: str) -> str:
        """Return a term as one text; blank where it was left out."""
        value = self.terms.get(name, "")
        return value if isinstance(value, str) else ""

    def each(self, name: str) -> dict[str, str]:
        """Return a term that each answers for themselves, by peer; nothing where it was left out."""
        value = self.terms.get(name)
        told = value.items() if isinstance(value, dict) else ()
        return {peer: said for peer, said in told if isinstance(said, str)}


def draft(journal: Journal) -> dict[str, Any]:
    """Return the terms as they stand, signed or not; what was left empty, or one peer keeps to oneself, is left out."""
    terms: dict[str, Any] = {}
    for (phase, term, author), state in sorted(answers(journal, SHEET).items()):
        value = state.get("value")
        if phase == SIGNED or value in (None, "", [], {}) or state["visibility"] == "private":
            continue
        if author == PAIR:
            terms[term] = value
        elif isinstance(told := terms.setdefault(term, {}), dict):
            told[author] = value
    return terms


def sign(
    journal: Journal, peer: str, peers: tuple[str, str], *, on: date, digest: str | None = None
) -> Agreement:
    """Sign the terms as they stand, for one peer, and return that version. Signing twice changes nothing.

    A former wording that comes back is a new version: it holds when both have signed it again.

    Args:
        journal: Where it is written.
        peer: Who signs.
        peers: The pair.
        on: The day.
        digest: Of the wording that was read (`wording`): only that one is signed. None signs whatever stands.

    Raises:
        AgreementError: If the peer is not of this pair, the terms are no longer those that were read, or they
            leave out what the guide has to follow, or hold what it cannot.
    """
    if peer not in peers:
        msg = f"{peer!r} is not of this pair. Sign as one of: {', '.join(peers)}."
        raise AgreementError(msg)
    with journal.writing():
        terms = draft(journal)
        stands = _digest(terms, in_force(journal, peers))
        if digest not in (None, stands):
            msg = "The wording was changed elsewhere; read it again as it stands now, then sign."
            raise AgreementError(msg)
        _check(terms, peers)
        signed = _version(journal, stands)
        if signed is None or peer not in signed.signed:
            write_answer(
                journal,
                SHEET,
                phase=SIGNED,
                prompt=stands,
                author=peer,
                value={"terms": terms, "on": str(on)},
                revision=0,
                visibility="shared",
            )
        return next(one for one in versions(journal) if one.digest == stands)


def versions(journal: Journal) -> list[Agreement]:
    """Return every wording that anybody signed, in the order of first signatures."""
    made: dict[str, Agreement] = {}
    for row in _signatures(journal):
        digest, value = row["prompt"], row["value"]
        before = made.get(digest) or Agreement(len(made) + 1, value["terms"], {}, digest)
        signed = {**before.signed, row["author"]: date.fromisoformat(value["on"])}
        made[digest] = Agreement(before.version, before.terms, signed, digest)
    return list(made.values())


def in_force(journal: Journal, peers: tuple[str, str]) -> Agreement | None:
    """Return the version that holds: the one that both signed last; None where none was signed by both."""
    both = [one for one in versions(journal) if set(peers) <= set(one.signed)]
    completed = {row["prompt"]: number for number, row in enumerate(_signatures(journal))}
    return max(both, key=lambda one: completed[one.digest], default=None)


def usual_way(journal: Journal, peers: tuple[str, str]) -> str | None:
    """Return how a commitment is held where nothing else was said: the first way agreed on; None without one."""
    agreed = in_force(journal, peers)
    return agreed.ways[0] if agreed is not None and agreed.ways else None


def waits_for(journal: Journal, peers: tuple[str, str]) -> list[str]:
    """Return who has not signed the terms as they stand; nobody where there are none."""
    if not draft(journal):
        return []
    now = standing(journal, peers)
    return [peer for peer in sorted(peers) if now is None or peer not in now.signed]


def standing(journal: Journal, peers: tuple[str, str]) -> Agreement | None:
    """Return the version of the terms as they stand; None where nobody has signed them."""
    return _version(journal, wording(journal, peers))


def wording(journal: Journal, peers: tuple[str, str]) -> str:
    """Return the digest of the terms as they stand: what whoever reads them now can sign."""
    return _digest(draft(journal), in_force(journal, peers))


def in_one_line(agreed: Agreement, peers: tuple[str, str]) -> str:
    """Return an agreement as the line that is read at Arrive."""
    times, zones = agreed.each("time"), agreed.each("zone")
    clocks = [f"{times[peer]} {zones.get(peer, '')}".strip() for peer in sorted(peers) if times.get(peer)]
    day = agreed.term("weekday") if agreed.weekday is not None else ""
    slot = " ".join(part for part in (agreed.term("cadence"), f"on {day}" if day else "") if part)
    after = agreed.after_miss["rule"]
    parts = [
        slot + (f" at {' / '.join(dict.fromkeys(clocks))}" if clocks else ""),
        f"we hold each other by {', '.join(agreed.ways)}" if agreed.ways else "",
        f"after a miss: {after}" if after else "",
    ]
    return f"Our agreement, version {agreed.version}: {'; '.join(part for part in parts if part)}."


def _signatures(journal: Journal) -> list[Row]:
    """Return one row per signature, in the order given."""
    rows = journal.rows("answers", session_id=SHEET, phase=SIGNED)
    return [row for row in known_by(rows, "prompt", "author").values() if _is_whole(row)]


def _is_whole(row: Row) -> bool:
    """Return whether a signature can be read; in a journal from elsewhere anything may stand in its place."""
    try:
        date.fromisoformat(row["value"]["on"])
        return isinstance(row["value"]["terms"], dict) and "prompt" in row
    except (KeyError, TypeError, ValueError):
        return False


def _version(journal: Journal, digest: str) -> Agreement | None:
    return next((one for one in versions(journal) if one.digest == digest), None)


def _digest(terms: Mapping[str, Any], holds: Agreement | None) -> str:
    """Return the digest of terms, and of those that they take the place of: a wording may come back."""
    if holds is not None and holds.terms == terms:
        return holds.digest
    told = json.dumps([terms, holds.digest if holds else ""], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def _check(terms: Mapping[str, Any], peers: tuple[str, str]) -> None:
    told = Agreement(0, terms, {}, "")
    said = {"cadence": told.term("cadence"), "ways": told.ways, "after-miss": told.term("after-miss")}
    left_out = [words for term, words in _NEEDED.items() if not said[term]]
    if left_out:
        msg = f"Before you sign, say {', and '.join(left_out)}. The guide follows it from then on."
        raise AgreementError(msg)
    if told.term("cadence") not in CADENCES:
        msg = f"The guide cannot follow how often you meet. Choose one of: {', '.join(CADENCES)}."
        raise AgreementError(msg)
    silent = [peer for peer in peers if not told.stakes.get(peer, "").strip()]
    if told.after_miss["leads"] == "stake" and silent:
        msg = (
            f"After a miss a stake is due: say what it is for {' and '.join(silent)}, or choose another rule."
        )
        raise AgreementError(msg)
    zones = terms.get("zone", {})
    for peer, zone in (zones if isinstance(zones, dict) else {PAIR: zones}).items():
        try:
            ZoneInfo(str(zone).strip())
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            msg = f"The time zone of {peer} is none that this machine knows. Write it as in Europe/Lisbon, or leave it out."
            raise AgreementError(msg) from error
