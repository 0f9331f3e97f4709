"""Kept as first promised, in time, with credit; renegotiated, released, void: each beside METRICS in plain Python."""

import pandas as pd
import plain
import polars as pl
import pytest
from helpers import day, fewer, ledger_of
from hypothesis import given
from hypothesis import strategies as st

from peerkit import measures
from peerkit.fold import commitments

AS_OF = "2024-03-31"
PROMISED = "03-01 #1 Amara by 03-08"
SHARES = {
    measures.follow_through: ("kept", "due_on", lambda c: c["outcome"] == "kept"),
    measures.follow_through_first_due: (
        "kept", "first_due_on", lambda c: plain.is_on_time(c, "first_due_on"),
    ),
    measures.on_time: ("kept", "due_on", plain.is_on_time),
    measures.renegotiated: ("renegotiated", "due_on", lambda c: c["is_renegotiated"]),
}  # fmt: skip
ROLLING = [measures.follow_through, measures.follow_through_first_due, measures.on_time]
every_share = pytest.mark.parametrize("measure", SHARES, ids=lambda measure: measure.__name__)
every_rolling = pytest.mark.parametrize("measure", ROLLING, ids=lambda measure: measure.__name__)


def folded(*lines, as_of=AS_OF):
    return commitments(ledger_of(*lines), as_of=as_of)


def told(measure, rows):
    """Return the row of a share over commitments, without its keys."""
    name, _, counts = SHARES[measure]
    top = sum(bool(counts(c)) for c in rows)
    return {name: top, **plain.share_of(top, len(rows))}


def counted(measure, table, as_of, since=None):
    return plain.denominator(plain.rows_of(table), as_of, SHARES[measure][1], since)


@every_share
@fewer()
@given(given_=plain.measured(), since=st.sampled_from([None, "2024-03-15"]))
def test_a_share_is_what_metrics_says_in_plain_words(measure, given_, since):
    as_of, table = given_

    share = measure(table, as_of=as_of, since=since)

    rows = counted(measure, table, as_of, since)
    assert plain.rows_of(share) == plain.rounded([told(measure, rows)] if rows else [])


@every_share
@fewer()
@given(given_=plain.measured())
def test_a_share_is_kept_apart_by_peer_and_by_weekday(measure, given_):
    as_of, table = given_

    share = measure(table, as_of=as_of, by=["peer", "weekday"])

    rows = [{**c, "weekday": c[SHARES[measure][1]].isoweekday()} for c in counted(measure, table, as_of)]
    groups = plain.grouped(rows, "peer", "weekday").items()
    expected = [{"peer": peer, "weekday": on, **told(measure, group)} for (peer, on), group in groups]
    assert plain.rows_of(share) == plain.rounded(expected)


@every_share
@pytest.mark.parametrize("every", ["week", "month"])
@fewer()
@given(given_=plain.measured())
def test_a_period_is_that_of_the_due_date_that_judges(measure, every, given_):
    as_of, table = given_

    share = measure(table, as_of=as_of, every=every)

    due = SHARES[measure][1]
    begins = {"week": plain.monday, "month": lambda on: on.replace(day=1)}[every]
    rows = [{**c, every: begins(c[due])} for c in counted(measure, table, as_of)]
    groups = plain.grouped(rows, every).items()
    assert plain.rows_of(share) == plain.rounded([{every: on, **told(measure, g)} for (on,), g in groups])


@every_rolling
@fewer()
@given(given_=plain.measured(), k=st.integers(1, 5))
def test_a_rolling_week_covers_the_weeks_before_it(measure, given_, k):
    as_of, table = given_

    share = measure(table, as_of=as_of, every="week", rolling=k)

    rows = counted(measure, table, as_of)
    windows = plain.windows_of_weeks(rows, as_of, k, SHARES[measure][1])
    assert plain.rows_of(share) == plain.rounded([{"week": on, **told(measure, g)} for on, g in windows])


@every_rolling
@fewer()
@given(given_=plain.measured(), sessions=plain.meetings(), k=st.integers(1, 4))
def test_a_rolling_session_covers_the_sessions_before_it(measure, given_, sessions, k):
    as_of, table = given_

    share = measure(table, as_of=as_of, sessions=sessions, rolling_sessions=k)

    took_place = plain.held(plain.rows_of(sessions), as_of)
    windows = plain.windows_of_sessions(counted(measure, table, as_of), took_place, k, SHARES[measure][1])
    expected = [
        {"session_id": s["session_id"], "held_on": s["held_on"], **told(measure, g)} for s, g in windows
    ]
    assert plain.rows_of(share) == plain.rounded(expected)


@fewer()
@given(given_=plain.measured(), half_life=st.sampled_from([7, 30, 0.5]))
def test_credit_is_fraction_times_lateness_over_all_that_counts(given_, half_life):
    as_of, table = given_

    credit = measures.credit(table, as_of=as_of, half_life_days=half_life)

    rows = plain.denominator(plain.rows_of(table), as_of)
    total = sum(plain.credit_of(c, as_of, half_life) for c in rows)
    share = plain.share_of(total, len(rows)) if rows else {}
    expected = (
        [{"n": share["n"], "credit": share["share"], "low": share["low"], "high": share["high"]}]
        if rows
        else []
    )
    assert plain.rows_of(credit) == plain.rounded(expected)


@fewer()
@given(given_=plain.measured(), sessions=plain.meetings(), k=st.integers(1, 4))
def test_credit_rolls_over_sessions_by_its_denominator(given_, sessions, k):
    """A window of many weighs more than one of few."""
    as_of, table = given_

    credit = measures.credit(table, as_of=as_of, sessions=sessions, rolling_sessions=k)

    rows = plain.denominator(plain.rows_of(table), as_of)
    windows = plain.windows_of_sessions(rows, plain.held(plain.rows_of(sessions), as_of), k)
    expected = [
        {
            "session_id": s["session_id"],
            "n": len(g),
            "credit": sum(plain.credit_of(c, as_of, 30) for c in g) / len(g),
        }
        for s, g in windows
    ]
    assert plain.rows_of(credit[["session_id", "n", "credit"]]) == plain.rounded(expected)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param(["03-08 #1 kept"], 1.0, id="kept on the day"),
        pytest.param(["03-18 #1 kept"], 0.5, id="kept one half-life late"),
        pytest.param(["03-28 #1 kept"], 0.25, id="kept two half-lives late"),
        pytest.param(["03-08 #1 partly 0.6"], 0.6, id="in part"),
        pytest.param(["03-18 #1 partly 0.6"], 0.3, id="in part and late"),
        pytest.param(["03-09 #1 missed"], 0.0, id="missed"),
        pytest.param([], 0.0, id="silence"),
    ],
)
def test_credit_of_one_commitment(said, expected):
    credit = measures.credit(folded(PROMISED, *said), as_of=AS_OF, half_life_days=10)

    assert credit[["n", "credit"]].to_dict("records") == [{"n": 1, "credit": pytest.approx(expected)}]


@fewer()
@given(given_=plain.measured())
def test_rates_of_released_and_void_have_their_own_denominators(given_):
    as_of, table = given_

    released = measures.released_rate(table, as_of=as_of)
    void = measures.void_rate(table, as_of=as_of)

    due = plain.in_window(plain.rows_of(table), as_of)
    possible = [c for c in due if c["outcome"] != "void"]
    let_go, gone = sum(map(plain.is_let_go, possible)), len(due) - len(possible)
    rates = [{"released": let_go, **plain.share_of(let_go, len(possible))}] if possible else []
    assert plain.rows_of(released) == plain.rounded(rates)
    assert plain.rows_of(void) == plain.rounded(
        [{"void": gone, **plain.share_of(gone, len(due))}] if due else []
    )


def test_what_renegotiation_bought_is_the_gap_between_the_two_dates():
    table = folded(PROMISED, "03-07 #1 moved to 03-20", "03-19 #1 kept")

    as_agreed = measures.follow_through(table, as_of=AS_OF)["share"].to_list()
    as_first_said = measures.follow_through_first_due(table, as_of=AS_OF)["share"].to_list()

    assert (as_agreed, as_first_said) == ([1.0], [0.0])


def test_a_date_moved_beyond_today_still_counts_where_the_first_one_judges():
    table = folded(PROMISED, "03-07 #1 moved to 05-01")

    shares = [
        measure(table, as_of=AS_OF)["n"].to_list()
        for measure in (measures.follow_through, measures.follow_through_first_due)
    ]

    assert shares == [[], [1]]


def test_columns_and_dtypes_are_the_same_where_nothing_is_due():
    sessions = pd.DataFrame({
        "session_id": ["s1"], "held_on": [day("03-01")], "focus": ["Amara"], "coach": ["Jonas"],
        "minutes": [60], "status": ["closed"], "heard": [8],
    })  # fmt: skip
    measure = measures.credit

    kinds = [
        measure(table, as_of=AS_OF, by=["peer"], sessions=sessions, rolling_sessions=4)
        .dtypes.astype(str)
        .to_dict()
        for table in (folded(PROMISED), folded(PROMISED).head(0))
    ]

    expected = {
        "peer": "category", "session_id": "str", "held_on": "datetime64[us]", "n": "int64",
        "credit": "float64", "low": "float64", "high": "float64",
    }  # fmt: skip
    assert kinds == [expected, expected]


@fewer()
@given(given_=plain.measured(), sessions=plain.meetings())
def test_a_polars_table_gives_the_same_credit_over_sessions(given_, sessions):
    as_of, table = given_
    names = ["peer", "outcome", "due_on", "closed_on", "fraction"]
    rows = {name: [row[name] for row in plain.rows_of(table)] for name in names}
    kinds = {
        "peer": pl.String,
        "outcome": pl.String,
        "due_on": pl.Date,
        "closed_on": pl.Date,
        "fraction": pl.Float64,
    }

    credit = measures.credit(
        pl.DataFrame(rows, schema=kinds), as_of=as_of, by=["peer"], sessions=sessions, rolling_sessions=4
    )

    expected = measures.credit(table, as_of=as_of, by=["peer"], sessions=sessions, rolling_sessions=4)
    assert plain.rounded(credit.to_dicts()) == plain.rows_of(expected)
