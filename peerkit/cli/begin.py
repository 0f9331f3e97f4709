"""The commands with which a pair begins: demo, init, start, partner."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track

from peerkit import vault
from peerkit.cli.app import (
    Folder,
    In,
    app,
    err,
    exchange_now,
    keep_backup,
    keep_calendar,
    new_passphrase,
    out,
    print_status,
    workspace_of,
)
from peerkit.errors import LockedError, WorkspaceError
from peerkit.workspace import Workspace, init_workspace, name_partner, read_workspace

Encrypt = Annotated[
    bool, typer.Option("--encrypt", help="Encrypt the journal of a new workspace; asks for a passphrase.")
]


@app.command()
def demo(
    folder: Folder = Path("peerkit-demo"),
    no_open: Annotated[bool, typer.Option("--no-open", help="Stop before JupyterLab.")] = False,
    seed: Annotated[int, typer.Option(help="The same seed gives the same year.")] = 1,
    pairs: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Make a programme of so many invented pairs, too, for the notebook programme. Needs peerkit\\[lake].",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Make a year of two invented peers, with charts and a summary, and open it in JupyterLab.

    An existing demo is opened as it is. With --pairs the folder gets a lake as well, in programme/. Examples: peerkit demo --no-open, peerkit demo --pairs 200
    """
    from peerkit import demo as year

    if pairs is not None:
        from peerkit.lake.layout import pyarrow

        pyarrow()  # said before a year is made, where it is not installed
    if (folder / "peerkit.toml").exists():
        out.print(f"There is a workspace in {folder} already; it is opened as it is.", soft_wrap=True)
        workspace = read_workspace(folder)
    else:
        workspace = year.make(
            folder, seed=seed, watch=lambda weeks: track(weeks, "A year of sessions", console=err)
        )
        for path in year.render(workspace):
            out.print(f"Made {path}", soft_wrap=True)
    if pairs is not None:
        _make_programme(folder / "programme", pairs, seed)
    print_status(workspace, as_of=year.LAST_DAY)
    if not no_open:
        _open_lab(workspace, no_browser=False)


@app.command()
def init(
    folder: Folder = Path("coaching"),
    me: Annotated[
        str | None, typer.Option(help="Your name; asked for when left out.", show_default=False)
    ] = None,
    partner: Annotated[str | None, typer.Option(help="Your partner's name.", show_default=False)] = None,
    time_zone: Annotated[
        str | None,
        typer.Option(help="Such as Europe/Lisbon; this machine's when left out.", show_default=False),
    ] = None,
    encrypt: Encrypt = False,
) -> None:
    """Make a workspace for the two of you. Example: peerkit init coaching --me Amara --partner Jonas."""
    workspace = _made(folder, me, partner, time_zone, encrypt=encrypt)
    out.print(
        f"Made a workspace for {workspace.me}{f' and {workspace.partner}' if workspace.partner else ''} in {folder}.",
        soft_wrap=True,
        markup=False,
    )
    out.print(f"Next: peerkit start {folder}", soft_wrap=True)


@app.command()
def start(
    folder: Folder = Path("coaching"),
    me: Annotated[
        str | None, typer.Option(help="Your name, for a new workspace.", show_default=False)
    ] = None,
    partner: Annotated[str | None, typer.Option(help="Your partner's name.", show_default=False)] = None,
    time_zone: Annotated[str | None, typer.Option(help="Such as Europe/Lisbon.", show_default=False)] = None,
    form: Annotated[
        bool, typer.Option("--form", help="As plain pages, without JupyterLab. Needs peerkit\\[form].")
    ] = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address instead.")] = False,
    encrypt: Encrypt = False,
) -> None:
    """Open the workspace in JupyterLab; where there is none, make it first. Stop it with Ctrl+C.

    With --form the same notebooks open as plain pages, which also fit a narrow screen.
    """
    if form:
        from peerkit.lab.form_view import check_installed

        check_installed()  # said before a workspace is made, where it is not
    here = Path.cwd() if folder == Path("coaching") and Path("peerkit.toml").exists() else folder
    is_there = (here / "peerkit.toml").exists()
    if is_there and encrypt and not vault.has_seal(read_workspace(here).journal_path):
        msg = f"The journal in {here} is there already, in clear. Encrypt it with: peerkit encrypt -C {here}"
        raise WorkspaceError(msg)
    workspace = read_workspace(here) if is_there else _made(here, me, partner, time_zone, encrypt=encrypt)
    if is_there:
        _look_after(workspace)
    _open_lab(workspace, no_browser=no_browser, as_form=form)


@app.command()
def partner(
    name: Annotated[str, typer.Argument(help="Your partner's name; a first name is enough.")],
    workspace: In = None,
) -> None:
    """Name your partner, once you have found one. Example: peerkit partner Jonas."""
    named = name_partner(workspace_of(workspace), name)
    out.print(f"{named.me} and {named.partner}. Next: peerkit new", soft_wrap=True)


def _look_after(workspace: Workspace) -> None:
    """Exchange, back up, and bring the calendar up to date, where the journal can be opened."""
    try:
        workspace.open_journal().close()
    except LockedError:
        if sys.stdin.isatty():
            raise
        out.print("The journal is encrypted: the pages ask for its passphrase.")
        return
    exchange_now(workspace)
    keep_backup(workspace)
    keep_calendar(workspace, offers=True)


def _made(
    folder: Path, me: str | None, partner: str | None, time_zone: str | None, *, encrypt: bool
) -> Workspace:
    if (me is None or partner is None) and not sys.stdin.isatty():
        msg = f"There is no workspace in {folder} yet. Say who you are: peerkit init {folder} --me NAME --partner NAME"
        raise WorkspaceError(msg)
    import tzlocal

    if me is None or partner is None:
        out.print(f"A new workspace for the two of you, in {folder}. First names are enough.", soft_wrap=True)
    return init_workspace(
        folder,
        me=me or typer.prompt("Your name"),
        partner=_partner(partner),
        time_zone=time_zone or tzlocal.get_localzone_name() or "UTC",
        passphrase=new_passphrase(vault.PASSPHRASE) if encrypt else None,
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


def _make_programme(folder: Path, pairs: int, seed: int) -> None:
    from peerkit import lake

    if folder.exists():
        out.print(f"There is a programme in {folder} already; it is left as it is.", soft_wrap=True)
        return
    entries = lake.simulate(
        folder, pairs, seed=seed, watch=lambda buckets: track(buckets, "A programme", console=err)
    )
    out.print(f"Made {folder}: {pairs:,} invented pairs, {entries:,} entries.", soft_wrap=True)


def _open_lab(workspace: Workspace, *, no_browser: bool, as_form: bool = False) -> None:
    from peerkit.lab.launch import open_forms, open_lab

    opened = open_forms if as_form else open_lab
    where = "at the address below" if no_browser else "in your browser"
    out.print(f"Opening home {where}. Stop it here with Ctrl+C; what you typed is kept.", soft_wrap=True)
    raise typer.Exit(opened(workspace, no_browser=no_browser))
