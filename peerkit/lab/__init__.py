"""JupyterLab as the room: starting it on a workspace, and what it does for peerkit's notebooks."""

from __future__ import annotations

from typing import Any

# The name that our notebooks give their kernel by; share/ installs it.
KERNEL = "peerkit"
# Files that home links to, by their place in a workspace: what peerkit made, and nothing that a browser would run.
MADE = r"summaries/[^/]*\.pdf|exports/[^/]*\.(?:json|csv|xlsx|parquet|md|ics|txt|org)"


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Tell Jupyter Server where the extension is; every server of the environment imports this file."""
    return [{"module": "peerkit.lab"}]


def _load_jupyter_server_extension(server: Any) -> None:
    from peerkit.lab.server import load

    load(server)
