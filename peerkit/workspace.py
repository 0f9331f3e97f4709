"""A workspace: the folder with peerkit.toml, journal, notebooks, summaries and own templates."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from peerkit import care
from peerkit.errors import PeerkitError, WorkspaceError
from peerkit.journal import Journal
from peerkit.schema import clean, one_line
from peerkit.sessions import HEARD_BAR, Session
from peerkit.template_file import is_name
from peerkit.templates import shipped
from peerkit.toml_file import parse_toml

SETTINGS = "peerkit.toml"
_KEYS = {"version": int, "me": str, "partner": str, "pair_id": str, "time_zone": str, "heard_bar": int}
_VERSION = 1
_MAX_BYTES = 20_000


@dataclass(frozen=True)
class Workspace:
    """A folder and its settings. Only this class knows where things lie in it."""

    folder: Path
    me: str
    partner: str
    pair_id: str
    time_zone: str
    heard_bar: int = HEARD_BAR
    # The folder that is watched for bundles, wherever it lies; blank where there is none.
    exchange: str = ""

    @property
    def peers(self) -> tuple[str, str]:
        """Both peers in name order.

        Raises:
            WorkspaceError: If the partner is still being looked for.
        """
        if not self.partner:
            msg = "You have not named a partner yet. When you have found one: peerkit partner NAME"
            raise WorkspaceError(msg)
        first, second = sorted((self.me, self.partner))
        return first, second

    @property
    def journal_path(self) -> Path:
        """The journal's file."""
        return self.folder / "journal.db"

    @property
    def lake_secret(self) -> Path:
        """The secret that turns ids into tokens in an export; see `lake.export`."""
        return self.folder / "lake.secret"

    @property
    def sessions(self) -> Path:
        """The folder of the session notebooks."""
        return self.folder / "sessions"

    @property
    def summaries(self) -> Path:
        """The folder of the PDFs and charts."""
        return self.folder / "summaries"

    @property
    def exports(self) -> Path:
        """Where home puts what is taken to other tools."""
        return self.folder / "exports"

    @property
    def templates(self) -> Path:
        """The folder of own templates."""
        return self.folder / "templates"

    @property
    def home(self) -> Path:
        """The notebook to begin with."""
        return self.folder / "home.ipynb"

    @property
    def calendar(self) -> Path:
        """The calendar that is kept up to date, where it was asked for."""
        return self.folder / "calendar.ics"

    def open_journal(self) -> Journal:
        """Open the journal as the peer whose workspace this is.

        Raises:
            JournalError: If it is missing, damaged, or of a newer peerkit.
            WorkspaceError: If its last session is of other names than the settings.
        """
        journal = Journal(self.journal_path, author=self.me, pair_id=self.pair_id, time_zone=self.time_zone)
        try:
            self._check_names(journal)
        except PeerkitError:
            journal.close()
            raise
        return journal

    def _check_names(self, journal: Journal) -> None:
        """Refuse a pair that was given other names: turns and promises are told by name, and would be split."""
        rows = journal.rows("sessions")
        named = [{row["focus"], row["coach"]} for row in rows if row["focus"] and row["coach"]]
        if self.partner and named and named[-1] != {self.me, self.partner}:
            kept = " and ".join(sorted(one_line(name)[:60] for name in named[-1]))
            msg = (
                f"The journal is of {kept}, and {SETTINGS} names {' and '.join(self.peers)}. Write the"
                f" names in {SETTINGS} as they are in the journal; for another partner make another workspace."
            )
            raise WorkspaceError(msg)

    def copy_notebooks(self) -> None:
        """Put the shipped notebooks in their places; one that nobody changed since is brought up to date.

        Raises:
            OSError: If the folder cannot be written.
        """
        for source in sorted(shipped("notebooks").glob("*.ipynb")):
            notebook = json.loads(source.read_text(encoding="utf-8"))
            notebook["metadata"]["peerkit"]["digest"] = _digest(notebook)
            path = self.folder / source.name
            if not path.exists() or _is_outdated(path, notebook["metadata"]["peerkit"]["digest"]):
                write_whole(path, json.dumps(notebook, indent=1, ensure_ascii=False).encode())

    def notebook_path(self, session: Session) -> Path:
        """Return where this session's notebook lies, or where a new one goes: its day and template.

        A second session of the same day and template gets the beginning of its id beside it.
        """
        # A name in the journal may have come from elsewhere; in a path only a template's own name will do.
        name = session.template if is_name(session.template) else "session"
        plain = self.sessions / f"{session.held_on}-{name}.ipynb"
        short = session.session_id[:4]
        own = plain.with_stem(f"{plain.stem}-{short if short.isalnum() else 'other'}")
        if own.exists() or (plain.exists() and session_of_notebook(plain) != session.session_id):
            return own
        return plain

    def summary_path(self, session: Session, *, audience: str = "mine") -> Path:
        """Return where this session's summary goes: named like its notebook, and for whom it is."""
        suffix = "" if audience == "mine" else f"-{audience}"
        return self.summaries / f"{self.notebook_path(session).stem}{suffix}.pdf"


def session_of_notebook(path: Path) -> str | None:
    """Return the id of the session that a notebook is of; None where it is of none or unreadable."""
    try:
        metadata = json.loads(path.read_text(encoding="utf-8"))["metadata"]["peerkit"]
        return str(metadata["session_id"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def init_workspace(
    folder: Path,
    *,
    me: str,
    partner: str,
    time_zone: str,
    pair_id: str | None = None,
    heard_bar: int = HEARD_BAR,
    passphrase: str | None = None,
    begin: Callable[[Journal], object] | None = None,
) -> Workspace:
    """Make a workspace in a folder that is new, or has none yet, and return it.

    A blank partner is one that is still being looked for; `name_partner` names them later. With a passphrase the
    journal is encrypted before anything is in it.

    Args:
        folder: Where.
        me: One's own name.
        partner: The partner's.
        time_zone: IANA name.
        pair_id: The pair; a new one when left out.
        heard_bar: From which number on the focus person counts as heard, 0 to 10.
        passphrase: Of the journal; without one it is not encrypted.
        begin: What is kept in the fresh journal; a new key for the exchange with the partner when left out.

    Raises:
        WorkspaceError: If there is one already, a name or the time zone cannot be used, or the folder
            cannot be written.
    """
    settings = {
        "version": _VERSION,
        "me": one_line(me),
        "partner": one_line(partner),
        "pair_id": pair_id or str(uuid.uuid4()),
        "time_zone": time_zone,
        "heard_bar": heard_bar,
    }
    made = _checked(folder, settings)
    from peerkit.exchange.keys import identity  # here, because it loads PyNaCl

    try:
        if (folder / SETTINGS).exists():
            msg = f"{folder} is a workspace already. Open it with: peerkit start {folder}"
            raise WorkspaceError(msg)
        for part in (folder, made.sessions, made.summaries, made.templates):
            part.mkdir(mode=0o700, parents=True, exist_ok=True)
        made.copy_notebooks()
        Journal(made.journal_path, author=made.me, create=True).close()
        if passphrase is not None:
            care.encrypt(made.journal_path, passphrase)
        journal = Journal(made.journal_path, author=made.me)
        (begin or identity)(journal)
        journal.close()
        # Last, because a folder with settings counts as a whole workspace.
        _write_settings(folder, settings)
    except OSError as error:
        msg = f"A workspace cannot be made in {folder}: {error.strerror}. Choose a folder that you may write to."
        raise WorkspaceError(msg) from error
    return made


def name_partner(workspace: Workspace, partner: str) -> Workspace:
    """Name the partner in a workspace that was made without one, and return it.

    Raises:
        WorkspaceError: If there is a partner already, the name cannot be used, or the settings cannot be
            written.
    """
    if workspace.partner:
        msg = (
            "This workspace has a partner already, and its journal is of the two of you. For another partner make"
            " another workspace: peerkit init FOLDER"
        )
        raise WorkspaceError(msg)
    if not one_line(partner):
        msg = "A partner needs a name. A first name is enough."
        raise WorkspaceError(msg)
    return change_settings(workspace, partner=one_line(partner))


def change_settings(workspace: Workspace, **changes: object) -> Workspace:
    """Write the settings of a workspace with what has changed (partner, pair_id, exchange), and return it.

    Raises:
        WorkspaceError: If a value cannot be used, or they cannot be written; then they are as they were.
    """
    now = {name: getattr(workspace, name) for name in (*_KEYS, "exchange") if name != "version"} | changes
    folder = now.pop("exchange")
    settings = {"version": _VERSION, **now, **({"exchange": {"folder": folder}} if folder else {})}
    made = _checked(workspace.folder, settings)
    _write_settings(workspace.folder, settings)
    return made


def part(workspace: Workspace) -> Workspace:
    """Return the workspace as one that has no partner yet, for the one before is forgotten.

    Raises:
        WorkspaceError: If the settings cannot be written.
    """
    return change_settings(workspace, partner="", pair_id=str(uuid.uuid4()), exchange="")


def _write_settings(folder: Path, settings: dict[str, object]) -> None:
    tables = {name: value for name, value in settings.items() if isinstance(value, dict)}
    lines = _assignments({name: value for name, value in settings.items() if name not in tables})
    for name, table in tables.items():
        lines += [f"\n[{name}]\n", *_assignments(table)]
    try:
        write_whole(folder / SETTINGS, "".join(lines).encode())
    except OSError as error:
        msg = f"{folder / SETTINGS} cannot be written: {error.strerror}. Check the folder and its rights."
        raise WorkspaceError(msg) from error


def _assignments(values: dict[str, Any]) -> list[str]:
    return [f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in values.items()]


def read_workspace(folder: Path) -> Workspace:
    """Read the workspace in a folder.

    Raises:
        WorkspaceError: If the folder is none, or its settings have a mistake.
    """
    path = folder / SETTINGS
    try:
        if path.stat().st_size > _MAX_BYTES:
            msg = f"{path} is larger than {_MAX_BYTES:,} bytes. Copy the file back from a backup."
            raise WorkspaceError(msg)
        settings = parse_toml(path.read_bytes())
    except FileNotFoundError as error:
        msg = f"{folder} is no peerkit workspace: it has no {SETTINGS}. Make one with: peerkit init {folder}"
        raise WorkspaceError(msg) from error
    except (OSError, ValueError, RecursionError) as error:
        detail = error.strerror if isinstance(error, OSError) else str(error)
        msg = f"{path} cannot be read ({detail}). Mend the line, or copy the file back from a backup."
        raise WorkspaceError(msg) from error
    workspace = _checked(folder, settings)
    _check_inside(workspace)
    return workspace


def find_workspace(start: Path) -> Workspace:
    """Return the workspace that holds `start`: the folder itself or the nearest one above it.

    Raises:
        WorkspaceError: If there is none.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / SETTINGS).is_file():
            return read_workspace(folder)
    msg = f"{start} lies in no peerkit workspace. Go to yours, or make one with: peerkit init coaching"
    raise WorkspaceError(msg)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: beside its place first, then moved there, private to its owner.

    Raises:
        OSError: If it cannot be written; what was there before is still there.
    """
    with whole_file(path) as file:
        file.write(content)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Give a file to be written piece by piece: it is at its place once all went well, or not at all.

    Raises:
        OSError: If it cannot be written; what was there before is still there.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".peerkit-")
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def _digest(notebook: dict[str, Any]) -> str:
    """Return the SHA-256 of all that a person can read in a notebook's cells."""
    told = [[cell["cell_type"], "".join(cell["source"])] for cell in notebook["cells"]]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _is_outdated(path: Path, newest: str) -> bool:
    """Return whether a copy is as it was once shipped, and something newer is shipped now."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        digest = notebook["metadata"]["peerkit"]["digest"]
        return bool(digest == _digest(notebook) and digest != newest)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def _check_inside(workspace: Workspace) -> None:
    """Refuse a workspace that came with a link to elsewhere: what is written must stay in the folder."""
    folder = workspace.folder.resolve()
    for part in (
        workspace.journal_path,
        workspace.lake_secret,
        workspace.sessions,
        workspace.summaries,
        workspace.exports,
        workspace.templates,
    ):
        if not part.resolve().is_relative_to(folder):
            msg = f"{part} is a link that leads out of the workspace. Put the real one in its place."
            raise WorkspaceError(msg)


def _checked(folder: Path, settings: dict[str, object]) -> Workspace:
    path = folder / SETTINGS
    for key, kind in _KEYS.items():
        if type(settings.get(key)) is not kind:
            msg = f"{path}: {key} is missing or has the wrong kind of value. Compare with a new workspace's."
            raise WorkspaceError(msg)
    given = {key: settings[key] for key in _KEYS if key != "version"}
    if settings["version"] != _VERSION:
        msg = f"{path} is of version {settings['version']}; this peerkit reads {_VERSION}. Update peerkit."
        raise WorkspaceError(msg)
    for key in ("me", "partner"):
        name = str(given[key])
        # Who is still looking for a partner has named none.
        least = 1 if key == "me" else 0
        if not least <= len(name) <= 60 or name != one_line(name):
            msg = f"{path}: {key} is no usable name. Give 1 to 60 characters in one line."
            raise WorkspaceError(msg)
    if given["me"] == given["partner"]:
        msg = "Both peers have the same name. Add a letter to one, so that one can tell them apart."
        raise WorkspaceError(msg)
    if given["heard_bar"] not in range(11):
        msg = f"{path}: heard_bar is {given['heard_bar']}; give a whole number from 0 to 10."
        raise WorkspaceError(msg)
    try:
        ZoneInfo(str(given["time_zone"]))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        msg = f"Unknown time zone {given['time_zone']!r}. Use a name such as Europe/Lisbon or UTC."
        raise WorkspaceError(msg) from error
    given["exchange"] = _exchange_folder(path, settings.get("exchange", {}))
    return Workspace(folder=folder, **given)  # type: ignore[arg-type]  # the kinds were checked above


def _exchange_folder(path: Path, told: object) -> str:
    folder = told.get("folder", "") if isinstance(told, dict) else None
    if not isinstance(folder, str) or folder != clean(folder) or (folder and not Path(folder).is_absolute()):
        msg = f"{path}: the folder of [exchange] is no full path. Set it with: peerkit exchange FOLDER, or --off"
        raise WorkspaceError(msg)
    return folder
