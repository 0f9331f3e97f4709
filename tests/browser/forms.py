"""What the browser tests see of a form and of the journal behind it."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from peerkit.workspace import Workspace

SECRET = "the walnut tree behind the mill"


def phase(page: Page, name: str) -> Locator:
    return page.locator(f'[data-peerkit-phase="{name}"]')


def topic(page: Page) -> Locator:
    return phase(page, "aim").get_by_role("textbox").first


def type_topic(page: Page, text: str) -> None:
    topic(page).press_sequentially(text, delay=10)
    expect(phase(page, "aim").locator('.pk-foot[data-state="saved"]').first).to_be_visible(timeout=15_000)


def expect_saved(form: Locator) -> None:
    """Wait until nothing in a form waits to be kept."""
    expect(form.locator('.pk-foot[data-state="dirty"], .pk-foot[data-state="unsaved"]')).to_have_count(
        0, timeout=10_000
    )
    expect(form.locator('.pk-foot[data-state="saved"]').first).to_be_visible()


def stored(workspace: Workspace, prompt: str = "topic") -> list[str]:
    """Return the newest value of a prompt, as the file has it."""
    return written(workspace, prompt)[-1:]


def written(workspace: Workspace, prompt: str = "topic") -> list[str]:
    """Return every value of a prompt that the file has, in the order written."""
    with closing(sqlite3.connect(workspace.journal_path)) as journal:
        rows = journal.execute("SELECT value FROM answers WHERE prompt = ? ORDER BY recorded_at", [prompt])
        return [json.loads(value) for (value,) in rows]


def shoot(page: Page, name: str) -> None:
    """Keep screenshots where PEERKIT_SCREENSHOTS says, to be looked at."""
    if folder := os.environ.get("PEERKIT_SCREENSHOTS"):
        page.wait_for_timeout(500)
        page.screenshot(path=Path(folder) / f"{name}.png")


def settled(page: Page, name: str) -> None:
    """Wait until a notebook shows all that it has to show."""
    last = {
        "home": page.get_by_role("button", name="Make the PDF"),
        "follow-through": page.locator(".peerkit-out figure").nth(1),
    }
    last.get(name, phase(page, "close")).wait_for(timeout=60_000)
    page.wait_for_timeout(500)


def change_theme(page: Page, theme: str) -> None:
    """Choose "JupyterLab Light" or "JupyterLab Dark", and wait until the page has it."""
    page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme)
    is_light = str(theme.endswith("Light")).lower()
    page.wait_for_function("is_light => document.body.dataset.jpThemeLight === is_light", arg=is_light)
    page.wait_for_timeout(500)


def violations(page: Page, where: str) -> list[tuple[str, str]]:
    """Return what axe-core finds wrong in the elements that a selector names."""
    found = Axe().run(page, context=where).response["violations"]
    return [(one["id"], node["html"][:120]) for one in found for node in one["nodes"]]
