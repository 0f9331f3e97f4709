"""Tables of any tool: which column says what, guessed from its head and shown before anything is taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice, zip_longest
from typing import Any

from peerkit.errors import ColumnsError, FormatError
from peerkit.formats.cells import NUMBERS, disarmed, moment_day, outcome_of, share_of, tags_of
from peerkit.formats.columns import COLUMNS, each, read_columns
from peerkit.formats.items import Found, Given, Skipped, made
from peerkit.formats.source import Batch
from peerkit.formats.words import digest, one_line, remembered

# For each column of the ledger what tables call it, the likeliest first.
_CALLED: dict[str, tuple[str, ...]] = {
    "id": ("id", "uid", "uuid", "key", "task id"),
    "text": ("text", "title", "task", "task name", "name", "summary", "subject", "content", "todo", "to do", "commitment",
             "promise", "what", "item", "description"),
    "outcome": ("outcome", "status", "state", "done", "completed", "complete", "finished", "checked"),
    "due_on": ("due on", "due", "due date", "deadline", "by", "by when", "end date", "target date"),
    "made_on": ("made on", "created", "created on", "created at", "date created", "creation date", "added", "start date"),
    "closed_on": ("closed on", "completed on", "completed at", "completion date", "date completed", "done on", "closed",
                  "closed at", "finished on", "completed date", "done date"),
    "fraction": ("fraction", "progress", "percent", "% complete", "percent complete", "% done"),
    "area": ("area", "project", "category", "list", "folder", "section", "board"),
    "tags": ("tags", "labels", "tag", "label"),
    "notes": ("notes", "note", "comments", "comment", "details", "description", "body"),
    "first_step": ("first step", "next action"),
    "confidence": ("confidence",),
    "reason": ("reason",),
    "recurrence": ("recurrence", "repeat", "repeats", "recurring"),
}  # fmt: skip
# So many rows are looked at to tell days from months.
SAMPLE = 1_000


@dataclass(frozen=True)
class Guess:
    """Which column of a file is which of the ledger, and how its days are written.

    Args:
        mapping: Column of the ledger by column of the file; blank for one that was said to be none.
        day_first: None where no day decides it: then days such as 03/08/2026 cannot be read.
        head: Every column of the file, in its order.
    """

    mapping: dict[str, str]
    day_first: bool | None
    head: tuple[str, ...] = field(default=(), compare=False)


def guess(head: Sequence[str], rows: Iterable[Sequence[Any]], given: Given) -> Guess:
    """Return what the columns of a table are; what was given stands.

    Raises:
        FormatError: If no column can be the text, or one is given that is not there.
    """
    mapping = _checked(head, given.mapping or {})
    for name, called in _CALLED.items():
        free = {
            one_line(one).casefold().replace("_", " "): one for one in reversed(head) if one not in mapping
        }
        found = next((free[word] for word in called if word in free), None)
        if found is not None and name not in mapping.values():
            mapping[found] = name
    for one in head:
        # peerkit's own tables say the rest by its name.
        if one in COLUMNS and one not in mapping and one not in mapping.values():
            mapping[one] = one
    if "text" not in mapping.values():
        msg = (
            "No column of this table can be told to be the text of a promise. Say which it is, as in:"
            " --map text=COLUMN. A table needs its columns' names in the first line."
        )
        raise ColumnsError(msg, columns=tuple(head))
    days = [i for i, one in enumerate(head) if COLUMNS.get(mapping.get(one, "")) == "date"]
    day_first = given.day_first if given.day_first is not None else _day_first(days, rows)
    return Guess(mapping, day_first, tuple(head))


def _checked(head: Sequence[str], mapping: Mapping[str, str]) -> dict[str, str]:
    for column, name in mapping.items():
        if name and name not in COLUMNS:
            msg = f"A commitment has no {name!r}. It has: {', '.join(COLUMNS)}."
            raise FormatError(msg)
        if column not in head:
            msg = f"The table has no column {column!r}. Write it as in the first line of the file, capitals too."
            raise FormatError(msg)
    twice = [name for name, n in Counter(filter(None, mapping.values())).items() if n > 1]
    if twice:
        msg = f"Two columns are said to be {twice[0]}. Only one of them can be."
        raise FormatError(msg)
    return dict(mapping)


def _day_first(days: list[int], rows: Iterable[Sequence[Any]]) -> bool | None:
    for row in rows:
        for i in days:
            found = NUMBERS.match(str(row[i])) if i < len(row) else None
            if found is None or len(found[1]) > 2:
                continue
            if "." in found[0] or int(found[1]) > 12:
                return True
            if int(found[2]) > 12:
                return False
    return None


_WORDS = ("text", "notes", "area", "tags", "id", "recurrence", "reason", "first_step")
_READ: dict[str, Callable[[Any], Any]] = {"fraction": share_of, "confidence": share_of, "tags": tags_of}
_WHY = {
    None: ": is it day or month first? Say --dates dmy or --dates mdy.",
    True: ", day first.",
    False: ", month first.",
}


def items_of(
    head: Sequence[str],
    batches: Iterable[Skipped | Batch[Sequence[Any]]],
    guessed: Guess,
    given: Given,
) -> Iterator[Skipped | list[Found]]:
    """Yield the item of each row of a table, by what its columns are."""
    # A column that the ledger has none for is kept under its own name, unless that is one of the ledger's.
    names = [guessed.mapping.get(one) or ("" if one in COLUMNS else one) for one in head]
    day_of_cell = remembered(lambda cell: moment_day(cell, guessed.day_first, given))
    seen: dict[str, int] = {}
    for some in batches:
        if isinstance(some, Skipped):
            yield some
            continue
        lines, rows = some
        # A row may have fewer cells than the table has columns, or more.
        by_column = islice(zip_longest(names, *rows), len(names))
        batch = _Rows(lines, {name: _cells(name, values) for name, *values in by_column if name})
        batch.read_days(day_of_cell, _WHY[guessed.day_first])
        batch.read_outcomes()
        yield batch.found(seen)


def _cells(name: str, values: list[Any]) -> list[Any]:
    """Return a column without what armed its texts; of its days and numbers each as it is, of what else there is its text."""
    if COLUMNS.get(name) == "date":
        return values
    kept = () if name in _WORDS else (int, float, bool)
    return [
        value
        if value is None or (type(value) is str and value[:1] != "'") or isinstance(value, kept)
        else disarmed(str(value))
        for value in values
    ]


class _Rows:
    """Some rows of a table that are read together.

    Args:
        lines: Where each of them stands in the file.
        told: What each of them says by the names of columns; None or "" where it says nothing.
    """

    def __init__(self, lines: Sequence[int], told: dict[str, list[Any]]) -> None:
        self.lines = lines
        self.told = told
        # By the place of a row: why it is not taken, and what is remarked of it.
        self.wrong: dict[int, str] = {}
        self.said: dict[int, list[str]] = {}

    def read_days(self, day_of_cell: Callable[[Any], date | None], why: str) -> None:
        """Read the columns that hold days."""
        for name in [name for name in self.told if COLUMNS.get(name) == "date"]:
            raw = self.told[name]
            days = self.told[name] = each(day_of_cell, raw)
            for i in [i for i, day in enumerate(days) if day is None and raw[i] not in (None, "")]:
                if name == "due_on":
                    self.wrong[i] = f"Its due date cannot be read as a day{why}"
                else:
                    self._remark(i, f"Its {name} cannot be read as a day; it was left out.")

    def read_outcomes(self) -> None:
        """Read the words for what became of each; what has none and was closed was kept."""
        told = each(outcome_of, self.told.get("outcome") or [None] * len(self.lines))
        for i, closed_on in enumerate(self.told.get("closed_on", ())):
            if closed_on is None:
                continue
            if told[i] is None:
                told[i] = "kept"
            elif told[i] == "open" and i not in self.wrong:
                self._remark(i, "It is open and has a day on which it was closed; it was read as open.")
        for i in [i for i, outcome in enumerate(told) if outcome == ""]:
            self.wrong.setdefault(i, "What became of it is no word that is known, such as done or open.")
        self.told["outcome"] = told

    def found(self, seen: dict[str, int]) -> list[Found]:
        """Return the item of each, checked, or why it is not taken, and before it what is remarked; of a blank row nothing.

        Args:
            seen: How often each id came that was made because the file has none.
        """
        for name, read in _READ.items():
            if name in self.told:
                self.told[name] = each(read, self.told[name])
        told = read_columns(self.told, [{} for _ in self.lines], self.wrong)
        self.wrong |= {i: "" for i, text in enumerate(told["text"]) if not text and self._is_blank(i)}
        self._complete(told, seen)
        return made({**told, "line": list(self.lines)}, self.wrong, self.said)

    def _complete(self, told: dict[str, list[Any]], seen: dict[str, int]) -> None:
        """Give its first tag to what has no area, and an id to what has none, of what is not expected to change in it."""
        n = len(self.lines)
        if "tags" in told:
            areas = told.get("area", [""] * n)
            told["area"] = [
                area or (tags[0] if tags else "") for area, tags in zip(areas, told["tags"], strict=True)
            ]
        uids = told.setdefault("uid", [""] * n)
        if all(uids):
            return
        made_on, due_on = told.get("made_on", [None] * n), told.get("due_on", [None] * n)
        recurrence = told.get("recurrence", [""] * n)
        for i, uid in enumerate(uids):
            if not uid and i not in self.wrong:
                name = digest(told["text"][i], made_on[i], recurrence[i] and due_on[i])
                again = seen[name] = seen.get(name, 0) + 1
                uids[i] = name if again == 1 else f"{name}-{again}"

    def _remark(self, i: int, said: str) -> None:
        self.said.setdefault(i, []).append(said)

    def _is_blank(self, i: int) -> bool:
        return i not in self.wrong and all(values[i] in (None, "") for values in self.told.values())
