"""Follow-through by week and peer through Narwhals on DuckDB and on Polars, beside the same query written by hand.

Commitments already folded and held by the engine, words as its own codes; for DuckDB also as text, as they come
from a Parquet file. Ours runs each of the two steps of every measure: the query that counts, in the engine, and the
intervals, on the rows that it gives. By hand is once what a person would write who wants the counts and the share,
and once with Wilson's interval too. What it costs to make the query is the same however many rows there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pandas as pd
import pyarrow as pa

from benchmarks.compare import Line, NotMeasuredError, medians, not_measured
from benchmarks.programme import LAST_DAY, ledger
from peerkit import fold, measures

# Three entries are one commitment.
SIZES = (3_000_000,)
ROUNDS = 9
AIM = 1.3
COLUMNS = ["peer", "outcome", "due_on", "closed_on", "area"]
# By peer there are many rows of the answer; over all there are few, and what is fixed weighs most.
CASES: dict[str, list[str]] = {"by week and peer": ["peer"], "by week": []}

_Z2 = measures.Z_95**2
_MIDDLE = f"(kept / n + {_Z2} / (2 * n)) / (1 + {_Z2} / n)"
_HALF = f"{measures.Z_95} * sqrt(kept / n * (1 - kept / n) / n + {_Z2} / (4 * n * n)) / (1 + {_Z2} / n)"


def lines(*sizes: int) -> Iterator[Line]:
    """Yield, for each number of entries, the time of each case on each engine, beside the query without the interval and with it."""
    for size in sizes or SIZES:
        yield from _lines_of(size)


def _lines_of(size: int) -> Iterator[Line]:
    commitments = fold.commitments(ledger(size), as_of=LAST_DAY)[COLUMNS]
    # Texts of Arrow, which all engines read; a category becomes the engine's own kind of code.
    table = pa.Table.from_pandas(commitments, preserve_index=False)
    del commitments
    engines: dict[str, Callable[[pa.Table, list[str]], dict[str, Any]]] = {
        "DuckDB": _duckdb,
        "DuckDB, words as text": partial(_duckdb, codes=False),
        "Polars lazy": _polars,
    }
    for shown, sides_of in engines.items():
        for case, by in CASES.items():
            title = f"{len(table):,} commitments, {case}"
            try:
                yield from _times(title, shown, sides_of(table, by))
            except (ImportError, NotMeasuredError) as why:
                yield not_measured("narwhals", title, shown, why)


def _times(case: str, shown: str, sides: dict[str, Any]) -> Iterator[Line]:
    answers = {name: run() for name, run in sides.items()}
    _check_same(answers)
    took = medians(sides, rounds=ROUNDS)
    yield Line(
        "narwhals", case, f"{shown}, by hand", took["ours"], took["by hand"], aim=AIM, note="no interval"
    )
    other = took["with interval"]
    yield Line("narwhals", case, f"{shown}, by hand, Wilson too", took["ours"], other, aim=AIM)


def _ours(table: Any, by: list[str]) -> Any:
    return measures.follow_through(table, by=by, every="week", as_of=LAST_DAY)


def _duckdb(table: pa.Table, by: list[str], *, codes: bool = True) -> dict[str, Any]:
    import duckdb

    database = duckdb.connect()
    commitments = table
    for name in ("peer", "outcome"):
        words = f"SELECT DISTINCT {name}::VARCHAR FROM commitments ORDER BY 1"
        database.execute(f"CREATE TYPE word_of_{name} AS " + (f"ENUM ({words})" if codes else "VARCHAR"))
    database.execute(
        "CREATE TABLE made AS SELECT * REPLACE (peer::VARCHAR::word_of_peer AS peer,"
        " outcome::VARCHAR::word_of_outcome AS outcome) FROM commitments"
    )
    del commitments
    columns = ", ".join([*by, "date_trunc('week', due_on)::TIMESTAMP AS week"])
    counts = (
        f"SELECT {columns}, count(*) FILTER (outcome = 'kept') AS kept, count(*) AS n, kept / n AS share FROM made"
        f" WHERE due_on <= '{LAST_DAY}' AND outcome <> 'void'"
        " AND NOT (outcome = 'released' AND coalesce(closed_on < due_on, false)) GROUP BY ALL ORDER BY ALL"
    )
    with_interval = f"SELECT *, {_MIDDLE} - {_HALF} AS low, {_MIDDLE} + {_HALF} AS high FROM ({counts})"
    made = database.table("made")

    def run(query: str) -> pa.Table:
        return database.sql(query).to_arrow_table()

    return {
        "ours": lambda: _ours(made, by).to_arrow_table(),
        "by hand": partial(run, counts),
        "with interval": partial(run, with_interval),
    }


def _polars(table: pa.Table, by: list[str]) -> dict[str, Any]:
    import polars as pl
    from polars import col

    frame = pl.from_arrow(table)
    made = frame.with_columns(col("peer", "outcome").cast(pl.Categorical)).lazy()

    def counts() -> Any:
        let_go = (col("outcome") == "released") & (col("closed_on") < col("due_on")).fill_null(value=False)
        is_due = col("due_on") <= pd.Timestamp(LAST_DAY).to_pydatetime()
        return (
            made.filter(is_due & (col("outcome") != "void") & ~let_go)
            .group_by(*by, week=col("due_on").dt.truncate("1w"))
            .agg(kept=(col("outcome") == "kept").sum(), n=pl.len())
            .with_columns(share=col("kept") / col("n"))
            .sort(*by, "week")
        )

    def with_interval() -> Any:
        low, high = pl.sql_expr(f"{_MIDDLE} - {_HALF}"), pl.sql_expr(f"{_MIDDLE} + {_HALF}")
        return counts().with_columns(low=low, high=high)

    # Each makes its query anew, as ours does, and as each query of SQL is read anew.
    return {
        "ours": lambda: _ours(made, by).collect(),
        "by hand": lambda: counts().collect(),
        "with interval": lambda: with_interval().collect(),
    }


def _check_same(answers: dict[str, Any]) -> None:
    """Refuse to compare the time of queries that do not give the same table.

    Raises:
        NotMeasuredError: If a column of the answers differs.
    """
    ours, *others = [_pandas(answer) for answer in answers.values()]
    for other in others:
        try:
            pd.testing.assert_frame_equal(ours[list(other)], other, check_dtype=False, rtol=1e-9, atol=1e-12)
        except AssertionError as why:
            raise NotMeasuredError(f"it gives another table: {str(why).splitlines()[0]}") from why


def _pandas(answer: Any) -> pd.DataFrame:
    table = answer if isinstance(answer, pa.Table) else answer.to_arrow()
    words = [field.name for field in table.schema if not pa.types.is_primitive(field.type)]
    frame: pd.DataFrame = table.to_pandas()
    return frame.astype(dict.fromkeys(words, "str"))
