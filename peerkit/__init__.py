"""peerkit: peer coaching in a notebook. A journal, a ledger of commitments, and what was kept of them."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from peerkit.errors import PeerkitError

if TYPE_CHECKING:
    from peerkit.fold import commitments
    from peerkit.journal import Journal
    from peerkit.ledger import keep, miss, move, partly, promise, release, reopen, void
    from peerkit.measures import follow_through, wilson
    from peerkit.sessions import close_session, open_session, plan_session
    from peerkit.templates import template
    from peerkit.turns import next_turn

__version__ = "0.1.0"

__all__ = [
    "Journal",
    "PeerkitError",
    "close_session",
    "commitments",
    "follow_through",
    "keep",
    "miss",
    "move",
    "next_turn",
    "open",
    "open_session",
    "partly",
    "plan_session",
    "promise",
    "release",
    "reopen",
    "template",
    "void",
    "wilson",
]

_HOME_OF = {
    "Journal": "journal",
    "close_session": "sessions",
    "commitments": "fold",
    "follow_through": "measures",
    "keep": "ledger",
    "miss": "ledger",
    "move": "ledger",
    "next_turn": "turns",
    "open_session": "sessions",
    "partly": "ledger",
    "plan_session": "sessions",
    "promise": "ledger",
    "release": "ledger",
    "reopen": "ledger",
    "template": "templates",
    "void": "ledger",
    "wilson": "measures",
}


def open(path: str | Path, *, author: str = "", time_zone: str = "UTC") -> Journal:
    """Open the journal of a workspace folder, or a journal's own .db file.

    Args:
        path: The folder that `peerkit init` made, or a .db file. A file that lies in a workspace takes
            author and time zone from there.
        author: For a .db file outside a workspace: the peer whose rows are added. Reading needs none.
        time_zone: For a .db file outside a workspace: IANA name of the zone in which its days end.

    Raises:
        WorkspaceError: If the folder is no workspace.
        JournalError: If the file is missing, is no journal, is damaged, or is of a newer peerkit.
    """
    from peerkit.journal import Journal
    from peerkit.workspace import SETTINGS, read_workspace

    place = Path(path).expanduser()
    if place.suffix != ".db":
        return read_workspace(place).open_journal()
    workspace = place.parent / SETTINGS
    if workspace.is_file() and read_workspace(place.parent).journal_path == place:
        return read_workspace(place.parent).open_journal()
    return Journal(place, author=author, time_zone=time_zone)


def __getattr__(name: str) -> Any:
    # Loaded when first asked for: a session's first form must not wait for pandas, nor a reader of
    # tables for the database.
    if name in _HOME_OF:
        return getattr(import_module(f"peerkit.{_HOME_OF[name]}"), name)
    msg = f"module 'peerkit' has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME_OF])
