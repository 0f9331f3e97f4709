"""What a phase is told from elsewhere: the agreement, the help asked for, the map, the load, and what this is not."""

import pytest
from pair import PEERS, TERMS, agree, hold, other, say, week

from peerkit import ahead_behind, keep, open_session, plan_session, promise, template, void
from peerkit.agreement import SCOPE, in_one_line, sign
from peerkit.guide import hints
from peerkit.guide.room import Room
from peerkit.sessions import list_sessions, write_answer
from peerkit.templates import list_templates
from peerkit.workspace import Workspace

NONE_YET = "The two of you have no agreement yet. A first meeting makes one, and the guide then follows it."
RULE = "After a miss you agreed on: a smaller promise in its place."
LOW = {"Amara": 2}


@pytest.fixture
def workspace(tmp_path):
    """Amara's workspace without its files: a room needs only what its settings say."""
    return Workspace(tmp_path, me="Amara", partner="Jonas", pair_id="amara-jonas", time_zone="UTC")


@pytest.fixture
def enter(workspace, journal):
    """Opens a session on a day and gives its room."""

    def opened(number=0, kind="weekly", focus="Amara", **more):
        planned = plan_session(
            journal, template(kind), held_on=week(number), focus=focus, coach=other(focus), **more
        )
        open_session(journal, planned.session_id)
        return Room(workspace, journal, planned.session_id)

    return opened


def told(room, phase):
    """Return the hints of a phase as (text, *lines)."""
    return [(hint["text"], *hint["lines"]) for hint in hints.of(room, room.template.phase(phase))]


def say_here(room, phase, prompt, author, value):
    write_answer(
        room.journal, room.session.session_id, phase=phase, prompt=prompt, author=author, value=value, revision=0,
        visibility="shared",
    )  # fmt: skip


def test_in_ordinary_cases_only_the_agreement_and_its_rule_are_told(journal, enter):
    """Three promises, a calm mood and no wish for a kind of help: nothing to remark on."""
    agreed = agree(journal)
    room = enter()
    with journal.writing():
        for peer in PEERS:
            say_here(room, "arrive", "mood", peer, 6)
        for _ in range(3):
            promise(journal, "Call", peer="Amara", on=week(0), session_id=room.session.session_id)

        shown = {phase.id: told(room, phase.id) for phase in room.template.phases}

    assert {phase: hint for phase, hint in shown.items() if hint} == {
        "arrive": [(in_one_line(agreed, PEERS),)],
        "keep-faith": [(RULE,)],
    }


@pytest.mark.parametrize("shape", list_templates(), ids=lambda shape: shape.name)
def test_before_anything_was_said_only_the_missing_agreement_is_told(enter, shape):
    """And only where somebody has the floor: a first meeting is where it is made."""
    room = enter(kind=shape.name)

    found = [(phase.id, hint) for phase in shape.phases for hint in told(room, phase.id)]

    has_floor = shape.floor in ("focus", "both")
    assert found == ([(shape.phases[0].id, (NONE_YET,))] if has_floor else [])


@pytest.mark.parametrize("shape", list_templates(), ids=lambda shape: shape.name)
def test_wherever_two_meet_their_agreement_is_read_first(journal, enter, shape):
    agreed = agree(journal)
    room = enter(kind=shape.name)

    first = told(room, shape.phases[0].id)

    line = (in_one_line(agreed, PEERS),)
    assert [hint for hint in first if hint[0].startswith("Our agreement")] == (
        [] if shape.floor == "apart" else [line]
    )


def test_an_agreement_that_one_has_signed_waits_for_the_other(journal, enter):
    room = enter()
    say(journal, TERMS)
    before = told(room, "arrive")

    sign(journal, "Jonas", PEERS, on=week(0))

    assert before == [(NONE_YET,)]
    assert told(room, "arrive") == [("Your agreement does not hold yet: Amara has not signed it.",)]


def test_a_newer_wording_is_told_beside_the_agreement_that_holds(journal, enter):
    agreed = agree(journal)
    say(journal, {"cadence": "every two weeks"})
    both = told(enter(), "arrive")

    sign(journal, "Jonas", PEERS, on=week(0))

    line = in_one_line(agreed, PEERS)
    assert both == [(line, "A newer wording waits for Amara and Jonas.")]
    assert told(enter(), "arrive") == [(line, "A newer wording waits for Amara.")]


def test_roles_that_were_swapped_by_consent_are_told(enter):
    room = enter(focus="Jonas", swapped=True)

    assert told(room, "arrive") == [
        (NONE_YET,),
        ("You have swapped the roles for today, by consent: Jonas has the floor.",),
    ]


@pytest.mark.parametrize(
    ("before", "now", "is_told"),
    [
        pytest.param({"Amara": 2}, {"Amara": 2}, True, id="twice running"),
        pytest.param({"Amara": 0, "Jonas": 9}, {"Amara": 1, "Jonas": 9}, True, id="twice, the other is well"),
        pytest.param({"Jonas": 2}, {"Jonas": 0}, True, id="the other peer twice"),
        pytest.param({"Amara": 3}, {"Amara": 2}, False, id="once"),
        pytest.param({"Amara": 2}, {"Amara": 3}, False, id="once, and better now"),
        pytest.param({}, {"Amara": 0}, False, id="not said before"),
        pytest.param({"Amara": 0}, {}, False, id="not said now"),
        pytest.param({"Amara": 0}, {"Jonas": 0}, False, id="one each"),
        pytest.param({"Amara": "0"}, {"Amara": [0]}, False, id="no numbers"),
    ],
)
def test_a_very_low_mood_twice_running_shows_what_peer_coaching_is_not(journal, enter, before, now, is_told):
    say(journal, {"help-link": "112.example"})
    rooms = [enter(number) for number in range(2)]
    for room, moods in zip(rooms, (before, now), strict=True):
        for peer, mood in moods.items():
            say_here(room, "arrive", "mood", peer, mood)

    shown = [told(room, "arrive")[1:] for room in rooms]

    note = (SCOPE, "Where help is to be found: 112.example")
    assert shown == [[], [note] if is_told else []]


def test_the_note_stands_without_a_link_where_the_pair_named_none(enter):
    for number in range(2):
        room = enter(number)
        say_here(room, "arrive", "mood", "Amara", 0)

    assert told(room, "arrive")[1:] == [(SCOPE,)]


def test_a_very_low_mood_with_a_better_session_between_shows_nothing(enter):
    for number, mood in enumerate([0, 5, 0]):
        room = enter(number)
        say_here(room, "arrive", "mood", "Amara", mood)

    assert told(room, "arrive")[1:] == []


@pytest.mark.parametrize("kind", ["lightning", "repair", "weekly"])
def test_a_session_in_which_nobody_tells_a_mood_lies_between_no_two(enter, kind):
    say_here(enter(0), "arrive", "mood", "Amara", 1)
    enter(1, kind=kind)
    room = enter(2)

    say_here(room, "arrive", "mood", "Amara", 2)

    assert told(room, "arrive")[1:] == [(SCOPE,)]


def test_what_the_other_told_in_between_changes_nothing(enter):
    for number, peer, mood in ((0, "Amara", 1), (1, "Jonas", 9), (2, "Amara", 1)):
        room = enter(number)
        say_here(room, "arrive", "mood", peer, mood)

    assert told(room, "arrive")[1:] == [(SCOPE,)]


def test_a_week_without_a_meeting_lies_between_no_two_sessions(journal, enter):
    say_here(enter(0), "arrive", "mood", "Amara", 0)
    hold(journal, week(1), kind="missed-week")
    room = enter(2, kind="half-hour")

    say_here(room, "arrive", "mood", "Amara", 0)

    assert told(room, "arrive")[1:] == [(SCOPE,)]


@pytest.mark.parametrize("help_", ["just listen", "ask me questions", "your experience", "ideas", "hold me to it"])  # fmt: skip
def test_the_help_that_was_asked_for_shapes_the_coachs_prompts(enter, help_):
    room = enter(focus="Jonas")
    say_here(room, "aim", "help", "Jonas", help_)

    shown = {phase.id: told(room, phase.id) for phase in room.template.phases[2:]}

    asked = {phase.id: phase.when_asked.get(help_) for phase in room.template.phases}
    said = f"Jonas asked for this: {help_}."
    assert shown == {
        "aim": [],
        **{
            phase: [(f"{said} For Amara:", *asked[phase])]
            for phase in ("open-up", "heard", "offer", "promise")
        },
        "close": [(said,)],
    }


@pytest.mark.parametrize("asked", ["", ["ideas"], {"a": 1}, 7], ids=repr)
def test_without_a_kind_of_help_the_coach_has_no_prompts(enter, asked):
    room = enter()
    say_here(room, "aim", "help", "Amara", asked)

    assert [told(room, phase) for phase in ("open-up", "offer", "close")] == [[], [], []]


def test_what_the_coach_asks_for_is_not_what_the_focus_person_asks_for(enter):
    room = enter(focus="Jonas")
    say_here(room, "aim", "help", "Amara", "ideas")

    assert told(room, "offer") == []


def test_in_the_second_half_of_a_split_hour_the_other_ones_wish_counts(enter):
    room = enter(kind="split-hour")
    say_here(room, "aim", "help", "Amara", "ideas")
    say_here(room, "aim-2", "help", "Jonas", "just listen")

    first, second = told(room, "open-up"), told(room, "open-up-2")

    assert first[0][0] == "Amara asked for this: ideas. For Jonas:"
    assert second[0][0] == "Jonas asked for this: just listen. For Amara:"


@pytest.mark.parametrize(
    ("area", "said"),
    [
        pytest.param(
            "money",
            "On money Jonas is a step ahead: something from own experience may help, if Amara wants it.",
            id="the coach ahead",
        ),
        pytest.param(
            "work", "On work Amara is the one ahead: questions may serve better than advice.", id="behind"
        ),
        pytest.param(
            "home", "On home you are about even: ask first, and compare notes after that.", id="even"
        ),
        pytest.param("family", None, id="not said"),
        pytest.param("something else", None, id="no area of the map"),
        pytest.param("", None, id="taken back"),
        pytest.param(["money"], None, id="no word"),
    ],
)
def test_offer_says_what_the_map_says_of_the_topic(journal, enter, area, said):
    room = enter()
    places = {"money": "ahead", "work": "behind", "home": "even"}
    key = {"phase": "map", "prompt": "areas", "author": "Jonas", "revision": 0}
    write_answer(journal, ahead_behind.SHEET, **key, value=places)
    say_here(room, "aim", "area", "Amara", area)

    shown = [told(room, phase) for phase in ("open-up", "offer", "promise")]

    assert shown == [[], [(said,)] if said else [], []]


def test_the_rule_after_a_miss_is_told_where_promises_are_looked_at(journal, enter):
    agree(journal, no_show="we skip it, and meet at the next slot")

    met, apart = enter(), enter(1, kind="missed-week")

    assert told(met, "keep-faith") == [(RULE,)]
    assert told(apart, "ledger") == [
        ("You agreed on this: we skip it, and meet at the next slot.",),
        (RULE,),
    ]


def test_the_stakes_are_told_with_the_rule_by_which_they_are_due(journal, enter):
    for peer, stake in (("Jonas", "a cake"), ("Amara", "ten laps")):
        say(journal, {"stake": stake}, author=peer)
    agree(journal, after_miss="the stake that was chosen is due")

    assert told(enter(), "keep-faith") == [
        (
            "After a miss you agreed on: the stake that was chosen is due.",
            "For Amara: ten laps",
            "For Jonas: a cake",
        )
    ]


def promised_in(room, n):
    """Make so many promises in a session, all due in a week, and return their ids."""
    with room.journal.writing():
        return [
            promise(
                room.journal, "Call", peer=PEERS[number % 2], on=week(0), due_on=week(1),
                session_id=room.session.session_id,
            ).commitment_id
            for number in range(n)
        ]  # fmt: skip


@pytest.mark.parametrize(("n", "is_told"), [(3, False), (4, True)], ids=["three", "four"])
def test_more_than_three_promises_get_one_remark(enter, n, is_told):
    room = enter()
    promised_in(room, n)

    remark = "That makes 4 promises in this session. Is one of them for another week?"
    assert told(room, "promise") == ([(remark,)] if is_told else [])


def test_the_remark_tells_what_the_pair_kept_of_few_and_of_many(journal, enter, clock):
    few, many = promised_in(enter(0), 2), promised_in(enter(0), 5)
    clock.to("03-08")
    with journal.writing():
        for commitment_id in (few[0], *many[:4]):
            keep(journal, commitment_id, on=week(1))
    room = enter(1)
    promised_in(enter(0), 1)
    for _ in range(4):
        promise(journal, "Call", peer="Amara", on=week(1), due_on=week(2), session_id=room.session.session_id)

    assert told(room, "promise") == [
        (
            "That makes 4 promises in this session. Is one of them for another week?",
            "With up to 3 promises in a session you kept 1 of 3 (33%, 95 % interval 6% to 79%).",
            "With more you kept 4 of 5 (80%, 95 % interval 38% to 96%).",
        )
    ]


def test_what_a_commitment_became_is_no_further_promise(journal, enter):
    room = enter()
    for commitment_id in promised_in(room, 3):
        keep(journal, commitment_id, on=week(0))

    assert told(room, "promise") == []


def test_no_hint_repeats_a_promise_or_a_private_word(journal, enter):
    room = enter()
    promise_all = {"peer": "Amara", "on": week(0), "session_id": room.session.session_id}
    for _ in range(4):
        promise(journal, "SECRET", **promise_all)
    say_here(room, "open-up", "notes", "Jonas", "SECRET")

    assert "SECRET" not in str([hints.of(room, phase) for phase in room.template.phases])
    assert [one.status for one in list_sessions(journal)] == ["open"]


def test_what_proved_impossible_is_no_load(journal, enter):
    """As in `measures.load`: it must not move the others to another load."""
    room = enter()
    made = promised_in(room, 4)
    before = len(told(room, "promise"))

    void(journal, made[0], on=week(0))

    assert (before, told(room, "promise")) == (1, [])
