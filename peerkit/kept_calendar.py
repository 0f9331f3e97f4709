"""The calendar that a person asked to have kept up to date in the workspace: asked for once, and until it is ended."""

from __future__ import annotations

from datetime import timedelta

from peerkit.agreement import in_force
from peerkit.calendar_file import EARLIEST, MARK, Made, calendar
from peerkit.calendar_items import Choice
from peerkit.journal import Journal
from peerkit.own_file import remove_own, write_own
from peerkit.schema import Row
from peerkit.sessions import answers, write_answer
from peerkit.workspace import Workspace

# Kept as an answer under this name, in the place of a session's id.
_SHEET = "calendar"
_KEPT = ("kept", "choice")
_MINUTE = timedelta(minutes=1)


def keep(workspace: Workspace, journal: Journal, choice: Choice) -> Made:
    """Write the workspace's calendar, have it kept up to date from now on, and return what is in it.

    Raises:
        CalendarError: If another file has its name, or it cannot be written; then nothing is remembered.
        PeerkitError: As `calendar_file.calendar`.
    """
    minutes = [before // _MINUTE for before in choice.alarms]
    with journal.writing():
        value = {"discreet": choice.is_discreet, "both": choice.has_both, "alarms": minutes}
        _remember(workspace, journal, value)
        return _write(workspace, journal, choice)


def end(workspace: Workspace, journal: Journal) -> bool:
    """Keep the calendar no longer and remove its file; return whether there was one that peerkit wrote.

    Raises:
        CalendarError: If the file cannot be removed; it is kept no longer all the same.
    """
    _remember(workspace, journal, value=False)
    return remove_own(workspace.calendar, mark=MARK)


def refresh(workspace: Workspace, journal: Journal) -> None:
    """Bring the calendar up to date where it is kept; where it is not, nothing is written.

    Raises:
        CalendarError: If it cannot be written.
        PeerkitError: As `calendar_file.calendar`.
    """
    choice = kept(workspace, journal)
    if choice is not None:
        _write(workspace, journal, choice)


def kept(workspace: Workspace, journal: Journal) -> Choice | None:
    """Return what was asked for; None where no calendar is kept."""
    value = _told(workspace, journal).get("value")
    if not isinstance(value, dict):
        return None
    return Choice(
        is_discreet=value.get("discreet") is not False,
        has_both=value.get("both") is True,
        alarms=tuple(_alarms(value.get("alarms"))),
    )


def is_undecided(workspace: Workspace, journal: Journal) -> bool:
    """Return whether there are sessions to keep a calendar of, and nobody has said yes or no to it."""
    if not workspace.partner or _told(workspace, journal):
        return False
    return in_force(journal, workspace.peers) is not None


def _told(workspace: Workspace, journal: Journal) -> Row:
    return answers(journal, _SHEET).get((*_KEPT, workspace.me), {})


def _alarms(told: object) -> list[timedelta]:
    """Return the alarms, in minutes, that can be read: in a journal from elsewhere anything may stand there."""
    minutes = told if isinstance(told, list) else []
    return [one * _MINUTE for one in minutes if type(one) is int and 1 <= one <= EARLIEST // _MINUTE]


def _write(workspace: Workspace, journal: Journal, choice: Choice) -> Made:
    made = calendar(workspace, journal, choice, today=journal.today())
    # Also one in which nothing is left: whoever subscribed to it must not see what is over for ever.
    write_own(workspace.calendar, made.content, mark=MARK)
    return made


def _remember(workspace: Workspace, journal: Journal, value: object) -> None:
    phase, prompt = _KEPT
    with journal.writing():
        now = _told(workspace, journal)
        write_answer(
            journal,
            _SHEET,
            phase=phase,
            prompt=prompt,
            author=workspace.me,
            value=value,
            revision=now.get("revision", 0),
        )
