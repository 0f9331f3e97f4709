"""What leaves the journal: the commitments of an audience as items, written to a file whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from peerkit.audience import commitments as for_audience
from peerkit.errors import FormatError
from peerkit.formats.columns import DETAILS, HISTORY, MAX_MOVES, OUTSIDE
from peerkit.formats.items import Item
from peerkit.formats.progress import Watch, unseen
from peerkit.formats.records import OWN, Record, records
from peerkit.formats.registry import WRITES, Format, named, of_suffix
from peerkit.formats.words import day_of
from peerkit.journal import Journal
from peerkit.ledger import TAKEN_BACK
from peerkit.schema import AUDIENCES, Row
from peerkit.workspace import whole_file

# Commitments that are turned into plain values at once.
_ROWS = 5_000


@dataclass(frozen=True)
class Exported:
    """What was written, and how many commitments the format has no place for: those of the partner."""

    format: Format
    written: int
    left_out: int


def export(
    journal: Journal,
    path: Path,
    *,
    me: str,
    audience: str = "mine",
    as_format: str | None = None,
    watch: Watch = unseen,
) -> Exported:
    """Write the commitments to a file of the format that its suffix or `as_format` names.

    Args:
        journal: Where they are kept.
        path: The file. What was there before is replaced once the new one is whole.
        me: Whose journal it is. Other tools' lists hold one's own commitments only.
        audience: "mine" is all; "ours" what is shared; "outside" no words, and the peers by initials:
            dates, outcomes and numbers of what is shared.
        as_format: A format's name.
        watch: Is shown how many commitments are written.

    Raises:
        FormatError: If the audience or the format is unknown, the format cannot hold what is written, or
            the file cannot be written; what was there before is still there.
    """
    if audience not in AUDIENCES:
        msg = f"Unknown audience {audience!r}. Use one of: {', '.join(AUDIENCES)}."
        raise FormatError(msg)
    form = named(as_format, WRITES) if as_format else of_suffix(path.suffix)
    if audience == "outside" and not form.has_peers:
        msg = f"For outside no words are written, and {form.title} is made of them. Export to CSV, Excel, JSON, Parquet or Markdown."
        raise FormatError(msg)
    listed = commitments(journal, audience=audience)
    shown = listed if form.has_peers else listed[(listed["peer"] == me).to_numpy(dtype=bool)]
    items = _items(journal, shown, form, audience)
    try:
        with whole_file(path) as file:
            form.write(watch(items, "Writing", total=len(shown)), file)
    except OSError as error:
        msg = f"{path} cannot be written: {error.strerror}. See that there is room, and that you may write there."
        raise FormatError(msg) from error
    return Exported(form, len(shown), len(listed) - len(shown))


def commitments(journal: Journal, *, audience: str = "mine") -> pd.DataFrame:
    """Return the commitments that an audience may see, as they stand today, without imports taken back.

    Args:
        journal: Where they are kept.
        audience: As for `export`.
    """
    table = for_audience(journal, audience)
    is_gone = (table["outcome"] == "void") & (table["reason"] == TAKEN_BACK)
    return table[~is_gone.to_numpy(dtype=bool)]


def _items(journal: Journal, table: pd.DataFrame, form: Format, audience: str) -> Iterator[Item]:
    """Yield commitments as items, and hold the records of few of them at a time."""
    for begin in range(0, len(table), _ROWS):
        rows = table.iloc[begin : begin + _ROWS]
        kept = records(journal, set(rows["commitment_id"])) if audience == "mine" else {}
        yield from items_of(rows, kept, form, audience=audience)


def items_of(
    table: pd.DataFrame, kept: Mapping[str, Record], form: Format, *, audience: str = "mine"
) -> Iterator[Item]:
    """Yield commitments as items, with what an import kept beside the ledger for each."""
    rows = table.astype(object)
    for row in rows.where(rows.notna(), None).to_dict("records"):
        told = {str(name): _plain(value) for name, value in row.items()}
        if audience == "outside":
            told = _without_words(told)
        yield item_of(told, kept.get(told["commitment_id"] or ""), form)


def item_of(row: Row, record: Record | None, form: Format) -> Item:
    """Return one commitment as an item of a format, under the id by which it is known there."""
    before = record.item if record is not None and record.item is not None else Item("", "")
    is_known = record is not None and (record.format == form.name or before.uid.startswith(OWN))
    uid = before.uid if is_known else f"{OWN}{row['commitment_id']}" if row["commitment_id"] else ""
    unknown = {name: value for name, value in before.unknown.items() if is_known and name not in HISTORY}
    if form.has_columns or form.name in ("json", "parquet"):
        unknown |= _history(row, before)
    return replace(
        before,
        uid=uid,
        text=row["text"] or "",
        outcome=row["outcome"],
        # Where an import did not say when it was made, the day of the import does not either.
        made_on=before.made_on if before.uid else row["made_on"],
        due_on=row["due_on"],
        closed_on=row["closed_on"],
        # Of an open one under way the ledger does not keep how far it is.
        fraction=row["fraction"] if row["outcome"] != "open" else before.fraction,
        area=row["area"] or "",
        details={name: row[name] for name in ("peer", *DETAILS) if row.get(name) not in (None, "")},
        unknown=unknown,
        line=0,
    )


# Of which type each part of the history is, as JSON holds it.
_KEPT_AS = {name: int if kind == "integer" else str for name, kind in HISTORY.items()}


def _history(row: Row, before: Item) -> dict[str, Any]:
    """Return what the ledger's history says of the due dates, continued from where it was imported."""
    told = {name: row[name] for name in HISTORY}
    if before.uid:
        # What an earlier peerkit took from a file unchecked is passed over.
        kept: dict[str, Any] = {
            name: one for name, one in before.unknown.items() if type(one) is _KEPT_AS.get(name)
        }
        told["first_due_on"] = day_of(kept.get("first_due_on", "")) or told["first_due_on"]
        if not told["moves"]:
            told["latest_due_on"] = day_of(kept.get("latest_due_on", "")) or told["latest_due_on"]
        told["moves"] = (told["moves"] or 0) + min(max(kept.get("moves", 0), 0), MAX_MOVES)
        told["session_id"] = told["session_id"] or kept.get("session_id")
    return {
        name: str(value) if isinstance(value, date) else value
        for name, value in told.items()
        if value is not None
    }


def _without_words(row: Row) -> Row:
    shown = {name: value if name in OUTSIDE else None for name, value in row.items()}
    return {**shown, "peer": f"{row['peer'][0].upper()}." if row["peer"] else None}


def _plain(value: Any) -> Any:
    return value.date() if isinstance(value, pd.Timestamp) else value
