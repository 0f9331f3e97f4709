"""The lock beside a field: turned with the pointer or one keystroke, kept at once, told to eye and ear."""

from __future__ import annotations

import re
from pathlib import Path

from forms import phase, violations
from jupyter_lab import Lab
from playwright.sync_api import Locator, Page, expect

from peerkit.workspace import Workspace

KEYS = "Alt+Shift+S"


def seen_of(workspace: Workspace, prompt: str) -> list[tuple[object, str]]:
    """Return every value of a prompt with who may see it, in the order written."""
    journal = workspace.open_journal()
    rows = [(row["value"], row["visibility"]) for row in journal.rows("answers", prompt=prompt)]
    journal.close()
    return rows


def field(page: Page, name: str, text: str) -> Locator:
    found = phase(page, name).locator(".pk-prompt").filter(has_text=text).first
    found.wait_for(timeout=60_000)
    return found


def test_one_keystroke_in_a_field_turns_its_lock_and_keeps_the_choice(
    lab: Lab, workspace: Workspace, notebook: Path
) -> None:
    page = lab.page()
    lab.open(page, notebook)
    asked = field(page, "aim", "")
    box, lock = asked.get_by_role("textbox").first, asked.locator(".pk-lock").first
    expect(lock).to_have_attribute("aria-keyshortcuts", KEYS)
    expect(lock).to_have_attribute("aria-pressed", "true")
    box.fill("The walnut tree")
    expect(asked.locator(".pk-foot").first).to_have_attribute("data-state", "saved")

    box.press(KEYS)

    expect(lock).to_have_attribute("aria-pressed", "false")
    expect(asked.locator(".pk-seen-by").first).to_have_text("only me")
    expect(asked.locator(".pk-was-shared").first).to_have_text(
        "It was shared until now; your partner may have read it."
    )
    expect(asked.locator(".pk-foot").first.get_by_role("status")).to_have_text(re.compile("^Saved"))
    expect(box).to_have_value("The walnut tree")
    expect(box).to_be_focused()
    assert seen_of(workspace, "topic") == [("The walnut tree", "shared"), ("The walnut tree", "private")]


def test_a_turned_lock_is_there_again_and_a_second_turn_says_the_value_again(
    lab: Lab, workspace: Workspace, notebook: Path
) -> None:
    page = lab.page()
    lab.open(page, notebook)
    asked = field(page, "aim", "")
    asked.get_by_role("textbox").first.fill("The walnut tree")
    asked.locator(".pk-lock").first.click()
    expect(asked.locator(".pk-was-shared, .pk-foot[data-state='saved']").first).to_be_visible()
    page.reload()
    again = field(page, "aim", "")
    expect(again.locator(".pk-seen-by").first).to_have_text("only me", timeout=60_000)

    again.locator(".pk-seen-by").first.click()

    expect(again.locator(".pk-lock").first).to_have_attribute("aria-pressed", "true")
    expect(again.locator(".pk-foot").first).to_have_attribute("data-state", "saved")
    assert seen_of(workspace, "topic")[-2:] == [("The walnut tree", "private"), ("The walnut tree", "shared")]


def test_the_lists_of_commitments_have_locks(lab: Lab, workspace: Workspace, notebook: Path) -> None:
    page = lab.page()
    lab.open(page, notebook)
    card = phase(page, "keep-faith").locator(".pk-card").first
    card.wait_for(timeout=60_000)
    expect(card.locator(".pk-seen-by")).to_have_text("both of us")

    card.locator(".pk-lock").click()

    expect(card.locator(".pk-seen-by")).to_have_text("only me")
    expect(card.locator(".pk-lock")).to_be_focused()
    expect(card.get_by_text("It was shared until now; your partner may have read it.")).to_be_visible()


def test_axe_finds_nothing_wrong_with_locks_at_the_width_of_a_phone(lab: Lab, notebook: Path) -> None:
    page = lab.page()
    lab.open(page, notebook)
    asked = field(page, "aim", "")
    page.set_viewport_size({"width": 390, "height": 844})
    asked.locator(".pk-lock").first.wait_for()

    assert violations(page, '[data-peerkit-phase="aim"]') == []
