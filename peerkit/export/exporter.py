"""The exporter `peerkit_pdf` for `jupyter nbconvert --to peerkit_pdf` and JupyterLab's export menu."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from nbconvert.exporters.exporter import Exporter
from traitlets import Unicode, default
from traitlets.config import Application

from peerkit.errors import PeerkitError, SummaryError
from peerkit.export.password import from_environment
from peerkit.export.pdf import session_pdf
from peerkit.workspace import find_workspace


class SummaryPDFExporter(Exporter):
    """From a session notebook to its summary, the same bytes as `peerkit summary`.

    The notebook says which session; the journal of the workspace in which it lies says the rest. A password is
    taken from the environment variable PEERKIT_PDF_PASSWORD.
    """

    output_mimetype = "application/pdf"
    export_from_notebook = "peerkit summary (PDF)"
    audience = Unicode("mine", help="Who the summary is for: mine, ours or outside.").tag(config=True)

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".pdf"

    def from_notebook_node(self, nb: Any, resources: Any = None, **_: Any) -> tuple[bytes, Any]:
        """Return the PDF of the notebook's session.

        Raises:
            SummaryError: If the notebook is of no session.
            WorkspaceError: If it lies in no workspace.
        """
        made = self._init_resources(resources)
        try:
            return self._pdf(nb, made), made
        except PeerkitError as error:
            if Application.initialized() and type(Application.instance()).__name__ == "NbConvertApp":
                # In a terminal nbconvert would print a traceback, and somebody made a mistake, no more.
                sys.exit(str(error))
            raise

    def _pdf(self, nb: Any, made: Any) -> bytes:
        own = nb.metadata.get("peerkit")
        session_id = own.get("session_id") if isinstance(own, dict) else None
        if not session_id:
            msg = "This notebook is of no peerkit session. Open one from the folder sessions, or: peerkit new"
            raise SummaryError(msg)
        workspace = find_workspace(Path(made["metadata"].get("path") or Path.cwd()))
        return session_pdf(
            workspace, str(session_id), notebook=nb, audience=self.audience, password=from_environment()
        )
