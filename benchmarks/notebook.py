"""From Run All to a form that takes typing, beside a notebook with one bare Textarea, in the same browser."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.compare import Line, not_measured
from peerkit.demo import make
from peerkit.notebooks import new_session

ROUNDS = 5
AIM = 1.5
# A person reads the heading first; the kernel loads the forms meanwhile.
_PAUSES = {"two seconds after the kernel is ready": 2000, "the moment the kernel is ready": 0}
_RUN_ALL = "void window.jupyterapp.commands.execute('notebook:run-all-cells')"


def lines() -> Iterator[Line]:
    """Yield the time to the first field, with a pause before Run All and without, and the time to all forms."""
    try:
        from playwright.sync_api import sync_playwright

        from tests.browser.jupyter_lab import CHROMIUM, Lab, chromium_path, serving
    except ImportError as why:
        yield not_measured("notebook", "Run All to a field", "one Textarea", why)
        return
    path = chromium_path()
    if path is None:
        yield not_measured("notebook", "Run All to a field", "one Textarea", "no Chromium found")
        return
    with tempfile.TemporaryDirectory(prefix="peerkit-") as folder, sync_playwright() as playwright:
        home = Path(folder)
        with serving(home) as base:
            lab = Lab(
                home / "work", base, playwright.chromium.launch(executable_path=path, args=list(CHROMIUM))
            )
            notebooks = _notebooks(lab.root)
            for case, pause in _PAUSES.items():
                took = _measured(lab, notebooks, pause)
                yield Line("notebook", f"Run All {case}, to the first field", "one Textarea", *took, aim=AIM)
            lab.browser.close()


def _notebooks(root: Path) -> dict[str, tuple[Path, str]]:
    """Return, by side, a notebook and the field that one types into first."""
    workspace = make(root / "demo")
    _, session = new_session(workspace, workspace.open_journal(), "weekly")
    bare = root / "bare.ipynb"
    notebook = json.loads(session.read_text(encoding="utf-8"))
    cell = notebook["cells"][1] | {"source": "import ipywidgets; ipywidgets.Textarea()", "metadata": {}}
    # The bare one uses the plain kernel, as anybody's notebook does.
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    bare.write_text(json.dumps(notebook | {"cells": [cell], "metadata": kernel}), encoding="utf-8")
    return {
        "peerkit": (session, '[data-peerkit-phase="arrive"] input[type="text"]'),
        "bare": (bare, ".jp-OutputArea textarea"),
    }


def _measured(lab: Any, notebooks: dict[str, tuple[Path, str]], pause: int) -> tuple[float, float]:
    took: dict[str, list[float]] = {name: [] for name in notebooks}
    for turn in range(ROUNDS + 1):
        for name, (path, field) in notebooks.items():
            page = lab.page()
            lab.open(page, path)
            page.wait_for_timeout(pause)
            start = time.perf_counter()
            page.evaluate(_RUN_ALL)
            page.locator(field).first.press("x")
            if turn:
                took[name].append(time.perf_counter() - start)
            page.evaluate("window.jupyterapp.serviceManager.sessions.shutdownAll()")
            page.context.close()
    return statistics.median(took["peerkit"]), statistics.median(took["bare"])
