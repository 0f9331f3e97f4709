"""What is asked before something is promised or advised: when, and what one could see; and when nothing is."""

import time
import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from peerkit.specific import gentle_questions, is_observable

DUE = date(2024, 3, 8)
WHEN, HOW = "By when will it be done?", "How would the two of you tell that it was done?"
FIRST = "What is the first thing that somebody could see you do?"
PUT_IN = 'Would you put that day in under "By when" too?'
WORDINGS = tomllib.loads(Path(__file__).with_name("wordings.toml").read_text(encoding="utf-8"))["wordings"]
ENGLISH = [one for one in WORDINGS if "language" not in one]
NOT_ENGLISH = [one for one in WORDINGS if "language" in one]
VERBS = ["Call", "write", "Reading", "I will run", "Please send", "Try to book", "You could ask", "WALK"]
AMOUNTS = ["2", "three", "half of the", "18:00,", "one more", "every", "12 or more"]
SCRIPTS = st.characters(min_codepoint=0x0370, categories=["Lo", "Ll", "Lu"])


@pytest.mark.parametrize(
    ("text", "due_on", "questions"),
    [
        pytest.param("Run to the bridge and back", DUE, [], id="clear"),
        pytest.param("Run to the bridge and back", None, [WHEN], id="no date"),
        pytest.param("Try to run more", DUE, [HOW], id="an action and no amount"),
        pytest.param("Try the 18:00 yoga class on Tuesday", DUE, [], id="tried, and clear"),
        pytest.param("Maybe call the school", DUE, [HOW], id="maybe"),
        pytest.param("Be kinder", DUE, [FIRST], id="a direction and no action"),
        pytest.param("Be kinder", None, [WHEN, FIRST], id="a direction and no date"),
        pytest.param("Try more", None, [WHEN, HOW], id="nothing but small words"),
        pytest.param("Improve my sleep by Friday", DUE, [HOW], id="a deadline is no measure"),
        pytest.param("ok", DUE, [HOW], id="two letters"),
        pytest.param("", None, [WHEN, HOW], id="nothing"),
        pytest.param("Steuern", DUE, [], id="one word"),
        pytest.param("T\u0308ire o\u0301n", DUE, [], id="accents of their own"),
        pytest.param("👟", DUE, [], id="a picture"),
        pytest.param("学校に電話する", DUE, [], id="a script without spaces"),
        pytest.param("להתקשר לבית הספר", DUE, [], id="another script"),
    ],
)
def test_an_unclear_promise_gets_a_question_and_no_refusal(text, due_on, questions):
    assert gentle_questions(text, due_on) == questions


@pytest.mark.parametrize(
    ("text", "by", "questions"),
    [
        pytest.param("Ring the landlord", DUE, [], id="clear"),
        pytest.param("Ring the landlord", None, ["By when could that be done?"], id="no date"),
        pytest.param("Talk to her more often", DUE, ["What would one see being done?"], id="no amount"),
        pytest.param("Be firmer", DUE, ["What could somebody be seen doing first?"], id="a direction"),
    ],
)
def test_advice_is_asked_about_in_its_own_words(text, by, questions):
    assert gentle_questions(text, by, of="advice") == questions


@pytest.mark.parametrize(
    ("text", "beside", "questions"),
    [
        pytest.param("Try to run more", {"first_step": "Put the shoes at the door"}, [], id="a first step"),
        pytest.param("Try to run more", {"evidence": "a photo"}, [], id="evidence"),
        pytest.param("Try to run more", {"cue": "Tuesday, 7:30, at the bridge"}, [], id="when and where"),
        pytest.param(
            "Try to run more", {"first_step": " ", "evidence": "\n", "cue": " "}, [HOW], id="blanks"
        ),
        pytest.param("Try to run more", {"cue": "sometime"}, [HOW], id="a cue that says nothing"),
        pytest.param("Be kinder", {"first_step": "Ask her how the day was"}, [], id="what is seen first"),
        pytest.param("Call the school", {"cue": "sometime, if possible"}, [], id="a clear text stays clear"),
    ],
)
def test_what_is_said_beside_a_promise_answers_the_question(text, beside, questions):
    """Whoever has answered is not asked again."""
    assert gentle_questions(text, DUE, **beside) == questions
    assert gentle_questions(text, None, **beside) == [WHEN, *questions]


@pytest.mark.parametrize(
    ("said", "question"),
    [
        ("on Sunday", PUT_IN),
        ("tomorrow", PUT_IN),
        ("by 3 March", PUT_IN),
        ("on March 3rd", PUT_IN),
        ("by 2024-03-08", PUT_IN),
        ("this weekend", PUT_IN),
        ("by the end of the month", PUT_IN),
        ("every Sunday", WHEN),
        ("on Sundays", WHEN),
        ("at 18:00", WHEN),
        ("if I may", WHEN),
    ],
)
def test_a_day_that_only_the_words_name_is_asked_for_as_a_date(said, question):
    assert gentle_questions(f"Call the school {said}", None) == [question]


@pytest.mark.parametrize(
    ("is_held_out", "floor"),
    [pytest.param(False, (0.97, 0.92), id="tuned on"), pytest.param(True, (0.95, 0.75), id="held out")],
)
def test_vague_wordings_are_told_from_clear_ones(is_held_out, floor):
    """Measured: precision 1.00 and recall 0.96 on those the rules were made with, 1.00 and 0.83 on the others."""
    part = [one for one in ENGLISH if one.get("held_out", False) == is_held_out]

    asked = [one["is_clear"] for one in part if not is_observable(one["text"])]
    precision = asked.count(False) / len(asked)
    recall = asked.count(False) / [one["is_clear"] for one in part].count(False)

    print(f"{len(part)} wordings: vague is found with precision {precision:.3f}, recall {recall:.3f}")
    assert (precision >= floor[0], recall >= floor[1]) == (True, True)


def test_enough_is_labelled_and_a_third_held_out():
    n_held_out = sum(one.get("held_out", False) for one in WORDINGS)

    texts = {one["text"] for one in WORDINGS}
    assert (len(texts) == len(WORDINGS) >= 120, 0.25 < n_held_out / len(WORDINGS) < 0.4) == (True, True)


@pytest.mark.parametrize("text", [one["text"] for one in NOT_ENGLISH])
def test_what_is_not_english_is_left_in_peace(text):
    assert gentle_questions(text, DUE) == []


@pytest.mark.parametrize("change", [str.upper, str.lower, lambda text: f"  {text.replace(' ', '  ')}.\n"])
def test_case_and_space_make_no_difference(change):
    texts = [one["text"] for one in ENGLISH]

    assert [is_observable(change(text)) for text in texts] == [is_observable(text) for text in texts]


@given(text=st.text(), due_on=st.none() | st.dates(), of=st.sampled_from(["commitment", "advice"]))
def test_whatever_is_said_gets_at_most_two_questions_and_one_for_the_day(text, due_on, of):
    questions = gentle_questions(text, due_on, of=of)

    for_the_day = [one for one in questions if "y when" in one]
    assert len(questions) <= 2
    assert for_the_day == (questions[:1] if due_on is None else [])
    assert all(one.endswith("?") for one in questions)


@given(words=st.lists(st.sampled_from([word for one in ENGLISH for word in one["text"].split()])))
def test_a_word_salad_gets_at_most_one_question_for_clarity(words):
    """Words that the rules know, in orders that nobody would say."""
    assert len(gentle_questions(" ".join(words), DUE)) <= 1


@given(verb=st.sampled_from(VERBS), amount=st.sampled_from(AMOUNTS), thing=st.text(SCRIPTS, min_size=1))
def test_an_action_with_an_amount_and_a_date_is_clear(verb, amount, thing):
    assert gentle_questions(f"{verb} {amount} {thing}", DUE) == []


@given(words=st.lists(st.text(SCRIPTS, min_size=1), min_size=1))
@example(words=["ẗ"])
def test_another_script_is_never_asked_about(words):
    assert gentle_questions(" ".join(words), DUE) == []


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        " ",
        "try ",
        "as a ",
        "as as ",
        "by the ",
        "one day ",
        "1 ",
        "every sunday",
        "end of ",
        "é'",
        "\u0301\u0327",
        "\n",
    ],
)
def test_two_hundred_thousand_characters_take_no_longer_than_their_number(piece):
    """A pattern that goes back and forth would need many minutes of a processor for one of these."""
    started = time.process_time()

    gentle_questions(piece * (200_000 // len(piece)), None)

    assert time.process_time() - started < 4
