"""Brier score beside scikit-learn, and the reliability table beside METRICS in plain Python."""

import numpy as np
import plain
import pytest
from helpers import fewer, ledger_of
from hypothesis import given
from sklearn.metrics import brier_score_loss

from peerkit import measures
from peerkit.fold import commitments

AS_OF = "2024-03-31"


def sure(*stated, outcome="kept"):
    """Return commitments of Amara that all came to the same, with a confidence each."""
    lines = [
        line for i in range(len(stated)) for line in (f"03-01 #{i} Amara by 03-08", f"03-07 #{i} {outcome}")
    ]
    return commitments(ledger_of(*lines), as_of=AS_OF).assign(confidence=np.array(stated, dtype=np.float64))


def stated_and_not(table, as_of):
    rows = plain.denominator(plain.rows_of(table), as_of)
    stated = [c for c in rows if c["confidence"] is not None]
    return stated, len(rows) - len(stated)


@fewer()
@given(given_=plain.measured())
def test_the_brier_score_is_the_one_that_scikit_learn_gives(given_):
    as_of, table = given_

    score = measures.calibration(table, as_of=as_of)

    stated, unstated = stated_and_not(table, as_of)
    came = [c["outcome"] == "kept" for c in stated]
    said = [c["confidence"] for c in stated]
    brier = brier_score_loss(came, said, pos_label=True, labels=[False, True]) if stated else None
    expected = [{"n": len(stated), "unstated": unstated, "brier": brier}] if stated or unstated else []
    assert plain.rows_of(score) == plain.rounded(expected)


@fewer()
@given(given_=plain.measured())
def test_the_brier_score_of_each_peer_is_a_mean_over_what_was_stated(given_):
    as_of, table = given_

    score = measures.calibration(table, as_of=as_of, by=["peer"], every="week")

    rows = [{**c, "week": plain.monday(c["due_on"])} for c in plain.denominator(plain.rows_of(table), as_of)]
    expected = []
    for (peer, week), group in plain.grouped(rows, "peer", "week").items():
        off = [
            (c["confidence"] - (c["outcome"] == "kept")) ** 2 for c in group if c["confidence"] is not None
        ]
        brier = sum(off) / len(off) if off else None
        key = {"peer": peer, "week": week}
        expected.append({**key, "n": len(off), "unstated": len(group) - len(off), "brier": brier})
    assert plain.rows_of(score) == plain.rounded(expected)


@fewer()
@given(given_=plain.measured())
def test_the_reliability_table_has_five_bins_whatever_is_due(given_):
    as_of, table = given_

    bins = measures.reliability(table, as_of=as_of)

    columns = ["from", "to", "n", "mean_confidence", "kept", "share", "low", "high"]
    assert list(bins.columns) == columns
    assert plain.rows_of(bins) == plain.rounded(plain.bins(plain.denominator(plain.rows_of(table), as_of)))


@fewer()
@given(given_=plain.measured())
def test_each_peer_with_something_due_has_five_bins(given_):
    as_of, table = given_

    bins = measures.reliability(table, as_of=as_of, by=["peer"])

    groups = plain.grouped(plain.denominator(plain.rows_of(table), as_of), "peer").items()
    expected = [{"peer": peer, **row} for (peer,), group in groups for row in plain.bins(group)]
    assert plain.rows_of(bins) == plain.rounded(expected)


def test_a_bin_holds_its_lower_end():
    bins = measures.reliability(sure(0.0, 0.5, 0.7, 0.85, 0.95, 1.0), as_of=AS_OF)

    assert bins["n"].to_list() == [1, 1, 1, 1, 2]


@pytest.mark.parametrize(
    ("confidence", "outcome", "brier"),
    [(1.0, "kept", 0.0), (1.0, "missed", 1.0), (0.5, "kept", 0.25), (0.5, "partly 0.9", 0.25)],
)
def test_the_score_of_one_promise(confidence, outcome, brier):
    score = measures.calibration(sure(confidence, outcome=outcome), as_of=AS_OF)

    assert score.to_dict("records") == [{"n": 1, "unstated": 0, "brier": brier}]


@pytest.mark.parametrize("measure", [measures.calibration, measures.reliability])
def test_of_no_commitments_there_is_no_row_for_any_peer(measure):
    full = sure(0.5)

    empty = measure(full.head(0), as_of=AS_OF, by=["peer"])

    filled = measure(full, as_of=AS_OF, by=["peer"])
    assert empty.dtypes.astype(str).to_dict() == filled.dtypes.astype(str).to_dict()
    assert len(empty) == 0
