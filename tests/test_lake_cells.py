"""What may be shown of a programme: no number of one to four pairs, nor one that gives such a number away."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerkit import lake
from peerkit.errors import LakeError

LEAST = lake.LEAST


def cells(*pairs):
    """Return a table of cells with so many pairs each, and a number that would tell of them."""
    return pd.DataFrame({"cell": range(len(pairs)), "pairs": pairs, "kept": [10 * n for n in pairs]})


def hidden(table):
    return table.loc[table["is_suppressed"], "cell"].to_list()


@st.composite
def tables(draw):
    """Cells in groups, each of some pairs of a programme; a pair may stand in several cells, as in several weeks."""
    sets = draw(st.lists(st.sets(st.integers(0, 30), max_size=14), min_size=1, max_size=10))
    groups = draw(st.lists(st.integers(0, 2), min_size=len(sets), max_size=len(sets)))
    table = pd.DataFrame({"group": groups, "cell": range(len(sets)), "pairs": [len(one) for one in sets]})
    return table.assign(kept=[7 * n + 1 for n in table["pairs"]], share=0.5), sets


@pytest.mark.parametrize(
    ("pairs", "out"),
    [
        pytest.param((5, 9, 20), [], id="all of five or more"),
        pytest.param((4, 9, 20), [0, 1], id="one small one, and the smallest beside it"),
        pytest.param((9, 4, 20, 1), [0, 1, 3], id="two small ones"),
        pytest.param((0, 9, 0), [], id="none is nobody's"),
        pytest.param((0, 4, 0), [1], id="nothing to hide it behind"),
        pytest.param((5, 5, 3), [0, 2], id="of two alike the first"),
        pytest.param((), [], id="no cells"),
    ],
)
def test_cells_under_five_pairs_are_hidden_and_one_more_that_would_give_them_away(pairs, out):
    assert hidden(lake.suppressed(cells(*pairs), keys=["cell"])) == out


@given(made=tables())
def test_what_is_left_of_a_total_is_of_five_pairs_or_more_and_of_two_cells_or_more(made):
    """The adversary knows the total over all pairs, takes away all that is shown, and looks at what is left."""
    table, sets = made

    shown = lake.suppressed(table, keys=["group", "cell"], within=["group"])

    for _, rows in shown.groupby("group"):
        left = rows[rows["is_suppressed"]]["cell"].to_list()
        behind = set().union(*(sets[cell] for cell in left))
        could_be_shown = [cell for cell in rows["cell"] if len(sets[cell]) >= LEAST]
        # Where nothing at all can be shown, the total is all that there is, and is itself a cell.
        assert not left or (len(left) >= 2 and len(behind) >= LEAST) or not could_be_shown


@given(made=tables())
def test_no_cell_of_one_to_four_pairs_is_shown_and_what_is_shown_is_as_it_was(made):
    table, _ = made

    shown = lake.suppressed(table, keys=["group", "cell"])

    seen = ~shown["is_suppressed"]
    assert not table.loc[seen, "pairs"].between(1, LEAST - 1).any()
    values = ["pairs", "kept", "share"]
    assert shown.loc[~seen, values].isna().all(axis=None)
    assert (shown.loc[seen, values] == table.loc[seen, values]).all(axis=None)
    assert (shown[["group", "cell"]] == table[["group", "cell"]]).all(axis=None)


@given(made=tables())
def test_no_more_is_hidden_than_must_be(made):
    """One cell more for each group that has something to hide: a table of blanks helps nobody."""
    table, _ = made

    shown = lake.suppressed(table, keys=["group", "cell"], within=["group"])

    small = table["pairs"].between(1, LEAST - 1)
    extra = shown["is_suppressed"] & ~small
    assert (extra.groupby(table["group"]).sum() <= 1).all()
    assert not extra[~small.groupby(table["group"]).transform("any")].any()


def test_which_of_the_hidden_cells_was_too_small_cannot_be_seen():
    left, right = (lake.suppressed(cells(*pairs), keys=["cell"]) for pairs in ((4, 5, 9), (5, 4, 9)))

    pd.testing.assert_frame_equal(left, right)


def test_a_table_without_its_columns_is_refused():
    with pytest.raises(LakeError, match="no column pairs"):
        lake.suppressed(cells(5).drop(columns="pairs"), keys=["cell"])


def shares(*rows):
    """Return shares of pairs, each as kept of n."""
    table = pd.DataFrame(rows, columns=["kept", "n"]).assign(pair=range(len(rows)))
    return table.assign(share=table["kept"] / table["n"])


def test_pairs_are_counted_in_the_tenth_of_their_share_and_apart_where_little_was_due():
    rows = [(7, 10)] * 6 + [(10, 10)] * 5 + [(29, 100)] * 8 + [(3, 9)] * 5

    table = lake.spread(shares(*rows))

    assert table["pairs"].to_list() == [0, 0, 8, 0, 0, 0, 0, 6, 0, 5, 5]
    assert table["from"].to_list()[:-1] == [tenth / 10 for tenth in range(10)]
    assert not table["is_suppressed"].any()


def test_a_tenth_of_a_few_pairs_is_hidden_with_the_smallest_beside_it():
    table = lake.spread(shares(*[(7, 10)] * 6, *[(2, 10)] * 2, *[(5, 10)] * 9))

    assert table.loc[table["is_suppressed"], "from"].to_list() == [0.2, 0.7]


def test_of_fewer_than_five_pairs_not_even_their_tenths_are_told():
    table = lake.spread(shares((7, 10), (2, 10)))

    assert (table["is_suppressed"].all(), table["pairs"].isna().all()) == (True, True)


@pytest.mark.parametrize(
    ("pairs", "there"),
    [(4, []), (5, ["pairs"]), (10, ["pairs", "middle"]), (20, ["pairs", "middle", "low", "high"])],
)
def test_a_line_that_divides_pairs_leaves_five_or_more_on_each_side(pairs, there):
    week = pd.Timestamp("2024-03-04")
    values = shares(*[(number, 20) for number in range(pairs)]).assign(week=week)

    [row] = lake.over_pairs(values, value="share").to_dict("records")

    assert [name for name in ("pairs", "middle", "low", "high") if pd.notna(row[name])] == there


def test_quartiles_are_those_of_the_pairs_that_have_enough_due():
    week = pd.Timestamp("2024-03-04")
    rows = [(kept, 20) for kept in range(20)] + [(0, 9)] * 50

    table = lake.over_pairs(shares(*rows).assign(week=week), value="share")

    assert table.to_dict("records") == [
        {"week": week, "pairs": 20, "middle": 0.48, "low": 0.24, "high": 0.71}
    ]


def test_a_programme_without_pairs_gives_tables_without_rows():
    nothing = shares().assign(week=pd.Series(dtype="datetime64[us]"))

    assert len(lake.over_pairs(nothing, value="share")) == 0
    assert len(lake.together(nothing)) == 0
    assert lake.spread(nothing)["pairs"].to_list() == [0] * 11


def test_all_pairs_together_are_shown_for_periods_with_five_of_them():
    months = pd.to_datetime(["2024-03-01"] * 3 + ["2024-04-01"] * 6 + ["2024-05-01"] * 7)
    values = shares(*[(1, 2)] * 16).assign(month=months)

    table = lake.together(values)

    assert table["is_suppressed"].to_list() == [True, True, False]
    assert table[["pairs", "kept", "n"]].iloc[2].to_list() == [7, 7, 14]


def test_a_table_of_other_columns_is_refused():
    with pytest.raises(LakeError, match=r"no column week, heard\. It has: kept, n, pair, share"):
        lake.over_pairs(shares((1, 2)), value="heard")
