"""Every place on this machine where peerkit, or what it stands on, may keep words of a session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from peerkit import backups, copies, replace, store, vault
from peerkit.errors import JournalError, LockedError
from peerkit.workspace import Workspace

ENCRYPTED, CLEAR, NONE, NO_WORDS = "encrypted", "in clear", "nothing there", "no words"
UNKNOWN = "cannot be read now"


@dataclass(frozen=True)
class Place:
    """One place: what it is, where, whether what lies there is encrypted, and what may be in it.

    Args:
        what: A few words.
        where: A path.
        state: "encrypted", "in clear", "nothing there", or "no words" where nothing of a session can be in it.
        said: What may be in it, and what can be done.
    """

    what: str
    where: str
    state: str
    said: str


def places(workspace: Workspace) -> list[Place]:
    """List them all, those that are empty too: the journal first, then the workspace, then what lies outside."""
    return [*_journals(workspace), *_files(workspace), *_outside()]


def _journals(workspace: Workspace) -> Iterator[Place]:
    path = workspace.journal_path
    state = _state(path) if path.exists() else NONE
    yield Place("journal", str(path), state, "All that you two said and promised.")
    beside = path.with_name(f"{path.name}-journal")
    yield Place(
        "rollback file",
        str(beside),
        state if beside.exists() else NONE,
        "While a change is written; encrypted as the journal is.",
    )
    new = replace.new_path(path)
    left = CLEAR if replace.has_leftover(path) else NONE
    yield Place("left by a crash", f"{new}, .old", left, "Wiped when the journal is next opened.")
    try:
        known = backups.known_backups(path) if path.exists() else []
    except LockedError:
        known = sorted(copies.backup_folder(path).glob("*.db"))
    for one in filter(Path.is_file, known):
        yield Place("backup", str(one), _state(one), "What the journal held on that day.")
    if not known:
        yield Place("backups", str(copies.backup_folder(path)), NONE, "One each week, three are kept.")
    if vault.is_in_keyring(path):
        yield Place(
            "passphrase",
            "this system's keyring",
            ENCRYPTED,
            "Take it out with: peerkit passphrase --no-keyring",
        )


def _state(journal: Path) -> str:
    try:
        engine = store.engine_with(journal, None)
    except JournalError:
        return UNKNOWN
    if engine is None:
        return ENCRYPTED
    engine.dispose()
    return CLEAR


def _files(workspace: Workspace) -> Iterator[Place]:
    folder = workspace.folder
    own_cells = "No answers; the cells that you added yourself, with what they show."
    yield _counted("notebooks", folder, "**/*.ipynb", own_cells, but=".ipynb_checkpoints")
    yield _counted("their checkpoints", folder, "**/.ipynb_checkpoints/*", own_cells)
    pdfs = "Made by you. Those for yourself hold private texts; --password encrypts one."
    yield _counted("summaries", workspace.summaries, "*.pdf", pdfs, encrypted=_is_encrypted_pdf)
    yield _counted("charts", workspace.summaries, "*.svg", "Numbers and names, no texts.")
    yield _counted("exports", folder / "exports", "*", "What you exported, with texts.")
    yield _counted(
        "calendar", folder, "*.ics", "Shared commitments' texts; of private ones only that they are there."
    )
    if workspace.exchange:
        sealed = "What you shared, each sealed for one key; sizes and times can be seen."
        yield _counted("bundles", Path(workspace.exchange), "peerkit-*.bundle", sealed, state=ENCRYPTED)
    yield Place("settings", str(folder / "peerkit.toml"), NO_WORDS, "Both names.")


def _outside() -> Iterator[Place]:
    from jupyter_core.paths import jupyter_data_dir, jupyter_runtime_dir

    yield _counted(
        "Jupyter's running kernels",
        Path(jupyter_runtime_dir()),
        "*.json",
        "Keys and ports, no texts.",
        state=NO_WORDS,
    )
    yield _counted(
        "Jupyter's trash",
        Path(jupyter_data_dir()).parent / "Trash" / "files",
        "*.ipynb",
        "Notebooks that were deleted in JupyterLab.",
    )
    layouts = Path.home() / ".jupyter" / "lab" / "workspaces"
    yield _counted(
        "JupyterLab's layouts",
        layouts,
        "*",
        "Names of notebooks that were open: days and templates.",
        state=NO_WORDS,
    )
    history = Path.home() / ".ipython" / "profile_default" / "history.sqlite"
    yield _counted(
        "IPython's history",
        history.parent,
        history.name,
        "Code that you typed yourself into cells of other kernels than peerkit's.",
    )
    yield Place(
        "the browser",
        "its storage for this machine's address",
        CLEAR,
        "What was typed and is not saved yet; cleared when it is.",
    )
    yield Place(
        "the system",
        "swap, sleep image, terminal's memory",
        CLEAR,
        "What was in memory or on the screen; encrypt the disk.",
    )


def _counted(
    what: str,
    folder: Path,
    pattern: str,
    said: str,
    *,
    but: str = "",
    state: str = CLEAR,
    encrypted: Callable[[Path], bool] | None = None,
) -> Place:
    found = [one for one in folder.glob(pattern) if one.is_file() and (not but or but not in one.parts)]
    if not found:
        return Place(what, str(folder), NONE, said)
    if encrypted is not None:
        n_clear = sum(1 for one in found if not encrypted(one))
        state = CLEAR if n_clear else ENCRYPTED
        return Place(what, str(folder), state, f"{len(found)} files, {n_clear} in clear. {said}")
    return Place(what, str(folder), state, f"{len(found)} file{'s' if len(found) > 1 else ''}. {said}")


def _is_encrypted_pdf(path: Path) -> bool:
    """Return whether a PDF is encrypted: its trailer, which never is, names how."""
    try:
        return b"/Encrypt" in path.read_bytes()
    except OSError:
        return False
