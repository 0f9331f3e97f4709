"""Parquet for analysis, written in row groups with pyarrow where that is installed; it is not read."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import BinaryIO

from peerkit.errors import FormatError
from peerkit.formats.columns import COLUMNS, row_of
from peerkit.formats.items import Item

_ROWS = 10_000


def write(items: Iterable[Item], file: BinaryIO) -> None:
    """Write one row per item: dates as date32, tags as a list of texts, moves as int64.

    Raises:
        FormatError: If pyarrow is not installed.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        msg = "Parquet needs one more library. Install it with: pip install pyarrow"
        raise FormatError(msg) from error
    kinds = {
        "date": pa.date32(),
        "number": pa.float64(),
        "integer": pa.int64(),
        "flag": pa.bool_(),
        "json": pa.list_(pa.string()),
    }
    schema = pa.schema([(name, kinds.get(kind, pa.string())) for name, kind in COLUMNS.items()])
    rows = map(row_of, items)
    with pq.ParquetWriter(file, schema) as writer:
        while group := list(islice(rows, _ROWS)):
            writer.write_table(pa.Table.from_pylist(group, schema=schema))
