"""What `peerkit digest` does and says: one digest for each slot, and for a second call when it was made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from peerkit import digest
from peerkit.journal import Journal
from peerkit.own_file import write_own
from peerkit.workspace import Workspace


def run(
    place: Workspace, journal: Journal, *, eml: Path | None, again: bool
) -> tuple[dict[str, Any], str | None]:
    """Return the digest of the next session, and the day on which it was made before; None where it is now.

    Args:
        place: The workspace.
        journal: Its journal.
        eml: Where it is written as a letter, unless it was made before.
        again: Make it also where it was made before.

    Raises:
        PeerkitError: As `digest.digest`; or if the letter cannot be written, and then nothing is remembered.
    """
    said = digest.digest(place, journal, today=journal.today())

    def write() -> None:
        if eml is not None:
            now = digest.in_zone(journal.moment(), place.time_zone)
            write_own(eml, digest.as_letter(said, me=place.me, now=now), mark=digest.MARK)

    return said, digest.make_once(place, journal, said, again=again, make=write)


def in_words(said: dict[str, Any], was_made: str | None) -> str:
    """Return the digest as text, or when it was made."""
    if was_made is None:
        return digest.in_words(said)
    held_on = said["session"]["held_on"]
    return f"The digest for {held_on} was made on {was_made}. For another one: peerkit digest --again\n"
