"""One person, two machines: what a second machine needs to be the same person, sealed with a passphrase."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey
from nacl.secret import SecretBox

from peerkit import vault
from peerkit.errors import ExchangeError
from peerkit.exchange.keys import identity, keep_identity
from peerkit.exchange.partner import Partner, keep_partner, partner_of
from peerkit.own_file import write_own
from peerkit.workspace import Workspace, init_workspace

if TYPE_CHECKING:
    from peerkit.journal import Journal

MAGIC: Final = b"peerkit machine 1\n"
MAX_BYTES: Final = 20_000
_SALT_BYTES: Final = 16
# Whether one has more machines than this one, so that a watched folder gets a bundle for them, too.
HAS_OTHER: Final = "exchange.has-other"


def export_machine(workspace: Workspace, journal: Journal, file: Path, *, passphrase: str) -> None:
    """Write what a second machine needs: one's key, names, pair and time zone, and the partner's card. No row.

    Raises:
        PeerkitError: If the passphrase is too short, the file cannot be written, or something else is there already.
    """
    vault.check_new(passphrase)
    partner = partner_of(journal)
    told = {
        "me": workspace.me,
        "partner": workspace.partner,
        "pair_id": workspace.pair_id,
        "time_zone": workspace.time_zone,
        "heard_bar": workspace.heard_bar,
        "key": bytes(identity(journal).secret).hex(),
        "card": partner and {"key": partner.key.hex(), "is_compared": partner.is_compared},
    }
    key = vault.key_of(passphrase)
    sealed = bytes(SecretBox(key.raw).encrypt(json.dumps(told).encode()))
    with journal.writing() as writer:
        writer.keep_local(HAS_OTHER, True)
    write_own(file, MAGIC + key.salt + sealed, mark=MAGIC)


def join_machine(file: Path, folder: Path, *, passphrase: str) -> Workspace:
    """Make the workspace of a second machine from what the first one exported, and return it.

    Raises:
        ExchangeError: If the file is none such, or the passphrase is wrong.
        WorkspaceError: If the workspace cannot be made there.
    """
    told = _opened(_read(file), passphrase)
    try:
        key, card = PrivateKey(bytes.fromhex(told["key"])), told["card"]
        partner = card and Partner(told["partner"], bytes.fromhex(card["key"]), card["is_compared"] is True)
        given = {name: str(told[name]) for name in ("me", "partner", "pair_id", "time_zone")}
        bar = int(told["heard_bar"])
    except (KeyError, TypeError, ValueError):
        _refuse("holds something else than a machine of peerkit")

    def begin(journal: Journal) -> None:
        with journal.writing() as writer:
            keep_identity(writer, key)
            writer.keep_local(HAS_OTHER, True)
            if partner:
                keep_partner(writer, partner)

    return init_workspace(folder, **given, heard_bar=bar, begin=begin)


def _read(file: Path) -> bytes:
    try:
        if file.stat().st_size > MAX_BYTES:
            _refuse("is larger than what peerkit writes")
        raw = file.read_bytes()
    except OSError as error:
        msg = f"{file} cannot be read ({error.strerror}). Give the file that peerkit machine export wrote."
        raise ExchangeError(msg) from error
    if not raw.startswith(MAGIC):
        _refuse("was not written by peerkit machine export")
    return raw


def _opened(raw: bytes, passphrase: str) -> dict[str, Any]:
    at = len(MAGIC) + _SALT_BYTES
    try:
        told = SecretBox(vault.key_of(passphrase, raw[len(MAGIC) : at]).raw).decrypt(raw[at:])
        opened = json.loads(told)
    except (CryptoError, ValueError, TypeError, RecursionError) as error:
        msg = "The passphrase is wrong, or the file was changed on its way. Nothing was made; try again."
        raise ExchangeError(msg) from error
    if not isinstance(opened, dict):
        _refuse("holds something else than a machine of peerkit")
    return opened


def _refuse(why: str) -> NoReturn:
    msg = f"This file {why}. Nothing was made; write it anew: peerkit machine export FILE"
    raise ExchangeError(msg)
