"""Which notebooks may run by themselves: those whose code is, cell by cell, what peerkit writes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from peerkit import sessions
from peerkit.errors import WorkspaceError
from peerkit.lab import KERNEL
from peerkit.notebooks import OWN, code_of
from peerkit.templates import shipped
from peerkit.workspace import SETTINGS, Workspace, read_workspace

_SHOWS_PHASE = re.compile(
    r'from peerkit import guide; guide\.phase\("[a-z][a-z0-9-]{0,39}", of="(?P<of>[0-9a-z-]{1,40})"\)'
)
# A notebook of ours has a few kilobytes; pictures that a person pastes into a cell add some.
_MAX_BYTES = 10_000_000


def code_that_may_run(path: Path, notebook: dict[str, Any], *, root: Path) -> list[str]:
    """Return the code of a notebook that may run without being asked to.

    Every code cell of a session notebook is one comment, whatever it says, and the one call that shows
    a phase of that very session. A shipped notebook's code is that of the file that it was copied from.
    One more cell, or one more letter in a call, is enough to make a notebook wait for the person.

    Args:
        path: Where the notebook lies.
        notebook: As parsed.
        root: The folder that Jupyter serves; a workspace that reaches beyond it is none.

    Raises:
        PeerkitError: With the reason why it has to wait.
    """
    metadata = _table(notebook.get("metadata"))
    own = _table(metadata.get(OWN))
    if not own:
        msg = "This is no notebook of peerkit's. Run it as you run any other."
        raise WorkspaceError(msg)
    workspace = workspace_of(path.parent, root=root)
    code = code_of(notebook)
    is_ours = _is_shipped(own, code) if "notebook" in own else _is_of_session(workspace, own, code)
    if not is_ours or _table(metadata.get("kernelspec")).get("name") != KERNEL:
        msg = "This notebook's code is not what peerkit wrote, so it waits. If you know it, choose Run, Run All Cells."
        raise WorkspaceError(msg)
    return code


def text_of_shipped(name: object) -> set[str]:
    """Return the Markdown of the shipped notebook of this name, cell by cell; none where there is no such notebook."""
    path = _shipped_notebook(name)
    cells = read_notebook(path)["cells"] if path else []
    return {cell["source"] for cell in cells if cell["cell_type"] == "markdown"}


def _is_of_session(workspace: Workspace, own: dict[str, Any], code: list[str]) -> bool:
    journal = workspace.open_journal()
    try:
        session = sessions.session(journal, str(own.get("session_id")))
    finally:
        journal.close()
    shown = [_SHOWS_PHASE.fullmatch(_call(source)) for source in code]
    return bool(shown) and all(found is not None and found["of"] == session.session_id for found in shown)


def _is_shipped(own: dict[str, Any], code: list[str]) -> bool:
    path = _shipped_notebook(own["notebook"])
    return path is not None and [*map(_call, code)] == [*map(_call, code_of(read_notebook(path)))]


def _shipped_notebook(name: object) -> Path | None:
    return {path.stem: path for path in shipped("notebooks").glob("*.ipynb")}.get(str(name))


def _call(source: str) -> str:
    """Return a cell's source without its first line, if that is a comment.

    Only of signs that print: what Python or IPython may take for the end of a line does not.
    """
    first, _, rest = source.partition("\n")
    return rest if first.startswith("#") and first.isprintable() else source


def workspace_of(folder: Path, *, root: Path) -> Workspace:
    """Return the workspace that holds a folder, or the only one below it; never one that reaches beyond `root`.

    Raises:
        WorkspaceError: If there is none, or more than one.
    """
    folder, root = folder.resolve(), root.resolve()
    above = [place for place in (folder, *folder.parents) if (place / SETTINGS).is_file()]
    found = above[:1] or [path.parent for path in sorted(folder.glob(f"*/{SETTINGS}")) if path.is_file()]
    if not found:
        msg = "There is no workspace in this folder. Make one in a terminal with: peerkit start coaching"
        raise WorkspaceError(msg)
    if len(found) > 1:
        names = ", ".join(one.name for one in found)
        msg = (
            f"There is more than one workspace here: {names}. Open the folder of the one that you mean first."
        )
        raise WorkspaceError(msg)
    # Looked at before anything in it is read: its mistakes, and where it lies, are then nobody's business here.
    if not found[0].resolve().is_relative_to(root):
        msg = "This folder belongs to a workspace that lies further up. Start JupyterLab with: peerkit start"
        raise WorkspaceError(msg)
    return read_workspace(found[0].resolve())


def inside(root: Path, path: str) -> Path:
    """Return the file that a path of the page's names below `root`.

    Raises:
        WorkspaceError: If it leads elsewhere, also by a link.
    """
    root = root.resolve()
    try:
        found = (root / path.lstrip("/")).resolve()
    except (ValueError, OSError, RuntimeError) as error:
        msg = "This is no path. Open the notebook from the file browser."
        raise WorkspaceError(msg) from error
    if not found.is_relative_to(root):
        msg = "This path leads out of the folder that JupyterLab serves. Open the notebook from the file browser."
        raise WorkspaceError(msg)
    return found


def read_notebook(path: Path) -> dict[str, Any]:
    """Return a notebook as parsed.

    Raises:
        WorkspaceError: If it cannot be read as one.
    """
    try:
        # A pipe or a device that came with the folder would never end.
        if not path.is_file():
            raise OSError
        if path.stat().st_size > _MAX_BYTES:
            msg = f"{path.name} is too large for a notebook of peerkit's. Run it as you run any other."
            raise WorkspaceError(msg)
        parsed = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        msg = f"{path.name} cannot be read as a notebook. `peerkit doctor` says more."
        raise WorkspaceError(msg) from error
    return _table(parsed)


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
