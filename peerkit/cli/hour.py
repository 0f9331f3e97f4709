"""The commands around the hour: new, missed, status, summary."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track
from rich.text import Text

from peerkit import sessions, turns
from peerkit.cli.app import (
    In,
    Json,
    app,
    day_of,
    err,
    out,
    print_mistakes,
    print_status,
    workspace_of,
)
from peerkit.errors import SessionError, SummaryError
from peerkit.suggest import suggest
from peerkit.workspace import Workspace


@app.command()
def new(
    template: Annotated[
        str | None,
        typer.Argument(
            help="A template's name; `peerkit templates list` shows them. The one that fits best when left out.",
            show_default=False,
        ),
    ] = None,
    on: Annotated[
        str | None,
        typer.Option(
            "--on", help="The day, as 2026-11-28; from the history when left out.", show_default=False
        ),
    ] = None,
    short: Annotated[bool, typer.Option("--short", help="Time is short: a half-hour.")] = False,
    swap: Annotated[bool, typer.Option("--swap", help="You both agree to exchange the roles.")] = False,
    again: Annotated[
        str | None,
        typer.Option(
            "--again", help="Write the notebook of this session anew (id or day).", show_default=False
        ),
    ] = None,
    workspace: In = None,
) -> None:
    """Make the next session's notebook; day and roles come from the history.

    Without a template the one that fits is taken, and why is said: a first meeting, a review, a repair, a
    half-hour or the usual. Example: peerkit new weekly --on 2026-11-28. A planned session that nobody opened yet is offered again instead of a second one.
    """
    from peerkit.notebooks import new_session, rewrite_notebook

    place = workspace_of(workspace)
    journal = place.open_journal()
    if again is not None:
        path = rewrite_notebook(place, sessions.find_session(journal, again))
        out.print(
            f"Written anew: {path}. What was typed is in the journal and shows when it runs.", soft_wrap=True
        )
        return
    if template is None:
        fitting = suggest(journal, place.peers, today=journal.today(), folder=place.templates, is_short=short)
        template = fitting.template
        print_mistakes(place.templates)
        out.print(f"{fitting.reason} This is: {template}.", soft_wrap=True)
    session, path = new_session(place, journal, template, held_on=day_of(on), is_swapped=swap)
    out.print(turns.in_words(session), soft_wrap=True)
    out.print(f"Open {path}", soft_wrap=True)


@app.command()
def missed(
    session: Annotated[
        str | None,
        typer.Argument(
            help="A session's day or id; when left out the newest one that was planned for today or before, and not held.",
            show_default=False,
        ),
    ] = None,
    next_on: Annotated[
        str | None, typer.Option("--next", help="The new day, as 2026-11-28.", show_default=False)
    ] = None,
    workspace: In = None,
) -> None:
    """Say that the two of you did not meet: it gives nobody a turn. Example: peerkit missed --next 2026-11-28.

    Did you meet after all? Close the session in its notebook, and it counts again.
    """
    place = workspace_of(workspace)
    journal = place.open_journal()
    found = (
        sessions.find_session(journal, session)
        if session is not None
        else sessions.not_held(sessions.list_sessions(journal), today=journal.today())
    )
    if found is None:
        msg = "No session that was planned for today or before waits to be held. Name one by its day: peerkit missed 2026-11-21"
        raise SessionError(msg)
    told = sessions.miss_session(journal, found.session_id, next_on=day_of(next_on))
    out.print(f"{told.held_on:%A}, {told.held_on}: missed. It gives nobody a turn.", soft_wrap=True)
    turn = turns.next_turn(journal, place.peers, today=journal.today())
    out.print(Text(f"Next session: {turns.in_words(turn)}"), soft_wrap=True)


@app.command()
def status(
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of", help="Look from this day, as 2026-11-21. Today when left out.", show_default=False
        ),
    ] = None,
    chart: Annotated[bool, typer.Option("--chart", help="Draw follow-through week by week, too.")] = False,
    as_json: Json = False,
    workspace: In = None,
) -> None:
    """Show whose turn it is and when, the open commitments, oldest first, and what was kept so far."""
    place, day = workspace_of(workspace), day_of(as_of)
    print_mistakes(place.templates)
    print_status(place, as_of=day, as_json=as_json)
    if chart and not as_json:
        _print_trend(place, as_of=day)


@app.command()
def summary(
    session: Annotated[
        str | None,
        typer.Argument(help="A session's day or id; the last one when left out.", show_default=False),
    ] = None,
    audience: Annotated[str, typer.Option("--for", help="mine, ours or outside.")] = "mine",
    to: Annotated[
        Path | None, typer.Option("--to", help="Another file for the PDF.", show_default=False)
    ] = None,
    all_sessions: Annotated[bool, typer.Option("--all", help="Every session that was held.")] = False,
    with_password: Annotated[
        bool,
        typer.Option(
            "--password",
            help="Ask for a password that opens the PDF. In a script: the environment variable PEERKIT_PDF_PASSWORD.",
        ),
    ] = False,
    workspace: In = None,
) -> None:
    """Write a session's summary as PDF. Example: peerkit summary 2026-11-21 --for ours."""
    from peerkit.export import session_pdf, write_pdf
    from peerkit.export.password import from_environment

    place = workspace_of(workspace)
    journal = place.open_journal()
    held = [
        one for one in sessions.list_sessions(journal) if one.status in ("open", "closed") and not one.is_card
    ]
    chosen = held if all_sessions else [sessions.find_session(journal, session)]
    if all_sessions and to is not None:
        msg = "--to names one file, --all makes many. Leave one of them out."
        raise SessionError(msg)
    password = from_environment() or (_new_password() if with_password else None)
    for one in track(chosen, "Summaries", console=err, disable=len(chosen) < 2):
        path = to or place.summary_path(one, audience=audience)
        write_pdf(path, session_pdf(place, one.session_id, audience=audience, password=password))
        out.print(f"Made {path}", soft_wrap=True)


def _new_password() -> str:
    """Return a password that was typed twice; it is not shown."""
    from getpass import getpass

    if not sys.stdin.isatty():
        msg = "A password is asked for, and nobody can be asked here. Put it into the environment variable PEERKIT_PDF_PASSWORD."
        raise SummaryError(msg)
    found = getpass("A password for the PDF: ")
    if getpass("Once more: ") != found:
        msg = "The two passwords differ. Nothing was written; try again."
        raise SummaryError(msg)
    if not found:
        msg = "The password is empty. Nothing was written; leave out --password for a PDF that anybody can open."
        raise SummaryError(msg)
    return found


def _print_trend(place: Workspace, *, as_of: date | None) -> None:
    from peerkit import terminal
    from peerkit.status import weekly

    signs = terminal.signs_for(out.encoding)
    for line in terminal.trend(weekly(place, as_of=as_of), width=out.width, signs=signs):
        out.print(Text(line))
