"""The ledger's verbs: what each adds, what each refuses, and what it tells."""

from datetime import date, timedelta
from functools import partial

import pytest
from helpers import clock_at, new_journal
from hypothesis import given
from hypothesis import strategies as st

from peerkit import keep, miss, move, partly, promise, release, reopen, void
from peerkit.errors import LedgerError
from peerkit.fold import commitments
from peerkit.ledger import _due_dates, add_detail, find, set_visibility, settle
from peerkit.measures import follow_through

MADE, DUE = date(2024, 3, 1), date(2024, 3, 8)


def march(number):
    return date(2024, 3, number)


@pytest.fixture
def promised(journal):
    """The id of one open commitment of Amara's, made on 1 March and due on the 8th."""
    return promise(
        journal, "Call the school", peer="Amara", on=MADE, due_on=DUE, visibility="shared"
    ).commitment_id


def test_a_promise_is_one_open_entry(journal):
    said = {"peer": "Jonas", "due_on": DUE, "confidence": 0.8, "session_id": "s1"}

    receipt = promise(journal, " Call the school ", on=MADE, cue=" Monday ", area="", **said)

    recorded = {"recorded_at": 1_709_294_400_000_000, "author": "Amara", "visibility": "private"}
    ids = {"commitment_id": receipt.commitment_id, "row_id": receipt.row_id, "pair_id": "amara-jonas"}
    words = {"text": "Call the school", "cue": "Monday", "outcome": "open"}
    assert told(journal) == [{**ids, **recorded, **said, **words}]
    assert receipt.note == ""


def test_a_promise_may_be_shared_and_without_a_date(journal):
    promise(journal, "Call the school", peer="Amara", on=MADE, visibility="shared")

    [entry] = told(journal)
    assert (entry["visibility"], entry.get("due_on")) == ("shared", None)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param({"text": "  "}, r"A commitment needs a text\. Say in a few words", id="blank text"),
        pytest.param(
            {"text": "\x00\x1b"},
            r"A commitment needs a text\. Say in a few words",
            id="only control characters",
        ),
        pytest.param(
            {"due_on": date(2024, 2, 29)},
            r"2024-02-29 lies before the promise, 2024-03-01",
            id="due before made",
        ),
        pytest.param(
            {"due_on": date(3024, 3, 8)}, r"3024-03-08 is more than ten years away\. Check", id="a far year"
        ),
        pytest.param(
            {"confidence": 80}, r"Confidence is 80; it lies between 0 and 1", id="confidence over 1"
        ),
        pytest.param(
            {"confidence": -0.1}, r"Confidence is -0\.1; it lies between 0 and 1", id="confidence under 0"
        ),
        pytest.param({"confidence": float("nan")}, r"Confidence is nan", id="confidence that is no number"),
        pytest.param(
            {"visibility": "secret"},
            r"Unknown visibility 'secret'\. Use one of: private, shared",
            id="visibility",
        ),
        pytest.param(
            {"mood": "good"}, r"A commitment has no mood\. It has: first_step, cue", id="unknown detail"
        ),
    ],
)
def test_a_promise_that_makes_no_sense_is_refused(journal, given, message):
    with pytest.raises(LedgerError, match=message):
        promise(journal, **{"text": "Call the school", "peer": "Amara", "on": MADE, **given})

    assert told(journal) == []


@pytest.mark.parametrize(
    ("verb", "entry"),
    [
        pytest.param(keep, {"outcome": "kept"}, id="keep"),
        pytest.param(
            partial(keep, closed_on=march(4)),
            {"outcome": "kept", "closed_on": march(4)},
            id="keep on an earlier day",
        ),
        pytest.param(
            partial(keep, obstacle_came=True, plan_fired=False),
            {"outcome": "kept", "obstacle_came": True, "plan_fired": False},
            id="keep with what came",
        ),
        pytest.param(partial(partly, fraction=0.5), {"outcome": "partly", "fraction": 0.5}, id="partly"),
        pytest.param(partial(miss, reason="Fever"), {"outcome": "missed", "reason": "Fever"}, id="miss"),
        pytest.param(
            partial(release, agreed_by="Jonas"), {"outcome": "released", "agreed_by": "Jonas"}, id="release"
        ),
        pytest.param(
            partial(void, reason="It closed"), {"outcome": "void", "reason": "It closed"}, id="void"
        ),
    ],
)
def test_a_verb_adds_one_entry_that_settles(journal, clock, promised, verb, entry):
    clock.to("03-05")

    receipt = verb(journal, promised, on=march(5))

    always = {
        "commitment_id": promised,
        "row_id": receipt.row_id,
        "pair_id": "amara-jonas",
        "visibility": "shared",
    }
    recorded = {"recorded_at": 1_709_640_000_000_000, "author": "Amara", "closed_on": march(5)}
    assert told(journal)[1:] == [{**always, **recorded, **entry}]
    assert receipt.note == ""


def test_what_was_promised_in_private_is_settled_in_private(journal):
    promised = promise(journal, "Call the school", peer="Amara", on=MADE, visibility="private").commitment_id

    move(journal, promised, DUE, on=MADE)
    keep(journal, promised, on=MADE)
    reopen(journal, promised, reason="Too early")
    add_detail(journal, promised, reason="Still too early")

    assert [entry["visibility"] for entry in told(journal)] == ["private"] * 5


def settled_as(outcome):
    return pytest.param(
        partial(
            settle,
            outcome=outcome,
            fraction=0.5 if outcome == "partly" else None,
            agreed_by="Jonas" if outcome == "released" else None,
        ),
        id=outcome,
    )


@pytest.mark.parametrize(
    "verb", [settled_as(outcome) for outcome in ("kept", "partly", "missed", "released", "void")]
)
def test_what_is_settled_is_settled_again_only_with_a_reason(journal, promised, verb):
    keep(journal, promised, on=march(5))

    with pytest.raises(
        LedgerError, match=rf"{promised} is already kept, since 2024-03-05\. To correct that, give a reason"
    ):
        verb(journal, promised, on=march(6))
    verb(journal, promised, on=march(6), reason="A slip of the finger")

    assert len(told(journal)) == 3


@pytest.mark.parametrize(
    ("verb", "message"),
    [
        pytest.param(
            partial(keep, closed_on=date(2024, 2, 29)),
            r"2024-02-29 lies outside 2024-03-01 \(promised\) to 2024-03-05",
            id="before the promise",
        ),
        pytest.param(
            partial(keep, closed_on=march(6)),
            r"2024-03-06 lies outside .* to 2024-03-05 \(today\)\. Choose a day between",
            id="after today",
        ),
        pytest.param(
            partial(partly, fraction=1.5),
            r"The fraction is 1\.5; it lies between 0 and 1\. Write 0\.5",
            id="fraction over 1",
        ),
        pytest.param(
            partial(partly, fraction=float("nan")), r"The fraction is nan", id="fraction that is no number"
        ),
        pytest.param(
            partial(settle, outcome="partly"),
            r"A fraction goes with partly, and only with it",
            id="partly without a fraction",
        ),
        pytest.param(
            partial(settle, outcome="kept", fraction=1.0),
            r"A fraction goes with partly, and only with it",
            id="kept with a fraction",
        ),
        pytest.param(
            partial(settle, outcome="open"),
            r"Unknown outcome 'open'\. A commitment can become: kept",
            id="settled as open",
        ),
        pytest.param(partial(release, agreed_by=""), "agreed", id="released by nobody"),
        pytest.param(partial(release, agreed_by="Amara"), "agreed", id="released by the one who promised"),
    ],
)
def test_a_settlement_that_makes_no_sense_is_refused(journal, promised, verb, message):
    with pytest.raises(LedgerError, match=message):
        verb(journal, promised, on=march(5))

    assert len(told(journal)) == 1


@pytest.mark.parametrize(
    "verb",
    [
        pytest.param(partial(keep, on=MADE), id="keep"),
        pytest.param(partial(move, due_on=DUE, on=MADE), id="move"),
        pytest.param(partial(reopen, reason="A slip"), id="reopen"),
        pytest.param(partial(add_detail, reason="Fever"), id="add_detail"),
    ],
)
def test_an_unknown_commitment_is_told(journal, promised, verb):
    with pytest.raises(
        LedgerError, match=r"No commitment nobody-knows in this journal\. `peerkit status` lists"
    ):
        verb(journal, "nobody-knows")

    assert len(told(journal)) == 1


@pytest.mark.parametrize(
    ("released_on", "note"),
    [
        pytest.param(march(7), "", id="before it was due"),
        pytest.param(march(8), "It was due on 2024-03-08, so it still counts", id="on the day it was due"),
        pytest.param(march(9), "It was due on 2024-03-08, so it still counts", id="after it was due"),
    ],
)
def test_a_release_from_the_due_date_on_is_told_to_count(journal, promised, released_on, note):
    receipt = release(journal, promised, on=released_on, agreed_by="Jonas")

    assert receipt.note.partition(" in follow-through")[0] == note


def test_a_release_after_a_late_move_is_told_to_count(journal, clock, promised):
    """The date that was moved too late is still the one that it is judged by."""
    clock.to("03-10")
    move(journal, promised, march(20), on=march(10))

    receipt = release(journal, promised, on=march(10), agreed_by="Jonas")

    shares = follow_through(commitments(journal.entries(), as_of="2024-03-31"), as_of="2024-03-31")
    assert shares["n"].to_list() == [1]
    assert receipt.note.startswith("It was due on 2024-03-08, so it still counts")


def test_a_move_adds_a_date_and_nothing_else(journal, promised):
    receipt = move(journal, promised, march(12), on=march(5), agreed_by="Jonas", reason="Visitors")

    entry = told(journal)[-1]
    said = {name: entry[name] for name in ("due_on", "agreed_by", "reason", "visibility", "row_id")}
    assert said == {
        "due_on": march(12),
        "agreed_by": "Jonas",
        "reason": "Visitors",
        "visibility": "shared",
        "row_id": receipt.row_id,
    }
    assert (receipt.note, "outcome" in entry) == ("", False)


@pytest.mark.parametrize(
    ("moved_on", "note"),
    [
        pytest.param(march(8), "", id="on the day it was due"),
        pytest.param(
            march(9),
            "It was due on 2024-03-08, and is still judged by the date agreed in time.",
            id="a day later",
        ),
    ],
)
def test_a_move_after_the_due_date_is_told_to_be_a_slip(journal, promised, moved_on, note):
    receipt = move(journal, promised, march(20), on=moved_on)

    assert receipt.note == note


def test_a_move_after_a_late_one_is_told_to_be_a_slip_as_well(journal, clock, promised):
    """It does not bring back the judged date, so it must not look as if it did."""
    clock.to("03-10")
    move(journal, promised, march(12), on=march(10))

    receipt = move(journal, promised, march(20), on=march(11))

    assert receipt.note == "It was due on 2024-03-08, and is still judged by the date agreed in time."


def test_the_third_move_asks_for_something_smaller(journal, promised):
    notes = [move(journal, promised, march(day), on=march(5)).note for day in (12, 14, 16)]

    assert notes == ["", "", "This is move 3. Would a smaller promise serve better, or letting it go?"]


def test_giving_the_same_date_again_is_no_move(journal, promised):
    """The fold counts none either."""
    notes = [move(journal, promised, DUE, on=march(5)).note for _ in range(3)]

    assert notes == ["", "", ""]


def test_the_first_date_of_a_promise_without_one_is_no_move(journal):
    promised = promise(journal, "Call the school", peer="Amara", on=MADE).commitment_id

    notes = [move(journal, promised, march(day), on=march(5)).note for day in (8, 10, 12)]

    assert notes == ["", "", ""]


@pytest.mark.parametrize(
    ("due_on", "message"),
    [
        pytest.param(
            march(4),
            r"2024-03-04 lies before today, 2024-03-05\. Choose a day from today on",
            id="before today",
        ),
        pytest.param(
            date(3024, 3, 8), r"3024-03-08 is more than ten years away\. Check the year", id="a far year"
        ),
    ],
)
def test_a_move_that_makes_no_sense_is_refused(journal, promised, due_on, message):
    with pytest.raises(LedgerError, match=message):
        move(journal, promised, due_on, on=march(5))

    assert len(told(journal)) == 1


def test_what_is_settled_is_not_moved(journal, promised):
    keep(journal, promised, on=march(5))

    with pytest.raises(LedgerError, match=rf"{promised} is kept\. Reopen it first, or promise a new one"):
        move(journal, promised, march(12), on=march(5))


def test_a_reopened_commitment_is_open_and_may_be_settled_anew(journal, promised):
    keep(journal, promised, on=march(5))
    reopen(journal, promised, reason="The wrong one")

    between = journal.commitments(as_of="2024-03-05")["outcome"].to_list()
    miss(journal, promised, on=march(5))

    assert between == ["open"]
    assert [entry["outcome"] for entry in told(journal)] == ["open", "kept", "open", "missed"]


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        pytest.param("The wrong one", r"is open already\. Nothing was changed", id="what is open"),
        pytest.param(
            " ", r"Taking an outcome back needs a reason\. One word is enough", id="without a reason"
        ),
    ],
)
def test_a_reopening_that_makes_no_sense_is_refused(journal, promised, reason, message):
    with pytest.raises(LedgerError, match=message):
        reopen(journal, promised, reason=reason)

    assert len(told(journal)) == 1


def test_a_detail_becomes_known_beside_the_outcome(journal, promised):
    partly(journal, promised, 0.5, on=march(5))

    add_detail(journal, promised, fraction=0.75, reason="Visitors", obstacle_came=True, plan_fired=False)

    table = journal.commitments(as_of="2024-03-05")
    columns = ["outcome", "fraction", "reason", "obstacle_came", "plan_fired"]
    assert table[columns].to_dict("records") == [
        {
            "outcome": "partly",
            "fraction": 0.75,
            "reason": "Visitors",
            "obstacle_came": True,
            "plan_fired": False,
        }
    ]


@pytest.mark.parametrize(
    ("details", "message"),
    [
        pytest.param({"mood": "good"}, r"takes no mood\. It takes: reason, obstacle_came", id="unknown"),
        pytest.param(
            {"fraction": 0.5}, r"is open; a fraction goes with partly", id="fraction of what is not partly"
        ),
        pytest.param({"fraction": 2}, r"The fraction is 2; it lies between 0 and 1", id="fraction over 1"),
    ],
)
def test_a_detail_that_makes_no_sense_is_refused(journal, promised, details, message):
    with pytest.raises(LedgerError, match=message):
        add_detail(journal, promised, **details)

    assert len(told(journal)) == 1


@pytest.mark.parametrize(
    "shorten",
    [lambda name: name, lambda name: name[:4], lambda name: name[:4].upper()],
    ids=["whole", "short", "capitals"],
)
def test_a_commitment_is_found_by_the_beginning_of_its_id(journal, promised, shorten):
    promise(journal, "Run to the bridge", peer="Jonas", on=MADE)

    found = find(journal, shorten(promised))

    assert found == promised


@pytest.mark.parametrize("short_id", ["", "-"], ids=["empty", "of none"])
def test_an_id_that_no_commitment_begins_with_is_told(journal, promised, short_id):
    with pytest.raises(
        LedgerError, match=rf"No commitment begins with '{short_id}'\. `peerkit status` lists the open ones"
    ):
        find(journal, short_id)


def test_an_id_that_several_begin_with_is_told_with_their_ids(journal):
    for name in ("ab1", "ab2"):
        journal.add("entries", {"commitment_id": name})

    with pytest.raises(LedgerError, match=r"2 commitments begin with 'ab': ab1, ab2\. Give more of the id"):
        find(journal, "ab")


def told(journal):
    """Return the journal's entries without their blank cells."""
    return [
        {name: value for name, value in row.items() if value is not None} for row in journal.rows("entries")
    ]


@given(steps=st.lists(st.tuples(st.integers(0, 6), st.one_of(st.none(), st.integers(0, 30))), max_size=8))
def test_the_verbs_and_the_fold_agree_on_dates_and_moves(tmp_path_factory, steps):
    """The verbs look at the few rows of one commitment, the fold at whole ledgers; the rule is one."""
    clock = clock_at("03-01")
    journal = new_journal(tmp_path_factory.mktemp("dates"), clock=clock)
    made = promise(journal, "Call", peer="Amara", on=MADE, due_on=MADE + timedelta(days=4)).commitment_id
    for days, ahead in steps:
        clock.now += timedelta(days=days)
        due_on = None if ahead is None else MADE + timedelta(days=ahead)
        journal.add("entries", {"commitment_id": made, "due_on": due_on})

    by_verbs = _due_dates(journal, journal.rows("entries"))
    [by_fold] = journal.commitments()[["due_on", "moves"]].to_dict("records")

    assert by_verbs == {"judged_due_on": by_fold["due_on"].date(), "moves": by_fold["moves"]}
    journal.close()


# Who may see it


def test_what_is_shared_later_is_said_again_whole(journal, clock):
    """Earlier rows stay private, so the partner reads the shared one alone."""
    said = {"cue": "Monday", "confidence": 0.8, "session_id": "s1"}
    promised = promise(journal, "Call the school", peer="Amara", on=MADE, due_on=DUE, **said).commitment_id
    keep(journal, promised, on=MADE, reason="They were kind")
    before = journal.entries()

    receipt = set_visibility(journal, promised, "shared")

    again = told(journal)[-1]
    ids = {"commitment_id": promised, "pair_id": "amara-jonas", "row_id": receipt.row_id}
    state = {"outcome": "kept", "closed_on": MADE, "reason": "They were kind", "due_on": DUE, "peer": "Amara"}
    recorded = {"author": "Amara", "visibility": "shared", "recorded_at": again["recorded_at"]}
    assert again == {**ids, **recorded, **said, **state, "text": "Call the school"}
    assert (receipt.note, journal.entries().iloc[:2].equals(before)) == ("", True)


def test_sharing_and_hiding_change_nothing_else_of_a_commitment(journal, clock, promised):
    move(journal, promised, march(12), on=march(5))
    before = journal.commitments(as_of=march(31)).drop(columns="visibility")

    hidden = set_visibility(journal, promised, "private")
    set_visibility(journal, promised, "shared")

    after = journal.commitments(as_of=march(31))
    assert after.drop(columns="visibility").equals(before)
    assert hidden.note == "It was shared until now; your partner may have read it."


def test_a_visibility_that_is_so_already_adds_nothing(journal, promised):
    set_visibility(journal, promised, "shared")

    assert len(told(journal)) == 1


def test_who_may_see_the_partners_commitment_is_not_mine_to_say(journal):
    row = {
        "commitment_id": "k7m3",
        "peer": "Jonas",
        "author": "Jonas",
        "visibility": "shared",
        "text": "Call",
    }
    journal.add("entries", {**row, "outcome": "open"})

    with pytest.raises(LedgerError, match=r"k7m3 was written down by Jonas, who alone says who may see it\."):
        set_visibility(journal, "k7m3", "private")
