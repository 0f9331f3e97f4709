"""TOML that was written to do harm is refused at once, and what people write is read as the library reads it."""

import tomllib

import pytest

from peerkit.templates import shipped
from peerkit.toml_file import parse_toml

CHAIN = "a." * 50_000 + "a"


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(f"{CHAIN} = 1", id="a key"),
        pytest.param(f"{CHAIN.replace('a', chr(34) + 'a' + chr(34))} = 1", id="in quotes"),
        pytest.param(f"{CHAIN.replace('.', ' . ')} = 1", id="with blanks"),
        pytest.param(f"[{CHAIN}]", id="a table"),
        pytest.param(f"x = {{{CHAIN} = 1}}", id="in a table of one line"),
        pytest.param(f'x = ["""a"""", {{{CHAIN} = 1}}]', id="after a text that ends in a quote"),
        pytest.param(f"x = ['''a''''', {{{CHAIN} = 1}}]", id="after a literal one"),
        pytest.param(f'x = ["#", {{{CHAIN} = 1}}]', id="after what is no comment"),
    ],
)
def test_a_key_of_many_dots_is_refused_before_it_takes_minutes(source):
    with pytest.raises(ValueError, match=r"^A key has more than 8 dots \(at line 2, "):
        parse_toml(f"y = 0\n{source}".encode())


@pytest.mark.parametrize(
    "piece",
    ['"', "'", '"""x', "'''x", '\\"""\n', '"\\', "#\n", "a.b.c.d.e.f.g.h.i\n", "["],
    ids=repr,
)
def test_what_is_no_toml_is_told_at_once(piece):
    """A pattern that goes back and forth would need hours for one of these."""
    with pytest.raises((ValueError, RecursionError)):
        parse_toml((piece * (200_000 // len(piece)) + "\n= 1").encode())


@pytest.mark.parametrize(
    "source",
    [
        f'x = "{CHAIN}"',
        f"x = '{CHAIN}'",
        f'x = """\n{CHAIN}\n"""',
        f"x = '''\n{CHAIN}\n'''",
        f"x = 1 # {CHAIN}",
        f"x = [{'1.5, ' * 1000}]",
        "a.b.c.d.e.f.g.h.i = 1.5",
    ],
    ids=["text", "literal", "long text", "long literal", "comment", "numbers", "eight dots"],
)
def test_dots_that_stand_in_no_key_are_read(source):
    assert parse_toml(source.encode()) == tomllib.loads(source)


def test_a_byte_order_mark_is_passed_over():
    assert parse_toml("\ufeffx = 1".encode()) == {"x": 1}


@pytest.mark.parametrize("path", sorted(shipped("templates").rglob("*.toml")), ids=lambda path: path.stem)
def test_what_is_shipped_is_read_as_it_stands(path):
    assert parse_toml(path.read_bytes()) == tomllib.loads(path.read_text(encoding="utf-8"))
