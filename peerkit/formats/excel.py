"""Excel files, read and written row by row with openpyxl: columns are guessed as those of CSV, see `table`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, BinaryIO

from peerkit.errors import FormatError
from peerkit.formats import table
from peerkit.formats.columns import COLUMNS, row_of
from peerkit.formats.items import Found, Given, Item, Skipped
from peerkit.formats.plain_csv import cells
from peerkit.formats.source import Source

_MAX_COLUMNS = 500
# What a cell of Excel holds.
_MAX_CELL = 32_767


def guess(source: Source, given: Given) -> table.Guess:
    """Return which column is which; see `table.guess`."""
    rows = _rows(source)
    head = _head(rows)
    return table.guess(head, (row for _, row in islice(rows, table.SAMPLE)), given)


def read(source: Source, given: Given) -> Iterator[Skipped | list[Found]]:
    """Yield the promises of the first sheet; its first row names the columns."""
    guessed = guess(source, given)
    rows = _rows(source)
    yield from table.items_of(_head(rows), source.in_batches(rows), guessed, given)


def _head(rows: Iterator[tuple[int, tuple[Any, ...]]]) -> list[str]:
    _, first = next(rows, (1, ()))
    head = ["" if cell is None else str(cell).strip() for cell in first]
    named = [name for name in head if name]
    if len(set(named)) != len(named):
        msg = "Two columns of this table have one name. Give each a name of its own."
        raise FormatError(msg)
    return [name or f"column {i}" for i, name in enumerate(head, 1)]


def _rows(source: Source) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Yield the rows that are not empty, each with its number."""
    openpyxl = _library()
    source.opened_zip().close()  # refuses what would unpack to far more than it is
    try:
        # Opened here, because openpyxl would go by the suffix.
        with source.path.open("rb") as file:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
            rows = book.worksheets[0].iter_rows(values_only=True, max_col=_MAX_COLUMNS)
            for number, row in enumerate(rows, 1):
                if any(cell is not None for cell in row):
                    yield number, row
    except Exception as error:
        # openpyxl raises whatever its XML reader, zipfile or its own checks do, without one class of its own.
        if isinstance(error, FormatError | MemoryError):
            raise
        msg = f"{source.path} is no Excel file that can be read, or is damaged. Save it again as .xlsx, or as CSV."
        raise FormatError(msg) from error


def write(items: Iterable[Item], file: BinaryIO) -> None:
    """Write one sheet with a row of names; every text is a text, no formula.

    Raises:
        FormatError: If a text is longer than a cell of Excel holds.
    """
    openpyxl = _library()
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("commitments")
    sheet.freeze_panes = "A2"
    sheet.append(list(COLUMNS))
    for item in items:
        told = cells(row_of(item)).values()
        if any(isinstance(value, str) and len(value) > _MAX_CELL for value in told):
            book.close()
            msg = f"A text has more than the {_MAX_CELL:,} characters that a cell of Excel holds. Export to CSV or JSON."
            raise FormatError(msg)
        sheet.append(list(told))
    book.save(file)


def _library() -> Any:
    try:
        import openpyxl
    except ImportError as error:
        msg = "Excel files need one more library. Install it with: pip install 'peerkit[formats]'"
        raise FormatError(msg) from error
    return openpyxl
