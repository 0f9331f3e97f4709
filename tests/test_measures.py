"""Follow-through: which commitments count, by peer and week, with an interval that can be trusted."""

from datetime import date

import numpy as np
import pandas as pd
import polars as pl
import pytest
from helpers import day, histories, ledger_of
from hypothesis import example, given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from peerkit import follow_through, wilson
from peerkit.errors import LedgerError
from peerkit.fold import commitments

AS_OF = "2024-03-31"
PROMISED = "03-01 #1 Amara by 03-08"
TWO_PEERS = (
    "03-01 #1 Amara by 03-08",
    "03-01 #2 Amara by 03-15",
    "03-01 #3 Jonas by 03-08",
    "03-07 #1 kept",
    "03-08 #3 kept",
)
MONTHS = (
    "03-01 #1 Jonas by 03-04",
    "03-01 #2 Amara by 03-10",
    "03-01 #3 Amara by 03-11",
    "03-01 #4 Amara by 04-08",
    "03-02 #2 kept",
    "03-02 #4 kept",
)


def folded(*lines, as_of=AS_OF):
    return commitments(ledger_of(*lines), as_of=as_of)


def counts(shares, *keys):
    """Return the rows of a table of shares as dicts, without the interval."""
    return shares[[*keys, "kept", "n", "share"]].to_dict("records")


@pytest.mark.parametrize(
    ("lines", "kept", "n"),
    [
        pytest.param(["03-07 #1 kept"], 1, 1, id="kept"),
        pytest.param(["03-20 #1 kept"], 1, 1, id="kept late"),
        pytest.param(["03-07 #1 partly 0.9"], 0, 1, id="partly"),
        pytest.param(["03-07 #1 missed"], 0, 1, id="missed"),
        pytest.param([], 0, 1, id="open and overdue"),
        pytest.param(["03-07 #1 released"], 0, 0, id="released before it was due"),
        pytest.param(["03-08 #1 released"], 0, 1, id="released on the day it was due"),
        pytest.param(["03-09 #1 released"], 0, 1, id="released after it was due"),
        pytest.param(["03-07 #1 void"], 0, 0, id="void"),
        pytest.param(["03-20 #1 void"], 0, 0, id="void after it was due"),
        pytest.param(["03-07 #1 kept", "03-09 #1 missed"], 0, 1, id="corrected"),
        pytest.param(["03-07 #1 kept", "03-09 #1 reopened"], 0, 1, id="opened again"),
        pytest.param(["03-08 #1 moved to 04-08"], 0, 0, id="moved in time, not due yet"),
        pytest.param(["03-09 #1 moved to 04-08"], 0, 1, id="moved too late"),
        pytest.param(
            ["03-09 #1 moved to 04-08", "03-20 #1 released"], 0, 1, id="moved too late, then released"
        ),
    ],
)
def test_what_counts_and_what_is_kept(lines, kept, n):
    """The table of METRICS, "The commitments that count", line by line."""
    shares = follow_through(folded(PROMISED, *lines), as_of=AS_OF)

    assert counts(shares) == ([{"kept": kept, "n": n, "share": float(kept)}] if n else [])


@pytest.mark.parametrize(
    ("as_of", "n"),
    [("2024-03-07", []), ("2024-03-08", [1]), (date(2024, 3, 9), [1])],
    ids=["before", "on", "after"],
)
def test_a_commitment_counts_from_the_day_it_is_due(as_of, n):
    shares = follow_through(folded(PROMISED, as_of=as_of), as_of=as_of)

    assert shares["n"].to_list() == n


def test_a_release_without_a_day_counts():
    """It is not shown to have come in time, and silence cannot raise the share."""
    table = folded(PROMISED, "03-07 #1 released").assign(closed_on=pd.NaT)

    shares = follow_through(table, as_of=AS_OF)

    assert counts(shares) == [{"kept": 0, "n": 1, "share": 0.0}]


def test_without_a_due_date_nothing_counts():
    shares = follow_through(folded("03-01 #1 Amara", "03-07 #1 kept"), as_of=AS_OF)

    assert counts(shares) == []


def test_each_peer_has_a_row_in_name_order():
    """Never ranked: Jonas, who kept all, stands second."""
    shares = follow_through(folded(*TWO_PEERS), by=["peer"], as_of=AS_OF)

    assert counts(shares, "peer") == [
        {"peer": "Amara", "kept": 1, "n": 2, "share": 0.5},
        {"peer": "Jonas", "kept": 1, "n": 1, "share": 1.0},
    ]


def test_a_week_begins_on_monday_and_a_week_with_nothing_due_is_a_gap():
    shares = follow_through(folded(*MONTHS, as_of="2024-04-30"), every="week", as_of="2024-04-30")

    assert counts(shares, "week") == [
        {"week": day("03-04"), "kept": 1, "n": 2, "share": 0.5},
        {"week": day("03-11"), "kept": 0, "n": 1, "share": 0.0},
        {"week": day("04-08"), "kept": 1, "n": 1, "share": 1.0},
    ]


def test_weeks_are_kept_apart_by_peer():
    shares = follow_through(folded(*TWO_PEERS), by=["peer"], every="week", as_of=AS_OF)

    assert counts(shares, "peer", "week") == [
        {"peer": "Amara", "week": day("03-04"), "kept": 1, "n": 1, "share": 1.0},
        {"peer": "Amara", "week": day("03-11"), "kept": 0, "n": 1, "share": 0.0},
        {"peer": "Jonas", "week": day("03-04"), "kept": 1, "n": 1, "share": 1.0},
    ]


def test_a_rolling_week_holds_the_weeks_before_it():
    shares = follow_through(folded(*MONTHS, as_of="2024-04-10"), every="week", rolling=4, as_of="2024-04-10")

    assert counts(shares, "week") == [
        {"week": day("03-04"), "kept": 1, "n": 2, "share": 0.5},
        {"week": day("03-11"), "kept": 1, "n": 3, "share": 1 / 3},
        {"week": day("03-18"), "kept": 1, "n": 3, "share": 1 / 3},
        {"week": day("03-25"), "kept": 1, "n": 3, "share": 1 / 3},
        {"week": day("04-01"), "kept": 0, "n": 1, "share": 0.0},
        {"week": day("04-08"), "kept": 1, "n": 1, "share": 1.0},
    ]


def test_only_what_is_due_since_a_day_counts():
    shares = follow_through(folded(*TWO_PEERS), since=date(2024, 3, 15), as_of=AS_OF)

    assert counts(shares) == [{"kept": 0, "n": 1, "share": 0.0}]


@pytest.mark.parametrize(
    "asked",
    [{}, {"by": ["peer"]}, {"by": ["peer"], "every": "week", "rolling": 8}],
    ids=["whole", "by peer", "rolling"],
)
def test_where_nothing_is_due_there_is_no_row(asked):
    """Never 0 and never 1."""
    empty = follow_through(folded(PROMISED, as_of="2024-03-07"), as_of="2024-03-07", **asked)

    filled = follow_through(folded(PROMISED), as_of=AS_OF, **asked)
    assert empty.dtypes.astype(str).to_dict() == filled.dtypes.astype(str).to_dict()
    assert len(empty) == 0


def test_a_table_of_shares_has_its_dtypes():
    shares = follow_through(folded(*TWO_PEERS), by=["peer"], every="week", as_of=AS_OF)

    assert shares.dtypes.astype(str).to_dict() == {
        "peer": "category", "week": "datetime64[us]", "kept": "int64", "n": "int64",
        "share": "float64", "low": "float64", "high": "float64",
    }  # fmt: skip


@given(lines=histories(commitments=6, events=2), rolling=st.integers(1, 5))
def test_weeks_and_windows_are_those_that_pandas_counts(lines, rolling):
    table = folded(*lines, as_of="2024-05-31")

    shares = follow_through(table, every="week", rolling=rolling, as_of="2024-05-31")

    released_before = (table["outcome"] == "released") & (table["closed_on"] < table["due_on"])
    due = table[~released_before & (table["outcome"] != "void")]
    weekly = (due["outcome"] == "kept").groupby(due["due_on"].dt.to_period("W-SUN")).agg(["sum", "size"])
    weeks = pd.period_range(weekly.index.min(), "2024-05-31", freq="W-SUN") if len(weekly) else weekly.index
    windows = weekly.reindex(weeks, fill_value=0).rolling(rolling, min_periods=1).sum()
    windows = windows[windows["size"] > 0].astype("int64")
    expected = zip(windows.index.start_time, windows["sum"], windows["size"], strict=True)
    assert list(shares[["week", "kept", "n"]].itertuples(index=False, name=None)) == list(expected)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"by": ["peer"]},
        {"every": "week"},
        {"by": ["peer"], "every": "week", "rolling": 3},
        {"since": "2024-03-10"},
    ],
    ids=["whole", "by peer", "by week", "rolling", "since"],
)
@pytest.mark.parametrize("kind", [pl.Datetime("us"), pl.Date], ids=["moments", "days"])
def test_a_polars_table_gives_a_polars_table_with_the_same_values(asked, kind):
    table = folded(*MONTHS, "03-05 #1 released", "04-01 #5 Jonas", as_of="2024-04-30")
    columns = ["peer", "outcome", "due_on", "closed_on"]
    rows = {name: table[name].astype(object).where(table[name].notna(), None).to_list() for name in columns}
    given = pl.DataFrame(rows).with_columns(pl.col("due_on", "closed_on").cast(kind))

    shares = follow_through(given, as_of="2024-04-30", **asked)

    expected = follow_through(table, as_of="2024-04-30", **asked)
    assert isinstance(shares, pl.DataFrame)
    assert shares.to_dict(as_series=False) == expected.to_dict("list")


def test_what_has_no_outcome_yet_counts_alike_in_every_engine():
    table = pd.DataFrame({
        "outcome": pd.Categorical(["kept", None], categories=["kept", "open"]),
        "due_on": [day("03-08"), day("03-08")],
        "closed_on": [day("03-08"), None],
    })  # fmt: skip
    in_polars = pl.DataFrame({
        "outcome": ["kept", None], "due_on": [date(2024, 3, 8)] * 2, "closed_on": [date(2024, 3, 8), None],
    })  # fmt: skip

    shares = follow_through(in_polars, as_of=AS_OF)

    assert shares["n"].to_list() == follow_through(table, as_of=AS_OF)["n"].to_list()


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        pytest.param(
            {"by": ["mood"]},
            r"These commitments have no column mood\. They have: commitment_id, ",
            id="unknown column",
        ),
        pytest.param({"every": "year"}, r"Unknown period 'year'\. Use every=\"week\"", id="unknown period"),
        pytest.param({"rolling": 4}, r"rolling=4 needs every=\"week\"", id="rolling over no weeks"),
        pytest.param(
            {"every": "week", "rolling": 0},
            r"rolling=0 needs .* whole number of weeks from 1 on",
            id="no week",
        ),
        pytest.param(
            {"every": "week", "rolling": 1.5},
            r"rolling=1\.5 needs .* whole number of weeks",
            id="half a week",
        ),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(asked, message):
    with pytest.raises(LedgerError, match=message):
        follow_through(folded(PROMISED), as_of=AS_OF, **asked)


@given(n=st.integers(1, 5000), share=st.floats(0, 1))
@example(n=1, share=0.0)
@example(n=1, share=1.0)
@example(n=2_000_000, share=0.5)
def test_an_interval_is_the_one_that_statsmodels_gives(n, share):
    kept = round(n * share)

    low, high = wilson([kept], [n])

    assert (low[0], high[0]) == pytest.approx(proportion_confint(kept, n, method="wilson"), abs=1e-12)


def test_no_share_lies_outside_its_interval_by_a_rounding():
    n = np.repeat(np.arange(1, 200), np.arange(2, 201))
    kept = np.concatenate([np.arange(size + 1) for size in range(1, 200)])

    low, high = wilson(kept, n)

    share = kept / n
    assert (low >= 0).all()
    assert (low <= share).all()
    assert (share <= high).all()
    assert (high <= 1).all()


def test_an_interval_of_nothing_is_no_number():
    low, high = wilson([0, 1], [0, 2])

    assert (np.isnan(low).tolist(), np.isnan(high).tolist()) == ([True, False], [True, False])
