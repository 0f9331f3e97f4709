"""Notebooks: valid, without a name or an answer in them, and each runs from top to bottom."""

import ast
import dataclasses
import html
import json
from datetime import date

import mistune
import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from peerkit import lake, open_session, plan_session, promise, template
from peerkit.errors import SessionError, TemplateError, WorkspaceError
from peerkit.notebooks import (
    added_markdown,
    faults,
    new_session,
    rewrite_notebook,
    session_notebook,
    write_notebook,
)
from peerkit.sessions import list_sessions, write_answer
from peerkit.sessions import session as session_of
from peerkit.templates import shipped
from peerkit.workspace import session_of_notebook

WEEKLY = template("weekly")
FIRST = date(2024, 3, 1)
SHIPPED = sorted(shipped("notebooks").glob("*.ipynb"))


@pytest.fixture
def planned(journal):
    return plan_session(journal, WEEKLY, held_on=FIRST, focus="Amara", coach="Jonas")


@pytest.fixture
def alone(tmp_path, monkeypatch):
    """Kernels keep their files, and look for settings, in the test's own folder."""
    for name in (
        "IPYTHONDIR",
        "JUPYTER_RUNTIME_DIR",
        "JUPYTER_CONFIG_DIR",
        "JUPYTER_DATA_DIR",
        "MPLCONFIGDIR",
    ):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))


def run(path, folder):
    """Run a notebook from top to bottom in a folder, and return it with its outputs; an error raises."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    return notebook


def outputs_of(notebook):
    return json.dumps([cell["outputs"] for cell in notebook["cells"] if cell["cell_type"] == "code"])


def shown_by(notebook):
    """Return what the widgets of a notebook show, as text."""
    states = notebook["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    return json.dumps([state["state"] for state in states.values()], ensure_ascii=False)


def test_copies_in_a_circle_make_no_session(workspace):
    journal = workspace.open_journal()
    source = (shipped("templates") / "lightning.toml").read_text(encoding="utf-8")
    for name, before in (("aa", "bb"), ("bb", "aa")):
        own = source.replace('name = "lightning"', f'name = "{name}"\ncopy_of = "{before}"')
        (workspace.templates / f"{name}.toml").write_text(own, encoding="utf-8")

    with pytest.raises(
        TemplateError, match=r"^The templates aa, bb are copies of each other in a circle\. Rem"
    ):
        new_session(workspace, journal, "aa")

    assert (journal.rows("sessions"), list(workspace.sessions.iterdir())) == ([], [])


def test_a_session_notebook_is_valid_and_has_a_form_for_each_phase_in_order(planned):
    made = session_notebook(planned, WEEKLY)

    nbformat.validate(nbformat.from_dict(made))
    forms = [cell["source"].splitlines()[1] for cell in made["cells"] if cell["cell_type"] == "code"]
    assert forms == [
        f'from peerkit import guide; guide.phase("{phase.id}", of="{planned.session_id}")'
        for phase in WEEKLY.phases
    ]
    assert len({cell["id"] for cell in made["cells"]}) == len(made["cells"])


def test_a_session_notebook_says_its_day_and_which_session_it_is_of(planned):
    made = session_notebook(planned, WEEKLY)

    assert made["metadata"]["peerkit"] == {
        "session_id": planned.session_id,
        "template": "weekly",
        "digest": WEEKLY.digest,
    }
    assert made["cells"][0]["source"].startswith("# Weekly session · Friday, 1 March 2024\n")


def test_a_session_notebook_holds_no_name_no_answer_and_no_output(journal, planned):
    """It may lie in a folder that is copied or shared."""
    key = {"phase": "aim", "prompt": "topic", "author": "Amara"}
    write_answer(journal, planned.session_id, **key, value="The roof", revision=0)

    made = session_notebook(session_of(journal, planned.session_id), WEEKLY)

    written = json.dumps(made, ensure_ascii=False)
    assert [word for word in ("Amara", "Jonas", "The roof", str(journal.path)) if word in written] == []
    assert {(*cell["outputs"], cell["execution_count"]) for cell in made["cells"] if "outputs" in cell} == {
        (None,)
    }


def test_the_cells_of_peerkit_cannot_be_deleted_or_changed_by_accident(planned):
    cells = session_notebook(planned, WEEKLY)["cells"]

    assert {(cell["metadata"]["deletable"], cell["metadata"]["editable"]) for cell in cells} == {
        (False, False)
    }


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_notebook_is_valid_and_stored_without_outputs(path):
    notebook = nbformat.read(path, as_version=4)

    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    nbformat.validate(notebook)
    assert [(cell["outputs"], cell["execution_count"]) for cell in code] == [([], None)] * len(code)
    assert notebook["cells"][0]["source"].startswith("# ")
    assert [cell["source"] for cell in code if "def " in cell["source"] or "for " in cell["source"]] == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [("home", "is focus person, "), ("follow-through", "95 % interval")],
)
def test_a_shipped_notebook_runs_from_top_to_bottom(own_year, alone, name, shown):
    notebook = run(own_year.folder / f"{name}.ipynb", own_year.folder)

    assert shown in shown_by(notebook)


def test_the_notebook_of_a_programme_shows_many_pairs_and_none_of_them(own_year, alone):
    lake.simulate(own_year.folder / "programme", 60)
    pairs = lake.follow_through(own_year.folder / "programme", as_of=lake.LAST_DAY, by=["pair"])["pair"]

    notebook = run(own_year.folder / "programme.ipynb", own_year.folder)

    shown = shown_by(notebook) + outputs_of(notebook)
    told = ["How much pairs kept", "Follow-through over pairs", "Heard over pairs", "month by month"]
    assert [words for words in told if words not in shown] == []
    assert [pair for pair in pairs if pair in shown] == []


def test_without_a_programme_its_notebook_says_how_to_make_one_in_a_sentence(own_year, alone):
    with pytest.raises(CellExecutionError) as stopped:
        run(own_year.folder / "programme.ipynb", own_year.folder)

    assert "LakeError: There is no folder programme. Make a lake with: peerkit export" in str(stopped.value)
    assert "Traceback" not in str(stopped.value)


def test_a_session_notebook_runs_and_its_outputs_hold_no_answer(own_year, alone):
    journal = own_year.open_journal()
    session, path = new_session(own_year, journal, "weekly", held_on=date(2026, 11, 19))
    key = {"phase": "aim", "prompt": "topic", "author": session.focus}
    write_answer(journal, session.session_id, **key, value="The roof leaks", revision=0)
    promise(journal, "Mend the roof", peer=session.focus, on=journal.today(), session_id=session.session_id)

    notebook = run(path, path.parent)

    outputs = outputs_of(notebook)
    assert [phase.id for phase in WEEKLY.phases if f"Form('{phase.id}')" not in outputs] == []
    assert [word for word in ("roof", "Amara", "Jonas", "Decline the extra") if word in outputs] == []
    assert "The roof leaks" in shown_by(notebook), "the form itself shows what is in the journal"
    assert session_of(journal, session.session_id).status == "planned", "nothing was done in it"
    journal.close()


def test_a_new_session_is_planned_with_day_and_roles_from_the_history(own_year):
    journal = own_year.open_journal()

    session, path = new_session(own_year, journal, "weekly", held_on=date(2026, 11, 19))

    assert (session.focus, session.coach, session.status) == ("Jonas", "Amara", "planned")
    assert path == own_year.sessions / "2026-11-19-weekly.ipynb"
    assert json.loads(path.read_text("utf-8")) == session_notebook(session, WEEKLY)
    journal.close()


def test_asked_twice_the_planned_session_is_offered_again(workspace):
    journal = workspace.open_journal()

    first, again = (new_session(workspace, journal, "weekly", held_on=FIRST) for _ in range(2))

    assert again == first
    assert list_sessions(journal) == [first[0]]
    journal.close()


def test_the_notebook_of_a_planned_session_that_was_deleted_is_written_again(workspace):
    journal = workspace.open_journal()
    session, path = new_session(workspace, journal, "weekly", held_on=FIRST)
    path.unlink()

    again = new_session(workspace, journal, "weekly", held_on=FIRST)

    assert again == (session, path)
    assert path.is_file()
    journal.close()


def test_a_second_session_on_the_day_of_one_that_was_opened_gets_a_notebook_of_its_own(workspace):
    journal = workspace.open_journal()
    first, first_path = new_session(workspace, journal, "weekly", held_on=FIRST)
    open_session(journal, first.session_id)

    second, second_path = new_session(workspace, journal, "weekly", held_on=FIRST)

    assert second_path.name == f"2024-03-01-weekly-{second.session_id[:4]}.ipynb"
    assert [session_of_notebook(path) for path in (first_path, second_path)] == [
        first.session_id,
        second.session_id,
    ]
    journal.close()


def test_an_unknown_template_plans_nothing(workspace):
    journal = workspace.open_journal()

    with pytest.raises(TemplateError, match="weekly"):
        new_session(workspace, journal, "dance", held_on=FIRST)

    assert list_sessions(journal) == []
    journal.close()


def test_a_notebook_is_written_anew_and_every_former_one_is_kept(workspace, planned):
    path = workspace.sessions / "2024-03-01-weekly.ipynb"
    for mine in ("first", "second"):
        rewrite_notebook(workspace, planned)
        path.write_text(json.dumps(session_notebook(planned, WEEKLY) | {"mine": mine}), "utf-8")

    assert rewrite_notebook(workspace, planned) == path

    kept = {
        found.name: json.loads(found.read_text("utf-8")).get("mine") for found in workspace.sessions.iterdir()
    }
    assert kept == {
        "2024-03-01-weekly.ipynb": None,
        "2024-03-01-weekly.before-1.ipynb": "first",
        "2024-03-01-weekly.before-2.ipynb": "second",
    }


def test_a_former_notebook_is_never_overwritten_by_another(workspace, planned):
    """Also where one of them was deleted in between."""
    path = write_notebook(workspace, planned, WEEKLY)
    for _ in range(2):
        rewrite_notebook(workspace, planned)
    path.with_stem(f"{path.stem}.before-1").unlink()
    path.with_stem(f"{path.stem}.before-2").write_text("my notes", "utf-8")

    rewrite_notebook(workspace, planned)

    assert "my notes" in [found.read_text("utf-8") for found in workspace.sessions.iterdir()]


def test_a_notebook_that_cannot_be_written_is_told(workspace, planned):
    workspace.sessions.rmdir()
    workspace.sessions.write_text("mine")

    with pytest.raises(
        WorkspaceError, match=r"The notebook .* cannot be written: .*\. Check the folder and its rights"
    ):
        write_notebook(workspace, planned, WEEKLY)

    assert workspace.sessions.read_text() == "mine"


@pytest.mark.parametrize(
    ("cell", "added"),
    [
        pytest.param({"source": "We *laughed*."}, ["We *laughed*."], id="a cell of one's own"),
        pytest.param({"source": ["We ", "laughed."]}, ["We laughed."], id="its lines as a list"),
        pytest.param({"source": "Mine", "metadata": {"tags": ["private"]}}, [], id="tagged private"),
        pytest.param({"source": "Mine", "metadata": {"tags": ["x", "Private"]}}, [], id="tagged Private"),
        pytest.param({"source": "Ours", "metadata": {"tags": ["privately"]}}, ["Ours"], id="another tag"),
        pytest.param({"source": " \n"}, [], id="blank"),
        pytest.param({"source": "1 + 1", "cell_type": "code"}, [], id="code"),
        pytest.param({"source": "# Week", "metadata": {"peerkit": "heading"}}, [], id="peerkit's own"),
        pytest.param({"source": "Ours", "metadata": None}, ["Ours"], id="no metadata"),
        pytest.param({"source": "Ours", "metadata": {"tags": "private?"}}, ["Ours"], id="tags that are none"),
        pytest.param({}, [], id="nothing"),
    ],
)
def test_markdown_of_one_s_own_cells_is_added_unless_it_is_private(cell, added):
    assert added_markdown({"cells": [{"cell_type": "markdown", "metadata": {}, **cell}]}) == added


@pytest.mark.parametrize(
    "content", [None, "", "[]", "{", '{"cells": 7}', '{"cells": [7]}', "\udcff"], ids=repr
)
def test_what_is_no_notebook_adds_nothing(tmp_path, content):
    path = tmp_path / "it.ipynb"
    if content is not None:
        path.write_text(content, "utf-8", errors="surrogateescape")

    assert added_markdown(path) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param(lambda cells: cells, [], id="whole"),
        pytest.param(lambda cells: cells[:-1], ["it.ipynb has no form for close."], id="one deleted"),
        pytest.param(
            lambda cells: [*cells, cells[2]],
            ["it.ipynb has the form for keep-faith 2 times."],
            id="one twice",
        ),
        pytest.param(lambda cells: cells[::-1], [], id="another order"),
        pytest.param(
            lambda cells: [*cells[:3], *cells[4:], cells[1]],
            ["it.ipynb has the form for arrive 2 times.", "it.ipynb has no form for aim."],
            id="both",
        ),
        pytest.param(lambda cells: 7, ["it.ipynb is no notebook that can be read."], id="no cells"),
    ],
)
def test_forms_that_are_missing_or_there_twice_are_told(tmp_path, planned, change, told):
    notebook = session_notebook(planned, WEEKLY)
    path = tmp_path / "it.ipynb"
    path.write_text(json.dumps({**notebook, "cells": change(notebook["cells"])}), "utf-8")

    assert faults(path, WEEKLY) == told


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"cells": [{}]}'])
def test_a_file_that_is_no_notebook_is_told(tmp_path, content):
    (tmp_path / "it.ipynb").write_text(content, "utf-8")

    assert faults(tmp_path / "it.ipynb", WEEKLY) == ["it.ipynb is no notebook that can be read."]


def test_a_session_of_another_journal_is_refused(workspace, planned):
    journal = workspace.open_journal()

    with pytest.raises(SessionError, match=rf"This journal has no session {planned.session_id}\."):
        open_session(journal, planned.session_id)

    journal.close()


@pytest.mark.parametrize(
    "session_id",
    [
        pytest.param('x"); import os; ("', id="code"),
        pytest.param("x\nimport os", id="a line end"),
        pytest.param("a" * 41, id="too long"),
        pytest.param("ABC", id="capitals"),
        pytest.param("x\u2028", id="a line separator"),
        pytest.param("", id="blank"),
    ],
)
def test_a_session_whose_id_could_be_read_as_code_gets_no_notebook(planned, session_id):
    """It comes from a journal, which may have come from elsewhere."""
    made_to_harm = dataclasses.replace(planned, session_id=session_id)

    with pytest.raises(WorkspaceError, match=r"This session's id is none that peerkit makes\."):
        session_notebook(made_to_harm, WEEKLY)


@pytest.mark.parametrize(
    "title",
    [
        pytest.param("[here](javascript:alert(1))", id="a link"),
        pytest.param("<img src=x onerror=alert(1)>", id="HTML"),
        pytest.param("<script>alert(1)</script>", id="a script"),
        pytest.param("![x](https://example.org/x.png)", id="a picture"),
        pytest.param("*a* _b_ `c` ~d~ $e$ # f | g", id="signs of Markdown"),
        pytest.param("&lt;b&gt; &#60;b&#62;", id="HTML that is escaped already"),
    ],
)
def test_the_title_of_a_template_is_shown_sign_by_sign(planned, title):
    made = session_notebook(planned, dataclasses.replace(WEEKLY, title=title))

    heading = made["cells"][0]["source"].splitlines()[0]
    shown = mistune.html(heading).strip().removeprefix("<h1>").removesuffix("</h1>")
    assert ("<" in shown, html.unescape(shown)) == (False, f"{title} · Friday, 1 March 2024")


def test_a_title_of_several_lines_stays_one_line_of_the_heading(planned):
    made = session_notebook(planned, dataclasses.replace(WEEKLY, title="One\n\n# Two\r\u2028three"))

    assert made["cells"][0]["source"].splitlines()[0] == "# One \\# Two three · Friday, 1 March 2024"


@pytest.mark.parametrize("title", ['"); 1 / 0; ("', "coding: utf-7", "x \\", "%%bash", "!date", "a?"])
def test_the_first_line_of_a_form_is_a_comment_whatever_the_title(planned, title):
    phases = tuple(dataclasses.replace(phase, title=title) for phase in WEEKLY.phases)

    made = session_notebook(planned, dataclasses.replace(WEEKLY, phases=phases))

    code = [cell["source"] for cell in made["cells"] if cell["cell_type"] == "code"]
    plain = [cell["source"] for cell in session_notebook(planned, WEEKLY)["cells"][1:]]
    assert [ast.dump(ast.parse(TransformerManager().transform_cell(source))) for source in code] == [
        ast.dump(ast.parse(source)) for source in plain
    ]


def test_the_daily_card_is_no_session_of_two(workspace):
    """It would be in the other's name, and be closed without a question."""
    journal = workspace.open_journal()

    with pytest.raises(SessionError, match=r"is yours alone, and no session of two\. .* peerkit daily"):
        new_session(workspace, journal, "daily-card")

    assert list_sessions(journal) == []


def test_a_swap_after_the_session_was_planned_changes_its_roles(workspace):
    """Else home would go on with the one that was not swapped."""
    journal = workspace.open_journal()
    made = [
        new_session(workspace, journal, "weekly", is_swapped=is_swapped) for is_swapped in (False, True, True, False)
    ]  # fmt: skip

    roles = [(session.focus, session.coach, bool(session.swapped)) for session, _ in made]
    assert roles == [("Amara", "Jonas", False), *[("Jonas", "Amara", True)] * 2, ("Amara", "Jonas", False)]
    assert {(session.session_id, path) for session, path in made} == {(made[0][0].session_id, made[0][1])}
    assert len(list_sessions(journal)) == 1


def test_where_nobody_has_the_floor_no_roles_are_swapped(workspace):
    journal = workspace.open_journal()

    with pytest.raises(SessionError, match="In first-meeting nobody has the floor"):
        new_session(workspace, journal, "first-meeting", is_swapped=True)

    assert list_sessions(journal) == []
