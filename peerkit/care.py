"""Passphrases, and whatever else makes a journal anew: its backups, where peerkit knows of them, get the same."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from peerkit import copies, remake, replace, sqlite, store, tables, vault
from peerkit.errors import JournalError
from peerkit.vault import Key


def encrypt(path: Path, passphrase: str) -> list[Path]:
    """Encrypt a journal with all its backups, or give them another passphrase.

    Returns:
        The backups that stay as they are: of an older passphrase, busy, or not to be reached.

    Raises:
        JournalError: If the passphrase is too short, or the file is busy or cannot be written; the journal is as
            it was then.
    """
    vault.check_new(passphrase)
    # The salt stays with the journal: whoever has it open elsewhere is asked for the new passphrase.
    return _remade(path, lambda now: vault.key_of(passphrase, None if now is None else now.salt))


def decrypt(path: Path) -> list[Path]:
    """Take the encryption off a journal and its backups.

    Returns:
        The backups that stay as they are: of an older passphrase, busy, or not to be reached.

    Raises:
        JournalError: If it is not encrypted, or the file is busy or cannot be written.
    """
    now = store.key_for(path)
    if now is None:
        msg = f"The journal at {path} is not encrypted. Encrypt it with: peerkit encrypt"
        raise JournalError(msg)
    was_kept = vault.is_in_keyring(path)
    left = _remade(path, lambda now: None)
    if was_kept:
        with suppress(JournalError):  # a keyring that is gone holds nothing any more
            vault.keep_in_keyring(None, now.salt)
    return left


def change(path: Path, what: remake.Change, *, added: remake.Added = ()) -> list[Path]:
    """Make a journal and its backups anew with what `what` leaves of each row, and the journal with some more.

    Returns:
        The backups that stay as they are: of an older passphrase, busy, or not to be reached.
    """
    return _remade(path, lambda now: now, what, added)


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


def _remade(
    path: Path,
    new_key: Callable[[Key | None], Key | None],
    what: remake.Change | None = None,
    added: remake.Added = (),
) -> list[Path]:
    """Make a journal and its backups anew, under the key that `new_key` gives for the one that it has."""
    with remake.held(path) as journal:
        now = sqlite.key_in(journal.engine)
        key = new_key(now)
        replace.begin(path)
        # The backups come first: after a crash in between the journal says that it is not done.
        known, keys = copies.known_backups(journal, path), (now, key, None)
        left = [backup for backup in known if not _is_remade(backup, keys, key, what)]
        remake.write(path, journal, key, what, added=added)
        remake.put(path, is_sealed=key is not None)
    if key is not None:
        vault.remember(key)
    return left


def _is_remade(
    backup: Path, keys: tuple[Key | None, ...], key: Key | None, what: remake.Change | None
) -> bool:
    """Make a backup anew, and return whether that could be done."""
    try:
        engine = store.engine_with(backup, *keys) if backup.is_file() else None
        if engine is None:
            return False
        store.check_kind(engine, backup)
        if tables.is_old(engine):
            tables.bring_up_to_date(engine)
        with remake.held(backup, engine) as old:
            remake.write(backup, old, key, what)
            replace.put(backup)
    except JournalError:
        return False
    return True
