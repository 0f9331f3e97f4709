"""A lake of invented pairs, drawn from a seed, bucket by bucket: to look at, to try, to measure with.

Most pairs begin in the first year, some in the second; they meet in nine of ten weeks from then to its end, and
promise one to three things each time. How likely what is settled was kept is a pair's own: the logistic of a
normal number of mean 0.6 and deviation 0.7. A pair has a usual number for heard as well, about 8; one session in
twenty falls three below it.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from peerkit.errors import LakeError
from peerkit.lake import layout
from peerkit.lake.drawing import DAY, PROMISE, Bools, Drawn, Ints, course, events, n_without_moves
from peerkit.lake.layout import BUCKETS, Label, Table

if TYPE_CHECKING:
    import pyarrow as pa

FIRST_DAY = date(2024, 11, 18)
LAST_DAY = date(2026, 11, 12)
_WEEKS = 104
# A bucket is drawn in parts of so many pairs, so that memory does not grow with the programme.
_AT_ONCE = 2_000
_HEX = np.frombuffer(b"0123456789abcdef", np.uint8)
_LENGTH = 20

Tokens = npt.NDArray[np.uint8]


def simulate(
    folder: Path,
    pairs: int,
    *,
    seed: int = 1,
    moves: float = 0.3,
    watch: Callable[[range], Iterable[int]] = lambda buckets: buckets,
) -> int:
    """Write a lake of so many invented pairs and return how many entries it has; about 300 for each pair.

    The same seed, number and versions of numpy and pyarrow give the same files, byte for byte. The lake is
    made beside its place and moved there at the end.

    Args:
        folder: Where; it must not be there yet.
        pairs: How many.
        seed: Of all that is drawn.
        moves: How often a due date is moved, on average.
        watch: Wraps the range of buckets, to show progress.

    Raises:
        LakeError: If the folder is there already or cannot be written, or there are no pairs.
    """
    layout.pyarrow()
    if pairs < 1:
        msg = f"A programme has one pair or more, and was to have {pairs}. Try 200."
        raise LakeError(msg)
    if folder.exists():
        msg = f"{folder} is there already. Name a new folder, or remove that one."
        raise LakeError(msg)
    try:
        folder.absolute().parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=folder.absolute().parent, prefix=".peerkit-lake-"))
    except OSError as error:
        msg = f"{folder} cannot be made: {error.strerror}. Choose a folder that you may write to."
        raise LakeError(msg) from error
    try:
        label = Label(f"simulated from {seed}", "simulated")
        counts = (pairs // BUCKETS + (bucket < pairs % BUCKETS) for bucket in range(BUCKETS))
        sizes = list(counts)
        total = sum(
            _write_bucket(beside, bucket, sizes[bucket], seed, moves, label)
            for bucket in watch(range(BUCKETS))
        )
        beside.rename(folder)
    except OSError as error:
        shutil.rmtree(beside, ignore_errors=True)
        msg = f"{folder} cannot be written: {error.strerror}. Make room, or choose another folder."
        raise LakeError(msg) from error
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    return total


def _write_bucket(folder: Path, bucket: int, pairs: int, seed: int, moves: float, label: Label) -> int:
    """Write a bucket's files and return how many entries they hold."""
    total = 0
    for part, first in enumerate(range(0, pairs, _AT_ONCE)):
        chance = np.random.default_rng([seed, bucket, part])
        met = _meet(min(_AT_ONCE, pairs - first), bucket, chance)
        entries = _entries(met, chance, moves)
        _write(folder, bucket, part, "entries", entries, label)
        _write(folder / "_sessions", bucket, part, "sessions", _sessions(met, chance), label)
        total += len(entries["recorded_at"])
    return total


@dataclass(frozen=True)
class _Met:
    """The pairs of a bucket, their peers, and their sessions by pair and day, with tokens for each."""

    pairs: Tokens
    peers: Tokens  # two for each pair
    session_ids: Tokens
    pair: Ints  # of each session its pair, its day's number, and which of the two has the floor
    held: Ints
    focus: Ints


def _meet(pairs: int, bucket: int, chance: np.random.Generator) -> _Met:
    is_new = chance.random(pairs) < 0.15
    starts = chance.integers(0, _WEEKS // 2, pairs) + np.where(is_new, _WEEKS // 2 - 2, 0)
    takes_place = (np.arange(_WEEKS) >= starts[:, None]) & (chance.random((pairs, _WEEKS)) < 0.9)
    pair, week = np.nonzero(takes_place)
    first = (FIRST_DAY - date(1970, 1, 1)).days
    held = first + 7 * week + chance.integers(0, 5, pairs)[pair]
    raw = chance.integers(0, 256, (pairs, _LENGTH // 2), dtype=np.uint8)
    # The bucket is that of the token: its first eight digits as a number, by 64.
    raw[:, 3] = raw[:, 3] // BUCKETS * BUCKETS + bucket
    return _Met(_hex(raw), _tokens(2 * pairs, chance), _tokens(len(pair), chance), pair, held, week % 2)


def _entries(met: _Met, chance: np.random.Generator, moves: float) -> dict[str, Any]:
    session = np.repeat(np.arange(len(met.pair)), chance.choice([1, 2, 3], len(met.pair), p=[0.2, 0.5, 0.3]))
    made = (met.held[session] * DAY) + chance.integers(17 * DAY // 24, 20 * DAY // 24, len(session))
    n_entries = n_without_moves(len(made)) + round(moves * len(made))
    first_due = made // DAY + chance.integers(1, 22, len(made))
    # Most is told within the days after it was due, some of it before.
    told = np.maximum(made + DAY // 24, first_due * DAY + chance.integers(-3 * DAY, 6 * DAY, len(made)))
    commitment, kind, moment = events(made, told, chance, n_entries=n_entries)
    whose = met.pair[session]
    # What lies ahead of the last day is not known yet.
    is_known = moment < ((LAST_DAY - date(1970, 1, 1)) + timedelta(days=1)).days * DAY
    order = np.lexsort((moment, whose[commitment]))
    order = order[is_known[order]]
    drawn = Drawn(commitment[order], kind[order], moment[order], made, first_due, chance)
    pair, promised = whose[drawn.commitment], drawn.are(PROMISE)
    keeps = 1 / (1 + np.exp(-chance.normal(0.6, 0.7, len(met.pairs))))
    # Two of three promises are the focus person's.
    peer = 2 * whose + (met.focus[session] + (chance.random(len(made)) < 1 / 3)) % 2
    return {
        "pair": (met.pairs, pair, None),
        "commitment_id": (_tokens(len(made), chance), drawn.commitment, None),
        "session_id": (met.session_ids, session[drawn.commitment], ~promised),
        "peer": (met.peers, peer[drawn.commitment], ~promised),
        "recorded_at": _with_places(pair, drawn.moment // DAY),
        **course(drawn, keeps=keeps[pair]),
    }


def _sessions(met: _Met, chance: np.random.Generator) -> dict[str, Any]:
    size = len(met.pair)
    usual = np.clip(chance.normal(8, 0.8, len(met.pairs)), 4, 10)[met.pair]
    fallen = 3 * (chance.random(size) < 0.05)
    heard = np.clip(np.round(chance.normal(usual, 1.0) - fallen), 0, 10).astype(np.int64)
    everywhere = np.zeros(size, dtype=np.int64)
    return {
        "pair": (met.pairs, met.pair, None),
        "session_id": (met.session_ids, np.arange(size), None),
        "recorded_at": _with_places(met.pair, met.held),
        "held_on": (met.held * DAY).view("datetime64[us]"),
        "status": (_letters("closed"), everywhere, None),
        "focus": (met.peers, 2 * met.pair + met.focus, None),
        "coach": (met.peers, 2 * met.pair + 1 - met.focus, None),
        "minutes": everywhere + 60,
        "heard": heard,
        "floor": (_letters("focus"), everywhere, None),
    }


def _with_places(pair: Ints, day: Ints) -> Any:
    """Return each day with the row's place among its pair's rows of that day, rows in order of pair and day."""
    is_new = np.r_[True, (pair[1:] != pair[:-1]) | (day[1:] != day[:-1])][: len(pair)]
    begins = np.flatnonzero(is_new)
    place = np.arange(len(pair)) - np.repeat(begins, np.diff(np.r_[begins, len(pair)]))
    return (day * DAY + place).view("datetime64[us]")


def _write(folder: Path, bucket: int, part: int, table: Table, columns: dict[str, Any], label: Label) -> None:
    arrow = layout.pyarrow()
    wanted = layout.schema(table, list(columns), label)
    arrays = []
    for name, values in columns.items():
        made = _strings(*values) if isinstance(values, tuple) else arrow.array(values, from_pandas=True)
        arrays.append(made if made.type == wanted.field(name).type else made.cast(wanted.field(name).type))
    place = folder / f"bucket={bucket:02}"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    words = [name for name in columns if layout.COLUMNS[table][name] == "word"]
    arrow.parquet.write_table(
        arrow.Table.from_arrays(arrays, schema=wanted),
        place / f"part-{part:04}.parquet",
        compression="zstd",
        use_dictionary=[*words, *(name for name in columns if str(wanted.field(name).type) != "string")],
    )


def _strings(tokens: Tokens, places: Ints, blank: Bools | None) -> pa.Array:
    """Return the tokens at these places as Arrow strings, without making a Python object of each."""
    arrow = layout.pyarrow()
    letters = np.ascontiguousarray(tokens[places])
    ends = np.arange(len(places) + 1, dtype=np.int32) * tokens.shape[1]
    mask = None if blank is None else arrow.array(~blank).buffers()[1]
    buffers = [mask, arrow.py_buffer(ends), arrow.py_buffer(letters)]
    return arrow.Array.from_buffers(arrow.string(), len(places), buffers)


def _letters(word: str) -> Tokens:
    return np.frombuffer(word.encode(), np.uint8).reshape(1, -1)


def _tokens(n: int, chance: np.random.Generator) -> Tokens:
    return _hex(chance.integers(0, 256, (n, _LENGTH // 2), dtype=np.uint8))


def _hex(raw: Tokens) -> Tokens:
    return np.stack([_HEX[raw >> 4], _HEX[raw & 15]], axis=2).reshape(len(raw), _LENGTH)
