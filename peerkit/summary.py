"""What a summary says, and for whom: a session as a plain dict, without a word it may not hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, TypeAlias

import pandas as pd

from peerkit import agreement, sessions, turns
from peerkit.audience import commitments, shared_rows
from peerkit.errors import SummaryError
from peerkit.journal import Journal
from peerkit.measures import follow_through
from peerkit.schema import AUDIENCES, Row, known, known_by
from peerkit.sessions import Session
from peerkit.shapes import PAIR, RESERVED, Phase, Prompt, Template
from peerkit.templates import sheet

# Each point of the summary's chart covers eight weeks; the year before the session is drawn.
WEEKS = 8
_YEAR = timedelta(days=371)
_DAYS = ("due_on", "latest_due_on", "closed_on")

# What each peer answered, by phase, prompt and author.
Answers: TypeAlias = dict[tuple[str, str, str], Row]


def summary(
    journal: Journal,
    session: Session,
    template: Template,
    *,
    audience: str = "mine",
    notes: Sequence[str] = (),
) -> dict[str, Any]:
    """Return what a session's summary says to an audience, as plain data that JSON holds.

    Args:
        journal: Where the session is kept.
        session: The session.
        template: The template that it follows.
        audience: "mine" is all that is in my journal; "ours" what is shared; "outside" no words of the
            session at all: its day, the roles by initials, and numbers.
        notes: Markdown of the cells that were added to the notebook and are not tagged private.

    Returns:
        title, session_id, held_on, minutes, audience, pair, roles, phases (title, answers), settled,
        promised, notes, numbers (one row per peer), next, and as_of: the day that the numbers look
        from. Texts are as typed; rendering them is `export`'s part.

    Raises:
        SummaryError: If the audience is unknown.
    """
    return _said(journal, session, template, audience, notes)[0]


def summary_and_trend(
    journal: Journal,
    session: Session,
    template: Template,
    *,
    audience: str = "mine",
    notes: Sequence[str] = (),
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Return `summary`, and `trend` on the day that it looks from; the ledger is read and folded once."""
    said, listed = _said(journal, session, template, audience, notes)
    return said, _trend(listed, date.fromisoformat(said["as_of"]))


def _said(
    journal: Journal, session: Session, template: Template, audience: str, notes: Sequence[str]
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Return the summary, and the commitments that its audience may see."""
    if audience not in AUDIENCES:
        msg = f"Unknown audience {audience!r}. Use one of: {', '.join(AUDIENCES)}."
        raise SummaryError(msg)
    has_words = audience != "outside"
    history = journal.rows("sessions", session_id=session.session_id)
    told = _told(journal, session, audience) if has_words else {}
    agreed = _agreed(journal, session, template, audience) if has_words else {}
    settled = sessions.settled_ids(journal, session.session_id)
    as_of = _as_of(journal, session, history, settled, audience)
    listed = commitments(journal, audience, as_of=as_of)
    settled = settled if has_words else []
    said = {
        "title": template.title,
        "session_id": session.session_id,
        "held_on": str(session.held_on),
        "as_of": str(as_of),
        "minutes": session.minutes,
        "audience": audience,
        "pair": " & ".join(_shown(peer, audience) for peer in session.peers),
        "roles": _roles(session, audience),
        "heard": session.heard if _tells_heard(journal, session, template, audience) else None,
        "phases": [_phase(phase, told | agreed) for phase in template.phases] if has_words else [],
        "settled": _listed(listed[listed["commitment_id"].isin(settled) & (listed["outcome"] != "open")]),
        "promised": _listed(listed[listed["session_id"] == session.session_id]) if has_words else [],
        "notes": list(notes) if has_words else [],
        "numbers": _numbers(listed, as_of, audience),
        "next": _next(journal, session, template, audience),
    }
    return said, listed


def trend(journal: Journal, as_of: date, *, audience: str = "mine") -> pd.DataFrame:
    """Return the follow-through of the pair over the year up to `as_of`, eight weeks a row."""
    return _trend(commitments(journal, audience, as_of=as_of), as_of)


def _trend(listed: pd.DataFrame, as_of: date) -> pd.DataFrame:
    shares: pd.DataFrame = follow_through(
        listed, as_of=as_of, every="week", rolling=WEEKS, since=as_of - _YEAR
    )
    return shares


def _rows(journal: Journal, table: str, audience: str, **equal: object) -> list[Row]:
    """Return the rows that an audience may read."""
    rows = journal.rows(table, **equal)
    return rows if audience == "mine" else shared_rows(rows, table)


def _told(journal: Journal, session: Session, audience: str) -> Answers:
    """Return the answers of a session as its audience may read them."""
    if audience == "mine":
        return sessions.answers(journal, session.session_id)
    rows = _rows(journal, "answers", audience, session_id=session.session_id)
    return known_by(rows, "phase", "prompt", "author")


def _shown(peer: str, audience: str) -> str:
    return peer if audience != "outside" else f"{peer[0].upper()}."


def _as_of(journal: Journal, session: Session, history: list[Row], settled: list[str], audience: str) -> date:
    """Return the session's day, or the later one on which the last thing of it became known."""
    made = journal.rows("entries", session_id=session.session_id)
    told = [row for row in journal.rows("entries") if row["commitment_id"] in settled and row["outcome"]]
    end = sessions.ended_at(journal, session.session_id)
    known_at = [row["recorded_at"] for row in (*history, *made, *told) if row.get("status") != "planned"]
    days = [journal.day_of(moment) for moment in known_at if moment <= end]
    if audience != "mine":
        # What was promised here and shared afterwards is told from that day on.
        ids = {row["commitment_id"] for row in made}
        seen = _rows(journal, "entries", audience, commitment_id=ids) if ids else []
        firsts = {row["commitment_id"]: row["recorded_at"] for row in reversed(seen)}
        days += [journal.day_of(moment) for moment in firsts.values()]
    return max([session.held_on, *days])


def _roles(session: Session, audience: str) -> list[dict[str, str]]:
    """Return who was what: in some sessions both are focus person in turn, in some there is none."""
    names = {
        "focus": ("Focus person", "Coach"),
        "both": ("Focus person, then coach", "Coach, then focus person"),
    }.get(session.floor, ("Peer", "Peer"))
    peers = [peer for peer in (session.focus, session.coach) if peer]
    if session.floor not in ("focus", "both"):
        peers = sorted(peers)
    return [{"role": role, "peer": _shown(peer, audience)} for role, peer in zip(names, peers, strict=False)]


def _tells_heard(journal: Journal, session: Session, template: Template, audience: str) -> bool:
    """Return whether an audience may know how understood the focus person felt: not where that answer is private."""
    asked = {
        (phase.id, prompt.id)
        for phase in template.phases
        for prompt in phase.prompts
        if prompt.kind == "heard"
    }
    rows = journal.rows("answers", session_id=session.session_id)
    told = [row for row in rows if (row["phase"], row["prompt"]) in asked]
    return audience == "mine" or not told or bool(shared_rows(told, "answers"))


def _phase(phase: Phase, told: Answers) -> dict[str, Any]:
    answers = [
        {"prompt": prompt.text, "kind": prompt.kind, "peer": author, "value": state["value"]}
        for prompt in phase.prompts
        for (_, prompt_id, author), state in sorted(told.items())
        if (state["phase"], prompt_id) == (phase.id, prompt.id) and _is_said(prompt, state)
    ]
    answers += [
        answer
        for prompt in phase.prompts
        for answer in told.get((phase.id, prompt.id, PAIR), {}).get("terms", [])
    ]
    return {"title": phase.title, "minutes": phase.minutes, "answers": answers}


def _agreed(journal: Journal, session: Session, template: Template, audience: str) -> Answers:
    """Return what a session's terms and signatures say, as known at its end, in the place of those prompts."""
    asked = [
        (phase, prompt)
        for phase in template.phases
        for prompt in phase.prompts
        if prompt.kind in ("terms", "agreement")
    ]
    if not asked:
        return {}
    end = sessions.ended_at(journal, session.session_id)
    written = _rows(journal, "answers", audience, session_id=agreement.SHEET)
    rows = [row for row in written if row["recorded_at"] <= end]
    terms = {prompt.id: prompt for part in sheet(agreement.SHEET).phases for prompt in part.prompts}
    found: Answers = {}
    for phase, prompt in asked:
        said = _terms(rows, terms, prompt) if prompt.kind == "terms" else _signatures(rows, prompt)
        found[phase.id, prompt.id, PAIR] = {"phase": phase.id, "terms": said}
    return found


def _terms(rows: list[Row], terms: dict[str, Prompt], asked: Prompt) -> list[Row]:
    states = known_by(rows, "prompt", "author").items()
    return [
        {"prompt": terms[name].text, "kind": terms[name].kind, "peer": author, "value": state["value"]}
        for name in asked.options
        for (term, author), state in states
        if term == name and name in terms and _is_said(terms[name], state)
    ]


def _signatures(rows: list[Row], asked: Prompt) -> list[Row]:
    """Return who signed the wording that was signed last."""
    signed = [row for row in rows if row["phase"] == agreement.SIGNED]
    last = [row for row in signed if row["prompt"] == signed[-1]["prompt"]]
    return [
        {
            "prompt": asked.text,
            "kind": "line",
            "peer": row["author"],
            "value": f"signed on {row['value']['on']}",
        }
        for row in last
    ]


def _is_said(prompt: Prompt, state: Row) -> bool:
    # Commitments and their review are told by the ledger; what stands in these answers is half-written.
    is_elsewhere = prompt.kind in ("commitments", "review", "terms", "agreement")
    return not is_elsewhere and state.get("value") not in (None, "", [], {})


def _listed(told: pd.DataFrame) -> list[dict[str, Any]]:
    columns = [
        "peer",
        "text",
        "first_step",
        "evidence",
        "if_then",
        "accountability",
        "outcome",
        "fraction",
        "reason",
    ]
    rows = told[[*columns, *_DAYS, "is_overdue"]].to_dict("records")
    return [{str(name): _cell(value) for name, value in row.items()} for row in rows]


def _cell(value: Any) -> Any:
    """Return a value as JSON holds it: a day as its text, a blank as None."""
    if pd.isna(value):
        return None
    return f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else value


def _numbers(listed: pd.DataFrame, as_of: date, audience: str) -> list[dict[str, Any]]:
    shares = follow_through(listed, by=["peer"], as_of=as_of)
    open_now = listed[listed["outcome"] == "open"]["peer"].value_counts()
    return [
        {
            "peer": _shown(str(peer), audience),
            "kept": int(kept),
            "n": int(n),
            "share": round(float(share), 4),
            "low": round(float(low), 4),
            "high": round(float(high), 4),
            "open": int(open_now.get(peer, 0)),
        }
        for peer, kept, n, share, low, high in shares.itertuples(index=False)
    ]


def _next(journal: Journal, session: Session, template: Template, audience: str) -> dict[str, Any]:
    """Return the next meeting as agreed at the close, with the roles that this session leads to."""
    history = [one for one in sessions.list_sessions(journal) if one.held_on <= session.held_on]
    if not template.sets_next or not session.coach:
        return {"held_on": None, "focus": "", "coach": ""}
    focus, coach = turns.next_roles(history, session.peers)
    return {
        "held_on": str(session.next_on) if session.next_on else None,
        "focus": _shown(focus, audience),
        "coach": _shown(coach, audience),
    }


def missed_template(session: Session, rows: list[Row]) -> Template:
    """Return a template made of the answers alone, for a session whose own template is gone."""
    phases: dict[str, dict[str, Prompt]] = {}
    for row in rows:
        # Neither what the guide keeps for itself, nor a commitment that was half written.
        if row["prompt"] in RESERVED or isinstance(row["value"], dict):
            continue
        phase = phases.setdefault(row["phase"], {})
        phase[row["prompt"]] = Prompt(row["prompt"], "text", row["prompt"], "both")
    parts = tuple(
        Phase(name, name.replace("-", " ").capitalize(), 1, "both", "", "", tuple(prompts.values()))
        for name, prompts in phases.items()
    )
    state = known(rows)
    return Template(
        session.template, session.template, session.minutes, "", parts, str(state.get("digest", ""))
    )
