"""The digest: one before each session, as text, as JSON and as a letter; kind, and never twice."""

import email
import json
import threading
from datetime import UTC, date, datetime, timedelta
from email import policy
from email.header import decode_header, make_header

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pair import FIRST, PEERS, agree, hold, other, say, week

from peerkit import ledger, plan_session, template
from peerkit.digest import as_letter, digest, in_words, make_once
from peerkit.errors import CalendarError, WorkspaceError
from peerkit.journal import Journal
from peerkit.workspace import init_workspace

NOW = datetime(2024, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def book(workspace, clock):
    """The journal of `workspace`, on 1 March 2024."""
    names = {"author": workspace.me, "pair_id": workspace.pair_id, "time_zone": workspace.time_zone}
    made = Journal(workspace.journal_path, clock=clock, **names)
    yield made
    made.close()


@pytest.fixture
def peerkit(peerkit, clocked, workspace, monkeypatch):
    """The command in the workspace, on 1 March 2024."""
    monkeypatch.chdir(workspace.folder)
    return peerkit


def promise(journal, text, *, by, peer="Amara", **more):
    more = {"visibility": "shared", **more}
    return ledger.promise(journal, text, peer=peer, on=FIRST, due_on=by, **more).commitment_id


def text_of(letter):
    return letter.get_content().replace("\r\n", "\n")


@pytest.fixture
def pair(book):
    """Amara and Jonas have met once, on Friday, 1 March 2024, and promised a few things."""
    say(book, {"time": "18:00", "zone": "Europe/Lisbon"}, author="Jonas")
    say(book, {"zone": "Europe/Berlin"}, author="Amara")
    agree(book, weekday="Friday", place="By the harbour")
    last = hold(book, week(0)).session_id
    promise(
        book,
        "Plant the pear tree, water it every evening, and take a picture of it for Jonas",
        by=week(1),
        session_id=last,
    )
    promise(book, "Mend the fence", by=date(2024, 3, 5), peer="Jonas", session_id=last)
    promise(book, "Whisper to the well", by=week(1), peer="Jonas", session_id=last, visibility="private")
    promise(book, "Sleep before eleven", by=date(2024, 3, 2), visibility="private")
    promise(book, "Read a long book", by=week(2))
    promise(book, "Write to the landlord", by=None)
    return book


def test_a_digest_says_when_whose_turn_and_what_is_due_by_then(workspace, pair):
    said = in_words(digest(workspace, pair, today=date(2024, 3, 4)))

    assert said.splitlines() == [
        "Friday, 2024-03-08, at 19:00: Jonas is focus person, Amara is coach.",
        "Where: By the harbour",
        "",
        "Due by then:",
        "- Sleep before eleven (was for 2024-03-02; a word about it is enough, or a new",
        "  day)",
        "- Plant the pear tree, water it every evening, and take a picture of it for",
        "  Jonas (2024-03-08)",
        "",
        "Promised last time, on 2024-03-01:",
        "- Jonas: Mend the fence (open)",
        "",
        "One question to take with you:",
        "- What do you need to put down before you can listen?",
    ]


def test_a_digest_is_plain_data(workspace, pair, clock):
    clock.to("03-06")
    mended = pair.rows("entries", peer="Jonas")[0]["commitment_id"]
    ledger.keep(pair, mended, on=date(2024, 3, 6))

    said = digest(workspace, pair, today=date(2024, 3, 6))

    planted = "Plant the pear tree, water it every evening, and take a picture of it for Jonas"
    assert (
        said
        == json.loads(json.dumps(said))
        == {
            "session": {
                "held_on": "2024-03-08",
                "at": "19:00",
                "said": "Friday, 2024-03-08, at 19:00: Jonas is focus person, Amara is coach.",
                "place": "By the harbour",
            },
            "due": [
                {
                    "text": "Sleep before eleven",
                    "due_on": "2024-03-02",
                    "is_overdue": True,
                    "is_private": True,
                },
                {"text": planted, "due_on": "2024-03-08", "is_overdue": False, "is_private": False},
            ],
            "last_time": {
                "held_on": "2024-03-01",
                "promised": [
                    {"peer": "Amara", "text": planted, "outcome": "open", "is_private": False},
                    {"peer": "Jonas", "text": "Mend the fence", "outcome": "kept", "is_private": False},
                ],
            },
            "question": "What do you need to put down before you can listen?",
        }
    )


@pytest.mark.parametrize(
    ("held", "kind", "question"),
    [
        (None, None, "What do you need to put down before you can listen?"),
        ("Jonas", None, "If this hour works, what is different at the end?"),
        ("Amara", "ten-session-review", "What would you like to thank the other for?"),
    ],
    ids=["coach", "focus person", "as a pair"],
)
def test_the_question_fits_ones_part_in_the_session(workspace, book, held, kind, question):
    hold(book, week(0), focus=held or "Amara")
    if kind:
        plan_session(book, template(kind), held_on=week(1), focus="Jonas", coach="Amara")

    assert digest(workspace, book, today=week(0))["question"] == question


def test_with_nothing_due_and_nothing_promised_it_is_short(workspace, book):
    hold(book, week(0))

    assert in_words(digest(workspace, book, today=week(0))) == (
        "Friday, 2024-03-08: Jonas is focus person, Amara is coach.\n\n"
        "Nothing of yours is due by then.\n\n"
        "Promised last time, on 2024-03-01: nothing.\n\n"
        "One question to take with you:\n- What do you need to put down before you can listen?\n"
    )


def test_what_stands_above_is_not_said_twice(workspace, book):
    promise(book, "Sleep before eleven", by=week(1), session_id=hold(book, week(0)).session_id)

    said = in_words(digest(workspace, book, today=week(0)))

    assert "Promised last time, on 2024-03-01: what stands above." in said
    assert said.count("Sleep") == 1


def test_the_partners_private_promises_are_in_no_digest(workspace, pair):
    said = digest(workspace, pair, today=FIRST)

    assert "well" not in json.dumps(said)


def test_one_digest_is_made_for_each_slot(workspace, pair, clock, peerkit):
    """A second call says when the first was made; the next slot has its own."""
    first = peerkit("digest")
    clock.to("03-04")
    second = peerkit("digest")
    forced = peerkit("digest", "--again")
    third = peerkit("digest")
    clock.to("03-09")
    next_slot = peerkit("digest")

    again = "For another one: peerkit digest --again\n"
    assert second == (1, f"The digest for 2024-03-08 was made on 2024-03-01. {again}", "")
    assert third == (1, f"The digest for 2024-03-08 was made on 2024-03-04. {again}", "")
    assert [(one[0], one[2], one[1].split(":")[0]) for one in (first, forced, next_slot)] == [
        (0, "", "Friday, 2024-03-08, at 19"),
        (0, "", "Friday, 2024-03-08, at 19"),
        (0, "", "Friday, 2024-03-15, at 19"),
    ]


def test_json_says_whether_it_was_made_before(workspace, pair, peerkit):
    first, second = peerkit("digest", "--json"), peerkit("digest", "--json")

    said = digest(workspace, pair, today=FIRST)
    assert (first[0], json.loads(first[1])) == (0, {**said, "made_on": None})
    assert (second[0], json.loads(second[1])) == (1, {**said, "made_on": "2024-03-01"})


def test_two_calls_at_once_make_one_digest(workspace, pair):
    made = []
    threads = [threading.Thread(target=lambda: made.append(make_once(workspace, pair)[1])) for _ in range(4)]

    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert sorted(map(str, made)) == ["2024-03-01"] * 3 + ["None"]


@pytest.mark.parametrize("value", ["", False, [1], {"on": "x"}, 7])
def test_what_is_no_day_does_not_count_as_made(workspace, pair, value):
    """In a journal from elsewhere anything may stand there."""
    from peerkit.sessions import write_answer

    write_answer(pair, "digest", phase="made", prompt="2024-03-08", author="Amara", value=value, revision=0)

    assert make_once(workspace, pair)[1] is None


def test_a_letter_is_written_and_says_the_same(workspace, pair, peerkit):
    status, said, _ = peerkit("digest", "--eml", "digest.eml")

    path = workspace.folder / "digest.eml"
    letter = email.message_from_bytes(path.read_bytes(), policy=policy.SMTP)
    assert status == 0
    assert path.stat().st_mode & 0o777 == 0o600
    assert letter["subject"] == (
        "Peer coaching: Friday, 2024-03-08, at 19:00: Jonas is focus person, Amara is coach."
    )
    assert (letter["from"], letter["to"]) == (
        "peerkit <digest@peerkit.invalid>",
        "Amara <me@peerkit.invalid>",
    )
    assert letter["date"].datetime == datetime(2024, 3, 1, 12, 0, tzinfo=UTC)
    assert [part.defects for part in letter.walk()] == [[]]
    assert text_of(letter).split("\n\n")[0] == said.split("\n\n")[0]


def test_a_letter_holds_no_words_of_what_only_i_may_see(workspace, pair):
    """It is made to be handed to a mail program, and so to a provider."""
    content = as_letter(digest(workspace, pair, today=FIRST), me="Amara", now=NOW)

    text = email.message_from_bytes(content, policy=policy.SMTP).get_content()
    assert "- a promise that only you may see (2024-03-02)" in text
    assert "Sleep" not in text


def test_a_second_call_writes_no_letter(workspace, pair, peerkit):
    peerkit("digest")

    peerkit("digest", "--eml", "digest.eml")

    assert not (workspace.folder / "digest.eml").exists()


def test_a_letter_of_peerkit_is_replaced_and_nothing_else(workspace, pair, peerkit):
    peerkit("digest", "--eml", "digest.eml")
    replaced = peerkit("digest", "--again", "--eml", "digest.eml")
    refused = peerkit("digest", "--again", "--eml", "peerkit.toml")

    assert replaced[0] == 0
    said = "peerkit.toml is there already, and not written by peerkit; it stays as it is."
    assert refused == (2, "", f"{said} Choose another name for the file.\n")
    assert "time_zone" in (workspace.folder / "peerkit.toml").read_text(encoding="utf-8")


def test_a_letter_that_cannot_be_written_leaves_the_digest_to_be_made(workspace, pair, peerkit):
    failed = peerkit("digest", "--eml", "peerkit.toml/digest.eml")

    assert (failed[0], failed[1]) == (2, "")
    assert failed[2].endswith("Choose a place that you may write to.\n")
    assert peerkit("digest")[0] == 0


# Characters that begin a header, end one, or look like one that is encoded.
NASTY = st.text(alphabet=st.sampled_from('ab:\r\n\t\x00\x1b\u2028\u202eאב😀é=?<>@,;"\\\ud800'), max_size=30)


@given(name=NASTY, place=NASTY, text=NASTY)
def test_a_letter_is_whole_whatever_was_typed(name, place, text):
    """No header can be added or ended from within a text, and all of it comes back."""
    promised = {"text": text, "due_on": "2024-03-08", "is_overdue": False, "is_private": False}
    said = {
        "session": {"held_on": "2024-03-08", "at": "", "said": f"Friday: {name} is coach.\n", "place": place},
        "due": [promised],
        "last_time": None,
        "question": "What?",
    }

    letter = email.message_from_bytes(as_letter(said, me=name, now=NOW), policy=policy.SMTP)

    assert sorted(letter.keys()) == sorted([
        "X-Mailer", "Subject", "From", "To", "Date", "Message-ID", "X-Unsent", "Content-Type",
        "Content-Transfer-Encoding", "MIME-Version",
    ])  # fmt: skip
    assert [part.defects for part in letter.walk()] == [[]]
    assert [one.addr_spec for one in letter["to"].addresses] == ["me@peerkit.invalid"]
    assert text_of(letter) == in_words(said, width=72)


@pytest.mark.parametrize("name", ["أمارا", "עמרה בת־שבע", 'Zoë "Zo" O\'Neil, M.', "蔡" * 60, "名:字"])
def test_names_of_every_script_come_back_from_a_letter(tmp_path, clock, name):
    workspace = init_workspace(tmp_path / "us", me=name, partner="Jonas", time_zone="UTC")
    book = Journal(workspace.journal_path, author=name, clock=clock)
    plan_session(book, template("weekly"), held_on=week(1), focus=name, coach="Jonas")

    content = as_letter(digest(workspace, book, today=FIRST), me=name, now=NOW)
    book.close()

    letter = email.message_from_bytes(content, policy=policy.SMTP)
    # Python's own reader leaves the space between two encoded words, which RFC 2047 says to ignore.
    raw = email.message_from_bytes(content)["to"]
    assert str(make_header(decode_header(raw))).replace("\\", "").replace('"', "") == (
        f"{name} <me@peerkit.invalid>".replace('"', "")
    )
    assert letter["subject"] == f"Peer coaching: Friday, 2024-03-08: {name} is focus person, Jonas is coach."
    assert content.isascii() or b'charset="utf-8"' in content
    assert max(len(line) for line in content.split(b"\r\n")) <= 998


@given(
    texts=st.lists(st.text(min_size=1, max_size=400).map(lambda text: "x" + text), max_size=3),
    at=st.integers(-20, 20),
)
def test_no_line_of_a_digest_is_longer_than_a_terminal(texts, at):
    promised = [
        {
            "text": " ".join(text.split()),
            "due_on": str(FIRST + timedelta(days=at)),
            "is_overdue": at < 0,
            "is_private": False,
        }
        for text in texts
    ]
    said = {
        "session": {"held_on": "2024-03-08", "at": "", "said": "Friday.", "place": ""},
        "due": promised,
        "last_time": {"held_on": "2024-03-01", "promised": []},
        "question": "What?",
    }

    for line in in_words(said).splitlines():
        assert len(line) <= 78 or " " not in line.strip().removeprefix("- ")


def test_without_a_session_ahead_there_is_no_digest(workspace, book):
    with pytest.raises(
        CalendarError, match=r"No session is ahead that a digest could be for\. Plan one: peerkit new"
    ):
        digest(workspace, book, today=FIRST)


def test_without_a_partner_there_is_no_digest(tmp_path, clock):
    alone = init_workspace(tmp_path / "alone", me="Amara", partner="", time_zone="UTC")

    with pytest.raises(WorkspaceError, match="You have not named a partner yet"):
        digest(alone, Journal(alone.journal_path, author="Amara", clock=clock), today=FIRST)


def test_the_digest_of_each_peer_is_for_that_peer(tmp_path, clock):
    workspaces = [init_workspace(tmp_path / me, me=me, partner=other(me), time_zone="UTC") for me in PEERS]
    said = {}
    for workspace in workspaces:
        book = Journal(workspace.journal_path, author=workspace.me, clock=clock)
        hold(book, week(0))
        for peer in PEERS:
            promise(book, f"For {peer}", by=week(1), peer=peer)
        found = digest(workspace, book, today=FIRST)
        said[workspace.me] = ([one["text"] for one in found["due"]], found["question"][:16])
        book.close()

    assert said == {
        "Amara": (["For Amara"], "What do you need"),
        "Jonas": (["For Jonas"], "If this hour wor"),
    }
