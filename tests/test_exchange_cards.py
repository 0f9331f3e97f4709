"""Cards, the six words, and one person's second machine."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from importlib import resources

import pytest
from helpers import fewer
from hypothesis import given
from hypothesis import strategies as st
from machines import Machine, name_of, pair

from peerkit import exchange, forget_cli, ledger
from peerkit.errors import ExchangeError, PeerkitError
from peerkit.exchange import card, commands, keys, machines
from peerkit.exchange.keys import identity, six_words
from peerkit.exchange.partner import Partner, held_by_all, partner_of
from peerkit.workspace import init_workspace, read_workspace

PASSPHRASE = "four words that hold"
EXPECTED = ["turn", "cram", "river", "gloom", "notable", "nest"]


@pytest.fixture
def both(tmp_path) -> tuple[Machine, Machine]:
    """Two machines that know nothing of each other yet, each with a pair of its own name."""
    made = []
    for name, pair_id in (("Amara", "pair-b"), ("Jonas", "pair-a")):
        one = Machine(tmp_path / name, me=name)
        settings = one.place.folder / "peerkit.toml"
        settings.write_text(settings.read_text(encoding="utf-8").replace("amara-jonas", pair_id), "utf-8")
        one.place = read_workspace(one.place.folder)
        one.journal = one.place.open_journal()
        made.append(one)
    return made[0], made[1]


def card_of(machine: Machine) -> bytes:
    file = machine.place.folder / "my.card"
    card.write_card(machine.place, machine.journal, file)
    return file.read_bytes()


def take(machine: Machine, raw: bytes, **more) -> None:
    machine.place = card.take_card(machine.place, machine.journal, raw, **more)


def test_a_new_workspace_has_a_key_of_its_own(tmp_path):
    places = [
        init_workspace(tmp_path / name, me="Amara", partner="", time_zone="UTC") for name in ("one", "two")
    ]

    made = [identity(place.open_journal()) for place in places]

    assert made[0].public != made[1].public
    assert made[0].machine != made[1].machine


def test_a_key_stays_the_same_and_is_made_where_there_was_none(both):
    amara, _ = both
    before = amara.key
    again = identity(amara.opened()).public
    with amara.journal.writing() as writer:
        writer.keep_local(keys.KEY, None)

    assert again == before
    assert identity(amara.journal).public == identity(amara.journal).public != before


def test_no_secret_is_in_what_is_printed_of_a_key(both):
    amara, _ = both
    own = identity(amara.journal)

    assert bytes(own.secret).hex() not in repr(own)
    assert "secret" not in repr(own)


def test_in_an_encrypted_journal_the_key_is_encrypted_too(tmp_path, quick_keys):
    place = init_workspace(
        tmp_path / "sealed", me="Amara", partner="Jonas", time_zone="UTC", passphrase=PASSPHRASE
    )

    own = identity(place.open_journal())

    assert bytes(own.secret).hex().encode() not in place.journal_path.read_bytes()


def test_a_card_is_small_readable_and_holds_no_secret(both):
    amara, _ = both

    raw = card_of(amara)

    assert (amara.place.folder / "my.card").stat().st_mode & 0o777 == 0o600
    assert amara.key.hex().encode() in raw
    assert bytes(identity(amara.journal).secret).hex().encode() not in raw
    assert len(raw) < 500


def test_after_both_cards_both_call_the_pair_the_same(both):
    amara, jonas = both
    first, second = card_of(amara), card_of(jonas)

    take(amara, second)
    take(jonas, first)

    assert (amara.place.pair_id, jonas.place.pair_id) == ("pair-a", "pair-a")
    assert read_workspace(amara.place.folder) == amara.place
    assert partner_of(amara.journal) == Partner("Jonas", jonas.key, is_compared=False)


def test_a_card_names_the_partner_where_there_was_none(tmp_path, both):
    _, jonas = both
    place = init_workspace(tmp_path / "alone", me="Amara", partner="", time_zone="UTC")

    made = card.take_card(place, place.open_journal(), card_of(jonas))

    assert (made.partner, read_workspace(place.folder).partner) == ("Jonas", "Jonas")


def test_a_card_that_comes_twice_changes_nothing(both):
    amara, jonas = both
    take(amara, card_of(jonas))
    commands.compared(amara.journal, are_same=True)

    take(amara, card_of(jonas))

    assert partner_of(amara.journal) == Partner("Jonas", jonas.key, is_compared=True)


def test_another_key_of_the_same_partner_is_refused_until_it_is_asked_for(both, tmp_path):
    amara, jonas = both
    other = Machine(tmp_path / "other", me="Jonas")
    take(amara, card_of(jonas))
    commands.compared(amara.journal, are_same=True)

    with pytest.raises(
        ExchangeError, match=r"has another key than the one you have.*peerkit card --replace FILE"
    ):
        take(amara, card_of(other))
    before = partner_of(amara.journal)
    take(amara, card_of(other), is_new=True)

    assert before == Partner("Jonas", jonas.key, is_compared=True)
    assert partner_of(amara.journal) == Partner("Jonas", other.key, is_compared=False)


def test_of_a_new_key_nothing_is_known_to_be_held(tmp_path):
    amara, jonas = pair(tmp_path)
    ledger.promise(
        amara.journal, "Plant the pear tree", peer="Amara", on=date(2024, 3, 1), visibility="shared"
    )
    jonas.takes(amara.bundle())
    amara.takes(jonas.bundle())
    before = held_by_all(amara.journal)

    amara.knows(Machine(tmp_path / "other", me="Jonas"))

    assert (len(before), held_by_all(amara.journal)) == (1, set())


@pytest.mark.parametrize(
    ("change", "match"),
    [
        pytest.param(lambda raw: raw.replace(b'"Jonas"', b'"Mallory"'), "is of Mallory, and this workspace is of Amara and Jonas", id="another name"),
        pytest.param(lambda raw: raw.replace(b"card 1", b"card 9"), "neither a bundle nor a card", id="another format"),
        pytest.param(lambda raw: raw[:-20], "neither a bundle nor a card", id="cut short"),
        pytest.param(lambda raw: raw.replace(b'key = "', b'key = "zz'), "neither a bundle nor a card", id="no key"),
        pytest.param(lambda raw: raw.replace(b"pair-a", b"x" * 61), "neither a bundle nor a card", id="a long pair"),
        pytest.param(lambda raw: raw.replace(b'"Jonas"', b'"Jo\\nnas"'), "neither a bundle nor a card", id="two lines"),
        pytest.param(lambda raw: raw.replace(b'"Jonas"', b"7"), "neither a bundle nor a card", id="a number"),
        pytest.param(lambda raw: raw + b"#" * 4000, "neither a bundle nor a card", id="large"),
        pytest.param(lambda raw: b"", "neither a bundle nor a card", id="empty"),
        pytest.param(lambda raw: b"\xff" * 50, "neither a bundle nor a card", id="no text"),
        pytest.param(lambda raw: raw + b"[" * 3000, "neither a bundle nor a card", id="deep"),
    ],
)  # fmt: skip
def test_what_is_no_card_of_the_partner_is_refused_with_nothing_written(both, change, match):
    amara, jonas = both
    raw = change(card_of(jonas))

    with pytest.raises(ExchangeError, match=match):
        take(amara, raw)

    assert (partner_of(amara.journal), read_workspace(amara.place.folder)) == (None, amara.place)


def test_ones_own_card_is_refused(both):
    amara, _ = both

    with pytest.raises(ExchangeError, match="This is your own card"):
        take(amara, card_of(amara))


def test_the_words_are_the_same_on_both_sides_and_others_for_another_key(both, tmp_path, quick_keys):
    amara, jonas = both
    other = Machine(tmp_path / "other", me="Jonas")
    take(amara, card_of(jonas))
    take(jonas, card_of(amara))

    shown = [commands.words(one.place, one.journal) for one in (amara, jonas)]

    assert shown[0] == shown[1]
    assert len(shown[0]) == 6
    assert six_words(amara.key, other.key) != shown[0]


def test_the_words_of_two_keys_never_change():
    """Two versions of peerkit must show the same, at the full cost of a try."""
    words = six_words(bytes(range(32)), bytes(range(32, 64)))

    assert words == EXPECTED


def test_the_list_of_words_is_the_published_one():
    text = resources.files("peerkit.exchange").joinpath("words.txt").read_text(encoding="ascii")
    listed = [line for line in text.splitlines() if not line.startswith("#")]

    assert (len(listed), len(set(listed)), listed == sorted(listed)) == (2048, 2048, True)
    assert hashlib.sha256("".join(f"{word}\n" for word in listed).encode()).hexdigest() == (
        "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"
    )


def test_home_is_told_what_is_still_to_be_done(both):
    amara, jonas = both
    told = [exchange.standing(amara.journal)]
    take(amara, card_of(jonas))
    told.append(exchange.standing(amara.journal))
    commands.compared(amara.journal, are_same=True)
    told.append(exchange.standing(amara.journal))

    assert told == [
        "",
        "Compare the six words with Jonas before anything is exchanged: peerkit compare",
        "",
    ]


def test_who_says_the_words_differ_exchanges_nothing(tmp_path):
    amara, jonas = pair(tmp_path)

    told = commands.compared(amara.journal, are_same=False)

    assert "nothing is exchanged" in told
    with pytest.raises(ExchangeError, match="Compare the six words"):
        amara.takes(jonas.bundle())


def test_a_second_machine_is_the_same_person_on_another_machine(tmp_path):
    amara, jonas = pair(tmp_path)
    file = tmp_path / "me.machine"
    machines.export_machine(amara.place, amara.journal, file, passphrase=PASSPHRASE)

    made = machines.join_machine(file, tmp_path / "second", passphrase=PASSPHRASE)

    journal = made.open_journal()
    assert replace(made, folder=amara.place.folder) == amara.place
    assert identity(journal).public == amara.key
    assert identity(journal).machine != name_of(amara)
    assert partner_of(journal) == Partner("Jonas", jonas.key, is_compared=True)
    assert file.stat().st_mode & 0o777 == 0o600
    assert [word for word in (b"Amara", b"Jonas", amara.key) if word in file.read_bytes()] == []


@pytest.mark.parametrize(
    ("change", "passphrase", "match"),
    [
        pytest.param(lambda raw: raw, "four words that fail", "The passphrase is wrong", id="passphrase"),
        pytest.param(lambda raw: raw[:-1], PASSPHRASE, "was changed on its way", id="cut"),
        pytest.param(lambda raw: raw[:25], PASSPHRASE, "was changed on its way", id="cut in the salt"),
        pytest.param(lambda raw: raw[:40] + b"\0" + raw[41:], PASSPHRASE, "was changed on its way", id="changed"),
        pytest.param(lambda raw: b"", PASSPHRASE, "not written by peerkit machine export", id="empty"),
        pytest.param(lambda raw: raw + b"\0" * 20_000, PASSPHRASE, "larger than what peerkit writes", id="large"),
    ],
)  # fmt: skip
def test_a_machine_that_cannot_be_opened_makes_no_workspace(tmp_path, change, passphrase, match, quick_keys):
    amara, _ = pair(tmp_path)
    file = tmp_path / "me.machine"
    machines.export_machine(amara.place, amara.journal, file, passphrase=PASSPHRASE)
    file.write_bytes(change(file.read_bytes()))

    with pytest.raises(ExchangeError, match=match):
        machines.join_machine(file, tmp_path / "second", passphrase=passphrase)

    assert not (tmp_path / "second").exists()


def test_a_short_passphrase_seals_nothing(tmp_path):
    amara, _ = pair(tmp_path)

    with pytest.raises(PeerkitError, match="A passphrase has 8 characters or more"):
        machines.export_machine(amara.place, amara.journal, tmp_path / "me.machine", passphrase="short")

    assert not (tmp_path / "me.machine").exists()


@given(st.binary(max_size=300))
@fewer()
def test_no_bytes_make_a_card_or_a_bundle_by_chance(tmp_path_factory, raw):
    place = init_workspace(tmp_path_factory.mktemp("a") / "w", me="Amara", partner="Jonas", time_zone="UTC")
    file = place.folder / "came.bundle"
    file.write_bytes(raw)

    with pytest.raises(PeerkitError):
        commands.take(place, place.open_journal(), file)


def test_after_a_partner_was_forgotten_nothing_of_their_card_is_left_and_another_is_welcome(both, tmp_path):
    amara, jonas = both
    take(amara, card_of(jonas))
    forget_cli.partner(amara.place, amara.journal)
    other = Machine(tmp_path / "other", me="Kofi", partner="Amara")

    left = (partner_of(amara.journal), read_workspace(amara.place.folder).exchange)
    made = card.take_card(read_workspace(amara.place.folder), amara.journal, card_of(other))

    assert (left, made.partner) == ((None, ""), "Kofi")
