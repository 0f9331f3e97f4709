"""The whole hour as two people would have it: from the notebook to the PDF, by accessible name."""

from __future__ import annotations

import io
import os
import sqlite3
from datetime import timedelta
from pathlib import Path

from forms import change_theme, expect_saved, phase, stored
from jupyter_lab import Lab
from playwright.sync_api import Download, Page, expect
from pypdf import PdfReader

import peerkit
from peerkit import sessions
from peerkit.export import session_pdf
from peerkit.workspace import Workspace

_PHASES = ("arrive", "keep-faith", "aim", "open-up", "heard", "offer", "promise", "close")


def run(lab: Lab, page: Page, notebook: Path) -> None:
    """Open a notebook, which runs by itself."""
    lab.open(page, notebook)
    for name in _PHASES:
        phase(page, name).wait_for(timeout=60_000)


def shoot_phases(page: Page, name: str) -> None:
    """Keep a screenshot of each phase where PEERKIT_SCREENSHOTS says, to be looked at."""
    folder = os.environ.get("PEERKIT_SCREENSHOTS")
    if folder:
        page.wait_for_timeout(300)
        for one in _PHASES:
            phase(page, one).screenshot(path=Path(folder) / f"{name}-{one}.png")


def test_two_people_have_their_hour_and_take_a_pdf_away(
    lab: Lab, workspace: Workspace, notebook: Path
) -> None:
    page = lab.page()
    run(lab, page, notebook)

    _arrive_and_keep_faith(page)
    _aim_and_open_up(page)
    _be_heard(page)
    _offer_and_promise(page)
    _close(page, workspace)
    shoot_phases(page, "filled")

    journal = peerkit.open(workspace.folder)
    assert journal.commitments()[["peer", "text", "outcome"]].to_numpy().tolist() == [
        ["Amara", "Plant the two pear trees", "kept"],
        ["Jonas", "Read the lease to the end", "missed"],
        ["Amara", "Call the surveyor before noon", "open"],
    ]
    [session] = sessions.list_sessions(journal)
    assert (session.status, session.heard, session.next_on) == (
        "closed",
        8,
        session.held_on + timedelta(days=7),
    )
    exported = _exported(page)
    assert exported == session_pdf(workspace, session.session_id)
    words = _words(exported)
    for word in (
        "boundary stones",
        "the gate at dusk",
        "Call the surveyor before noon",
        "Plant the two pear trees",
    ):
        assert word in words


def _arrive_and_keep_faith(page: Page) -> None:
    arrive = phase(page, "arrive")
    arrive.get_by_role("radiogroup", name="How much energy do you have right now? Amara").get_by_label(
        "7", exact=True
    ).check()
    arrive.get_by_role("radiogroup", name="How much energy do you have right now? Jonas").get_by_label(
        "4", exact=True
    ).check()
    arrive.get_by_role("textbox").first.fill("I come from the garden")
    arrive.get_by_role("checkbox").first.check()
    expect_saved(arrive)
    keep = phase(page, "keep-faith")
    keep.get_by_role("button", name="Missed: Plant the two pear trees").click()
    keep.get_by_role("button", name="Undo: Plant the two pear trees").click()
    keep.get_by_role("button", name="Kept: Plant the two pear trees").click()
    keep.get_by_role("button", name="Missed: Read the lease to the end").click()
    keep.get_by_role("textbox", name="What got in the way? One word is enough.").fill("Two evenings of fever")
    expect_saved(keep)


def _aim_and_open_up(page: Page) -> None:
    aim = phase(page, "aim")
    aim.get_by_role("textbox").first.fill("Where the boundary stones are")
    aim.get_by_label("ask me questions").check()
    expect_saved(aim)
    words = phase(page, "open-up").get_by_role("textbox").first
    words.press_sequentially("I keep walking to the gate at dusk and back.", delay=15)
    expect_saved(phase(page, "open-up"))


def _be_heard(page: Page) -> None:
    promise = phase(page, "promise")
    expect(promise.get_by_role("textbox", name="I will")).to_be_hidden()
    heard = phase(page, "heard").get_by_role("radiogroup", name="How understood did you feel today, 0 to 10?")
    heard.get_by_label("5", exact=True).check()
    expect(phase(page, "heard").get_by_role("button", name="Back to Open up")).to_be_visible()
    expect(promise.get_by_role("textbox", name="I will")).to_be_hidden()
    heard.get_by_label("8", exact=True).check()
    expect(promise.get_by_role("textbox", name="I will")).to_be_visible()


def _offer_and_promise(page: Page) -> None:
    offer = phase(page, "offer")
    offer.get_by_label("yes, please").check()
    offer.get_by_role("textbox").first.fill("Ours stood under the hedge all along")
    expect_saved(offer)
    promise = phase(page, "promise")
    promise.get_by_role("textbox", name="I will").fill("Call the surveyor before noon")
    promise.get_by_role("button", name="Promise", exact=True).click()
    expect(promise.get_by_text("By when will it be done?")).to_be_visible()
    promise.get_by_label("By when", exact=True).fill("2099-01-01")
    promise.get_by_role("button", name="Promise", exact=True).click()
    expect(promise.get_by_text("Check the year")).to_be_visible()
    promise.get_by_label("By when", exact=True).fill("")
    promise.get_by_role("button", name="Promise", exact=True).click()
    promise.get_by_role("button", name="Promise it as it is").click()
    expect(promise.get_by_role("listitem").filter(has_text="Call the surveyor before noon")).to_be_visible()


def _close(page: Page, workspace: Workspace) -> None:
    close = phase(page, "close")
    close.get_by_role("textbox").first.fill("Asking takes a minute")
    close.get_by_role("radiogroup").first.get_by_label("9", exact=True).check()
    expect_saved(close)
    close.get_by_role("button", name="Close the session").click()
    expect(close.get_by_text("Closed and saved")).to_be_visible()
    expect(close.get_by_text(f"{workspace.partner} is focus person")).to_be_visible()


def _exported(page: Page) -> bytes:
    page.click('.lm-MenuBar-itemLabel:text-is("File")')
    page.hover('.lm-Menu-itemLabel:text-is("Save and Export Notebook As")')
    # The menu may open a page that closes as soon as the download has begun.
    downloads: list[Download] = []
    page.on("download", lambda one: downloads.append(one))
    page.context.on("page", lambda popup: popup.on("download", lambda one: downloads.append(one)))
    page.click('.lm-Menu-itemLabel:text-is("Peerkit_pdf")')
    for _ in range(300):
        if not downloads:
            page.wait_for_timeout(100)
    return Path(downloads[0].path()).read_bytes()


def _words(exported: bytes) -> str:
    pdf = PdfReader(io.BytesIO(exported))
    return " ".join(" ".join(part.extract_text().split()) for part in pdf.pages)


def test_what_was_typed_while_the_kernel_was_killed_is_offered_back(
    lab: Lab, workspace: Workspace, notebook: Path
) -> None:
    page = lab.page()
    run(lab, page, notebook)
    words = phase(page, "open-up").get_by_role("textbox").first
    words.press_sequentially("This is on disk. ", delay=10)
    expect_saved(phase(page, "open-up"))

    # The server stays silent, so the forms do not come back by themselves.
    page.route("**/peerkit/may-run**", lambda route: route.abort())
    lab.kill_kernel(page)
    words.press_sequentially("This is not.", delay=10)
    expect(phase(page, "open-up").get_by_text("Not saved", exact=False).first).to_be_visible(timeout=15_000)
    lab.run_all(page)
    phase(page, "open-up").get_by_role("button", name="Restore it").click(timeout=60_000)
    expect_saved(phase(page, "open-up"))

    assert stored(workspace, "own-words") == ["This is on disk. This is not."]


def test_after_the_kernel_was_killed_the_forms_come_back_by_themselves(
    lab: Lab, workspace: Workspace, notebook: Path
) -> None:
    page = lab.page()
    run(lab, page, notebook)
    topic = phase(page, "aim").get_by_role("textbox").first
    topic.fill("Where the boundary stones are")
    expect_saved(phase(page, "aim"))

    lab.kill_kernel(page)
    expect(phase(page, "close").get_by_role("button", name="Close the session")).to_be_visible(timeout=60_000)
    page.wait_for_timeout(3_000)
    expect(topic).to_have_value("Where the boundary stones are")
    topic.fill("Where the boundary stones were")
    expect_saved(phase(page, "aim"))

    assert stored(workspace) == ["Where the boundary stones were"]


def test_a_second_notebook_on_the_same_session_is_told_that_the_answer_was_changed(
    lab: Lab, workspace: Workspace, notebook: Path
) -> None:
    copy = notebook.with_name("copy.ipynb")
    copy.write_bytes(notebook.read_bytes())
    first, second = lab.page(), lab.page()
    run(lab, first, notebook)
    run(lab, second, copy)

    phase(first, "aim").get_by_role("textbox").first.fill("The one text")
    expect_saved(phase(first, "aim"))
    phase(second, "aim").get_by_role("textbox").first.fill("The other text")
    expect(phase(second, "aim").get_by_text("Changed elsewhere", exact=False)).to_be_visible()
    expect(phase(second, "aim").get_by_text("There: The one text")).to_be_visible()
    assert stored(workspace) == ["The one text"]
    phase(second, "aim").get_by_role("button", name="Keep mine").click()
    expect_saved(phase(second, "aim"))

    assert stored(workspace) == ["The other text"]


def test_letters_typed_on_a_focused_button_change_no_cell(
    lab: Lab, workspace: Workspace, notebook: Path
) -> None:
    """In JupyterLab "b" would add a cell, and "d d" delete the form."""
    page = lab.page()
    run(lab, page, notebook)
    cells = page.locator(".jp-Cell").count()

    # Also before anything was clicked: the first form has the focus, so letters change no cell.
    page.wait_for_function("document.activeElement.matches('.peerkit h2')")
    for key in "bddax":
        page.keyboard.press(key)
    phase(page, "arrive").get_by_role("button", name="Start: Arrive timer").focus()
    for key in "bddax":
        page.keyboard.press(key)
    page.wait_for_timeout(500)

    assert page.locator(".jp-Cell").count() == cells
    assert phase(page, "arrive").is_visible()


def test_running_again_shows_everything_again_and_the_timer_goes_on(
    lab: Lab, workspace: Workspace, notebook: Path
) -> None:
    page = lab.page()
    run(lab, page, notebook)
    phase(page, "aim").get_by_role("textbox").first.fill("עברית and 🌱 and العربية")
    expect_saved(phase(page, "aim"))
    phase(page, "aim").get_by_role("button", name="Start: Aim timer").click()
    phase(page, "aim").get_by_role("button", name="Pause: Aim timer").wait_for()
    # The button answers at once; what the journal does not have yet a kill takes away.
    for _ in range(100):
        if not stored(workspace, "timer"):
            page.wait_for_timeout(100)

    lab.kill_kernel(page)
    page.reload()
    page.wait_for_selector("#jupyterlab-splash", state="detached", timeout=60_000)
    run(lab, page, notebook)

    expect(phase(page, "aim").get_by_role("textbox").first).to_have_value(
        "עברית and 🌱 and العربية", timeout=60_000
    )
    expect(phase(page, "aim").get_by_role("button", name="Pause: Aim timer")).to_be_visible()


def test_a_journal_that_cannot_be_written_says_so_and_keeps_the_text(
    lab: Lab, workspace: Workspace, notebook: Path
) -> None:
    page = lab.page()
    run(lab, page, notebook)
    field = phase(page, "aim").get_by_role("textbox").first
    blocker = sqlite3.connect(workspace.journal_path, isolation_level=None)
    blocker.execute("BEGIN EXCLUSIVE")

    field.fill("Kept until there is room")
    expect(phase(page, "aim").get_by_text("is busy", exact=False)).to_be_visible(timeout=20_000)
    blocker.execute("ROLLBACK")
    blocker.close()

    expect_saved(phase(page, "aim"))
    assert stored(workspace) == ["Kept until there is room"]


def test_no_form_is_wider_than_the_page(lab: Lab, workspace: Workspace, notebook: Path) -> None:
    """In either theme, at the width of a desk and of a tablet."""
    page = lab.page()
    run(lab, page, notebook)
    phase(page, "offer").get_by_role("button", name="Unfold all the same").click()

    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        change_theme(page, theme)
        for width in (1280, 800):
            page.set_viewport_size({"width": width, "height": 900})
            shoot_phases(page, f"{theme.split()[1].lower()}-{width}")

            for name in _PHASES:
                overflow = phase(page, name).evaluate("form => form.scrollWidth - form.clientWidth")
                assert (theme, width, name, overflow) == (theme, width, name, 0)
