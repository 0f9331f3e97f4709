"""The form view: the same notebooks as plain pages, through Voilà, for a narrow screen or a calm one."""

from __future__ import annotations

import html
import importlib.util
import sys
import uuid
from pathlib import Path
from typing import Any

from peerkit.errors import PeerkitError, WorkspaceError
from peerkit.lab import KERNEL, MADE
from peerkit.lab.own_code import code_that_may_run, inside, text_of_shipped
from peerkit.notebooks import OWN, source_of

# What a person needs to fill in a form, and nothing that could run something else.
_EXTENSIONS = {
    "voila.server_extension": True,
    "peerkit.lab": True,
    "jupyterlab": False,
    "notebook": False,
    "jupyter_lsp": False,
    "jupyter_server_terminals": False,
}


def check_installed() -> None:
    """Check that Voilà is there.

    Raises:
        WorkspaceError: If it is not.
    """
    if importlib.util.find_spec("voila") is None:
        msg = 'The form view needs Voilà, which is not installed. Run: pip install "peerkit[form]"'
        raise WorkspaceError(msg)


def main() -> None:
    """Serve a workspace's notebooks as forms, with Jupyter Server's own token before every page."""
    from jupyter_server.serverapp import ServerApp
    from traitlets.config import Config

    settings = {
        "ServerApp": {"jpserver_extensions": _EXTENSIONS},
        "VoilaConfiguration": {
            "prelaunch_hook": admit,
            "allow_template_override": "NO",
            "file_allowlist": [MADE],
            "show_tracebacks": False,
        },
        # Every visit starts a kernel; those of pages that were left behind end by themselves.
        "MappingKernelManager": {"cull_idle_timeout": 3600, "cull_interval": 300},
    }
    server = ServerApp.instance(config=Config(settings))
    server.initialize(sys.argv[1:])
    server.start()


def admit(handler: Any, notebook: Any, cwd: str) -> Any:
    """Return the notebook as it may be shown and run: Voilà runs whatever it is given, at every visit.

    Code that is not exactly what peerkit wrote does not run; the page says why. Text that the person
    added is shown as plain text, since Voilà would pass its HTML on to the browser as it is. Whatever
    else the file says, such as another kernel or another page design, is not obeyed.
    """
    import nbformat

    root = Path(handler.contents_manager.root_dir)
    try:
        folder = inside(root, cwd)
        code_that_may_run(folder / "notebook.ipynb", notebook, root=root)
        ours = text_of_shipped(notebook["metadata"][OWN].get("notebook"))
        cells = [_shown(cell, ours) for cell in notebook["cells"] if _kind(cell) in ("code", "markdown")]
    except PeerkitError as error:
        cells = [_as_text(str(error))]
    names = {"name": KERNEL, "display_name": KERNEL, "language": "python"}
    metadata = {"kernelspec": names, "language_info": {"name": "python"}}
    shown = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return nbformat.from_dict(shown)  # type: ignore[no-untyped-call]


def _kind(cell: Any) -> Any:
    return cell.get("cell_type") if isinstance(cell, dict) else None


def _shown(cell: dict[str, Any], ours: set[str]) -> dict[str, Any]:
    # Of a cell in the file only kind and text count. With an id that is none, Voilà's page would never end.
    source, metadata = source_of(cell), cell.get("metadata")
    if _kind(cell) == "code":
        return _cell("code", source) | {"outputs": [], "execution_count": None}
    if source in ours:
        return _cell("markdown", source)
    if isinstance(metadata, dict) and metadata.get(OWN) == "heading":
        return _heading(source)
    return _as_text(source)


def _heading(source: str) -> dict[str, Any]:
    """Return our own heading: its title as text, and a session's way back instead of words about menus."""
    title = html.escape(source.splitlines()[0].removeprefix("# ").replace("\\", "")) if source else ""
    back = '<p><a href="../home.ipynb">Home</a></p>' if "../home.ipynb" in source else ""
    return _cell("markdown", f"<h1>{title}</h1>{back}")


def _as_text(text: str) -> dict[str, Any]:
    """Return a cell that shows a text as it is: escaped, and on one line, so that no part of it is markup."""
    lines = html.escape(text).splitlines()
    return _cell("markdown", f'<p dir="auto" style="white-space: pre-wrap">{"&#10;".join(lines)}</p>')


def _cell(kind: str, source: str) -> dict[str, Any]:
    return {"cell_type": kind, "id": uuid.uuid4().hex[:8], "metadata": {}, "source": source}


if __name__ == "__main__":
    main()
