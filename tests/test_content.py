"""From typed text to a content tree: what each mark becomes, and that nothing else gets through."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from peerkit.export.content import is_right_to_left, line, paragraphs, pdf_text, plain_text

BLOCKS = {"p", "ul", "ol", "li", "pre", "quote", "hr"}
INLINES = {"text", "br", "strong", "emphasis", "strikethrough", "code", "link"}


def text(said):
    return {"t": "text", "s": said}


def p(*inline, rtl=False, lang=""):
    return {
        "t": "p",
        "c": [text(part) if isinstance(part, str) else part for part in inline],
        "rtl": rtl,
        "lang": lang,
    }


def item(*blocks):
    return {"t": "li", "c": list(blocks)}


@pytest.mark.parametrize(
    ("typed", "tree"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param("Call the school", [p("Call the school")], id="a line"),
        pytest.param("one\ntwo", [p("one", {"t": "br"}, "two")], id="a line end stays"),
        pytest.param("one\n\ntwo", [p("one"), p("two")], id="two paragraphs"),
        pytest.param("**one**", [p({"t": "strong", "c": [text("one")]})], id="strong"),
        pytest.param("*one*", [p({"t": "emphasis", "c": [text("one")]})], id="emphasis"),
        pytest.param("~~one~~", [p({"t": "strikethrough", "c": [text("one")]})], id="struck"),
        pytest.param("`#eval(1)`", [p({"t": "code", "s": "#eval(1)"})], id="code"),
        pytest.param("# One", [p({"t": "strong", "c": [text("One")]})], id="a heading"),
        pytest.param("---", [{"t": "hr"}], id="a rule"),
        pytest.param("```\none\n```", [{"t": "pre", "s": "one"}], id="a code block"),
        pytest.param("> one", [{"t": "quote", "c": [p("one")]}], id="a quote"),
        pytest.param("- one\n- two", [{"t": "ul", "start": 1, "c": [item(p("one")), item(p("two"))]}], id="a list"),
        pytest.param("3. one", [{"t": "ol", "start": 3, "c": [item(p("one"))]}], id="a numbered list"),
        pytest.param("[one](https://a.example)", [p({"t": "link", "u": "https://a.example", "c": [text("one")]})], id="a link"),
        pytest.param("<mailto:a@b.example>", [p({"t": "link", "u": "mailto:a@b.example", "c": [text("mailto:a@b.example")]})], id="mail"),
        pytest.param("[one](javascript:alert(1))", [p("one")], id="a script is words"),
        pytest.param("[one](JavaScript:alert(1))", [p("one")], id="a script in capitals is words"),
        pytest.param("[one](file:///etc/passwd)", [p("one")], id="a file is words"),
        pytest.param("[one](../other.pdf)", [p("one")], id="a path is words"),
        pytest.param(f"[one](https://{'a' * 2000})", [p("one")], id="a very long address is words"),
        pytest.param("![a cat](cat.png)", [p("[image: a cat]")], id="an image is its description"),
        pytest.param("one <b>two</b>", [p("one ", "<b>", "two", "</b>")], id="tags are literal"),
        pytest.param("<script>x</script>", [{"t": "pre", "s": "<script>x</script>"}], id="a block of tags is literal"),
        pytest.param("$x^2$ #let x = 1 @ref", [p("$x^2$ #let x = 1 @ref")], id="typst is literal"),
        pytest.param("שלום", [p("שלום", rtl=True, lang="he")], id="right to left"),
        pytest.param("こんにちは", [p("こんにちは", lang="ja")], id="another script"),
    ],
)  # fmt: skip
def test_each_mark_becomes_its_node(typed, tree):
    assert paragraphs(typed) == tree


def test_a_text_that_is_no_markdown_keeps_its_marks_and_line_ends():
    assert line("**one**\n# two") == [p("**one**", {"t": "br"}, "# two")]


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        pytest.param("cafe\u0301", "café", id="composed"),
        pytest.param("a\u202eb\u2066c", "abc", id="overrides of direction"),
        pytest.param("a\x00\x1bb\x85c\ufeff", "abc", id="control characters"),
        pytest.param("a\ud83db", "a\ufffdb", id="half of a pair"),
        pytest.param("a\ue000b\uffffc\ufdd0", "a\ufffdb\ufffdc\ufffd", id="private use and non-characters"),
        pytest.param("one\ttwo\nthree", "one\ttwo\nthree", id="tabs and line ends"),
        pytest.param("👩‍👩‍👧 🇱🇰", "👩‍👩‍👧 🇱🇰", id="emoji"),
        pytest.param("a" * 20_001, "a" * 20_000 + " … (cut: see the journal)", id="too long"),
    ],
)
def test_text_is_made_fit_for_every_pdf_profile(typed, printed):
    assert pdf_text(typed) == printed


@pytest.mark.parametrize(
    ("said", "is_rtl"), [("", False), ("12, Amara", False), ("12, שלום Amara", True), ("مرحبا", True)],
    ids=["nothing", "left", "right after digits", "arabic"],
)  # fmt: skip
def test_the_first_letter_with_a_direction_decides(said, is_rtl):
    assert is_right_to_left(said) is is_rtl


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("> " * 400 + "deep", id="quotes"),
        pytest.param("\n".join("  " * n + "- deep" for n in range(100)), id="lists"),
        pytest.param("*_" * 400 + "deep" + "_*" * 400, id="emphasis"),
        pytest.param("[" * 3000 + "deep", id="brackets"),
        pytest.param("**a " * 4000, id="stars that never end"),
        pytest.param("`" * 9000 + "deep", id="backquotes"),
        pytest.param("<" * 9000, id="tags"),
        pytest.param("[a](" * 3000, id="links that never end"),
        pytest.param("![" * 3000, id="images that never end"),
        pytest.param("|a" * 6000, id="bars"),
    ],
)
def test_text_that_nests_without_end_gives_a_shallow_tree(typed):
    """Typst stops between 20 and 40 levels, and Python not much later."""
    assert depth_of(paragraphs(typed)) <= 12


SIGNS = "*_`~#>-+.!()[]<>|$@\\ \t\n:/&0123aA…שع学😀\x00\u202e\ud800"
WORDS = st.sampled_from(["javascript:", "file:///x", "](", "[a](javascript:x)", "<file:x>", "> ", "- ", "1. ", "```\n", "    ", "**", "<b>", "\n\n"])  # fmt: skip
TYPED = (
    st.text()
    | st.text(SIGNS, max_size=60)
    | st.lists(WORDS | st.text(SIGNS, max_size=4), max_size=30).map("".join)
)


@settings(max_examples=200)
@given(typed=TYPED)
@example(typed="[one](java\nscript:alert(1))")
@example(typed="[one](&#106;avascript:alert(1))")
@example(typed="[one]: javascript:alert(1)\n\n[one]")
@example(typed="<javascript:alert(1)>")
def test_any_text_gives_a_tree_of_known_nodes_with_safe_links(typed):
    tree = paragraphs(typed)

    nodes = list(walk(tree))
    links = [node["u"] for node in nodes if node["t"] == "link"]
    assert {node["t"] for node in tree} <= BLOCKS - {"li"}
    assert {node["t"] for node in nodes} <= BLOCKS | INLINES
    assert all(link.lower().startswith(("http:", "https:", "mailto:")) for link in links)
    assert depth_of(tree) <= 12
    assert json.loads(json.dumps(tree).encode("utf-8")) == tree


@given(typed=TYPED)
def test_any_text_is_printed_as_it_was_made_fit_the_first_time(typed):
    once = pdf_text(typed)

    assert pdf_text(once) == once
    assert once.encode("utf-8").decode("utf-8") == once


@given(typed=TYPED)
def test_a_text_that_is_no_markdown_loses_no_word(typed):
    lines = pdf_text(typed).split("\n")

    assert plain_text(line(typed)) == "".join(lines)


def walk(nodes):
    for node in nodes:
        yield node
        yield from walk(node.get("c", []))


def depth_of(nodes):
    return max((1 + depth_of(node.get("c", [])) for node in nodes), default=0)
