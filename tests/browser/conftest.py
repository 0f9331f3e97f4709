"""A real JupyterLab in a real Chromium: started once, and driven by what a person would click."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyter_lab import CHROMIUM, Lab, chromium_path, serving
from playwright.sync_api import Browser, expect, sync_playwright

from peerkit import ledger
from peerkit.notebooks import new_session
from peerkit.workspace import Workspace, init_workspace


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The fast tests first: these wait for a server and a browser."""
    items.sort(key=lambda item: "browser" in item.path.parts)


# A machine may be busy with other things; what is there sooner is seen sooner.
expect.set_options(timeout=60_000)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless. Skipped with the reason where there is none, unless it is demanded."""
    path = chromium_path()
    if path is None:
        if os.environ.get("PEERKIT_DEMAND_BROWSER"):
            pytest.fail("No Chromium found, and PEERKIT_DEMAND_BROWSER demands one.")
        pytest.skip(
            "No Chromium found. Install it (Debian: apt-get install chromium) to run the browser tests."
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def served(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab on an empty folder, with settings of its own."""
    home = tmp_path_factory.mktemp("lab")
    with serving(home) as base:
        yield Lab(home / "work", base, chromium)


@pytest.fixture
def lab(served: Lab) -> Iterator[Lab]:
    """The same JupyterLab for each test, without pages and kernels of the test before."""
    yield served
    served.leave()


@pytest.fixture
def workspace(lab: Lab) -> Workspace:
    """Two invented peers below the folder that JupyterLab serves, each with an open commitment."""
    folder = Path(tempfile.mkdtemp(dir=lab.root))
    made = init_workspace(folder, me="Amara", partner="Jonas", time_zone="UTC")
    journal = made.open_journal()
    for peer, text in (("Amara", "Plant the two pear trees"), ("Jonas", "Read the lease to the end")):
        ledger.promise(
            journal,
            text,
            peer=peer,
            on=journal.today(),
            due_on=journal.today(),
            obstacle="Rain",
            visibility="shared",
        )
    journal.close()
    return made


@pytest.fixture
def notebook(workspace: Workspace) -> Path:
    _, path = new_session(workspace, workspace.open_journal(), "weekly")
    return path
