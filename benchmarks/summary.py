"""A session's summary as PDF: peerkit beside nbconvert's webpdf and WeasyPrint, all of them warm.

The others are given the content ready made, chart and all, and only set the page. `session_pdf` does the
whole work in each turn: it reads the journal, counts, draws the chart and sets the page. To compare like
with like there is also its last step by itself.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import partial, partialmethod
from pathlib import Path
from typing import Any
from unittest import mock

from benchmarks.compare import Line, NotMeasuredError, Side, medians, not_measured
from benchmarks.pages import STYLE, Part, as_html, as_notebook, parts
from peerkit import demo, sessions
from peerkit.export import pdf, session_pdf

ROUNDS = 9
WHOLE = "session_pdf, from the journal"
PAGE = "the page alone, from ready content"

Content = tuple[list[Part], str]


def lines() -> Iterator[Line]:
    """Yield, for each other way to a PDF, a line for the whole work and one for the page alone."""
    with tempfile.TemporaryDirectory(prefix="peerkit-") as folder:
        workspace = demo.make(Path(folder) / "coaching")
        session = sessions.find_session(workspace.open_journal())
        content = parts(workspace, session.session_id)
        whole = partial(session_pdf, workspace, session.session_id)
        sides: dict[str, Side] = {WHOLE: whole, PAGE: _page_alone(whole)}
        for name, (made, _) in _OTHERS.items():
            try:
                sides[name] = made(content)
                _check_pdf(sides[name]())
            except (ImportError, NotMeasuredError) as why:
                sides.pop(name, None)
                yield not_measured("summary", f"{WHOLE}; {PAGE}", name, why)
        took = medians(sides, rounds=ROUNDS)
    for case in (WHOLE, PAGE):
        for name in [name for name in _OTHERS if name in took]:
            note = "they: the page alone" if case == WHOLE else ""
            yield Line("summary", case, name, took[case], took[name], aim=_OTHERS[name][1], note=note)


def _page_alone(whole: Side) -> Side:
    """Return the last step of `session_pdf` on the content that its earlier steps hand to it."""
    with mock.patch.object(pdf, "_compile", wraps=pdf._compile) as compiled:
        whole()
    return partial(pdf._compile, *compiled.call_args.args)


def _webpdf(content: Content) -> Side:
    """Return nbconvert's exporter at its own settings, on the Chromium of the system."""
    from nbconvert.exporters.webpdf import WebPDFExporter
    from nbformat import from_dict
    from playwright.async_api import BrowserType

    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        msg = "no Chromium found (Debian: apt-get install chromium)"
        raise NotMeasuredError(msg)
    # Chromium refuses its sandbox to root. The addresses are those of scripts that a page without
    # formulas or diagrams has no use for; without them nothing waits for the network.
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    exporter = WebPDFExporter(
        disable_sandbox=root, mathjax_url="", require_js_url="", jquery_url="", mermaid_js_url=""
    )
    notebook = from_dict(as_notebook(*content))  # type: ignore[no-untyped-call]
    # The exporter starts the browser that Playwright would download, and has no setting for another:
    # Playwright's own `launch` is given the path.
    launch = partialmethod(BrowserType.launch, executable_path=chromium)

    def make() -> bytes:
        with mock.patch.object(BrowserType, "launch", launch):
            made: bytes = exporter.from_notebook_node(notebook)[0]
        return made

    return make


def _weasyprint(content: Content) -> Side:
    """Return WeasyPrint on plain HTML, its fonts found and its style read once."""
    try:
        from weasyprint import CSS, HTML
        from weasyprint.text.fonts import FontConfiguration
    except OSError as error:
        # It loads Pango from the system when it is imported.
        raise NotMeasuredError(str(error).splitlines()[0]) from error

    page = as_html(*content)
    fonts = FontConfiguration()
    style = CSS(string=STYLE, font_config=fonts)

    def make() -> bytes:
        made: bytes = HTML(string=page).write_pdf(stylesheets=[style], font_config=fonts)
        return made

    return make


def _check_pdf(made: Any) -> None:
    if not (isinstance(made, bytes) and made.startswith(b"%PDF")):
        msg = "it made no PDF"
        raise NotMeasuredError(msg)


_OTHERS: dict[str, tuple[Callable[[Content], Side], float]] = {
    "nbconvert webpdf": (_webpdf, 1 / 50),
    "WeasyPrint": (_weasyprint, 1 / 10),
}
