"""JupyterLab on a workspace: start it where only this machine can reach it."""

from __future__ import annotations

import os
import subprocess
import sys

from peerkit.workspace import Workspace


def open_lab(workspace: Workspace, *, no_browser: bool) -> int:
    """Start JupyterLab at the workspace's home notebook, wait until it is stopped, return its status.

    It listens on the loopback address with a token, and asks nobody for news. The person's own
    JupyterLab settings stay as they are.
    """
    arguments = [
        f"--ServerApp.root_dir={workspace.folder.resolve()}",
        f"--LabApp.default_url=/lab/tree/{workspace.home.name}",
        "--ServerApp.ip=127.0.0.1",
        "--LabApp.news_url=None",
    ]
    if no_browser:
        arguments.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # JupyterLab refuses root unless told; in a container there is often nobody else.
        arguments.append("--allow-root")
    try:
        return subprocess.run([sys.executable, "-m", "jupyterlab", *arguments], check=False).returncode  # noqa: S603
    except KeyboardInterrupt:
        return 0
