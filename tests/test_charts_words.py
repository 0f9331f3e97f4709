"""What charts say in words: whole sentences made from the numbers, on the axes and in the file as well."""

import pandas as pd
import pytest
from charted import AS_OF, met, year
from hypothesis import given
from hypothesis import strategies as st

from peerkit import charts, measures, wilson
from peerkit.charts import words
from peerkit.charts.canvas import shortened

MONDAYS = pd.to_datetime(["2024-03-04", "2024-03-11"])
NOTHING = {
    "follow_through": "Follow-through: nothing was due yet, so there is nothing to show.",
    "first_due": "As re-agreed and as first promised: nothing was due yet, so there is nothing to compare.",
    "waterfall": "From promised to kept: nothing was promised yet.",
    "calendar": "Calendar of the year up to 2026-11-12: nothing was due.",
    "time_to_done": "How long until kept: nothing was promised yet.",
    "calibration": "Confidence and what was kept: nothing with a confidence was due yet.",
    "by_group": "Kept of what was due, by area: nothing was due yet.",
    "load": "Kept by how much was promised at once: nothing that was promised in a session was due yet.",
    "heard": "How understood each felt: no session has a number yet.",
    "balance": "Who had the floor: nobody yet.",
}


def drawn(n):
    """Return the axes of every chart, by name, for so many commitments and sessions."""
    made, sessions, on = year(n), met(n), {"as_of": AS_OF}
    weekly = {**on, "every": "week"}
    table, first = measures.follow_through(made, **weekly), measures.follow_through_first_due(made, **weekly)
    return {
        "follow_through": charts.follow_through(table),
        "first_due": charts.first_due(table, first),
        "waterfall": charts.waterfall(charts.promised(made, **on)),
        "calendar": charts.calendar(measures.follow_through(made, **on, by=["due_on"]), **on),
        "time_to_done": charts.time_to_done(measures.time_to_done(made, **on)),
        "calibration": charts.calibration(measures.reliability(made, **on)),
        "by_group": charts.by_group(measures.follow_through(made, **on, by=["area"]), group="area"),
        "load": charts.load(measures.follow_through_by_load(made, **on)),
        "heard": charts.heard(measures.heard(sessions, **on)),
        "balance": charts.balance(measures.balance(sessions, **on)),
    }


def shares(**columns):
    """Return a table of shares with the interval that `measures` would give."""
    table = pd.DataFrame(columns)
    low, high = wilson(table["kept"], table["n"])
    return table.assign(share=table["kept"] / table["n"], low=low, high=high)


def test_where_there_is_nothing_each_chart_says_so_in_words_and_on_the_axes():
    axes = drawn(0)

    assert {name: charts.alt(one) for name, one in axes.items()} == NOTHING
    assert [
        name
        for name, one in axes.items()
        if not [text for text in one.texts if " yet" in text.get_text() or "this year" in text.get_text()]
    ] == []


def test_the_words_of_a_chart_are_in_its_file():
    axes = charts.balance(measures.balance(met(3), as_of=AS_OF))

    assert (
        "<dc:description>Who had the floor. Amara 2 sessions, 120 minutes; Jonas 1 session, 60 minutes."
        in charts.svg(axes)
    )


def test_what_moving_dates_bought_is_told_in_points():
    table = shares(week=MONDAYS, kept=[8, 9], n=[10, 12])
    first = shares(week=MONDAYS, kept=[5, 6], n=[10, 12])

    assert words.first_due(table, first, weeks=8) == (
        "As re-agreed and as first promised, over 8 weeks up to the week of 2024-03-11: 9 of 12 kept by the date as"
        " re-agreed, 75%; 6 of 12 by the date first promised, 50%. Moving dates in time bought 25 points more."
    )


def test_what_became_of_promises_adds_up():
    table = charts.promised(year(150), as_of=AS_OF)

    assert (table.drop(columns=["session_id", "made_on", "promised"]).sum(axis=1) == table["promised"]).all()
    assert words.waterfall(table) == (
        "From promised to kept, 50 sessions: 150 promised; 99 kept, 15 partly kept, 24 not kept,"
        " 8 let go in time, 4 impossible."
    )


def test_the_days_until_half_was_kept_are_told():
    table = measures.time_to_done(year(150), as_of=AS_OF)

    assert words.time_to_done(table) == (
        "How long until kept (Kaplan-Meier estimate). Of 150 commitments, half kept within 4 days; 71% kept"
        " within 365 days."
    )


def test_confidence_is_told_bin_by_bin():
    table = shares(kept=[4, 0, 9], n=[5, 0, 12]).assign(
        **{"from": [0.0, 0.5, 0.7], "to": [0.5, 0.7, 0.85], "mean_confidence": [0.3, float("nan"), 0.8]}
    )

    assert words.calibration(table) == (
        "Confidence and what was kept. 0% to 50% sure: 4 of 5 kept, 80%; 70% to 85% sure: 9 of 12 kept, 75%."
        " In 1 of 2 bins more was kept than said, beyond the interval."
    )


@pytest.mark.parametrize(
    ("table", "group", "said"),
    [
        pytest.param(
            shares(area=["health", "work"], kept=[9, 3], n=[12, 4]), "area",
            "Kept of what was due, by area. health: 9 of 12 kept, 75%, 95 % interval 47% to 91%; work: 3 of 4 kept,"
            " 75%, 95 % interval 30% to 95%. The intervals of all 2 have a range in common: these numbers do not"
            " tell them apart. Under ten due commitments tell little.",
            id="alike",
        ),
        pytest.param(
            shares(weekday=[1, 7], kept=[1, 99], n=[100, 100]), "weekday",
            "Kept of what was due, by weekday. Monday: 1 of 100 kept, 1%, 95 % interval 0% to 5%; Sunday: 99 of 100"
            " kept, 99%, 95 % interval 95% to 100%. The intervals of these 2 do not all have a range in common:"
            " some lie further apart than they reach.",
            id="apart",
        ),
    ],
)  # fmt: skip
def test_groups_are_told_with_their_intervals(table, group, said):
    assert words.by_group(table, group=group) == said


def test_loads_are_told_with_their_intervals():
    assert words.load(shares(load=[1, 2], kept=[9, 8], n=[12, 10])) == (
        "Kept by how much was promised in one session. 1 promise: 9 of 12 kept, 75%, 95 % interval 47% to 91%;"
        " 2 promises: 8 of 10 kept, 80%, 95 % interval 49% to 94%. The intervals of all 2 have a range in common:"
        " these numbers do not tell them apart."
    )


def test_the_calendar_is_told_in_days():
    days = shares(
        due_on=pd.to_datetime(["2024-03-04", "2024-03-05", "2024-03-06"]), kept=[2, 1, 0], n=[2, 2, 1]
    )

    assert words.calendar(days, as_of=pd.Timestamp("2024-03-31")) == (
        "Calendar of the year up to 2024-03-31: 3 of 5 due commitments kept. Of 3 days with something due, 1 had all"
        " of it kept, 1 none."
    )


def test_heard_is_told_with_its_signs():
    assert words.heard(measures.heard(met(50), as_of=AS_OF)) == (
        "How understood each felt as focus person. Amara: 9 of 10 in the newest of 25 sessions, median 7,"
        " 3 rupture signs; Jonas: 8 of 10 in the newest of 25 sessions, median 7, 2 rupture signs."
    )


def test_a_daily_question_is_told_with_its_mean():
    answers = pd.DataFrame({"day": pd.to_datetime(["2024-03-04", "2024-03-05"]), "effort": [4.0, 7.0]})

    told = [
        words.effort(rows, until=AS_OF.replace(2024, 3, 8).date(), weeks=8)
        for rows in (answers, answers.head(0))
    ]

    assert told == [
        "The daily question: 2 days answered in the 8 weeks up to 2024-03-08, mean 5.5 of 10.",
        "The daily question: no day was answered in the 8 weeks up to 2024-03-08.",
    ]


def test_the_spread_over_pairs_is_told_with_what_is_not_shown():
    table = pd.DataFrame({
        "from": [0.5, 0.6, 0.7, float("nan")], "to": [0.6, 0.7, 0.8, float("nan")],
        "pairs": pd.array([None, 1, 12, 5], dtype="Int64"), "is_suppressed": [True, False, False, False],
    })  # fmt: skip

    assert words.spread(table) == (
        "How much pairs kept of what was due. 60% to 70%: 1 pair; 70% to 80%: 12 pairs. Under ten due, and in no tenth:"
        " 5 pairs. Not shown, so that no few pairs can be told: 1 number."
    )
    assert words.spread(table.head(0)) == "How much pairs kept of what was due. Nothing that can be shown."


def test_the_middle_half_of_the_pairs_is_told():
    table = pd.DataFrame({
        "week": MONDAYS, "pairs": pd.array([20, 4], dtype="Int64"), "middle": [0.6, None], "low": [0.5, None], "high": [0.7, None],
    })  # fmt: skip

    told = [words.over_pairs(rows, value="share") for rows in (table, table.tail(1))]

    assert told == [
        (
            "Follow-through over pairs, 1 week. Up to the week of 2024-03-04, of 20 pairs a quarter lie at 50% or below,"
            " half at 60% or below, a quarter at 70% or above."
        ),
        "Follow-through over pairs: under twenty pairs in every week, so no quarter of them can be shown.",
    ]


def test_a_name_from_the_right_to_the_left_does_not_turn_its_sentence():
    table = pd.DataFrame({"peer": ["Amara", "שלום"], "sessions": [1, 2], "minutes": [60, 120], "n": [3, 3]})

    assert words.balance(table) == (
        "Who had the floor. Amara 1 session, 60 minutes; \u2068שלום\u2069 2 sessions, 120 minutes."
    )


@given(name=st.text(max_size=60), width=st.integers(3, 30))
def test_a_name_is_shortened_to_its_width_and_not_in_the_midst_of_a_sign(name, width):
    short = shortened(name, width)

    plain = " ".join(name.split())
    assert short == plain or (short.endswith("…") and plain.startswith(short[:-1]))
    assert len(short) <= max(width, len(plain))
    assert not short.endswith(("\u200d…", "\ufe0f…"))


@given(kept=st.lists(st.integers(0, 60), min_size=1, max_size=8), more=st.integers(0, 60))
def test_words_and_picture_show_every_group_once_and_in_order(kept, more):
    table = shares(
        area=[f"area {place}" for place in range(len(kept))], kept=kept, n=[k + more + 1 for k in kept]
    )

    axes = charts.by_group(table, group="area")

    names = [text.get_text() for text in axes.texts if text.get_text().startswith("area")]
    assert names == table["area"].to_list()
    assert [name for name in names if charts.alt(axes).count(f"{name}:") != 1] == []
