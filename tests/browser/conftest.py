"""A real JupyterLab in a real Chromium: started once, and driven by what a person would click."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from jupyter_lab import CHROMIUM, Lab, chromium_path, serving
from playwright.sync_api import Browser, sync_playwright


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The fast tests first: these wait for a server and a browser."""
    items.sort(key=lambda item: "browser" in item.path.parts)


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


@pytest.fixture(scope="module")
def lab(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab on an empty folder, with settings of its own."""
    home = tmp_path_factory.mktemp("lab")
    with serving(home) as base:
        yield Lab(home / "work", base, chromium)
