"""peerkit itself, on a relation of DuckDB: the same table, its moments with their zone, as Parquet gives them."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa

import peerkit
from benchmarks.engines import duckdb as by_hand
from benchmarks.engines.duckdb import arrow

__all__ = ["arrow", "load", "rate", "run"]


def load(path: Path) -> duckdb.DuckDBPyRelation:
    """Return the table `ledger`, with moments that have a zone."""
    database = by_hand.load(path)
    database.execute(
        "ALTER TABLE ledger ALTER recorded_at TYPE TIMESTAMPTZ USING recorded_at AT TIME ZONE 'UTC'"
    )
    return database.table("ledger")


def run(
    ledger: duckdb.DuckDBPyRelation, as_of: str, *, in_order: bool
) -> tuple[duckdb.DuckDBPyRelation, pa.Table]:
    """Return the commitments on a day and their follow-through by peer and week."""
    made: duckdb.DuckDBPyRelation = peerkit.commitments(ledger, as_of=as_of)
    # Held by the database, as those by hand are.
    made.query("made", "CREATE OR REPLACE TEMP TABLE commitments AS FROM made")
    commitments = made.query("made", "FROM commitments")
    shares = peerkit.follow_through(commitments, by=["peer"], every="week", as_of=as_of)
    return commitments, arrow(shares)


def rate(ledger: duckdb.DuckDBPyRelation, as_of: str, *, in_order: bool) -> pa.Table:
    """Return follow-through by peer and week alone."""
    commitments = peerkit.commitments(ledger, as_of=as_of, columns=["peer", "due_on", "outcome", "closed_on"])
    return arrow(peerkit.follow_through(commitments, by=["peer"], every="week", as_of=as_of))
