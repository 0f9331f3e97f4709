"""Backups of a journal: each one file, made while others write, checked, and encrypted if the journal is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from peerkit import copies, replace
from peerkit.errors import JournalError
from peerkit.journal import Journal

_KEPT: Final = 3
_WEEK = timedelta(days=7)
_WEEKLY = "journal-????-??-??.db"


def back_up(journal: Journal, target: Path) -> None:
    """Copy a journal into one file, as it is at this moment, encrypted if it is, and check the copy.

    Where it lies is remembered, so that what is forgotten is forgotten there, too.

    Raises:
        JournalError: If the file is there already or cannot be written, or the copy is not whole.
    """
    target = target.expanduser().absolute()
    is_own = target.parent == copies.backup_folder(journal.path).absolute()
    if not target.exists() and not is_own:
        # First where it will lie: what is forgotten from now on is forgotten there.
        with journal.writing() as writer:
            writer.keep_local(f"{copies.BACKUP}{target}", str(journal.today()))
    try:
        journal.copy_to(target)
    except OSError as error:
        msg = f"{target} cannot be written: {error.strerror}. Choose a place that you may write to."
        raise JournalError(msg) from error


def known_backups(path: Path) -> list[Path]:
    """Return the backups of a journal: those that peerkit made by itself, and those asked for, there or not."""
    journal = Journal(path, author="")
    try:
        named = [Path(name.removeprefix(copies.BACKUP)) for name in journal.local_names(copies.BACKUP)]
    finally:
        journal.close()
    return [*sorted(copies.backup_folder(path).glob("*.db")), *named]


def keep_weekly(journal: Journal) -> Path | None:
    """Make this week's backup, unless there is one, and let go of all but three; return a new one.

    Raises:
        JournalError: If it cannot be written.
    """
    folder = copies.backup_folder(journal.path)
    today = journal.today()
    if any(today - _WEEK < day <= today for day, _ in _weekly(folder)):
        return None
    target = folder / f"journal-{today}.db"
    with suppress(OSError):  # said of the file itself, below
        folder.mkdir(mode=0o700, exist_ok=True)
    back_up(journal, target)
    for _, old in sorted(_weekly(folder))[:-_KEPT]:
        with suppress(FileNotFoundError):  # another process was first
            replace.wipe(old)
    return target


def _weekly(folder: Path) -> Iterator[tuple[date, Path]]:
    for path in folder.glob(_WEEKLY):
        with suppress(ValueError):
            yield date.fromisoformat(path.stem.removeprefix("journal-")), path
