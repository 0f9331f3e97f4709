"""What a measure cannot answer it refuses in a sentence: the column, what is there, and what is wanted."""

from datetime import date

import pandas as pd
import plain
import polars as pl
import pyarrow as pa
import pytest
from helpers import day, ledger_of

from peerkit import measures
from peerkit.errors import LedgerError
from peerkit.fold import commitments, sessions

AS_OF = "2024-03-31"
TABLE = commitments(ledger_of("03-01 #1 Amara by 03-08", "03-07 #1 kept"), as_of=AS_OF)
SESSIONS = pd.DataFrame({
    "session_id": ["s1"], "held_on": [day("03-01")], "focus": ["Amara"], "coach": ["Jonas"],
    "minutes": [60], "status": ["closed"], "heard": [8],
})  # fmt: skip
MEASURES = [
    measures.follow_through, measures.follow_through_first_due, measures.on_time, measures.credit,
    measures.renegotiated, measures.released_rate, measures.void_rate, measures.days_late, measures.moves,
    measures.return_days, measures.time_to_done, measures.calibration, measures.reliability,
    measures.follow_through_by_load,
]  # fmt: skip
every_measure = pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.__name__)


@every_measure
@pytest.mark.parametrize(
    ("asked", "message"),
    [
        pytest.param(
            {"by": ["mood"]}, r"have no column mood\. They have: commitment_id, ", id="unknown column"
        ),
        pytest.param(
            {"by": "peer"},
            r"by takes a list of columns, and was given 'peer'\. Write by=\[\"peer\"\]",
            id="a word",
        ),
        pytest.param({"by": ["n"]}, r"n names a column of the answer", id="a column of the answer"),
        pytest.param({"by": ["peer", "peer"]}, r"a column stands there twice", id="twice"),
        pytest.param({"as_of": "soon"}, r"'soon' is no day\. Give a date", id="no day"),
        pytest.param({"as_of": None}, r"A day is missing\. Give a date", id="without a day"),
    ],
)
def test_a_question_without_sense_is_refused_by_every_measure(measure, asked, message):
    with pytest.raises(LedgerError, match=message):
        measure(TABLE, **{"as_of": AS_OF, **asked})


@pytest.mark.parametrize(
    "measure", [m for m in MEASURES if m is not measures.time_to_done], ids=lambda m: m.__name__
)
def test_a_window_that_ends_before_it_starts_is_refused(measure):
    message = r"The window ends on 2024-03-31 \(as_of\), before it starts on 2024-04-01 \(since\)\."

    with pytest.raises(LedgerError, match=message):
        measure(TABLE, as_of=AS_OF, since="2024-04-01")


@every_measure
def test_a_missing_outcome_is_refused_by_every_measure(measure):
    with pytest.raises(LedgerError, match=r"These commitments have no column outcome\. They have: "):
        measure(TABLE.drop(columns="outcome"), as_of=AS_OF)


@pytest.mark.parametrize(
    ("measure", "column", "values", "message"),
    [
        (measures.on_time, "due_on", ["08.03."], r"The column due_on .* holds String; it takes dates without a time zone\."),
        (measures.on_time, "closed_on", [day("03-07").tz_localize("UTC")], r"closed_on .* holds Datetime.*UTC.*; it takes dates"),
        (measures.credit, "fraction", ["half"], r"The column fraction .* holds String; it takes numbers\."),
        (measures.credit, "fraction", [1.5], r"The column fraction .* holds 1\.5; it takes 0 to 1\."),
        (measures.calibration, "confidence", [80.0], r"The column confidence .* holds 80; it takes 0 to 1\."),
        (measures.reliability, "confidence", [-0.1], r"The column confidence .* holds -0\.1; it takes 0 to 1\."),
        (measures.renegotiated, "is_renegotiated", [1], r"is_renegotiated .* holds Int64; it takes True or False\."),
        (measures.follow_through, "outcome", [1], r"outcome .* holds Int64; it takes words"),
        (measures.time_to_done, "made_on", [3.0], r"made_on .* holds Float64; it takes dates"),
    ],
)  # fmt: skip
def test_a_column_of_the_wrong_kind_is_named_with_what_it_holds(measure, column, values, message):
    with pytest.raises(LedgerError, match=message):
        measure(TABLE.assign(**{column: values}), as_of=AS_OF)


@pytest.mark.parametrize("half_life", [0, -1, float("inf"), float("nan"), True, "30"])
def test_a_half_life_is_a_number_of_days_above_0(half_life):
    with pytest.raises(
        LedgerError, match=r"half_life_days=.* is no half-life\. Give a number of days above 0"
    ):
        measures.credit(TABLE, as_of=AS_OF, half_life_days=half_life)


@pytest.mark.parametrize(
    "asked",
    [
        {"rolling_sessions": 4},
        {"rolling_sessions": 0, "sessions": SESSIONS},
        {"rolling_sessions": 1.5, "sessions": SESSIONS},
        {"rolling_sessions": 4, "sessions": SESSIONS, "every": "week"},
        {"rolling_sessions": 4, "sessions": SESSIONS, "by": ["session_id"]},
    ],
    ids=["no sessions", "none", "half", "weeks too", "by session"],
)
def test_windows_of_sessions_need_sessions_and_a_whole_number(asked):
    with pytest.raises(LedgerError, match=r"rolling_sessions=.* needs a whole number of sessions from 1 on"):
        measures.credit(TABLE, as_of=AS_OF, **asked)


@pytest.mark.parametrize("measure", [measures.heard, measures.balance])
@pytest.mark.parametrize(
    ("table", "message"),
    [
        (SESSIONS.drop(columns="heard"), r"These sessions have no column heard\. They have: session_id, "),
        (SESSIONS.assign(heard=[11]), r"The column heard of these sessions holds 11; it takes 0 to 10\."),
        (
            SESSIONS.assign(held_on=["Monday"]),
            r"The column held_on of these sessions holds String; it takes dates",
        ),
        (
            pd.concat([SESSIONS, SESSIONS]),
            r"A session_id stands twice .* Fold the table first, with fold\.sessions\.",
        ),
    ],
    ids=["missing", "beyond 10", "no date", "as the journal keeps them"],
)
def test_a_table_of_sessions_that_cannot_be_read_is_refused(measure, table, message):
    with pytest.raises(LedgerError, match=message):
        measure(table, as_of=AS_OF)


def test_the_fold_of_sessions_names_the_columns_that_it_lacks():
    with pytest.raises(
        LedgerError, match=r"These sessions have no column recorded_at\. They have: session_id, "
    ):
        sessions(SESSIONS, as_of=AS_OF)


def test_a_column_of_nothing_but_blanks_may_have_any_dtype():
    """An engine does not know the dtype of what it never saw."""
    table = pl.DataFrame({
        "outcome": ["open"], "due_on": [date(2024, 3, 8)], "closed_on": [None], "confidence": [None],
    })  # fmt: skip

    score = measures.calibration(table, as_of=AS_OF)

    assert plain.rounded(score.to_dicts()) == [{"n": 0, "unstated": 1, "brier": None}]


def test_a_day_after_all_others_is_refused():
    """A blank due date is taken for it, and would count as due."""
    with pytest.raises(LedgerError, match="The year 9999 is further ahead than a ledger goes"):
        measures.follow_through(TABLE, as_of="9999-12-31")


@pytest.mark.parametrize("since", ["1600-01-01", "2024-01-01"])
def test_a_window_may_begin_before_nanoseconds_do(since):
    """Arrow and DuckDB cannot compare such a day with them."""
    arrow = pa.table({
        "outcome": ["kept", "open", None],
        "due_on": pa.array([day("03-08"), day("03-15"), None], pa.timestamp("ns")),
        "closed_on": pa.array([day("03-07"), None, None], pa.timestamp("ns")),
    })  # fmt: skip

    shares = measures.follow_through(arrow, as_of="2300-01-01", since=since)

    assert shares.select(["kept", "n"]).to_pylist() == [{"kept": 1, "n": 2}]
