"""The demo's year, made once a run; conftest.py offers these fixtures to every test."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from peerkit import demo
from peerkit.workspace import Workspace, read_workspace


@pytest.fixture(scope="session")
def year_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Workspace]:
    """Gives the year of a seed, made when it is first asked for. Only to look at."""
    made: dict[int, Workspace] = {}

    def year(seed: int) -> Workspace:
        if seed not in made:
            made[seed] = demo.make(tmp_path_factory.mktemp("year") / f"seed-{seed}", seed=seed)
        return made[seed]

    return year


@pytest.fixture(scope="session")
def demo_year(year_of: Callable[[int], Workspace]) -> Workspace:
    """The year of seed 1. Only to look at: who changes something takes `own_year`."""
    return year_of(1)


@pytest.fixture
def own_year(demo_year: Workspace, tmp_path: Path) -> Workspace:
    """A copy of the demo's year for one test alone."""
    return read_workspace(Path(shutil.copytree(demo_year.folder, tmp_path / "year")))
