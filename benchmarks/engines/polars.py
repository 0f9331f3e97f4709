"""The same in Polars, lazy, with words as categoricals.

Only the keys are sorted; of each column the place of its last known value is found, and taken at the end.
Tried and slower: sorting whole rows; `drop_nulls().last()` or `last(ignore_nulls=True)` within groups;
`shift().over(...)` for the due dates; the streaming engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pyarrow as pa
from polars import col

from peerkit.schema import TABLES

KEY = "commitment_id"
COLUMNS = [name for name in TABLES["entries"] if name not in (KEY, "row_id", "recorded_at", "due_on")]
NEEDED = ("peer", "outcome", "closed_on")
WORDS = [name for name, kind in TABLES["entries"].items() if kind == "word"]


def load(path: Path) -> pl.DataFrame:
    """Return the entries with words as categoricals and moments in UTC without a zone."""
    read = pl.read_parquet(path)
    words = [name for name in WORDS if name in read.columns]
    return read.with_columns(col(words).cast(pl.Categorical), col("recorded_at").dt.replace_time_zone(None))


def run(ledger: pl.DataFrame, as_of: str, *, in_order: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the commitments on a day and their follow-through by peer and week."""
    day = datetime.fromisoformat(as_of)
    commitments = _commitments(ledger, day, in_order=in_order)
    return commitments, _follow_through(commitments.lazy(), day)


def rate(ledger: pl.DataFrame, as_of: str, *, in_order: bool) -> pl.DataFrame:
    """Return follow-through by peer and week alone."""
    day = datetime.fromisoformat(as_of)
    placed = _placed(ledger, day, NEEDED, in_order=in_order)
    dated = placed.lazy().select(KEY, "recorded_at", "due_on").drop_nulls("due_on")
    dated = dated.sort(KEY, maintain_order=True)
    before = col("due_on").shift()
    is_slip = (col(KEY) == col(KEY).shift()) & (col("due_on") != before)
    is_slip = is_slip & (col("recorded_at").dt.truncate("1d") > before)
    dates = (
        dated.with_columns(is_slip=is_slip.fill_null(value=False), before=before)
        .group_by(KEY)
        .agg(due_on=pl.coalesce(col("before").filter("is_slip").first(), col("due_on").last()))
    )
    # A blank `closed_on` while open changes no share, so it need not be blanked.
    return _follow_through(_last_known(ledger, placed, NEEDED).lazy().join(dates, on=KEY), day)


def arrow(table: pl.DataFrame) -> pa.Table:
    """Return a table as Arrow."""
    return table.to_arrow()


def _placed(ledger: pl.DataFrame, day: datetime, columns: Sequence[str], *, in_order: bool) -> pl.DataFrame:
    seen = ledger.lazy().with_row_index("entry").filter(col("recorded_at") < day + timedelta(days=1))
    known = [col(name).is_not_null() for name in columns]
    if in_order:
        placed = seen.select(KEY, "recorded_at", "due_on", "entry", *known)
    else:
        placed = seen.select(KEY, "row_id", "recorded_at", "due_on", "entry", *known)
        placed = placed.sort("recorded_at", "row_id")
    return placed.with_row_index("place").collect()


def _commitments(ledger: pl.DataFrame, day: datetime, *, in_order: bool) -> pl.DataFrame:
    placed = _placed(ledger, day, COLUMNS, in_order=in_order)
    last = _last_known(ledger, placed, COLUMNS, col("recorded_at").min().dt.truncate("1d").alias("made_on"))
    folded = last.lazy().join(_due_dates(placed.lazy()), on=KEY, how="left")
    is_open = col("outcome") == "open"
    return folded.with_columns(
        pl.when(~is_open).then("closed_on").alias("closed_on"),
        pl.when(col("outcome") == "partly").then("fraction").alias("fraction"),
        col("moves").fill_null(0),
        col("is_renegotiated").fill_null(value=False),
        (col("due_on") <= day).fill_null(value=False).alias("is_due"),
        (is_open & (col("due_on") < day).fill_null(value=False)).alias("is_overdue"),
    ).collect()


def _last_known(
    ledger: pl.DataFrame, placed: pl.DataFrame, columns: Sequence[str], *also: pl.Expr
) -> pl.DataFrame:
    places = [pl.when(name).then("place").max().alias(name) for name in columns]
    last = placed.lazy().group_by(KEY).agg(*also, *places).collect()
    entry = placed["entry"]
    return last.with_columns(ledger[name].gather(entry.gather(last[name])) for name in columns)


def _due_dates(placed: pl.LazyFrame) -> pl.LazyFrame:
    dated = placed.select(KEY, "recorded_at", "due_on").drop_nulls("due_on").sort(KEY, maintain_order=True)
    is_first = (col(KEY) != col(KEY).shift()).fill_null(value=True)
    before = col("due_on").shift()
    return (
        dated.with_columns(is_move=~is_first & (col("due_on") != before))
        .with_columns(in_time=col("is_move") & (col("recorded_at").dt.truncate("1d") <= before))
        .with_columns(too_late=(col("is_move") & ~col("in_time")).cum_sum())
        .with_columns(is_judged=col("too_late") == col("too_late").first().over(KEY))
        .group_by(KEY)
        .agg(
            first_due_on=col("due_on").first(),
            due_on=col("due_on").filter("is_judged").last(),
            latest_due_on=col("due_on").last(),
            moves=col("is_move").sum(),
            is_renegotiated=(col("in_time") & col("is_judged")).any(),
        )
    )


def _follow_through(commitments: pl.LazyFrame, day: datetime) -> pl.DataFrame:
    let_go = (col("outcome") == "released") & (col("closed_on") < col("due_on")).fill_null(value=False)
    return (
        commitments.filter((col("due_on") <= day) & (col("outcome") != "void") & ~let_go)
        .group_by("peer", week=col("due_on").dt.truncate("1w"))
        .agg(kept=(col("outcome") == "kept").sum(), n=pl.len())
        .with_columns(share=col("kept") / col("n"))
        .sort(col("peer").cast(pl.String), "week")
        .collect()
    )
