"""The daily card: one's own questions, a form and a command; it is nobody's session, and private unless shared."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from helpers import Clock, clock_at, fewer, new_journal
from hypothesis import given
from hypothesis import strategies as st

from peerkit import charts, daily, fold, guide, ledger, sessions, turns
from peerkit.daily import (
    HOW,
    answers,
    card_of,
    find_card,
    finish,
    is_shared,
    keep,
    questions,
    read,
    share,
    trend,
)
from peerkit.effort import Share, by_question, in_words, rows_of, weeks_of
from peerkit.errors import PeerkitError, SessionError
from peerkit.guide import daily as guide_daily  # noqa: F401 the module's function is what notebooks call
from peerkit.guide import listing
from peerkit.guide.daily import Daily
from peerkit.guide.home import Home
from peerkit.journal import Journal
from peerkit.measures import balance
from peerkit.notebooks import new_session
from peerkit.schema import clean, known, known_by
from peerkit.sessions import Session, close_session, find_session, list_sessions, open_session, plan_session
from peerkit.suggest import sessions_since_review
from peerkit.templates import template
from peerkit.workspace import Workspace, init_workspace

TODAY = date(2024, 3, 1)
LISTEN = "How hard did I try to listen?"
WALK = "Did I go for a walk?"
SECRET = "How hard did I try not to drink?"


def asked(question: str = LISTEN, answer: str | None = None, how: str = "scale") -> dict[str, Any]:
    return {"question": question, "how": how, "answer": answer}


def filled(journal: Journal, *given: dict[str, Any], on: date = TODAY) -> Session:
    """Fill in the card of a day, and close it."""
    card = card_of(journal, "Amara", on=on)
    keep(journal, card, list(given) or [asked(answer="7")])
    return finish(journal, card)


def march(day: int) -> date:
    return date(2024, 3, day)


def weekly(journal: Journal, on: date = TODAY) -> Session:
    """Open a weekly session of Amara's."""
    planned = plan_session(journal, template("weekly"), held_on=on, focus="Amara", coach="Jonas")
    return open_session(journal, planned.session_id)


# A card


def test_a_card_is_read_as_it_was_kept(journal: Journal) -> None:
    given_ = [asked(answer="7"), asked(WALK, "yes", "yes-no"), asked("How hard did I try to rest?")]

    card = filled(journal, *given_)

    assert (read(journal, card), card.status, card.floor, card.focus, card.coach) == (
        given_,
        "closed",
        "apart",
        "Amara",
        "",
    )


def test_a_day_has_one_card(journal: Journal) -> None:
    first = filled(journal)

    again = card_of(journal, "Amara", on=TODAY)

    assert (again, [one.session_id for one in list_sessions(journal)]) == (first, [first.session_id])


def test_a_closed_card_can_still_be_changed(journal: Journal) -> None:
    card = filled(journal)

    keep(journal, card, [asked(answer="9")])

    assert read(journal, card) == [asked(answer="9")]


def test_questions_come_back_the_next_day_without_their_answers(journal: Journal) -> None:
    filled(journal, asked(answer="3"), asked(WALK, "no", "yes-no"))
    filled(journal, asked(SECRET, "3"), on=march(2))

    newest, before = questions(journal, "Amara"), questions(journal, "Amara", before=march(2))

    assert newest == [{"question": SECRET, "how": "scale"}]
    assert before == [{"question": LISTEN, "how": "scale"}, {"question": WALK, "how": "yes-no"}]
    assert (questions(journal, "Jonas"), questions(journal, "Amara", before=TODAY)) == ([], [])


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ([], "This card has no question yet. Write one that begins: How hard did I try to ..."),
        ([asked("  ")], "This card has no question yet. Write one that begins: How hard did I try to ..."),
        ([asked(SECRET)] * 11, "A card has up to 10 questions; this one has 11. Leave some out."),
        ([asked(), asked(SECRET, "11")], "Question 2 is answered with 0 to 10. Leave it empty if you would rather not say."),
        ([asked(SECRET, "5", "yes-no")], "Question 1 is answered with yes or no. Leave it empty if you would rather not say."),
        ([asked(SECRET, "5", "stars")], "Question 1 can be answered in one of these ways: scale, yes-no."),
    ],
    ids=["none", "blank", "eleven", "too-high", "a-number-for-yes", "unknown-way"],
)  # fmt: skip
def test_what_is_no_card_is_refused_in_a_sentence_that_repeats_nothing(
    journal: Journal, given_: list[dict[str, Any]], said: str
) -> None:
    card = card_of(journal, "Amara", on=TODAY)

    with pytest.raises(SessionError) as refused:
        keep(journal, card, given_)

    assert (str(refused.value), read(journal, card)) == (said, [])


def test_a_card_without_a_question_stays_open(journal: Journal) -> None:
    card = card_of(journal, "Amara", on=TODAY)

    with pytest.raises(SessionError, match="no question yet"):
        finish(journal, card)

    assert find_card(journal, "Amara", on=TODAY) == card


def test_an_own_template_may_ask_the_questions_elsewhere_and_still_takes_no_turn(
    journal: Journal, tmp_path: Path
) -> None:
    text = (Path(__file__).parents[1] / "templates/daily-card.toml").read_text("utf-8")
    text = text.replace('id = "questions"', 'id = "mine"').replace('floor = "apart"', 'floor = "focus"')
    (tmp_path / "daily-card.toml").write_text(text, "utf-8")

    card = card_of(journal, "Amara", on=TODAY, folder=tmp_path)
    keep(journal, card, [asked(answer="7")], folder=tmp_path)

    assert list(answers(journal, card.session_id)) == [("today", "mine", "Amara")]
    assert (card.floor, read(journal, card)) == ("apart", [asked(answer="7")])


def test_an_own_template_without_own_questions_is_told(tmp_path: Path) -> None:
    text = (Path(__file__).parents[1] / "templates/daily-card.toml").read_text("utf-8")
    (tmp_path / "daily-card.toml").write_text(text.replace('kind = "questions"', 'kind = "text"'), "utf-8")

    with pytest.raises(SessionError, match="asks no questions of one's own"):
        daily.place(tmp_path)


def test_praise_is_the_same_all_day_and_not_each_day() -> None:
    words = [daily.praise(TODAY + timedelta(days=days)) for days in range(30)]

    assert (words[0], len(set(words)) > 3) == (daily.praise(TODAY), True)


TEXTS = st.text(min_size=1, max_size=40).filter(lambda text: clean(text).strip())
ANSWERED = st.sampled_from([(how, one) for how, fits in HOW.items() for one in (*fits, None)])


@given(st.lists(st.tuples(TEXTS, ANSWERED), min_size=1, max_size=10))
def test_whatever_is_asked_and_answered_is_there_again(
    given_: list[tuple[str, tuple[str, str | None]]],
) -> None:
    with TemporaryDirectory() as folder:
        journal = new_journal(Path(folder))
        card = card_of(journal, "Amara", on=TODAY)
        keep(journal, card, [asked(text, answer, how) for text, (how, answer) in given_])
        first = read(journal, card)
        keep(journal, card, first)

        assert read(journal, card) == first
        assert [(one["how"], one["answer"]) for one in first] == [pair for _, pair in given_]
        assert [one["question"].split() for one in first] == [clean(text).split() for text, _ in given_]
        journal.close()


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["question", "how", "answer", "x"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.sampled_from(["question", "how", "answer"]), JUNK) | JUNK, max_size=3))
def test_whatever_a_journal_holds_the_trend_stays_between_0_and_10(value: list[Any]) -> None:
    """A journal may come from elsewhere, or from a later peerkit."""
    with TemporaryDirectory() as folder:
        journal = new_journal(Path(folder))
        card = card_of(journal, "Amara", on=TODAY)
        key = {"session_id": card.session_id, "phase": "today", "prompt": "questions"}
        journal.add("answers", {**key, "value": value, "revision": 1})

        table = trend(journal, "Amara")

        assert table["effort"].between(0, 10).all()
        by_question(table, on=TODAY)
        journal.close()


# It is nobody's session


def test_a_card_is_nobodys_turn_and_no_session_in_any_measure(journal: Journal) -> None:
    close_session(journal, weekly(journal).session_id)
    peers = ("Amara", "Jonas")

    def told() -> list[Any]:
        history = list_sessions(journal)
        table = fold.sessions(journal.sessions(), as_of=march(9))
        return [
            turns.next_turn(journal, peers, today=march(5)),
            turns.had(history, peers),
            turns.missed_slots(journal, peers, today=march(9)),
            sessions_since_review(history),
            balance(table, as_of=march(9)).to_dict(),
        ]

    before = told()
    for day in range(2, 7):
        filled(journal, on=march(day))
    share(journal, "Amara", is_shared=True)

    assert told() == before
    assert not any(one.took_place for one in list_sessions(journal) if one.is_card)


def test_a_card_is_no_session_to_be_found(journal: Journal) -> None:
    """Neither the last one, nor one of two on a day, nor in the list of what could be meant."""
    held = weekly(journal)
    card = filled(journal)
    filled(journal, on=march(2))

    assert find_session(journal) == held
    assert find_session(journal, str(TODAY)) == held
    with pytest.raises(SessionError, match=rf"as in: {TODAY} \({held.session_id[:4]}\)\.$"):
        find_session(journal, card.session_id)


def test_where_there_are_only_cards_there_is_no_session_yet(journal: Journal) -> None:
    filled(journal)

    with pytest.raises(SessionError, match="no session yet that was opened"):
        find_session(journal)


def test_a_card_ends_no_session(journal: Journal) -> None:
    """What is settled after it still belongs to the session that nobody closed."""
    held = weekly(journal)
    promised = ledger.promise(journal, "Call", peer="Amara", on=TODAY).commitment_id
    filled(journal)
    ledger.keep(journal, promised, on=TODAY)

    listed = listing.review(journal, held, peers=held.peers, today=TODAY)

    assert sessions.settled_ids(journal, held.session_id) == [promised]
    assert [(row["id"], row["outcome"]) for row in listed] == [(promised, "kept")]
    weekly(journal, march(8))
    assert sessions.ended_at(journal, held.session_id) < float("inf")


def home_of(place: Workspace) -> Home:
    shown = guide.home(place.folder)
    assert isinstance(shown, Home)
    return shown


def at_home_filled(place: Workspace) -> None:
    journal = place.open_journal()
    filled(journal, on=journal.today())
    journal.close()


def test_before_the_first_session_a_card_leaves_home_as_it_welcomes(workspace: Workspace) -> None:
    before = home_of(workspace).turn

    at_home_filled(workspace)

    assert (before["is_new"], home_of(workspace).turn) == (True, before)


def test_a_card_hides_neither_the_session_to_go_on_with_nor_the_last_summary(workspace: Workspace) -> None:
    journal = workspace.open_journal()
    today = journal.today()
    closed, _ = new_session(workspace, journal, "weekly", held_on=today - timedelta(days=8))
    open_session(journal, closed.session_id)
    close_session(journal, closed.session_id)
    begun, _ = new_session(workspace, journal, "weekly", held_on=today - timedelta(days=1))
    open_session(journal, begun.session_id)
    before = home_of(workspace).turn

    at_home_filled(workspace)

    after = home_of(workspace).turn
    assert (after, after["go_on"]["said"]) == (before, turns.in_words(begun))
    assert after["last"] == closed.session_id


def test_home_says_who_may_see_the_cards(workspace: Workspace) -> None:
    def said() -> list[str]:
        return [one["state"] for one in home_of(workspace).turn["sheets"] if one["href"] == "daily.ipynb"]

    before = said()
    share(workspace.open_journal(), "Amara", is_shared=True)

    assert before == ["a few questions about effort, for you alone"]
    assert said() == ["a few questions about effort, Jonas may see it"]


def test_questions_come_back_in_a_session_too_after_the_cards_were_shared(workspace: Workspace) -> None:
    """The newest row of an answer may say nothing but who may see it."""
    journal = workspace.open_journal()
    today = journal.today()
    filled(journal, asked(answer="7"), on=today - timedelta(days=1))
    share(journal, "Amara", is_shared=True)
    shape = template("daily-card")
    planned = plan_session(journal, shape, held_on=today, focus="Amara", coach="Jonas")

    form = guide.phase("today", of=planned.session_id, start=workspace.folder)

    assert form.spec["prompts"][0]["former"] == {"Amara": [asked(answer="7")]}


# Who may see it


def seen_by(journal: Journal) -> dict[str, set[str]]:
    """Return who may see what of the cards, as the journal has it."""
    cards = {one.session_id for one in list_sessions(journal) if one.is_card}
    tables = {"sessions": ["session_id"], "answers": ["session_id", "phase", "prompt", "author"]}
    return {
        name: {
            state["visibility"]
            for key, state in known_by(journal.rows(name), *columns).items()
            if key[0] in cards
        }
        for name, columns in tables.items()
    }


def test_a_card_is_private_until_one_says_otherwise(journal: Journal) -> None:
    filled(journal)

    assert is_shared(journal, "Amara") is False
    assert seen_by(journal) == {"sessions": {"private"}, "answers": {"private"}}


def test_what_is_shared_is_said_again_and_the_rows_before_stay_as_they_were(journal: Journal) -> None:
    card = filled(journal)
    before = {name: journal.rows(name) for name in ("sessions", "answers")}

    share(journal, "Amara", is_shared=True)

    added = [row for name in before for row in journal.rows(name)[len(before[name]) :]]
    of_a_row = {"row_id", "recorded_at", "visibility"}
    said = [{name: value for name, value in row.items() if name not in of_a_row} for row in added]
    states = [known(rows) for rows in before.values()]
    again = [{name: state.get(name) for name in row} for state, row in zip(states, said, strict=False)]
    assert (said[:2], [row["visibility"] for row in added]) == (again, ["shared", "shared", "private"])
    # The last one is the choice itself, which is nobody else's matter.
    assert (said[2]["value"], said[2]["revision"]) == (True, 1)
    assert read(journal, card) == [asked(answer="7")]
    assert {name: journal.rows(name)[: len(rows)] for name, rows in before.items()} == before


def test_later_cards_follow_the_last_choice(journal: Journal) -> None:
    filled(journal)
    share(journal, "Amara", is_shared=True)
    filled(journal, on=march(2))
    shared = seen_by(journal)

    share(journal, "Amara", is_shared=False)
    filled(journal, on=march(3))

    assert shared == {"sessions": {"shared"}, "answers": {"shared"}}
    assert (is_shared(journal, "Amara"), seen_by(journal)) == (
        False,
        {"sessions": {"private"}, "answers": {"private"}},
    )


def test_the_kind_word_stays_private(journal: Journal) -> None:
    card = filled(journal)
    kind = {"phase": "kind-word", "prompt": "kind-word", "author": "Amara"}
    sessions.write_answer(journal, card.session_id, **kind, value="I did some of it.", revision=0)

    share(journal, "Amara", is_shared=True)

    told = answers(journal, card.session_id)
    assert {prompt: state["visibility"] for (_, prompt, _), state in told.items()} == {
        "questions": "shared",
        "kind-word": "private",
    }


@given(st.lists(st.one_of(st.booleans(), st.integers(1, 4)), max_size=8))
def test_all_cards_are_seen_as_the_last_choice_says_and_say_what_they_said(steps: list[bool | int]) -> None:
    """A choice is a bool, a number fills in the card of that day."""
    with TemporaryDirectory() as folder:
        journal, chosen, days = new_journal(Path(folder)), False, {}
        for step in steps:
            if isinstance(step, bool):
                chosen = step
                share(journal, "Amara", is_shared=step)
            else:
                filled(journal, asked(answer=str(step)), on=march(step))
                days[str(march(step))] = float(step)

        told = trend(journal, "Amara").set_index("day")["effort"].to_dict()
        assert ({str(day.date()): effort_ for day, effort_ in told.items()}, is_shared(journal, "Amara")) == (
            days,
            chosen,
        )
        assert set().union(*seen_by(journal).values()) <= {"shared" if chosen else "private"}
        journal.close()


# Its trend, in numbers, words and a picture


def test_the_trend_has_a_row_for_each_answer_in_order_of_days(journal: Journal) -> None:
    filled(journal, asked(answer="4"), asked(WALK, "no", "yes-no"), on=march(3))
    filled(journal, asked(answer="9"), asked(WALK, None, "yes-no"), on=march(2))
    filled(journal, asked(answer="1"))

    table = trend(journal, "Amara", since=march(2))

    assert table.dtypes.astype(str).to_dict() == {
        "day": "datetime64[us]",
        "question": "str",
        "how": "str",
        "effort": "float64",
    }
    assert table.assign(day=table["day"].dt.day).to_numpy().tolist() == [
        [2, LISTEN, "scale", 9.0],
        [3, LISTEN, "scale", 4.0],
        [3, WALK, "yes-no", 0.0],
    ]


def test_before_the_first_card_the_trend_has_no_rows_and_the_same_columns(journal: Journal) -> None:
    empty = trend(journal, "Amara")
    filled(journal)

    assert (len(empty), empty.dtypes.to_dict()) == (0, trend(journal, "Amara").dtypes.to_dict())
    assert by_question(empty, on=TODAY) == []


def test_the_last_seven_days_stand_beside_those_before(journal: Journal) -> None:
    for day, told in ((1, "2"), (2, "4"), (8, "6"), (9, "9")):
        filled(journal, asked(answer=told), asked(WALK, "yes" if day > 1 else "no", "yes-no"), on=march(day))

    listen, walk = by_question(trend(journal, "Amara"), on=march(9))

    assert (listen.days, listen.last, listen.before) == (4, Share(2, 7.5), Share(2, 3.0))
    assert in_words(listen) == "Last 7 days: 7.5 on average (n = 2). Before that: 3.0 (n = 2).".replace(
        "n = ", "n\u00a0=\u00a0"
    )
    assert in_words(walk) == "Last 7 days: yes on 2 of 2. Before that: yes on 1 of 2."


def test_questions_of_now_come_first_in_their_order(journal: Journal) -> None:
    filled(journal, asked("A", "1"), asked("B", "1"))
    filled(journal, asked("C", "1"), asked("D", "1"), on=march(2))
    filled(journal, asked("A", "1"), on=march(3))
    table = trend(journal, "Amara")

    assert [one.question for one in by_question(table, on=march(3))] == ["A", "C", "D", "B"]
    assert [one.question for one in by_question(table, ["B", "A", "new"], on=march(3))] == [
        "B",
        "A",
        "C",
        "D",
    ]


def test_answers_of_another_kind_from_before_are_not_mixed_in(journal: Journal) -> None:
    filled(journal, asked(answer="2"))
    filled(journal, asked(answer="yes", how="yes-no"), on=march(2))

    [told] = by_question(trend(journal, "Amara"), on=march(2))

    assert (told.days, told.last) == (1, Share(1, 10.0))


@given(
    st.lists(st.tuples(st.integers(1, 28), st.integers(0, 10)), min_size=1, max_size=12), st.integers(1, 28)
)
@fewer()
def test_no_answer_is_lost_between_the_two_spans(told: list[tuple[int, int]], today: int) -> None:
    with TemporaryDirectory() as folder:
        journal = new_journal(Path(folder))
        for day, number in told:
            filled(journal, asked(answer=str(number)), on=march(day))

        [one] = by_question(trend(journal, "Amara"), on=march(today))

        means = [span.mean for span in (one.last, one.before) if span.mean is not None]
        assert one.days == one.last.n + one.before.n == len({day for day, _ in told})
        assert all(0 <= mean <= 10 for mean in means)
        journal.close()


def drawn(journal: Journal, **how: Any) -> Any:
    return charts.effort(rows_of(trend(journal, "Amara"), LISTEN), **{"until": march(28), **how})


def test_the_chart_shows_each_day_and_a_line_that_breaks_where_little_was_answered(journal: Journal) -> None:
    told = {1: 2, 2: 4, 3: 6, 20: 9, 21: 8, 22: 10}
    for day, number in told.items():
        filled(journal, asked(answer=str(number)), on=march(day))

    line, dots = drawn(journal).get_lines()

    means = {int(at) + 1: round(mean, 1) for at, mean in enumerate(line.get_ydata()) if not np.isnan(mean)}
    assert list(dots.get_ydata()) == list(told.values())
    assert means == {**dict.fromkeys(range(3, 8), 4.0), 22: 9.0}


def test_each_question_is_drawn_over_the_same_eight_weeks_from_0_to_10(journal: Journal) -> None:
    filled(journal)

    axes = drawn(journal)

    days = [mpl.dates.num2date(at).date() for at in axes.get_xlim()]
    assert (days, [text.get_text() for text in axes.get_yticklabels()]) == (
        [march(28) - timedelta(weeks=8), march(29)],
        ["0", "10"],
    )


@pytest.mark.parametrize(
    ("first", "weeks"),
    [(28, 2), (15, 2), (14, 3), (1, 4), (-60, 8)],
    ids=["one day", "two weeks", "more", "four", "long ago"],
)
def test_the_charts_begin_with_the_first_answer_and_cover_two_weeks_or_more(
    journal: Journal, first: int, weeks: int
) -> None:
    filled(journal, on=march(28) - timedelta(days=28 - first))

    assert weeks_of(trend(journal, "Amara"), on=march(28)) == weeks


def test_the_days_below_a_chart_are_weeks_apart_and_end_today(journal: Journal) -> None:
    filled(journal)

    labels = [[text.get_text() for text in drawn(journal, weeks=weeks).get_xticklabels()] for weeks in (2, 8)]

    assert labels == [["28 Mar", "21 Mar"], ["28 Mar", "14 Mar", "29 Feb", "15 Feb"]]


def test_yes_and_no_are_written_where_they_are_the_answers(journal: Journal) -> None:
    filled(journal, asked(answer="yes", how="yes-no"))

    assert [text.get_text() for text in drawn(journal).get_yticklabels()] == ["no", "yes"]


def test_a_chart_of_effort_changes_no_setting_and_draws_where_it_is_told(journal: Journal) -> None:
    filled(journal)
    before = dict(mpl.rcParams)
    axes = mpl.figure.Figure().add_subplot()

    assert drawn(journal, ax=axes) is axes
    assert charts.svg(axes) == charts.svg(axes)
    assert dict(mpl.rcParams) == before


def test_a_chart_of_two_questions_is_refused(journal: Journal) -> None:
    filled(journal, asked(answer="1"), asked(WALK, "yes", "yes-no"))

    with pytest.raises(PeerkitError, match="has several questions"):
        charts.effort(trend(journal, "Amara"), until=TODAY)


def test_a_question_that_nobody_answered_gives_an_empty_chart(journal: Journal) -> None:
    assert charts.effort(trend(journal, "Amara"), until=TODAY).get_ylim() == (-0.4, 10.4)


# The form


@pytest.fixture
def evening(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of every journal that is opened: noon of 1 March 2024, until a test sets it."""
    clock = clock_at("03-01")
    monkeypatch.setitem(Journal.__init__.__kwdefaults__, "clock", clock)
    return clock


def form_of(place: Workspace) -> Daily:
    shown = guide.daily(place.folder)
    assert isinstance(shown, Daily)
    return shown


def saved(
    form: Daily, value: Any, *, key: str = "questions/Amara", revision: int = 0, view: str = "a"
) -> Any:
    return form.answer_to({"do": "save", "key": key, "value": value, "revision": revision, "view": view})


def test_looking_at_the_card_writes_nothing(workspace: Workspace, evening: Clock) -> None:
    form = form_of(workspace)

    form.answer_to({"do": "trend"})

    journal = workspace.open_journal()
    assert (journal.rows("sessions"), journal.rows("answers")) == ([], [])
    assert (form.answers, form.card, form.is_shared) == ({}, {"is_done": False, "praise": ""}, False)
    assert form.trend == {"as_of": "2024-03-01", "rows": [], "more": 0}
    assert (form.spec["day"], form.spec["partner"]) == ("Friday, 1 March 2024", "Jonas")


def test_what_is_typed_is_on_disk_when_it_is_answered_and_there_again(
    workspace: Workspace, evening: Clock
) -> None:
    reply = saved(form_of(workspace), [asked(answer="7")])

    again = form_of(workspace)
    assert (reply["ok"], reply["done"]) == (True, 1)
    assert again.answers == {"questions/Amara": {"value": [asked(answer="7")], "revision": 1}}
    assert seen_by(workspace.open_journal()) == {"sessions": {"private"}, "answers": {"private"}}


def test_a_card_changed_elsewhere_is_not_overwritten(workspace: Workspace, evening: Clock) -> None:
    one, other = form_of(workspace), form_of(workspace)
    saved(one, [asked(answer="7")])

    reply = saved(other, [asked(answer="2")], view="b")

    assert reply["conflict"] == {"value": [asked(answer="7")], "revision": 1}


def test_done_for_today_praises_and_nothing_else(workspace: Workspace, evening: Clock) -> None:
    form = form_of(workspace)
    saved(form, [asked(answer="0")])

    reply = form.answer_to({"do": "finish"})

    assert (reply["ok"], form.card) == (True, {"is_done": True, "praise": daily.praise(TODAY)})
    assert form_of(workspace).card == form.card


def test_a_card_without_a_question_says_what_to_do_and_keeps_what_was_typed(
    workspace: Workspace, evening: Clock
) -> None:
    form = form_of(workspace)
    bare = form.answer_to({"do": "finish"})
    made = workspace.open_journal().rows("sessions")
    saved(form, "I rested.", key="kind-word/Amara")

    reply = form.answer_to({"do": "finish"})

    said = "This card has no question yet. Write one that begins: How hard did I try to ..."
    assert (bare["error"], made) == (said, [])
    assert (reply["ok"], reply["error"], form.card["is_done"]) == (False, said, False)
    assert form_of(workspace).answers["kind-word/Amara"]["value"] == "I rested."


def test_the_next_day_has_a_card_of_its_own_with_the_same_questions(
    workspace: Workspace, evening: Clock
) -> None:
    form = form_of(workspace)
    saved(form, [asked(answer="7")])
    form.answer_to({"do": "finish"})
    evening.to("03-02")

    form.answer_to({"do": "show"})

    [prompt] = form.spec["parts"][0]["prompts"]
    assert (form.spec["day"], form.answers, form.card["is_done"]) == ("Saturday, 2 March 2024", {}, False)
    assert prompt["former"] == {"Amara": [{"question": LISTEN, "how": "scale"}]}
    saved(form, [asked(answer="1")])
    assert trend(workspace.open_journal(), "Amara")["effort"].tolist() == [7.0, 1.0]


def test_what_was_begun_before_midnight_stays_on_its_day(workspace: Workspace, evening: Clock) -> None:
    form = form_of(workspace)
    saved(form, [asked(answer="7")])
    evening.to("03-02")

    saved(form, [asked(answer="8")], revision=1)

    assert [str(day.date()) for day in trend(workspace.open_journal(), "Amara")["day"]] == ["2024-03-01"]


def test_the_partner_sees_the_cards_when_the_box_says_so(workspace: Workspace, evening: Clock) -> None:
    form = form_of(workspace)
    saved(form, [asked(answer="7")])
    saved(form, "I rested.", key="kind-word/Amara")

    form.answer_to({"do": "share", "is_shared": True})
    saved(form, [asked(answer="8")], revision=1)

    told = answers(workspace.open_journal(), list_sessions(workspace.open_journal())[0].session_id)
    assert {prompt: state["visibility"] for (_, prompt, _), state in told.items()} == {
        "questions": "shared",
        "kind-word": "private",
    }
    assert (form.is_shared, form_of(workspace).is_shared) == (True, True)


def test_the_trend_is_drawn_from_the_second_day_on_with_its_words(
    workspace: Workspace, evening: Clock
) -> None:
    journal = workspace.open_journal()
    filled(journal, asked(answer="4"), asked(WALK, "yes", "yes-no"), on=date(2024, 2, 29))
    form = form_of(workspace)
    form.draw_trend()
    first = form.trend["rows"]
    filled(journal, asked(answer="6"), asked(WALK, "yes", "yes-no"))

    form.draw_trend()

    assert first == []
    assert [(row["question"], row["words"]) for row in form.trend["rows"]] == [
        (LISTEN, "Last 7 days: 5.0 on average (n\u00a0=\u00a02). Before that: not answered yet."),
        (WALK, "Last 7 days: yes on 2 of 2. Before that: not answered yet."),
    ]
    assert all(row["chart"].startswith("<svg") for row in form.trend["rows"])


def test_ten_questions_are_drawn_and_the_others_counted(workspace: Workspace, evening: Clock) -> None:
    journal = workspace.open_journal()
    filled(journal, *(asked(f"Old {number}", "1") for number in range(3)), on=date(2024, 2, 28))
    filled(journal, *(asked(f"New {number}", "1") for number in range(9)))
    form = form_of(workspace)

    form.draw_trend()

    assert [row["question"][:3] for row in form.trend["rows"]] == ["New"] * 9 + ["Old"]
    assert form.trend["more"] == 2


@pytest.mark.parametrize(
    "message",
    [{"do": "save", "key": "topic/Amara", "value": SECRET, "revision": 0}, {"do": "save", "key": "questions/Jonas", "value": SECRET, "revision": 0}, {"do": "share"}, {"do": SECRET}],
    ids=["no-field", "not-mine", "half", "unknown"],
)  # fmt: skip
def test_what_the_form_did_not_send_is_answered_without_its_words(
    workspace: Workspace, evening: Clock, message: dict[str, Any]
) -> None:
    reply = form_of(workspace).answer_to(message)

    assert (reply["ok"], "Run the cell again" in reply["error"], SECRET in reply["error"]) == (
        False,
        True,
        False,
    )
    assert workspace.open_journal().rows("sessions") == []


def test_a_notebooks_output_repeats_no_question(workspace: Workspace, evening: Clock) -> None:
    form = form_of(workspace)
    saved(form, [asked(SECRET, "1")])

    assert repr(form) == "Daily()"


def test_whoever_has_no_partner_yet_has_a_card(tmp_path: Path, evening: Clock) -> None:
    place = init_workspace(tmp_path / "alone", me="Amara", partner="", time_zone="UTC")
    form = form_of(place)

    reply = saved(form, [asked(answer="7")])

    sheets = [one["href"] for one in home_of(place).turn["sheets"]]
    assert (reply["ok"], form.spec["partner"], "daily.ipynb" in sheets) == (True, "", True)


def test_outside_a_workspace_the_card_is_a_sentence(tmp_path_factory: pytest.TempPathFactory) -> None:
    shown = guide.daily(tmp_path_factory.mktemp("elsewhere"))

    assert "lies in no peerkit workspace" in shown.value


def test_a_broken_template_of_ones_own_is_told_before_anything_is_typed(workspace: Workspace) -> None:
    (workspace.templates / "daily-card.toml").write_text("name = 7", "utf-8")

    assert "daily-card.toml" in guide.daily(workspace.folder).value


@pytest.mark.parametrize(
    "shown", ["import peerkit.daily", "from peerkit import guide; guide.daily({!r})"], ids=["core", "form"]
)
def test_todays_card_waits_for_neither_tables_nor_charts(workspace: Workspace, shown: str) -> None:
    """They take longer to load than all the rest of it."""
    code = f"import sys; {shown.format(str(workspace.folder))}; print(*sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert loaded & {"pandas", "matplotlib", "typst", "peerkit"} == {"peerkit"}


def test_the_function_is_there_although_its_module_has_its_name() -> None:
    code = (
        "import peerkit.guide.daily, peerkit.daily; from peerkit import guide; print(callable(guide.daily))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "True\n"


# The command

Run = Callable[..., tuple[int, str, str]]


class Typing(io.StringIO):
    """What somebody types at a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def peerkit(peerkit: Run, monkeypatch: pytest.MonkeyPatch, evening: Clock, workspace: Workspace) -> Run:
    """The command in a fresh workspace; `typed` is a line each."""
    monkeypatch.chdir(workspace.folder)

    def run(*arguments: object, typed: str | None = None) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO() if typed is None else Typing(typed))
        return peerkit(*arguments)

    return run


def on_card(place: Workspace) -> list[tuple[str, str, str | None]]:
    journal = place.open_journal()
    card = find_card(journal, "Amara", on=journal.today())
    listed = read(journal, card) if card else []
    journal.close()
    return [(one["question"], one["how"], one["answer"]) for one in listed]


def test_help_teaches_how_to_begin(peerkit: Run) -> None:
    status, told, _ = peerkit("daily", "--help")

    said = " ".join(told.split())
    assert status == 0
    assert "They are for you alone unless you share them." in said
    assert 'peerkit daily --set "How hard did I try to listen?" --answer 7' in said


def test_the_first_evening_one_writes_questions_and_answers_them(peerkit: Run, workspace: Workspace) -> None:
    typed = f"{LISTEN}\n\n{WALK}\ny\n\n12\n7\n\n"

    status, told, err = peerkit("daily", typed=typed)

    assert (status, err, on_card(workspace)) == (0, "", [(LISTEN, "scale", "7"), (WALK, "yes-no", None)])
    assert told.startswith("A daily card holds questions that you ask yourself about how hard you tried;")
    assert f"Question 1 of 2: {LISTEN}" in told
    assert "Here it is 0 to 10, or Enter to leave it." in told
    assert told.endswith(f"Saved: 1 of 2 questions answered. {daily.praise(TODAY)}\n")


def test_the_next_evening_the_same_questions_are_asked(
    peerkit: Run, workspace: Workspace, evening: Clock
) -> None:
    peerkit("daily", "--set", LISTEN, "--set", WALK, "--answer", "7", "--answer", "yes")
    evening.to("03-02")

    _, told, _ = peerkit("daily", typed="\nN\n")

    assert on_card(workspace) == [(LISTEN, "scale", None), (WALK, "yes-no", "no")]
    assert "Question 2 of 2: Did I go for a walk?\nYes or no: " in told


def test_asked_again_enter_leaves_an_answer_as_it_is(peerkit: Run, workspace: Workspace) -> None:
    peerkit("daily", "--set", LISTEN, "--answer", "7")

    _, told, _ = peerkit("daily", typed="\n")

    assert ("0 to 10, now 7: " in told, on_card(workspace)) == (True, [(LISTEN, "scale", "7")])


def test_what_was_answered_before_one_broke_off_is_kept(peerkit: Run, workspace: Workspace) -> None:
    peerkit("daily", "--set", LISTEN, "--set", WALK)

    status, _, _ = peerkit("daily", typed="7\n")  # then the input ends

    assert (status, on_card(workspace)) == (1, [(LISTEN, "scale", "7"), (WALK, "scale", None)])


def test_writing_no_question_makes_no_card(peerkit: Run, workspace: Workspace) -> None:
    status, _, err = peerkit("daily", typed="\n")

    said = "This card has no question yet. Write one that begins: How hard did I try to ...\n"
    assert (status, err, workspace.open_journal().rows("sessions")) == (2, said, [])


def test_a_script_sets_questions_and_answers_them_in_order(peerkit: Run, workspace: Workspace) -> None:
    set_ = peerkit("daily", "--set", LISTEN, "--set", WALK)
    told = peerkit("daily", "--set", LISTEN, "--set", WALK, "--answer", "07", "--answer", "Y")

    assert set_ == (0, "Your card has 2 questions now. Answer with: peerkit daily\n", "")
    assert told == (0, f"Saved: 2 of 2 questions answered. {daily.praise(TODAY)}\n", "")
    assert on_card(workspace) == [(LISTEN, "scale", "7"), (WALK, "yes-no", "yes")]


def test_a_question_that_was_asked_before_keeps_its_answer(peerkit: Run, workspace: Workspace) -> None:
    peerkit("daily", "--set", LISTEN, "--set", WALK, "--answer", "7", "--answer", "yes")

    peerkit("daily", "--set", WALK, "--set", "How hard did I try to rest?", "--answer", "", "--answer", "3")

    assert on_card(workspace) == [(WALK, "yes-no", "yes"), ("How hard did I try to rest?", "scale", "3")]


def test_machines_read_the_card_without_being_asked(peerkit: Run, workspace: Workspace) -> None:
    empty = json.loads(peerkit("daily", "--json")[1])
    told = json.loads(peerkit("daily", "--set", LISTEN, "--answer", "7", "--share", "--json")[1])

    assert empty == {"day": "2024-03-01", "is_done": False, "is_shared": False, "questions": []}
    assert told == {"day": "2024-03-01", "is_done": True, "is_shared": True, "questions": [asked(answer="7")]}


def test_the_trend_is_a_table_with_n(peerkit: Run, workspace: Workspace) -> None:
    journal = workspace.open_journal()
    filled(journal, asked(answer="4"), asked(WALK, "no", "yes-no"), on=date(2024, 2, 1))
    filled(journal, asked(answer="6"), asked(WALK, "yes", "yes-no"))
    journal.close()

    _, told, _ = peerkit("daily", "--trend")

    assert [" ".join(line.split()) for line in told.splitlines()] == [
        "question days last 7 days before",
        f"{LISTEN} 2 6.0 (n = 1) 4.0 (n = 1)",
        f"{WALK} 2 yes on 1 of 1 yes on 0 of 1",
    ]


def test_the_trend_says_the_same_to_machines(peerkit: Run, workspace: Workspace) -> None:
    before = json.loads(peerkit("daily", "--trend", "--json")[1])
    peerkit("daily", "--set", LISTEN, "--answer", "6")

    assert before == []
    assert json.loads(peerkit("daily", "--trend", "--json")[1]) == [
        {
            "question": LISTEN,
            "how": "scale",
            "days": 1,
            "last_7_days": {"n": 1, "mean": 6.0},
            "before": {"n": 0, "mean": None},
        }
    ]


def test_before_the_first_answer_there_is_no_trend(peerkit: Run) -> None:
    said = "Nothing was answered in the last eight weeks. Begin with: peerkit daily\n"
    assert peerkit("daily", "--trend") == (0, said, "")


def test_sharing_is_a_word_and_can_be_taken_back(peerkit: Run, workspace: Workspace) -> None:
    shared = peerkit("daily", "--share")
    private = peerkit("daily", "--private")

    assert shared == (0, "Jonas may see your cards, those of before and those to come.\n", "")
    assert private == (0, "Your cards are for you alone, those of before and those to come.\n", "")
    assert is_shared(workspace.open_journal(), "Amara") is False


NOBODY = "There is nobody here to ask. From a script, answer each question in order: peerkit daily"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], f'{NOBODY} --set "How hard did I try to listen?" --answer 7'),
        (["--answer", "7"], 'There is no question yet. Begin with: peerkit daily --set "How hard did I try to listen?" --answer 7'),
        (["--set", " "], "This card has no question yet. Write one that begins: How hard did I try to ..."),
        (["--set", SECRET, "--answer", "eleven"], "Question 1 is answered with 0 to 10. Leave it empty if you would rather not say."),
        (["--set", SECRET, "--answer", "9" * 5000], "Question 1 is answered with 0 to 10. Leave it empty if you would rather not say."),
        (["--set", SECRET, "--answer", "1", "--answer", "2"], "2 answers were given, and the card has 1 questions. `peerkit daily --json` lists them."),
        (["--set", SECRET] * 11, "A card has up to 10 questions; this one has 11. Leave some out."),
    ],
    ids=["nobody", "no-question", "blank", "words", "huge", "too-many", "eleven"],
)  # fmt: skip
def test_what_cannot_be_kept_is_one_sentence_and_makes_no_card(
    peerkit: Run, workspace: Workspace, arguments: list[str], said: str
) -> None:
    assert peerkit("daily", *arguments) == (2, "", f"{said}\n")
    assert workspace.open_journal().rows("sessions") == []


def test_where_there_are_questions_nobody_is_told_to_set_them(peerkit: Run) -> None:
    peerkit("daily", "--set", LISTEN)

    assert peerkit("daily") == (2, "", f"{NOBODY} --answer 7\n")


def test_without_a_partner_there_is_nobody_to_share_with(peerkit: Run, tmp_path: Path) -> None:
    init_workspace(tmp_path / "alone", me="Amara", partner="", time_zone="UTC")

    status, _, err = peerkit("daily", "--share", "-C", tmp_path / "alone")
    kept = peerkit("daily", "--set", LISTEN, "--answer", "7", "-C", tmp_path / "alone")[0]

    assert (status, err.startswith("You have not named a partner yet."), kept) == (2, True, 0)


def test_a_summary_of_all_leaves_the_cards_out(peerkit: Run, workspace: Workspace) -> None:
    peerkit("daily", "--set", LISTEN, "--answer", "7")

    assert peerkit("summary", "--all") == (0, "", "")
    assert list(workspace.summaries.iterdir()) == []


def test_no_question_is_in_the_name_of_a_file(peerkit: Run, workspace: Workspace) -> None:
    peerkit("daily", "--set", SECRET, "--answer", "7")

    assert [path.name for path in workspace.folder.rglob("*") if "drink" in path.name] == []
    assert known(workspace.open_journal().rows("sessions"))["template"] == "daily-card"
