"""What `peerkit forget` does beside the journal: the files of what was forgotten go, too."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from peerkit import forget, replace
from peerkit.errors import WorkspaceError
from peerkit.exchange.partner import part as let_go
from peerkit.exchange.partner import part as part_from
from peerkit.forget import Erased
from peerkit.journal import Journal
from peerkit.schema import AUDIENCES
from peerkit.sessions import Session, list_sessions
from peerkit.workspace import Workspace, part


def session(workspace: Workspace, journal: Journal, one: Session) -> str:
    """Forget what was said and promised in a session, its notebook and its summaries; return what went.

    Raises:
        JournalError: If the journal cannot be made anew; nothing was forgotten then.
        WorkspaceError: If a file cannot be removed.
    """
    files = _files_of(workspace, one)
    erased = forget.forget_session(journal, one.session_id)
    return _said(erased, _wiped(files))


def commitment(workspace: Workspace, journal: Journal, commitment_id: str) -> str:
    """Forget a commitment with all that was said of it; return what went, and where words of it may be left.

    Raises:
        JournalError: As `session`.
    """
    erased = forget.forget_commitment(journal, commitment_id)
    left = len([*workspace.summaries.glob("*.pdf")])
    more = f" Summaries made before may still hold it: {left} lie in {workspace.summaries}." if left else ""
    return f"{_said(erased, 0)}{more}"


def partner(workspace: Workspace, journal: Journal) -> str:
    """Forget the partner with all that the two said and promised, in the journal and in files; return what went.

    Raises:
        JournalError: As `session`.
        WorkspaceError: If there is no partner, or a file cannot be removed.
    """
    if not workspace.partner:
        msg = "There is no partner in this workspace, so there is nobody to forget."
        raise WorkspaceError(msg)
    together = [one for one in list_sessions(journal) if workspace.partner in (one.coach, one.focus)]
    files = [path for one in together for path in _files_of(workspace, one)]
    erased = forget.forget_partner(journal, workspace.partner)
    let_go(journal)
    # Of no partner's bundle or key anything is known any more.
    part_from(journal)
    part(workspace)
    return _said(erased, _wiped([*files, workspace.calendar]))


def _files_of(workspace: Workspace, one: Session) -> list[Path]:
    """Return where a session's texts may lie: its notebook, what JupyterLab keeps of that, and its summaries."""
    notebook = workspace.notebook_path(one)
    checkpoint = notebook.parent / ".ipynb_checkpoints" / f"{notebook.stem}-checkpoint{notebook.suffix}"
    summaries = [workspace.summary_path(one, audience=audience) for audience in AUDIENCES]
    return [path for path in (notebook, checkpoint, *summaries) if path.is_file()]


def _wiped(files: Iterable[Path]) -> int:
    """Wipe those files that are there, and return how many."""
    there = [path for path in files if path.is_file()]
    try:
        for path in there:
            replace.wipe(path)
    except OSError as error:
        msg = f"The journal has forgotten it, but a file cannot be removed: {error.strerror}. Remove {error.filename} yourself."
        raise WorkspaceError(msg) from error
    return len(there)


def _said(erased: Erased, files: int) -> str:
    told = f"{erased.rows} rows" if erased.rows != 1 else "1 row"
    more = f", and {files} files" if files > 1 else ", and 1 file" if files else ""
    left = "".join(
        f" {path} could not be reached, or has another passphrase, and may still hold it: remove it."
        for path in erased.left
    )
    return f"Forgotten for good: {told} of the journal and its backups{more}.{left}"
