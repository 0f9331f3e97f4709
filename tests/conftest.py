"""Fixtures that any test may ask for, and how Hypothesis searches."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer.main
from demo_year import demo_year, own_year, year_of  # noqa: F401 fixtures for every test
from helpers import Clock, clock_at, new_journal
from hypothesis import settings

from peerkit import vault
from peerkit.cli import main
from peerkit.exchange import keys
from peerkit.journal import Journal
from peerkit.workspace import Workspace, init_workspace

# The same examples on every run, so that a failure is there again. To look further:
# pytest --hypothesis-profile=far
settings.register_profile("same", deadline=None, derandomize=True, max_examples=20)
settings.register_profile("far", deadline=None, max_examples=500, print_blob=True)
settings.load_profile("same")

# The tests start many processes: where compiled code may not be kept, each would compile all of peerkit again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Typer makes all commands anew each time that one is run, which takes longer than most of them; they never change.
typer.main.get_command = cache(typer.main.get_command)

# What takes seconds to make and is made once for many tests. Four processes run the tests, and all tests that ask for
# one of these run in the same one. The browser tests of a process share a JupyterLab: those of a module run in one
# process, those of a long module in two; those of short modules come after each other, so that none is the last that
# all wait for.
_MADE_ONCE = {
    "year_of": "the demo's year",
    "spark": "Spark",
    "of_engine": "Spark",
    "engines": "Spark",
    "programme": "a lake",
    "invented": "a lake",
    "at_noon": "an evening",
    "server": "a server",
    "lab": "a lab",
    "wheel": "the wheel",
    "lives": "two lives",
    "changer": "a changer",
}

_LONG = ("test_room", "test_hour")
_SHORT = ("test_daily_card", "test_other_tools", "test_passphrase")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Name the group of each test that shares something costly."""
    for number, item in enumerate(items):
        asked = getattr(item, "fixturenames", ())
        group = next((told for name, told in _MADE_ONCE.items() if name in asked), None)
        if "browser" in item.path.parts:
            module = "short" if item.path.stem in _SHORT else item.path.stem
            half = 0 if "first_folder" in asked else number % 2
            group = f"{module} {half}" if module in _LONG else module
        if group:
            item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The one Spark of a test run; see `engines.start_spark`."""
    from engines import start_spark  # here, because it loads every engine

    session = start_spark(tmp_path_factory.mktemp("spark"))
    yield session
    session.stop()


@pytest.fixture
def clock() -> Clock:
    """The clock of `journal`: noon of 1 March 2024, UTC, until a test sets it."""
    return clock_at("03-01")


@pytest.fixture
def journal(tmp_path: Path, clock: Clock) -> Iterator[Journal]:
    """A fresh journal of Amara's, with the same ids on every run."""
    made = new_journal(tmp_path, clock=clock)
    yield made
    made.close()


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A fresh workspace of Amara's, in which she meets Jonas."""
    return init_workspace(
        tmp_path / "coaching", me="Amara", partner="Jonas", time_zone="UTC", pair_id="amara-jonas"
    )


@pytest.fixture
def clocked(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """Every journal that is opened in this process has `clock`."""
    monkeypatch.setitem(Journal.__init__.__kwdefaults__, "clock", clock)


@pytest.fixture
def quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least that Argon2id takes, for whatever does not rest on its cost."""
    for module in (vault, keys):
        monkeypatch.setattr(module, "_PASSES", 1)
        monkeypatch.setattr(module, "_BYTES", 8192)


@pytest.fixture
def peerkit(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Runs a command in this process, and returns (exit status, stdout, stderr)."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["peerkit", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out, told.err

    return run
