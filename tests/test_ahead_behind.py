"""The map of ahead and behind: what each says of themselves, and what it tells a coach."""

import pytest
from helpers import fewer, new_journal
from hypothesis import given
from hypothesis import strategies as st
from pair import PEERS, other

from peerkit import ahead_behind
from peerkit.ahead_behind import PLACES, hint, places
from peerkit.sessions import answers, write_answer

COACH = "On money Jonas is a step ahead: something from own experience may help, if Amara wants it."
FOCUS = "On money Amara is the one ahead: questions may serve better than advice."
EVEN = "On money you are about even: ask first, and compare notes after that."


def say(journal, peer, value):
    """Write where a peer stands, over what was said before."""
    key = {"phase": "map", "prompt": "areas", "author": peer}
    now = answers(journal, ahead_behind.SHEET).get(("map", "areas", peer), {"revision": 0})
    write_answer(journal, ahead_behind.SHEET, **key, value=value, revision=now["revision"])


def told(journal, amara, jonas):
    """Return what Jonas is told as coach where each has said this of money, or nothing."""
    with journal.writing():
        for peer, place in (("Amara", amara), ("Jonas", jonas)):
            say(journal, peer, {"money": place} if place else {})
        return hint(journal, "money", focus="Amara", coach="Jonas")


@pytest.mark.parametrize(
    ("amara", "jonas", "said"),
    [
        pytest.param("behind", "ahead", COACH, id="both see the coach ahead"),
        pytest.param(None, "ahead", COACH, id="the coach alone says so"),
        pytest.param("behind", None, COACH, id="the focus person alone says so"),
        pytest.param("even", "ahead", COACH, id="one of them sees it as even"),
        pytest.param("ahead", "behind", FOCUS, id="both see the focus person ahead"),
        pytest.param("ahead", None, FOCUS, id="the focus person says to be ahead"),
        pytest.param("even", "even", EVEN, id="even"),
        pytest.param(None, "even", EVEN, id="even, says one"),
        pytest.param("ahead", "ahead", "", id="both see themselves ahead"),
        pytest.param("behind", "behind", "", id="both see the other ahead"),
        pytest.param(None, None, "", id="neither has said"),
    ],
)
def test_the_map_says_whether_own_experience_or_questions_may_help(journal, amara, jonas, said):
    assert told(journal, amara, jonas) == said


def test_what_one_peer_says_means_the_opposite_for_the_other(journal):
    """Neither is ranked: whoever is ahead here is told the mirror image when the roles are exchanged."""
    for place in PLACES:
        opposite = PLACES[2 - PLACES.index(place)]

        assert told(journal, place, None) == told(journal, None, opposite)


def test_a_topic_that_is_in_no_area_of_the_map_tells_nothing(journal):
    say(journal, "Jonas", {"money": "ahead"})

    assert [hint(journal, area, focus="Amara", coach="Jonas") for area in ("", "something else")] == ["", ""]


def test_places_are_told_by_peer_as_they_stand(journal):
    say(journal, "Jonas", {"money": "ahead", "work": "even"})
    say(journal, "Amara", {"home": "behind"})
    say(journal, "Jonas", {"money": "even"})
    key = {"phase": "map", "prompt": "ask-me", "author": "Amara", "revision": 0}
    write_answer(journal, ahead_behind.SHEET, **key, value={"money": "ahead"})

    assert places(journal) == {"Jonas": {"money": "even"}, "Amara": {"home": "behind"}}


@fewer()
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.sampled_from(PLACES),
        lambda inside: (
            st.lists(inside, max_size=2) | st.dictionaries(st.sampled_from(["money", "x"]), inside)
        ),
        max_leaves=4,
    )
)
def test_an_odd_answer_in_the_place_of_the_map_tells_nothing_wrong(journal_of_many, value):
    """As in a journal that came from elsewhere."""
    for peer in PEERS:
        say(journal_of_many, peer, value)

    said = {hint(journal_of_many, "money", focus=peer, coach=other(peer)) for peer in PEERS}

    is_told = isinstance(value, dict) and value.get("money") in PLACES
    assert said == ({EVEN, EVEN.replace("Jonas", "Amara")} if is_told and value["money"] == "even" else {""})


@pytest.fixture(scope="module")
def journal_of_many(tmp_path_factory):
    """One journal for many examples: each writes over the one before."""
    made = new_journal(tmp_path_factory.mktemp("map"))
    yield made
    made.close()
