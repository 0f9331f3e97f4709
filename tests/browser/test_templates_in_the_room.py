"""Sessions of other shapes as two people would have them: an agreement, two halves, and half an hour."""

from __future__ import annotations

import io

import pytest
from forms import expect_saved, phase, stored
from jupyter_lab import Lab
from playwright.sync_api import Locator, Page, expect
from pypdf import PdfReader

from peerkit import agreement, sessions, turns
from peerkit.export import session_pdf
from peerkit.notebooks import new_session
from peerkit.sessions import Session
from peerkit.workspace import Workspace

PEERS = ("Amara", "Jonas")
# The forms are shown in their order: where the last one is, all of them are.
LAST = {"first-meeting": "promise", "split-hour": "close", "half-hour": "close"}


@pytest.fixture
def room(lab: Lab, workspace: Workspace, request: pytest.FixtureRequest) -> tuple[Page, Session]:
    """The page of a session of the template that a test names."""
    journal = workspace.open_journal()
    session, path = new_session(workspace, journal, request.param)
    journal.close()
    page = lab.page()
    lab.open(page, path)
    phase(page, LAST[request.param]).wait_for(timeout=60_000)
    return page, session


def in_template(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("room", [name], indirect=True)


def on_scale(form: Locator, number: int) -> None:
    """Tap a number on the first scale of a form."""
    form.locator(".pk-scale").first.get_by_label(str(number), exact=True).check()


@in_template("first-meeting")
def test_a_first_meeting_ends_with_an_agreement_that_both_have_signed(
    room: tuple[Page, Session], workspace: Workspace
) -> None:
    page, session = room
    slot = phase(page, "cadence")

    _agree_on_privacy_and_promises(page)
    slot.get_by_role("button", name="Amara signs").click()
    # What the guide is to follow has to be said before.
    expect(slot.get_by_text("Before you sign, say how often you meet.", exact=False)).to_be_visible()
    _agree_on_the_slot(slot)
    for peer in PEERS:
        slot.get_by_role("button", name=f"{peer} signs").click()
        expect(slot.get_by_text(f"{peer} signed on", exact=False)).to_be_visible()
    expect(slot.get_by_text("Signed by both. The guide follows it from now on.")).to_be_visible()
    _promise_and_close(phase(page, "promise"), "Call the mill at noon")

    journal = workspace.open_journal()
    agreed = agreement.in_force(journal, PEERS)
    [kept] = [row for row in journal.rows("entries") if row["text"] == "Call the mill at noon"]
    closed = sessions.session(journal, session.session_id)
    next_on = turns.next_slot(session.held_on, agreed)
    journal.close()
    assert agreed is not None
    assert (dict(agreed.terms), dict(agreed.signed)) == (TERMS, dict.fromkeys(PEERS, session.held_on))
    # The guide follows it at once: in how a promise is held, and in the next day.
    assert (kept["accountability"], closed.next_on, closed.status) == ("a call", next_on, "closed")


TERMS = {
    "written": "Only what we both would sign",
    "deletion": "when the pear tree bears",
    "ways": ["a call", "a postcard"],
    "after-miss": "a smaller promise in its place",
    "cadence": "every two weeks",
    "weekday": "Monday",
    "zone": {"Amara": "Europe/Lisbon"},
    "heard-bar": 8,
}


def _agree_on_privacy_and_promises(page: Page) -> None:
    privacy, promises = phase(page, "privacy"), phase(page, "accountability")
    privacy.get_by_role("textbox", name="What do we write down, and who may see it?").fill(TERMS["written"])
    privacy.get_by_label("after a year").check()
    # Own words take the place of what was chosen.
    privacy.get_by_role("textbox", name="In our own words").fill(TERMS["deletion"])
    expect(privacy.get_by_label("after a year")).not_to_be_checked()
    promises.get_by_label("a call").check()
    promises.get_by_role("textbox", name="In our own words").first.fill("a postcard")
    promises.get_by_label(TERMS["after-miss"], exact=True).check()
    expect_saved(privacy)
    expect_saved(promises)


def _agree_on_the_slot(slot: Locator) -> None:
    slot.get_by_label(TERMS["cadence"], exact=True).check()
    slot.get_by_label(TERMS["weekday"], exact=True).check()
    slot.get_by_role("textbox", name="In which time zone are you? Amara").fill(TERMS["zone"]["Amara"])
    on_scale(slot, TERMS["heard-bar"])
    expect_saved(slot)


def _promise_and_close(form: Locator, text: str) -> None:
    form.get_by_role("textbox", name="I will").fill(text)
    form.get_by_role("button", name="Promise", exact=True).click()
    form.get_by_role("button", name="Promise it as it is").click()
    expect(form.get_by_role("listitem").filter(has_text=text)).to_be_visible()
    form.get_by_role("button", name="Close the session").click()
    expect(form.get_by_text("Closed and saved", exact=False)).to_be_visible()


@in_template("split-hour")
def test_each_half_of_a_split_hour_has_its_own_focus_person_and_gate(
    room: tuple[Page, Session], workspace: Workspace
) -> None:
    page, session = room
    first, second = (
        phase(page, name).get_by_role("textbox", name="I will") for name in ("promise", "promise-2")
    )

    folded = phase(page, "promise-2").get_by_text(
        "This part unfolds when Jonas feels understood", exact=False
    )
    expect(first).to_be_hidden()
    expect(folded).to_be_visible()
    on_scale(phase(page, "heard"), 8)
    expect(first).to_be_visible()
    expect(second).to_be_hidden()
    on_scale(phase(page, "heard-2"), 4)
    expect(phase(page, "heard-2").get_by_role("button", name="Back to Open up, second half")).to_be_visible()
    expect(folded).to_contain_text("It stands at 4.")
    phase(page, "promise-2").get_by_role("button", name="Unfold all the same").click()
    expect(second).to_be_visible()
    phase(page, "aim-2").get_by_role("textbox").first.fill("The lease")
    expect_saved(phase(page, "aim-2"))
    second.fill("Read the lease on Sunday")
    phase(page, "promise-2").get_by_role("button", name="Promise", exact=True).click()
    phase(page, "promise-2").get_by_role("button", name="Promise it as it is").click()
    expect(phase(page, "promise-2").get_by_role("listitem").filter(has_text="on Sunday")).to_be_visible()

    journal = workspace.open_journal()
    told = sessions.answers(journal, session.session_id)
    [kept] = [row for row in journal.rows("entries") if row["session_id"] == session.session_id]
    held = sessions.session(journal, session.session_id)
    journal.close()
    assert {key: state["value"] for key, state in told.items() if key[0] != "promise-2"} == {
        ("heard", "heard", "Amara"): 8,
        ("heard-2", "heard", "Jonas"): 4,
        ("heard-2", "override", "Amara"): True,
        ("aim-2", "topic", "Jonas"): "The lease",
    }
    assert (kept["peer"], kept["text"]) == ("Jonas", "Read the lease on Sunday")
    assert (held.heard, held.override, held.floor) == (8, None, "both")


@in_template("half-hour")
def test_half_an_hour_follows_the_help_that_was_asked_for_and_asks_advice_for_its_day(
    room: tuple[Page, Session], workspace: Workspace
) -> None:
    page, session = room
    offer = phase(page, "offer")

    phase(page, "aim").get_by_role("textbox").first.fill("Which wall is ours")
    phase(page, "aim").get_by_label("ideas", exact=True).check()
    asked_for = phase(page, "open-up").get_by_text("Amara asked for this: ideas. For Jonas:")
    expect(asked_for).to_be_visible()
    on_scale(phase(page, "heard"), 7)
    expect(offer.get_by_text("May I give you one idea? A thank-you is all it needs.")).to_be_visible()
    idea = offer.get_by_role("textbox", name="What is the one thing worth offering?")
    idea.fill("Ask the surveyor for the old map")
    questions = offer.locator(".pk-questions")
    expect(questions).to_have_text("By when could that be done?")
    offer.get_by_role("textbox", name="By when could that be done?").fill("2030-03-15")
    expect(questions).to_have_text("")
    expect_saved(offer)
    phase(page, "close").get_by_role("button", name="Close the session").click()
    expect(phase(page, "close").get_by_text("Jonas is focus person", exact=False)).to_be_visible()

    words = _words(session_pdf(workspace, session.session_id))
    typed = ("Which wall is ours", "Ask the surveyor for the old map", "2030-03-15", "Half hour")
    assert [said for said in typed if said not in words] == []
    assert stored(workspace, "idea-1-by") == ["2030-03-15"]


def _words(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages)
