"""Two keys to a commitment: whoever promised it settles it, and the other says what they think of that."""

from __future__ import annotations

from datetime import date

import pytest
from machines import Machine, pair

from peerkit import ledger, open_session, plan_session, template
from peerkit.accord import accords
from peerkit.errors import LedgerError
from peerkit.guide import listing
from peerkit.guide.home import Home
from peerkit.schema import known
from peerkit.status import status

ON = date(2024, 3, 1)
PEERS = ("Amara", "Jonas")


@pytest.fixture
def theirs(tmp_path) -> tuple[Machine, Machine, str]:
    """A commitment of Amara's that Jonas's machine has received."""
    amara, jonas = pair(tmp_path)
    made = ledger.promise(
        amara.journal,
        "Plant the pear tree",
        peer="Amara",
        on=ON,
        due_on=date(2024, 3, 8),
        visibility="shared",
    )
    jonas.takes(amara.bundle())
    return amara, jonas, made.commitment_id


def state_of(machine: Machine, commitment_id: str):
    return known(machine.journal.rows("entries", commitment_id=commitment_id))


def test_to_settle_the_others_commitment_only_acknowledges(theirs):
    _, jonas, name = theirs

    receipt = ledger.keep(jonas.journal, name, on=ON)

    row = jonas.journal.rows("entries", commitment_id=name)[-1]
    told = {column: value for column, value in row.items() if value is not None}
    assert told == {
        "row_id": receipt.row_id,
        "recorded_at": row["recorded_at"],
        "author": "Jonas",
        "visibility": "shared",
        "commitment_id": name,
        "pair_id": "amara-jonas",
        "acknowledged": "kept",
    }
    assert (receipt.is_acknowledgement, receipt.note) == (
        True,
        "You say kept; Amara has not said yet. It is Amara's to settle.",
    )
    assert state_of(jonas, name)["outcome"] == "open"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        pytest.param(lambda journal, name: ledger.move(journal, name, date(2024, 3, 9), on=ON), "moves it", id="move"),
        pytest.param(lambda journal, name: ledger.reopen(journal, name, reason="no"), "reopens it", id="reopen"),
        pytest.param(lambda journal, name: ledger.add_detail(journal, name, reason="no"), "says more of it", id="add_detail"),
    ],
)  # fmt: skip
def test_nobody_moves_reopens_or_adds_to_what_the_other_promised(theirs, change, what):
    _, jonas, name = theirs
    before = jonas.rows()

    with pytest.raises(LedgerError, match=f"{name} is Amara's: only Amara {what}"):
        change(jonas.journal, name)

    assert jonas.rows() == before


def test_what_was_acknowledged_can_be_taken_back(theirs):
    _, jonas, name = theirs
    ledger.miss(jonas.journal, name, on=ON)

    receipt = ledger.reopen(jonas.journal, name, reason="a slip of the finger")

    assert (state_of(jonas, name)["acknowledged"], state_of(jonas, name)["outcome"]) == ("open", "open")
    assert receipt.note == "What you said of it is taken back; Amara's own word stands."
    with pytest.raises(LedgerError, match="only Amara reopens it"):
        ledger.reopen(jonas.journal, name, reason="again")


def test_what_one_wrote_down_for_the_other_is_ones_own_to_settle(tmp_path):
    amara, _ = pair(tmp_path)
    made = ledger.promise(amara.journal, "Call the plumber", peer="Jonas", on=ON)

    receipt = ledger.keep(amara.journal, made.commitment_id, on=ON)

    assert (receipt.is_acknowledgement, state_of(amara, made.commitment_id)["outcome"]) == (False, "kept")
    assert accords(amara.journal, PEERS) == {}


@pytest.mark.parametrize(
    ("settled", "answered", "standing", "amara_reads", "jonas_reads"),
    [
        (None, None, "", "", ""),
        ("kept", None, "reported", "", "Amara says kept."),
        ("kept", "kept", "acknowledged", "You both say kept.", "You both say kept."),
        (
            "kept",
            "missed",
            "differs",
            "You say kept, Jonas says missed: something to talk about.",
            "Amara says kept, you say missed: something to talk about.",
        ),
        (
            None,
            "released",
            "differs",
            "Jonas says let go; you have not said yet.",
            "You say let go; Amara has not said yet.",
        ),
    ],
)
def test_both_sides_read_how_their_words_stand_to_each_other(
    theirs, settled, answered, standing, amara_reads, jonas_reads
):
    amara, jonas, name = theirs
    if settled:
        ledger.settle(amara.journal, name, settled, on=ON)
    if answered:
        ledger.settle(jonas.journal, name, answered, on=ON, agreed_by="Jonas")
    jonas.takes(amara.bundle())
    amara.takes(jonas.bundle())

    read = [accords(one.journal, PEERS).get(name) for one in (amara, jonas)]

    assert read[1] is not None
    assert (read[1].is_theirs, read[1].standing, read[1].said) == (True, standing, jonas_reads)
    if answered:
        assert read[0] is not None
        assert (read[0].is_theirs, read[0].standing, read[0].said) == (False, standing, amara_reads)


def test_what_the_two_differ_on_is_listed_to_talk_about(theirs):
    amara, jonas, name = theirs
    ledger.keep(amara.journal, name, on=ON)
    ledger.miss(jonas.journal, name, on=ON)
    amara.takes(jonas.bundle())

    [row] = listing.open_commitments(amara.journal, today=ON, peers=PEERS)
    [told] = status(amara.place, as_of=ON)["to_talk_about"]

    said = "You say kept, Jonas says missed: something to talk about."
    assert (row["is_theirs"], row["acknowledged"], row["accord"], row["accord_said"]) == (
        False,
        "missed",
        "differs",
        said,
    )
    assert told == {"id": name[:4], "peer": "Amara", "text": "Plant the pear tree", "said": said}


def test_what_the_other_settled_lately_is_listed_until_one_has_said_something(theirs):
    amara, jonas, name = theirs
    ledger.keep(amara.journal, name, on=ON)
    jonas.takes(amara.bundle())

    [before] = listing.open_commitments(jonas.journal, today=ON, peers=PEERS)
    ledger.keep(jonas.journal, name, on=ON)
    after = listing.open_commitments(jonas.journal, today=ON, peers=PEERS)

    assert (before["id"], before["is_theirs"], before["accord"]) == (name, True, "reported")
    assert after == []


def test_a_form_settles_the_others_commitment_as_ones_own_word_and_takes_it_back(theirs):
    """What the buttons of Keep faith call."""
    _, jonas, name = theirs
    form = home_of(jonas)

    note = form.settle(name, "kept")
    [told] = form.review
    form.undo(name)
    [after] = form.review

    assert note == "You say kept; Amara has not said yet. It is Amara's to settle."
    assert (told["outcome"], told["acknowledged"], told["accord_said"]) == (
        "open",
        "kept",
        "You say kept; Amara has not said yet.",
    )
    assert (after["acknowledged"], after["accord"], after["accord_said"]) == ("open", "", "")


def test_what_was_acknowledged_in_a_session_stays_listed_so_that_it_can_be_taken_back(theirs):
    amara, jonas, name = theirs
    ledger.keep(amara.journal, name, on=ON)
    jonas.takes(amara.bundle())
    planned = plan_session(jonas.journal, template("weekly"), held_on=ON, focus="Amara", coach="Jonas")
    opened = open_session(jonas.journal, planned.session_id)

    ledger.keep(jonas.journal, name, on=ON)

    [row] = listing.review(jonas.journal, opened, peers=PEERS, today=ON)
    assert (row["id"], row["accord"], row["accord_said"]) == (name, "acknowledged", "You both say kept.")


def home_of(machine: Machine):
    """Return the page home, on the machine's own journal and clock."""
    form = Home(machine.place)
    form.journal = machine.journal
    form.open_commitments()
    return form
