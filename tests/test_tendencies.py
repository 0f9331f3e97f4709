"""What tends to work: counted from eight on, said as observation, never ranked."""

import re

import pandas as pd
import pytest
from charted import AS_OF, year
from hypothesis import given, settings
from hypothesis import strategies as st

from peerkit import measures
from peerkit.tendencies import CAVEAT, ENOUGH, NOTHING, tendencies

CAUSAL = r"\b(because|cause[sd]?|due to|thanks to|help(s|ed)?|lead(s)? to|makes?|works|effect|improve[sd]?|better|worse|should)\b"


def made(**columns):
    """Return commitments due on one day, the first `kept` of them kept; what is left out is blank."""
    kept, n = columns.pop("kept"), columns.pop("n")
    blank = {"accountability": None, "area": None, "if_then": None, "confidence": None}
    day = pd.Timestamp("2024-03-08")
    told = {"due_on": day, "closed_on": day, "outcome": ["kept"] * kept + ["missed"] * (n - kept)}
    return pd.DataFrame({**blank, **told, **columns})


def said(*tables):
    return tendencies(pd.concat(tables, ignore_index=True), as_of="2024-03-31")["said"].to_list()


def test_each_kind_is_said_in_a_sentence_of_its_own():
    table = made(
        kept=9, n=12, accountability="a call", area="health", if_then="If late, then at once", confidence=0.8
    )

    assert said(table) == [
        "With a call, 9 of 12 kept (95 % interval 47 to 91 %).",
        "In the area health, 9 of 12 kept (95 % interval 47 to 91 %).",
        "With an if–then plan, 9 of 12 kept (95 % interval 47 to 91 %).",
        "With a confidence of 70 to 85 %, 9 of 12 kept (95 % interval 47 to 91 %).",
    ]


@pytest.mark.parametrize(("n", "rows"), [(ENOUGH - 1, 0), (ENOUGH, 1)], ids=["seven", "eight"])
def test_nothing_is_said_of_fewer_than_eight(n, rows):
    assert len([sentence for sentence in said(made(kept=5, n=n, area="work")) if "area" in sentence]) == rows


def test_without_a_plan_is_told_beside_with_one():
    told = said(
        made(kept=6, n=8, if_then="If late, then at once"), made(kept=3, n=8), made(kept=1, n=1, if_then="  ")
    )

    assert told == [
        "With an if–then plan, 6 of 8 kept (95 % interval 41 to 93 %).",
        "Without an if–then plan, 4 of 9 kept (95 % interval 19 to 73 %).",
    ]


def test_the_order_is_that_of_names_and_bands_whatever_was_kept():
    kinds = [
        made(kept=kept, n=8, area=area, confidence=sure)
        for kept, area, sure in ((8, "work", 0.97), (1, "family", 0.3), (4, "health", 0.95))
    ]

    table = tendencies(pd.concat(kinds), as_of="2024-03-31")

    assert table.loc[table["what"] == "area", "which"].to_list() == ["family", "health", "work"]
    assert table.loc[table["what"] == "confidence", "which"].to_list() == ["under 50 %", "95 to 100 %"]


def test_a_method_in_other_capitals_and_spaces_is_the_same():
    told = said(made(kept=4, n=5, accountability="A  call"), made(kept=2, n=5, accountability=" a call "))

    assert told[0] == "With A call, 6 of 10 kept (95 % interval 31 to 83 %)."


def test_only_what_is_due_counts():
    later = made(kept=0, n=9, area="work").assign(
        due_on=pd.Timestamp("2024-05-01"), closed_on=pd.NaT, outcome="open"
    )

    assert said(later) == []


@settings(max_examples=20)
@given(n=st.integers(0, 120))
def test_what_is_said_is_what_the_measure_counts_in_words_without_causes(n):
    commitments = year(n)

    table = tendencies(commitments, as_of=AS_OF)

    areas = measures.follow_through(commitments, as_of=AS_OF, by=["area"])
    wanted = areas[areas["n"] >= ENOUGH][["kept", "n"]].to_numpy().tolist()
    assert table.loc[table["what"] == "area", ["kept", "n"]].to_numpy().tolist() == wanted
    assert table["n"].ge(ENOUGH).all()
    assert [
        text for text in [*table["said"], CAVEAT, NOTHING] if re.search(CAUSAL, text, re.IGNORECASE)
    ] == []
