"""Start JupyterLab, or the form view, on a workspace, where only this machine can reach it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

from peerkit.workspace import Workspace

_HERE = Path(__file__).parent
_SETTINGS = _HERE / "config"
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
    options = [
        f"--LabApp.default_url=/doc/workspaces/peerkit/tree/{workspace.home.name}",
        "--LabApp.news_url=None",
        # Found here also where the files of an installation are not on Jupyter's paths.
        f"--LabApp.extra_labextensions_path={_HERE / 'labextensions'}",
    ]
    return _served("jupyterlab", workspace, options, no_browser=no_browser)


def open_forms(workspace: Workspace, *, no_browser: bool) -> int:
    """Start the form view at the workspace's home notebook: the same notebooks as pages, through Voilà.

    Raises:
        WorkspaceError: If Voilà is not installed.
    """
    from peerkit.lab import form_view

    form_view.check_installed()
    options = [f"--ServerApp.default_url=/voila/render/{workspace.home.name}"]
    return _served("peerkit.lab.form_view", workspace, options, no_browser=no_browser)


def _served(module: str, workspace: Workspace, options: list[str], *, no_browser: bool) -> int:
    with contextlib.suppress(OSError):  # a folder that cannot be written can still be read
        workspace.copy_notebooks()
    arguments = [
        f"--ServerApp.root_dir={workspace.folder.resolve()}",
        "--ServerApp.ip=127.0.0.1",
        # A person reads what stands in the terminal: the address, and what went wrong. One Ctrl+C is enough.
        "--Application.log_level=WARN",
        "--JupyterApp.answer_yes=True",
        '--ServerApp.jpserver_extensions={"peerkit.lab": True}',
        f"--ServerApp.tornado_settings={ {'headers': {'Content-Security-Policy': _POLICY}} }",
        *options,
    ]
    if no_browser:
        arguments.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # JupyterLab refuses root unless told; in a container there is often nobody else.
        arguments.append("--allow-root")
    layers = [str(_SETTINGS), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    # Jupyter and Voilà run configuration files of the folder that they are started in, and Python imports
    # from it: a workspace that came from elsewhere must not be that folder.
    try:
        return subprocess.run(  # noqa: S603 our own words and the workspace's path
            [sys.executable, "-P", "-W", "ignore::DeprecationWarning", "-m", module, *arguments],
            check=False,
            cwd=_SETTINGS,
            env={**os.environ, "JUPYTER_CONFIG_PATH": os.pathsep.join(layers)},
        ).returncode
    except KeyboardInterrupt:
        return 0
