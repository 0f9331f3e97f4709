"""Charts over time: what was kept week by week, what renegotiation bought, and how understood each felt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from peerkit.charts import words
from peerkit.charts.canvas import (
    DARK,
    INK,
    LINES,
    MIDDLE,
    beside,
    canvas,
    check_columns,
    counted,
    day_axis,
    name_lines,
    names_of,
    note,
    nothing,
    share_axis,
    shortened,
    styled,
)
from peerkit.measures import FEW

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

_WEEKLY = 'follow_through(..., every="week")'
# Two notes at the right that would stand nearer than this, as a share, are pushed apart by so many points.
_NEAR, _APART = 0.07, 5


@styled
def follow_through(
    table: pd.DataFrame, *, ax: Axes | None = None, title: str = "Follow-through", weeks: int = 1
) -> Axes:
    """Draw shares over weeks with their 95 % interval, and return the axes.

    A filled marker stands for ten due commitments or more, a hollow one for fewer; a line and its band
    are drawn only between filled ones in weeks that follow each other, for under ten there is no trend to
    see, and in a week with nothing due there is nothing. The number of commitments of the newest row is
    written beside it.

    Args:
        table: From `measures.follow_through` with every="week", with or without a column `peer` of one
            or two peers.
        ax: Where to draw; a new Figure of 7 by 3 inches when left out. It is never shown or saved here.
        title: Above the axes, at the left.
        weeks: How many weeks each row covers; only told in words.

    Raises:
        PeerkitError: If `table` has no column `week`, or more than two peers.
    """
    check_columns(table, ("week",), _WEEKLY)
    names = names_of(table)
    axes = canvas(ax, title=title, words=words.follow_through(table, weeks=weeks))
    share_axis(axes, "kept of what was due")
    drawn, ends = [], []
    for name, look in zip(names, LINES, strict=False):
        rows = table[table["peer"].astype(str) == name] if name else table
        drawn.append(_trend(axes, rows, look))
        ends += [(" n = {n}", rows.iloc[-1], look[0])] if len(rows) else []
    _write_ends(axes, ends)
    if table.empty:
        return nothing(axes, "Nothing was due yet.")
    day_axis(axes, table["week"])
    if (table["n"] < FEW).any():
        note(axes, "hollow: under ten due, no trend")
    if len(names) > 1:
        name_lines(axes, drawn, [shortened(name) for name in names])
    return axes


@styled
def first_due(
    table: pd.DataFrame,
    first: pd.DataFrame,
    *,
    ax: Axes | None = None,
    title: str = "What moving dates in time bought",
    weeks: int = 1,
) -> Axes:
    """Draw what was kept by the date as re-agreed against what was kept by the date first promised.

    The hatched gap between the two lines is what renegotiation bought. Under ten there are hollow marks
    and no line, as in `follow_through`.

    Args:
        table: From `measures.follow_through` with every="week", peers not apart.
        first: From `measures.follow_through_first_due`, asked alike.
        ax: Where to draw; new axes when left out.
        title: Above the axes.
        weeks: How many weeks each row covers; only told in words.
    """
    for one in (table, first):
        check_columns(one, ("week",), _WEEKLY)
    axes = canvas(ax, title=title, words=words.first_due(table, first, weeks=weeks))
    share_axis(axes, "kept of what was due")
    if table.empty and first.empty:
        return nothing(axes, "Nothing was due yet.")
    _gap(axes, table, first)
    drawn = [_trend(axes, rows, look, band=False) for rows, look in zip((table, first), LINES, strict=True)]
    ends = [
        (" n = {n}", rows.iloc[-1], look[0])
        for rows, look in zip((table, first), LINES, strict=True)
        if len(rows)
    ]
    _write_ends(axes, ends)
    both = pd.concat([table, first])
    day_axis(axes, both["week"])
    if (both["n"] < FEW).any():
        note(axes, "hollow: under ten due, no trend")
    name_lines(axes, drawn, ["by the date as re-agreed", "by the date first promised"])
    return axes


@styled
def heard(table: pd.DataFrame, *, ax: Axes | None = None, title: str = "How understood each felt") -> Axes:
    """Draw heard, 0 to 10, session by session, with a ring and a wedge at each sign of rupture.

    Points of one peer are joined from ten sessions with a number on.

    Args:
        table: From `measures.heard`, of one or two peers.
        ax: Where to draw; new axes when left out.
        title: Above the axes.
    """
    check_columns(table, ("held_on", "heard", "is_rupture_sign"), "measures.heard")
    told = table[table["heard"].notna()]
    names = names_of(told)
    axes = canvas(ax, title=title, words=words.heard(table))
    axes.set_ylim(-0.5, 10.9)
    axes.set_yticks(range(0, 11, 2))
    axes.set_ylabel("heard, 0 to 10", fontsize=8, color=INK)
    axes.grid(axis="y", color="#dddddd", lw=0.6)
    if told.empty:
        return nothing(axes, "No session has a number for heard yet.")
    drawn = [
        _told(axes, told[told["peer"].astype(str) == name], look)
        for name, look in zip(names, LINES, strict=False)
    ]
    signs = told[told["is_rupture_sign"]]
    axes.plot(signs["held_on"], signs["heard"], "o", mfc="none", mec=INK, ms=10, mew=1.1, ls="none")
    for sign in signs.itertuples():
        beside(axes, "▼", (sign.held_on, sign.heard), INK, xytext=(0, 9), ha="center", fontsize=7)
    day_axis(axes, told["held_on"])
    name_lines(axes, drawn, [_with_sessions(told, name) for name in names])
    said = "▼ ring: 2 or more below that person's last four" if len(signs) else ""
    few = "under ten sessions: no line" if (told["peer"].astype(str).value_counts() < FEW).any() else ""
    note(axes, "; ".join(filter(None, (said, few))))
    return axes


def _every_week(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each week from the first to the last; one with nothing due is blank."""
    if rows.empty:
        return rows
    weeks = pd.date_range(rows["week"].min(), rows["week"].max(), freq="7D", unit="us")
    return rows.set_index("week").reindex(weeks).rename_axis("week").reset_index()


def _trend(axes: Axes, rows: pd.DataFrame, look: tuple[str, str, str], *, band: bool = True) -> Line2D:
    """Draw one line, broken where there is nothing or too little, and hollow marks for the latter."""
    colour, marker, dash = look
    rows = _every_week(rows)
    enough = rows["n"] >= FEW
    if band:
        low, high = rows["low"].where(enough), rows["high"].where(enough)
        axes.fill_between(rows["week"], low, high, color=colour, alpha=0.13, lw=0)
    # Hundreds of weeks would be a wall of marks.
    size = 4 if len(rows) <= 110 else 2
    [line] = axes.plot(
        rows["week"], rows["share"].where(enough), dash, color=colour, lw=1.8, marker=marker, ms=size
    )
    few = rows[(rows["n"] < FEW) & rows["share"].notna()]
    axes.plot(few["week"], few["share"], marker, mfc="white", mec=colour, ms=size, ls="none")
    return line


def _gap(axes: Axes, table: pd.DataFrame, first: pd.DataFrame) -> None:
    both = table[table["n"] >= FEW].merge(first[first["n"] >= FEW], on="week", suffixes=("", "_first"))
    both = _every_week(both)
    axes.fill_between(
        both["week"],
        both["share_first"],
        both["share"],
        facecolor="none",
        edgecolor=MIDDLE,
        hatch="////",
        lw=0,
    )


def _with_sessions(told: pd.DataFrame, name: str) -> str:
    return f"{shortened(name)}, {counted(int((told['peer'].astype(str) == name).sum()), 'session')}"


def _told(axes: Axes, rows: pd.DataFrame, look: tuple[str, str, str]) -> Line2D:
    colour, marker, dash = look
    [line] = axes.plot(
        rows["held_on"],
        rows["heard"],
        dash if len(rows) >= FEW else "",
        color=colour,
        lw=1.2,
        marker=marker,
        ms=4,
        mfc=colour if colour == DARK else "white",
    )
    return line


def _write_ends(axes: Axes, ends: list[tuple[str, pd.Series, str]]) -> None:
    """Write how many stand behind the newest points; where two are near each other, one above the other."""
    ends = sorted(ends, key=lambda end: end[1]["share"])
    is_near = len(ends) > 1 and ends[1][1]["share"] - ends[0][1]["share"] < _NEAR
    is_near = is_near and ends[0][1]["week"] == ends[1][1]["week"]
    for (said, row, colour), shift in zip(ends, (-_APART, _APART) if is_near else (0, 0), strict=False):
        beside(axes, said.format(n=row["n"]), (row["week"], row["share"]), colour, xytext=(4, shift))
