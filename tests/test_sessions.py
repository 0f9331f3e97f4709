"""Sessions: whose turn it is, what state a session is in, and answers that never overwrite each other."""

from datetime import date

import pytest

from peerkit import close_session, keep, next_turn, open_session, plan_session, promise, template
from peerkit.errors import ConflictError, SessionError
from peerkit.sessions import (
    Session,
    answers,
    find_session,
    list_sessions,
    miss_session,
    not_held,
    record_heard,
    session,
    settled_ids,
    write_answer,
)
from peerkit.turns import Turn

PEERS = ("Jonas", "Amara")
FIRST = date(2024, 3, 1)


def march(number):
    return date(2024, 3, number)


def plan(journal, day=FIRST, *, focus="Amara", coach="Jonas"):
    return plan_session(journal, template("weekly"), held_on=day, focus=focus, coach=coach)


def hold(journal, day=FIRST, *, focus="Amara", coach="Jonas", next_on=None):
    """Return a session that was planned, opened and closed on its day."""
    planned = plan(journal, day, focus=focus, coach=coach)
    open_session(journal, planned.session_id)
    return close_session(journal, planned.session_id, next_on=next_on)


def test_a_planned_session_holds_day_roles_and_template(journal):
    weekly = template("weekly")

    planned = plan(journal)

    assert planned == Session(
        session_id=planned.session_id, template="weekly", template_digest=weekly.digest, held_on=FIRST,
        coach="Jonas", focus="Amara", minutes=60, status="planned",
    )  # fmt: skip
    assert [session(journal, planned.session_id), *list_sessions(journal)] == [planned, planned]


def test_one_peer_cannot_hold_both_roles(journal):
    with pytest.raises(
        SessionError, match=r"'Amara' cannot be focus person and coach at once\. Name two peers"
    ):
        plan(journal, coach="Amara")

    assert list_sessions(journal) == []


def test_without_a_history_the_first_in_name_order_has_the_floor_today(journal):
    turn = next_turn(journal, PEERS, today=FIRST)

    assert turn == Turn(FIRST, focus="Amara", coach="Jonas")


def test_turns_alternate(journal):
    focused = []
    for day in (1, 8, 15, 22):
        turn = next_turn(journal, PEERS, today=march(day))
        hold(journal, turn.held_on, focus=turn.focus, coach=turn.coach)
        focused.append(turn.focus)

    assert focused == ["Amara", "Jonas", "Amara", "Jonas"]


@pytest.mark.parametrize("change", [miss_session, None], ids=["missed", "only planned"])
def test_a_week_that_was_not_held_gives_nobody_two_turns(journal, change):
    hold(journal, march(1), focus="Amara")
    skipped = plan(journal, march(8), focus="Jonas", coach="Amara")
    if change:
        change(journal, skipped.session_id)

    turn = next_turn(journal, PEERS, today=march(15))

    assert turn == Turn(march(15), focus="Jonas", coach="Amara")


def test_a_session_that_is_open_counts_as_held(journal):
    open_session(journal, plan(journal).session_id)

    turn = next_turn(journal, PEERS, today=march(2))

    assert turn == Turn(march(8), focus="Jonas", coach="Amara")


@pytest.mark.parametrize(
    ("agreed", "today", "held_on"),
    [
        pytest.param(10, 2, 10, id="the day agreed"),
        pytest.param(10, 10, 10, id="the day agreed is today"),
        pytest.param(None, 2, 8, id="a week later where none was agreed"),
        pytest.param(None, 20, 20, id="today where that week has passed"),
        pytest.param(10, 20, 20, id="today where both days have passed"),
        pytest.param(4, 5, 5, id="today where the day agreed has passed"),
    ],
)
def test_the_next_day_is_the_one_agreed_or_a_week_later_or_today(journal, agreed, today, held_on):
    hold(journal, march(1), next_on=march(agreed) if agreed else None)

    turn = next_turn(journal, PEERS, today=march(today))

    assert turn.held_on == march(held_on)


def test_a_new_day_agreed_when_a_week_was_missed_is_the_next_day(journal):
    """METHOD.md, "missed-week": without meeting, the ledger only, and a new date."""
    hold(journal, march(1), next_on=march(8))
    skipped = plan(journal, march(8), focus="Jonas", coach="Amara")
    miss_session(journal, skipped.session_id, next_on=march(12))

    turn = next_turn(journal, PEERS, today=march(9))

    assert turn == Turn(march(12), focus="Jonas", coach="Amara")


def test_sessions_are_listed_in_the_order_of_their_days(journal):
    later, earlier, second = plan(journal, march(8)), plan(journal, march(1)), plan(journal, march(1))

    listed = list_sessions(journal)

    assert listed == [earlier, second, later]


def test_a_session_is_opened_once(journal):
    planned = plan(journal)

    opened = open_session(journal, planned.session_id)
    again = open_session(journal, planned.session_id)

    assert (opened.status, again) == ("open", opened)
    assert len(journal.rows("sessions")) == 2


@pytest.mark.parametrize("end", [close_session, miss_session], ids=["closed", "missed"])
def test_a_session_that_is_over_is_not_opened_again(journal, end):
    over = end(journal, plan(journal).session_id)

    assert open_session(journal, over.session_id) == over


def test_a_session_is_closed_with_the_next_day_and_that_day_may_change(journal):
    held = hold(journal, next_on=march(8))

    again = close_session(journal, held.session_id, next_on=march(9))
    kept = close_session(journal, held.session_id)

    assert [(one.status, one.next_on) for one in (held, again, kept)] == [
        ("closed", march(8)),
        ("closed", march(9)),
        ("closed", march(9)),
    ]


@pytest.mark.parametrize("next_on", [FIRST, date(2024, 2, 29)], ids=["the same day", "a day before"])
def test_the_next_session_lies_after_this_one(journal, next_on):
    planned = plan(journal)

    with pytest.raises(
        SessionError, match=rf"cannot be on {next_on}, this one is on 2024-03-01\. Choose a later day"
    ):
        close_session(journal, planned.session_id, next_on=next_on)

    assert session(journal, planned.session_id) == planned


@pytest.mark.parametrize(
    ("heard", "override", "is_heard"),
    [
        (None, None, False),
        (6, None, False),
        (7, None, True),
        (10, None, True),
        (0, True, True),
        (None, True, True),
    ],
    ids=["not asked", "under the bar", "at the bar", "fully", "overridden", "overridden unasked"],
)
def test_the_gate_opens_where_the_focus_person_feels_heard_or_it_is_overridden(
    journal, heard, override, is_heard
):
    now = record_heard(journal, plan(journal).session_id, heard=heard, override=override)

    assert (now.heard, now.override, now.is_heard()) == (heard, override, is_heard)


def test_the_gate_takes_the_pairs_own_bar(journal):
    now = record_heard(journal, plan(journal).session_id, heard=5)

    assert (now.is_heard(5), now.is_heard(6)) == (True, False)


@pytest.mark.parametrize("heard", [-1, 11, 6.5], ids=["under 0", "over 10", "a half"])
def test_heard_is_a_whole_number_from_0_to_10(journal, heard):
    planned = plan(journal)

    with pytest.raises(SessionError, match=rf"Heard is {heard}; it is a whole number from 0 to 10"):
        record_heard(journal, planned.session_id, heard=heard)

    assert session(journal, planned.session_id) == planned


@pytest.mark.parametrize(
    "ask", [session, open_session, close_session, miss_session, record_heard], ids=lambda ask: ask.__name__
)
def test_an_unknown_session_is_told(journal, ask):
    with pytest.raises(
        SessionError, match=r"This journal has no session nowhere\. Is this notebook from another"
    ):
        ask(journal, "nowhere")

    assert journal.rows("sessions") == []


def test_a_session_is_found_by_its_day_or_the_beginning_of_its_id(journal):
    first, second = hold(journal, march(1)), hold(journal, march(8))

    found = [
        find_session(journal, name)
        for name in ("2024-03-01", second.session_id[:4].upper(), second.session_id)
    ]

    assert found == [first, second, second]


def test_without_a_name_the_last_session_held_is_found(journal):
    hold(journal, march(1))
    last = hold(journal, march(8))
    plan(journal, march(15))
    miss_session(journal, plan(journal, march(22)).session_id)

    found = find_session(journal)

    assert found == last


def test_before_the_first_session_none_is_found(journal):
    with pytest.raises(
        SessionError, match=r"There is no session yet that was opened\. Make one with: peerkit new"
    ):
        find_session(journal)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param("2024-03-02", r"No sessions answer to '2024-03-02'.* as in: 2024-03-01 \(\w{4}\)", id="none"),
        pytest.param("2024-03-01", r"2 sessions answer to '2024-03-01'.* as in: 2024-03-01 \(\w{4}\), 2024-03-01", id="two on one day"),
        pytest.param("2024-03-08", r"No sessions answer to '2024-03-08'", id="a missed one"),
    ],
)  # fmt: skip
def test_a_name_of_no_session_or_of_several_is_told(journal, name, message):
    hold(journal, march(1))
    hold(journal, march(1))
    miss_session(journal, plan(journal, march(8)).session_id)

    with pytest.raises(SessionError, match=message):
        find_session(journal, name)


def test_a_name_is_told_to_be_of_no_session_also_before_the_first(journal):
    with pytest.raises(SessionError, match=r"There is no session yet\. Make one with: peerkit new"):
        find_session(journal, "abcd")


MOOD = {"phase": "arrive", "prompt": "mood", "author": "Amara"}


def test_an_answer_gets_a_new_revision_with_each_change(journal):
    revisions = [
        write_answer(journal, "s1", **MOOD, value=value, revision=revision)
        for revision, value in enumerate(["calm", "calmer", {"said": ["calmest"]}])
    ]

    state = answers(journal, "s1")["arrive", "mood", "Amara"]
    assert (revisions, state["value"], state["revision"]) == ([1, 2, 3], {"said": ["calmest"]}, 3)


def test_answers_of_two_peers_and_sessions_are_kept_apart(journal):
    write_answer(journal, "s1", **MOOD, value="calm", revision=0)
    write_answer(journal, "s1", **{**MOOD, "author": "Jonas"}, value="cross", revision=0, visibility="shared")
    write_answer(journal, "s2", **MOOD, value="glad", revision=0)

    told = {key: (state["value"], state["visibility"]) for key, state in answers(journal, "s1").items()}

    assert told == {
        ("arrive", "mood", "Amara"): ("calm", "private"),
        ("arrive", "mood", "Jonas"): ("cross", "shared"),
    }


@pytest.mark.parametrize("revision", [0, 1, 3], ids=["as if it were new", "behind", "ahead"])
def test_an_answer_that_was_changed_elsewhere_is_not_overwritten(journal, revision):
    write_answer(journal, "s1", **MOOD, value="calm", revision=0)
    write_answer(journal, "s1", **MOOD, value="cross", revision=1)

    with pytest.raises(
        ConflictError, match=r"changed elsewhere\. Both texts are here: keep one of them"
    ) as caught:
        write_answer(journal, "s1", **MOOD, value="glad", revision=revision)

    assert (caught.value.value, caught.value.revision) == ("cross", 2)
    assert answers(journal, "s1")["arrive", "mood", "Amara"]["value"] == "cross"


def test_the_same_answer_again_is_no_change_and_no_conflict(journal):
    """A form that saves twice, or two forms that say the same, are not behind."""
    write_answer(journal, "s1", **MOOD, value="calm", revision=0)

    revision = write_answer(journal, "s1", **MOOD, value="calm", revision=0)

    assert (revision, len(journal.rows("answers"))) == (1, 1)


def test_the_same_answer_with_other_line_ends_is_no_conflict(journal):
    """The journal keeps line feeds; what a browser on Windows sends may not."""
    write_answer(journal, "s1", **MOOD, value="calm\r\nand glad", revision=0)

    revision = write_answer(journal, "s1", **MOOD, value="calm\r\nand glad", revision=0)

    assert (revision, len(journal.rows("answers"))) == (1, 1)


@pytest.mark.parametrize("blank", ["", [], {}, None], ids=["text", "list", "dict", "none"])
def test_an_answer_can_be_taken_back(journal, blank):
    """None means unchanged in a row, so it is kept as an empty text."""
    write_answer(journal, "s1", **MOOD, value="calm", revision=0)

    write_answer(journal, "s1", **MOOD, value=blank, revision=1)

    assert answers(journal, "s1")["arrive", "mood", "Amara"]["value"] == ("" if blank is None else blank)


def test_what_was_settled_in_a_session_is_told_in_order(journal, clock):
    before, during, after, both = (
        promise(journal, "Call", peer="Amara", on=FIRST).commitment_id for _ in range(4)
    )
    keep(journal, before, on=FIRST)
    held = open_session(journal, plan(journal).session_id)
    keep(journal, both, on=FIRST)
    keep(journal, during, on=FIRST)
    close_session(journal, held.session_id, next_on=march(8))
    keep(journal, after, on=FIRST)
    close_session(journal, held.session_id, next_on=march(9))

    assert settled_ids(journal, held.session_id) == [both, during]


def test_what_was_settled_twice_in_a_session_is_told_once(journal):
    promised = promise(journal, "Call", peer="Amara", on=FIRST).commitment_id
    held = open_session(journal, plan(journal).session_id)

    keep(journal, promised, on=FIRST)
    keep(journal, promised, on=FIRST, reason="On another day")

    assert settled_ids(journal, held.session_id) == [promised]


def test_in_a_session_that_was_never_opened_nothing_was_settled(journal):
    planned = plan(journal)
    keep(journal, promise(journal, "Call", peer="Amara", on=FIRST).commitment_id, on=FIRST)

    assert settled_ids(journal, planned.session_id) == []


def test_a_session_that_was_closed_or_has_no_meeting_cannot_be_missed(journal):
    closed = hold(journal)
    apart = plan_session(journal, template("missed-week"), held_on=march(8), focus="Amara", coach="Jonas")

    with pytest.raises(SessionError, match="was held and closed, so it cannot be missed"):
        miss_session(journal, closed.session_id)
    with pytest.raises(SessionError, match="is for each of you apart, so it cannot be missed"):
        miss_session(journal, apart.session_id)

    assert [one.status for one in list_sessions(journal)] == ["closed", "planned"]


def test_a_missed_session_that_was_held_after_all_is_closed(journal):
    skipped = miss_session(journal, plan(journal).session_id)

    assert [skipped.took_place, close_session(journal, skipped.session_id).took_place] == [False, True]


def test_the_next_day_after_a_missed_session_lies_after_it(journal):
    with pytest.raises(SessionError, match="Choose a later day"):
        miss_session(journal, plan(journal).session_id, next_on=FIRST)


def test_what_was_not_held_is_the_newest_of_today_or_before_since_the_last_close(journal):
    """A session that was forgotten long ago is not meant."""
    plan(journal, march(1))
    hold(journal, march(8))
    found = [not_held(list_sessions(journal), today=march(30))]
    open_one = open_session(journal, plan(journal, march(15)).session_id)
    plan_session(journal, template("missed-week"), held_on=march(16), focus="Amara", coach="Jonas")
    plan_session(journal, template("daily-card"), held_on=march(17), focus="Amara", coach="")
    later = plan(journal, march(22))

    found += [not_held(list_sessions(journal), today=march(day)) for day in (14, 15, 21, 22)]

    assert found == [None, None, open_one, open_one, later]


@pytest.mark.parametrize("day", [date(9999, 12, 31), date(1, 1, 1)], ids=["ahead", "back"])
def test_no_session_lies_more_than_ten_years_away(journal, day):
    """A slip of the year is told at once; every reckoning with days would stop at it later."""
    with pytest.raises(SessionError, match=rf"The day {day} is more than ten years away\. Check the year\."):
        plan(journal, day)

    assert list_sessions(journal) == []


@pytest.mark.parametrize("end", [close_session, miss_session], ids=["closed", "missed"])
def test_the_next_session_lies_within_ten_years(journal, end):
    planned = plan(journal)

    with pytest.raises(SessionError, match="9999-12-31 is more than ten years away"):
        end(journal, planned.session_id, next_on=date(9999, 12, 31))

    assert list_sessions(journal) == [planned]
