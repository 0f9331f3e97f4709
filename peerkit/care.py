"""Passphrases, and whatever else makes a journal anew: its backups, where peerkit knows of them, get the same."""

from __future__ import annotations

from pathlib import Path

from peerkit import remake, store, tables, vault
from peerkit.backups import known_backups
from peerkit.errors import JournalError
from peerkit.vault import Key


def encrypt(path: Path, passphrase: str) -> list[Path]:
    """Encrypt a journal with all its backups, or give them another passphrase.

    Returns:
        The backups that are of an older passphrase, and stay as they are.

    Raises:
        JournalError: If the passphrase is too short, or the file is busy or cannot be written; the journal is as
            it was then.
    """
    now = store.key_for(path)
    # The salt stays with the journal: whoever has it open elsewhere is asked for the new passphrase.
    return _remade(path, now, vault.key_of(vault.check_new(passphrase), None if now is None else now.salt))


def decrypt(path: Path) -> list[Path]:
    """Take the encryption off a journal and its backups.

    Returns:
        The backups that are of an older passphrase, and stay as they are.

    Raises:
        JournalError: If it is not encrypted, or the file is busy or cannot be written.
    """
    now = store.key_for(path)
    if now is None:
        msg = f"The journal at {path} is not encrypted. Encrypt it with: peerkit encrypt"
        raise JournalError(msg)
    if vault.is_in_keyring(path):
        vault.keep_in_keyring(None, now.salt)
    return _remade(path, now, None)


def change(path: Path, what: remake.Change) -> list[Path]:
    """Make a journal and its backups anew with what `what` leaves of each row.

    Returns:
        The backups that are of an older passphrase, and stay as they are.
    """
    now = store.key_for(path)
    return _remade(path, now, now, what)


def keep_in_keyring(path: Path, passphrase: str | None) -> None:
    """Keep the passphrase of an encrypted journal in the system's keyring, or with None take it out.

    Raises:
        JournalError: If there is no keyring, or the journal is not encrypted.
    """
    key = store.key_for(path)
    if key is None:
        msg = f"The journal at {path} is not encrypted, so there is no passphrase to keep."
        raise JournalError(msg)
    vault.keep_in_keyring(passphrase, key.salt)
    vault.write_seal(path, in_keyring=passphrase is not None)


def _remade(path: Path, now: Key | None, key: Key | None, what: remake.Change | None = None) -> list[Path]:
    # The backups come first: after a crash in between the journal says that it is not done.
    left = []
    for backup in known_backups(path):
        engine = store.engine_with(backup, now, key, None)
        if engine is None:
            left.append(backup)
        else:
            tables.bring_up_to_date(engine)
            remake.remake(backup, key, what, engine=engine)
    remake.remake(path, key, what)
    if key is not None:
        vault.remember(key)
    return left
