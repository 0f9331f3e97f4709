"""The work of the commands `peerkit import` and `peerkit export`: preview, ask, import, take back, write."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typer

from peerkit.errors import FormatError
from peerkit.formats import incoming
from peerkit.formats.comparing import Whose
from peerkit.formats.incoming import Plan
from peerkit.formats.items import Given, Reading
from peerkit.formats.outgoing import Exported, export
from peerkit.formats.progress import Watch, unseen
from peerkit.formats.registry import READS, Format, named, recognise
from peerkit.formats.source import Source
from peerkit.formats.table import Guess
from peerkit.formats.undo import TakenBack, take_back
from peerkit.journal import Journal
from peerkit.schema import clean
from peerkit.workspace import Workspace

# So many skipped lines are printed; `--json` lists more.
SHOWN = 20
_ORDER = {"dmy": True, "mdy": False}
# What cannot be blank again once it was said, in words.
_STAYS = {
    "due_on": "a due date",
    "closed_on": "the day it was settled",
    "fraction": "how much of it was done",
    "confidence": "how sure you were",
    "obstacle_came": "whether the obstacle came",
    "plan_fired": "whether the plan was used",
    "moves": "that its due date was moved",
}


@dataclass(frozen=True)
class Preview:
    """A file that was read, and what importing it would do. Nothing is written by making one."""

    journal: Journal
    path: Path
    form: Format
    given: Given
    whose: Whose
    guessed: Guess | None
    reading: Reading
    plan: Plan
    watch: Watch = unseen

    @property
    def suffix_differs(self) -> bool:
        """Whether the file has the suffix of another format."""
        return self.path.suffix.lower() not in self.form.suffixes

    def confirm(self) -> Plan:
        """Import it, all of it or nothing, and return what was done."""
        return incoming.apply(
            self.journal,
            self.form,
            self.reading,
            self.given,
            self.whose,
            shown=self.plan,
            watch=self.watch,
        )


def preview(
    workspace: Workspace,
    journal: Journal,
    path: Path,
    *,
    as_format: str | None = None,
    columns: Iterable[str] = (),
    dates: str | None = None,
    visibility: str = "private",
    watch: Watch = unseen,
) -> Preview:
    """Read a file and return what importing it would do.

    Args:
        workspace: Whose it is.
        journal: Its journal.
        path: The file.
        as_format: A format's name; by content and suffix when left out.
        columns: For tables, which column is which, as in "due_on=Deadline"; guessed when left out.
        dates: For tables, "dmy" or "mdy"; guessed when left out.
        visibility: "private" or "shared", where the file does not say.
        watch: Is shown how far reading and importing are.

    Raises:
        FormatError: If the file cannot be read, or what is given does not fit it.
    """
    source = Source(path)
    form = named(as_format, READS) if as_format else recognise(source)
    if dates is not None and dates not in _ORDER:
        msg = f"Unknown order of dates {dates!r}. Use dmy for 28/11/2026, mdy for 11/28/2026."
        raise FormatError(msg)
    given = Given(ZoneInfo(workspace.time_zone), journal.today(), _mapping(columns), _ORDER.get(dates or ""))
    guessed = form.guess(source, given)
    if guessed is not None:
        given = replace(given, mapping=guessed.mapping, day_first=guessed.day_first)
    reading = form.read(source, given, watch=watch)
    peers = tuple(peer for peer in (workspace.me, workspace.partner) if peer)
    whose = Whose(workspace.me, peers, visibility)
    plan = incoming.plan(journal, form, reading, given, whose, watch=watch)
    return Preview(journal, path, form, given, whose, guessed, reading, plan, watch)


@dataclass(frozen=True)
class Asked:
    """How `peerkit import` was asked to go about it."""

    dry_run: bool = False
    yes: bool = False
    undo: bool = False
    as_json: bool = False


def run_import(workspace: Workspace, file: Path | None, asked: Asked, **how: Any) -> None:
    """Show the preview and, once that is confirmed, import; or take the last import back.

    Args:
        workspace: Where to.
        file: The file; none to take an import back.
        asked: Whether to write, to ask first, or to print JSON.
        **how: As for `preview`.

    Raises:
        FormatError: If the file cannot be read, or there is nothing to take back.
    """
    journal = workspace.open_journal()
    if asked.undo:
        _print_taken_back(take_back(journal, watch=how.get("watch", unseen)), as_json=asked.as_json)
        return
    if file is None:
        msg = "Name the file that the other tool exported, as in: peerkit import tasks.ics"
        raise FormatError(msg)
    shown = preview(workspace, journal, file, **how)
    if not asked.as_json:
        typer.echo("\n".join(clean(line) for line in in_words(shown)))
    is_written = bool(shown.plan.changes) and not asked.dry_run and (asked.yes or _agrees(asked))
    if is_written:
        done = shown.confirm()
    if asked.as_json:
        typer.echo(json.dumps({**told(shown), "imported": is_written}, ensure_ascii=False, indent=1))
    elif is_written:
        typer.echo(f"Imported: {len(done.changes)}. Take it back with: peerkit import --undo")
    else:
        typer.echo("Nothing was imported." if shown.plan.changes else "There is nothing new to import.")


def _agrees(asked: Asked) -> bool:
    if asked.as_json or not _is_terminal():
        msg = "Nothing was imported: say --yes to import without being asked, or --dry-run only to look."
        raise FormatError(msg)
    return typer.confirm("Import this?", default=False)


def _is_terminal() -> bool:
    return sys.stdin.isatty()


def _print_taken_back(done: TakenBack, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(asdict(done)))
        return
    typer.echo(taken_back_in_words(done))


def taken_back_in_words(done: TakenBack) -> str:
    """Return in a sentence or two what taking an import back did."""
    counted = {
        "no longer count": done.removed,
        "are as they were before": done.restored,
        "could not be set back wholly": done.partly,
        "were left, because you worked on them since": done.left,
    }
    parts = [f"{n} {said}" for said, n in counted.items() if n] or ["nothing of it was left"]
    said = f"The last import is taken back: {', '.join(parts)}."
    if done.stays:
        stays = [f"{_STAYS.get(name, name)} ({n})" for name, n in done.stays.items()]
        said += f" What it said and cannot be unsaid: {', '.join(stays)}."
    return said


def run_export(
    workspace: Workspace, file: Path, audience: str, as_format: str | None, *, watch: Watch = unseen
) -> str:
    """Write the commitments to a file, and return what was written in a sentence."""
    journal = workspace.open_journal()
    done = export(journal, file, me=workspace.me, audience=audience, as_format=as_format, watch=watch)
    return exported_in_words(done, file, partner=workspace.partner)


def exported_in_words(done: Exported, file: Path | str, *, partner: str) -> str:
    """Return in a sentence what was written where, and what was left out."""
    rest = ""
    if done.left_out:
        rest = (
            f" Left out: {done.left_out} of {partner}, because {done.format.title} holds one person's list."
        )
    return f"Wrote {file}: {done.written} commitments as {done.format.title}.{rest}"


def _mapping(columns: Iterable[str]) -> dict[str, str] | None:
    given = {}
    for one in columns:
        name, sign, column = one.partition("=")
        if not sign or not column.strip():
            msg = f"{one!r} says no column. Write it as in --map due_on=Deadline."
            raise FormatError(msg)
        given[column.strip()] = name.strip()
    return given or None


def told(shown: Preview) -> dict[str, Any]:
    """Return a preview as plain data that JSON holds."""
    skipped = [*shown.reading.skipped, *shown.plan.left]
    return {
        "file": str(shown.path),
        "format": shown.form.name,
        "columns": _used(shown.guessed) if shown.guessed else None,
        "added": shown.plan.added,
        "changed": shown.plan.n_changed,
        "known_already": shown.plan.same,
        "skipped": shown.reading.n_skipped + len(shown.plan.left),
        "skipped_lines": [{"line": one.line, "reason": one.reason} for one in skipped],
        "remarks": [{"line": one.line, "said": one.said} for one in shown.reading.remarks],
    }


def in_words(shown: Preview) -> list[str]:
    """Return a preview as lines to read."""
    plan, reading = shown.plan, shown.reading
    lines = [f"{shown.path} is {shown.form.title}."]
    if shown.suffix_differs:
        lines[0] = f"{shown.path} is {shown.form.title}, whatever its suffix says; it is read as that."
    if shown.guessed is not None:
        lines += _columns_in_words(shown.guessed)
    n = sum(plan.added.values())
    became = ", ".join(f"{count} {outcome}" for outcome, count in plan.added.items() if count)
    lines.append(f"New: {n}{f' ({became})' if n else ''}.")
    if plan.n_changed:
        lines.append(f"Known, with news: {plan.n_changed}.")
    if plan.same:
        lines.append(f"Known already: {plan.same}.")
    skipped = reading.n_skipped + len(plan.left)
    if skipped:
        lines.append(f"Skipped: {skipped}.")
        lines += _listed([(one.line, one.reason) for one in (*reading.skipped, *plan.left)], skipped)
    if reading.n_remarks:
        lines.append(f"Read with a remark: {reading.n_remarks}.")
        lines += _listed([(one.line, one.said) for one in reading.remarks], reading.n_remarks)
    return lines


def _columns_in_words(guessed: Guess) -> list[str]:
    used = _used(guessed)
    if all(column == name for column, name in used.items()):
        return []
    lines = [f"  {column} is taken as {name}" for column, name in used.items()]
    order = {True: "day first", False: "month first", None: "year first"}[guessed.day_first]
    return ["Columns (change one with --map NAME=COLUMN):", *lines, f"  dates are read {order}"]


def _used(guessed: Guess) -> dict[str, str]:
    return {column: name for column, name in guessed.mapping.items() if name}


def _listed(told: list[tuple[int, str]], n: int) -> list[str]:
    lines = [f"  line {line}: {said}" for line, said in sorted(told)[:SHOWN]]
    return lines + ([f"  and {n - len(lines)} more"] if n > len(lines) else [])
