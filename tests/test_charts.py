"""Charts: they draw the table and nothing else, promise no trend of a few, and say it in words too."""

import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from helpers import ledger_of
from matplotlib.colors import to_hex
from matplotlib.dates import date2num
from matplotlib.figure import Figure

from peerkit import charts, commitments, follow_through
from peerkit.errors import PeerkitError

MONDAYS = pd.to_datetime(["2024-03-04", "2024-03-11", "2024-03-18", "2024-03-25"])


def shares(kept, n, *, peer=None):
    """Return a table of weeks as `measures.follow_through` gives it, with ends of the interval 0.1 away."""
    table = pd.DataFrame({"week": MONDAYS[: len(n)], "kept": kept, "n": n})
    table["share"] = table["kept"] / table["n"]
    table["low"], table["high"] = table["share"] - 0.1, table["share"] + 0.1
    return table if peer is None else table.assign(peer=peer)


def drawn(line):
    """Return the marks of a line that are seen: (day, share) each."""
    days, heights = line.get_data()
    at = date2num(np.asarray(days, dtype="datetime64[us]"))
    return [(day, float(height)) for day, height in zip(at, heights, strict=True) if not np.isnan(height)]


def points(table):
    return list(zip(date2num(table["week"]), table["share"], strict=True))


def test_the_marks_stand_where_the_table_says():
    table = shares([6, 9, 11], [10, 12, 14])

    axes = charts.follow_through(table)

    solid, hollow = axes.lines
    assert (drawn(solid), drawn(hollow)) == (points(table), [])


def test_the_band_is_the_interval():
    table = shares([6, 9], [10, 12])

    [band] = charts.follow_through(table).collections

    [path] = band.get_paths()
    ends = {(float(x), round(float(y), 6)) for x, y in path.vertices}
    weeks = date2num(table["week"])
    wanted = {(x, round(y, 6)) for name in ("low", "high") for x, y in zip(weeks, table[name], strict=True)}
    assert ends == wanted


def test_under_ten_due_there_are_hollow_marks_and_neither_line_nor_band():
    """Of a few there is no trend to see."""
    table = shares([1, 9, 2], [2, 9, 4])

    axes = charts.follow_through(table)

    solid, hollow = axes.lines
    assert (drawn(solid), drawn(hollow)) == ([], points(table))
    assert (hollow.get_linestyle(), hollow.get_markerfacecolor()) == ("None", "white")
    assert [
        path.vertices for band in axes.collections for path in band.get_paths() if len(path.vertices)
    ] == []


def test_a_line_is_broken_where_there_were_few():
    table = shares([6, 2, 11, 9], [10, 4, 14, 12])

    solid, hollow = charts.follow_through(table).lines

    assert drawn(solid) == [points(table)[0], *points(table)[2:]]
    assert np.isnan(solid.get_ydata()).tolist() == [False, True, False, False]
    assert drawn(hollow) == [points(table)[1]]


@pytest.mark.parametrize(
    ("n", "said"), [([10, 9], ["hollow: under ten due, no trend"]), ([10, 10], [])], ids=["few", "enough"]
)
def test_what_hollow_means_is_said_where_there_is_a_hollow_mark(n, said):
    axes = charts.follow_through(shares([5, 5], n))

    assert [text.get_text() for text in axes.texts if "hollow" in text.get_text()] == said


def test_the_number_of_the_newest_row_stands_beside_it():
    axes = charts.follow_through(shares([6, 9], [10, 12]))

    [note] = axes.texts
    assert (note.get_text(), note.xy) == (" n = 12", (MONDAYS[1], 0.75))


def test_two_peers_are_told_apart_by_colour_mark_and_dash():
    """Without colour the marks and dashes say the same."""
    table = pd.concat([shares([9, 9], [12, 12], peer="Jonas"), shares([6, 9], [10, 12], peer="Amara")])

    axes = charts.follow_through(table)

    solid = [line for line in axes.lines if drawn(line)]
    looks = [(to_hex(one.get_color()), one.get_marker(), one.get_linestyle()) for one in solid]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["Amara", "Jonas"]
    assert looks == [("#1f4e79", "o", "-"), ("#b35c00", "s", "--")]


def test_shares_are_drawn_from_0_to_100_percent_with_labels():
    axes = charts.follow_through(shares([6], [10]), title="Kept")

    low, high = axes.get_ylim()
    assert (low <= 0 < 1 <= high, axes.get_ylabel()) == (True, "kept of what was due")
    assert axes.yaxis.get_major_formatter()(0.5) == "50%"
    assert axes.get_title(loc="left") == "Kept"


@pytest.mark.parametrize("weeks", [1, 2, 4])
def test_no_day_far_from_the_table_is_on_the_axis(weeks):
    axes = charts.follow_through(shares([6] * weeks, [10] * weeks))

    left, right = axes.get_xlim()
    first, last = date2num(MONDAYS[0]), date2num(MONDAYS[weeks - 1])
    assert (first - left, right - last) < (31, 31)
    assert right - left < 62 + 7 * weeks


def test_it_draws_on_the_axes_that_are_given_and_returns_them():
    axes = Figure().add_subplot()

    assert charts.follow_through(shares([6], [10]), ax=axes) is axes


def test_a_table_without_rows_gives_a_chart_that_says_so():
    nothing = follow_through(commitments(ledger_of(), as_of="2024-03-31"), as_of="2024-03-31", every="week")

    axes = charts.follow_through(nothing)

    assert [text.get_text() for text in axes.texts] == ["Nothing was due yet."]
    assert [drawn(line) for line in axes.lines] == [[], []]
    assert "Nothing was due yet." in charts.svg(axes)


def test_a_table_of_the_measures_is_drawn_as_it_is():
    ledger = ledger_of("03-01 #1 Amara by 03-08", "03-01 #2 Jonas by 03-15", "03-07 #1 kept")
    made = commitments(ledger, as_of="2024-03-31")
    table = follow_through(made, as_of="2024-03-31", by=["peer"], every="week")

    axes = charts.follow_through(table)

    assert [drawn(line) for line in axes.lines if drawn(line)] == [
        [(date2num(MONDAYS[0]), 1.0)],
        [(date2num(MONDAYS[1]), 0.0)],
    ]


@pytest.mark.parametrize(
    ("table", "weeks", "said"),
    [
        pytest.param(
            shares([6, 9], [10, 12]),
            8,
            "Follow-through. 9 of 12 due commitments kept over 8 weeks up to the week of 2024-03-11, 75%,"
            " 95 % interval 65% to 85%.",
            id="both together",
        ),
        pytest.param(
            shares([6, 3], [10, 4]),
            1,
            "Follow-through. 3 of 4 due commitments kept in one week up to the week of 2024-03-11, 75%,"
            " 95 % interval 65% to 85%. Under ten due commitments show no trend.",
            id="a few in one week",
        ),
        pytest.param(
            pd.concat([shares([6], [12], peer="Jonas"), shares([6], [10], peer="Amara")]),
            4,
            "Follow-through. Amara: 6 of 10 due commitments kept over 4 weeks up to the week of 2024-03-04, 60%,"
            " 95 % interval 50% to 70%; Jonas: 6 of 12 due commitments kept over 4 weeks up to the week of"
            " 2024-03-04, 50%, 95 % interval 40% to 60%.",
            id="each",
        ),
        pytest.param(
            shares([], []),
            8,
            "Follow-through: nothing was due yet, so there is nothing to show.",
            id="nothing",
        ),
    ],
)
def test_what_is_drawn_is_told_in_words(table, weeks, said):
    assert charts.describe(table, weeks=weeks) == said


@pytest.mark.parametrize("chart", [charts.follow_through, charts.describe])
def test_more_than_two_peers_are_refused(chart):
    table = pd.concat([shares([6], [10], peer=name) for name in ("Amara", "Jonas", "Mina")])

    with pytest.raises(
        PeerkitError, match=r"This table has 3 peers; the chart draws at most two\. Choose a pair"
    ):
        chart(table)


@pytest.mark.parametrize("chart", [charts.follow_through, charts.describe])
def test_a_table_without_weeks_is_refused_with_how_to_make_one(chart):
    with pytest.raises(
        PeerkitError, match=r'has no column week\. Make it with follow_through\(\.\.\., every="week"\)'
    ):
        chart(shares([6], [10]).drop(columns="week"))


def test_axes_of_no_figure_are_refused():
    axes = charts.follow_through(shares([6], [10]))
    axes.remove()

    with pytest.raises(
        PeerkitError, match=r"These axes belong to no figure\. Draw on the axes that a chart returns"
    ):
        charts.svg(axes)


def test_the_same_table_gives_the_same_svg():
    table = pd.concat([shares([6, 9], [10, 12], peer="Amara"), shares([6, 9], [10, 12], peer="Jonas")])

    first, second = (charts.svg(charts.follow_through(table)) for _ in range(2))

    assert first == second
    assert "<dc:date>" not in first


@pytest.mark.parametrize(
    "name",
    ["Ama$ra$", r"$\frac$", "_amara", "李", "Amara & <b>", "שלום"],
    ids=["dollars", "TeX", "an underscore first", "Chinese", "HTML", "Hebrew"],
)
def test_any_name_is_written_as_it_is(name):
    """A name is a name: no formula, no hidden label, and no warning in the notebook."""
    table = pd.concat([shares([6, 9], [10, 12], peer=peer) for peer in (name, "Zoe")])

    drawn = charts.svg(charts.follow_through(table))

    written = name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert f">{written}</text>" in drawn


def test_drawing_changes_no_setting_of_matplotlib():
    before = mpl.rcParams.copy()

    charts.svg(charts.follow_through(shares([6], [10])))

    assert mpl.rcParams.copy() == before


def test_drawing_loads_no_pyplot():
    """With pyplot come windows and figures that stay in memory."""
    lines = (
        "import sys, pandas as pd; from peerkit import charts;"
        "table = pd.DataFrame({'week': pd.to_datetime(['2024-03-04']), 'kept': 6, 'n': 10, 'share': .6,"
        " 'low': .3, 'high': .8}); charts.svg(charts.follow_through(table));"
        "print([name for name in sys.modules if 'pyplot' in name or 'tkinter' in name])"
    )

    told = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True)

    assert told.stdout == "[]\n"
