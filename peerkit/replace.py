"""A whole new file in the place of the journal: after a crash there is the old one or the new one, never a half.

The new file is written beside the old one, is on disk before it takes its name, and what it replaced is
overwritten with zeros before it is removed. (On an SSD, or a disk that keeps old versions, the medium may still
hold what was overwritten: only encryption from the first day helps there.)
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_AT_ONCE = 1 << 20


def seal_path(journal: Path) -> Path:
    """Return where the file lies that says that a journal is encrypted."""
    return journal.with_suffix(".seal")


def new_path(journal: Path) -> Path:
    """Return where the file that will replace a journal, or its seal, is written."""
    return journal.with_name(f"{journal.name}.new")


def copied_path(journal: Path) -> Path:
    """Return where a backup is copied to, before what it holds takes the journal's place."""
    return journal.with_name(f"{journal.name}.copied")


def _with_rollback(path: Path) -> tuple[Path, Path]:
    return path, path.with_name(f"{path.name}-journal")


def put(journal: Path) -> None:
    """Give the finished new file the name of the journal, and wipe the one that had it.

    Whoever calls holds the journal's exclusive lock, and gives it up right after.

    Raises:
        OSError: If it cannot be done; the journal is as it was.
    """
    new = new_path(journal)
    sync(new)
    old = _old_path(journal)
    with contextlib.suppress(FileNotFoundError):
        _let_go(old, journal)
        # Without a second name the old file could not be found again to be wiped, after a crash in between.
        with contextlib.suppress(NotImplementedError, PermissionError):
            os.link(journal, old)
    new.replace(journal)
    sync(journal.parent)
    # The new one is in its place, whatever comes now: what cannot be wiped is, when the journal is next opened.
    with contextlib.suppress(OSError):
        wipe(old)


def has_leftover(journal: Path) -> bool:
    """Return whether a crash left something beside the journal."""
    return any(path.exists() for path in (new_path(journal), copied_path(journal), _old_path(journal)))


def begin(journal: Path) -> None:
    """Leave a mark that something is under way, so that a crash is noticed when the journal is next opened.

    Raises:
        OSError: If it cannot be written.
    """
    os.close(os.open(new_path(journal), os.O_CREAT | os.O_WRONLY, 0o600))


def tidy(journal: Path) -> None:
    """Wipe what a crash left beside the journal; whoever calls holds its exclusive lock.

    Raises:
        OSError: If it cannot be removed.
    """
    new, copied = _with_rollback(new_path(journal)), _with_rollback(copied_path(journal))
    for left in (*new, *copied, new_path(seal_path(journal))):
        with contextlib.suppress(FileNotFoundError):
            wipe(left)
    with contextlib.suppress(FileNotFoundError):
        _let_go(_old_path(journal), journal)


def wipe(path: Path) -> None:
    """Overwrite a file with zeros and remove it. One that has other names, too, only loses this one.

    Raises:
        OSError: If there is none, or it cannot be removed.
    """
    if not path.is_symlink() and path.stat().st_nlink == 1:
        with path.open("r+b") as file:
            left = os.fstat(file.fileno()).st_size
            while left > 0:
                left -= file.write(bytes(min(left, _AT_ONCE)))
            file.flush()
            os.fsync(file.fileno())
    path.unlink()


def sync(path: Path) -> None:
    """Bring a file or a folder to the disk.

    Raises:
        OSError: If it cannot be.
    """
    if os.name == "nt" and path.is_dir():
        return  # Windows keeps no folder open
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _old_path(journal: Path) -> Path:
    return journal.with_name(f"{journal.name}.old")


def _let_go(old: Path, journal: Path) -> None:
    """Remove the second name of a file: alone where it is still the journal, with its content where it is not."""
    if old.exists() and journal.exists() and old.samefile(journal):
        old.unlink()
    else:
        wipe(old)
