"""The commands between two machines, from the first card to what the two differ on."""

from __future__ import annotations

import json

import pytest

from peerkit.guide.room import Room
from peerkit.workspace import read_workspace

# What the words and passphrases cost is told in the tests of cards.
pytestmark = pytest.mark.usefixtures("quick_keys")

WORDS = 6


@pytest.fixture
def peerkit(peerkit, clocked, monkeypatch, tmp_path):
    """The command, on 1 March 2024; `at` is the workspace that it is for."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments, at=None: peerkit(*arguments, *(["-C", at] if at else []))


@pytest.fixture
def acquainted(peerkit):
    """Two workspaces whose peers have given each other their cards and compared the words."""
    peerkit("init", "a", "--me", "Amara", "--partner", "Jonas", "--time-zone", "UTC")
    peerkit("init", "j", "--me", "Jonas", "--partner", "", "--time-zone", "UTC")
    peerkit("card", "amara.card", at="a")
    peerkit("card", "jonas.card", at="j")
    peerkit("receive", "jonas.card", at="a")
    peerkit("receive", "amara.card", at="j")
    peerkit("compare", "--same", at="a")
    peerkit("compare", "--same", at="j")


def open_ids(peerkit, at):
    return [row["id"] for row in json.loads(peerkit("status", "--json", at=at)[1])["open"]]


def test_the_whole_way_between_two_workspaces(peerkit, clock):
    peerkit("init", "a", "--me", "Amara", "--partner", "Jonas", "--time-zone", "UTC")
    peerkit("init", "j", "--me", "Jonas", "--partner", "", "--time-zone", "UTC")
    too_early = peerkit("share", "x.bundle", at="a")
    peerkit("card", "amara.card", at="a")
    peerkit("card", "jonas.card", at="j")
    taken = [peerkit("receive", "jonas.card", at="a"), peerkit("receive", "amara.card", at="j")]
    shown = [json.loads(peerkit("compare", "--json", at=at)[1])["words"] for at in ("a", "j")]
    still_too_early = peerkit("share", "x.bundle", at="a")
    peerkit("compare", "--same", at="a")
    peerkit("compare", "--same", at="j")

    assert (too_early[0], "Exchange cards first" in too_early[2]) == (2, True)
    assert [told[1] for told in taken] == [
        f"{name}'s card is taken in. Compare the six words with {name} before anything is exchanged: peerkit compare\n"
        for name in ("Jonas", "Amara")
    ]
    assert (shown[0], len(shown[0])) == (shown[1], WORDS)
    assert (still_too_early[0], "Compare the six words with Jonas" in still_too_early[2]) == (2, True)

    peerkit("promise", "--shared", "Plant the pear tree", "--by", "2024-03-08", at="a")
    peerkit("promise", "Ask for a rise", at="a")
    would = peerkit("share", "--dry-run", at="a")
    shared = peerkit("share", "x.bundle", at="a")
    came = peerkit("receive", "x.bundle", at="j")
    again = peerkit("receive", "x.bundle", at="j")

    assert would[1] == "For Jonas: 1 commitment, would go.\n"
    assert shared[1] == "For Jonas: 1 commitment, written to x.bundle.\n"
    assert came[1] == "From Amara: 1 commitment.\n"
    assert (again[0], again[2]) == (
        2,
        "This bundle was taken in already. Nothing was taken in; there is nothing more to do.\n",
    )

    [name] = open_ids(peerkit, "j")
    said = peerkit("miss", name, at="j")
    moved = peerkit("move", name, "2024-03-15", at="j")
    peerkit("share", "y.bundle", at="j")
    counts = json.loads(peerkit("receive", "y.bundle", "--json", at="a")[1])
    peerkit("keep", name, at="a")
    status = json.loads(peerkit("status", "--json", at="a")[1])

    assert said[1] == "You say missed; Amara has not said yet. It is Amara's to settle.\n"
    assert (moved[0], "only Amara moves it" in moved[2]) == (2, True)
    assert counts[0] | {"file": ""} == {
        "file": "",
        "from": "Jonas",
        "own": False,
        "sessions": 0,
        "answers": 0,
        "commitments": 0,
        "acknowledgements": 1,
        "forgotten": 0,
        "notebooks": [],
    }
    assert status["to_talk_about"] == [
        {
            "id": name,
            "peer": "Amara",
            "text": "Plant the pear tree",
            "said": "You say kept, Jonas says missed: something to talk about.",
        }
    ]
    assert "something to talk about" in " ".join(peerkit("status", at="a")[1].split())


def test_a_second_machine_and_a_shared_folder(peerkit, acquainted, monkeypatch, tmp_path):
    monkeypatch.setenv("PEERKIT_PASSPHRASE", "four words that hold")
    peerkit("promise", "--shared", "Plant the pear tree", at="a")
    peerkit("promise", "Ask for a rise", at="a")
    peerkit("machine", "export", "me.machine", at="a")
    joined = peerkit("machine", "join", "me.machine", "a2")
    peerkit("share", "--to-myself", "z.bundle", at="a")
    came = peerkit("receive", "z.bundle", at="a2")
    (tmp_path / "drive").mkdir()
    watching = [peerkit("exchange", "drive", at=at)[1].splitlines()[-1] for at in ("a2", "j", "a")]
    [name] = open_ids(peerkit, "j")
    peerkit("keep", name, at="j")
    later = [peerkit("exchange", at=at)[1] for at in ("j", "a2", "a")]
    ended = peerkit("exchange", "--off", at="a")

    assert joined[1].startswith("Made a2 for Amara.")
    assert came[1] == "From your other machine: 2 commitments.\n"
    assert watching == ["Nothing new.", "From Amara: 1 commitment.", "Nothing new."]
    assert later[:2] == ["Nothing new.\n", "From Jonas: 1 acknowledgement.\n"]
    # From Jonas or from her other machine, whichever file comes first.
    assert later[2].endswith(": 1 acknowledgement.\n")
    assert ended[1] == "No folder is watched.\n"
    told = [set(open_ids(peerkit, at)) for at in ("a", "a2", "j")]
    assert (told[0], len(told[0]), told[2]) == (told[1], 2, {name})


def test_several_files_are_each_taken_in_or_refused(peerkit, acquainted):
    peerkit("promise", "--shared", "Plant the pear tree", at="a")
    peerkit("share", "x.bundle", at="a")

    code, out, err = peerkit("receive", "x.bundle", "missing.bundle", at="j")

    assert (code, out) == (2, "From Amara: 1 commitment.\n")
    assert err == (
        "missing.bundle: missing.bundle cannot be read (No such file or directory). Give the file that came from the"
        " other machine.\n"
    )


def test_nothing_that_peerkit_did_not_write_is_overwritten(peerkit, acquainted, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")

    told = [peerkit(*one, at="a") for one in (("share", "thesis.txt"), ("card", "thesis.txt"))]

    assert [(code, "not written by peerkit" in err) for code, _, err in told] == [(2, True), (2, True)]
    assert (tmp_path / "thesis.txt").read_text(encoding="utf-8") == "years of work"


def test_a_session_notebook_exchanges_when_it_is_opened(peerkit, acquainted, tmp_path, monkeypatch):
    from peerkit.guide import room

    monkeypatch.setattr(room, "_rooms", {})
    (tmp_path / "drive").mkdir()
    peerkit("new", "weekly", at="a")
    for at in ("a", "j"):
        peerkit("exchange", "drive", at=at)
    peerkit("promise", "--shared", "Plant the pear tree", at="a")
    peerkit("exchange", at="a")
    place = read_workspace(tmp_path / "j")
    [session] = [row["session_id"] for row in place.open_journal().rows("sessions")]

    opened = room.room_of(session, place.folder)

    assert isinstance(opened, Room)
    assert [row["text"] for row in opened.journal.rows("entries")] == ["Plant the pear tree"]


def test_a_folder_that_is_gone_stands_in_nobodys_way(peerkit, acquainted, tmp_path, monkeypatch):
    from peerkit.cli.app import exchange_now
    from peerkit.guide import room

    monkeypatch.setattr(room, "_rooms", {})
    (tmp_path / "drive").mkdir()
    peerkit("new", "weekly", at="a")
    peerkit("exchange", "drive", at="a")
    (tmp_path / "drive").rename(tmp_path / "elsewhere")
    place = read_workspace(tmp_path / "a")
    [session] = [row["session_id"] for row in place.open_journal().rows("sessions")]

    exchange_now(place)

    assert room.room_of(session, place.folder).session.session_id == session
