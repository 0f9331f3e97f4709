"""What the benchmarks measure is what people have: they break loudly when it changes."""

from __future__ import annotations

import sys

import pytest

from benchmarks import __main__ as command
from benchmarks.programme import ledger
from peerkit.journal import Journal


def test_the_invented_ledger_has_the_columns_and_dtypes_of_a_journals_entries(journal: Journal) -> None:
    entries = journal.entries()
    made = ledger(300)

    assert {name: str(dtype) for name, dtype in made.dtypes.items()} == {
        name: str(dtype) for name, dtype in entries.dtypes.items()
    }
    assert not made.isna().all().any()


def test_a_benchmark_that_breaks_tells_why_and_the_command_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmarks", "fold", "--entries", "-1"])

    with pytest.raises(SystemExit) as ended:
        command.main()

    assert ended.value.code == 1
    assert "Broken: fold." in capsys.readouterr().out
