"""The exporter that nbconvert finds: one summary, whichever way it is asked for."""

import json
import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from peerkit import export
from peerkit.cli import main
from peerkit.errors import PeerkitError, SessionError, SummaryError, WorkspaceError
from peerkit.export import SummaryPDFExporter, session_pdf
from peerkit.sessions import find_session
from peerkit.workspace import find_workspace

DAY = "2026-11-12"


def session_on(place):
    journal = place.open_journal()
    found = find_session(journal, DAY)
    journal.close()
    return found


def nbconvert(*arguments, folder):
    """Run `jupyter nbconvert`, away from the settings of who runs the tests."""
    alone = {**os.environ, "JUPYTER_CONFIG_DIR": str(folder), "JUPYTER_DATA_DIR": str(folder)}
    command = [Path(sys.executable).with_name("jupyter"), "nbconvert", *arguments]
    told = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=alone)
    assert told.returncode == 0, told.stderr


def write_notebook(path, metadata, *sources):
    cells = [
        {"cell_type": "markdown", "id": f"c{n}", "metadata": {}, "source": one}
        for n, one in enumerate(sources)
    ]
    notebook = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def add_cell(path, source):
    notebook = json.loads(path.read_text("utf-8"))
    added = {"cell_type": "markdown", "id": "mine", "metadata": {}, "source": source}
    path.write_text(json.dumps({**notebook, "cells": [*notebook["cells"], added]}), "utf-8")
    return path


def test_nbconvert_finds_the_exporter_by_its_name():
    [found] = entry_points(group="nbconvert.exporters", name="peerkit_pdf")

    assert found.value == "peerkit.export:SummaryPDFExporter"
    assert found.load() is SummaryPDFExporter


def test_the_three_ways_to_a_summary_give_the_same_bytes(own_year, monkeypatch):
    """nbconvert, the exporter in Python, and the command; with Markdown that was added to the notebook."""
    session = session_on(own_year)
    path = own_year.notebook_path(session)
    notebook = json.loads(path.read_text("utf-8"))
    added = {
        "cell_type": "markdown",
        "id": "mine",
        "metadata": {},
        "source": ["Buy **nails**,\n", "and rest."],
    }
    path.write_text(json.dumps({**notebook, "cells": [*notebook["cells"], added]}), "utf-8")

    nbconvert("--to", "peerkit_pdf", path.name, folder=path.parent)
    made, _ = SummaryPDFExporter().from_filename(str(path))
    monkeypatch.setattr(sys, "argv", ["peerkit", "summary", DAY, "-C", str(own_year.folder)])
    with pytest.raises(SystemExit, match="0"):
        main()

    assert path.with_suffix(".pdf").read_bytes() == made
    assert own_year.summary_path(session).read_bytes() == made
    assert session_pdf(own_year, session.session_id) == made


def test_the_exporter_can_be_told_for_whom(demo_year):
    session = session_on(demo_year)

    made, _ = SummaryPDFExporter(audience="outside").from_filename(str(demo_year.notebook_path(session)))

    assert made == session_pdf(demo_year, session.session_id, audience="outside")


def test_it_says_what_it_makes(demo_year):
    exporter = SummaryPDFExporter()

    _, resources = exporter.from_filename(str(demo_year.notebook_path(session_on(demo_year))))

    assert (exporter.file_extension, exporter.output_mimetype) == (".pdf", "application/pdf")
    assert resources["output_extension"] == ".pdf"


@pytest.mark.parametrize(
    "metadata",
    [{}, {"peerkit": {}}, {"peerkit": {"session_id": ""}}, {"peerkit": "weekly"}, {"peerkit": []}],
    ids=["a notebook of one's own", "nothing said", "no id", "a word", "a list"],
)
def test_a_notebook_of_no_session_is_told(demo_year, tmp_path, metadata):
    path = write_notebook(tmp_path / "mine.ipynb", metadata, "# Mine")

    with pytest.raises(
        SummaryError, match=r"This notebook is of no peerkit session\. Open one from the folder"
    ):
        SummaryPDFExporter().from_filename(str(path))


def test_a_notebook_outside_a_workspace_is_told(tmp_path):
    path = write_notebook(tmp_path / "mine.ipynb", {"peerkit": {"session_id": "abcd1234"}})

    with pytest.raises(
        WorkspaceError, match=r"lies in no peerkit workspace\. Go to yours, or make one with:"
    ):
        SummaryPDFExporter().from_filename(str(path))


def test_a_notebook_of_another_workspace_is_told(workspace):
    path = write_notebook(workspace.sessions / "theirs.ipynb", {"peerkit": {"session_id": "abcd1234"}})

    with pytest.raises(
        SessionError, match=r"This journal has no session abcd1234\. Is this notebook from another"
    ):
        SummaryPDFExporter().from_filename(str(path))


def test_the_workspace_is_the_one_in_which_the_notebook_lies(own_year, workspace, monkeypatch):
    """JupyterLab may have been started anywhere."""
    session = session_on(own_year)
    monkeypatch.chdir(workspace.folder)

    made, _ = SummaryPDFExporter().from_filename(str(own_year.notebook_path(session)))

    assert find_workspace(Path.cwd()) == workspace
    assert made == session_pdf(own_year, session.session_id)


def test_every_refusal_is_one_that_a_person_can_mend():
    assert issubclass(SummaryError, PeerkitError)
    with pytest.raises(AttributeError, match=r"module 'peerkit\.export' has no attribute 'Nothing'"):
        _ = export.Nothing
