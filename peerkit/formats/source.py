"""A file that is read once and piece by piece: its lines and JSON objects, within bounds, in any encoding."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias, TypeVar, cast
from zipfile import BadZipFile, ZipFile

from peerkit.errors import FormatError
from peerkit.formats.items import Remark, Skipped

# In characters: a longer line, or a longer JSON object, is no promise.
MAX_LINE = 200_000
MAX_OBJECT = 1_000_000
_CHUNK = 1 << 18
_HEAD = 1 << 16
# What a zip may become when it is unpacked: members, bytes of all, and bytes for each that is packed.
MAX_MEMBERS = 2_000
MAX_UNPACKED = 200_000_000
MAX_RATIO = 200

# So many rows or objects are made items at once.
AT_ONCE = 1_000

T = TypeVar("T")
Batch: TypeAlias = tuple[Sequence[int], Sequence[T]]

_CONTROLS = bytes(i for i in range(32) if i not in (9, 10, 12, 13))
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Source:
    """One file, opened anew for each pass over it.

    Args:
        path: The file.

    Raises:
        FormatError: If it is no file, or cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            if not path.exists():
                msg = f"There is no file {path}. Check its name and folder."
                raise FormatError(msg)
            if not path.is_file():
                msg = f"{path} is no file. Name the file that the other tool exported."
                raise FormatError(msg)
            with path.open("rb") as file:
                self.head = file.read(_HEAD)
            self.size = path.stat().st_size
        except (OSError, ValueError) as error:
            raise _unreadable(path, error) from error
        self.suffix = path.suffix.lower()
        # How many bytes were read of the pass that is under way.
        self.position = 0
        # Lines that are in another encoding than the rest, as remarks.
        self.remarks: list[Remark] = []

    @property
    def is_zip(self) -> bool:
        """Whether it is a zip, as the Excel files and the exports of Loop Habit Tracker are."""
        return self.head.startswith(b"PK\x03\x04")

    @property
    def text_head(self) -> str:
        """The first characters, for a look at what it may be; every line end is a line feed."""
        if self.head.startswith(_UTF16):
            text = self.head.decode("utf-16", "replace")
        else:
            text = self.head.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace")
        return text.replace("\r\n", "\n").replace("\r", "\n")

    @property
    def is_text(self) -> bool:
        """Whether it looks like text at all."""
        # A few control characters are in many a text; one in twenty is in none.
        return self.head.startswith(_UTF16) or len(self.head.translate(None, _CONTROLS)) >= 0.95 * len(
            self.head
        )

    def lines(self) -> Iterator[tuple[int, str | Skipped]]:
        """Yield each line with its number from 1, without its end; a `Skipped` in place of one too long."""
        for numbers, some in self.line_batches():
            yield from zip(numbers, some, strict=True)

    def line_batches(self) -> Iterator[Batch[str | Skipped]]:
        """Yield the same lines many at once, those of one piece of the file, with their numbers."""
        self.remarks.clear()
        try:
            with self.path.open("rb") as file:
                yield from _lines(self._followed(file))
        except OSError as error:
            raise _unreadable(self.path, error) from error

    def objects(self, *, inside: str = "") -> Iterator[tuple[int, dict[str, Any] | Skipped]]:
        """Yield each JSON object of an array, or of a file with one after the other, with its line.

        Args:
            inside: The name of the array where it stands within an object, near the file's beginning.
        """
        for some in self.object_batches(inside=inside):
            if isinstance(some, Skipped):
                yield some.line, some
            else:
                yield from zip(*some, strict=True)

    def object_batches(self, *, inside: str = "") -> Iterator[Skipped | Batch[dict[str, Any]]]:
        """Yield the same objects many at once, each with its line; see `in_batches`."""
        self.remarks.clear()
        try:
            with self.path.open("rb") as file:
                found = _objects(self._followed(file), inside)
                for is_batch, some in groupby(found, lambda one: type(one[0]) is range):
                    if is_batch:
                        for lines, many in cast("Iterator[Batch[dict[str, Any]]]", some):
                            for i in range(0, len(many), AT_ONCE):
                                yield lines[i : i + AT_ONCE], many[i : i + AT_ONCE]
                    else:
                        yield from self.in_batches(
                            cast("Iterator[tuple[int, dict[str, Any] | Skipped]]", some)
                        )
        except OSError as error:
            raise _unreadable(self.path, error) from error

    def in_batches(self, found: Iterable[tuple[int, T | Skipped]]) -> Iterator[Skipped | Batch[T]]:
        """Yield what is found of it many at once, where each is what came of one piece of the file at most.

        So memory is bounded by that of a piece, whatever is found in it. Each batch is the lines and what
        stands in them; what was skipped comes by itself, in its place.
        """
        lines, things, position = list[int](), list[T](), self.position
        for line, thing in found:
            # What is found after the file was read on came of the next piece.
            if things and (self.position != position or len(things) == AT_ONCE or type(thing) is Skipped):
                yield lines, things
                lines, things = [], []
            position = self.position
            if isinstance(thing, Skipped):
                yield thing
            else:
                lines.append(line)
                things.append(thing)
        if things:
            yield lines, things

    def _followed(self, file: BinaryIO) -> Iterator[str]:
        for text in _texts(file, self.remarks):
            self.position = file.tell()
            yield text

    def json(self, *, limit: int) -> Any:
        """Return a whole JSON document of at most `limit` bytes.

        Raises:
            FormatError: If it is longer, or no JSON.
        """
        try:
            if self.path.stat().st_size > limit:
                msg = f"{self.path} has more than {limit // 1_000_000} MB, too much to be read at once. Export less of it."
                raise FormatError(msg)
            raw = self.path.read_bytes()
            return json.loads(raw.decode("utf-16" if raw.startswith(_UTF16) else "utf-8-sig", "replace"))
        except OSError as error:
            raise _unreadable(self.path, error) from error
        except (ValueError, RecursionError) as error:
            at = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
            msg = f"{self.path} ends too early or has a mistake{at}, so it cannot be read. Export it again."
            raise FormatError(msg) from error

    def opened_zip(self) -> ZipFile:
        """Return the zip, once it is clear that unpacking it stays within bounds.

        Raises:
            FormatError: If it is damaged, encrypted, or would unpack to too much.
        """
        try:
            packed = ZipFile(self.path)
        except (BadZipFile, OSError, ValueError, NotImplementedError) as error:
            msg = f"{self.path} is no zip that can be opened; it may have been cut off. Export it again."
            raise FormatError(msg) from error
        members = packed.infolist()
        size = sum(one.file_size for one in members)
        is_dense = any(one.file_size > MAX_RATIO * max(one.compress_size, 1_000) for one in members)
        if len(members) > MAX_MEMBERS or size > MAX_UNPACKED or is_dense:
            packed.close()
            msg = f"{self.path} would unpack to far more than it is, so it is not opened. Export it again from its tool."
            raise FormatError(msg)
        return packed


def member_lines(packed: ZipFile, name: str, remarks: list[Remark]) -> Iterator[tuple[int, str | Skipped]]:
    """Yield the lines of a zip's member, as `Source.lines` does; never more than it says to hold.

    Raises:
        FormatError: If it is damaged.
    """
    try:
        with packed.open(name) as file:
            for numbers, lines in _lines(_texts(file, remarks)):  # type: ignore[arg-type]  # it reads as a file does
                yield from zip(numbers, lines, strict=True)
    except Exception as error:
        # zipfile raises whatever the decompressor does: zlib.error, EOFError, RuntimeError, KeyError and more.
        if isinstance(error, FormatError | MemoryError):
            raise
        msg = "A file in this zip is damaged. Export it again from its tool."
        raise FormatError(msg) from error


def _unreadable(path: Path, error: Exception) -> FormatError:
    detail = (error.strerror if isinstance(error, OSError) else None) or "its name is none"
    return FormatError(f"{path} cannot be read: {detail}. Check the file and its rights.")


def _texts(file: BinaryIO, remarks: list[Remark]) -> Iterator[str]:
    """Yield pieces of text that end with a line, or with the bound of one; every line end is a line feed."""
    begin = file.read(_CHUNK)
    if begin.startswith(_UTF16):
        decoder = codecs.getincrementaldecoder("utf-16")("replace")
        while begin:
            yield decoder.decode(begin).replace("\r\n", "\n").replace("\r", "\n")
            begin = file.read(_CHUNK)
        yield decoder.decode(b"", final=True)
        return
    number, rest = 0, b""
    chunk = begin.removeprefix(codecs.BOM_UTF8)
    while chunk:
        chunk = rest + chunk
        rest = b""
        if chunk.endswith(b"\r"):
            # The line feed that belongs to it may come with the next piece.
            chunk, rest = chunk[:-1], b"\r"
        if b"\r" in chunk:
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        end = chunk.rfind(b"\n") + 1
        if end or len(chunk) > MAX_OBJECT:
            end = end or len(chunk)
            whole, rest = chunk[:end], chunk[end:] + rest
            yield _decoded(whole, number, remarks)
            number += whole.count(b"\n")
        else:
            rest = chunk + rest
        chunk = file.read(_CHUNK)
    if rest:
        yield _decoded(rest.replace(b"\r", b"\n"), number, remarks)


def _decoded(raw: bytes, number: int, remarks: list[Remark]) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return "\n".join(_line(one, number + i, remarks) for i, one in enumerate(raw.split(b"\n"), 1))


def _line(raw: bytes, number: int, remarks: list[Remark]) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        if len(remarks) < 1_000:
            remarks.append(Remark(number, "It is not in UTF-8; it was read as Windows-1252."))
        return raw.decode("cp1252", "replace")


def _lines(texts: Iterator[str]) -> Iterator[Batch[str | Skipped]]:
    number, rest, is_cut = 1, "", False
    for text in texts:
        *whole, rest = (rest + text).split("\n")
        numbers = range(number, number + len(whole))
        if not is_cut and max(map(len, whole), default=0) <= MAX_LINE:
            yield numbers, whole
        else:
            is_long = [len(line) > MAX_LINE for line in whole]
            is_long[:1] = [is_cut or one for one in is_long[:1]]
            yield (
                numbers,
                [_too_long(i) if cut else line for i, line, cut in zip(numbers, whole, is_long, strict=True)],
            )
            is_cut = is_cut and not whole
        number = numbers.stop
        if len(rest) > MAX_LINE:
            # The rest of an endless line is thrown away as it comes.
            rest, is_cut = "", True
    if is_cut or rest:
        yield range(number, number + 1), [_too_long(number) if is_cut else rest]


def _too_long(number: int) -> Skipped:
    return Skipped(number, f"The line has more than {MAX_LINE:,} characters.")


_DECODER = json.JSONDecoder()


def _one_a_line(text: str) -> list[dict[str, Any]] | None:
    """Return the JSON objects of a piece of text that has one in each of its lines; None where it is not so."""
    if not text.startswith("{") or not text.endswith("\n"):
        return None
    # No string of JSON holds a line end, so this is between two lines that have no comma yet.
    whole = text.rstrip().removesuffix(",").replace("}\n{", "},\n{")
    n = text.count("\n")
    if whole.count("},\n{") != n - 1:
        return None
    try:
        found: list[Any] = json.loads(f"[{whole}]")
    except (ValueError, RecursionError):
        return None
    return found if len(found) == n and {dict}.issuperset(map(type, found)) else None


def _objects(
    texts: Iterator[str], inside: str
) -> Iterator[tuple[int, dict[str, Any] | Skipped] | Batch[dict[str, Any]]]:
    """Yield each object with its line; and lines with their objects where one stands in each, as tools write them."""
    held, at, number, is_end = next(texts, ""), 0, 1, False
    if inside and (array := re.search(rf'"{inside}"\s*:\s*\[', held)):
        at, number = array.end(), 1 + held.count("\n", 0, array.end())
    first = held.find("{", at)
    if first >= 0 and (many := _one_a_line(held[first:])) is not None:
        number += held.count("\n", at, first)
        yield range(number, number + len(many)), many
        number, at = number + len(many), len(held)
    while True:
        begin = held.find("{", at)
        if begin >= 0:
            number += held.count("\n", at, begin)
            at = begin
            try:
                found, end = _DECODER.raw_decode(held, begin)
            except (ValueError, RecursionError):
                end = -1
            if end > 0:
                yield number, found
                number += held.count("\n", begin, end)
                at = end
                continue
            if is_end or len(held) - begin > MAX_OBJECT:
                yield number, Skipped(number, "It is no JSON, or was cut off.")
                # What can be read goes on in the next line.
                after = held.find("\n", begin)
                if after < 0 and is_end:
                    return
                at = len(held) if after < 0 else after
                continue
        elif is_end:
            return
        else:
            number += held.count("\n", at)
            at = len(held)
        more = next(texts, None)
        while more is not None and at == len(held) and (many := _one_a_line(more)) is not None:
            yield range(number, number + len(many)), many
            number += len(many)
            more = next(texts, None)
        is_end = more is None
        held, at = held[at:] + (more or ""), 0
