"""What is told of a bundle: how much is in it, and never what."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from peerkit.accord import says_only_acknowledged
from peerkit.schema import Row


@dataclass(frozen=True)
class Counts:
    """So many sessions, answers and commitments, acknowledgements, and things that are forgotten or taken back."""

    sessions: int = 0
    answers: int = 0
    commitments: int = 0
    acknowledgements: int = 0
    forgotten: int = 0

    @property
    def total(self) -> int:
        """How many things it is in all."""
        return sum(asdict(self).values())

    def in_words(self) -> str:
        """Return the counts as part of a sentence; "nothing new" where there is nothing."""
        told = [
            f"{number} {name.removesuffix('s') if number == 1 and name != 'forgotten' else name}"
            for name, number in asdict(self).items()
            if number
        ]
        return ", ".join(told) or "nothing new"


def count(rows: dict[str, list[Row]]) -> Counts:
    """Return how many things these rows tell of; an acknowledgement is one of a commitment of the other's."""
    entries = rows.get("entries", [])
    acknowledged = {row["commitment_id"] for row in entries if says_only_acknowledged(row)}
    told = {row["commitment_id"] for row in entries if not says_only_acknowledged(row)}
    return Counts(
        sessions=_number(rows, "sessions", "session_id"),
        answers=_number(rows, "answers", "session_id", "phase", "prompt", "author"),
        commitments=len(told),
        acknowledgements=len(acknowledged),
        forgotten=_number(rows, "tombstones", "kind", "key"),
    )


def _number(rows: dict[str, list[Row]], table: str, *columns: str) -> int:
    things: set[Any] = {tuple(row[column] for column in columns) for row in rows.get(table, [])}
    return len(things)
