"""The same in DuckDB's SQL, on a table in its memory with words as enums.

Where rows lie in order their `rowid` is their place. Tried and slower: `last(column ORDER BY place)`; a place computed by a window over all columns (the join
of a narrow one is faster); `arg_max` by the pair (recorded_at, row_id) without a place.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa

from peerkit.schema import TABLES

SEEN = "recorded_at < $day::TIMESTAMP + INTERVAL 1 DAY"
KEYS = ("row_id", "recorded_at", "commitment_id")
COLUMNS = [name for name in TABLES["entries"] if name not in (*KEYS, "due_on")]
WORDS = [name for name, kind in TABLES["entries"].items() if kind == "word"]

_IN_ORDER = f"seen AS (SELECT *, rowid AS place FROM ledger WHERE {SEEN})"
_TO_ORDER = f"""placed AS (
    SELECT rowid AS entry, row_number() OVER (ORDER BY recorded_at, row_id) AS place FROM ledger WHERE {SEEN}
),
seen AS (SELECT ledger.*, place FROM ledger JOIN placed ON ledger.rowid = entry)"""

_COMMITMENTS = f"""
dated AS (
    SELECT commitment_id, place, recorded_at, due_on,
        lag(due_on) OVER (PARTITION BY commitment_id ORDER BY place) AS before
    FROM seen WHERE due_on IS NOT NULL
),
moved AS (
    SELECT *, coalesce(due_on <> before, false) AS is_move,
        is_move AND date_trunc('day', recorded_at) <= before AS in_time
    FROM dated
),
dates AS (
    SELECT commitment_id, arg_min(due_on, place) AS first_due_on, arg_max(due_on, place) AS latest_due_on,
        coalesce(arg_min(before, place) FILTER (is_move AND NOT in_time), latest_due_on) AS due_on,
        count(*) FILTER (is_move) AS moves,
        min(place) FILTER (in_time) AS in_time, min(place) FILTER (is_move AND NOT in_time) AS too_late
    FROM moved GROUP BY commitment_id
),
folded AS (
    SELECT commitment_id, date_trunc('day', min(recorded_at)) AS made_on,
        {", ".join(f"arg_max({name}, place) AS {name}" for name in COLUMNS)}
    FROM seen GROUP BY commitment_id
)
SELECT folded.* REPLACE (
        CASE WHEN outcome <> 'open' THEN closed_on END AS closed_on,
        CASE WHEN outcome = 'partly' THEN fraction END AS fraction
    ),
    first_due_on, due_on, latest_due_on, coalesce(moves, 0) AS moves,
    in_time IS NOT NULL AND (too_late IS NULL OR in_time < too_late) AS is_renegotiated,
    coalesce(due_on <= $day::TIMESTAMP, false) AS is_due,
    outcome = 'open' AND coalesce(due_on < $day::TIMESTAMP, false) AS is_overdue
FROM folded LEFT JOIN dates USING (commitment_id)
"""

_FOLLOW_THROUGH = """
SELECT peer, date_trunc('week', due_on) AS week, count(*) FILTER (outcome = 'kept') AS kept, count(*) AS n,
    kept / n AS share
FROM commitments
WHERE due_on <= $day::TIMESTAMP AND outcome <> 'void'
    AND NOT (outcome = 'released' AND coalesce(closed_on < due_on, false))
GROUP BY ALL ORDER BY ALL
"""

# A blank `closed_on` while open changes no share, so it need not be blanked.
_RATE = f"""
dated AS (
    SELECT commitment_id, place, recorded_at, due_on,
        lag(due_on) OVER (PARTITION BY commitment_id ORDER BY place) AS before
    FROM seen WHERE due_on IS NOT NULL
),
dates AS (
    SELECT commitment_id, coalesce(
        arg_min(before, place) FILTER (due_on <> before AND date_trunc('day', recorded_at) > before),
        arg_max(due_on, place)
    ) AS due_on
    FROM dated GROUP BY commitment_id
),
folded AS (
    SELECT commitment_id, arg_max(peer, place) AS peer, arg_max(outcome, place) AS outcome,
        arg_max(closed_on, place) AS closed_on
    FROM seen GROUP BY commitment_id
),
commitments AS (SELECT * FROM folded JOIN dates USING (commitment_id))
{_FOLLOW_THROUGH}"""


def load(path: Path) -> duckdb.DuckDBPyConnection:
    """Return a database in memory that holds the entries as its table `ledger`."""
    database = duckdb.connect()
    there = [name for (name, *_) in database.execute(f"DESCRIBE FROM '{path}'").fetchall() if name in WORDS]
    for name in there:
        database.execute(
            f"CREATE TYPE a_{name} AS ENUM (SELECT DISTINCT {name} FROM '{path}' WHERE {name} IS NOT NULL ORDER BY 1)"
        )
    words = ", ".join(f"{name}::a_{name} AS {name}" for name in there)
    database.execute(
        f"CREATE TABLE ledger AS SELECT * REPLACE (recorded_at AT TIME ZONE 'UTC' AS recorded_at, {words}) FROM '{path}'"
    )
    return database


def run(
    database: duckdb.DuckDBPyConnection, as_of: str, *, in_order: bool
) -> tuple[duckdb.DuckDBPyRelation, pa.Table]:
    """Return the commitments on a day and their follow-through by peer and week."""
    seen = _IN_ORDER if in_order else _TO_ORDER
    database.execute(
        f"CREATE OR REPLACE TEMP TABLE commitments AS WITH {seen}, {_COMMITMENTS}", {"day": as_of}
    )
    shares = database.sql(_FOLLOW_THROUGH, params={"day": as_of}).to_arrow_table()
    return database.table("commitments"), shares


def rate(database: duckdb.DuckDBPyConnection, as_of: str, *, in_order: bool) -> pa.Table:
    """Return follow-through by peer and week alone, in one query."""
    seen = _IN_ORDER if in_order else _TO_ORDER
    return database.sql(f"WITH {seen}, {_RATE}", params={"day": as_of}).to_arrow_table()


def arrow(table: duckdb.DuckDBPyRelation | pa.Table) -> pa.Table:
    """Return a table as Arrow."""
    return table if isinstance(table, pa.Table) else table.to_arrow_table()
