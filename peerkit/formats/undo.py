"""The way back of an import: by further entries, for nothing is ever removed.

What the last import added becomes void, and what it changed says again what the ledger said before. What was
settled or moved here since is left alone. An entry's blank means unchanged, so a text can be emptied, but a
day, a number or a flag that an import was the first to say cannot be made blank again; and a due date that
is moved back has moved. So each commitment is folded before and after, and what differs is told.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from peerkit.errors import FormatError
from peerkit.formats.progress import Watch, unseen
from peerkit.formats.records import (
    ITEMS,
    RUNS,
    Record,
    add_records,
    add_run,
    entry_ids,
    grouped,
    histories,
    is_taken_back,
    pieces,
    record_of,
)
from peerkit.journal import Journal, Writer
from peerkit.ledger import TAKEN_BACK
from peerkit.schema import TABLES, Row, known, known_by

if TYPE_CHECKING:
    import pandas as pd

# What an entry says of its commitment, and not of itself.
_SAID = [name for name in TABLES["entries"] if name not in ("row_id", "recorded_at", "author")]
# What follows from the other columns of the fold, or tells of the entries and not of the commitment.
_FOLLOWS = ["author", "made_on", "first_due_on", "latest_due_on", "is_renegotiated", "is_due", "is_overdue"]


@dataclass
class TakenBack:
    """What taking an import back did.

    Args:
        removed: How many became void.
        restored: How many are as they were before.
        partly: How many were set back, but not wholly.
        left: How many were left as they are, because they were worked on since.
        stays: Of those that were not set back wholly, in how many a column of the fold differs; `moves` where
            a due date was moved there and back.
    """

    removed: int = 0
    restored: int = 0
    partly: int = 0
    left: int = 0
    stays: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Step:
    """One commitment on its way back.

    Args:
        name: The commitment.
        row: What is said of it; None where no entry is needed.
        record: What is kept beside it from now on.
        is_removed: Whether it becomes void.
        former: The entries that it had before the import, where that added one.
    """

    name: str
    row: Row | None
    record: Record
    is_removed: bool = False
    former: tuple[str, ...] = ()


def take_back(journal: Journal, *, watch: Watch = unseen) -> TakenBack:
    """Take the last import back that was not taken back yet, all of it or nothing; `watch` is shown how far it is.

    Raises:
        FormatError: If there is none.
    """
    done = TakenBack()
    with journal.writing() as writer:
        runs = known_by(journal.rows("answers", session_id=RUNS), "prompt")
        last = next((row for row in reversed(runs.values()) if not row["value"].get("taken_back")), None)
        if last is None:
            msg = "There is no import to take back. Begin with: peerkit import FILE"
            raise FormatError(msg)
        run = last["prompt"]
        names = [row["prompt"] for row in writer.each("answers", session_id=ITEMS, phase=run)]
        for some in pieces(watch(names, "Taking back", total=len(names))):
            _take_back(writer, run, set(some), done)
        add_run(writer, run, {**last["value"], "taken_back": True}, revision=2)
    return done


def _take_back(writer: Writer, run: str, names: set[str], done: TakenBack) -> None:
    kept = histories(writer.journal, names)
    entries = grouped(writer.rows("entries", commitment_id=names), "commitment_id")
    # One that was forgotten since has no entries any more.
    steps = [_step(name, entries[name], rows, run) for name, rows in kept.items() if name in entries]
    back = [step for step in steps if step is not None]
    ids = {row["commitment_id"]: row["row_id"] for row in writer.add_all("entries", _rows(back))}
    told = ((step.name, replace(step.record, row_id=ids.get(step.name))) for step in back)
    add_records(writer, f"undo-{run}", told)
    stays, n_partly = _differences(writer.journal, [step for step in back if step.former])
    done.removed += sum(step.is_removed for step in back)
    done.left += len(steps) - len(back)
    done.partly += n_partly
    done.restored += sum(not step.is_removed for step in back) - n_partly
    done.stays = dict(Counter(done.stays) + Counter(stays))


def _rows(steps: list[_Step]) -> list[Row]:
    return [row for step in steps if (row := step.row)]


def _step(name: str, entries: list[Row], history: list[Row], run: str) -> _Step | None:
    """Return how a commitment goes back behind an import; None where it was worked on since."""
    at = next(i for i, row in enumerate(history) if row["phase"] == run)
    record = record_of(history[at])
    # By the order of rows: those of the clock's same moment keep theirs.
    ids = [row["row_id"] for row in entries]
    place = ids.index(record.row_id) if record.row_id in ids else len(ids)
    if not entry_ids(history).issuperset(ids[place:]):
        return None
    now, former = known(entries), known(entries[:place])
    base = {"commitment_id": name, "pair_id": now.get("pair_id"), "visibility": now["visibility"]}
    nothing = replace(record, item=None)
    if not former or is_taken_back(former):
        return _Step(name, {**base, "outcome": "void", "reason": TAKEN_BACK}, nothing, is_removed=True)
    before = record_of(history[at - 1]) if at else nothing
    said = {column: value for column in _SAID if (value := former.get(column, "")) != now.get(column, "")}
    # Of what was not known before only a text can be emptied.
    said = {column: value for column, value in said.items() if value != "" or isinstance(now[column], str)}
    return _Step(
        name,
        {**base, **said} if said else None,
        before,
        former=tuple(ids[:place]) if place < len(ids) else (),
    )


def _differences(journal: Journal, back: list[_Step]) -> tuple[dict[str, int], int]:
    """Return in how many commitments each column of the fold is not as it was before, and in how many any is."""
    if not back:
        return {}, 0
    from peerkit.fold import commitments  # here, because it loads pandas

    entries = journal.frame("entries", commitment_id={step.name for step in back})
    former = entries["row_id"].isin([row_id for step in back for row_id in step.former])
    as_of = journal.day_of(journal.newest() or 0)
    # The rows of both are in the order of first entries, which are the same.
    was, now = (
        commitments(rows, as_of=as_of, time_zone=journal.time_zone) for rows in (entries[former], entries)
    )
    differs = {
        name: [one != other for one, other in zip(_told(was[name]), _told(now[name]), strict=True)]
        for name in was.columns.difference(_FOLLOWS, sort=False)
    }
    stays = {name: sum(found) for name, found in differs.items() if any(found)}
    return stays, sum(map(any, zip(*differs.values(), strict=True)))


def _told(values: pd.Series) -> list[object]:
    """Return values as they are shown: an empty text is a blank."""
    plain = values.astype(object)
    return plain.where(values.notna() & (plain != ""), None).to_list()
