"""A file that goes where the person says: it takes the place only of what peerkit wrote itself."""

from __future__ import annotations

from pathlib import Path

from peerkit.errors import CalendarError
from peerkit.workspace import write_whole

# A file says who wrote it within its first so many bytes.
_HEAD_BYTES = 2000


def write_own(path: Path, content: bytes, *, mark: bytes) -> None:
    """Write a file whole or not at all, readable by its owner only.

    Args:
        path: Where it goes.
        content: All of it.
        mark: What stands near the beginning of every file of this kind that peerkit writes.

    Raises:
        CalendarError: If something else is there already, or the place cannot be written.
    """
    try:
        if (path.exists() or path.is_symlink()) and not is_own(path, mark=mark):
            kind = "a folder" if path.is_dir() else "there already, and not written by peerkit"
            msg = f"{path} is {kind}; it stays as it is. Choose another name for the file."
            raise CalendarError(msg)
        write_whole(path, content)
    except (OSError, ValueError) as error:
        msg = f"{path} cannot be written ({_why(error)}). Choose a place that you may write to."
        raise CalendarError(msg) from error


def remove_own(path: Path, *, mark: bytes) -> bool:
    """Remove a file that peerkit wrote, and return whether there was one. Anything else is left alone.

    Raises:
        CalendarError: If it cannot be removed.
    """
    if not is_own(path, mark=mark):
        return False
    try:
        path.unlink()
    except OSError as error:
        msg = f"{path} cannot be removed ({_why(error)}). Remove it yourself."
        raise CalendarError(msg) from error
    return True


def is_own(path: Path, *, mark: bytes) -> bool:
    """Return whether a file, and no link to one, bears the mark of what peerkit writes."""
    try:
        if path.is_symlink() or not path.is_file():
            return False
        with path.open("rb") as file:
            return mark in file.read(_HEAD_BYTES)
    except (OSError, ValueError):
        return False


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or "no such name can be"
