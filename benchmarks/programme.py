"""An invented programme's ledger: as many entries as asked for, of 300 pairs, drawn from a seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from peerkit.schema import OUTCOMES, TABLES, VISIBILITIES

PAIRS = 300
FIRST_DAY = np.datetime64("2022-01-03", "us")
# On this day all of it is known; promises are made over a thousand days, the last entry follows within fifty.
LAST_DAY = "2024-12-01"

_Ints = npt.NDArray[np.int64]
_Bools = npt.NDArray[np.bool_]
_DAY = 86_400_000_000
_BLANK = np.iinfo(np.int64).min
_SIGNS = np.frombuffer(b"0123456789abcdefghjkmnpqrstvwxyz", np.uint8)
_HEX = np.frombuffer(b"0123456789abcdef", np.uint8)
_PROMISE, _SETTLE, _REOPEN, _DETAIL, _MOVE = range(5)
_WORDS = (
    "walk",
    "write",
    "call",
    "read",
    "bridge",
    "letter",
    "hour",
    "draft",
    "plan",
    "morning",
    "page",
    "list",
)


def ledger(n_entries: int, *, seed: int = 1) -> pd.DataFrame:
    """Return entries like those of `journal.entries()`, in the order recorded.

    One in three is a promise. Nine of ten promises are settled, within thirty days; one in fifty is opened
    again; one in ten gets a detail later. What is left moves due dates, before and after they passed,
    some to the same day. Two hundred entries share their moment with another of the same commitment,
    so that the id of the row decides.
    """
    chance = np.random.default_rng(seed)
    made = FIRST_DAY.astype(np.int64) + chance.integers(0, 1000 * _DAY, n_entries // 3)
    commitment, kind, moment = _events(n_entries, made, chance)
    row_id = _row_ids(moment, chance)
    order = np.lexsort((row_id, moment))
    drawn = _Drawn(commitment[order], kind[order], moment[order], made, chance)
    columns = {"row_id": _texts(row_id[order]), **_who(drawn), **_plan(drawn), **_course(drawn)}
    return pd.DataFrame(columns)[list(TABLES["entries"])]


@dataclass(frozen=True)
class _Drawn:
    """What is drawn first, in the order recorded: of each entry its commitment, kind and moment."""

    commitment: _Ints
    kind: _Ints
    moment: _Ints
    # When each commitment was made.
    made: _Ints
    chance: np.random.Generator

    def are(self, *kinds: int) -> _Bools:
        """Return which entries are of one of these kinds."""
        return np.isin(self.kind, kinds)


def _who(drawn: _Drawn) -> dict[str, pd.Series]:
    """Return the columns that say whose an entry is, of which commitment, and when it was made."""
    chance, promised = drawn.chance, drawn.are(_PROMISE)
    peer = chance.integers(0, 2 * PAIRS, len(drawn.made))[drawn.commitment]
    peers = [f"peer {number:03}" for number in range(2 * PAIRS)]
    session = peer // 2 * 150 + (drawn.moment - drawn.moment[0]) // (7 * _DAY)
    is_agreed = drawn.are(_MOVE) & (drawn.moment % 2 == 0)
    return {
        "recorded_at": pd.Series(drawn.moment.view("datetime64[us]")).dt.tz_localize("UTC"),
        "author": _words(peer, peers),
        "visibility": _words((drawn.commitment % 10 < 7).astype(np.int64), VISIBILITIES),
        "commitment_id": _texts(_ids(len(drawn.made), chance)[drawn.commitment]),
        "pair_id": _words(peer // 2, [f"pair {number:03}" for number in range(PAIRS)]),
        "session_id": _chosen(_texts(_ids(PAIRS * 150, chance)), np.where(promised, session, -1)),
        "peer": _words(np.where(promised, peer, -1), peers),
        "agreed_by": _words(np.where(is_agreed, peer ^ 1, -1), peers),
    }


def _plan(drawn: _Drawn) -> dict[str, pd.Series]:
    """Return the columns that a promise fills."""
    chance, promised = drawn.chance, drawn.are(_PROMISE)
    shares = {"text": 1.0, "first_step": 0.6, "cue": 0.4, "obstacle": 0.4, "if_then": 0.4, "evidence": 0.6}
    helpers, areas = ["a call", "a message", "a photo", "nobody"], [f"area {number}" for number in range(8)]
    return {
        **{name: _sentences(promised, share, chance) for name, share in shares.items()},
        "accountability": _words(_some(promised, 0.8, len(helpers), chance), helpers),
        "confidence": _tenths(promised, chance),
        "area": _words(_some(promised, 0.9, len(areas), chance), areas),
    }


def _course(drawn: _Drawn) -> dict[str, pd.Series]:
    """Return the columns that change: due dates and what became of a commitment."""
    chance, size = drawn.chance, len(drawn.kind)
    is_settled = drawn.are(_SETTLE)
    settled = chance.choice(np.arange(1, 6), size, p=[0.6, 0.1, 0.15, 0.1, 0.05])
    outcome = np.select([is_settled, drawn.are(_PROMISE, _REOPEN)], [settled, 0], -1)
    day = drawn.moment // _DAY
    closed = np.maximum(day - chance.integers(0, 3, size), drawn.made[drawn.commitment] // _DAY)
    is_told = drawn.are(_SETTLE, _DETAIL)
    return {
        "due_on": _days(_due(drawn)),
        "outcome": _words(outcome, OUTCOMES),
        "fraction": _tenths(outcome == OUTCOMES.index("partly"), chance),
        "closed_on": _days(np.where(is_settled, closed, _BLANK)),
        "reason": _sentences(drawn.are(_SETTLE, _DETAIL, _MOVE), 0.5, chance),
        "obstacle_came": _flags(is_told, chance),
        "plan_fired": _flags(is_told, chance),
    }


def _events(n_entries: int, made: _Ints, chance: np.random.Generator) -> tuple[_Ints, _Ints, _Ints]:
    """Return of each entry its commitment, its kind and its moment, in no order."""
    size = len(made)
    settled = np.flatnonzero(chance.random(size) < 0.9)
    settled_at = made[settled] + chance.integers(_DAY // 24, 30 * _DAY, len(settled))
    again, later = (chance.choice(len(settled), size // part, replace=False) for part in (50, 10))
    n_moves = n_entries - size - len(settled) - len(again) - len(later)
    moved = chance.integers(0, size, n_moves)
    moved_at = made[moved] + chance.integers(_DAY // 24, 30 * _DAY, n_moves)
    moved_at[:200] = made[moved[:200]]
    parts = [
        (_PROMISE, np.arange(size), made),
        (_SETTLE, settled, settled_at),
        (_REOPEN, settled[again], settled_at[again] + chance.integers(1, 10 * _DAY, len(again))),
        (_DETAIL, settled[later], settled_at[later] + chance.integers(1, 2 * _DAY, len(later))),
        (_MOVE, moved, moved_at),
    ]
    kinds = np.concatenate([np.full(len(which), kind) for kind, which, _ in parts])
    return np.concatenate([which for _, which, _ in parts]), kinds, np.concatenate([at for _, _, at in parts])


def _due(drawn: _Drawn) -> _Ints:
    """Return the due date that an entry writes down, as a day's number; one promise in thirty has none."""
    chance, size = drawn.chance, len(drawn.kind)
    first = (drawn.made // _DAY + chance.integers(1, 22, len(drawn.made)))[drawn.commitment]
    later = chance.integers(0, 4, size) * chance.integers(0, 6, size)
    moved = np.maximum(first, drawn.moment // _DAY) + later
    promised = np.where(chance.random(size) < 0.97, first, _BLANK)
    return np.select([drawn.are(_PROMISE), drawn.are(_MOVE)], [promised, moved], _BLANK)


def _row_ids(moment: _Ints, chance: np.random.Generator) -> npt.NDArray[np.bytes_]:
    """Return ids like the journal's, UUID version 7: milliseconds first, then chance."""
    raw = chance.integers(0, 256, (len(moment), 16), dtype=np.uint8)
    raw[:, :6] = (moment // 1000).astype(">u8").view(np.uint8).reshape(-1, 8)[:, 2:]
    raw[:, 6] = 0x70 | raw[:, 6] & 0x0F
    raw[:, 8] = 0x80 | raw[:, 8] & 0x3F
    digits = np.stack([_HEX[raw >> 4], _HEX[raw & 15]], axis=2).reshape(-1, 32)
    signs = np.insert(digits, (8, 12, 16, 20), ord("-"), axis=1)
    return np.ascontiguousarray(signs).view("S36").ravel()


def _ids(n: int, chance: np.random.Generator) -> npt.NDArray[np.bytes_]:
    return _SIGNS[chance.integers(0, 32, (n, 12))].view("S12").ravel()


def _texts(values: npt.NDArray[np.bytes_]) -> pd.Series:
    return pd.Series(values.astype(str), dtype="str")


def _chosen(values: pd.Series, places: _Ints) -> pd.Series:
    """Return the values at these places; blank at -1."""
    return pd.Series(values.array.take(places, allow_fill=True))


def _some(where: _Bools, share: float, n: int, chance: np.random.Generator) -> _Ints:
    """Return a number below `n` for a share of these rows, and -1 for the others."""
    is_filled = where & (chance.random(len(where)) < share)
    return np.where(is_filled, chance.integers(0, n, len(where)), -1)


def _sentences(where: _Bools, share: float, chance: np.random.Generator, n: int = 20_000) -> pd.Series:
    drawn = np.array(_WORDS)[chance.integers(0, len(_WORDS), (n, 7))]
    sentences = pd.Series([f"{number} {' '.join(words)}" for number, words in enumerate(drawn)], dtype="str")
    return _chosen(sentences, _some(where, share, n, chance))


def _words(codes: _Ints, words: Sequence[str]) -> pd.Series:
    return pd.Series(pd.Categorical.from_codes(codes, categories=pd.Index(words, dtype="str")))  # type: ignore[arg-type]


def _days(numbers: _Ints) -> pd.Series:
    return pd.Series(np.where(numbers == _BLANK, _BLANK, numbers * _DAY).view("datetime64[us]"))


def _tenths(where: _Bools, chance: np.random.Generator) -> pd.Series:
    return pd.Series(pd.arrays.FloatingArray(chance.integers(1, 10, len(where)) / 10, ~where))


def _flags(where: _Bools, chance: np.random.Generator) -> pd.Series:
    is_said = where & (chance.random(len(where)) < 0.5)
    return pd.Series(pd.arrays.BooleanArray(chance.random(len(where)) < 0.3, ~is_said))
