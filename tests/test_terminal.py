"""The trend in a terminal: honest about few and nothing, within the width, and in plain signs where it must be."""

import pandas as pd
import pytest
from charted import AS_OF, year
from hypothesis import given
from hypothesis import strategies as st

from peerkit import demo, terminal, wilson
from peerkit.cli import hour
from peerkit.measures import follow_through
from peerkit.terminal import BLOCKS, PLAIN, signs_for, trend

MONDAYS = pd.to_datetime(["2024-03-04", "2024-03-11", "2024-03-25"])


def shares(kept, n):
    low, high = wilson(kept, n)
    table = pd.DataFrame({"week": MONDAYS[: len(n)], "kept": kept, "n": n, "low": low, "high": high})
    return table.assign(share=table["kept"] / table["n"])


def test_bars_a_dot_and_a_gap():
    """Ten due in the first week, two in the second, none in the third."""
    assert trend(shares([10, 2, 6], [10, 2, 12]), width=20) == [
        "100 % │ ███···",
        "      │ ███",
        "      │ ███",
        " 50 % │ ███      ███",
        "      │ ███      ███",
        "      │ ███      ███",
        "  0 % └─────────────",
        "        2024-03-25",
        "Each column covers 8 weeks. The newest: 6 of 12 kept, 50 % (95 % interval 25 to 75 %).",
        "· under ten due: no trend.",
    ]


def test_in_plain_signs_it_is_the_same_chart():
    assert trend(shares([10, 2, 6], [10, 2, 12]), width=12, signs=PLAIN)[:7] == [
        "100 % | ##..",
        "      | ##",
        "      | ##",
        " 50 % | ##    ##",
        "      | ##    ##",
        "      | ##    ##",
        "  0 % +---------",
    ]


def test_nothing_kept_of_many_is_a_bar_and_no_gap():
    assert trend(shares([0], [12]), width=12)[5] == "      │ ▁▁▁"


def test_nothing_due_is_a_sentence():
    assert trend(shares([], []), width=80) == ["Nothing was due yet, so there is no trend to draw."]


@pytest.mark.parametrize(
    ("encoding", "signs"),
    [
        ("utf-8", BLOCKS),
        ("cp437", PLAIN),
        ("ascii", PLAIN),
        ("latin-1", PLAIN),
        ("no-such", PLAIN),
        (None, PLAIN),
    ],
)
def test_blocks_are_drawn_only_where_the_encoding_has_them(encoding, signs):
    assert signs_for(encoding) is signs


@given(n=st.integers(1, 300), width=st.integers(1, 200))
def test_no_line_of_the_chart_is_wider_than_the_terminal_and_the_newest_week_is_in_it(n, width):
    table = follow_through(year(n), as_of=AS_OF, every="week", rolling=8)

    lines = trend(table, width=width)

    chart = lines[: terminal._HEIGHT + 2]
    assert max(map(len, chart)) <= max(width, 18)
    assert f"{table['week'].max():%Y-%m-%d}" in chart[-1]


@pytest.mark.parametrize(("encoding", "side"), [("utf-8", "│"), ("ascii", "|")])
def test_status_draws_it_when_asked(demo_year, capsys, monkeypatch, encoding, side):
    monkeypatch.setattr(terminal, "signs_for", lambda _: signs_for(encoding))

    hour.status(as_of=str(demo.LAST_DAY), chart=True, workspace=demo_year.folder)

    told = capsys.readouterr().out
    assert f"100 % {side}" in told
    assert "The newest: 17 of 22 kept, 77 %" in told
