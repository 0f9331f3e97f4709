"""The sheets without a browser: agreement, map and partner fit; what each message does, and what is in the journal."""

from __future__ import annotations

from typing import Any

import pytest
from pair import TERMS, say

from peerkit import guide, partner_fit
from peerkit.agreement import SCOPE, draft, in_force, versions, wording
from peerkit.guide.sheet import PartnerFit, Sheet
from peerkit.notebooks import new_session
from peerkit.sessions import answers, write_answer
from peerkit.shapes import PAIR
from peerkit.templates import sheet as shape_of
from peerkit.templates import shipped
from peerkit.workspace import Workspace, init_workspace

WHOLE = f"Our agreement, version 1: every week; we hold each other by {TERMS['ways'][0]}; after a miss: {TERMS['after-miss']}."


@pytest.fixture
def alone(tmp_path: Any) -> Workspace:
    """The workspace of Amara, who is still looking for a partner."""
    return init_workspace(tmp_path / "alone", me="Amara", partner="", time_zone="UTC")


def show(workspace: Workspace, name: str) -> Any:
    shown = guide.sheet(name, start=workspace.folder)
    assert isinstance(shown, Sheet)
    return shown


def save(shown: Sheet, key: str, value: object, revision: int = 0, **more: object) -> dict[str, Any]:
    message = {"do": "save", "key": key, "value": value, "revision": revision, "token": "t"}
    return shown.answer_to({**message, **more})


def sign(shown: Sheet, peer: str) -> dict[str, Any]:
    """Sign what is shown, by somebody who has just looked at it."""
    shown.show()
    return shown.answer_to({"do": "sign", "peer": peer, "digest": shown.agreement["digest"], "token": "t"})


def kept(shown: Sheet) -> dict[tuple[str, str, str], Any]:
    """Return what the journal has of what is shown: (value, visibility) by phase, prompt and author."""
    told = answers(shown.journal, shown.kept_in)
    return {key: (state["value"], state["visibility"]) for key, state in told.items()}


def prompts_of(shown: Sheet) -> list[dict[str, Any]]:
    return [prompt for part in shown.spec["parts"] for prompt in part["prompts"]]


def test_a_term_that_was_saved_is_in_the_journal_and_on_the_next_page(workspace: Workspace) -> None:
    first = show(workspace, "agreement")

    reply = save(first, f"cadence/{PAIR}", "every week")

    assert reply == {"re": "t", "ok": True, "done": 1}
    assert kept(first) == {("slot", "cadence", PAIR): ("every week", "shared")}
    assert show(workspace, "agreement").answers == {f"cadence/{PAIR}": {"value": "every week", "revision": 1}}


@pytest.mark.parametrize("name", ["agreement", "ahead-behind"])
def test_a_sheet_asks_each_peer_or_the_pair_once_and_ends_with_every_prompt(
    workspace: Workspace, name: str
) -> None:
    shown = show(workspace, name)

    asked = {prompt["id"]: prompt["authors"] for prompt in prompts_of(shown)}

    prompts = [prompt for phase in shape_of(name).phases for prompt in phase.prompts]
    assert asked == {
        prompt.id: [PAIR] if prompt.whose == "pair" else ["Amara", "Jonas"] for prompt in prompts
    }


def test_the_agreement_is_signed_by_both_and_shown_as_it_holds(workspace: Workspace) -> None:
    shown = show(workspace, "agreement")
    say(shown.journal, TERMS)

    replies = [sign(shown, peer) for peer in ("Amara", "Jonas")]

    day = str(shown.journal.today())
    assert [reply["ok"] for reply in replies] == [True, True]
    assert shown.agreement == {
        "holds": WHOLE,
        "is_whole": True,
        "waits": [],
        "signed": [{"peer": "Amara", "on": day}, {"peer": "Jonas", "on": day}],
        "versions": [f"Version 1: signed by Amara on {day}, Jonas on {day}."],
        "scope": SCOPE,
        "link": "",
        "digest": in_force(shown.journal, workspace.peers).digest,
    }


def test_a_form_signs_only_the_wording_that_it_shows(workspace: Workspace) -> None:
    """Two pages of one agreement: what was changed on one of them is read on the other before it is signed."""
    journal = workspace.open_journal()
    say(journal, {**TERMS, "ways": ["carrier pigeon"]})
    meeting, _ = new_session(workspace, journal, "first-meeting")
    ways, panel = (
        guide.phase(one, of=meeting.session_id, start=workspace.folder)
        for one in ("accountability", "cadence")
    )
    message = {"do": "sign", "peer": "Amara", "digest": panel.agreement["digest"], "token": "t"}
    save(show(workspace, "agreement"), f"ways/{PAIR}", ["a call"], revision=1)

    refused = panel.answer_to(message)

    assert refused == {
        "re": "t", "ok": False,
        "error": "The wording was changed elsewhere; read it again as it stands now, then sign.",
    }  # fmt: skip
    assert versions(journal) == []
    assert ways.answers[f"agreement:ways/{PAIR}"] == {"value": ["a call"], "revision": 2}
    assert panel.agreement["digest"] == wording(journal, workspace.peers)
    assert panel.answer_to({**message, "digest": panel.agreement["digest"]})["ok"] is True
    assert [one.terms["ways"] for one in versions(journal)] == [["a call"]]


def test_a_sheet_signs_only_the_wording_that_it_shows(workspace: Workspace) -> None:
    first, second = (show(workspace, "agreement") for _ in range(2))
    say(first.journal, TERMS)
    first.show()
    save(second, f"place/{PAIR}", "by phone")

    reply = first.answer_to({"do": "sign", "peer": "Amara", "digest": first.agreement["digest"]})

    assert (reply["ok"], versions(first.journal)) == (False, [])
    assert first.answers[f"place/{PAIR}"] == {"value": "by phone", "revision": 1}
    assert sign(first, "Amara")["ok"] is True


def own_agreement(workspace: Workspace, old: str, new: str) -> None:
    """Put a sheet of the agreement into the workspace, with something changed."""
    own = workspace.templates / "sheets"
    own.mkdir(exist_ok=True)
    source = (shipped("templates") / "sheets" / "agreement.toml").read_text("utf-8")
    assert old in source
    (own / "agreement.toml").write_text(source.replace(old, new, 1), "utf-8")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param('id = "ways"', 'id = "our-ways"', "it does not ask for &quot;ways&quot;, which the guide follows", id="no ways"),
        pytest.param('id = "cadence"\nkind = "choice"', 'id = "cadence"\nown = true\nkind = "choice"', "the guide knows no cadence in own words", id="own words"),
        pytest.param('"every two weeks"', '"every month"', "unknown cadence &quot;every month&quot;. Remedy: use one of: every week, every two weeks", id="unknown"),
    ],
)  # fmt: skip
def test_a_sheet_that_nobody_could_sign_is_told_with_its_line(
    workspace: Workspace, old: str, new: str, said: str
) -> None:
    own_agreement(workspace, old, new)

    assert said in guide.sheet("agreement", start=workspace.folder).value


def test_an_agreement_that_nobody_began_waits_for_both(workspace: Workspace) -> None:
    shown = show(workspace, "agreement")

    assert shown.agreement == {
        "holds": "", "is_whole": False, "waits": ["Amara", "Jonas"], "signed": [], "versions": [], "scope": SCOPE, "link": "",
        "digest": wording(shown.journal, workspace.peers),
    }  # fmt: skip


def test_a_term_that_is_edited_after_both_signed_waits_for_both_again(workspace: Workspace) -> None:
    shown = show(workspace, "agreement")
    say(shown.journal, TERMS)
    for peer in ("Amara", "Jonas"):
        sign(shown, peer)

    save(shown, f"help-link/{PAIR}", "112.example")
    save(shown, f"place/{PAIR}", "by phone")

    now = shown.agreement
    assert (now["holds"], now["is_whole"], now["waits"]) == (WHOLE, False, ["Amara", "Jonas"])
    assert (now["signed"], now["link"], len(now["versions"])) == ([], "112.example", 1)


def test_a_version_that_comes_back_is_not_shown_as_signed(workspace: Workspace) -> None:
    shown = show(workspace, "agreement")
    for cadence in ("every week", "every two weeks"):
        say(shown.journal, {**TERMS, "cadence": cadence})
        for peer in ("Amara", "Jonas"):
            sign(shown, peer)

    save(shown, f"cadence/{PAIR}", "every week", revision=2)

    now = shown.agreement
    assert (now["is_whole"], now["waits"], now["signed"]) == (False, ["Amara", "Jonas"], [])
    assert now["holds"].startswith("Our agreement, version 2: every two weeks;")


@pytest.mark.parametrize(
    ("zone", "error"),
    [
        pytest.param(
            None,
            "Before you sign, say what happens after a miss. The guide follows it from then on.",
            id="a term is left out",
        ),
        pytest.param(
            "SECRET",
            "The time zone of Jonas is none that this machine knows. Write it as in Europe/Lisbon, or leave it out.",
            id="an unknown time zone",
        ),
    ],
)
def test_terms_that_cannot_be_signed_are_told_in_a_sentence_and_stay(
    workspace: Workspace, zone: str | None, error: str
) -> None:
    shown = show(workspace, "agreement")
    say(shown.journal, {**TERMS, "after-miss": TERMS["after-miss"] if zone else ""})
    if zone:
        save(shown, "zone/Jonas", zone)
    before = draft(shown.journal)

    reply = sign(shown, "Amara")

    assert reply == {"re": "t", "ok": False, "error": error}
    assert (draft(shown.journal), in_force(shown.journal, workspace.peers)) == (before, None)


def test_somebody_else_cannot_sign(workspace: Workspace) -> None:
    shown = show(workspace, "agreement")
    say(shown.journal, TERMS)

    reply = sign(shown, "Somebody")

    assert reply["error"] == "'Somebody' is not of this pair. Sign as one of: Amara, Jonas."


def test_a_term_that_was_changed_elsewhere_is_told_and_not_overwritten(workspace: Workspace) -> None:
    shown = show(workspace, "agreement")
    save(shown, f"place/{PAIR}", "by phone", view="a")

    reply = save(shown, f"place/{PAIR}", "at home", view="b")

    assert (reply["ok"], reply["conflict"]) == (False, {"value": "by phone", "revision": 1})
    assert kept(shown) == {("slot", "place", PAIR): ("by phone", "shared")}


def test_the_map_is_kept_by_peer_and_shared(workspace: Workspace) -> None:
    shown = show(workspace, "ahead-behind")

    save(shown, "areas/Jonas", {"money": "ahead"})

    assert kept(shown) == {("map", "areas", "Jonas"): ({"money": "ahead"}, "shared")}
    assert shown.agreement == {}


def test_a_workspaces_own_sheet_wins(workspace: Workspace) -> None:
    own = workspace.templates / "sheets"
    own.mkdir()
    source = (shipped("templates") / "sheets" / "ahead-behind.toml").read_text()
    (own / "ahead-behind.toml").write_text(source.replace('["work", ', '["sailing", "work", '))

    [areas, _] = prompts_of(show(workspace, "ahead-behind"))

    assert areas["options"][:2] == ["sailing", "work"]


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("agreement", ["place/Amara", f"zone/{PAIR}", "signed/Amara", "nothing/Amara", f"cadence/{PAIR}/x", ""]),
        ("ahead-behind", ["areas/Somebody", f"areas/{PAIR}", "map/Amara"]),
        ("partner-fit", ["trust/Amara"]),
    ],
    ids=["agreement", "map", "before a candidate was named"],
)  # fmt: skip
def test_a_field_that_the_sheet_does_not_have_is_refused(
    workspace: Workspace, name: str, keys: list[str]
) -> None:
    shown = show(workspace, name)

    replies = [save(shown, key, "SECRET") for key in keys]

    assert {reply["error"] for reply in replies} == {
        "There is no such field here. Run the cell again to show the form as it is now."
    }
    assert shown.journal.rows("answers") == []


@pytest.mark.parametrize(
    "message",
    [{}, {"do": "erase"}, {"do": "sign"}, {"do": "save"}, {"do": "save", "key": 7, "value": "x", "revision": []}],
    ids=["nothing", "unknown", "nobody", "half", "a list for a revision"],
)  # fmt: skip
def test_an_unexpected_message_is_answered_with_a_sentence(
    workspace: Workspace, message: dict[str, object]
) -> None:
    reply = show(workspace, "agreement").answer_to(message)

    assert (reply["ok"], "Run the cell again" in reply["error"]) == (False, True)


@pytest.mark.parametrize("name", ["agreement", "ahead-behind", "partner-fit"])
@pytest.mark.parametrize("value", ["text", 7, None, ["a", ["b"]], {"a": {"b": 1}}], ids=repr)
def test_odd_answers_of_a_journal_from_elsewhere_are_shown_without_an_error(
    workspace: Workspace, name: str, value: object
) -> None:
    journal = workspace.open_journal()
    with journal.writing():
        for author in ("Amara", PAIR):
            for phase in shape_of(name).phases:
                for prompt in phase.prompts:
                    row = {"phase": phase.id, "prompt": prompt.id, "author": author, "revision": 0}
                    write_answer(journal, name, **row, value=value)
            write_answer(journal, name, phase="signed", prompt="d", author=author, value=value, revision=0)
        row = {"session_id": "partner-fit-x", "phase": "who", "prompt": "name", "value": value, "revision": 1}
        journal.add("answers", row)

    shown = guide.sheet(name, start=workspace.folder)

    assert isinstance(shown, Sheet)
    assert repr(shown) == f"Sheet('{name}')"


@pytest.mark.parametrize(
    ("name", "said"),
    [("agreement", "You have not named a partner yet"), ("dessert", "There is no sheet &#x27;dessert&#x27;")],
    ids=["without a partner", "unknown"],
)
def test_a_cell_that_cannot_show_its_sheet_shows_a_sentence(alone: Workspace, name: str, said: str) -> None:
    assert said in guide.sheet(name, start=alone.folder).value


def test_a_notebook_outside_a_workspace_shows_a_sentence(tmp_path_factory: pytest.TempPathFactory) -> None:
    shown = guide.sheet("agreement", start=tmp_path_factory.mktemp("elsewhere"))

    assert "lies in no peerkit workspace" in shown.value


def test_whoever_is_still_looking_for_a_partner_has_worksheets(alone: Workspace) -> None:
    """That is who they are for."""
    shown = show(alone, "partner-fit")
    before = (shown.candidates, shown.spec["parts"])

    reply = shown.answer_to({"do": "add", "name": "Noor", "token": "t"})

    assert (before, reply["ok"]) == (([], []), True)
    assert [one["name"] for one in shown.candidates] == ["Noor"]
    assert {tuple(prompt["authors"]) for prompt in prompts_of(shown)} == {("Amara",)}


def named(workspace: Workspace, *names: str) -> PartnerFit:
    """Return the worksheets with one begun for each name; the last is shown."""
    shown: PartnerFit = show(workspace, "partner-fit")
    for name in names:
        shown.add(name)
    return shown


def test_each_candidate_has_a_private_worksheet(workspace: Workspace) -> None:
    shown = named(workspace, "Noor", "Emeka")
    first, second = (one["id"] for one in shown.candidates)
    save(shown, "decision/Amara", "yes", view="a")

    shown.answer_to({"do": "choose", "id": first})
    reply = save(shown, "decision/Amara", "not yet", view="a")

    assert reply["ok"] is True
    assert shown.answers["decision/Amara"] == {"value": "not yet", "revision": 1}
    told = {one: answers(shown.journal, one)["decision", "decision", "Amara"] for one in (first, second)}
    assert [(told[one]["value"], told[one]["visibility"]) for one in (first, second)] == [
        ("not yet", "private"),
        ("yes", "private"),
    ]


def test_the_invitation_begins_with_both_names(workspace: Workspace) -> None:
    shown = named(workspace, "Noor")

    [begins] = [prompt["begins"] for prompt in prompts_of(shown) if prompt["begins"]]

    assert begins.strip().splitlines()[0] == "Hello Noor,"
    assert begins.strip().splitlines()[-1] == "Amara"
    assert (shown.spec["name"], "{" in begins) == ("Noor", False)


@pytest.mark.parametrize("name", ["{me}", "{name}", "$1"])
def test_a_candidate_may_have_any_name_in_the_invitation(workspace: Workspace, name: str) -> None:
    shown = named(workspace, name)

    [begins] = [prompt["begins"] for prompt in prompts_of(shown) if prompt["begins"]]

    assert begins.strip().splitlines()[0] == f"Hello {name},"
    assert begins.strip().splitlines()[-1] == "Amara"


def test_the_last_candidate_is_shown_first_the_next_time(workspace: Workspace) -> None:
    named(workspace, "Noor", "Emeka")

    again = show(workspace, "partner-fit")

    assert ([one["name"] for one in again.candidates], again.spec["name"]) == (["Noor", "Emeka"], "Emeka")


@pytest.mark.parametrize("unknown", ["", "agreement", "partner-fit-nobody", "../../x"])
def test_choosing_what_is_no_candidate_shows_no_worksheet(workspace: Workspace, unknown: str) -> None:
    shown = named(workspace, "Noor")

    reply = shown.answer_to({"do": "choose", "id": unknown})

    assert (reply["ok"], shown.kept_in, shown.spec["parts"], shown.answers) == (True, "", [], {})


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", "Give a name of 1 to 60 characters; a first name or a nickname is enough."),
        ("x" * 61, "Give a name of 1 to 60 characters; a first name or a nickname is enough."),
        ("Noor", "There is a worksheet for this name already. Choose it in the list, or add a letter."),
    ],
    ids=["empty", "61 letters", "twice"],
)
def test_a_name_that_cannot_be_is_told_in_a_sentence(workspace: Workspace, name: str, error: str) -> None:
    shown = named(workspace, "Noor")

    reply = shown.answer_to({"do": "add", "name": name, "token": "t"})

    assert reply == {"re": "t", "ok": False, "error": error}
    assert [one["name"] for one in partner_fit.candidates(shown.journal)] == ["Noor"]


def test_a_candidate_makes_no_file(workspace: Workspace) -> None:
    above = workspace.folder.parent
    before = sorted(above.rglob("*"))

    shown = named(workspace, "..", "a\x00b\x1bc")
    save(shown, "reasons/Amara", "SECRET")

    assert sorted(above.rglob("*")) == before
    assert [one["name"] for one in shown.candidates] == ["..", "abc"]


@pytest.mark.parametrize("name", ["agreement", "partner-fit"])
def test_no_sheet_repeats_an_answer_in_its_own_text(workspace: Workspace, name: str) -> None:
    """A notebook keeps this text as the output of the cell."""
    shown = show(workspace, name)
    if isinstance(shown, PartnerFit):
        shown.add("SECRET")
    save(shown, "time/Amara" if name == "agreement" else "reasons/Amara", "SECRET")

    assert repr(shown) == f"Sheet('{name}')"
