"""What is wrong with an installation, a workspace or a journal, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, entry_points, version
from pathlib import Path

from peerkit import sessions, sqlite, store, vault
from peerkit.errors import LockedError, PeerkitError
from peerkit.journal import Journal
from peerkit.notebooks import faults, is_notebook
from peerkit.rescue import bad_rows, what_is_left
from peerkit.schema import TABLES
from peerkit.templates import list_sheets, readable_templates, template
from peerkit.workspace import Workspace, find_workspace

_PACKAGES = (
    "jupyterlab",
    "ipywidgets",
    "anywidget",
    "pandas",
    "matplotlib",
    "nbconvert",
    "typst",
    "sqlalchemy",
)
# So many rows that cannot be used are named.
_MANY = 5
# Folders and files by which the common sync tools are known.
_SYNCED = ("dropbox", "onedrive", "google drive", "icloud", "mobile documents", "nextcloud", "syncthing")
_SYNC_MARKS = (".stfolder", ".dropbox", ".sync", ".owncloudsync.log", ".nextcloudsync.log")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    name: str
    is_good: bool
    said: str


def examine(place: Path) -> list[Finding]:
    """Look at the installation, and at the workspace that holds `place`, if any."""
    found = [*_installation()]
    try:
        workspace = find_workspace(place)
    except PeerkitError as error:
        return [*found, Finding("workspace", is_good=False, said=str(error))]
    found.append(Finding("workspace", is_good=True, said=f"{workspace.folder}, {workspace.time_zone}"))
    found.append(_synced(workspace))
    found.append(_journal(workspace.journal_path))
    found.append(_templates(workspace))
    if found[-2].is_good:
        try:
            found += _notebooks(workspace)
        except PeerkitError as error:
            found.append(Finding("names", is_good=False, said=str(error)))
    return found


def _installation() -> Iterator[Finding]:
    for name in _PACKAGES:
        try:
            yield Finding(name, is_good=True, said=version(name))
        except PackageNotFoundError:
            yield Finding(name, is_good=False, said="Not installed. Run: pip install --upgrade peerkit")
    known = entry_points(group="nbconvert.exporters").names
    said = (
        "nbconvert finds it"
        if "peerkit_pdf" in known
        else "nbconvert does not find it. Run: pip install --force-reinstall peerkit"
    )
    yield Finding("peerkit_pdf", is_good="peerkit_pdf" in known, said=said)
    yield _cards()
    yield _clean_saves()


def _cards() -> Finding:
    """Look for the cards of JupyterLab's launcher, without which everything works by Run All Cells."""
    from jupyter_core.paths import jupyter_config_path, jupyter_path
    from jupyter_server.services.config.manager import ConfigManager

    if not any(Path(place, "peerkit", "package.json").is_file() for place in jupyter_path("labextensions")):
        said = "Only `peerkit start` shows them. For any other JupyterLab run: pip install --force-reinstall peerkit"
        return Finding("cards", is_good=False, said=said)
    places = [str(Path(place, "labconfig")) for place in jupyter_config_path()]
    page = ConfigManager(read_config_path=places).get("page_config")  # type: ignore[no-untyped-call]
    disabled = page.get("disabledExtensions", {})
    if any(isinstance(disabled, dict) and disabled.get(name) for name in ("peerkit", "peerkit:room")):
        said = "They are switched off, so notebooks wait for Run All Cells. Run: jupyter labextension enable peerkit"
        return Finding("cards", is_good=False, said=said)
    return Finding("cards", is_good=True, said="in JupyterLab's launcher and command palette")


def _clean_saves() -> Finding:
    """Look for the server extension, without which a saved notebook keeps what it shows."""
    from jupyter_core.paths import jupyter_config_path
    from jupyter_server.extension.config import ExtensionConfigManager

    manager = ExtensionConfigManager(read_config_path=jupyter_config_path())
    enabled = manager.get_jpserver_extensions()  # type: ignore[no-untyped-call]
    if not enabled.get("peerkit.lab"):
        said = (
            "Only `peerkit start` leaves outputs out of saved notebooks, and runs notebooks when they open. For any other"
            " JupyterLab run: jupyter server extension enable peerkit.lab"
        )
        return Finding("clean saves", is_good=False, said=said)
    return Finding("clean saves", is_good=True, said="notebooks are saved without what they show")


def _synced(workspace: Workspace) -> Finding:
    """Look for a sync tool: it copies a database while that changes, and loses rows."""
    folder = workspace.folder.resolve()
    parts = [part.lower() for part in folder.parts]
    by_name = any(word in part for part in parts for word in _SYNCED)
    by_mark = any((place / mark).exists() for place in (folder, *folder.parents) for mark in _SYNC_MARKS)
    if by_name or by_mark:
        said = (
            "A sync tool seems to keep this folder in step, and can lose rows. Move it to a private folder."
        )
        return Finding("place", is_good=False, said=said)
    return Finding("place", is_good=True, said="a private folder, as far as one can tell")


def _journal(path: Path) -> Finding:
    said = ""
    try:
        journal = Journal(path, author="")
        counts = {name: len(journal.rows(name)) for name in TABLES}
        journal.close()
        with closing(store.reading(path)) as connection:
            is_whole = [row[0] for row in connection.execute("PRAGMA integrity_check(3)")] == ["ok"]
    except LockedError as error:
        return Finding("journal", is_good=False, said=str(error))
    except PeerkitError as error:
        said, is_whole = str(error), False
    except sqlite.database_errors():
        is_whole = False
    said = _first(bad_rows(path)) or said or ("" if is_whole else "The journal is damaged.")
    if said:
        return Finding("journal", is_good=False, said=f"{said} {what_is_left(path)}")
    counted = ", ".join(f"{count} {name}" for name, count in counts.items())
    return Finding("journal", is_good=True, said=f"{counted}{', encrypted' if vault.has_seal(path) else ''}")


def _first(faults: list[str]) -> str:
    """Return the first few of what is wrong, once each, and how many more there are."""
    told = list(dict.fromkeys(faults))
    more = f" And {len(told) - _MANY} more." if len(told) > _MANY else ""
    return f"{' '.join(told[:_MANY])}{more}"


def _templates(workspace: Workspace) -> Finding:
    found, mistakes = readable_templates(folder=workspace.templates)
    try:
        list_sheets(folder=workspace.templates)
    except PeerkitError as error:
        mistakes.append(str(error))
    if mistakes:
        return Finding("templates", is_good=False, said=" ".join(mistakes))
    return Finding("templates", is_good=True, said=", ".join(one.name for one in found))


def _notebooks(workspace: Workspace) -> Iterator[Finding]:
    journal = workspace.open_journal()
    told = [
        f"{path.name} is no notebook that can be read."
        for path in sorted(workspace.sessions.glob("*.ipynb"))
        if not is_notebook(path)
    ]
    for session in sessions.list_sessions(journal):
        path = workspace.notebook_path(session)
        if session.status == "missed" or not path.exists():
            continue
        try:
            said = faults(path, template(session.template, folder=workspace.templates))
        except PeerkitError as error:
            said = [str(error)]
        told += [
            f"{sentence} Write it anew with: peerkit new --again {session.session_id}" for sentence in said
        ]
    journal.close()
    yield from (Finding("notebook", is_good=False, said=sentence) for sentence in told)
    if not told:
        yield Finding("notebooks", is_good=True, said="every form is there once")
