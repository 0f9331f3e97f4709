"""The trend of follow-through as lines of characters, for a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pandas as pd

from peerkit.measures import FEW

_HEIGHT = 6
# Each stands where a bar of that share ends.
_LABELS = {0: "100 %", _HEIGHT // 2: " 50 %"}
# A label, a space, the axis and a space.
_LEFT = 8
_MOST_PER_WEEK = 3


@dataclass(frozen=True)
class Signs:
    """What a terminal can show: a cell filled from below, step by step; a few; the axis."""

    filled: str
    few: str
    side: str
    corner: str
    line: str


BLOCKS = Signs(" ▁▂▃▄▅▆▇█", "·", "│", "└", "─")
PLAIN = Signs(" #", ".", "|", "+", "-")


def signs_for(encoding: str | None) -> Signs:
    """Return the signs that an encoding has: blocks, or plain ASCII where it lacks one of them."""
    try:
        "".join((BLOCKS.filled, BLOCKS.few, BLOCKS.side, BLOCKS.corner, BLOCKS.line)).encode(
            encoding or "ascii"
        )
    except (UnicodeEncodeError, LookupError):
        return PLAIN
    return BLOCKS


def trend(table: pd.DataFrame, *, width: int, signs: Signs = BLOCKS, weeks: int = 8) -> list[str]:
    """Return a chart of shares week by week, newest at the right, and below it what the newest says.

    A bar stands for ten due commitments or more, a dot for fewer; a week with nothing due is a gap. As many
    weeks are drawn as the width has room for.

    Args:
        table: From `measures.follow_through` with every="week" and rolling=weeks, peers not apart.
        width: Columns of the terminal.
        signs: What it can show.
        weeks: How many weeks each row covers.
    """
    if table.empty:
        return ["Nothing was due yet, so there is no trend to draw."]
    room = max(width - _LEFT, 8)
    first, last = table["week"].min(), table["week"].max()
    every = pd.date_range(max(first, last - timedelta(weeks=room - 1)), last, freq="7D", unit="us")
    rows = table.set_index("week").reindex(every)
    wide = min(_MOST_PER_WEEK, room // len(rows))
    columns = [_column(share, n, signs) for share, n in zip(rows["share"], rows["n"], strict=True)]
    lines = ["".join(column[line] * wide for column in columns).rstrip() for line in range(_HEIGHT)]
    drawn = [f"{_LABELS.get(i, ''):>5} {signs.side} {line}".rstrip() for i, line in enumerate(lines)]
    bottom = f"  0 % {signs.corner}{signs.line * (1 + wide * len(rows))}"
    few = [f"{signs.few} under ten due: no trend."] if (rows["n"] < FEW).any() else []
    return [*drawn, bottom, _days(every, wide * len(rows)), _said(table.iloc[-1], weeks), *few]


def _column(share: float, n: float, signs: Signs) -> list[str]:
    """Return the cells of one week, from the top."""
    if pd.isna(share):
        return [" "] * _HEIGHT
    if n < FEW:
        place = round((1 - share) * (_HEIGHT - 1))
        return [signs.few if line == place else " " for line in range(_HEIGHT)]
    steps = len(signs.filled) - 1
    # Nothing kept of many is the lowest bar, and no gap.
    height = max(1, round(share * _HEIGHT * steps))
    return [
        signs.filled[min(steps, max(0, height - steps * (_HEIGHT - 1 - line)))] for line in range(_HEIGHT)
    ]


def _days(weeks: pd.DatetimeIndex, width: int) -> str:
    first, last = f"{weeks[0]:%Y-%m-%d}", f"{weeks[-1]:%Y-%m-%d}"
    between = width - len(first) - len(last)
    return " " * _LEFT + (first + " " * between + last if between > 0 else last)


def _said(row: pd.Series, weeks: int) -> str:
    ends = f"95 % interval {100 * row['low']:.0f} to {100 * row['high']:.0f} %"
    newest = f"{row['kept']} of {row['n']} kept, {100 * row['share']:.0f} % ({ends})"
    return f"Each column covers {weeks} weeks. The newest: {newest}."
