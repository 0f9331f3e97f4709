"""The card that a peer gives the other: a name, the pair, and a public key. Nothing in it is secret."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from peerkit.errors import ExchangeError
from peerkit.exchange.keys import identity
from peerkit.exchange.partner import Partner, keep_partner, partner_of
from peerkit.own_file import write_own
from peerkit.schema import one_line
from peerkit.toml_file import parse_toml
from peerkit.workspace import Workspace, change_settings, name_partner

if TYPE_CHECKING:
    from peerkit.journal import Journal

FORMAT: Final = "peerkit card 1"
MARK: Final = b'format = "peerkit card'
_HEAD: Final = (
    "# A card of peerkit. Give it to your partner, who takes it in with: peerkit receive FILE\n"
    "# It holds nothing secret. Compare the six words afterwards, each on their own machine: peerkit compare\n"
)
MAX_BYTES: Final = 4_000
_KEY_BYTES = 32


def write_card(workspace: Workspace, journal: Journal, file: Path) -> None:
    """Write one's own card.

    Raises:
        PeerkitError: If the file cannot be written, or something else is there already.
    """
    told = {
        "format": FORMAT,
        "name": workspace.me,
        "pair_id": workspace.pair_id,
        "key": identity(journal).public.hex(),
    }
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in told.items()]
    write_own(file, (_HEAD + "".join(lines)).encode(), mark=MARK)


def take_card(workspace: Workspace, journal: Journal, raw: bytes, *, is_new: bool = False) -> Workspace:
    """Take in the partner's card, and return the workspace as it is then.

    A workspace without a partner is given this one's name. The pair is from then on called by the smaller of
    both names that it had, so that both sides come to the same.

    Args:
        workspace: One's own.
        journal: Of that workspace.
        raw: All of the card's file.
        is_new: The card may take the place of another one, as after the loss of a machine.

    Raises:
        ExchangeError: If it is no card, one's own, somebody else's, or has another key than the one known.
        WorkspaceError: If the settings cannot be written.
    """
    name, pair_id, key = _read(raw)
    own = identity(journal).public
    if key == own or name == workspace.me:
        msg = "This is your own card. Give it to your partner, and take theirs in here."
        raise ExchangeError(msg)
    if workspace.partner not in ("", name):
        msg = (
            f"This card is of {name}, and this workspace is of {workspace.me} and {workspace.partner}."
            " Take in the card of your partner, or make another workspace: peerkit init FOLDER"
        )
        raise ExchangeError(msg)
    before = partner_of(journal) if not is_new else None
    if before is not None and before.key != key:
        msg = (
            f"This card of {name} has another key than the one you have. Ask {name} in person whether it is theirs;"
            " if it is: peerkit card --replace FILE"
        )
        raise ExchangeError(msg)
    named = workspace if workspace.partner else name_partner(workspace, name)
    with journal.writing() as writer:
        kept = partner_of(journal) if not is_new else None
        keep_partner(writer, kept or Partner(name, key))
    smaller = min(named.pair_id, pair_id)
    made = named if smaller == named.pair_id else change_settings(named, pair_id=smaller)
    journal.pair_id = made.pair_id
    return made


def _read(raw: bytes) -> tuple[str, str, bytes]:
    """Return name, pair and key of a card, or refuse it without repeating what it says."""
    try:
        told: dict[str, Any] = parse_toml(raw) if len(raw) <= MAX_BYTES and MARK in raw else {}
        name, pair_id, key = told["name"], told["pair_id"], bytes.fromhex(told["key"])
        is_usable = (
            told["format"] == FORMAT
            and len(key) == _KEY_BYTES
            and all(isinstance(text, str) and text == one_line(text) and text for text in (name, pair_id))
            and max(len(name), len(pair_id)) <= 60
        )
    except (KeyError, TypeError, ValueError, RecursionError):
        _refuse()
    if not is_usable:
        _refuse()
    return name, pair_id, key


def _refuse() -> NoReturn:
    msg = "This file is neither a bundle nor a card that this peerkit can read. Nothing was taken in; ask for it once more."
    raise ExchangeError(msg)
