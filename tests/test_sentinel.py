"""A word in every private field, looked for after a whole life in every file: it is found nowhere in clear."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from contextlib import suppress
from pathlib import Path

import pikepdf
import pytest

SENTINEL = "qxprivateword"
# In UTF-8, as UTF-16 with either end first, and as letters of another width in a JSON text.
SPELT = [SENTINEL.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be")]
PASSPHRASE = "four words in a row"

# Twice, in clear and encrypted: the year of the demo, private words in all that can be private, and everything that peerkit does with them.
LIFE = """
import os
import shutil
import sys
from functools import cache
from pathlib import Path

import nbformat
import typer.main
from nbclient import NotebookClient

from peerkit import backups, care, daily, demo, guide, ledger, partner_fit, sessions, workspace
from peerkit.cli import main
from peerkit.lab.server import strip
from peerkit.notebooks import new_session
from peerkit.templates import template

word, everything, next_life = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
typer.main.get_command = cache(typer.main.get_command)  # the commands, made once


def run(*words):
    sys.argv = ["peerkit", *words]
    try:
        main()
    except SystemExit as ended:
        assert ended.code in (0, None), (words, ended.code)


def live(folder, is_encrypted):
    place = workspace.read_workspace(Path(shutil.copytree(year.folder, folder)))
    if is_encrypted:
        care.encrypt(place.journal_path, os.environ["PEERKIT_PASSPHRASE"])
    journal = place.open_journal()
    today = journal.today()
    held, notebook = new_session(place, journal, "weekly")
    sessions.open_session(journal, held.session_id)
    for phase in template("weekly").phases:
        for prompt in phase.prompts:
            if prompt.kind in ("line", "text"):
                for author in held.peers:
                    sessions.write_answer(journal, held.session_id, phase=phase.id, prompt=prompt.id, author=author, value=word, revision=0, visibility="private")
    details = dict.fromkeys(ledger.DETAILS, word)
    first = ledger.promise(journal, word, peer="Amara", on=today, due_on=today, visibility="private", session_id=held.session_id, **details)
    second = ledger.promise(journal, word, peer="Amara", on=today, due_on=today, visibility="private", **details)
    ledger.miss(journal, first.commitment_id, on=today, reason=word)
    partner_fit.add_candidate(journal, word)
    card = daily.card_of(journal, "Amara", on=today)
    daily.keep(journal, card, [{"question": word, "how": "scale", "answer": "7"}])
    sessions.close_session(journal, held.session_id, next_on=None)

    # The notebook as it is opened, run and saved in JupyterLab.
    for path in (notebook, place.home):
        told = nbformat.read(path, as_version=4)
        NotebookClient(told, kernel_name="python3", timeout=120, resources={"metadata": {"path": str(path.parent)}}).execute()
        model = {"type": "notebook", "content": told}
        strip(model, str(path), None)
        nbformat.write(model["content"], path)

    os.chdir(place.folder)
    day = str(held.held_on)
    session = held.session_id
    if is_encrypted:
        os.environ["PEERKIT_PDF_PASSWORD"] = os.environ["PEERKIT_PASSPHRASE"]
    run("summary", session, "--for", "mine")
    os.environ.pop("PEERKIT_PDF_PASSWORD", None)
    for audience in ("ours", "outside"):
        run("summary", session, "--for", audience)
        for suffix in ("csv", "json") if audience == "outside" else ("csv", "json", "md", "txt"):
            run("export", f"exports-{audience}.{suffix}", "--for", audience)
    run("calendar", "out.ics")
    run("digest")
    run("status")
    run("backup", str(place.folder.parent / "copy.db"))
    run("share", str(place.folder.parent / "mine.bundle"), "--to-myself")
    run("doctor", "--privacy")
    if is_encrypted:
        os.environ["PEERKIT_NEW_PASSPHRASE"] = os.environ["PEERKIT_PASSPHRASE"] + " more"
        run("passphrase")
        os.environ["PEERKIT_PASSPHRASE"] += " more"
    run("forget", "commitment", second.commitment_id, "--yes")
    journal.close()


year = demo.make(everything / "year", seed=1)
live(everything / "plain" / "coaching", is_encrypted=False)
print(next_life)
live(everything / "encrypted" / "coaching", is_encrypted=True)
"""
NEXT_LIFE = "Now encrypted"


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Both lives in one process, and what the encrypted one said.

    They have a home, a folder for temporary files and Jupyter's own, which are searched, too.
    """
    tmp_path = tmp_path_factory.mktemp("lives")
    script = tmp_path / "life.py"
    script.write_text(LIFE)
    roots = {"HOME": "home", "TMPDIR": "tmp", "JUPYTER_DATA_DIR": "jupyter/data", "JUPYTER_CONFIG_DIR": "jupyter/config",
             "JUPYTER_RUNTIME_DIR": "jupyter/run", "IPYTHONDIR": "ipython", "XDG_CACHE_HOME": "cache"}  # fmt: skip
    everything = tmp_path / "everything"
    for name in roots.values():
        (everything / name).mkdir(parents=True)
    environment = {**os.environ, **{name: str(everything / place) for name, place in roots.items()}}
    environment |= {
        "PEERKIT_PASSPHRASE": PASSPHRASE,
        "PYTHONPATH": str(Path(__file__).parent.parent),
    }
    command = [sys.executable, script, SENTINEL, everything, NEXT_LIFE]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return everything, done.stdout.partition(NEXT_LIFE)[2]


def found_in(folder: Path) -> list[str]:
    """Return the files that hold the word, in their bytes or in what is compressed in them, or in their name."""
    return [
        path.relative_to(folder).as_posix()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and (SENTINEL in path.name or any(map(holds, contents(path))))
    ]


def holds(content: bytes) -> bool:
    return any(spelt in content for spelt in SPELT)


def contents(path: Path) -> list[bytes]:
    """Return a file's bytes and, of a PDF or an archive, what is compressed in it."""
    whole = [path.read_bytes()]
    if whole[0].startswith(b"%PDF"):
        with suppress(pikepdf.PasswordError), pikepdf.open(path) as pdf:
            whole += [one.read_bytes() for one in pdf.objects if isinstance(one, pikepdf.Stream)]
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            whole += [packed.read(name) for name in packed.namelist()]
    return whole


def test_in_an_encrypted_workspace_no_private_word_is_in_any_file_after_a_whole_life(lives):
    everything, said = lives

    there = [path.name for path in (everything / "encrypted").rglob("*") if path.is_file()]
    assert [name for name in found_in(everything) if not name.startswith("plain/")] == []
    assert {"journal.db", "journal.seal", "copy.db", "mine.bundle", "out.ics"} <= set(there)
    assert sum(name.endswith(".pdf") for name in there) >= 3
    assert SENTINEL in said  # the person who asks is told; no file is


def test_in_clear_the_search_finds_it_where_it_is_kept_and_nowhere_else(lives):
    """Else the test above would say nothing; and what is for others holds nothing private here either."""
    everything, _ = lives

    found = found_in(everything / "plain")
    assert [name for name in found if not name.endswith((".pdf", ".db"))] == []
    assert {"coaching/journal.db", "copy.db"} <= set(found)
    assert [name for name in found if name.endswith((("-ours.pdf"), ("-outside.pdf")))] == []
    assert [name for name in found if name.endswith(".pdf")] != []
