"""The small chart of one question of the daily card."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.dates import date2num
from matplotlib.figure import Figure

from peerkit.charts import words
from peerkit.charts.canvas import DARK, canvas, styled
from peerkit.errors import PeerkitError

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@styled
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
    axes = canvas(axes, title="", words=words.effort(table, until=until, weeks=weeks))
    by_day = table.groupby("day")["effort"].mean()
    # Day by day, so that the line breaks where too little was answered.
    mean = by_day.asfreq("D").rolling(7, min_periods=3).mean()
    axes.plot(mean.index, mean, color=DARK, lw=1.8)
    axes.plot(by_day.index, by_day, "o", color=DARK, ms=4, alpha=0.55, mew=0, clip_on=False)
    first, step = until - timedelta(weeks=weeks), timedelta(weeks=-(-weeks // 4))
    days = [day for day in (until - step * number for number in range(4)) if day > first]
    axes.set_xlim(date2num(first), date2num(until + timedelta(days=1)))
    axes.set_xticks([date2num(day) for day in days], [f"{day.day} {day:%b}" for day in days])
    is_yes_no = bool((table["how"] == "yes-no").all()) and not table.empty
    axes.set_ylim(-0.4, 10.4)
    axes.set_yticks([0, 10], ["no", "yes"] if is_yes_no else ["0", "10"])
    axes.grid(axis="y", color="#dddddd", lw=0.6)
    return axes
