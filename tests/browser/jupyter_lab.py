"""A running JupyterLab, and what a person does in it. The benchmark of notebooks uses it too."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page

TOKEN = "peerkit-test-token"
CHROMIUM = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_PLACES = (
    "HOME",
    "JUPYTER_CONFIG_DIR",
    "JUPYTER_DATA_DIR",
    "JUPYTER_RUNTIME_DIR",
    "IPYTHONDIR",
    "JUPYTERLAB_SETTINGS_DIR",
    "JUPYTERLAB_WORKSPACES_DIR",
)
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
            ["pgrep", "-f", f"(ipykernel_launcher|peerkit.kernel).*{self.root.parent}"],
            capture_output=True,
            text=True,
        )
        return {int(line) for line in listed.stdout.split()}


def chromium_path() -> str | None:
    """Return where the system's Chromium or Chrome is; None where there is none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((found for found in map(shutil.which, names) if found), None)


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """Start JupyterLab on the folder `work` below `home`, with settings of its own, and give its address.

    Raises:
        RuntimeError: If it does not answer within two minutes.
    """
    root = home / "work"
    root.mkdir(exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # Its news would cover the lower right corner.
    toast = home / "jupyterlab_settings_dir/@jupyterlab/apputils-extension/notification.jupyterlab-settings"
    toast.parent.mkdir(parents=True)
    toast.write_text('{"fetchNews": "false", "checkForUpdates": false}')
    command = [
        *(
            sys.executable,
            "-m",
            "jupyterlab",
            "--no-browser",
            f"--port={port}",
            "--ip=127.0.0.1",
            "--allow-root",
        ),
        *(f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={root}", "--ServerApp.port_retries=0"),
        *("--LabApp.news_url=None", "--LabApp.expose_app_in_browser=True"),
    ]
    places = {name: str(home / name.lower()) for name in _PLACES}
    with (home / "lab.log").open("wb") as log:
        server = subprocess.Popen(
            command,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, **places},
            start_new_session=True,
        )
        try:
            base = f"http://127.0.0.1:{port}"
            _wait_for(base, server, home / "lab.log")
            yield base
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(20)


def _wait_for(base: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{base}/api/status?token={TOKEN}", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    msg = f"JupyterLab did not start: {log.read_text()[-2000:]}"
    raise RuntimeError(msg)
