"""Between two machines: cards and six words, sealed bundles, a watched folder, and one person's second machine.

What leaves a machine is a file that only its recipient can read and only its sender can have made. Nothing here
opens a connection: how the file travels is the person's choice. PyNaCl is loaded where a key is used, and not before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from peerkit.exchange.partner import standing

if TYPE_CHECKING:
    from peerkit.journal import Journal
    from peerkit.workspace import Workspace

__all__ = ["standing", "sync"]


def sync(workspace: Workspace, journal: Journal) -> list[str]:
    """Write and take in what there is in the watched folder; see `folder.sync`. Without one nothing is done."""
    if not workspace.exchange:
        return []
    from peerkit.exchange import folder  # here, because it loads PyNaCl

    return folder.sync(workspace, journal)
