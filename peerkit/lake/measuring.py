"""The fold and the measures over a lake: per bucket of whole pairs, in processes, on Dask or on Spark."""

from __future__ import annotations

import functools
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from peerkit import fold, measures
from peerkit.errors import LakeError
from peerkit.lake.layout import COLUMNS, Table
from peerkit.lake.reading import Bucket, buckets, typed
from peerkit.measures.question import midnight
from peerkit.measures.tables import held_sessions

Work = Callable[[pd.DataFrame], pd.DataFrame]

_NEEDED = ("commitment_id", "recorded_at", "due_on", "outcome", "closed_on")
# From so much on disk other processes earn the second that each takes to start.
_MUCH = 50_000_000
# Buckets of up to so many bytes are worked on together.
_SMALL = 5_000_000
_SPARK = {"i": "bigint", "f": "double", "M": "timestamp_ntz", "b": "boolean"}


def commitments(
    folder: Path | str,
    *,
    as_of: date | str,
    columns: Sequence[str] = ("pair", "peer", "session_id", "confidence", "fraction"),
    on: Any = None,
    workers: int | None = None,
) -> Any:
    """One row per commitment of a lake, as it stood at the end of a day: `fold.commitments`, bucket by bucket.

    The day is each pair's own: a lake holds the days of their calendars.

    Args:
        folder: The lake.
        as_of: Day to look from, its end included.
        columns: Columns of the entries to fold beside those that every measure needs. Few are quick, and
            little memory: texts and words are there only where they were exported.
        on: None for processes of this machine, "dask", or a `SparkSession`, whose workers' Python (the
            variable PYSPARK_PYTHON) has peerkit[lake] as well.
        workers: Processes; as many as processors where the lake is large, else none, when left out.

    Returns:
        pandas; or a Dask or a Spark frame, lazily, of one part per bucket or as Spark sees fit. The
        columns are those of `fold.commitments`; words are `str`. Rows are in no order that means anything.

    Raises:
        LakeError: If the folder is no lake, holds exports of more than one secret, or a file that cannot
            be read, lacks a column, or has one of another type.
    """
    wanted = [*_NEEDED, *(name for name in columns if name not in _NEEDED)]
    return _over(folder, "entries", wanted, functools.partial(_folded, day=midnight(as_of)), on, workers)


def follow_through(
    folder: Path | str,
    *,
    as_of: date | str,
    by: Sequence[str] = (),
    every: str | None = None,
    rolling: int = 1,
    since: date | str | None = None,
    measure: Callable[..., Any] = measures.follow_through,
    on: Any = None,
    workers: int | None = None,
) -> pd.DataFrame:
    """Share of due commitments kept over a whole lake: counted per bucket, and the counts added up.

    Only counts leave a bucket, so memory does not grow with the lake but for `by` itself.

    Args:
        folder: The lake.
        as_of: Day to look from; due on this day is due.
        by: As for `measures.follow_through`, and "pair".
        every: As there, as are `rolling` and `since`.
        rolling: Weeks to a row.
        since: First due date that counts.
        measure: `measures.follow_through`, `follow_through_first_due` or `on_time`: those of kept of n.
        on: As for `commitments`, as is `workers`.
        workers: Processes.

    Returns:
        The table of `measures.follow_through`, as pandas: the keys in order, `kept`, `n`, `share` and its
        95 % Wilson interval `low`, `high`. What has nothing due has no row.

    Raises:
        LakeError: As for `commitments`.
        LedgerError: As for the measure.
    """
    asked = {"by": list(by), "every": every, "rolling": rolling, "since": since}
    wanted = [*_NEEDED, *(name for name in by if name in COLUMNS["entries"] and name not in _NEEDED)]
    work = functools.partial(_counted, day=midnight(as_of), measure=measure, asked=asked)
    # A question that makes no sense is refused before anything is read.
    keys = [name for name in work(_empty("entries", wanted)) if name not in ("kept", "n")]
    counts = _gathered(_over(folder, "entries", wanted, work, on, workers), on)
    sums = counts.groupby(keys, dropna=False)[["kept", "n"]].sum().reset_index() if keys else _total(counts)
    low, high = measures.wilson(sums["kept"], sums["n"])
    return sums.assign(share=sums["kept"] / sums["n"], low=low, high=high)


def heard(
    folder: Path | str, *, as_of: date | str, on: Any = None, workers: int | None = None
) -> pd.DataFrame:
    """How understood the focus persons of each pair felt, month by month.

    Args: As for `follow_through`.

    Returns:
        One row per pair and month in which a held session has a number, as pandas, in this order: `pair`,
        `month` (its first day), `n` (int64), the sessions with a number, `heard` (float64), their mean.

    Raises:
        LakeError: As for `commitments`, and if the ledgers were exported without sessions.
    """
    work = functools.partial(_heard, day=midnight(as_of))
    found = _gathered(_over(folder, "sessions", list(COLUMNS["sessions"]), work, on, workers), on)
    return found.sort_values(["pair", "month"], ignore_index=True)


def _folded(rows: pd.DataFrame, *, day: Any) -> pd.DataFrame:
    return _plain(fold.commitments(typed(rows, "entries"), as_of=day))


def _counted(
    rows: pd.DataFrame, *, day: Any, measure: Callable[..., Any], asked: dict[str, Any]
) -> pd.DataFrame:
    made = fold.commitments(typed(rows, "entries"), as_of=day)
    return _plain(measure(made, as_of=day, **asked).drop(columns=["share", "low", "high"]))


def _heard(rows: pd.DataFrame, *, day: Any) -> pd.DataFrame:
    met = _plain(fold.sessions(typed(rows, "sessions"), as_of=day))
    held = held_sessions(met, as_of=day).table.to_native()
    told = held.assign(pair=held["session_id"].map(met.set_index("session_id")["pair"])).dropna(
        subset=["heard"]
    )
    month = told["held_on"].dt.to_period("M").dt.to_timestamp().astype("datetime64[us]")
    means = (
        told["heard"]
        .astype("float64")
        .groupby([told["pair"], month.rename("month")])
        .agg(["size", "mean"])
        .reset_index()
    )
    return pd.DataFrame(means.rename(columns={"size": "n", "mean": "heard"}).astype({"n": "int64"}))


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with words as texts: each bucket has categories of its own."""
    words = [name for name, dtype in table.dtypes.items() if isinstance(dtype, pd.CategoricalDtype)]
    return table.astype(dict.fromkeys(words, "str"))


def _total(counts: pd.DataFrame) -> pd.DataFrame:
    sums = counts[["kept", "n"]].sum().to_frame().T.astype("int64")
    return sums[sums["n"] > 0]


def _gathered(found: Any, on: Any) -> pd.DataFrame:
    if on is None:
        made: pd.DataFrame = found
        return made
    frame = found.compute() if on == "dask" else found.toPandas()
    texts = [name for name, dtype in frame.dtypes.items() if isinstance(dtype, pd.StringDtype)]
    # Dask has strings of its own.
    return pd.DataFrame(frame).reset_index(drop=True).astype(dict.fromkeys(texts, "str"))


def _empty(table: Table, columns: Sequence[str]) -> pd.DataFrame:
    return typed(pd.DataFrame({name: pd.Series(dtype="object") for name in columns}), table)


def _over(
    folder: Path | str, table: Table, columns: Sequence[str], work: Work, on: Any, workers: int | None
) -> Any:
    """Do the same work on every bucket, on the engine that was asked for."""
    found = _together(buckets(folder, table, columns))
    if on is None:
        return pd.concat(_in_processes(found, work, workers), ignore_index=True)
    sample = work(_empty(table, columns))
    if on == "dask":
        import dask.dataframe as dd

        # Read and folded in one task: rows that went from one to another would be held by Dask in between.
        return dd.from_map(functools.partial(_worked, work=work), found, meta=sample)
    if not hasattr(on, "createDataFrame"):
        msg = f'on={on!r} is no engine. Use on="dask", a SparkSession, or leave it out for processes of this machine.'
        raise LakeError(msg)
    place = Path(folder) if table == "entries" else Path(folder) / "_sessions"
    rows = on.read.parquet(str(place)).select("bucket", *columns)
    kinds = ", ".join(f"`{name}` {_SPARK.get(dtype.kind, 'string')}" for name, dtype in sample.dtypes.items())

    def worked(part: pd.DataFrame) -> pd.DataFrame:
        # Spark reads what a function takes from its annotations, which a partial one does not have.
        return work(part)

    return rows.groupBy("bucket").applyInPandas(worked, kinds)


def _together(found: list[Bucket]) -> list[Bucket]:
    """Return small buckets in one: a call of the fold costs more than their rows."""
    made: list[Bucket] = []
    room = 0
    for bucket in found:
        size = sum(path.stat().st_size for path in bucket.files)
        if size <= room:
            made[-1] = replace(bucket, files=(*made[-1].files, *bucket.files))
            room -= size
        else:
            made.append(bucket)
            room = _SMALL - size
    return made


def _worked(bucket: Bucket, work: Work) -> pd.DataFrame:
    return work(bucket.read())


def _in_processes(found: list[Bucket], work: Work, workers: int | None) -> Iterator[pd.DataFrame]:
    if workers is None:
        size = sum(path.stat().st_size for bucket in found for path in bucket.files)
        workers = os.cpu_count() or 1 if size > _MUCH else 1
    if workers < 2:
        yield from (_worked(bucket, work) for bucket in found)
        return
    # Fresh processes: a fork of one that has threads may stand still for ever.
    apart = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(found)), mp_context=apart) as pool:
        yield from pool.map(functools.partial(_worked, work=work), found)
