"""Finding a partner: one private worksheet for each candidate, under no name but its own id."""

import pytest

from peerkit import partner_fit
from peerkit.errors import JournalError, SessionError
from peerkit.partner_fit import add_candidate, candidates


def files_in(folder):
    return sorted(path.relative_to(folder) for path in folder.rglob("*"))


def test_candidates_are_told_in_the_order_in_which_they_were_begun(journal):
    kept_in = [add_candidate(journal, name) for name in ("Noor", "Emeka")]

    assert candidates(journal) == [{"id": kept_in[0], "name": "Noor"}, {"id": kept_in[1], "name": "Emeka"}]


def test_a_worksheet_is_private(journal):
    add_candidate(journal, "Noor")

    assert [(row["value"], row["visibility"], row["author"]) for row in journal.rows("answers")] == [
        ("Noor", "private", "Amara")
    ]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        pytest.param("..", "..", id="the folder above"),
        pytest.param("CON", "CON", id="a device elsewhere"),
        pytest.param("  No\x1b[31mor\x00\n Ali\t", "No[31mor Ali", id="control characters"),
        pytest.param("x" * 60, "x" * 60, id="60 characters"),
        pytest.param("Zoe\u0301", "Zoé", id="a letter in two parts"),
    ],
)
def test_a_name_stands_in_the_journal_alone_and_names_no_file(journal, tmp_path, name, kept):
    before = files_in(tmp_path)

    kept_in = add_candidate(journal, name)

    assert candidates(journal) == [{"id": kept_in, "name": kept}]
    assert kept_in.removeprefix("partner-fit-").isalnum()
    assert files_in(tmp_path) == before


@pytest.mark.parametrize(
    "name", ["", " \t\n", "\x00\x1b", "x" * 61], ids=["empty", "blanks", "controls alone", "61 characters"]
)
def test_a_name_has_1_to_60_characters(journal, name):
    with pytest.raises(
        SessionError, match=r"^Give a name of 1 to 60 characters; a first name or a nickname is enough\.$"
    ):
        add_candidate(journal, name)

    assert candidates(journal) == []


@pytest.mark.parametrize("name", ["../../x", "/x", "CON\\..\\x"], ids=["above", "absolute", "elsewhere"])
def test_a_name_that_is_a_files_place_is_refused_in_a_sentence(journal, tmp_path, name):
    before = files_in(tmp_path)

    with pytest.raises(SessionError, match=r"^A name has no slash in it.*Write the name alone"):
        add_candidate(journal, name)

    assert (candidates(journal), files_in(tmp_path)) == ([], before)


def test_a_name_that_is_too_long_for_any_field_is_refused_too(journal):
    with pytest.raises(JournalError, match=r"a field takes 1,000,000"):
        add_candidate(journal, "x" * 1_000_001)


@pytest.mark.parametrize("again", ["Noor", " Noor\n"], ids=["the same", "with blanks"])
def test_a_name_that_is_there_already_is_refused_without_repeating_it(journal, again):
    add_candidate(journal, "Noor")

    with pytest.raises(
        SessionError, match=r"^There is a worksheet for this name already\. Choose it in the list"
    ):
        add_candidate(journal, again)

    assert [one["name"] for one in candidates(journal)] == ["Noor"]


def test_other_answers_are_no_candidates(journal):
    """As an own template may have a phase and a prompt of these names."""
    for session_id, value in (("some-session", "Noor"), (partner_fit.SHEET, "Emeka")):
        row = {"session_id": session_id, "phase": "who", "prompt": "name", "value": value, "revision": 1}
        journal.add("answers", row)

    assert candidates(journal) == []


def test_a_candidate_whose_name_cannot_be_read_has_none(journal):
    journal.add("answers", {"session_id": "partner-fit-x", "phase": "who", "prompt": "name"})

    assert candidates(journal) == [{"id": "partner-fit-x", "name": ""}]
