"""Years of commitments and sessions of any size for the tests of charts, the same on every run and machine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

AS_OF = pd.Timestamp("2026-11-12")
# How many commitments: none, one, a few, a pair's year, a programme's.
SIZES = (0, 1, 8, 150, 10_000)
_OUTCOMES = ("kept", "partly", "missed", "open", "released", "void")


def spread(n: int, seed: int) -> np.ndarray:
    """Return so many numbers from 0 to 1, without a generator that may change with a version of numpy."""
    return (np.arange(1, n + 1) * (0.6180339887 + seed * 0.0754877)) % 1.0


def year(
    n: int,
    *,
    peers: Sequence[str] = ("Amara", "Jonas"),
    areas: Sequence[str] = ("work", "family", "health", "home"),
) -> pd.DataFrame:
    """Return so many commitments, as `fold.commitments` gives them, due in the year up to `AS_OF`."""
    chance = spread(n, 1)
    due = AS_OF - pd.to_timedelta(np.sort((spread(n, 2) * 360).astype(int))[::-1], unit="D")
    confidence = pd.Series(
        np.array([0.4, 0.6, 0.8, 0.9, 1.0])[(spread(n, 3) * 5).astype(int)], dtype="Float64"
    )
    bounds = [0.66, 0.76, 0.88, 0.93, 0.97]
    outcome = np.array(_OUTCOMES)[np.searchsorted(bounds, chance)] if n else np.array([], dtype=str)
    lag = pd.to_timedelta((spread(n, 4) * 6).astype(int), unit="D")
    made = due - pd.Timedelta(days=7)
    late = pd.to_timedelta(np.where(spread(n, 5) < 0.2, 9, 0), unit="D")
    closed = pd.Series(made + lag + late).where(pd.Series(outcome) != "open")
    moved = spread(n, 6) < 0.15
    first = due - pd.to_timedelta(np.where(moved, 7, 0), unit="D")
    table = pd.DataFrame({
        "commitment_id": [f"c{i}" for i in range(n)],
        "session_id": pd.Series([f"s{i // 3:05}" for i in range(n)], dtype="str"),
        "peer": pd.Series(np.array(peers)[(spread(n, 7) * len(peers)).astype(int)] if n else [], dtype="str"),
        "made_on": made, "first_due_on": first, "due_on": due, "closed_on": closed,
        "outcome": pd.Series(outcome, dtype="str"), "confidence": confidence,
        "fraction": pd.Series(np.where(outcome == "partly", 0.5, np.nan)),
        "area": pd.Series(np.array(areas)[(spread(n, 8) * len(areas)).astype(int)] if n else [], dtype="str"),
        "accountability": pd.Series(np.array(["a call", "a message on the day", "proof sent"])[(spread(n, 9) * 3).astype(int)] if n else [], dtype="str"),
        "if_then": pd.Series(np.where(spread(n, 10) < 0.6, "If it rains, then indoors", None) if n else [], dtype="str"),
    })  # fmt: skip
    for name in ("made_on", "first_due_on", "due_on", "closed_on"):
        table[name] = table[name].astype("datetime64[us]")
    return table


def met(n: int, *, peers: Sequence[str] = ("Amara", "Jonas")) -> pd.DataFrame:
    """Return so many weekly sessions, as `fold.sessions` gives them, the last on `AS_OF`."""
    held = AS_OF - pd.to_timedelta(np.arange(n)[::-1] * 7, unit="D")
    focus = np.array([peers[i % 2] for i in range(n)], dtype=object)
    heard = np.clip(np.round(7.5 + 2.5 * (spread(n, 1) - 0.5)), 0, 10)
    heard[np.arange(n) % 17 == 12] -= 4
    return pd.DataFrame({
        "session_id": pd.Series([f"s{i:05}" for i in range(n)], dtype="str"),
        "held_on": pd.Series(held).astype("datetime64[us]"),
        "focus": pd.Series(focus, dtype="str"),
        "coach": pd.Series([peers[(i + 1) % 2] for i in range(n)], dtype="str"),
        "minutes": pd.Series([60.0] * n), "status": pd.Series(["closed"] * n, dtype="str"),
        "heard": pd.Series(heard, dtype="float64"),
    })  # fmt: skip
