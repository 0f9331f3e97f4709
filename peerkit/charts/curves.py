"""Charts of how sure and how soon: whether confidence was right, and how many days passed until kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator, PercentFormatter

from peerkit.charts import words
from peerkit.charts.canvas import (
    DARK,
    INK,
    LINES,
    SOFT,
    beside,
    canvas,
    check_columns,
    name_lines,
    names_of,
    note,
    nothing,
    share_axis,
    shortened,
    styled,
)
from peerkit.measures import FEW, FEW_IN_BIN

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D


@styled
def calibration(
    table: pd.DataFrame, *, ax: Axes | None = None, title: str = "As often right as sure?"
) -> Axes:
    """Draw the share kept against the confidence stated, a dot with its interval for each bin.

    On the diagonal peers keep as often as they say they will. A bin with fewer than five is hollow.

    Args:
        table: From `measures.reliability`, peers not apart.
        ax: Where to draw; new axes when left out.
        title: Above the axes.
    """
    check_columns(table, ("mean_confidence", "share", "low", "high", "n"), "measures.reliability")
    bins = table[table["n"] > 0]
    axes = canvas(ax, title=title, words=words.calibration(table), height=3.4)
    share_axis(axes, "kept of what was due")
    axes.set_ylim(-0.04, 1.14)
    axes.set_xlim(-0.02, 1.06)
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.set_xlabel("confidence stated when promised", fontsize=8, color=INK)
    if bins.empty:
        return nothing(axes, "Nothing with a confidence was due yet.")
    axes.plot([0, 1], [0, 1], ":", color=SOFT, lw=1.2)
    axes.text(
        0.06, 0.115, "as often as said", color="#555555", fontsize=7, rotation_mode="anchor", rotation=24
    )
    ends = [bins["share"] - bins["low"], bins["high"] - bins["share"]]
    axes.errorbar(
        bins["mean_confidence"], bins["share"], yerr=ends, fmt="none", ecolor=DARK, elinewidth=1.2, capsize=3
    )
    for is_few, fill in ((False, DARK), (True, "white")):
        rows = bins[(bins["n"] < FEW_IN_BIN) == is_few]
        axes.plot(rows["mean_confidence"], rows["share"], "o", ls="none", ms=7, mfc=fill, mec=DARK, zorder=3)
    for row in bins.itertuples():
        beside(axes, f"n = {row.n}", (row.mean_confidence, row.high), xytext=(0, 7), ha="center", fontsize=7)
    if (bins["n"] < FEW_IN_BIN).any():
        note(axes, "hollow: under five")
    return axes


@styled
def time_to_done(table: pd.DataFrame, *, ax: Axes | None = None, title: str = "How long until kept") -> Axes:
    """Draw the Kaplan-Meier curve of days from promised to kept, with its 95 % band; it rises as promises are kept.

    Under ten commitments there is no curve: hollow marks alone.

    Args:
        table: From `measures.time_to_done`, of all or by=["peer"] of one or two.
        ax: Where to draw; new axes when left out.
        title: Above the axes.
    """
    check_columns(table, ("days", "share_waiting", "n"), "measures.time_to_done")
    names = names_of(table)
    axes = canvas(ax, title=title, words=words.time_to_done(table))
    share_axis(axes, "kept by then")
    if table.empty:
        return nothing(axes, "Nothing was promised yet.")
    axes.set_xlabel("days since it was promised", fontsize=8, color=INK, loc="right")
    drawn, labels = [], []
    for name, look in zip(names, LINES, strict=False):
        rows = table[table["peer"].astype(str) == name] if name else table
        n = rows["n"].iloc[0]
        drawn.append(_curve(axes, rows, look, is_few=n < FEW))
        labels.append(f"{shortened(name)}, n = {n}" if name else f"n = {n}")
    # After the last one was kept the curve stays as it is.
    last = table.loc[table["kept"] > 0, "days"].max()
    axes.set_xlim(0, max(14, 1.15 * (0 if pd.isna(last) else last)))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    name_lines(axes, drawn, labels)
    if (table["n"] < FEW).any():
        note(axes, "hollow: under ten promised, no curve")
    return axes


def _curve(axes: Axes, rows: pd.DataFrame, look: tuple[str, str, str], *, is_few: bool) -> Line2D:
    colour, marker, dash = look
    if is_few:
        kept = rows[rows["kept"] > 0]
        [marks] = axes.plot(
            kept["days"], 1 - kept["share_waiting"], marker, mfc="white", mec=colour, ms=5, ls="none"
        )
        return marks
    # From the day it was promised, on which nothing is kept, at least until the first row.
    days = np.r_[0, rows["days"].to_numpy()]
    done, low, high = (np.r_[0.0, 1 - rows[name].to_numpy()] for name in ("share_waiting", "high", "low"))
    axes.fill_between(days, low, high, step="post", color=colour, alpha=0.15, lw=0)
    [line] = axes.step(days, done, dash, where="post", color=colour, lw=1.8)
    half = words.half_by(rows)
    if half is not None:
        reached = float(done[days == half][-1])
        axes.plot([half, half], [0, reached], ":", color=colour, lw=1.2)
        axes.plot([half], [reached], marker, color=colour, ms=5)
        day = f"half kept within {half} day{'s' if half != 1 else ''}"
        beside(axes, day, (half, 0), colour, xytext=(6, 8 if marker == "o" else 20))
    return line
