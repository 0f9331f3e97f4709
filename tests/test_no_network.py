"""Nothing that peerkit does needs another machine, or looks for one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

OFFLINE = Path(__file__).with_name("offline")
# In a network of its own there is only a loopback, and it is down at first.
LOOPBACK_UP = """
import fcntl, os, socket, struct
if "PEERKIT_TEST_ALONE" in os.environ:
    with socket.socket() as one:
        fcntl.ioctl(one, 0x8914, struct.pack("16sh", b"lo", 0x41))
"""
COMMANDS = """
import glob, os, sys
from functools import cache
import typer.main
from peerkit.cli import main
typer.main.get_command = cache(typer.main.get_command)  # the commands, made once

def run(*words):
    sys.argv = ["peerkit", *words]
    try:
        main()
    except SystemExit as ended:
        assert ended.code in (0, None), (words, ended.code)

os.chdir(sys.argv[1])
run("demo", "year", "--no-open")
run("init", "coaching", "--me", "Amara", "--partner", "Jonas")
os.chdir("coaching")
run("new", "lightning")
run("promise", "Call the school", "--shared")

from peerkit import guide, open as open_journal
from peerkit.sessions import list_sessions
journal = open_journal(".")
[held] = list_sessions(journal)
[made] = {row["commitment_id"] for row in journal.rows("entries")}
from peerkit.templates import template
for phase in template("lightning").phases:
    form = guide.phase(phase.id, of=held.session_id)
    for key, field in form._fields().items():
        if field.prompt.kind in ("line", "text"):
            form.save(key, "Said and kept", 0)
form.close_session("")
guide.home()

run("visibility", made, "private")
run("keep", made)
run("summary")
for suffix in ("csv", "json", "md", "txt", "ics"):
    run("export", f"out.{suffix}")
run("import", "out.json")
run("calendar", "out.calendar.ics")
run("digest")
run("status")
run("templates", "list")
run("doctor")
run("backup", "copy.db")

import nbformat
from nbclient import NotebookClient
path = glob.glob("sessions/*.ipynb")[0]
NotebookClient(nbformat.read(path, as_version=4), kernel_name="python3", timeout=120,
               resources={"metadata": {"path": "sessions"}}).execute()
"""


def run_offline(code: str, folder: Path) -> tuple[int, str, str]:
    """Run Python where nothing but this machine is reached; return its status, what it said, and what it tried."""
    alone = ["unshare", "--user", "--map-root-user", "--net"]
    is_alone = (
        shutil.which("unshare") is not None
        and not subprocess.run([*alone, "true"], capture_output=True).returncode
    )
    told = folder / "attempts"
    told.touch()
    package = Path(__file__).parent.parent
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(
            [str(OFFLINE), str(package), *filter(None, [os.environ.get("PYTHONPATH")])]
        ),
        "PEERKIT_TEST_ATTEMPTS": str(told),
        **({"PEERKIT_TEST_ALONE": "1"} if is_alone else {}),
    }
    command = [*(alone if is_alone else []), sys.executable, "-c", LOOPBACK_UP + code, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)
    return done.returncode, done.stdout + done.stderr, told.read_text("utf-8")


def test_the_main_paths_and_the_demo_need_no_network_and_look_for_none(tmp_path):
    status, said, attempts = run_offline(COMMANDS, tmp_path)

    assert (status, attempts) == (0, ""), said[-2000:]
    made = {path.suffix for path in (tmp_path / "coaching").rglob("*") if path.is_file()}
    assert {".pdf", ".csv", ".json", ".md", ".txt", ".ics", ".ipynb", ".db"} <= made
    assert list((tmp_path / "year" / "summaries").glob("*.pdf"))


@pytest.mark.parametrize(
    "tried",
    [
        "socket.create_connection(('192.0.2.1', 80), 1)",
        "socket.getaddrinfo('example.org', 80)",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
        "__import__('urllib.request').request.urlopen('http://192.0.2.1/')",
    ],
    ids=["a connection", "a name", "a datagram", "a page"],
)
def test_an_attempt_is_seen_by_this_test(tmp_path, tried):
    """Otherwise the one above would prove nothing; a try that is caught by its library counts too."""
    status, _, attempts = run_offline(
        f"import socket\ntry:\n    {tried}\nexcept OSError:\n    pass", tmp_path
    )

    assert (status, bool(attempts)) == (0, True)
