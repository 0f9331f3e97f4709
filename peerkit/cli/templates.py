"""The commands on session templates: list, show, copy, check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.padding import Padding
from rich.text import Text

from peerkit import agenda
from peerkit import templates as template_files
from peerkit.cli.app import (
    In,
    Json,
    out,
    own_templates,
    print_json,
    print_mistakes,
    print_table,
    templates_app,
    workspace_of,
)
from peerkit.schema import clean
from peerkit.template_file import read_template


@templates_app.command("list")
def templates_list(as_json: Json = False, workspace: In = None) -> None:
    """List the templates: those shipped, and the workspace's own."""
    folder = own_templates(workspace)
    found, _ = template_files.readable_templates(folder=folder)
    rows = [[one.name, one.minutes, one.when or one.about] for one in found]
    print_table(["name", "minutes", "when"], rows, as_json=as_json)
    print_mistakes(folder)


@templates_app.command("show")
def templates_show(name: str, as_json: Json = False, workspace: In = None) -> None:
    """Print a template as an agenda that can be read aloud: minutes, guidance for both, prompts."""
    folder = own_templates(workspace)
    found = template_files.template(name, folder=folder)
    if as_json:
        print_json(found.agenda.to_dict("records"))
        return
    for part in agenda.lines(found, folder=folder):
        text = Text(clean(part.text.lstrip()), style=part.style)
        out.print(Padding(text, (0, 0, 0, len(part.text) - len(part.text.lstrip())), expand=False))


@templates_app.command("copy")
def templates_copy(
    name: Annotated[str, typer.Argument(help="The template to copy.")],
    new_name: Annotated[str, typer.Argument(help="The name of yours, such as our-hour.")],
    workspace: In = None,
) -> None:
    """Copy a template into your workspace, to be changed there. Example: peerkit templates copy weekly our-hour."""
    path = template_files.copy_template(name, new_name, folder=workspace_of(workspace).templates)
    out.print(
        f"Copied to {path}. Change it in any editor, then: peerkit templates check {path}", soft_wrap=True
    )


@templates_app.command("check")
def templates_check(file: Path) -> None:
    """Check a template of your own: says file, line and remedy of the first mistake."""
    found = read_template(file)
    template_files.origin(found.name, folder=file.parent)
    out.print(f"{file}: good. {len(found.phases)} phases, {found.minutes} minutes.", soft_wrap=True)
