"""The daily card in a real JupyterLab: from home to done for today, and there again after a reload."""

from __future__ import annotations

from datetime import timedelta

from forms import shoot, stored, violations
from jupyter_lab import Lab
from playwright.sync_api import Locator, Page, expect

from peerkit import daily
from peerkit.workspace import Workspace

LISTEN = "How hard did I try to listen?"
WALK = "Did I go for a walk?"


def card(page: Page) -> Locator:
    return page.locator("section.peerkit-daily")


def answer(page: Page, question: str, said: str) -> Locator:
    group = card(page).get_by_role("radiogroup", name=question, exact=True)
    return group.get_by_role("radio", name=said, exact=True)


def expect_saved(page: Page, value: object, workspace: Workspace) -> None:
    expect(card(page).locator('.pk-foot[data-state="saved"]').first).to_be_visible(timeout=15_000)
    assert stored(workspace, "questions") == [value]


def test_an_evening_with_the_card(lab: Lab, workspace: Workspace) -> None:
    journal = workspace.open_journal()
    yesterday = daily.card_of(journal, "Amara", on=journal.today() - timedelta(days=1))
    daily.keep(journal, yesterday, [{"question": LISTEN, "how": "scale", "answer": "5"}])
    journal.close()
    page = lab.page()
    lab.open(page, workspace.home)

    # Yesterday's question is asked again; a second one is added, and done.
    page.get_by_role("link", name="Daily card").click(timeout=60_000)
    answer(page, LISTEN, "7").click(timeout=60_000)
    card(page).get_by_role("button", name="Add a question").click()
    page.keyboard.type(WALK)
    card(page).get_by_label("Question 2: answered with").select_option("yes or no")
    answer(page, "Question 2: answer", "yes").click()
    kept = [
        {"question": LISTEN, "how": "scale", "answer": "7"},
        {"question": WALK, "how": "yes-no", "answer": "yes"},
    ]
    card(page).get_by_role("button", name="Done for today").click()

    expect(card(page).get_by_text("Done for today. You may still change an answer.")).to_be_visible()
    expect_saved(page, kept, workspace)
    expect(card(page).get_by_role("img", name="Chart. Last 7 days: 6.0 on average")).to_be_visible(
        timeout=30_000
    )
    shoot(page, "daily-done")
    assert violations(page, ".jp-OutputArea") == []

    lab.open(page, workspace.folder / "daily.ipynb")
    expect(answer(page, LISTEN, "7")).to_be_checked(timeout=60_000)
    expect(answer(page, WALK, "yes")).to_be_checked()
    # What was answered is taken back by a second tap.
    answer(page, WALK, "yes").click()
    expect(answer(page, WALK, "yes")).not_to_be_checked()
    expect_saved(page, [kept[0], {**kept[1], "answer": None}], workspace)
    card(page).get_by_label("My partner may see my cards").check()
    expect(card(page).get_by_text("Jonas may see it")).to_be_visible()
    page.reload()
    expect(card(page).get_by_label("My partner may see my cards")).to_be_checked(timeout=60_000)
