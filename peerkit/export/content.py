"""From typed text to a content tree that a PDF can take: a short list of node kinds, and nothing else."""

from __future__ import annotations

import unicodedata
from typing import Any
from urllib.parse import urlsplit

import mistune

Node = dict[str, Any]

# Typst itself stops between 20 and 40 nested lists; nobody reads beyond the eighth.
_MAX_DEPTH = 8
_MAX_LENGTH = 20_000
_SCHEMES = ("http", "https", "mailto")
# Marks that turn the direction of the text around them, and would reach into the next field.
_BIDI = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_CONTROLS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(127, 160), 0xFEFF])

_markdown = mistune.create_markdown(renderer="ast", hard_wrap=True, plugins=["strikethrough"])


def pdf_text(text: str) -> str:
    """Return text that every PDF profile takes.

    NFC, without bidirectional overrides and control characters; non-characters, private use and
    halves of surrogate pairs become U+FFFD. Over 20 000 characters it is cut, and says so.
    """
    plain = unicodedata.normalize("NFC", text).translate(_BIDI).translate(_CONTROLS)
    plain = "".join("\ufffd" if _is_unprintable(character) else character for character in plain)
    return plain if len(plain) <= _MAX_LENGTH else f"{plain[:_MAX_LENGTH]} … (cut: see the journal)"


def paragraphs(markdown: str) -> list[Node]:
    """Return Markdown as blocks: p, ul, ol, li, pre, quote and hr, with text, strong, emph, code and link in them.

    Raw HTML, mathematics and whatever else there is become literal text; images their description.
    A line end stays a line end.
    """
    parsed = _markdown(pdf_text(markdown))
    return _blocks(parsed if isinstance(parsed, list) else [], 0)


def line(text: str) -> list[Node]:
    """Return a text that is no Markdown as one paragraph, its line ends kept."""
    inline: list[Node] = []
    for part in pdf_text(text).split("\n"):
        inline += [{"t": "text", "s": part}, {"t": "br"}]
    return [_paragraph(inline[:-1])]


def is_right_to_left(text: str) -> bool:
    """Return whether the first letter with a direction is written from right to left."""
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction in ("R", "AL", "L"):
            return direction != "L"
    return False


def _is_unprintable(character: str) -> bool:
    point = ord(character)
    if point < 0xD800:
        return False
    is_noncharacter = (point & 0xFFFE) == 0xFFFE or 0xFDD0 <= point <= 0xFDEF
    return is_noncharacter or unicodedata.category(character) in ("Co", "Cs")


def _paragraph(inline: list[Node]) -> Node:
    said = plain_text(inline)
    return {"t": "p", "c": inline, "rtl": is_right_to_left(said), "lang": _language(said)}


def plain_text(nodes: list[Node]) -> str:
    """Return the words of a tree without its marks."""
    return "".join(node.get("s", "") or plain_text(node.get("c", [])) for node in nodes)


def _language(text: str) -> str:
    """Return the language that a script is read aloud in; empty where the document's own will do."""
    ranges = (("he", 0x590, 0x600), ("ar", 0x600, 0x780), ("ja", 0x3040, 0x3100), ("ko", 0xAC00, 0xD7B0))
    for character in text:
        point = ord(character)
        for language, begin, end in (*ranges, ("zh", 0x4E00, 0xA000)):
            if begin <= point < end:
                return language
        if point < 0x590 and character.isalpha():
            return ""
    return ""


def _blocks(nodes: list[dict[str, Any]], depth: int) -> list[Node]:
    """Return block nodes; inline ones that stand among them are gathered into paragraphs."""
    made: list[Node] = []
    loose: list[Node] = []
    for node in nodes:
        block = _block(node, depth)
        if block is None:
            loose += _inline([node], depth)
            continue
        if loose:
            made.append(_paragraph(loose))
            loose = []
        made += block
    return [*made, *([_paragraph(loose)] if loose else [])]


def _block(node: dict[str, Any], depth: int) -> list[Node] | None:
    """Return the block that a node is, an empty list for one that says nothing, None for an inline one."""
    kind, children = node["type"], node.get("children", [])
    if kind == "blank_line":
        return []
    if kind in ("paragraph", "block_text"):
        return [_paragraph(_inline(children, depth))]
    if kind == "heading":
        return [_paragraph([{"t": "strong", "c": _inline(children, depth)}])]
    if kind == "thematic_break":
        return [{"t": "hr"}]
    if kind in ("block_code", "block_html"):
        return [{"t": "pre", "s": node["raw"].rstrip("\n")}]
    if depth >= _MAX_DEPTH and kind in ("list", "list_item", "block_quote"):
        return line(_words(node))
    if kind == "list":
        ordered = node["attrs"].get("ordered", False)
        return [
            {
                "t": "ol" if ordered else "ul",
                "start": node["attrs"].get("start", 1),
                "c": _blocks(children, depth + 1),
            }
        ]
    if kind == "list_item":
        return [{"t": "li", "c": _blocks(children, depth + 1)}]
    if kind == "block_quote":
        return [{"t": "quote", "c": _blocks(children, depth + 1)}]
    return None


def _inline(nodes: list[dict[str, Any]], depth: int) -> list[Node]:
    made: list[Node] = []
    for node in nodes:
        kind, children = node["type"], node.get("children", [])
        if kind in ("softbreak", "linebreak"):
            made.append({"t": "br"})
        elif kind == "codespan":
            made.append({"t": "code", "s": node["raw"]})
        elif kind == "image":
            made.append({"t": "text", "s": f"[image: {_words(node)}]"})
        elif depth < _MAX_DEPTH and kind in ("strong", "emphasis", "strikethrough"):
            made.append({"t": kind, "c": _inline(children, depth + 1)})
        elif depth < _MAX_DEPTH and kind == "link" and _is_safe(node["attrs"]["url"]):
            made.append({"t": "link", "u": node["attrs"]["url"], "c": _inline(children, depth + 1)})
        else:
            made.append({"t": "text", "s": _words(node)})
    return made


def _words(node: dict[str, Any]) -> str:
    """Return the words below a node; raw HTML and unknown nodes as they were typed."""
    pending, words = [node], []
    while pending:
        current = pending.pop()
        if "raw" in current:
            words.append(current["raw"])
        pending += reversed(current.get("children", []))
    return "".join(words)


def _is_safe(url: str) -> bool:
    try:
        return urlsplit(url).scheme.lower() in _SCHEMES and len(url) < 2_000
    except ValueError:
        return False
