"""A running JupyterLab, and what a person does in it. The benchmark of notebooks uses it too."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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
    contexts: list[BrowserContext] = field(default_factory=list)

    def page(self, *, width: int = 1280, context: BrowserContext | None = None) -> Page:
        """Return a new page; a new context is a new browser with nothing stored in it."""
        context = context or self.browser.new_context(
            viewport={"width": width, "height": 900}, accept_downloads=True
        )
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        return page

    def leave(self) -> None:
        """Close every page and end every kernel, as at the end of an evening."""
        while self.contexts:
            self.contexts.pop().close()
        for session in self._api("GET", "api/sessions"):
            self._api("DELETE", f"api/sessions/{session['id']}")

    def _api(self, method: str, path: str) -> Any:
        headers = {"Authorization": f"token {TOKEN}"}
        question = urllib.request.Request(f"{self.base}/{path}", headers=headers, method=method)
        with urllib.request.urlopen(question, timeout=30) as answer:
            return json.loads(answer.read() or b"null")

    def open(self, page: Page, path: Path) -> None:
        """Open a notebook and wait until its kernel is really there; "idle" is said before there is one."""
        page.goto(f"{self.base}/doc/workspaces/test/tree/{path.relative_to(self.root)}?reset&token={TOKEN}")
        page.wait_for_selector(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook", timeout=60_000)
        page.wait_for_selector("#jupyterlab-splash", state="detached", timeout=60_000)
        page.wait_for_function(_KERNEL_IS_READY, timeout=60_000)

    def card(self, page: Page, name: str) -> None:
        """Open the launcher and click one of its cards."""
        page.click('.lm-MenuBar-itemLabel:text-is("File")')
        page.click('.lm-Menu-itemLabel:text-is("New Launcher")')
        page.locator(f'.jp-LauncherCard:has-text("{name}")').click()

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
def serving(
    home: Path, *, app: str = "jupyterlab", options: Sequence[str] = (), disabled: Sequence[str] = ()
) -> Iterator[str]:
    """Start a Jupyter application on the folder `work` below `home`, with settings of its own, and give its address.

    Raises:
        RuntimeError: If it does not answer within two minutes.
    """
    root = home / "work"
    root.mkdir(parents=True, exist_ok=True)
    # Its news would cover the lower right corner.
    toast = home / "jupyterlab_settings_dir/@jupyterlab/apputils-extension/notification.jupyterlab-settings"
    toast.parent.mkdir(parents=True, exist_ok=True)
    toast.write_text('{"fetchNews": "false", "checkForUpdates": false}')
    # Each page would have Node look whether JupyterLab should be built anew.
    page = home / "jupyter_config_dir/labconfig/page_config.json"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(json.dumps({"buildCheck": False, "disabledExtensions": dict.fromkeys(disabled, True)}))
    port = _free_port()
    command = [
        *(sys.executable, "-m", app, "--no-browser", f"--port={port}", "--ip=127.0.0.1", "--allow-root"),
        *(f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={root}", "--ServerApp.port_retries=0"),
        *("--LabApp.news_url=None", "--LabApp.expose_app_in_browser=True"),
        *("--JupyterNotebookApp.expose_app_in_browser=True", *options),
    ]
    base = f"http://127.0.0.1:{port}"
    with _running(command, home) as log:
        _wait_for(base, log)
        yield base


@contextmanager
def started(home: Path, folder: Path, *options: str) -> Iterator[str]:
    """Start a workspace with the command that people use, and give the address that it prints."""
    command = [str(Path(sys.executable).with_name("peerkit")), "start", str(folder), "--no-browser", *options]
    # Of two that start at the same moment, both would find Jupyter's usual port free, and one tell the other's address.
    with _running(command, home, JUPYTER_PORT=str(_free_port())) as log:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and log.server.poll() is None:
            if found := re.search(r"http://127\.0\.0\.1:\d+/\S*token=\w+(?=\s)", log.text()):
                yield found[0]
                return
            time.sleep(0.1)
        msg = f"peerkit start gave no address: {log.text()[-2000:]}"
        raise RuntimeError(msg)


@dataclass
class _Log:
    server: subprocess.Popen[bytes]
    path: Path

    def text(self) -> str:
        return self.path.read_text(errors="replace")


@contextmanager
def _running(command: list[str], home: Path, **more: str) -> Iterator[_Log]:
    home.mkdir(parents=True, exist_ok=True)
    places = {name: str(home / name.lower()) for name in _PLACES}
    number, name = tempfile.mkstemp(dir=home, prefix="server-", suffix=".log")
    path = Path(name)
    with os.fdopen(number, "wb") as log:
        server = subprocess.Popen(
            command,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, **places, **more},
            start_new_session=True,
        )
        try:
            yield _Log(server, path)
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                # Jupyter's server sometimes waits for ever for a thread of its own. Nothing here asks how it ends.
                os.killpg(server.pid, signal.SIGKILL)
                server.wait(20)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_for(base: str, log: _Log) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and log.server.poll() is None:
        try:
            with urllib.request.urlopen(f"{base}/api/status?token={TOKEN}", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    msg = f"The server did not start: {log.text()[-2000:]}"
    raise RuntimeError(msg)
