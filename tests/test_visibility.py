"""Who may see an answer or a commitment: chosen at the field, kept with it, remembered by prompt."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pair import agree

from peerkit import agreement, coach_notes, guide, ledger, sessions
from peerkit.errors import SessionError
from peerkit.guide.form import Form
from peerkit.guide.home import Home
from peerkit.guide.sheet import PartnerFit, Sheet
from peerkit.notebooks import new_session
from peerkit.schema import Row
from peerkit.sessions import Session, write_answer
from peerkit.status import status
from peerkit.templates import sheet, template
from peerkit.workspace import Workspace

SHARED, PRIVATE = ({"visibility": seen, "was_shared": False} for seen in ("shared", "private"))


@pytest.fixture
def session(workspace: Workspace) -> Session:
    made, _ = new_session(workspace, workspace.open_journal(), "weekly")
    return made


def form_of(workspace: Workspace, session: Session, phase: str) -> Form:
    shown = guide.phase(phase, of=session.session_id, start=workspace.folder)
    assert isinstance(shown, Form)
    return shown


def rows_of(workspace: Workspace, session: Session, prompt: str) -> list[tuple[Any, str, int]]:
    rows = workspace.open_journal().rows("answers", session_id=session.session_id, prompt=prompt)
    return [(row["value"], row["visibility"], row["revision"]) for row in rows]


def asked(form: Any, **message: Any) -> Row:
    reply: Row = form.answer_to({**message, "token": "t"})
    assert reply["ok"], reply
    return reply


# At the field


def test_a_field_begins_as_its_template_says(workspace: Workspace, session: Session) -> None:
    form = form_of(workspace, session, "open-up")

    shown = {prompt.id: prompt.visibility for prompt in template("weekly").phase("open-up").prompts}
    assert {key.partition("/")[0]: seen for key, seen in form.seen.items()} == {
        name: {"visibility": seen, "was_shared": False} for name, seen in shown.items()
    }


def test_the_choice_is_kept_with_the_value(workspace: Workspace, session: Session) -> None:
    form = form_of(workspace, session, "arrive")

    asked(form, do="save", key="arriving/Amara", value="Tea", revision=0, visibility="private")

    assert rows_of(workspace, session, "arriving") == [("Tea", "private", 1)]
    assert form.seen["arriving/Amara"] == PRIVATE


def test_to_share_later_says_the_value_again(workspace: Workspace, session: Session) -> None:
    """The earlier row stays private; whoever gets the shared one needs no other."""
    form = form_of(workspace, session, "arrive")
    form.save("arriving/Amara", "Tea", 0, visibility="private")

    revision = form.save("arriving/Amara", "Tea", 1, visibility="shared")

    assert rows_of(workspace, session, "arriving") == [("Tea", "private", 1), ("Tea", "shared", 2)]
    assert (revision, form.seen["arriving/Amara"]) == (2, SHARED)


def test_what_was_shared_and_is_private_again_is_said_plainly(workspace: Workspace, session: Session) -> None:
    form = form_of(workspace, session, "arrive")
    form.save("arriving/Amara", "Tea", 0, visibility="shared")
    form.save("arriving/Amara", "Tea", 1, visibility="private")

    again = form_of(workspace, session, "arrive")

    was = {"visibility": "private", "was_shared": True}
    assert (form.seen["arriving/Amara"], again.seen["arriving/Amara"]) == (was, was)


def test_what_was_chosen_last_for_a_prompt_is_there_the_next_time(
    workspace: Workspace, session: Session
) -> None:
    """Of the same phase and prompt, and of each peer apart."""
    form = form_of(workspace, session, "arrive")
    form.save("arriving/Amara", "Tea", 0, visibility="private")
    form.save("arriving/Jonas", "Rain", 0, visibility="shared")
    later, _ = new_session(
        workspace, workspace.open_journal(), "weekly", held_on=session.held_on + timedelta(days=7)
    )

    seen = form_of(workspace, later, "arrive").seen

    assert (seen["arriving/Amara"], seen["arriving/Jonas"]) == (PRIVATE, SHARED)


def test_an_answer_is_saved_as_the_lock_stands_where_nothing_else_is_said(
    workspace: Workspace, session: Session
) -> None:
    form = form_of(workspace, session, "arrive")
    form.save("arriving/Amara", "Tea", 0, visibility="private")

    form.save("arriving/Amara", "Tea and cake", 1)

    assert rows_of(workspace, session, "arriving")[-1] == ("Tea and cake", "private", 2)


@pytest.mark.parametrize("seen", ["everybody", "", "SHARED"])
def test_an_unknown_visibility_keeps_nothing(workspace: Workspace, session: Session, seen: str) -> None:
    form = form_of(workspace, session, "arrive")

    reply = form.answer_to(
        {
            "do": "save",
            "key": "arriving/Amara",
            "value": "Tea",
            "revision": 0,
            "visibility": seen,
            "token": "t",
        }
    )

    assert (reply["ok"], rows_of(workspace, session, "arriving")) == (False, [])


def test_half_a_commitment_is_private_whoever_may_see_the_whole_one(
    workspace: Workspace, session: Session
) -> None:
    form = form_of(workspace, session, "promise")
    [key] = [
        f"{prompt['id']}/{prompt['authors'][0]}"
        for prompt in form.spec["prompts"]
        if prompt["kind"] == "commitments"
    ]

    form.save(key, {"text": "Perhaps the roof", "visibility": "shared"}, 0, visibility="shared")

    rows = workspace.open_journal().rows(
        "answers", session_id=session.session_id, prompt=key.partition("/")[0]
    )
    assert ([row["visibility"] for row in rows], key in form.seen) == (["private"], False)


def test_heard_that_is_kept_to_oneself_opens_the_gate_and_is_in_no_row_for_both(
    workspace: Workspace, session: Session
) -> None:
    heard, offer = form_of(workspace, session, "heard"), form_of(workspace, session, "offer")

    asked(heard, do="save", key=f"heard/{session.focus}", value=8, revision=0, visibility="private")

    kept = sessions.session(workspace.open_journal(), session.session_id)
    assert (offer.heard["is_open"], offer.heard["heard"], kept.heard) == (True, 8, None)


def test_a_sheet_has_locks_and_a_private_one_has_none(workspace: Workspace) -> None:
    signed = Sheet(workspace, "agreement")
    fit = PartnerFit(workspace, "partner-fit")
    fit.add("Kim")

    keys = {f"{p.id}/" for phase in sheet("agreement").phases for p in phase.prompts}
    assert {key[: key.index("/") + 1] for key in signed.seen} == keys
    assert fit.seen == {}


def test_a_term_that_is_kept_to_oneself_is_no_part_of_the_agreement(workspace: Workspace) -> None:
    """A signature is shared, and repeats every term."""
    journal = workspace.open_journal()
    key = {"phase": "slot", "prompt": "stopping", "author": "both"}
    write_answer(
        journal, agreement.SHEET, **key, value="I would rather stop", revision=0, visibility="private"
    )

    signed = agree(journal)

    assert "stopping" not in {**signed.terms, **agreement.draft(journal)}


# Commitments


def test_who_may_see_a_promise_is_as_its_peer_chose_the_last_time(
    workspace: Workspace, session: Session
) -> None:
    form = form_of(workspace, session, "promise")
    before = dict(form.usual)
    form.promise({"peer": "Amara", "text": "Call", "visibility": "private"}, is_sure=True)

    form.promise({"peer": "Amara", "text": "Write"}, is_sure=True)
    form.promise({"peer": "Jonas", "text": "Read"}, is_sure=True)

    assert before == {"Amara": "shared", "Jonas": "shared"}
    assert form.usual == {"Amara": "private", "Jonas": "shared"}
    assert [row["visibility"] for row in form.promised] == ["private", "private", "shared"]


def test_the_lists_of_a_form_turn_who_may_see_a_commitment(workspace: Workspace, session: Session) -> None:
    form = form_of(workspace, session, "promise")
    form.promise({"peer": "Amara", "text": "Call", "visibility": "private"}, is_sure=True)
    [name] = [row["id"] for row in form.promised]

    shown = asked(form, do="visibility", id=name, visibility="shared")
    hidden = asked(form, do="visibility", id=name, visibility="private")

    assert (shown["done"], hidden["done"]) == ("", ledger.WAS_SHARED)
    assert form.promised == [
        {
            "id": name,
            "peer": "Amara",
            "text": "Call",
            "due_on": None,
            "visibility": "private",
            "is_theirs": False,
        }
    ]


def test_of_the_partners_commitments_only_shared_ones_are_listed(
    workspace: Workspace, session: Session
) -> None:
    journal = workspace.open_journal()
    day = journal.today()
    for peer, seen in (("Amara", "private"), ("Amara", "shared"), ("Jonas", "private"), ("Jonas", "shared")):
        ledger.promise(journal, f"{peer} {seen}", peer=peer, on=day, due_on=day, visibility=seen)
    home = guide.home(workspace.folder)
    assert isinstance(home, Home)
    home.open_commitments()

    listed = ["Amara private", "Amara shared", "Jonas shared"]
    assert [row["text"] for row in form_of(workspace, session, "keep-faith").review] == listed
    assert [row["text"] for row in home.review or ()] == listed
    assert [row["text"] for row in status(workspace)["open"]] == listed


def test_a_row_that_says_all_again_settles_nothing_in_this_session(
    workspace: Workspace, session: Session
) -> None:
    journal = workspace.open_journal()
    day = journal.today()
    made = ledger.promise(journal, "Call", peer="Amara", on=day).commitment_id
    ledger.keep(journal, made, on=day)
    sessions.open_session(journal, session.session_id)

    ledger.set_visibility(journal, made, "shared")

    assert sessions.settled_ids(journal, session.session_id) == []


# The coach's notes at Close


@pytest.fixture
def noted(workspace: Workspace, session: Session) -> Form:
    """The last form of a session in which the coach has taken notes."""
    phase = form_of(workspace, session, "open-up")
    phase.save(f"notes/{session.coach}", "Her voice changed", 0)
    phase.save(f"notes/{session.coach}", "Her voice changed twice", 1)
    return form_of(workspace, session, "close")


def test_close_asks_what_becomes_of_the_coachs_notes(noted: Form, session: Session) -> None:
    assert noted.closing["notes"] == {"n": 1, "agreed": "", "coach": session.coach, "focus": session.focus}


@pytest.mark.parametrize(("said", "way"), coach_notes.WAYS.items(), ids=coach_notes.WAYS.values())
def test_close_proposes_what_the_two_agreed_on(
    workspace: Workspace, session: Session, said: str, way: str
) -> None:
    options = next(
        p.options for phase in sheet("agreement").phases for p in phase.prompts if p.id == coach_notes.TERM
    )
    agree(workspace.open_journal(), coach_notes=said)

    closing = form_of(workspace, session, "close").closing

    assert (closing["notes"]["agreed"], set(options)) == (way, set(coach_notes.WAYS))


def test_notes_that_are_handed_over_are_said_again_for_both(
    workspace: Workspace, session: Session, noted: Form
) -> None:
    done = asked(noted, do="notes", way="hand_over")["done"]

    rows = rows_of(workspace, session, "notes")
    assert [row[1] for row in rows] == ["private", "private", "shared"]
    assert (done, rows[-1][0], noted.closing["notes"]["n"]) == (1, "Her voice changed twice", 0)


def test_notes_that_were_handed_over_begin_private_the_next_time(
    workspace: Workspace, session: Session, noted: Form
) -> None:
    noted.settle_notes("hand_over")
    later, _ = new_session(
        workspace, workspace.open_journal(), "weekly", held_on=session.held_on + timedelta(days=14)
    )

    assert {
        seen["visibility"]
        for key, seen in form_of(workspace, later, "open-up").seen.items()
        if "notes" in key
    } == {"private"}


def test_notes_that_are_destroyed_are_in_no_byte_of_the_journal(
    workspace: Workspace, session: Session, noted: Form
) -> None:
    before = workspace.journal_path.read_bytes()

    asked(noted, do="notes", way="destroy")

    kept = b"".join(path.read_bytes() for path in workspace.folder.rglob("*") if path.is_file())
    assert (b"Her voice changed" in before, b"Her voice changed" in kept) == (True, False)
    assert (rows_of(workspace, session, "notes"), noted.closing["notes"]["n"]) == ([], 0)


def test_another_way_with_the_notes_is_refused(noted: Form) -> None:
    with pytest.raises(SessionError, match=r"Unknown way 'burn'\. Use one of: hand_over, destroy\."):
        noted.settle_notes("burn")


def test_in_a_half_with_exchanged_roles_the_notes_are_of_whoever_coaches_there(workspace: Workspace) -> None:
    journal = workspace.open_journal()
    held, _ = new_session(workspace, journal, "split-hour")
    shape = template("split-hour")
    places = [(phase, p) for phase in shape.phases for p in phase.prompts if p.notes]
    for phase, prompt in places:
        author = held.focus if phase.swap else held.coach
        key = {"phase": phase.id, "prompt": prompt.id, "author": author}
        write_answer(journal, held.session_id, **key, value="A word", revision=0)

    found = [(phase, author) for _, phase, _, author in coach_notes.notes_of(journal, held, shape)]

    assert found == [(phase.id, held.focus if phase.swap else held.coach) for phase, _ in places]
    assert {author for _, author in found} == {held.focus, held.coach}
