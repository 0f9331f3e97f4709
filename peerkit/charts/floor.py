"""The chart of the floor: how sessions and minutes were shared between two peers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from peerkit.charts import words
from peerkit.charts.canvas import (
    DARK,
    INK,
    PALE,
    canvas,
    check_columns,
    counted,
    names_of,
    nothing,
    shortened,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@styled
def balance(table: pd.DataFrame, *, ax: Axes | None = None, title: str = "Who had the floor") -> Axes:
    """Draw sessions and minutes with the floor, each split between the two peers, in name order.

    The line in the middle is where both had as much.

    Args:
        table: From `measures.balance`, of one or two peers.
        ax: Where to draw; new axes when left out.
        title: Above the axes.
    """
    check_columns(table, ("peer", "sessions", "minutes"), "measures.balance")
    names = names_of(table)
    axes = canvas(ax, title=title, words=words.balance(table), height=1.7)
    axes.set_yticks([])
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    if table.empty or not table["sessions"].sum():
        return nothing(axes, "Nobody had the floor yet.")
    rows = table.set_index(table["peer"].astype(str)).loc[names]
    axes.set_xlim(0, 1)
    axes.set_ylim(1.95, -0.75)
    for place, column in enumerate(("sessions", "minutes")):
        _split(axes, place, [int(count) for count in rows[column]], column[:-1])
    for x, ha, name in zip((0, 1), ("left", "right"), names, strict=False):
        axes.text(x, -0.55, shortened(name), ha=ha, va="center", fontsize=8, fontweight="bold", color=INK)
    axes.plot([0.5, 0.5], [-0.45, 1.5], ":", color=INK, lw=1.4)
    axes.text(0.5, 1.75, "half each", ha="center", va="center", fontsize=7, color=INK)
    return axes


def _split(axes: Axes, place: int, counts: list[int], unit: str) -> None:
    total = sum(counts) or 1
    left = counts[0] / total
    axes.barh(place, left, 0.62, facecolor=DARK, edgecolor=DARK)
    axes.barh(place, 1 - left, 0.62, left=left, facecolor=PALE, edgecolor=DARK, hatch="//")
    sides = zip((0.012, 0.988), ("left", "right"), ("white", INK), counts, strict=False)
    for x, ha, colour, count in sides:
        paper = {"facecolor": DARK if colour == "white" else "white", "edgecolor": "none", "pad": 1.5}
        axes.text(x, place, counted(count, unit), ha=ha, va="center", fontsize=8, color=colour, bbox=paper)
