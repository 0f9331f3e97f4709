"""What a form or sheet shows of the agreement: its wording, who has signed it, and what it is not."""

from __future__ import annotations

from pathlib import Path

from peerkit import agreement
from peerkit.errors import TemplateError
from peerkit.journal import Journal
from peerkit.schema import Row
from peerkit.templates import sheet


def shown(journal: Journal, peers: tuple[str, str]) -> Row:
    """Return the agreement as plain data.

    Returns:
        `holds`: the version in force in one line, or blank; `waits`: who has not signed the wording as it
        stands; `signed`: who has, with the day; `versions`: one sentence each; `scope`, and `link`; `digest`: of the wording shown.
    """
    terms = agreement.draft(journal)
    made = agreement.versions(journal)
    waits = agreement.waits_for(journal, peers)
    holds = agreement.in_force(journal, peers)
    now = agreement.standing(journal, peers)
    return {
        "holds": agreement.in_one_line(holds, peers) if holds else "",
        "is_whole": holds is not None and not waits,
        "waits": waits if terms else sorted(peers),
        "signed": [{"peer": peer, "on": str(day)} for peer, day in sorted(now.signed.items())] if now else [],
        "versions": [_sentence(one, peers) for one in made],
        "scope": agreement.SCOPE,
        "link": str(terms.get("help-link", "")),
        "digest": agreement.wording(journal, peers),
    }


def followed(agreed: agreement.Agreement | None, *, folder: Path) -> Row:
    """Return what promises and their review follow of the agreement that holds.

    Args:
        agreed: That agreement; None where none holds.
        folder: The workspace's own templates.

    Returns:
        `ways` to choose from, by which a commitment may be held, those of the sheet where none were agreed on;
        `is_agreed`; `after_miss`: the rule and what leads; `stakes`: what is due then, by peer.
    """
    return {
        "ways": agreed.ways if agreed and agreed.ways else _usual_ways(folder),
        "is_agreed": agreed is not None,
        "after_miss": agreed.after_miss if agreed else {"rule": "", "leads": ""},
        "stakes": agreed.stakes if agreed else {},
    }


def _usual_ways(folder: Path) -> list[str]:
    try:
        shape = sheet(agreement.SHEET, folder=folder)
    except TemplateError:
        # One's own that is half-edited must not stand in the way of tonight's session.
        shape = sheet(agreement.SHEET)
    return [way for phase in shape.phases for one in phase.prompts if one.id == "ways" for way in one.options]


def _sentence(one: agreement.Agreement, peers: tuple[str, str]) -> str:
    signed = ", ".join(f"{peer} on {day}" for peer, day in sorted(one.signed.items()))
    waiting = [peer for peer in sorted(peers) if peer not in one.signed]
    return f"Version {one.version}: signed by {signed}{f'; not by {waiting[0]}' if waiting else ''}."
