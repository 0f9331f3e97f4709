"""What METRICS says always holds, of every share at once."""

import pandas as pd
import plain
import polars as pl
from helpers import fewer, histories, ledger_of
from hypothesis import given
from hypothesis import strategies as st

from peerkit import measures
from peerkit.fold import commitments

AS_OF = "2024-06-30"
WHOLE = [
    measures.follow_through, measures.follow_through_first_due, measures.on_time, measures.credit,
    measures.renegotiated, measures.released_rate,
]  # fmt: skip
OTHERS = [measures.void_rate, measures.days_late, measures.moves, measures.return_days, measures.time_to_done]
GIVEN_WORDS = [measures.calibration, measures.reliability, measures.follow_through_by_load]


def tables_of(table, as_of=AS_OF):
    """Return every measure of the table, by name, as text: the same text is the same table to the last bit."""
    return {m.__name__: m(table, as_of=as_of, by=["peer"]).to_csv() for m in (*WHOLE, *OTHERS, *GIVEN_WORDS)}


def shares_of(table, **asked):
    return {m.__name__: m(table, as_of=AS_OF, **asked).to_dict("list") for m in WHOLE}


def with_words(lines):
    """Return the ledger of the lines, with a confidence and a session in the first entry of each commitment."""
    ledger = ledger_of(*lines)
    number = pd.to_numeric(ledger["commitment_id"])
    is_first = ~ledger["commitment_id"].duplicated()
    return ledger.assign(
        confidence=(number / 10).where(is_first).astype("Float64"),
        session_id=("s" + (number % 3).astype("str")).where(is_first),
    )


@fewer()
@given(lines=histories(), chance=st.randoms(use_true_random=False))
def test_neither_the_order_of_entries_nor_files_merged_twice_change_a_measure(lines, chance):
    """Rules 1 and 4."""
    ledger = with_words(lines)
    parts = [ledger.sample(frac=0.5, random_state=chance.randrange(100)), ledger, ledger[::-1]]
    chance.shuffle(parts)

    merged = commitments(pd.concat(parts, ignore_index=True), as_of=AS_OF)

    expected = commitments(ledger, as_of=AS_OF)
    assert tables_of(merged) == tables_of(expected)


@fewer()
@given(lines=histories(), due=st.integers(10, 30))
def test_adding_a_void_commitment_changes_no_share(lines, due):
    """Rule 2; its own rate is the one that it is there to change."""
    with_void = [*lines, f"03-01 #void Amara by 03-{due}", "03-02 #void void"]

    shares = shares_of(commitments(ledger_of(*with_void), as_of=AS_OF))

    assert shares == shares_of(commitments(ledger_of(*lines), as_of=AS_OF))


@fewer()
@given(given_=plain.measured())
def test_adding_a_void_commitment_to_a_session_leaves_its_load(given_):
    as_of, table = given_
    void = table.head(1).assign(
        outcome=pd.Categorical(["void"], table["outcome"].cat.categories), session_id="s1"
    )

    shares = measures.follow_through_by_load(pd.concat([table, void], ignore_index=True), as_of=as_of)

    pd.testing.assert_frame_equal(shares, measures.follow_through_by_load(table, as_of=as_of))


@fewer()
@given(lines=histories())
def test_turning_a_missed_into_a_kept_never_lowers_a_share(lines):
    """Rule 3."""
    turned = [line.replace(" missed", " kept") for line in lines]

    before, after = (commitments(ledger_of(*told), as_of=AS_OF) for told in (lines, turned))

    for measure in WHOLE:
        was, now = (measure(table, as_of=AS_OF) for table in (before, after))
        name = "credit" if measure is measures.credit else "share"
        found = (now["n"].to_list(), (now[name] >= was[name]).all())
        assert found == (was["n"].to_list(), True), measure.__name__


@fewer()
@given(lines=histories(), said=st.sampled_from(["03-10", "03-20", "04-05"]))
def test_looking_from_a_past_day_is_looking_at_the_ledger_cut_there(lines, said):
    """Rule 5."""
    ledger, as_of = with_words(lines), f"2024-{said}"
    cut = ledger[ledger["recorded_at"] < pd.Timestamp(as_of, tz="UTC") + pd.Timedelta(days=1)]

    replayed = tables_of(commitments(ledger, as_of=as_of), as_of)

    assert replayed == tables_of(commitments(cut, as_of=as_of), as_of)


@fewer()
@given(given_=plain.measured())
def test_a_share_lies_in_its_interval_and_that_in_0_to_1(given_):
    """Rule 6."""
    as_of, table = given_

    for measure in (*WHOLE, measures.void_rate):
        found = measure(table, as_of=as_of, by=["peer", "weekday"])

        share = found["credit" if measure is measures.credit else "share"]
        order = [(found["low"] >= 0), (found["low"] <= share), (share <= found["high"]), (found["high"] <= 1)]
        assert [rule.all() for rule in order] == [True] * 4, measure.__name__


@fewer()
@given(given_=plain.measured())
def test_time_to_done_lies_in_its_interval_and_never_rises(given_):
    as_of, table = given_

    curve = measures.time_to_done(table, as_of=as_of)

    known = curve.dropna()
    assert (known["low"].between(0, known["share_waiting"])).all()
    assert (known["high"].between(known["share_waiting"], 1)).all()
    assert curve["share_waiting"].is_monotonic_decreasing


@fewer()
@given(given_=plain.measured())
def test_the_denominators_of_weeks_months_and_weekdays_add_up_to_that_of_the_whole(given_):
    """Rule 7."""
    as_of, table = given_
    asked = [{"every": "week"}, {"every": "month"}, {"by": ["weekday"]}, {}]

    for measure in (*WHOLE, measures.void_rate):
        sums = [measure(table, as_of=as_of, **one)["n"].sum() for one in asked]

        assert sums == [sums[-1]] * 4, measure.__name__


def in_polars(table):
    """Return a table as another engine would hold it: dates as days, words as text."""
    rows = plain.rows_of(table)
    days = {name: pl.Date for name in table.columns if name.endswith("_on")}
    numbers = {name: pl.Float64 for name in ("confidence", "fraction") if name in table.columns}
    words = {name: pl.String for name in ("peer", "outcome", "session_id") if name in table.columns}
    return pl.DataFrame(
        rows, list(table.columns), schema_overrides={**days, **numbers, **words}, strict=False
    )


@fewer()
@given(given_=plain.measured())
def test_every_engine_gives_the_same_table(given_):
    """Rule 8."""
    as_of, table = given_
    other = in_polars(table)

    for measure in (*WHOLE, *OTHERS, *GIVEN_WORDS):
        found = measure(other, as_of=as_of, by=["peer"])

        expected = measure(table, as_of=as_of, by=["peer"])
        assert found.columns == list(expected.columns), measure.__name__
        assert plain.rounded(found.to_dicts()) == plain.rows_of(expected), measure.__name__


@fewer()
@given(sessions=plain.meetings())
def test_every_engine_gives_the_same_table_of_sessions(sessions):
    other = in_polars(sessions)

    for measure in (measures.heard, measures.balance):
        found = measure(other, as_of=AS_OF)

        assert plain.rounded(found.to_dicts()) == plain.rows_of(measure(sessions, as_of=AS_OF)), (
            measure.__name__
        )


@fewer()
@given(given_=plain.measured(), sessions=plain.meetings())
def test_every_engine_gives_the_same_table_of_both(given_, sessions):
    as_of, table = given_
    others = in_polars(table), in_polars(sessions)

    for measure in (measures.load, measures.heard_follow_through):
        found = measure(*others, as_of=as_of)

        expected = measure(table, sessions, as_of=as_of)
        assert plain.rounded(found.to_dicts()) == plain.rows_of(expected), measure.__name__


def test_a_blank_in_a_column_to_group_by_is_a_group_of_its_own():
    """Leaving it out would leave out commitments."""
    table = commitments(with_words(["03-01 #1 Amara by 03-08", "03-01 #2 Amara by 03-08"]), as_of=AS_OF)
    table["area"] = pd.Categorical(["work", None])

    sizes = {m.__name__: m(table, as_of=AS_OF, by=["area"])["n"].sum() for m in (*WHOLE, measures.moves)}
    more = {m.__name__: m(table, as_of=AS_OF, by=["area"])["n"].sum() for m in GIVEN_WORDS}
    curve = measures.time_to_done(table, as_of=AS_OF, by=["area"])

    assert (set(sizes.values()), set(more.values()), len(curve)) == ({2}, {2}, 2)
