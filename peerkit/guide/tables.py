"""Small pieces of HTML that notebooks show: a table with a caption, and a chart with its words."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import pandas as pd

from peerkit import charts
from peerkit.status import kept_by_peer

_STYLE = """<style>
.peerkit-out { color: var(--jp-ui-font-color0, #111); font: 14px/1.5 var(--jp-ui-font-family, system-ui, sans-serif); max-width: 780px }
.peerkit-out table { border-collapse: collapse; margin: 0 0 12px }
.peerkit-out caption { text-align: left; color: var(--jp-ui-font-color1, #444); font-size: 12.5px; padding-bottom: 4px }
.peerkit-out th, .peerkit-out td { text-align: left; padding: 5px 16px 5px 0; border-bottom: 1px solid var(--jp-border-color1, #bdbdbd); vertical-align: top; overflow-wrap: anywhere }
.peerkit-out figure { margin: 0 0 12px; background: #fff; border-radius: 8px; padding: 6px }
.peerkit-out figure svg { width: 100%; height: auto; display: block }
</style>"""


def page(*parts: str) -> str:
    """Return parts as one piece of HTML in the theme's colours."""
    return f'{_STYLE}<div class="peerkit-out">{"".join(parts)}</div>'


def paragraph(text: str) -> str:
    """Return a text as a paragraph; nothing in it is markup."""
    return f'<p dir="auto">{html.escape(text)}</p>'


def table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table whose cells are plain text, with a caption and header cells for screen readers."""
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in columns)
    body = "".join(
        "<tr>" + "".join(f'<td dir="auto">{html.escape(str(cell))}</td>' for cell in row) + "</tr>"
        for row in rows
    )
    return f"<table><caption>{html.escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def said(value: Any) -> str:
    """Return a cell as text: days as such, fractions with two digits, nothing for a blank."""
    if pd.isna(value):
        return ""
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def drawing(shares: pd.DataFrame, *, weeks: int) -> tuple[str, str]:
    """Return the chart of follow-through by week as SVG, and what it shows in words."""
    title = f"Kept of what was due, over {weeks} week{'s' if weeks > 1 else ''} each"
    drawn = charts.svg(charts.follow_through(shares, title=title))
    return drawn[drawn.index("<svg") :], charts.describe(shares, weeks=weeks)


def figure(shares: pd.DataFrame, *, weeks: int) -> str:
    """Return the chart of follow-through by week, with what it shows in words below it."""
    return framed(*drawing(shares, weeks=weeks))


def framed(svg: str, words: str) -> str:
    """Return a drawing, with what it shows in words below it."""
    drawn = svg[svg.index("<svg") :]
    return f'<figure role="img" aria-label="{html.escape(words)}">{drawn}</figure>{paragraph(words)}'


def by_peer(commitments: pd.DataFrame, *, as_of: date) -> str:
    """Return follow-through per peer, in name order, with n and interval."""
    rows = kept_by_peer(commitments, as_of=as_of)
    if not rows:
        return paragraph("Nothing was due yet.")
    told = ((row["peer"], f"{row['kept']} of {row['n']}", row["said"]) for row in rows)
    return table(f"All that was due by {as_of}", ("peer", "kept of due", "share, 95 % interval"), told)
