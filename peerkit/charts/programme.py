"""Charts over the pairs of a programme: how many kept how much, and where the middle half lies over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from peerkit.charts import words
from peerkit.charts.canvas import (
    DARK,
    INK,
    SOFT,
    beside,
    canvas,
    check_columns,
    day_axis,
    note,
    nothing,
    share_axis,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Where pairs with under ten due stand: apart from the tenths, at their left.
_APART = -1.6


@styled
def spread(
    table: pd.DataFrame,
    *,
    ax: Axes | None = None,
    title: str = "How many pairs kept how much of what was due",
) -> Axes:
    """Draw how many pairs kept how much, in tenths; what is not shown is a hatched stub with a question mark.

    Pairs with under ten due stand apart at the left, as a hollow bar.

    Args:
        table: From `lake.spread`.
        ax: Where to draw; new axes when left out.
        title: Above the axes.
    """
    check_columns(table, ("from", "to", "pairs", "is_suppressed"), "lake.spread")
    axes = canvas(ax, title=title, words=words.spread(table))
    axes.set_yticks([])
    pairs, hidden = table["pairs"].fillna(0).astype("int64"), table["is_suppressed"]
    if not pairs.sum() and not hidden.any():
        return nothing(axes, "No pair had anything due yet.")
    places, is_apart = (table["from"] * 10 + 0.5).fillna(_APART), table["from"].isna()
    most = max(1.0, float(pairs.max()))
    axes.bar(places[~is_apart], pairs[~is_apart], width=0.86, color=DARK)
    axes.bar(places[is_apart], pairs[is_apart], width=0.86, facecolor="white", edgecolor=DARK)
    axes.bar(places[hidden], most * 0.06, width=0.86, facecolor="white", edgecolor=SOFT, hatch="////", lw=0.6)
    for place, number, is_hidden in zip(places, pairs, hidden, strict=True):
        if number or is_hidden:
            at = (place, most * 0.06 if is_hidden else number)
            beside(axes, "?" if is_hidden else str(number), at, xytext=(0, 2), ha="center", va="bottom")
    axes.set_xticks([_APART, *range(11)], ["under ten\ndue", *(f"{tenth * 10} %" for tenth in range(11))])
    axes.set_xlim(_APART - 0.8, 10.3)
    axes.set_ylim(0, most * 1.14)
    axes.set_xlabel("kept of what was due", fontsize=8, color=INK)
    axes.set_ylabel("pairs", fontsize=8, color=INK)
    if hidden.any():
        note(axes, "hatched: not shown, so that no few pairs can be told")
    return axes


@styled
def over_pairs(table: pd.DataFrame, *, value: str, ax: Axes | None = None, title: str = "") -> Axes:
    """Draw the median over pairs and the band of their middle half, week by week or month by month.

    Where too few pairs stand behind a number there is a gap.

    Args:
        table: From `lake.over_pairs`.
        value: Its value: "share", or "heard".
        ax: Where to draw; new axes when left out.
        title: Above the axes; made from `value` when left out.
    """
    check_columns(table, ("pairs", "middle", "low", "high"), "lake.over_pairs")
    period = "week" if "week" in table else "month"
    what = "kept of what was due" if value == "share" else f"{value.replace('_', ' ')}, 0 to 10"
    said = words.over_pairs(table, value=value)
    axes = canvas(ax, title=title or f"{what.capitalize()}, over pairs", words=said)
    if value == "share":
        share_axis(axes, what)
    else:
        axes.set_ylim(-0.4, 10.6)
        axes.set_ylabel(what, fontsize=8, color=INK)
        axes.grid(axis="y", color="#dddddd", lw=0.6)
    if table["middle"].isna().all():
        return nothing(axes, "Too few pairs in every period.")
    rows = _every_period(table, period)
    axes.fill_between(rows[period], rows["low"], rows["high"], color=DARK, alpha=0.16, lw=0)
    for end in ("low", "high"):
        axes.plot(rows[period], rows[end], ":", color=DARK, lw=0.9)
    axes.plot(rows[period], rows["middle"], "-", color=DARK, lw=1.8, marker="o", ms=2.5)
    known = rows[rows["middle"].notna()]
    last = known.iloc[-1]
    beside(axes, f" {last['pairs']} pairs", (last[period], last["middle"]), DARK)
    day_axis(axes, known[period])
    note(axes, "line: the middle pair; band: the middle half; a gap: too few pairs")
    return axes


def _every_period(table: pd.DataFrame, period: str) -> pd.DataFrame:
    """Return a row for each period from the first to the last, so that no line crosses one that is not there."""
    first, last = table[period].min(), table[period].max()
    every = pd.date_range(first, last, freq="7D" if period == "week" else "MS", unit="us")
    return table.set_index(period).reindex(every).rename_axis(period).reset_index()
