"""The passphrase of an encrypted journal, typed into the page that was opened."""

from __future__ import annotations

from forms import violations
from jupyter_lab import Lab
from playwright.sync_api import expect

from peerkit import care
from peerkit.workspace import Workspace


def test_an_encrypted_journal_asks_on_the_page_and_then_shows_it(lab: Lab, workspace: Workspace) -> None:
    care.encrypt(workspace.journal_path, "four words in a row")
    page = lab.page()
    lab.open(page, workspace.home)
    field = page.get_by_label("This journal is encrypted.")
    field.wait_for(timeout=60_000)
    assert violations(page, ".peerkit") == []

    field.fill("another four words")
    field.press("Enter")
    expect(page.get_by_text("The passphrase is wrong.")).to_be_visible()
    expect(field).to_have_value("")
    expect(field).to_be_focused()
    field.fill("four words in a row")
    field.press("Enter")

    expect(page.get_by_role("heading", name="Next session")).to_be_visible()
    expect(field).to_have_count(0)
    expect(page.get_by_text("Plant the two pear trees").first).to_be_visible()
