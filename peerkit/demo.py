"""A year of two invented peers, drawn from a seed by stated rules: to look at, to try, to test with.

Amara and Jonas hold a first meeting, which ends in an agreement signed by both; then they meet on Thursdays
at six, 49 times in 52 weeks, and every tenth of these is a review. In each of the others the focus person
promises two or three things and the coach mostly one. What becomes of a promise is drawn:

- the chance to keep it is logistic(-1.2 + 3.2 c - 0.4 (l - 2) - 1.2 o), where c is the confidence
  stated (0.4 to 0.95), l the load (promises made in that session by this peer), and o is 1 if the
  obstacle came and the if-then plan was not used;
- the obstacle comes with a chance of 0.35; where there is a plan (three of four), it is used then with 0.6;
- what is not kept is done in part (0.3), missed (0.42), moved in time (0.12), let go before it is due
  (0.06), impossible (0.04), or not spoken of (0.06), and then slips.
"""

from __future__ import annotations

import math
import random
import shutil
import tempfile
import tomllib
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from peerkit import agreement, ahead_behind, ledger, sessions, turns
from peerkit.errors import WorkspaceError
from peerkit.journal import Journal
from peerkit.notebooks import write_notebook
from peerkit.schema import known_by
from peerkit.sessions import Session
from peerkit.shapes import PAIR, Template
from peerkit.suggest import REVIEW_EVERY, sessions_since_review
from peerkit.templates import sheet, template
from peerkit.workspace import Workspace, init_workspace, read_workspace, write_whole

FIRST_DAY = date(2025, 11, 20)
LAST_DAY = date(2026, 11, 12)
TIME_ZONE = "Europe/Lisbon"
_WEEK = timedelta(days=7)
_MISSED_WEEKS = (6, 20, 33)
# What became of a promise that was not kept, and how often.
_OTHERWISE = {"partly": 0.3, "missed": 0.42, "moved": 0.12, "released": 0.06, "void": 0.04, "silent": 0.06}


@dataclass
class _Year:
    """The simulated pair: where it writes, its clock, its chance, and the words left to use."""

    workspace: Workspace
    journal: Journal
    chance: random.Random
    words: dict[str, Any]
    shape: Template
    now: datetime

    def pass_minutes(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)

    def pick(self, name: str) -> str:
        return str(self.chance.choice(self.words["words"][name]))


def make(
    folder: Path, *, seed: int = 1, watch: Callable[[range], Iterable[int]] = lambda weeks: weeks
) -> Workspace:
    """Make the demo's workspace in a new folder; the same seed gives the same journal, byte for byte.

    Args:
        folder: Where; it must not be a workspace yet.
        seed: Of all that is drawn.
        watch: Wraps the range of weeks, to show progress.

    Raises:
        WorkspaceError: If there is a workspace already, or the folder cannot be written.
    """
    chance = random.Random(seed)  # noqa: S311 a simulation
    words = tomllib.loads(Path(__file__).with_name("demo.toml").read_text(encoding="utf-8"))
    for name in ("commitments", "topics"):
        chance.shuffle(words[name])
    if folder.exists() and any(folder.iterdir()):
        msg = f"{folder} is there already and not empty. Name a new folder, or remove that one."
        raise WorkspaceError(msg)
    # Made beside its place and moved there at the end: a demo that was interrupted is none.
    beside = Path(tempfile.mkdtemp(dir=_made(folder.absolute().parent), prefix=".peerkit-demo-"))
    try:
        _fill(beside, chance, words, watch)
        if folder.exists():
            folder.rmdir()
        beside.rename(folder)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    return read_workspace(folder)


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"{folder} cannot be made: {error.strerror}. Choose a folder that you may write to."
        raise WorkspaceError(msg) from error
    return folder


def _fill(
    folder: Path, chance: random.Random, words: dict[str, Any], watch: Callable[[range], Iterable[int]]
) -> None:
    pair_id = str(uuid.UUID(int=chance.getrandbits(128), version=4))
    # A key would be another one each time: it is made when it is first needed.
    workspace = init_workspace(
        folder,
        me="Amara",
        partner="Jonas",
        time_zone=TIME_ZONE,
        pair_id=pair_id,
        begin=lambda journal: None,
    )
    year = _Year(workspace, workspace.open_journal(), chance, words, template("weekly"), datetime.now(UTC))
    year.journal.close()
    year.journal = Journal(
        workspace.journal_path,
        author=workspace.me,
        pair_id=pair_id,
        time_zone=TIME_ZONE,
        clock=lambda: year.now,
        chance=chance,
    )
    year.now = _at_six(FIRST_DAY - _WEEK)
    with year.journal.writing():
        _first_meeting(year)
    for week in watch(range(52)):
        year.now = _at_six(FIRST_DAY + week * _WEEK)
        # One change a session: a year is on disk in the time of some fifty writes.
        with year.journal.writing():
            _meet(year, week)
    year.journal.close()


def _at_six(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), ZoneInfo(TIME_ZONE)).replace(hour=18)


def render(workspace: Workspace) -> list[Path]:
    """Write the charts and the last session's summary of a demo workspace, and return their paths."""
    from peerkit import charts, measures
    from peerkit.export import session_pdf, write_pdf

    journal = workspace.open_journal()
    commitments = journal.commitments(as_of=LAST_DAY)
    made = []
    for name, by in (("follow-through", []), ("follow-through-by-peer", ["peer"])):
        table = measures.follow_through(commitments, as_of=LAST_DAY, by=by, every="week", rolling=8)
        path = workspace.summaries / f"{name}.svg"
        axes = charts.follow_through(table, title="Kept of what was due, over 8 weeks each")
        write_whole(path, charts.svg(axes).encode())
        made.append(path)
    last = sessions.find_session(journal)
    path = workspace.summary_path(last)
    write_pdf(path, session_pdf(workspace, last.session_id))
    return [*made, path]


def _meet(year: _Year, week: int) -> None:
    history = sessions.list_sessions(year.journal)
    if week in _MISSED_WEEKS:
        session = _plan(year, "weekly")
        sessions.miss_session(year.journal, session.session_id, next_on=year.now.date() + _WEEK)
        return
    if sessions_since_review(history) >= REVIEW_EVERY - 1:
        _review(year, _open(year, "ten-session-review"))
        return
    session = _open(year, "weekly")
    _arrive(year, session)
    _keep_faith(year, session)
    _talk(year, session, week)
    _promise(year, session)
    _close(year, session, week)


def _plan(year: _Year, name: str) -> Session:
    year.shape = template(name)
    today = year.now.date()
    turn = turns.next_turn(year.journal, year.workspace.peers, today=today)
    return sessions.plan_session(year.journal, year.shape, held_on=today, focus=turn.focus, coach=turn.coach)


def _open(year: _Year, name: str) -> Session:
    session = _plan(year, name)
    write_notebook(year.workspace, session, year.shape)
    return sessions.open_session(year.journal, session.session_id)


def _first_meeting(year: _Year) -> None:
    session = _open(year, "first-meeting")
    said = year.words["first_meeting"]
    for phase, prompt in (("why", "brings"), ("why", "hope"), ("fit", "alike")):
        _both(year, session, phase, prompt, said[prompt])
    for prompt in ("helped", "hurt"):
        _both(year, session, "accountability", prompt, said[prompt])
    _agree(year)
    sessions.close_session(year.journal, session.session_id, next_on=FIRST_DAY)


def _agree(year: _Year) -> None:
    """Fill in the agreement and sign it, and the map beside it."""
    peers, places = year.workspace.peers, year.words["map"]
    terms: dict[tuple[str, str], Any] = {
        (term, PAIR): value for term, value in year.words["agreement"].items()
    }
    terms |= {("time", peer): "18:00" for peer in peers} | {("zone", peer): TIME_ZONE for peer in peers}
    _fill_sheet(year, agreement.SHEET, terms)
    for peer in peers:
        year.pass_minutes(0.2)
        agreement.sign(year.journal, peer, peers, on=year.now.date())
    whose = dict(zip(peers, (places["first"], places["second"]), strict=True))
    _fill_sheet(year, ahead_behind.SHEET, {("areas", peer): told for peer, told in whose.items()})


def _fill_sheet(year: _Year, name: str, told: dict[tuple[str, str], Any]) -> None:
    phases = {prompt.id: phase.id for phase in sheet(name).phases for prompt in phase.prompts}
    for (prompt, author), value in told.items():
        year.pass_minutes(0.2)
        sessions.write_answer(
            year.journal,
            name,
            phase=phases[prompt],
            prompt=prompt,
            author=author,
            value=value,
            revision=0,
            visibility="shared",
        )


def _review(year: _Year, session: Session) -> None:
    said = {name: year.chance.sample(words, 2) for name, words in year.words["review"].items()}
    _both(year, session, "charts", "surprise", said["surprise"])
    _both(year, session, "keep-change-stop", "keep", said["keep"])
    _both(year, session, "keep-change-stop", "change", said["change"])
    _answer(year, session, "sign-or-end", "go-on", session.focus, "ten more sessions")
    _answer(year, session, "sign-or-end", "go-on", session.coach, "ten more sessions")
    _both(year, session, "close", "learnt", said["learnt"])
    sessions.close_session(year.journal, session.session_id, next_on=session.held_on + _WEEK)


def _both(year: _Year, session: Session, phase: str, prompt: str, said: list[str]) -> None:
    for peer, words in zip(session.peers, said, strict=True):
        _answer(year, session, phase, prompt, peer, words)


def _answer(year: _Year, session: Session, phase: str, prompt: str, author: str, value: Any) -> None:
    visibility = next(one.visibility for one in year.shape.phase(phase).prompts if one.id == prompt)
    year.pass_minutes(0.2)
    sessions.write_answer(
        year.journal,
        session.session_id,
        phase=phase,
        prompt=prompt,
        author=author,
        value=value,
        revision=0,
        visibility=visibility,
    )


def _arrive(year: _Year, session: Session) -> None:
    for peer in session.peers:
        _answer(year, session, "arrive", "energy", peer, _around(year, 6, 2))
        _answer(year, session, "arrive", "mood", peer, _around(year, 6.5, 1.8))
        _answer(year, session, "arrive", "arriving", peer, year.pick("arriving"))


def _keep_faith(year: _Year, session: Session) -> None:
    today = year.now.date()
    states = known_by(year.journal.rows("entries"), "commitment_id").values()
    # Only what is due now, or nearly, is spoken of; the rest has its time still.
    for state in [
        one for one in states if one["outcome"] == "open" and one["due_on"] < today + timedelta(days=3)
    ]:
        year.pass_minutes(0.7)
        _settle(year, state, today)
    if year.chance.random() < 0.5:
        _answer(year, session, "keep-faith", "noticed", session.focus, year.pick("noticed"))


def _settle(year: _Year, state: dict[str, Any], today: date) -> None:
    journal, chance, name = year.journal, year.chance, state["commitment_id"]
    other = next(peer for peer in year.workspace.peers if peer != state["peer"])
    if state["due_on"] < today - 3 * _WEEK:
        # What slipped long ago is either told at last or let go.
        ledger.miss(journal, name, on=today, reason=year.pick("reasons_missed"))
        return
    came = chance.random() < 0.35
    fired = came and "if_then" in state and chance.random() < 0.6
    load = sum(
        1 for row in journal.rows("entries", session_id=state["session_id"]) if row["peer"] == state["peer"]
    )
    odds = -1.2 + 3.2 * state["confidence"] - 0.4 * (load - 2) - 1.2 * (came and not fired)
    plan = fired if "if_then" in state else None
    if chance.random() < 1 / (1 + math.exp(-odds)):
        # Most are kept on the due date or shortly before it, some a few days late.
        late = chance.choice((-2, -1, 0, 0, 0, 0, 1, 3))
        made_on = journal.day_of(journal.rows("entries", commitment_id=name)[0]["recorded_at"])
        day = min(max(state["due_on"] + timedelta(days=late), made_on), today)
        ledger.keep(journal, name, on=today, closed_on=day, obstacle_came=came, plan_fired=plan)
        return
    [otherwise] = chance.choices(list(_OTHERWISE), list(_OTHERWISE.values()))
    if otherwise == "partly":
        fraction = chance.choice((0.25, 0.5, 0.5, 0.75))
        ledger.partly(
            journal,
            name,
            fraction,
            on=today,
            reason=year.pick("reasons_partly"),
            obstacle_came=came,
            plan_fired=plan,
        )
    elif otherwise == "missed":
        ledger.miss(
            journal, name, on=today, reason=year.pick("reasons_missed"), obstacle_came=came, plan_fired=plan
        )
    elif otherwise == "void":
        ledger.void(journal, name, on=today, reason=year.pick("reasons_void"))
    elif otherwise == "released":
        ledger.release(journal, name, on=today, agreed_by=other, reason=year.pick("reasons_released"))
    elif otherwise == "moved":
        day = today + timedelta(days=chance.randint(4, 9))
        ledger.move(journal, name, day, on=today, agreed_by=other, reason=year.pick("reasons_moved"))


def _talk(year: _Year, session: Session, week: int) -> None:
    said = year.words["topics"][week % len(year.words["topics"])]
    focus, coach = session.focus, session.coach
    helps = ("just listen", "ask me questions", "your experience", "ideas", "hold me to it")
    for phase, prompt, author, value in (
        ("aim", "topic", focus, said["topic"]),
        ("aim", "good-hour", focus, said["good_hour"]),
        ("aim", "help", focus, year.chance.choice(helps)),
        ("open-up", "own-words", focus, said["own_words"]),
        ("open-up", "notes", coach, said["notes"]),
        ("heard", "say-back", coach, said["say_back"]),
        ("heard", "missed", focus, said["missed"]),
    ):
        _answer(year, session, phase, prompt, author, value)
    heard = _around(year, 8.2, 1.2)
    _answer(year, session, "heard", "heard", focus, heard)
    sessions.record_heard(year.journal, session.session_id, heard=heard, override=True if heard < 7 else None)
    _answer(year, session, "offer", "permission", focus, "yes, please")
    _answer(year, session, "offer", "experience", coach, said["experience"])
    _answer(year, session, "offer", "idea-1", coach, said["idea"])
    _answer(year, session, "offer", "idea-1-by", coach, str(session.held_on + timedelta(days=5)))
    _answer(year, session, "offer", "taking", focus, said["taking"])


def _promise(year: _Year, session: Session) -> None:
    chance = year.chance
    makers = [session.focus] * chance.choice((2, 2, 3, 3, 3)) + [session.coach] * chance.choice((0, 1, 1))
    for peer in makers:
        year.pass_minutes(1.5)
        said = year.words["commitments"].pop(0)
        year.words["commitments"].append(said)
        has_plan = chance.random() < 0.75
        ledger.promise(
            year.journal,
            said["text"],
            peer=peer,
            on=session.held_on,
            due_on=session.held_on + timedelta(days=chance.choice((3, 4, 5, 5, 6, 7, 7, 9, 12))),
            confidence=chance.choice((0.4, 0.5, 0.6, 0.7, 0.7, 0.8, 0.8, 0.9, 0.95)),
            visibility="shared" if chance.random() < 0.9 else "private",
            session_id=session.session_id,
            first_step=said["first_step"],
            cue=said["cue"],
            obstacle=said["obstacle"],
            if_then=said["if_then"] if has_plan else None,
            evidence=said["evidence"],
            accountability=chance.choice(("a message on the day", "a call", "proof sent")),
            area=said["area"],
        )


def _close(year: _Year, session: Session, week: int) -> None:
    said = year.words["topics"][week % len(year.words["topics"])]
    for peer, learnt in ((session.focus, said["learnt_focus"]), (session.coach, said["learnt_coach"])):
        _answer(year, session, "close", "hour", peer, _around(year, 8, 1.2))
        _answer(year, session, "close", "learnt", peer, learnt)
        _answer(year, session, "close", "thanks", peer, year.pick("thanks"))
    _answer(
        year,
        session,
        "close",
        "help-given",
        session.focus,
        year.chance.choice(("yes", "yes", "yes", "partly")),
    )
    sessions.close_session(year.journal, session.session_id, next_on=session.held_on + _WEEK)


def _around(year: _Year, middle: float, spread: float) -> int:
    return min(10, max(0, round(year.chance.gauss(middle, spread))))
