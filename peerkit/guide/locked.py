"""What a notebook shows where the journal is encrypted: a field for the passphrase, then what it was to show."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets

from peerkit import store
from peerkit.errors import LockedError, PeerkitError
from peerkit.guide.browser import notice, scripts, styles

# Everything that waits for the same passphrase is shown as soon as one field has it.
_waiting: list[Locked] = []
_one_at_a_time = threading.Lock()


def unlocked(make: Callable[[], Any]) -> Any:
    """Return what `make` returns, or a sentence why not; where the journal is locked, a field that opens it.

    Args:
        make: Makes a widget. It is called again once the journal is open.
    """
    try:
        return make()
    except LockedError as error:
        return Locked(make, error.path)
    except PeerkitError as error:
        return notice(str(error))


class Locked(ipywidgets.Box):
    """A field for the passphrase, in whose place comes what was to be shown."""

    def __init__(self, make: Callable[[], Any], path: Path) -> None:
        self._make = make
        self._path = path
        super().__init__([_Field(self)])
        self.layout.display = "block"
        _waiting.append(self)

    def __repr__(self) -> str:
        return "Locked()"

    def unlock(self, passphrase: str) -> None:
        """Open the journal and show everything that waits for it.

        Raises:
            PeerkitError: If the passphrase is wrong, or what was to be shown cannot be.
        """
        with _one_at_a_time:
            if not store.unlock(self._path, passphrase):
                msg = "The passphrase is wrong. Mind capitals and the keyboard's language, and try again."
                raise LockedError(msg, path=self._path)
            for one in [one for one in _waiting if one._path == self._path]:
                one.children = (unlocked(one._make),)
                _waiting.remove(one)


class _Field(anywidget.AnyWidget):
    """The field itself. What is typed comes as a message, and is never part of the widget's state."""

    _esm = scripts("elements", "guard", "locked")
    _css = styles("form")

    def __init__(self, owner: Locked) -> None:
        self._owner = owner
        super().__init__()
        self.on_msg(self._on_message)

    def __repr__(self) -> str:
        return "Locked()"

    def _on_message(self, _: Any, content: Any, __: Any) -> None:
        if not isinstance(content, dict):
            return
        reply = {"re": content.get("token"), "ok": True}
        try:
            self._owner.unlock(str(content.get("passphrase", "")))
        except PeerkitError as error:
            reply |= {"ok": False, "error": str(error)}
        self.send(reply)
