"""What was acknowledged is in the journal: with several writers, after a crash, on a full disk."""

import os
import random
import subprocess
import sys
from contextlib import contextmanager

import pytest
from helpers import new_journal

from peerkit.errors import JournalError
from peerkit.journal import Journal

# Adds rows, as many as it is told to, and says the id of each one that is acknowledged.
WRITER = """
import sys
from itertools import islice, count
from pathlib import Path
from peerkit.journal import Journal

path, name, rows = sys.argv[1:]
journal = Journal(Path(path), author=name)
for number in islice(count(), int(rows) or None):
    row = journal.add("entries", {"commitment_id": f"{name}-{number}", "text": "Call the school " * 20})
    print(row["row_id"], flush=True)
"""
FOREVER = 0


@pytest.mark.parametrize("n_writers", [2, 4])
def test_processes_that_write_at_once_lose_nothing(journal, n_writers):
    writers = [start_writer(journal, f"writer{number}", rows=10) for number in range(n_writers)]

    acknowledged = [row_id for writer in writers for row_id in writer.communicate()[0].split()]

    rows = journal.rows("entries")
    moments = [row["recorded_at"] for row in rows]
    assert [writer.returncode for writer in writers] == [0] * n_writers
    assert (len(rows), {row["row_id"] for row in rows}) == (10 * n_writers, set(acknowledged))
    assert moments == sorted(set(moments))


@pytest.mark.parametrize("turn", range(10))
def test_a_writer_that_is_killed_loses_nothing_it_acknowledged(journal, turn):
    n_rows = random.Random(turn).randint(1, 9)
    writer = start_writer(journal, "writer", rows=FOREVER)

    acknowledged = told_until_killed(writer, n_rows)
    after = journal.add("entries", {"commitment_id": "after"})

    found = {row["row_id"] for row in journal.rows("entries")}
    assert len(acknowledged) >= n_rows
    assert {*acknowledged, after["row_id"]} - found == set()


def test_a_full_disk_is_told_and_nothing_is_lost(small_disk):
    journal = new_journal(small_disk)
    kept = journal.add("entries", {"commitment_id": "c1", "text": "Call the school"})
    ballast = fill(small_disk)

    with pytest.raises(
        JournalError, match=r"the disk is full\. Nothing was saved; make room and try again\."
    ):
        journal.add("entries", {"commitment_id": "c2", "text": "Run to the bridge " * 1000})
    on_full_disk = [row["row_id"] for row in journal.rows("entries")]
    ballast.unlink()
    later = journal.add("entries", {"commitment_id": "c3", "text": "Run to the bridge"})

    assert on_full_disk == [kept["row_id"]]
    assert [row["row_id"] for row in journal.rows("entries")] == [kept["row_id"], later["row_id"]]
    journal.close()


def test_a_journal_that_cannot_be_made_on_a_full_disk_is_made_when_there_is_room(small_disk):
    ballast = fill(small_disk)

    with pytest.raises(JournalError, match=r"disk is full|No space left"):
        new_journal(small_disk)
    ballast.unlink()
    journal = new_journal(small_disk)

    assert journal.rows("entries") == []
    journal.close()


def test_a_read_only_disk_is_told_and_can_be_read(small_disk):
    journal = new_journal(small_disk)
    kept = journal.add("entries", {"commitment_id": "c1"})
    journal.close()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    reader = Journal(journal.path, author="Amara")

    with pytest.raises(JournalError, match=r"is read-only\. Nothing was saved"):
        reader.add("entries", {"commitment_id": "c2"})

    assert [row["row_id"] for row in reader.rows("entries")] == [kept["row_id"]]
    reader.close()


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 512 kB, mounted for one test. Only root may mount."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("only root on Linux may mount a small disk")
    with mounted(tmp_path / "disk") as disk:
        yield disk


@contextmanager
def mounted(folder):
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", folder]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("this machine does not let root mount a disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(disk):
    """Fill a disk to the last byte, with one file."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        while True:
            try:
                file.write(b"x" * 4096)
            except OSError:
                return ballast


def start_writer(journal, name, *, rows):
    command = [sys.executable, "-c", WRITER, journal.path, name, str(rows)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def told_until_killed(writer, n_rows):
    """Kill a writer after so many rows and return the ids of all that it acknowledged."""
    with writer:
        told = [writer.stdout.readline() for _ in range(n_rows)]
        writer.kill()
        told += writer.stdout.readlines()
    # The last line may be torn; what was not said whole was not acknowledged.
    return [line.strip() for line in told if line.endswith("\n")]
