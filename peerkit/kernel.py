"""The kernel of peerkit's notebooks: the plain Python one, which loads the libraries while it waits for a cell."""

from __future__ import annotations

import threading
import time
from importlib import import_module

from ipykernel.kernelapp import IPKernelApp

from peerkit import vault

# In the order in which a notebook needs them: the forms, then the ledger, then the charts.
_AT_ONCE = ("peerkit.guide",)
_LATER = ("peerkit.fold", "peerkit.charts", "peerkit.export")
# Two imports at once slow each other down: a first form that is on its way is let through.
_PAUSE_SECONDS = 2


def main() -> None:
    """Start the kernel. It answers at once; what notebooks will import is loaded beside it."""
    # What opens an encrypted journal stays in here; programs that a cell starts do not get it.
    vault.take_handed_on()
    # A file beside the notebook, in a folder that came from elsewhere, must not be imported as a library.
    app = IPKernelApp.instance(ignore_cwd=True)
    app.initialize()
    threading.Thread(target=_load, name="peerkit-load", daemon=True).start()
    app.start()


def _load() -> None:
    for name in _AT_ONCE:
        import_module(name)
    time.sleep(_PAUSE_SECONDS)
    for name in _LATER:
        import_module(name)


if __name__ == "__main__":
    main()
