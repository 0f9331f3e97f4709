"""The form view shows what a person added as plain text, and runs nothing but peerkit's own cells."""

import json
from copy import deepcopy
from datetime import date
from types import SimpleNamespace

import nbformat
import pytest
from nbconvert import HTMLExporter

from peerkit.cli.begin import start
from peerkit.errors import WorkspaceError
from peerkit.lab.form_view import admit
from peerkit.notebooks import code_of, new_session
from peerkit.workspace import init_workspace

FIRST = date(2024, 3, 1)
WAITS = "is not what peerkit wrote"
SCRIPTS = [
    pytest.param("<script>alert(1)</script>", id="a script"),
    pytest.param("Look:\n\n<script>\nalert(1)\n</script>\n\nthere", id="a script between blank lines"),
    pytest.param("</p>\n\n<img src=x onerror=alert(1)>", id="a picture that runs code"),
    pytest.param("[here](javascript:alert(1))", id="a link that runs code"),
    pytest.param("[here]\n\n[here]: javascript:alert(1)", id="a link by reference"),
    pytest.param("<javascript:alert(1)>", id="an address that runs code"),
    pytest.param("\u2028\u2028<script>alert(1)</script>", id="after line separators"),
    pytest.param("\x0b\x0c\x85<script>alert(1)</script>", id="after other line ends"),
    pytest.param("\r\r<script>alert(1)</script>", id="after carriage returns"),
    pytest.param("$$</p><script>alert(1)</script>$$", id="in a formula"),
    pytest.param("```{=html}\n<script>alert(1)</script>\n```", id="in a block of code"),
    pytest.param("&lt;script&gt;alert(1)&lt;/script&gt;", id="escaped already"),
    pytest.param("    <script>alert(1)</script>", id="indented"),
    pytest.param("<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>", id="a drawing"),
    pytest.param("<iframe srcdoc='<script>alert(1)</script>'></iframe>", id="a page in the page"),
    pytest.param("{% raw %}<script>{{ 7 * 7 }}</script>", id="words of a template"),
]


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    """A workspace of Amara's with one session, only to look at, and its notebook."""
    made = init_workspace(
        tmp_path_factory.mktemp("form") / "coaching", me="Amara", partner="Jonas", time_zone="UTC"
    )
    journal = made.open_journal()
    _, path = new_session(made, journal, "weekly", held_on=FIRST)
    journal.close()
    return made, json.loads(path.read_text("utf-8"))


@pytest.fixture
def notebook(ours):
    return deepcopy(ours[1])


@pytest.fixture
def shown(ours):
    """Admits a notebook of the sessions' folder, as Voilà does at every visit."""
    handler = SimpleNamespace(contents_manager=SimpleNamespace(root_dir=str(ours[0].folder)))

    def show(notebook, *, cwd="sessions"):
        return admit(handler, nbformat.from_dict(notebook), cwd)

    return show


def with_text(notebook, source, **more):
    notebook["cells"].insert(
        2, {"cell_type": "markdown", "id": "mine", "metadata": {}, "source": source, **more}
    )
    return notebook


@pytest.fixture(scope="module")
def page_of():
    """Gives the HTML of a notebook's cells. Made once, because an exporter takes half a second to make."""
    exporter = HTMLExporter(template_name="basic")
    return lambda notebook: exporter.from_notebook_node(notebook)[0]


def one_notice(admitted):
    [cell] = admitted["cells"]
    assert cell["cell_type"] == "markdown"
    return cell["source"]


def test_our_session_notebook_is_shown_with_its_code_and_a_short_heading(notebook, shown):
    admitted = shown(notebook)

    nbformat.validate(admitted)
    assert code_of(admitted) == code_of(notebook)
    assert admitted["cells"][0]["source"] == (
        '<h1>Weekly session · Friday, 1 March 2024</h1><p><a href="../home.ipynb">Home</a></p>'
    )


@pytest.mark.parametrize("name", ["home", "follow-through"])
def test_a_shipped_notebook_is_shown_with_its_code(ours, shown, name):
    shipped = json.loads((ours[0].folder / f"{name}.ipynb").read_text("utf-8"))

    assert code_of(shown(shipped, cwd="")) == code_of(shipped)


def test_text_that_a_person_added_is_one_line_of_plain_text(notebook, shown):
    added = with_text(notebook, "We <b>laughed</b>,\n\n* and & went\non.")

    cell = shown(added)["cells"][2]

    assert cell["source"] == (
        '<p dir="auto" style="white-space: pre-wrap">'
        "We &lt;b&gt;laughed&lt;/b&gt;,&#10;&#10;* and &amp; went&#10;on.</p>"
    )


@pytest.mark.parametrize("source", SCRIPTS)
def test_no_text_becomes_markup_of_the_page(notebook, shown, page_of, source):
    """Compared with the page of a notebook that holds a plain word in its place."""
    plain = page_of(shown(with_text(deepcopy(notebook), "word")))

    page = page_of(shown(with_text(notebook, source)))

    for markup in (
        "<script",
        "<img",
        "<svg",
        "<iframe",
        "<a ",
        "javascript:alert(1)>",
        'href="javascript',
        "onerror=alert(1)>",
    ):
        assert page.count(markup) == plain.count(markup), markup


def test_an_attachment_of_an_added_cell_is_left_out(notebook, shown, page_of):
    pictures = {"x.svg": {"image/svg+xml": "<svg onload='alert(1)'/>"}}

    admitted = shown(with_text(notebook, "![x](attachment:x.svg)", attachments=pictures))

    assert "attachments" not in admitted["cells"][2]
    assert "<svg onload" not in page_of(admitted)


def test_a_raw_cell_is_left_out(notebook, shown):
    raw = {"cell_type": "raw", "id": "raw", "metadata": {}, "source": "<script>alert(1)</script>"}

    admitted = shown({**notebook, "cells": [raw, *notebook["cells"]]})

    assert [cell["cell_type"] for cell in admitted["cells"]] == [
        cell["cell_type"] for cell in notebook["cells"]
    ]


@pytest.mark.parametrize(
    ("source", "shown_as"),
    [
        pytest.param("# <script>alert(1)</script>", "<h1>&lt;script&gt;alert(1)&lt;/script&gt;</h1>", id="a script"),
        pytest.param("# One\u2028<b>", "<h1>One</h1>", id="after a line separator"),
        pytest.param("\\<b>", "<h1>&lt;b&gt;</h1>", id="after a backslash"),
        pytest.param("\n\n<b>", "<h1></h1>", id="after blank lines"),
        pytest.param("", "<h1></h1>", id="blank"),
    ],
)  # fmt: skip
def test_of_a_heading_that_was_changed_one_line_is_plain_text(notebook, shown, source, shown_as):
    notebook["cells"][0]["source"] = source

    assert shown(notebook)["cells"][0]["source"] == shown_as


def test_what_a_cell_shows_or_says_of_itself_is_not_taken_over(notebook, shown):
    output = {
        "output_type": "display_data",
        "data": {"text/html": "<script>alert(1)</script>"},
        "metadata": {},
    }
    for cell in notebook["cells"][1:]:
        cell["outputs"] = [output]
        cell["execution_count"] = 7
        cell["metadata"]["tags"] = ["<script>"]
        cell["id"] = '"><script>alert(1)</script>'

    admitted = shown(notebook)

    code = [cell for cell in admitted["cells"] if cell["cell_type"] == "code"]
    assert [(cell["outputs"], cell["execution_count"], cell["metadata"]) for cell in code] == [
        ([], None, {})
    ] * 8
    nbformat.validate(admitted)


def test_nothing_that_the_metadata_ask_for_is_obeyed(notebook, shown):
    notebook["metadata"] |= {
        "voila": {"template": "evil", "theme": "evil"},
        "title": "</title><script>alert(1)</script>",
        "widgets": {"application/vnd.jupyter.widget-state+json": {"state": {}}},
        "language_info": {"name": "evil", "nbconvert_exporter": "evil"},
    }

    assert shown(notebook)["metadata"] == {
        "kernelspec": {"name": "peerkit", "display_name": "peerkit", "language": "python"},
        "language_info": {"name": "python"},
    }


def another_kernel(notebook):
    notebook["metadata"]["kernelspec"]["name"] = "python3"


def no_mark(notebook):
    del notebook["metadata"]["peerkit"]


def code_that_was_changed(notebook):
    notebook["cells"][1]["source"] += "\nprint('mine')"


def one_more_cell(notebook):
    notebook["cells"].append({**notebook["cells"][1], "source": "print('mine')"})


@pytest.mark.parametrize("change", [another_kernel, no_mark, code_that_was_changed, one_more_cell])
def test_of_other_code_one_sentence_is_shown_and_nothing_runs(notebook, shown, change):
    change(notebook)

    admitted = shown(notebook)

    told = "This is no notebook of peerkit" if change is no_mark else WAITS
    assert told in one_notice(admitted)
    assert code_of(admitted) == []
    assert admitted["metadata"]["kernelspec"]["name"] == "peerkit"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda cells: cells[1].pop("id"), id="a form without its id"),
        pytest.param(lambda cells: cells[0].pop("source"), id="text without a source"),
        pytest.param(lambda cells: cells[0].pop("cell_type"), id="a cell of no kind"),
        pytest.param(lambda cells: cells[0].update(source=7), id="a number for a text"),
        pytest.param(lambda cells: cells[0].update(source=["# ", "x"]), id="lines for a text"),
        pytest.param(lambda cells: cells[0].update(cell_type="dance"), id="a cell of another kind"),
        pytest.param(lambda cells: cells.insert(0, 7), id="a number for a cell"),
        pytest.param(lambda cells: cells[0].update(source=""), id="a blank text"),
        pytest.param(lambda cells: cells[0].pop("metadata"), id="a text without metadata"),
        pytest.param(lambda cells: cells[0].update(metadata=[]), id="a list for metadata"),
        pytest.param(lambda cells: cells[2].update(id=cells[1]["id"]), id="two forms of one id"),
    ],
)  # fmt: skip
def test_a_malformed_notebook_is_shown_without_an_error_or_told_in_a_sentence(notebook, shown, change):
    change(notebook["cells"])

    admitted = shown(notebook)

    nbformat.validate(admitted)
    assert code_of(admitted) in ([], code_of(notebook))


@pytest.mark.parametrize("cwd", ["..", "../../etc", "a\x00b"])
def test_a_folder_that_leads_elsewhere_is_told(notebook, shown, cwd):
    assert "Open the notebook from the file browser." in one_notice(shown(notebook, cwd=cwd))


def test_the_sentence_of_an_error_is_plain_text(notebook, shown):
    notebook["metadata"]["peerkit"]["session_id"] = "<script>alert(1)</script>"

    told = one_notice(shown(notebook))

    assert "<script" not in told
    assert "This journal has no session &lt;script&gt;" in told


def test_the_form_view_says_what_it_needs_before_anything_is_made(monkeypatch, tmp_path):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    new = tmp_path / "coaching"

    with pytest.raises(
        WorkspaceError, match=r'The form view needs Voilà, .* Run: pip install "peerkit\[form\]"'
    ):
        start(new, me="Amara", partner="Jonas", time_zone="UTC", form=True)

    assert not new.exists()
