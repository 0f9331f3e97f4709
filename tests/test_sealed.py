"""An encrypted journal: what its file shows, who opens it, and what a change of it leaves behind."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from helpers import new_journal

from peerkit import backups, care, forget, store, vault
from peerkit.errors import JournalError, LockedError
from peerkit.journal import Journal
from peerkit.replace import new_path, seal_path
from peerkit.rescue import rescue

pytestmark = pytest.mark.usefixtures("quick_keys")

PASSPHRASE, OTHER = "four words in a row", "another four words"
SECRET = "what only the two of us know"
LOCKED = r"The journal at .* is encrypted\."


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch):
    """No key of another test, and nobody who can be asked."""
    monkeypatch.setattr(vault, "_known", {})
    monkeypatch.setattr(vault, "_ask", None)
    monkeypatch.delenv(vault.PASSPHRASE, raising=False)
    monkeypatch.delenv(vault.HANDED_ON, raising=False)


@pytest.fixture
def journal(tmp_path):
    made = new_journal(tmp_path)
    for number in range(3):
        promise(made, number)
    yield made
    made.close()


def promise(journal, number):
    return journal.add("entries", {"commitment_id": f"c{number}", "peer": "Amara", "text": SECRET, "outcome": "open"})  # fmt: skip


def as_another_process(path):
    """Open a journal as a process that knows no key."""
    vault._known.clear()
    return Journal(path, author="Amara")


def holds_secret(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes())  # fmt: skip


def test_no_word_is_in_the_folder_of_an_encrypted_journal_and_every_row_is_as_before(journal):
    folder, rows = journal.path.parent, journal.rows("entries")
    before = holds_secret(folder)

    care.encrypt(journal.path, PASSPHRASE)

    promise(journal, 3)
    assert (before, holds_secret(folder)) == (["journal.db"], [])
    assert (journal.rows("entries")[:3], journal.is_encrypted) == (rows, True)


def test_the_rollback_file_of_an_encrypted_journal_is_encrypted_too(journal):
    care.encrypt(journal.path, PASSPHRASE)
    beside = journal.path.with_name("journal.db-journal")

    with journal.writing() as writer:
        for number in range(2_000):  # more than fits into the cache, so that it goes to the disk at once
            writer.add("entries", {"commitment_id": f"d{number}", "text": SECRET * 20})
        written = beside.read_bytes(), journal.path.read_bytes()

    assert [SECRET.encode() in one for one in written] == [False, False]
    assert len(written[0]) > 0


def test_whoever_does_not_give_the_passphrase_reads_nothing(journal, monkeypatch):
    care.encrypt(journal.path, PASSPHRASE)

    with pytest.raises(LockedError, match=rf"{LOCKED} Give its passphrase where you are asked"):
        as_another_process(journal.path)
    monkeypatch.setenv(vault.PASSPHRASE, OTHER)
    with pytest.raises(LockedError, match=rf"{LOCKED} The passphrase in PEERKIT_PASSPHRASE is wrong\."):
        as_another_process(journal.path)
    with closing(sqlite3.connect(journal.path)) as plain, pytest.raises(sqlite3.DatabaseError):
        plain.execute("SELECT * FROM entries")


def test_the_passphrase_comes_from_the_environment_or_from_whoever_is_asked(journal, monkeypatch):
    care.encrypt(journal.path, PASSPHRASE)
    answers = iter(["a wrong one", PASSPHRASE])
    vault.ask_with(lambda path: next(answers))

    asked = len(as_another_process(journal.path).rows("entries"))
    vault.ask_with(None)
    monkeypatch.setenv(vault.PASSPHRASE, PASSPHRASE)
    from_environment = len(as_another_process(journal.path).rows("entries"))

    assert (asked, from_environment, list(answers)) == (3, 3, [])


def test_after_three_wrong_answers_it_stays_closed(journal):
    care.encrypt(journal.path, PASSPHRASE)
    asked = []
    vault.ask_with(lambda path: asked.append(path) or OTHER)

    with pytest.raises(LockedError, match=rf"{LOCKED} The passphrase is wrong\."):
        as_another_process(journal.path)

    assert asked == [journal.path] * 3


def test_the_key_that_was_handed_on_opens_it_and_is_taken_from_the_environment(journal, monkeypatch):
    care.encrypt(journal.path, PASSPHRASE)
    for name, value in vault.handing_on(store.key_for(journal.path)).items():
        monkeypatch.setenv(name, value)
    vault._known.clear()

    vault.take_handed_on()

    assert vault.HANDED_ON not in os.environ
    assert len(Journal(journal.path, author="Amara").rows("entries")) == 3


def test_a_passphrase_counts_the_same_however_its_accents_are_typed():
    salt = bytes(16)

    assert vault.key_of("caf\u00e9 noir", salt) == vault.key_of("cafe\u0301 noir", salt)


@pytest.mark.parametrize("text", ["", "short", "       .       "])
def test_a_passphrase_of_less_than_eight_characters_is_refused(journal, text):
    before = journal.path.read_bytes()

    with pytest.raises(JournalError, match=r"A passphrase has 8 characters or more\."):
        care.encrypt(journal.path, text)

    assert journal.path.read_bytes() == before


def test_whoever_has_the_journal_open_goes_on_after_each_change_of_it(journal):
    other = Journal(journal.path, author="Amara")
    counted = []
    for number, change in enumerate(
        (
            lambda: care.encrypt(journal.path, PASSPHRASE),
            lambda: care.encrypt(journal.path, OTHER),
            lambda: care.decrypt(journal.path),
        )
    ):
        change()
        promise(other, f"after{number}")
        counted.append((len(journal.rows("entries")), journal.is_encrypted))

    other.close()
    assert counted == [(4, True), (5, True), (6, False)]


def test_another_process_is_asked_after_the_passphrase_was_changed(journal):
    care.encrypt(journal.path, PASSPHRASE)
    old = dict(vault._known)
    care.encrypt(journal.path, OTHER)
    vault._known.clear()
    vault._known.update(old)

    with pytest.raises(LockedError, match=rf"{LOCKED} The passphrase has been changed\."):
        Journal(journal.path, author="Amara")


def test_backups_are_encrypted_decrypted_and_given_the_new_passphrase_with_the_journal(journal, tmp_path):
    asked_for = tmp_path / "elsewhere" / "mine.db"
    asked_for.parent.mkdir()
    weekly = backups.keep_weekly(journal)
    backups.back_up(journal, asked_for)

    care.encrypt(journal.path, PASSPHRASE)
    sealed = holds_secret(tmp_path)
    care.encrypt(journal.path, OTHER)
    keys = [store.engine_with(one, store.key_for(journal.path)) is not None for one in (weekly, asked_for)]
    care.decrypt(journal.path)

    assert (sealed, keys) == ([], [True, True])
    assert holds_secret(tmp_path) == ["journal-2024-03-01.db", "journal.db", "mine.db"]


def test_a_backup_under_an_older_passphrase_is_left_and_named(journal, tmp_path):
    care.encrypt(journal.path, PASSPHRASE)
    backups.back_up(journal, tmp_path / "old.db")
    kept = (tmp_path / "old.db").read_bytes()
    care.encrypt(journal.path, OTHER)
    (tmp_path / "old.db").write_bytes(kept)

    left = care.encrypt(journal.path, "a third passphrase")

    assert left == [tmp_path / "old.db"]


def test_what_a_crash_left_is_wiped_when_the_journal_is_next_opened(journal):
    care.encrypt(journal.path, PASSPHRASE)
    new, old = new_path(journal.path), journal.path.with_name("journal.db.old")
    left = (new, old, new_path(seal_path(journal.path)))
    for one in left:
        one.write_text(SECRET)

    Journal(journal.path, author="Amara").close()

    assert [one.name for one in left if one.exists()] == []


def test_a_file_with_another_name_elsewhere_is_not_wiped_there(journal, tmp_path):
    own = tmp_path / "own-copy.db"
    own.hardlink_to(journal.path)

    care.encrypt(journal.path, PASSPHRASE)

    assert holds_secret(tmp_path) == ["own-copy.db"]


def test_what_is_left_of_a_damaged_encrypted_journal_is_copied_out_encrypted(journal, tmp_path):
    care.encrypt(journal.path, PASSPHRASE)
    whole = journal.rows("entries")
    journal.close()
    pages = journal.path.stat().st_size // 4096
    with journal.path.open("r+b") as file:
        file.seek((pages - 1) * 4096)
        file.write(bytes(4096))

    said = rescue(journal.path, tmp_path / "rescued.db")

    engine = store.engine_with(tmp_path / "rescued.db", store.key_for(journal.path))
    with engine.begin() as connection:
        texts = connection.exec_driver_sql("SELECT text FROM entries ORDER BY row_id").scalars().all()
    engine.dispose()
    assert said.startswith(f"Copied to {tmp_path / 'rescued.db'}")
    assert texts == [row["text"] for row in whole]
    assert SECRET.encode() not in (tmp_path / "rescued.db").read_bytes()


# Changes a journal in a child for each line that it is given, and says the child's number.
CHANGER = """
import os
import sys
from pathlib import Path
from peerkit import care, forget, restore, vault
from peerkit.journal import Journal

vault._PASSES, vault._BYTES = 1, 8192
changes = {
    "encrypt": lambda path: care.encrypt(path, "another four words"),
    "passphrase": lambda path: care.encrypt(path, "another four words"),
    "decrypt": lambda path: care.decrypt(path),
    "restore": lambda path: restore.restore(path, path.with_name("raw.db"), me="Amara"),
    "forget": lambda path: forget.forget_commitment(Journal(path, author="Amara"), "c0"),
}
while line := sys.stdin.readline():
    what, path = line.rstrip().split(" ", 1)
    child = os.fork()
    if not child:
        changes[what](Path(path))
        os._exit(0)
    print(child, flush=True)
    sys.stdin.readline()  # the child is there, dead or alive, until it was asked for
    print(os.waitpid(child, 0)[1], flush=True)
"""
# How many entries the journal holds, and whether it is encrypted: before and after. What was forgotten before stays
# so in a restored backup that still had it.
STATES = {
    "encrypt": [(299, False), (299, True)],
    "passphrase": [(299, True), (299, True)],
    "decrypt": [(299, True), (299, False)],
    "restore": [(299, True), (199, True)],
    "forget": [(299, True), (298, True)],
}
KILLS = 20


@pytest.fixture(scope="module")
def changer():
    """The process that changes journals."""
    environment = {**os.environ, vault.PASSPHRASE: PASSPHRASE}
    with subprocess.Popen(
        [sys.executable, "-c", CHANGER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        yield process


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
@pytest.mark.parametrize("what", STATES)
def test_a_change_that_is_killed_leaves_the_journal_as_before_or_after(tmp_path, what, monkeypatch, changer):
    """At 20 moments of each of the five, 100 in all."""
    monkeypatch.setenv(vault.PASSPHRASE, PASSPHRASE)
    original = tmp_path / "original"
    original.mkdir()
    made = new_journal(original)
    fill(made, range(200))
    care.encrypt(made.path, PASSPHRASE)
    backups.back_up(made, original / "backup.db")
    shutil.copy(original / "backup.db", original / "raw.db")
    fill(made, range(200, 300))
    forget.forget_commitment(made, "c100")
    if what == "encrypt":
        care.decrypt(made.path)
    made.close()
    seconds, chance, states = None, random.Random(what), []
    for turn in range(-1, KILLS):
        folder = shutil.copytree(original, tmp_path / f"turn{turn}")
        begun = time.monotonic()
        changer.stdin.write(f"{what} {folder / 'journal.db'}\n")
        changer.stdin.flush()
        child = int(changer.stdout.readline())
        if seconds is not None:
            time.sleep(chance.random() * seconds)
            os.kill(child, signal.SIGKILL)
        else:  # the first one is let through, to know how long it takes
            wait_until_ended(child)
            seconds = time.monotonic() - begun
        changer.stdin.write("\n")
        changer.stdin.flush()
        status = int(changer.stdout.readline())
        assert turn >= 0 or status == 0
        states.append(state_of(folder / "journal.db"))

    assert states[0] == STATES[what][1]
    assert set(states) <= set(STATES[what])


def wait_until_ended(child):
    """Wait for a child of another process: it stays as a zombie until that one asks for it."""
    while "\nState:\tZ" not in Path(f"/proc/{child}/status").read_text():
        time.sleep(0.01)


def fill(journal, numbers):
    with journal.writing() as writer:
        for number in numbers:
            row = {"commitment_id": f"c{number}", "peer": "Amara", "text": SECRET, "outcome": "open"}
            writer.add("entries", row)


def state_of(path: Path):
    """Return how many entries a journal has, and whether it is encrypted; nothing else is left beside it."""
    vault._known.clear()
    for passphrase in (PASSPHRASE, OTHER):
        os.environ[vault.PASSPHRASE] = passphrase
        try:
            journal = Journal(path, author="Amara")
        except LockedError:
            continue
        found = len(journal.rows("entries")), journal.is_encrypted
        journal.close()
        left = [
            one.name
            for one in path.parent.iterdir()
            if one.name.endswith((".new", ".old", ".copied", "-journal"))
        ]
        assert left == []
        return found
    return None
