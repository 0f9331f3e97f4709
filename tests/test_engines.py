"""Any dataframe: the fold and every measure give the same table on each engine, as the kind that was given."""

import subprocess
import sys
from functools import cache

import pandas as pd
import plain
import polars as pl
import pyarrow as pa
import pytest
from engines import ENGINES, QUICK, kept, many_entries, many_sessions, plain_arrow, seen
from helpers import fewer
from hypothesis import given
from polars.io.plugins import register_io_source

from peerkit import fold, measures
from peerkit.errors import LedgerError

# What PySpark says of this pandas is between those two.
pytestmark = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")

AS_OF = "2023-11-30"
ENTRIES, CHANGES = many_entries(10_000), many_sessions()
COMMITMENTS, SESSIONS = fold.commitments(ENTRIES, as_of=AS_OF), fold.sessions(CHANGES, as_of=AS_OF)
# The columns of the journal that are only handed on are folded in the tests of the fold.
NARROW = ["commitment_id", "peer", "area", "pair_id", "session_id", "confidence", "fraction", "outcome",
          "closed_on", "made_on", "first_due_on", "due_on", "moves", "is_renegotiated"]  # fmt: skip
ASKED = {
    "follow_through": {"by": ["peer"], "every": "week"},
    "follow_through_first_due": {"every": "week", "rolling": 4},
    "on_time": {"by": ["area", "weekday"], "since": "2023-03-01"},
    "credit": {"by": ["peer"], "every": "month"},
    "renegotiated": {"by": ["session_id"]},
    "released_rate": {},
    "void_rate": {"by": ["due_on"]},
    "days_late": {"by": ["peer"], "every": "month"},
    "moves": {"by": ["pair_id"]},
    "return_days": {"by": ["area"], "every": "month"},
    "time_to_done": {"by": ["peer"]},
    "calibration": {"by": ["pair_id", "area"]},
    "reliability": {"by": ["area"]},
    "follow_through_by_load": {"by": ["peer"]},
}
WITH_SESSIONS = {
    "follow_through": lambda c, s: measures.follow_through(c, as_of=AS_OF, sessions=s, rolling_sessions=4),
    "load": lambda c, s: measures.load(c, s, as_of=AS_OF),
    "heard": lambda _, s: measures.heard(s, as_of=AS_OF),
    "heard_follow_through": lambda c, s: measures.heard_follow_through(c, s, as_of=AS_OF),
    "balance": lambda _, s: measures.balance(s, as_of=AS_OF),
}


@pytest.fixture(scope="module", params=ENGINES)
def of_engine(request):
    """How a table of one engine is made."""
    if request.param == "spark":
        request.getfixturevalue("spark")
    return ENGINES[request.param]


@pytest.fixture(scope="module")
def given_entries(of_engine):
    return of_engine(ENTRIES)


@pytest.fixture(scope="module")
def given_commitments(of_engine):
    return kept(of_engine(COMMITMENTS[NARROW]))


@pytest.fixture(scope="module")
def given_sessions(of_engine):
    return of_engine(SESSIONS)


@cache
def expected_of(name):
    """What a measure says of all commitments in pandas, which is the same for every engine."""
    return getattr(measures, name)(COMMITMENTS, as_of=AS_OF, **ASKED[name])


@cache
def expected_with_sessions(name):
    return WITH_SESSIONS[name](COMMITMENTS, SESSIONS)


def same_kind(found, table):
    assert type(found) is type(table)
    return seen(found)


def assert_same(found, expected):
    pd.testing.assert_frame_equal(found, seen(expected), rtol=1e-12)


def in_order(table, key):
    return table.sort_values(key, ignore_index=True)


def test_the_fold_is_the_same_on_every_engine(given_entries):
    found = same_kind(fold.commitments(given_entries, as_of=AS_OF), given_entries)

    assert_same(in_order(found, "commitment_id"), in_order(COMMITMENTS, "commitment_id"))


def test_the_columns_that_were_asked_for_are_the_same_on_every_engine(given_entries):
    wanted = ["is_overdue", "commitment_id", "closed_on", "peer", "made_on"]

    found = same_kind(fold.commitments(given_entries, as_of=AS_OF, columns=wanted), given_entries)

    assert_same(in_order(found, "commitment_id"), in_order(COMMITMENTS[wanted], "commitment_id"))


def test_columns_that_there_are_not_are_told_with_all_that_there_are_on_every_engine(given_entries):
    there = ", ".join(COMMITMENTS.columns)

    with pytest.raises(LedgerError, match=rf"has no column colour\. It has: {there}\."):
        fold.commitments(given_entries, as_of=AS_OF, columns=["peer", "colour"])


@pytest.mark.parametrize("engine", QUICK)
@pytest.mark.parametrize("columns", [None, ["closed_on", "made_on", "outcome"]], ids=["all", "some"])
def test_where_nothing_is_closed_or_due_yet_columns_without_a_type_will_do(columns, engine):
    entries = ENTRIES.head(40).assign(closed_on=None, due_on=None, outcome="open")

    found = seen(fold.commitments(QUICK[engine](entries), as_of=AS_OF, columns=columns))

    expected = fold.commitments(entries, as_of=AS_OF, columns=columns)
    assert_same(in_order(found, "made_on"), in_order(expected, "made_on"))


@pytest.mark.parametrize("engine", ["pandas", *QUICK])
def test_rows_of_one_moment_are_in_the_order_of_their_ids_however_these_are_numbered(engine):
    row_id = pd.Categorical(["z", "a", "m"], categories=["z", "m", "a"])
    rows = ENTRIES.head(1).loc[[0, 0, 0]].assign(row_id=row_id, outcome=["kept", "open", "missed"])
    entries = QUICK.get(engine, pd.DataFrame)(rows.reset_index(drop=True))

    found = seen(fold.commitments(entries, as_of=AS_OF, columns=["outcome"]))

    assert found.to_dict("records") == [{"outcome": "kept"}]


def test_sessions_of_one_day_are_in_the_order_of_their_ids_however_these_are_numbered():
    session_id = pd.Categorical(["b", "a"], categories=["b", "a"])
    changes = CHANGES.head(1).loc[[0, 0]].assign(session_id=session_id)

    assert fold.sessions(changes, as_of=AS_OF)["session_id"].to_list() == ["a", "b"]


def test_the_fold_of_polars_has_the_types_that_were_given():
    given_ = pl.from_arrow(plain_arrow(ENTRIES.head(300)))

    found = fold.commitments(given_, as_of=AS_OF)

    days = ("made_on", "first_due_on", "latest_due_on")
    more = dict.fromkeys(days, pl.Date) | {"moves": pl.Int64}
    more |= dict.fromkeys(("is_renegotiated", "is_due", "is_overdue"), pl.Boolean)
    expected = {**given_.drop("row_id", "recorded_at").schema, **more}
    assert dict(found.schema) == {name: expected[name] for name in found.columns}
    assert set(found.columns) == set(expected)


def test_the_fold_goes_through_a_lazy_table_once_and_for_no_column_that_is_not_needed():
    entries, asked = pl.from_arrow(plain_arrow(ENTRIES.head(300))), []

    def scan(columns, predicate, n_rows, batch_size):
        asked.append(set(columns))
        yield entries.select(columns)

    lazy = register_io_source(scan, schema=entries.schema)

    fold.commitments(lazy, as_of=AS_OF, columns=["peer", "is_overdue"])

    assert asked == [{"row_id", "commitment_id", "recorded_at", "due_on", "outcome", "peer"}]


def test_a_fold_of_no_column_is_refused_on_every_engine(of_engine):
    with pytest.raises(LedgerError, match=r"columns is empty\. Name one at least, or leave it out for all\."):
        fold.commitments(of_engine(ENTRIES.head(9)), as_of=AS_OF, columns=[])


def test_the_fold_of_sessions_is_the_same_on_every_engine(of_engine):
    changes = of_engine(CHANGES)

    found = same_kind(fold.sessions(changes, as_of=AS_OF), changes)

    assert_same(in_order(found, "session_id"), in_order(SESSIONS, "session_id"))


def test_the_days_of_the_fold_end_in_the_zone_that_was_asked_for(of_engine):
    entries = ENTRIES.head(300)

    found = seen(fold.commitments(of_engine(entries), as_of=AS_OF, time_zone="Pacific/Auckland"))

    expected = fold.commitments(entries, as_of=AS_OF, time_zone="Pacific/Auckland")
    assert_same(in_order(found, "commitment_id"), in_order(expected, "commitment_id"))


@pytest.mark.parametrize("name", ASKED)
def test_every_measure_is_the_same_on_every_engine(name, given_commitments):
    measure, asked = getattr(measures, name), ASKED[name]

    found = same_kind(measure(given_commitments, as_of=AS_OF, **asked), given_commitments)

    assert_same(found, expected_of(name))


@pytest.mark.parametrize("name", WITH_SESSIONS)
def test_every_measure_of_sessions_is_the_same_on_every_engine(name, given_commitments, given_sessions):
    measure = WITH_SESSIONS[name]

    found = same_kind(measure(given_commitments, given_sessions), given_sessions)

    assert_same(found, expected_with_sessions(name))


@pytest.mark.parametrize("name", ["follow_through", "credit", "return_days", "time_to_done", "reliability"])
def test_of_no_commitments_there_is_no_row_and_the_same_columns_on_every_engine(name, of_engine):
    measure, asked = getattr(measures, name), ASKED[name]
    nothing = of_engine(COMMITMENTS[NARROW].head(0))

    found = same_kind(measure(nothing, as_of=AS_OF, **asked), nothing)

    assert (list(found.columns), len(found)) == (list(expected_of(name).columns), 0)


def test_of_no_entries_there_is_no_commitment_on_every_engine(of_engine):
    nothing = of_engine(ENTRIES.head(0))

    found = same_kind(fold.commitments(nothing, as_of=AS_OF), nothing)

    assert (list(found.columns), len(found)) == (list(COMMITMENTS.columns), 0)


@pytest.mark.parametrize(
    ("name", "asked", "changed", "message"),
    [
        ("follow_through", {"by": ["mood"]}, {}, r"have no column mood\. They have: commitment_id, "),
        ("follow_through", {"since": "2024-01-01"}, {}, r"The window ends on 2023-11-30 .* before it starts on"),
        ("on_time", {}, {"due_on": "08.03."}, r"The column due_on .* holds String; it takes dates without"),
        ("on_time", {}, {"closed_on": pd.Timestamp("2023-03-01", tz="UTC")}, r"closed_on .* holds Datetime.*; it takes"),
        ("credit", {}, {"fraction": 1.5}, r"The column fraction .* holds 1\.5; it takes 0 to 1\."),
        ("calibration", {}, {"confidence": 80.0}, r"The column confidence .* holds 80; it takes 0 to 1\."),
        ("reliability", {"by": ["peer"]}, {"confidence": -0.1}, r"confidence .* holds -0\.1; it takes 0 to 1\."),
    ],
    ids=["unknown", "window", "no date", "aware", "fraction", "too sure", "less than not sure"],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused_on_every_engine(name, asked, changed, message, of_engine):
    table = of_engine(COMMITMENTS[NARROW].head(40).assign(**changed))

    with pytest.raises(LedgerError, match=message):
        getattr(measures, name)(table, as_of=AS_OF, **asked)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"due_on": "08.03."}, r"The column due_on of this ledger holds .*; it takes dates without a time zone\."),
        ({"recorded_at": pd.Timestamp("2023-03-01")}, r"recorded_at of this ledger holds .*; it takes moments with"),
        ({"outcome": 1}, r"The column outcome of this ledger holds .*; it takes words"),
    ],
    ids=["no date", "naive", "no word"],
)  # fmt: skip
def test_entries_that_cannot_be_folded_are_refused_on_every_engine(changed, message, of_engine):
    entries = ENTRIES.head(40).assign(**changed)

    with pytest.raises(LedgerError, match=message):
        fold.commitments(of_engine(entries), as_of=AS_OF)
    with pytest.raises(LedgerError, match=message):
        fold.commitments(entries, as_of=AS_OF)


def test_naive_and_aware_moments_in_one_column_are_refused():
    moments = [pd.Timestamp("2023-03-01"), pd.Timestamp("2023-03-01", tz="UTC")]
    entries = ENTRIES.head(2).assign(recorded_at=pd.Series(moments, dtype=object))

    with pytest.raises(
        LedgerError, match=r"The column recorded_at of this ledger holds Object; it takes moments"
    ):
        fold.commitments(entries, as_of=AS_OF)


@pytest.mark.parametrize(
    ("fold_", "key"),
    [(fold.commitments, "commitment_id"), (fold.sessions, "session_id")],
    ids=["entries", "sessions"],
)
def test_entries_without_a_column_are_refused_on_every_engine(fold_, key, of_engine):
    table = of_engine(pd.DataFrame({"outcome": ["open"], "status": ["open"]}))

    with pytest.raises(LedgerError, match=rf"no column {key}, recorded_at"):
        fold_(table, as_of=AS_OF)


@pytest.mark.parametrize("what", [[1, 2], {"due_on": []}, None, "commitments.csv"])
def test_what_is_no_table_is_refused(what):
    with pytest.raises(LedgerError, match=r"which is no table\. Give one of pandas, Polars"):
        measures.follow_through(what, as_of=AS_OF)
    with pytest.raises(LedgerError, match=r"which is no table\. Give one of pandas, Polars"):
        fold.commitments(what, as_of=AS_OF)


def test_texts_that_polars_hands_over_as_views_are_grouped_by_as_any_other():
    views = pa.table(pl.from_arrow(plain_arrow(COMMITMENTS[NARROW])))
    assert views.schema.field("area").type == pa.string_view()

    found = measures.return_days(views, as_of=AS_OF, **ASKED["return_days"])

    assert_same(seen(found), expected_of("return_days"))


@pytest.mark.parametrize("name", ASKED)
def test_a_lazy_table_is_gone_through_once(name):
    """What stands before it may be costly: a fold, or a lake."""
    runs = []

    def counting(rows):
        runs.append(len(rows))
        return rows

    lazy = pl.from_arrow(plain_arrow(COMMITMENTS[NARROW])).lazy()
    none = dict.fromkeys(("predicate_pushdown", "projection_pushdown", "slice_pushdown"), False)
    lazy = lazy.map_batches(counting, schema=lazy.collect_schema(), **none)

    getattr(measures, name)(lazy, as_of=AS_OF, **ASKED[name])

    assert runs == [len(COMMITMENTS)]


def test_an_answer_of_duckdb_is_one_of_the_same_database():
    table = QUICK["duckdb"](COMMITMENTS[NARROW])

    shares = measures.follow_through(table, as_of=AS_OF, by=["peer"])

    both = shares.set_alias("shares").join(table.set_alias("made"), "shares.peer = made.peer")
    assert len(both.fetchall()) == int(COMMITMENTS["peer"].notna().sum())


def test_no_engine_is_loaded_before_a_table_of_it_is_given():
    code = (
        "import sys, pandas; before = set(sys.modules)\n"
        "from peerkit import measures, fold\n"
        "table = pandas.DataFrame({'due_on': [], 'closed_on': [], 'outcome': []})\n"
        "measures.follow_through(table, as_of='2024-03-01')\n"
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before})"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    # PyArrow is loaded by pandas itself, for its texts.
    assert {"polars", "duckdb", "dask", "pyspark"} & set(loaded.stdout.split()) == set()


@pytest.mark.parametrize("engine", QUICK)
@fewer()
@given(given_=plain.measured())
def test_whatever_is_measured_is_the_same_on_the_quick_engines(engine, given_):
    as_of, table = given_
    columns = ["peer", "session_id", "confidence", "fraction", "outcome", "closed_on", "due_on", "moves"]

    found = QUICK[engine](table[columns])

    for measure in (measures.follow_through, measures.credit, measures.return_days, measures.calibration):
        assert_same(seen(measure(found, as_of=as_of, by=["peer"])), measure(table, as_of=as_of, by=["peer"]))
