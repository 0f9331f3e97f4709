"""The commands: each prints a table or a sentence, `--json` for machines, and an error in one sentence."""

from __future__ import annotations

import io
import json
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.padding import Padding
from rich.progress import track
from rich.table import Table
from rich.text import Text

from peerkit import __version__, agenda, agreement, ledger, sessions, turns
from peerkit import templates as template_files
from peerkit.errors import LakeError, PeerkitError, SessionError, WorkspaceError
from peerkit.journal import Journal
from peerkit.schema import clean
from peerkit.specific import gentle_questions
from peerkit.suggest import suggest
from peerkit.template_file import read_template
from peerkit.workspace import Workspace, find_workspace, init_workspace, name_partner, read_workspace

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


_out = _Terminal()
_err = _Terminal(stderr=True)

_Folder = Annotated[Path, typer.Argument(help="The workspace's folder.")]
_In = Annotated[
    Path | None,
    typer.Option(
        "--in", "-C", help="The workspace's folder; the one you stand in when left out.", show_default=False
    ),
]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
_Id = Annotated[str, typer.Argument(help="A commitment's id, or its beginning; `peerkit status` lists them.")]
_Because = Annotated[str | None, typer.Option("--because", help="A word about it.", show_default=False)]
_On = Annotated[
    str | None,
    typer.Option("--on", help="The day it happened, as 2026-11-21. Today when left out.", show_default=False),
]


def main() -> None:
    """Run the command line: an expected error is one sentence on stderr and exit status 2."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal or pipe that lacks a letter shows a question mark instead of ending the command.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        app()
    except PeerkitError as error:
        _err.print(Text(str(error)), soft_wrap=True)
        sys.exit(2)


def _version(value: bool) -> None:
    if value:
        _out.print(f"peerkit {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command()
def demo(
    folder: _Folder = Path("peerkit-demo"),
    no_open: Annotated[bool, typer.Option("--no-open", help="Stop before JupyterLab.")] = False,
    seed: Annotated[int, typer.Option(help="The same seed gives the same year.")] = 1,
    pairs: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Make a programme of so many invented pairs, too, for the notebook programme. Needs peerkit[lake].",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Make a year of two invented peers, with charts and a summary, and open it in JupyterLab.

    An existing demo is opened as it is. With --pairs the folder gets a lake as well, in programme/. Examples: peerkit demo --no-open, peerkit demo --pairs 200
    """
    from peerkit import demo as year

    if (folder / "peerkit.toml").exists():
        _out.print(f"There is a workspace in {folder} already; it is opened as it is.", soft_wrap=True)
        workspace = read_workspace(folder)
    else:
        workspace = year.make(
            folder, seed=seed, watch=lambda weeks: track(weeks, "A year of sessions", console=_err)
        )
        for path in year.render(workspace):
            _out.print(f"Made {path}", soft_wrap=True)
    if pairs is not None:
        _make_programme(folder / "programme", pairs, seed)
    _print_status(workspace, as_of=year.LAST_DAY)
    if not no_open:
        _open_lab(workspace, no_browser=False)


@app.command()
def init(
    folder: _Folder = Path("coaching"),
    me: Annotated[
        str | None, typer.Option(help="Your name; asked for when left out.", show_default=False)
    ] = None,
    partner: Annotated[str | None, typer.Option(help="Your partner's name.", show_default=False)] = None,
    time_zone: Annotated[
        str | None,
        typer.Option(help="Such as Europe/Lisbon; this machine's when left out.", show_default=False),
    ] = None,
) -> None:
    """Make a workspace for the two of you. Example: peerkit init coaching --me Amara --partner Jonas."""
    workspace = _made(folder, me, partner, time_zone)
    _out.print(
        f"Made a workspace for {workspace.me}{f' and {workspace.partner}' if workspace.partner else ''} in {folder}.",
        soft_wrap=True,
        markup=False,
    )
    _out.print(f"Next: peerkit start {folder}", soft_wrap=True)


@app.command()
def start(
    folder: _Folder = Path("coaching"),
    me: Annotated[
        str | None, typer.Option(help="Your name, for a new workspace.", show_default=False)
    ] = None,
    partner: Annotated[str | None, typer.Option(help="Your partner's name.", show_default=False)] = None,
    time_zone: Annotated[str | None, typer.Option(help="Such as Europe/Lisbon.", show_default=False)] = None,
    form: Annotated[
        bool, typer.Option("--form", help="As plain pages, without JupyterLab. Needs peerkit[form].")
    ] = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address instead.")] = False,
) -> None:
    """Open the workspace in JupyterLab; where there is none, make it first. Stop it with Ctrl+C.

    With --form the same notebooks open as plain pages, which also fit a narrow screen.
    """
    here = Path.cwd() if folder == Path("coaching") and Path("peerkit.toml").exists() else folder
    is_there = (here / "peerkit.toml").exists()
    workspace = read_workspace(here) if is_there else _made(here, me, partner, time_zone)
    if is_there:
        _keep_calendar(workspace, offers=True)
    _open_lab(workspace, no_browser=no_browser, as_form=form)


@app.command()
def partner(
    name: Annotated[str, typer.Argument(help="Your partner's name; a first name is enough.")],
    workspace: _In = None,
) -> None:
    """Name your partner, once you have found one. Example: peerkit partner Jonas."""
    named = name_partner(_workspace(workspace), name)
    _out.print(f"{named.me} and {named.partner}. Next: peerkit new", soft_wrap=True)


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
    workspace: _In = None,
) -> None:
    """Make the next session's notebook; day and roles come from the history.

    Without a template the one that fits is taken, and why is said: a first meeting, a review, a repair, a
    half-hour or the usual. Example: peerkit new weekly --on 2026-11-28. A planned session that nobody opened yet is offered again instead of a second one.
    """
    from peerkit.notebooks import new_session, rewrite_notebook

    place = _workspace(workspace)
    journal = place.open_journal()
    if again is not None:
        path = rewrite_notebook(place, sessions.find_session(journal, again))
        _out.print(
            f"Written anew: {path}. What was typed is in the journal and shows when it runs.", soft_wrap=True
        )
        return
    if template is None:
        fitting = suggest(journal, place.peers, today=journal.today(), folder=place.templates, is_short=short)
        template = fitting.template
        _print_mistakes(place.templates)
        _out.print(f"{fitting.reason} This is: {template}.", soft_wrap=True)
    session, path = new_session(place, journal, template, held_on=_day(on), is_swapped=swap)
    _out.print(turns.in_words(session), soft_wrap=True)
    _out.print(f"Open {path}", soft_wrap=True)


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
    workspace: _In = None,
) -> None:
    """Say that the two of you did not meet: it gives nobody a turn. Example: peerkit missed --next 2026-11-28.

    Did you meet after all? Close the session in its notebook, and it counts again.
    """
    place = _workspace(workspace)
    journal = place.open_journal()
    found = (
        sessions.find_session(journal, session)
        if session is not None
        else sessions.not_held(sessions.list_sessions(journal), today=journal.today())
    )
    if found is None:
        msg = "No session that was planned for today or before waits to be held. Name one by its day: peerkit missed 2026-11-21"
        raise SessionError(msg)
    told = sessions.miss_session(journal, found.session_id, next_on=_day(next_on))
    _out.print(f"{told.held_on:%A}, {told.held_on}: missed. It gives nobody a turn.", soft_wrap=True)
    turn = turns.next_turn(journal, place.peers, today=journal.today())
    _out.print(Text(f"Next session: {turns.in_words(turn)}"), soft_wrap=True)


@app.command()
def status(
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of", help="Look from this day, as 2026-11-21. Today when left out.", show_default=False
        ),
    ] = None,
    chart: Annotated[bool, typer.Option("--chart", help="Draw follow-through week by week, too.")] = False,
    as_json: _Json = False,
    workspace: _In = None,
) -> None:
    """Show whose turn it is and when, the open commitments, oldest first, and what was kept so far."""
    place, day = _workspace(workspace), _day(as_of)
    _print_mistakes(place.templates)
    _print_status(place, as_of=day, as_json=as_json)
    if chart and not as_json:
        _print_trend(place, as_of=day)


@app.command()
def promise(
    text: Annotated[str, typer.Argument(help="What will be done.")],
    by: Annotated[
        str | None, typer.Option("--by", help="The due date, as 2026-11-28.", show_default=False)
    ] = None,
    peer: Annotated[str | None, typer.Option(help="Who; you when left out.", show_default=False)] = None,
    confidence: Annotated[
        int | None, typer.Option(min=0, max=100, help="How sure, in percent.", show_default=False)
    ] = None,
    hold: Annotated[
        str | None,
        typer.Option("--hold", help="How you are held to it; as agreed when left out.", show_default=False),
    ] = None,
    private: Annotated[bool, typer.Option("--private", help="Only I may see it.")] = False,
    workspace: _In = None,
) -> None:
    """Make a commitment without a notebook. Example: peerkit promise "Run to the bridge" --by 2026-11-28."""
    place = _workspace(workspace)
    journal = place.open_journal()
    who = peer or place.me
    if who not in place.peers:
        msg = f"{who!r} is not of this pair. Choose one of: {', '.join(place.peers)}."
        raise SessionError(msg)
    receipt = ledger.promise(
        journal,
        text,
        peer=who,
        on=journal.today(),
        due_on=_day(by),
        confidence=None if confidence is None else confidence / 100,
        visibility="private" if private else "shared",
        accountability=hold or agreement.usual_way(journal, place.peers),
    )
    _keep_calendar(place, journal)
    _out.print(f"Promised, as {receipt.commitment_id}.")
    for question in gentle_questions(text, _day(by)):
        _out.print(f"A gentle question: {question}")


@app.command()
def keep(commitment: _Id, on: _On = None, because: _Because = None, workspace: _In = None) -> None:
    """Say that a commitment was kept. Example: peerkit keep k7m3 --on 2026-11-20."""
    _settle("kept", commitment, workspace, on=on, because=because)


@app.command()
def partly(
    commitment: _Id,
    fraction: Annotated[float, typer.Argument(min=0, max=1, help="How much of it, 0 to 1.")] = 0.5,
    on: _On = None,
    because: _Because = None,
    workspace: _In = None,
) -> None:
    """Say that a commitment was kept in part. Example: peerkit partly k7m3 0.75."""
    _settle("partly", commitment, workspace, on=on, because=because, fraction=fraction)


@app.command()
def miss(commitment: _Id, because: _Because = None, workspace: _In = None) -> None:
    """Say that a commitment was not kept; --because says what got in the way."""
    _settle("missed", commitment, workspace, because=because)


@app.command()
def release(commitment: _Id, because: _Because = None, workspace: _In = None) -> None:
    """Say that both of you let a commitment go. Before its due date it leaves follow-through."""
    _settle("released", commitment, workspace, because=because)


@app.command()
def void(commitment: _Id, because: _Because = None, workspace: _In = None) -> None:
    """Say that a commitment became impossible; it counts nowhere."""
    _settle("void", commitment, workspace, because=because)


@app.command()
def reopen(
    commitment: _Id,
    because: Annotated[str, typer.Option("--because", help="Why; one word is enough.")],
    workspace: _In = None,
) -> None:
    """Take an outcome back: the commitment is open again."""
    place = _workspace(workspace)
    journal = place.open_journal()
    receipt = ledger.reopen(journal, ledger.find(journal, commitment), reason=because)
    _keep_calendar(place, journal)
    _out.print(f"{receipt.commitment_id} is open again.")


@app.command()
def move(
    commitment: _Id,
    to: Annotated[str, typer.Argument(help="The new due date, as 2026-11-28.")],
    because: _Because = None,
    workspace: _In = None,
) -> None:
    """Give a commitment another due date. Agreed before it passed, the new one counts."""
    place = _workspace(workspace)
    journal = place.open_journal()
    short = ledger.find(journal, commitment)
    day = _day(to) or journal.today()
    receipt = ledger.move(
        journal, short, day, on=journal.today(), agreed_by=_other(place, journal, short), reason=because
    )
    _keep_calendar(place, journal)
    _out.print(f"{receipt.commitment_id} is due on {day}. {receipt.note}".strip(), soft_wrap=True)


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
    workspace: _In = None,
) -> None:
    """Write a session's summary as PDF. Example: peerkit summary 2026-11-21 --for ours."""
    from peerkit.export import session_pdf, write_pdf

    place = _workspace(workspace)
    journal = place.open_journal()
    held = [
        one for one in sessions.list_sessions(journal) if one.status in ("open", "closed") and not one.is_card
    ]
    chosen = held if all_sessions else [sessions.find_session(journal, session)]
    if all_sessions and to is not None:
        msg = "--to names one file, --all makes many. Leave one of them out."
        raise SessionError(msg)
    for one in track(chosen, "Summaries", console=_err, disable=len(chosen) < 2):
        path = to or place.summary_path(one, audience=audience)
        write_pdf(path, session_pdf(place, one.session_id, audience=audience))
        _out.print(f"Made {path}", soft_wrap=True)


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
    as_json: _Json = False,
    workspace: _In = None,
) -> None:
    """Answer your own questions about how hard you tried today. They are for you alone unless you share them.

    In a terminal they are asked one by one, and Enter skips one; the first time you write them, and they come back each day. From a script: peerkit daily --set "How hard did I try to listen?" --answer 7. With --json today's card is printed and nothing is asked.
    """
    from peerkit import daily as cards
    from peerkit import daily_cli

    place = _workspace(workspace)
    journal = place.open_journal()
    if share is not None:
        _, _ = place.peers  # without a partner there is nobody to show them to
        cards.share(journal, place.me, is_shared=share)
        seen_by = f"{place.partner} may see your cards" if share else "Your cards are for you alone"
        if not as_json:
            _out.print(f"{seen_by}, those of before and those to come.", soft_wrap=True)
    if answer or asked:
        told = daily_cli.answer(
            journal, place.me, given=answer or [], asked=asked or [], folder=place.templates
        )
        if not as_json:
            _out.print(told, soft_wrap=True)
    if trend:
        rows = daily_cli.trend(journal, place.me)
        if as_json:
            _print_json(rows)
        elif rows:
            _print_table(daily_cli.COLUMNS, daily_cli.in_words(rows))
        else:
            _out.print("Nothing was answered in the last eight weeks. Begin with: peerkit daily")
    elif as_json:
        _print_json(daily_cli.card(journal, place.me))
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
    workspace: _In = None,
) -> None:
    """Write one .ics file: the coming sessions with both roles, and your open commitments on their due dates.

    Read into your calendar again it updates what is there, and cancels what is settled. Example: peerkit calendar --alarm 1d

    What is in a calendar goes to whoever keeps it, such as the provider of your account: --discreet leaves out every word. A commitment that only you may see is never there with its words.
    """
    from peerkit import calendar_cli
    from peerkit.calendar_file import alarm as before
    from peerkit.calendar_items import Choice

    place = _workspace(workspace)
    alarms = tuple(sorted({before(one) for one in alarm or []}))
    choice = Choice(is_discreet=discreet, has_both=both, alarms=alarms)
    for line in calendar_cli.run(place, place.open_journal(), choice, file=file, keep=keep):
        _out.print(line, soft_wrap=True)


@app.command()
def digest(
    eml: Annotated[
        Path | None,
        typer.Option("--eml", metavar="FILE", help="Write it as a letter, too.", show_default=False),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Also where there was one for this slot.")] = False,
    as_json: _Json = False,
    workspace: _In = None,
) -> None:
    """Print one digest before the next session: when, whose turn, what is due by then, and one question.

    There is one for each slot, never one for each promise: a second call says when it was made, with exit status 1. Example: peerkit digest --eml digest.eml

    Nothing is sent: the letter is a file for a mail program, and what you send goes to your provider. What only you may see is in the letter without its words.
    """
    from peerkit import digest as letters

    place = _workspace(workspace)
    said, made_on = letters.make_once(place, place.open_journal(), eml=eml, again=again)
    held_on = said["session"]["held_on"]
    if as_json:
        _print_json({**said, "made_on": made_on})
    elif made_on is None:
        _out.print(Text(letters.in_words(said)), end="", soft_wrap=True)
    else:
        told = f"The digest for {held_on} was made on {made_on}. For another one: peerkit digest --again"
        _out.print(told, soft_wrap=True)
    if made_on is not None:
        raise typer.Exit(1)


@app.command()
def doctor(
    rescue: Annotated[
        Path | None,
        typer.Option(
            "--rescue",
            help="Copy what can be read of a damaged journal to this new file.",
            show_default=False,
        ),
    ] = None,
    as_json: _Json = False,
    workspace: _In = None,
) -> None:
    """Check the installation, the workspace, its journal and its notebooks; say what to mend and how."""
    from peerkit import doctor as checks
    from peerkit.rescue import rescue as copy_out

    place = workspace or Path.cwd()
    if rescue is not None:
        _out.print(copy_out(_workspace(workspace).journal_path, rescue), soft_wrap=True)
        return
    findings = checks.examine(place)
    rows = [[one.name, "good" if one.is_good else "look", one.said] for one in findings]
    _print_table(["what", "", "finding"], rows, as_json=as_json)
    if not all(one.is_good for one in findings):
        raise typer.Exit(1)


@app.command("import")
def import_file(
    file: Annotated[
        Path | None, typer.Argument(help="What the other tool exported.", show_default=False)
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be imported.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Import without asking.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take the last import back.")] = False,
    as_format: Annotated[
        str | None, typer.Option("--as", help="The format; by content when left out.", show_default=False)
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", help="Of a table: due_on=Deadline, text=Task and so on.", show_default=False),
    ] = None,
    dates: Annotated[str | None, typer.Option(help="Of a table: dmy or mdy.", show_default=False)] = None,
    shared: Annotated[bool, typer.Option("--shared", help="Your partner may see them.")] = False,
    as_json: _Json = False,
    workspace: _In = None,
) -> None:
    """Bring promises from another tool: a preview first, then all of them or none.

    Reads iCalendar, todo.txt, Taskwarrior, Todoist, Obsidian Tasks, org, Loop Habit Tracker, Beeminder, CSV, Excel and peerkit's JSON. What is there already is not added twice. Example: peerkit import tasks.ics --dry-run
    """
    from peerkit.formats import commands

    place = _workspace(workspace)
    asked = commands.Asked(dry_run=dry_run, yes=yes, undo=undo, as_json=as_json)
    commands.run_import(
        place,
        file,
        asked,
        as_format=as_format,
        columns=columns or (),
        dates=dates,
        visibility="shared" if shared else "private",
    )


@app.command()
def export(
    file: Annotated[
        Path, typer.Argument(help="Its suffix says the format, as in promises.csv; or the word ledger.")
    ],
    lake: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FOLDER]",
            help="With --parquet, the lake: a folder, new or with other pairs' exports.",
            show_default=False,
        ),
    ] = None,
    audience: Annotated[str, typer.Option("--for", help="mine, ours or outside.")] = "mine",
    as_format: Annotated[
        str | None,
        typer.Option("--as", help="The format, where the suffix does not say.", show_default=False),
    ] = None,
    parquet: Annotated[
        bool, typer.Option("--parquet", help="The whole ledger, into a lake of many pairs.")
    ] = False,
    with_texts: Annotated[
        bool, typer.Option("--with-texts", help="Into the lake also what you typed.")
    ] = False,
    with_words: Annotated[
        bool,
        typer.Option(
            "--with-words", help="Also areas and ways to be held to it, which may be your own words."
        ),
    ] = False,
    with_heard: Annotated[
        bool, typer.Option("--with-heard", help="Also the sessions' numbers for heard.")
    ] = False,
    secret: Annotated[
        Path | None,
        typer.Option(
            help="A file with the programme's secret; this workspace's lake.secret when left out.",
            show_default=False,
        ),
    ] = None,
    as_json: _Json = False,
    workspace: _In = None,
) -> None:
    """Take your promises to another tool, or keep a copy: .json is complete and can be imported again.

    Writes .json, .csv, .xlsx, .parquet, .md, .ics, .txt (todo.txt) and .org; with --as also taskwarrior, todoist and obsidian. Other tools' lists hold your own promises, tables those of both. Example: peerkit export promises.csv --for ours

    With --parquet the ledger goes into a programme's lake, without names and texts: ids are hashed, private ones stay here, and a second export takes the place of the first. Example: peerkit export ledger ../lake --parquet --secret ../lake.secret
    """
    place = _workspace(workspace)
    is_of_lake = parquet or lake or secret or with_texts or with_words or with_heard
    if is_of_lake and not (parquet and (lake is None or file == Path("ledger"))):
        msg = "Say what is exported and how: peerkit export ledger FOLDER --parquet"
        raise LakeError(msg)
    if parquet:
        # With one word alone, it is the folder: peerkit export ledger/ --parquet
        chosen = {"with_texts": with_texts, "with_words": with_words, "with_heard": with_heard}
        _export_to_lake(lake or file, place, as_json=as_json, secret=secret, **chosen)
        return
    from peerkit.formats import commands

    _out.print(commands.run_export(place, file, audience, as_format), soft_wrap=True)


@templates_app.command("list")
def templates_list(as_json: _Json = False, workspace: _In = None) -> None:
    """List the templates: those shipped, and the workspace's own."""
    folder = _own_templates(workspace)
    found, _ = template_files.readable_templates(folder=folder)
    rows = [[one.name, one.minutes, one.when or one.about] for one in found]
    _print_table(["name", "minutes", "when"], rows, as_json=as_json)
    _print_mistakes(folder)


@templates_app.command("show")
def templates_show(name: str, as_json: _Json = False, workspace: _In = None) -> None:
    """Print a template as an agenda that can be read aloud: minutes, guidance for both, prompts."""
    folder = _own_templates(workspace)
    found = template_files.template(name, folder=folder)
    if as_json:
        _print_json(found.agenda.to_dict("records"))
        return
    for part in agenda.lines(found, folder=folder):
        text = Text(clean(part.text.lstrip()), style=part.style)
        _out.print(Padding(text, (0, 0, 0, len(part.text) - len(part.text.lstrip())), expand=False))


@templates_app.command("copy")
def templates_copy(
    name: Annotated[str, typer.Argument(help="The template to copy.")],
    new_name: Annotated[str, typer.Argument(help="The name of yours, such as our-hour.")],
    workspace: _In = None,
) -> None:
    """Copy a template into your workspace, to be changed there. Example: peerkit templates copy weekly our-hour."""
    path = template_files.copy_template(name, new_name, folder=_workspace(workspace).templates)
    _out.print(
        f"Copied to {path}. Change it in any editor, then: peerkit templates check {path}", soft_wrap=True
    )


@templates_app.command("check")
def templates_check(file: Path) -> None:
    """Check a template of your own: says file, line and remedy of the first mistake."""
    found = read_template(file)
    template_files.origin(found.name, folder=file.parent)
    _out.print(f"{file}: good. {len(found.phases)} phases, {found.minutes} minutes.", soft_wrap=True)


def _workspace(folder: Path | None) -> Workspace:
    return read_workspace(folder) if folder is not None else find_workspace(Path.cwd())


def _own_templates(folder: Path | None) -> Path | None:
    """Return the workspace's own templates; the shipped ones can be looked at from anywhere."""
    try:
        return _workspace(folder).templates
    except WorkspaceError:
        if folder is not None:
            raise
        return None


def _made(folder: Path, me: str | None, partner: str | None, time_zone: str | None) -> Workspace:
    if (me is None or partner is None) and not sys.stdin.isatty():
        msg = f"There is no workspace in {folder} yet. Say who you are: peerkit init {folder} --me NAME --partner NAME"
        raise WorkspaceError(msg)
    import tzlocal

    if me is None or partner is None:
        _out.print(
            f"A new workspace for the two of you, in {folder}. First names are enough.", soft_wrap=True
        )
    return init_workspace(
        folder,
        me=me or typer.prompt("Your name"),
        partner=_partner(partner),
        time_zone=time_zone or tzlocal.get_localzone_name() or "UTC",
    )


def _partner(partner: str | None) -> str:
    """Return the partner's name; blank for whoever is still looking for one."""
    if partner is not None:
        return partner
    return str(
        typer.prompt(
            "Your partner's name (leave it empty if you are still looking)", default="", show_default=False
        )
    )


def _open_lab(workspace: Workspace, *, no_browser: bool, as_form: bool = False) -> None:
    from peerkit.lab.launch import open_forms, open_lab

    opened = open_forms if as_form else open_lab
    where = "at the address below" if no_browser else "in your browser"
    _out.print(f"Opening home {where}. Stop it here with Ctrl+C; what you typed is kept.", soft_wrap=True)
    raise typer.Exit(opened(workspace, no_browser=no_browser))


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        msg = f"{text!r} is no day. Write it as year-month-day, as in 2026-11-28."
        raise SessionError(msg) from error


def _other(place: Workspace, journal: Journal, commitment_id: str) -> str:
    """Return the peer who agrees: the one whose commitment it is not."""
    owner = journal.rows("entries", commitment_id=commitment_id)[0]["peer"]
    return place.partner if owner == place.me else place.me


def _settle(
    outcome: str,
    commitment: str,
    workspace: Path | None,
    *,
    because: str | None,
    on: str | None = None,
    **more: Any,
) -> None:
    place = _workspace(workspace)
    journal = place.open_journal()
    found = ledger.find(journal, commitment)
    if outcome == "released":
        more["agreed_by"] = _other(place, journal, found)
    receipt = ledger.settle(
        journal, found, outcome, on=journal.today(), closed_on=_day(on), reason=because, **more
    )
    _keep_calendar(place, journal)
    _out.print(f"{receipt.commitment_id} is {outcome}. {receipt.note}".strip(), soft_wrap=True)


def _keep_calendar(place: Workspace, journal: Journal | None = None, *, offers: bool = False) -> None:
    """Bring the calendar that is kept up to date; where that fails, say so and go on."""
    from peerkit import kept_calendar

    try:
        journal = journal or place.open_journal()
        kept_calendar.refresh(place, journal)
        if offers and kept_calendar.is_undecided(place, journal):
            offer = (
                "Your sessions in a calendar: peerkit calendar --keep. With --no-keep this is not said again."
            )
            _out.print(offer, soft_wrap=True)
    except PeerkitError as error:
        _err.print(Text(clean(f"The calendar was not brought up to date. {error}")), soft_wrap=True)


def _print_status(place: Workspace, *, as_of: date | None, as_json: bool = False) -> None:
    from peerkit.status import status as status_of

    said = status_of(place, as_of=as_of)
    if as_json:
        _print_json(said)
        return
    _out.print(Text(said["turn"]))
    if said["suggestion"]["template"] != template_files.USUAL:
        _out.print(Text("{reason} Suggested: {template}.".format(**said["suggestion"])))
    floor = ", ".join(
        f"{one['peer']} {one['sessions']} sessions, {one['minutes']} minutes" for one in said["had"]
    )
    if any(one["sessions"] for one in said["had"]):
        _out.print(Text(f"The floor so far: {floor}."))
    rows = [[row["id"], row["peer"], row["text"], row["due"], row["state"]] for row in said["open"]]
    if rows:
        _print_table(["id", "peer", "open commitment", "due", ""], rows)
    else:
        _out.print("No open commitments.")
    shares = [[row["peer"], f"{row['kept']} of {row['n']}", row["said"]] for row in said["follow_through"]]
    if shares:
        _print_table(["peer", "kept of due", "follow-through, 95 % interval"], shares)
    else:
        _out.print("Nothing was due yet, so there is no follow-through to show.")


def _export_to_lake(
    folder: Path, place: Workspace, *, as_json: bool, secret: Path | None, **chosen: bool
) -> None:
    from peerkit import lake

    with _err.status("Exporting ..."):
        made = lake.export(place, folder, secret=secret, **chosen)
    if as_json:
        _print_json(vars(made) | {"file": str(made.file), "secret": str(made.secret)})
    else:
        _out.print(made.said, soft_wrap=True)


def _make_programme(folder: Path, pairs: int, seed: int) -> None:
    from peerkit import lake

    if folder.exists():
        _out.print(f"There is a programme in {folder} already; it is left as it is.", soft_wrap=True)
        return
    entries = lake.simulate(
        folder, pairs, seed=seed, watch=lambda buckets: track(buckets, "A programme", console=_err)
    )
    _out.print(f"Made {folder}: {pairs:,} invented pairs, {entries:,} entries.", soft_wrap=True)


def _print_trend(place: Workspace, *, as_of: date | None) -> None:
    from peerkit import terminal
    from peerkit.status import weekly

    signs = terminal.signs_for(_out.encoding)
    for line in terminal.trend(weekly(place, as_of=as_of), width=_out.width, signs=signs):
        _out.print(Text(line))


def _print_mistakes(folder: Path | None) -> None:
    """Say of each template that cannot be used why; it stands in the way of none of the others."""
    for mistake in template_files.readable_templates(folder=folder)[1]:
        _err.print(f"One template cannot be used. {mistake}", soft_wrap=True)


def _print_table(columns: list[str], rows: list[list[Any]], *, as_json: bool = False) -> None:
    if as_json:
        _print_json([dict(zip(columns, row, strict=True)) for row in rows])
        return
    table = Table(header_style="bold", box=None, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column in ("id", "name", "due"))
    for row in rows:
        table.add_row(*(Text(clean(str(cell))) for cell in row))
    _out.print(table)


def _print_json(value: Any) -> None:
    # Written past Rich, which would wrap and colour it.
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1) + "\n")
