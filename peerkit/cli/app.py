"""What every command stands on: the app, its options, the terminal, and how tables and JSON are printed."""

from __future__ import annotations

import io
import json
import os
import sys
from datetime import date
from getpass import getpass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from peerkit import __version__, vault
from peerkit import templates as template_files
from peerkit.errors import JournalError, PeerkitError, SessionError, WorkspaceError
from peerkit.journal import Journal
from peerkit.schema import clean
from peerkit.workspace import Workspace, find_workspace, read_workspace

app = typer.Typer(
    name="peerkit",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Peer coaching in a notebook: guide the weekly session, keep the ledger, see what was kept.\n\n"
    "Begin with: peerkit demo (two invented peers), or peerkit start coaching (the two of you).",
)
templates_app = typer.Typer(help="The session templates: list, show and check them.", no_args_is_help=True)
app.add_typer(templates_app, name="templates")
machine_app = typer.Typer(
    help="Your own second machine: export what it needs, and join there.", no_args_is_help=True
)
app.add_typer(machine_app, name="machine")


class _Terminal(Console):
    """Prints texts as they are: nothing in them is markup, and no control character reaches the terminal."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, markup=False, emoji=False, highlight=False)

    def print(self, *objects: Any, **options: Any) -> None:
        super().print(*map(_cleaned, objects), **options)


def _cleaned(shown: Any) -> Any:
    if isinstance(shown, Text):
        return Text(clean(shown.plain), style=shown.style)
    return clean(shown) if isinstance(shown, str) else shown


# Nothing that is printed is markup: names and paths are shown as they are.
out = _Terminal()
err = _Terminal(stderr=True)
Folder = Annotated[Path, typer.Argument(help="The workspace's folder.")]
In = Annotated[
    Path | None,
    typer.Option(
        "--in", "-C", help="The workspace's folder; the one you stand in when left out.", show_default=False
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Id = Annotated[str, typer.Argument(help="A commitment's id, or its beginning; `peerkit status` lists them.")]
Because = Annotated[str | None, typer.Option("--because", help="A word about it.", show_default=False)]
On = Annotated[
    str | None,
    typer.Option("--on", help="The day it happened, as 2026-11-21. Today when left out.", show_default=False),
]


def main() -> None:
    """Run the command line: an expected error is one sentence on stderr and exit status 2."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal or pipe that lacks a letter shows a question mark instead of ending the command.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    vault.ask_with(_ask if sys.stdin is not None and sys.stdin.isatty() else None)
    try:
        app()
    except PeerkitError as error:
        err.print(Text(str(error)), soft_wrap=True)
        sys.exit(2)


def _ask(journal: Path) -> str:
    return getpass(f"Passphrase of the journal in {clean(journal.absolute().parent.name)}: ")


def new_passphrase(variable: str) -> str:
    """Return a new passphrase: of this environment variable, or typed twice."""
    found = os.environ.get(variable)
    if found is None and not sys.stdin.isatty():
        msg = f"A passphrase is needed, and nobody can be asked here. Put it into the environment variable {variable}."
        raise JournalError(msg)
    if found is None:
        out.print(
            "Without the passphrase nobody can read the journal again, neither can we. Keep it in a safe place.",
            soft_wrap=True,
        )
        found = getpass("New passphrase, 8 characters or more: ")
        if getpass("The same again: ") != found:
            msg = "The two were not the same. Nothing was changed; try again."
            raise JournalError(msg)
    return vault.check_new(found)


def _version(value: bool) -> None:
    if value:
        out.print(f"peerkit {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def workspace_of(folder: Path | None) -> Workspace:
    """Return the workspace in a folder, or the one around where the person stands."""
    return read_workspace(folder) if folder is not None else find_workspace(Path.cwd())


def own_templates(folder: Path | None) -> Path | None:
    """Return the workspace's own templates; the shipped ones can be looked at from anywhere."""
    try:
        return workspace_of(folder).templates
    except WorkspaceError:
        if folder is not None:
            raise
        return None


def day_of(text: str | None) -> date | None:
    """Return the day that was typed, or None; a day that is none is refused in a sentence."""
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        msg = f"{text!r} is no day. Write it as year-month-day, as in 2026-11-28."
        raise SessionError(msg) from error


def keep_calendar(place: Workspace, journal: Journal | None = None, *, offers: bool = False) -> None:
    """Bring the calendar that is kept up to date; where that fails, say so and go on."""
    from peerkit import kept_calendar

    try:
        journal = journal or place.open_journal()
        kept_calendar.refresh(place, journal)
        if offers and kept_calendar.is_undecided(place, journal):
            offer = (
                "Your sessions in a calendar: peerkit calendar --keep. With --no-keep this is not said again."
            )
            out.print(offer, soft_wrap=True)
    except PeerkitError as error:
        err.print(Text(clean(f"The calendar was not brought up to date. {error}")), soft_wrap=True)


def exchange_now(place: Workspace) -> None:
    """Exchange through the watched folder, if there is one, and say what came; where that fails, say so and go on."""
    from peerkit.exchange import standing, sync

    journal = place.open_journal()
    try:
        for line in filter(None, [standing(journal), *sync(place, journal)]):
            out.print(Text(clean(line)), soft_wrap=True)
    except PeerkitError as error:
        err.print(Text(str(error)), soft_wrap=True)
    finally:
        journal.close()


def keep_backup(place: Workspace) -> None:
    """Make the week's backup of the journal; where that fails, say so and go on."""
    from peerkit import backups

    journal = place.open_journal()
    try:
        backups.keep_weekly(journal)
    except PeerkitError as error:
        err.print(Text(clean(f"This week's backup was not made. {error}")), soft_wrap=True)
    finally:
        journal.close()


def print_table(columns: list[str], rows: list[list[Any]], *, as_json: bool = False) -> None:
    """Print a table, or for machines a list of objects."""
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
        return
    table = Table(header_style="bold", box=None, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column in ("id", "name", "due"))
    for row in rows:
        table.add_row(*(Text(clean(str(cell))) for cell in row))
    out.print(table)


def print_json(value: Any) -> None:
    """Print a value as JSON."""
    # Written past Rich, which would wrap and colour it.
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def print_mistakes(folder: Path | None) -> None:
    """Say of each template that cannot be used why; it stands in the way of none of the others."""
    for mistake in template_files.readable_templates(folder=folder)[1]:
        err.print(f"One template cannot be used. {mistake}", soft_wrap=True)


def print_status(place: Workspace, *, as_of: date | None, as_json: bool = False) -> None:
    """Print whose turn it is, what is open, and what was kept."""
    from peerkit.status import status as status_of

    said = status_of(place, as_of=as_of)
    if as_json:
        print_json(said)
        return
    out.print(Text(said["turn"]))
    if said["suggestion"]["template"] != template_files.USUAL:
        out.print(Text("{reason} Suggested: {template}.".format(**said["suggestion"])))
    floor = ", ".join(
        f"{one['peer']} {one['sessions']} sessions, {one['minutes']} minutes" for one in said["had"]
    )
    if any(one["sessions"] for one in said["had"]):
        out.print(Text(f"The floor so far: {floor}."))
    rows = [[row["id"], row["peer"], row["text"], row["due"], row["state"]] for row in said["open"]]
    if rows:
        print_table(["id", "peer", "open commitment", "due", ""], rows)
    else:
        out.print("No open commitments.")
    differing = [[row["id"], row["peer"], row["text"], row["said"]] for row in said["to_talk_about"]]
    if differing:
        print_table(["id", "peer", "to talk about", ""], differing)
    shares = [[row["peer"], f"{row['kept']} of {row['n']}", row["said"]] for row in said["follow_through"]]
    if shares:
        print_table(["peer", "kept of due", "follow-through, 95 % interval"], shares)
    else:
        out.print("Nothing was due yet, so there is no follow-through to show.")
