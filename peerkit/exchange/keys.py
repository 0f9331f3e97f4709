"""One's own key, made once and kept in the journal, and the six words that two peers compare."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from nacl.encoding import RawEncoder
from nacl.hash import blake2b
from nacl.public import PrivateKey
from nacl.pwhash import argon2id

from peerkit.errors import ExchangeError

if TYPE_CHECKING:
    from peerkit.journal import Journal, Writer

KEY, MACHINE = "exchange.key", "exchange.machine"
FINGERPRINT_BYTES = 16
_WORDS, _BITS_EACH = 6, 11
# What a try at the six words costs: half a second and 256 MiB.
_PASSES, _BYTES = argon2id.OPSLIMIT_MODERATE, argon2id.MEMLIMIT_MODERATE


@dataclass(frozen=True)
class Identity:
    """One's own key pair, the same on all of one's machines, and the name of this machine."""

    secret: PrivateKey = field(repr=False)
    machine: str

    @property
    def public(self) -> bytes:
        """The key that the partner is given."""
        return bytes(self.secret.public_key)


def identity(journal: Journal) -> Identity:
    """Return one's own key and machine; in a journal of an earlier peerkit they are made now.

    Raises:
        ExchangeError: If what is kept cannot be used.
    """
    kept = journal.local(KEY), journal.local(MACHINE)
    if None in kept:
        with journal.writing() as writer:
            if writer.local(KEY) is None:
                keep_identity(writer, PrivateKey.generate())
            kept = writer.local(KEY), writer.local(MACHINE)
    try:
        return Identity(PrivateKey(bytes.fromhex(kept[0])), str(kept[1]))
    except (TypeError, ValueError) as error:
        msg = "The key that this journal keeps cannot be used. Copy the journal back from a backup."
        raise ExchangeError(msg) from error


def keep_identity(writer: Writer, secret: PrivateKey) -> None:
    """Keep a key as one's own, on a machine with a new random name."""
    writer.keep_local(KEY, bytes(secret).hex())
    writer.keep_local(MACHINE, secrets.token_hex(8))


def fingerprint(public: bytes) -> bytes:
    """Return the 16 bytes by which a bundle names a key: BLAKE2b of it."""
    return bytes(blake2b(public, digest_size=FINGERPRINT_BYTES, person=b"peerkit card", encoder=RawEncoder))


def six_words(one: bytes, other: bytes) -> list[str]:
    """Return six words for two public keys, the same whichever is given first.

    They are 66 bits of Argon2id over a BLAKE2b of both keys. Someone who stands between the two and gives each a
    key of their own needs two keys of which both sides show the same words. By the birthday rule that takes about
    2^33 tries on either side, which a plain hash would allow in an hour; here every try costs 256 MiB and about half a
    second, so 2^34 of them are more than 200 years of a processor, for one pair, between the card and the call.

    Args:
        one: A public key, 32 bytes.
        other: The other one.

    Raises:
        ExchangeError: If there is not enough memory.
    """
    both = b"".join(sorted((one, other)))
    salt = blake2b(both, digest_size=argon2id.SALTBYTES, person=b"peerkit words", encoder=RawEncoder)
    try:
        made = argon2id.kdf(16, both, salt, opslimit=_PASSES, memlimit=_BYTES)
    except RuntimeError as error:
        msg = "The six words take 256 MiB of memory, which there is not now. Close other programs, and try again."
        raise ExchangeError(msg) from error
    number = int.from_bytes(made) >> 8 * len(made) - _WORDS * _BITS_EACH
    places = [number >> _BITS_EACH * at & (1 << _BITS_EACH) - 1 for at in reversed(range(_WORDS))]
    return [_listed()[place] for place in places]


@cache
def _listed() -> tuple[str, ...]:
    text = resources.files("peerkit.exchange").joinpath("words.txt").read_text(encoding="ascii")
    return tuple(line for line in text.splitlines() if not line.startswith("#"))
