"""The doctor says what is wrong and how to mend it, and never makes it worse."""

import json
import os
import re
from importlib.metadata import PackageNotFoundError

import pytest

from peerkit import doctor
from peerkit.doctor import Finding, examine
from peerkit.errors import JournalError
from peerkit.journal import Journal
from peerkit.rescue import rescue
from peerkit.schema import TABLES
from peerkit.sessions import list_sessions
from peerkit.templates import list_templates, shipped
from peerkit.workspace import init_workspace

PAGE = 4096


def finding(name, place):
    [found] = [one for one in examine(place) if one.name == name]
    return found


def counts(path):
    journal = Journal(path, author="")
    found = {name: len(journal.rows(name)) for name in TABLES}
    journal.close()
    return found


def damage(path, *, page, with_bytes=b"\x00"):
    """Overwrite one page of a database's file."""
    with path.open("r+b") as file:
        file.seek(page * PAGE)
        file.write(with_bytes * (PAGE // len(with_bytes)))


def change_cells(place, change):
    """Change the cells of the first weekly session's notebook, and return its session's id."""
    journal = place.open_journal()
    session = next(one for one in list_sessions(journal) if one.template == "weekly")
    journal.close()
    path = place.notebook_path(session)
    notebook = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**notebook, "cells": change(notebook["cells"])}), "utf-8")
    return session.session_id


def test_a_good_workspace_is_good_in_all_its_parts(own_year):
    counted = ", ".join(f"{count} {name}" for name, count in counts(own_year.journal_path).items())

    found = examine(own_year.folder)

    assert [one for one in found if not one.is_good] == []
    assert found[-5:] == [
        Finding("workspace", is_good=True, said=f"{own_year.folder}, Europe/Lisbon"),
        Finding("place", is_good=True, said="a private folder, as far as one can tell"),
        Finding("journal", is_good=True, said=counted),
        Finding("templates", is_good=True, said=", ".join(one.name for one in list_templates())),
        Finding("notebooks", is_good=True, said="every form is there once"),
    ]


def test_the_doctor_changes_nothing(own_year):
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in own_year.folder.rglob("*.*")}

    examine(own_year.folder)

    assert {
        path: (path.stat().st_mtime_ns, path.read_bytes()) for path in own_year.folder.rglob("*.*")
    } == before


def test_outside_a_workspace_the_installation_alone_is_examined(tmp_path):
    found = examine(tmp_path)

    assert [one.name for one in found if not one.is_good] == ["workspace"]
    assert found[-1].said.endswith(
        "lies in no peerkit workspace. Go to yours, or make one with: peerkit init coaching"
    )


def test_a_package_that_is_missing_is_told(tmp_path, monkeypatch):
    def version(name):
        if name == "typst":
            raise PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(doctor, "version", version)

    assert finding("typst", tmp_path).said == "Not installed. Run: pip install --upgrade peerkit"
    assert finding("pandas", tmp_path) == Finding("pandas", is_good=True, said="1.0")


def test_an_exporter_that_nbconvert_does_not_find_is_told(tmp_path, monkeypatch):
    class Nothing:
        names = frozenset({"html"})

    monkeypatch.setattr(doctor, "entry_points", lambda group: Nothing)

    said = "nbconvert does not find it. Run: pip install --force-reinstall peerkit"
    assert finding("peerkit_pdf", tmp_path) == Finding("peerkit_pdf", is_good=False, said=said)


@pytest.mark.parametrize("name", ["Dropbox", "OneDrive - Work", "Nextcloud"])
def test_a_folder_named_after_a_sync_tool_is_told(tmp_path, name):
    place = init_workspace(tmp_path / name / "we two", me="Amara", partner="Jonas", time_zone="UTC")

    said = "A sync tool seems to keep this folder in step, and can lose rows. Move it to a private folder."
    assert finding("place", place.folder) == Finding("place", is_good=False, said=said)


@pytest.mark.parametrize("inside", ["", ".."], ids=["in it", "above it"])
def test_the_mark_of_a_sync_tool_is_told(workspace, inside):
    (workspace.folder / inside / ".stfolder").mkdir()

    assert not finding("place", workspace.folder).is_good


@pytest.mark.parametrize("with_bytes", [b"\x00", b"\xff\x07"], ids=["blank", "noise"])
@pytest.mark.parametrize("page", range(20, 120, 17))
def test_what_is_left_of_a_damaged_journal_is_copied_to_a_new_one(own_year, page, with_bytes):
    whole = sum(counts(own_year.journal_path).values())
    damage(own_year.journal_path, page=page, with_bytes=with_bytes)
    before = own_year.journal_path.read_bytes()

    found = finding("journal", own_year.folder)
    said = rescue(own_year.journal_path, own_year.folder / "rescued.db")

    left = counts(own_year.folder / "rescued.db")
    counted = ", ".join(f"{count} of {name}" for name, count in left.items())
    assert not found.is_good
    assert f"Rows that can be read: {counted}. Copy them out with: peerkit doctor --rescue" in found.said
    assert said.endswith(
        f"rescued.db: {counted}. Move journal.db away, put this file in its place, and run doctor again."
    )
    # A page holds some thirty rows of one table, or an index, which the copy makes anew.
    assert sum(left.values()) >= whole - 60
    assert own_year.journal_path.read_bytes() == before


def blank_page(path):
    damage(path, page=60)


def changed_text(path):
    whole = path.read_bytes()
    assert b'"yes, please"' in whole
    path.write_bytes(whole.replace(b'"yes, please"', b'"yes, pleas\x01\x01', 1))


@pytest.mark.parametrize("spoil", [blank_page, changed_text])
def test_a_rescued_journal_takes_the_place_of_the_damaged_one(own_year, spoil):
    spoil(own_year.journal_path)
    rescue(own_year.journal_path, own_year.folder / "rescued.db")

    (own_year.folder / "rescued.db").replace(own_year.journal_path)

    assert finding("journal", own_year.folder).is_good
    journal = own_year.open_journal()
    assert len(journal.commitments(as_of="2026-11-12")) > 100
    journal.close()


def test_a_sound_journal_is_copied_whole(own_year, tmp_path):
    rescue(own_year.journal_path, tmp_path / "copy.db")

    first, second = (Journal(path, author="") for path in (own_year.journal_path, tmp_path / "copy.db"))
    assert [first.rows(name) for name in TABLES] == [second.rows(name) for name in TABLES]
    first.close()
    second.close()


def test_a_text_whose_bytes_were_changed_on_the_disk_is_told(own_year):
    """SQLite finds nothing wrong with it, and yet no form can be filled from it."""
    sessions = counts(own_year.journal_path)["sessions"]
    changed_text(own_year.journal_path)

    found = finding("journal", own_year.folder)

    assert not found.is_good
    assert re.match(
        "The journal is damaged: in the row [0-9a-f-]{36} of answers value cannot be read.", found.said
    )
    assert f"Rows that can be read: {sessions} of sessions" in found.said


def test_a_rescue_never_overwrites(own_year, tmp_path):
    (tmp_path / "mine.db").write_text("mine")

    with pytest.raises(
        JournalError, match=r"mine\.db exists already\. Name a new file, so that nothing is overwritten"
    ):
        rescue(own_year.journal_path, tmp_path / "mine.db")

    assert (tmp_path / "mine.db").read_text() == "mine"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(
            None, r"There is no journal at .*\. Check the folder with: peerkit doctor", id="missing"
        ),
        pytest.param(b"\x00" * 9000, r"No row of .* can be read\. Restore the newest backup", id="blank"),
        pytest.param(b"mine\n" * 999, r"No row of .* can be read\. Restore the newest backup", id="a text"),
    ],
)
def test_where_nothing_is_left_no_file_is_made(tmp_path, content, said):
    if content is not None:
        (tmp_path / "journal.db").write_bytes(content)

    with pytest.raises(JournalError, match=said):
        rescue(tmp_path / "journal.db", tmp_path / "rescued.db")

    assert not (tmp_path / "rescued.db").exists()


def test_a_journal_that_is_missing_is_told(workspace):
    workspace.journal_path.unlink()

    found = finding("journal", workspace.folder)

    assert not found.is_good
    assert found.said.startswith(f"There is no journal at {workspace.journal_path}.")
    assert not workspace.journal_path.exists()


@pytest.mark.parametrize("name", ["50%20 off", "a#b", "what?mode=memory"])
def test_a_folder_with_any_name_is_examined(tmp_path, name):
    """In an address, %20, # and ? mean something; in the name of a folder they do not."""
    place = init_workspace(tmp_path / name, me="Amara", partner="Jonas", time_zone="UTC")

    found = finding("journal", place.folder)

    assert found == Finding("journal", is_good=True, said="0 sessions, 0 answers, 0 entries, 0 tombstones")
    assert list(tmp_path.iterdir()) == [place.folder], "no other file was opened, or made"


def test_a_form_that_was_deleted_from_a_notebook_is_told(own_year):
    session_id = change_cells(own_year, lambda cells: [cell for cell in cells if cell["id"] != "heard"])

    said = (
        f"2025-11-20-weekly.ipynb has no form for heard. Write it anew with: peerkit new --again {session_id}"
    )
    assert examine(own_year.folder)[-1] == Finding("notebook", is_good=False, said=said)


def test_a_form_that_is_there_twice_is_told(own_year):
    session_id = change_cells(own_year, lambda cells: [*cells, {**cells[3], "id": "again"}])

    said = f"2025-11-20-weekly.ipynb has the form for aim 2 times. Write it anew with: peerkit new --again {session_id}"
    assert examine(own_year.folder)[-1] == Finding("notebook", is_good=False, said=said)


def test_a_notebook_that_cannot_be_read_is_told(own_year):
    change_cells(own_year, lambda cells: cells)
    path = own_year.sessions / "2025-11-27-weekly.ipynb"
    path.write_text(path.read_text("utf-8")[:500], "utf-8")

    assert [one.said.split(" Write")[0] for one in examine(own_year.folder) if not one.is_good] == [
        "2025-11-27-weekly.ipynb is no notebook that can be read."
    ]


def test_a_template_with_a_mistake_is_told_with_its_line(own_year):
    (own_year.templates / "own.toml").write_text('name = "own"\ntitle = 7\n', "utf-8")

    found = finding("templates", own_year.folder)

    assert not found.is_good
    assert found.said.startswith(f"{own_year.templates / 'own.toml'}:2: ")


def test_a_sheet_and_copies_in_a_circle_are_told_as_a_template_with_a_mistake_is(own_year):
    (own_year.templates / "sheets").mkdir()
    (own_year.templates / "sheets" / "agreement.toml").write_text('name = "agreement"\ntitle = 7\n', "utf-8")
    weekly = (shipped("templates") / "weekly.toml").read_text("utf-8")
    (own_year.templates / "own.toml").write_text(
        weekly.replace('name = "weekly"', 'name = "own"\ncopy_of = "own"'), "utf-8"
    )

    found = finding("templates", own_year.folder)

    sheet = own_year.templates / "sheets" / "agreement.toml"
    assert not found.is_good
    assert f"{sheet}:2: " in found.said
    assert "The templates own are copies of each other in a circle." in found.said


def test_a_session_whose_template_is_gone_is_told(own_year, monkeypatch):
    journal = own_year.open_journal()
    held = [one for one in list_sessions(journal) if one.status == "closed"]
    journal.close()
    empty = own_year.folder / "none"
    empty.mkdir()
    monkeypatch.setattr("peerkit.templates.shipped", lambda kind: empty)

    told = [one.said for one in examine(own_year.folder) if one.name == "notebook"]

    assert told == [
        f"There is no template {one.template!r}. There are: . Write it anew with: peerkit new --again {one.session_id}"
        for one in held
    ]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
def test_a_rescued_journal_is_for_its_owner_alone(own_year):
    rescue(own_year.journal_path, own_year.folder / "rescued.db")

    assert (own_year.folder / "rescued.db").stat().st_mode & 0o077 == 0


@pytest.fixture
def jupyter(tmp_path, monkeypatch):
    """Jupyter looks for what is installed and how it is set up in these two folders alone."""
    shared, settings = tmp_path / "share", tmp_path / "etc"
    (shared / "labextensions" / "peerkit").mkdir(parents=True)
    (shared / "labextensions" / "peerkit" / "package.json").write_text("{}")
    (settings / "jupyter_server_config.d").mkdir(parents=True)
    (settings / "labconfig").mkdir()
    (settings / "jupyter_server_config.d" / "peerkit.json").write_text(
        '{"ServerApp": {"jpserver_extensions": {"peerkit.lab": true}}}'
    )
    monkeypatch.setattr("jupyter_core.paths.jupyter_path", lambda *parts: [str(shared.joinpath(*parts))])
    monkeypatch.setattr("jupyter_core.paths.jupyter_config_path", lambda: [str(settings)])
    return tmp_path


def test_cards_and_clean_saves_that_are_there_are_good(jupyter):
    found = [finding(name, jupyter) for name in ("cards", "clean saves")]

    assert found == [
        Finding("cards", is_good=True, said="in JupyterLab's launcher and command palette"),
        Finding("clean saves", is_good=True, said="notebooks are saved without what they show"),
    ]


def test_this_installation_has_cards_and_clean_saves(tmp_path):
    assert [finding(name, tmp_path).is_good for name in ("cards", "clean saves")] == [True, True]


@pytest.mark.parametrize("name", ["peerkit", "peerkit:room"])
def test_cards_that_are_switched_off_are_told(jupyter, name):
    (jupyter / "etc/labconfig/page_config.json").write_text(json.dumps({"disabledExtensions": {name: True}}))

    said = (
        "They are switched off, so notebooks wait for Run All Cells. Run: jupyter labextension enable peerkit"
    )
    assert finding("cards", jupyter) == Finding("cards", is_good=False, said=said)


@pytest.mark.parametrize("disabled", [{"other": True}, {"peerkit": False}, [], None], ids=repr)
def test_cards_stay_good_where_something_else_is_switched_off(jupyter, disabled):
    (jupyter / "etc/labconfig/page_config.json").write_text(json.dumps({"disabledExtensions": disabled}))

    assert finding("cards", jupyter).is_good


def test_cards_that_jupyterlab_does_not_find_are_told(jupyter):
    (jupyter / "share/labextensions/peerkit/package.json").unlink()

    said = (
        "Only `peerkit start` shows them. For any other JupyterLab run: pip install --force-reinstall peerkit"
    )
    assert finding("cards", jupyter) == Finding("cards", is_good=False, said=said)


@pytest.mark.parametrize("content", ["{}", '{"ServerApp": {"jpserver_extensions": {"peerkit.lab": false}}}'])
def test_clean_saves_that_are_not_switched_on_are_told(jupyter, content):
    (jupyter / "etc/jupyter_server_config.d/peerkit.json").write_text(content)

    found = finding("clean saves", jupyter)

    assert not found.is_good
    assert found.said.endswith("For any other JupyterLab run: jupyter server extension enable peerkit.lab")
