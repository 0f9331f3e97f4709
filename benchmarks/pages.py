"""A session's content for other makers of PDF: the same words, tables and chart as HTML and as a notebook."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any

from matplotlib.figure import Figure

from peerkit import charts, sessions
from peerkit.summary import summary, trend
from peerkit.templates import template
from peerkit.workspace import Workspace

# Plain, and like the summary's own page: A4, one sans-serif font, thin rules.
STYLE = """
@page { size: A4; margin: 17mm 20mm 18mm; @bottom-right { content: counter(page) " / " counter(pages) } }
body { font: 9.5pt "DejaVu Sans", sans-serif } p { margin: 3pt 0 }
h1 { font-size: 18pt; margin: 0 } h1, h2 { color: #1f4e79 } h2 { font-size: 11pt; margin: 9pt 0 3pt; break-after: avoid }
table { width: 100%; border-collapse: collapse } td, th { border-bottom: 0.5pt solid #ccc; text-align: left; padding: 3pt }
svg { width: 100%; height: auto }
"""


@dataclass(frozen=True)
class Part:
    """A heading with what stands under it: lines of (label, text), or a table whose first row is its head."""

    heading: str
    lines: list[tuple[str, str]]
    table: list[list[str]]


def parts(workspace: Workspace, session_id: str) -> tuple[list[Part], str]:
    """Return what a session's summary says, part by part, and its chart as SVG."""
    journal = workspace.open_journal()
    session = sessions.session(journal, session_id)
    said = summary(journal, session, template(session.template, folder=workspace.templates))
    table = trend(journal, date.fromisoformat(said["as_of"]))
    axes = Figure(figsize=(7, 2.4)).add_axes((0.09, 0.14, 0.83, 0.74))
    chart = charts.svg(charts.follow_through(table, ax=axes, title="Kept of what was due, over 8 weeks each"))
    top = [("Pair", said["pair"]), ("Minutes", str(said["minutes"]))]
    top += [(role["role"], role["peer"]) for role in said["roles"]]
    made = [Part(f"{said['title']}, {said['held_on']}", top, [])]
    made += [Part(phase["title"], _answers(phase), []) for phase in said["phases"] if phase["answers"]]
    made += [Part("What became of earlier promises", [], _commitments(said["settled"]))]
    made += [Part("Promised in this session", [], _commitments(said["promised"]))]
    made += [Part("Notes", [("", note) for note in said["notes"]], [])]
    made += [Part("Next session", [("", " ".join(str(value) for value in said["next"].values()))], [])]
    made += [Part("Follow-through", [], _numbers(said["numbers"]))]
    return made, chart


def as_html(content: list[Part], chart: str) -> str:
    """Return one plain page of HTML without its style, the chart at its end."""
    body = "".join(_html(part, level=1 if part is content[0] else 2) for part in content)
    title = escape(content[0].heading)
    figure = chart[chart.index("<svg") :]
    return f'<!DOCTYPE html><html lang="en"><head><title>{title}</title></head><body>{body}{figure}</body></html>'


def as_notebook(content: list[Part], chart: str) -> dict[str, Any]:
    """Return a notebook in nbformat 4.5: a Markdown cell per part, and a code cell whose output is the chart."""
    cells: list[dict[str, Any]] = [
        {
            "cell_type": "markdown",
            "id": f"part-{number}",
            "metadata": {},
            "source": _markdown(part, level=1 + (number > 0)),
        }
        for number, part in enumerate(content)
    ]
    output = {"output_type": "display_data", "data": {"image/svg+xml": chart}, "metadata": {}}
    cells.append(
        {
            "cell_type": "code",
            "id": "chart",
            "metadata": {},
            "source": "",
            "execution_count": 1,
            "outputs": [output],
        }
    )
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def _answers(phase: dict[str, Any]) -> list[tuple[str, str]]:
    """Return each prompt with what the peers answered to it, in one line."""
    made: dict[str, list[str]] = {}
    for answer in phase["answers"]:
        value = answer["value"]
        shown = "; ".join(map(str, value)) if isinstance(value, list) else str(value)
        made.setdefault(answer["prompt"], []).append(f"{answer['peer']}: {shown}")
    return [(prompt, " · ".join(said)) for prompt, said in made.items()]


def _commitments(rows: list[dict[str, Any]]) -> list[list[str]]:
    more = ("first_step", "if_then", "evidence", "accountability", "reason")
    shown = [
        [
            row["peer"],
            "; ".join([row["text"], *(row[name] for name in more if row[name])]),
            row["latest_due_on"] or "no date",
            row["outcome"],
        ]
        for row in rows
    ]
    return [["Who", "What", "Due", "Outcome"], *shown]


def _numbers(rows: list[dict[str, Any]]) -> list[list[str]]:
    shown = [
        [
            row["peer"],
            f"{row['kept']} of {row['n']}",
            f"{row['share']:.0%} ({row['low']:.0%} to {row['high']:.0%})",
            str(row["open"]),
        ]
        for row in rows
    ]
    return [["Peer", "Kept of due", "Share, 95 % interval", "Open now"], *shown]


def _html(part: Part, *, level: int) -> str:
    lines = "".join(f"<p><strong>{escape(label)}</strong> {escape(text)}</p>" for label, text in part.lines)
    rows = ["".join(f"<td>{escape(cell)}</td>" for cell in row) for row in part.table]
    table = f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>" if rows else ""
    return f"<h{level}>{escape(part.heading)}</h{level}>{lines}{table}"


def _markdown(part: Part, *, level: int) -> str:
    lines = [f"**{label}** {text}\n" if label else f"{text}\n" for label, text in part.lines]
    rows = [f"| {' | '.join(row)} |" for row in part.table]
    rows[1:1] = ["| --- " * len(part.table[0]) + "|"] if rows else []
    return "\n".join([f"{'#' * level} {part.heading}\n", *lines, *rows])
