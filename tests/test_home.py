"""Home without a browser: what it shows at once, what it fetches later, and what its controls call."""

from __future__ import annotations

import base64
import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from pypdf import PdfReader

from peerkit import follow_through, guide, ledger, sessions, turns
from peerkit.demo import LAST_DAY
from peerkit.errors import SessionError
from peerkit.export import session_pdf
from peerkit.export.pdf import session_png
from peerkit.guide import listing
from peerkit.guide.home import Home
from peerkit.notebooks import new_session
from peerkit.sessions import Session
from peerkit.status import status
from peerkit.templates import copy_template, list_templates
from peerkit.workspace import Workspace, init_workspace, read_workspace

PNG = b"\x89PNG\r\n\x1a\n"
TRAITS = ("spec", "turn", "review", "glance", "last")
SHORT = """name = "short"
title = "Short talk"
minutes = 15
about = "A quarter of an hour."
[[phases]]
id = "talk"
title = "Talk"
minutes = 15
leads = "both"
guidance.focus = "Say it."
guidance.coach = "Listen."
[[phases.prompts]]
id = "what"
kind = "text"
text = "What is it?"
for = "focus"
"""


def home_of(workspace: Workspace) -> Home:
    shown = guide.home(workspace.folder)
    assert isinstance(shown, Home)
    return shown


def promised(workspace: Workspace, text: str = "Plant the trees", *, peer: str = "Amara") -> str:
    journal = workspace.open_journal()
    today = journal.today()
    made = {"on": today, "due_on": today, "visibility": "shared"}
    return ledger.promise(journal, text, peer=peer, **made).commitment_id


def planned(workspace: Workspace, *, days: int = 0, name: str = "weekly") -> tuple[Session, Path]:
    journal = workspace.open_journal()
    return new_session(workspace, journal, name, held_on=journal.today() + timedelta(days=days))


def opened(workspace: Workspace, *, days: int = 0) -> Session:
    session, _ = planned(workspace, days=days)
    return sessions.open_session(workspace.open_journal(), session.session_id)


def closed(workspace: Workspace) -> Session:
    session = opened(workspace)
    return sessions.close_session(workspace.open_journal(), session.session_id)


def _offered(workspace: Workspace) -> list[dict[str, object]]:
    """Return what there is to choose from: every template but the daily card, the pair's own too, in name order."""
    found = [one for one in list_templates(folder=workspace.templates) if one.name != "daily-card"]
    return [{"name": one.name, "title": one.title, "minutes": one.minutes} for one in found]


def outcomes(home: Home) -> list[tuple[str, str]]:
    return [(row["text"], row["outcome"]) for row in home.review]


# What it shows at once


def test_a_new_workspace_is_welcomed_with_the_first_session(workspace: Workspace) -> None:
    today = workspace.open_journal().today()

    home = home_of(workspace)

    assert home.turn == {
        "next": {
            "day": f"{today:%A}, {today.day} {today:%B %Y}",
            "when": "today",
            "focus": "Amara",
            "coach": "Jonas",
            "floor": "focus",
            "said": f"{today:%A}, {today}: Amara is focus person, Jonas is coach.",
        },
        "go_on": None,
        "templates": _offered(workspace),
        "suggestion": {
            "template": "first-meeting",
            "reason": "You have no agreement yet. A first meeting makes one.",
            "name": "first-meeting",
        },
        "had": [
            {"peer": "Amara", "sessions": 0, "minutes": 0},
            {"peer": "Jonas", "sessions": 0, "minutes": 0},
        ],
        "sheets": [
            {"title": "Our agreement", "href": "agreement.ipynb", "state": "not begun"},
            {
                "title": "Ahead and behind",
                "href": "ahead-behind.ipynb",
                "state": "where own experience may help",
            },
            {
                "title": "Daily card",
                "href": "daily.ipynb",
                "state": "a few questions about effort, for you alone",
            },
            {"title": "Finding a partner", "href": "partner-fit.ipynb", "state": "private, for you alone"},
        ],
        "mistakes": [],
        "last": None,
        "is_new": True,
        "peers": ["Amara", "Jonas"],
    }


def test_who_has_no_partner_yet_is_told_no_turn_until_one_is_named(tmp_path: Path) -> None:
    alone = init_workspace(tmp_path / "us", me="Amara", partner="", time_zone="UTC")
    home = home_of(alone)
    before = {name: home.turn[name] for name in ("next", "go_on", "templates", "mistakes", "is_new", "peers")}

    reply = home.answer_to({"do": "name_partner", "name": "Jonas"})

    nothing = {
        "next": None,
        "go_on": None,
        "templates": [],
        "mistakes": [],
        "is_new": True,
        "peers": ["Amara"],
    }
    assert (before, reply["ok"]) == (nothing, True)
    assert home.turn == home_of(read_workspace(alone.folder)).turn
    assert (home.turn["peers"], home.turn["next"]["focus"]) == (["Amara", "Jonas"], "Amara")
    assert home.answer_to({"do": "new_session", "name": "weekly"})["ok"] is True


def test_a_suggestion_that_was_put_aside_is_not_made_again_for_the_same_reason(workspace: Workspace) -> None:
    home = home_of(workspace)

    home.answer_to({"do": "put_aside", "name": home.turn["suggestion"]["name"]})

    usual = {"template": "weekly", "reason": "The usual session.", "name": ""}
    assert (home.turn["suggestion"], home_of(workspace).turn["suggestion"]) == (usual, usual)


def test_the_roles_can_be_exchanged_by_consent_and_that_is_recorded(workspace: Workspace) -> None:
    home = home_of(workspace)

    home.answer_to({"do": "new_session", "name": "weekly", "is_swapped": True})

    [session] = sessions.list_sessions(workspace.open_journal())
    assert (session.focus, session.coach, session.swapped) == ("Jonas", "Amara", True)
    assert (home.turn["go_on"]["focus"], home.turn["next"]["focus"]) == ("Jonas", "Amara")


def test_at_first_only_the_next_session_is_there(demo_year: Workspace) -> None:
    """The rest needs pandas and a chart: the browser asks for it after its first paint."""
    home = home_of(demo_year)

    assert (home.turn["next"]["said"], home.turn["is_new"]) == (
        status(demo_year)["turn"].removeprefix("Next session: "),
        False,
    )
    assert (home.review, home.glance, home.last) == (None, {}, {})


@pytest.mark.parametrize("shown", ["guide.home({!r})", "guide.home({!r}).new_session('weekly')"])
def test_showing_home_loads_neither_tables_nor_charts(workspace: Workspace, shown: str) -> None:
    """They take longer to load than all the rest of it."""
    code = (
        f"import sys; from peerkit import guide; {shown.format(str(workspace.folder))}; print(*sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert loaded & {"pandas", "matplotlib", "typst", "peerkit"} == {"peerkit"}


def test_home_and_its_module_can_both_be_imported() -> None:
    """The kernel imports the module beforehand; the function must still be what notebooks call."""
    code = "import peerkit.guide.home, peerkit.guide.explore; from peerkit import guide; print(callable(guide.home), callable(guide.explore))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "True True\n"


def test_home_outside_a_workspace_shows_a_sentence(tmp_path_factory: pytest.TempPathFactory) -> None:
    shown = guide.home(tmp_path_factory.mktemp("elsewhere"))

    assert "lies in no peerkit workspace" in shown.value


def test_the_pairs_own_template_can_be_chosen_among_the_shipped_ones(workspace: Workspace) -> None:
    (workspace.templates / "short.toml").write_text(SHORT, "utf-8")

    templates = home_of(workspace).turn["templates"]

    assert {"name": "short", "title": "Short talk", "minutes": 15} in templates
    assert templates == _offered(workspace)


def test_a_copy_can_be_chosen_and_begun(workspace: Workspace) -> None:
    copy_template("lightning", "our-quarter", folder=workspace.templates)
    home = home_of(workspace)

    href = home.new_session("our-quarter")

    [session] = sessions.list_sessions(workspace.open_journal())
    assert {"name": "our-quarter", "title": "Lightning round", "minutes": 12} in home.turn["templates"]
    assert (session.template, href) == ("our-quarter", f"sessions/{session.held_on}-our-quarter.ipynb")


def test_a_template_with_a_mistake_is_told_and_does_not_stand_in_the_way(workspace: Workspace) -> None:
    (workspace.templates / "short.toml").write_text("name = 7", "utf-8")

    turn = home_of(workspace).turn

    (workspace.templates / "short.toml").unlink()
    assert turn["templates"] == _offered(workspace)
    assert ["short.toml" in mistake for mistake in turn["mistakes"]] == [True]


# Which session to go on with


def test_a_session_that_was_begun_is_gone_on_with(workspace: Workspace) -> None:
    session = opened(workspace)

    go_on = home_of(workspace).turn["go_on"]

    assert go_on == {
        "day": f"{session.held_on:%A}, {session.held_on.day} {session.held_on:%B %Y}",
        "when": "today",
        "focus": "Amara",
        "coach": "Jonas",
        "floor": "focus",
        "said": turns.in_words(session),
        "title": "Weekly session",
        "status": "open",
        "session_id": session.session_id,
        "may_be_missed": True,
        "href": f"sessions/{session.held_on}-weekly.ipynb",
    }


@pytest.mark.parametrize(
    ("days", "when"),
    [(-3, "3 days ago"), (-1, "yesterday"), (0, "today"), (1, "tomorrow"), (7, "in 7 days")],
    ids=str,
)
def test_a_planned_session_says_how_far_away_it_is(workspace: Workspace, days: int, when: str) -> None:
    planned(workspace, days=days)

    go_on = home_of(workspace).turn["go_on"]

    assert (go_on["status"], go_on["when"]) == ("planned", when)


def test_a_session_that_was_begun_comes_before_a_planned_one(workspace: Workspace) -> None:
    begun = opened(workspace, days=-2)
    planned(workspace)

    assert home_of(workspace).turn["go_on"]["said"] == turns.in_words(begun)


def test_of_planned_sessions_the_nearest_is_offered(workspace: Workspace) -> None:
    for days in (-20, 14):
        planned(workspace, days=days)
    nearest, _ = planned(workspace, days=2)

    assert home_of(workspace).turn["go_on"]["said"] == turns.in_words(nearest)


def test_what_lies_before_the_last_close_is_not_offered(workspace: Workspace) -> None:
    planned(workspace, days=-3)
    closed(workspace)

    assert home_of(workspace).turn["go_on"] is None


def test_a_session_without_its_notebook_cannot_be_gone_on_with(workspace: Workspace) -> None:
    _, path = planned(workspace)
    path.unlink()

    assert home_of(workspace).turn["go_on"] is None


def test_the_new_session_is_planned_and_its_address_told(workspace: Workspace) -> None:
    (workspace.templates / "short.toml").write_text(SHORT, "utf-8")
    home = home_of(workspace)

    reply = home.answer_to({"do": "new_session", "name": "short", "token": "t"})

    [session] = sessions.list_sessions(workspace.open_journal())
    href = f"sessions/{session.held_on}-short.ipynb"
    assert reply == {"re": "t", "ok": True, "done": href}
    assert (workspace.folder / href).is_file()
    assert (home.turn["go_on"]["href"], home.turn["go_on"]["title"]) == (href, "Short talk")


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"do": "new_session", "name": "dance"}, "dance"),
        ({"do": "new_session", "name": "../weekly"}, "template"),
        ({"do": "new_session"}, "Run the cell again"),
        ({"do": "last_summary", "audience": "everybody"}, "Use one of: mine, ours, outside"),
        ({"do": "make_summary", "audience": "everybody"}, "Use one of: mine, ours, outside"),
        ({"do": "save", "key": "topic/Amara", "value": "x", "revision": 0}, "Run the cell again"),
        ({"do": "settle", "id": "nosuchid", "outcome": "kept"}, "No commitment nosuchid"),
        ({"do": "erase"}, "Run the cell again"),
    ],
    ids=["unknown-template", "path", "half", "preview", "pdf", "no-field", "unknown-id", "unknown"],
)
def test_what_cannot_be_done_is_answered_with_a_sentence(
    workspace: Workspace, message: dict[str, object], said: str
) -> None:
    closed(workspace)
    home = home_of(workspace)

    reply = home.answer_to(message)

    assert (reply["ok"], said in reply["error"]) == (False, True)
    assert len(sessions.list_sessions(workspace.open_journal())) == 1


# What is open


def test_open_commitments_are_those_of_the_status_in_its_order(demo_year: Workspace) -> None:
    home = home_of(demo_year)

    home.answer_to({"do": "open_commitments"})

    told = [(row["peer"], row["text"], row["due"]) for row in status(demo_year)["open"]]
    assert [(row["peer"], row["text"], row["due_on"]) for row in home.review] == told
    assert told


def test_what_was_settled_here_stays_until_home_is_shown_again(workspace: Workspace) -> None:
    first, _ = promised(workspace), promised(workspace, "Read the lease", peer="Jonas")
    home = home_of(workspace)
    home.open_commitments()

    home.answer_to({"do": "settle", "id": first, "outcome": "kept"})

    again = home_of(workspace)
    again.open_commitments()
    assert outcomes(home) == [("Plant the trees", "kept"), ("Read the lease", "open")]
    assert outcomes(again) == [("Read the lease", "open")]


def test_an_outcome_told_here_is_taken_back_with_one_tap(workspace: Workspace) -> None:
    made = promised(workspace)
    home = home_of(workspace)
    home.settle(made, "missed")
    save = {"do": "save", "key": f"reason:{made}", "value": "Rain", "base": "", "revision": 0}
    home.answer_to(save)
    missed = [(row["outcome"], row["reason"]) for row in home.review]

    home.answer_to({"do": "undo", "id": made})

    assert missed == [("missed", "Rain")]
    assert outcomes(home) == [("Plant the trees", "open")]


@pytest.mark.parametrize("peer", ["Amara", "Jonas"])
def test_letting_go_at_home_is_agreed_by_the_other_peer(workspace: Workspace, peer: str) -> None:
    made = promised(workspace, peer=peer)

    home_of(workspace).settle(made, "released")

    [_, row] = workspace.open_journal().rows("entries", commitment_id=made)
    assert {peer, row["agreed_by"]} == {"Amara", "Jonas"}


def test_another_date_is_kept_in_the_ledger(workspace: Workspace) -> None:
    made = promised(workspace)
    home = home_of(workspace)
    later = str(home.today() + timedelta(days=9))

    home.answer_to({"do": "move", "id": made, "due_on": later})

    assert [(row["due_on"], row["outcome"]) for row in home.review] == [(later, "open")]


def test_ids_that_are_listed_also_are_there_whatever_became_of_them(workspace: Workspace) -> None:
    kept, missed, _ = promised(workspace, "A"), promised(workspace, "B"), promised(workspace, "C")
    journal = workspace.open_journal()
    ledger.keep(journal, kept, on=journal.today())
    ledger.miss(journal, missed, on=journal.today())

    rows = listing.open_commitments(journal, today=journal.today(), also=[missed])

    assert [(row["text"], row["outcome"]) for row in rows] == [("B", "missed"), ("C", "open")]


# How much was kept


def test_the_glance_says_what_the_status_says_in_name_order(demo_year: Workspace) -> None:
    home = home_of(demo_year)

    home.answer_to({"do": "glance"})

    told = status(demo_year)["follow_through"]
    assert home.glance["peers"] == [
        {name: row[name] for name in ("peer", "kept", "n", "said")} for row in told
    ]
    assert [row["peer"] for row in home.glance["peers"]] == ["Amara", "Jonas"]
    assert home.glance["chart"].startswith("<svg")
    assert "over 8 weeks" in home.glance["words"]


def test_the_glance_is_as_the_ledger_is_after_a_tap_and_after_taking_it_back(workspace: Workspace) -> None:
    made = promised(workspace)
    home = home_of(workspace)

    seen = []
    for step in (lambda: home.settle(made, "kept"), lambda: home.undo(made)):
        step()
        home.draw_glance()
        seen.append([(row["peer"], row["kept"], row["n"]) for row in home.glance["peers"]])

    assert seen == [[("Amara", 1, 1)], [("Amara", 0, 1)]]


def test_with_nothing_due_there_is_no_chart(workspace: Workspace) -> None:
    home = home_of(workspace)

    home.draw_glance()

    assert home.glance == {"as_of": str(home.today()), "peers": [], "chart": "", "words": ""}


# The last summary


def test_without_a_closed_session_there_is_no_summary(workspace: Workspace) -> None:
    opened(workspace)
    home = home_of(workspace)

    home.answer_to({"do": "last_summary"})

    assert home.last == {"session_id": None}
    with pytest.raises(SessionError, match="No session was closed yet"):
        home.make_summary("mine")


def test_the_last_summary_is_of_the_last_session_closed_and_shows_its_page_one(demo_year: Workspace) -> None:
    home = home_of(demo_year)

    home.answer_to({"do": "last_summary"})

    *_, session = [one for one in sessions.list_sessions(demo_year.open_journal()) if one.status == "closed"]
    png = base64.b64encode(session_png(demo_year, session.session_id)).decode()
    assert home.last == {
        "session_id": session.session_id,
        "day": f"{session.held_on:%A}, {session.held_on.day} {session.held_on:%B %Y}",
        "title": "Weekly session",
        "focus": session.focus,
        "audience": "mine",
        "preview": f"data:image/png;base64,{png}",
    }
    assert home.turn["last"] == session.session_id


def test_the_preview_is_a_small_picture_of_an_upright_page(demo_year: Workspace) -> None:
    session_id = home_of(demo_year).turn["last"]

    png = session_png(demo_year, session_id)

    width, height = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))
    assert (png[:8], width, height) == (PNG, 794, 1123)


def test_each_audience_has_a_page_of_its_own(demo_year: Workspace) -> None:
    home = home_of(demo_year)

    previews = set()
    for audience in home.spec["audiences"]:
        home.show_last(audience["id"])
        previews.add((home.last["audience"], home.last["preview"]))

    assert len({preview for _, preview in previews}) == 3
    assert {audience for audience, _ in previews} == {"mine", "ours", "outside"}


@pytest.mark.parametrize(
    ("audience", "suffix"), [("mine", ""), ("ours", "-ours"), ("outside", "-outside")], ids=str
)
def test_the_pdf_made_at_home_is_that_of_the_command(own_year: Workspace, audience: str, suffix: str) -> None:
    home = home_of(own_year)

    reply = home.answer_to({"do": "make_summary", "audience": audience})

    name = f"{_last_day(own_year)}-weekly{suffix}.pdf"
    path = own_year.summaries / name
    assert reply["done"] == {"name": name, "href": f"summaries/{name}"}
    assert path.read_bytes() == session_pdf(own_year, home.turn["last"], audience=audience)
    assert str(_last_day(own_year)) in PdfReader(path).metadata.title


def test_the_form_that_closes_a_session_makes_the_same_pdf(workspace: Workspace) -> None:
    session = opened(workspace)
    form = guide.phase("close", of=session.session_id, start=workspace.folder)
    form.close_session("")

    reply = form.answer_to({"do": "make_summary", "audience": "ours"})

    name = f"{session.held_on}-weekly-ours.pdf"
    pdf = (workspace.summaries / name).read_bytes()
    assert reply["done"] == {"name": name, "href": f"../summaries/{name}"}
    assert pdf == session_pdf(workspace, session.session_id, audience="ours")


def _last_day(workspace: Workspace) -> date:
    return max(
        one.held_on for one in sessions.list_sessions(workspace.open_journal()) if one.status == "closed"
    )


# What people typed


def test_names_and_texts_pass_through_as_plain_data(tmp_path: Path) -> None:
    me, text = "<img src=x onerror=alert(1)>", "</script><b>${7*7}</b> \u202e$x$"
    workspace = init_workspace(tmp_path / "pair", me=me, partner="Jonas & Söhne", time_zone="UTC")
    promised(workspace, text, peer=me)
    closed(workspace)
    home = home_of(workspace)

    for message in ("open_commitments", "glance", "last_summary"):
        assert home.answer_to({"do": message})["ok"]

    assert home.turn["peers"] == [me, "Jonas & Söhne"]
    assert [(row["peer"], row["text"]) for row in home.review] == [(me, text)]
    assert [row["peer"] for row in home.glance["peers"]] == [me]
    assert me not in home.glance["chart"]


def test_addresses_hold_no_sign_that_an_address_cannot_hold(workspace: Workspace) -> None:
    """A file that was renamed by hand, or a template's name from elsewhere."""
    path = workspace.sessions / "2026-11-21 ours? #1%.ipynb"

    assert guide.browser.address(path, seen_from=workspace.folder) == (
        "sessions/2026-11-21%20ours%3F%20%231%25.ipynb"
    )


def test_home_repeats_no_text_in_its_own(own_year: Workspace) -> None:
    """A notebook keeps this text as the output of the cell."""
    home = home_of(own_year)
    home.open_commitments()

    assert repr(home) == "Home()"


def test_home_in_a_copied_workspace_is_that_of_the_copy(own_year: Workspace, tmp_path: Path) -> None:
    promised(own_year, "Only here")
    other = Path(shutil.copytree(own_year.folder, tmp_path / "other"))
    home = guide.home(other)

    home.new_session("weekly")

    assert (other / home.turn["go_on"]["href"]).is_file()
    assert not (own_year.folder / home.turn["go_on"]["href"]).exists()


def test_what_follow_through_shows_is_not_repeated_in_a_notebooks_outputs(own_year):
    """Beside a widget an output holds its text, which a save without our hook keeps."""
    journal = own_year.open_journal()
    commitments = journal.commitments()
    journal.close()
    by_week = follow_through(commitments, every="week", rolling=8, as_of=LAST_DAY)

    shown = [
        guide.table(commitments[["peer", "text"]], caption="All"),
        guide.chart(by_week, weeks=8),
        guide.explore(own_year.folder, as_of=LAST_DAY),
        guide.phase("aim", of="nowhere", start=own_year.folder),
    ]

    assert [repr(one) for one in shown] == ["Shown()", "Shown()", "Explorer()", "Shown()"]


# A session in which the two did not meet


def test_of_a_session_of_today_or_before_it_may_be_said_that_they_did_not_meet(workspace: Workspace) -> None:
    for days in (0, 1):
        planned(workspace, days=days)
    told = [home_of(workspace).turn["go_on"]["may_be_missed"]]
    home = home_of(workspace)

    home.miss_session(home.turn["go_on"]["session_id"])

    told.append(home.turn["go_on"]["may_be_missed"])
    assert told == [True, False]
    assert [one.status for one in sessions.list_sessions(home.journal)] == ["missed", "planned"]


def test_a_missed_session_leaves_the_turn_where_it_was(workspace: Workspace) -> None:
    closed(workspace)
    session = opened(workspace)
    home = home_of(workspace)
    before = home.turn["next"]["focus"]

    reply = home.answer_to({"do": "miss_session", "session_id": session.session_id, "token": "t"})

    assert reply["ok"]
    assert (session.focus, before, home.turn["next"]["focus"]) == ("Jonas", "Amara", "Jonas")
    assert home.turn["go_on"] is None


def test_of_two_sessions_on_one_day_home_goes_on_with_the_one_planned_last(workspace: Workspace) -> None:
    planned(workspace)
    last, path = planned(workspace, name="half-hour")

    assert home_of(workspace).turn["go_on"]["href"] == f"sessions/{path.name}"
    assert last.template == "half-hour"
