"""What every form needs in the browser: its scripts and style, an address, or a sentence instead of a form."""

from __future__ import annotations

import html
import os
from pathlib import Path
from urllib.parse import quote

import ipywidgets


def scripts(*names: str) -> str:
    """Return script files joined to one module: each later one uses the names of the former ones."""
    return "\n".join(_beside(f"{name}.js") for name in names)


def styles(*names: str) -> str:
    """Return style sheets joined to one."""
    return "\n".join(_beside(f"{name}.css") for name in names)


def address(path: Path, *, seen_from: Path) -> str:
    """Return a file's address relative to the folder of the notebook that links to it."""
    return quote(Path(os.path.relpath(path, seen_from)).as_posix())


class Shown(ipywidgets.HTML):
    """HTML of which a notebook's outputs repeat nothing: a widget's own text would carry all of it there."""

    def __repr__(self) -> str:
        return "Shown()"


def notice(sentence: str) -> Shown:
    """Return a sentence as a widget, announced to screen readers."""
    return Shown(f'<p role="alert">{html.escape(sentence)}</p>')


def _beside(name: str) -> str:
    return Path(__file__).with_name(name).read_text("utf-8")
