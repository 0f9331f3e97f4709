"""What encryption costs: opening, a durable row and reading all rows, beside the same journal in clear."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.compare import Line, medians
from peerkit import care
from peerkit.journal import Journal

ROUNDS = 15
ROWS = 100_000
_PASSPHRASE = "four words in a row"
# A fresh process each time, for within one the key is made only once.
_OPENS = (
    "import os, sys; from pathlib import Path; from peerkit.journal import Journal;"
    " Journal(Path(sys.argv[1]), author='Amara').newest()"
)
AIM_SECONDS_MORE, AIM_ROW, AIM_READING = 0.5, 2.0, 3.0


def lines() -> Iterator[Line]:
    """Yield the seconds that opening takes more, and the ratios of a row and of reading all rows."""
    # In the folder where it is run: the system's own temporary folder may be memory, which is no disk.
    with tempfile.TemporaryDirectory(prefix=".sealed-", dir=Path.cwd()) as folder:
        journals = {name: _made(Path(folder, name), 1) for name in ("encrypted", "in clear")}
        care.encrypt(journals["encrypted"].path, _PASSPHRASE)
        opening = medians({name: partial(_open, one.path) for name, one in journals.items()}, rounds=ROUNDS)
        more = opening["encrypted"] - opening["in clear"]
        note = f"{more:.2f} s more in a fresh process; the aim is {AIM_SECONDS_MORE} s"
        yield Line("sealed", "open, in a fresh process", "in clear", *_of(opening), note=note)
        row = medians({name: partial(_add, one) for name, one in journals.items()}, rounds=20 * ROUNDS)
        yield Line("sealed", "a durable row", "in clear", *_of(row), aim=AIM_ROW)
    with tempfile.TemporaryDirectory(prefix=".sealed-", dir=Path.cwd()) as folder:
        journals = {name: _made(Path(folder, name), ROWS) for name in ("encrypted", "in clear")}
        care.encrypt(journals["encrypted"].path, _PASSPHRASE)
        read = medians({name: one.entries for name, one in journals.items()}, rounds=5)
        note = f"{ROWS:,} rows as a table; both read as the forms do, with every row checked"
        yield Line("sealed", "load all rows", "in clear", *_of(read), aim=AIM_READING, note=note)
        began = time.process_time()
        care.encrypt(journals["in clear"].path, _PASSPHRASE)
        took = time.process_time() - began
        yield Line(
            "sealed", f"encrypt {ROWS:,} rows", "", took, note="processor time, with the check of the copy"
        )


def _of(took: dict[str, float]) -> tuple[float, float]:
    return took["encrypted"], took["in clear"]


def _made(folder: Path, rows: int) -> Journal:
    folder.mkdir()
    journal = Journal(folder / "journal.db", author="Amara", create=True)
    row = {"peer": "Amara", "text": "Walk to the bridge and back before breakfast", "outcome": "open"}
    with journal.writing() as writer:
        writer.add_all("entries", [{**row, "commitment_id": f"c{number}"} for number in range(rows)])
    return journal


def _add(journal: Journal) -> None:
    journal.add("entries", {"commitment_id": "c0", "outcome": "kept"})


def _open(path: Path) -> None:
    environment = {"PEERKIT_PASSPHRASE": _PASSPHRASE, "PYTHONPATH": str(Path(__file__).parent.parent)}
    subprocess.run([sys.executable, "-c", _OPENS, path], check=True, env=environment)
