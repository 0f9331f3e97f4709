"""The wheel: it holds all that peerkit needs, and works from a folder of its own."""

import importlib.util
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
EXTENSION = CHECKOUT / "peerkit/lab/labextensions/peerkit"
# Where hatchling is installed it is used as it is; otherwise pip fetches it, from where it is set up to.
BUILD = ["--no-build-isolation"] if importlib.util.find_spec("hatchling") else []

USED = """
import sys
from pathlib import Path
import peerkit
from peerkit.workspace import init_workspace
assert Path(peerkit.__file__).is_relative_to(sys.argv[1]), peerkit.__file__
place = init_workspace(Path("coaching"), me="Amara", partner="Jonas", time_zone="UTC")
journal = place.open_journal()
print(peerkit.template("weekly").minutes, [len(journal.rows(name)) for name in ("sessions", "answers", "entries")])
print(sorted(path.name for path in place.folder.glob("*.ipynb")))
journal.close()
from peerkit.specific import gentle_questions
from peerkit.templates import list_templates, sheet
print(sorted(one.name for one in list_templates()), sheet("agreement").title, gentle_questions("Plant the pear tree", None))
import peerkit.export.pdf, peerkit.guide
print(len(peerkit.export.pdf._source()) > 1000, len(peerkit.guide.Form._esm) > 1000, len(peerkit.guide.Form._css) > 100)
"""


def pip(*arguments, cwd):
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *map(str, arguments)]
    told = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel of this checkout, built once."""
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-deps", *BUILD, "--wheel-dir", folder, CHECKOUT, cwd=folder)
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel):
    """A folder with nothing but the wheel's content."""
    pip("install", "--no-deps", "--no-index", "--target", wheel.parent / "site", wheel, cwd=wheel.parent)
    return wheel.parent / "site"


def names_in(wheel):
    with zipfile.ZipFile(wheel) as opened:
        return set(opened.namelist())


def test_every_file_of_the_package_is_in_the_wheel(wheel):
    ours = {
        str(path.relative_to(CHECKOUT))
        for path in (CHECKOUT / "peerkit").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert ours <= names_in(wheel)
    assert {
        "peerkit/demo.toml",
        "peerkit/specific.toml",
        "peerkit/export/summary.typ",
        "peerkit/guide/form.css",
        "peerkit/guide/form.js",
    } <= ours


@pytest.mark.parametrize(("kind", "suffix"), [("templates", "toml"), ("notebooks", "ipynb")])
def test_what_a_workspace_receives_is_in_the_wheel_as_it_is(wheel, kind, suffix):
    """With the sheets, which lie in a folder below the templates."""
    place = f"peerkit/shipped/{kind}/"
    wanted = {
        path.relative_to(CHECKOUT / kind).as_posix(): path.read_bytes()
        for path in (CHECKOUT / kind).rglob(f"*.{suffix}")
    }

    with zipfile.ZipFile(wheel) as opened:
        shipped = {
            name.removeprefix(place): opened.read(name)
            for name in opened.namelist()
            if name.startswith(place)
        }

    assert shipped == wanted
    assert {"templates": "sheets/agreement.toml", "notebooks": "home.ipynb"}[kind] in wanted


def test_nothing_but_the_package_what_jupyter_finds_and_its_licence_is_in_the_wheel(wheel):
    others = sorted(name for name in names_in(wheel) if not name.startswith("peerkit/"))

    data = {name.split("/data/")[1] for name in others if "/data/" in name}
    tops = {name.split("/", 2)[1] for name in others}
    assert {name.split("/")[0].split("-")[0] for name in others} == {"peerkit"}
    assert tops <= {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses", "data"}
    assert data == {
        "etc/jupyter/jupyter_server_config.d/peerkit.json",
        "share/jupyter/kernels/peerkit/kernel.json",
        "share/jupyter/labextensions/peerkit/install.json",
        "share/jupyter/labextensions/peerkit/package.json",
        "share/jupyter/labextensions/peerkit/static/remoteEntry.js",
    }


def test_what_jupyter_finds_is_what_peerkit_start_brings(wheel):
    """JupyterLab loads the same cards whether peerkit started it or not."""
    ours = {
        path.name: path.read_bytes()
        for place in (EXTENSION, EXTENSION / "static")
        for path in place.glob("*.*")
    }

    with zipfile.ZipFile(wheel) as opened:
        found = {
            Path(name).name: opened.read(name)
            for name in opened.namelist()
            if "/share/jupyter/labextensions/peerkit/" in name
        }
        [config] = [
            opened.read(name) for name in opened.namelist() if name.endswith("_config.d/peerkit.json")
        ]

    assert found == ours
    assert json.loads(config) == {"ServerApp": {"jpserver_extensions": {"peerkit.lab": True}}}
    assert json.loads(found["package.json"])["jupyterlab"]["_build"]["load"] == "static/remoteEntry.js"


def test_the_command_and_the_exporter_are_entry_points(wheel):
    with zipfile.ZipFile(wheel) as opened:
        [name] = [name for name in opened.namelist() if name.endswith("entry_points.txt")]
        lines = [line for line in opened.read(name).decode().splitlines() if line]

    assert lines == [
        "[console_scripts]",
        "peerkit = peerkit.cli:main",
        "[nbconvert.exporters]",
        "peerkit_pdf = peerkit.export:SummaryPDFExporter",
    ]


def test_an_installed_peerkit_makes_a_workspace_without_the_checkout(installed, tmp_path):
    first = {**os.environ, "PYTHONPATH": str(installed)}

    command = [sys.executable, "-c", USED, str(installed)]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=first)

    names = sorted(path.stem for path in (CHECKOUT / "templates").glob("*.toml"))
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.splitlines() == [
        "60 [0, 0, 0]",
        str(sorted(path.name for path in (CHECKOUT / "notebooks").glob("*.ipynb"))),
        f"{names} Our agreement ['By when will it be done?']",
        "True True True",
    ]
