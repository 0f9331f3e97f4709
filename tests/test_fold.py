"""The fold: a commitment as it stood on a day, and what always holds of it and of the shares made of it."""

from datetime import date

import pandas as pd
import pytest
from helpers import day, fewer, frame_of, histories, ledger_of, moment
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from peerkit.errors import LedgerError
from peerkit.fold import commitments
from peerkit.measures import follow_through
from peerkit.schema import DTYPES, TABLES, known

LAST = "2024-12-31"
PROMISED = "03-01 #1 Amara by 03-08"


def state_of(*lines, as_of=LAST, time_zone="UTC"):
    """Return the one commitment that the lines tell, as a dict without its blank cells."""
    [row] = commitments(ledger_of(*lines), as_of=as_of, time_zone=time_zone).to_dict("records")
    return {name: value for name, value in row.items() if not pd.isna(value)}


def test_a_promise_is_one_row_with_what_follows_from_it():
    state = state_of(PROMISED, as_of="2024-03-08")

    assert state == {
        "author": "Amara",
        "visibility": "shared",
        "commitment_id": "1",
        "peer": "Amara",
        "outcome": "open",
        "made_on": day("03-01"),
        "first_due_on": day("03-08"),
        "due_on": day("03-08"),
        "latest_due_on": day("03-08"),
        "moves": 0,
        "is_renegotiated": False,
        "is_due": True,
        "is_overdue": False,
    }


def test_a_fold_has_the_ledgers_dtypes_and_its_own():
    ledger = ledger_of(PROMISED, "03-05 #1 partly 0.5")

    dtypes = commitments(ledger, as_of=LAST).dtypes.astype(str).to_dict()

    dates = dict.fromkeys(["made_on", "first_due_on", "due_on", "latest_due_on"], "datetime64[us]")
    counts = {"moves": "int64", **dict.fromkeys(["is_renegotiated", "is_due", "is_overdue"], "bool")}
    entered = {
        name: DTYPES[kind]
        for name, kind in TABLES["entries"].items()
        if name not in ("row_id", "recorded_at")
    }
    assert dtypes == {**entered, **dates, **counts}


def test_a_ledger_without_entries_gives_the_same_columns_and_no_row():
    empty = commitments(ledger_of(), as_of=LAST)

    filled = commitments(ledger_of(PROMISED), as_of=LAST)
    assert empty.dtypes.astype(str).to_dict() == filled.dtypes.astype(str).to_dict()
    assert len(empty) == 0


def test_blank_means_unchanged():
    state = state_of(PROMISED, "03-05 #1 kept")

    assert (state["peer"], state["due_on"], state["outcome"]) == ("Amara", day("03-08"), "kept")


@pytest.mark.parametrize(
    ("as_of", "outcome"),
    [("2024-03-04", "open"), ("2024-03-05", "kept"), (date(2024, 3, 6), "kept"), (day("03-07"), "missed")],
    ids=["the day before", "the day itself", "as a date", "corrected"],
)
def test_a_past_day_can_be_looked_at_again(as_of, outcome):
    state = state_of(PROMISED, "03-05 #1 kept", "03-07 #1 missed", as_of=as_of)

    assert state["outcome"] == outcome


def test_what_was_promised_after_the_day_is_not_there():
    ledger = ledger_of(PROMISED, "03-09 #2 Jonas by 03-12")

    table = commitments(ledger, as_of="2024-03-08")

    assert table["commitment_id"].to_list() == ["1"]


def test_rows_of_one_moment_count_in_the_order_of_their_ids():
    ledger = ledger_of(PROMISED, "03-05 #1 kept", "03-05 #1 missed")

    table = commitments(ledger.iloc[::-1], as_of=LAST)

    assert table["outcome"].to_list() == ["missed"]


def test_rows_are_in_the_order_of_first_entries():
    ledger = ledger_of("03-01 #b Jonas by 03-08", "03-02 #a Amara by 03-08", "03-03 #b kept")

    table = commitments(ledger, as_of=LAST)

    assert table["commitment_id"].to_list() == ["b", "a"]


@pytest.mark.parametrize(
    ("lines", "first", "judged", "latest", "moves", "is_renegotiated"),
    [
        pytest.param([], "03-08", "03-08", "03-08", 0, False, id="never moved"),
        pytest.param(["03-05 #1 moved to 03-12"], "03-08", "03-12", "03-12", 1, True, id="in time"),
        pytest.param(["03-08 #1 moved to 03-12"], "03-08", "03-12", "03-12", 1, True, id="on the day it was due"),
        pytest.param(["03-09 #1 moved to 03-12"], "03-08", "03-08", "03-12", 1, False, id="too late"),
        pytest.param(["03-05 #1 moved to 03-12", "03-11 #1 moved to 03-20"], "03-08", "03-20", "03-20", 2, True, id="twice in time"),
        pytest.param(["03-05 #1 moved to 03-12", "03-13 #1 moved to 03-20"], "03-08", "03-12", "03-20", 2, True, id="in time, then too late"),
        pytest.param(["03-09 #1 moved to 03-12", "03-11 #1 moved to 03-20"], "03-08", "03-08", "03-20", 2, False, id="too late, then before the slip"),
        pytest.param(["03-05 #1 moved to 03-06"], "03-08", "03-06", "03-06", 1, True, id="to an earlier day"),
        pytest.param(["03-05 #1 moved to 03-08"], "03-08", "03-08", "03-08", 0, False, id="to the same day"),
        pytest.param(["03-05 #1 moved to 03-12", "03-06 #1 moved to 03-08"], "03-08", "03-08", "03-08", 2, True, id="there and back"),
    ],
)  # fmt: skip
def test_a_commitment_is_judged_by_the_last_date_agreed_in_time(
    lines, first, judged, latest, moves, is_renegotiated
):
    state = state_of(PROMISED, *lines)

    dates = (state["first_due_on"], state["due_on"], state["latest_due_on"])
    assert dates == (day(first), day(judged), day(latest))
    assert (state["moves"], state["is_renegotiated"]) == (moves, is_renegotiated)


def test_a_date_given_later_is_the_first_one_and_no_move():
    state = state_of("03-01 #1 Amara", "03-05 #1 moved to 03-12")

    assert (state["first_due_on"], state["due_on"], state["moves"]) == (day("03-12"), day("03-12"), 0)


def test_without_a_date_nothing_is_due():
    state = state_of("03-01 #1 Amara")

    assert {"due_on", "first_due_on", "latest_due_on"} & state.keys() == set()
    assert (state["is_due"], state["is_overdue"], state["moves"]) == (False, False, 0)


@pytest.mark.parametrize(
    ("as_of", "is_due", "is_overdue"),
    [("2024-03-07", False, False), ("2024-03-08", True, False), ("2024-03-09", True, True)],
    ids=["the day before", "the day itself", "the day after"],
)
def test_an_open_commitment_is_overdue_from_the_day_after(as_of, is_due, is_overdue):
    state = state_of(PROMISED, as_of=as_of)

    assert (state["is_due"], state["is_overdue"]) == (is_due, is_overdue)


def test_what_is_settled_is_never_overdue():
    state = state_of(PROMISED, "03-20 #1 missed")

    assert (state["is_due"], state["is_overdue"]) == (True, False)


def test_what_is_open_again_has_neither_a_day_of_closing_nor_a_fraction():
    state = state_of(PROMISED, "03-05 #1 partly 0.5", "03-06 #1 reopened")

    assert {"closed_on", "fraction"} & state.keys() == set()


def test_only_what_is_partly_kept_has_a_fraction():
    state = state_of(PROMISED, "03-05 #1 partly 0.5", "03-06 #1 kept")

    assert (state.get("fraction"), state["closed_on"]) == (None, day("03-06"))


@pytest.mark.parametrize(
    ("time_zone", "made_on", "seen_on_the_7th"),
    [("UTC", "03-07", 1), ("Europe/Helsinki", "03-08", 0), ("America/Lima", "03-07", 1)],
)
def test_a_day_ends_at_midnight_in_the_pairs_time_zone(time_zone, made_on, seen_on_the_7th):
    """Half past eleven in UTC is half past one of the next day in Helsinki."""
    ledger = ledger_of("03-07 23:30 #1 Amara by 03-20")

    on_the_7th = commitments(ledger, as_of="2024-03-07", time_zone=time_zone)
    later = commitments(ledger, as_of=LAST, time_zone=time_zone)

    assert (len(on_the_7th), later["made_on"].to_list()) == (seen_on_the_7th, [day(made_on)])


@pytest.mark.parametrize(("time_zone", "judged"), [("UTC", "03-12"), ("Europe/Helsinki", "03-08")])
def test_a_move_is_in_time_by_the_pairs_own_day(time_zone, judged):
    state = state_of(PROMISED, "03-08 23:30 #1 moved to 03-12", time_zone=time_zone)

    assert state["due_on"] == day(judged)


@pytest.mark.parametrize(
    ("time_zone", "as_of", "last_moment"),
    [
        pytest.param("Asia/Beirut", "2024-03-30", "03-30 21:59", id="midnight is left out"),
        pytest.param("America/Havana", "2024-11-02", "11-03 03:59", id="midnight comes twice"),
    ],
)
def test_a_day_ends_where_the_clocks_change_at_midnight(time_zone, as_of, last_moment):
    until = moment(last_moment)
    rows = [
        {"commitment_id": name, "recorded_at": until + pd.Timedelta(minutes=n), "outcome": "open"}
        for n, name in enumerate("ab")
    ]

    table = commitments(frame_of(rows), as_of=as_of, time_zone=time_zone)

    assert table["commitment_id"].to_list() == ["a"]


def test_a_ledger_needs_only_four_columns():
    ledger = ledger_of(PROMISED, "03-05 #1 kept")[["commitment_id", "recorded_at", "due_on", "outcome"]]

    table = commitments(ledger, as_of=LAST)

    assert table[["commitment_id", "outcome", "due_on"]].to_dict("records") == [
        {"commitment_id": "1", "outcome": "kept", "due_on": day("03-08")}
    ]


def test_a_missing_column_is_told():
    ledger = ledger_of(PROMISED).drop(columns=["due_on", "outcome"])

    with pytest.raises(
        LedgerError, match=r"This ledger has no column due_on, outcome\. It has: row_id, .*Compare with"
    ):
        commitments(ledger, as_of=LAST)


def test_the_ledger_that_is_folded_stays_as_it_was():
    ledger = ledger_of(PROMISED, "03-05 #1 kept")
    before = ledger.copy(deep=True)

    commitments(ledger, as_of=LAST)

    assert_frame_equal(ledger, before)


def test_an_entry_without_a_commitment_is_refused():
    ledger = ledger_of(PROMISED, "03-05 #1 kept", "03-06 #1 kept")
    ledger.loc[1, "commitment_id"] = None

    with pytest.raises(LedgerError, match=r"^1 of 3 rows have no commitment_id\. Leave them out"):
        commitments(ledger, as_of=LAST)


def test_an_entry_without_a_commitment_is_no_matter_before_its_day():
    ledger = ledger_of(PROMISED, "03-05 #1 kept", "03-06 #2 kept")
    ledger.loc[2, "commitment_id"] = None

    for rows in (ledger, ledger.iloc[::-1]):
        assert commitments(rows, as_of="2024-03-05")["commitment_id"].to_list() == ["1"]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (["peer", "colour", "is_done"], r"has no column colour, is_done\. It has: commitment_id, author, "),
        ("peer", r'columns takes a list, and was given \'peer\'\. Write columns=\["peer"\]'),
    ],
    ids=["unknown", "one word"],
)
def test_columns_that_there_are_not_are_told(columns, message):
    with pytest.raises(LedgerError, match=message):
        commitments(ledger_of(PROMISED), as_of=LAST, columns=columns)


# What always holds (METRICS.md)


ALL_COLUMNS = list(commitments(ledger_of(PROMISED), as_of=LAST).columns)


@given(
    lines=histories(),
    columns=st.lists(st.sampled_from(ALL_COLUMNS), min_size=1, unique=True),
    is_sorted=st.booleans(),
)
def test_the_columns_asked_for_are_those_of_the_whole_fold(lines, columns, is_sorted):
    ledger = ledger_of(*lines)

    some = commitments(ledger if is_sorted else ledger.iloc[::-1], as_of=LAST, columns=columns)

    assert_frame_equal(some, commitments(ledger, as_of=LAST)[columns])


@fewer()
@given(lines=histories(), order=st.randoms(use_true_random=False), number=st.integers(0, 60))
@pytest.mark.parametrize(
    "written",
    [
        pytest.param(lambda ids: ids.astype("category"), id="words"),
        pytest.param(lambda ids: ids.astype("object"), id="objects"),
        pytest.param(lambda ids: ids.astype("int64"), id="whole numbers"),
        pytest.param(lambda ids: ids.str.replace("2", "two"), id="texts of several lengths"),
    ],
)
def test_it_does_not_matter_how_ids_are_written(written, lines, order, number):
    ledger = ledger_of(*lines)
    places = list(range(len(ledger)))
    order.shuffle(places)
    as_of = day("03-01") + pd.Timedelta(days=number)

    other = commitments(
        ledger.assign(commitment_id=written(ledger["commitment_id"])).iloc[places], as_of=as_of
    )

    expected = commitments(ledger, as_of=as_of)
    assert other["commitment_id"].to_list() == written(expected["commitment_id"]).to_list()
    assert_frame_equal(other.drop(columns="commitment_id"), expected.drop(columns="commitment_id"))


@given(lines=histories(), order=st.randoms(use_true_random=False))
def test_the_order_in_which_entries_arrive_does_not_matter(lines, order):
    ledger = ledger_of(*lines)
    places = list(range(len(ledger)))
    order.shuffle(places)

    assert_frame_equal(commitments(ledger.iloc[places], as_of=LAST), commitments(ledger, as_of=LAST))


@given(
    lines=histories(),
    is_mine=st.lists(st.booleans(), min_size=30, max_size=30),
    order=st.permutations(["mine", "theirs", "mine"]),
)
def test_splitting_and_merging_gives_the_same_table(lines, is_mine, order):
    """In any order, any number of times: rows that come twice change nothing."""
    ledger = ledger_of(*lines)
    mask = pd.Series(is_mine).reindex(ledger.index, fill_value=True)
    parts = {"mine": ledger[mask], "theirs": ledger[~mask]}

    merged = pd.concat([parts[name] for name in order])

    assert_frame_equal(commitments(merged, as_of=LAST), commitments(ledger, as_of=LAST))


@given(
    lines=histories(),
    number=st.integers(0, 60),
    time_zone=st.sampled_from(["UTC", "Europe/Helsinki", "Pacific/Apia"]),
)
def test_looking_from_a_day_is_looking_at_the_ledger_cut_at_that_day(lines, number, time_zone):
    ledger = ledger_of(*lines)
    as_of = day("03-01") + pd.Timedelta(days=number)
    end = (as_of + pd.Timedelta(days=1)).tz_localize(time_zone)

    cut = ledger[ledger["recorded_at"] < end]

    from_cut = commitments(cut, as_of=as_of, time_zone=time_zone)
    assert_frame_equal(commitments(ledger, as_of=as_of, time_zone=time_zone), from_cut)


def cell(kind):
    days = st.integers(1, 30).map(lambda number: day(f"03-{number:02}"))
    values = {"date": days, "number": st.sampled_from([0.0, 0.5, 1.0]), "flag": st.booleans()}
    return st.none() | values.get(kind, st.sampled_from(["one", "two", ""]))


WORDS_OF = {
    **dict.fromkeys(("outcome", "acknowledged"), st.none() | st.sampled_from(["kept", "partly", "missed"])),
    "visibility": st.sampled_from(["private", "shared"]),
}
FOLDED = {
    name: kind
    for name, kind in TABLES["entries"].items()
    if name not in ("row_id", "recorded_at", "commitment_id")
}
ROW = st.fixed_dictionaries(
    {
        "commitment_id": st.sampled_from("abc"),
        "recorded_at": st.integers(10, 20).map(lambda hour: moment(f"03-01 {hour}:00")),
        **{name: WORDS_OF.get(name, cell(kind)) for name, kind in FOLDED.items()},
    }
)


@given(rows=st.lists(ROW, min_size=1, max_size=8))
def test_the_fold_of_a_ledger_agrees_with_the_fold_of_one_commitments_rows(rows):
    """`schema.known` and `fold.commitments` state one rule twice."""
    rows = [{**row, "row_id": f"row-{number}"} for number, row in enumerate(rows)]

    table = commitments(frame_of(rows), as_of=LAST)

    table["due_on"] = table["latest_due_on"]
    rows.sort(key=lambda row: (row["recorded_at"], row["row_id"]))
    expected = [known(row for row in rows if row["commitment_id"] == name) for name in table["commitment_id"]]
    for state in expected:
        if state.get("outcome") != "partly":
            state.pop("fraction", None)
    folded = [
        {name: row[name] for name in FOLDED if not pd.isna(row[name])} for row in table.to_dict("records")
    ]
    assert folded == [{name: state[name] for name in FOLDED if name in state} for state in expected]


@given(lines=histories())
def test_dates_and_moves_never_contradict_each_other(lines):
    table = commitments(ledger_of(*lines), as_of=LAST)

    assert (table["moves"] >= table["is_renegotiated"]).all()
    assert (
        table.loc[table["moves"] == 0, "first_due_on"] == table.loc[table["moves"] == 0, "latest_due_on"]
    ).all()
    assert (
        table.loc[~table["is_renegotiated"], "due_on"] == table.loc[~table["is_renegotiated"], "first_due_on"]
    ).all()
    assert table["closed_on"].isna().equals(table["outcome"] == "open")
    assert table["fraction"].notna().equals(table["outcome"] == "partly")


# Of the shares that are made of a fold


def shares(ledger, as_of=LAST, **asked):
    return follow_through(commitments(ledger, as_of=as_of), as_of=as_of, **asked)


@given(lines=histories(), by=st.sampled_from([(), ("peer",)]), every=st.sampled_from([None, "week"]))
def test_a_void_commitment_changes_no_share(lines, by, every):
    with_void = [*lines, "04-28 #nothing Amara by 04-29", "04-29 #nothing void"]

    after = shares(ledger_of(*with_void), by=by, every=every)

    before = shares(ledger_of(*lines), by=by, every=every)
    assert_frame_equal(after, before, check_categorical=False)


@given(lines=histories())
def test_turning_a_missed_into_a_kept_never_lowers_a_share(lines):
    bettered = [line.replace("missed", "kept") for line in lines]

    before, after = shares(ledger_of(*lines)), shares(ledger_of(*bettered))

    assert before["n"].to_list() == after["n"].to_list()
    assert (after["share"] >= before["share"]).all()


@given(lines=histories(), every=st.sampled_from([None, "week"]), by=st.sampled_from([(), ("peer",)]))
def test_a_share_lies_in_its_interval_and_that_between_0_and_1(lines, every, by):
    table = shares(ledger_of(*lines), every=every, by=by)

    assert (table["low"] >= 0).all()
    assert (table["low"] <= table["share"]).all()
    assert (table["share"] <= table["high"]).all()
    assert (table["high"] <= 1).all()


@given(lines=histories())
def test_the_weeks_add_up_to_the_whole(lines):
    ledger = ledger_of(*lines)

    weeks, whole = shares(ledger, every="week"), shares(ledger)

    assert weeks[["kept", "n"]].sum().to_list() == whole[["kept", "n"]].sum().to_list()
