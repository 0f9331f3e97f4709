"""Finding a partner: a private worksheet for each person who might be the one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peerkit.errors import SessionError
from peerkit.schema import clean, known_by
from peerkit.sessions import write_answer

if TYPE_CHECKING:
    from peerkit.journal import Journal

# The sheet's name; the worksheet of one candidate is kept under it and the candidate's id.
SHEET = "partner-fit"
_MAX_NAME = 60


def add_candidate(journal: Journal, name: str) -> str:
    """Begin a worksheet for somebody, and return the name under which it is kept.

    The name is kept in the journal alone, private; no file is named after it.

    Raises:
        SessionError: If the name is empty, has more than 60 characters or a slash, or a worksheet has it already.
    """
    name = " ".join(clean(name).split())
    if not 1 <= len(name) <= _MAX_NAME:
        msg = f"Give a name of 1 to {_MAX_NAME} characters; a first name or a nickname is enough."
        raise SessionError(msg)
    if "/" in name or "\\" in name:
        msg = (
            "A name has no slash in it, as a file's place has. Write the name alone; a first name is enough."
        )
        raise SessionError(msg)
    if any(one["name"] == name for one in candidates(journal)):
        msg = "There is a worksheet for this name already. Choose it in the list, or add a letter."
        raise SessionError(msg)
    kept_in = f"{SHEET}-{journal.new_id()}"
    write_answer(journal, kept_in, phase="who", prompt="name", author=journal.author, value=name, revision=0)
    return kept_in


def candidates(journal: Journal) -> list[dict[str, str]]:
    """Return the worksheets that were begun, oldest first: `id`, under which it is kept, and `name`."""
    rows = [
        row
        for row in journal.rows("answers", phase="who", prompt="name")
        if row["session_id"].startswith(f"{SHEET}-")
    ]
    return [
        {"id": kept_in, "name": str(state.get("value", ""))}
        for (kept_in,), state in known_by(rows, "session_id").items()
    ]
