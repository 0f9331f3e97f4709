"""A programme's secret, and the tokens that stand for ids in a lake."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path

from peerkit.errors import LakeError

Token = Callable[..., str]


def read_secret(path: Path) -> bytes:
    """Return the secret that a file holds: 64 hexadecimal digits.

    Raises:
        LakeError: If it cannot be read, or holds something else.
    """
    try:
        with path.open("rb") as file:
            said = file.read(80).decode("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it holds something else"
        msg = f"The secret {path} cannot be read: {why}. Take a copy of lake.secret from the workspace of the programme's first pair."
        raise LakeError(msg) from error
    if not re.fullmatch("[0-9a-f]{64}", said):
        msg = f"{path} holds no secret of a programme's: that is 64 hexadecimal digits. Take a copy of lake.secret from the workspace of the programme's first pair."
        raise LakeError(msg)
    return bytes.fromhex(said)


def own_secret(path: Path) -> bytes:
    """Return the secret that a workspace keeps, made the first time; only its owner may read the file.

    Raises:
        LakeError: If it cannot be written or read.
    """
    try:
        # Whoever comes first writes it, whole, under a name of its own; the others find it there.
        if not path.exists():
            beside = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
            beside.touch(mode=0o600, exist_ok=False)
            try:
                beside.write_text(secrets.token_hex(32) + "\n", encoding="ascii")
                os.link(beside, path)
            except FileExistsError:
                pass
            finally:
                beside.unlink()
    except OSError as error:
        msg = f"The secret {path} cannot be written: {error.strerror}. Check the folder and its rights."
        raise LakeError(msg) from error
    return read_secret(path)


def tokens(secret: bytes) -> Token:
    """Return a function that makes the token of an id: 80 bits of BLAKE2b, keyed with the secret (RFC 7693).

    Nobody without the secret can tell whether a token is that of an id they know. The same id gives the
    same token as often as it is asked for; what it is the id of is part of it, so no token stands for two
    things.
    """

    def token(what: str, *ids: str) -> str:
        said = "\0".join(ids).encode("utf-8", "surrogatepass")
        return hashlib.blake2b(said, key=secret, digest_size=10, person=what.encode()).hexdigest()

    return token
