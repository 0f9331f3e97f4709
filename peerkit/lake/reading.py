"""A lake's files: found, checked, and read bucket by bucket; nothing in them is believed unchecked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from peerkit.errors import LakeError
from peerkit.lake import layout
from peerkit.lake.layout import COLUMNS, Label, Table

if TYPE_CHECKING:
    import pyarrow as pa

_FILES = "bucket=*/part-*.parquet"


@dataclass(frozen=True)
class Bucket:
    """What is read at once: all files of a bucket or of several, and which columns of which table."""

    files: tuple[Path, ...]
    table: Table
    columns: tuple[str, ...]

    def read(self) -> pd.DataFrame:
        """Return its rows with the columns' dtypes: see `typed`.

        Raises:
            LakeError: If a file cannot be read to its end.
        """
        arrow = layout.pyarrow()
        kinds = COLUMNS[self.table]
        words = [name for name in self.columns if kinds[name] == "word"]
        parts = []
        for path in self.files:
            with _readable(path):
                part = arrow.parquet.ParquetFile(path, read_dictionary=words).read(list(self.columns))
            wanted = [
                (name, arrow.dictionary(arrow.int32(), arrow.string()) if name in words else layout.arrow_type(kinds[name]))
                for name in self.columns
            ]  # fmt: skip
            parts.append(part.select(list(self.columns)).cast(arrow.schema(wanted)))
        rows = arrow.concat_tables(parts).unify_dictionaries().combine_chunks()
        del parts, part
        return typed(rows.to_pandas(split_blocks=True, self_destruct=True), self.table)


def typed(rows: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return the columns of a table, however an engine has brought them, with the dtypes that the fold takes.

    Words become `category`, ids and texts `str`, dates `datetime64[us]`, numbers `float64`, flags `boolean`;
    `recorded_at` is said to be UTC, so that the fold takes its days as they are.
    """
    dtypes = {"word": "category", "date": "datetime64[us]", "number": "float64", "flag": "boolean"}
    dtypes |= {"integer": "Int64", "id": "str", "text": "str"}
    kinds = COLUMNS[table]
    there = {name: dtypes[kinds[name]] for name in kinds if name in rows}
    plain = {
        name: dtype for name, dtype in there.items() if not isinstance(rows[name].dtype, pd.DatetimeTZDtype)
    }
    made = rows[list(there)].astype(plain)
    if "recorded_at" in there and made["recorded_at"].dt.tz is None:
        made["recorded_at"] = made["recorded_at"].dt.tz_localize("UTC")
    return made


def is_lake(folder: Path) -> bool:
    """Return whether a folder holds files of a lake."""
    return next(folder.glob(_FILES), None) is not None


def labels(folder: Path) -> dict[Path, Label]:
    """Return what each file of a lake says of itself.

    Raises:
        LakeError: If a file is no Parquet file, or not of a lake.
    """
    return {path: _label(path, _schema(path)) for path in sorted(folder.glob(_FILES))}


def buckets(folder: Path | str, table: Table, columns: Sequence[str]) -> list[Bucket]:
    """Return the buckets of a lake, in order, each with these columns to read.

    Raises:
        LakeError: If the folder is no lake, holds exports of more than one secret, or a file that cannot
            be read, lacks a column, or has one of another type.
    """
    folder = Path(folder)
    found: dict[str, list[Path]] = {}
    by_secret: dict[str, Path] = {}
    for path in sorted((folder if table == "entries" else folder / "_sessions").glob(_FILES)):
        seen = _schema(path)
        by_secret.setdefault(_label(path, seen).secret, path)
        _check_columns(path, seen, table, columns)
        found.setdefault(path.parent.name, []).append(path)
    if not found:
        _refuse(folder, table)
    if len(by_secret) > 1:
        first, second, *_ = by_secret.values()
        msg = f"{folder} holds exports of {len(by_secret)} secrets, as in {first} and {second}: the same pair could stand in it twice. Export all of them with one --secret, into a new folder."
        raise LakeError(msg)
    return [Bucket(tuple(files), table, tuple(columns)) for files in found.values()]


def _refuse(folder: Path, table: Table) -> None:
    if folder.exists() and not folder.is_dir():
        msg = f"{folder} is a file; a lake is a folder of buckets. Name that folder."
    elif folder.is_dir() and is_lake(folder) and table == "sessions":
        msg = f"{folder} has no sessions. Export the ledgers again with --with-heard."
    elif folder.is_dir():
        msg = f"{folder} is no lake: it has no files like bucket=07/part-....parquet. Make one with: peerkit export ledger {folder} --parquet"
    else:
        msg = f"There is no folder {folder}. Make a lake with: peerkit export ledger {folder} --parquet, or peerkit demo --pairs 200"
    raise LakeError(msg)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn what a damaged file makes its reader say into a sentence."""
    try:
        yield
    # pyarrow's own errors derive from these.
    except (OSError, ValueError, NotImplementedError, KeyError) as error:
        msg = f"{path} is damaged, cut short or no Parquet file. Export that ledger again, or take the file away."
        raise LakeError(msg) from error


def _schema(path: Path) -> pa.Schema:
    with _readable(path):
        return layout.pyarrow().parquet.read_schema(path)


def _label(path: Path, found: pa.Schema) -> Label:
    label = layout.label_of(found)
    if label is None:
        msg = f"{path} was not written by peerkit export, or by a newer one. Take it away, or update peerkit."
        raise LakeError(msg)
    return label


def _check_columns(path: Path, found: pa.Schema, table: Table, columns: Sequence[str]) -> None:
    for name in columns:
        kind = COLUMNS[table].get(name)
        if kind is None:
            msg = f"The {table} of a lake have no column {name}. They have: {', '.join(COLUMNS[table])}."
            raise LakeError(msg)
        if name not in found.names:
            how = (
                " with --with-texts"
                if kind == "text"
                else " with --with-words"
                if name in layout.WORDS
                else ""
            )
            msg = f"{path} has no column {name}. It has: {', '.join(found.names[:30])}. Export that ledger again{how}."
            raise LakeError(msg)
        if not layout.fits(found.field(name).type, kind):
            msg = f"The column {name} of {path} holds {found.field(name).type}; it takes {layout.arrow_type(kind)}. Export that ledger again."
            raise LakeError(msg)
