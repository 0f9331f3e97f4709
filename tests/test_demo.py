"""The demo's year: the same for the same seed, as its docstring says, and made of many words."""

from datetime import timedelta

import pandas as pd
import pytest

from peerkit import demo
from peerkit.errors import WorkspaceError
from peerkit.sessions import list_sessions

SEEDS = (1, 2)


@pytest.fixture(scope="session")
def commitments(demo_year):
    """Every commitment of the year, as it stood on the last day."""
    journal = demo_year.open_journal()
    found = journal.commitments(as_of=demo.LAST_DAY)
    journal.close()
    return found


def files_of(place):
    """Return what every file of a workspace holds, by its place in the folder."""
    return {
        str(path.relative_to(place.folder)): path.read_bytes()
        for path in sorted(place.folder.rglob("*"))
        if path.is_file()
    }


def held_in(place):
    journal = place.open_journal()
    found = list_sessions(journal)
    journal.close()
    return found


def test_the_same_seed_gives_the_same_bytes(own_year, tmp_path):
    """Journal, settings, notebooks, charts and summary."""
    again = demo.make(tmp_path / "again", seed=1)

    made = [path.relative_to(own_year.folder) for path in demo.render(own_year)]
    made_again = [path.relative_to(again.folder) for path in demo.render(again)]

    assert made == made_again
    assert files_of(own_year) == files_of(again)


def test_charts_and_the_last_summary_lie_beside_each_other(own_year):
    made = demo.render(own_year)

    names = ["follow-through.svg", "follow-through-by-peer.svg", "2026-11-12-weekly.pdf"]
    assert made == [own_year.summaries / name for name in names]
    assert [path.read_bytes()[:5] for path in made] == [b"<?xml", b"<?xml", b"%PDF-"]


def test_another_seed_gives_another_year(year_of):
    first, second = (year_of(seed).journal_path.read_bytes() for seed in (1, 2))

    assert first != second


def test_a_first_meeting_is_followed_by_49_in_52_weeks_on_thursdays(demo_year):
    sessions = held_in(demo_year)

    days = [session.held_on for session in sessions]
    statuses = pd.Series([f"{session.template} {session.status}" for session in sessions])
    assert statuses.value_counts().to_dict() == {
        "first-meeting closed": 1,
        "weekly closed": 45,
        "ten-session-review closed": 4,
        "weekly missed": 3,
    }
    assert (days[:2], days[-1]) == ([demo.FIRST_DAY - timedelta(weeks=1), demo.FIRST_DAY], demo.LAST_DAY)
    assert {day.weekday() for day in days} == {3}
    assert sorted(set(days)) == days


def test_a_session_that_was_held_has_its_notebook(demo_year):
    held = [session for session in held_in(demo_year) if session.status == "closed"]

    names = sorted(path.name for path in demo_year.sessions.iterdir())
    assert names == [f"{session.held_on}-{session.template}.ipynb" for session in held]


def test_turns_alternate_over_the_sessions_in_which_one_had_the_floor(demo_year):
    focused = [
        session.focus
        for session in held_in(demo_year)
        if session.status == "closed" and session.floor == "focus"
    ]

    assert focused == (["Amara", "Jonas"] * 23)[:45]


def test_the_year_has_some_150_commitments_of_many_words(commitments):
    assert 130 <= len(commitments) <= 170
    assert commitments["text"].nunique() >= 60


def test_every_outcome_comes_to_pass_and_some_dates_are_moved(commitments):
    seen = set(commitments["outcome"].unique())

    assert seen == {"open", "kept", "partly", "missed", "released", "void"}
    assert (commitments["moves"] > 0).any()


def test_nothing_in_the_year_happens_before_it_was_promised_or_after_its_end(commitments):
    closed = commitments.dropna(subset=["closed_on"])

    assert (closed["closed_on"] >= closed["made_on"]).all()
    assert (commitments["due_on"] >= commitments["made_on"]).all()
    assert closed["closed_on"].max() <= pd.Timestamp(demo.LAST_DAY)


def test_who_was_surer_kept_more(year_of):
    """The chance to keep rises with the confidence stated, as the module's docstring says."""
    journals = [year_of(seed).open_journal() for seed in SEEDS]
    made = pd.concat([journal.commitments(as_of=demo.LAST_DAY) for journal in journals])
    for journal in journals:
        journal.close()

    settled = made[made["outcome"].isin(["kept", "partly", "missed"])]
    is_surer = settled["confidence"] >= settled["confidence"].median()
    kept = (settled["outcome"] == "kept").groupby(is_surer).mean()
    assert kept[True] > kept[False] + 0.1


def test_confidence_is_stated_between_40_and_95_percent(commitments):
    assert (commitments["confidence"].min(), commitments["confidence"].max()) == (0.4, 0.95)


def test_three_of_four_promises_have_a_plan_for_the_obstacle(commitments):
    assert 0.6 < commitments["if_then"].notna().mean() < 0.9


def test_a_year_is_never_made_over_a_workspace(workspace):
    before = files_of(workspace)

    with pytest.raises(WorkspaceError, match="is there already and not empty"):
        demo.make(workspace.folder)

    assert files_of(workspace) == before


def test_the_weeks_can_be_watched_as_they_pass(tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "_meet", lambda year, week: None)
    seen = []

    demo.make(tmp_path / "year", watch=lambda weeks: (seen.append(week) or week for week in weeks))

    assert seen == list(range(52))


def test_the_year_does_not_say_where_it_was_made(demo_year):
    written = b"".join(files_of(demo_year).values())

    assert str(demo_year.folder).encode() not in written
