"""What keeps the map of DESIGN.md true: core and surface, few public names, a page design that reads nothing."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import peerkit
from peerkit.errors import PeerkitError

PACKAGE = Path(peerkit.__file__).parent
CORE = (
    "errors",
    "schema",
    "tables",
    "vault",
    "replace",
    "sqlite",
    "copies",
    "store",
    "remake",
    "backups",
    "care",
    "forget",
    "restore",
    "journal",
    "engines",
    "coding",
    "seen",
    "fold",
    "accord",
    "ledger",
    "specific",
    "measures",
    "shapes",
    "toml_file",
    "template_file",
    "templates",
    "agenda",
    "sessions",
    "agreement",
    "slots",
    "turns",
    "row_check",
    "row_make",
    "answer_check",
    "heard",
    "ruptures",
    "suggest",
    "ahead_behind",
    "partner_fit",
    "daily",
    "audience",
    "coach_notes",
)
SURFACE_LIBRARIES = {
    "matplotlib",
    "ipywidgets",
    "anywidget",
    "nbformat",
    "nbconvert",
    "scipy",
    "typst",
    "IPython",
}
SURFACE_LIBRARIES |= {"typer", "rich", "mistune", "statsmodels", "icalendar"}
OF_THE_JOURNAL_AND_TABLES = {"sqlalchemy", "pandas", "nacl"}


def loaded_by(*modules):
    """Return the modules, without what follows a dot, that each of these adds in a fresh Python, one after another.

    What none of them adds, none of them loads when it is the only one.
    """
    code = (
        "import sys\nfrom importlib import import_module\nfor name in sys.argv[1:]:\n"
        "    before = set(sys.modules)\n    import_module(name)\n    print(*set(sys.modules) - before)"
    )
    done = subprocess.run([sys.executable, "-c", code, *modules], capture_output=True, text=True, check=True)
    added = [{name.partition(".")[0] for name in line.split()} for line in done.stdout.splitlines()]
    return dict(zip(modules, added, strict=True))


def imported_by(path):
    """Return the modules that a file imports anywhere in it, as dotted names."""
    named = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            named |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            named |= {node.module or "", *(f"{node.module}.{name.name}" for name in node.names)}
    return named


def test_import_peerkit_loads_no_library_beyond_pythons_own():
    """A session's first form must not wait for what it does not use."""
    loaded = loaded_by("peerkit")

    assert loaded["peerkit"] & (SURFACE_LIBRARIES | OF_THE_JOURNAL_AND_TABLES) == set()


def test_core_loads_no_surface_library():
    loaded = loaded_by(*(f"peerkit.{module}" for module in CORE))

    assert {
        name: added & SURFACE_LIBRARIES for name, added in loaded.items() if added & SURFACE_LIBRARIES
    } == {}


def test_what_a_form_needs_loads_no_pandas():
    """pandas takes longer to load than all the rest of it."""
    loaded = loaded_by(
        *(f"peerkit.{module}" for module in ("journal", "ledger", "templates", "sessions", "suggest"))
    )

    assert [name for name, added in loaded.items() if "pandas" in added] == []


@pytest.mark.parametrize("module", CORE)
def test_core_imports_only_core(module):
    """Also where the import stands inside a function. Whatever is not core is surface."""
    home = PACKAGE / module
    sources = sorted(home.glob("*.py")) if home.is_dir() else [home.with_suffix(".py")]
    imported = set().union(*map(imported_by, sources))

    own = {name.split(".")[1] for name in imported if name.startswith("peerkit.")}
    surface = {path.stem for path in PACKAGE.iterdir()} - set(CORE)
    assert (own & surface, {name.partition(".")[0] for name in imported} & SURFACE_LIBRARIES) == (
        set(),
        set(),
    )


def test_public_names_are_few_and_have_one_home():
    assert set(peerkit.__all__) == {*peerkit._HOME_OF, "open", "PeerkitError"}
    assert peerkit.__all__ == sorted(peerkit.__all__)
    assert len(peerkit.__all__) < 25


@pytest.mark.parametrize("name", peerkit.__all__)
def test_a_public_name_is_there_and_says_what_it_does(name):
    public = getattr(peerkit, name)

    assert public.__doc__
    assert name in dir(peerkit)


def test_a_name_that_is_not_public_is_not_there():
    with pytest.raises(AttributeError, match="module 'peerkit' has no attribute 'score'"):
        peerkit.score  # noqa: B018 a look-up that must fail


def test_every_error_that_peerkit_raises_is_a_peerkit_error():
    from peerkit import errors

    kinds = {name: kind for name, kind in vars(errors).items() if isinstance(kind, type)}
    assert {name for name, kind in kinds.items() if not issubclass(kind, PeerkitError)} == set()


@pytest.mark.parametrize(
    "word", ["eval(", "import", "include", "read(", "plugin(", "csv(", "yaml(", "toml(", "xml("]
)
def test_the_page_design_reads_nothing_and_runs_nothing(word):
    """What people typed arrives as values; nothing in the design could turn it into source."""
    source = (PACKAGE / "export" / "summary.typ").read_text(encoding="utf-8")
    code = re.sub(r"(?m)(^|\s)//.*$", "", source)

    assert word not in code
