"""A running JupyterLab, and what a person does in it."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page

TOKEN = "peerkit-test-token"
_KERNEL_IS_READY = """() => {
  const panel = document.querySelector(".jp-NotebookPanel:not(.lm-mod-hidden)");
  const indicator = panel?.querySelector(".jp-Notebook-ExecutionIndicator");
  const name = panel?.querySelector(".jp-KernelName")?.innerText.trim();
  return indicator?.dataset.status === "idle" && !!name && name !== "No Kernel";
}"""


@dataclass
class Lab:
    """A running JupyterLab, serving one folder."""

    root: Path
    base: str
    browser: Browser

    def page(self, *, width: int = 1280, context: BrowserContext | None = None) -> Page:
        """Return a new page; a new context is a new browser with nothing stored in it."""
        context = context or self.browser.new_context(
            viewport={"width": width, "height": 900}, accept_downloads=True
        )
        page = context.new_page()
        page.set_default_timeout(30_000)
        return page

    def open(self, page: Page, path: Path) -> None:
        """Open a notebook and wait until its kernel is really there; "idle" is said before there is one."""
        page.goto(f"{self.base}/doc/workspaces/test/tree/{path.relative_to(self.root)}?reset&token={TOKEN}")
        page.wait_for_selector(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook", timeout=60_000)
        page.wait_for_selector("#jupyterlab-splash", state="detached", timeout=60_000)
        page.wait_for_function(_KERNEL_IS_READY, timeout=60_000)

    def run_all(self, page: Page) -> None:
        """Choose Run, Run All Cells."""
        page.click('.lm-MenuBar-itemLabel:text-is("Run")')
        page.click('.lm-Menu-item[data-command="runmenu:run-all"]')

    def kill_kernel(self, page: Page) -> None:
        """Kill the page's kernel without a word, as a crash would."""
        for pid in self._kernel_processes():
            os.kill(pid, signal.SIGKILL)
        # JupyterLab says so in a dialog, and starts another one by itself.
        page.locator(".jp-Dialog-button.jp-mod-accept").click(timeout=30_000)
        page.wait_for_function(_KERNEL_IS_READY, timeout=60_000)

    def _kernel_processes(self) -> set[int]:
        listed = subprocess.run(
            ["pgrep", "-f", f"(ipykernel_launcher|peerkit.kernel).*{self.root.parent}"], capture_output=True, text=True
        )
        return {int(line) for line in listed.stdout.split()}
