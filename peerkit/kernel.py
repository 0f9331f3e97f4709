"""The kernel of peerkit's notebooks: the plain Python one, which loads the libraries while it waits for a cell."""

from __future__ import annotations

import threading
from importlib import import_module

from ipykernel.kernelapp import IPKernelApp

# In the order in which a notebook needs them: the forms, then the ledger, then the charts.
_SOON_NEEDED = ("peerkit.guide", "peerkit.fold", "peerkit.guide.home")


def main() -> None:
    """Start the kernel. It answers at once; what notebooks will import is loaded beside it."""
    # A file beside the notebook, in a folder that came from elsewhere, must not be imported as a library.
    app = IPKernelApp.instance(ignore_cwd=True)
    app.initialize()
    threading.Thread(target=_load, name="peerkit-load", daemon=True).start()
    app.start()


def _load() -> None:
    for name in _SOON_NEEDED:
        import_module(name)


if __name__ == "__main__":
    main()
