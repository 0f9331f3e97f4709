"""Fixtures that any test may ask for, and how Hypothesis searches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from demo_year import demo_year, own_year, year_of  # noqa: F401 fixtures for every test
from helpers import Clock, clock_at, new_journal
from hypothesis import settings

from peerkit.journal import Journal
from peerkit.workspace import Workspace, init_workspace

# The same examples on every run, so that a failure is there again. To look further:
# pytest --hypothesis-profile=far
settings.register_profile("same", deadline=None, derandomize=True, max_examples=20)
settings.register_profile("far", deadline=None, max_examples=500, print_blob=True)
settings.load_profile("same")


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
