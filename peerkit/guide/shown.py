"""A table or a chart as a notebook shows it: with a caption, in the theme's colours, no wider than the page."""

from __future__ import annotations

import html
from typing import Any

import pandas as pd

from peerkit import charts
from peerkit.guide import tables
from peerkit.guide.browser import Shown

# JupyterLab's one-letter shortcuts must not act on cells while a table that scrolls has the focus.
_SCROLLING = 'role="region" tabindex="0" data-lm-suppress-shortcuts="true" style="overflow-x: auto"'


def table(frame: pd.DataFrame, *, caption: str) -> Any:
    """Return a frame as a table whose cells are plain text; its index is left out.

    Args:
        frame: Any frame with named columns; days are shown as such, blanks stay blank.
        caption: What it holds, in a few words; also its name for screen readers.
    """
    rows = [[tables.said(value) for value in row] for row in frame.itertuples(index=False, name=None)]
    made = tables.table(caption, [str(name) for name in frame.columns], rows)
    shown = f'<div {_SCROLLING} aria-label="{html.escape(caption)}">{made}</div>'
    return Shown(tables.page(shown))


def chart(shares: pd.DataFrame, *, weeks: int) -> Any:
    """Return the chart of follow-through by week, with what it shows in words.

    Args:
        shares: From `follow_through(..., every="week", rolling=weeks)`.
        weeks: How many weeks each row covers.
    """
    return Shown(tables.page(tables.figure(shares, weeks=weeks)))


def picture(axes: Any) -> Any:
    """Return any chart, with what it shows in words.

    Args:
        axes: What a function of `charts` has returned.
    """
    return Shown(tables.page(tables.framed(charts.svg(axes), charts.alt(axes))))
