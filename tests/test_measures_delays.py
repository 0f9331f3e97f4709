"""Days late, moves, days back from a miss, and time to done beside its textbook and scipy."""

import warnings

import numpy as np
import pandas as pd
import plain
import pytest
from helpers import day, fewer, ledger_of
from hypothesis import assume, given
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from scipy.stats import CensoredData, ecdf
from statsmodels.duration.survfunc import SurvfuncRight

from peerkit import measures
from peerkit.fold import commitments
from peerkit.measures.intervals import kaplan_meier

AS_OF = "2024-03-31"
PROMISED = "03-01 #1 Amara by 03-08"
# Weeks in remission under 6-MP, Freireich et al. 1963 (Blood 21:699); those with a plus were still in it.
REMISSIONS = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
# The same for those under placebo.
PLACEBO = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"
PERIODS = {
    None: lambda c: {},
    "week": lambda c: {"week": plain.monday(c["due_on"])},
    "month": lambda c: {"month": c["due_on"].replace(day=1)},
}


def folded(*lines, as_of=AS_OF):
    return commitments(ledger_of(*lines), as_of=as_of)


def by_peer_and(every, rows):
    """Yield (keys, rows) for each peer and period that there is."""
    told = [{**c, **PERIODS[every](c)} for c in rows]
    names = ["peer", *([every] if every else [])]
    for key, group in plain.grouped(told, *names).items():
        yield dict(zip(names, key, strict=True)), group


@fewer()
@given(given_=plain.measured(), every=st.sampled_from(list(PERIODS)))
def test_days_late_is_the_median_over_those_kept(given_, every):
    as_of, table = given_

    late = measures.days_late(table, as_of=as_of, by=["peer"], every=every)

    kept = [c for c in plain.denominator(plain.rows_of(table), as_of) if c["outcome"] == "kept"]
    expected = [
        {**key, "n": len(g), "days_late": plain.medians([plain.lateness(c, as_of) for c in g])}
        for key, g in by_peer_and(every, kept)
    ]
    assert plain.rows_of(late) == plain.rounded(expected)


@fewer()
@given(given_=plain.measured(), every=st.sampled_from(list(PERIODS)))
def test_moves_is_the_mean_over_all_that_counts(given_, every):
    as_of, table = given_

    moved = measures.moves(table, as_of=as_of, by=["peer"], every=every)

    rows = plain.denominator(plain.rows_of(table), as_of)
    expected = [
        {**key, "n": len(g), "mean_moves": sum(c["moves"] for c in g) / len(g)}
        for key, g in by_peer_and(every, rows)
    ]
    assert plain.rows_of(moved) == plain.rounded(expected)


@fewer()
@given(given_=plain.measured(), every=st.sampled_from(list(PERIODS)))
def test_return_days_is_the_median_from_a_miss_to_the_next_kept_one(given_, every):
    as_of, table = given_

    back = measures.return_days(table, as_of=as_of, by=["peer"], every=every)

    rows = plain.rows_of(table)
    misses = [c for c in plain.denominator(rows, as_of) if plain.is_miss(c, as_of)]
    expected = []
    for key, group in by_peer_and(every, misses):
        waits = [plain.days_back(miss, rows, as_of) for miss in group]
        returned = sum(np.isfinite(waits))
        expected.append({**key, "n": len(waits), "returned": returned, "return_days": plain.medians(waits)})
    assert plain.rows_of(back) == plain.rounded(expected)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param([], (1, 0, None), id="nothing kept since"),
        pytest.param(["03-08 #2 kept"], (1, 0, None), id="kept on the same day"),
        pytest.param(["03-12 #2 kept"], (1, 1, 4.0), id="kept later"),
        pytest.param(["03-12 #3 kept"], (1, 0, None), id="kept by the other peer"),
    ],
)
def test_the_way_back_from_a_miss(said, expected):
    lines = [PROMISED, "03-01 #2 Amara by 04-20", "03-01 #3 Jonas by 04-20", "03-09 #1 missed", *said]

    back = measures.return_days(folded(*lines), as_of=AS_OF)

    n, returned, days = expected
    assert plain.rows_of(back) == [{"n": n, "returned": returned, "return_days": days}]


@pytest.mark.parametrize(
    "measure", [measures.days_late, measures.moves, measures.return_days, measures.time_to_done]
)
def test_without_commitments_there_is_no_row_and_the_same_columns(measure):
    full = folded(PROMISED, "03-01 #2 Amara by 03-09", "03-09 #1 missed", "03-12 #2 kept")

    empty = measure(full.head(0), as_of=AS_OF, by=["peer"])

    filled = measure(full, as_of=AS_OF, by=["peer"])
    assert empty.dtypes.astype(str).to_dict() == filled.dtypes.astype(str).to_dict()
    assert (len(empty), len(filled) > 0) == (0, True)


def test_early_with_one_does_not_make_another_less_late():
    table = folded(PROMISED, "03-01 #2 Amara by 03-20", "03-02 #2 kept", "03-12 #1 kept")

    late = measures.days_late(table, as_of=AS_OF)

    assert late.to_dict("records") == [{"n": 2, "days_late": 2.0}]


@fewer()
@given(given_=plain.measured())
def test_time_to_done_is_the_product_of_what_each_day_left(given_):
    as_of, table = given_

    curve = measures.time_to_done(table, as_of=as_of, by=["peer"])

    expected = []
    for (peer,), group in plain.grouped(plain.rows_of(table), "peer").items():
        seen = [plain.watched(c, as_of) for c in group if plain.was_seen_waiting(c)]
        for on, share in plain.waiting(seen).items():
            counts = {"n": len(seen), "at_risk": sum(days >= on for days, _ in seen)}
            kept = sum(days == on and was_kept for days, was_kept in seen)
            ended = sum(days == on for days, _ in seen) - kept
            key = {"peer": peer, "days": on}
            expected.append({**key, **counts, "kept": kept, "ended": ended, "share_waiting": share})
    assert plain.rows_of(curve.drop(columns=["low", "high"])) == plain.rounded(expected)


def by_scipy(kept, left):
    """Days in sight, the share still waiting after each, and the ends of its interval, as scipy has them."""
    curve = ecdf(CensoredData(uncensored=kept, right=left)).sf
    with warnings.catch_warnings():
        # It says that an interval is not defined where the share is 0 or 1.
        warnings.simplefilter("ignore", RuntimeWarning)
        interval = curve.confidence_interval(method="log-log")
    ends = interval.low.probabilities, interval.high.probabilities
    return curve.quantiles, np.column_stack([curve.probabilities, *ends])


def by_lifelines(kept, left):
    """The same, as lifelines has them; its table begins with day 0, whether or not one ended there."""
    fitter = KaplanMeierFitter().fit(kept + left, [True] * len(kept) + [False] * len(left))
    days = sorted({*kept, *left})
    return days, fitter.survival_function_.join(fitter.confidence_interval_).loc[days].to_numpy()


@pytest.mark.parametrize("by_library", [by_scipy, by_lifelines])
@fewer()
@given(given_=plain.measured())
def test_time_to_done_and_its_interval_are_those_that_libraries_give(by_library, given_):
    as_of, table = given_

    curve = measures.time_to_done(table, as_of=as_of)

    seen = [plain.watched(c, as_of) for c in plain.rows_of(table) if plain.was_seen_waiting(c)]
    assume(seen)
    assert_same_curve(curve, by_library, seen)


def assert_same_curve(curve, by_library, seen):
    kept = [on for on, was_kept in seen if was_kept]
    days, expected = by_library(kept, [on for on, was_kept in seen if not was_kept])
    share = expected[:, 0]
    expected[(share <= 0) | (share >= 1), 1:] = np.nan
    assert list(curve["days"]) == list(days)
    found = curve[["share_waiting", "low", "high"]].to_numpy()
    assert found == pytest.approx(expected, abs=1e-9, nan_ok=True)


def remissions(told=REMISSIONS):
    """The weeks as commitments made on one day: kept after so many days, or void where the plus stands."""
    weeks = [(int(said.rstrip("+")), not said.endswith("+")) for said in told.split()]
    return pd.DataFrame({
        "made_on": [day("03-01")] * len(weeks),
        "closed_on": [day("03-01") + pd.Timedelta(days=week) for week, _ in weeks],
        "outcome": ["kept" if is_seen else "void" for _, is_seen in weeks],
    })  # fmt: skip


def test_remission_times_give_the_table_of_the_textbook():
    """Kleinbaum and Klein, Survival Analysis, table of the treated group."""
    curve = measures.time_to_done(remissions(), as_of="2024-12-31")

    of = curve[curve["kept"] > 0].set_index("days")
    assert of["at_risk"].to_dict() == {6: 21, 7: 17, 10: 15, 13: 12, 16: 11, 22: 7, 23: 6}
    assert of["share_waiting"].round(3).to_dict() == {
        6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448,
    }  # fmt: skip


def test_remission_times_under_placebo_give_the_table_of_the_textbook():
    """The same table, of the group in which nobody went out of sight."""
    curve = measures.time_to_done(remissions(PLACEBO), as_of="2024-12-31").set_index("days")

    assert curve["at_risk"].to_dict() == {
        1: 21, 2: 19, 3: 17, 4: 16, 5: 14, 8: 12, 11: 8, 12: 6, 15: 4, 17: 3, 22: 2, 23: 1,
    }  # fmt: skip
    assert curve["share_waiting"].round(2).to_list() == [
        0.90, 0.81, 0.76, 0.67, 0.57, 0.38, 0.29, 0.19, 0.14, 0.10, 0.05, 0.00,
    ]  # fmt: skip


@pytest.mark.parametrize("by_library", [by_scipy, by_lifelines])
@pytest.mark.parametrize("told", [REMISSIONS, PLACEBO], ids=["6-MP", "placebo"])
def test_remission_times_have_the_curve_and_interval_that_libraries_give(told, by_library):
    curve = measures.time_to_done(remissions(told), as_of="2024-12-31")

    weeks = [(int(said.rstrip("+")), not said.endswith("+")) for said in told.split()]
    assert_same_curve(curve, by_library, weeks)


@pytest.mark.parametrize("told", [REMISSIONS, PLACEBO], ids=["6-MP", "placebo"])
def test_remission_times_have_the_curve_and_spread_that_statsmodels_gives(told):
    curve = measures.time_to_done(remissions(told), as_of="2024-12-31")

    weeks = [int(said.rstrip("+")) for said in told.split()]
    expected = SurvfuncRight(weeks, [int(not said.endswith("+")) for said in told.split()])
    kept = curve[curve["kept"] > 0].set_index("days")
    assert kept.index.to_list() == list(expected.surv_times)
    assert kept["share_waiting"].to_list() == pytest.approx(list(expected.surv_prob), abs=1e-12)
    s, known = kept["share_waiting"], kept["low"].notna()
    half = np.log(np.log(kept["low"]) / np.log(kept["high"])) / 2
    error = half / measures.Z_95 * -np.log(s.where(s > 0)) * s
    assert error[known].to_list() == pytest.approx(expected.surv_prob_se[known.to_numpy()], abs=1e-9)


def test_remission_times_have_the_spread_that_greenwood_gives():
    """Standard errors of the same table, read back from the ends on the scale of log(-log S)."""
    curve = measures.time_to_done(remissions(), as_of="2024-12-31").set_index("days")

    s = curve["share_waiting"]
    half = np.log(np.log(curve["low"]) / np.log(curve["high"])) / 2
    error = (half / measures.Z_95 * -np.log(s) * s).round(3)
    assert error[[6, 7, 10, 13, 16, 22, 23]].to_list() == [0.076, 0.087, 0.096, 0.107, 0.114, 0.128, 0.135]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param([], {"days": 30, "kept": 0, "ended": 1, "share_waiting": 1.0}, id="open to the end"),
        pytest.param(
            ["03-05 #1 missed"], {"days": 30, "kept": 0, "ended": 1, "share_waiting": 1.0}, id="missed"
        ),
        pytest.param(
            ["03-05 #1 partly 0.9"], {"days": 30, "kept": 0, "ended": 1, "share_waiting": 1.0}, id="partly"
        ),
        pytest.param(["03-05 #1 void"], {"days": 4, "kept": 0, "ended": 1, "share_waiting": 1.0}, id="void"),
        pytest.param(
            ["03-05 #1 released"], {"days": 4, "kept": 0, "ended": 1, "share_waiting": 1.0}, id="released"
        ),
        pytest.param(["03-05 #1 kept"], {"days": 4, "kept": 1, "ended": 0, "share_waiting": 0.0}, id="kept"),
    ],
)
def test_one_commitment_is_in_sight_until_it_is_kept_or_leaves(said, expected):
    curve = measures.time_to_done(folded(PROMISED, *said), as_of=AS_OF)

    nothing = {"low": None, "high": None}
    assert plain.rows_of(curve) == [{"n": 1, "at_risk": 1, **expected, **nothing}]


def test_history_that_was_closed_before_the_ledger_knew_of_it_was_never_seen_waiting():
    table = folded(PROMISED, "03-05 #1 kept", "03-01 #2 Amara by 03-08", "03-01 #2 kept")
    table.loc[1, "closed_on"] = day("02-27")

    curve = measures.time_to_done(table, as_of=AS_OF)

    assert curve[["days", "n", "kept"]].to_dict("records") == [{"days": 4, "n": 1, "kept": 1}]


def test_an_estimate_without_days_is_empty():
    found = kaplan_meier(np.empty(0), np.empty(0))

    assert [one.tolist() for one in found] == [[], [], []]
