"""The commands: each prints a table or a sentence, `--json` for machines, and an error in one sentence."""

# In the order of `peerkit --help`.
# isort: off
from peerkit.cli import begin, hour, promises, days, exchange, files, care, templates

# isort: on
from peerkit.cli.app import app, main

__all__ = ["app", "begin", "care", "days", "exchange", "files", "hour", "main", "promises", "templates"]
