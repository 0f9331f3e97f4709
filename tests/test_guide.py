"""The forms without a browser: what each control calls, and what the journal has afterwards."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from pair import TERMS, agree, say

from peerkit import guide, ledger, sessions, turns
from peerkit.answer_check import check_answer
from peerkit.errors import ConflictError, JournalError, PeerkitError, SessionError
from peerkit.guide.form import Form
from peerkit.notebooks import new_session
from peerkit.sessions import Session
from peerkit.shapes import Prompt
from peerkit.workspace import Workspace


@pytest.fixture
def session(workspace: Workspace) -> Session:
    made, _ = new_session(workspace, workspace.open_journal(), "weekly")
    return made


def form_of(workspace: Workspace, session: Session, phase: str) -> Form:
    shown = guide.phase(phase, of=session.session_id, start=workspace.folder)
    assert isinstance(shown, Form)
    return shown


def answer_of(workspace: Workspace, session: Session, *key: str) -> object:
    return sessions.answers(workspace.open_journal(), session.session_id)[key[0], key[1], key[2]]["value"]


def test_a_saved_answer_is_in_the_journal_and_in_the_next_form(
    workspace: Workspace, session: Session
) -> None:
    form = form_of(workspace, session, "aim")

    reply = form.answer_to(
        {"do": "save", "key": f"topic/{session.focus}", "value": "The roof", "revision": 0, "token": "t"}
    )

    assert reply == {"re": "t", "ok": True, "done": 1}
    assert answer_of(workspace, session, "aim", "topic", session.focus) == "The roof"
    assert form_of(workspace, session, "aim").answers == {
        f"topic/{session.focus}": {"value": "The roof", "revision": 1}
    }


def test_an_answer_that_was_changed_elsewhere_is_told_and_not_overwritten(
    workspace: Workspace, session: Session
) -> None:
    form = form_of(workspace, session, "aim")
    form.save(f"topic/{session.focus}", "Mine", 0, view="a")

    with pytest.raises(ConflictError) as told:
        form.save(f"topic/{session.focus}", "Theirs", 0, view="b")

    assert (told.value.value, told.value.revision) == ("Mine", 1)
    assert answer_of(workspace, session, "aim", "topic", session.focus) == "Mine"


def test_a_view_that_was_not_yet_told_of_its_own_save_is_not_behind(
    workspace: Workspace, session: Session
) -> None:
    """The browser sends again when the kernel was busy for long."""
    form = form_of(workspace, session, "aim")
    form.save(f"topic/{session.focus}", "The ro", 0, view="a")

    assert form.save(f"topic/{session.focus}", "The roof", 0, view="a") == 2


def test_the_gate_opens_at_the_bar_and_in_every_form_at_once(workspace: Workspace, session: Session) -> None:
    heard, offer = form_of(workspace, session, "heard"), form_of(workspace, session, "offer")

    seen = []
    for value in (6, 7):
        heard.save(f"heard/{session.focus}", value, value - 6)
        seen.append((offer.heard["heard"], offer.heard["is_open"]))

    assert seen == [(6, False), (7, True)]


def test_an_override_is_recorded(workspace: Workspace, session: Session) -> None:
    offer = form_of(workspace, session, "offer")

    offer.override()

    kept = sessions.session(workspace.open_journal(), session.session_id)
    assert (offer.heard["is_open"], kept.override, kept.heard) == (True, True, None)


@pytest.mark.parametrize("value", [11, -1, "7", None, 6.5], ids=repr)
def test_heard_takes_a_whole_number_from_0_to_10_only(
    workspace: Workspace, session: Session, value: object
) -> None:
    form = form_of(workspace, session, "heard")

    with pytest.raises(SessionError, match="whole number from 0 to 10"):
        form.save(f"heard/{session.focus}", value, 0)

    assert sessions.answers(workspace.open_journal(), session.session_id) == {}


def test_keep_faith_lists_the_open_commitments_of_both_oldest_first(
    workspace: Workspace, session: Session
) -> None:
    journal = workspace.open_journal()
    for peer, text in (("Jonas", "Read the lease"), ("Amara", "Plant the trees"), ("Jonas", "Kept before")):
        day = journal.today()
        made = ledger.promise(journal, text, peer=peer, on=day, due_on=day, visibility="shared")
    ledger.keep(journal, made.commitment_id, on=journal.today())

    form = form_of(workspace, session, "keep-faith")

    assert [(row["peer"], row["text"], row["outcome"]) for row in form.review] == [
        ("Jonas", "Read the lease", "open"),
        ("Amara", "Plant the trees", "open"),
    ]


def test_an_answer_reads_no_commitment_again(
    workspace: Workspace, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A year of them takes a quarter of a second, and one taps on a number often."""
    promised = ledger.promise(workspace.open_journal(), "Plant the trees", peer="Amara", on=session.held_on)
    keep, arrive = form_of(workspace, session, "keep-faith"), form_of(workspace, session, "arrive")
    monkeypatch.setattr("peerkit.guide.listing.review", lambda *_, **__: pytest.fail("was read again"))

    arrive.save("energy/Amara", 7, 0)

    assert [row["id"] for row in keep.review] == [promised.commitment_id]


def test_one_tap_settles_a_commitment_and_another_takes_it_back(
    workspace: Workspace, session: Session
) -> None:
    journal = workspace.open_journal()
    made = ledger.promise(
        journal, "Plant the trees", peer="Amara", on=journal.today(), due_on=journal.today()
    )
    form = form_of(workspace, session, "keep-faith")

    form.settle(made.commitment_id, "missed")
    form.detail(made.commitment_id, "reason", "Rain")
    missed = [(row["outcome"], row["reason"]) for row in form.review]
    form.undo(made.commitment_id)

    assert missed == [("missed", "Rain")]
    assert [row["outcome"] for row in form.review] == ["open"]


def test_letting_go_on_the_due_date_is_told_to_count(workspace: Workspace, session: Session) -> None:
    journal = workspace.open_journal()
    made = ledger.promise(
        journal, "Plant the trees", peer="Amara", on=journal.today(), due_on=journal.today()
    )
    form = form_of(workspace, session, "keep-faith")

    assert "still counts in follow-through" in form.settle(made.commitment_id, "released")


def test_the_first_promise_obeys_the_agreement_that_was_just_signed(workspace: Workspace) -> None:
    """All forms of a first meeting are there from its start."""
    meeting, _ = new_session(workspace, workspace.open_journal(), "first-meeting")
    promise = form_of(workspace, meeting, "promise")
    panel = form_of(workspace, meeting, "cadence")
    before = promise.agreed
    say(workspace.open_journal(), {**TERMS, "ways": ["carrier pigeon"]})
    panel.changed()

    for peer in meeting.peers:
        panel.sign(peer, panel.agreement["digest"])

    usual = ["a message on the day", "a call", "proof sent", "a witness", "a stake of my own choice"]
    assert before == {
        "ways": usual, "is_agreed": False, "after_miss": {"rule": "", "leads": ""}, "stakes": {},
    }  # fmt: skip
    assert promise.agreed == {
        "ways": ["carrier pigeon"], "is_agreed": True,
        "after_miss": {"rule": "a smaller promise in its place", "leads": "smaller"}, "stakes": {},
    }  # fmt: skip


def test_keep_faith_follows_a_rule_that_was_signed_meanwhile(workspace: Workspace, session: Session) -> None:
    form = form_of(workspace, session, "keep-faith")
    journal = workspace.open_journal()
    for peer in session.peers:
        say(journal, {"stake": f"a cake by {peer}"}, author=peer)
    agree(journal, after_miss="the stake that was chosen is due")

    form.changed()

    assert form.agreed["after_miss"]["leads"] == "stake"
    assert form.agreed["stakes"] == {"Amara": "a cake by Amara", "Jonas": "a cake by Jonas"}


def test_a_sheet_that_is_half_edited_stands_in_no_promise_s_way(
    workspace: Workspace, session: Session
) -> None:
    (workspace.templates / "sheets").mkdir()
    (workspace.templates / "sheets" / "agreement.toml").write_text('name = "agreement"\n')

    assert form_of(workspace, session, "promise").agreed["ways"][0] == "a message on the day"


def test_promise_asks_first_and_never_refuses(workspace: Workspace, session: Session) -> None:
    form = form_of(workspace, session, "promise")

    asked = form.promise({"text": "Try more"})
    listed = list(form.promised)
    done = form.promise({"text": "Try more"}, is_sure=True)

    assert asked == ["By when will it be done?", "How would the two of you tell that it was done?"]
    assert (listed, done) == ([], [])
    assert [(row["peer"], row["text"], row["due_on"]) for row in form.promised] == [
        (session.focus, "Try more", None)
    ]


@pytest.mark.parametrize("answer", ["first_step", "evidence"])
def test_whoever_answers_above_and_promises_again_has_promised(
    workspace: Workspace, session: Session, answer: str
) -> None:
    form = form_of(workspace, session, "promise")
    given = {"text": "Try to run more", "due_on": str(session.held_on)}

    asked = form.promise(given)
    done = form.promise({**given, answer: "A photo of the bridge"})

    assert asked == ["How would the two of you tell that it was done?"]
    assert (done, [row["text"] for row in form.promised]) == ([], ["Try to run more"])


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"text": ""}, "needs a text"),
        ({"text": "Plant the trees", "due_on": "soon"}, "This is no day"),
        ({"text": "Plant the trees", "due_on": "2001-01-01"}, "lies before the promise"),
        ({"text": "Plant the trees", "confidence": "140"}, "a number from 0 to 100"),
        ({"text": "Plant the trees", "peer": "Somebody"}, "Only the two peers"),
        ({"text": "Plant the trees", "visibility": "everybody"}, "Unknown visibility"),
    ],
    ids=["empty", "no-day", "past", "confidence", "stranger", "visibility"],
)
def test_a_commitment_that_cannot_be_is_refused_in_a_sentence(
    workspace: Workspace, session: Session, given: dict[str, str], match: str
) -> None:
    form = form_of(workspace, session, "promise")

    reply = form.answer_to({"do": "promise", "given": given, "is_sure": True})

    assert reply["ok"] is False
    assert match in reply["error"]
    assert form.promised == []


def test_closing_swaps_the_roles_and_keeps_the_next_day(workspace: Workspace, session: Session) -> None:
    form = form_of(workspace, session, "close")
    next_on = session.held_on + timedelta(days=9)

    form.close_session(str(next_on))

    journal = workspace.open_journal()
    turn = turns.next_turn(journal, workspace.peers, today=session.held_on)
    assert form.closing == {
        "notes": {"n": 0, "agreed": "", "coach": "", "focus": "Amara and Jonas"},
        "is_closed": True,
        "asks_next": True,
        "next_on": str(next_on),
        "focus": session.coach,
        "coach": session.focus,
    }
    assert turn == turns.Turn(next_on, focus=session.coach, coach=session.focus)


def test_starting_a_timer_pauses_the_others(workspace: Workspace, session: Session) -> None:
    arrive, aim = form_of(workspace, session, "arrive"), form_of(workspace, session, "aim")

    arrive.run_timer(started_at=1000.0, banked=0)
    aim.run_timer(started_at=1090.0, banked=0)

    assert arrive.timer == {"started_at": None, "banked": 90.0}
    assert aim.timer == {"started_at": 1090.0, "banked": 0}


def test_minutes_are_borrowed_where_both_can_see_it_and_never_from_the_last_phase(
    workspace: Workspace, session: Session
) -> None:
    form = form_of(workspace, session, "open-up")

    form.borrow("offer", 2)

    assert (form.minutes["open-up"], form.minutes["offer"], sum(form.minutes.values())) == (22, 7, 60)
    for lender in ("close", "arrive", "nowhere"):
        with pytest.raises(SessionError, match="cannot be borrowed there"):
            form.borrow(lender, 2)


def test_a_phase_shown_twice_tells_its_former_form(workspace: Workspace, session: Session) -> None:
    first = form_of(workspace, session, "aim")
    second = form_of(workspace, session, "aim")

    assert (first.replaced, second.replaced) == (True, False)


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"do": "erase"},
        {"do": "save"},
        {"do": "save", "key": 7, "value": "x", "revision": 0},
        {"do": "move", "id": []},
    ],
    ids=["nothing", "unknown", "half", "number-for-key", "list-for-id"],
)
def test_an_unexpected_message_is_answered_with_a_sentence(
    workspace: Workspace, session: Session, message: dict[str, object]
) -> None:
    form = form_of(workspace, session, "aim")

    reply = form.answer_to(message)

    assert (reply["ok"], "Run the cell again" in reply["error"]) == (False, True)


def test_a_field_that_the_phase_does_not_have_is_refused(workspace: Workspace, session: Session) -> None:
    form = form_of(workspace, session, "aim")

    for key in ("topic/Somebody", "nothing/Amara", f"topic/{session.coach}", "timer/Amara", ""):
        with pytest.raises(SessionError, match="no such field"):
            form.save(key, "x", 0)


def test_no_form_repeats_an_answer_in_its_own_text(workspace: Workspace, session: Session) -> None:
    """A notebook keeps this text as the output of the cell."""
    form = form_of(workspace, session, "aim")
    form.save(f"topic/{session.focus}", "SECRET", 0)

    assert repr(form) == "Form('aim')"


@pytest.mark.parametrize(
    ("of", "phase", "said"),
    [("nosuchsession", "aim", "no session nosuchsession"), (None, "dessert", "no phase &#x27;dessert&#x27;")],
    ids=["unknown-session", "unknown-phase"],
)
def test_a_cell_that_cannot_show_its_form_shows_a_sentence(
    workspace: Workspace, session: Session, of: str | None, phase: str, said: str
) -> None:
    shown = guide.phase(phase, of=of or session.session_id, start=workspace.folder)

    assert said in shown.value


def test_a_notebook_outside_a_workspace_shows_a_sentence(tmp_path_factory: pytest.TempPathFactory) -> None:
    shown = guide.phase("aim", of="anything", start=tmp_path_factory.mktemp("elsewhere"))

    assert "lies in no peerkit workspace" in shown.value


def test_own_questions_come_back_without_their_answers_next_time(workspace: Workspace) -> None:
    (workspace.templates / "daily.toml").write_text(
        'name = "daily"\ntitle = "Daily"\nminutes = 5\nabout = "Own questions."\n[[phases]]\nid = "ask"\ntitle = "Ask"\n'
        'minutes = 5\nleads = "both"\nguidance.focus = "Answer."\nguidance.coach = "Listen."\n[[phases.prompts]]\n'
        'id = "own"\nkind = "questions"\ntext = "Your questions"\nfor = "both"\n',
        encoding="utf-8",
    )
    journal = workspace.open_journal()
    first, _ = new_session(workspace, journal, "daily", held_on=date(2030, 1, 1))
    asked = [{"question": "How hard did I try to listen?", "how": "scale", "answer": "7"}]
    form_of(workspace, first, "ask").save("own/Amara", asked, 0)

    second, _ = new_session(workspace, journal, "daily", held_on=date(2030, 1, 2))

    [prompt] = form_of(workspace, second, "ask").spec["prompts"]
    assert prompt["former"] == {"Amara": asked, "Jonas": None}


def test_a_conflict_is_settled_by_keeping_mine(workspace: Workspace, session: Session) -> None:
    form = form_of(workspace, session, "aim")
    key = f"topic/{session.focus}"
    form.save(key, "Mine", 0, view="a")
    form.save(key, "Theirs", 1, view="b")
    told = form.answer_to({"do": "save", "key": key, "value": "Mine again", "revision": 1, "view": "a"})

    kept = form.answer_to({"do": "save", "key": key, "value": "Mine again", "revision": 2, "view": "a"})

    assert told["conflict"] == {"value": "Theirs", "revision": 2}
    assert (kept["ok"], answer_of(workspace, session, "aim", "topic", session.focus)) == (True, "Mine again")


def test_a_reason_that_was_changed_elsewhere_is_not_overwritten(
    workspace: Workspace, session: Session
) -> None:
    journal = workspace.open_journal()
    made = ledger.promise(
        journal, "Plant the trees", peer="Amara", on=journal.today(), due_on=journal.today()
    )
    form = form_of(workspace, session, "keep-faith")
    form.settle(made.commitment_id, "missed")
    save = {"do": "save", "key": f"reason:{made.commitment_id}", "revision": 0, "base": ""}
    form.answer_to({**save, "value": "Rain"})

    told = form.answer_to({**save, "value": "Snow"})

    assert (told["ok"], told["conflict"]["value"]) == (False, "Rain")
    assert [row["reason"] for row in form.review] == ["Rain"]


def test_an_outcome_does_not_inherit_why_the_former_one_was_taken_back(
    workspace: Workspace, session: Session
) -> None:
    journal = workspace.open_journal()
    made = ledger.promise(
        journal, "Plant the trees", peer="Amara", on=journal.today(), due_on=journal.today()
    )
    form = form_of(workspace, session, "keep-faith")
    form.settle(made.commitment_id, "missed")
    form.undo(made.commitment_id)

    form.settle(made.commitment_id, "kept")

    assert [(row["outcome"], row["reason"]) for row in form.review] == [("kept", "")]


def test_what_is_mended_after_the_close_still_shows(workspace: Workspace, session: Session) -> None:
    journal = workspace.open_journal()
    made = ledger.promise(
        journal, "Plant the trees", peer="Amara", on=journal.today(), due_on=journal.today()
    )
    keep, close = form_of(workspace, session, "keep-faith"), form_of(workspace, session, "close")
    close.close_session("")

    keep.settle(made.commitment_id, "kept")

    assert [row["outcome"] for row in keep.review] == ["kept"]


# What opens a session


def status_of(workspace: Workspace, session: Session) -> str:
    return sessions.session(workspace.open_journal(), session.session_id).status


def test_a_form_that_is_only_looked_at_opens_no_session(workspace: Workspace, session: Session) -> None:
    """Else a notebook that was opened while nobody came would take somebody's turn."""
    journal = workspace.open_journal()
    before = turns.next_turn(journal, workspace.peers, today=session.held_on)

    closing = [form_of(workspace, session, phase).closing for phase in ("arrive", "heard", "close")][-1]

    assert status_of(workspace, session) == "planned"
    assert turns.next_turn(journal, workspace.peers, today=session.held_on) == before
    # What is proposed at its end is what comes after it all the same.
    assert (session.focus, closing["focus"]) == ("Amara", "Jonas")


DEEDS = {
    "an answer": ("aim", {"do": "save", "key": "topic/Amara", "value": "The roof", "revision": 0}),
    "heard": ("heard", {"do": "save", "key": "heard/Amara", "value": 8, "revision": 0}),
    "unfolded all the same": ("offer", {"do": "override"}),
    "a promise": ("promise", {"do": "promise", "given": {"text": "Plant the trees"}, "is_sure": True}),
    "the timer": ("arrive", {"do": "timer", "started_at": 1.0, "banked": 0}),
    "borrowed minutes": ("arrive", {"do": "borrow", "lender": "promise", "minutes": 1}),
}


@pytest.mark.parametrize(("phase", "deed"), DEEDS.values(), ids=DEEDS)
def test_the_first_thing_that_is_kept_or_done_opens_the_session(
    workspace: Workspace, session: Session, phase: str, deed: dict[str, object]
) -> None:
    reply = form_of(workspace, session, phase).answer_to({**deed, "token": "t"})

    assert (reply.get("error"), status_of(workspace, session)) == (None, "open")


def test_what_is_settled_opens_the_session_and_stays_on_its_list(
    workspace: Workspace, session: Session
) -> None:
    journal = workspace.open_journal()
    made = ledger.promise(journal, "Plant the trees", peer="Amara", on=session.held_on)
    form = form_of(workspace, session, "keep-faith")

    form.settle(made.commitment_id, "kept")

    assert status_of(workspace, session) == "open"
    assert [row["outcome"] for row in form.review] == ["kept"]


def test_what_is_refused_opens_no_session(workspace: Workspace, session: Session) -> None:
    forms = {phase: form_of(workspace, session, phase) for phase in ("aim", "keep-faith", "promise")}

    with pytest.raises(ConflictError):
        forms["aim"].save(f"topic/{session.focus}", "The roof", 7)
    with pytest.raises(PeerkitError):
        forms["keep-faith"].settle("none", "kept")
    with pytest.raises(PeerkitError):
        forms["promise"].promise({"text": "The roof", "due_on": "1999-01-01"}, is_sure=True)

    assert status_of(workspace, session) == "planned"
    assert sessions.answers(workspace.open_journal(), session.session_id) == {}


def test_heard_and_its_answer_are_kept_together_or_not_at_all(
    workspace: Workspace, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = form_of(workspace, session, "heard")

    def full(*_: object, **__: object) -> None:
        msg = "The disk is full. Nothing was saved."
        raise JournalError(msg)

    monkeypatch.setattr("peerkit.sessions.record_heard", full)
    with pytest.raises(JournalError, match="Nothing was saved"):
        form.save(f"heard/{session.focus}", 8, 0)

    assert sessions.answers(workspace.open_journal(), session.session_id) == {}
    assert (status_of(workspace, session), form.answers) == ("planned", {})


@pytest.mark.parametrize(
    ("phase", "key", "value", "takes"),
    [
        *[
            ("arrive", "mood", value, "a whole number from 0 to 10")
            for value in (99, -1, "7", 7.0, True, [1])
        ],
        *[("aim", "help", value, "one of its options") for value in ("nonsense", ["ideas"], 7)],
        *[("aim", "topic", value, "a text") for value in (7, ["x"], {"a": 1})],
    ],
    ids=repr,
)
def test_an_answer_that_does_not_fit_its_prompt_is_refused(
    workspace: Workspace, session: Session, phase: str, key: str, value: object, takes: str
) -> None:
    form = form_of(workspace, session, phase)

    with pytest.raises(SessionError, match=f"This field takes {takes}. Nothing was saved."):
        form.save(f"{key}/Amara", value, 0)

    assert sessions.answers(workspace.open_journal(), session.session_id) == {}


def prompt_of_kind(kind: str, **more: object) -> Prompt:
    return Prompt("any", kind, "What?", "both", options=("yes", "no"), **more)


GOOD = [
    ("scale", 0), ("scale", 10), ("line", "x"), ("choice", "yes"), ("checklist", ["yes", "no"]), ("date", "2026-11-28"),
    ("time", "17:45"), ("questions", [{"question": "x"}]), ("map", {"work": "even"}), ("commitments", {"text": "x"}),
    *[(kind, blank) for kind in ("scale", "choice", "date", "line") for blank in (None, "")],
]  # fmt: skip
BAD = [
    ("choice", "perhaps"), ("checklist", "yes"), ("checklist", ["perhaps"]), ("date", "28 November"), ("date", 7),
    ("time", "25:00"), ("questions", "not a list"), ("questions", [7]), ("map", {"work": ["x"]}), ("map", {"work": "up"}),
    ("commitments", [1]), ("scale", False), ("heard", None), ("heard", ""),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "value"), GOOD, ids=repr)
def test_an_answer_that_fits_its_kind_or_is_empty_is_taken(kind: str, value: object) -> None:
    assert check_answer(prompt_of_kind(kind), value) is None


@pytest.mark.parametrize(("kind", "value"), BAD, ids=repr)
def test_an_answer_that_does_not_fit_its_kind_is_not_taken(kind: str, value: object) -> None:
    with pytest.raises(SessionError, match=r"This field takes .*\. Nothing was saved\."):
        check_answer(prompt_of_kind(kind), value)


def test_own_words_fit_where_they_are_asked_for() -> None:
    for kind, value in (("choice", "perhaps"), ("checklist", ["perhaps"])):
        check_answer(prompt_of_kind(kind, own=True), value)
