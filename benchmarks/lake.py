"""A programme of many pairs, from Parquet in buckets of whole pairs: the same fold in processes, on Dask and on Spark.

Beside them DuckDB, which reads the same files as one table and knows nothing of buckets. Each in a process of its own,
with the memory of its whole family. `python -m benchmarks lake --full` has 17 million commitments.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.compare import Line, NotMeasuredError, not_measured
from peerkit import lake

# Set by --full: 17 million commitments, 50 million entries.
FULL = "PEERKIT_FULL"
PAIRS = 2_000
PAIRS_FULL = 127_000
# About as many as make three entries to a commitment.
MOVES = 0.98
AIM_MEMORY_MIB = 3072
_SHOWN = {"processes": "2 processes", "dask": "Dask", "spark": "PySpark, local[2]", "duckdb": "DuckDB"}
_AS_OF = str(lake.LAST_DAY)


def lines() -> Iterator[Line]:
    """Yield time and memory of each of peerkit's ways beside DuckDB's, and memory beside what we allow ourselves."""
    with tempfile.TemporaryDirectory(prefix=".lake-", dir=Path.cwd()) as name:
        folder = Path(name) / "lake"
        n_entries = lake.simulate(folder, PAIRS_FULL if os.environ.get(FULL) else PAIRS, moves=MOVES)
        found: dict[str, dict[str, Any]] = {}
        for engine, shown in _SHOWN.items():
            try:
                found[engine] = _measured(engine, folder)
            except NotMeasuredError as why:
                yield not_measured("lake", "all of it", shown, why)
    case = f"{n_entries:,} entries of {found['processes']['commitments']:,} commitments"
    duckdb = found.pop("duckdb", {"seconds": None, "peak": None, "answer": None})
    for engine, one in found.items():
        alike = "equal to the last integer" if one["answer"] == found["processes"]["answer"] else "NOT EQUAL"
        if duckdb["answer"] is not None and duckdb["answer"] != one["answer"]:
            alike += ", DuckDB's answer differs"
        ours = _SHOWN[engine]
        yield Line("lake", f"{case}, {ours}", "DuckDB", one["seconds"], duckdb["seconds"], note=alike)
        yield Line("lake", f"memory, {ours}", "DuckDB", one["peak"], duckdb["peak"], unit="MiB")
        yield Line("lake", f"memory, {ours}", "3 GiB", one["peak"], AIM_MEMORY_MIB, unit="MiB", aim=1.0)


def _measured(engine: str, folder: Path) -> dict[str, Any]:
    """Run one engine in a process of its own; return its seconds, its answer, and the peak MiB of its family.

    Raises:
        NotMeasuredError: Where the system is not Linux, or the process fails.
    """
    if not Path("/proc/self/smaps_rollup").exists():
        msg = "the memory of a family of processes is read from Linux's /proc"
        raise NotMeasuredError(msg)
    command = [sys.executable, "-m", "benchmarks.lake", engine, str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    peak = [0.0]
    watcher = threading.Thread(target=_watch, args=(process, peak), daemon=True)
    watcher.start()
    told, err = process.communicate()
    watcher.join()
    if process.returncode:
        raise NotMeasuredError((err.strip() or "the process ended").splitlines()[-1])
    return {**json.loads(told.splitlines()[-1]), "peak": peak[0]}


def _watch(process: subprocess.Popen[str], peak: list[float]) -> None:
    while process.poll() is None:
        peak[0] = max(peak[0], sum(map(_mebibytes, _family(process.pid))))
        time.sleep(0.1)


def _family(first: int) -> list[int]:
    """Return the ids of a process and of all that come from it."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            number, rest = stat.read_text().split(" (", 1)
        except OSError:
            continue
        parent = int(rest.rpartition(")")[2].split()[1])
        children.setdefault(parent, []).append(int(number))
    found = [first]
    for one in found:
        found += children.get(one, [])
    return found


def _mebibytes(pid: int) -> float:
    """Return what a process holds, what it shares counted in parts, so that a family's add up."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def main() -> None:
    """Fold and measure once, and print what it took and gave; of ours the starting of engines is counted, too."""
    engine, folder = sys.argv[1], Path(sys.argv[2])
    start = time.perf_counter()
    table = _duckdb(folder) if engine == "duckdb" else _ours(engine, folder)
    seconds = time.perf_counter() - start
    answer = [[str(week)[:10], int(kept), int(n)] for week, kept, n in table.itertuples(index=False)]
    print(json.dumps({"seconds": seconds, "answer": answer, "commitments": _commitments(folder)}))


def _ours(engine: str, folder: Path) -> pd.DataFrame:
    asked: dict[str, Any] = {"as_of": _AS_OF, "every": "week"}
    if engine == "processes":
        shares = lake.follow_through(folder, **asked, workers=2)
    elif engine == "dask":
        import dask

        with dask.config.set(scheduler="processes", num_workers=2):
            shares = lake.follow_through(folder, **asked, on="dask")
    else:
        session = _spark()
        shares = lake.follow_through(folder, **asked, on=session)
        session.stop()
    return shares[["week", "kept", "n"]]


def _spark() -> Any:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    from pyspark.sql import SparkSession

    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.memory": "1g",
        "spark.local.dir": str(Path(sys.argv[2]).parent),
        # A task holds one bucket, and not as many as would fit in Spark's own measure.
        "spark.sql.shuffle.partitions": str(lake.BUCKETS),
        "spark.sql.adaptive.coalescePartitions.enabled": "false",
    }
    builder = SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def _duckdb(folder: Path) -> pd.DataFrame:
    """Return the same by week, with the SQL that `benchmarks.engines.duckdb` has for the fold's own columns."""
    import duckdb

    database = duckdb.connect()
    database.execute("SET memory_limit = '8GB'")
    database.execute("SET threads = 2")
    database.execute(f"SET temp_directory = '{folder.parent}'")
    files = folder / "bucket=*" / "*.parquet"
    shares: pd.DataFrame = database.execute(_SQL.format(files=files), {"day": _AS_OF}).df()
    return shares


def _commitments(folder: Path) -> int:
    import duckdb

    counted = f"SELECT count(*) FILTER (session_id IS NOT NULL) FROM '{folder}/bucket=*/*.parquet'"
    row = duckdb.execute(counted).fetchone()
    return int(row[0]) if row else 0


_SQL = """
WITH seen AS (
    SELECT commitment_id, recorded_at, due_on, outcome, closed_on FROM '{files}'
    WHERE recorded_at < $day::TIMESTAMP + INTERVAL 1 DAY
),
dated AS (
    SELECT commitment_id, recorded_at, due_on,
        lag(due_on) OVER (PARTITION BY commitment_id ORDER BY recorded_at) AS before
    FROM seen WHERE due_on IS NOT NULL
),
dates AS (
    SELECT commitment_id, coalesce(
        arg_min(before, recorded_at) FILTER (due_on <> before AND date_trunc('day', recorded_at) > before),
        arg_max(due_on, recorded_at)) AS due_on
    FROM dated GROUP BY commitment_id
),
folded AS (
    SELECT commitment_id, arg_max(outcome, recorded_at) AS outcome, arg_max(closed_on, recorded_at) AS closed_on
    FROM seen GROUP BY commitment_id
)
SELECT date_trunc('week', due_on) AS week, count(*) FILTER (outcome = 'kept') AS kept, count(*) AS n
FROM folded JOIN dates USING (commitment_id)
WHERE due_on <= $day::TIMESTAMP AND outcome <> 'void'
    AND NOT (outcome = 'released' AND coalesce(closed_on < due_on, false))
GROUP BY ALL ORDER BY ALL
"""

if __name__ == "__main__":
    main()
