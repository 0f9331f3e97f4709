"""A summary with a password opens with it alone; that of an encrypted journal is never written in clear."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pikepdf
import pytest

from peerkit import care, guide
from peerkit.errors import SummaryError
from peerkit.export.exporter import SummaryPDFExporter
from peerkit.export.password import VARIABLE, locked
from peerkit.export.pdf import session_pdf
from peerkit.guide.form import Form
from peerkit.notebooks import new_session
from peerkit.sessions import Session, open_session, write_answer
from peerkit.templates import template
from peerkit.workspace import Workspace

SECRET = "qxsentinelzw"
PASSWORD = "three quiet words"


@pytest.fixture
def session(workspace: Workspace) -> Session:
    """A session with one private answer, by which a page in clear would be known."""
    journal = workspace.open_journal()
    made, _ = new_session(workspace, journal, "lightning")
    open_session(journal, made.session_id)
    key = {"phase": "tell", "prompt": "notes", "author": made.coach}
    write_answer(journal, made.session_id, **key, value=SECRET, revision=0)
    journal.close()
    return made


@pytest.fixture
def encrypted(workspace: Workspace, session: Session, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """The same, with its journal encrypted and its passphrase at hand."""
    from peerkit import vault

    monkeypatch.setenv(vault.PASSPHRASE, "a long passphrase")
    care.encrypt(workspace.journal_path, "a long passphrase")
    return workspace


@pytest.fixture
def command(peerkit, monkeypatch: pytest.MonkeyPatch, workspace: Workspace):
    """Run peerkit in the workspace; answers are typed where a password is asked for."""

    def run(*arguments: str, typed: tuple[str, ...] = ()) -> tuple[object, str, list[str]]:
        asked: list[str] = []
        answers = iter(typed)
        monkeypatch.setattr("getpass.getpass", lambda words: (asked.append(words), next(answers))[1])
        monkeypatch.setattr("sys.stdin.isatty", lambda: bool(typed), raising=False)
        status, told, complained = peerkit(*arguments, "--in", workspace.folder)
        return status, (told + complained).replace("\n", " "), asked

    return run


def opened_with(pdf: bytes, password: str) -> bool:
    try:
        with pikepdf.open(io.BytesIO(pdf), password=password):
            return True
    except pikepdf.PasswordError:
        return False


def pdfs_of(workspace: Workspace) -> list[Path]:
    return sorted(workspace.summaries.glob("*"))


def test_it_opens_with_the_password_alone(workspace: Workspace, session: Session) -> None:
    pdf = session_pdf(workspace, session.session_id, password=PASSWORD)

    assert [opened_with(pdf, said) for said in (PASSWORD, "", "three quiet word")] == [True, False, False]


def test_it_is_sealed_as_strongly_as_a_pdf_can_be(workspace: Workspace, session: Session) -> None:
    """AES with 256 bits, revision 6, for what is attached and said about it too."""
    pdf = session_pdf(workspace, session.session_id, password=PASSWORD)

    with pikepdf.open(io.BytesIO(pdf), password=PASSWORD) as opened:
        sealed = opened.encryption
        methods = (sealed.stream_method, sealed.string_method, sealed.file_method)
        attached = b"".join(one.get_file().read_bytes() for one in opened.attachments.values())
    assert (sealed.R, sealed.bits, {method.name for method in methods}) == (6, 256, {"aesv3"})
    assert SECRET.encode() in attached
    assert not any(word in pdf for word in (SECRET.encode(), b"Amara", b"pdfaid", PASSWORD.encode()))


def test_what_it_says_is_what_the_open_one_says(workspace: Workspace, session: Session) -> None:
    plain = session_pdf(workspace, session.session_id)
    pdf = session_pdf(workspace, session.session_id, password=PASSWORD)

    def text(content: bytes, *more: str) -> str:
        words = ["pdftotext", *more, "-", "-"]
        return subprocess.run(words, input=content, capture_output=True, check=True).stdout.decode()

    assert text(pdf, "-upw", PASSWORD) == text(plain)


@pytest.mark.parametrize("password", ["", "x" * 128], ids=["none", "longer than a PDF takes"])
def test_a_password_that_a_pdf_cannot_have_is_refused(password: str) -> None:
    with pytest.raises(SummaryError, match=r"A PDF's password has 1 to 127 bytes\."):
        locked(b"%PDF-", password)


def test_without_pikepdf_a_sentence_says_how_to_get_it(
    workspace: Workspace, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pikepdf", None)

    with pytest.raises(SummaryError, match=r'Install it with: pip install "peerkit\[password\]"'):
        session_pdf(workspace, session.session_id, password=PASSWORD)


# At the command line


def test_the_command_asks_twice_and_never_takes_it_as_an_argument(command, workspace, session) -> None:
    code, told, asked = command("summary", "--password", typed=(PASSWORD, PASSWORD))

    [path] = pdfs_of(workspace)
    assert (code, asked) == (0, ["A password for the PDF: ", "Once more: "])
    assert (opened_with(path.read_bytes(), PASSWORD), PASSWORD in told) == (True, False)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ((PASSWORD, "another"), "The two passwords differ. Nothing was written"),
        (("", ""), "The password is empty. Nothing was written"),
        ((), "Put it into the environment variable PEERKIT_PDF_PASSWORD"),
    ],
    ids=["they differ", "empty", "nobody to ask"],
)
def test_without_a_password_that_is_sure_nothing_is_written(command, workspace, session, typed, says) -> None:
    code, told, _ = command("summary", "--password", typed=typed)

    assert (code, says in told, pdfs_of(workspace)) == (2, True, [])


def test_a_script_gives_it_by_the_environment(command, workspace, session, monkeypatch) -> None:
    monkeypatch.setenv(VARIABLE, PASSWORD)

    code, _, asked = command("summary")

    [path] = pdfs_of(workspace)
    assert (code, asked, opened_with(path.read_bytes(), PASSWORD)) == (0, [], True)


# An encrypted journal


def test_the_summary_for_me_of_an_encrypted_journal_needs_a_password(command, encrypted) -> None:
    code, told, _ = command("summary")

    ways = all(way in told for way in ("--password", "--for ours"))
    assert (code, ways, pdfs_of(encrypted)) == (2, True, [])


def test_with_one_of_the_two_ways_it_is_written(command, encrypted) -> None:
    sealed, *_ = command("summary", "--password", typed=(PASSWORD, PASSWORD))
    shared, *_ = command("summary", "--for", "ours")

    assert (sealed, shared, len(pdfs_of(encrypted))) == (0, 0, 2)
    assert not any(SECRET.encode() in path.read_bytes() for path in pdfs_of(encrypted))


def test_a_form_says_the_same_and_takes_one(encrypted: Workspace, session: Session) -> None:
    form = guide.phase(template("lightning").phases[-1].id, of=session.session_id, start=encrypted.folder)
    assert isinstance(form, Form)

    refused = form.answer_to({"do": "make_summary", "audience": "mine", "password": "", "token": "t"})
    made = form.answer_to({"do": "make_summary", "audience": "mine", "password": PASSWORD, "token": "t"})

    assert ("a password only" in refused["error"], made["ok"]) == (True, True)
    assert opened_with((encrypted.summaries / made["done"]["name"]).read_bytes(), PASSWORD)


def test_the_export_of_a_notebook_follows_the_same_rule(
    encrypted: Workspace, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    import nbformat

    path = encrypted.notebook_path(session)
    notebook = nbformat.read(path, as_version=4)
    where = {"metadata": {"path": str(path.parent), "name": path.stem}}
    with pytest.raises(SummaryError, match="a password only"):
        SummaryPDFExporter().from_notebook_node(notebook, where)
    monkeypatch.setenv(VARIABLE, PASSWORD)

    pdf, _ = SummaryPDFExporter().from_notebook_node(notebook, where)

    assert opened_with(pdf, PASSWORD)


def test_a_summary_that_was_there_stays_where_a_password_is_missing(command, encrypted) -> None:
    command("summary", "--password", typed=(PASSWORD, PASSWORD))
    [path] = pdfs_of(encrypted)
    before = path.read_bytes()

    command("summary")

    assert path.read_bytes() == before
