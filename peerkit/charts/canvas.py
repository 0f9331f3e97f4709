"""What every chart stands on: axes in peerkit's own style, small texts just as they are, and the figure as SVG."""

from __future__ import annotations

import io
import unicodedata
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec

import matplotlib as mpl
import pandas as pd
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from peerkit.errors import PeerkitError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

P = ParamSpec("P")

# Dark and middle, far apart in lightness and for the colour-blind; markers, dashes and hatches say the same again.
DARK, MIDDLE, PALE, PAPER = "#1f4e79", "#b35c00", "#c9d8e6", "#ffffff"
INK, SOFT = "#222222", "#8a8a8a"
# How the one or two peers, or the two ways of counting, are told apart.
LINES = ((DARK, "o", "-"), (MIDDLE, "s", "--"))
# A name is shown up to so many letters' width; the table beside a chart has the whole of it.
WIDTH = 24

# What a window or a machine is like is no matter of style, and is left as the person set it.
_THEIRS = {
    "backend", "backend_fallback", "interactive", "toolbar", "date.epoch", "docstring.hardcopy", "tk.window_focus",
    "figure.raise_window", "figure.max_open_warning", "savefig.directory",
}  # fmt: skip
_OWN = mpl.rc_params_from_file(Path(__file__).with_name("peerkit.mplstyle"), use_default_template=False)
_STYLE: Any = {
    name: value
    for name, value in {**mpl.rcParamsDefault, **_OWN}.items()
    if name not in _THEIRS and not name.startswith("webagg.")
}


def style() -> AbstractContextManager[None]:
    """Return the context in which charts are made and written: our settings inside, the person's own after it."""
    return mpl.rc_context(_STYLE)


def styled(chart: Callable[P, Axes]) -> Callable[P, Axes]:
    """Let a chart be drawn in peerkit's style."""

    @wraps(chart)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> Axes:
        with style():
            return chart(*args, **kwargs)

    return drawn


def canvas(ax: Axes | None, *, title: str, words: str, height: float = 3.0) -> Axes:
    """Return the axes to draw on, new ones of 7 inches' width unless some are given, with title and words.

    The words stay with the axes as their label: see `alt`.
    """
    axes = ax if ax is not None else Figure(figsize=(7, height), layout="constrained").add_subplot()
    axes.set_title(shortened(title, 90), loc="left", color=INK, fontsize=10)
    axes.set_label(words)
    axes.tick_params(labelsize=8, colors=INK)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    return axes


def alt(axes: Axes) -> str:
    """Return in sentences what a chart drew on these axes: the text for those who do not see it."""
    return str(axes.get_label())


def svg(axes: Axes) -> str:
    """Return the figure of `axes` as SVG text, the same bytes for the same table; its words are in it, too."""
    figure = axes.get_figure(root=True)
    if figure is None:
        msg = "These axes belong to no figure. Draw on the axes that a chart returns."
        raise PeerkitError(msg)
    drawn = io.StringIO()
    words = " ".join(alt(one) for one in figure.axes if alt(one))
    # Text stays text, so that a reader can select it; the salt of the style and the missing date make bytes repeat.
    with style(), warnings.catch_warnings():
        # Who shows the text brings the letters; matplotlib's own font need not have them.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(drawn, format="svg", metadata={"Date": None, "Description": words or None})
    return drawn.getvalue()


def note(axes: Axes, text: str) -> None:
    """Write a small remark above the axes, at the right."""
    axes.text(1, 1.02, text, ha="right", va="bottom", transform=axes.transAxes, fontsize=7, color=INK)


def nothing(axes: Axes, sentence: str) -> Axes:
    """Say in the middle of empty axes that there is nothing to draw."""
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.text(0.5, 0.5, sentence, ha="center", transform=axes.transAxes, color=INK)
    return axes


def beside(axes: Axes, text: str, at: tuple[Any, Any], colour: str = INK, **how: Any) -> Text:
    """Write a small text beside a point."""
    look = {"xytext": (4, 0), "textcoords": "offset points", "va": "center", "fontsize": 8, **how}
    return axes.annotate(text, at, color=colour, annotation_clip=False, **look)


def name_lines(axes: Axes, drawn: list[Any], names: list[str]) -> None:
    """Write what each line is below the axes, where it hides nothing: names just as they are, none left out."""
    legend = axes.legend(
        drawn,
        ["name"] * len(names),
        fontsize=8,
        loc="upper left",
        bbox_to_anchor=(0, -0.1),
        ncols=2,
        borderaxespad=0.8,
    )
    for text, name in zip(legend.get_texts(), names, strict=True):
        text.set_text(name)


def share_axis(axes: Axes, label: str) -> None:
    """Let the axis go from 0 to 100 %, with a name and thin lines."""
    # A mark at the very end is shown whole.
    axes.set_ylim(-0.04, 1.06)
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.set_ylabel(label, fontsize=8, color=INK)
    axes.grid(axis="y", color="#dddddd", lw=0.6)


def day_axis(axes: Axes, days: pd.Series) -> None:
    """Let the axis show days, and none far from those that are drawn."""
    locator = AutoDateLocator(minticks=3, maxticks=8)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    if days.nunique() == 1:
        # One day alone would be drawn in the middle of years.
        apart = pd.Timedelta(days=14)
        axes.set_xlim(days.min() - apart, days.max() + apart)


def shortened(name: str, width: int = WIDTH) -> str:
    """Return a name no wider than so many letters; what is cut off is shown as "…"."""
    plain = " ".join(str(name).split())
    total = 0
    for place, letter in enumerate(plain):
        total += 0 if unicodedata.combining(letter) else 1 + (unicodedata.east_asian_width(letter) in "WF")
        if total > width:
            # Not between a letter and what belongs to it, such as a sign's variant or a joined emoji.
            return plain[: place - 1].rstrip("\u200d\ufe0f ") + "…"
    return plain


def counted(number: int, thing: str) -> str:
    """Return a number with what it counts, as in "1 session" and "2 sessions"."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def names_of(table: pd.DataFrame, column: str = "peer") -> list[str]:
    """Return the one or two peers of a table in name order; one blank name where it holds none apart.

    Raises:
        PeerkitError: If there are more than two.
    """
    if column not in table:
        return [""]
    names = sorted(map(str, table[column].dropna().unique()))
    if len(names) > len(LINES):
        msg = f"This table has {len(names)} peers; the chart draws at most two. Choose a pair first."
        raise PeerkitError(msg)
    return names


def check_columns(table: pd.DataFrame, columns: tuple[str, ...], made_by: str) -> None:
    """Raise unless a table has the columns that a chart draws."""
    missing = [name for name in columns if name not in table]
    if missing:
        msg = f"This table has no column {', '.join(missing)}. Make it with {made_by}."
        raise PeerkitError(msg)
