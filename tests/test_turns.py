"""Turns: who has the floor next, what each has had of it, the next slot, and the slots that went by."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from helpers import fewer, new_journal
from hypothesis import given
from hypothesis import strategies as st
from pair import PEERS, agree, hold, other, week

from peerkit import guide, next_turn, plan_session, template
from peerkit.agreement import Agreement
from peerkit.sessions import Session, list_sessions, miss_session
from peerkit.turns import (
    FAR_AHEAD,
    Had,
    Turn,
    coming,
    had,
    in_words,
    missed_slots,
    next_roles,
    next_slot,
)
from peerkit.workspace import init_workspace

# Sessions in which nobody has a turn: nobody or each alone has the floor, or it did not take place.
IDLE = [("nobody", "closed"), ("apart", "closed"), ("focus", "missed"), ("focus", "planned")]
TURNS = [("focus", "closed"), ("focus", "open")]
MINUTES = st.integers(5, 120)
FOCUS = st.sampled_from(PEERS)


def one(focus="Amara", minutes=60, floor="focus", status="closed"):
    """Return a session as it stands in a history."""
    return Session(
        session_id="s", template="weekly", template_digest="0" * 64, held_on=date(2024, 3, 1), focus=focus,
        coach=other(focus), minutes=minutes, status=status, floor=floor,
    )  # fmt: skip


def some(kinds, focus=FOCUS, minutes=MINUTES):
    """Return a strategy for sessions of these kinds, each (floor, status)."""
    return st.builds(
        lambda kind, focus, minutes: one(focus, minutes, *kind), st.sampled_from(kinds), focus, minutes
    )


def histories(*, at_most):
    """Return a strategy for any history: whoever has the floor, by turn or by consent, of any length."""
    return st.lists(some([*TURNS * 2, ("both", "closed"), *IDLE]), max_size=at_most)


def between(history):
    """Return how many minutes more of the floor one peer has had than the other."""
    first, second = (peer.minutes for peer in had(history, PEERS).values())
    return abs(first - second)


def followed(history, lengths):
    """Return the history with sessions of these lengths added, each with the turn that is suggested."""
    for minutes in lengths:
        focus, _ = next_roles(history, PEERS)
        history = [*history, one(focus, minutes)]
    return history


@given(history=histories(at_most=8), lengths=st.lists(MINUTES, min_size=3, max_size=12))
def test_following_the_turn_nobody_has_the_floor_three_times_in_a_row(history, lengths):
    """Sixteen short sessions must not all go to one of them because the other once had four long ones."""
    focused = [one.focus for one in followed(history, lengths)[len(history) :]]

    assert all(len({*three}) == 2 for three in zip(focused, focused[1:], focused[2:], strict=False))


@given(history=histories(at_most=8), lengths=st.lists(MINUTES, min_size=1, max_size=6))
def test_following_the_turn_never_worsens_the_balance_by_more_than_one_session(history, lengths):
    """One session at a time: with sessions of other lengths, shorter ones for whoever is behind, it adds up."""
    path = [followed(history, lengths[:n]) for n in range(len(lengths) + 1)]

    steps = [between(step) for step in path]

    assert all(after <= before + n for before, after, n in zip(steps, steps[1:], lengths, strict=False))


@fewer()
@given(history=histories(at_most=8), minutes=MINUTES, n=st.integers(1, 9))
def test_with_equal_sessions_it_grows_by_one_of_them_at_most(history, minutes, n):
    before = between(history)

    after = between(followed(history, [minutes] * n))

    assert after <= max(before, FAR_AHEAD - 1) + minutes


@given(history=histories(at_most=8), minutes=MINUTES)
def test_whoever_is_an_hour_behind_is_next_unless_they_had_the_last_two(history, minutes):
    """With that session they are nearer to each other, or it put the other ahead by less than its length."""
    before = between(history)
    taken = [turn.focus for turn in history if (turn.floor, turn.status) in TURNS]

    after = between(followed(history, [minutes]))

    has_had_two = len(taken) > 1 and taken[-1] == taken[-2]
    assert before < FAR_AHEAD or not taken or has_had_two or after == abs(before - minutes)


@fewer()
@given(history=histories(at_most=4), minutes=MINUTES)
def test_following_the_turn_with_equal_sessions_brings_the_two_within_one_usual_session(history, minutes):
    """In every three sessions whoever is behind has two; so after a while it is the last rounds that count."""
    many = 3 * (between(history) // minutes) + 6

    last = [followed(history, [minutes] * n) for n in range(many, many + 3)]

    nearest, *_, farthest = sorted(map(between, last))
    assert nearest <= FAR_AHEAD
    assert farthest <= FAR_AHEAD + minutes


@given(data=st.data(), history=histories(at_most=8))
def test_sessions_in_which_nobody_has_a_turn_change_nobodys_turn(data, history):
    """A missed week gives nobody two turns (METHOD.md, R1)."""
    idle = data.draw(st.lists(some(IDLE), max_size=5))
    mixed = list(history)
    for session in idle:
        mixed.insert(data.draw(st.integers(0, len(mixed))), session)

    assert next_roles(mixed, PEERS) == next_roles(history, PEERS)
    assert had(mixed, PEERS) == had(history, PEERS)


@given(history=histories(at_most=8))
def test_a_session_in_which_both_have_the_floor_changes_nobodys_turn(history):
    own_turns = [session for session in history if session.floor != "both"]

    assert next_roles(history, PEERS) == next_roles(own_turns, PEERS)


@given(
    first=FOCUS, minutes=MINUTES, rest=st.lists(st.lists(some([("both", "closed"), *IDLE]), max_size=3), max_size=6)
)  # fmt: skip
def test_with_equal_sessions_and_no_swaps_the_roles_strictly_alternate(first, minutes, rest):
    history, focused = [one(first, minutes)], [first]

    for idle in rest:
        history = followed([*history, *idle], [minutes])
        focused.append(history[-1].focus)

    assert focused == [first, other(first)] * (len(rest) // 2) + [first, other(first)][: 1 + len(rest) % 2]


# What may become of a session that was planned: what the two do in its notebook, and what they tell at home.
DEEDS = {
    "nothing": [],
    "looked at": ["look"],
    "missed": ["look", "miss"],
    "begun and missed": ["look", "answer", "miss"],
    "begun": ["look", "answer"],
    "held": ["look", "answer", "close"],
    "missed and held after all": ["look", "miss", "close"],
}
HELD = ("begun", "held", "missed and held after all")


@fewer()
@given(evenings=st.lists(st.sampled_from(sorted(DEEDS)), min_size=1, max_size=5))
def test_only_an_evening_on_which_something_was_done_takes_a_turn(tmp_path_factory, evenings):
    """Through what the pair does: a notebook that was opened while nobody came is no session."""
    place = init_workspace(
        tmp_path_factory.mktemp("turns") / "us", me="Amara", partner="Jonas", time_zone="UTC"
    )
    journal = place.open_journal()
    focused = []

    for number, evening in enumerate(evenings):
        focus, coach = next_roles(list_sessions(journal), PEERS)
        made = plan_session(
            journal, template("lightning"), held_on=journal.today() + timedelta(weeks=number), focus=focus, coach=coach
        )  # fmt: skip
        focused += [focus] if evening in HELD else []
        for deed in DEEDS[evening]:
            do(place, journal, made, deed)

    turns = [one for one in list_sessions(journal) if one.took_place]
    journal.close()
    assert [one.focus for one in turns] == focused == (["Amara", "Jonas"] * 3)[: len(focused)]


def do(place, journal, made, deed):
    """Do what one of the two does: show the first form, answer in it, tell at home that it was missed, or close."""
    first = template(made.template).phases[0]
    if deed == "miss":
        home = guide.home(place.folder)
        home.miss_session(made.session_id)
        return
    form = guide.phase(first.id, of=made.session_id, start=place.folder)
    if deed == "answer":
        form.keep_timer({"started_at": None, "banked": 1})
    if deed == "close":
        form.close_session("")


@pytest.mark.parametrize(
    ("history", "focus"),
    [
        pytest.param([], "Amara", id="before the first one: the first in name order"),
        pytest.param([one("Amara")], "Jonas", id="whoever was coach"),
        pytest.param([one("Amara"), one("Amara")], "Jonas", id="after a swap by consent"),
        pytest.param([one("Amara"), one("Amara"), one("Jonas")], "Jonas", id="an hour behind after it"),
        pytest.param([one("Amara"), one("Amara"), one("Jonas"), one("Jonas")], "Amara", id="even again"),
        pytest.param([one("Amara"), one("Jonas", 30)], "Amara", id="half an hour behind"),
        pytest.param([one("Amara"), one("Jonas", 1)], "Amara", id="59 minutes behind"),
        pytest.param([one("Amara"), one("Jonas", 30)] * 2, "Jonas", id="twice half an hour behind"),
        pytest.param(
            [*[one("Amara")] * 4, *[one("Jonas", 12)] * 2], "Amara", id="behind, and had the last two"
        ),
        pytest.param([one("Amara", floor="both")], "Amara", id="both had it"),
        pytest.param([one("Jonas", floor="both"), one("Amara")], "Jonas", id="both had it before"),
    ],
)
def test_the_next_turn_goes_to_whoever_was_coach_unless_they_are_an_hour_ahead(history, focus):
    assert next_roles(history, ("Jonas", "Amara")) == (focus, other(focus))


def test_each_has_had_the_sessions_that_took_place_and_half_of_those_with_both():
    history = [
        one("Amara", 45), one("Jonas", 60, status="open"), one("Jonas", 25, floor="both"), one("Amara", floor="nobody"),
        one("Amara", floor="apart"), one("Amara", status="missed"), one("Amara", status="planned"),
    ]  # fmt: skip

    assert had(history, ("Jonas", "Amara")) == {"Amara": Had(2, 45 + 12), "Jonas": Had(2, 60 + 12)}


def test_before_the_first_session_nobody_has_had_anything():
    assert had([], PEERS) == {"Amara": Had(0, 0), "Jonas": Had(0, 0)}


WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def terms(**said):
    return Agreement(1, said, {}, "digest")


@given(
    after=st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    weekday=st.sampled_from(WEEKDAYS),
    cadence=st.sampled_from([("every week", 7), ("every two weeks", 14)]),
)
def test_the_next_slot_lies_on_the_agreed_weekday_within_three_days_of_the_cadence(after, weekday, cadence):
    words, days = cadence

    slot = next_slot(after, terms(cadence=words, weekday=weekday))

    assert slot > after
    assert WEEKDAYS[slot.weekday()] == weekday
    assert abs((slot - after).days - days) <= 3


@pytest.mark.parametrize(
    ("agreed", "days"),
    [
        pytest.param(None, 7, id="nothing agreed"),
        pytest.param(terms(cadence="every week"), 7, id="no weekday"),
        pytest.param(terms(cadence="every two weeks", weekday="it changes"), 14, id="a weekday that changes"),
        pytest.param(terms(cadence="every week", weekday="Friday"), 7, id="the same weekday"),
        pytest.param(terms(cadence="every week", weekday="Monday"), 10, id="three days later"),
        pytest.param(terms(cadence="every week", weekday="Tuesday"), 4, id="three days earlier"),
        pytest.param(terms(weekday="Saturday"), 8, id="weekly where only the day was said"),
    ],
)
def test_the_next_slot_is_one_cadence_later_on_the_agreed_weekday(agreed, days):
    assert next_slot(week(0), agreed) == week(0) + timedelta(days=days)


def test_the_next_turn_is_on_the_slot_of_the_agreement_where_no_day_was_agreed(journal):
    agree(journal, cadence="every two weeks", weekday="Monday")
    hold(journal, week(0))

    turn = next_turn(journal, PEERS, today=week(0))

    assert turn == Turn(date(2024, 3, 18), focus="Jonas", coach="Amara")


def met(number=0, **more):
    return lambda journal: hold(journal, week(number), **more)


def missed(number, next_on=None):
    def tell(journal):
        planned = plan_session(
            journal, template("weekly"), held_on=week(number), focus="Amara", coach="Jonas"
        )
        return miss_session(journal, planned.session_id, next_on=next_on)

    return tell


def apart(number, kind="missed-week", next_on=None):
    return lambda journal: hold(journal, week(number), kind=kind, next_on=next_on)


def march(number):
    return date(2024, 3, number)


def told_apart_on(day, *, new):
    return lambda journal: hold(journal, march(day), kind="missed-week", next_on=march(new))


def day_after(number):
    return week(number) + timedelta(days=1)


@pytest.mark.parametrize(
    ("told", "today", "n"),
    [
        pytest.param([], week(9), 0, id="before the first meeting"),
        pytest.param([missed(0)], week(9), 0, id="missed before the first meeting"),
        pytest.param([met()], week(1), 0, id="the slot is today"),
        pytest.param([met()], day_after(1), 1, id="one in silence"),
        pytest.param([met()], day_after(2), 2, id="two in silence"),
        pytest.param([met(), missed(3)], week(3), 3, id="two in silence and one told"),
        pytest.param([met(), missed(3)], day_after(4), 4, id="in silence before and after it"),
        pytest.param([met()], week(99), 10, id="no more than ten"),
        pytest.param([met(next_on=week(3))], day_after(2), 0, id="before the day that was agreed"),
        pytest.param([met(next_on=week(3))], day_after(3), 1, id="the day that was agreed"),
        pytest.param([met(), missed(1)], week(1), 1, id="one that was told"),
        pytest.param([met(), missed(1), missed(2)], week(2), 2, id="two that were told"),
        pytest.param([met(), missed(1)], day_after(2), 2, id="one told and one in silence"),
        pytest.param([met(), missed(1, week(3))], day_after(2), 1, id="told with a later day"),
        pytest.param([met(), missed(1, week(3))], day_after(3), 2, id="that later day too"),
        pytest.param([met(), apart(1, next_on=week(2))], week(2), 1, id="told apart"),
        pytest.param([met(), apart(1, next_on=week(2))], day_after(2), 2, id="told apart and one in silence"),
        pytest.param([met(), missed(1), apart(1, next_on=week(2))], week(2), 1, id="told in both ways"),
        pytest.param([met(), apart(1)], week(1), 0, id="apart without a new day"),
        pytest.param([met(), told_apart_on(9, new=12)], march(12), 1, id="told apart on the day after"),
        pytest.param(
            [met(), missed(1), told_apart_on(9, new=12)], march(12), 1, id="told, and apart on the day after"
        ),
        pytest.param(
            [met(), told_apart_on(9, new=12)],
            march(13),
            2,
            id="told apart on the day after, and one in silence",
        ),
        pytest.param([met(), told_apart_on(6, new=12)], march(12), 0, id="another day found before the slot"),
        pytest.param([met(), apart(1, "daily-card")], week(1), 0, id="a daily card"),
        pytest.param([met(), missed(1), met(2)], week(3), 0, id="they met again"),
        pytest.param([missed(0), met()], week(1), 0, id="missed, and met on the same day after all"),
        pytest.param([met(), met(2, kind="repair")], week(3), 0, id="they met for a repair"),
    ],
)
def test_slots_that_went_by_since_the_last_meeting_are_counted_once(journal, told, today, n):
    with journal.writing():
        for tell in told:
            tell(journal)

        assert missed_slots(journal, PEERS, today=today) == n


def test_slots_go_by_at_the_cadence_of_the_agreement(journal):
    agree(journal, cadence="every two weeks", weekday="Friday")
    hold(journal, week(0))

    passed = [missed_slots(journal, PEERS, today=day_after(number)) for number in range(5)]

    assert passed == [0, 0, 1, 1, 2]


@pytest.mark.parametrize(
    ("turn", "said"),
    [
        pytest.param(Turn(week(0), "Amara", "Jonas"), "Amara is focus person, Jonas is coach.", id="turn"),
        pytest.param(one("Jonas"), "Jonas is focus person, Amara is coach.", id="session"),
        pytest.param(one(floor="both"), "Amara is focus person, Jonas is coach first, then you exchange roles.", id="both"),
        pytest.param(one(floor="nobody"), "you meet as a pair; it uses up nobody's turn.", id="nobody"),
        pytest.param(one(floor="apart"), "each on your own; it uses up nobody's turn.", id="apart"),
    ],
)  # fmt: skip
def test_a_turn_is_said_with_its_day_and_roles(turn, said):
    assert in_words(turn) == f"Friday, 2024-03-01: {said}"


def planned(journal, on, *, focus="Jonas", kind="weekly"):
    return plan_session(journal, template(kind), held_on=on, focus=focus, coach=other(focus))


def told(sessions):
    return [(one.held_on, one.focus, one.minutes) for one in sessions]


def test_the_coming_sessions_lie_on_the_slots_and_the_roles_alternate(journal):
    agree(journal, cadence="every week", weekday="Friday")
    hold(journal, week(0), focus="Amara")

    ahead = coming(journal, PEERS, today=week(0), minutes=45, n=3)

    assert told(ahead) == [(week(1), "Jonas", 45), (week(2), "Amara", 45), (week(3), "Jonas", 45)]


def test_a_planned_session_comes_first_as_it_was_planned_and_the_slots_follow_it(journal):
    agree(journal, weekday="Friday")
    hold(journal, week(0), focus="Amara")
    planned(journal, week(1) + timedelta(days=2), focus="Amara", kind="half-hour")

    ahead = coming(journal, PEERS, today=week(0), n=2)

    assert told(ahead) == [(week(1) + timedelta(days=2), "Amara", 30), (week(2), "Jonas", 60)]
    assert [bool(one.session_id) for one in ahead] == [True, False]


def test_a_slot_that_goes_by_in_silence_gives_nobody_a_turn(journal):
    agree(journal, weekday="Friday")
    hold(journal, week(0), focus="Amara")

    ahead = coming(journal, PEERS, today=day_after(2), n=2)

    assert told(ahead) == [(week(3), "Jonas", 60), (week(4), "Amara", 60)]


@pytest.mark.parametrize(
    ("made", "first"),
    [
        pytest.param(lambda j: None, day_after(0), id="nothing: today"),
        pytest.param(lambda j: agree(j, weekday="Monday"), date(2024, 3, 4), id="only an agreement: its weekday"),
        pytest.param(lambda j: hold(j, week(0), next_on=week(2)), week(2), id="the day that was agreed"),
        pytest.param(lambda j: planned(j, week(0)), day_after(0), id="planned for a day that has passed"),
        pytest.param(lambda j: planned(j, week(2), kind="missed-week"), day_after(0), id="they do not meet in it"),
    ],
)  # fmt: skip
def test_the_first_of_the_coming_sessions(journal, made, first):
    made(journal)

    assert [one.held_on for one in coming(journal, PEERS, today=day_after(0), n=1)] == [first]


@given(swaps=st.lists(st.booleans(), max_size=4), days=st.integers(0, 60), n=st.integers(1, 14))
@fewer()
def test_the_coming_sessions_are_the_turns_that_would_be_taken_one_after_another(
    tmp_path_factory, swaps, days, n
):
    """Each is what `next_roles` says once those before it were held; their days only grow."""
    journal = new_journal(tmp_path_factory.mktemp("coming"))
    agree(journal, weekday="Friday")
    for number, is_swapped in enumerate(swaps):
        focus, coach = next_roles(list_sessions(journal), PEERS)
        hold(journal, week(number), focus=coach if is_swapped else focus)
    today = week(len(swaps)) + timedelta(days=days)

    ahead = coming(journal, PEERS, today=today, n=n)

    before = list_sessions(journal)
    expected = []
    for one in ahead:
        expected.append(next_roles(before, PEERS))
        before = [*before, replace(one, status="closed")]
    journal.close()
    assert [(one.focus, one.coach) for one in ahead] == expected
    assert [one.held_on for one in ahead] == sorted({one.held_on for one in ahead})
    assert (len(ahead), ahead[0].held_on >= today) == (n, True)
