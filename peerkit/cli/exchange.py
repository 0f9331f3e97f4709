"""The commands between two machines: card, compare, share, receive, exchange, machine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from peerkit.cli.app import (
    In,
    Json,
    app,
    err,
    keep_calendar,
    machine_app,
    out,
    print_json,
    workspace_of,
)
from peerkit.errors import ExchangeError, PeerkitError

File = Annotated[Path, typer.Argument(help="The file.")]


@app.command()
def card(
    file: Annotated[Path, typer.Argument(help="Where your card is written; with --replace, your partner's.")],
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Take your partner's new card in the place of the one you have."),
    ] = False,
    workspace: In = None,
) -> None:
    """Write your card, to give to your partner: your name and your public key. Example: peerkit card amara.card.

    Your partner takes it in with: peerkit receive amara.card, and gives you theirs. Then each of you runs peerkit compare. With --replace your partner's new card takes the place of the one you have, as after a lost machine; the words are compared once more.
    """
    from peerkit.exchange import commands

    place = workspace_of(workspace)
    journal = place.open_journal()
    told = (
        commands.take(place, journal, file, replace=True)["told"]
        if replace
        else commands.write_card(place, journal, file)
    )
    out.print(told, soft_wrap=True)


@app.command()
def compare(
    same: Annotated[
        bool | None,
        typer.Option("--same/--different", help="Say so without being asked.", show_default=False),
    ] = None,
    as_json: Json = False,
    workspace: In = None,
) -> None:
    """Show six words that must be the same on your partner's machine. Read them to each other, by voice.

    They come from both of your keys: who has put another key in the way of your cards cannot make them agree. Nothing is exchanged before you have compared them. Example: peerkit compare --same
    """
    from peerkit.exchange import commands

    place = workspace_of(workspace)
    journal = place.open_journal()
    shown = commands.words(place, journal)
    if as_json:
        print_json({"words": shown})
    else:
        out.print(" ".join(shown))
    if same is None and not as_json:
        if not sys.stdin.isatty():
            out.print("If they are the same on the other side: peerkit compare --same", soft_wrap=True)
            return
        same = typer.confirm("Are they the same on the other side?")
    if same is not None:
        told = commands.compared(journal, are_same=same)
        if not as_json:
            out.print(told, soft_wrap=True)


@app.command()
def share(
    file: Annotated[
        Path | None, typer.Argument(help="The bundle that is written.", show_default=False)
    ] = None,
    to_myself: Annotated[
        bool,
        typer.Option("--to-myself", help="For your own other machine: all rows, private ones too."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    as_json: Json = False,
    workspace: In = None,
) -> None:
    """Write a sealed file with what you share, for your partner alone. Example: peerkit share for-jonas.bundle.

    It holds your own shared answers, commitments and sessions that your partner does not have yet, and never a private one. How it travels is up to you: nobody else can open it.
    """
    from peerkit.exchange import commands

    place = workspace_of(workspace)
    told = commands.share(place.open_journal(), file, to_myself=to_myself, dry_run=dry_run)
    if as_json:
        print_json({name: value for name, value in told.items() if name != "told"})
    else:
        out.print(told["told"], soft_wrap=True)


@app.command()
def receive(
    files: Annotated[list[Path], typer.Argument(help="Cards or bundles that came to you.")],
    as_json: Json = False,
    workspace: In = None,
) -> None:
    """Take in your partner's card, or a bundle of theirs or of your other machine. Example: peerkit receive from-amara.bundle.

    Each file is taken in whole or not at all, and only how much came is told. What is in it shows in your notebooks.
    """
    from peerkit.exchange import commands

    said, is_refused = [], False
    for file in files:
        # Anew for each: a card may have named the partner, or the pair.
        place = workspace_of(workspace)
        try:
            told = commands.take(place, place.open_journal(), file)
        except PeerkitError as error:
            if len(files) == 1:
                raise
            is_refused = True
            err.print(f"{file}: {error}", soft_wrap=True)
            continue
        said.append({"file": str(file), **{name: value for name, value in told.items() if name != "told"}})
        if not as_json:
            out.print(told["told"], soft_wrap=True)
    if as_json:
        print_json(said)
    keep_calendar(workspace_of(workspace))
    if is_refused:
        raise typer.Exit(2)


@app.command()
def exchange(
    folder: Annotated[
        Path | None,
        typer.Argument(help="A folder that both machines see, as of a shared drive.", show_default=False),
    ] = None,
    off: Annotated[bool, typer.Option("--off", help="Watch no folder any more.")] = False,
    workspace: In = None,
) -> None:
    """Exchange through a shared folder: peerkit start and your notebooks then share and receive by themselves.

    Without a folder what is there is exchanged now. Only sealed files are put there, under names that say nothing. Example: peerkit exchange ~/shared/jonas
    """
    from peerkit.exchange import folder as shared

    place = workspace_of(workspace)
    if off or folder is not None:
        place = shared.watch(place, None if off else folder)
        out.print(
            f"Watching {place.exchange}." if place.exchange else "No folder is watched.", soft_wrap=True
        )
    elif not place.exchange:
        msg = "No folder is watched yet. Name one that both machines see: peerkit exchange FOLDER"
        raise ExchangeError(msg)
    if place.exchange:
        for line in shared.sync(place, place.open_journal()) or ["Nothing new."]:
            out.print(line, soft_wrap=True)


@machine_app.command("export")
def machine_export(file: File, workspace: In = None) -> None:
    """Write what your second machine needs to be you, sealed with a passphrase. Example: peerkit machine export me.machine.

    It holds your secret key, your names and your partner's card, and nothing that either of you typed. Take it to the other machine yourself, and remove it there. From a script the passphrase is taken from PEERKIT_PASSPHRASE.
    """
    from peerkit.exchange import commands

    place = workspace_of(workspace)
    out.print(commands.export_machine(place, place.open_journal(), file), soft_wrap=True)


@machine_app.command("join")
def machine_join(
    file: File,
    folder: Annotated[Path, typer.Argument(help="The new workspace's folder.")] = Path("coaching"),
) -> None:
    """Make the workspace of your second machine. Example: peerkit machine join me.machine coaching.

    What is on the first machine then comes with a bundle: there peerkit share --to-myself FILE, here peerkit receive FILE.
    """
    from peerkit.exchange import commands

    out.print(commands.join_machine(file, folder), soft_wrap=True)
