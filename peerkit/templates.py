"""Which templates there are: those shipped, and a workspace's own, which win; and how to copy one."""

from __future__ import annotations

from pathlib import Path

from peerkit.errors import TemplateError
from peerkit.shapes import Template
from peerkit.template_file import is_name, read_template

# The session that a pair has where nobody chose another.
USUAL = "weekly"


def shipped(kind: str) -> Path:
    """Return the folder of shipped "templates" or "notebooks": in the wheel, or beside it in a checkout."""
    installed = Path(__file__).parent / "shipped" / kind
    return installed if installed.is_dir() else Path(__file__).parent.parent / kind


def template(name: str, *, folder: Path | None = None) -> Template:
    """Return a template by name: the one in `folder` if it is there, else the one shipped.

    Args:
        name: Such as "weekly".
        folder: A workspace's own templates.

    Raises:
        TemplateError: If there is none of that name, or its file has a mistake.
    """
    places = _files(folder)
    if name not in places:
        msg = f"There is no template {name!r}. There are: {', '.join(sorted(places))}."
        raise TemplateError(msg)
    return read_template(places[name])


def list_templates(*, folder: Path | None = None) -> list[Template]:
    """Return all templates in name order; a workspace's own win over those shipped.

    Raises:
        TemplateError: If a file has a mistake.
    """
    return [read_template(path) for _, path in sorted(_files(folder).items())]


def sheet(name: str, *, folder: Path | None = None) -> Template:
    """Return a sheet by name: what is filled in once and lasts, such as the agreement.

    Args:
        name: Such as "agreement".
        folder: A workspace's own templates; its `sheets` win over those shipped.

    Raises:
        TemplateError: If there is none of that name, or its file has a mistake.
    """
    places = _sheets(folder)
    if name not in places:
        msg = f"There is no sheet {name!r}. There are: {', '.join(sorted(places))}."
        raise TemplateError(msg)
    return read_template(places[name])


def list_sheets(*, folder: Path | None = None) -> list[Template]:
    """Return all sheets in name order; a workspace's own win over those shipped.

    Raises:
        TemplateError: If a file has a mistake.
    """
    return [read_template(path) for _, path in sorted(_sheets(folder).items())]


def readable_templates(*, folder: Path | None = None) -> tuple[list[Template], list[str]]:
    """Return the templates without a mistake, in name order, and a sentence for each of the others.

    To choose from: one that is half-edited must not stand in the way of tonight's session. Copies that name each
    other in a circle are among the others.
    """
    found: list[Template] = []
    mistakes: list[str] = []
    for _, path in sorted(_files(folder).items()):
        try:
            made = read_template(path)
            origin(path.stem, folder=folder)
            found.append(made)
        except TemplateError as error:
            mistakes.append(str(error))
    return found, mistakes


def origin(name: str, *, folder: Path | None = None) -> str:
    """Return the shipped template that one was copied from, through all copies; its own name where from none.

    One's own in the place of a shipped one, and copied from that, is no circle. Where one on the way cannot be
    read the way ends there: its mistake is told where it is read itself.

    Raises:
        TemplateError: If copies name each other in a circle.
    """
    places, seen = _files(folder), [name]
    while name in places and not _is_shipped(places[name]):
        before = _copied_from(places[name])
        if not before or (before == name and (shipped("templates") / f"{name}.toml").is_file()):
            break
        if before in seen:
            msg = (
                f"The templates {', '.join(seen)} are copies of each other in a circle. Remedy: take out copy_of"
                f" in one of them, in {places[seen[0]].parent}."
            )
            raise TemplateError(msg)
        seen.append(before)
        name = before
    return name


def _copied_from(path: Path) -> str:
    try:
        return read_template(path).copy_of
    except TemplateError:
        return ""


def copy_template(name: str, new_name: str, *, folder: Path) -> Path:
    """Copy a template under a new name into a workspace's own, to be edited there, and return its path.

    Raises:
        TemplateError: If there is none of that name, the new name cannot be one or is taken, or the folder
            cannot be written.
    """
    shape = template(name, folder=folder)
    if not is_name(new_name):
        msg = f"{new_name!r} is no name for a template. Use a-z, 0-9 and -, at most 40, a letter first."
        raise TemplateError(msg)
    if new_name in _files(folder):
        msg = f"There is a template {new_name!r} already. Choose another name, or edit that one."
        raise TemplateError(msg)
    source = _files(folder)[name].read_text(encoding="utf-8")
    lines = [
        line
        for line in source.split("\n")
        if not line.startswith("# To change this session") and _key(line) != "copy_of"
    ]
    at = next(number for number, line in enumerate(lines) if _key(line) == "name")
    lines[at : at + 1] = [f'name = "{new_name}"', f'copy_of = "{shape.name}"']
    path = folder / f"{new_name}.toml"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write("\n".join(lines))
    except OSError as error:
        msg = f"{path} cannot be written: {error.strerror}. Check the folder and its rights."
        raise TemplateError(msg) from error
    return path


def _key(line: str) -> str:
    """Return what a line of TOML gives a value to; also where the key stands in quotes."""
    return line.partition("=")[0].strip().strip("\"'")


def _is_shipped(path: Path) -> bool:
    return path.parent == shipped("templates")


def _files(folder: Path | None) -> dict[str, Path]:
    return _in_places(shipped("templates"), folder)


def _sheets(folder: Path | None) -> dict[str, Path]:
    return _in_places(shipped("templates") / "sheets", folder / "sheets" if folder else None)


def _in_places(first: Path, own: Path | None) -> dict[str, Path]:
    """Return the files by name; one's own wins."""
    return {path.stem: path for place in (first, own) if place for path in sorted(place.glob("*.toml"))}
