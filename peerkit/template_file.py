"""Read one template's file and check it: a mistake is told with file, line and remedy."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from peerkit.errors import TemplateError
from peerkit.schema import FLOORS, VISIBILITIES
from peerkit.shapes import (
    CADENCES,
    FOLLOWED,
    HELPS,
    KINDS,
    LEADS,
    RESERVED,
    TERMS,
    WHOSE,
    Phase,
    Prompt,
    Template,
)
from peerkit.toml_file import parse_toml

_MAX_BYTES = 200_000
_MAX_LENGTH = 2_000
_MAX_MANY = 40
_MAX_PROMPTS = 100
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_HTML = re.compile(r"<[a-zA-Z/!?]")
# All of C0, DEL and C1 but tab and line feed: a terminal would obey them.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# A choice says what to choose from, a checklist what to tick, terms which of the agreement's, a map its rows.
_WITH_OPTIONS = ("choice", "checklist", "terms", "map")

_TEMPLATE_KEYS = {
    "name": str,
    "title": str,
    "minutes": int,
    "about": str,
    "when": str,
    "credit": str,
    "floor": str,
    "sets_next": bool,
    "copy_of": str,
    "phases": list,
}
_PHASE_KEYS = {
    "id": str,
    "title": str,
    "minutes": int,
    "leads": str,
    "guidance": dict,
    "after_heard": bool,
    "swap": bool,
    "when_asked": dict,
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
    "own": bool,
    "by": str,
    "begins": str,
    "notes": bool,
}


def is_name(text: str) -> bool:
    """Return whether a text can name a template: a-z, 0-9 and -, at most 40, a letter first."""
    return _NAME.fullmatch(text) is not None


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
        return _parsed(path, path.read_bytes())
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


@lru_cache(maxsize=64)
def _parsed(path: Path, raw: bytes) -> Template:
    """Return a template from the bytes of its file; the same bytes are read once."""
    given = parse_toml(raw)
    return _Reader(path, raw.decode("utf-8-sig")).template(given, hashlib.sha256(raw).hexdigest())


class _Reader:
    """Checks one parsed file, and knows on which line each thing stands."""

    def __init__(self, path: Path, source: str) -> None:
        self._path = path
        self._lines = source.split("\n")

    def template(self, given: dict[str, Any], digest: str) -> Template:
        self._check_keys(
            given, _TEMPLATE_KEYS, (), optional={"when", "credit", "floor", "sets_next", "copy_of"}
        )
        self._check_word("floor", given.get("floor", "focus"), FLOORS, ())
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
        asked = sum(len(phase.prompts) for phase in phases)
        if asked > _MAX_PROMPTS:
            self._refuse(f"there are {asked} prompts", f"leave at most {_MAX_PROMPTS}", (), "phases")
        total = sum(phase.minutes for phase in phases)
        if total != given["minutes"]:
            remedy = f"set minutes = {total}, or change a phase"
            self._refuse(
                f"the phases take {total} minutes, the template says {given['minutes']}",
                remedy,
                (),
                "minutes",
            )
        made = Template(**{**given, "phases": phases}, digest=digest)
        self._check_order(made)
        if made.name == "agreement":
            self._check_agreement(made)
        return made

    def _check_agreement(self, made: Template) -> None:
        """Refuse a sheet of the agreement that nobody could sign, or that the guide could not follow."""
        asked = {
            prompt.id: (prompt, (number, at))
            for number, phase in enumerate(made.phases)
            for at, prompt in enumerate(phase.prompts)
        }
        for term, kind in FOLLOWED.items():
            if term not in asked or asked[term][0].kind != kind:
                remedy = f'add a prompt of kind "{kind}" with the id "{term}", as in the shipped sheet'
                self._refuse(f'it does not ask for "{term}", which the guide follows', remedy, (), "phases")
        prompt, place = asked["cadence"]
        if prompt.own:
            self._refuse("the guide knows no cadence in own words", "leave out own", place, "own")
        for option in prompt.options:
            self._check_word("cadence", option, CADENCES, place)

    def _check_order(self, made: Template) -> None:
        """Refuse a phase that waits for something that is not asked before it."""
        asked: set[str] = set()
        for number, phase in enumerate(made.phases):
            kinds = {prompt.kind for prompt in phase.prompts}
            if phase.after_heard and "heard" in kinds:
                self._refuse(
                    "it unfolds after being heard, and asks for that itself",
                    'move the prompt of kind "heard" to an earlier phase, or leave out after_heard',
                    (number,),
                    "after_heard",
                )
            if phase.after_heard and "heard" not in asked:
                self._refuse(
                    "it unfolds after being heard, which no earlier prompt asks",
                    'add a prompt of kind "heard" before it, or leave out after_heard',
                    (number,),
                    "after_heard",
                )
            if phase.when_asked and "help" not in asked:
                self._refuse(
                    "it says what to do when asked for a kind of help, which no earlier prompt asks",
                    'add a prompt of kind "help" before it, or leave out when_asked',
                    (number,),
                    "when_asked",
                )
            asked |= kinds

    def _phase(self, given: dict[str, Any], place: tuple[int, ...]) -> Phase:
        self._check_keys(given, _PHASE_KEYS, place, optional={"after_heard", "swap", "when_asked", "prompts"})
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
        dates = {prompt.id: prompt.whose for prompt in prompts if prompt.kind == "date"}
        for number, prompt in enumerate(prompts):
            # Whose advice it is also says by when: of two people's advice one day would say nothing.
            if prompt.by and (prompt.whose == "both" or dates.get(prompt.by) != prompt.whose):
                remedy = 'name a prompt of kind date of the same phase, "for" the same: focus, coach or pair'
                self._refuse(f'by = "{prompt.by}" is no date of it', remedy, (*place, number), "by")
        return Phase(
            id=given["id"],
            title=given["title"],
            minutes=given["minutes"],
            leads=given["leads"],
            guidance_focus=given["guidance"]["focus"],
            guidance_coach=given["guidance"]["coach"],
            prompts=prompts,
            after_heard=given.get("after_heard", False),
            swap=given.get("swap", False),
            when_asked=self._when_asked(given.get("when_asked", {}), place),
        )

    def _when_asked(self, given: dict[str, Any], place: tuple[int, ...]) -> Mapping[str, tuple[str, ...]]:
        for help_, texts in given.items():
            if help_ not in HELPS:
                self._refuse(
                    f'unknown kind of help "{help_}"', f"use one of: {', '.join(HELPS)}", place, help_
                )
            if not isinstance(texts, list):
                self._refuse(f'"{help_}" has the wrong kind of value', "give a list of texts", place, help_)
            self._check_texts(help_, texts, place)
        return MappingProxyType({help_: tuple(texts) for help_, texts in given.items()})

    def _prompt(self, given: dict[str, Any], place: tuple[int, ...]) -> Prompt:
        optional = set(_PROMPT_KEYS) - {"id", "kind", "text", "for"}
        self._check_keys(given, _PROMPT_KEYS, place, optional=optional)
        self._check_word("kind", given["kind"], KINDS, place)
        self._check_word("for", given["for"], WHOSE, place)
        self._check_word("visibility", given.get("visibility", "private"), VISIBILITIES, place)
        if given.get("notes") and given["kind"] not in ("line", "text"):
            remedy = "mark prompts of kind line or text, and no other"
            self._refuse(f'kind "{given["kind"]}" cannot be notes', remedy, place, "notes")
        if given["id"] in RESERVED:
            self._refuse(f'the id "{given["id"]}" is peerkit\'s own', "choose another", place, "id")
        options = given.get("options", [])
        if (given["kind"] in _WITH_OPTIONS) != bool(options):
            remedy = f'give options = ["...", "..."] to {", ".join(_WITH_OPTIONS)}, and to no other kind'
            self._refuse(f'kind "{given["kind"]}" with {len(options)} options', remedy, place, "kind")
        for name in ("also", "options"):
            self._check_texts(name, given.get(name, []), place)
        for term in options if given["kind"] == "terms" else ():
            self._check_word("term of the agreement", term, TERMS, place)
        rest = {name: value for name, value in given.items() if name not in ("for", "also", "options")}
        # What the guide offers for a kind of help stands in one place.
        offered = HELPS if given["kind"] == "help" else tuple(options)
        return Prompt(**rest, whose=given["for"], also=tuple(given.get("also", [])), options=offered)

    def _tables(self, given: list[Any], place: tuple[int, ...]) -> list[dict[str, Any]]:
        if not all(isinstance(part, dict) for part in given):
            remedy = "write [[phases]] or [[phases.prompts]]"
            self._refuse("phases and prompts are tables", remedy, place, "")
        if len(given) > _MAX_MANY:
            what = "prompts" if place else "phases"
            self._refuse(f"there are {len(given)} {what} here", f"leave at most {_MAX_MANY}", place, "")
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
            if isinstance(value, str):
                self._check_plain(name, value, place)
        for name in keys:
            if name not in given and name not in optional:
                self._refuse(f'"{name}" is missing', "add it", place, "")
        for name in {"id", "name", "copy_of", "by"} & given.keys():
            if not is_name(given[name]):
                self._refuse(
                    f'"{given[name]}" is no {name}',
                    "use a-z, 0-9 and -, at most 40, a letter first",
                    place,
                    name,
                )

    def _check_plain(self, name: str, text: str, place: tuple[int, ...]) -> None:
        """Refuse markup, which would be shown sign by sign, and control characters, which a terminal obeys."""
        if _CONTROL.search(text):
            self._refuse(
                f'"{name}" has control characters in it', "leave out escapes such as \\u001b", place, name
            )
        if _HTML.search(text):
            self._refuse(f'"{name}" has HTML in it', "write plain text, without <tags>", place, name)

    def _check_texts(self, name: str, texts: Sequence[Any], place: tuple[int, ...]) -> None:
        fits = len(texts) <= _MAX_MANY and all(
            isinstance(text, str) and 0 < len(text) <= 300 for text in texts
        )
        if not fits or len(set(texts)) < len(texts):
            self._refuse(
                f'"{name}" is a list of different texts', "give each at most 300 characters", place, name
            )
        for text in texts:
            self._check_plain(name, text, place)

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
            is_table = header == f"[phases.{key}]"
            if key and (is_table or re.match(rf'\s*(?:\w+\.)?"?{re.escape(key)}"?\s*[.=]', line)):
                return number + 1
        return start or 1
