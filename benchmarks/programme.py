"""An invented programme's ledger: as many entries as asked for, of 300 pairs, drawn from a seed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from peerkit.lake.drawing import (
    DAY,
    DETAIL,
    MOVE,
    PROMISE,
    SETTLE,
    Bools,
    Drawn,
    Ints,
    course,
    events,
    words,
)
from peerkit.schema import OUTCOMES, TABLES, VISIBILITIES

PAIRS = 300
FIRST_DAY = np.datetime64("2022-01-03", "us")
# On this day all of it is known; promises are made over a thousand days, the last entry follows within fifty.
LAST_DAY = "2024-12-01"

_SIGNS = np.frombuffer(b"0123456789abcdefghjkmnpqrstvwxyz", np.uint8)
_HEX = np.frombuffer(b"0123456789abcdef", np.uint8)
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
    made = FIRST_DAY.astype(np.int64) + chance.integers(0, 1000 * DAY, n_entries // 3)
    told = made + chance.integers(DAY // 24, 30 * DAY, len(made))
    commitment, kind, moment = events(made, told, chance, n_entries=n_entries)
    row_id = _row_ids(moment, chance)
    order = np.lexsort((row_id, moment))
    first_due = made // DAY + chance.integers(1, 22, len(made))
    drawn = Drawn(commitment[order], kind[order], moment[order], made, first_due, chance)
    columns = {"row_id": _texts(row_id[order]), **_who(drawn), **_plan(drawn), **_told(drawn)}
    return pd.DataFrame(columns)[list(TABLES["entries"])]


def _who(drawn: Drawn) -> dict[str, pd.Series]:
    """Return the columns that say whose an entry is, of which commitment, and when it was made."""
    chance, promised = drawn.chance, drawn.are(PROMISE)
    peer = chance.integers(0, 2 * PAIRS, len(drawn.made))[drawn.commitment]
    peers = [f"peer {number:03}" for number in range(2 * PAIRS)]
    session = peer // 2 * 150 + (drawn.moment - drawn.moment[0]) // (7 * DAY)
    is_agreed = drawn.are(MOVE) & (drawn.moment % 2 == 0)
    return {
        "recorded_at": pd.Series(drawn.moment.view("datetime64[us]")).dt.tz_localize("UTC"),
        "author": words(peer, peers),
        "visibility": words((drawn.commitment % 10 < 7).astype(np.int64), VISIBILITIES),
        "commitment_id": _texts(_ids(len(drawn.made), chance)[drawn.commitment]),
        "pair_id": words(peer // 2, [f"pair {number:03}" for number in range(PAIRS)]),
        "session_id": _chosen(_texts(_ids(PAIRS * 150, chance)), np.where(promised, session, -1)),
        "peer": words(np.where(promised, peer, -1), peers),
        "agreed_by": words(np.where(is_agreed, peer ^ 1, -1), peers),
    }


def _plan(drawn: Drawn) -> dict[str, pd.Series]:
    """Return the columns that a promise fills."""
    chance, promised = drawn.chance, drawn.are(PROMISE)
    shares = {"text": 1.0, "first_step": 0.6, "cue": 0.4, "obstacle": 0.4, "if_then": 0.4, "evidence": 0.6}
    helpers, areas = ["a call", "a message", "a photo", "nobody"], [f"area {number}" for number in range(8)]
    return {
        **{name: _sentences(promised, share, chance) for name, share in shares.items()},
        "accountability": words(_some(promised, 0.8, len(helpers), chance), helpers),
        "area": words(_some(promised, 0.9, len(areas), chance), areas),
    }


def _told(drawn: Drawn) -> dict[str, pd.Series]:
    """Return the columns that change."""
    chance = drawn.chance
    return {
        **course(drawn),
        "reason": _sentences(drawn.are(SETTLE, DETAIL, MOVE), 0.5, chance),
        "acknowledged": words(_some(drawn.are(DETAIL), 0.5, len(OUTCOMES), chance), OUTCOMES),
    }


def _row_ids(moment: Ints, chance: np.random.Generator) -> npt.NDArray[np.bytes_]:
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


def _chosen(values: pd.Series, places: Ints) -> pd.Series:
    """Return the values at these places; blank at -1."""
    return pd.Series(values.array.take(places, allow_fill=True))


def _some(where: Bools, share: float, n: int, chance: np.random.Generator) -> Ints:
    """Return a number below `n` for a share of these rows, and -1 for the others."""
    is_filled = where & (chance.random(len(where)) < share)
    return np.where(is_filled, chance.integers(0, n, len(where)), -1)


def _sentences(where: Bools, share: float, chance: np.random.Generator, n: int = 20_000) -> pd.Series:
    drawn = np.array(_WORDS)[chance.integers(0, len(_WORDS), (n, 7))]
    sentences = pd.Series([f"{number} {' '.join(words)}" for number, words in enumerate(drawn)], dtype="str")
    return _chosen(sentences, _some(where, share, n, chance))
