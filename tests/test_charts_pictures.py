"""Charts as they look, beside pictures that somebody has looked at: at no, one, a few, a year's and very many rows.

After a change that is meant: pytest tests/test_charts_pictures.py --mpl-generate-path=tests/expected/charts,
and look at each picture again, also without its colours.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from charted import AS_OF, SIZES, met, spread, year
from matplotlib.figure import Figure

from peerkit import charts, lake, measures

# Letters without hinting, which differs between machines; the font is the one that matplotlib brings.
STYLE = [Path(charts.__file__).with_name("peerkit.mplstyle"), {"text.hinting": "none"}]
ON = {"as_of": AS_OF}
NONE_AND_A_YEAR = (0, 150)


def compared(test):
    """Compare the figure that a test returns with the stored picture of its name."""
    # A dot that is hollow and should not be changes these pictures by 4 or more, rounding by far less than 2.
    return pytest.mark.mpl_image_compare(
        baseline_dir="expected/charts",
        filename=f"{test.__name__.removeprefix('test_')}.png",
        style=STYLE,
        savefig_kwargs={"dpi": 45},
        tolerance=2,
        deterministic=True,
    )(test)


def sheet(sizes, draw, *, height=3.0):
    """Return one figure with the chart at each size, one below the other."""
    figure = Figure(figsize=(7, height * len(sizes)), layout="constrained")
    for axes, n in zip(figure.subplots(len(sizes), squeeze=False).flat, sizes, strict=True):
        assert draw(n, axes) is axes
    return figure


@compared
def test_follow_through():
    def draw(n, ax):
        table = measures.follow_through(year(n), **ON, every="week", rolling=8)
        return charts.follow_through(table, ax=ax, weeks=8, title=f"n = {n}")

    return sheet(SIZES, draw)


@compared
def test_calibration():
    return sheet(SIZES, lambda n, ax: charts.calibration(measures.reliability(year(n), **ON), ax=ax))


@compared
def test_by_group():
    def draw(n, ax):
        table = measures.follow_through(year(n), **ON, by=["accountability"])
        return charts.by_group(table, group="accountability", ax=ax)

    return sheet(SIZES, draw, height=1.7)


@compared
def test_calendar():
    def draw(n, ax):
        return charts.calendar(measures.follow_through(year(n), **ON, by=["due_on"]), **ON, ax=ax)

    return sheet(SIZES, draw, height=1.75)


@compared
def test_follow_through_of_each():
    table = measures.follow_through(year(300), **ON, by=["peer"], every="week", rolling=8)
    return charts.follow_through(table, weeks=8).figure


@compared
def test_first_due():
    def draw(n, ax):
        weekly = {**ON, "every": "week", "rolling": 8}
        tables = (
            kind(year(n), **weekly) for kind in (measures.follow_through, measures.follow_through_first_due)
        )
        return charts.first_due(*tables, ax=ax, weeks=8)

    return sheet(NONE_AND_A_YEAR, draw)


@compared
def test_waterfall():
    return sheet(NONE_AND_A_YEAR, lambda n, ax: charts.waterfall(charts.promised(year(n), **ON), ax=ax))


@compared
def test_waterfall_of_one():
    table = charts.promised(year(150).assign(session_id="one"), **ON)
    return charts.waterfall(table).figure


@compared
def test_time_to_done():
    def draw(n, ax):
        return charts.time_to_done(measures.time_to_done(year(n), **ON, by=["peer"]), ax=ax)

    return sheet(NONE_AND_A_YEAR, draw)


@compared
def test_load():
    made = year(150)
    # Sessions that saw one promise, two and three.
    sessions = made["commitment_id"].where(made.index < 30, made["session_id"])
    sessions = sessions.where(made.index % 7 != 0, made["session_id"])

    def draw(n, ax):
        table = made.head(n).assign(session_id=sessions.head(n))
        return charts.load(measures.follow_through_by_load(table, **ON), ax=ax)

    return sheet(NONE_AND_A_YEAR, draw)


@compared
def test_heard():
    return sheet(NONE_AND_A_YEAR, lambda n, ax: charts.heard(measures.heard(met(n // 3), **ON), ax=ax))


@compared
def test_balance():
    return sheet(
        NONE_AND_A_YEAR, lambda n, ax: charts.balance(measures.balance(met(n // 3), **ON), ax=ax), height=1.7
    )


@compared
def test_long_names():
    """Long, from the right to the left, or with a formula's signs: nothing is pushed out of the page."""
    areas = ["work on the very long house that nobody finished", "בריאות ומשפחה", "$x^2$ & <b>", "a", "المال"]
    table = measures.follow_through(year(150, areas=areas), **ON, by=["area"])
    return charts.by_group(table, group="area").figure


def spread_over(n):
    """Return the shares of so many invented pairs, in every period the same number due."""
    kept = np.round(40 * np.clip(0.62 + 0.3 * (spread(n, 1) + spread(n, 2) - 1), 0, 1)).astype(int)
    due = np.where(spread(n, 3) < 0.05, 8, 40)
    table = pd.DataFrame({"kept": np.minimum(kept, due), "n": due})
    return table.assign(share=table["kept"] / table["n"])


@compared
def test_spread():
    return sheet(SIZES, lambda n, ax: charts.spread(lake.spread(spread_over(n)), ax=ax), height=2.2)


@compared
def test_over_pairs():
    def draw(n, ax):
        """Fewer and fewer pairs, so that the band ends first, then the line; and a hole of two months."""
        months = [
            month
            for month in pd.date_range("2024-01-01", periods=14, freq="MS", unit="us")
            if month.month not in (6, 7)
        ]
        rows = [spread_over(n - place * n // 12).assign(month=month) for place, month in enumerate(months)]
        return charts.over_pairs(lake.over_pairs(pd.concat(rows), value="share"), value="share", ax=ax)

    return sheet((0, 30, 150), draw, height=2.2)
