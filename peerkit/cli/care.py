"""The commands that care for the journal: encrypt, decrypt, passphrase, backup, restore, forget."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from peerkit import vault
from peerkit.cli.app import Id, In, app, err, new_passphrase, out, workspace_of
from peerkit.errors import JournalError

forget_app = typer.Typer(
    help="Forget a session, a commitment or your partner, for good.", no_args_is_help=True
)
app.add_typer(forget_app, name="forget")

_NEW = "PEERKIT_NEW_PASSPHRASE"
Yes = Annotated[bool, typer.Option("--yes", help="Without asking.")]
Keyring = Annotated[
    bool | None,
    typer.Option(
        "--keyring/--no-keyring",
        help="Keep the passphrase in this system's keyring, or take it out. Needs peerkit\\[keyring].",
        show_default=False,
    ),
]


@app.command()
def encrypt(keyring: Keyring = None, workspace: In = None) -> None:
    """Encrypt the journal and its backups with a passphrase.

    You are asked for it when you open the journal: here, in a notebook, or for scripts in the environment variable PEERKIT_PASSPHRASE. Summaries and exports that you made before stay as they are: `peerkit doctor --privacy` lists them.
    """
    from peerkit import care, store

    path = workspace_of(workspace).journal_path
    if vault.has_seal(path) and store.key_for(path) is not None:
        msg = "This journal is encrypted already. Another passphrase: peerkit passphrase"
        raise JournalError(msg)
    passphrase = new_passphrase(vault.PASSPHRASE)
    _tell_left(care.encrypt(path, passphrase))
    if keyring:
        care.keep_in_keyring(path, passphrase)
    out.print("The journal and its backups are encrypted.")


@app.command()
def decrypt(yes: Yes = False, workspace: In = None) -> None:
    """Take the encryption off the journal and its backups. Example: peerkit decrypt."""
    from peerkit import care

    path = workspace_of(workspace).journal_path
    if not yes:
        typer.confirm("Whoever has this disk or a backup can read the journal then. Go on?", abort=True)
    _tell_left(care.decrypt(path))
    out.print("The journal and its backups are in clear.")


@app.command()
def passphrase(keyring: Keyring = None, workspace: In = None) -> None:
    """Give the journal and its backups another passphrase, or keep the one it has in the keyring.

    Examples: peerkit passphrase, peerkit passphrase --keyring. For scripts the new one is read from PEERKIT_NEW_PASSPHRASE.
    """
    from peerkit import care, store

    path = workspace_of(workspace).journal_path
    if store.key_for(path) is None:
        msg = "This journal is not encrypted. Encrypt it with: peerkit encrypt"
        raise JournalError(msg)
    if keyring is False:
        care.keep_in_keyring(path, None)
        out.print("The keyring does not hold the passphrase any more.")
        return
    if keyring and _NEW not in os.environ:
        care.keep_in_keyring(path, _asked(path))
        out.print("The keyring holds the passphrase; you are not asked on this system any more.")
        return
    new = new_passphrase(_NEW)
    _tell_left(care.encrypt(path, new))
    if keyring or vault.is_in_keyring(path):
        care.keep_in_keyring(path, new)
    out.print(
        "The journal and its backups have the new passphrase. In notebooks that are open, run the cells again: they ask for it."
    )


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="A new file, best on another disk.")],
    workspace: In = None,
) -> None:
    """Copy the journal into one file, while notebooks may write, and check the copy; encrypted if the journal is.

    peerkit makes one by itself each week and before it changes the journal's tables, in backups/. Example: peerkit backup /media/stick/journal.db
    """
    from peerkit import backups

    with closing(workspace_of(workspace).open_journal()) as journal:
        backups.back_up(journal, file)
    out.print(f"Copied and checked: {file}", soft_wrap=True)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A backup.")],
    yes: Yes = False,
    workspace: In = None,
) -> None:
    """Put a backup in the journal's place; what is there now is kept in backups/.

    What you forgot since then is forgotten in it as well. Example: peerkit restore backups/journal-2026-11-14.db
    """
    from peerkit.restore import restore as put_back

    place = workspace_of(workspace)
    if not yes:
        typer.confirm(f"Put {file.name} in the place of the journal?", abort=True)
    kept = put_back(place.journal_path, file, me=place.me)
    before = f" The one before is kept: {kept}" if kept is not None else ""
    out.print(f"The journal is as it was in that backup.{before}", soft_wrap=True)


@forget_app.command("session")
def forget_session(
    session: Annotated[str, typer.Argument(help="A session's day, or the beginning of its id.")],
    yes: Yes = False,
    workspace: In = None,
) -> None:
    """Erase what was said and promised in a session: from the journal, its backups, its notebook and summaries.

    That you met, when and in which roles, stays, for the turns. Your partner's copy forgets what you had written when it takes in your next bundle. Example: peerkit forget session 2026-11-21
    """
    from peerkit import forget_cli
    from peerkit.sessions import find_session

    place = workspace_of(workspace)
    with closing(place.open_journal()) as journal:
        one = find_session(journal, session)
        _confirm(f"what was said and promised on {one.held_on}", yes=yes)
        out.print(forget_cli.session(place, journal, one), soft_wrap=True)


@forget_app.command("commitment")
def forget_commitment(commitment: Id, yes: Yes = False, workspace: In = None) -> None:
    """Erase a commitment with all that was said of it, from the journal and its backups.

    To let one go and keep that it was there: peerkit release. Example: peerkit forget commitment 7k2m
    """
    from peerkit import forget_cli
    from peerkit.ledger import find

    place = workspace_of(workspace)
    with closing(place.open_journal()) as journal:
        found = find(journal, commitment)
        _confirm(f"commitment {found}", yes=yes)
        out.print(forget_cli.commitment(place, journal, found), soft_wrap=True)


@forget_app.command("partner")
def forget_partner(yes: Yes = False, workspace: In = None) -> None:
    """Erase your partner, and all that the two of you said and promised in your sessions.

    Your own cards and worksheets stay, and what you promised outside of a session. What you wrote about your partner there, in your own words, no program can find. Example: peerkit forget partner
    """
    from peerkit import forget_cli

    place = workspace_of(workspace)
    with closing(place.open_journal()) as journal:
        _confirm("your partner, and all that you two said and promised", yes=yes)
        out.print(forget_cli.partner(place, journal), soft_wrap=True)


def _confirm(what: str, *, yes: bool) -> None:
    if not yes:
        typer.confirm(f"Forget {what}, for good? Nothing brings it back.", abort=True)


def _asked(path: Path) -> str:
    """Return the passphrase that the journal has, typed once more and tried."""
    from getpass import getpass

    from peerkit import store

    given = os.environ.get(vault.PASSPHRASE) or getpass("The passphrase: ")
    if not store.unlock(path, given):
        msg = "The passphrase is wrong. Nothing was changed."
        raise JournalError(msg)
    return given


def _tell_left(left: Iterable[Path]) -> None:
    for path in left:
        err.print(
            f"{path} has another passphrase, and stays as it is. Remove it if you do not need it.",
            soft_wrap=True,
        )
