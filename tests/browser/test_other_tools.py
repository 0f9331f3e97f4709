"""A file from another tool, from the browser to the ledger and back, and one that is taken away; in a real JupyterLab."""

from __future__ import annotations

import re
from pathlib import Path

from forms import change_theme, shoot, violations
from jupyter_lab import Lab
from playwright.sync_api import Locator, Page, expect

from peerkit.workspace import Workspace

TASKS = "Task,Status,Frist\nPrune the old vine,open,03/28/2026\nRead the deed,done,03/01/2026\nCall,maybe,\n"


def dialog(page: Page) -> Locator:
    return page.locator(".pk-elsewhere")


def unfold(page: Page) -> None:
    """Open the dialog by the keyboard: what comes above it meanwhile would move it away under a mouse."""
    dialog(page).locator("summary").first.press("Enter", timeout=60_000)
    expect(page.locator(".pk-file")).to_be_visible()


def texts(workspace: Workspace) -> list[str]:
    journal = workspace.open_journal()
    found = journal.commitments()
    journal.close()
    return sorted(found["text"][found["outcome"] != "void"])


def test_a_file_is_looked_at_imported_taken_back_and_the_promises_exported(
    lab: Lab, workspace: Workspace, tmp_path: Path
) -> None:
    before = texts(workspace)
    (tmp_path / "tasks.csv").write_text(TASKS, "utf-8")
    page = lab.page()
    lab.open(page, workspace.home)
    unfold(page)

    # The preview comes by the keyboard's focus, says what was guessed, and has written nothing.
    page.set_input_files(".pk-file", tmp_path / "tasks.csv")
    expect(page.get_by_role("heading", name="What importing it would do")).to_be_focused(timeout=30_000)
    expect(dialog(page).get_by_text("Line 4: What became of it is no word that is known")).to_be_visible()
    dialog(page).get_by_label("Frist").select_option("by when")
    expect(dialog(page).get_by_role("button", name="Import 2")).to_be_disabled()
    dialog(page).get_by_role("button", name="Look again").press("Enter")
    expect(dialog(page).get_by_label("Frist")).to_have_value("due_on")
    expect(dialog(page).get_by_label("Days are written")).to_have_value("mdy")
    shoot(page, "import-preview")
    assert violations(page, ".jp-OutputArea") == []
    change_theme(page, "JupyterLab Dark")
    shoot(page, "import-preview-dark")
    assert violations(page, ".jp-OutputArea") == []
    assert texts(workspace) == before

    # Every control of the dialog is a stop of the Tab key, in the order on the page.
    stops = dialog(page).locator("summary, input, select, button:enabled, a").filter(visible=True)
    stops.first.focus()
    for at in range(1, stops.count()):
        page.keyboard.press("Tab")
        expect(stops.nth(at)).to_be_focused()

    dialog(page).get_by_role("button", name="Import 2").press("Enter")
    expect(dialog(page).get_by_text("Imported: 2.")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("Prune the old vine").first).to_be_visible()
    assert texts(workspace) == sorted([*before, "Prune the old vine", "Read the deed"])

    dialog(page).get_by_role("button", name="Export", exact=True).press("Enter")
    expect(dialog(page).get_by_role("link", name="-promises.json")).to_be_visible(timeout=30_000)
    assert [path.suffix for path in workspace.exports.iterdir()] == [".json"]

    # What JupyterLab would show as a damaged text is downloaded.
    for suffix, title in ((".xlsx", "Excel"), (".parquet", "Parquet")):
        dialog(page).get_by_label("Format").select_option(title)
        dialog(page).get_by_role("button", name="Export", exact=True).press("Enter")
        saved = dialog(page).get_by_role("link", name=f"-promises{suffix}")
        expect(saved).to_have_text(re.compile("^Download "), timeout=30_000)
        with page.expect_download() as download:
            saved.click()
        written = next(path for path in workspace.exports.iterdir() if path.suffix == suffix)
        assert Path(download.value.path()).read_bytes() == written.read_bytes()

    dialog(page).get_by_role("button", name="Take back the last import").press("Enter")
    dialog(page).get_by_role("button", name="Yes, take it back").press("Enter")
    expect(dialog(page).get_by_text("The last import is taken back: 2 no longer count.")).to_be_visible()
    assert texts(workspace) == before

    # A file that is dropped is received as one that was chosen; cancelling leaves everything as it was.
    page.evaluate(
        """content => {
          const files = new DataTransfer();
          files.items.add(new File([content], "dropped.csv"));
          document.querySelector(".pk-drop").dispatchEvent(
            new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }));
        }""",
        TASKS,
    )
    expect(dialog(page).get_by_text("dropped.csv is CSV.")).to_be_visible(timeout=30_000)
    dialog(page).get_by_role("button", name="Cancel").press("Enter")
    expect(dialog(page).get_by_text("Nothing was imported.")).to_be_visible()
    assert texts(workspace) == before


def test_a_table_whose_text_cannot_be_told_is_asked_about_also_where_there_is_little_room(
    lab: Lab, workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "\u05e8\u05e9\u05d9\u05de\u05d4.csv").write_text(
        "\u05de\u05d4 \U0001f331,Frist_und_alles_was_damit_zu_tun_hat_in_einem_Wort\nDen Zaun streichen,2026-12-03\n",
        "utf-8",
    )
    page = lab.page()
    lab.open(page, workspace.home)
    page.set_viewport_size({"width": 390, "height": 900})
    unfold(page)

    page.set_input_files(".pk-file", next(tmp_path.glob("*.csv")))
    expect(page.get_by_role("heading", name="Which column is which")).to_be_focused(timeout=30_000)
    expect(dialog(page).get_by_text("Which of its columns is the promise itself?")).to_be_visible()
    expect(dialog(page).get_by_role("button", name=re.compile("^Import"))).to_have_count(0)
    dialog(page).get_by_label("\u05de\u05d4 \U0001f331").select_option("the promise itself")
    dialog(page).get_by_role("button", name="Look again").press("Enter")

    expect(dialog(page).get_by_role("button", name="Import 1")).to_be_enabled(timeout=30_000)
    edge = dialog(page).evaluate("one => one.getBoundingClientRect().right")
    beyond = "(all, edge) => all.filter(one => one.getBoundingClientRect().right > edge + 1).length"
    assert dialog(page).locator(":visible").evaluate_all(beyond, edge) == 0
    shoot(page, "import-preview-narrow")
    assert violations(page, ".jp-OutputArea") == []


def test_a_file_too_large_for_the_browser_is_told_what_to_do(
    lab: Lab, workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "tasks.csv").write_bytes(b"Task\n" + b"Call\n" * 4_000_001)
    page = lab.page()
    lab.open(page, workspace.home)
    unfold(page)

    page.set_input_files(".pk-file", tmp_path / "tasks.csv")

    expect(dialog(page).get_by_text("in the workspace's folder: peerkit import FILE")).to_be_visible()
