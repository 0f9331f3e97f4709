"""A workspace's ledger as its own file in a lake: ids as tokens, days without hours, texts only where asked for."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from peerkit.audience import shared_of
from peerkit.errors import LakeError
from peerkit.lake import layout
from peerkit.lake.layout import COLUMNS, TEXTS, WORDS, Label, Table
from peerkit.lake.reading import is_lake, labels
from peerkit.lake.secret import Token, own_secret, read_secret, tokens
from peerkit.workspace import Workspace, write_whole

if TYPE_CHECKING:
    import pandas as pd

_PEERS = ("peer", "focus", "coach")


@dataclass(frozen=True)
class Exported:
    """What was written, and what was kept back."""

    file: Path
    entries: int
    commitments: int
    private: int
    left_out: tuple[str, ...]
    secret: Path

    @property
    def said(self) -> str:
        """What was done, in sentences."""
        kept_back = [*(["texts"] if "text" in self.left_out else [])]
        kept_back += ["areas and ways to be held to it"] if "area" in self.left_out else []
        kept_back += (
            [f"{self.private} private commitment{'s' if self.private > 1 else ''}"] if self.private else []
        )
        without = f" Left out: {', '.join(kept_back)}." if kept_back else ""
        return (
            f"Wrote {self.entries} entries of {self.commitments} commitments to {self.file}.{without} Names and ids are"
            f" hashed with {self.secret}; every pair of your programme needs a copy of that file, and nobody else."
        )


def export(
    workspace: Workspace,
    lake: Path,
    *,
    secret: Path | None = None,
    with_texts: bool = False,
    with_words: bool = False,
    with_heard: bool = False,
) -> Exported:
    """Write a workspace's ledger as its own file into a lake; a second export takes the place of the first.

    Pairs, peers, sessions and commitments become tokens (see `secret.tokens`); the ids of rows, authors
    and time zones do not leave the workspace. What is private to one of the two stays out, whatever is
    asked for. The same ledger and secret give the same rows in the same order.

    Args:
        workspace: Whose ledger.
        lake: The folder; it is made where it is missing.
        secret: A file with the programme's secret; the workspace's own `lake.secret`, made the first
            time, when left out. All pairs of a lake share one.
        with_texts: Write what was typed about commitments, too.
        with_words: Write area and accountability, which may be in one's own words, too.
        with_heard: Write the sessions with the numbers for heard, too.

    Raises:
        LakeError: If there is nothing to export, the secret cannot be used, the folder is no lake, holds
            exports of another secret or this pair's from the partner's workspace, or cannot be written.
            The lake is as it was before.
    """
    pa = layout.pyarrow()
    token = tokens(read_secret(secret) if secret else own_secret(workspace.lake_secret))
    pair = token("pair", workspace.pair_id)
    label = Label(token("secret"), token("source", workspace.pair_id, workspace.me))
    journal = workspace.open_journal()
    entries, sessions = journal.entries(), journal.sessions()
    journal.close()
    shared = shared_of(entries, "entries")
    if shared.empty:
        msg = "This ledger has no shared commitment yet, so there is nothing to export. Promise something first."
        raise LakeError(msg)
    _check_place(lake, pair, label)

    place = Path(f"bucket={layout.bucket_of(pair):02}", f"part-{pair}.parquet")
    kept_back = (*(() if with_texts else TEXTS), *(() if with_words else WORDS))
    written = {lake / place: _rows(shared, "entries", kept_back, workspace, token)}
    if with_heard:
        held = shared_of(sessions, "sessions")
        written[lake / "_sessions" / place] = _rows(held, "sessions", (), workspace, token)
    made = {path: _bytes(pa, rows, label) for path, rows in written.items()}
    try:
        for path, content in made.items():
            write_whole(path, content)
        if not with_heard:
            (lake / "_sessions" / place).unlink(missing_ok=True)
    except OSError as error:
        msg = f"The export cannot be written to {lake}: {error.strerror}. Choose a folder that you may write to."
        raise LakeError(msg) from error
    n_all, n = (table["commitment_id"].nunique() for table in (entries, shared))
    return Exported(lake / place, len(shared), n, n_all - n, kept_back, secret or workspace.lake_secret)


def _check_place(lake: Path, pair: str, label: Label) -> None:
    if lake.exists() and not lake.is_dir():
        msg = f"{lake} is a file; a lake is a folder. Name another one."
        raise LakeError(msg)
    if not lake.exists():
        return
    others = [one for one in lake.iterdir() if not one.name.startswith(("bucket=", "_sessions", "."))]
    if others and not is_lake(lake):
        msg = f"{lake} holds other things and is no lake. Name a new folder, or that of a lake."
        raise LakeError(msg)
    for path, found in labels(lake).items():
        if found.secret != label.secret:
            msg = f"{lake} holds exports of another secret, so this pair could stand in it twice. Give the programme's with --secret FILE, or name another folder."
            raise LakeError(msg)
        if path.stem == f"part-{pair}" and found.source != label.source:
            msg = f"This pair is in {lake} already, from the partner's workspace: {path}. A pair is in a lake once; delete that file to put yours in its place."
            raise LakeError(msg)


def _rows(
    rows: pd.DataFrame, table: Table, kept_back: Sequence[str], workspace: Workspace, token: Token
) -> pd.DataFrame:
    """Return rows with the columns of a lake, in the order made."""
    columns = [name for name in COLUMNS[table] if name not in kept_back]
    told = rows.assign(pair=workspace.pair_id, recorded_at=_days(rows["recorded_at"], workspace.time_zone))[
        columns
    ]
    for name, what in {"pair": "pair", "commitment_id": "commitment", "session_id": "session"}.items():
        if name in columns:
            told[name] = _tokens(told[name], lambda one, what=what: token(what, *_of(workspace, what, one)))
    for name in set(_PEERS) & set(columns):
        told[name] = _tokens(told[name], lambda one: token("peer", workspace.pair_id, one))
    return told


def _of(workspace: Workspace, what: str, one: str) -> tuple[str, ...]:
    return (one,) if what == "pair" else (workspace.pair_id, one)


def _tokens(values: pd.Series, token: Any) -> pd.Series:
    made = {one: token(one) for one in values.dropna().unique()}
    return values.astype("str").map(made)


def _days(moments: pd.Series, time_zone: str) -> pd.Series:
    """Return the day of each moment in the pair's time zone, with its place in that day as microseconds.

    The moments are in order, and so are the days: where a clock was put back across midnight, what was
    recorded in the minutes that came again belongs to the day that had begun.
    """
    import pandas as pd

    local = moments.dt.tz_convert(time_zone).dt.tz_localize(None).dt.normalize()
    days = local.cummax()
    moved: pd.Series = days + pd.to_timedelta(days.groupby(days).cumcount(), unit="us")
    return moved.astype("datetime64[us]")


def _bytes(pa: Any, rows: pd.DataFrame, label: Label) -> bytes:
    table: Table = "entries" if "commitment_id" in rows else "sessions"
    wanted = layout.schema(table, list(rows.columns), label)
    columns = [_cast(pa.array(rows[name], from_pandas=True), wanted.field(name).type) for name in rows]
    written = io.BytesIO()
    pa.parquet.write_table(pa.Table.from_arrays(columns, schema=wanted), written, compression="zstd")
    return written.getvalue()


def _cast(values: Any, wanted: Any) -> Any:
    return values if values.type == wanted else values.cast(wanted)
