"""From a card to a form that takes typing, beside a scripted notebook of one Textarea; and from typing to "Saved"."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.compare import Line, not_measured
from peerkit.demo import make
from peerkit.notebooks import session_notebook
from peerkit.sessions import list_sessions
from peerkit.templates import template
from peerkit.workspace import Workspace

ROUNDS = 5
AIM = 1.3
_FIELD = '[data-peerkit-phase="arrive"] input[type="text"]'
# What somebody would script by hand: open, wait for the kernel, run all. Waiting on the promise of
# "run all" would wait for the cells too, so it is let go.
_SCRIPT = """async (path) => {
  const app = window.jupyterapp;
  const panel = await app.commands.execute("docmanager:open", { path, factory: "Notebook" });
  await panel.context.ready;
  await panel.sessionContext.ready;
  await panel.sessionContext.session.kernel.info;
  void app.commands.execute("notebook:run-all-cells");
}"""


def lines() -> Iterator[Line]:
    """Yield the time from a card to typing, and from the last key to "Saved" with the rows that it wrote."""
    try:
        from playwright.sync_api import sync_playwright

        from tests.browser.jupyter_lab import CHROMIUM, Lab, chromium_path, serving
    except ImportError as why:
        yield not_measured("notebook", "card to typing", "one Textarea", why)
        return
    path = chromium_path()
    if path is None:
        yield not_measured("notebook", "card to typing", "one Textarea", "no Chromium found")
        return
    with tempfile.TemporaryDirectory(prefix="peerkit-") as folder, sync_playwright() as playwright:
        home = Path(folder)
        with serving(home) as base:
            lab = Lab(
                home / "work", base, playwright.chromium.launch(executable_path=path, args=list(CHROMIUM))
            )
            workspace = make(lab.root / "demo")
            yield from _card(lab, workspace)
            yield from _saved(lab, workspace)
            lab.browser.close()


def _card(lab: Any, workspace: Workspace) -> Iterator[Line]:
    bare = _bare(lab.root, workspace)
    sides: dict[str, Callable[[Any], None]] = {
        "peerkit": lambda page: page.locator(".jp-Dialog .jp-mod-accept").click(),
        "bare": lambda page: page.evaluate(f"path => void ({_SCRIPT})(path)", bare.name),
    }
    fields = {"peerkit": _FIELD, "bare": ".jp-OutputArea textarea"}
    took: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(ROUNDS + 1):
        for name, begin in sides.items():
            page = _launcher(lab)
            if name == "peerkit":
                _ask(page)
            start = time.perf_counter()
            begin(page)
            page.locator(fields[name]).first.press("x")
            if turn:
                took[name].append(time.perf_counter() - start)
            page.evaluate("window.jupyterapp.serviceManager.sessions.shutdownAll()")
            page.context.close()
    medians = statistics.median(took["peerkit"]), statistics.median(took["bare"])
    note = f"medians of {ROUNDS}; the slowest of ours took {max(took['peerkit']):.2f} s"
    yield Line(
        "notebook",
        "the card's Begin to a form that takes typing",
        "one Textarea, scripted",
        *medians,
        aim=AIM,
        note=note,
    )


def _saved(lab: Any, workspace: Workspace) -> Iterator[Line]:
    page = _launcher(lab)
    _ask(page)
    page.locator(".jp-Dialog .jp-mod-accept").click()
    field = page.locator(_FIELD).first
    field.press("x")
    page.wait_for_timeout(5_000)
    took = []
    before = _answers(workspace)
    for turn in range(ROUNDS):
        field.press_sequentially(f" and again, the {turn}th time", delay=30)
        start = time.perf_counter()
        # One sentence a pause: the status says "Typing…" until the journal has it.
        page.wait_for_function(
            "field => field.closest('.pk-field').querySelector('.pk-foot').dataset.state === 'saved'",
            arg=field.element_handle(),
        )
        took.append(time.perf_counter() - start)
        page.wait_for_timeout(500)
    rows = _answers(workspace) - before
    page.context.close()
    note = f"{rows} rows for {ROUNDS} pauses in typing; the slowest took {max(took):.2f} s"
    yield Line(
        "notebook", "the last key to Saved", "one second", statistics.median(took), 1.0, aim=1.0, note=note
    )


def _ask(page: Any) -> None:
    """Click the card and choose the weekly session; the person's own time to choose is nobody's."""
    page.locator('.jp-LauncherCard:has-text("New session")').click()
    choice = page.locator(".jp-Dialog select")
    choice.select_option(
        label=next(text for text in choice.locator("option").all_inner_texts() if "(weekly)" in text)
    )


def _launcher(lab: Any) -> Any:
    """Return a page of its own with JupyterLab's launcher at the demo, settled."""
    page = lab.page()
    page.goto(f"{lab.base}/lab/workspaces/test/tree/demo?reset&token=peerkit-test-token")
    page.locator(".jp-LauncherCard").first.wait_for(timeout=60_000)
    page.wait_for_selector("#jupyterlab-splash", state="detached", timeout=60_000)
    page.wait_for_timeout(1_500)
    return page


def _bare(root: Path, workspace: Workspace) -> Path:
    journal = workspace.open_journal()
    notebook = session_notebook(list_sessions(journal)[-1], template("weekly"))
    journal.close()
    cell = notebook["cells"][1] | {"source": "import ipywidgets; ipywidgets.Textarea()", "metadata": {}}
    # It uses the plain kernel, as anybody's notebook does.
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    bare = root / "bare.ipynb"
    bare.write_text(json.dumps(notebook | {"cells": [cell], "metadata": kernel}), encoding="utf-8")
    return bare


def _answers(workspace: Workspace) -> int:
    journal = workspace.open_journal()
    counted = len(journal.rows("answers"))
    journal.close()
    return counted
