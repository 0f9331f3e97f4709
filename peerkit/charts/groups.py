"""Charts of shares side by side: one dot with its interval for each group, and for each load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.ticker import PercentFormatter

from peerkit.charts import words
from peerkit.charts.canvas import (
    DARK,
    INK,
    canvas,
    check_columns,
    note,
    nothing,
    share_axis,
    shortened,
    styled,
)
from peerkit.measures import FEW

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# So many groups are drawn at most: those with most due. Their order is that of their names.
MOST = 12
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@styled
def by_group(table: pd.DataFrame, *, group: str, ax: Axes | None = None, title: str = "") -> Axes:
    """Draw one dot for each group, with its 95 % interval and n, in name order.

    Args:
        table: From `measures.follow_through` with by=[group], such as "area" or "accountability".
        group: The column that holds the groups' names.
        ax: Where to draw; new axes, as high as the groups need, when left out.
        title: Above the axes; made from `group` when left out.
    """
    check_columns(table, (group, "share", "low", "high", "n"), f'follow_through(..., by=["{group}"])')
    known = table[table[group].notna()]
    drawn = known.loc[known["n"].nlargest(MOST).index.sort_values()].reset_index(drop=True)
    said = words.by_group(table, group=group)
    title = title or f"Kept of what was due, by {group.replace('_', ' ')}"
    axes = canvas(ax, title=title, words=said, height=max(1.6, 0.9 + 0.27 * len(drawn)))
    axes.set_xlim(-0.02, 1.02)
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.set_yticks([])
    if drawn.empty:
        return nothing(axes, "Nothing was due yet.")
    axes.set_xlabel("kept of what was due, 95 % interval", fontsize=8, color=INK)
    axes.grid(axis="x", color="#dddddd", lw=0.6)
    _dots(axes, drawn["share"], range(len(drawn)), drawn, across=True)
    axes.set_ylim(len(drawn) - 0.4, -0.6)
    for place, row in drawn.iterrows():
        _at_the_side(axes, place, shortened(name_of(row[group], group)), x=-0.01, ha="right")
        _at_the_side(axes, place, f"{row['kept']} of {row['n']}", x=1.01, ha="left")
    left_out = f"the {len(drawn)} with most due of {len(known)}" if len(known) > len(drawn) else ""
    few = "hollow: under ten due" if (drawn["n"] < FEW).any() else ""
    note(axes, "; ".join(filter(None, (left_out, few))))
    return axes


@styled
def load(
    table: pd.DataFrame, *, ax: Axes | None = None, title: str = "Kept, by how much was promised at once"
) -> Axes:
    """Draw follow-through by load, the number of promises that a session saw, with intervals and n.

    Args:
        table: From `measures.follow_through_by_load`, peers not apart.
        ax: Where to draw; new axes when left out.
        title: Above the axes.
    """
    check_columns(table, ("load", "share", "low", "high", "n"), "measures.follow_through_by_load")
    axes = canvas(ax, title=title, words=words.load(table))
    share_axis(axes, "kept of what was due")
    if table.empty:
        return nothing(axes, "Nothing that was promised in a session was due yet.")
    places = range(len(table))
    _dots(axes, places, table["share"], table, across=False)
    few = len(table) <= MOST
    loads = zip(table["load"], table["n"], strict=True)
    axes.set_xticks(places, [f"{load}\nn = {n}" if few else str(load) for load, n in loads])
    axes.set_xlim(-0.7, len(table) - 0.3)
    axes.set_xlabel("promises made in one session, by both", fontsize=8, color=INK)
    if (table["n"] < FEW).any():
        note(axes, "hollow: under ten due")
    return axes


def name_of(value: Any, group: str) -> str:
    """Return what a group is called: a weekday by its name, a plan or none in words."""
    if group == "weekday":
        return _DAYS[int(value) - 1]
    return str(value)


def _dots(axes: Axes, x: Any, y: Any, rows: pd.DataFrame, *, across: bool) -> None:
    """Draw dots with intervals, hollow ones where n is small."""
    ends = [rows["share"] - rows["low"], rows["high"] - rows["share"]]
    xerr, yerr = (ends, None) if across else (None, ends)
    axes.errorbar(x, y, xerr=xerr, yerr=yerr, fmt="none", ecolor=DARK, elinewidth=1.2, capsize=3)
    for is_few, fill in ((False, DARK), (True, "white")):
        chosen = [place for place, n in enumerate(rows["n"]) if (n < FEW) == is_few]
        axes.plot(
            [list(x)[i] for i in chosen],
            [list(y)[i] for i in chosen],
            "o",
            ls="none",
            ms=7,
            mfc=fill,
            mec=DARK,
            zorder=3,
        )


def _at_the_side(axes: Axes, place: Any, text: str, *, x: float, ha: str) -> None:
    axes.text(x, place, text, transform=axes.get_yaxis_transform(), ha=ha, va="center", fontsize=8, color=INK)
