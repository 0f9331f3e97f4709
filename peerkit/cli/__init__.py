"""The commands: each prints a table or a sentence, `--json` for machines, and an error in one sentence."""

from peerkit.cli import begin, days, files, hour, promises, templates
from peerkit.cli.app import app, main

__all__ = ["app", "begin", "days", "files", "hour", "main", "promises", "templates"]
