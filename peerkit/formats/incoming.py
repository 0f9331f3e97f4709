"""What enters the journal: a preview of a file, one import that is kept whole or not at all, and its way back.

How history enters. An entry says what became known to this journal at a moment, so an imported entry is
recorded now, with the due date, the outcome and the day of closing that the file says: follow-through by
week goes by due dates and is right for the past, while looking at a day before the import shows nothing of
it, as nothing was known. Backdating the entries would make that look lie. The day a promise was made
there is kept beside (`records`), and comes out again on export; `made_on` of the ledger stays the day of
its first entry here. Imported commitments have no session, and are private unless said otherwise.

What is deleted in another tool becomes void: it was not missed, and letting go would need both peers.

An import is taken back by further entries: what it added becomes void, and so counts nowhere; what it
changed gets its former outcome and dates again. What was settled or moved here since is left alone.
"""

from __future__ import annotations

import io
import re
import tempfile
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from peerkit.errors import FormatError
from peerkit.formats.columns import DETAILS
from peerkit.formats.items import Given, Item, Reading, Skipped
from peerkit.formats.outgoing import commitments, items_of
from peerkit.formats.progress import Watch, unseen
from peerkit.formats.records import ITEMS, OWN, RUNS, Record, add_records, record_of, records
from peerkit.formats.registry import Format
from peerkit.formats.source import Source
from peerkit.journal import Journal, Writer, id_of
from peerkit.ledger import TAKEN_BACK
from peerkit.schema import OUTCOMES, Row, known, known_by

_NAMESPACE = uuid.UUID("5c3f7f0e-6f0c-5b52-9a25-3f4f1b0f6a1d")
_OWN_ID = re.compile(OWN + r"([0-9a-z]{12})")
# So many are written at once.
_AT_ONCE = 2_000
# An outcome, its day and its fraction are said together.
_OUTCOME = ("outcome", "closed_on", "fraction", "reason")


@dataclass(frozen=True)
class Change:
    """One commitment that an import adds or changes.

    Args:
        commitment_id: Its id, which the same item always gets.
        row: The entry; None where only what is kept beside the ledger changed.
        item: As it was read.
        is_new: Whether it is added.
    """

    commitment_id: str
    row: Row | None
    item: Item
    is_new: bool


@dataclass
class Plan:
    """What an import would do. `left` lists what is not taken because the journal knows better."""

    format: str
    changes: list[Change] = field(default_factory=list)
    same: int = 0
    left: list[Skipped] = field(default_factory=list)

    @property
    def added(self) -> dict[str, int]:
        """How many become open, kept, partly, missed, released, void."""
        new = [change.item.outcome for change in self.changes if change.is_new]
        return {outcome: new.count(outcome) for outcome in OUTCOMES}

    @property
    def n_changed(self) -> int:
        """Of how many something new is known."""
        return sum(not change.is_new for change in self.changes)


@dataclass(frozen=True)
class TakenBack:
    """What taking an import back did: how many became void, were set back, and were left as they are."""

    removed: int
    restored: int
    left: int


@dataclass(frozen=True)
class Whose:
    """Whose commitments the items become: one's own, but a peerkit table may name the partner.

    Args:
        me: Who imports.
        peers: Who may be named.
        visibility: "private" or "shared", where the file does not say.
    """

    me: str
    peers: tuple[str, ...]
    visibility: str = "private"


def plan(journal: Journal, form: Format, reading: Reading, given: Given, whose: Whose) -> Plan:
    """Return what importing would add and change; nothing is written."""
    entries = _grouped(journal.rows("entries"), "commitment_id")
    states = {name: known(rows) for name, rows in entries.items()}
    kept = records(journal)
    imported = {row["value"].get("row") for row in journal.rows("answers", session_id=ITEMS)}
    ids = {item.uid: _commitment_id(journal, form, item.uid, states) for item in reading.items}
    there = {name for name in ids.values() if name in states and not _is_taken_back(kept.get(name))}
    read_here = {name: kept[name].item for name in there if name in kept and kept[name].format == form.name}
    unlike = {
        ids[item.uid]
        for item in reading.items
        if ids[item.uid] in there and not _is_same(read_here.get(ids[item.uid]), item)
    }
    shown = _as_read(journal, kept, form, unlike, given)
    made = Plan(form.name)
    taken: set[str] = set()
    for item in reading.items:
        name = ids[item.uid]
        if name in taken:
            made.left.append(Skipped(item.line, "It is the same commitment as an earlier line."))
            continue
        taken.add(name)
        if name not in there:
            row = {**_first_row(journal, name, item, whose), **({"reason": ""} if name in states else {})}
            made.changes.append(Change(name, {**row, **_columns(item)}, item, is_new=True))
            continue
        before = read_here.get(name) or shown.get(name)
        if before is None or _is_same(before, item) or _is_same(shown.get(name), item):
            made.same += 1
            continue
        row = _difference(before, item, states[name])
        by_hand = [one for one in entries[name][1:] if one["row_id"] not in imported]
        reason = _why_left(row, states[name], by_hand, whose)
        if reason:
            made.left.append(Skipped(item.line, reason))
        else:
            base = {
                "commitment_id": name,
                "pair_id": journal.pair_id or None,
                "visibility": states[name]["visibility"],
            }
            made.changes.append(Change(name, {**base, **row} if row else None, item, is_new=False))
    return made


def apply(
    journal: Journal, form: Format, reading: Reading, given: Given, whose: Whose, *, watch: Watch = unseen
) -> Plan:
    """Import what `plan` says, as it stands at this moment: all of it or nothing. Return what was done."""
    with journal.writing() as writer:
        made = plan(journal, form, reading, given, whose)
        if not made.changes:
            return made
        run = journal.new_id()
        _write(writer, run, form.name, watch(made.changes, "Importing", total=len(made.changes)))
        told = {"format": form.name, "added": sum(made.added.values()), "changed": made.n_changed}
        _add_run(writer, run, told, revision=1)
    return made


def take_back(journal: Journal) -> TakenBack:
    """Take the last import back that was not taken back yet: no share is other than it was before.

    Raises:
        FormatError: If there is none.
    """
    with journal.writing() as writer:
        runs = known_by(journal.rows("answers", session_id=RUNS), "prompt")
        last = next((row for row in reversed(runs.values()) if not row["value"].get("taken_back")), None)
        if last is None:
            msg = "There is no import to take back. Begin with: peerkit import FILE"
            raise FormatError(msg)
        run = last["prompt"]
        done = _take_back(writer, run)
        _add_run(writer, run, {**last["value"], "taken_back": True}, revision=2)
    return done


def _take_back(writer: Writer, run: str) -> TakenBack:
    history = _grouped(writer.rows("answers", session_id=ITEMS), "prompt")
    entries = _grouped(writer.rows("entries"), "commitment_id")
    imported = {row["value"].get("row") for rows in history.values() for row in rows}
    removed, restored, left = [], [], 0
    for name, rows in history.items():
        at = next((i for i, row in enumerate(rows) if row["phase"] == run), None)
        if at is None:
            continue
        record = record_of(rows[at])
        before = record_of(rows[at - 1]) if at else replace(record, item=None)
        # By the order of rows: those of the clock's same moment keep theirs.
        ids = [row["row_id"] for row in entries[name]]
        since = ids[ids.index(record.row_id) + 1 :] if record.row_id in ids else []
        if any(row_id not in imported for row_id in since):
            left += 1
        elif before.item is None:
            row = {"outcome": "void", "reason": TAKEN_BACK}
            removed.append((name, row, replace(record, item=None)))
        else:
            restored.append((name, _set_back(record.item, before.item) if record.row_id else None, before))
    _add(writer, f"undo-{run}", removed + restored, entries)
    return TakenBack(len(removed), len(restored), left)


def _add(
    writer: Writer, run: str, told: list[tuple[str, Row | None, Record]], entries: Mapping[str, list[Row]]
) -> None:
    rows = []
    for name, row, _ in told:
        state = known(entries[name])
        base = {"commitment_id": name, "pair_id": state.get("pair_id"), "visibility": state["visibility"]}
        if row:
            rows.append({**base, **row})
    ids = {row["commitment_id"]: row["row_id"] for row in writer.add_all("entries", rows)}
    add_records(writer, run, ((name, replace(one, row_id=ids.get(name))) for name, _, one in told))


def _write(writer: Writer, run: str, form: str, changes: Iterator[Change]) -> None:
    while some := list(islice(changes, _AT_ONCE)):
        added = writer.add_all("entries", [change.row for change in some if change.row is not None])
        ids = {row["commitment_id"]: row["row_id"] for row in added}
        add_records(
            writer,
            run,
            ((one.commitment_id, Record(form, run, ids.get(one.commitment_id), one.item)) for one in some),
        )


def _add_run(writer: Writer, run: str, told: dict[str, Any], *, revision: int) -> None:
    row = {"session_id": RUNS, "phase": "run", "prompt": run, "value": told}
    writer.add("answers", {**row, "revision": revision, "visibility": "private"})


def _commitment_id(journal: Journal, form: Format, uid: str, states: Mapping[str, Row]) -> str:
    """Return the commitment that an item is: always the same, and another in another workspace."""
    own = _OWN_ID.fullmatch(uid)
    if own is not None and own[1] in states:
        return own[1]
    kind = OWN if uid.startswith(OWN) else form.name
    return id_of(uuid.uuid5(_NAMESPACE, f"{kind}\n{journal.pair_id}\n{uid}").int)


def _first_row(journal: Journal, name: str, item: Item, whose: Whose) -> Row:
    owner = item.details.get("peer")
    return {
        "commitment_id": name,
        "pair_id": journal.pair_id or None,
        "peer": owner if owner in whose.peers else whose.me,
        "visibility": whose.visibility,
    }


def _columns(item: Item) -> Row:
    """Return what an item says, by the ledger's columns; blanks are left out."""
    is_open, is_partly = item.outcome == "open", item.outcome == "partly"
    told = {
        "text": item.text,
        "due_on": item.due_on,
        "area": item.area or None,
        "outcome": item.outcome,
        "closed_on": None if is_open else item.closed_on,
        "fraction": item.fraction if is_partly else None,
        **{name: item.details.get(name) for name in DETAILS},
    }
    return {name: value for name, value in told.items() if value is not None}


def _difference(before: Item, item: Item, state: Row) -> Row:
    """Return what became known since an item was last read, where the ledger does not say so already."""
    was, told = _columns(before), _columns(item)
    return {
        name: value for name, value in told.items() if value != was.get(name) and value != state.get(name)
    }


def _set_back(item: Item | None, before: Item) -> Row:
    """Return the row that says again what was said before an import; a blank one is said where that can be."""
    was, told = _columns(before), _columns(item) if item else {}
    row = {name: value for name, value in was.items() if value != told.get(name)}
    return row | {name: "" for name, value in told.items() if name not in was and isinstance(value, str)}


def _why_left(row: Row, state: Row, by_hand: list[Row], whose: Whose) -> str:
    if row and state["peer"] != whose.me:
        return f"It is a commitment of {state['peer']}, who alone changes it."
    said = {name for one in by_hand for name, value in one.items() if value is not None}
    if "outcome" in said and row.keys() & set(_OUTCOME):
        return "What became of it was said here since; that stands."
    if "due_on" in said and "due_on" in row:
        return "Its due date was moved here since; that stands."
    return ""


def _is_same(one: Item | None, other: Item) -> bool:
    return one is not None and replace(one, line=0) == replace(other, line=0)


def _is_taken_back(record: Record | None) -> bool:
    return record is not None and record.item is None


def _as_read(
    journal: Journal, kept: dict[str, Record], form: Format, names: set[str], given: Given
) -> dict[str, Item]:
    """Return commitments as this format would say them now: what an item says beyond that became known since."""
    if not names:
        return {}
    table = commitments(journal, kept)
    table = table[table["commitment_id"].isin(list(names))]
    written = list(items_of(table, kept, form))
    by_uid = {item.uid: name for item, name in zip(written, table["commitment_id"], strict=True)}
    content = io.BytesIO()
    form.write(written, content)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"now{form.suffixes[0]}")
        path.write_bytes(content.getvalue())
        read = form.read(Source(path), replace(given, mapping=None))
    return {by_uid[item.uid]: item for item in read.items if item.uid in by_uid}


def _grouped(rows: Iterable[Row], column: str) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row[column], []).append(row)
    return grouped
