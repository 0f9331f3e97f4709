"""Charts of what became of promises: session by session, day by day, and how the floor was shared."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.collections import PatchCollection
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator

from peerkit.charts import words
from peerkit.charts.canvas import (
    DARK,
    INK,
    PALE,
    SOFT,
    beside,
    canvas,
    check_columns,
    counted,
    note,
    nothing,
    styled,
)
from peerkit.charts.counts import BECAME

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# So many of the newest sessions are drawn side by side.
MOST_SESSIONS = 12
# From the foot of a column up. Each has a lightness and a hatch of its own.
_LOOKS: dict[str, dict[str, Any]] = {
    "kept": {"facecolor": DARK, "edgecolor": DARK},
    "partly": {"facecolor": "#8fb0cc", "edgecolor": DARK, "hatch": "////"},
    "not_kept": {"facecolor": "white", "edgecolor": DARK},
    "not_due": {"facecolor": "#ececec", "edgecolor": SOFT},
    "let_go": {"facecolor": "white", "edgecolor": SOFT, "hatch": "\\\\\\\\", "linestyle": "--"},
    "void": {"facecolor": "white", "edgecolor": SOFT, "hatch": "xxx", "linestyle": "--"},
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKS = 53


@styled
def waterfall(table: pd.DataFrame, *, ax: Axes | None = None, title: str = "From promised to kept") -> Axes:
    """Draw what was promised, falling step by step to what was kept.

    Of one row the steps stand side by side, each with its number. Of several, each session is a column
    as high as what was promised in it, with what was kept as its dark foot; the newest twelve are drawn.

    Args:
        table: From `charts.promised`, one row per session.
        ax: Where to draw; new axes when left out.
        title: Above the axes.
    """
    check_columns(table, ("promised", *BECAME), "charts.promised")
    axes = canvas(ax, title=title, words=words.waterfall(table))
    if table["promised"].sum() == 0:
        axes.set_yticks([])
        return nothing(axes, "Nothing was promised yet.")
    axes.set_ylabel("commitments", fontsize=8, color=INK)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    _steps(axes, table.iloc[0]) if len(table) == 1 else _columns(axes, table)
    return axes


@styled
def calendar(
    table: pd.DataFrame, *, as_of: date | str, ax: Axes | None = None, title: str = "What was due, and kept"
) -> Axes:
    """Draw the year up to a day: weeks side by side, Monday at the top; a square on each day with something due.

    A square is filled from below by the share that was kept: full, all; empty, none.

    Args:
        table: From `measures.follow_through` with by=["due_on"].
        as_of: The last day.
        ax: Where to draw; new axes when left out.
        title: Above the axes.
    """
    check_columns(table, ("due_on", "kept", "n", "share"), 'follow_through(..., by=["due_on"])')
    end = pd.Timestamp(as_of).normalize()
    begin = end - timedelta(days=end.weekday() + 7 * (_WEEKS - 1))
    days = table[(table["due_on"] >= begin) & (table["due_on"] <= end)]
    axes = canvas(ax, title=title, words=words.calendar(days, as_of=end), height=1.75)
    _lay_out(axes, begin, end)
    if days.empty:
        axes.text((_WEEKS - 1) / 2, 3, "Nothing was due in this year.", ha="center", va="center", color=INK)
        return axes
    since = (days["due_on"] - begin).dt.days
    places = list(zip(since // 7, since % 7, days["share"], strict=True))
    _squares(axes, places)
    note(axes, f"{days['kept'].sum()} kept of {days['n'].sum()} due, on {counted(len(days), 'day')}")
    return axes


def _steps(axes: Axes, row: pd.Series) -> None:
    total = int(row["promised"])
    left, names, place = total, ["promised"], 1
    axes.bar(0, total, 0.7, facecolor=PALE, edgecolor=DARK)
    beside(axes, str(total), (0, total), xytext=(0, 6), ha="center")
    for kind in reversed(BECAME):
        count = int(row[kind])
        if not count and kind != "kept":
            continue
        axes.bar(place, count, 0.7, bottom=left - count, **_LOOKS[kind])
        axes.plot([place - 0.65, place + 0.35], [left, left], color=SOFT, lw=0.8)
        beside(axes, str(count), (place, left), xytext=(0, 6), ha="center")
        left, place = left - count, place + 1
        names.append(BECAME[kind])
    axes.set_xticks(range(len(names)), names)
    axes.set_ylim(0, total * 1.12)
    axes.set_xlim(-0.6, max(len(names), 4) - 0.4)


def _columns(axes: Axes, table: pd.DataFrame) -> None:
    rows = table.tail(MOST_SESSIONS).reset_index(drop=True)
    foot = pd.Series(0, index=rows.index)
    for kind in BECAME:
        axes.bar(rows.index, rows[kind], 0.62, bottom=foot, lw=0.8, **_LOOKS[kind])
        foot = foot + rows[kind]
    for place, row in rows.iterrows():
        beside(
            axes,
            f"{row['kept']}/{row['promised']}",
            (place, row["promised"]),
            xytext=(0, 6),
            ha="center",
            fontsize=7,
        )
    axes.set_xticks(
        rows.index, [f"{day.day} {_MONTHS[day.month - 1]}" for day in rows["made_on"]], fontsize=7
    )
    axes.set_xlabel("kept/promised in the session of", fontsize=8, color=INK)
    axes.set_xlim(-0.6, max(len(rows), 4) - 0.4)
    axes.set_ylim(0, rows["promised"].max() * 1.15)
    shown = [kind for kind in BECAME if rows[kind].sum()]
    axes.legend(
        [Patch(**_LOOKS[kind]) for kind in shown],
        [BECAME[kind] for kind in shown],
        fontsize=7,
        loc="upper left",
        bbox_to_anchor=(1, 1),
        handleheight=1.1,
    )
    if len(table) > len(rows):
        note(axes, f"the newest {len(rows)} of {len(table)} sessions")


def _lay_out(axes: Axes, begin: pd.Timestamp, end: pd.Timestamp) -> None:
    axes.set_aspect("equal")
    axes.hlines(range(7), -0.4, _WEEKS - 0.6, color="#e4e4e4", lw=0.6, zorder=0)
    axes.set_xlim(-0.7, _WEEKS - 0.3)
    axes.set_ylim(8.6, -0.7)
    axes.set_yticks([0, 2, 4, 6], ["Mon", "Wed", "Fri", "Sun"], fontsize=7)
    axes.tick_params(length=0, pad=2)
    axes.spines["bottom"].set_visible(False)
    mondays = [begin + timedelta(days=7 * week) for week in range(_WEEKS)]
    starts = [(week, day) for week, day in enumerate(mondays) if day.day <= 7]
    axes.set_xticks([week for week, _ in starts], [_MONTHS[day.month - 1] for _, day in starts], fontsize=7)
    # The months stand under the days, and under them what the squares mean.
    axes.spines["bottom"].set_position(("data", 6.6))
    for place, share, said in ((0, 1, "all kept"), (8, 0.5, "some kept"), (17, 0, "none kept")):
        _squares(axes, [(place, 8.9, share)])
        axes.text(place + 1, 8.9, said, fontsize=7, va="center", color=INK)
    axes.text(_WEEKS - 0.5, 8.9, f"up to {end:%Y-%m-%d}", fontsize=7, ha="right", va="center", color=INK)


def _squares(axes: Axes, places: list[tuple[Any, Any, float]]) -> None:
    """Draw squares, filled from below by a share; the y axis points down."""
    side = 0.78
    frames = [Rectangle((x - side / 2, y - side / 2), side, side) for x, y, _ in places]
    fills = [
        Rectangle((x - side / 2, y + side / 2 - side * share), side, side * share) for x, y, share in places
    ]
    axes.add_collection(PatchCollection(fills, facecolor=DARK, edgecolor="none", clip_on=False))
    axes.add_collection(PatchCollection(frames, facecolor="none", edgecolor=DARK, lw=0.8, clip_on=False))
