"""A session's summary as a form and home offer it: for whom, what page one looks like, and where the PDF is."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from peerkit.guide.browser import address
from peerkit.schema import Row
from peerkit.sessions import Session
from peerkit.workspace import Workspace

AUDIENCES = [
    {"id": "mine", "title": "For me", "about": "Everything in your journal, private answers too."},
    {"id": "ours", "title": "For the two of us", "about": "Only what both of you may see."},
    {
        "id": "outside",
        "title": "For others",
        "about": "No word of the session: its day, initials, and numbers.",
    },
]


def make(
    workspace: Workspace, session: Session, audience: str, *, seen_from: Path, password: str = ""
) -> dict[str, str]:
    """Write a session's summary as PDF, and return its name and address.

    Args:
        workspace: Where the session is kept.
        session: The session.
        audience: "mine", "ours" or "outside".
        seen_from: The folder of the notebook that links to it.
        password: What opens it; anybody can open it when left blank.

    Raises:
        SummaryError: If the audience is unknown, or the PDF cannot be made or written.
    """
    from peerkit.export import session_pdf, write_pdf  # here, because it loads what a form does not need

    pdf = session_pdf(workspace, session.session_id, audience=audience, password=password or None)
    path = workspace.summary_path(session, audience=audience)
    write_pdf(path, pdf)
    return {"name": path.name, "href": address(path, seen_from=seen_from)}


def preview(workspace: Workspace, session: Session, audience: str) -> str:
    """Return page one of a session's summary as the address of a picture, which holds all of it.

    Raises:
        SummaryError: If the audience is unknown, or the page cannot be drawn.
    """
    from peerkit.export.pdf import session_png

    png = session_png(workspace, session.session_id, audience=audience)
    return f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"


def in_long(session: Any) -> str:
    """Return the day of a session or turn, as in "Saturday, 21 November 2026"."""
    return f"{session.held_on:%A}, {session.held_on.day} {session.held_on:%B %Y}"


def told(session: Session, title: str) -> Row:
    """Return what is said of a session beside its preview."""
    return {
        "session_id": session.session_id,
        "day": in_long(session),
        "title": title,
        "focus": session.focus,
    }
