"""Which session is suggested, and why: each reason with its case, in their order; and what is put aside."""

from dataclasses import replace

import pytest
from pair import FIRST, PEERS, TERMS, agree, hold, other, say, week

from peerkit import agreement, close_session, open_session, plan_session, template
from peerkit.sessions import list_sessions, miss_session, write_answer
from peerkit.suggest import Suggestion, put_aside, sessions_since_review, suggest
from peerkit.templates import copy_template, readable_templates

USUAL = Suggestion("weekly", "The usual session.")
NO_AGREEMENT = Suggestion(
    "first-meeting", "You have no agreement yet. A first meeting makes one.", "first-meeting"
)
SHORT = Suggestion("half-hour", "You have little time today.")


def fitting(journal, *, today=FIRST, **more):
    return suggest(journal, PEERS, today=today, **more)


def kind(journal, **more):
    return fitting(journal, **more).template


def hold_many(journal, n, *, begin=0, kind="weekly", heard=None):
    """Hold so many weekly sessions, the roles alternating, and return the last one."""
    with journal.writing():
        held = [
            hold(journal, week(number), focus=PEERS[number % 2], kind=kind, heard=heard)
            for number in range(begin, begin + n)
        ]
    return held[-1]


@pytest.fixture
def agreed(journal):
    """A journal whose pair has signed an agreement."""
    agree(journal)
    return journal


def test_without_an_agreement_a_first_meeting_is_suggested(journal):
    assert fitting(journal) == NO_AGREEMENT


@pytest.mark.parametrize("terms", [TERMS, {"place": "by phone"}], ids=["whole", "begun"])
def test_an_agreement_that_nobody_signed_is_none(journal, terms):
    say(journal, terms)

    assert fitting(journal) == NO_AGREEMENT


def test_whoever_has_not_signed_is_named(journal):
    say(journal, TERMS)
    agreement.sign(journal, "Amara", PEERS, on=FIRST)

    assert fitting(journal) == Suggestion(
        "first-meeting",
        "Jonas has not signed your agreement yet. A first meeting has room for that.",
        "unsigned-Jonas",
    )


def test_a_newer_wording_that_waits_does_not_ask_for_a_first_meeting(agreed):
    """The former one still holds."""
    say(agreed, {"cadence": "every two weeks"})

    assert fitting(agreed) == USUAL


def test_with_an_agreement_and_no_sign_the_usual_session_is_suggested(agreed):
    hold(agreed, week(0), heard=8)

    assert fitting(agreed, today=week(1)) == USUAL


def test_where_time_is_short_a_half_hour_is_suggested(agreed):
    assert fitting(agreed, is_short=True) == SHORT


def test_after_heard_fell_a_repair_is_suggested(agreed):
    hold(agreed, week(0), heard=9)
    last = hold(agreed, week(1), heard=6)

    assert fitting(agreed, today=week(2)) == Suggestion(
        "repair",
        "Amara felt less understood last time than usual: 6 instead of about 9."
        " A repair session gives that room.",
        f"heard-{last.session_id}",
    )


def test_after_two_slots_that_went_by_a_repair_is_suggested(agreed):
    last = hold(agreed, week(0))

    assert fitting(agreed, today=week(3)) == Suggestion(
        "repair",
        "2 of your slots have gone by without a meeting. A repair session gives that room.",
        f"slots-{last.session_id}",
    )


def test_after_a_share_was_taken_back_a_repair_is_suggested(agreed):
    hold(agreed, week(0))
    row = take_back(agreed)

    assert fitting(agreed) == Suggestion(
        "repair",
        "Something that was shared has been made private since. A repair session gives that room.",
        f"share-{row['row_id']}",
    )


def take_back(journal, prompt="topic"):
    """Make an answer private that was shared, and return its row."""
    key = {"phase": "aim", "prompt": prompt, "author": "Amara"}
    write_answer(journal, "s", **key, value="The roof", revision=0, visibility="shared")
    write_answer(journal, "s", **key, value="Nothing", revision=1, visibility="private")
    return journal.rows("answers", session_id="s", **key)[-1]


def test_after_a_repair_the_usual_session_is_suggested(agreed):
    hold(agreed, week(0), heard=9)
    hold(agreed, week(1), heard=6)
    hold(agreed, week(2), kind="repair")

    assert fitting(agreed, today=week(3)) == USUAL


def test_every_tenth_session_is_a_review(agreed):
    kinds = []
    for number in range(11):
        kinds.append(kind(agreed, today=week(number)))
        hold(agreed, week(number), focus=PEERS[number % 2], kind=kinds[-1])

    assert kinds == [*["weekly"] * 9, "ten-session-review", "weekly"]


def test_a_review_says_how_many_sessions_lie_behind(agreed):
    last = hold_many(agreed, 9)

    assert fitting(agreed, today=week(9)) == Suggestion(
        "ten-session-review",
        "9 sessions lie behind you since the beginning or the last review: a good moment to look back.",
        f"review-{last.session_id}",
    )


@pytest.mark.parametrize(
    ("idle", "n"),
    [
        pytest.param("split-hour", 10, id="both had the floor"),
        pytest.param("first-meeting", 9, id="nobody had it"),
        pytest.param("repair", 9, id="a repair"),
        pytest.param("missed-week", 9, id="apart"),
        pytest.param("daily-card", 9, id="a daily card"),
        pytest.param("ten-session-review", 0, id="a review"),
    ],
)
def test_only_sessions_that_somebody_had_the_floor_in_lie_behind(journal, idle, n):
    hold_many(journal, 9)
    last = hold(journal, week(9), kind=idle)
    planned = plan_session(journal, template("weekly"), held_on=week(10), focus="Amara", coach="Jonas")
    miss_session(journal, planned.session_id)

    assert sessions_since_review(list_sessions(journal)) == n
    assert last.status == "closed"


def test_the_reasons_come_in_their_order(journal):
    """What is put aside, or has no room tonight, leaves its place to the next."""
    hold_many(journal, 10, heard=9)
    hold(journal, week(10), heard=3)
    found = []
    for _ in range(6):
        found.append(fitting(journal, today=week(13)))
        put_aside(journal, found[-1].name)

    assert kind(journal, today=week(13), is_short=True) == "half-hour"
    assert [(one.template, one.name.split("-")[0]) for one in found] == [
        ("first-meeting", "first"),
        ("repair", "heard"),
        ("repair", "slots"),
        ("ten-session-review", "review"),
        ("weekly", ""),
        ("weekly", ""),
    ]


@pytest.mark.parametrize("is_short", [False, True], ids=["usual", "half-hour"])
def test_the_usual_session_and_a_half_hour_cannot_be_put_aside(agreed, is_short):
    before = fitting(agreed, is_short=is_short)

    put_aside(agreed, before.name)

    assert fitting(agreed, is_short=is_short) == before


def test_what_was_put_aside_is_suggested_again_for_a_new_reason(agreed):
    hold(agreed, week(0), heard=9)
    hold(agreed, week(1), heard=6)
    first = fitting(agreed, today=week(2))
    put_aside(agreed, first.name)
    aside = fitting(agreed, today=week(2))

    hold(agreed, week(2), heard=5)
    again = fitting(agreed, today=week(3))

    assert [one.template for one in (first, aside, again)] == ["repair", "weekly", "repair"]
    assert first.name != again.name


def test_a_second_share_that_was_taken_back_is_a_new_reason(agreed):
    hold(agreed, week(0))
    take_back(agreed)
    put_aside(agreed, fitting(agreed).name)
    aside = kind(agreed)

    take_back(agreed, prompt="good-hour")

    assert (aside, kind(agreed)) == ("weekly", "repair")


def test_a_review_that_was_put_aside_is_suggested_again_after_nine_more(agreed):
    hold_many(agreed, 9)
    put_aside(agreed, fitting(agreed, today=week(9)).name)
    kinds = []

    for number in (9, 17, 18):
        kinds.append(kind(agreed, today=week(number)))
        hold_many(agreed, 8 if number == 9 else 1, begin=number)

    assert kinds == ["weekly", "weekly", "ten-session-review"]


def test_a_review_that_was_put_aside_before_the_last_one_is_another(agreed):
    """The ninth session since then is a new reason."""
    hold_many(agreed, 9)
    put_aside(agreed, fitting(agreed, today=week(9)).name)
    hold(agreed, week(9), kind="ten-session-review")

    hold_many(agreed, 9, begin=10)

    assert kind(agreed, today=week(19)) == "ten-session-review"


def test_putting_aside_twice_is_no_conflict(agreed):
    put_aside(agreed, "first-meeting")

    put_aside(agreed, "first-meeting")

    assert len(agreed.rows("answers", session_id="suggestions")) == 1


@pytest.mark.parametrize("name", ["look-back", "look-back-again"], ids=["a copy", "a copy of a copy"])
def test_a_session_from_a_copy_of_the_review_counts_as_a_review(journal, tmp_path, name):
    copy_template("ten-session-review", "look-back", folder=tmp_path)
    copy_template("look-back", "look-back-again", folder=tmp_path)
    hold_many(journal, 9)

    hold_of(journal, template(name, folder=tmp_path), week(9))
    hold(journal, week(10))

    assert sessions_since_review(list_sessions(journal), folder=tmp_path) == 1


def hold_of(journal, shape, on):
    planned = plan_session(journal, shape, held_on=on, focus="Amara", coach=other("Amara"))
    open_session(journal, planned.session_id)
    close_session(journal, planned.session_id)


def circle(own):
    """Make two copies name each other."""
    for path, name in ((own / "one.toml", "two"), (own / "two.toml", "one")):
        path.write_text(path.read_text().replace('copy_of = "ten-session-review"', f'copy_of = "{name}"'))


def mistake(own):
    (own / "one.toml").write_text("name = ")


def gone(own):
    (own / "one.toml").unlink()


@pytest.mark.parametrize("change", [circle, mistake, gone], ids=lambda change: change.__name__)
def test_an_own_template_that_cannot_be_read_any_more_does_not_stand_in_the_way(agreed, tmp_path, change):
    """Its session counts as any other: what it was copied from is not known."""
    for name in ("one", "two"):
        copy_template("ten-session-review", name, folder=tmp_path)
    hold_many(agreed, 8)
    copied = replace(template("one", folder=tmp_path), floor="focus")
    hold_of(agreed, copied, week(8))
    before = kind(agreed, today=week(9), folder=tmp_path)

    change(tmp_path)

    assert (before, kind(agreed, today=week(9), folder=tmp_path)) == ("weekly", "ten-session-review")


def test_a_template_that_has_a_mistake_is_not_suggested(agreed, tmp_path):
    hold(agreed, week(0))
    (tmp_path / "repair.toml").write_text("name = ")

    assert fitting(agreed, today=week(3), folder=tmp_path) == USUAL


def test_where_the_usual_template_has_a_mistake_another_with_a_focus_person_takes_its_place(agreed, tmp_path):
    (tmp_path / "weekly.toml").write_text("name = ")

    suggested = fitting(agreed, folder=tmp_path)

    others = [one.name for one in readable_templates(folder=tmp_path)[0] if one.floor == "focus"]
    assert suggested == Suggestion(others[0], "Your own weekly has a mistake, and cannot be used.")


def test_where_no_template_can_be_read_the_usual_one_is_named(agreed, tmp_path):
    """Its mistake is told when a session is made of it."""
    for shape in readable_templates()[0]:
        (tmp_path / f"{shape.name}.toml").write_text("name = ")

    said = "Your own weekly has a mistake, and cannot be used."
    assert fitting(agreed, folder=tmp_path, is_short=True) == Suggestion("weekly", said)
