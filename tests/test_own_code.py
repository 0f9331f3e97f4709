"""Only what peerkit writes, letter by letter, may run by itself."""

import ast
import json
import shutil
from copy import deepcopy
from datetime import date

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager

from peerkit.errors import SessionError, WorkspaceError
from peerkit.lab.own_code import KERNEL, _call, code_that_may_run, inside, read_notebook, workspace_of
from peerkit.notebooks import code_of, new_session
from peerkit.templates import shipped
from peerkit.workspace import init_workspace

FIRST = date(2024, 3, 1)
NOT_OURS = r"This is no notebook of peerkit's\."
CHANGED = r"This notebook's code is not what peerkit wrote, so it waits"
UNKNOWN = r"This journal has no session "


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    """A workspace of Amara's with one session, only to look at, and the path of its notebook."""
    made = init_workspace(
        tmp_path_factory.mktemp("own") / "coaching", me="Amara", partner="Jonas", time_zone="UTC"
    )
    journal = made.open_journal()
    _, path = new_session(made, journal, "weekly", held_on=FIRST)
    journal.close()
    return made, path


@pytest.fixture
def notebook(ours):
    """The session's notebook as peerkit wrote it."""
    return json.loads(ours[1].read_text("utf-8"))


@pytest.fixture
def asked(ours):
    """Asks for the code of a notebook in that place that may run by itself."""
    workspace, path = ours

    def ask(given, *, root=workspace.folder):
        return code_that_may_run(path, given, root=root)

    return ask


def code(notebook):
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def session_id(value):
    def change(notebook):
        notebook["metadata"]["peerkit"]["session_id"] = value

    return change


def metadata(name, value):
    def change(notebook):
        notebook["metadata"][name] = value

    return change


def source(change_text):
    def change(notebook):
        code(notebook)[0]["source"] = change_text(code(notebook)[0]["source"])

    return change


def one_more_cell(notebook):
    notebook["cells"].append({**code(notebook)[-1], "id": "more", "source": "1"})


def the_last_twice(notebook):
    notebook["cells"].append(code(notebook)[-1])


def two_exchanged(notebook):
    cells = notebook["cells"]
    cells[1], cells[2] = cells[2], cells[1]


def the_last_left_out(notebook):
    notebook["cells"].pop()


def two_in_one(notebook):
    cells = notebook["cells"]
    cells[1]["source"] += "\n" + cells.pop(2)["source"]


def no_code(notebook):
    notebook["cells"] = notebook["cells"][:1]


def of_another_form(notebook):
    """As nbformat 3 has it, which Jupyter turns into cells when it opens the file."""
    notebook["worksheets"] = [{"cells": notebook.pop("cells")}]


def test_a_session_notebook_runs_by_itself_as_peerkit_wrote_it(notebook, asked):
    assert asked(notebook) == code_of(notebook)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(source(lambda text: "# Ankommen · 5 Minuten\n" + text.split("\n")[1]), id="another comment"),
        pytest.param(source(lambda text: "# coding: utf-7 +AAo-1 \\\n" + text.split("\n")[1]), id="an odd comment"),
        pytest.param(source(lambda text: text.split("\n")[1]), id="no comment"),
        pytest.param(source(lambda text: text.replace('"arrive"', '"dance"')), id="a phase that is gone"),
        pytest.param(two_exchanged, id="another order"),
        pytest.param(the_last_left_out, id="a form left out"),
        pytest.param(the_last_twice, id="a form twice"),
    ],
)  # fmt: skip
def test_a_notebook_of_calls_that_show_a_phase_of_its_session_runs_by_itself(notebook, asked, change):
    change(notebook)

    assert asked(notebook) == code_of(notebook)


@pytest.mark.parametrize("name", ["home", "follow-through"])
def test_a_shipped_notebook_runs_by_itself_as_it_was_shipped(ours, name):
    folder = ours[0].folder
    copied = folder / f"{name}.ipynb"

    may_run = code_that_may_run(copied, read_notebook(copied), root=folder)

    assert may_run == code_of(json.loads((shipped("notebooks") / copied.name).read_text("utf-8")))


def test_text_that_a_person_added_makes_no_difference(notebook, asked):
    notebook["cells"].insert(
        2, {"cell_type": "markdown", "id": "mine", "metadata": {}, "source": "We laughed."}
    )

    assert asked(notebook) == code_of(notebook)


def test_a_source_given_as_lines_is_the_text_that_they_join_to(notebook, asked):
    lines = deepcopy(notebook)
    for cell in code(lines):
        cell["source"] = cell["source"].splitlines(keepends=True)

    assert asked(lines) == code_of(notebook)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param(one_more_cell, CHANGED, id="one more cell"),
        pytest.param(two_in_one, CHANGED, id="two cells in one"),
        pytest.param(no_code, CHANGED, id="no code"),
        pytest.param(of_another_form, CHANGED, id="nbformat 3"),
        pytest.param(source(lambda text: text + "\n"), CHANGED, id="a line end more"),
        pytest.param(source(lambda text: text + "\nimport os"), CHANGED, id="a line more"),
        pytest.param(source(lambda text: text.replace("\n", "\r\n")), CHANGED, id="line ends of Windows"),
        pytest.param(source(lambda text: text.replace("# ", "# \r1\n# ", 1)), CHANGED, id="a carriage return"),
        pytest.param(source(lambda text: text.replace("# ", "# \u2028", 1)), CHANGED, id="a line separator"),
        pytest.param(source(lambda text: text.replace("# ", "# \x0c", 1)), CHANGED, id="a form feed"),
        pytest.param(source(lambda text: text.replace("guide", "ɡuide")), CHANGED, id="a letter that looks alike"),
        pytest.param(source(lambda text: [*text.splitlines(True), "\n1"]), CHANGED, id="lines that join to more"),
        pytest.param(source(lambda text: text.splitlines()), CHANGED, id="lines without their ends"),
        pytest.param(source(lambda text: [text, 7]), CHANGED, id="a number among lines"),
        pytest.param(source(lambda text: {text: 1}), CHANGED, id="a table for a text"),
        pytest.param(source(lambda _: 7), CHANGED, id="a number for a text"),
        pytest.param(source(lambda _: None), CHANGED, id="nothing for a text"),
        pytest.param(lambda notebook: notebook.update(cells={}), CHANGED, id="cells that are no list"),
        pytest.param(lambda notebook: notebook.update(cells=[7, None]), CHANGED, id="cells that are none"),
        pytest.param(metadata("kernelspec", {"name": "python3"}), CHANGED, id="another kernel"),
        pytest.param(metadata("kernelspec", {"name": [KERNEL]}), CHANGED, id="a list for a kernel"),
        pytest.param(metadata("kernelspec", KERNEL), CHANGED, id="a text for a table"),
        pytest.param(metadata("kernelspec", None), CHANGED, id="no kernel"),
        pytest.param(metadata("peerkit", None), NOT_OURS, id="no mark"),
        pytest.param(metadata("peerkit", {}), NOT_OURS, id="an empty mark"),
        pytest.param(metadata("peerkit", "home"), NOT_OURS, id="a text for a mark"),
        pytest.param(metadata("peerkit", [{"notebook": "home"}]), NOT_OURS, id="a list for a mark"),
        pytest.param(lambda notebook: notebook.update(metadata=[]), NOT_OURS, id="metadata that are a list"),
        pytest.param(lambda notebook: notebook.pop("metadata"), NOT_OURS, id="no metadata"),
        pytest.param(metadata("peerkit", {"notebook": "home"}), CHANGED, id="the mark of another notebook"),
        pytest.param(metadata("peerkit", {"notebook": "dance"}), CHANGED, id="a notebook that is not shipped"),
        pytest.param(metadata("peerkit", {"notebook": "../notebooks/home"}), CHANGED, id="a notebook by a path"),
        pytest.param(metadata("peerkit", {"notebook": ["home"]}), CHANGED, id="a list for a notebook"),
        pytest.param(source(lambda text: "\n" + text), CHANGED, id="a blank line before it"),
        pytest.param(source(lambda text: " " + text), CHANGED, id="a space before it"),
        pytest.param(source(lambda text: "# one\n" + text), CHANGED, id="two comments"),
        pytest.param(source(lambda text: text + "; 1"), CHANGED, id="one more statement"),
        pytest.param(source(lambda text: text + "?"), CHANGED, id="a question mark"),
        pytest.param(source(lambda text: text.replace("# ", "%%bash ", 1)), CHANGED, id="a magic for a comment"),
        pytest.param(source(lambda text: text.replace('of="', 'of="1')), CHANGED, id="another session in a call"),
        pytest.param(source(lambda text: text.split("\n")[0]), CHANGED, id="a comment alone"),
        pytest.param(session_id("1" * 32), UNKNOWN, id="a session that is unknown"),
        pytest.param(session_id("../../x"), UNKNOWN, id="a path for a session"),
        pytest.param(session_id("%"), UNKNOWN, id="a pattern for a session"),
        pytest.param(session_id("' OR 1=1 --"), UNKNOWN, id="a query for a session"),
        pytest.param(session_id("x\x00"), UNKNOWN, id="a session with a null"),
        pytest.param(session_id(["a"]), UNKNOWN, id="a list for a session"),
        pytest.param(session_id({"a": 1}), UNKNOWN, id="a table for a session"),
        pytest.param(session_id(None), UNKNOWN, id="null for a session"),
        pytest.param(session_id(7), UNKNOWN, id="a number for a session"),
    ],
)  # fmt: skip
def test_a_notebook_that_was_changed_waits_for_the_person(notebook, asked, change, why):
    change(notebook)

    with pytest.raises(SessionError if why == UNKNOWN else WorkspaceError, match=why):
        asked(notebook)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_one_character_more_or_less_or_another_in_a_call_is_enough_to_wait(notebook, asked, data):
    """But for the phase's own name: whichever phase is shown, no harm is done."""
    changed = deepcopy(notebook)
    cell = data.draw(st.sampled_from(code(changed)))
    comment, call = cell["source"].split("\n")
    name = call.split('"')[1]
    before, after = call.split(name, 1)
    text, rest = data.draw(st.sampled_from([(before, name + after), (after, before + name)]))
    at = data.draw(st.integers(0, len(text)))
    put_in = data.draw(
        st.text(st.characters(exclude_categories=["Ll", "Nd"], exclude_characters="-"), max_size=1)
    )
    left_out = data.draw(st.integers(0, 1)) if put_in else 1
    assume(at + left_out <= len(text))
    other = text[:at] + put_in + text[at + left_out :]
    assume(other != text)
    cell["source"] = f"{comment}\n{other + rest if text == before else rest + other}"

    with pytest.raises(WorkspaceError, match=CHANGED):
        asked(changed)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(first=st.text(max_size=12).map("#".__add__))
def test_whatever_comment_may_stand_before_a_call_python_runs_the_call_alone(notebook, first):
    call = notebook["cells"][1]["source"].split("\n")[1]
    assume(_call(f"{first}\n{call}") == call)

    run = TransformerManager().transform_cell(f"{first}\n{call}")

    assert ast.dump(ast.parse(run)) == ast.dump(ast.parse(call))


def test_a_notebook_of_another_workspace_waits(workspace, notebook):
    with pytest.raises(SessionError, match=UNKNOWN):
        code_that_may_run(workspace.sessions / "it.ipynb", notebook, root=workspace.folder)


def test_a_notebook_waits_where_its_workspace_reaches_beyond_what_is_served(ours, notebook, asked):
    with pytest.raises(WorkspaceError, match=r"This folder belongs to a workspace that lies further up\."):
        asked(notebook, root=ours[0].sessions)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="half of JSON"),
        pytest.param(b"\xff\xfe", id="no UTF-8"),
        pytest.param(b'{"cells": ' + b"[" * 200_000, id="brackets without end"),
        pytest.param(b'{"nbformat": ' + b"9" * 5000 + b"}", id="a number of 5000 digits"),
    ],
)
def test_what_cannot_be_read_as_a_notebook_is_told(tmp_path, content):
    (tmp_path / "it.ipynb").write_bytes(content)

    with pytest.raises(
        WorkspaceError, match=r"it\.ipynb cannot be read as a notebook\. `peerkit doctor` says more"
    ):
        read_notebook(tmp_path / "it.ipynb")


@pytest.mark.parametrize("name", [".", "gone.ipynb"], ids=["a folder", "missing"])
def test_what_is_no_file_is_told(tmp_path, name):
    with pytest.raises(WorkspaceError, match=r"cannot be read as a notebook"):
        read_notebook(tmp_path / name)


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    with (tmp_path / "it.ipynb").open("wb") as file:
        file.truncate(50_000_001)

    with pytest.raises(WorkspaceError, match=r"it\.ipynb is too large for a notebook of peerkit's"):
        read_notebook(tmp_path / "it.ipynb")


@pytest.mark.parametrize("content", ["[]", "7", '"home"', "null"])
def test_json_that_is_no_table_is_an_empty_notebook(tmp_path, content):
    (tmp_path / "it.ipynb").write_text(content)

    assert read_notebook(tmp_path / "it.ipynb") == {}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        pytest.param("", "", id="the folder itself"),
        pytest.param("a/b.ipynb", "a/b.ipynb", id="below it"),
        pytest.param("/a/b.ipynb", "a/b.ipynb", id="with a slash before it"),
        pytest.param("a/../b", "b", id="up and down again"),
        pytest.param("/etc/passwd", "etc/passwd", id="a whole path is one below"),
    ],
)
def test_a_path_of_the_page_is_one_below_what_is_served(tmp_path, path, found):
    assert inside(tmp_path, path) == tmp_path.resolve() / found


@pytest.mark.parametrize(
    "path",
    ["..", "../served-too", "a/../../b", "/../etc/passwd", "link", "link/b.ipynb", "loop/../../b"],
)
def test_a_path_that_leads_out_is_refused(tmp_path, path):
    served = tmp_path / "served"
    served.mkdir()
    (served / "link").symlink_to(tmp_path)

    with pytest.raises(WorkspaceError, match=r"This path leads out of the folder that JupyterLab serves\."):
        inside(served, path)


@pytest.mark.parametrize("path", ["a\x00b", "loop/b"], ids=["a null", "a link to itself"])
def test_what_is_no_path_is_refused(tmp_path, path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")

    with pytest.raises(WorkspaceError, match=r"This is no path\. Open the notebook from the file browser"):
        inside(tmp_path, path)


def test_the_workspace_of_a_folder_is_its_own_or_the_only_one_below(workspace, tmp_path):
    places = (workspace.folder, workspace.sessions, tmp_path)

    found = [workspace_of(place, root=tmp_path).folder.resolve() for place in places]

    assert found == [workspace.folder.resolve()] * 3


def test_where_there_is_no_workspace_it_is_told_how_to_make_one(tmp_path):
    with pytest.raises(
        WorkspaceError, match=r"There is no workspace in this folder\. Make one .*: peerkit start coaching"
    ):
        workspace_of(tmp_path, root=tmp_path)


def test_of_two_workspaces_none_is_guessed(workspace, tmp_path):
    shutil.copytree(workspace.folder, tmp_path / "ours")

    with pytest.raises(
        WorkspaceError, match=r"There is more than one workspace here: coaching, ours\. Open the folder"
    ):
        workspace_of(tmp_path, root=tmp_path)


def test_a_workspace_below_that_is_a_link_to_elsewhere_is_none(workspace, tmp_path):
    served = tmp_path / "served"
    served.mkdir()
    (served / "link").symlink_to(workspace.folder)

    with pytest.raises(WorkspaceError, match=r"This folder belongs to a workspace that lies further up\."):
        workspace_of(served, root=served)


def test_a_workspace_with_a_mistake_says_what_to_mend(workspace, tmp_path):
    (workspace.folder / "peerkit.toml").write_text("me = ")

    for place in (workspace.sessions, tmp_path):
        with pytest.raises(WorkspaceError, match=r"peerkit\.toml cannot be read .* Mend the line"):
            workspace_of(place, root=tmp_path)
