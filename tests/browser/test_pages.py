"""The form view on a phone: the same notebooks as plain pages, through a real Voilà, 390 pixels wide."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from forms import SECRET, phase, settled, shoot, stored, type_topic, violations
from jupyter_lab import Lab, started
from playwright.sync_api import Browser, Page, Request, StorageState, expect

from peerkit import demo
from peerkit.notebooks import new_session
from peerkit.workspace import Workspace


@dataclass
class Pages:
    """A running form view, and how to open one of its pages."""

    workspace: Workspace
    address: str
    browser: Browser
    cookie: StorageState
    visited: dict[Path, Page] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def visit(self, path: Path) -> Page:
        """Return the page of a notebook, which is opened once for all who ask for it."""
        if path not in self.visited:
            self.visited[path] = self.open(path)
        return self.visited[path]

    def open(self, path: Path, *, width: int = 390) -> Page:
        """Open a page in a new browser, which has nothing but the cookie that the printed address gave."""
        context = self.browser.new_context(
            viewport={"width": width, "height": 900}, storage_state=self.cookie
        )
        page = Lab(self.workspace.folder, self.address, self.browser).page(context=context)
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("requestfailed", self._failed)
        page.goto(self._url(path))
        return page

    def _failed(self, request: Request) -> None:
        """Take back what the page's policy held back: nobody was asked."""
        if request.failure == "csp":
            self.asked.remove(request.url)

    def _url(self, path: Path) -> str:
        return self.address.split("?")[0].replace(
            "home.ipynb", path.relative_to(self.workspace.folder).as_posix()
        )


@pytest.fixture(scope="module")
def pages(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """The demo's year behind `peerkit start --form`."""
    place = tmp_path_factory.mktemp("pages")
    workspace = demo.make(place / "year")
    with started(place / "home", workspace.folder, "--form") as address:
        page = chromium.new_page()
        page.goto(address)
        cookie = page.context.storage_state()
        page.close()
        yield Pages(workspace, address, chromium, cookie)


@pytest.fixture(scope="module")
def session(pages: Pages) -> Path:
    _, path = new_session(pages.workspace, pages.workspace.open_journal(), "weekly")
    return path


def test_a_session_can_be_filled_in_and_is_there_again(pages: Pages, session: Path) -> None:
    page = pages.visit(session)
    phase(page, "aim").wait_for(timeout=60_000)
    shoot(page, "phone-session")
    type_topic(page, SECRET)

    assert stored(pages.workspace) == [SECRET]
    again = pages.open(session)
    expect(phase(again, "aim").get_by_role("textbox").first).to_have_value(SECRET, timeout=60_000)
    again.context.close()


@pytest.mark.parametrize("name", ["home", "session", "follow-through"])
def test_no_page_is_wider_than_a_phone_and_axe_finds_nothing_wrong(
    pages: Pages, session: Path, name: str
) -> None:
    paths = {"session": session}
    page = pages.visit(paths.get(name, pages.workspace.folder / f"{name}.ipynb"))
    settled(page, name)
    if name == "session":
        for one in ("offer", "promise"):
            button = phase(page, one).get_by_role("button", name="Unfold all the same")
            if button.is_visible():
                button.click()
    shoot(page, f"phone-{name}")

    widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    found = violations(page, ".jp-OutputArea")
    assert (widths, found) == ([390, 390], [])


def test_a_page_asks_nobody_but_this_machine(pages: Pages, session: Path) -> None:
    phase(pages.visit(session), "close").wait_for(timeout=60_000)

    elsewhere = [
        url for url in pages.asked if not re.match(r"(http|ws)://127\.0\.0\.1:\d+/|data:|blob:", url)
    ]
    assert elsewhere == []


def test_changed_code_does_not_run_and_the_page_says_why(pages: Pages, session: Path) -> None:
    notebook = json.loads(session.read_text(encoding="utf-8"))
    notebook["cells"][1]["source"] = "open('it-ran', 'w').close()"
    changed = session.with_name("changed.ipynb")
    changed.write_text(json.dumps(notebook), encoding="utf-8")

    page = pages.open(changed)

    expect(page.get_by_text("not what peerkit wrote", exact=False)).to_be_visible(timeout=60_000)
    page.wait_for_timeout(1_000)
    assert (page.locator(".peerkit").count(), list(pages.workspace.folder.rglob("it-ran"))) == (0, [])
    page.context.close()
    changed.unlink()


def test_added_text_is_shown_as_it_is_and_runs_no_script(pages: Pages, session: Path) -> None:
    notebook = json.loads(session.read_text(encoding="utf-8"))
    harm = "Before <script>window.harm=1</script>\n\n<img src=x onerror='window.harm=1'>\n\n[x](javascript:alert(1))"
    notebook["cells"].append({"cell_type": "markdown", "id": "mine", "metadata": {}, "source": harm})
    noted = session.with_name("noted.ipynb")
    noted.write_text(json.dumps(notebook), encoding="utf-8")

    page = pages.open(noted)

    phase(page, "arrive").wait_for(timeout=60_000)
    expect(page.get_by_text("<script>window.harm=1</script>", exact=False)).to_be_visible()
    page.wait_for_timeout(1_000)
    assert (page.evaluate("window.harm"), page.locator("a[href^=javascript]").count()) == (None, 0)
    page.context.close()
    noted.unlink()


def test_a_summary_made_here_opens_here_and_for_nobody_else(pages: Pages) -> None:
    page = pages.visit(pages.workspace.home)
    page.get_by_role("button", name="Make the PDF").click(timeout=60_000)
    link = page.get_by_role("link", name=re.compile(r"^Open .*\.pdf$"))
    link.wait_for(timeout=60_000)
    href = link.get_attribute("href")
    # As a click asks for it: from this page, with its cookie.
    mine = page.evaluate(
        "href => fetch(href).then((one) => [one.status, one.headers.get('content-type')])", href
    )

    base = pages.address.partition("/voila/")[0]
    stranger = pages.browser.new_context().new_page()
    asked = [stranger.goto(f"{base}/voila/{place}/{href}") for place in ("files", "render")]

    assert mine == [200, "application/pdf"]
    assert ["/login" in answer.url for answer in asked if answer] == [True, True]
    stranger.context.close()


def test_without_its_token_nothing_is_served(pages: Pages) -> None:
    page = pages.browser.new_page()
    page.goto(pages.address.split("?")[0])

    assert ("/login" in page.url, page.locator(".peerkit").count()) == (True, 0)
    page.close()
