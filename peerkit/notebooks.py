"""A session notebook from a template: a heading and one form per phase, without answers or outputs."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from peerkit import sessions, turns
from peerkit.errors import SessionError, WorkspaceError
from peerkit.journal import Journal
from peerkit.sessions import DAILY_CARD, Session
from peerkit.shapes import Template
from peerkit.templates import origin, template
from peerkit.workspace import Workspace, write_whole

# Cells and notebooks that peerkit wrote carry this key in their metadata.
OWN = "peerkit"
_PLAIN_ID = re.compile(r"[0-9a-z-]{1,40}")
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+!|<>~&$:-])")


def session_notebook(session: Session, template: Template) -> dict[str, Any]:
    """Return the notebook of a session as a dict in nbformat 4.5.

    Made by hand, because nbformat takes two seconds to import; a test checks it with nbformat. It
    holds the session's id, its template and its day, and no name of a peer.

    Raises:
        WorkspaceError: If the session's id could be read as code, as in a journal made to do harm.
    """
    if not _PLAIN_ID.fullmatch(session.session_id):
        msg = "This session's id is none that peerkit makes. Do not trust this journal; look with: peerkit doctor"
        raise WorkspaceError(msg)
    heading = f"# {_literally(template.title)} · {session.held_on:%A}, {session.held_on.day} {session.held_on:%B %Y}"
    hint = (
        "What you type is kept in your journal, half a second after you pause; this file holds none of it. Text"
        " cells that you add go into the summary, unless tagged `private`. Back to [home](../home.ipynb)."
    )
    cells = [_cell("markdown", "heading", f"{heading}\n\n{hint}")]
    for number, phase in enumerate(template.phases):
        # The first line is what JupyterLab shows of a folded cell that was not run.
        note = "" if number else " (nothing here? Choose Run, Run All Cells)"
        first = " ".join(f"# {phase.title} · {phase.minutes} minutes{note}".split())
        call = f'from peerkit import guide; guide.phase("{phase.id}", of="{session.session_id}")'
        cells.append(_cell("code", phase.id, f"{first}\n{call}"))
    return {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "peerkit", "language": "python", "name": "peerkit"},
            "language_info": {"name": "python"},
            "peerkit": {
                "session_id": session.session_id,
                "template": template.name,
                "digest": template.digest,
            },
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def write_notebook(workspace: Workspace, session: Session, template: Template) -> Path:
    """Write a session's notebook, whole, and return its path. A former one is kept beside it.

    Raises:
        WorkspaceError: If it cannot be written.
    """
    path = workspace.notebook_path(session)
    try:
        if path.exists():
            path.rename(_free_beside(path))
        write_whole(
            path, json.dumps(session_notebook(session, template), indent=1, ensure_ascii=False).encode()
        )
    except OSError as error:
        msg = f"The notebook {path} cannot be written: {error.strerror}. Check the folder and its rights."
        raise WorkspaceError(msg) from error
    return path


def for_two(templates: Iterable[Template]) -> list[Template]:
    """Return the templates of which `new_session` makes a session: all but the daily card."""
    return [one for one in templates if one.name != DAILY_CARD]


def new_session(
    workspace: Workspace,
    journal: Journal,
    name: str,
    *,
    held_on: date | None = None,
    is_swapped: bool = False,
) -> tuple[Session, Path]:
    """Plan the next session, write its notebook, and return both.

    The daily card is none: it is one's own. Day and roles come from the history; with `is_swapped` the roles are exchanged, by consent, and that is
    recorded. A session that is planned for the same day and template, and was not opened yet, is used instead
    of a second one, with the roles as they are asked for now; its notebook is written only where it is gone.

    Raises:
        TemplateError: If there is no such template, it has a mistake, or it is one of a circle of copies.
        SessionError: If the template is the daily card, or the roles are swapped where nobody has the floor.
        WorkspaceError: If the notebook cannot be written.
    """
    if name == DAILY_CARD:
        msg = "The daily card is yours alone, and no session of two. Open daily.ipynb, or run: peerkit daily"
        raise SessionError(msg)
    shape = template(name, folder=workspace.templates)
    origin(name, folder=workspace.templates)
    turn = turns.next_turn(journal, workspace.peers, today=journal.today())
    # A week is gone through apart when it has come: the slot that it stands for may lie behind or ahead.
    day = held_on or (journal.today() if shape.floor == "apart" else turn.held_on)
    if is_swapped and shape.floor not in ("focus", "both"):
        msg = f"In {name} nobody has the floor, so there are no roles to swap. Leave the swap out."
        raise SessionError(msg)
    focus, coach = (turn.coach, turn.focus) if is_swapped else (turn.focus, turn.coach)
    for planned in sessions.list_sessions(journal):
        if (planned.status, planned.held_on, planned.template) == ("planned", day, name):
            session = sessions.assign_roles(
                journal, planned.session_id, focus=focus, coach=coach, swapped=is_swapped
            )
            path = workspace.notebook_path(session)
            return session, path if path.exists() else write_notebook(workspace, session, shape)
    session = sessions.plan_session(journal, shape, held_on=day, focus=focus, coach=coach, swapped=is_swapped)
    return session, write_notebook(workspace, session, shape)


def rewrite_notebook(workspace: Workspace, session: Session) -> Path:
    """Write a session's notebook anew, with a form for every phase; the former one is kept beside it."""
    return write_notebook(workspace, session, template(session.template, folder=workspace.templates))


def added_markdown(notebook: dict[str, Any] | Path) -> list[str]:
    """Return the Markdown of the cells that were added by hand and are not tagged `private`.

    Args:
        notebook: As parsed JSON, or its path; a file that is not there or no notebook has none.
    """
    if isinstance(notebook, Path):
        try:
            notebook = json.loads(notebook.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return []
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    listed = cells if isinstance(cells, list) else []
    added = [cell for cell in listed if isinstance(cell, dict) and cell.get("cell_type") == "markdown"]
    texts = [source_of(cell) for cell in added if not _is_own(cell) and "private" not in _tags(cell)]
    return [text for text in texts if text.strip()]


def is_notebook(path: Path) -> bool:
    """Return whether a file can be read as a notebook: JSON with a list of cells."""
    try:
        return isinstance(json.loads(path.read_text(encoding="utf-8"))["cells"], list)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def code_of(notebook: dict[str, Any]) -> list[str]:
    """Return the sources of a notebook's code cells, in order; of one that is malformed, none."""
    cells = notebook.get("cells")
    listed = cells if isinstance(cells, list) else []
    return [source_of(cell) for cell in listed if isinstance(cell, dict) and cell.get("cell_type") == "code"]


def source_of(cell: dict[str, Any]) -> str:
    """Return the source of a cell as one text, also where it is a list of lines; blank where it is malformed."""
    source = cell.get("source")
    lines: list[Any] = source if isinstance(source, list) else [source]
    return "".join(lines) if all(isinstance(line, str) for line in lines) else ""


def faults(notebook: Path, template: Template) -> list[str]:
    """Return, one sentence each, which forms of a session notebook are missing or there twice."""
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        sources = "\n".join(source_of(cell) for cell in cells if cell["cell_type"] == "code")
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return [f"{notebook.name} is no notebook that can be read."]
    counts = Counter({phase.id: sources.count(f'guide.phase("{phase.id}"') for phase in template.phases})
    return [
        f"{notebook.name} has no form for {name}."
        if count == 0
        else f"{notebook.name} has the form for {name} {count} times."
        for name, count in counts.items()
        if count != 1
    ]


def _free_beside(path: Path) -> Path:
    """Return a name beside a notebook under which nothing is kept yet."""
    number = 1
    while (beside := path.with_stem(f"{path.stem}.before-{number}")).exists():
        number += 1
    return beside


def _cell(kind: str, name: str, source: str) -> dict[str, Any]:
    metadata: dict[str, Any] = {"deletable": False, "editable": False, OWN: name}
    if kind == "markdown":
        return {"cell_type": kind, "id": name, "metadata": metadata, "source": source}
    metadata |= {"jupyter": {"source_hidden": True}, "tags": ["remove_input"]}
    return {
        "cell_type": kind,
        "execution_count": None,
        "id": name,
        "metadata": metadata,
        "outputs": [],
        "source": source,
    }


def _literally(text: str) -> str:
    """Return a text as Markdown that shows it sign by sign: no link, no HTML."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def _is_own(cell: dict[str, Any]) -> bool:
    return isinstance(cell.get("metadata"), dict) and OWN in cell["metadata"]


def _tags(cell: dict[str, Any]) -> list[str]:
    metadata = cell.get("metadata")
    tags = metadata.get("tags", []) if isinstance(metadata, dict) else []
    return [str(tag).lower() for tag in tags] if isinstance(tags, list) else []
