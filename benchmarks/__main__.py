"""Run benchmarks and print their table: `python -m benchmarks [NAME ...] [--full] [--json FILE]`."""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import importlib.util
import json
import os
import platform
import sqlite3
from importlib import metadata
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.compare import Line, not_measured

NAMES = ("imports", "row", "fold", "narwhals", "lake", "formats", "exchange", "sealed", "summary", "notebook")
# Those that take --entries.
SIZED = ("fold", "narwhals")
PACKAGES = (
    *("peerkit", "pandas", "numpy", "pyarrow", "narwhals", "sqlalchemy", "matplotlib", "typst"),
    *(
        "duckdb",
        "polars",
        "dask",
        "pyspark",
        "nbconvert",
        "playwright",
        "weasyprint",
        "jupyterlab",
        "pynacl",
        "sqlcipher3",
    ),
)


def main() -> None:
    """Run the benchmarks that were named, or all that there are."""
    there = [name for name in NAMES if importlib.util.find_spec(f"benchmarks.{name}")]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names", metavar="NAME", nargs="*", help=f"one of: {', '.join(there)}; all when left out"
    )
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the lines and the versions here too")
    parser.add_argument(
        "--full", action="store_true", help="measure a lake at its full size, which takes long"
    )
    parser.add_argument(
        "--entries",
        metavar="N",
        type=int,
        nargs="+",
        default=[],
        help="sizes of the ledgers that fold and narwhals work on, as in: fold --entries 1000000 10000000",
    )
    given = parser.parse_args()
    if given.full:
        os.environ["PEERKIT_FULL"] = "1"
    unknown = sorted(set(given.names) - set(there))
    if unknown:
        parser.error(f"No benchmark {', '.join(unknown)}. There are: {', '.join(there)}.")
    # Wide enough for the notes also where the output goes to a file.
    console = Console(width=None if Console().is_terminal else 160)
    machine = environment()
    console.print(", ".join(f"{name} {value}" for name, value in machine.items()), highlight=False)
    found: list[Line] = []
    broken: list[str] = []
    for name in given.names or there:
        with console.status(f"Measuring {name} ..."):
            lines, is_whole = lines_of(name, *given.entries if name in SIZED else ())
        found += lines
        broken += [] if is_whole else [name]
    console.print(table_of(found))
    if given.json:
        told = [dataclasses.asdict(line) | {"ratio": line.ratio, "is_met": line.is_met} for line in found]
        given.json.write_text(json.dumps({"environment": machine, "lines": told}, indent=1), encoding="utf-8")
    if broken:
        console.print(f"[red]Broken: {', '.join(broken)}. The last line of each says why.[/red]")
        raise SystemExit(1)


def environment() -> dict[str, str]:
    """Return what the numbers depend on: the machine and the versions of all that is measured."""
    made = {
        "Python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processors": str(os.cpu_count()),
        "load at the start": f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown",
        "SQLite": sqlite3.sqlite_version,
    }
    for package in PACKAGES:
        try:
            made[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            made[package] = "none"
    return made


def lines_of(name: str, *sizes: int) -> tuple[list[Line], bool]:
    """Return the lines of one benchmark and whether these are all; where it broke, the last one says why."""
    made: list[Line] = []
    try:
        made.extend(importlib.import_module(f"benchmarks.{name}").lines(*sizes))
    except Exception as why:  # noqa: BLE001 one that breaks must not take the others' numbers with it
        made.append(
            not_measured(name, "the rest of it" if made else "all of it", "", f"{type(why).__name__}: {why}")
        )
        return made, False
    return made, True


def table_of(lines: list[Line]) -> Table:
    """Return the lines as a table, a rule between benchmarks."""
    table = Table(highlight=False)
    for title in (
        *("benchmark", "case", "other", "peerkit", "other's", "ratio", "spread", "aim", "met", "note"),
    ):
        table.add_column(
            title, justify="right" if title in ("peerkit", "other's", "ratio", "spread", "aim") else "left"
        )
    for line, after in zip(lines, [*lines[1:], None], strict=True):
        table.add_row(
            line.benchmark,
            line.case,
            line.other,
            _amount(line.ours, line.unit),
            _amount(line.theirs, line.unit),
            _ratio(line.ratio),
            "–".join(map(_ratio, line.spread)) if line.spread else "",
            _ratio(line.aim),
            {True: "[green]yes[/green]", False: "[red]no[/red]", None: ""}[line.is_met],
            line.note,
            end_section=after is None or after.benchmark != line.benchmark,
        )
    return table


def _amount(amount: float | None, unit: str) -> str:
    if amount is None:
        return ""
    if unit == "s":
        return f"{amount * 1000:.2f} ms" if amount < 0.1 else f"{amount:.2f} s"
    return f"{amount:.0f} {unit}" if unit else f"{amount:.2f}"


def _ratio(ratio: float | None) -> str:
    if ratio is None:
        return ""
    return f"{ratio:.2f}" if ratio > 0.1 or ratio <= 0 else f"1/{1 / ratio:.0f}"


if __name__ == "__main__":
    main()
