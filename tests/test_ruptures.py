"""Rupture signs: heard falls, slots go by, or something that was shared is taken back."""

import math
from contextlib import contextmanager
from datetime import timedelta

import pytest
from pair import PEERS, hold, week
from sqlalchemy import event

from peerkit import ledger, open_session, plan_session, promise, template
from peerkit.heard import median_before
from peerkit.ruptures import Sign, signs
from peerkit.sessions import list_sessions, miss_session, write_answer

TAKEN_BACK = "Something that was shared has been made private since."


def told(journal, *, today=None):
    """Return what each sign says, looked at on the day of the last meeting or later."""
    return [sign.said for sign in signs(journal, PEERS, today=today or week(0))]


def hold_all(journal, *heard):
    """Hold weekly sessions, each said as (focus person, heard), and return the last one."""
    with journal.writing():
        held = [
            hold(journal, week(number), focus=peer, heard=value) for number, (peer, value) in enumerate(heard)
        ]
    return held[-1]


def of(peer, *heard):
    return [(peer, value) for value in heard]


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        pytest.param(of("Amara", 8, 6), "6 instead of about 8", id="exactly 2 below one before"),
        pytest.param(of("Amara", 8, 7), None, id="1 below"),
        pytest.param(of("Amara", 8, 9, 7), None, id="1.5 below the median of two"),
        pytest.param(of("Amara", 8, 9, 6), "6 instead of about 8.5", id="2.5 below it"),
        pytest.param(of("Amara", 2, 2, 9, 9, 9, 9, 7), "7 instead of about 9", id="only the last four count"),
        pytest.param(of("Amara", 9, 9, 5, 5, 5, 5, 4), None, id="a fall that lies further back"),
        pytest.param(of("Amara", 9, None, 7), "7 instead of about 9", id="one without a number is passed over"),
        pytest.param(of("Amara", 9, 9, None), None, id="no number in the last one"),
        pytest.param(of("Amara", 3), None, id="the first one"),
        pytest.param([*of("Jonas", 10, 10, 10), ("Amara", 3)], None, id="the first one of this person"),
        pytest.param([*of("Amara", 9), *of("Jonas", 3), *of("Amara", 8)], None, id="the other one's are another scale"),
        pytest.param([*of("Amara", 9), *of("Jonas", 9), *of("Amara", 7)], "7 instead of about 9", id="their own are compared"),
        pytest.param(of("Amara", 9, 6) + of("Jonas", 9), "6 instead of about 9", id="it fell before the other's turn"),
        pytest.param(of("Amara", 9, 6, 9), None, id="it is as usual again"),
    ],
)  # fmt: skip
def test_a_fall_of_two_from_the_median_of_ones_own_last_four_is_a_sign(journal, heard, said):
    last = hold_all(journal, *heard)

    found = signs(journal, PEERS, today=last.held_on)

    low = [one.session_id for one in list_sessions(journal) if one.focus == "Amara"][-1:]
    expected = f"Amara felt less understood last time than usual: {said}."
    assert found == ([Sign(f"heard-{low[0]}", expected)] if said else [])


@pytest.mark.parametrize(
    ("before", "expected"),
    [([7], (1, 7.0)), ([7, 8], (2, 7.5)), ([0, 9, 5, 7, 8], (4, 7.5))],
    ids=["one", "two", "the last four of five"],
)
def test_the_median_is_of_the_last_four(before, expected):
    assert median_before(before) == expected


def test_without_numbers_there_is_no_median():
    n, middle = median_before([])

    assert (n, math.isnan(middle)) == (0, True)


@pytest.mark.parametrize(
    ("missed", "days", "n"),
    [
        pytest.param(0, 14, 0, id="one slot in silence"),
        pytest.param(0, 15, 2, id="two in silence"),
        pytest.param(1, 14, 0, id="one that was told"),
        pytest.param(2, 14, 2, id="two that were told"),
        pytest.param(1, 15, 2, id="one told and one in silence"),
        pytest.param(2, 29, 4, id="two told and two in silence"),
    ],
)
def test_two_slots_without_a_meeting_are_a_sign(journal, missed, days, n):
    last = hold(journal, week(0))
    for number in range(missed):
        skipped = plan_session(
            journal, template("weekly"), held_on=week(number + 1), focus="Jonas", coach="Amara"
        )
        miss_session(journal, skipped.session_id)

    found = signs(journal, PEERS, today=week(0) + timedelta(days=days))

    expected = Sign(f"slots-{last.session_id}", f"{n} of your slots have gone by without a meeting.")
    assert found == ([expected] if n else [])


def test_before_the_first_meeting_there_is_no_sign(journal):
    plan_session(journal, template("weekly"), held_on=week(0), focus="Amara", coach="Jonas")

    assert told(journal, today=week(9)) == []


def test_several_signs_are_told_together(journal):
    hold_all(journal, *of("Amara", 9, 6))
    share(journal, "shared")
    share(journal, "private")

    assert told(journal, today=week(9)) == [
        "Amara felt less understood last time than usual: 6 instead of about 9.",
        "7 of your slots have gone by without a meeting.",
        TAKEN_BACK,
    ]


def share(journal, visibility, *, prompt="topic"):
    """Write an answer anew, shared or private."""
    texts = {"shared": "The roof", "private": "Nothing"}
    key = {"phase": "aim", "prompt": prompt, "author": "Amara"}
    rows = journal.rows("answers", session_id="s", **key)
    write_answer(journal, "s", **key, value=texts[visibility], revision=len(rows), visibility=visibility)


def promised(journal, visibility):
    return promise(journal, "Call the school", peer="Amara", on=week(0), visibility=visibility)


def hide(journal, receipt):
    """Add an entry that makes a commitment private."""
    journal.add("entries", {"commitment_id": receipt.commitment_id, "visibility": "private"})


def test_an_answer_that_was_shared_and_is_private_since_is_a_sign(journal):
    hold(journal, week(0))
    share(journal, "shared")
    share(journal, "private")

    assert told(journal) == [TAKEN_BACK]


def test_a_commitment_that_was_shared_and_is_private_since_is_a_sign(journal):
    hold(journal, week(0))
    hide(journal, promised(journal, "shared"))

    assert told(journal) == [TAKEN_BACK]


def test_what_was_private_from_the_beginning_or_is_shared_now_is_no_sign(journal):
    hold(journal, week(0))
    share(journal, "private")
    share(journal, "shared")
    kept = promised(journal, "private")
    ledger.keep(journal, kept.commitment_id, on=week(0))

    assert told(journal) == []


def test_what_is_shared_again_is_no_sign_any_more(journal):
    hold(journal, week(0))
    for visibility in ("shared", "private", "shared"):
        share(journal, visibility)

    assert told(journal) == []


def test_what_becomes_of_a_commitment_takes_nothing_back(journal):
    """Each entry says again who may see it."""
    hold(journal, week(0))
    kept = promised(journal, "shared")
    ledger.move(journal, kept.commitment_id, week(1), on=week(0))
    ledger.miss(journal, kept.commitment_id, on=week(0))
    ledger.reopen(journal, kept.commitment_id, reason="By mistake")
    ledger.keep(journal, kept.commitment_id, on=week(0))

    assert told(journal) == []


def test_what_was_taken_back_before_the_last_meeting_is_past(journal):
    share(journal, "shared")
    hide(journal, promised(journal, "shared"))
    share(journal, "private")

    hold(journal, week(0))

    assert told(journal) == []


def test_what_was_taken_back_during_the_last_meeting_is_a_sign(journal):
    share(journal, "shared")
    planned = plan_session(journal, template("weekly"), held_on=week(0), focus="Amara", coach="Jonas")
    open_session(journal, planned.session_id)
    share(journal, "private")

    assert told(journal) == [TAKEN_BACK]


def test_something_else_that_is_taken_back_is_another_sign(journal):
    """So that whoever put the first one aside is told of the second."""
    hold(journal, week(0))
    names = []
    for prompt in ("topic", "good-hour"):
        share(journal, "shared", prompt=prompt)
        share(journal, "private", prompt=prompt)
        names += [sign.name for sign in signs(journal, PEERS, today=week(0))]
    hide(journal, promised(journal, "shared"))
    names += [sign.name for sign in signs(journal, PEERS, today=week(0))]

    assert len(set(names)) == 3


@pytest.mark.parametrize("table", ["answers", "entries"])
def test_however_much_is_private_the_signs_take_the_same_readings(journal, table):
    """Each pause in typing adds a private row, and home looks for signs each time that it is opened."""
    hold(journal, week(0))
    counted = []

    for number in (5, 300):
        with journal.writing() as writer:
            for _ in range(number):
                writer.add(table, private_row(journal, table))
        with readings(journal) as read:
            signs(journal, PEERS, today=week(0))
        counted.append(len(read))

    assert counted[0] == counted[1]


def private_row(journal, table):
    name = journal.new_id()
    if table == "answers":
        return {
            "session_id": "s",
            "phase": "open-up",
            "prompt": name,
            "author": "Amara",
            "value": "x",
            "revision": 1,
        }
    return {"commitment_id": name, "peer": "Amara", "text": "Call the school", "outcome": "open"}


@contextmanager
def readings(journal):
    """Gather the statements that read rows meanwhile."""
    read = []

    def note(connection, cursor, statement, *_):
        read.append(statement)

    event.listen(journal._engine, "before_cursor_execute", note)
    yield read
    event.remove(journal._engine, "before_cursor_execute", note)


def test_no_sign_carries_a_word_of_what_was_said(journal):
    hold(journal, week(0))
    share(journal, "shared")
    share(journal, "private")
    hide(journal, promised(journal, "shared"))

    said = repr(signs(journal, PEERS, today=week(9)))

    assert [word for word in ("roof", "Nothing", "Call", "school", "aim", "topic") if word in said] == []


@pytest.mark.parametrize(("kind", "stays"), [("repair", 0), ("weekly", 1), ("lightning", 1)])
def test_a_repair_takes_every_sign_away_and_another_session_all_but_a_fall(journal, kind, stays):
    """It was not talked about yet: a session that does not ask how they felt says nothing of it."""
    hold_all(journal, *of("Amara", 9, 6))
    share(journal, "shared")
    share(journal, "private")
    before = len(told(journal, today=week(9)))

    hold(journal, week(9), kind=kind, focus="Jonas", next_on=week(10))

    assert (before, len(told(journal, today=week(9)))) == (3, stays)


def test_in_a_split_hour_both_halves_are_looked_at(journal):
    hold_all(journal, *of("Jonas", 9, 9, 9, 9), *of("Amara", 9))
    split = hold(journal, week(6), kind="split-hour", heard=8)
    heard = {"phase": "heard-2", "prompt": "heard", "author": "Jonas"}
    write_answer(journal, split.session_id, **heard, value=1, revision=0)

    found = signs(journal, PEERS, today=week(6))

    said = "Jonas felt less understood last time than usual: 1 instead of about 9."
    assert found == [Sign(f"heard-{split.session_id}-Jonas", said)]


def test_a_daily_card_or_a_week_gone_through_apart_takes_no_sign_away(journal):
    """They have not met: what came between them is still there."""
    hold_all(journal, *of("Amara", 9, 6))

    hold(journal, week(1), kind="daily-card")
    hold(journal, week(1), kind="missed-week")

    assert told(journal, today=week(1)) == [
        "Amara felt less understood last time than usual: 6 instead of about 9."
    ]
