"""The watched folder: what is new is put there and taken in by itself, and nothing else is touched."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from machines import Machine, pair

from peerkit import exchange, ledger
from peerkit.errors import ExchangeError
from peerkit.exchange import folder as shared
from peerkit.exchange import machines
from peerkit.workspace import read_workspace

ON = date(2024, 3, 1)


@pytest.fixture
def drive(tmp_path) -> Path:
    (tmp_path / "drive").mkdir()
    return tmp_path / "drive"


@pytest.fixture
def both(tmp_path, drive) -> tuple[Machine, Machine]:
    amara, jonas = pair(tmp_path)
    for one in (amara, jonas):
        one.place = shared.watch(one.place, drive)
    return amara, jonas


def synced(machine: Machine) -> list[str]:
    machine.clock.now += machine.clock.now.resolution
    return exchange.sync(machine.place, machine.journal)


def promise(machine: Machine, text: str) -> None:
    ledger.promise(machine.journal, text, peer=machine.me, on=ON, visibility="shared")


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_without_a_folder_nothing_is_done(tmp_path):
    amara, _ = pair(tmp_path)

    assert exchange.sync(amara.place, amara.journal) == []


def test_what_one_shares_is_there_for_the_other(both, drive):
    amara, jonas = both
    promise(amara, "Plant the pear tree")

    synced(amara)

    assert synced(jonas) == ["From Amara: 1 commitment."]
    assert jonas.journal.rows("entries") == amara.journal.rows("entries")
    assert {path.stat().st_mode & 0o777 for path in drive.iterdir()} == {0o600}


def test_in_the_end_nothing_is_written_any_more(both, drive):
    """Two programs that answer each other's answers would fill the folder for ever."""
    amara, jonas = both
    promise(amara, "Plant the pear tree")
    promise(jonas, "Call my sister")
    for _ in range(4):
        synced(amara)
        synced(jonas)
    before = {path.name: path.read_bytes() for path in drive.iterdir()}

    told = synced(amara) + synced(jonas)

    assert (told, {path.name: path.read_bytes() for path in drive.iterdir()}) == ([], before)
    assert len(before) <= 2


def test_what_was_acknowledged_is_taken_away(both, drive):
    amara, jonas = both
    promise(amara, "Plant the pear tree")
    synced(amara)
    [first] = names(drive)
    synced(jonas)

    synced(amara)

    assert first not in names(drive)


def test_a_bundle_that_somebody_removed_is_put_there_again(both, drive):
    amara, _ = both
    promise(amara, "Plant the pear tree")
    synced(amara)
    for path in drive.iterdir():
        path.unlink()

    synced(amara)

    assert len(names(drive)) == 1


@pytest.mark.parametrize(
    "name",
    [
        "{} (conflicted copy 2024-03-01).bundle",
        "{}.sync-conflict-20240301-120000-ABCDEFG.bundle",
        "{}.bundle~",
        "~{}.bundle",
        ".{}.bundle.tmp",
        ".peerkit-abc123",
        "{}.bundle.part",
        "notes.txt",
    ],
)
def test_what_a_program_of_the_drive_leaves_there_is_ignored(both, drive, name):
    amara, jonas = both
    promise(amara, "Plant the pear tree")
    synced(amara)
    [path] = drive.iterdir()
    path.rename(drive / name.format(path.stem))

    assert synced(jonas) == []
    assert (drive / name.format(path.stem)).exists()


def test_what_cannot_be_read_is_passed_over_and_told_of_once(both, drive):
    amara, jonas = both
    promise(amara, "Plant the pear tree")
    synced(amara)
    [path] = drive.iterdir()
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    (drive / "peerkit-0000000000000000.bundle").write_bytes(raw)
    (drive / "peerkit-1111111111111111.bundle").write_bytes(b"")
    (drive / "peerkit-2222222222222222.bundle").mkdir()
    (drive / "peerkit-3333333333333333.bundle").symlink_to(path)

    first, again = synced(jonas), synced(jonas)

    # In the order of the files' names, of which the true one's is chance.
    true = "From Amara: 1 commitment."
    assert (first.count(true), again) == (1, [])
    assert [line.split(").")[0] for line in first if line != true] == [
        f"A bundle in the exchange folder was passed over (peerkit-{sign * 16}.bundle" for sign in "01"
    ]


def test_before_the_words_were_compared_nothing_is_put_there(tmp_path, drive):
    amara, jonas = pair(tmp_path)
    amara.knows(jonas, is_compared=False)
    amara.place = shared.watch(amara.place, drive)
    promise(amara, "Plant the pear tree")

    assert (synced(amara), names(drive)) == ([], set())


def test_two_machines_of_one_person_meet_there_too(both, drive, tmp_path):
    amara, jonas = both
    second = Machine(tmp_path / "second", me="Amara")
    second.joins(amara)
    second.knows(jonas)
    for one in (amara, second):
        one.place = shared.watch(one.place, drive)
        with one.journal.writing() as writer:
            writer.keep_local(machines.HAS_OTHER, True)
    ledger.promise(amara.journal, "for me", peer="Amara", on=ON, visibility="private")
    promise(second, "for both")

    for _ in range(2):
        for one in (amara, second, jonas):
            synced(one)

    assert second.journal.rows("entries") == amara.journal.rows("entries")
    assert [row["text"] for row in jonas.journal.rows("entries")] == ["for both"]


def test_a_folder_that_is_not_there_is_told(both, drive):
    amara, _ = both
    drive.rmdir()

    with pytest.raises(ExchangeError, match="is not there now"):
        synced(amara)


def test_a_folder_inside_the_workspace_is_refused(both):
    amara, _ = both

    with pytest.raises(ExchangeError, match="lies inside the workspace"):
        shared.watch(amara.place, amara.place.sessions)


def test_the_settings_keep_the_folder_and_stay_readable(both, drive):
    amara, _ = both

    kept = read_workspace(amara.place.folder)
    ended = shared.watch(kept, None)

    assert (kept, kept.exchange) == (amara.place, str(drive.resolve()))
    assert read_workspace(amara.place.folder) == ended
    assert "[exchange]" not in (amara.place.folder / "peerkit.toml").read_text(encoding="utf-8")
