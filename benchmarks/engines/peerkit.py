"""peerkit itself, on pandas."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa

import peerkit


def load(path: Path) -> pd.DataFrame:
    """Return the entries with the dtypes of `journal.entries()`."""
    return pd.read_parquet(path)


def run(ledger: pd.DataFrame, as_of: str, *, in_order: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the commitments on a day and their follow-through by peer and week."""
    commitments = peerkit.commitments(ledger, as_of=as_of)
    return commitments, peerkit.follow_through(commitments, by=["peer"], every="week", as_of=as_of)


def rate(ledger: pd.DataFrame, as_of: str, *, in_order: bool) -> pd.DataFrame:
    """Return follow-through by peer and week alone."""
    commitments = peerkit.commitments(ledger, as_of=as_of, columns=["peer", "due_on", "outcome", "closed_on"])
    shares: pd.DataFrame = peerkit.follow_through(commitments, by=["peer"], every="week", as_of=as_of)
    return shares


def arrow(table: pd.DataFrame) -> pa.Table:
    """Return a table as Arrow."""
    return pa.Table.from_pandas(table, preserve_index=False)
