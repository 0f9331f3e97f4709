"""Charts of tables from `measures`, on Axes of their own; what each says, in words, for those who listen."""

from __future__ import annotations

import io
import warnings
from datetime import date, timedelta
from typing import TYPE_CHECKING

import matplotlib as mpl
import pandas as pd
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from peerkit.errors import PeerkitError
from peerkit.measures import FEW

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

# matplotlib obeys a `matplotlibrc` in the folder that it is loaded in: one that came with a workspace must not count.
if mpl.matplotlib_fname() == "matplotlibrc":
    mpl.rcdefaults()

# Two hues that stay apart in greyscale and for the colour-blind; markers and dashes say the same again.
_LINES = (("#1f4e79", "o", "-"), ("#b35c00", "s", "--"))
_INK = "#333333"


def follow_through(table: pd.DataFrame, *, ax: Axes | None = None, title: str = "Follow-through") -> Axes:
    """Draw shares over weeks with their 95 % interval, and return the axes.

    A filled marker stands for ten due commitments or more, a hollow one for fewer; a line and its band
    are drawn only between filled ones, for under ten there is no trend to see. The number of
    commitments of the newest row is written beside it.

    Args:
        table: From `measures.follow_through` with every="week", with or without a column `peer` of one
            or two peers.
        ax: Where to draw; a new Figure of 7 by 3 inches when left out. It is never shown or saved here.
        title: Above the axes, at the left.

    Raises:
        PeerkitError: If `table` has no column `week`, or more than two peers.
    """
    lines = _lines(table)
    axes = ax if ax is not None else Figure(figsize=(7, 3), layout="constrained").add_subplot()
    drawn: list[Line2D] = []
    for (_, rows), (colour, marker, dash) in zip(lines, _LINES, strict=False):
        enough = rows["n"] >= FEW
        solid = rows["share"].where(enough)
        axes.fill_between(
            rows["week"],
            rows["low"].where(enough),
            rows["high"].where(enough),
            color=colour,
            alpha=0.15,
            lw=0,
        )
        drawn += axes.plot(rows["week"], solid, dash, color=colour, lw=1.8, marker=marker, ms=4)
        few = rows[~enough]
        axes.plot(few["week"], few["share"], marker, mfc="white", mec=colour, ms=4, ls="none")
        _write_n(axes, rows, colour)
    _dress(axes, title, table)
    if len(lines) > 1:
        _name(axes, drawn, [name for name, _ in lines])
    return axes


def effort(table: pd.DataFrame, *, until: date, weeks: int = 8, ax: Axes | None = None) -> Axes:
    """Draw the answers to one question of the daily card, day by day, and return the axes.

    A dot stands for a day's answer. The line is the mean of the seven days up to each, drawn where three of
    them or more were answered.

    Args:
        table: From `daily.trend`, the rows of one question, in order of days.
        until: The last day that is drawn.
        weeks: How many weeks up to it are drawn.
        ax: Where to draw; a new Figure of 4.6 by 1.3 inches when left out. It is never shown or saved here.

    Raises:
        PeerkitError: If `table` has more than one question.
    """
    if table["question"].nunique() > 1:
        msg = "This table has several questions; the chart draws one. Draw each on axes of its own."
        raise PeerkitError(msg)
    # Placed by hand, so that the charts of several questions stand exactly below each other.
    axes = ax if ax is not None else Figure(figsize=(4.6, 1.3)).add_axes((0.075, 0.2, 0.88, 0.74))
    colour = _LINES[0][0]
    by_day = table.groupby("day")["effort"].mean()
    # Day by day, so that the line breaks where too little was answered.
    mean = by_day.asfreq("D").rolling(7, min_periods=3).mean()
    axes.plot(mean.index, mean, color=colour, lw=1.8)
    axes.plot(by_day.index, by_day, "o", color=colour, ms=4, alpha=0.55, mew=0, clip_on=False)
    first, step = until - timedelta(weeks=weeks), timedelta(weeks=-(-weeks // 4))
    days = [until - step * number for number in range(4)]
    axes.set_xlim(date2num(first), date2num(until + timedelta(days=1)))
    axes.set_xticks(
        [date2num(day) for day in days if day > first], [f"{day.day} {day:%b}" for day in days if day > first]
    )
    is_yes_no = bool((table["how"] == "yes-no").all()) and not table.empty
    axes.set_ylim(-0.4, 10.4)
    axes.set_yticks([0, 10], ["no", "yes"] if is_yes_no else ["0", "10"])
    _calm(axes)
    return axes


def describe(table: pd.DataFrame, *, weeks: int = 1) -> str:
    """Return in one or two sentences what `follow_through` draws: the text for those who do not see it.

    Args:
        table: The table that was drawn.
        weeks: How many weeks each row covers.
    """
    if table.empty:
        return "Follow-through: nothing was due yet, so there is nothing to show."
    over = f"over {weeks} weeks" if weeks > 1 else "in one week"
    parts = []
    for name, rows in _lines(table):
        last = rows.iloc[-1]
        whose = f"{name}: " if name else ""
        parts.append(
            f"{whose}{last['kept']} of {last['n']} due commitments kept {over} up to the week of"
            f" {last['week']:%Y-%m-%d}, {last['share']:.0%}, 95 % interval {last['low']:.0%} to {last['high']:.0%}"
        )
    few = " Under ten due commitments show no trend." if (table["n"] < FEW).any() else ""
    return f"Follow-through. {'; '.join(parts)}.{few}"


def svg(axes: Axes) -> str:
    """Return the figure of `axes` as SVG text, the same bytes for the same table."""
    figure = axes.get_figure(root=True)
    if figure is None:
        msg = "These axes belong to no figure. Draw on the axes that a chart returns."
        raise PeerkitError(msg)
    drawn = io.StringIO()
    # Text stays text, so that a reader can select it; the salt and the missing date make bytes repeat.
    with mpl.rc_context({"svg.hashsalt": "peerkit", "svg.fonttype": "none"}), warnings.catch_warnings():
        # Who shows the text brings the letters; matplotlib's own font need not have them.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(drawn, format="svg", metadata={"Date": None})
    return drawn.getvalue()


def _lines(table: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    if "week" not in table:
        msg = 'This table has no column week. Make it with follow_through(..., every="week").'
        raise PeerkitError(msg)
    if "peer" not in table:
        return [("", table)]
    names = sorted(table["peer"].unique())
    if len(names) > len(_LINES):
        msg = f"This table has {len(names)} peers; the chart draws at most two. Choose a pair first."
        raise PeerkitError(msg)
    return [(name, table[table["peer"] == name]) for name in names]


def _write_n(axes: Axes, rows: pd.DataFrame, colour: str) -> None:
    if rows.empty:
        return
    last = rows.iloc[-1]
    axes.annotate(
        f" n = {last['n']}",
        (last["week"], last["share"]),
        xytext=(4, 0),
        textcoords="offset points",
        va="center",
        parse_math=False,
        fontsize=8,
        color=colour,
        annotation_clip=False,
    )


def _name(axes: Axes, drawn: list[Line2D], names: list[str]) -> None:
    """Write the peers' names in the legend just as they are: no mathematics, and no name is hidden."""
    legend = axes.legend(drawn, ["peer"] * len(names), fontsize=8, frameon=False, loc="lower left")
    for text, name in zip(legend.get_texts(), names, strict=True):
        text.set_parse_math(False)
        text.set_text(name)


def _calm(axes: Axes) -> None:
    axes.tick_params(labelsize=8, colors=_INK)
    axes.grid(axis="y", color="#dddddd", lw=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)


def _dress(axes: Axes, title: str, table: pd.DataFrame) -> None:
    axes.set_title(title, loc="left", fontsize=10, color=_INK)
    axes.set_ylim(-0.02, 1.02)
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.set_ylabel("kept of what was due", fontsize=8, color=_INK)
    _calm(axes)
    if table.empty:
        axes.set_xticks([])
        axes.text(0.5, 0.5, "Nothing was due yet.", ha="center", transform=axes.transAxes, color=_INK)
        return
    locator = AutoDateLocator(minticks=3, maxticks=8)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    if table["week"].nunique() == 1:
        # One week alone would be drawn in the middle of years.
        axes.set_xlim(table["week"].min() - timedelta(days=14), table["week"].max() + timedelta(days=14))
    if (table["n"] < FEW).any():
        said = "hollow: under ten due, no trend"
        axes.text(1, 1.02, said, ha="right", va="bottom", transform=axes.transAxes, fontsize=7, color=_INK)
