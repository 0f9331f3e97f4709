"""The commands on commitments: promise, settle, move, and who may see them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from peerkit import agreement, ledger
from peerkit.cli.app import (
    Because,
    Id,
    In,
    On,
    app,
    day_of,
    keep_calendar,
    out,
    workspace_of,
)
from peerkit.errors import SessionError
from peerkit.journal import Journal
from peerkit.specific import gentle_questions
from peerkit.workspace import Workspace


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
    shared: Annotated[bool, typer.Option("--shared", help="Both of you may see it.")] = False,
    workspace: In = None,
) -> None:
    """Make a commitment without a notebook. Example: peerkit promise "Run to the bridge" --by 2026-11-28 --shared.

    Without --shared only you may see it.
    """
    place = workspace_of(workspace)
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
        due_on=day_of(by),
        confidence=None if confidence is None else confidence / 100,
        visibility="shared" if shared else "private",
        accountability=hold or agreement.usual_way(journal, place.peers),
    )
    keep_calendar(place, journal)
    seen_by = "Both of you may see it." if shared else "Only you may see it."
    out.print(f"Promised, as {receipt.commitment_id}. {seen_by}", soft_wrap=True)
    for question in gentle_questions(text, day_of(by)):
        out.print(f"A gentle question: {question}")


@app.command()
def keep(commitment: Id, on: On = None, because: Because = None, workspace: In = None) -> None:
    """Say that a commitment was kept. Example: peerkit keep k7m3 --on 2026-11-20."""
    _settle("kept", commitment, workspace, on=on, because=because)


@app.command()
def partly(
    commitment: Id,
    fraction: Annotated[float, typer.Argument(min=0, max=1, help="How much of it, 0 to 1.")] = 0.5,
    on: On = None,
    because: Because = None,
    workspace: In = None,
) -> None:
    """Say that a commitment was kept in part. Example: peerkit partly k7m3 0.75."""
    _settle("partly", commitment, workspace, on=on, because=because, fraction=fraction)


@app.command()
def miss(commitment: Id, because: Because = None, workspace: In = None) -> None:
    """Say that a commitment was not kept; --because says what got in the way."""
    _settle("missed", commitment, workspace, because=because)


@app.command()
def release(commitment: Id, because: Because = None, workspace: In = None) -> None:
    """Say that both of you let a commitment go. Before its due date it leaves follow-through."""
    _settle("released", commitment, workspace, because=because)


@app.command()
def void(commitment: Id, because: Because = None, workspace: In = None) -> None:
    """Say that a commitment became impossible; it counts nowhere."""
    _settle("void", commitment, workspace, because=because)


@app.command()
def reopen(
    commitment: Id,
    because: Annotated[str, typer.Option("--because", help="Why; one word is enough.")],
    workspace: In = None,
) -> None:
    """Take an outcome back: the commitment is open again."""
    place = workspace_of(workspace)
    journal = place.open_journal()
    receipt = ledger.reopen(journal, ledger.find(journal, commitment), reason=because)
    keep_calendar(place, journal)
    out.print(
        receipt.note if receipt.is_acknowledgement else f"{receipt.commitment_id} is open again.",
        soft_wrap=True,
    )


@app.command()
def move(
    commitment: Id,
    to: Annotated[str, typer.Argument(help="The new due date, as 2026-11-28.")],
    because: Because = None,
    workspace: In = None,
) -> None:
    """Give a commitment another due date. Agreed before it passed, the new one counts."""
    place = workspace_of(workspace)
    journal = place.open_journal()
    short = ledger.find(journal, commitment)
    day = day_of(to) or journal.today()
    receipt = ledger.move(
        journal, short, day, on=journal.today(), agreed_by=_other(place, journal, short), reason=because
    )
    keep_calendar(place, journal)
    out.print(f"{receipt.commitment_id} is due on {day}. {receipt.note}".strip(), soft_wrap=True)


@app.command()
def visibility(
    commitment: Id,
    seen_by: Annotated[str, typer.Argument(metavar="shared|private", help="Who may see it from now on.")],
    workspace: In = None,
) -> None:
    """Say who may see a commitment. Example: peerkit visibility k7m3 shared."""
    place = workspace_of(workspace)
    journal = place.open_journal()
    receipt = ledger.set_visibility(journal, ledger.find(journal, commitment), seen_by)
    keep_calendar(place, journal)
    said = "seen by both of you" if seen_by == "shared" else "seen by you alone"
    out.print(f"{receipt.commitment_id} is {said}. {receipt.note}".strip(), soft_wrap=True)


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
    place = workspace_of(workspace)
    journal = place.open_journal()
    found = ledger.find(journal, commitment)
    if outcome == "released":
        more["agreed_by"] = _other(place, journal, found)
    receipt = ledger.settle(
        journal, found, outcome, on=journal.today(), closed_on=day_of(on), reason=because, **more
    )
    keep_calendar(place, journal)
    said = "" if receipt.is_acknowledgement else f"{receipt.commitment_id} is {outcome}. "
    out.print(f"{said}{receipt.note}".strip(), soft_wrap=True)
