"""A folder that something else keeps the same on several machines: bundles are put there and taken in from there."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from peerkit.errors import ExchangeError, PeerkitError
from peerkit.exchange import outgoing, seal
from peerkit.exchange.incoming import receive
from peerkit.exchange.keys import fingerprint, identity
from peerkit.exchange.machines import HAS_OTHER
from peerkit.exchange.outgoing import Bundle
from peerkit.exchange.partner import PUT, RECEIPT, TOLD, partner_of
from peerkit.workspace import Workspace, change_settings, write_whole

if TYPE_CHECKING:
    from peerkit.journal import Journal

# Only these names: what a program that keeps folders the same adds to a name is a copy of something else.
_NAME: Final = re.compile(r"peerkit-[0-9a-f]{16}\.bundle")
_AT_MOST: Final = 1_000


def watch(workspace: Workspace, folder: Path | None) -> Workspace:
    """Watch a folder from now on, or none, and return the workspace.

    Raises:
        ExchangeError: If it is no folder, or lies inside the workspace.
    """
    if folder is None:
        return change_settings(workspace, exchange="")
    place = folder.resolve()
    if not place.is_dir():
        msg = f"{folder} is no folder. Give one that both machines see, such as one of a shared drive."
        raise ExchangeError(msg)
    if place.is_relative_to(workspace.folder.resolve()):
        msg = (
            f"{folder} lies inside the workspace, which should be on this machine alone. Choose another one."
        )
        raise ExchangeError(msg)
    return change_settings(workspace, exchange=str(place))


def sync(workspace: Workspace, journal: Journal) -> list[str]:
    """Take in what is in the watched folder, put there what is new, and return what should be told, a line each.

    A bundle that cannot be taken in is passed over, and told of once. One file stands there for each recipient:
    a newer one holds all that the former did, and takes its place.

    Raises:
        PeerkitError: If the folder is not there, or nothing can be put there; what was taken in stays.
    """
    if not workspace.exchange:
        return []
    folder = Path(workspace.exchange)
    if not folder.is_dir():
        msg = f"The folder {folder}, in which bundles are exchanged, is not there now. Nothing was exchanged."
        raise ExchangeError(msg)
    told = list(_taken_in(workspace, journal, folder))
    partner = partner_of(journal)
    if partner is not None and partner.is_compared:
        _put(journal, folder, outgoing.for_partner(journal), is_own=False)
    if journal.local(HAS_OTHER):
        _put(journal, folder, outgoing.for_myself(journal), is_own=True)
    return told


def _taken_in(workspace: Workspace, journal: Journal, folder: Path) -> Iterator[str]:
    own = {_put_before(journal, name)["file"] for name in journal.local_names(PUT)}
    for path in _bundles(folder):
        if path.name in own:
            continue
        try:
            raw = path.read_bytes()
            if len(raw) > seal.MAX_FILE or not _is_for_me(journal, raw):
                continue
            digest = hashlib.sha256(raw).hexdigest()
            if journal.local(RECEIPT + digest) is None:
                received = receive(workspace, journal, raw)
                if received.counts.total:
                    yield received.in_words()
        except (PeerkitError, OSError) as error:
            name = TOLD + path.name
            if journal.local(name) is None:
                with journal.writing() as writer:
                    writer.keep_local(name, True)
                why = error if isinstance(error, PeerkitError) else "It cannot be read."
                yield f"A bundle in the exchange folder was passed over ({path.name}). {why}"


def _bundles(folder: Path) -> list[Path]:
    """Return the files that have the name of a bundle, no link among them, up to a thousand."""
    try:
        named = sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))
        there = [path for path in named if path.is_file() and not path.is_symlink()]
    except OSError as error:
        msg = f"The folder {folder} cannot be read ({error.strerror}). Nothing was exchanged."
        raise ExchangeError(msg) from error
    return there[:_AT_MOST]


def _is_for_me(journal: Journal, raw: bytes) -> bool:
    """Return whether a bundle is sealed for one's own key; others' are nothing to speak of."""
    return seal.header_of(raw).recipient == fingerprint(identity(journal).public)


def _put(journal: Journal, folder: Path, bundle: Bundle, *, is_own: bool) -> None:
    """Put a bundle into the folder where it says something new, and remove the one that it stands for."""
    name = PUT + fingerprint(bundle.to).hex()
    before = _put_before(journal, name)
    former = folder / before["file"] if before["file"] else None
    is_there = former is not None and former.is_file()
    says_new = not bundle.ids <= set(before["ids"]) or bundle.has != before["has"]
    if not says_new and (is_there or not bundle.ids):
        if is_there and before["ids"] and not bundle.ids:
            _remove(former)
        return
    file = f"peerkit-{secrets.token_hex(8)}.bundle"
    content = outgoing.sealed(journal, bundle)
    with journal.writing() as writer:
        if not is_own:
            outgoing.keep_sent(journal, bundle)
        writer.keep_local(name, {"file": file, "ids": sorted(bundle.ids), "has": bundle.has})
    try:
        write_whole(folder / file, content)
    except OSError as error:
        msg = (
            f"Nothing can be put into {folder} ({error.strerror}). Check its rights and the room on its disk."
        )
        raise ExchangeError(msg) from error
    _remove(former)


def _put_before(journal: Journal, name: str) -> dict[str, Any]:
    kept = journal.local(name)
    return kept if isinstance(kept, dict) else {"file": "", "ids": [], "has": []}


def _remove(path: Path | None) -> None:
    # Where it cannot be removed it stays, and harms nobody: it was taken in, or will be passed over.
    with suppress(OSError):
        if path is not None and path.is_file() and not path.is_symlink():
            path.unlink()
