"""Entries folded and follow-through by peer and week made of them: peerkit beside DuckDB and Polars.

Once as peerkit likes it best, on pandas, and once through Narwhals on the engine's own table of entries, which
goes from there to the fold and back. The fold works on one processor, the others on all that there are. Wall
time is what a person waits. Where other programs keep the processors busy it flatters peerkit; the lines of
processor time, over all threads, then say more: with two idle processors an engine can at best be done in half
of its own. Where the system itself runs in a machine that is simulated, new memory costs most.
"""

from __future__ import annotations

import importlib
import statistics
import tempfile
import time
from collections.abc import Generator, Iterator
from functools import partial
from math import log
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarks import memory
from benchmarks.compare import Line, NotMeasuredError, Side, in_turns, not_measured
from benchmarks.programme import LAST_DAY, ledger

SIZES = (100_000,)
SMALLEST = 1000
# What the aims are set for.
LARGE = 1_000_000
# Both days are checked: on the first, half of the entries are still unknown.
DAYS = ("2023-06-30", LAST_DAY)
NEEDED = ["row_id", "recorded_at", "commitment_id", "peer", "due_on", "outcome", "closed_on"]
AIM = 1.0
AIM_THROUGH = 1.3

_OTHERS = {"duckdb": "DuckDB", "polars": "Polars"}
_THROUGH = {f"{name}_through_narwhals": name for name in _OTHERS}


def lines(*sizes: int) -> Iterator[Line]:
    """Yield, for each number of entries, time and memory of three cases; then how time grows.

    Follow-through alone, from the columns that it takes; and up to a million entries, beyond which
    five tables that hold every column would not fit into the memory of a small machine, all columns, of
    entries in the order recorded and of shuffled ones.
    """
    processor: dict[int, dict[str, list[float]]] = {}
    with tempfile.TemporaryDirectory(prefix="peerkit-") as name:
        for size in sizes or SIZES:
            yield from _lines_of(size, Path(name), processor)
        yield from _growth(max(sizes or SIZES), Path(name) / "growth.parquet", processor)


def _lines_of(size: int, folder: Path, processor: dict[int, dict[str, list[float]]]) -> Iterator[Line]:
    entries = ledger(size)
    entries.head(SMALLEST).to_parquet(folder / "small.parquet")
    entries[NEEDED].to_parquet(folder / "follow-through alone.parquet", index=False)
    works = {"follow-through alone": "rate"}
    if size <= LARGE:
        entries.to_parquet(folder / "all columns.parquet", index=False)
        entries.sample(frac=1, random_state=1).to_parquet(
            folder / "all columns, shuffled.parquet", index=False
        )
        works |= dict.fromkeys(("all columns", "all columns, shuffled"), "run")
    del entries
    aim = AIM if size >= LARGE else None
    for name, work in works.items():
        path, case = folder / f"{name}.parquet", f"{size:,} entries, {name}"
        sides = yield from _sides(path, work, case)
        wall, taken = in_turns(sides, rounds=_rounds(size))
        yield from _lines(case, wall, unit="s", aim=aim)
        yield from _lines(f"{case}, processor time", taken, unit="s")
        processor.setdefault(size, taken)
        del sides
        yield from _memory(
            path, work, folder / "small.parquet", case, turns=3 if size <= LARGE else 1, aim=aim
        )


def _rounds(size: int) -> int:
    return 7 if size <= LARGE else 3


def _sides(path: Path, work: str, case: str) -> Generator[Line, None, dict[str, Side]]:
    """Load the entries into every engine that gives the same tables as peerkit; yield a line for the others."""
    in_order = "shuffled" not in path.name
    ours = _engine("peerkit")
    loaded = ours.load(path)
    sides: dict[str, Side] = {"peerkit": partial(getattr(ours, work), loaded, LAST_DAY, in_order=in_order)}
    for name in (*_OTHERS, *_THROUGH):
        shown = _OTHERS.get(name) or f"{_OTHERS[_THROUGH[name]]}, through Narwhals"
        try:
            engine = _engine(name)
            theirs = engine.load(path)
            for day in DAYS:
                mine = getattr(ours, work)(loaded, day, in_order=in_order)
                _check_same(mine, engine, getattr(engine, work)(theirs, day, in_order=in_order))
            sides[name] = partial(getattr(engine, work), theirs, LAST_DAY, in_order=in_order)
        except (ImportError, NotMeasuredError) as why:
            yield not_measured("fold", case, shown, why)
    return sides


def _memory(
    path: Path, work: str, small: Path, case: str, *, turns: int, aim: float | None
) -> Iterator[Line]:
    try:
        names = [name for name in ("peerkit", *_OTHERS, *_THROUGH) if _is_there(name)]
        taken = [{name: memory.of(name, work, path, small) for name in names} for _ in range(turns)]
    except NotMeasuredError as why:
        yield not_measured("fold", f"{case}, memory", "DuckDB, Polars", why)
        return
    for kind, shown in (("above", "memory above the data"), ("peak", "memory in all")):
        took = {name: [turn[name][kind] for turn in taken] for name in names}
        yield from _lines(f"{case}, {shown}", took, unit="MiB", aim=aim)


def _lines(case: str, took: dict[str, list[float]], *, unit: str, aim: float | None = None) -> Iterator[Line]:
    """Yield a line for each other, where the aim is set beside the better one; then one for each through Narwhals."""
    best = min((statistics.median(took[name]) for name in _OTHERS if name in took), default=None)
    for name in [name for name in _OTHERS if name in took]:
        is_best = statistics.median(took[name]) == best
        yield _line(case, took["peerkit"], name, took[name], unit=unit, aim=aim if is_best else None)
    # Set for the time; the memory of both stands beside it.
    most = AIM_THROUGH if aim is not None and unit == "s" else None
    for through, name in _THROUGH.items():
        if through in took and name in took:
            title = f"{case}, through Narwhals"
            yield _line(title, took[through], name, took[name], unit=unit, aim=most)


def _line(
    case: str, ours: list[float], name: str, theirs: list[float], *, unit: str, aim: float | None
) -> Line:
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    return Line(
        *("fold", case, _OTHERS[name], statistics.median(ours), statistics.median(theirs)),
        unit=unit,
        aim=aim,
        spread=(min(ratios), max(ratios)),
    )


def _growth(largest: int, path: Path, processor: dict[int, dict[str, list[float]]]) -> Iterator[Line]:
    """Yield how each engine's processor time for follow-through alone grows, as the power of the size.

    The power is the slope of a straight line through the logarithms; beside it stands that of n log n over
    the same sizes. The note has it for each step: the first ones show what a call costs however small.
    """
    sizes = [SMALLEST]
    while sizes[-1] * 10 <= largest:
        sizes.append(sizes[-1] * 10)
    for size in [size for size in sizes if size not in processor]:
        ledger(size)[NEEDED].to_parquet(path, index=False)
        sides: dict[str, Side] = {}
        for name in [name for name in ("peerkit", *_OTHERS) if _is_there(name)]:
            engine = _engine(name)
            sides[name] = partial(engine.rate, engine.load(path), LAST_DAY, in_order=True)
        [processor[size]] = in_turns(sides, rounds=_rounds(size), clocks=(time.process_time,))
    took = {
        name: [statistics.median(processor[size][name]) for size in sizes]
        for name in ("peerkit", *_OTHERS)
        if all(name in processor[size] for size in sizes)
    }
    n_log_n = [size * log(size) for size in sizes]
    for name, seconds_of in took.items():
        steps = ", ".join(
            f"{_power(sizes[i : i + 2], seconds_of[i : i + 2]):.2f}" for i in range(len(sizes) - 1)
        )
        yield Line(
            *(
                "fold",
                f"growth from {sizes[0]:,} to {sizes[-1]:,} entries, {_OTHERS.get(name, name)}",
                "n log n",
            ),
            *(_power(sizes, seconds_of), _power(sizes, n_log_n)),
            unit="",
            aim=AIM if name == "peerkit" else None,
            note=f"for each ten times: {steps}",
        )


def _power(sizes: list[int], amounts: list[float]) -> float:
    """Return the power of the size with which an amount grows."""
    return statistics.linear_regression([log(n) for n in sizes], [log(a) for a in amounts]).slope


def _engine(name: str) -> Any:
    return importlib.import_module(f"benchmarks.engines.{name}")


def _is_there(name: str) -> bool:
    try:
        _engine(name)
    except ImportError:
        return False
    return True


def _check_same(mine: Any, engine: Any, theirs: Any) -> None:
    """Refuse to compare the time of engines that do not give the same tables: shares, or commitments and shares.

    Raises:
        NotMeasuredError: If a cell differs.
    """
    if not isinstance(mine, tuple):
        mine, theirs = (mine,), (theirs,)
    for left, right in zip(mine, theirs, strict=True):
        table, other = _engine("peerkit").arrow(left), engine.arrow(right)
        # The interval is peerkit's own; by hand it need not be worked out.
        by_hand = set(table.column_names) - {"low", "high"}
        names = [name for name in table.column_names if name in by_hand.union(other.column_names)]
        keys = ["commitment_id"] if "commitment_id" in names else ["peer", "week"]
        table, other = _sorted(table, names, keys), _sorted(other, names, keys)
        for name in names:
            if not table[name].equals(other[name].cast(table[name].type)):
                msg = f"it gives another table: {name} differs"
                raise NotMeasuredError(msg)


def _sorted(table: pa.Table, names: list[str], keys: list[str]) -> pa.Table:
    plain = pa.table({name: _plain(table[name]) for name in names})
    return plain.sort_by([(key, "ascending") for key in keys])


def _plain(column: pa.ChunkedArray) -> pa.Array:
    """Return a column as one array of plain values: texts instead of codes."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_large_string(column.type) or column.type == pa.string_view():
        column = column.cast(pa.string())
    return column.combine_chunks()
