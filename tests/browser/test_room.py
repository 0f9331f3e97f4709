"""JupyterLab as the room: from a card to a form, nothing left behind in a notebook, and nobody let in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from forms import (
    SECRET,
    change_theme,
    expect_saved,
    phase,
    settled,
    shoot,
    stored,
    topic,
    type_topic,
    violations,
    written,
)
from jupyter_lab import TOKEN, Lab, serving, started
from playwright.sync_api import Browser, Locator, Page, expect

from peerkit import demo, ledger
from peerkit.notebooks import new_session
from peerkit.templates import copy_template
from peerkit.workspace import Workspace, init_workspace


class Begun(NamedTuple):
    """A folder that was started with the command, and the page that its address opened."""

    home: Path
    workspace: Workspace
    page: Page
    asked: list[str]


@contextmanager
def begun(place: Path, name: str, browser: Browser) -> Iterator[Begun]:
    """Begin a session as a new pair would: start, press New session."""
    workspace = init_workspace(place / name, me="Amara", partner="Jonas", time_zone="UTC")
    with started(place / "home", workspace.folder) as address:
        page = Lab(workspace.folder, address, browser).page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        # What fits is chosen to begin with: who has no agreement yet is offered a first meeting.
        expect(page.get_by_text("A first meeting makes one.", exact=False)).to_be_visible(timeout=60_000)
        page.get_by_role("button", name="New session").click()
        phase(page, "why").wait_for(timeout=60_000)
        yield Begun(place / "home", workspace, page, asked)
        page.context.close()


@pytest.fixture(scope="module")
def first_folder(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Begun]:
    with begun(tmp_path_factory.mktemp("begun"), "first", chromium) as first:
        yield first


def test_from_the_first_command_to_the_first_saved_word_one_needs_only_to_click(first_folder: Begun) -> None:
    """As a new pair would: start, press New session, write."""
    shoot(first_folder.page, "first-session")
    first = phase(first_folder.page, "why")
    first.get_by_role("textbox").first.press_sequentially(SECRET, delay=10)
    expect_saved(first)

    assert stored(first_folder.workspace, "brings") == [SECRET]
    # The person's own JupyterLab settings are as they were: there are none.
    settings = first_folder.home / "jupyterlab_settings_dir"
    assert list(settings.rglob("*.jupyterlab-settings")) == []
    elsewhere = r"(?!(http|ws)://127\.0\.0\.1:\d+/|data:|blob:)"
    assert [url for url in first_folder.asked if re.match(elsewhere, url)] == []


def test_started_twice_on_two_folders_nothing_of_one_is_looked_for_in_the_other(
    first_folder: Begun, chromium: Browser
) -> None:
    """And in JupyterLab no address runs a notebook, whatever else is installed."""
    with begun(first_folder.home.parent, "second", chromium) as second:
        second.page.wait_for_timeout(1_500)
        for one in (first_folder, second):
            name = one.workspace.folder.name
            assert (name, one.page.locator(".jp-Dialog").count()) == (name, 0)
            base, there, _ = one.page.url.partition("/doc/")
            assert there
            answer = one.page.request.get(f"{base}/voila/render/{one.workspace.home.name}")
            assert (name, answer.status) == (name, 404)


def test_a_card_opens_a_session_whose_form_is_there(lab: Lab, workspace: Workspace) -> None:
    page = lab.page()
    lab.open(page, workspace.home)

    lab.card(page, "New session")
    choose(page, "Weekly session (weekly) · 60 minutes")
    phase(page, "arrive").wait_for(timeout=60_000)

    expect(page.locator(".jp-CodeCell .jp-InputArea:visible")).to_have_count(0)
    expect(page.get_by_role("heading", name=re.compile("Weekly session"))).to_be_visible()
    type_topic(page, SECRET)
    assert stored(workspace) == [SECRET]


def choose(page: Page, label: str) -> None:
    """Choose a session in the card's question, and begin it."""
    page.locator(".jp-Dialog select").select_option(label=label)
    page.locator(".jp-Dialog").get_by_role("button", name="Begin").click()


def test_the_card_asks_which_session_and_has_the_one_that_fits_chosen(lab: Lab, workspace: Workspace) -> None:
    copied = copy_template("weekly", "calm", folder=workspace.templates)
    copied.write_text(copied.read_text().replace("Weekly session", "A calm one"))
    page = lab.page()
    lab.open(page, workspace.home)

    lab.card(page, "New session")
    reason = "You have no agreement yet. A first meeting makes one. Suggested: First meeting."
    expect(page.locator(".jp-Dialog").get_by_text(reason)).to_be_visible()
    expect(page.locator(".jp-Dialog select option:checked")).to_have_text(
        "First meeting (first-meeting) · 60 minutes"
    )
    choose(page, "A calm one (calm) · 60 minutes")

    expect(page.get_by_role("heading", name=re.compile("A calm one"))).to_be_visible(timeout=60_000)


@pytest.mark.parametrize("name", ["Follow-through", "Home"])
def test_the_other_cards_open_their_notebook_and_run_it(lab: Lab, workspace: Workspace, name: str) -> None:
    page = lab.page()
    other = {"Follow-through": workspace.home, "Home": workspace.folder / "follow-through.ipynb"}
    lab.open(page, other[name])

    lab.card(page, name)

    shown = {
        "Follow-through": page.get_by_label("Each point covers"),
        "Home": page.locator(".peerkit-home").first,
    }
    expect(shown[name]).to_be_visible(timeout=60_000)
    # Of this workspace, not of one that was open before.
    assert f"/{workspace.folder.name}/" in page.url


def test_a_notebook_whose_code_was_changed_does_not_run_by_itself(
    lab: Lab, workspace: Workspace, notebook: Path
) -> None:
    changed = json.loads(notebook.read_text(encoding="utf-8"))
    cell = changed["cells"][-1] | {"id": "added", "source": "open('it-ran', 'w').close()"}
    notebook.write_text(json.dumps(changed | {"cells": [*changed["cells"], cell]}), encoding="utf-8")
    page = lab.page()

    lab.open(page, notebook)

    expect(page.get_by_text("not what peerkit wrote", exact=False).first).to_be_visible(timeout=30_000)
    page.wait_for_timeout(2_000)
    assert (page.locator(".peerkit").count(), list(workspace.folder.rglob("it-ran"))) == (0, [])
    # Its code is in sight, so that one can look at it.
    expect(page.locator(".jp-CodeCell .jp-InputArea:visible")).to_have_count(9)


def test_a_notebook_that_changes_after_the_server_looked_does_not_run(
    lab: Lab, workspace: Workspace, notebook: Path
) -> None:
    """The page would run what it holds: between the server's look and the run it must be the same."""
    page = lab.page()
    ours = json.loads(notebook.read_text(encoding="utf-8"))
    code = [cell["source"] for cell in ours["cells"] if cell["cell_type"] == "code"]
    cell = ours["cells"][-1] | {"id": "added", "source": "open('it-ran', 'w').close()"}
    notebook.write_text(json.dumps(ours | {"cells": [*ours["cells"], cell]}), encoding="utf-8")
    page.route("**/peerkit/may-run**", lambda route: route.fulfill(json={"code": code}))

    lab.open(page, notebook)

    expect(page.get_by_text("not as its file has it", exact=False).first).to_be_visible(timeout=30_000)
    assert (page.locator(".peerkit").count(), list(workspace.folder.rglob("it-ran"))) == (0, [])


def test_a_saved_notebook_holds_no_word_and_shows_all_of_them_again(
    lab: Lab, workspace: Workspace, notebook: Path
) -> None:
    page = lab.page()
    lab.open(page, notebook)
    phase(page, "aim").wait_for(timeout=60_000)
    type_topic(page, SECRET)
    page.keyboard.press("Control+s")
    page.wait_for_timeout(1_000)
    page.context.close()

    saved = notebook.read_text(encoding="utf-8")
    kept = [path for path in lab.root.parent.rglob("*.ipynb") if SECRET in path.read_text(encoding="utf-8")]
    cells = json.loads(saved)["cells"]
    assert (kept, "walnut" in saved, [cell["outputs"] for cell in cells[1:]]) == ([], False, [[]] * 8)
    again = lab.page()
    lab.open(again, notebook)
    expect(topic(again)).to_have_value(SECRET, timeout=60_000)


def test_the_tables_of_follow_through_are_not_saved(lab: Lab, workspace: Workspace) -> None:
    page = lab.page()
    path = workspace.folder / "follow-through.ipynb"
    lab.open(page, path)
    expect(page.locator(".jp-OutputArea").get_by_text("Plant the two pear trees").first).to_be_visible(
        timeout=60_000
    )
    page.keyboard.press("Control+s")
    page.wait_for_timeout(1_500)

    assert "pear trees" not in path.read_text(encoding="utf-8")


def test_a_pause_in_typing_writes_one_row_and_says_so(lab: Lab, workspace: Workspace, notebook: Path) -> None:
    page = lab.page()
    lab.open(page, notebook)
    phase(page, "aim").wait_for(timeout=60_000)

    for words in ("the walnut tree", " behind the mill"):
        type_without_a_pause(topic(page), words)
        foot = phase(page, "aim").locator(".pk-foot").first
        expect(foot.get_by_role("status")).to_have_text(re.compile(r"^Saved \d\d:\d\d:\d\d$"))

    assert written(workspace) == ["the walnut tree", SECRET]


def type_without_a_pause(field: Locator, words: str) -> None:
    """Type at the end of a field, letter by letter, by the page's own clock: keys would wait on a busy machine."""
    field.evaluate(
        """async (field, words) => {
          field.focus();
          field.setSelectionRange(field.value.length, field.value.length);
          for (const letter of words) {
            document.execCommand("insertText", false, letter);
            await new Promise((next) => setTimeout(next, 5));
          }
        }""",
        words,
    )


def test_with_reduced_motion_nothing_moves(lab: Lab, notebook: Path) -> None:
    context = lab.browser.new_context(reduced_motion="reduce")
    page = lab.page(context=context)
    lab.open(page, notebook)
    phase(page, "aim").wait_for(timeout=60_000)

    moving = phase(page, "aim").evaluate(
        "form => [...form.querySelectorAll('*')].filter((one) => parseFloat(getComputedStyle(one).transitionDuration) > 0).length"
    )

    assert moving == 0


def test_a_page_reloaded_while_typing_loses_nothing(lab: Lab, workspace: Workspace, notebook: Path) -> None:
    page = lab.page()
    lab.open(page, notebook)
    phase(page, "aim").wait_for(timeout=60_000)
    topic(page).press_sequentially(SECRET, delay=5)

    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()

    phase(page, "aim").wait_for(timeout=60_000)
    offer = phase(page, "aim").get_by_role("button", name="Restore it")
    page.wait_for_timeout(1_500)
    if offer.count() and offer.first.is_visible():
        offer.first.click()
    expect(topic(page)).to_have_value(SECRET)


def test_two_tabs_on_one_notebook_lose_nothing(lab: Lab, workspace: Workspace, notebook: Path) -> None:
    first, second = lab.page(), lab.page()
    lab.open(first, notebook)
    phase(first, "aim").wait_for(timeout=60_000)
    lab.open(second, notebook)
    phase(second, "aim").wait_for(timeout=60_000)

    type_topic(second, "from the second")
    expect(phase(first, "aim").get_by_text("opened again", exact=False).first).to_be_visible()
    topic(first).fill("from the first")
    expect(
        phase(first, "aim").locator('.pk-foot[data-state="saved"], .pk-foot[data-state="conflict"]').first
    ).to_be_visible(timeout=15_000)

    assert stored(workspace) in (["from the first"], ["from the second"])
    assert "from the second" in written(workspace)


def test_without_the_extensions_everything_works_by_run_all(chromium: Browser, tmp_path: Path) -> None:
    off = '--ServerApp.jpserver_extensions={"peerkit.lab": False}'
    with serving(tmp_path / "home", options=[off], disabled=["peerkit"]) as base:
        lab = Lab(tmp_path / "home/work", base, chromium)
        workspace = init_workspace(lab.root / "coaching", me="Amara", partner="Jonas", time_zone="UTC")
        _, path = new_session(workspace, workspace.open_journal(), "weekly")
        page = lab.page()
        lab.open(page, path)
        page.wait_for_timeout(2_000)
        assert page.locator(".peerkit").count() == 0

        lab.run_all(page)
        phase(page, "aim").wait_for(timeout=60_000)
        type_topic(page, SECRET)
        page.keyboard.press("Control+s")
        page.wait_for_timeout(1_000)
        journal = workspace.open_journal()
        ledger.promise(journal, SECRET, peer="Amara", on=journal.today(), due_on=journal.today())
        journal.close()
        tables = workspace.folder / "follow-through.ipynb"
        lab.open(page, tables)
        lab.run_all(page)
        settled(page, "follow-through")
        page.keyboard.press("Control+s")
        page.wait_for_timeout(1_000)

        kept = [name for name in (path, tables) if SECRET in name.read_text(encoding="utf-8")]
        assert (stored(workspace), kept) == ([SECRET], [])

        # Here nothing holds a script in a notebook's widget state back, which shows that the test of it can fail.
        _make_hostile(path, "our own code")
        lab.open(page, path)
        page.wait_for_function("window.harm === 1")


def test_notebook_7_opens_and_runs_a_session(chromium: Browser, tmp_path: Path) -> None:
    with serving(tmp_path / "home", app="notebook") as base:
        root = tmp_path / "home/work"
        workspace = init_workspace(root / "coaching", me="Amara", partner="Jonas", time_zone="UTC")
        _, path = new_session(workspace, workspace.open_journal(), "weekly")
        page = Lab(root, base, chromium).page()

        page.goto(f"{base}/notebooks/{path.relative_to(root)}?token={TOKEN}")
        phase(page, "aim").wait_for(timeout=60_000)
        type_topic(page, SECRET)
        page.context.close()

    assert stored(workspace) == [SECRET]


def _widget_state(script: str) -> dict[str, object]:
    """What a notebook's metadata hold of a widget that brings a script of its own."""
    model = {"model_module": "anywidget", "model_module_version": "~0.11.0", "model_name": "AnyModel"}
    view = {"_view_module": "anywidget", "_view_module_version": "~0.11.0", "_view_name": "AnyView"}
    state = {"_model_name": "AnyModel", "_model_module": "anywidget", "_model_module_version": "~0.11.0"}
    state |= view | {"_anywidget_id": "some.One", "_dom_classes": [], "_esm": script, "layout": "IPY_MODEL_b"}
    layout = {"model_module": "@jupyter-widgets/base", "model_module_version": "2.0.0"}
    models = {"a": model | {"state": state}, "b": layout | {"model_name": "LayoutModel", "state": {}}}
    kind = "application/vnd.jupyter.widget-state+json"
    return {kind: {"version_major": 2, "version_minor": 0, "state": models}}


def _make_hostile(notebook: Path, case: str) -> None:
    """Give a notebook a widget that would set `window.harm` when it is made."""
    hostile = json.loads(notebook.read_text(encoding="utf-8"))
    hostile["metadata"]["widgets"] = _widget_state("window.harm = 1; export default { render() {} };")
    if case == "changed code":
        hostile["cells"][1]["source"] = "1"
    if case == "not ours":
        del hostile["metadata"]["peerkit"]
    notebook.write_text(json.dumps(hostile), encoding="utf-8")


@pytest.mark.parametrize("case", ["our own code", "changed code", "not ours"])
def test_a_script_in_a_notebooks_widget_state_does_not_run(
    lab: Lab, workspace: Workspace, notebook: Path, case: str
) -> None:
    """JupyterLab would make these widgets as soon as the notebook opens, trusted or not."""
    _make_hostile(notebook, case)
    page = lab.page()

    lab.open(page, notebook)

    page.wait_for_timeout(4_000)
    assert page.evaluate("window.harm") is None


_SCRIPT = "<img src=x onerror='window.harm=1'><script>window.harm=1</script>"
# Nearly as much, in what a template may say: no tag.
_MARKS = "< img src=x onerror='window.harm=1'> &lt;script&gt;window.harm=1&lt;/script&gt; ${window.harm=1}"


@pytest.fixture
def hostile(tmp_path: Path) -> Workspace:
    """A workspace that came from elsewhere, with markup, scripts and modules wherever text can be."""
    workspace = init_workspace(
        tmp_path / "all/hostile", me=f"A{_SCRIPT}"[:60].strip(), partner="J<b>onas</b>", time_zone="UTC"
    )
    text = (Path(__file__).parents[2] / "templates/weekly.toml").read_text()
    text = text.replace('title = "Weekly session"', f'title = "{_MARKS}[x](javascript:window.harm=1)"')
    text = text.replace('title = "Arrive"', f'title = "{_MARKS}"')
    (workspace.templates / "weekly.toml").write_text(text)
    # A template with tags is refused, and the sentence that says so repeats none of them.
    (workspace.templates / "evil.toml").write_text(
        text.replace(_MARKS, _SCRIPT).replace('"weekly"', '"evil"')
    )
    journal = workspace.open_journal()
    ledger.promise(journal, _SCRIPT, peer=workspace.me, on=journal.today(), due_on=journal.today())
    new_session(workspace, journal, "weekly")
    journal.close()
    harm = "open(__file__ + '.ran', 'w').close()\n"
    for name in ("peerkit", "pandas", "sqlalchemy", "ipywidgets", "sitecustomize", "jupyter_server_config"):
        for place in (workspace.folder, workspace.sessions):
            (place / f"{name}.py").write_text(harm)
    return workspace


def test_a_hostile_workspace_runs_no_script_and_writes_nothing_outside(
    hostile: Workspace, chromium: Browser, tmp_path: Path
) -> None:
    [session] = hostile.sessions.glob("*.ipynb")
    before = _files_beside(hostile.folder)
    with started(tmp_path / "home", hostile.folder) as address:
        page = Lab(hostile.folder, address, chromium).page()
        page.goto(address)
        # It is shown, as the plain text that it is.
        expect(page.get_by_text(_SCRIPT, exact=False).first).to_be_visible(timeout=60_000)
        expect(page.get_by_text('evil.toml:3: "title" has HTML in it.', exact=False)).to_be_visible()
        page.wait_for_timeout(2_000)
        harmed = [page.evaluate("window.harm")]
        page.goto(address.replace("home.ipynb", f"sessions/{session.name}"))
        phase(page, "arrive").wait_for(timeout=60_000)
        page.wait_for_timeout(2_000)
        harmed.append(page.evaluate("window.harm"))
        page.context.close()

    assert harmed == [None, None]
    assert (list(hostile.folder.rglob("*.ran")), _files_beside(hostile.folder)) == ([], before)


def _files_beside(folder: Path) -> set[Path]:
    """Return the files that lie beside a folder, and not in it."""
    return {path for path in folder.parent.rglob("*") if path.is_file() and folder not in path.parents}


# What the Tab key stops at: controls that are shown, and of a group of radio buttons the one chosen or the first.
_STOPS = """form => [...form.querySelectorAll("button, input, select, textarea, summary, a[href]")].filter(
  (one, _, all) => one.checkVisibility() && !(one.type === "radio" && one !== all.find(
    (other) => other.name === one.name && other.type === "radio")))"""


def test_the_keyboard_reaches_every_control_in_the_order_on_the_page_and_one_sees_where_it_is(
    lab: Lab, notebook: Path
) -> None:
    page = lab.page()
    lab.open(page, notebook)
    phase(page, "close").wait_for(timeout=60_000)
    for name in ("arrive", "keep-faith", "aim"):
        form = phase(page, name)
        count = form.evaluate(f"form => (window.stops = ({_STOPS})(form)).length")
        form.locator("h2").focus()
        reached, seen = [], []
        for _ in range(count):
            page.keyboard.press("Tab")
            reached.append(page.evaluate("window.stops.indexOf(document.activeElement)"))
            seen.append(page.evaluate(_IS_SEEN))

        assert (name, reached) == (name, list(range(count)))
        assert (name, [at for at, is_seen in enumerate(seen) if not is_seen]) == (name, [])


# A date field passes the ring on to its parts; everything else has one of its own.
_IS_SEEN = """() => {
  const one = document.activeElement;
  const rings = [one, one.closest(".pk-option")].filter(Boolean).map((each) => getComputedStyle(each));
  return rings.some(({ outlineStyle, outlineWidth }) => outlineStyle !== "none" && parseFloat(outlineWidth) >= 2);
}"""


def test_axe_finds_nothing_wrong_in_what_peerkit_shows(lab: Lab) -> None:
    workspace = demo.make(lab.root / "year")
    _, session = new_session(workspace, workspace.open_journal(), "weekly")
    page = lab.page()
    found = []
    for path in (session, workspace.home, workspace.folder / "follow-through.ipynb"):
        lab.open(page, path)
        settled(page, path.stem)
        if path == session:
            phase(page, "offer").get_by_role("button", name="Unfold all the same").click()
        for theme in ("JupyterLab Light", "JupyterLab Dark"):
            change_theme(page, theme)
            shoot(page, f"{path.stem}-{theme.split()[1].lower()}")
            found += [(path.name, theme, *one) for one in violations(page, ".jp-OutputArea")]

    assert found == []
