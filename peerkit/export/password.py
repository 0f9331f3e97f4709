"""A summary that opens with a password alone: PDF 2.0's AES-256, by pikepdf."""

from __future__ import annotations

import io
import os
from typing import Any, Final

from peerkit.errors import SummaryError

# Where scripts say it: a command line is seen by others of the same machine, and kept in a history.
VARIABLE: Final = "PEERKIT_PDF_PASSWORD"


def from_environment() -> str | None:
    """Return the password that the environment gives; None where it gives none."""
    return os.environ.get(VARIABLE) or None


def check_needed(*, audience: str, password: str | None, is_encrypted: bool) -> None:
    """Refuse to write in clear what an encrypted journal keeps to its owner.

    Raises:
        SummaryError: If all of an encrypted journal's session would lie in a file without a password.
    """
    if is_encrypted and audience == "mine" and not password:
        msg = (
            "This journal is encrypted, so a summary with all that is in it is written with a password only."
            " Give one with --password, or make the one for the two of you with --for ours."
        )
        raise SummaryError(msg)


def locked(pdf: bytes, password: str) -> bytes:
    """Return a PDF that opens with the password alone: AES-256, revision 6, its metadata encrypted too.

    An encrypted PDF is no PDF/A; its tags stay, and screen readers may read it. Two runs differ, as the keys do.

    Raises:
        SummaryError: If pikepdf is not installed, or the password is empty or longer than a PDF takes.
    """
    if not 0 < len(password.encode()) <= 127:
        msg = "A PDF's password has 1 to 127 bytes. Choose a shorter one, or a sentence of some words."
        raise SummaryError(msg)
    pikepdf = _pikepdf()
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        # It promises what an encrypted file cannot be.
        with opened.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as told:
            for name in ("pdfaid:part", "pdfaid:conformance"):
                if name in told:
                    del told[name]
        written = io.BytesIO()
        rights = pikepdf.Permissions(accessibility=True)
        opened.save(written, encryption=pikepdf.Encryption(owner=password, user=password, R=6, allow=rights))
    return written.getvalue()


def _pikepdf() -> Any:
    try:
        import pikepdf
    except ImportError as error:
        msg = 'A password needs pikepdf, which is not installed. Install it with: pip install "peerkit[password]"'
        raise SummaryError(msg) from error
    return pikepdf
