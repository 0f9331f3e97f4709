"""Bundles: what may leave a machine, what is taken in, and what is refused with nothing written."""

from __future__ import annotations

import json
import random
import zlib
from datetime import date
from functools import cache

import pytest
from machines import Machine, name_of, pair

from peerkit import forget, ledger, sessions, template
from peerkit.errors import ExchangeError
from peerkit.exchange import outgoing, seal
from peerkit.exchange.keys import identity
from peerkit.exchange.outgoing import shareable
from peerkit.row_check import LAST_MOMENT
from peerkit.schema import TABLES, known
from peerkit.sessions import write_answer

ON = date(2024, 3, 1)
EMPTY: dict = {table: [] for table in TABLES}
SESSION, COMMITMENT = "s00000000001", "c00000000001"
ROW_ID = "018e0000-0000-7000-8000-000000000001"


@pytest.fixture
def both(tmp_path) -> tuple[Machine, Machine]:
    return pair(tmp_path)


def answer(
    machine: Machine, value, *, visibility: str = "shared", revision: int = 0, session: str = SESSION
) -> None:
    write_answer(
        machine.journal,
        session,
        phase="open-up",
        prompt="week",
        author=machine.me,
        value=value,
        revision=revision,
        visibility=visibility,
    )  # fmt: skip


def promise(machine: Machine, text: str = "Plant the pear tree", **more) -> str:
    given = {"peer": machine.me, "visibility": "shared"} | more
    return ledger.promise(machine.journal, text, on=ON, **given).commitment_id


def seen_by_the_other(machine: Machine) -> dict[str, list[str]]:
    """Return what of one's own rows the other has, in a word each."""
    found = machine.journal
    return {
        "entries": [row["text"] for row in found.rows("entries") if row["text"]],
        "answers": [row["value"] for row in found.rows("answers") if row["value"]],
    }


# What leaves a machine.


def test_own_shared_rows_go_and_arrive_as_they_are(both):
    amara, jonas = both
    planned = sessions.plan_session(
        amara.journal, template("weekly"), held_on=ON, focus="Amara", coach="Jonas"
    )
    answer(amara, ["a", {"b": 1}], session=planned.session_id)
    promise(amara, due_on=date(2024, 3, 8), confidence=0.8)

    received = jonas.takes(amara.bundle())

    assert jonas.rows() == amara.rows()
    assert received.in_words() == "From Amara: 1 session, 1 answer, 1 commitment."


def test_private_rows_never_go(both):
    amara, jonas = both
    answer(amara, "SECRET", visibility="private")
    promise(amara, "SECRET", visibility="private")
    sessions.plan_session(
        amara.journal, template("weekly"), held_on=ON, focus="Amara", coach="Jonas", visibility="private"
    )

    jonas.takes(amara.bundle())

    assert "SECRET" not in json.dumps(amara.payload())
    assert {table: len(rows) for table, rows in jonas.rows().items()} == dict.fromkeys(TABLES, 0)


def test_what_one_wrote_in_the_others_name_or_about_them_stays_here(both):
    amara, jonas = both
    write_answer(
        amara.journal, SESSION, phase="open-up", prompt="week", author="Jonas", value="so I heard", revision=0, visibility="shared"
    )  # fmt: skip
    promise(amara, "so he said", peer="Jonas")

    jonas.takes(amara.bundle())

    assert jonas.rows() == EMPTY


def test_what_was_said_before_a_thing_was_last_private_stays_here(both):
    """Who shares a thing again says it again; an older wording may have been meant for nobody."""
    amara, _ = both
    answer(amara, "first, for both")
    answer(amara, "then for me", visibility="private", revision=1)
    answer(amara, "now again for both", revision=2)

    going = shareable(amara.journal, "Jonas")

    assert [row["value"] for row in going["answers"]] == ["now again for both"]


def test_what_is_not_whole_without_its_private_rows_is_held_back(both):
    amara, _ = both
    name = promise(amara, "SECRET", visibility="private")
    amara.journal.add("entries", {"commitment_id": name, "visibility": "shared"})

    assert shareable(amara.journal, "Jonas")["entries"] == []


def test_what_is_made_private_again_goes_from_the_others_machine(both):
    amara, jonas = both
    answer(amara, "too early")
    name = promise(amara)
    jonas.takes(amara.bundle())
    ledger.keep(jonas.journal, name, on=ON)
    before = amara.journal.rows("entries")
    amara.journal.add("entries", {"commitment_id": name, "visibility": "private"})
    answer(amara, "too early, for me", visibility="private", revision=1)

    received = jonas.takes(amara.bundle())

    assert (seen_by_the_other(jonas), received.in_words()) == (
        {"entries": [], "answers": []},
        "From Amara: 2 forgotten.",
    )
    assert jonas.journal.rows("entries") == []  # his word about it says nothing any more
    assert amara.journal.rows("entries")[:-1] == before  # nothing is erased at home
    assert amara.journal.rows("tombstones") == []


def test_what_never_left_leaves_no_trace_when_it_is_made_private(both):
    amara, _ = both
    name = promise(amara)
    amara.journal.add("entries", {"commitment_id": name, "visibility": "private"})
    amara.bundle()

    assert shareable(amara.journal, "Jonas") == EMPTY


def test_a_thing_that_is_shared_again_comes_back(both):
    amara, jonas = both
    name = promise(amara)
    jonas.takes(amara.bundle())
    amara.clock.to("03-02")
    jonas.clock.to("03-02")
    amara.journal.add("entries", {"commitment_id": name, "visibility": "private"})
    jonas.takes(amara.bundle())
    whole = {"commitment_id": name, "peer": "Amara", "text": "Plant two", "outcome": "open"}
    amara.journal.add("entries", {**whole, "visibility": "shared"})

    jonas.takes(amara.bundle())

    assert seen_by_the_other(jonas)["entries"] == ["Plant two"]


def test_what_the_partner_holds_is_not_sent_again(both):
    amara, jonas = both
    promise(amara)
    jonas.takes(amara.bundle())
    amara.takes(jonas.bundle())
    promise(amara, "Water it")

    rows = outgoing.for_partner(amara.journal).rows

    assert [row["text"] for row in rows["entries"]] == ["Water it"]


def test_a_machine_of_the_partner_that_holds_less_is_not_forgotten(both, tmp_path):
    """What one of the partner's machines lacks goes again, until each one holds it."""
    amara, jonas = both
    second = Machine(tmp_path / "second", me="Jonas")
    second.joins(jonas)
    second.knows(amara)
    promise(amara)
    jonas.takes(amara.bundle())
    amara.takes(jonas.bundle())
    amara.takes(second.bundle())

    second.takes(amara.bundle())

    assert second.rows() == amara.rows()


def test_what_the_partner_has_forgotten_is_not_sent_again(both):
    amara, jonas = both
    name = promise(amara)
    jonas.takes(amara.bundle())
    jonas.journal.add(
        "tombstones", {"kind": "commitment", "key": name, "until": LAST_MOMENT, "visibility": "shared"}
    )
    forget.erase(jonas.journal)

    amara.takes(jonas.bundle())

    assert shareable(amara.journal, "Jonas")["entries"] == []
    assert seen_by_the_other(amara)["entries"] == ["Plant the pear tree"]  # her own words stay hers


def test_what_one_has_forgotten_does_not_come_back(both):
    amara, jonas = both
    name = promise(jonas, "Call my sister")
    early = jonas.bundle()
    amara.takes(early)
    forget.forget_commitment(amara.journal, name)
    ledger.keep(jonas.journal, name, on=ON)

    received = amara.takes(jonas.bundle())

    assert (amara.journal.rows("entries"), received.in_words()) == ([], "From Jonas: nothing new.")


def test_ones_own_machines_hold_everything_and_private_rows_too(both, tmp_path):
    amara, _ = both
    second = Machine(tmp_path / "second", me="Amara")
    second.joins(amara)
    answer(amara, "for me", visibility="private")
    promise(amara, "for me, too", visibility="private")

    received = second.takes(amara.bundle(to_myself=True))

    assert second.rows() == amara.rows()
    assert received.in_words() == "From your other machine: 1 answer, 1 commitment."


def test_what_is_private_stays_so_whatever_the_other_recorded_later(both, tmp_path):
    """The laptop hears of her change of mind after his word of a later hour: that word must not share it again."""
    amara, jonas = both
    desktop = Machine(tmp_path / "desktop", me="Amara")
    desktop.joins(amara)
    desktop.knows(jonas)
    name = promise(amara)
    desktop.takes(amara.bundle(to_myself=True))
    jonas.takes(amara.bundle())
    jonas.clock.to("03-01 12:30")
    ledger.keep(jonas.journal, name, on=ON)
    desktop.takes(jonas.bundle())
    amara.journal.add("entries", {"commitment_id": name, "visibility": "private"})

    desktop.takes(amara.bundle(to_myself=True))

    assert known(desktop.journal.rows("entries", commitment_id=name))["visibility"] == "private"


def test_sessions_that_come_get_their_notebooks(both):
    amara, jonas = both
    planned = sessions.plan_session(
        amara.journal, template("weekly"), held_on=ON, focus="Amara", coach="Jonas"
    )

    received = jonas.takes(amara.bundle())

    assert received.notebooks == (jonas.place.notebook_path(planned),)
    assert planned.session_id in received.notebooks[0].read_text(encoding="utf-8")


# What is refused.


def refused(machine: Machine, raw: bytes, match: str) -> None:
    """Check that a bundle is refused in a sentence, and nothing is written."""
    rows, file = machine.rows(), machine.place.journal_path.read_bytes()
    with pytest.raises(ExchangeError, match=match):
        machine.takes(raw)
    assert (machine.rows(), machine.place.journal_path.read_bytes()) == (rows, file)


def row(**columns) -> dict:
    """Return a row of the ledger as Jonas's machine would send it."""
    whole = {
        "author": "Jonas",
        "visibility": "shared",
        "peer": "Jonas",
        "text": "Call my sister",
        "outcome": "open",
    }
    at = {"row_id": ROW_ID, "recorded_at": 1709290000000000, "commitment_id": COMMITMENT}
    return {name: value for name, value in (at | whole | columns).items() if value is not None}


def ack(**columns) -> dict:
    return row(**{"peer": None, "text": None, "outcome": None, "acknowledged": "kept", **columns})


def said(**columns) -> dict:
    """Return an answer as Jonas's machine would send it."""
    at = {"row_id": ROW_ID, "recorded_at": 1709290000000000, "session_id": SESSION}
    key = {
        "phase": "p",
        "prompt": "q",
        "revision": 1,
        "value": "x",
        "author": "Jonas",
        "visibility": "shared",
    }
    return at | key | columns


MINE = "c000000mayne"
SEMANTIC = [
    pytest.param("entries", row(author="Amara"), "in your name", id="claims my authorship"),
    pytest.param("entries", row(author="Mallory"), "somebody else than its sender", id="a third author"),
    pytest.param("entries", row(visibility="private"), "private row", id="private"),
    pytest.param("entries", row(commitment_id=MINE), "changes a commitment of yours", id="rewrites my commitment"),
    pytest.param("entries", ack(commitment_id=MINE, outcome="kept"), "changes a commitment of yours", id="settles mine"),
    pytest.param("entries", row(peer="Amara"), "commitment of somebody else", id="promises in my name"),
    pytest.param("entries", row(peer="Mallory"), "commitment of somebody else", id="promises for a third"),
    pytest.param("entries", row(acknowledged="kept"), "acknowledges a commitment of its own sender", id="acknowledges itself"),
    pytest.param("entries", row(recorded_at=1709298001000000), "more than an hour ahead", id="a row of tomorrow"),
    pytest.param("entries", row(confidence=1.5), "confidence that cannot stand", id="out of bounds"),
    pytest.param("entries", row(due_on="2024-02-31"), "due_on that cannot stand", id="no day"),
    pytest.param("entries", row(due_on=7), "due_on that cannot stand", id="a number for a day"),
    pytest.param("entries", row(outcome="victory"), "outcome that cannot stand", id="an unknown word"),
    pytest.param("entries", row(plan_fired=1), "plan_fired that cannot stand", id="a number for a flag"),
    pytest.param("entries", row(text="a\x1b[31mb"), "signs that no journal holds", id="control characters"),
    pytest.param("entries", row(text="e\u0301"), "signs that no journal holds", id="not NFC"),
    pytest.param("entries", row(colour="red"), "a column that there is not", id="an unknown column"),
    pytest.param("entries", row(row_id=None), "what every row has", id="no id"),
    pytest.param("entries", row(row_id="../../etc"), "whose id is none", id="a path for an id"),
    pytest.param("entries", row(commitment_id="';--"), "a row of entries that no peerkit sends", id="a key that is none"),
    pytest.param("answers", said(session_id="import-items"), "a row of answers that no peerkit sends", id="the records of an import"),
    pytest.param("answers", said(session_id="daily-card"), "a row of answers that no peerkit sends", id="a choice of mine"),
    pytest.param("answers", said(prompt="borrowed"), "a row of answers that no peerkit sends", id="what the guide keeps"),
    pytest.param("answers", said(value={"text": "half"}), "a row of answers that no peerkit sends", id="a draft"),
    pytest.param("sessions", {"author": "Jonas", "visibility": "shared", "row_id": ROW_ID, "recorded_at": 1, "session_id": SESSION, "coach": "Mallory", "focus": "Jonas"}, "others than the two of you", id="a third in a session"),
    pytest.param("sessions", {"author": "Jonas", "visibility": "shared", "row_id": ROW_ID, "recorded_at": 1, "session_id": SESSION, "coach": "Jonas", "focus": "Jonas"}, "others than the two of you", id="both roles"),
    pytest.param("answers", said(value=json.loads("[" * 60 + "]" * 60)), "value that cannot stand", id="too deep"),
    pytest.param("tombstones", {"author": "Jonas", "visibility": "shared", "row_id": ROW_ID, "recorded_at": 1, "key": COMMITMENT}, "what every row has", id="half a tombstone"),
    pytest.param("tombstones", {"author": "Jonas", "visibility": "shared", "row_id": ROW_ID, "recorded_at": 1, "key": COMMITMENT, "kind": "soul", "until": 1}, "kind that cannot stand", id="an unknown kind"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "told", "why"), SEMANTIC)
def test_a_row_that_is_not_the_senders_to_say_is_refused_with_all_that_came_with_it(both, table, told, why):
    amara, jonas = both
    amara.clock.to("03-01 12:00")
    amara.journal.add(
        "entries",
        {"commitment_id": MINE, "peer": "Amara", "text": "Mine", "outcome": "open", "visibility": "shared"},
    )
    promise(jonas, "Good and true")
    payload = jonas.payload()
    payload["rows"][table].append(told)

    refused(amara, jonas.sealed(payload, to=amara), why)


LETTER = [
    pytest.param({"format": "peerkit bundle 9"}, "of a kind that this peerkit does not know", id="format"),
    pytest.param({"pair_id": "another"}, "is of another pair", id="pair"),
    pytest.param({"author": "Amara"}, "names another author than its sender", id="author"),
    pytest.param({"made_at": 1709298001000000}, "made more than an hour ahead", id="made tomorrow"),
    pytest.param({"made_at": "now"}, "made more than an hour ahead", id="made at no moment"),
    pytest.param({"machine": None}, "does not say which rows are held", id="no machine"),
    pytest.param({"machine": "x" * 41}, "does not say which rows are held", id="a long machine"),
    pytest.param({"has": {"a": 1}}, "does not say which rows are held", id="has no list"),
    pytest.param({"has": [1]}, "does not say which rows are held", id="has no ids"),
    pytest.param({"rows": []}, "has other tables than a journal", id="no rows"),
    pytest.param({"rows": dict.fromkeys(TABLES, 1)}, "something else in their place", id="rows that are none"),
    pytest.param({"rows": {**EMPTY, "entries": [[]]}}, "a column that there is not", id="a list for a row"),
    pytest.param({"rows": {**EMPTY, "local": []}}, "other tables than a journal", id="a table of its own"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "why"), LETTER)
def test_a_bundle_that_says_something_else_of_itself_is_refused(both, change, why):
    amara, jonas = both
    promise(jonas)

    refused(amara, jonas.sealed(jonas.payload() | change, to=amara), why)


def test_a_row_that_changes_one_that_is_here_is_refused(both):
    amara, jonas = both
    promise(jonas)
    amara.takes(jonas.bundle())
    payload = jonas.payload()
    payload["rows"]["entries"][0]["text"] = "Something else"

    refused(amara, jonas.sealed(payload, to=amara), "changes a row that is here already")


def test_the_same_row_twice_with_two_contents_is_refused(both):
    amara, jonas = both
    payload = jonas.payload()
    payload["rows"]["entries"] = [row(), row(text="Something else")]

    refused(amara, jonas.sealed(payload, to=amara), "changes a row that is here already")


def test_a_bundle_is_taken_in_once(both):
    amara, jonas = both
    promise(jonas)
    raw = jonas.bundle()
    amara.takes(raw)

    refused(amara, raw, "was taken in already")


def test_a_bundle_for_another_key_is_refused(both, tmp_path):
    amara, jonas = both
    stranger = Machine(tmp_path / "stranger", me="Amara")
    jonas.knows(stranger)

    refused(amara, jonas.bundle(), "sealed for another key than yours")


def test_a_bundle_of_an_unknown_sender_is_refused(both, tmp_path):
    amara, _ = both
    stranger = Machine(tmp_path / "stranger", me="Jonas")
    stranger.knows(amara)

    refused(amara, stranger.bundle(), "from a sender whose card is not here")


def test_nothing_is_exchanged_before_the_words_were_compared(tmp_path):
    amara, jonas = pair(tmp_path)
    raw = jonas.bundle()
    amara.knows(jonas, is_compared=False)

    refused(amara, raw, "Compare the six words with Jonas")
    with pytest.raises(ExchangeError, match="Compare the six words with Jonas"):
        amara.bundle()


def test_a_bundle_that_is_turned_round_is_refused(both):
    """A Box opens in both directions: what Amara made must not pass for a letter of Jonas's."""
    amara, _ = both
    promise(amara)
    raw = amara.bundle()
    at = len(seal.MAGIC)
    turned = raw[:at] + raw[at + 16 : at + 32] + raw[at : at + 16] + raw[at + 32 :]

    refused(amara, turned, "sealed for another key than its beginning says")


def test_ones_own_bundle_for_the_other_is_refused_at_home(both):
    amara, _ = both

    refused(amara, amara.bundle(), "sealed for another key than yours")


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(b"{}" * 2, id="not JSON"),
        pytest.param(b"\xff\xfe", id="not UTF-8"),
        pytest.param(b"[" * 200_000, id="deep"),
        pytest.param(b'{"a": NaN}', id="no number"),
        pytest.param(b"[]", id="no object"),
        pytest.param(b"[" + b"1," * 6_000_001 + b"1]", id="many parts"),
        pytest.param(b" " * (seal.MAX_INFLATED + 1), id="a bomb"),
    ],
)
def test_what_a_true_sender_packs_is_bounded_all_the_same(both, told):
    from nacl.public import Box, PublicKey

    amara, jonas = both
    raw = jonas.bundle()
    box = Box(identity(jonas.journal).secret, PublicKey(amara.key))
    head = raw[: len(seal.MAGIC) + 32]

    refused(amara, head + bytes(box.encrypt(zlib.compress(told))), "This bundle (holds|was sealed)")


def test_an_acknowledgement_of_what_is_not_here_waits(both):
    """It says nothing alone; it is not told as held, so it comes again with what it is about."""
    amara, jonas = both
    payload = jonas.payload()
    payload["rows"]["entries"] = [ack(commitment_id="c0000000aaaa")]

    received = amara.takes(jonas.sealed(payload, to=amara))

    assert (received.in_words(), amara.journal.rows("entries")) == ("From Jonas: nothing new.", [])


def test_half_of_a_commitment_waits_for_the_rest(both):
    amara, jonas = both
    payload = jonas.payload()
    payload["rows"]["entries"] = [row(text=None, peer=None, outcome="kept", closed_on="2024-03-01")]

    amara.takes(jonas.sealed(payload, to=amara))
    first = amara.journal.rows("entries")
    payload["rows"]["entries"].append(row(row_id=ROW_ID[:-1] + "0", recorded_at=1709280000000000))
    amara.takes(jonas.sealed(payload, to=amara))

    assert (first, known(amara.journal.rows("entries"))["outcome"]) == ([], "kept")


def test_an_answer_that_its_question_does_not_take_is_left_out(both):
    """A form would stumble over a text where it asks for a number."""
    amara, jonas = both
    planned = sessions.plan_session(
        jonas.journal, template("weekly"), held_on=ON, focus="Amara", coach="Jonas"
    )
    payload = jonas.payload()
    [phase] = [
        one.id for one in template("weekly").phases if any(prompt.id == "heard" for prompt in one.prompts)
    ]
    told = said(session_id=planned.session_id, phase=phase, prompt="heard", value="ten")
    payload["rows"]["answers"] = [told]

    received = amara.takes(jonas.sealed(payload, to=amara))

    assert (received.in_words(), amara.journal.rows("answers")) == ("From Jonas: 1 session.", [])


def test_a_half_written_commitment_stays_here_whatever_its_field_says(both):
    """Nobody has said yet who may see it."""
    amara, _ = both
    answer(amara, {"text": "Ask for a rise", "visibility": "private"})

    assert shareable(amara.journal, "Jonas")["answers"] == []


def test_a_crash_in_between_leaves_nothing_behind(both, monkeypatch):
    amara, jonas = both
    promise(jonas)
    raw = jonas.bundle()

    def fails(*_, **__):
        msg = "the power went"
        raise RuntimeError(msg)

    with monkeypatch.context() as patched:
        patched.setattr("peerkit.exchange.incoming.keep_held", fails)
        with pytest.raises(RuntimeError):
            amara.takes(raw)
    before = amara.rows()
    amara.takes(raw)

    assert (before, amara.rows()) == (EMPTY, jonas.rows())


def test_no_changed_byte_of_a_bundle_goes_unseen(both, monkeypatch):
    """Ten thousand bundles that were flipped, cut, mixed or repeated: each is refused, and nothing is written."""
    amara, jonas = both
    # What this machine keeps is read once, not ten thousand times.
    monkeypatch.setattr(amara.journal, "local", cache(amara.journal.local))
    amara.journal.add("answers", {"session_id": "s0", "phase": "p", "prompt": "q", "revision": 1})
    first, second = _two_bundles(jonas)
    rows, file = amara.rows(), amara.place.journal_path.read_bytes()

    n_refused = 0
    for mutant in _mutants(first, second):
        with pytest.raises(ExchangeError):
            amara.takes(mutant)
        n_refused += 1

    assert n_refused >= 10_000
    assert (amara.rows(), amara.place.journal_path.read_bytes()) == (rows, file)


def _two_bundles(machine: Machine) -> tuple[bytes, bytes]:
    promise(machine)
    first = machine.bundle()
    for number in range(8):
        promise(machine, f"Promise number {number}", due_on=date(2024, 4, 1))
    return first, machine.bundle()


def _mutants(one: bytes, other: bytes):
    chance = random.Random(7)
    for raw in (one, other):
        for at in range(len(raw)):
            yield raw[:at]
            for bit in range(8):
                yield raw[:at] + bytes([raw[at] ^ 1 << bit]) + raw[at + 1 :]
    parts = [0, len(seal.MAGIC), len(seal.MAGIC) + 16, len(seal.MAGIC) + 32, len(seal.MAGIC) + 56]
    for begin, end in zip(parts, [*parts[1:], None], strict=True):
        for raw, source in ((one, other), (other, one)):
            mixed = raw[:begin] + source[begin:end] + (raw[end:] if end else b"")
            if mixed not in (one, other):
                yield mixed
            yield raw[:begin] + raw[begin:end] * 2 + (raw[end:] if end else b"")
            yield raw[:begin] + (raw[end:] if end else b"")
    for _ in range(1_000):
        raw = bytearray(chance.choice((one, other)))
        for _ in range(chance.randint(2, 40)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        yield bytes(raw)
    for extra in (b"\0", b"\n", one):
        yield one + extra


def test_the_same_bundle_is_sealed_anew_each_time(both):
    """A nonce is never used twice, or two files would tell what they have in common."""
    amara, _ = both
    promise(amara)

    made = [amara.bundle() for _ in range(20)]

    at = len(seal.MAGIC) + 32
    assert len({raw[at : at + 24] for raw in made}) == 20


def test_a_bundle_holds_no_word_in_clear(both):
    amara, jonas = both
    promise(amara, "Plant the pear tree")

    raw = amara.bundle()

    clear = ("pear", "Amara", "Jonas", "amara-jonas", name_of(amara), amara.key.hex(), jonas.key.hex())
    assert [word for word in clear if word.encode() in raw or bytes(word, "utf-16-le") in raw] == []
    assert (amara.key in raw, jonas.key in raw) == (False, False)
