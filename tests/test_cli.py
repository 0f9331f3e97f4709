"""The commands: a table or a sentence for people, JSON for machines, and one sentence where it went wrong."""

import json
import re
import shutil
import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from pair import hold

from peerkit import close_session, demo, sessions, template
from peerkit.schema import TABLES
from peerkit.sessions import list_sessions
from peerkit.status import status as status_of
from peerkit.template_file import read_template
from peerkit.templates import list_templates, sheet, shipped
from peerkit.workspace import read_workspace

ADD, DUE = "Plant the pear tree", "2024-03-08"
COMMANDS = ["demo", "init", "start", "partner", "new", "missed", "status", "promise", "keep", "partly", "miss", "release", "void", "reopen",
            "move", "summary", "calendar", "digest", "card", "compare", "share", "receive", "exchange", "machine export",
            "machine join", "doctor", "templates", "templates list", "templates show", "templates copy",
            "templates check"]  # fmt: skip


@pytest.fixture
def peerkit(peerkit, clocked):
    """The command, on 1 March 2024."""
    return peerkit


@pytest.fixture
def at_home(workspace, monkeypatch):
    """Stands in a fresh workspace."""
    monkeypatch.chdir(workspace.folder)
    return workspace


@pytest.fixture
def promised(at_home, peerkit):
    """A commitment of Amara's, by its short id."""
    peerkit("promise", ADD, "--by", DUE)
    return json.loads(peerkit("status", "--json")[1])["open"][0]["id"]


def in_a_process(*arguments, cwd):
    """Run the command as a shell does."""
    command = Path(sys.executable).with_name("peerkit")
    return subprocess.run([command, *map(str, arguments)], cwd=cwd, capture_output=True, text=True)


def ledger_of(place):
    """Return what the ledger says of each commitment, entry after entry."""
    journal = place.open_journal()
    rows = journal.rows("entries")
    journal.close()
    columns = ("outcome", "due_on", "fraction", "reason", "agreed_by")
    return [{name: str(row[name]) for name in columns if row[name] is not None} for row in rows]


def test_a_pair_begins_in_three_commands(tmp_path):
    names = ("--me", "Amara", "--partner", "Jonas")
    said = in_a_process("init", "us", *names, "--time-zone", "UTC", cwd=tmp_path)
    told = in_a_process("promise", ADD, cwd=tmp_path / "us")
    commitment = re.search(r"[0-9a-z]{12}", told.stdout)[0]
    kept = in_a_process("keep", commitment[:4], cwd=tmp_path / "us" / "sessions")

    assert said.stdout == "Made a workspace for Amara and Jonas in us.\nNext: peerkit start us\n"
    assert (
        told.stdout
        == f"Promised, as {commitment}. Only you may see it.\nA gentle question: By when will it be done?\n"
    )
    assert kept.stdout == f"{commitment} is kept.\n"
    assert [(one.returncode, one.stderr) for one in (said, told, kept)] == [(0, "")] * 3


def test_the_version_is_told(peerkit):
    assert peerkit("--version") == (0, "peerkit 0.1.0\n", "")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_says_what_a_command_does_and_what_it_takes(peerkit, command):
    status, told, _ = peerkit(*command.split(), "--help")

    usage, said = told.split("Usage: ")[1].split("\n", 1)
    assert status == 0
    assert f" {command.split()[-1]} " in usage.replace(".peerkit", " peerkit")
    assert "Example: " in said or "Arguments" in said or "Options" in said
    assert said.split("╭")[0].strip(), "a sentence on what it does"


@pytest.mark.parametrize(("command", "extra"), [("demo", "lake"), ("start", "form"), ("encrypt", "keyring")])
def test_help_names_what_a_choice_needs_to_be_installed(peerkit, command, extra):
    _, told, _ = peerkit(command, "--help")

    assert f"peerkit[{extra}]." in told


def test_a_workspace_where_there_is_one_is_refused(at_home, peerkit):
    told = peerkit("init", at_home.folder, "--me", "Mina", "--partner", "Jonas")

    said = f"{at_home.folder} is a workspace already. Open it with: peerkit start {at_home.folder}\n"
    assert told == (2, "", said)


def test_without_a_person_to_ask_the_names_are_given(tmp_path, monkeypatch, peerkit):
    monkeypatch.chdir(tmp_path)

    status, out, err = peerkit("init", "us")

    assert (status, out) == (2, "")
    assert (
        err == "There is no workspace in us yet. Say who you are: peerkit init us --me NAME --partner NAME\n"
    )


@pytest.mark.parametrize(
    "name", ["we[two]", "we[/two]", ":cat:"], ids=["brackets", "a closing tag", "colons"]
)
def test_a_folder_with_any_name_is_said_as_it_is(tmp_path, monkeypatch, peerkit, name):
    monkeypatch.chdir(tmp_path)

    told = peerkit("init", name, "--me", "Amara", "--partner", "Jonas", "--time-zone", "UTC")

    assert told == (0, f"Made a workspace for Amara and Jonas in {name}.\nNext: peerkit start {name}\n", "")


def test_a_new_session_is_said_and_its_notebook_is_there(at_home, peerkit):
    told = peerkit("new", "weekly", "--on", "2024-03-07")

    path = at_home.sessions / "2024-03-07-weekly.ipynb"
    said = f"Thursday, 2024-03-07: Amara is focus person, Jonas is coach.\nOpen {path}\n"
    assert told == (0, said, "")
    assert path.is_file()


@pytest.mark.parametrize(
    ("asked", "said", "template_name"),
    [
        (
            [],
            "You have no agreement yet. A first meeting makes one. This is: first-meeting.",
            "first-meeting",
        ),
        (["--short"], "You have little time today. This is: half-hour.", "half-hour"),
    ],
    ids=["the first one", "short of time"],
)
def test_without_a_template_the_one_that_fits_is_taken_and_why_is_said(
    at_home, peerkit, asked, said, template_name
):
    status, told, err = peerkit("new", *asked)

    path = at_home.sessions / f"2024-03-01-{template_name}.ipynb"
    assert (status, err, told.splitlines()[0]) == (0, "", said)
    assert (told.splitlines()[-1], path.is_file()) == (f"Open {path}", True)


def test_roles_that_are_exchanged_by_consent_are_recorded(at_home, peerkit):
    _, told, _ = peerkit("new", "weekly", "--swap")

    journal = at_home.open_journal()
    [session] = list_sessions(journal)
    journal.close()
    assert told.splitlines()[0] == "Friday, 2024-03-01: Jonas is focus person, Amara is coach."
    assert (session.focus, session.coach, session.swapped) == ("Jonas", "Amara", True)


def test_who_is_still_looking_for_a_partner_begins_alone_and_names_one_later(tmp_path, monkeypatch, peerkit):
    monkeypatch.chdir(tmp_path)

    made = peerkit("init", "us", "--me", "Amara", "--partner", "", "--time-zone", "UTC")
    before = [peerkit(*command, "-C", "us") for command in (["new"], ["status"], ["promise", ADD])]
    named = peerkit("partner", "Jonas", "-C", "us")
    again = peerkit("partner", "Mina", "-C", "us")

    waiting = "You have not named a partner yet. When you have found one: peerkit partner NAME\n"
    assert made == (0, "Made a workspace for Amara in us.\nNext: peerkit start us\n", "")
    assert before == [(2, "", waiting)] * 3
    assert named == (0, "Amara and Jonas. Next: peerkit new\n", "")
    assert (again[:2], again[2].split(".")[0]) == (
        (2, ""),
        "This workspace has a partner already, and its journal is of the two of you",
    )
    assert read_workspace(tmp_path / "us").peers == ("Amara", "Jonas")


def test_a_session_that_nobody_opened_is_offered_again(at_home, peerkit):
    first = peerkit("new", "weekly", "--on", "2024-03-07")

    assert peerkit("new", "weekly", "--on", "2024-03-07") == first
    assert len(list(at_home.sessions.iterdir())) == 1


def test_a_notebook_is_written_anew_beside_the_former_ones(at_home, peerkit):
    peerkit("new", "weekly", "--on", "2024-03-07")
    path = at_home.sessions / "2024-03-07-weekly.ipynb"
    whole = path.read_text("utf-8")
    path.write_text(whole + " ", "utf-8")

    status, told, _ = peerkit("new", "--again", "2024-03-07")
    peerkit("new", "--again", "2024-03-07")

    assert (status, told.split(".ipynb")[0]) == (0, f"Written anew: {path.with_suffix('')}")
    assert {found.name: found.read_text("utf-8") for found in at_home.sessions.iterdir()} == {
        "2024-03-07-weekly.ipynb": whole,
        "2024-03-07-weekly.before-1.ipynb": whole + " ",
        "2024-03-07-weekly.before-2.ipynb": whole,
    }


def test_status_tells_the_turn_what_is_open_and_what_was_kept(demo_year, peerkit):
    said_of = status_of(demo_year, as_of=demo.LAST_DAY)

    status, told, err = peerkit("status", "--as-of", demo.LAST_DAY, "-C", demo_year.folder)

    lines = [" ".join(line.split()) for line in told.splitlines()]
    floor = ", ".join("{peer} {sessions} sessions, {minutes} minutes".format(**one) for one in said_of["had"])
    sentences = [
        "Next session: Thursday, 2026-11-19: Jonas is focus person, Amara is coach.",
        "{reason} Suggested: {template}.".format(**said_of["suggestion"]),
        f"The floor so far: {floor}.",
        "id peer open commitment due",
    ]
    assert (status, err) == (0, "")
    assert " ".join(lines).startswith(" ".join(sentences))
    assert [
        line for line in lines if re.fullmatch(r"(Amara|Jonas) \d+ of \d+ \d+% \(\d+% to \d+%\)", line)
    ] == lines[-2:]


def test_status_says_the_same_to_machines(demo_year, peerkit):
    said = json.loads(peerkit("status", "--as-of", demo.LAST_DAY, "--json", "-C", demo_year.folder)[1])

    assert list(said) == [
        "as_of",
        "turn",
        "next",
        "suggestion",
        "had",
        "open",
        "to_talk_about",
        "follow_through",
    ]
    assert (said["as_of"], said["next"]) == (
        "2026-11-12",
        {"held_on": "2026-11-19", "focus": "Jonas", "coach": "Amara"},
    )
    assert list(said["suggestion"]) == ["template", "reason"]
    assert [list(row) for row in said["had"]] == [["peer", "sessions", "minutes"]] * 2
    assert all(list(row) == ["id", "peer", "text", "due", "state"] for row in said["open"])
    assert [row["peer"] for row in said["follow_through"]] == ["Amara", "Jonas"]


def test_status_of_a_day_knows_nothing_of_later_days(promised, peerkit):
    before = json.loads(peerkit("status", "--as-of", "2024-02-01", "--json")[1])
    after = json.loads(peerkit("status", "--as-of", "2024-03-09", "--json")[1])

    assert (before["open"], before["follow_through"]) == ([], [])
    assert [row["state"] for row in after["open"]] == ["overdue"]
    assert [(row["peer"], row["kept"], row["n"]) for row in after["follow_through"]] == [("Amara", 0, 1)]


def test_a_fresh_workspace_has_nothing_open_and_nothing_due(at_home, peerkit):
    status, told, err = peerkit("status", "--as-of", "2024-03-01")

    assert (status, err) == (0, "")
    assert told.splitlines() == [
        "Next session: Friday, 2024-03-01: Amara is focus person, Jonas is coach.",
        "You have no agreement yet. A first meeting makes one. Suggested: first-meeting.",
        "No open commitments.",
        "Nothing was due yet, so there is no follow-through to show.",
    ]


def test_a_promise_takes_whose_it_is_how_sure_and_who_may_see_it(at_home, peerkit):
    peerkit("promise", ADD, "--by", DUE, "--peer", "Jonas", "--confidence", "70", "--shared")

    journal = at_home.open_journal()
    [row] = journal.rows("entries")
    journal.close()
    told = {name: row[name] for name in ("author", "peer", "text", "confidence", "visibility", "outcome")}
    assert told == {
        "author": "Amara",
        "peer": "Jonas",
        "text": ADD,
        "confidence": 0.7,
        "visibility": "shared",
        "outcome": "open",
    }


def test_an_unclear_promise_is_made_and_asked_about(at_home, peerkit):
    _, told, _ = peerkit("promise", "Try to run more")

    assert told.splitlines()[1:] == [
        "A gentle question: By when will it be done?",
        "A gentle question: How would the two of you tell that it was done?",
    ]


@pytest.mark.parametrize(
    ("command", "entry"),
    [
        pytest.param(["keep", "ID"], {"outcome": "kept"}, id="keep"),
        pytest.param(
            ["keep", "ID", "--because", "Sun"], {"outcome": "kept", "reason": "Sun"}, id="keep because"
        ),
        pytest.param(["partly", "ID", "0.75"], {"outcome": "partly", "fraction": "0.75"}, id="partly"),
        pytest.param(["partly", "ID"], {"outcome": "partly", "fraction": "0.5"}, id="partly, half"),
        pytest.param(["miss", "ID", "--because", "Rain"], {"outcome": "missed", "reason": "Rain"}, id="miss"),
        pytest.param(["release", "ID"], {"outcome": "released", "agreed_by": "Jonas"}, id="release"),
        pytest.param(["void", "ID"], {"outcome": "void"}, id="void"),
        pytest.param(["move", "ID", "2024-03-15"], {"due_on": "2024-03-15", "agreed_by": "Jonas"}, id="move"),
    ],
)
def test_each_verb_adds_its_entry(at_home, promised, peerkit, command, entry):
    status, told, err = peerkit(*(promised if word == "ID" else word for word in command))

    assert (status, err) == (0, "")
    assert re.match(rf"{promised}[0-9a-z]+ is (due on )?{entry.get('outcome', entry.get('due_on'))}\.", told)
    assert ledger_of(at_home) == [{"outcome": "open", "due_on": DUE}, entry]


def test_an_outcome_can_be_taken_back(at_home, promised, peerkit):
    peerkit("keep", promised)

    status, told, _ = peerkit("reopen", promised, "--because", "Not yet")

    assert (status, told[4:].split(maxsplit=1)[1]) == (0, "is open again.\n")
    assert ledger_of(at_home)[-1] == {"outcome": "open", "reason": "Not yet"}


def test_the_last_session_is_summed_up_where_none_is_named(own_year, monkeypatch, peerkit):
    monkeypatch.chdir(own_year.folder)

    told = peerkit("summary")

    path = own_year.summaries / "2026-11-12-weekly.pdf"
    assert told == (0, f"Made {path}\n", "")
    assert path.read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("audience", "name"), [("ours", "2025-11-20-weekly-ours"), ("mine", "2025-11-20-weekly")]
)
def test_a_summary_is_named_after_its_session_and_for_whom_it_is(own_year, peerkit, audience, name):
    status, _, _ = peerkit("summary", "2025-11-20", "--for", audience, "-C", own_year.folder)

    assert status == 0
    assert [path.name for path in own_year.summaries.iterdir()] == [f"{name}.pdf"]


def test_a_summary_goes_where_it_is_told_to(demo_year, tmp_path, peerkit):
    told = peerkit(
        "summary", "--for", "outside", "--to", tmp_path / "deep" / "it.pdf", "-C", demo_year.folder
    )

    assert told == (0, f"Made {tmp_path / 'deep' / 'it.pdf'}\n", "")
    assert (tmp_path / "deep" / "it.pdf").read_bytes().startswith(b"%PDF-")


def test_all_sessions_that_were_held_are_summed_up(own_year, monkeypatch, peerkit):
    monkeypatch.setattr("peerkit.export.session_pdf", lambda _, name, **__: name.encode())

    status, told, _ = peerkit("summary", "--all", "--for", "ours", "-C", own_year.folder)

    made = sorted(own_year.summaries.iterdir())
    assert (status, told.splitlines()) == (0, [f"Made {path}" for path in made])
    assert len({path.read_bytes() for path in made}) == 50


def test_the_templates_are_listed_from_anywhere(tmp_path, monkeypatch, peerkit):
    monkeypatch.chdir(tmp_path)

    said = json.loads(peerkit("templates", "list", "--json")[1])

    assert said == [{"name": one.name, "minutes": one.minutes, "when": one.when} for one in list_templates()]
    names = [line.split()[0] for line in peerkit("templates", "list")[1].splitlines() if line[:1].strip()]
    assert names == ["name", *(one.name for one in list_templates())]


@pytest.mark.parametrize("name", ["weekly", "first-meeting"])
def test_a_broken_template_of_one_s_own_is_told_and_does_not_stand_in_the_way(at_home, peerkit, name):
    """And no other one is called what it is not."""
    (at_home.templates / f"{name}.toml").write_text(f'name = "{name}"\nminutes = "many"\n', "utf-8")
    told = f'One template cannot be used. {at_home.templates / name}.toml:2: "minutes" has the wrong kind of value. '

    listed, status, new = peerkit("templates", "list", "--json"), peerkit("status"), peerkit("new")

    others = [one.name for one in list_templates() if one.name != name]
    assert (listed[0], [row["name"] for row in json.loads(listed[1])]) == (0, others)
    assert (status[0], new[0]) == (0, 0)
    assert [said[2].startswith(told) for said in (listed, status, new)] == [True] * 3
    assert "The usual session" not in new[1] or name != "weekly"


def test_nothing_that_is_printed_moves_the_cursor(tmp_path, monkeypatch, peerkit):
    """What a folder is called may have been thought of by somebody else."""
    monkeypatch.chdir(tmp_path)
    names = ("--me", "Amara", "--partner", "Jonas", "--time-zone", "UTC")

    status, told, _ = peerkit("init", "a\x1b]0;x\x07b", *names)

    assert (status, told.splitlines()[0]) == (0, "Made a workspace for Amara and Jonas in a]0;xb.")


def test_a_template_is_shown_phase_by_phase(tmp_path, monkeypatch, peerkit):
    monkeypatch.chdir(tmp_path)

    said = json.loads(peerkit("templates", "show", "weekly", "--json")[1])

    assert said == template("weekly").agenda.to_dict("records")


def terms_in(phase):
    """Return what a phase asks of the agreement."""
    terms = {term.id: term for place in sheet("agreement").phases for term in place.prompts}
    return [terms[name] for prompt in phase.prompts if prompt.kind == "terms" for name in prompt.options]


@pytest.mark.parametrize("name", ["weekly", "split-hour", "first-meeting", "daily-card"])
def test_a_template_is_shown_as_it_could_be_read_aloud(tmp_path, monkeypatch, peerkit, name):
    monkeypatch.chdir(tmp_path)
    made = template(name)

    told = " ".join(peerkit("templates", "show", name)[1].split())

    said = [made.title, made.about, made.when, made.credit]
    for phase in made.phases:
        said += [phase.title, phase.guidance_focus, phase.guidance_coach]
        said += [text for texts in phase.when_asked.values() for text in texts]
        said += [
            text
            for prompt in [*phase.prompts, *terms_in(phase)]
            for text in (
                prompt.text, *prompt.also, prompt.help, f"0 {prompt.low} to 10 {prompt.high}" if prompt.low else "",
                *(prompt.options if prompt.kind != "terms" else ()),
            )
        ]  # fmt: skip
    at = [told.find(" ".join(text.split())) for text in said]
    assert [text for text, where in zip(said, at, strict=True) if where < 0] == []
    assert [f"{start:>3} min".strip() in told for start in made.agenda["starts_at"]] == [True] * len(
        made.phases
    )


def test_a_template_of_one_s_own_is_checked_and_listed(at_home, peerkit):
    own = at_home.templates / "short.toml"
    own.write_text(
        (shipped("templates") / "weekly.toml").read_text("utf-8").replace('"weekly"', '"short"'), "utf-8"
    )

    assert peerkit("templates", "check", own) == (0, f"{own}: good. 8 phases, 60 minutes.\n", "")
    assert [row["name"] for row in json.loads(peerkit("templates", "list", "--json")[1])] == sorted(
        {"short", *(one.name for one in list_templates())}
    )
    assert peerkit("new", "short", "--on", "2024-03-07")[0] == 0


def test_a_template_is_copied_into_the_workspace_to_be_changed_there(at_home, peerkit):
    told = peerkit("templates", "copy", "lightning", "our-quarter")

    path = at_home.templates / "our-quarter.toml"
    said = f"Copied to {path}. Change it in any editor, then: peerkit templates check {path}\n"
    assert told == (0, said, "")
    assert peerkit("templates", "check", path) == (0, f"{path}: good. 5 phases, 12 minutes.\n", "")
    assert read_template(path).phases == template("lightning").phases
    listed = json.loads(peerkit("templates", "list", "--json")[1])
    assert [row["minutes"] for row in listed if row["name"] == "our-quarter"] == [12]
    assert peerkit("new", "our-quarter")[1].splitlines()[0] == (
        "Friday, 2024-03-01: Amara is focus person, Jonas is coach."
    )


def test_the_doctor_says_what_is_good_and_what_to_look_at(at_home, peerkit):
    good = peerkit("doctor")
    at_home.journal_path.unlink()
    status, told, err = peerkit("doctor", "--json")

    assert (good[0], good[2]) == (0, "")
    assert (status, err) == (1, "")
    assert [row["what"] for row in json.loads(told) if row[""] == "look"] == ["journal"]


def test_the_doctor_rescues_what_is_left(own_year, tmp_path, peerkit):
    status, told, _ = peerkit("doctor", "--rescue", tmp_path / "left.db", "-C", own_year.folder)

    assert status == 0
    with sqlite3.connect(own_year.journal_path) as left:
        rows = [left.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in TABLES]
    counted = ", ".join(f"{count} of {name}" for name, count in zip(TABLES, rows, strict=True))
    assert told.startswith(f"Copied to {tmp_path / 'left.db'}: {counted}.")


def test_the_demo_is_made_once_and_then_opened_as_it_is(own_year, tmp_path, monkeypatch, peerkit):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(demo, "make", lambda folder, seed, watch: read_workspace(own_year.folder))

    status, told, _ = peerkit("demo", "fresh", "--no-open")
    again = peerkit("demo", own_year.folder, "--no-open")[1]

    names = ["follow-through.svg", "follow-through-by-peer.svg", "2026-11-12-weekly.pdf"]
    made = [f"Made {own_year.summaries / name}" for name in names]
    assert (status, told.splitlines()[:3]) == (0, made)
    assert (
        again.splitlines()[0] == f"There is a workspace in {own_year.folder} already; it is opened as it is."
    )
    assert again.splitlines()[1:] == told.splitlines()[3:]


def spoilt(place, change):
    """Spoil a workspace in one way."""
    change(place)
    return place.folder


def newer(place):
    with sqlite3.connect(place.journal_path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


def corrupt(place):
    place.journal_path.write_bytes(b"\x07mine" * 4000)


def halved(place):
    whole = place.journal_path.read_bytes()
    place.journal_path.write_bytes(whole[: len(whole) // 2])


def without_settings(place):
    (place.folder / "peerkit.toml").unlink()


def with_a_mistake(place):
    (place.templates / "own.toml").write_text('name = "own"\nminutes = "many"\n', "utf-8")


def in_a_circle(place):
    weekly = (shipped("templates") / "weekly.toml").read_text("utf-8")
    for name, before in (("own", "other"), ("other", "own")):
        text = weekly.replace('name = "weekly"', f'name = "{name}"\ncopy_of = "{before}"')
        (place.templates / f"{name}.toml").write_text(text, "utf-8")


def as_it_is(place):
    pass


ERRORS = [
    pytest.param(without_settings, ["status"], r"\S+ lies in no peerkit workspace\. Go to yours, or make one with: .*", id="no workspace"),
    pytest.param(newer, ["status"], r"The journal at \S+ was written by a newer peerkit \(version 99 .*", id="newer journal"),
    pytest.param(corrupt, ["status"], r"The journal at \S+ is no journal, or is damaged\. Run `peerkit doctor` .*", id="corrupt journal"),
    pytest.param(halved, ["status"], r"The journal at \S+ is damaged\. .*", id="half a journal"),
    pytest.param(with_a_mistake, ["new", "own"], r'\S+own\.toml:2: "minutes" has the wrong kind of value\. Remedy: give a whole number\.', id="template with a mistake"),
    pytest.param(with_a_mistake, ["templates", "check", "templates/own.toml"], r'templates/own\.toml:2: "minutes" has .*', id="checked template with a mistake"),
    pytest.param(as_it_is, ["keep", "zzzz"], r"No commitment begins with 'zzzz'\. `peerkit status` lists the open ones with their ids\.", id="unknown id"),
    pytest.param(as_it_is, ["promise", "Run", "--by", "28.11.2024"], r"'28\.11\.2024' is no day\. Write it as year-month-day, as in 2026-11-28\.", id="bad date"),
    pytest.param(as_it_is, ["promise", "Run", "--by", "2024-02-01"], r"The due date 2024-02-01 lies before .*", id="date gone by"),
    pytest.param(as_it_is, ["promise", "Run", "--peer", "Mina"], r"'Mina' is not of this pair\. Choose one of: Amara, Jonas\.", id="unknown peer"),
    pytest.param(as_it_is, ["promise", " "], r"A commitment needs a text\. Say in a few words what will be done\.", id="no text"),
    pytest.param(as_it_is, ["status", "--as-of", "soon"], r"'soon' is no day\. .*", id="bad day"),
    pytest.param(as_it_is, ["new", "dance"], r".*dance.*weekly.*", id="unknown template"),
    pytest.param(as_it_is, ["new", "--again", "2024-03-07"], r"There is no session yet\. Make one with: peerkit new", id="unknown session"),
    pytest.param(as_it_is, ["templates", "show", "dance"], r".*dance.*weekly.*", id="unknown template shown"),
    pytest.param(as_it_is, ["templates", "check", "none.toml"], r"none\.toml cannot be read: No such file or directory\. Check the path\.", id="no template"),
    pytest.param(in_a_circle, ["templates", "check", "templates/own.toml"], r"The templates own, other are copies of each other in a circle\. Remedy: .*", id="copies in a circle"),
    pytest.param(as_it_is, ["templates", "copy", "dance", "ours"], r"There is no template 'dance'\. There are: .*", id="copy of no template"),
    pytest.param(as_it_is, ["templates", "copy", "weekly", "Our hour"], r"'Our hour' is no name for a template\. .*", id="copy under no name"),
    pytest.param(as_it_is, ["templates", "copy", "weekly", "ending"], r"There is a template 'ending' already\. .*", id="copy over another"),
    pytest.param(as_it_is, ["partner", "Mina"], r"This workspace has a partner already, .*", id="another partner"),
    pytest.param(as_it_is, ["summary"], r"There is no session yet that was opened\. Make one with: peerkit new", id="nothing to sum up"),
    pytest.param(as_it_is, ["summary", "--all", "--to", "x.pdf"], r"--to names one file, --all makes many\. Leave one of them out\.", id="two answers"),
    pytest.param(as_it_is, ["doctor", "--rescue", "journal.db"], r"journal\.db exists already\. Name a new file, .*", id="rescue over it"),
    pytest.param(as_it_is, ["status", "-C", "nowhere"], r"nowhere is no peerkit workspace: it has no peerkit\.toml\. .*", id="named folder"),
]  # fmt: skip


@pytest.mark.parametrize(("spoil", "command", "said"), ERRORS)
def test_what_went_wrong_is_said_in_one_line_with_status_2(at_home, peerkit, spoil, command, said):
    spoil(at_home)

    status, out, err = peerkit(*command)

    assert (status, out) == (2, "")
    assert re.fullmatch(said + "\n", err)


def test_no_traceback_reaches_the_shell(workspace):
    corrupt(workspace)

    told = in_a_process("status", cwd=workspace.folder)

    assert (told.returncode, told.stdout, told.stderr.count("\n")) == (2, "", 1)
    assert "Traceback" not in told.stderr


def test_what_is_settled_is_not_settled_again_without_a_reason(at_home, promised, peerkit):
    peerkit("keep", promised)

    status, out, err = peerkit("miss", promised)

    assert (status, out) == (2, "")
    assert re.fullmatch(
        r"Commitment \w{12} is already kept, since 2024-03-01\. To correct that, give a reason\.\n", err
    )
    assert len(ledger_of(at_home)) == 2


def test_a_day_before_the_promise_is_refused(at_home, promised, peerkit):
    status, _, err = peerkit("keep", promised, "--on", "2024-02-01")

    assert status == 2
    assert err.startswith("The day 2024-02-01 lies outside ")


@pytest.mark.parametrize("target", ["sessions", "peerkit.toml/it.pdf"], ids=["a folder", "below a file"])
def test_a_summary_that_cannot_be_written_is_told(own_year, monkeypatch, peerkit, target):
    monkeypatch.chdir(own_year.folder)

    status, out, err = peerkit("summary", "--for", "outside", "--to", target)

    assert (status, out) == (2, "")
    assert re.fullmatch(
        rf"The summary cannot be written to {target}: .*\. Choose another place with --to\.\n", err
    )


@pytest.mark.parametrize(
    "wrong", [["dance"], ["partly", "k7m3", "2"], ["keep"], ["promise", "Run", "--confidence", "101"]]
)
def test_a_command_that_is_typed_wrongly_is_told_and_changes_nothing(at_home, peerkit, wrong):
    status, out, err = peerkit(*wrong)

    assert (status, out) == (2, "")
    assert "Usage: " in err
    assert ledger_of(at_home) == []


def test_control_characters_never_reach_the_terminal(at_home, promised, peerkit):
    """What a partner typed must not move a cursor or set a title."""
    shutil.copy(shipped("templates") / "weekly.toml", at_home.templates / "weekly.toml")
    peerkit("promise", "Run\x1b]0;owned\x07 \x1b[31mred", "--by", DUE)

    told = peerkit("status")[1] + peerkit("keep", "\x1b[31mzzzz")[2]

    assert [sign for sign in told if not sign.isprintable() and sign != "\n"] == []


def test_a_session_without_a_meeting_is_missed_and_gives_nobody_a_turn(at_home, peerkit):
    peerkit("new", "weekly")
    today = at_home.open_journal().today()
    later = today + timedelta(days=4)

    told = peerkit("missed", "--next", later)

    said = f"{today:%A}, {today}: missed. It gives nobody a turn.\n"
    assert told[0] == 0
    assert told[1].startswith(said)
    assert json.loads(peerkit("status", "--json")[1])["next"]["focus"] == "Amara"
    assert peerkit("missed")[2].startswith(
        "No session that was planned for today or before waits to be held."
    )


def test_a_missed_week_is_gone_through_today_and_its_new_day_is_any_later_one(at_home, peerkit):
    journal = at_home.open_journal()
    today = journal.today()
    hold(journal, today - timedelta(days=8))

    told = peerkit("new", "missed-week")[1]

    session = sessions.find_session(journal, str(today))
    assert told.startswith(f"{today:%A}, {today}: each on your own")
    close_session(journal, session.session_id, next_on=today + timedelta(days=1))
    [ahead] = [json.loads(peerkit("status", "--json")[1])["next"]]
    assert ahead == {"held_on": str(today + timedelta(days=1)), "focus": "Jonas", "coach": "Amara"}
