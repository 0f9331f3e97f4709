"""The PDF: the same bytes everywhere, readable by machines and by ear, and nothing typed is ever run."""

import errno
import io
import json
import os
import shutil
import subprocess
import sys
import unicodedata
from datetime import date

import pypdf
import pytest
from helpers import clock_at, new_journal
from hypothesis import given, settings
from hypothesis import strategies as st

from peerkit import (
    charts,
    close_session,
    follow_through,
    keep,
    open_session,
    partly,
    plan_session,
    promise,
    template,
)
from peerkit.errors import SessionError, SummaryError
from peerkit.export import session_pdf, write_pdf
from peerkit.schema import AUDIENCES
from peerkit.sessions import find_session, session, write_answer
from peerkit.summary import WEEKS, summary
from peerkit.templates import shipped
from peerkit.workspace import init_workspace

WEEKLY = template("weekly")
FIRST, HELD, NEXT = date(2024, 3, 1), date(2024, 3, 8), date(2024, 3, 15)
KEPT_SECRET = "Kept-in-a-file-74193"


def said_by(tool, *arguments):
    """Return what a PDF tool prints; it must end well. Where it is missing the test is skipped."""
    if shutil.which(tool) is None:
        end = pytest.fail if os.environ.get("PEERKIT_DEMAND_TOOLS") else pytest.skip
        end(f"{tool} is not installed")
    told = subprocess.run([tool, *map(str, arguments)], capture_output=True, check=True, text=True)
    return told.stdout


def text_of(path):
    """Return the words of a PDF without spaces and line ends, which a reader puts where it likes."""
    return flat(said_by("pdftotext", "-enc", "UTF-8", path, "-"))


def flat(text):
    return "".join(unicodedata.normalize("NFC", text).split())


def links_of(reader):
    """Return where the links of a PDF lead, with every action that is not a plain address as its kind."""
    found = [note.get_object() for page in reader.pages for note in page.get("/Annots", [])]
    actions = [note["/A"] for note in found if "/A" in note]
    return {str(action.get("/URI", action["/S"])) for action in actions}


def record_of(pdf):
    """Return what is attached to a PDF, parsed, by name."""
    attached = pypdf.PdfReader(io.BytesIO(pdf)).attachments
    return {name: [json.loads(content) for content in contents] for name, contents in attached.items()}


def alternatives(node):
    """Return the kind and the alternative text of every part of a structure tree that has one."""
    node = node.get_object()
    if isinstance(node, pypdf.generic.ArrayObject):
        return [told for part in node for told in alternatives(part)]
    if not isinstance(node, pypdf.generic.DictionaryObject):
        return []
    own = [(node["/S"], node["/Alt"])] if "/Alt" in node else []
    return own + (alternatives(node["/K"]) if "/K" in node else [])


def hold(place, said, *, focus="Amara", shape=WEEKLY):
    """Hold a session on 8 March 2024 in which every text that a person can type is `said`."""
    clock = clock_at("03-01")
    journal = new_journal(place.folder, clock=clock)
    details = dict.fromkeys(["first_step", "cue", "obstacle", "if_then", "evidence", "accountability"], said)
    with journal.writing():
        due = [promise(journal, said, peer=focus, on=FIRST, due_on=HELD, **details) for _ in range(2)]
        clock.to("03-08")
        held = plan_session(journal, shape, held_on=HELD, focus=focus, coach="Jonas")
        open_session(journal, held.session_id)
        for phase in shape.phases:
            for prompt in phase.prompts:
                key = {"phase": phase.id, "prompt": prompt.id, "visibility": prompt.visibility}
                told = value_of(prompt.kind, said)
                write_answer(journal, held.session_id, **key, author=focus, value=told, revision=0)
        keep(journal, due[0].commitment_id, on=HELD, reason=said)
        partly(journal, due[1].commitment_id, 0.5, on=HELD, reason=said)
        promise(journal, said, peer=focus, on=HELD, due_on=NEXT, session_id=held.session_id, **details)
        close_session(journal, held.session_id, next_on=NEXT)
    journal.close()
    return held.session_id


def value_of(kind, said):
    return (
        [said]
        if kind == "checklist"
        else [{"question": said, "answer": said}]
        if kind == "questions"
        else said
    )


def workspace_in(folder, name="coaching"):
    return init_workspace(folder / name, me="Amara", partner="Jonas", time_zone="UTC", pair_id="amara-jonas")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A workspace with a session; only to look at."""
    return workspace_in(tmp_path_factory.mktemp("pdf"))


@pytest.fixture(scope="module")
def session_id(place):
    return hold(place, "Call **both** neighbours, then rest. 😀 שלום")


@pytest.fixture(scope="module")
def pdfs(place, session_id):
    """The PDF for each audience."""
    return {name: session_pdf(place, session_id, audience=name) for name in AUDIENCES}


@pytest.fixture(scope="module")
def pdf(pdfs):
    return pdfs["mine"]


@pytest.fixture(scope="module")
def path(place, pdf):
    """The PDF as a file."""
    write_pdf(place.folder / "summary.pdf", pdf)
    return place.folder / "summary.pdf"


@pytest.fixture(scope="module")
def quiet(place):
    """A session in which nothing was promised: its PDF has no chart and is quickly made."""
    quiet = workspace_in(place.folder, "quiet")
    journal = new_journal(quiet.folder, clock=clock_at("03-08"))
    held = plan_session(journal, WEEKLY, held_on=HELD, focus="Amara", coach="Jonas")
    open_session(journal, held.session_id)
    journal.close()
    return quiet, held.session_id


def test_the_same_journal_gives_the_same_bytes(place, session_id, pdf):
    assert session_pdf(place, session_id) == pdf


def test_another_process_with_another_seed_time_zone_and_language_gives_the_same_bytes(
    place, session_id, pdf
):
    lines = (
        "import sys; from pathlib import Path; from peerkit.export import session_pdf;"
        "from peerkit.workspace import read_workspace;"
        "sys.stdout.buffer.write(session_pdf(read_workspace(Path(sys.argv[1])), sys.argv[2]))"
    )
    changed = {**os.environ, "PYTHONHASHSEED": "42", "TZ": "Asia/Tokyo", "LANG": "C", "LC_ALL": "C"}

    command = [sys.executable, "-c", lines, str(place.folder), session_id]
    told = subprocess.run(command, capture_output=True, check=True, env=changed, cwd="/")

    assert told.stdout == pdf


def test_qpdf_finds_nothing_to_mend(path):
    assert "No syntax or stream encoding errors found" in said_by("qpdf", "--check", path)


def test_the_pdf_is_tagged_and_says_its_title_authors_and_day(path):
    lines = [line.split(":", 1) for line in said_by("pdfinfo", path).splitlines()]

    told = {name: said.strip() for name, said in lines}
    assert {
        name: told[name] for name in ("Title", "Author", "Subject", "Tagged", "JavaScript", "Encrypted")
    } == {
        "Title": "Weekly session, 2024-03-08",
        "Author": "Amara, Jonas",
        "Subject": "Summary of a peer-coaching session of Amara & Jonas",
        "Tagged": "yes",
        "JavaScript": "no",
        "Encrypted": "no",
    }


def test_the_pdf_claims_to_be_accessible_and_archival(pdf):
    root = pypdf.PdfReader(io.BytesIO(pdf)).trailer["/Root"]
    claims = root["/Metadata"].get_object().get_data().decode()

    wanted = ("pdfuaid:part>1<", "pdfaid:part>3<", "pdfaid:conformance>A<")
    assert [claim for claim in wanted if claim not in claims] == []
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("en", True)


@pytest.mark.parametrize("audience", AUDIENCES)
def test_what_the_summary_says_is_attached_for_machines(place, session_id, pdfs, audience):
    journal = place.open_journal()
    said = summary(journal, session(journal, session_id), WEEKLY, audience=audience)
    journal.close()

    assert record_of(pdfs[audience]) == {"session-2024-03-08.json": [said]}


def test_the_chart_is_told_in_words_to_those_who_do_not_see_it(demo_year):
    journal = demo_year.open_journal()
    last = find_session(journal)
    table = follow_through(
        journal.commitments(as_of=last.held_on), as_of=last.held_on, every="week", rolling=WEEKS
    )
    journal.close()

    drawn = session_pdf(demo_year, last.session_id)

    root = pypdf.PdfReader(io.BytesIO(drawn)).trailer["/Root"]
    assert alternatives(root["/StructTreeRoot"]["/K"]) == [("/Figure", charts.describe(table, weeks=WEEKS))]


def test_where_under_ten_were_due_there_is_no_chart_for_there_is_no_trend(pdf):
    root = pypdf.PdfReader(io.BytesIO(pdf)).trailer["/Root"]

    assert alternatives(root["/StructTreeRoot"]["/K"]) == []


@pytest.mark.parametrize("word", ["neighbours,", "😀", "שלום", "**both**", "50%", "Focusperson"])
def test_what_was_typed_can_be_searched_and_copied(path, word):
    assert word in text_of(path)


def test_digits_are_never_drawn_with_the_signs_of_an_emoji_font(tmp_path):
    """Such fonts have signs for 0 to 9, # and *, wide and in colour."""
    place = workspace_in(tmp_path)
    held = hold(place, "0123456789 # * 1. 2. 3.")
    write_pdf(tmp_path / "digits.pdf", session_pdf(place, held))

    rows = said_by("pdffonts", tmp_path / "digits.pdf").splitlines()[2:]

    assert [row for row in rows if "emoji" in row.lower()] == []
    assert all(row.split()[-5:-2] == ["yes", "yes", "yes"] for row in rows), (
        "embedded, a subset, with Unicode"
    )


@pytest.mark.parametrize(("audience", "is_in"), [("mine", True), ("ours", False), ("outside", False)])
def test_private_words_are_in_no_pdf_but_mine(pdfs, tmp_path, audience, is_in):
    write_pdf(tmp_path / "it.pdf", pdfs[audience])

    # What stands under "In your own words" is private in the weekly template.
    assert ("inyourownwords?" in text_of(tmp_path / "it.pdf")) is is_in


def test_a_session_whose_template_is_gone_still_gives_a_pdf(tmp_path):
    place = workspace_in(tmp_path)
    own = place.templates / "own.toml"
    own.write_text(
        (shipped("templates") / "weekly.toml").read_text("utf-8").replace('"weekly"', '"own"'), "utf-8"
    )
    held = hold(place, "Call both neighbours", shape=template("own", folder=place.templates))
    own.unlink()

    write_pdf(tmp_path / "it.pdf", session_pdf(place, held))

    assert "Callbothneighbours" in text_of(tmp_path / "it.pdf")


HOSTILE = [
    pytest.param('#read("{secret}") #read("secret.txt")', id="typst reads"),
    pytest.param('#image("secret.txt") #include "{secret}"', id="typst includes"),
    pytest.param('#import "@preview/cetz:0.3.0": *', id="typst imports"),
    pytest.param('#eval("read(\\"{secret}\\")") #sys.inputs', id="typst evaluates"),
    pytest.param("] ]) } #[ #( #{ ", id="typst brackets"),
    pytest.param("$x$ $$ \\ @ref <label> // no /* no", id="typst marks"),
    pytest.param("<script>alert(1)</script><iframe src='file://{secret}'></iframe>", id="HTML"),
    pytest.param(
        '<img src="file://{secret}"><link rel=attachment href="file://{secret}">', id="HTML that loads"
    ),
    pytest.param("{{ 7*7 }} {% include '{secret}' %} ${7*7}", id="Jinja"),
    pytest.param("\\input{{secret}} \\write18{id} $\\input{{secret}}$", id="TeX"),
    pytest.param("javascript:alert(1) file://{secret} data:text/html,x", id="bare addresses"),
    pytest.param('%PDF endstream endobj << /S /JavaScript /JS (x) >> "}}]}}, \\u0022 \\', id="PDF and JSON"),
]


@pytest.fixture
def secret(tmp_path_factory):
    """A file with a secret, beside a journal. What is typed names its path: a long one would be cut off as a name."""
    path = tmp_path_factory.mktemp("it") / "secret.txt"
    path.write_text(KEPT_SECRET)
    return path


def every_wall_holds(pdf, folder):
    """Check that a PDF has no secret in it, no link that leads to a file or a script, and is well formed."""
    (folder / "it.pdf").write_bytes(pdf)
    said_by("qpdf", "--qdf", "--object-streams=disable", folder / "it.pdf", folder / "open.pdf")
    reader = pypdf.PdfReader(folder / "it.pdf")
    streams = (folder / "open.pdf").read_bytes()
    assert KEPT_SECRET.encode() not in streams
    assert KEPT_SECRET not in text_of(folder / "it.pdf")
    assert {link for link in links_of(reader) if not link.startswith(("http:", "https:", "mailto:"))} == set()
    assert not {"/OpenAction", "/AA"} & set(reader.trailer["/Root"])
    assert list(reader.attachments) == ["session-2024-03-08.json"]


@pytest.mark.parametrize("payload", HOSTILE)
def test_hostile_text_in_every_field_is_shown_as_it_was_typed(secret, monkeypatch, payload):
    place, typed = workspace_in(secret.parent), payload.replace("{secret}", str(secret))
    monkeypatch.chdir(secret.parent)
    held = hold(place, typed, focus=typed)
    # The newest session has the names that the settings have: else none would be shown.
    plan_session(new_journal(place.folder), WEEKLY, held_on=NEXT, focus="Amara", coach="Jonas")
    notebook = {"cells": [{"cell_type": "markdown", "metadata": {}, "source": typed}]}

    pdf = session_pdf(place, held, notebook=notebook)

    every_wall_holds(pdf, secret.parent)
    # In every line, name, commitment, detail and reason; only Markdown may take marks away.
    assert text_of(secret.parent / "it.pdf").count(flat(typed)) >= 20
    assert record_of(pdf)["session-2024-03-08.json"][0]["notes"] == [typed]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        pytest.param("[here](javascript:alert(1)) <javascript:alert(2)>", "here", id="script"),
        pytest.param("[here](file:///etc/passwd) ![here](/etc/passwd)", "here", id="file"),
        pytest.param("[here](https://a.example) [there](file:x)", "here there", id="one of two"),
        pytest.param("a\u202eb\u2066c\u0000d\ue000e\ufefff", "abcd\ufffdef", id="controls"),
        pytest.param("> " * 300 + "deep", "deep", id="deep quotes"),
        pytest.param("- " * 300 + "deep", "deep", id="deep lists"),
        pytest.param("[" * 3000, "[[[[", id="brackets"),
        pytest.param("wide " * 20_000, "(cut: see the journal)", id="100 kB"),
        pytest.param("w" * 100_000, "(cut: see the journal)", id="100 kB in one word"),
    ],
)
def test_hostile_markdown_gives_a_pdf_that_leads_nowhere_else(quiet, tmp_path, typed, shown):
    notebook = {"cells": [{"cell_type": "markdown", "metadata": {}, "source": typed}]}

    pdf = session_pdf(*quiet, notebook=notebook)

    every_wall_holds(pdf, tmp_path)
    assert flat(shown) in text_of(tmp_path / "it.pdf")


@pytest.mark.parametrize(
    "word",
    ["https://a.example/" + "wide/" * 60, "https://a.example/?key=" + "0123456789abcdef" * 12],
    ids=["a long path", "a long key"],
)
def test_a_word_wider_than_the_page_is_broken_and_not_cut_off(quiet, tmp_path, word):
    """What runs over the edge of the paper is lost to whoever reads it."""
    notebook = {"cells": [{"cell_type": "markdown", "metadata": {}, "source": word}]}

    write_pdf(tmp_path / "it.pdf", session_pdf(*quiet, notebook=notebook))

    assert word in text_of(tmp_path / "it.pdf")


@pytest.mark.parametrize("times", [1, 400], ids=["a line", "more than a page"])
def test_a_text_is_told_to_its_end_however_long_it_is(tmp_path, times):
    """In answers, in commitments and in their reasons."""
    place = workspace_in(tmp_path)
    held = hold(place, "Call them again. " * times + "The end.")

    write_pdf(tmp_path / "it.pdf", session_pdf(place, held))

    prompts = [
        one for phase in WEEKLY.phases for one in phase.prompts if one.kind not in ("review", "commitments")
    ]
    # Each answer; text and reason of two commitments settled; text and four details of the one promised.
    assert text_of(tmp_path / "it.pdf").count("Theend.") == len(prompts) + 2 * 2 + 5


def test_a_link_to_an_address_stays_a_link(quiet):
    source = "[here](https://a.example/b) <mailto:a@b.example> [there](http://c.example)"
    notebook = {"cells": [{"cell_type": "markdown", "metadata": {}, "source": source}]}

    pdf = session_pdf(*quiet, notebook=notebook)

    links = links_of(pypdf.PdfReader(io.BytesIO(pdf)))
    assert links == {"https://a.example/b", "mailto:a@b.example", "http://c.example"}


def test_hostile_text_in_a_template_of_one_s_own_is_shown_as_it_was_typed(secret):
    """A template with tags is refused before; see test_templates. A title has no marks of direction either."""
    place, typed = (
        workspace_in(secret.parent),
        f'#read("{secret}") ] }} {{ $x$ \\u{{41}} \'a\' < b "" @c #[ < d>',
    )
    shape = (shipped("templates") / "weekly.toml").read_text("utf-8").replace('"weekly"', '"own"')
    for plain in ("Weekly session", "Arrive"):
        shape = shape.replace(f'"{plain}"', json.dumps(typed))
    asked = "What is this hour about, in one sentence?"
    shape = shape.replace(f'"{asked}"', json.dumps(f"{typed} \u202eback\u2066 \u200fand\u2069"))
    (place.templates / "own.toml").write_text(shape, "utf-8")
    held = hold(place, "Call", shape=template("own", folder=place.templates))

    every_wall_holds(session_pdf(place, held), secret.parent)

    text = text_of(secret.parent / "it.pdf")
    assert (text.count(flat(typed)), flat(f"{typed} back and") in text) == (3, True)


@settings(max_examples=20)
@given(typed=st.text() | st.text("#$[]()<>*_`~-+.!|@\\ \t\n{}\"'\x00\u202e\ue000学א😀1a", max_size=60))
def test_whatever_is_typed_gives_a_pdf_whose_record_says_it(quiet, typed):
    place, held = quiet
    notebook = {"cells": [{"cell_type": "markdown", "metadata": {}, "source": typed}]}

    pdf = session_pdf(place, held, notebook=notebook)

    assert record_of(pdf)["session-2024-03-08.json"][0]["notes"] == ([typed] if typed.strip() else [])


def test_an_unknown_session_is_told(place):
    with pytest.raises(SessionError, match=r"This journal has no session nowhere\."):
        session_pdf(place, "nowhere")


def test_an_unknown_audience_is_told(place, session_id):
    with pytest.raises(SummaryError, match=r"Unknown audience 'all'\."):
        session_pdf(place, session_id, audience="all")


def test_a_pdf_replaces_the_former_one_whole_and_for_its_owner_alone(tmp_path):
    path = tmp_path / "summaries" / "it.pdf"

    write_pdf(path, b"old")
    write_pdf(path, b"new")

    assert {found.name: found.read_bytes() for found in path.parent.iterdir()} == {"it.pdf": b"new"}
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("target", "why"), [("a folder", "Is a directory"), ("note.txt/it.pdf", "(Not a directory|File exists)")]
)
def test_a_place_that_cannot_hold_the_pdf_is_told(tmp_path, target, why):
    (tmp_path / "a folder").mkdir()
    (tmp_path / "note.txt").write_text("mine")

    with pytest.raises(
        SummaryError, match=rf"The summary cannot be written to .*: {why}\. Choose another place"
    ):
        write_pdf(tmp_path / target, b"new")

    assert sorted(found.name for found in tmp_path.iterdir()) == ["a folder", "note.txt"]
    assert (tmp_path / "note.txt").read_text() == "mine"


def test_a_write_that_fails_halfway_leaves_the_former_pdf(tmp_path, monkeypatch):
    write_pdf(tmp_path / "it.pdf", b"old")

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SummaryError, match="No space left on device"):
        write_pdf(tmp_path / "it.pdf", b"new")

    assert {found.name: found.read_bytes() for found in tmp_path.iterdir()} == {"it.pdf": b"old"}


def test_where_the_pdf_cannot_be_made_the_sentence_has_no_word_of_the_session(place, session_id, monkeypatch):
    monkeypatch.setattr("peerkit.export.pdf._source", lambda: b"#panic(sys.inputs.data)")

    with pytest.raises(SummaryError) as caught:
        session_pdf(place, session_id)

    sentence = "The PDF could not be made (TypstError). Run `peerkit doctor` to check the installation."
    assert str(caught.value) == sentence
