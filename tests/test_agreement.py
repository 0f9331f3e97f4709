"""The agreement: its versions, whose signatures make one hold, and what the guide reads from it."""

from datetime import date

import pytest
from pair import FIRST, PEERS, TERMS, agree, say

from peerkit import agreement
from peerkit.agreement import Agreement, draft, in_force, in_one_line, sign, standing, versions, waits_for
from peerkit.errors import AgreementError
from peerkit.sessions import answers, write_answer

LATER = date(2024, 3, 8)


def signed(journal):
    """Return each version as (number, cadence, who signed on which day)."""
    return [(one.version, one.terms["cadence"], dict(one.signed)) for one in versions(journal)]


def holds(journal):
    agreed = in_force(journal, PEERS)
    return agreed and agreed.version


def test_a_version_that_both_signed_holds_with_its_terms_and_days(journal):
    say(journal, TERMS)

    first = sign(journal, "Amara", PEERS, on=FIRST)
    both = sign(journal, "Jonas", PEERS, on=LATER)

    assert (first.version, first.signed) == (1, {"Amara": FIRST})
    assert both == Agreement(1, TERMS, {"Amara": FIRST, "Jonas": LATER}, first.digest)
    assert in_force(journal, PEERS) == both


def test_what_one_peer_signed_does_not_hold(journal):
    say(journal, TERMS)

    sign(journal, "Amara", PEERS, on=FIRST)

    assert (holds(journal), waits_for(journal, PEERS)) == (None, ["Jonas"])


def test_the_former_version_holds_until_both_have_signed_the_newer(journal):
    agree(journal)
    say(journal, {"cadence": "every two weeks"})

    sign(journal, "Jonas", PEERS, on=LATER)
    half = (holds(journal), waits_for(journal, PEERS))
    sign(journal, "Amara", PEERS, on=LATER)

    assert half == (1, ["Amara"])
    assert (holds(journal), waits_for(journal, PEERS)) == (2, [])
    assert signed(journal) == [
        (1, "every week", {"Amara": FIRST, "Jonas": FIRST}),
        (2, "every two weeks", {"Jonas": LATER, "Amara": LATER}),
    ]


def test_terms_that_were_edited_after_one_signature_need_both_again(journal):
    """Neither wording has both names: nobody is held to words that they did not see."""
    say(journal, TERMS)
    sign(journal, "Amara", PEERS, on=FIRST)
    say(journal, {"cadence": "every two weeks"})

    sign(journal, "Jonas", PEERS, on=FIRST)

    assert signed(journal) == [(1, "every week", {"Amara": FIRST}), (2, "every two weeks", {"Jonas": FIRST})]
    assert (holds(journal), waits_for(journal, PEERS)) == (None, ["Amara"])


def test_a_wording_that_was_edited_back_keeps_its_signature(journal):
    say(journal, TERMS)
    sign(journal, "Amara", PEERS, on=FIRST)
    say(journal, {"cadence": "every two weeks"})
    say(journal, {"cadence": "every week"})

    sign(journal, "Jonas", PEERS, on=LATER)

    assert signed(journal) == [(1, "every week", {"Amara": FIRST, "Jonas": LATER})]
    assert holds(journal) == 1


def test_a_former_version_that_comes_back_holds_when_both_have_signed_it_again(journal):
    """Else what stands on the page, with both names under it, would not be what the guide follows."""
    agree(journal)
    agree(journal, cadence="every two weeks")
    say(journal, {"cadence": "every week"})
    waiting = (holds(journal), waits_for(journal, PEERS))

    agree(journal, on=LATER)

    assert waiting == (2, ["Amara", "Jonas"])
    assert signed(journal)[2:] == [(3, "every week", {"Amara": LATER, "Jonas": LATER})]
    assert (holds(journal), waits_for(journal, PEERS)) == (3, [])


def test_the_newer_version_stays_when_a_third_one_is_edited_back_to_it(journal):
    agree(journal)
    newer = agree(journal, cadence="every two weeks")
    say(journal, {"cadence": "every week"})
    say(journal, {"cadence": "every two weeks"})

    assert (standing(journal, PEERS), waits_for(journal, PEERS)) == (newer, [])


def test_signing_twice_changes_nothing(journal):
    first = agree(journal)
    rows = journal.rows("answers")

    again = sign(journal, "Amara", PEERS, on=LATER)

    assert again == first
    assert journal.rows("answers") == rows


def test_only_the_two_of_the_pair_can_sign(journal):
    say(journal, TERMS)

    with pytest.raises(
        AgreementError, match=r"^'Somebody' is not of this pair\. Sign as one of: Amara, Jonas\.$"
    ):
        sign(journal, "Somebody", PEERS, on=FIRST)

    assert versions(journal) == []


@pytest.mark.parametrize(
    ("without", "said"),
    [
        pytest.param(["cadence"], "how often you meet", id="cadence"),
        pytest.param(["ways"], "how you hold each other accountable", id="ways"),
        pytest.param(["after-miss"], "what happens after a miss", id="after a miss"),
        pytest.param(
            list(TERMS),
            "how often you meet, and how you hold each other accountable, and what happens after a miss",
            id="all of them",
        ),
    ],
)
def test_terms_that_leave_out_what_the_guide_follows_cannot_be_signed(journal, without, said):
    say(journal, TERMS)
    say(journal, {term: [] if term == "ways" else "" for term in without})

    with pytest.raises(
        AgreementError, match=rf"^Before you sign, say {said}\. The guide follows it from then on\.$"
    ):
        sign(journal, "Amara", PEERS, on=FIRST)

    assert draft(journal) == {term: value for term, value in TERMS.items() if term not in without}


@pytest.mark.parametrize(
    "zone",
    ["SECRET", "Europe", "../SECRET", "/etc/localtime", "SECRET" * 1000, " ", "Évora/SECRET"],
    ids=["unknown", "a folder", "a path", "an absolute path", "very long", "blank", "accents"],
)
def test_an_unknown_time_zone_is_told_by_the_peers_name_and_stays_as_it_was_typed(journal, zone):
    say(journal, TERMS)
    say(journal, {"zone": "Europe/Lisbon"}, author="Amara")
    say(journal, {"zone": zone}, author="Jonas")

    with pytest.raises(AgreementError) as told:
        sign(journal, "Amara", PEERS, on=FIRST)

    assert str(told.value) == (
        "The time zone of Jonas is none that this machine knows. Write it as in Europe/Lisbon, or leave it out."
    )
    assert draft(journal)["zone"] == {"Amara": "Europe/Lisbon", "Jonas": zone}
    assert versions(journal) == []


def test_a_cadence_that_the_guide_does_not_know_cannot_be_signed(journal):
    """Else it would go by weeks without a word."""
    say(journal, {**TERMS, "cadence": "every month"})

    with pytest.raises(AgreementError) as told:
        sign(journal, "Amara", PEERS, on=FIRST)

    assert str(told.value) == (
        "The guide cannot follow how often you meet. Choose one of: every week, every two weeks."
    )
    assert versions(journal) == []


STAKE = "the stake that was chosen is due"


@pytest.mark.parametrize(
    ("stakes", "silent"),
    [({}, "Amara and Jonas"), ({"Amara": "a cake"}, "Jonas"), ({"Amara": " ", "Jonas": "a cake"}, "Amara")],
    ids=["nobody", "one", "a blank"],
)
def test_where_a_stake_is_due_after_a_miss_both_say_what_theirs_is(journal, stakes, silent):
    say(journal, {**TERMS, "after-miss": STAKE})
    for peer, stake in stakes.items():
        say(journal, {"stake": stake}, author=peer)

    with pytest.raises(AgreementError) as told:
        sign(journal, "Amara", PEERS, on=FIRST)

    assert str(told.value) == (
        f"After a miss a stake is due: say what it is for {silent}, or choose another rule."
    )


@pytest.mark.parametrize(("rule", "is_due"), [(STAKE, True), ("a smaller promise in its place", False)])
def test_a_stake_is_due_only_where_the_two_agreed_on_it(journal, rule, is_due):
    for peer in PEERS:
        say(journal, {"stake": f"a cake by {peer}"}, author=peer)

    agreed = agree(journal, after_miss=rule)

    assert agreed.stakes == ({"Amara": "a cake by Amara", "Jonas": "a cake by Jonas"} if is_due else {})


def test_a_time_zone_may_have_blanks_around_it_or_be_left_out(journal):
    say(journal, {"zone": " Europe/Lisbon "}, author="Amara")

    assert agree(journal).terms["zone"] == {"Amara": " Europe/Lisbon "}


def test_terms_are_told_as_they_stand_and_what_was_left_empty_is_left_out(journal):
    say(journal, {**TERMS, "place": "", "heard-bar": 0, "ways": []})
    say(journal, {"time": "18:30"}, author="Jonas")

    assert draft(journal) == {
        "cadence": TERMS["cadence"], "after-miss": TERMS["after-miss"], "heard-bar": 0, "time": {"Jonas": "18:30"},
    }  # fmt: skip


def test_an_answer_of_both_stands_for_those_that_each_gave_before(journal):
    """As where a pair's own sheet asks something together that it once asked each."""
    for author in ("Amara", "zoe"):
        say(journal, {"place": "at home"}, author=author)
    say(journal, {"place": "by phone"})

    assert draft(journal) == {"place": "by phone"}


def test_without_terms_nobody_is_waited_for(journal):
    assert (draft(journal), versions(journal), waits_for(journal, PEERS), standing(journal, PEERS)) == (
        {},
        [],
        [],
        None,
    )


def terms(**said):
    return Agreement(1, {term.replace("_", "-"): value for term, value in said.items()}, {}, "digest")


@pytest.mark.parametrize(
    ("agreed", "expected"),
    [
        pytest.param(
            terms(cadence="every two weeks", weekday="Sunday", heard_bar=0, ways=["a call", "our own"],
                  after_miss="the same promise again, once, with a new day", place="by phone"),
            (14, 6, 0, ["a call", "our own"], "same", "by phone"),
            id="as it was chosen",
        ),
        pytest.param(
            terms(cadence="every week", weekday="it changes", after_miss="the stake that was chosen is due"),
            (7, None, None, [], "stake", ""),
            id="a day that changes",
        ),
        pytest.param(terms(after_miss="a smaller promise in its place"), (7, None, None, [], "smaller", ""), id="smaller"),
        pytest.param(terms(after_miss="we laugh"), (7, None, None, [], "", ""), id="own words"),
        pytest.param(terms(), (7, None, None, [], "", ""), id="nothing"),
    ],
)  # fmt: skip
def test_the_guide_reads_cadence_weekday_bar_ways_and_rule(agreed, expected):
    assert (
        agreed.cadence_days,
        agreed.weekday,
        agreed.heard_bar,
        agreed.ways,
        agreed.after_miss["leads"],
        agreed.term("place"),
    ) == expected


@pytest.mark.parametrize(
    ("agreed", "line"),
    [
        pytest.param(
            terms(cadence="every week", ways=["a call"], after_miss="we laugh"),
            "Our agreement, version 1: every week; we hold each other by a call; after a miss: we laugh.",
            id="the least",
        ),
        pytest.param(
            terms(cadence="every week", weekday="Friday", ways=["a call", "a witness"],
                  time={"Amara": "18:00", "Jonas": "19:00"}, zone={"Amara": "Europe/Lisbon", "Jonas": "Europe/Berlin"}),
            "Our agreement, version 1: every week on Friday at 18:00 Europe/Lisbon / 19:00 Europe/Berlin;"
            " we hold each other by a call, a witness.",
            id="two clocks",
        ),
        pytest.param(
            terms(cadence="every week", weekday="it changes", ways=["a call"], time={"Amara": "18:00", "Jonas": "18:00"}),
            "Our agreement, version 1: every week at 18:00; we hold each other by a call.",
            id="one clock, and a day that changes",
        ),
    ],
)  # fmt: skip
def test_an_agreement_is_read_in_one_line(agreed, line):
    assert in_one_line(agreed, PEERS) == line


# What a journal that came from elsewhere may hold in the place of any term.
ODD = ["text", 7, True, None, ["a", 1, ["b"]], {"a": {"b": 1}}, 1e400]


@pytest.mark.parametrize("value", ODD, ids=repr)
def test_odd_terms_of_a_version_that_holds_are_passed_over(journal, value):
    odd = dict.fromkeys(["cadence", "weekday", "heard-bar", "ways", "after-miss", "time", "zone"], value)
    for peer in PEERS:
        forge(journal, {"terms": odd, "on": "2024-03-01"}, author=peer)

    agreed = in_force(journal, PEERS)

    assert (agreed.cadence_days, agreed.weekday, agreed.after_miss["leads"]) == (7, None, "")
    assert agreed.heard_bar == (7 if value == 7 else None)
    assert in_one_line(agreed, PEERS).startswith("Our agreement, version 1: ")


@pytest.mark.parametrize(
    "value",
    [*ODD, {}, {"terms": {}}, {"terms": "x", "on": "2024-03-01"}, {"terms": {}, "on": "soon"}, {"terms": {}, "on": 1}],
    ids=repr,
)  # fmt: skip
def test_a_signature_that_cannot_be_read_is_none(journal, value):
    forge(journal, value)

    assert (versions(journal), in_force(journal, PEERS)) == ([], None)


@pytest.mark.parametrize("value", ODD, ids=repr)
def test_odd_terms_can_be_looked_at_and_are_refused_in_a_sentence_when_signed(journal, value):
    say(journal, dict.fromkeys([*TERMS, "weekday", "heard-bar"], value))
    say(journal, {"zone": value}, author="Jonas")
    before = answers(journal, agreement.SHEET)

    with pytest.raises(
        AgreementError, match=r"^(Before you sign|The guide cannot follow|The time zone of Jonas)"
    ):
        sign(journal, "Amara", PEERS, on=FIRST)

    assert answers(journal, agreement.SHEET) == before


def forge(journal, value, *, author="Amara"):
    write_answer(
        journal, agreement.SHEET, phase=agreement.SIGNED, prompt="digest", author=author, value=value, revision=0
    )  # fmt: skip
