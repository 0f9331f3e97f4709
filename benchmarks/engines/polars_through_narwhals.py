"""peerkit itself, on a lazy frame of Polars: the same frame, its moments with their zone, as Parquet gives them."""

from __future__ import annotations

from pathlib import Path

import polars as pl

import peerkit
from benchmarks.engines import polars as by_hand
from benchmarks.engines.polars import arrow

__all__ = ["arrow", "load", "rate", "run"]


def load(path: Path) -> pl.LazyFrame:
    """Return the entries, with moments that have a zone."""
    return by_hand.load(path).with_columns(pl.col("recorded_at").dt.replace_time_zone("UTC")).lazy()


def run(ledger: pl.LazyFrame, as_of: str, *, in_order: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the commitments on a day and their follow-through by peer and week."""
    commitments: pl.LazyFrame = peerkit.commitments(ledger, as_of=as_of)
    shares = peerkit.follow_through(commitments, by=["peer"], every="week", as_of=as_of)
    return commitments.collect(), shares.collect()


def rate(ledger: pl.LazyFrame, as_of: str, *, in_order: bool) -> pl.DataFrame:
    """Return follow-through by peer and week alone."""
    commitments = peerkit.commitments(ledger, as_of=as_of, columns=["peer", "due_on", "outcome", "closed_on"])
    shares: pl.LazyFrame = peerkit.follow_through(commitments, by=["peer"], every="week", as_of=as_of)
    return shares.collect()
