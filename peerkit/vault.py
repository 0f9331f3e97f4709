"""The key of an encrypted journal: made from a passphrase once per process, and where the passphrase comes from.

The journal is encrypted by SQLCipher (AES-256 in CBC mode with an HMAC-SHA512 for each page, also in its rollback
file). Its key is derived from the passphrase by Argon2id (RFC 9106), with the salt that stands in the first bytes of
the file: whoever guesses pays for each guess, and whoever opens it pays once.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from peerkit.errors import JournalError
from peerkit.replace import new_path, seal_path, sync

# A third of a second and 128 MiB for each guess; RFC 9106 asks for 64 MiB and three passes at the least.
_PASSES, _BYTES = 3, 128 << 20
_SALT_BYTES = 16
LEAST_SIGNS: Final = 8
# The passphrase, for scripts; and the key, which `peerkit start` hands to the JupyterLab that it starts.
PASSPHRASE, HANDED_ON = "PEERKIT_PASSPHRASE", "PEERKIT_KEY"
_TIMES = 3
_SERVICE = "peerkit"
_SAYS = (
    "# The journal beside this file is encrypted (SQLCipher, its key made by Argon2id). Without the passphrase nobody\n"
    "# can read it, neither can we. This file only says so; it holds no part of the key.\n"
)
_IN_KEYRING = "keyring = true\n"


@dataclass(frozen=True)
class Key:
    """A key and the salt that it was made with; neither is ever printed."""

    raw: bytes = field(repr=False)
    salt: bytes = field(repr=False)

    @property
    def pragma(self) -> str:
        """The key as SQLCipher takes it: no derivation of its own, and our salt in the file's first bytes."""
        return f"x'{self.raw.hex()}{self.salt.hex()}'"


_known: dict[bytes, Key] = {}
# Asks the person for the passphrase of a journal; set by whatever can ask.
_ask: Callable[[Path], str] | None = None


def ask_with(ask: Callable[[Path], str] | None) -> None:
    """Say how a person is asked for the passphrase of a journal; None where nobody can be asked."""
    global _ask
    _ask = ask


def key_of(passphrase: str, salt: bytes | None = None) -> Key:
    """Return the key that a passphrase gives, with a new salt when none is given.

    The passphrase counts in its NFC form, so that two keyboards give the same key.
    """
    from nacl.pwhash import argon2id  # here, because only an encrypted journal needs it

    salt = salt or os.urandom(_SALT_BYTES)
    plain = unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogatepass")
    return Key(argon2id.kdf(32, plain, salt, opslimit=_PASSES, memlimit=_BYTES), salt)


def check_new(passphrase: str) -> str:
    """Return a passphrase that may be used for something new.

    Raises:
        JournalError: If it is too short.
    """
    if len(passphrase.strip()) < LEAST_SIGNS:
        msg = f"A passphrase has {LEAST_SIGNS} characters or more. Four or five words that you can remember do well."
        raise JournalError(msg)
    return passphrase


def keys_for(path: Path, salt: bytes) -> Iterator[tuple[Key, str]]:
    """Yield the keys that may open a journal, with what is said where one does not.

    First the one that this process knows, then the one that was handed on, the environment's passphrase, the
    system's keyring where it was asked to keep it, and at last what the person types, three times.
    """
    if salt in _known:
        yield _known[salt], "The passphrase has been changed."
    handed = key_handed_on(os.environ)
    if handed is not None and handed.salt == salt:
        yield handed, "The passphrase has been changed."
    if os.environ.get(PASSPHRASE):
        yield key_of(os.environ[PASSPHRASE], salt), f"The passphrase in {PASSPHRASE} is wrong."
    kept = _from_keyring(salt) if is_in_keyring(path) else None
    if kept is not None:
        yield key_of(kept, salt), "The passphrase in the keyring is wrong."
    for _ in range(_TIMES if _ask is not None else 0):
        if _ask is not None:
            yield key_of(_ask(path), salt), "The passphrase is wrong."


def remember(key: Key) -> None:
    """Keep a key that opens a journal for as long as this process lives."""
    _known[key.salt] = key


def known(salt: bytes) -> Key | None:
    """Return the key that this process knows of a salt."""
    return _known.get(salt)


def drop(salt: bytes) -> None:
    """Let go of a key."""
    _known.pop(salt, None)


def handing_on(key: Key | None) -> dict[str, str]:
    """Return what goes into the environment of a server that peerkit starts, so that nobody is asked again."""
    return {} if key is None else {HANDED_ON: f"{key.salt.hex()}:{key.raw.hex()}"}


def key_handed_on(environment: Mapping[str, str]) -> Key | None:
    """Return the key that an environment holds."""
    salt, _, raw = environment.get(HANDED_ON, "").partition(":")
    try:
        return Key(bytes.fromhex(raw), bytes.fromhex(salt)) if raw else None
    except ValueError:
        return None


def take_handed_on() -> None:
    """Keep the key that this process was handed, and take it from the environment that its children get."""
    key = key_handed_on(os.environ)
    os.environ.pop(HANDED_ON, None)
    if key is not None:
        remember(key)


def has_seal(journal: Path) -> bool:
    """Return whether a journal is said to be encrypted."""
    return seal_path(journal).is_file()


def write_seal(journal: Path, *, in_keyring: bool = False) -> None:
    """Say that a journal is encrypted, and whether the system's keyring was asked to keep its passphrase.

    Raises:
        OSError: If it cannot be written.
    """
    seal = seal_path(journal)
    beside = new_path(seal)
    with os.fdopen(os.open(beside, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
        file.write((_SAYS + (_IN_KEYRING if in_keyring else "")).encode())
        file.flush()
        os.fsync(file.fileno())
    beside.replace(seal)
    sync(seal.parent)


def is_in_keyring(journal: Path) -> bool:
    """Return whether the system's keyring was asked to keep the passphrase."""
    try:
        return _IN_KEYRING in seal_path(journal).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False


def keep_in_keyring(passphrase: str | None, salt: bytes) -> None:
    """Keep a passphrase in the system's keyring, or with None take it out.

    Raises:
        JournalError: If there is no keyring that can be used.
    """
    try:
        import keyring
        from keyring.errors import KeyringError, PasswordDeleteError
    except ImportError as error:
        msg = 'The system\'s keyring is used through the package keyring. Run: pip install "peerkit[keyring]"'
        raise JournalError(msg) from error
    try:
        if passphrase is not None:
            keyring.set_password(_SERVICE, salt.hex(), passphrase)
        else:
            keyring.delete_password(_SERVICE, salt.hex())
    except PasswordDeleteError:
        return  # it is not there any more
    except KeyringError as error:
        msg = "This system has no keyring that peerkit can use. Type the passphrase instead."
        raise JournalError(msg) from error


def _from_keyring(salt: bytes) -> str | None:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None
    try:
        found: str | None = keyring.get_password(_SERVICE, salt.hex())
    except KeyringError:
        return None  # locked, or gone: the person is asked instead
    return found
