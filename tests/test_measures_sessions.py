"""Load, heard with its signs of rupture, balance, heard beside follow-through; and the fold of sessions."""

import pandas as pd
import plain
import pytest
from helpers import clock_at, day, fewer, new_journal
from hypothesis import given

from peerkit import fold, measures, turns
from peerkit.sessions import Session

AS_OF = "2024-03-31"
PLAN = {"template": "hour", "template_digest": "0" * 64, "focus": "Amara", "coach": "Jonas", "minutes": 60}


def told(*heard, focus="Amara"):
    """Return weekly sessions of one focus person, with what was heard in each."""
    return pd.DataFrame({
        "session_id": [f"s{i}" for i in range(len(heard))],
        "held_on": [day("01-01") + pd.Timedelta(weeks=i) for i in range(len(heard))],
        "focus": [focus] * len(heard),
        "coach": ["Jonas"] * len(heard),
        "minutes": [60] * len(heard),
        "status": ["closed"] * len(heard),
        "heard": pd.Series(heard, dtype="Int64"),
    })  # fmt: skip


def took_place(sessions, as_of):
    return plain.held(plain.rows_of(sessions), as_of)


def real_in(rows, session_id):
    """What was promised in a session, void ones aside."""
    return [c for c in rows if c["session_id"] == session_id and c["outcome"] != "void"]


@fewer()
@given(sessions=plain.meetings())
def test_heard_stands_beside_the_median_of_the_last_four(sessions):
    found = measures.heard(sessions, as_of=AS_OF)

    assert plain.rows_of(found) == plain.rounded(plain.heard_rows(took_place(sessions, AS_OF)))


@pytest.mark.parametrize(
    ("heard", "is_sign"),
    [
        pytest.param([8], False, id="the first has none"),
        pytest.param([8, 6], True, id="a drop of 2 from one before"),
        pytest.param([8, 7], False, id="a drop of 1"),
        pytest.param([2, 9, 9, 9, 9, 7], True, id="only the last four count"),
        pytest.param([9, 9, None, 9, 9, 7], True, id="one without a number is passed over"),
        pytest.param([9, 9, 9, 9, None], False, id="no number, no sign"),
        pytest.param([7, 8, 8, 9, 6.0], True, id="exactly 2 from the median"),
    ],
)
def test_a_rupture_sign(heard, is_sign):
    found = measures.heard(told(*heard), as_of="2024-12-31")

    assert found["is_rupture_sign"].to_list() == [False] * (len(heard) - 1) + [is_sign]


@fewer()
@given(given_=plain.measured(), sessions=plain.meetings())
def test_load_is_what_was_promised_in_each_session(given_, sessions):
    as_of, table = given_

    load = measures.load(table, sessions, as_of=as_of)

    rows = plain.rows_of(table)
    assert plain.rows_of(load) == [
        {"session_id": s["session_id"], "held_on": s["held_on"], "peer": s["focus"],
         "load": len(real_in(rows, s["session_id"]))}
        for s in took_place(sessions, as_of)
    ]  # fmt: skip


@fewer()
@given(given_=plain.measured())
def test_follow_through_by_load_is_that_of_all_sessions_with_this_load(given_):
    as_of, table = given_

    shares = measures.follow_through_by_load(table, as_of=as_of, by=["peer"])

    rows = plain.rows_of(table)
    counted = [c for c in plain.denominator(rows, as_of) if c["session_id"] is not None]
    counted = [{**c, "load": len(real_in(rows, c["session_id"]))} for c in counted]
    expected = []
    for (peer, load), group in plain.grouped(counted, "peer", "load").items():
        kept = sum(c["outcome"] == "kept" for c in group)
        expected.append({"peer": peer, "load": load, "kept": kept, **plain.share_of(kept, len(group))})
    assert plain.rows_of(shares) == plain.rounded(expected)


@fewer()
@given(given_=plain.measured(), sessions=plain.meetings())
def test_heard_stands_beside_the_follow_through_of_the_promises_made_in_it(given_, sessions):
    as_of, table = given_

    points = measures.heard_follow_through(table, sessions, as_of=as_of)

    expected = []
    for s in took_place(sessions, as_of):
        made = [
            c for c in plain.denominator(plain.rows_of(table), as_of) if c["session_id"] == s["session_id"]
        ]
        if made and s["heard"] is not None:
            kept = sum(c["outcome"] == "kept" for c in made)
            key = {"session_id": s["session_id"], "held_on": s["held_on"], "peer": s["focus"]}
            expected.append(
                {**key, "heard": float(s["heard"]), "kept": kept, **plain.share_of(kept, len(made))}
            )
    assert plain.rows_of(points) == plain.rounded(expected)


@fewer()
@given(sessions=plain.meetings())
def test_balance_counts_sessions_and_minutes_as_focus_person(sessions):
    found = measures.balance(sessions, as_of=AS_OF)

    rows = took_place(sessions, AS_OF)
    own = {peer: plain.had(rows, peer) for peer in ("Amara", "Jonas") if rows}
    assert plain.rows_of(found) == [
        {"peer": peer, "sessions": len(minutes), "minutes": sum(minutes), "n": len(rows)}
        for peer, minutes in own.items()
    ]


@fewer()
@given(sessions=plain.meetings())
def test_balance_is_what_the_next_turn_reckons_with(sessions):
    """Else home would show minutes that explain no turn."""
    history = [as_session(row) for row in sorted(plain.rows_of(sessions), key=lambda row: row["held_on"])]

    balance = measures.balance(sessions, as_of=plain.LATE)

    shown = {row["peer"]: turns.Had(row["sessions"], row["minutes"]) for row in plain.rows_of(balance)}
    nothing = {peer: turns.Had(0, 0) for peer in ("Amara", "Jonas")}
    assert nothing | shown == turns.had(history, ("Amara", "Jonas"))


def as_session(row):
    """Return a row of the table as the session that stands in a history."""
    known = {name: value for name, value in row.items() if value is not None}
    return Session(template="hour", template_digest="0", **known)


@pytest.mark.parametrize(
    ("floor", "amara", "jonas"),
    [
        pytest.param("focus", (2, 90), (0, 0), id="the focus person's"),
        pytest.param("both", (2, 44), (2, 44), id="both, half of each one, rounded down"),
        pytest.param("nobody", (0, 0), (0, 0), id="nobody's"),
        pytest.param(None, (2, 90), (0, 0), id="blank, as before there were floors"),
    ],
)
def test_the_floor_says_whose_minutes_a_session_were(floor, amara, jonas):
    balance = measures.balance(told(8, 8).assign(minutes=45, floor=[floor] * 2), as_of=AS_OF)

    assert balance.to_dict("records") == [
        {"peer": "Amara", "sessions": amara[0], "minutes": amara[1], "n": 2},
        {"peer": "Jonas", "sessions": jonas[0], "minutes": jonas[1], "n": 2},
    ]


@pytest.mark.parametrize("measure", [measures.heard, measures.balance])
def test_what_each_goes_through_apart_did_not_take_place(measure):
    found = measure(told(8, 9).assign(floor=["apart", "focus"]), as_of=AS_OF)

    pd.testing.assert_frame_equal(found, measure(told(8, 9)[1:], as_of=AS_OF))


def test_a_peer_who_never_had_the_floor_stands_there_with_nothing():
    balance = measures.balance(told(8, 8), as_of=AS_OF)

    assert balance.to_dict("records") == [
        {"peer": "Amara", "sessions": 2, "minutes": 120, "n": 2},
        {"peer": "Jonas", "sessions": 0, "minutes": 0, "n": 2},
    ]


@pytest.mark.parametrize("measure", [measures.heard, measures.balance])
def test_without_sessions_there_is_no_row_and_the_same_columns(measure):
    empty = measure(told(8).head(0), as_of=AS_OF)

    filled = measure(told(8), as_of=AS_OF)
    assert empty.dtypes.astype(str).to_dict() == filled.dtypes.astype(str).to_dict()
    assert len(empty) == 0


def test_a_session_stands_as_it_was_known_on_a_day(tmp_path):
    journal = new_journal(tmp_path, clock=(clock := clock_at("03-01")))
    kept = {"session_id": "s1", "held_on": day("03-01").date(), "status": "planned", **PLAN}
    journal.add("sessions", kept)
    clock.to("03-02")
    journal.add("sessions", {"session_id": "s1", "status": "closed", "heard": 8})

    known = [fold.sessions(journal.sessions(), as_of=on).iloc[0] for on in ("2024-03-01", "2024-03-02")]

    assert [one["status"] for one in known] == ["planned", "closed"]
    assert [one["heard"] is pd.NA or int(one["heard"]) for one in known] == [True, 8]
    assert (
        measures.heard(fold.sessions(journal.sessions(), as_of=AS_OF), as_of=AS_OF)["heard"]
    ).to_list() == [8.0]
    journal.close()


def test_sessions_do_not_depend_on_the_order_in_which_their_rows_come(tmp_path):
    journal = new_journal(tmp_path)
    for number, status in enumerate(("planned", "open", "closed")):
        journal.add(
            "sessions",
            {"session_id": "s1", "held_on": day(f"03-0{number + 1}").date(), "status": status, **PLAN},
        )
    rows = journal.sessions()
    journal.close()

    backwards = fold.sessions(pd.concat([rows[::-1], rows]), as_of=AS_OF)

    pd.testing.assert_frame_equal(backwards, fold.sessions(rows, as_of=AS_OF))
