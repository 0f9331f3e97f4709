"""The commands that care for the journal, as a person types them."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

from peerkit import vault
from peerkit.privacy import places
from peerkit.workspace import Workspace

PASSPHRASE, OTHER = "four words in a row", "another four words"
SECRET = "what only the two of us know"


class Typing(io.StringIO):
    """A person at a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a person types where a passphrase is asked for, in this order; taken away as it is asked for."""
    lines: list[str] = []
    monkeypatch.setattr(sys.modules["peerkit.cli.app"], "getpass", lambda asked: lines.pop(0))
    return lines


@pytest.fixture
def command(peerkit, monkeypatch, workspace, typed, quick_keys):
    """Runs a command in a fresh workspace, in a process that knows no key, and returns (status, stdout, stderr)."""
    monkeypatch.chdir(workspace.folder)
    monkeypatch.setattr(vault, "_ask", None)
    for name in (vault.PASSPHRASE, vault.HANDED_ON, "PEERKIT_NEW_PASSPHRASE"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: object, is_there: bool = True) -> tuple[int, str, str]:
        monkeypatch.setattr(vault, "_known", {})
        monkeypatch.setattr(sys, "stdin", Typing() if is_there else io.StringIO())
        return peerkit(*arguments)

    return run


def holds_secret(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes())  # fmt: skip


def test_a_journal_is_encrypted_read_given_another_passphrase_and_decrypted(command, typed, workspace):
    command("promise", SECRET)
    typed += [PASSPHRASE, PASSPHRASE]
    encrypted = command("encrypt")
    hidden = holds_secret(workspace.folder)
    typed += ["a wrong one", PASSPHRASE]
    listed = command("status")
    typed += [PASSPHRASE, OTHER, OTHER]
    changed = command("passphrase")
    typed += [PASSPHRASE] * 3
    refused = command("status")
    typed += [OTHER]
    decrypted = command("decrypt", "--yes")

    assert encrypted[0] == changed[0] == decrypted[0] == 0
    assert (hidden, SECRET in listed[1], typed) == ([], True, [])
    assert (refused[0], "The passphrase is wrong." in refused[2]) == (2, True)
    assert holds_secret(workspace.folder) == ["journal.db"]


def test_two_that_differ_or_one_that_is_short_change_nothing(command, typed, workspace):
    command("promise", SECRET)
    before = workspace.journal_path.read_bytes()
    typed += [PASSPHRASE, OTHER]
    differ = command("encrypt")
    typed += ["short", "short"]
    short = command("encrypt")
    nobody = command("encrypt", is_there=False)

    assert [one[0] for one in (differ, short, nobody)] == [2, 2, 2]
    assert differ[2] == "The two were not the same. Nothing was changed; try again.\n"
    assert short[2].startswith("A passphrase has 8 characters or more.")
    assert nobody[2].startswith("A passphrase is needed, and nobody can be asked here.")
    assert workspace.journal_path.read_bytes() == before


def test_what_is_not_encrypted_has_no_passphrase_and_what_is_needs_no_second_one(command, typed):
    plain = [command(name, *more) for name, more in (("passphrase", ()), ("decrypt", ("--yes",)))]
    typed += [PASSPHRASE, PASSPHRASE]
    command("encrypt")
    typed += [PASSPHRASE]
    again = command("encrypt")

    assert [(one[0], "is not encrypted" in one[2]) for one in plain] == [(2, True)] * 2
    assert (again[0], again[2]) == (
        2,
        "This journal is encrypted already. Another passphrase: peerkit passphrase\n",
    )


def test_a_new_workspace_is_encrypted_from_its_first_row(command, typed, tmp_path):
    typed += [PASSPHRASE, PASSPHRASE]

    made = command("init", tmp_path / "ours", "--me", "Amara", "--partner", "Jonas", "--encrypt")

    first = (tmp_path / "ours" / "journal.db").read_bytes()[:16]
    assert (made[0], first == b"SQLite format 3\0") == (0, False)
    assert (tmp_path / "ours" / "journal.seal").is_file()


class Kept(KeyringBackend):
    """A keyring for one test."""

    priority = 1.0

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.kept:
            raise PasswordDeleteError
        del self.kept[service, username]


def test_only_who_asks_for_it_has_the_passphrase_in_the_keyring(command, typed, monkeypatch):
    ring = Kept()
    monkeypatch.setattr(keyring.core, "_keyring_backend", ring)
    typed += [PASSPHRASE, PASSPHRASE]
    command("encrypt")
    before = dict(ring.kept)
    monkeypatch.setenv(vault.PASSPHRASE, PASSPHRASE)
    asked = command("passphrase", "--keyring")
    monkeypatch.delenv(vault.PASSPHRASE)
    opened = command("status", is_there=False)
    taken_out = command("passphrase", "--no-keyring", is_there=False)
    closed = command("status", is_there=False)

    assert (before, list(ring.kept.values())) == ({}, [])
    assert [one[0] for one in (asked, opened, taken_out, closed)] == [0, 0, 0, 2]


def test_every_place_is_told_and_what_is_encrypted_there(command, typed, workspace):
    command("promise", SECRET)
    command("backup", workspace.folder.parent / "mine.db")

    before = {one.what: one.state for one in places(workspace)}
    typed += [PASSPHRASE, PASSPHRASE]
    command("encrypt")
    typed += [PASSPHRASE]
    told = json.loads(command("doctor", "--privacy", "--json")[1])

    after = {one["place"]: one["state"] for one in told}
    assert (before["journal"], before["backup"]) == ("in clear", "in clear")
    assert (after["journal"], after["backup"]) == ("encrypted", "encrypted")
    assert SECRET not in json.dumps(told)
    assert {"notebooks", "summaries", "exports", "the browser", "the system", "IPython's history"} <= set(
        after
    )


def test_forgetting_and_restoring_ask_first(command, workspace: Workspace):
    command("promise", SECRET)
    [made] = json.loads(command("status", "--json")[1])["open"]
    command("backup", "mine.db")
    before = workspace.journal_path.read_bytes()

    refused = [command(*words) for words in (("forget", "commitment", made["id"]), ("restore", "mine.db"), ("forget", "partner"))]  # fmt: skip
    unchanged = workspace.journal_path.read_bytes() == before
    done = command("forget", "commitment", made["id"], "--yes")

    assert ([one[0] for one in refused], unchanged) == ([1, 1, 1], True)
    assert (done[0], done[1]) == (0, "Forgotten for good: 1 row of the journal and its backups.\n")
    assert holds_secret(workspace.folder) == []
