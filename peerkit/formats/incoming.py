"""What enters the journal: a preview of a file, and one import that is kept whole or not at all.

How history enters. An entry says what became known to this journal at a moment, so an imported entry is
recorded now, with the due date, the outcome and the day of closing that the file says: follow-through by
week goes by due dates and is right for the past, while looking at a day before the import shows nothing of
it, as nothing was known. Backdating the entries would make that look lie. The day a promise was made
there is kept beside (`records`), and comes out again on export; `made_on` of the ledger stays the day of
its first entry here. Imported commitments have no session, and are private unless said otherwise.

What is deleted in another tool becomes void: it was not missed, and letting go would need both peers.

`comparing` says what becomes of each item, and `undo` takes an import back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from peerkit.formats.comparing import Change, Comparison, Whose, cleaned
from peerkit.formats.items import Given, Item, Reading, Skipped
from peerkit.formats.progress import Watch, unseen
from peerkit.formats.records import Record, add_records, add_run, pieces
from peerkit.formats.registry import Format
from peerkit.journal import Journal, Stamp, Writer
from peerkit.row_check import MAX_DEPTH, depth_of
from peerkit.schema import OUTCOMES

# What a record puts around it lies in each other, too.
_DEEPEST = MAX_DEPTH - 5


@dataclass
class Plan:
    """What an import would do.

    Args:
        format: The name of the format.
        stamp: Of the journal that it was made for: while that stands, so does the plan.
        changes: What is added or changed.
        same: How many items say nothing new.
        left: What is not taken because the journal knows better.
    """

    format: str
    stamp: Stamp = ()
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


def plan(
    journal: Journal, form: Format, reading: Reading, given: Given, whose: Whose, *, watch: Watch = unseen
) -> Plan:
    """Return what importing would add and change; nothing is written. `watch` is shown how far it is."""
    made = Plan(form.name, journal.stamp())
    taken: set[str] = set()
    fitting = _fitting(watch(reading.items, "Comparing", total=len(reading.items)), made.left)
    for items in pieces(fitting):
        compared = Comparison(journal, form, items, given, whose)
        for item in items:
            name = compared.ids[item.uid]
            if name in taken:
                made.left.append(Skipped(item.line, "It is the same commitment as an earlier line."))
                continue
            taken.add(name)
            found = compared.found(item)
            if found is None:
                made.same += 1
            elif isinstance(found, Skipped):
                made.left.append(found)
            else:
                made.changes.append(found)
    return made


def _fitting(items: Iterable[Item], left: list[Skipped]) -> Iterator[Item]:
    """Yield items as the journal keeps them; what it could not read again is added to `left`."""
    for item in items:
        if depth_of(item.unknown) > _DEEPEST:
            left.append(Skipped(item.line, "It holds lists in lists, too deep to be kept."))
        else:
            yield cleaned(item)


def apply(
    journal: Journal,
    form: Format,
    reading: Reading,
    given: Given,
    whose: Whose,
    *,
    shown: Plan | None = None,
    watch: Watch = unseen,
) -> Plan:
    """Import what `plan` says at this moment: all of it or nothing. Return what was done.

    `shown` is what `plan` said of the same before; where nothing was written since, it is that.
    """
    with journal.writing() as writer:
        if shown is not None and shown.stamp == writer.stamp():
            made = shown
        else:
            made = plan(journal, form, reading, given, whose, watch=watch)
        if not made.changes:
            return made
        run = journal.new_id()
        _write(writer, run, form.name, watch(made.changes, "Importing", total=len(made.changes)))
        told = {"format": form.name, "added": sum(made.added.values()), "changed": made.n_changed}
        add_run(writer, run, told, revision=1)
    return made


def _write(writer: Writer, run: str, form: str, changes: Iterable[Change]) -> None:
    for some in pieces(changes):
        added = writer.add_all("entries", [row for change in some if (row := change.row)])
        ids = {row["commitment_id"]: row["row_id"] for row in added}
        read = ((one.commitment_id, Record(form, run, ids.get(one.commitment_id), one.item)) for one in some)
        add_records(writer, run, read)
