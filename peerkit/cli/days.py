"""The commands between sessions: daily, calendar, digest."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from peerkit.cli.app import (
    In,
    Json,
    app,
    out,
    print_json,
    print_table,
    workspace_of,
)


@app.command()
def daily(
    answer: Annotated[
        list[str] | None,
        typer.Option(
            "--answer",
            metavar="ANSWER",
            help='0 to 10, yes or no: the first for the first question, and so on; "" leaves one out.',
            show_default=False,
        ),
    ] = None,
    asked: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="QUESTION",
            help="A question to ask from now on, in the place of the former ones.",
            show_default=False,
        ),
    ] = None,
    trend: Annotated[
        bool, typer.Option("--trend", help="The last eight weeks in numbers, question by question.")
    ] = False,
    share: Annotated[
        bool | None,
        typer.Option(
            "--share/--private", help="Whether your partner may see your cards.", show_default=False
        ),
    ] = None,
    as_json: Json = False,
    workspace: In = None,
) -> None:
    """Answer your own questions about how hard you tried today. They are for you alone unless you share them.

    In a terminal they are asked one by one, and Enter skips one; the first time you write them, and they come back each day. From a script: peerkit daily --set "How hard did I try to listen?" --answer 7. With --json today's card is printed and nothing is asked.
    """
    from peerkit import daily as cards
    from peerkit import daily_cli

    place = workspace_of(workspace)
    journal = place.open_journal()
    if share is not None:
        _, _ = place.peers  # without a partner there is nobody to show them to
        cards.share(journal, place.me, is_shared=share)
        seen_by = f"{place.partner} may see your cards" if share else "Your cards are for you alone"
        if not as_json:
            out.print(f"{seen_by}, those of before and those to come.", soft_wrap=True)
    if answer or asked:
        told = daily_cli.answer(
            journal, place.me, given=answer or [], asked=asked or [], folder=place.templates
        )
        if not as_json:
            out.print(told, soft_wrap=True)
    if trend:
        rows = daily_cli.trend(journal, place.me)
        if as_json:
            print_json(rows)
        elif rows:
            print_table(daily_cli.COLUMNS, daily_cli.in_words(rows))
        else:
            out.print("Nothing was answered in the last eight weeks. Begin with: peerkit daily")
    elif as_json:
        print_json(daily_cli.card(journal, place.me))
    elif share is None and not (answer or asked):
        daily_cli.ask(journal, place.me, folder=place.templates)


@app.command()
def calendar(
    file: Annotated[
        Path | None,
        typer.Argument(help="The file; calendar.ics in the workspace when left out.", show_default=False),
    ] = None,
    alarm: Annotated[
        list[str] | None,
        typer.Option(
            "--alarm",
            metavar="BEFORE",
            help="A reminder so long before, as 30m, 2h or 1d; more than one if you like, none when left out. For a promise it counts from the beginning of its day.",
            show_default=False,
        ),
    ] = None,
    both: Annotated[
        bool, typer.Option("--both", help="With your partner's shared commitments, too.")
    ] = False,
    discreet: Annotated[bool, typer.Option("--discreet", help="Without a name, a text or a place.")] = False,
    keep: Annotated[
        bool | None,
        typer.Option(
            "--keep/--no-keep",
            help="Keep calendar.ics in the workspace up to date, to subscribe to; or keep it no longer and remove it.",
            show_default=False,
        ),
    ] = None,
    workspace: In = None,
) -> None:
    """Write one .ics file: the coming sessions with both roles, and your open commitments on their due dates.

    Read into your calendar again it updates what is there, and cancels what is settled. Example: peerkit calendar --alarm 1d

    What is in a calendar goes to whoever keeps it, such as the provider of your account: --discreet leaves out every word. A commitment that only you may see is never there with its words.
    """
    from peerkit import calendar_cli
    from peerkit.calendar_file import alarm as before
    from peerkit.calendar_items import Choice

    place = workspace_of(workspace)
    alarms = tuple(sorted({before(one) for one in alarm or []}))
    choice = Choice(is_discreet=discreet, has_both=both, alarms=alarms)
    for line in calendar_cli.run(place, place.open_journal(), choice, file=file, keep=keep):
        out.print(line, soft_wrap=True)


@app.command()
def digest(
    eml: Annotated[
        Path | None,
        typer.Option("--eml", metavar="FILE", help="Write it as a letter, too.", show_default=False),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Also where there was one for this slot.")] = False,
    as_json: Json = False,
    workspace: In = None,
) -> None:
    """Print one digest before the next session: when, whose turn, what is due by then, and one question.

    There is one for each slot, never one for each promise: a second call says when it was made, with exit status 1. Example: peerkit digest --eml digest.eml

    Nothing is sent: the letter is a file for a mail program, and what you send goes to your provider. What only you may see is in the letter without its words.
    """
    from peerkit import digest as letters

    place = workspace_of(workspace)
    said, made_on = letters.make_once(place, place.open_journal(), eml=eml, again=again)
    held_on = said["session"]["held_on"]
    if as_json:
        print_json({**said, "made_on": made_on})
    elif made_on is None:
        out.print(Text(letters.in_words(said)), end="", soft_wrap=True)
    else:
        told = f"The digest for {held_on} was made on {made_on}. For another one: peerkit digest --again"
        out.print(told, soft_wrap=True)
    if made_on is not None:
        raise typer.Exit(1)
