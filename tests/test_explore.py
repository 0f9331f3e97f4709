"""The charts of the notebook follow-through: each for any choice, drawn once, with its words and its table."""

import json

import pytest
from ipywidgets import Widget

from peerkit import demo, guide
from peerkit.guide import pictures
from peerkit.guide.explore import GROUPS, WINDOWS, Explorer


@pytest.fixture(scope="module")
def explorer(demo_year):
    """The charts of the demo's year on its last day. Only to look at."""
    return guide.explore(demo_year.folder, as_of=demo.LAST_DAY)


@pytest.fixture
def quick(monkeypatch):
    """Count drawings, without drawing."""
    drawn = []
    monkeypatch.setattr(pictures, "shown", lambda name, asked: drawn.append((name, asked)) or {"says": name})
    return drawn


def chosen(explorer, **changes):
    return {**explorer.spec["chosen"], **changes}


def asks(explorer, name, **changes):
    """Return what the widget replies when the browser asks for a chart."""
    return explorer.answer_to({"token": 1, "do": "draw", "name": name, **chosen(explorer, **changes)})


def test_the_first_chart_is_there_at_once_and_says_what_it_does_and_does_not_say(explorer):
    assert explorer.first["svg"].startswith("<svg")
    assert explorer.first["says"].startswith("Follow-through. 17 of 22 due commitments kept over 8 weeks")
    assert explorer.first["unsaid"].startswith("Why it rose or fell")


@pytest.mark.parametrize("name", pictures.PICTURES)
def test_every_chart_comes_with_words_a_table_and_what_it_does_not_say(explorer, name):
    reply = asks(explorer, name)

    one = reply["done"]
    assert reply["ok"], reply
    assert one["svg"].startswith("<svg") or one["lines"]
    assert "\n" not in one["says"] and one["says"].endswith(".") and one["unsaid"].endswith(".")  # noqa: PT018
    assert one["csv"].splitlines()[0] == ",".join(one["columns"])
    assert json.loads(json.dumps(one)) == one


def test_a_day_in_the_past_shows_what_was_known_then(explorer, demo_year):
    then = asks(explorer, "follow_through", as_of="2026-03-05")["done"]

    [_, session] = [line.split(",") for line in (then["csv"].splitlines()[0], then["csv"].splitlines()[-1])]
    assert session[0] == "2026-03-02"
    assert "2026-03-05" in then["text"]


def test_one_choice_is_drawn_once_and_only_what_it_changes_is_drawn_again(demo_year, quick):
    explorer = guide.explore(demo_year.folder, as_of=demo.LAST_DAY)
    names = list(pictures.PICTURES)

    for change in ({}, {}, {"group": "peer"}, {"weeks": 4}, {"peer": "each"}):
        before = len(quick)
        for name in names:
            explorer.draw(name, **chosen(explorer, **change))
        change["drawn"] = [name for name, _ in quick[before:]]
        if change == {"drawn": change["drawn"]}:
            assert set(change["drawn"]) <= set(names)

    drawn = [name for name, _ in quick]
    assert sorted(drawn) == sorted(
        [*names, "by_group", "follow_through", "first_due", "follow_through", "time_to_done"]
    )


def test_the_peer_that_is_chosen_is_the_only_one_in_the_tables(explorer):
    one = asks(explorer, "by_group", peer="peer:Jonas", group="peer")["done"]

    assert [row[0] for row in one["rows"]] == ["Jonas"]


@pytest.mark.parametrize("group", GROUPS)
def test_each_grouping_is_drawn(explorer, group):
    assert asks(explorer, "by_group", group=group)["ok"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"peer": "peer:Mallory"}, "There is no such chart or choice."),
        ({"weeks": 3}, "There is no such chart or choice."),
        ({"group": "text"}, "There is no such chart or choice."),
        ({"as_of": "soon"}, "AS_OF is 'soon', which is no day."),
    ],
    ids=["peer", "window", "grouping", "day"],
)
def test_what_is_no_choice_is_refused_in_a_sentence(explorer, change, said):
    reply = asks(explorer, "follow_through", **change)

    assert (reply["ok"], reply["error"].startswith(said)) == (False, True)


def test_a_new_pair_is_told_that_there_is_nothing_yet(workspace):
    explorer = guide.explore(workspace.folder, as_of="2024-03-01")

    told = [explorer.draw(name, **chosen(explorer))["says"] for name in pictures.PICTURES]

    assert [one for one in told if "yet" not in one and "nothing was due" not in one] == []


def test_a_cell_that_a_spreadsheet_would_reckon_is_copied_as_text(workspace):
    made = workspace.open_journal()
    journal_day = made.today()
    from peerkit import ledger

    kept = ledger.promise(made, "x", peer="Amara", on=journal_day, due_on=journal_day, area="=HYPERLINK(1)")
    assert kept
    made.close()
    explorer = guide.explore(workspace.folder, as_of=journal_day)

    one = explorer.draw("by_group", **chosen(explorer))

    assert one["csv"].splitlines()[1].startswith("'=HYPERLINK(1),0,1")


def test_no_day_after_today_can_be_looked_from(workspace):
    explorer = guide.explore(workspace.folder)

    assert explorer.spec["latest"] == explorer.spec["chosen"]["as_of"]
    assert isinstance(explorer, Explorer | Widget)
    assert [weeks for weeks, _ in explorer.spec["windows"]] == list(WINDOWS)
