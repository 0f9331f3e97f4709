"""The server's part of the room: clean saves, new sessions, and whether a notebook may run by itself."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import NoSuchKernel
from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler, AuthenticatedFileHandler
from jupyter_server.utils import ensure_async, url_path_join
from tornado import web

from peerkit.errors import PeerkitError, WorkspaceError
from peerkit.lab import KERNEL, MADE
from peerkit.shapes import Template
from peerkit.suggest import suggest
from peerkit.templates import readable_templates

_MAX_BODY = 10_000


def load(server: Any) -> None:
    """Add peerkit's endpoints and its save hook to a running Jupyter Server."""
    server.contents_manager.register_pre_save_hook(strip)
    base = server.web_app.settings["base_url"]
    routes = [("room", Room), ("sessions", Sessions), ("may-run", MayRun)]
    handlers: list[Any] = [(url_path_join(base, "peerkit", name), handler) for name, handler in routes]
    # Voilà hands a file to whoever knows its address: ours stands before it and asks for the token.
    made = url_path_join(base, rf"/voila/files/({MADE})")
    handlers.append((made, AuthenticatedFileHandler, {"path": server.root_dir}))
    server.web_app.add_handlers(".*$", handlers)
    if Path(getattr(server.contents_manager, "root_dir", ""), "peerkit.toml").is_file():
        # Whoever opens a workspace will soon press a card: the database layer is loaded meanwhile.
        threading.Thread(target=import_module, args=["peerkit.lab.own_code"], daemon=True).start()


def strip(model: dict[str, Any], path: str, contents_manager: Any, **_: Any) -> None:
    """Leave outputs, execution counts and widget state out of a peerkit notebook that is being saved.

    No word that was typed into a form, and no table of the ledger, is then in the file. Notebooks
    without peerkit's mark in their metadata are saved as they are.
    """
    notebook = model.get("content")
    if model.get("type") != "notebook" or not isinstance(notebook, dict):
        return
    metadata = notebook.get("metadata")
    if not isinstance(metadata, dict) or "peerkit" not in metadata:
        return
    metadata.pop("widgets", None)
    cells = notebook.get("cells")
    for cell in cells if isinstance(cells, list) else []:
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        cell |= {"outputs": [], "execution_count": None}
        if isinstance(cell.get("metadata"), dict):
            # The times of a run say when two people met, to the second.
            for times in ("execution", "ExecuteTime"):
                cell["metadata"].pop(times, None)


class _Handler(APIHandler):
    """Answers in JSON; what goes wrong for a known reason is a sentence with status 400."""

    auth_resource = "contents"

    async def done(self, work: Callable[[Path], dict[str, Any]]) -> dict[str, Any]:
        """Do `work` beside the server's loop, with the folder that is served, and return what it returns."""
        try:
            return await asyncio.to_thread(work, self._root())
        except PeerkitError as error:
            raise web.HTTPError(400, str(error), reason="Bad Request") from error

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Send the sentence alone: no traceback, which may hold paths and values."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        known = isinstance(error, web.HTTPError) and isinstance(error.__cause__, PeerkitError)
        message = str(error.__cause__) if known else "The server could not do this. Its log says why."
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps({"message": message}))

    def _root(self) -> Path:
        root = getattr(self.contents_manager, "root_dir", "")
        if not root:
            msg = "peerkit needs notebooks that lie in a folder of this machine. Start JupyterLab with: peerkit start"
            raise WorkspaceError(msg)
        return Path(root)


class Room(_Handler):
    """GET: where the workspace near a folder lies."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Answer {"folder": the workspace's, from the served folder}."""
        near = self.get_query_argument("near", "")
        self.finish(await self.done(lambda root: _room(root, near)))


class _Starter(_Handler):
    """Starts the kernel of a notebook before the page has built it; the page then finds it running."""

    # Two questions at once must not start two kernels for one notebook.
    _one_at_a_time = asyncio.Lock()

    async def start_kernel(self, path: str) -> None:
        """Start the kernel of the notebook at `path`, from the served folder, where it has none yet."""
        manager: Any = self.session_manager
        async with self._one_at_a_time:
            if await ensure_async(manager.session_exists(path=path)):
                return
            name = path.rpartition("/")[2]
            with suppress(NoSuchKernel):  # where it is not installed JupyterLab asks for another one
                await ensure_async(
                    manager.create_session(path=path, name=name, type="notebook", kernel_name=KERNEL)
                )


class Sessions(_Starter):
    """POST {"near", "template"}: plan the next session and write its notebook."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Answer {"path": the notebook's}, or, where no template is named and there are several, {"templates"}.

        Each template is {name, title, minutes, about, is_suggested}; "reason" says why that one. "mistakes"
        holds a sentence for each own template that cannot be used.
        """
        given = self._given()
        made = await self.done(lambda root: _new_session(root, given))
        if "path" in made:
            await self.start_kernel(made["path"])
        self.finish(made)

    def _given(self) -> dict[str, str]:
        try:
            given: Any = json.loads(self.request.body) if len(self.request.body) <= _MAX_BODY else None
        except (ValueError, RecursionError):
            given = None
        is_table = isinstance(given, dict) and not set(given) - {"near", "template"}
        if not is_table or not all(isinstance(value, str) for value in given.values()):
            msg = "This is no question that peerkit's page asks. Reload the page, and try again."
            raise web.HTTPError(400) from WorkspaceError(msg)
        return dict(given)


class MayRun(_Starter):
    """Whether a notebook may run by itself, decided from its file."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Answer {"code": its code cells} where it may, else {"why": a sentence}."""
        self.finish(await self._decision())

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Answer the same, and where it may run, start its kernel: the page is about to open it."""
        decision = await self._decision()
        if "code" in decision:
            await self.start_kernel(self.get_query_argument("path").lstrip("/"))
        self.finish(decision)

    async def _decision(self) -> dict[str, Any]:
        path = self.get_query_argument("path", "")
        return await self.done(lambda root: _may_run(root, path))


def _room(root: Path, near: str) -> dict[str, Any]:
    from peerkit.lab.own_code import inside, workspace_of

    folder = workspace_of(inside(root, near), root=root).folder.resolve()
    return {"folder": folder.relative_to(root.resolve()).as_posix()}


def _new_session(root: Path, given: dict[str, str]) -> dict[str, Any]:
    from peerkit.lab.own_code import inside, workspace_of
    from peerkit.notebooks import for_two, new_session

    workspace = workspace_of(inside(root, given.get("near", "")), root=root)
    found, mistakes = readable_templates(folder=workspace.templates)
    journal = workspace.open_journal()
    try:
        fitting = suggest(journal, workspace.peers, today=journal.today(), folder=workspace.templates)
        if "template" not in given and len(found) > 1:
            listed = [_listed(one, fitting.template) for one in for_two(found)]
            return {"templates": listed, "reason": fitting.reason, "mistakes": mistakes}
        _, path = new_session(workspace, journal, given.get("template", fitting.template))
    finally:
        journal.close()
    return {"path": path.resolve().relative_to(root.resolve()).as_posix(), "mistakes": mistakes}


def _listed(one: Template, fitting: str) -> dict[str, Any]:
    said = {"name": one.name, "title": one.title, "minutes": one.minutes, "about": one.about}
    return said | {"is_suggested": one.name == fitting}


def _may_run(root: Path, path: str) -> dict[str, Any]:
    from peerkit.lab.own_code import code_that_may_run, inside, read_notebook

    file = inside(root, path)
    try:
        return {"code": code_that_may_run(file, read_notebook(file), root=root)}
    except PeerkitError as error:
        return {"why": str(error)}
