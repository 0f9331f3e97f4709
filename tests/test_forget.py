"""What was forgotten is gone, and does not come back."""

import json

import pytest
from helpers import clock_at

from peerkit import backups, care, forget, ledger, sessions, vault
from peerkit.errors import JournalError, LockedError, WorkspaceError
from peerkit.forget import FOR_GOOD, Forgotten, answer_key, partner_key
from peerkit.forget_cli import partner as forget_partner
from peerkit.forget_cli import session as forget_session
from peerkit.journal import Journal
from peerkit.restore import restore
from peerkit.templates import template
from peerkit.workspace import init_workspace, read_workspace

ANSWER = {"author": "Jonas", "recorded_at": 10, "session_id": "s1", "phase": "aim", "prompt": "topic"}
ENTRY = {"author": "Amara", "recorded_at": 10, "commitment_id": "c1", "session_id": "s1", "peer": "Amara"}
SETTLED = {**ENTRY, "session_id": None, "peer": None}
SESSION = {"author": "Amara", "recorded_at": 10, "session_id": "s1", "coach": "Jonas", "focus": "Amara"}
ROWS = {"answer": ("answers", ANSWER), "promise": ("entries", ENTRY), "outcome": ("entries", SETTLED), "session": ("sessions", SESSION)}  # fmt: skip


def stone(kind, key, *, author="Amara", until=FOR_GOOD):
    return {"author": author, "kind": kind, "key": key, "until": until}


@pytest.mark.parametrize(
    ("tombstone", "covered"),
    [
        (stone("session", "s1"), ["answer", "promise"]),
        (stone("session", "s2"), []),
        (stone("commitment", "c1"), ["promise", "outcome"]),
        (stone("answer", answer_key("s1", "aim", "topic", "Jonas")), ["answer"]),
        (stone("answer", answer_key("s1", "aim", "topic", "Amara")), []),
        (stone("partner", partner_key("Jonas")), ["answer", "session"]),
        (stone("session", "s1", until=10), ["answer", "promise"]),
        (stone("session", "s1", until=9), []),
        (stone("session", "s1", author="Jonas"), ["answer"]),
        (stone("commitment", "c1", author="Jonas"), []),
    ],
)
def test_my_tombstone_covers_everybodys_rows_and_the_others_only_their_own(tombstone, covered):
    found = [
        name for name, (table, row) in ROWS.items() if Forgotten([tombstone], me="Amara").covers(table, row)
    ]

    assert found == covered


SAID, PROMISED, KEPT = "what was said in that hour", "what was promised in it", "what has to do with neither"


@pytest.fixture
def place(tmp_path):
    """A workspace with a session in which something was said and promised, and a commitment beside it."""
    made = init_workspace(tmp_path / "coaching", me="Amara", partner="Jonas", time_zone="UTC")
    journal = opened(made)
    held = sessions.plan_session(
        journal, template("weekly"), held_on=journal.today(), focus="Amara", coach="Jonas"
    )
    sessions.open_session(journal, held.session_id)
    for author in ("Amara", "Jonas"):
        sessions.write_answer(journal, held.session_id, phase="arrive", prompt="arriving", author=author, value=SAID, revision=0)  # fmt: skip
    promised = ledger.promise(journal, PROMISED, peer="Amara", on=journal.today(), session_id=held.session_id)
    ledger.keep(journal, promised.commitment_id, on=journal.today(), reason=PROMISED)
    beside = ledger.promise(journal, KEPT, peer="Amara", on=journal.today())
    ledger.move(journal, beside.commitment_id, journal.today(), on=journal.today(), agreed_by="Jonas")
    notebook = {"metadata": {"peerkit": {"session_id": held.session_id}}, "cells": [SAID]}
    made.notebook_path(held).write_text(json.dumps(notebook))
    made.summary_path(held, audience="ours").write_text(SAID)
    journal.close()
    return made


def opened(place, clock="03-01"):
    return Journal(place.journal_path, author="Amara", clock=clock_at(clock))


def held_in(journal):
    [one] = sessions.list_sessions(journal)
    return one


def files_with(folder, *texts):
    return [
        path.name
        for path in sorted(folder.rglob("*"))
        if path.is_file() and any(text.encode() in path.read_bytes() for text in texts)
    ]


def test_a_forgotten_session_is_in_no_file_and_no_backup_and_that_the_two_met_is_kept(place, tmp_path):
    journal = opened(place)
    backups.keep_weekly(journal)
    backups.back_up(journal, tmp_path / "mine.db")
    before = files_with(tmp_path, SAID, PROMISED)

    said = forget_session(place, journal, held_in(journal))

    left = held_in(journal), [row["text"] for row in journal.rows("entries") if row["text"]]
    journal.close()
    assert len(before) == 5
    assert said == "Forgotten for good: 4 rows of the journal and its backups, and 2 files."
    assert files_with(tmp_path, SAID, PROMISED) == []
    assert (left[0].focus, left[0].coach, left[0].status, left[1]) == ("Amara", "Jonas", "open", [KEPT])
    assert files_with(tmp_path, KEPT) == ["journal-2024-03-01.db", "journal.db", "mine.db"]


def test_what_was_forgotten_does_not_come_back_with_a_row_or_with_a_backup(place, tmp_path):
    journal = opened(place)
    backups.back_up(journal, tmp_path / "mine.db")
    whole = (tmp_path / "mine.db").read_bytes()
    rows = journal.rows("answers")
    forget_session(place, journal, held_in(journal))
    (tmp_path / "mine.db").write_bytes(whole)

    restore(place.journal_path, tmp_path / "mine.db", me="Amara")
    with journal.writing() as writer:
        writer.merge("answers", rows)
    again = forget.erase(journal)

    left = journal.rows("answers"), len(journal.rows("tombstones"))
    journal.close()
    assert (again.rows, left) == (2, ([], 2))


def test_a_forgotten_commitment_takes_nothing_else_with_it(place):
    journal = opened(place)
    [first, *_] = [row for row in journal.rows("entries") if row["text"] == PROMISED]

    rows = forget.forget_commitment(journal, first["commitment_id"])

    left = [row["text"] for row in journal.rows("entries") if row["text"]], len(journal.rows("answers"))
    journal.close()
    assert (rows, left) == ((2, []), ([KEPT], 2))


def test_a_forgotten_answer_leaves_the_other_peers_answer(place):
    journal = opened(place)

    rows = forget.forget_answers(journal, [(held_in(journal).session_id, "arrive", "arriving", "Jonas")])

    left = [(row["author"], row["value"]) for row in journal.rows("answers")]
    journal.close()
    assert (rows, left) == ((1, []), [("Amara", SAID)])


def test_a_forgotten_partner_is_named_nowhere_in_the_folder(place):
    journal = opened(place)

    said = forget_partner(place, journal)

    left = [row["text"] for row in journal.rows("entries") if row["text"]], sessions.list_sessions(journal)
    journal.close()
    assert said.startswith("Forgotten for good: ")
    assert left == ([KEPT], [])
    assert files_with(place.folder, "Jonas", SAID, PROMISED) == []
    assert read_workspace(place.folder).partner == ""


def test_without_a_partner_there_is_nobody_to_forget(tmp_path):
    place = init_workspace(tmp_path / "alone", me="Amara", partner="", time_zone="UTC")

    with pytest.raises(WorkspaceError, match="nobody to forget"):
        forget_partner(place, opened(place))


def test_of_what_was_private_the_tombstone_is_private_too(place):
    journal = opened(place)
    shown = ledger.promise(journal, "shown", peer="Amara", on=journal.today(), visibility="shared")
    hidden = ledger.promise(journal, "hidden", peer="Amara", on=journal.today(), visibility="private")

    for one in (shown, hidden):
        forget.forget_commitment(journal, one.commitment_id)

    told = {row["key"]: row["visibility"] for row in journal.rows("tombstones")}
    journal.close()
    assert told == {shown.commitment_id: "shared", hidden.commitment_id: "private"}


def test_the_week_has_one_backup_and_three_are_kept(place):
    made = []
    for day in ("03-01", "03-04", "03-08", "03-15", "03-22", "03-29"):
        journal = opened(place, day)
        made.append(backups.keep_weekly(journal))
        journal.close()

    names = [path.name for path in sorted((place.folder / "backups").iterdir())]
    assert [one is not None for one in made] == [True, False, True, True, True, True]
    assert names == ["journal-2024-03-15.db", "journal-2024-03-22.db", "journal-2024-03-29.db"]


def test_a_backup_is_whole_while_others_write(place, tmp_path):
    journal = opened(place)
    other = opened(place)
    for number in range(5):
        other.add("entries", {"commitment_id": f"d{number}"})
        backups.back_up(journal, tmp_path / f"{number}.db")
        other.add("entries", {"commitment_id": f"e{number}"})

    counted = []
    for number in range(5):
        copy = Journal(tmp_path / f"{number}.db", author="")
        counted.append(len(copy.rows("entries")))
        copy.close()
    for one in (journal, other):
        one.close()
    assert counted == [5, 7, 9, 11, 13]
    assert {oct((tmp_path / f"{number}.db").stat().st_mode & 0o777) for number in range(5)} == {"0o600"}


def test_nothing_is_overwritten_by_a_backup(place, tmp_path):
    (tmp_path / "mine.db").write_text("something else")
    journal = opened(place)

    with pytest.raises(JournalError, match="exists already"):
        backups.back_up(journal, tmp_path / "mine.db")

    journal.close()
    assert (tmp_path / "mine.db").read_text() == "something else"


def test_the_journal_that_a_backup_replaces_is_kept(place, tmp_path):
    journal = opened(place)
    backups.back_up(journal, tmp_path / "mine.db")
    journal.add("entries", {"commitment_id": "later"})
    counted = len(journal.rows("entries"))

    restore(place.journal_path, tmp_path / "mine.db", me="Amara")

    after = len(journal.rows("entries"))
    former = Journal(place.folder / "backups" / "journal-before-restore-1.db", author="")
    kept = len(former.rows("entries"))
    for one in (journal, former):
        one.close()
    assert (after, kept) == (counted - 1, counted)


def test_a_damaged_journal_is_replaced_by_a_backup(place, tmp_path):
    journal = opened(place)
    counted = len(journal.rows("entries"))
    backups.back_up(journal, tmp_path / "mine.db")
    journal.close()
    place.journal_path.write_bytes(b"noise" * 4096)

    restore(place.journal_path, tmp_path / "mine.db", me="Amara")

    again = opened(place)
    assert len(again.rows("entries")) == counted
    again.close()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "There is no file"),
        (b"", "no peerkit journal"),
        (b"Dear diary, " * 100, "no journal, and no backup of one"),
        (b"\x07" * 8192, "is encrypted, or no journal"),
    ],
    ids=["missing", "empty", "text", "noise"],
)
def test_what_is_no_backup_is_refused_and_the_journal_is_as_it_was(place, tmp_path, content, said):
    if content is not None:
        (tmp_path / "odd.db").write_bytes(content)
    before = place.journal_path.read_bytes()

    with pytest.raises(JournalError, match=said):
        restore(place.journal_path, tmp_path / "odd.db", me="Amara")

    assert place.journal_path.read_bytes() == before
    assert [path.name for path in place.folder.iterdir() if ".new" in path.name] == []


def test_what_only_a_backup_still_holds_is_forgotten_there_too(place, tmp_path):
    journal = opened(place)
    session = held_in(journal)
    backups.back_up(journal, tmp_path / "mine.db")
    later = {"session_id": session.session_id, "phase": "aim", "prompt": "topic", "author": "Amara"}
    sessions.write_answer(journal, **later, value="said later", revision=0)
    restore(place.journal_path, tmp_path / "mine.db", me="Amara")
    before = files_with(place.folder, "said later")

    forget_session(place, journal, session)

    journal.close()
    assert before == ["journal-before-restore-1.db"]
    assert files_with(tmp_path, "said later", SAID) == []


def test_backups_are_known_still_after_one_was_restored_and_one_out_of_reach_is_told(place, tmp_path):
    journal = opened(place)
    for name in ("first", "second"):
        backups.back_up(journal, tmp_path / f"{name}.db")
    restore(place.journal_path, tmp_path / "first.db", me="Amara")
    (tmp_path / "second.db").rename(tmp_path / "unplugged.db")

    said = forget_session(place, journal, held_in(journal))

    journal.close()
    assert f"{tmp_path / 'second.db'} could not be reached" in said
    assert files_with(tmp_path, SAID) == ["unplugged.db"]


def test_what_is_there_and_cannot_be_opened_is_never_wiped_by_a_restore(place, tmp_path, monkeypatch):
    journal = opened(place)
    backups.back_up(journal, tmp_path / "mine.db")
    whole = (tmp_path / "mine.db").read_bytes()
    care.encrypt(place.journal_path, "four words in a row")
    journal.close()
    (tmp_path / "mine.db").write_bytes(whole)
    before = place.journal_path.read_bytes()
    monkeypatch.setattr(vault, "_known", {})

    with pytest.raises(LockedError):
        restore(place.journal_path, tmp_path / "mine.db", me="Amara")
    with pytest.raises(JournalError, match="is the journal itself"):
        restore(place.journal_path, place.journal_path, me="Amara")

    assert place.journal_path.read_bytes() == before


def test_a_rollback_file_of_a_journal_that_is_gone_is_not_played_into_the_restored_one(place, tmp_path):
    journal = opened(place)
    counted = len(journal.rows("entries"))
    backups.back_up(journal, tmp_path / "mine.db")
    journal.close()
    place.journal_path.unlink()
    place.journal_path.with_name("journal.db-journal").write_bytes(b"noise" * 2048)

    restore(place.journal_path, tmp_path / "mine.db", me="Amara")

    again = opened(place)
    assert len(again.rows("entries")) == counted
    again.close()
