"""A summary's dict as a tagged, archival PDF: one constant Typst page, compiled where nothing can be read."""

from __future__ import annotations

import functools
import importlib.util
import json
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import typst
from matplotlib.figure import Figure

from peerkit import charts, sessions
from peerkit.errors import SummaryError, TemplateError
from peerkit.export.content import line, paragraphs, pdf_text
from peerkit.export.password import check_needed, locked
from peerkit.journal import Journal
from peerkit.measures import FEW
from peerkit.notebooks import added_markdown
from peerkit.sessions import Session
from peerkit.shapes import PAIR, Template
from peerkit.summary import WEEKS, missed_template, summary_and_trend
from peerkit.templates import template
from peerkit.workspace import Workspace, write_whole

# Tagged for screen readers, and archival with the record attached.
STANDARDS: Final = ("ua-1", "a-3a")

# Enough to see what is on the page; it is not meant to be read from a picture.
_PREVIEW_PPI: Final = 96.0

# Answers that fit beside their prompt.
_SHORT = ("scale", "heard", "choice", "date", "time", "help")

# What is told of a new commitment beside its text and date.
_PLAN = {
    "first_step": "First step",
    "if_then": "If–then",
    "evidence": "To be known by",
    "accountability": "Held to it by",
}

_FOOTERS = {
    "mine": "For my eyes only",
    "ours": "Confidential to the two of us",
    "outside": "Without any words of the session",
}


def session_pdf(
    workspace: Workspace,
    session_id: str,
    *,
    notebook: dict[str, Any] | None = None,
    audience: str = "mine",
    password: str | None = None,
) -> bytes:
    """Return a session's summary as PDF; the same journal gives the same bytes, but for one with a password.

    Args:
        workspace: Where the session is kept.
        session_id: The session.
        notebook: The session's notebook as parsed JSON, whose added Markdown goes into the summary.
            Read from the workspace when left out.
        audience: "mine", "ours" or "outside"; see `summary.summary`.
        password: What opens the PDF; anybody can open it when left out.

    Raises:
        SessionError: If the journal does not know the session.
        SummaryError: If the audience is unknown, the PDF cannot be made, or the journal is encrypted and its
            summary for "mine" is given no password.
    """
    journal = workspace.open_journal()
    check_needed(audience=audience, password=password, is_encrypted=journal.is_encrypted)
    journal.close()
    page = _page_of(workspace, session_id, notebook=notebook, audience=audience)
    pdf: bytes = _compile(page, pdf_standards=list(STANDARDS))
    return locked(pdf, password) if password else pdf


def session_png(workspace: Workspace, session_id: str, *, audience: str = "mine") -> bytes:
    """Return page one of a session's summary as a small PNG, to look at before the PDF is made.

    Raises:
        SessionError: If the journal does not know the session.
        SummaryError: If the audience is unknown, or the page cannot be drawn.
    """
    page = _page_of(workspace, session_id, notebook=None, audience=audience)
    drawn = _compile(page, format="png", ppi=_PREVIEW_PPI)
    # One page comes as its bytes, several as a list.
    first: bytes = drawn[0] if isinstance(drawn, list) else drawn
    return first


def write_pdf(path: Path, pdf: bytes) -> None:
    """Write a PDF whole, readable by its owner alone.

    Raises:
        SummaryError: If it cannot be written; a summary that was there before stays as it was.
    """
    try:
        write_whole(path, pdf)
    except OSError as error:
        msg = f"The summary cannot be written to {path}: {error.strerror}. Choose another place with --to."
        raise SummaryError(msg) from error


def _page_of(
    workspace: Workspace, session_id: str, *, notebook: dict[str, Any] | None, audience: str
) -> dict[str, Any]:
    """Return what summary.typ shows of a session to an audience, with the chart where numbers are told."""
    journal = workspace.open_journal()
    session = sessions.session(journal, session_id)
    path = workspace.notebook_path(session)
    notes = added_markdown(notebook if notebook is not None else path)
    said, chart = summary_and_trend(
        journal, session, _template_of(workspace, journal, session), audience=audience, notes=notes
    )
    journal.close()
    page = _page(said)
    # With less than that there is no trend to see; the numbers stand in the table above.
    if said["numbers"] and (chart["n"] >= FEW).any():
        axes = Figure(figsize=(7, 2.4)).add_axes((0.09, 0.14, 0.83, 0.74))
        charts.follow_through(chart, ax=axes, title=f"Kept of what was due, over {WEEKS} weeks each")
        page |= {"chart": charts.svg(axes), "chart_alt": pdf_text(charts.describe(chart, weeks=WEEKS))}
    return page


def _template_of(workspace: Workspace, journal: Journal, session: Session) -> Template:
    """Return the session's template; where that is gone or broken, one made of its answers."""
    try:
        return template(session.template, folder=workspace.templates)
    except TemplateError:
        return missed_template(session, journal.rows("answers", session_id=session.session_id))


def _page(said: dict[str, Any]) -> dict[str, Any]:
    """Return what summary.typ shows: the summary's texts as content trees, its numbers as words."""
    held_on = date.fromisoformat(said["held_on"])
    return {
        "title": f"{pdf_text(said['title']).strip() or 'Session'}, {held_on}",
        "authors": [pdf_text(role["peer"]) for role in said["roles"]],
        "description": f"Summary of a peer-coaching session of {pdf_text(said['pair'])}",
        "held_on": said["held_on"],
        "day": f"{held_on:%A}, {held_on.day} {held_on:%B %Y}",
        "lang": "en",
        "footer": _FOOTERS[said["audience"]],
        "minutes": str(said["minutes"]),
        "pair": pdf_text(said["pair"]),
        "roles": [{name: pdf_text(text) for name, text in role.items()} for role in said["roles"]],
        "phases": [_phase(phase) for phase in said["phases"] if phase["answers"]],
        "settled": [_commitment(row, {"reason": "Because"}) for row in said["settled"]],
        "promised": [_commitment(row, _PLAN) for row in said["promised"]],
        "notes": [paragraphs(note) for note in said["notes"]],
        "numbers": [_number(row) for row in said["numbers"]],
        "chart": None,
        "chart_alt": "",
        "next": _next(said["next"]),
        "record": json.dumps(said, ensure_ascii=True, sort_keys=True, indent=1),
        "record_name": f"session-{said['held_on']}.json",
    }


def _phase(phase: dict[str, Any]) -> dict[str, Any]:
    """Gather the answers of both peers under the prompt that they answer."""
    prompts: dict[tuple[str, bool], list[dict[str, Any]]] = {}
    for answer in phase["answers"]:
        is_short = answer["kind"] in _SHORT
        # A short answer of both together stands alone beside its question.
        peer = "" if is_short and answer["peer"] == PAIR else pdf_text(answer["peer"])
        said = {"peer": peer, "value": _value(answer["kind"], answer["value"])}
        prompts.setdefault((answer["prompt"], is_short), []).append(said)
    return {
        "title": pdf_text(phase["title"]),
        "answers": [
            {"prompt": pdf_text(prompt), "is_short": is_short, "said": said}
            for (prompt, is_short), said in prompts.items()
        ],
    }


def _value(kind: str, value: Any) -> list[dict[str, Any]]:
    if kind == "text":
        return paragraphs(str(value))
    if kind in ("scale", "heard"):
        return line(str(value))
    if kind == "checklist" and isinstance(value, list):
        return line("\n".join(f"✓ {part}" for part in value))
    if kind == "questions" and isinstance(value, list):
        asked = [one for one in value if isinstance(one, dict) and one.get("answer") is not None]
        return line("\n".join(f"{one.get('question')}: {one['answer']}" for one in asked))
    return line(str(value))


def _commitment(row: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    outcome = row["outcome"]
    if outcome == "partly" and row["fraction"] is not None:
        outcome = f"partly, {row['fraction']:.0%}"
    return {
        "who": line(row["peer"]),
        "what": line(row["text"]),
        "due": row["latest_due_on"] or "no date",
        "outcome": "open, overdue" if row["is_overdue"] else outcome,
        "extras": [{"name": name, "said": line(row[key])} for key, name in names.items() if row[key]],
    }


def _number(row: dict[str, Any]) -> dict[str, str]:
    return {
        "peer": pdf_text(row["peer"]),
        "kept": f"{row['kept']} of {row['n']}",
        "share": f"{row['share']:.0%} ({row['low']:.0%} to {row['high']:.0%})",
        "open": str(row["open"]),
    }


def _next(turn: dict[str, Any]) -> str | None:
    if not turn["focus"]:
        return None
    day = turn["held_on"] or "On a day to be agreed"
    return f"{day}. Focus person: {pdf_text(turn['focus'])}. Coach: {pdf_text(turn['coach'])}."


@functools.cache
def _source() -> bytes:
    return Path(__file__).with_name("summary.typ").read_bytes()


@functools.cache
def _fonts() -> typst.Fonts:
    """Return the fonts once: the system's, and those of matplotlib, which have a sign for every letter."""
    found = importlib.util.find_spec("matplotlib")
    places = found.submodule_search_locations if found else None
    fonts = [Path(place) / "mpl-data" / "fonts" / "ttf" for place in places or []]
    return typst.Fonts(include_system_fonts=True, font_paths=[str(path) for path in fonts])


def _compile(page: dict[str, Any], **form: Any) -> Any:
    """Return the page as Typst compiles it; `form` says whether as PDF or as pictures."""
    held_on = datetime.fromisoformat(page["held_on"]).replace(tzinfo=UTC)
    try:
        # An empty folder as root, for packages too: were a text ever taken for source, it would find nothing.
        with tempfile.TemporaryDirectory(prefix="peerkit-") as empty:
            source: Any = _source()
            return typst.compile(
                source,
                root=empty,
                package_path=empty,
                package_cache_path=empty,
                font_paths=_fonts(),
                sys_inputs={"data": json.dumps(page, ensure_ascii=False)},
                timestamp=int(held_on.timestamp()),
                **form,
            )
    except (typst.TypstError, OSError) as error:
        msg = f"The PDF could not be made ({type(error).__name__}). Run `peerkit doctor` to check the installation."
        raise SummaryError(msg) from error
