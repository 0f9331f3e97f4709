"""CSV of any tool, and peerkit's own: columns are guessed, see `table`. Python's csv reads and writes it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any, BinaryIO

from peerkit.errors import FormatError
from peerkit.formats import table
from peerkit.formats.cells import armed
from peerkit.formats.columns import COLUMNS, row_of
from peerkit.formats.items import Found, Given, Item, Skipped
from peerkit.formats.source import Source
from peerkit.schema import Row

_SIGNS = ",;\t|"
_MAX_COLUMNS = 500


def guess(source: Source, given: Given) -> table.Guess:
    """Return which column is which; see `table.guess`."""
    head, rows = _table(source)
    return table.guess(
        head, (row for _, row in islice(rows, table.SAMPLE) if not isinstance(row, Skipped)), given
    )


def read(source: Source, given: Given) -> Iterator[Skipped | list[Found]]:
    """Yield the promises of a table with its columns' names in the first line."""
    guessed = guess(source, given)
    head, rows = _table(source)
    yield from table.items_of(head, source.in_batches(rows), guessed, given)


def _table(source: Source) -> tuple[list[str], Iterator[tuple[int, list[str] | Skipped]]]:
    """Return the columns' names and the rows below them, each with its line."""
    first = next((line for line in source.text_head.splitlines() if line.strip()), "")
    said = first[4:5] if first[:4].lower() == "sep=" else ""
    sign = said or max(_SIGNS, key=first.count)
    rows = rows_of(source, sign)
    head: list[str] = []
    for _, row in rows:
        if (
            isinstance(row, Skipped)
            or not any(map(str.strip, row))
            or row[:1] == [f"sep={sign}"]
            or "".join(row) == "sep="
        ):
            continue
        head = [cell.strip() for cell in row]
        break
    if len(head) > _MAX_COLUMNS or len(set(filter(None, head))) != len(list(filter(None, head))):
        msg = f"{source.path} has more than {_MAX_COLUMNS} columns, or two of one name. Give each a name of its own."
        raise FormatError(msg)
    return [name or f"column {i}" for i, name in enumerate(head, 1)], rows


def rows_of(source: Source, sign: str) -> Iterator[tuple[int, list[str] | Skipped]]:
    """Yield the rows of a CSV that are not empty, each with the line on which it begins."""
    bad: list[Skipped] = []

    def text(line: str | Skipped) -> str:
        if isinstance(line, str):
            return f"{line}\n"
        bad.append(line)
        return "\n"

    # One that is skipped is told when its turn comes.
    lines = chain.from_iterable(map(text, some) for _, some in source.line_batches())
    rows = csv.reader(lines, delimiter=sign)
    begin = 1
    while True:
        try:
            row = next(rows, None)
        except csv.Error:
            yield begin, Skipped(begin, "From here on a quotation mark is not closed.")
            begin = rows.line_num + 1
            continue
        if bad:
            yield from ((one.line, one) for one in bad)
            bad.clear()
        if row is None:
            return
        if row:
            yield begin, row
        begin = rows.line_num + 1


def write(items: Iterable[Item], file: BinaryIO) -> None:
    """Write a table with a line of names; no cell of it is taken for a formula."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    for item in items:
        rows.writerow(cells(row_of(item)).values())
    text.detach()


def cells(row: Row) -> dict[str, Any]:
    """Return a row as the cells of a table: tags in one, texts armed against formulas."""
    told = {**row, "tags": ", ".join(row["tags"]) if row["tags"] else None}
    return {name: armed(value) if isinstance(value, str) else _word(value) for name, value in told.items()}


def _word(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value
