"""Which formats there are, and which of them a file is: by its content first, then by its suffix."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from peerkit.errors import FormatError
from peerkit.formats.collecting import collect
from peerkit.formats.items import Found, Given, Item, Reading
from peerkit.formats.progress import Watch, unseen
from peerkit.formats.source import Source
from peerkit.formats.table import Guess


@dataclass(frozen=True)
class Format:
    """One format: the module of its name reads and writes it.

    Args:
        name: As it is said on the command line.
        title: As it is said in a sentence.
        module: Where in `peerkit.formats` it is read and written.
        suffixes: Of its files, in lower case.
        seems: Whether the beginning of a text is of this format; None where it is no text, or written only.
        reads, writes: Whether the module has `read` and `write`.
        has_peers: Whether it says whose a promise is; the others hold one's own only, and need their words.
        has_columns: Whether it is a table whose columns are guessed: the module has `guess`.
        says_once: Whether no word of its files comes into many items, so that all take a few times what was read at
            most, and need be counted only where that is much.
    """

    name: str
    title: str
    module: str
    suffixes: tuple[str, ...]
    seems: Callable[[str], bool] | None = None
    reads: bool = True
    writes: bool = True
    has_peers: bool = False
    has_columns: bool = False
    says_once: bool = False

    def read(self, source: Source, given: Given, *, watch: Watch = unseen) -> Reading:
        """Read a file of this format; `watch` is shown how many of its bytes were read.

        Raises:
            FormatError: If nothing of it can be read, or a library that reads it is not installed.
        """

        def position() -> int:
            return source.position

        found = watch(self._found(source, given), "Reading", total=source.size, at=position)
        return collect(self.name, found, bound=position) if self.says_once else collect(self.name, found)

    def guess(self, source: Source, given: Given) -> Guess | None:
        """Return which column is which in a table; None for any other format.

        Raises:
            FormatError: If no column can be told to be the text.
        """
        return self._module().guess(source, given) if self.has_columns else None

    def write(self, items: Iterable[Item], file: BinaryIO) -> None:
        """Write items to a file, piece by piece.

        Raises:
            FormatError: If the format cannot hold one of them, or a library is not installed.
        """
        self._module().write(items, file)

    def _found(self, source: Source, given: Given) -> Iterator[Found | list[Found]]:
        yield from self._module().read(source, given)
        yield from source.remarks

    def _module(self) -> _Module:
        return importlib.import_module(f"peerkit.formats.{self.module}")  # type: ignore[return-value]


class _Module:
    """What a format's module offers."""

    @staticmethod
    def read(source: Source, given: Given) -> Iterator[Found | list[Found]]:
        """Yield what is found in a file: what stands alone, and lists in which the items are checked."""
        raise NotImplementedError

    @staticmethod
    def guess(source: Source, given: Given) -> Guess:
        """Return which column is which."""
        raise NotImplementedError

    @staticmethod
    def write(items: Iterable[Item], file: BinaryIO) -> None:
        """Write items to a file."""
        raise NotImplementedError


def _matches(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern, re.MULTILINE | re.IGNORECASE)
    return lambda head: compiled.search(head) is not None


_JSON = r"\A\s*[\[{]"

FORMATS = (
    Format(
        "json",
        "peerkit JSON",
        "ledger_json",
        (".json",),
        _matches(_JSON + r'[^\[]{0,2000}"format"\s*:\s*"peerkit-ledger"'),
        has_peers=True,
        says_once=True,
    ),
    Format(
        "beeminder",
        "Beeminder JSON",
        "beeminder",
        (".json",),
        _matches(_JSON + r'[\s\S]*"(datapoints|daystamp|runits|goals)"\s*:'),
        writes=False,
    ),
    Format(
        "taskwarrior",
        "Taskwarrior JSON",
        "taskwarrior",
        (".json", ".jsonl"),
        _matches(_JSON + r'[\s\S]*"(uuid|description|entry)"\s*:'),
        says_once=True,
    ),
    Format("ics", "iCalendar", "ics", (".ics",), _matches(r"\A\s*BEGIN:(VCALENDAR|VTODO)")),
    Format(
        "todoist",
        "Todoist CSV",
        "todoist",
        (".csv",),
        _matches(r'\A\s*"?TYPE"?,"?CONTENT"?,'),
        says_once=True,
    ),
    Format(
        "org",
        "org headlines",
        "org",
        (".org",),
        _matches(r"^\*+ (TODO|DONE|NEXT|WAITING|CANCELLED)\b|^\s*(CLOSED|DEADLINE|SCHEDULED): |^#\+(TITLE|TODO|STARTUP):"),
    ),
    Format(
        "obsidian",
        "Obsidian Tasks",
        "obsidian",
        (".md", ".markdown"),
        _matches(r"^[\s>]*([-*+]|\d+[.)]) \[.\] "),
        says_once=True,
    ),
    Format("loop", "Loop Habit Tracker", "loop_habits", (".zip",), writes=False),
    Format("xlsx", "Excel", "excel", (".xlsx", ".xlsm"), has_peers=True, has_columns=True),
    Format(
        "csv",
        "CSV",
        "plain_csv",
        (".csv", ".tsv"),
        _matches(r"\A(sep=.\s*\n)?[^\n]*[,;\t|][^\n]*\n?"),
        has_peers=True,
        has_columns=True,
    ),
    Format(
        "todo.txt",
        "todo.txt",
        "todo_txt",
        (".txt", ".todo"),
        _matches(r"^(x \d{4}-\d\d-\d\d |\([A-Z]\) |\d{4}-\d\d-\d\d )|(^|\s)(due:\d|[+@]\w)"),
        says_once=True,
    ),
    Format("markdown", "a Markdown table", "markdown", (".md",), reads=False, has_peers=True),
    Format("parquet", "Parquet", "parquet", (".parquet",), reads=False, has_peers=True),
)  # fmt: skip
READS = tuple(one for one in FORMATS if one.reads)
WRITES = tuple(one for one in FORMATS if one.writes)


def named(name: str, formats: tuple[Format, ...]) -> Format:
    """Return the format of a name.

    Raises:
        FormatError: If it is none of these.
    """
    for one in formats:
        if one.name == name:
            return one
    msg = f"Unknown format {name!r}. Use one of: {', '.join(one.name for one in formats)}."
    raise FormatError(msg)


def of_suffix(suffix: str) -> Format:
    """Return the format that a file to be written has by its suffix.

    Raises:
        FormatError: If no format is written under it.
    """
    for one in (named("json", WRITES), named("csv", WRITES), *WRITES):
        if suffix.lower() in one.suffixes:
            return one
    known = ", ".join(dict.fromkeys(suffix for one in WRITES for suffix in one.suffixes))
    msg = f"No format is written to files that end in {suffix!r}. Use one of {known}, or say --as FORMAT."
    raise FormatError(msg)


def recognise(source: Source) -> Format:
    """Return the format of a file: what its content looks like; of several, the one of its suffix.

    Raises:
        FormatError: If it looks like none.
    """
    if source.is_zip:
        return _recognise_zip(source)
    if not source.head:
        msg = f"{source.path} is empty. Export it again from the other tool."
        raise FormatError(msg)
    head = source.text_head
    likely = [one for one in READS if one.seems is not None and source.is_text and one.seems(head)]
    by_suffix = [one for one in likely if source.suffix in one.suffixes]
    # A comma in a line makes no table of it, nor a tag a todo.txt: these two go by their suffix first.
    if found := (by_suffix or likely):
        return found[0]
    plain = [one for one in READS if source.suffix in one.suffixes and source.is_text and one.seems]
    if plain and source.suffix != ".json":
        return plain[0]
    msg = (
        f"{source.path} looks like none of the formats that peerkit reads: {', '.join(one.title for one in READS)}."
        " Say which it is with --as FORMAT."
    )
    raise FormatError(msg)


def _recognise_zip(source: Source) -> Format:
    with source.opened_zip() as packed:
        names = packed.namelist()
    if "xl/workbook.xml" in names:
        return named("xlsx", READS)
    if any(name.rsplit("/", 1)[-1] == "Checkmarks.csv" for name in names):
        return named("loop", READS)
    msg = f"{source.path} is a zip, but neither an Excel file nor an export of Loop Habit Tracker."
    raise FormatError(msg)
