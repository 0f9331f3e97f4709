"""An encrypted journal in a notebook: a field for the passphrase, and then what the notebook was to show."""

from __future__ import annotations

from pathlib import Path

import pytest

from peerkit import care, guide, vault
from peerkit.errors import LockedError
from peerkit.guide.home import Home
from peerkit.guide.locked import Locked
from peerkit.notebooks import new_session
from peerkit.workspace import Workspace, init_workspace

PASSPHRASE = "four words in a row"


@pytest.fixture
def locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick_keys: None) -> tuple[Workspace, str]:
    """A workspace with a session whose journal is encrypted, in a process that knows no key; and the session's id."""
    for name in (vault.PASSPHRASE, vault.HANDED_ON):
        monkeypatch.delenv(name, raising=False)
    place = init_workspace(tmp_path / "coaching", me="Amara", partner="Jonas", time_zone="UTC")
    journal = place.open_journal()
    session, _ = new_session(place, journal, "lightning")
    journal.close()
    care.encrypt(place.journal_path, PASSPHRASE)
    monkeypatch.setattr(vault, "_known", {})
    monkeypatch.setattr(vault, "_ask", None)
    return place, session.session_id


def shown_in(box: Locked) -> str:
    """Return the kind of widget that a box shows."""
    [child] = box.children
    return type(child).__name__


def test_each_page_shows_a_field_and_one_passphrase_opens_them_all(locked: tuple[Workspace, str]) -> None:
    place, session_id = locked
    home = guide.home(place.folder)
    phase = guide.phase("think", of=session_id, start=place.folder)
    sheet = guide.sheet("agreement", place.folder)
    before = [shown_in(one) for one in (home, phase, sheet)]

    phase.unlock(PASSPHRASE)

    assert before == ["_Field"] * 3
    assert [shown_in(one) for one in (home, phase, sheet)] == ["Home", "Form", "Sheet"]
    assert isinstance(guide.home(place.folder), Home)


def test_a_wrong_passphrase_is_one_sentence_and_opens_nothing(locked: tuple[Workspace, str]) -> None:
    home = guide.home(locked[0].folder)

    with pytest.raises(LockedError, match=r"^The passphrase is wrong\. Mind capitals"):
        home.unlock("another four words")

    assert shown_in(home) == "_Field"


def test_what_is_typed_is_no_part_of_any_widget(locked: tuple[Workspace, str]) -> None:
    home = guide.home(locked[0].folder)
    [field] = home.children
    told = []
    field.send = told.append

    field._on_message(field, {"token": "1", "passphrase": "another four words"}, [])
    field._on_message(field, {"token": "2", "passphrase": PASSPHRASE}, [])

    assert [(one["re"], one["ok"]) for one in told] == [("1", False), ("2", True)]
    assert PASSPHRASE not in repr([home.get_state(), field.get_state(), told, repr(home), repr(field)])
