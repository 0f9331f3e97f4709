"""What is written is for its owner alone; what is typed into a form or a cell is in no log and in no history."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest
import websocket

from peerkit import demo
from peerkit.lab import launch
from peerkit.notebooks import new_session
from peerkit.sessions import Session
from peerkit.workspace import Workspace, init_workspace

SENTINEL = "qxtypedintoaformzw"
IN_A_CELL = "qxtypedintoacellzw"
PLACES = ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")


@pytest.mark.skipif(os.name == "nt", reason="there files have other rights")
def test_everything_in_a_workspace_is_for_its_owner_alone_under_a_usual_umask(tmp_path):
    before = os.umask(0o022)
    try:
        year = demo.make(tmp_path / "year", seed=3)
    finally:
        os.umask(before)

    rights = {
        (kind, path.stat().st_mode & 0o777)
        for path in (year.folder, *year.folder.rglob("*"))
        for kind in ["folder" if path.is_dir() else "file"]
    }
    assert rights == {("folder", 0o700), ("file", 0o600)}


class Lab(NamedTuple):
    """JupyterLab as `peerkit start` starts it, with every word of its log, on a workspace with one session."""

    workspace: Workspace
    session: Session
    process: subprocess.Popen[bytes]
    home: Path
    base: str
    token: str

    def ask(self, path: str, *, token: str, **more: Any) -> Any:
        request = urllib.request.Request(
            f"{self.base}{path}", headers={"Authorization": f"token {token}"}, **more
        )
        with urllib.request.urlopen(request, timeout=30) as reply:
            return json.loads(reply.read() or b"null")

    def said(self) -> str:
        return (self.home / "log").read_text("utf-8", "replace")


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Iterator[Lab]:
    home = tmp_path_factory.mktemp("lab")
    workspace = init_workspace(home / "coaching", me="Amara", partner="Jonas", time_zone="UTC")
    journal = workspace.open_journal()
    session, _ = new_session(workspace, journal, "weekly")
    journal.close()
    command = launch.lab_command(workspace, no_browser=True)
    command = [*(one for one in command if "log_level" not in one), "--debug"]
    package = str(Path(__file__).parent.parent)
    paths = os.pathsep.join([package, *filter(None, [os.environ.get("PYTHONPATH")])])
    places = {name: str(home / name.lower()) for name in PLACES} | {"PYTHONPATH": paths}
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env={**os.environ, **places}, start_new_session=True
        )
        try:
            yield Lab(workspace, session, process, home, *_address(home, process))
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)


def _address(home: Path, process: subprocess.Popen[bytes]) -> tuple[str, str]:
    """Return where the server is, and its token, once it answers: from the file for its owner alone."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        for path in (home / "jupyter_runtime_dir").glob("jpserver-*.json"):
            try:
                told = json.loads(path.read_text("utf-8"))
                with urllib.request.urlopen(f"{told['url']}api/status?token={told['token']}", timeout=2):
                    return told["url"], told["token"]
            except (OSError, ValueError):
                continue
        time.sleep(0.1)
    pytest.fail(f"JupyterLab did not start: {(home / 'log').read_text('utf-8')[-2000:]}")


class Kernel:
    """A kernel of the session's notebook, reached as the browser reaches it."""

    def __init__(self, lab: Lab) -> None:
        body = json.dumps({"name": "python3"}).encode()
        # Its command is peerkit's; the name of an installed one says nothing of this tree.
        kernel = lab.ask("api/kernels", token=lab.token, data=body, method="POST")
        address = lab.base.replace("http", "ws") + f"api/kernels/{kernel['id']}/channels?token={lab.token}"
        self.socket = websocket.create_connection(address, timeout=60)
        self.number = 0
        self.end = lambda: lab.ask(f"api/kernels/{kernel['id']}", token=lab.token, method="DELETE")

    def __enter__(self) -> Kernel:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()
        self.end()

    def send(self, kind: str, content: dict[str, Any]) -> str:
        self.number += 1
        header = {
            "msg_id": f"m{self.number}",
            "msg_type": kind,
            "session": "s",
            "username": "",
            "version": "5.3",
        }
        header["date"] = "2024-03-01T12:00:00Z"
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        self.socket.send(json.dumps({**message, "channel": "shell", "buffers": []}))
        return header["msg_id"]

    def run(self, code: str) -> str:
        """Run a cell, and return what it printed."""
        return self.until_idle(
            self.send("execute_request", {"code": code, "silent": False, "store_history": True})
        )

    def until_idle(self, asked: str) -> str:
        printed = ""
        while True:
            told = json.loads(self.socket.recv())
            if told["parent_header"].get("msg_id") != asked:
                continue
            content = told["content"]
            printed += content.get("text", "") if told["msg_type"] == "stream" else ""
            assert told["msg_type"] != "error", content
            if told["msg_type"] == "status" and content["execution_state"] == "idle":
                return printed


def test_the_lab_listens_on_the_loopback_alone(lab):
    """Asked of the processes themselves, whatever their options say: the server and its kernels."""
    server = psutil.Process(lab.process.pid)

    with Kernel(lab) as kernel:
        kernel.run("1")
        processes = [server, *server.children(recursive=True)]
        sockets = [one for each in processes for one in each.net_connections("inet")]

    listening = {one.laddr.ip for one in sockets if one.status == psutil.CONN_LISTEN}
    assert listening <= {"127.0.0.1", "::1"}
    assert "127.0.0.1" in listening


@pytest.mark.parametrize("token", ["", "guessed"])
def test_the_lab_answers_nobody_without_its_token(lab, token):
    with pytest.raises(urllib.error.HTTPError) as refused:
        lab.ask("api/contents", token=token)

    refused.value.close()
    assert refused.value.code == 403


def test_what_is_typed_into_a_form_is_in_no_log_however_much_is_logged(lab):
    code = f"from peerkit import guide; form = guide.phase('arrive', of={lab.session.session_id!r}); print(form.comm.comm_id)"
    typed = {"do": "save", "key": "arriving/Amara", "value": SENTINEL, "revision": 0, "token": "t"}

    with Kernel(lab) as kernel:
        comm = kernel.run(f"import os; os.chdir({str(lab.workspace.folder)!r})\n{code}").strip()
        content = {"comm_id": comm, "data": {"method": "custom", "content": typed}}
        kernel.until_idle(kernel.send("comm_msg", content))

    kept = [row["value"] for row in lab.workspace.open_journal().rows("answers")]
    assert (kept, SENTINEL in lab.said()) == ([SENTINEL], False)
    assert "api/kernels" in lab.said()
    elsewhere = [
        path for path in lab.home.rglob("*") if path.is_file() and path != lab.workspace.journal_path
    ]
    assert [path.name for path in elsewhere if SENTINEL.encode() in path.read_bytes()] == []


def test_what_is_run_in_a_cell_is_in_no_history_of_the_home_folder(tmp_path):
    """The kernel that peerkit's notebooks name; IPython's own would keep each cell for ever."""
    from jupyter_client.manager import KernelManager

    package = str(Path(__file__).parent.parent)
    environment = {**os.environ, "IPYTHONDIR": str(tmp_path / "ipython"), "PYTHONPATH": package}
    kernel = KernelManager(connection_file=str(tmp_path / "kernel.json"))
    kernel.kernel_spec.argv[:] = [sys.executable, "-P", "-m", "peerkit.kernel", "-f", "{connection_file}"]
    kernel.start_kernel(env=environment, cwd=str(tmp_path))
    client = kernel.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        told = client.execute_interactive(f"said = {IN_A_CELL!r}", store_history=True, timeout=60)
    finally:
        client.stop_channels()
        kernel.shutdown_kernel(now=False)

    histories = list((tmp_path / "ipython").rglob("history.sqlite"))
    cells = [sqlite3.connect(path).execute("SELECT source FROM history").fetchall() for path in histories]
    kept = [
        path.name
        for path in tmp_path.rglob("*")
        if path.is_file() and IN_A_CELL.encode() in path.read_bytes()
    ]
    assert (told["content"]["status"], [cell for cell in cells if cell], kept) == ("ok", [], [])
