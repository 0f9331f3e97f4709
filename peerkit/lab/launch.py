"""Start JupyterLab, or the form view, on a workspace, where only this machine can reach it."""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import sys
from pathlib import Path

from peerkit import store, vault
from peerkit.errors import LockedError
from peerkit.workspace import Workspace

_HERE = Path(__file__).parent
_SETTINGS = _HERE / "config"
_STOPS_WITHIN_SECONDS = 15
# The browser asks nobody but this server, whatever a page, a library or a notebook names.
_POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; connect-src 'self' ws://127.0.0.1:* ws://localhost:* data: blob:;"
    " frame-ancestors 'self'; form-action 'self'; base-uri 'self'"
)


def open_lab(workspace: Workspace, *, no_browser: bool) -> int:
    """Start JupyterLab at the workspace's home notebook, wait until it is stopped, return its status.

    It listens on the loopback address with a token, and asks nobody for news. It shows one document at
    a time. The person's own JupyterLab settings stay as they are: ours stand below them as defaults, in
    a JupyterLab workspace of its own, so that their layout stays as it is too.
    """
    return _served(lab_command(workspace, no_browser=no_browser), workspace)


def open_forms(workspace: Workspace, *, no_browser: bool) -> int:
    """Start the form view at the workspace's home notebook: the same notebooks as pages, through Voilà."""
    return _served(form_command(workspace, no_browser=no_browser), workspace)


def lab_command(workspace: Workspace, *, no_browser: bool) -> list[str]:
    """Return the command that starts JupyterLab on a workspace."""
    # Its own for each folder: what was open in one is not looked for in another.
    layout = hashlib.sha256(str(workspace.folder.resolve()).encode()).hexdigest()[:8]
    # Voilà, where it is installed, would run any notebook that an address names.
    extensions = {"peerkit.lab": True, "voila.server_extension": False}
    options = [
        f"--ServerApp.jpserver_extensions={extensions}",
        f"--LabApp.default_url=/doc/workspaces/peerkit-{layout}/tree/{workspace.home.name}",
        "--LabApp.news_url=None",
        # The one that installs asks PyPI what there is as soon as it is looked at.
        "--LabApp.extension_manager=readonly",
        # Found here also where the files of an installation are not on Jupyter's paths.
        f"--LabApp.extra_labextensions_path={_HERE / 'labextensions'}",
    ]
    return _command("jupyterlab", workspace, options, no_browser=no_browser)


def form_command(workspace: Workspace, *, no_browser: bool) -> list[str]:
    """Return the command that starts the form view on a workspace."""
    options = [f"--ServerApp.default_url=/voila/render/{workspace.home.name}"]
    return _command("peerkit.lab.form_view", workspace, options, no_browser=no_browser)


def _command(module: str, workspace: Workspace, options: list[str], *, no_browser: bool) -> list[str]:
    command = [
        *(sys.executable, "-P", "-W", "ignore::DeprecationWarning", "-m", module),
        f"--ServerApp.root_dir={workspace.folder.resolve()}",
        "--ServerApp.ip=127.0.0.1",
        # A person reads what stands in the terminal: the address, and what went wrong. One Ctrl+C is enough.
        "--Application.log_level=WARN",
        "--JupyterApp.answer_yes=True",
        f"--ServerApp.tornado_settings={ {'headers': {'Content-Security-Policy': _POLICY}} }",
        *options,
    ]
    if no_browser:
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # JupyterLab refuses root unless told; in a container there is often nobody else.
        command.append("--allow-root")
    return command


def _served(command: list[str], workspace: Workspace) -> int:
    """Run a server until it is stopped, and return its status."""
    with contextlib.suppress(OSError):  # a folder that cannot be written can still be read
        workspace.copy_notebooks()
    layers = [str(_SETTINGS), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    environment = {**os.environ, "JUPYTER_CONFIG_PATH": os.pathsep.join(layers)}
    with contextlib.suppress(LockedError):  # nobody can be asked here: the notebooks ask
        environment |= vault.handing_on(store.key_for(workspace.journal_path))
    # The kernels get the key alone; the passphrase is asked for where something new is made with it.
    environment.pop(vault.PASSPHRASE, None)
    # Jupyter and Voilà run configuration files of the folder that they are started in, and Python imports
    # from it: a workspace that came from elsewhere must not be that folder.
    with subprocess.Popen(command, cwd=_SETTINGS, env=environment) as server:  # noqa: S603 our own words
        try:
            return server.wait()
        except KeyboardInterrupt:
            return _stopped(server)


def _stopped(server: subprocess.Popen[bytes]) -> int:
    """Wait for a server that Ctrl+C reached as well, while it ends its kernels, and return its status.

    Jupyter's sometimes waits for ever for a thread of its own: then, or at another Ctrl+C, it is ended.
    """
    try:
        return server.wait(_STOPS_WITHIN_SECONDS)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        server.kill()
        return server.wait()
