"""What a summary says and for whom: the private stays with whose it is, and outside goes no word."""

import json
from datetime import date

import pytest

from peerkit import close_session, keep, miss, open_session, partly, plan_session, promise, template
from peerkit.errors import SummaryError
from peerkit.notebooks import added_markdown, session_notebook
from peerkit.sessions import record_heard, write_answer
from peerkit.summary import missed_template, summary, trend

WEEKLY = template("weekly")
FIRST, HELD, NEXT = date(2024, 3, 1), date(2024, 3, 8), date(2024, 3, 15)


def answer(journal, session, phase, prompt, author, value):
    visibility = next(one.visibility for one in WEEKLY.phase(phase).prompts if one.id == prompt)
    key = {"phase": phase, "prompt": prompt, "author": author, "visibility": visibility}
    write_answer(journal, session.session_id, **key, value=value, revision=0)


def listed(rows):
    return [(row["peer"], row["text"], row["outcome"]) for row in rows]


def words_of(said):
    """Return every text of a summary but the names of its keys."""
    if isinstance(said, dict):
        said = list(said.values())
    return [word for part in said for word in words_of(part)] if isinstance(said, list) else [str(said)]


@pytest.fixture
def due(journal):
    """Ids of what was promised a week before the session: by Amara, by Jonas, and by Amara in private."""
    said = (
        ("Call the surveyor", "Amara", "shared"),
        ("Write the letter", "Jonas", "shared"),
        ("See the doctor", "Amara", "private"),
    )
    when = {"on": FIRST, "due_on": date(2024, 3, 7)}
    with journal.writing():
        return [
            promise(journal, text, peer=peer, visibility=seen, **when).commitment_id
            for text, peer, seen in said
        ]


@pytest.fixture
def session(journal, clock, due):
    """A session as the weekly one goes, with something private in each of its parts."""
    clock.to("03-08")
    with journal.writing():
        held = plan_session(journal, WEEKLY, held_on=HELD, focus="Amara", coach="Jonas")
        open_session(journal, held.session_id)
        answer(journal, held, "arrive", "arriving", "Amara", "Tea and no plan")
        answer(journal, held, "open-up", "own-words", "Amara", "The roof keeps me awake")
        keep(journal, due[0], on=HELD)
        partly(journal, due[1], 0.5, on=HELD, reason="Two evenings of fever")
        keep(journal, due[2], on=HELD)
        made = {"on": HELD, "due_on": NEXT, "session_id": held.session_id}
        promise(
            journal, "Mend the roof", peer="Amara", visibility="shared", first_step="Find the ladder", **made
        )
        promise(journal, "Sell the piano", peer="Jonas", visibility="private", **made)
        record_heard(journal, held.session_id, heard=8)
        return close_session(journal, held.session_id, next_on=NEXT)


def test_mine_says_all_that_was_answered(journal, session):
    said = summary(journal, session, WEEKLY)

    answers = {phase["title"]: phase["answers"] for phase in said["phases"] if phase["answers"]}
    arriving = "What are you carrying with you into this hour?"
    own_words = "What is this like for you, in your own words?"
    assert answers == {
        "Arrive": [{"prompt": arriving, "kind": "line", "peer": "Amara", "value": "Tea and no plan"}],
        "Open up": [
            {"prompt": own_words, "kind": "text", "peer": "Amara", "value": "The roof keeps me awake"}
        ],
    }


def test_ours_says_only_the_answers_that_are_shared(journal, session):
    said = summary(journal, session, WEEKLY, audience="ours")

    answers = {phase["title"]: [one["value"] for one in phase["answers"]] for phase in said["phases"]}
    assert {title: told for title, told in answers.items() if told} == {"Arrive": ["Tea and no plan"]}


@pytest.mark.parametrize(
    ("audience", "settled", "promised"),
    [
        pytest.param(
            "mine",
            [
                ("Amara", "Call the surveyor", "kept"),
                ("Jonas", "Write the letter", "partly"),
                ("Amara", "See the doctor", "kept"),
            ],
            [("Amara", "Mend the roof", "open"), ("Jonas", "Sell the piano", "open")],
            id="mine: all",
        ),
        pytest.param(
            "ours",
            [("Amara", "Call the surveyor", "kept"), ("Jonas", "Write the letter", "partly")],
            [("Amara", "Mend the roof", "open")],
            id="ours: the shared ones",
        ),
        pytest.param("outside", [], [], id="outside: none"),
    ],
)
def test_what_was_settled_and_promised_is_listed_for_those_who_may_see_it(
    journal, session, audience, settled, promised
):
    said = summary(journal, session, WEEKLY, audience=audience)

    assert (listed(said["settled"]), listed(said["promised"])) == (settled, promised)


def test_a_commitment_is_told_with_its_plan_and_its_dates(journal, session):
    made = summary(journal, session, WEEKLY)["promised"][0]

    assert made == {
        "peer": "Amara",
        "text": "Mend the roof",
        "first_step": "Find the ladder",
        **dict.fromkeys(["evidence", "if_then", "accountability", "fraction", "reason", "closed_on"]),
        "outcome": "open",
        "due_on": "2024-03-15",
        "latest_due_on": "2024-03-15",
        "is_overdue": False,
    }


def test_a_commitment_kept_in_part_is_told_with_how_much_and_why(journal, session):
    part = summary(journal, session, WEEKLY)["settled"][1]

    told = {name: part[name] for name in ("outcome", "fraction", "reason", "closed_on")}
    assert told == {
        "outcome": "partly",
        "fraction": 0.5,
        "reason": "Two evenings of fever",
        "closed_on": "2024-03-08",
    }


def test_outside_says_day_roles_by_initials_and_numbers_and_nothing_else(journal, session):
    said = summary(journal, session, WEEKLY, audience="outside", notes=["A note of mine"])

    assert said == {
        "title": "Weekly session",
        "session_id": session.session_id,
        "held_on": "2024-03-08",
        "as_of": "2024-03-08",
        "minutes": 60,
        "audience": "outside",
        "pair": "A. & J.",
        "roles": [{"role": "Focus person", "peer": "A."}, {"role": "Coach", "peer": "J."}],
        "heard": 8,
        **{name: [] for name in ("phases", "settled", "promised", "notes")},
        "numbers": [
            {"peer": "A.", "kept": 1, "n": 1, "share": 1.0, "low": 0.2065, "high": 1.0, "open": 1},
            {"peer": "J.", "kept": 0, "n": 1, "share": 0.0, "low": 0.0, "high": 0.7935, "open": 0},
        ],
        "next": {"held_on": "2024-03-15", "focus": "J.", "coach": "A."},
    }


def test_follow_through_counts_what_was_due_with_its_interval(journal, session):
    numbers = summary(journal, session, WEEKLY)["numbers"]

    assert numbers == [
        {"peer": "Amara", "kept": 2, "n": 2, "share": 1.0, "low": 0.3424, "high": 1.0, "open": 1},
        {"peer": "Jonas", "kept": 0, "n": 1, "share": 0.0, "low": 0.0, "high": 0.7935, "open": 1},
    ]


@pytest.mark.parametrize(
    ("audience", "counted"),
    [("mine", [(2, 2, 1), (0, 1, 1)]), ("ours", [(1, 1, 1), (0, 1, 0)]), ("outside", [(1, 1, 1), (0, 1, 0)])],
)
def test_what_is_private_is_not_even_counted_for_others(journal, session, audience, counted):
    """The partner's journal has no private rows: both make the same summary, and no count tells of them."""
    numbers = summary(journal, session, WEEKLY, audience=audience)["numbers"]
    shares = trend(journal, HELD, audience=audience)

    assert [(row["kept"], row["n"], row["open"]) for row in numbers] == counted
    assert shares["n"].to_list() == [sum(n for _, n, _ in counted)]


def test_the_next_turn_has_the_roles_swapped(journal, session):
    assert summary(journal, session, WEEKLY)["next"] == {
        "held_on": "2024-03-15",
        "focus": "Jonas",
        "coach": "Amara",
    }


def test_a_summary_says_the_same_whatever_becomes_known_later(journal, clock, session):
    """It tells how things stood when the session ended."""
    before = summary(journal, session, WEEKLY)

    clock.to("03-20")
    for row in journal.rows("entries", session_id=session.session_id):
        miss(journal, row["commitment_id"], on=date(2024, 3, 20), reason="No ladder")

    assert summary(journal, session, WEEKLY) == before


def test_a_session_that_ends_past_midnight_is_told_as_of_the_day_it_ended(journal, clock):
    held = plan_session(journal, WEEKLY, held_on=HELD, focus="Amara", coach="Jonas")
    clock.to("03-09 00:10")
    closed = close_session(journal, open_session(journal, held.session_id).session_id)

    assert summary(journal, closed, WEEKLY)["as_of"] == "2024-03-09"


def test_before_anything_was_due_there_are_no_numbers(journal):
    held = plan_session(journal, WEEKLY, held_on=FIRST, focus="Amara", coach="Jonas")
    open_session(journal, held.session_id)

    said = summary(journal, held, WEEKLY)

    assert (said["numbers"], said["settled"], said["promised"]) == ([], [], [])
    assert trend(journal, FIRST).empty


@pytest.mark.parametrize(
    ("audience", "notes"),
    [("mine", ["We laughed.", "**Buy** nails"]), ("ours", ["We laughed.", "**Buy** nails"]), ("outside", [])],
)
def test_markdown_that_was_added_to_the_notebook_goes_in_unless_it_is_tagged_private(
    journal, session, audience, notes
):
    notebook = session_notebook(session, WEEKLY)
    for source, tags in (
        ("We laughed.", []),
        ("My wife knows.", ["private"]),
        (["**Buy** ", "nails"], ["x"]),
    ):
        notebook["cells"].append({"cell_type": "markdown", "metadata": {"tags": tags}, "source": source})
    notebook["cells"].append({"cell_type": "code", "metadata": {}, "source": "1 + 1"})

    said = summary(journal, session, WEEKLY, audience=audience, notes=added_markdown(notebook))

    assert said["notes"] == notes


@pytest.mark.parametrize("audience", ["mine", "ours", "outside"])
def test_a_summary_is_plain_data_that_json_gives_back_as_it_was(journal, session, audience):
    said = summary(journal, session, WEEKLY, audience=audience, notes=["שלום 😀"])

    assert json.loads(json.dumps(said, allow_nan=False)) == said


def test_an_unknown_audience_is_told_with_those_there_are(journal, session):
    with pytest.raises(SummaryError, match=r"Unknown audience 'all'\. Use one of: mine, ours, outside\."):
        summary(journal, session, WEEKLY, audience="all")


def test_a_session_whose_template_is_gone_still_says_what_was_answered(journal, session):
    made = missed_template(session, journal.rows("answers", session_id=session.session_id))

    said = summary(journal, session, made)

    told = {
        phase["title"]: [(one["prompt"], one["value"]) for one in phase["answers"]]
        for phase in said["phases"]
    }
    assert (said["title"], said["minutes"]) == ("weekly", 60)
    assert told == {
        "Arrive": [("arriving", "Tea and no plan")],
        "Open up": [("own-words", "The roof keeps me awake")],
    }


def test_what_a_form_keeps_for_itself_is_no_answer_where_the_template_is_gone(journal, session):
    """A timer's state says nothing to anybody who reads a summary."""
    for prompt, value in (("timer", {"started_at": None, "banked": 12}), ("borrowed", {"close": 2})):
        key = {"phase": "arrive", "prompt": prompt, "author": "Amara"}
        write_answer(journal, session.session_id, **key, value=value, revision=0)
    made = missed_template(session, journal.rows("answers", session_id=session.session_id))

    said = summary(journal, session, made)

    prompts = [one["prompt"] for phase in said["phases"] for one in phase["answers"]]
    assert prompts == ["arriving", "own-words"]


def test_no_word_of_the_session_is_anywhere_in_what_goes_outside(journal, session):
    inside = set(words_of(summary(journal, session, WEEKLY, notes=["We laughed."])))

    outside = set(words_of(summary(journal, session, WEEKLY, audience="outside", notes=["We laughed."])))

    harmless = {"Weekly session", session.session_id, "2024-03-08", "2024-03-15", "Focus person", "Coach"}
    assert {word for word in inside & outside if not word.replace(".", "").isdigit()} <= harmless
