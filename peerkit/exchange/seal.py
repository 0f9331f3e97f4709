"""A bundle as bytes: sealed for one key, authenticated by another, and bounded before anything is trusted."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from nacl.exceptions import CryptoError
from nacl.public import Box, PrivateKey, PublicKey

from peerkit.errors import ExchangeError
from peerkit.exchange.keys import FINGERPRINT_BYTES, fingerprint

MAGIC: Final = b"peerkit bundle 1\n"
MAX_FILE: Final = 20_000_000
MAX_INFLATED: Final = 60_000_000
# Commas and brackets: each costs memory once it is parsed, however few bytes it takes.
MAX_PARTS: Final = 6_000_000
_HEADER: Final = len(MAGIC) + 2 * FINGERPRINT_BYTES
_LEAST: Final = _HEADER + Box.NONCE_SIZE + 16


@dataclass(frozen=True)
class Header:
    """Whose bundle it is and for whom, as fingerprints of their keys."""

    sender: bytes
    recipient: bytes


def seal(payload: dict[str, Any], *, secret: PrivateKey, to: bytes) -> bytes:
    """Return a bundle: magic, both fingerprints, and `nacl.public.Box` of compressed JSON with a random nonce.

    Both fingerprints stand inside as well, for a Box is the same in both directions, and its header is not sealed.

    Args:
        payload: What JSON holds.
        secret: The sender's key.
        to: The recipient's public key.

    Raises:
        ExchangeError: If it would be larger than a bundle may be.
    """
    header = Header(fingerprint(bytes(secret.public_key)), fingerprint(to))
    told = json.dumps({**payload, **_inside(header)}, ensure_ascii=False, separators=(",", ":")).encode()
    sealed = bytes(Box(secret, PublicKey(to)).encrypt(zlib.compress(told, 9)))
    made = MAGIC + header.sender + header.recipient + sealed
    if len(made) > MAX_FILE or len(told) > MAX_INFLATED:
        msg = f"There is more to share than a bundle holds ({MAX_FILE // 10**6} MB). Take out the longest texts first."
        raise ExchangeError(msg)
    return made


def header_of(raw: bytes) -> Header:
    """Return who a bundle is from and for, as it says itself.

    Raises:
        ExchangeError: If it is none, or was cut short.
    """
    if not raw.startswith(MAGIC):
        refuse("is none that this peerkit can read")
    if len(raw) > MAX_FILE:
        refuse(f"is larger than the {MAX_FILE // 10**6} MB that a bundle has at most")
    if len(raw) < _LEAST:
        refuse("was cut short on its way")
    at = len(MAGIC) + FINGERPRINT_BYTES
    return Header(raw[len(MAGIC) : at], raw[at:_HEADER])


def unseal(raw: bytes, *, secret: PrivateKey, sender: bytes) -> dict[str, Any]:
    """Return what a bundle holds.

    Args:
        raw: All of the file; `header_of` was asked before.
        secret: The recipient's key.
        sender: The sender's public key.

    Raises:
        ExchangeError: If it was changed or cut on its way, or is larger or deeper than any that peerkit writes.
    """
    try:
        packed = Box(secret, PublicKey(sender)).decrypt(raw[_HEADER:])
    except (CryptoError, ValueError, TypeError):
        refuse("was changed or cut short on its way")
    # From here on the sender is known. What they send is bounded all the same.
    inflating = zlib.decompressobj()
    try:
        told = inflating.decompress(packed, MAX_INFLATED)
        if not inflating.eof or inflating.unused_data:
            refuse("holds more than a bundle may")
        if sum(told.count(sign) for sign in (b",", b"[", b"{")) > MAX_PARTS:
            refuse("holds more than a bundle may")
        payload = json.loads(told.decode(), parse_constant=_no_number)
    except (zlib.error, ValueError, RecursionError):
        refuse("holds what no bundle of peerkit holds")
    inside = _inside(header_of(raw))
    if not isinstance(payload, dict) or {name: payload.pop(name, None) for name in inside} != inside:
        refuse("was sealed for another key than its beginning says")
    return payload


def refuse(why: str, *, remedy: str = "ask for it once more") -> NoReturn:
    """Say why a bundle is not taken in.

    Raises:
        ExchangeError: Always.
    """
    msg = f"This bundle {why}. Nothing was taken in; {remedy}."
    raise ExchangeError(msg)


def _inside(header: Header) -> dict[str, str]:
    return {"from": header.sender.hex(), "to": header.recipient.hex()}


def _no_number(name: str) -> None:
    raise ValueError(name)
