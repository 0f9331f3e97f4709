"""Session templates: read and check TOML files, those shipped and a workspace's own."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from peerkit.errors import TemplateError
from peerkit.schema import VISIBILITIES

if TYPE_CHECKING:
    import pandas as pd

KINDS = (
    "line",
    "text",
    "scale",
    "choice",
    "date",
    "checklist",
    "commitments",
    "review",
    "heard",
    "questions",
)
LEADS = ("both", "focus", "coach")
# The session that a pair has where nobody chose another.
USUAL = "weekly"
# Answers that the guide keeps for itself beside those of the prompts.
RESERVED = ("timer", "borrowed")

_MAX_BYTES = 200_000
_MAX_LENGTH = 2_000
_MAX_MANY = 40
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")

_TEMPLATE_KEYS = {"name": str, "title": str, "minutes": int, "about": str, "phases": list}
_PHASE_KEYS = {
    "id": str,
    "title": str,
    "minutes": int,
    "leads": str,
    "guidance": dict,
    "after_heard": bool,
    "prompts": list,
}
_PROMPT_KEYS = {
    "id": str,
    "kind": str,
    "text": str,
    "for": str,
    "visibility": str,
    "required": bool,
    "also": list,
    "help": str,
    "low": str,
    "high": str,
    "options": list,
}


@dataclass(frozen=True)
class Prompt:
    """One question of a phase. `whose` says who answers: focus, coach, or both, each for themselves."""

    id: str
    kind: str
    text: str
    whose: str
    visibility: str = "private"
    required: bool = False
    also: tuple[str, ...] = ()
    help: str = ""
    low: str = ""
    high: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Phase:
    """A part of a session with its minutes; `after_heard` folds it until the focus person is heard."""

    id: str
    title: str
    minutes: int
    leads: str
    guidance_focus: str
    guidance_coach: str
    prompts: tuple[Prompt, ...]
    after_heard: bool = False


@dataclass(frozen=True)
class Template:
    """A session's shape. `digest` is the SHA-256 of its file, in hexadecimal."""

    name: str
    title: str
    minutes: int
    about: str
    phases: tuple[Phase, ...]
    digest: str

    @property
    def agenda(self) -> pd.DataFrame:
        """One row per phase: phase, title, leads (`str`), minutes, starts_at (`int64`, from the start)."""
        import pandas as pd

        minutes = pd.Series([phase.minutes for phase in self.phases], dtype="int64")
        return pd.DataFrame(
            {
                "phase": [phase.id for phase in self.phases],
                "title": [phase.title for phase in self.phases],
                "leads": [phase.leads for phase in self.phases],
                "minutes": minutes,
                "starts_at": minutes.cumsum() - minutes,
            }
        )

    def phase(self, phase_id: str) -> Phase:
        """Return the phase with this id.

        Raises:
            TemplateError: If there is none.
        """
        for phase in self.phases:
            if phase.id == phase_id:
                return phase
        known = ", ".join(phase.id for phase in self.phases)
        msg = f"The template {self.name} has no phase {phase_id!r}. It has: {known}."
        raise TemplateError(msg)


def shipped(kind: str) -> Path:
    """Return the folder of shipped "templates" or "notebooks": in the wheel, or beside it in a checkout."""
    installed = Path(__file__).parent / "shipped" / kind
    return installed if installed.is_dir() else Path(__file__).parent.parent / kind


def is_name(text: str) -> bool:
    """Return whether a text can name a template: a-z, 0-9 and -, at most 40, a letter first."""
    return _NAME.fullmatch(text) is not None


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


def readable_templates(*, folder: Path | None = None) -> tuple[list[Template], list[str]]:
    """Return the templates without a mistake, in name order, and a sentence for each of the others.

    To choose from: one that is half-edited must not stand in the way of tonight's session.
    """
    found: list[Template] = []
    mistakes: list[str] = []
    for _, path in sorted(_files(folder).items()):
        try:
            found.append(read_template(path))
        except TemplateError as error:
            mistakes.append(str(error))
    return found, mistakes


def usual_of(found: Sequence[Template]) -> str:
    """Return the name to begin with of those that can be used: the usual one, or else the first."""
    names = [one.name for one in found]
    return USUAL if USUAL in names or not names else names[0]


def read_template(path: Path) -> Template:
    """Read and check one file.

    Raises:
        TemplateError: Naming file, line and remedy, if it cannot be read or breaks a rule.
    """
    try:
        # A pipe or a device that came with the folder would never end.
        if path.exists() and not path.is_file():
            msg = f"{path} cannot be read: it is no file. Check the path."
            raise TemplateError(msg)
        if path.stat().st_size > _MAX_BYTES:
            msg = f"{path}: a template is at most {_MAX_BYTES:,} bytes. Shorten it."
            raise TemplateError(msg)
        raw = path.read_bytes()
        source = raw.decode("utf-8")
        parsed = tomllib.loads(source)
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}. Check the path."
        raise TemplateError(msg) from error
    except UnicodeDecodeError as error:
        msg = f"{path} is not UTF-8 text. Save it as UTF-8."
        raise TemplateError(msg) from error
    except (ValueError, RecursionError) as error:
        line = re.search(r"line (\d+)", str(error))
        where = f"{path}:{line[1]}" if line else f"{path}, at its end"
        msg = f"{where}: this is not TOML ({str(error).split(' (at')[0]}). Compare the line with a shipped template."
        raise TemplateError(msg) from error
    return _Reader(path, source).template(parsed, hashlib.sha256(raw).hexdigest())


def _files(folder: Path | None) -> dict[str, Path]:
    folders = [shipped("templates"), *([folder] if folder else [])]
    return {path.stem: path for place in folders for path in sorted(place.glob("*.toml"))}


class _Reader:
    """Checks one parsed file, and knows on which line each thing stands."""

    def __init__(self, path: Path, source: str) -> None:
        self._path = path
        self._lines = source.split("\n")

    def template(self, given: dict[str, Any], digest: str) -> Template:
        self._check_keys(given, _TEMPLATE_KEYS, (), optional=set())
        if given["name"] != self._path.stem:
            self._refuse(
                f'its name is "{given["name"]}", its file {self._path.name}', "make them the same", (), "name"
            )
        phases = tuple(
            self._phase(phase, (number,)) for number, phase in enumerate(self._tables(given["phases"], ()))
        )
        self._check_ids([phase.id for phase in phases], [(number,) for number in range(len(phases))])
        if not phases:
            self._refuse("there are no phases", "add a [[phases]]", (), "phases")
        total = sum(phase.minutes for phase in phases)
        if total != given["minutes"]:
            remedy = f"set minutes = {total}, or change a phase"
            self._refuse(
                f"the phases take {total} minutes, the template says {given['minutes']}",
                remedy,
                (),
                "minutes",
            )
        return Template(**{**given, "phases": phases}, digest=digest)

    def _phase(self, given: dict[str, Any], place: tuple[int, ...]) -> Phase:
        self._check_keys(given, _PHASE_KEYS, place, optional={"after_heard", "prompts"})
        self._check_word("leads", given["leads"], LEADS, place)
        if not 1 <= given["minutes"] <= 240:
            self._refuse(f"minutes = {given['minutes']}", "give 1 to 240", place, "minutes")
        self._check_keys(given["guidance"], {"focus": str, "coach": str}, place, optional=set())
        prompts = tuple(
            self._prompt(prompt, (*place, number))
            for number, prompt in enumerate(self._tables(given.get("prompts", []), place))
        )
        self._check_ids(
            [prompt.id for prompt in prompts], [(*place, number) for number in range(len(prompts))]
        )
        return Phase(
            id=given["id"],
            title=given["title"],
            minutes=given["minutes"],
            leads=given["leads"],
            guidance_focus=given["guidance"]["focus"],
            guidance_coach=given["guidance"]["coach"],
            prompts=prompts,
            after_heard=given.get("after_heard", False),
        )

    def _prompt(self, given: dict[str, Any], place: tuple[int, ...]) -> Prompt:
        optional = {"visibility", "required", "also", "help", "low", "high", "options"}
        self._check_keys(given, _PROMPT_KEYS, place, optional=optional)
        self._check_word("kind", given["kind"], KINDS, place)
        self._check_word("for", given["for"], LEADS, place)
        self._check_word("visibility", given.get("visibility", "private"), VISIBILITIES, place)
        if given["id"] in RESERVED:
            self._refuse(f'the id "{given["id"]}" is peerkit\'s own', "choose another", place, "id")
        options = given.get("options", [])
        if (given["kind"] in ("choice", "checklist")) != bool(options):
            remedy = 'give options = ["...", "..."] to a choice or a checklist, and to no other kind'
            self._refuse(f'kind "{given["kind"]}" with {len(options)} options', remedy, place, "kind")
        for name in ("also", "options"):
            self._check_texts(name, given.get(name, []), place)
        rest = {name: value for name, value in given.items() if name not in ("for", "also", "options")}
        return Prompt(**rest, whose=given["for"], also=tuple(given.get("also", [])), options=tuple(options))

    def _tables(self, given: list[Any], place: tuple[int, ...]) -> list[dict[str, Any]]:
        if len(given) > _MAX_MANY or not all(isinstance(part, dict) for part in given):
            self._refuse(
                "phases and prompts are tables, at most 40",
                "write [[phases]] or [[phases.prompts]]",
                place,
                "",
            )
        return given

    def _check_keys(
        self, given: dict[str, Any], keys: dict[str, type], place: tuple[int, ...], *, optional: set[str]
    ) -> None:
        for name, value in given.items():
            if name not in keys:
                self._refuse(f'unknown key "{name}"', f"use one of: {', '.join(keys)}", place, name)
            if type(value) is not keys[name]:
                kind = {str: "a text", int: "a whole number", bool: "true or false", list: "a list"}
                self._refuse(
                    f'"{name}" has the wrong kind of value',
                    f"give {kind.get(keys[name], 'a table')}",
                    place,
                    name,
                )
            if isinstance(value, str) and not 0 < len(value.strip()) <= _MAX_LENGTH:
                self._refuse(f'"{name}" has {len(value)} characters', f"give 1 to {_MAX_LENGTH}", place, name)
            if name == "title" and not str(value).isprintable():
                self._refuse(
                    '"title" is not one line', "leave out line ends and control characters", place, name
                )
        for name in keys:
            if name not in given and name not in optional:
                self._refuse(f'"{name}" is missing', "add it", place, "")
        for name in {"id", "name"} & given.keys():
            if not is_name(given[name]):
                self._refuse(
                    f'"{given[name]}" is no {name}',
                    "use a-z, 0-9 and -, at most 40, a letter first",
                    place,
                    name,
                )

    def _check_texts(self, name: str, texts: Sequence[Any], place: tuple[int, ...]) -> None:
        fits = len(texts) <= _MAX_MANY and all(
            isinstance(text, str) and 0 < len(text) <= 300 for text in texts
        )
        if not fits or len(set(texts)) < len(texts):
            self._refuse(
                f'"{name}" is a list of different texts', "give each at most 300 characters", place, name
            )

    def _check_word(self, name: str, value: str, words: Iterable[str], place: tuple[int, ...]) -> None:
        if value not in words:
            self._refuse(f'unknown {name} "{value}"', f"use one of: {', '.join(words)}", place, name)

    def _check_ids(self, ids: list[str], places: list[tuple[int, ...]]) -> None:
        for number, name in enumerate(ids):
            if name in ids[:number]:
                self._refuse(f'the id "{name}" is there twice', "rename one", places[number], "id")

    def _refuse(self, what: str, remedy: str, place: tuple[int, ...], key: str) -> None:
        msg = f"{self._path}:{self._line(place, key)}: {what}. Remedy: {remedy}."
        raise TemplateError(msg)

    def _line(self, place: tuple[int, ...], key: str) -> int:
        """Return the line of `key` in the phase and prompt at `place`, or else of their header."""
        phase, prompt, start = -1, -1, 0
        for number, line in enumerate(self._lines):
            header = line.replace(" ", "").split("#")[0]
            if header == "[[phases]]":
                phase, prompt = phase + 1, -1
            elif header == "[[phases.prompts]]":
                prompt += 1
            if (phase, prompt)[: len(place)] != place or (len(place) < 2 and prompt >= 0):
                continue
            start = start or number + 1
            if not place and phase >= 0:
                break
            if key and re.match(rf'\s*(?:\w+\.)?"?{re.escape(key)}"?\s*[.=]', line):
                return number + 1
        return start or 1
