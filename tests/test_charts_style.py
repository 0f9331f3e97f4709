"""Charts have a style of their own: they obey nobody's matplotlibrc and change no setting."""

import hashlib
import os
import subprocess
import sys

import matplotlib as mpl
import pytest
from charted import AS_OF, met, year
from test_charts_words import drawn

from peerkit import charts, measures
from peerkit.errors import PeerkitError

HOSTILE = """
backend: svg
font.family: serif
font.size: 30
text.usetex: True
axes.prop_cycle: cycler('color', ['ff0000'])
axes.facecolor: black
axes.grid: True
axes.grid.axis: both
axes.titlesize: 40
axes.xmargin: 0.4
axes.formatter.use_locale: True
lines.linewidth: 9
lines.markersize: 20
lines.linestyle: :
patch.edgecolor: red
hatch.color: red
errorbar.capsize: 9
figure.facecolor: red
figure.dpi: 31
figure.autolayout: True
savefig.bbox: tight
savefig.pad_inches: 3
savefig.transparent: True
svg.fonttype: path
svg.hashsalt: other
timezone: Asia/Tokyo
xtick.direction: in
ytick.labelcolor: red
legend.frameon: True
path.simplify: False
date.autoformatter.month: %d
"""
DRAW = """
import sys, hashlib
sys.path.insert(0, sys.argv[1])
import matplotlib
from test_charts_words import drawn
from peerkit import charts
for name, axes in drawn(40).items():
    print(name, hashlib.sha256(charts.svg(axes).encode()).hexdigest())
print("still", matplotlib.rcParams["lines.linewidth"])
"""


def hashes_in(folder):
    """Return what a fresh Python prints that draws every chart in a folder, where a matplotlibrc may lie."""
    environment = {**os.environ, "MPLCONFIGDIR": str(folder.parent / "config")}
    command = [sys.executable, "-c", DRAW, os.path.dirname(__file__)]  # noqa: PTH120
    told = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    return told.stdout.splitlines()


def test_a_matplotlibrc_changes_no_byte_of_a_chart_and_stays_in_force(tmp_path):
    """One may lie in a workspace that came from elsewhere, or be a person's own."""
    hostile = tmp_path / "hostile"
    hostile.mkdir()
    (hostile / "matplotlibrc").write_text(HOSTILE, encoding="utf-8")

    changed = hashes_in(hostile)

    with mpl.rc_context(mpl.rcParamsDefault):
        plain = {
            name: hashlib.sha256(charts.svg(axes).encode()).hexdigest() for name, axes in drawn(40).items()
        }
    assert changed == [*(f"{name} {digest}" for name, digest in plain.items()), "still 9.0"]


def test_drawing_changes_no_setting():
    before = mpl.rcParams.copy()

    for axes in drawn(12).values():
        assert mpl.rcParams.copy() == before
        charts.svg(axes)

    assert mpl.rcParams.copy() == before


@pytest.mark.parametrize(
    "name",
    ["👩🏽‍🚀 Zoë " * 9, "שלום עולם " * 9, "$\\frac{", "_" * 80],
    ids=["emoji", "Hebrew", "TeX", "long"],
)
def test_no_name_breaks_a_chart(name):
    peers = (name, "Zoe")
    made, sessions = year(60, peers=peers, areas=(name, "work")), met(30, peers=peers)
    on = {"as_of": AS_OF}

    axes = [
        charts.follow_through(measures.follow_through(made, **on, by=["peer"], every="week", rolling=8)),
        charts.by_group(measures.follow_through(made, **on, by=["area"]), group="area"),
        charts.balance(measures.balance(sessions, **on)),
        charts.heard(measures.heard(sessions, **on)),
    ]

    for one in axes:
        charts.svg(one)
        # The name is cut off, and the axes keep most of their page.
        assert one.get_position().width > 0.6
        assert name.split()[0] in charts.alt(one)


@pytest.mark.parametrize(
    "chart",
    [charts.heard, charts.balance, charts.load, charts.calibration, charts.waterfall, charts.time_to_done],
)
def test_a_table_of_something_else_is_refused_with_how_to_make_one(chart):
    with pytest.raises(
        PeerkitError, match=r"This table has no column .*\. Make it with (measures|charts)\.\w+\."
    ):
        chart(year(3).drop(columns="peer"))


def test_groups_beyond_twelve_are_left_out_and_it_is_said():
    areas = [f"area {number:02}" for number in range(20)]
    table = measures.follow_through(year(400, areas=areas), as_of=AS_OF, by=["area"])

    axes = charts.by_group(table, group="area")

    texts = [text.get_text() for text in axes.texts]
    shown = [text for text in texts if text.startswith("area")]
    assert (len(shown), shown) == (12, sorted(shown))
    assert "the 12 with most due of 20" in texts
