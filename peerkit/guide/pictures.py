"""The charts of the notebook follow-through, in their order: how each is drawn, what it says, and what it does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

import pandas as pd

from peerkit import charts, measures, tendencies
from peerkit.guide.tables import said
from peerkit.schema import Row

# A table on the page is of so many rows at most, the newest; what is copied is whole.
MOST_ROWS = 60


@dataclass(frozen=True)
class Asked:
    """What is drawn: commitments and sessions as they stood on a day, and what was chosen.

    `commitments` are those of one peer where one was chosen, and `peer` is that peer's name; `by` keeps the two
    apart where each was asked for.
    """

    commitments: pd.DataFrame
    sessions: pd.DataFrame
    day: date
    weeks: int
    group: str
    by: list[str]
    peer: str = ""


Drawing: TypeAlias = tuple[Any, pd.DataFrame, str]


@dataclass(frozen=True)
class Picture:
    """One chart: its heading, what it does not say, and how it is drawn: axes or None, table, a sentence.

    `uses` are the choices beside the day that change it; "each" is the choice that keeps the peers apart.
    """

    title: str
    unsaid: str
    draw: Callable[[Asked], Drawing]
    uses: tuple[str, ...] = ("peer",)


def _shares(asked: Asked, measure: Any, by: list[str]) -> pd.DataFrame:
    rows: pd.DataFrame = measure(asked.commitments, as_of=asked.day, by=by, every="week", rolling=asked.weeks)
    return rows


def _drawn(axes: Any, table: pd.DataFrame) -> Drawing:
    return axes, table, charts.alt(axes)


def _follow_through(asked: Asked) -> Drawing:
    table = _shares(asked, measures.follow_through, asked.by)
    title = f"Over {asked.weeks} week{'s' if asked.weeks > 1 else ''} each"
    return _drawn(charts.follow_through(table, title=title, weeks=asked.weeks), table)


def _first_due(asked: Asked) -> Drawing:
    table = _shares(asked, measures.follow_through, [])
    first = _shares(asked, measures.follow_through_first_due, [])
    both = table.merge(first, on="week", how="outer", suffixes=("", "_first_due"))
    return _drawn(charts.first_due(table, first, title="", weeks=asked.weeks), both)


def _waterfall(asked: Asked) -> Drawing:
    table = charts.promised(asked.commitments, as_of=asked.day)
    return _drawn(charts.waterfall(table, title=""), table.drop(columns="session_id"))


def _calendar(asked: Asked) -> Drawing:
    table = measures.follow_through(asked.commitments, as_of=asked.day, by=["due_on"])
    return _drawn(charts.calendar(table, as_of=asked.day, title=""), table)


def _time_to_done(asked: Asked) -> Drawing:
    table = measures.time_to_done(asked.commitments, as_of=asked.day, by=asked.by)
    return _drawn(charts.time_to_done(table, title=""), table)


def _calibration(asked: Asked) -> Drawing:
    table = measures.reliability(asked.commitments, as_of=asked.day)
    bins = table[table["n"] > 0]
    axes = charts.calibration(table, title="")
    return axes, table, charts.words.is_right(bins) if len(bins) else charts.alt(axes)


def _load(asked: Asked) -> Drawing:
    table = measures.follow_through_by_load(asked.commitments, as_of=asked.day)
    return _compared(charts.load(table, title=""), table)


def _by_group(asked: Asked) -> Drawing:
    group = asked.group
    has_plan = asked.commitments["if_then"].notna().map({True: "with a plan", False: "without"})
    plans = asked.commitments.assign(plan=has_plan.astype("str"))
    table = measures.follow_through(plans, as_of=asked.day, by=[group])
    return _compared(charts.by_group(table, group=group), table)


def _compared(axes: Any, table: pd.DataFrame) -> Drawing:
    return axes, table, charts.words.are_apart(table) if len(table) else charts.alt(axes)


def _heard(asked: Asked) -> Drawing:
    table = measures.heard(asked.sessions, as_of=asked.day)
    if asked.peer:
        table = table[table["peer"].astype(str) == asked.peer]
    return _drawn(charts.heard(table, title=""), table.drop(columns="session_id"))


def _balance(asked: Asked) -> Drawing:
    table = measures.balance(asked.sessions, as_of=asked.day)
    return _drawn(charts.balance(table, title=""), table)


def _tendencies(asked: Asked) -> Drawing:
    table = tendencies.tendencies(asked.commitments, as_of=asked.day)
    n = len(table)
    told = f"{n} ways of promising have {tendencies.ENOUGH} or more due." if n else tendencies.NOTHING
    return None, table, told


PICTURES = {
    "follow_through": Picture(
        "Follow-through over time",
        "Why it rose or fell; the band holds what another such stretch could well have brought.",
        _follow_through,
        ("peer", "each", "weeks"),
    ),
    "first_due": Picture(
        "As re-agreed, and as first promised",
        "Whether moving a date was right; a date moved in time is part of the method.",
        _first_due,
        ("peer", "weeks"),
    ),
    "waterfall": Picture(
        "From promised to kept, session by session",
        "How much each promise weighed: a large one and a small one are one each.",
        _waterfall,
    ),
    "calendar": Picture(
        "The year, day by day",
        "On which day something was done; each stands on the day it was due.",
        _calendar,
    ),
    "time_to_done": Picture(
        "How long until kept",
        "How long the work took; only how long it was until it was told as kept.",
        _time_to_done,
        ("peer", "each"),
    ),
    "calibration": Picture(
        "As often right as sure?",
        "Whether being surer helps to keep a promise.",
        _calibration,
    ),
    "by_group": Picture(
        "Side by side",
        "What would have become of the same promise in another row.",
        _by_group,
        ("peer", "group"),
    ),
    "load": Picture(
        "By how much was promised at once",
        "Whether fewer promises would have been kept better; busy weeks may differ in much else.",
        _load,
    ),
    "heard": Picture(
        "How understood each felt",
        "What happened in a session; a sign is a reason to ask, and two people's scales are not one.",
        _heard,
    ),
    "balance": Picture(
        "Who had the floor",
        "Who talked: minutes are those that the template plans.",
        _balance,
        (),
    ),
    "tendencies": Picture("What tends to work for you", tendencies.CAVEAT, _tendencies),
}


def shown(name: str, asked: Asked) -> Row:
    """Return what the browser shows of a chart: SVG, sentences, and its table to read and to copy."""
    picture = PICTURES[name]
    axes, table, told = picture.draw(asked)
    cells = [[said(value) for value in row] for row in table.itertuples(index=False, name=None)]
    columns = [str(column) for column in table.columns]
    return {
        "name": name,
        "svg": _bare(charts.svg(axes)) if axes is not None else "",
        "alt": charts.alt(axes) if axes is not None else "",
        "lines": table["said"].to_list() if axes is None else [],
        "says": told,
        "unsaid": picture.unsaid,
        "columns": columns,
        "rows": cells[-MOST_ROWS:],
        "left_out": max(0, len(cells) - MOST_ROWS),
        "csv": table.map(_safe).to_csv(
            index=False, lineterminator="\n", float_format="%.4f", date_format="%Y-%m-%d"
        ),
        "text": f"{picture.title}, as of {asked.day}\n{told}\n\n"
        + pd.DataFrame(cells, columns=columns).to_string(index=False),
    }


def _bare(svg: str) -> str:
    return svg[svg.index("<svg") :]


def _safe(cell: Any) -> Any:
    """Return a cell that a spreadsheet takes for a text, where it is one, and never for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@")) else cell
