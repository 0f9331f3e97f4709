"""Summaries as PDF: `session_pdf` for a command or a notebook, and the exporter that nbconvert finds."""

from __future__ import annotations

from typing import Any

from peerkit.export.pdf import session_pdf, write_pdf

__all__ = ["session_pdf", "write_pdf"]


def __getattr__(name: str) -> Any:
    # nbconvert takes two seconds to import, and only its own command needs it.
    if name == "SummaryPDFExporter":
        from peerkit.export.exporter import SummaryPDFExporter

        return SummaryPDFExporter
    msg = f"module 'peerkit.export' has no attribute {name!r}"
    raise AttributeError(msg)
