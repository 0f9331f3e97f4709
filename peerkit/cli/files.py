"""What comes in and goes out, and whether all is well: import, export, doctor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from peerkit.cli.app import (
    In,
    Json,
    app,
    err,
    out,
    print_json,
    print_table,
    workspace_of,
)
from peerkit.errors import LakeError
from peerkit.workspace import Workspace


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
    as_json: Json = False,
    workspace: In = None,
) -> None:
    """Bring promises from another tool: a preview first, then all of them or none.

    Reads iCalendar, todo.txt, Taskwarrior, Todoist, Obsidian Tasks, org, Loop Habit Tracker, Beeminder, CSV, Excel and peerkit's JSON. What is there already is not added twice. Example: peerkit import tasks.ics --dry-run
    """
    from peerkit.formats import commands, progress

    place = workspace_of(workspace)
    asked = commands.Asked(dry_run=dry_run, yes=yes, undo=undo, as_json=as_json)
    commands.run_import(
        place,
        file,
        asked,
        as_format=as_format,
        columns=columns or (),
        dates=dates,
        visibility="shared" if shared else "private",
        watch=progress.on(err),
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
    as_json: Json = False,
    workspace: In = None,
) -> None:
    """Take your promises to another tool, or keep a copy: .json is complete and can be imported again.

    Writes .json, .csv, .xlsx, .parquet, .md, .ics, .txt (todo.txt) and .org; with --as also taskwarrior, todoist and obsidian. Other tools' lists hold your own promises, tables those of both. Example: peerkit export promises.csv --for ours

    With --parquet the ledger goes into a programme's lake, without names and texts: ids are hashed, private ones stay here, and a second export takes the place of the first. Example: peerkit export ledger ../lake --parquet --secret ../lake.secret
    """
    place = workspace_of(workspace)
    is_of_lake = parquet or lake or secret or with_texts or with_words or with_heard
    if is_of_lake and not (parquet and (lake is None or file == Path("ledger"))):
        msg = "Say what is exported and how: peerkit export ledger FOLDER --parquet"
        raise LakeError(msg)
    if parquet:
        # With one word alone, it is the folder: peerkit export ledger/ --parquet
        chosen = {"with_texts": with_texts, "with_words": with_words, "with_heard": with_heard}
        _export_to_lake(lake or file, place, as_json=as_json, secret=secret, **chosen)
        return
    from peerkit.formats import commands, progress

    said = commands.run_export(place, file, audience, as_format, watch=progress.on(err))
    out.print(said, soft_wrap=True)


def _export_to_lake(
    folder: Path, place: Workspace, *, as_json: bool, secret: Path | None, **chosen: bool
) -> None:
    from peerkit import lake

    with err.status("Exporting ..."):
        made = lake.export(place, folder, secret=secret, **chosen)
    if as_json:
        print_json(vars(made) | {"file": str(made.file), "secret": str(made.secret)})
    else:
        out.print(made.said, soft_wrap=True)


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
    privacy: Annotated[
        bool,
        typer.Option(
            "--privacy",
            help="List every place on this machine that may hold your words, and what is encrypted.",
        ),
    ] = False,
    as_json: Json = False,
    workspace: In = None,
) -> None:
    """Check the installation, the workspace, its journal and its notebooks; say what to mend and how."""
    from peerkit import doctor as checks
    from peerkit.rescue import rescue as copy_out

    place = workspace or Path.cwd()
    if rescue is not None:
        out.print(copy_out(workspace_of(workspace).journal_path, rescue), soft_wrap=True)
        return
    if privacy:
        from peerkit.privacy import places

        found = [[one.what, one.state, one.where, one.said] for one in places(workspace_of(workspace))]
        print_table(["place", "state", "where", "what may be there"], found, as_json=as_json)
        return
    findings = checks.examine(place)
    rows = [[one.name, "good" if one.is_good else "look", one.said] for one in findings]
    print_table(["what", "", "finding"], rows, as_json=as_json)
    if not all(one.is_good for one in findings):
        raise typer.Exit(1)
