"""Tables of every engine for the tests: how each is made of a pandas one, and how any is read back to compare."""

from __future__ import annotations

import os
import random
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dask.dataframe as dd
import duckdb
import narwhals as nw
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from helpers import frame_of
from pyspark.sql import SparkSession
from pyspark.sql.pandas.types import from_arrow_schema

from peerkit.schema import OUTCOMES

PEERS = ("Amara", "Jonas", None)
AREAS = ("work", "health", None, "home")
FIRST = datetime(2023, 1, 2, tzinfo=UTC)


def many_entries(number: int) -> pd.DataFrame:
    """Return so many entries: moved, settled and opened again, many of one moment, with blanks in every column."""
    chance = random.Random(5)
    rows = []
    for n in range(number):
        commitment, is_first = (n // 3, n % 3 == 0) if n % 5 else (n // 6, False)
        on = FIRST + timedelta(hours=12 * (commitment % 800) + 24 * (n % 3) * chance.randrange(30))
        outcome = chance.choice([None, *OUTCOMES, "kept"])
        row = {
            "row_id": f"row-{(n * 7919) % number:06}",
            "recorded_at": on,
            "commitment_id": f"c{commitment}",
            "due_on": _day(on, chance.randrange(-3, 25)) if is_first or chance.random() < 0.2 else None,
            "outcome": "open" if is_first else outcome,
            "closed_on": _day(on, -chance.randrange(4)) if outcome and not is_first and n % 9 else None,
            "fraction": chance.choice([0.25, 0.5, None]) if outcome == "partly" else None,
        }
        if is_first:
            row |= {
                "pair_id": f"pair {commitment % 20}",
                "peer": PEERS[commitment % 2 if commitment % 17 else 2],
                "area": chance.choice(AREAS),
                "confidence": chance.choice([None, 0.0, 0.5, 0.69, 0.7, 0.85, 0.9, 1.0]),
                "session_id": f"s{commitment % 30}" if commitment % 11 else None,
            }
        rows.append(row)
    return frame_of(rows)


def many_sessions() -> pd.DataFrame:
    """Return what became known of thirty sessions: planned, then closed with a number for heard, or missed."""
    chance = random.Random(6)
    rows = []
    for n in range(30):
        on = FIRST + timedelta(days=13 * n)
        focus = chance.choice(["Amara", "Jonas"])
        who = {"focus": focus, "coach": "Jonas" if focus == "Amara" else "Amara", "minutes": 45}
        plan = {"held_on": _day(on, 0), "status": "planned", "floor": chance.choice(["focus", "both", None])}
        end = {
            "status": chance.choice(["closed"] * 4 + ["missed"]),
            "heard": chance.choice([None, 3, 6, 8, 9]),
        }
        for place, row in enumerate([{**who, **plan}, end]):
            found = {"row_id": f"r{n}-{place}", "recorded_at": on, "session_id": f"s{n}"}
            rows.append(found | row)
    return frame_of(rows, "sessions")


def _day(on: datetime, days: int) -> pd.Timestamp:
    return pd.Timestamp(on.date()) + pd.Timedelta(days=days)


def arrow_of(table: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(table, preserve_index=False)


def plain_arrow(table: pd.DataFrame) -> pa.Table:
    """Return a table as another program would write it: words as text, dates as days."""
    given = arrow_of(table)
    kinds = {field.name: field.type for field in given.schema}
    for name, kind in kinds.items():
        if pa.types.is_dictionary(kind) or pa.types.is_large_string(kind):
            kinds[name] = pa.string()
        if pa.types.is_timestamp(kind) and kind.tz is None:
            kinds[name] = pa.date32()
    return given.cast(pa.schema(list(kinds.items())))


def of_duckdb(table: pd.DataFrame) -> duckdb.DuckDBPyRelation:
    rows = plain_arrow(table)
    return duckdb.connect().from_arrow(rows)


def of_spark(table: pd.DataFrame):
    rows = plain_arrow(table)
    schema = from_arrow_schema(rows.schema, prefer_timestamp_ntz=True)
    return SparkSession.active().createDataFrame(rows, schema=schema)


QUICK = {
    "polars": lambda table: pl.from_arrow(arrow_of(table)),
    "polars lazy": lambda table: pl.from_arrow(plain_arrow(table)).lazy(),
    "pyarrow": arrow_of,
    "duckdb": of_duckdb,
}
ENGINES = {**QUICK, "dask": lambda table: dd.from_pandas(table, npartitions=2), "spark": of_spark}


def start_spark(folder: Path) -> SparkSession:
    """Return the one Spark of a test run: quiet, on this machine alone, its days in another zone than UTC.

    Without Java the test is skipped.
    """
    if shutil.which("java") is None:
        end = pytest.fail if os.environ.get("PEERKIT_DEMAND_TOOLS") else pytest.skip
        end("java is not installed")
    # Its workers are to be this Python, not the first of that name on the path.
    os.environ["PYSPARK_PYTHON"] = sys.executable
    settings = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.extraJavaOptions": f"-XX:TieredStopAtLevel=1 -Dderby.system.home={folder}",
        "spark.log.level": "OFF",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.session.timeZone": "America/St_Johns",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": str(folder),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    builder = SparkSession.builder.master("local[2]").appName("peerkit")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def kept(table):
    """Return a lazy table as it is, but reckoned once: the engine keeps it for the queries that follow."""
    frame = nw.from_native(table)
    if frame.implementation.is_dask():
        return table.persist()
    return table.cache() if frame.implementation.is_pyspark() else table


def seen(table) -> pd.DataFrame:
    """Return a table of any engine as pandas, days as moments and words as text, to be compared."""
    frame = nw.from_native(table)
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    columns = {}
    for name, dtype in frame.schema.items():
        values = frame[name].to_list()
        if dtype in (nw.Date, nw.Datetime):
            columns[name] = pd.Series(pd.to_datetime(values)).astype("datetime64[us]")
        elif dtype.is_numeric():
            columns[name] = pd.Series(
                pd.array(values, dtype="Float64").to_numpy("float64", na_value=float("nan"))
            )
        else:
            columns[name] = pd.Series([None if pd.isna(value) else value for value in values], dtype=object)
    return pd.DataFrame(columns)
