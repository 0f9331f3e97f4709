"""Promises from and to other tools at home: a file from the browser, looked at before it is taken, and one to take away."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from peerkit.errors import ColumnsError, FormatError
from peerkit.guide.browser import address
from peerkit.journal import Journal
from peerkit.schema import Row
from peerkit.workspace import Workspace

if TYPE_CHECKING:
    from peerkit.formats.commands import Preview

# What passes through the browser and the kernel's messages. The command reads from the disk, whatever the size.
MAX_BYTES = 20_000_000
# In bytes, of which a file system takes 255.
_LONGEST_NAME = 200
# What an error or a remark says for the command line, and where it is said in the page.
_IN_THE_PAGE = {
    "Say --dates dmy or --dates mdy.": "Say below how days are written, and look again.",
    " Say which it is with --as FORMAT.": " Export it from the other tool as one of these.",
}
_WHICH = (
    "Which of its columns is the promise itself? Choose it below, and look again. A table needs its columns' names"
    " in the first line."
)
# What a column of a table can be taken as, in the words of the page; the rest is said on the command line.
_TAKEN_AS = {
    "text": "the promise itself",
    "due_on": "by when",
    "outcome": "what became of it",
    "made_on": "when it was made",
    "closed_on": "when it was settled",
    "fraction": "how much of it is done",
    "area": "area",
    "tags": "tags",
    "notes": "notes",
    "first_step": "first step",
    "confidence": "confidence",
    "reason": "reason",
    "recurrence": "how it comes again",
    "id": "its id there",
}


class Elsewhere:
    """One file at a time: it is received, looked at, and then imported or put away.

    What is received lies in a private temporary folder until then. It is never read by anyone else.

    Args:
        workspace: Whose promises they become.
        journal: Where to.
    """

    def __init__(self, workspace: Workspace, journal: Journal) -> None:
        self._workspace = workspace
        self._journal = journal
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._path: Path | None = None
        self._preview: Preview | None = None

    def choices(self) -> Row:
        """Return what can be chosen: the formats to export to, and what a table's column can be."""
        from peerkit.formats.registry import READS, WRITES

        return {
            "reads": [form.title for form in READS],
            "writes": [{"name": form.name, "title": form.title} for form in WRITES],
            "taken_as": _TAKEN_AS,
        }

    def receive(self, name: str, size: int, at: int, piece: bytes) -> None:
        """Take one piece of a file; the first one puts the file before it away.

        Args:
            name: The file's name, of which the suffix helps to tell its format.
            size: How many bytes it has in all.
            at: How many of them came before this piece.
            piece: The next ones.

        Raises:
            FormatError: If it is larger than MAX_BYTES, or a piece of it is missing.
        """
        if at == 0:
            self.put_away()
        if size > MAX_BYTES:
            msg = (
                f"This file has more than {MAX_BYTES // 1_000_000} MB, too much to pass through the browser."
                " Import it in a terminal, in the workspace's folder: peerkit import FILE"
            )
            raise FormatError(msg)
        if at == 0:
            # Private to its owner, and gone with this object at the latest.
            self._folder = tempfile.TemporaryDirectory(prefix="peerkit-")
            self._path = Path(self._folder.name, _safe(name))
            self._path.touch(mode=0o600)
        if self._path is None or self._path.stat().st_size != at or at + len(piece) > size:
            self.put_away()
            msg = "The file did not arrive whole. Choose it again."
            raise FormatError(msg)
        with self._path.open("ab") as file:
            file.write(piece)

    def look(self, columns: Mapping[str, str] | None = None, dates: str = "") -> Row:
        """Return what importing the received file would do, as `commands.told` has it; nothing is written.

        Of a table of which no column can be told to be the text it returns what is asked, and the columns.

        Args:
            columns: Of a table, what each of its columns is, blank for one that is not used; guessed when left out.
            dates: Of a table, "dmy" or "mdy"; guessed when blank.

        Raises:
            FormatError: If there is no file, or it cannot be read so.
        """
        from peerkit.formats import commands

        path = self._received()
        # What was looked at before is not what would be imported now.
        self._preview = None
        try:
            with self._without_folder():
                shown = commands.preview(
                    self._workspace,
                    self._journal,
                    path,
                    columns=[f"{name}={column}" for column, name in (columns or {}).items()],
                    dates=dates or None,
                )
        except ColumnsError as error:
            listed = _listed(error.columns, columns or {})
            return {"file": path.name, "asks": _WHICH, "table": {"columns": listed, "day_first": None}}
        self._preview = shown
        told = commands.told(shown)
        guessed = shown.guessed
        table = guessed and {
            "columns": _listed(guessed.head, guessed.mapping),
            "day_first": guessed.day_first,
        }
        skipped, remarks = told["skipped_lines"][: commands.SHOWN], told["remarks"][: commands.SHOWN]
        return {
            **told,
            "file": path.name,
            "title": shown.form.title,
            "suffix_differs": shown.suffix_differs,
            "table": table,
            "skipped_lines": [{**one, "reason": _in_the_page(one["reason"])} for one in skipped],
            "remarks": [{**one, "said": _in_the_page(one["said"])} for one in remarks],
            "remarked": shown.reading.n_remarks,
        }

    def bring_in(self) -> int:
        """Import what was looked at, all of it or nothing, and return how many promises are new or have news.

        Raises:
            FormatError: If nothing was looked at.
        """
        self._received()
        if self._preview is None:
            msg = "Look at what the file would bring first."
            raise FormatError(msg)
        done = self._preview.confirm()
        self.put_away()
        return len(done.changes)

    def put_away(self) -> None:
        """Forget the file that was received."""
        if self._folder is not None:
            self._folder.cleanup()
        self._folder = self._path = self._preview = None

    def take_back(self) -> str:
        """Take the last import back, and return in a sentence what that did.

        Raises:
            FormatError: If there is none.
        """
        from peerkit.formats import commands, undo

        return commands.taken_back_in_words(undo.take_back(self._journal))

    def write_out(self, name: str, audience: str) -> Row:
        """Write the commitments to the workspace's folder of exports, and return the file's name, address and a sentence.

        Args:
            name: The format's name.
            audience: "mine", "ours" or "outside".

        Raises:
            FormatError: If the format or the audience is unknown, or it cannot hold or write them.
        """
        from peerkit.formats.commands import exported_in_words
        from peerkit.formats.outgoing import export
        from peerkit.formats.registry import WRITES, named, of_suffix

        form = named(name, WRITES)
        suffix = form.suffixes[0]
        words = ["promises"]
        # Two formats of one suffix are two files.
        words += [] if of_suffix(suffix) is form else [form.name]
        words += [] if audience == "mine" else [audience]
        path = self._workspace.exports / f"{self._journal.today()}-{'-'.join(words)}{suffix}"
        done = export(self._journal, path, me=self._workspace.me, audience=audience, as_format=name)
        return {
            "name": path.name,
            "href": address(path, seen_from=self._workspace.folder),
            "said": exported_in_words(done, f"exports/{path.name}", partner=self._workspace.partner),
        }

    def _received(self) -> Path:
        if self._path is None:
            msg = "There is no file here any more. Choose it again."
            raise FormatError(msg)
        return self._path

    @contextmanager
    def _without_folder(self) -> Iterator[None]:
        """Say a file's name in an error as the person knows it, not where it lies meanwhile."""
        try:
            yield
        except ColumnsError:
            raise
        except FormatError as error:
            said = str(error).replace(f"{self._received().parent}/", "")
            raise FormatError(_in_the_page(said)) from error


def _listed(columns: Sequence[str], taken: Mapping[str, str]) -> list[list[str]]:
    """Return each column with what it is taken as, but not those without a name at the end: a sheet has hundreds."""
    listed = [[column, taken.get(column, "")] for column in columns]
    while listed and listed[-1] == [f"column {len(listed)}", ""]:
        listed.pop()
    return listed


def _in_the_page(said: str) -> str:
    for on_the_line, here in _IN_THE_PAGE.items():
        said = said.replace(on_the_line, here)
    return said


def _safe(name: str) -> str:
    """Return a file's name as it can stand in any folder; its end, which says the format, stays."""
    shown = "".join(sign for sign in name if sign.isprintable() and sign not in '<>:"/\\|?*')
    end = shown.encode("utf-8", "ignore")[-_LONGEST_NAME:].decode("utf-8", "ignore")
    return (end if end == shown else f"…{end}").lstrip(". ") or "file"
