"""Every session that is shipped, held from its first field to its PDF in the forms that a pair has."""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from helpers import clock_at
from pair import PEERS, agree, hold, other, week
from pypdf import PdfReader

from peerkit import guide, ledger, sessions, turns
from peerkit.export import session_pdf
from peerkit.guide.form import Form
from peerkit.journal import Journal
from peerkit.notebooks import new_session
from peerkit.shapes import PAIR, Template
from peerkit.summary import summary
from peerkit.templates import list_templates
from peerkit.turns import Turn
from peerkit.workspace import Workspace, init_workspace

# The daily card has a page of its own.
TEMPLATES = [one for one in list_templates() if one.name != "daily-card"]
# Both have had the floor for an hour, Jonas last: in the session here Amara has it.
TODAY, NEXT, DUE = week(1), week(2), "2024-04-12"
# The Monday nearest to a week later: what is agreed here falls on Mondays.
MONDAY = NEXT + timedelta(days=3)
# Answers that stand beside their prompt in the summary.
SHORT = ("scale", "heard", "choice", "date", "time", "help")


def invented() -> Iterator[str]:
    """Give words of six letters that no template uses, each of them once."""
    syllables = [f"{first}{second}" for first in "zxqvk" for second in "aeiou"]
    yield from ("".join(parts) for parts in itertools.product(syllables, syllables, ["zuq", "xiv"]))


@dataclass
class Evening:
    """A session that was held in its forms."""

    workspace: Workspace
    shape: Template
    session_id: str
    shared: list[str]
    private: list[str]
    closing: dict[str, Any]


class Filling:
    """Answers a form in the way that its prompts need, and remembers what a summary must then say."""

    def __init__(self) -> None:
        self.words = invented()
        self.told: dict[str, list[str]] = {"shared": [], "private": []}

    def phase(self, form: Form) -> None:
        """Answer every prompt of a phase."""
        special: dict[str, Callable[[Form, dict[str, Any]], None]] = {
            "commitments": self._promise,
            "review": self._settle,
            "terms": self._terms,
            "agreement": self._sign,
        }
        for prompt in form.spec["prompts"]:
            special.get(prompt["kind"], self._save)(form, prompt)

    def _save(self, form: Form, prompt: dict[str, Any]) -> None:
        said = {author: self._value(prompt) for author in prompt["authors"]}
        for author, value in said.items():
            key = f"{prompt['id']}/{author}"
            revision = form.answers.get(key, {"revision": 0})["revision"]
            asked(form, do="save", key=key, value=value, revision=revision)
        self.told[prompt["visibility"]] += shown(prompt, said)

    def _value(self, prompt: dict[str, Any]) -> Any:
        word, options = next(self.words), prompt["options"]
        if prompt["id"] == "agreement:zone":
            return "Europe/Lisbon"
        return {
            "scale": 6,
            "heard": 8,
            "date": "2024-05-17",
            "time": "17:45",
            "help": "ideas",
            "choice": word if prompt["own"] else (options or [""])[0],
            "checklist": [*options, *([word] if prompt["own"] else [])],
            "questions": [{"question": word, "how": "scale", "answer": "9"}],
        }.get(prompt["kind"], word)

    def _promise(self, form: Form, prompt: dict[str, Any]) -> None:
        for author in prompt["authors"]:
            given = {name: next(self.words) for name in ("text", "first_step", "if_then", "evidence")}
            more = {"peer": author, "due_on": DUE, "cue": "At noon", "obstacle": "Rain", "confidence": "80"}
            assert asked(form, do="promise", given=given | more, is_sure=True) == []
            self.told["shared"] += given.values()

    def _settle(self, form: Form, prompt: dict[str, Any]) -> None:
        mine = next(row for row in form.review if row["peer"] == form.spec["focus"])
        why = next(self.words)
        asked(form, do="settle", id=mine["id"], outcome="kept")
        asked(form, do="save", key=f"reason:{mine['id']}", value=why, revision=0, base="")
        self.told["shared"] += [mine["text"], f"Because: {why}"]

    def _terms(self, form: Form, prompt: dict[str, Any]) -> None:
        for term in prompt["prompts"]:
            self._save(form, term)

    def _sign(self, form: Form, prompt: dict[str, Any]) -> None:
        for peer in form.spec["peers"]:
            asked(form, do="sign", peer=peer, digest=form.agreement["digest"])
            self.told["shared"].append(f"{peer} signed on {TODAY}")


def asked(form: Form, **message: Any) -> Any:
    """Send what the browser sends, and return what was done."""
    reply = form.answer_to({**message, "token": "t"})
    assert reply == {"re": "t", "ok": True, "done": reply.get("done")}
    return reply["done"]


def shown(prompt: dict[str, Any], said: dict[str, Any]) -> list[str]:
    """Return how a summary shows what was said to a prompt, by author."""
    if prompt["kind"] in SHORT:
        answers = " · ".join(f"{'' if author == PAIR else author} {value}" for author, value in said.items())
        return [f"{prompt['text']} {answers}"]
    lines = {
        "checklist": lambda value: [f"✓ {part}" for part in value],
        "questions": lambda value: [f"{one['question']}: {one['answer']}" for one in value],
    }.get(prompt["kind"], lambda value: [value])
    return [line for value in said.values() for line in lines(value)]


def form_of(workspace: Workspace, session_id: str, phase: str) -> Form:
    form = guide.phase(phase, of=session_id, start=workspace.folder)
    assert isinstance(form, Form)
    return form


def agrees(shape: Template) -> bool:
    """Return whether the two sign an agreement in such a session."""
    return any(prompt.kind == "agreement" for phase in shape.phases for prompt in phase.prompts)


def flat(text: str) -> str:
    """Return a text without spaces and line ends, which a page puts where it likes."""
    return "".join(text.split())


@pytest.fixture(scope="module")
def at_noon() -> Iterator[None]:
    """Every journal that is opened meanwhile shows noon of the session's day."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(Journal.__init__.__kwdefaults__, "clock", clock_at(f"{TODAY:%m-%d}"))
        yield


def made_in(folder: Path, *, has_agreement: bool = True) -> Workspace:
    """Return a workspace whose pair met twice, and promised something."""
    workspace = init_workspace(folder, me="Amara", partner="Jonas", time_zone="UTC")
    journal = Journal(workspace.journal_path, author="Amara", time_zone="UTC", clock=clock_at("03-01"))
    if has_agreement:
        agree(journal, weekday="Friday")
    hold(journal, week(-1), focus="Amara")
    hold(journal, week(0), focus="Jonas", next_on=TODAY)
    for peer, text in zip(PEERS, ("pevudo", "bagimo"), strict=True):
        ledger.promise(journal, text, peer=peer, on=week(0), due_on=TODAY, visibility="shared")
    journal.close()
    return workspace


@pytest.fixture(scope="module", params=TEMPLATES, ids=lambda shape: shape.name)
def evening(request: Any, at_noon: None, tmp_path_factory: pytest.TempPathFactory) -> Evening:
    """One session of each template, held from its first form to its close."""
    shape = request.param
    folder = tmp_path_factory.mktemp("evening") / "coaching"
    workspace = made_in(folder, has_agreement=shape.name != "first-meeting")
    journal = workspace.open_journal()
    session, _ = new_session(workspace, journal, shape.name)
    journal.close()
    filling = Filling()
    for phase in shape.phases:
        last = form_of(workspace, session.session_id, phase.id)
        filling.phase(last)
    asked(last, do="close", next_on=last.closing["next_on"])
    return Evening(workspace, shape, session.session_id, *filling.told.values(), last.closing)


def test_every_word_that_was_typed_is_in_the_pdf(evening: Evening) -> None:
    pdf = session_pdf(evening.workspace, evening.session_id)

    text = flat("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))
    typed = evening.shared + evening.private
    assert [said for said in typed if flat(said) not in text] == []
    assert len(typed) >= len([one for phase in evening.shape.phases for one in phase.prompts])


def test_what_is_private_is_told_to_nobody_else_and_what_is_shared_to_both(evening: Evening) -> None:
    journal = evening.workspace.open_journal()
    session = sessions.session(journal, evening.session_id)

    ours, outside = (
        json.dumps(summary(journal, session, evening.shape, audience=audience), ensure_ascii=False)
        for audience in ("ours", "outside")
    )

    journal.close()
    words = set(invented())
    shared, private = (
        {word for said in told for word in said.split() if word in words}
        for told in (evening.shared, evening.private)
    )
    told = [{word for word in shared | private if word in record} for record in (ours, outside)]
    assert told == [shared, set()]


def test_it_is_closed_with_the_day_that_it_proposed(evening: Evening) -> None:
    """On the weekday that was agreed just now, or before; without a day where none is set."""
    sets_next = evening.shape.sets_next
    proposed = MONDAY if agrees(evening.shape) else NEXT
    journal = evening.workspace.open_journal()
    session = sessions.session(journal, evening.session_id)
    journal.close()

    focus = "Jonas" if evening.shape.floor == "focus" else "Amara"
    # What it asks of the coach's notes has tests of its own.
    told = {name: value for name, value in evening.closing.items() if name != "notes"}
    assert told == {
        "is_closed": True,
        "asks_next": sets_next,
        "next_on": str(proposed) if sets_next else "",
        "focus": focus,
        "coach": other(focus),
    }
    assert (session.status, session.next_on) == ("closed", proposed if sets_next else None)


def test_the_next_turn_is_as_its_floor_has_it(evening: Evening) -> None:
    """Only where one of the two had the floor alone is it the other's turn now."""
    journal = evening.workspace.open_journal()

    turn = turns.next_turn(journal, PEERS, today=TODAY)

    journal.close()
    focus = "Jonas" if evening.shape.floor == "focus" else "Amara"
    day = MONDAY if agrees(evening.shape) else NEXT
    assert turn == Turn(day, focus=focus, coach=other(focus))


HALVES = {"keep-faith": "Amara", "aim": "Amara", "open-up": "Amara", "heard": "Amara", "promise": "Amara",
          "keep-faith-2": "Jonas", "aim-2": "Jonas", "open-up-2": "Jonas", "heard-2": "Jonas", "promise-2": "Jonas"}  # fmt: skip


@pytest.fixture
def halves(at_noon: None, tmp_path: Path) -> dict[str, Form]:
    """The forms of a split hour that has just begun."""
    workspace = made_in(tmp_path / "coaching")
    journal = workspace.open_journal()
    session, _ = new_session(workspace, journal, "split-hour")
    journal.close()
    return {phase: form_of(workspace, session.session_id, phase) for phase in HALVES}


def test_in_the_second_half_the_other_is_focus_person_in_every_form(halves: dict[str, Form]) -> None:
    assert {phase: form.spec["focus"] for phase, form in halves.items()} == HALVES
    roles = {phase: [one["peer"] for one in form.spec["guidance"]] for phase, form in halves.items()}
    assert roles == {phase: [focus, other(focus)] for phase, focus in HALVES.items()}
    assert [halves[phase].spec["prompts"][0]["authors"] for phase in ("aim", "aim-2")] == [
        ["Amara"],
        ["Jonas"],
    ]


def gates(halves: dict[str, Form]) -> dict[str, tuple[bool, int | None, str]]:
    """Return how the two gates stand: whether open, at which number, and who it waits for."""
    told = {phase: halves[phase].heard for phase in ("promise", "promise-2")}
    return {phase: (one["is_open"], one["heard"], one["focus"]) for phase, one in told.items()}


def test_each_half_has_a_gate_of_its_own(halves: dict[str, Form]) -> None:
    seen = [gates(halves)]
    asked(halves["heard"], do="save", key="heard/Amara", value=8, revision=0)
    seen.append(gates(halves))
    asked(halves["heard-2"], do="save", key="heard/Jonas", value=4, revision=0)
    seen.append(gates(halves))
    asked(halves["promise-2"], do="override")
    seen.append(gates(halves))

    assert seen == [
        {"promise": (False, None, "Amara"), "promise-2": (False, None, "Jonas")},
        {"promise": (True, 8, "Amara"), "promise-2": (False, None, "Jonas")},
        {"promise": (True, 8, "Amara"), "promise-2": (False, 4, "Jonas")},
        {"promise": (True, 8, "Amara"), "promise-2": (True, 4, "Jonas")},
    ]


def test_each_half_goes_through_the_promises_of_whoever_has_it(halves: dict[str, Form]) -> None:
    listed = {
        phase: [row["peer"] for row in halves[phase].review] for phase in ("keep-faith", "keep-faith-2")
    }

    assert listed == {"keep-faith": ["Amara"], "keep-faith-2": ["Jonas"]}


@pytest.mark.parametrize(
    ("kind", "phase", "whose"),
    [
        ("missed-week", "ledger", ["Amara"]),
        ("weekly", "keep-faith", ["Amara", "Jonas"]),
        ("ending", "records", ["Amara", "Jonas"]),
    ],
)
def test_whoever_goes_through_a_week_apart_sees_their_own_promises_alone(
    at_noon: None, tmp_path: Path, kind: str, phase: str, whose: list[str]
) -> None:
    workspace = made_in(tmp_path / "coaching")
    session, _ = new_session(workspace, workspace.open_journal(), kind)

    form = form_of(workspace, session.session_id, phase)

    assert [row["peer"] for row in form.review] == whose


def test_what_opens_one_half_all_the_same_opens_it_alone(halves: dict[str, Form]) -> None:
    asked(halves["promise"], do="override")

    assert {phase: told[0] for phase, told in gates(halves).items()} == {"promise": True, "promise-2": False}


def test_what_each_is_heard_with_is_kept_apart(halves: dict[str, Form]) -> None:
    """The session's own number is of its first half."""
    asked(halves["heard-2"], do="save", key="heard/Jonas", value=9, revision=0)
    asked(halves["heard"], do="save", key="heard/Amara", value=5, revision=0)

    [held] = [one for one in sessions.list_sessions(halves["heard"].journal) if one.template == "split-hour"]
    assert (held.held_on, held.heard, gates(halves)["promise-2"]) == (date(2024, 3, 8), 5, (True, 9, "Jonas"))
    told = sessions.answers(halves["heard"].journal, held.session_id)
    assert {key: state["value"] for key, state in told.items()} == {
        ("heard", "heard", "Amara"): 5,
        ("heard-2", "heard", "Jonas"): 9,
    }
