"""What peerkit raises: each error is one to three sentences that end with what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class PeerkitError(Exception):
    """Something that the person can mend; its text is shown as it stands, without a traceback."""

    def _render_traceback_(self) -> list[str]:
        # What IPython shows in a notebook in place of a traceback.
        return [f"{type(self).__name__}: {self}"]


class JournalError(PeerkitError):
    """The journal cannot be opened, read or written; nothing was changed."""


class DamagedError(JournalError):
    """The file is damaged, or no journal at all; nothing was changed."""


class LockedError(JournalError):
    """The journal is encrypted, and no passphrase was given that opens it; nothing was read.

    Attributes:
        path: The journal's file.
    """

    def __init__(self, message: str, *, path: Path) -> None:
        super().__init__(message)
        self.path = path


class ConflictError(PeerkitError):
    """An answer was changed elsewhere since it was read; nothing was overwritten.

    Attributes:
        value: The answer as it stands in the journal.
        revision: Its revision there.
    """

    def __init__(self, message: str, *, value: object, revision: int) -> None:
        super().__init__(message)
        self.value = value
        self.revision = revision


class LedgerError(PeerkitError):
    """An entry does not fit the state of its commitment; nothing was added."""


class SessionError(PeerkitError):
    """A session is unknown, or not in a state that allows this; nothing was changed."""


class AgreementError(PeerkitError):
    """The pair's agreement cannot be signed as it stands; nothing was changed."""


class TemplateError(PeerkitError):
    """A session template cannot be read; the message names file, line and remedy."""


class WorkspaceError(PeerkitError):
    """A folder is no workspace, or holds something that cannot be used as one."""


class SummaryError(PeerkitError):
    """A summary could not be made or written; a summary made before is left as it was."""


class CalendarError(PeerkitError):
    """A calendar or a digest could not be made or written; a file that was there is left as it was."""


class LakeError(PeerkitError):
    """A folder is no lake, or an export does not fit into it; nothing was changed."""


class FormatError(PeerkitError):
    """A file of another tool cannot be read or written; nothing was changed."""


class ColumnsError(FormatError):
    """Of a table no column can be told to be the text of a promise; nothing was read.

    Attributes:
        columns: Its columns, in their order.
    """

    def __init__(self, message: str, *, columns: tuple[str, ...]) -> None:
        super().__init__(message)
        self.columns = columns


class ExchangeError(PeerkitError):
    """A card or a bundle cannot be written or taken in; nothing was changed."""
