"""How a workspace is started: where only this machine reaches it, and where nothing in its folder is obeyed."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from peerkit import lab
from peerkit.lab import launch
from peerkit.workspace import init_workspace

BOTH = pytest.mark.parametrize("command_of", [launch.lab_command, launch.form_command])


def options_of(command):
    """Return the options of a command as {name: value}."""
    return dict(
        one.removeprefix("--").split("=", 1) for one in command if one.startswith("--") and "=" in one
    )


@BOTH
def test_the_server_listens_on_this_machine_alone(workspace, command_of):
    options = options_of(command_of(workspace, no_browser=True))

    assert options["ServerApp.ip"] == "127.0.0.1"
    assert options["ServerApp.root_dir"] == str(workspace.folder.resolve())
    assert not any("token" in name or "password" in name for name in options)


@BOTH
def test_its_pages_may_load_and_send_nothing_elsewhere(workspace, command_of):
    options = options_of(command_of(workspace, no_browser=True))

    headers = ast.literal_eval(options["ServerApp.tornado_settings"])["headers"]
    rules = dict(rule.strip().split(" ", 1) for rule in headers["Content-Security-Policy"].split(";"))
    hosts = {word for rule in rules.values() for word in rule.split() if "." in word or "//" in word}
    assert hosts == {"ws://127.0.0.1:*", "ws://localhost:*"}
    assert rules["default-src"].startswith("'self'")


@BOTH
def test_python_imports_nothing_from_the_folder_it_is_started_in(workspace, command_of):
    assert command_of(workspace, no_browser=True)[:2] == [sys.executable, "-P"]


@BOTH
def test_the_browser_is_opened_unless_it_is_not_wanted(workspace, command_of):
    shown = [("--no-browser" in command_of(workspace, no_browser=wanted)) for wanted in (True, False)]

    assert shown == [True, False]


def test_in_jupyterlab_voila_does_not_run_what_an_address_names(workspace):
    options = options_of(launch.lab_command(workspace, no_browser=True))

    assert ast.literal_eval(options["ServerApp.jpserver_extensions"]) == {
        "peerkit.lab": True,
        "voila.server_extension": False,
    }


def test_jupyterlab_asks_nobody_for_news_updates_or_extensions(workspace):
    options = options_of(launch.lab_command(workspace, no_browser=True))
    overrides = json.loads(next(launch._SETTINGS.rglob("default_setting_overrides.json")).read_text("utf-8"))

    asks = (options["LabApp.news_url"], options["LabApp.extension_manager"])
    assert asks == ("None", "readonly")
    assert overrides["@jupyterlab/apputils-extension:notification"] == {
        "fetchNews": "false",
        "checkForUpdates": False,
    }


def test_each_folder_has_a_layout_of_its_own(workspace, tmp_path):
    """What was open in the demo is not looked for among one's own sessions."""
    other = init_workspace(tmp_path / "other", me="Amara", partner="Jonas", time_zone="UTC")

    layouts = {
        options_of(launch.lab_command(one, no_browser=True))["LabApp.default_url"].split("/")[3]
        for one in (workspace, other)
    }

    assert len(layouts) == 2


def test_a_server_does_not_start_in_the_workspace_and_has_our_settings_below_the_persons(
    workspace, monkeypatch
):
    said = "import os; print(os.getcwd(), os.environ['JUPYTER_CONFIG_PATH'].split(os.pathsep), sep='\\n')"
    seen = workspace.folder / "seen"
    command = [sys.executable, "-c", f"import sys; sys.stdout = open({str(seen)!r}, 'w'); {said}"]
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "/somewhere")

    status = launch._served(command, workspace)

    settings = str(Path(lab.__file__).parent / "config")
    assert (status, seen.read_text().splitlines()) == (0, [settings, str([settings, "/somewhere"])])


@pytest.mark.skipif(os.name == "nt", reason="an interrupt is sent in another way there")
def test_an_interrupt_lets_the_server_stop_by_itself(workspace, tmp_path):
    """Killed at once it would leave its kernels, and the file that holds its token."""
    server = (
        "import signal, sys, time, pathlib\n"
        "def stop(*_):\n    time.sleep(1)\n    pathlib.Path('stopped').touch()\n    sys.exit(0)\n"
        "signal.signal(signal.SIGINT, stop)\n"
        "pathlib.Path('ready').touch()\n"
        "while True: time.sleep(0.1)\n"
    )
    (tmp_path / "server.py").write_text(f"import os; os.chdir({str(tmp_path)!r})\n{server}")
    starter = (
        "from pathlib import Path\nfrom peerkit.lab import launch\nfrom peerkit.workspace import read_workspace\n"
        f"launch._served([{sys.executable!r}, {str(tmp_path / 'server.py')!r}], read_workspace(Path({str(workspace.folder)!r})))"
    )
    running = subprocess.Popen([sys.executable, "-c", starter], start_new_session=True)
    while not (tmp_path / "ready").exists():
        assert running.poll() is None

    os.killpg(running.pid, 2)

    assert (running.wait(30), (tmp_path / "stopped").exists()) == (0, True)
