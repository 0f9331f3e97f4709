"""A million entries folded and measured by peer and week: peerkit beside DuckDB and Polars.

peerkit works on one processor, the others on all that there are: where other programs keep those busy,
or where there are many, the ratio is another.
"""

from __future__ import annotations

import importlib
import statistics
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarks import memory
from benchmarks.compare import Line, NotMeasuredError, medians, not_measured
from benchmarks.programme import LAST_DAY, ledger

N_ENTRIES = 1_000_000
ROUNDS = 7
# Both days are checked: on the first, half of the entries are still unknown.
DAYS = ("2023-06-30", LAST_DAY)
AIM_TIME = 1.5
AIM_MEMORY = 1.0

_OTHERS = {"duckdb": "DuckDB", "polars": "Polars"}


def lines() -> Iterator[Line]:
    """Yield time and memory for entries in the order recorded, and for the same ones shuffled."""
    with tempfile.TemporaryDirectory(prefix="peerkit-") as name:
        folder = Path(name)
        in_order = ledger(N_ENTRIES)
        in_order.to_parquet(folder / "in the order recorded.parquet")
        in_order.sample(frac=1, random_state=1).to_parquet(folder / "shuffled.parquet", index=False)
        in_order.head(1000).to_parquet(folder / "small.parquet")
        del in_order
        for case in ("in the order recorded", "shuffled"):
            path = folder / f"{case}.parquet"
            yield from _times(path, f"{N_ENTRIES:,} entries, {case}")
            yield from _memory(path, folder / "small.parquet", f"{N_ENTRIES:,} entries, {case}")


def _times(path: Path, case: str) -> Iterator[Line]:
    ours = _engine("peerkit")
    loaded = {"peerkit": ours.load(path)}
    sides = {"peerkit": partial(ours.run, loaded["peerkit"], LAST_DAY)}
    for name, shown in _OTHERS.items():
        try:
            engine = _engine(name)
            loaded[name] = engine.load(path)
            for day in DAYS:
                _check_same(ours, ours.run(loaded["peerkit"], day), engine, engine.run(loaded[name], day))
            sides[name] = partial(engine.run, loaded[name], LAST_DAY)
        except (ImportError, NotMeasuredError) as why:
            yield not_measured("fold", case, shown, why)
    took = medians(sides, rounds=ROUNDS)
    yield from _lines(case, took, unit="s", aim=AIM_TIME)


def _memory(path: Path, small: Path, case: str) -> Iterator[Line]:
    try:
        names = [name for name in ("peerkit", *_OTHERS) if _is_there(name)]
        turns = [{name: memory.of(name, path, small) for name in names} for _ in range(3)]
    except NotMeasuredError as why:
        yield not_measured("fold", f"memory, {case}", "DuckDB, Polars", why)
        return
    for kind, shown in (("above", "memory above the data"), ("peak", "memory in all")):
        took = {name: statistics.median(turn[name][kind] for turn in turns) for name in names}
        yield from _lines(f"{shown}, {case}", took, unit="MiB", aim=AIM_MEMORY)


def _lines(case: str, took: dict[str, float], *, unit: str, aim: float) -> Iterator[Line]:
    """Yield a line for each other; the aim is set beside the better one."""
    others = {name: amount for name, amount in took.items() if name != "peerkit"}
    for name, amount in others.items():
        is_better = amount == min(others.values())
        yield Line(
            "fold", case, _OTHERS[name], took["peerkit"], amount, unit=unit, aim=aim if is_better else None
        )


def _engine(name: str) -> Any:
    return importlib.import_module(f"benchmarks.engines.{name}")


def _is_there(name: str) -> bool:
    try:
        _engine(name)
    except ImportError:
        return False
    return True


def _check_same(ours: Any, mine: tuple[Any, Any], engine: Any, theirs: tuple[Any, Any]) -> None:
    """Refuse to compare the time of engines that do not give the same tables.

    Raises:
        NotMeasuredError: If a column of the commitments or of the shares differs.
    """
    for keys, left, right in zip((["commitment_id"], ["peer", "week"]), mine, theirs, strict=True):
        table, other = _sorted(ours.arrow(left), keys), _sorted(engine.arrow(right), keys)
        # The interval is peerkit's own; the others need not work it out.
        for name in [name for name in table.column_names if name not in ("low", "high")]:
            if not _plain(table[name]).equals(_plain(other[name]).cast(_plain(table[name]).type)):
                msg = f"it gives another table: {name} differs"
                raise NotMeasuredError(msg)


def _sorted(table: pa.Table, keys: list[str]) -> pa.Table:
    plain = pa.table({name: _plain(table[name]) for name in table.column_names})
    return plain.sort_by([(key, "ascending") for key in keys])


def _plain(column: pa.ChunkedArray) -> pa.Array:
    """Return a column as one array of plain values: texts instead of codes."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_large_string(column.type) or column.type == pa.string_view():
        column = column.cast(pa.string())
    return column.combine_chunks()
