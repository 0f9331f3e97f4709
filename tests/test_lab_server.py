"""A real Jupyter Server with peerkit's extension: what it answers, to whom, and what it saves."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from datetime import date
from types import SimpleNamespace

import nbformat
import pytest

from peerkit.lab.server import strip
from peerkit.notebooks import code_of, new_session, session_notebook
from peerkit.sessions import list_sessions
from peerkit.templates import copy_template, shipped, template
from peerkit.workspace import init_workspace, read_workspace

TOKEN = "peerkit-test-token"
PLACES = ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
FIRST = date(2024, 3, 1)
ELSEWHERE = (
    "This path leads out of the folder that JupyterLab serves. Open the notebook from the file browser."
)
NO_QUESTION = "This is no question that peerkit's page asks. Reload the page, and try again."
SAVED = {"execution_count": None, "outputs": []}


class Server:
    """A running Jupyter Server, and the folder that it serves."""

    def __init__(self, root, base):
        self.root = root
        self.base = base

    def ask(self, path, *, method="GET", body=None, headers=None):
        """Return status and parsed answer; who asks holds the token unless `headers` say otherwise."""
        given = {"Authorization": f"token {TOKEN}"} if headers is None else headers
        sent = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        question = urllib.request.Request(f"{self.base}/{path}", sent, given, method=method)
        try:
            with _OPENER.open(question, timeout=20) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            said = error.read()
            return error.code, json.loads(said) if said.startswith(b"{") else {}

    def room(self, near):
        return self.ask(f"peerkit/room?near={urllib.parse.quote(near)}")

    def may_run(self, path):
        return self.ask(f"peerkit/may-run?path={urllib.parse.quote(path)}")

    def new_session(self, body):
        return self.ask("peerkit/sessions", method="POST", body=body)

    def save(self, path, notebook):
        """Save a notebook as JupyterLab does, and return what the file then holds."""
        body = {"type": "notebook", "format": "json", "content": notebook}
        status, answer = self.ask(f"api/contents/{path}", method="PUT", body=body)
        assert status in (200, 201), answer
        # A file holds texts as lists of lines; nbformat joins them.
        return nbformat.read(self.root / path, as_version=4)


# A redirect to the page that asks for a token is an answer to look at, not to follow.
class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Jupyter Server on a folder with the workspace `coaching`, with settings of its own."""
    home = tmp_path_factory.mktemp("server")
    root = home / "served"
    init_workspace(root / "coaching", me="Amara", partner="Jonas", time_zone="UTC")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", "jupyter_server", "--no-browser", "--ip=127.0.0.1", "--allow-root"),
        *(f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"),
        *(f"--ServerApp.root_dir={root}", '--ServerApp.jpserver_extensions={"peerkit.lab": True}'),
        # Behind a hub or a proxy a server has a beginning of its own to its addresses.
        "--ServerApp.base_url=/amara/",
    ]
    places = {name: str(home / name.lower()) for name in PLACES}
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env={**os.environ, **places}, start_new_session=True
        )
        try:
            base = f"http://127.0.0.1:{port}/amara"
            _wait_for(base, process, home / "log")
            yield Server(root, base)
        finally:
            # Not asked to end: Jupyter's server sometimes waits for ever for a thread of its own.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)


def _wait_for(base, process, log):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{base}/api/status?token={TOKEN}", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"Jupyter Server did not start: {log.read_text()[-2000:]}")


@pytest.fixture
def workspace(server):
    """A fresh copy of the workspace in the served folder; nothing else lies there meanwhile."""
    folder = server.root / "coaching"
    kept = server.root.parent / "kept"
    shutil.copytree(folder, kept)
    yield read_workspace(folder)
    shutil.rmtree(server.root)
    server.root.mkdir()
    kept.rename(folder)


@pytest.fixture
def session(workspace):
    """A planned session and the path of its notebook."""
    journal = workspace.open_journal()
    made, path = new_session(workspace, journal, "weekly", held_on=FIRST)
    journal.close()
    return made, path


def planned(workspace):
    journal = workspace.open_journal()
    found = list_sessions(journal)
    journal.close()
    return found


def everything_in(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def told(answer):
    """Return the one sentence or two of a refusal, checked to be that alone and to name no folder."""
    status, said = answer
    assert (status, set(said)) == (400, {"message"})
    assert [word for word in ("Traceback", 'File "', "\n") if word in said["message"]] == []
    return said["message"]


QUESTIONS = [
    pytest.param("peerkit/room", "GET", None, id="room"),
    pytest.param("peerkit/may-run?path=coaching/home.ipynb", "GET", None, id="may-run"),
    pytest.param("peerkit/sessions", "POST", {"near": "coaching"}, id="sessions"),
]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "token wrong"}], ids=["none", "another"])
@pytest.mark.parametrize(("path", "method", "body"), QUESTIONS)
def test_who_has_no_token_is_told_nothing(server, workspace, path, method, body, headers):
    before = everything_in(server.root)

    status, answer = server.ask(path, method=method, body=body, headers=headers)

    assert status in (302, 403)
    assert not set(answer) & {"folder", "templates", "path", "code", "why"}
    assert everything_in(server.root) == before


def test_a_page_of_another_site_cannot_begin_a_session(server, workspace):
    """It has the browser's cookie, but not the word that stands in ours."""
    with _OPENER.open(f"{server.base}/api/status?token={TOKEN}", timeout=20) as answer:
        cookies = [said.split(";")[0] for said in answer.headers.get_all("Set-Cookie") or []]
    with_cookie = {"Cookie": "; ".join(cookies), "Content-Type": "text/plain"}

    status, _ = server.ask("peerkit/sessions", method="POST", body={"near": "coaching"}, headers=with_cookie)

    assert status == 403
    assert planned(workspace) == []


@pytest.mark.parametrize("near", ["", "coaching", "coaching/sessions", "/coaching", "coaching/x/.."])
def test_the_room_near_a_folder_is_its_workspace(server, workspace, near):
    assert server.room(near) == (200, {"folder": "coaching"})


def test_where_there_is_a_choice_the_templates_are_offered_and_nothing_is_planned(server, workspace):
    weekly = template("weekly")
    own = (shipped("templates") / "weekly.toml").read_text("utf-8")
    (workspace.templates / "own.toml").write_text(own.replace('name = "weekly"', 'name = "own"', 1), "utf-8")

    status, answer = server.new_session({"near": "coaching"})

    shown = {"title": weekly.title, "minutes": weekly.minutes, "about": weekly.about}
    assert (status, planned(workspace), set(answer)) == (200, [], {"templates", "reason", "mistakes"})
    assert [one for one in answer["templates"] if one["name"] in ("own", "weekly")] == [
        {"name": "own", **shown, "is_suggested": False},
        {"name": "weekly", **shown, "is_suggested": False},
    ]
    names = sorted({"own", *(path.stem for path in shipped("templates").glob("*.toml"))} - {"daily-card"})
    assert [one["name"] for one in answer["templates"]] == names
    assert [one["name"] for one in answer["templates"] if one["is_suggested"]] == ["first-meeting"]
    assert answer["reason"] == "You have no agreement yet. A first meeting makes one."


def test_a_template_that_is_half_edited_is_told_and_stands_in_nobody_s_way(server, workspace):
    (workspace.templates / "own.toml").write_text('name = "own"\ntitle = 7\n', "utf-8")

    status, answer = server.new_session({"near": "coaching", "template": "weekly"})

    [mistake] = answer["mistakes"]
    assert (status, len(planned(workspace)), set(answer)) == (200, 1, {"path", "mistakes"})
    assert mistake.startswith(f"{workspace.templates / 'own.toml'}:2: ")


@pytest.mark.parametrize("path", ["..", "../..", "../kept", "coaching/../../kept", "link", "link/sessions"])
@pytest.mark.parametrize("asked", ["room", "sessions"])
def test_a_path_that_leads_out_is_refused(server, workspace, asked, path):
    (server.root / "link").symlink_to(server.root.parent / "kept")
    before = everything_in(server.root.parent / "kept")

    answer = server.room(path) if asked == "room" else server.new_session({"near": path})

    assert told(answer) == ELSEWHERE
    assert everything_in(server.root.parent / "kept") == before


@pytest.mark.parametrize("near", ["a\x00b", "coaching\x00"])
def test_what_is_no_path_is_refused(server, near):
    assert told(server.new_session({"near": near})).startswith("This is no path.")


def test_a_folder_without_a_workspace_says_how_to_make_one(server, workspace):
    shutil.rmtree(workspace.folder)

    assert told(server.room("")) == (
        "There is no workspace in this folder. Make one in a terminal with: peerkit start coaching"
    )


@pytest.mark.parametrize("content", ["me = ", None], ids=["with a mistake", "whole"])
def test_of_a_workspace_further_up_nothing_is_told(server, workspace, content):
    """Neither where it lies, nor what is wrong with it."""
    above = server.root.parent / "peerkit.toml"
    above.write_text((workspace.folder / "peerkit.toml").read_text() if content is None else content)
    shutil.rmtree(workspace.folder)
    try:
        said = told(server.room(""))
    finally:
        above.unlink()

    assert said.startswith("This folder belongs to a workspace that lies further up.")
    assert str(server.root.parent) not in said


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="no JSON"),
        pytest.param(b"\xff\xfe", id="no UTF-8"),
        pytest.param(b"[" * 9000, id="brackets without end"),
        pytest.param(b'{"near": "' + b"a" * 10_000 + b'"}', id="too large"),
        pytest.param([], id="a list"),
        pytest.param("coaching", id="a text"),
        pytest.param({"near": 7}, id="a number for a path"),
        pytest.param({"near": ["coaching"]}, id="a list for a path"),
        pytest.param({"near": "coaching", "template": None}, id="null for a template"),
        pytest.param({"near": "coaching", "held_on": "2024-03-01"}, id="an unknown key"),
    ],
)
def test_what_the_page_would_not_ask_is_refused(server, body):
    assert told(server.new_session(body)) == NO_QUESTION


@pytest.mark.parametrize("name", ["dance", "../weekly", "weekly.toml", ""])
def test_a_template_that_is_not_there_plans_nothing(server, workspace, name):
    before = everything_in(workspace.sessions)

    said = told(server.new_session({"near": "coaching", "template": name}))

    assert said.startswith(f"There is no template {name!r}. There are: ")
    assert (planned(workspace), everything_in(workspace.sessions)) == ([], before)


def test_a_new_session_is_one_row_and_one_notebook(server, workspace):
    status, answer = server.new_session({"near": "coaching", "template": "weekly"})

    [one] = planned(workspace)
    [path] = workspace.sessions.iterdir()
    assert (status, answer) == (200, {"path": f"coaching/sessions/{path.name}", "mistakes": []})
    assert (one.status, one.focus, one.coach) == ("planned", "Amara", "Jonas")
    assert json.loads(path.read_text("utf-8")) == session_notebook(one, template("weekly"))


def test_asked_twice_the_same_notebook_is_answered(server, workspace):
    answers = [server.new_session({"near": near, "template": "weekly"}) for near in ("coaching", "")]

    assert answers[0] == answers[1]
    assert (len(planned(workspace)), len([*workspace.sessions.iterdir()])) == (1, 1)


def test_our_notebook_may_run_and_is_answered_with_its_code(server, session):
    _, path = session

    answer = server.may_run(f"coaching/sessions/{path.name}")

    assert answer == (200, {"code": code_of(json.loads(path.read_text("utf-8")))})


def test_a_notebook_that_was_changed_is_answered_with_a_sentence(server, session):
    _, path = session
    path.write_text(path.read_text("utf-8").replace("guide.phase(", "guide.phase (", 1), "utf-8")

    status, answer = server.may_run(f"coaching/sessions/{path.name}")

    assert (status, set(answer)) == (200, {"why"})
    assert answer["why"].startswith("This notebook's code is not what peerkit wrote")


@pytest.mark.parametrize(
    ("path", "status", "why"),
    [
        ("../kept/home.ipynb", 400, ELSEWHERE),
        ("/etc/passwd", 200, "passwd cannot be read as a notebook. `peerkit doctor` says more."),
        ("link.ipynb", 400, ELSEWHERE),
        ("coaching", 200, "coaching cannot be read as a notebook. `peerkit doctor` says more."),
        (
            "coaching/peerkit.toml",
            200,
            "peerkit.toml cannot be read as a notebook. `peerkit doctor` says more.",
        ),
        ("coaching/journal.db", 200, "journal.db cannot be read as a notebook. `peerkit doctor` says more."),
    ],
)
def test_another_path_may_not_run_and_is_not_read_out(server, workspace, path, status, why):
    (server.root / "link.ipynb").symlink_to(server.root.parent / "kept" / "home.ipynb")

    answer = server.may_run(path)

    assert answer == (status, {"why" if status == 200 else "message": why})


def kernels(server):
    """Return path and kernel of every notebook that has one running."""
    _, running = server.ask("api/sessions")
    return {one["path"]: one["kernel"]["name"] for one in running}


def test_the_kernel_of_a_new_session_starts_while_the_page_builds_the_notebook(server, workspace):
    _, answer = server.new_session({"near": workspace.folder.name, "template": "first-meeting"})

    assert kernels(server)[answer["path"]] == "peerkit"


def test_asked_twice_at_once_one_kernel_is_started(server, session):
    _, path = session
    asked = f"peerkit/may-run?path={path.relative_to(server.root).as_posix()}"

    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda _: server.ask(asked, method="POST", body={}), range(4)))

    assert {status for status, _ in answers} == {200}
    _, running = server.ask("api/sessions")
    assert [one["path"] for one in running].count(path.relative_to(server.root).as_posix()) == 1


def test_where_what_fits_is_half_edited_another_one_is_suggested_and_a_copy_begun_with(server, workspace):
    copy_template("weekly", "calm", folder=workspace.templates)
    for name in ("first-meeting", "weekly"):
        (workspace.templates / f"{name}.toml").write_text("half", "utf-8")

    status, asked = server.new_session({"near": "coaching"})
    _, answer = server.new_session({"near": "coaching", "template": "calm"})

    suggested = [one["name"] for one in asked["templates"] if one["is_suggested"]]
    assert (status, suggested, asked["reason"]) == (
        200,
        ["calm"],
        "Your own weekly has a mistake, and cannot be used.",
    )
    assert {one["name"] for one in asked["templates"]} & {"first-meeting", "weekly"} == set()
    assert [one.template for one in planned(workspace)] == ["calm"]
    assert [len(one["mistakes"]) for one in (asked, answer)] == [2, 2]


def test_a_kernel_is_started_ahead_only_for_what_may_run_by_itself(server, session):
    _, path = session
    changed = path.with_name("changed.ipynb")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"][1]["source"] += "\n1"
    changed.write_text(json.dumps(notebook), encoding="utf-8")
    ours, other = (one.relative_to(server.root).as_posix() for one in (path, changed))

    answers = [
        server.ask(f"peerkit/may-run?path={path}", method="POST", body={}) for path in (ours, ours, other)
    ]

    assert [sorted(answer) for _, answer in answers] == [["code"], ["code"], ["why"]]
    running = kernels(server)
    assert (running.get(ours), running.get(other)) == ("peerkit", None)


def ran(notebook):
    """Return a notebook as JupyterLab holds it after it was run: with outputs, times and widgets."""
    held = deepcopy(notebook)
    output = {"output_type": "stream", "name": "stdout", "text": "The roof leaks"}
    for number, cell in enumerate(cell for cell in held["cells"] if cell["cell_type"] == "code"):
        cell |= {"outputs": [output], "execution_count": number + 1}
        cell["metadata"]["execution"] = {"iopub.execute_input": "2024-03-01T12:00:00Z"}
    state = {"version_major": 2, "version_minor": 0, "state": {"1": {"state": {"value": "The roof leaks"}}}}
    held["metadata"]["widgets"] = {"application/vnd.jupyter.widget-state+json": state}
    return held


def test_a_notebook_of_peerkit_is_saved_without_what_it_shows(server, session):
    """No word that was typed is in the file, and not when two people met."""
    _, path = session
    written = json.loads(path.read_text("utf-8"))

    saved = server.save(f"coaching/sessions/{path.name}", ran(written))

    assert saved == written


def test_another_notebook_is_saved_as_it_is(server, session):
    _, path = session
    mine = ran(json.loads(path.read_text("utf-8")))
    del mine["metadata"]["peerkit"]

    assert server.save("coaching/mine.ipynb", mine) == mine


MALFORMED = [
    pytest.param({}, id="nothing"),
    pytest.param({"type": "file", "content": "text"}, id="a text"),
    pytest.param({"type": "directory", "content": []}, id="a folder"),
    pytest.param({"type": "notebook"}, id="no content"),
    pytest.param({"type": "notebook", "content": None}, id="null for content"),
    pytest.param({"type": "notebook", "content": []}, id="a list for content"),
    pytest.param({"type": "notebook", "content": {}}, id="no metadata"),
    pytest.param({"type": "notebook", "content": {"metadata": ["peerkit"]}}, id="metadata that are a list"),
    *(
        pytest.param({"type": "notebook", "content": {"metadata": {"peerkit": {}}, **content}}, id=name)
        for name, content in {
            "no cells": {},
            "null for cells": {"cells": None},
            "a number for cells": {"cells": 7},
            "cells that are none": {"cells": [None, 7, "code", []]},
            "a cell of no kind": {"cells": [{}]},
            "a cell without metadata": {"cells": [{"cell_type": "code"}]},
            "null for a cell's metadata": {"cells": [{"cell_type": "code", "metadata": None}]},
            "a list for a cell's metadata": {"cells": [{"cell_type": "code", "metadata": ["execution"]}]},
        }.items()
    ),
]


@pytest.mark.parametrize("model", MALFORMED)
def test_a_malformed_model_raises_nothing_when_it_is_saved(model):
    """An error would be logged, and the notebook saved with all that it shows."""
    strip(deepcopy(model), path="it.ipynb", contents_manager=SimpleNamespace())


def test_of_a_malformed_notebook_the_good_cells_are_saved_without_what_they_show():
    good = {"cell_type": "code", "metadata": {"execution": {}}, "outputs": [{}], "execution_count": 7}
    bad = [None, {"cell_type": "code", "metadata": None, "outputs": [{}]}]
    model = {"type": "notebook", "content": {"metadata": {"peerkit": {}}, "cells": [*bad, good]}}

    strip(model, path="it.ipynb", contents_manager=SimpleNamespace())

    assert model["content"]["cells"] == [
        None,
        {"cell_type": "code", "metadata": None, **SAVED},
        {"cell_type": "code", "metadata": {}, **SAVED},
    ]
