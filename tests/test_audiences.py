"""No private word is anywhere in what others get: not in a byte, a stream, a name or a number of it."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Iterator
from datetime import date
from itertools import compress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pikepdf
import pytest
from helpers import clock_at, fewer, new_journal
from hypothesis import given
from hypothesis import strategies as st
from pair import agree

from peerkit import digest, partner_fit
from peerkit.audience import is_seen, shared_of, shared_rows
from peerkit.calendar_items import Choice, promise_items
from peerkit.export.pdf import session_pdf, session_png
from peerkit.formats import outgoing
from peerkit.schema import known
from peerkit.sessions import close_session, open_session, plan_session
from peerkit.summary import summary
from peerkit.templates import template
from peerkit.workspace import Workspace, init_workspace

HELD = date(2024, 3, 1)
SEEN = st.sampled_from(["private", "shared"])
PLACES = [
    ("weekly", "arrive", "arriving"),
    ("weekly", "open-up", "own-words"),
    ("weekly", "open-up", "notes"),
    ("first-meeting", "safe", "written"),
]
COLUMNS = ("text", "first_step", "evidence", "if_then", "accountability", "reason", "cue", "area")


@st.composite
def lives(draw: st.DrawFn) -> list[list[tuple[str, tuple[str, ...]]]]:
    """What was written of some answers and commitments: rows of a visibility and the columns that each says."""
    columns = st.lists(st.sampled_from(COLUMNS), max_size=3, unique=True).map(tuple)
    rows = st.lists(st.tuples(SEEN, columns), min_size=1, max_size=4)
    return draw(st.lists(rows, min_size=5, max_size=8))


class Told:
    """A journal in which every text is a word of its own, and what others may read of it by the rule."""

    def __init__(self, folder: Path, lived: list[list[tuple[str, tuple[str, ...]]]], shape: str) -> None:
        self.place: Workspace = init_workspace(
            folder / "coaching", me="Amara", partner="Jonas", time_zone="UTC", pair_id="amara-jonas"
        )
        self.clock = clock_at("03-01")
        self.journal = new_journal(self.place.folder, clock=self.clock)
        self.public: set[str] = set()
        self.private: set[str] = {"qxcelltagged"}
        self.made = 0
        with self.journal.writing():
            agree(self.journal, weekday="Friday")
            held = plan_session(self.journal, template(shape), held_on=HELD, focus="Amara", coach="Jonas")
            self.session = open_session(self.journal, held.session_id)
            for number, rows in enumerate(lived):
                table = "answers" if number < 4 else "entries"
                said = [
                    (seen, self.row(table, number, at, columns)) for at, (seen, columns) in enumerate(rows)
                ]
                self.keep(table, said)
            worksheet = partner_fit.add_candidate(self.journal, self.word(self.private))
            row = {"session_id": worksheet, "phase": "fit", "prompt": "why", "value": self.word(self.private)}
            self.journal.add("answers", {**row, "revision": 1})
            self.session = close_session(self.journal, self.session.session_id)

    def word(self, into: set[str]) -> str:
        self.made += 1
        word = "qx" + "".join(chr(ord("a") + int(digit)) for digit in f"{self.made:05}") + "zw"
        into.add(word)
        return word

    def row(self, table: str, number: int, at: int, columns: tuple[str, ...]) -> dict[str, Any]:
        if table == "answers":
            shape, phase, prompt = PLACES[number]
            place = {"phase": phase, "prompt": prompt, "author": ["Amara", "Jonas"][number % 2]}
            if shape != "weekly":
                place |= {"session_id": "agreement", "author": "both"}
            else:
                place |= {"session_id": self.session.session_id}
            return {**place, "revision": at + 1, "value": None}
        named = {"commitment_id": f"c{number}", "peer": ["Amara", "Jonas"][number % 2]}
        first = (
            {"outcome": "open", "due_on": HELD, "session_id": self.session.session_id}
            if at == 0 or "text" in columns
            else {}
        )
        last = {"outcome": "kept", "closed_on": HELD} if at == 2 else {}
        words = dict.fromkeys(("text", *columns) if at == 0 else columns)
        return {**named, **first, **last, **words}

    def keep(self, table: str, said: list[tuple[str, dict[str, Any]]]) -> None:
        is_public = said[-1][0] == "shared"
        for seen, row in said:
            into = self.public if is_public and seen == "shared" else self.private
            full = {name: self.word(into) if value is None else value for name, value in row.items()}
            self.journal.add(table, {**full, "visibility": seen})


def strings_of(node: Any, seen: set[tuple[int, int]]) -> Iterator[str]:
    """Yield every string of a PDF object and of what it holds."""
    if isinstance(node, pikepdf.Object) and node.is_indirect:
        if node.objgen in seen:
            return
        seen.add(node.objgen)
    if isinstance(node, pikepdf.String):
        yield str(node)
    elif isinstance(node, pikepdf.Array):
        for part in node:
            yield from strings_of(part, seen)
    elif isinstance(node, pikepdf.Dictionary | pikepdf.Stream):
        for name, part in node.items():
            yield str(name)
            yield from strings_of(part, seen)


def everything_in(pdf: bytes) -> str:
    """Return all that a PDF holds: its bytes, its streams unpacked, its strings, and the text that a reader sees."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        streams = [one.read_bytes() for one in opened.objects if isinstance(one, pikepdf.Stream)]
        seen: set[tuple[int, int]] = set()
        strings = [said for one in opened.objects for said in strings_of(one, seen)]
        about = [str(value) for value in dict(opened.docinfo.items()).values()]
    text = subprocess.run(
        ["pdftotext", "-enc", "UTF-8", "-", "-"], input=pdf, capture_output=True, check=True
    )
    parts = [
        raw.decode(code, "ignore")
        for raw in (pdf, *streams)
        for code in ("latin-1", "utf-16-be", "utf-16-le")
    ]
    return "\n".join([*parts, *strings, *about, "".join(text.stdout.decode().split())])


def words_in(text: str) -> set[str]:
    return set(re.findall(r"qx[a-z]{5}zw|qxcelltagged", text))


NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "metadata": {"tags": ["private"]}, "source": "qxcelltagged"},
        {"cell_type": "markdown", "metadata": {}, "source": "For both to read"},
    ]
}


@fewer()
@given(lived=lives(), shape=st.sampled_from(["weekly", "first-meeting"]))
def test_no_private_word_is_in_any_byte_of_what_others_get(lived, shape):
    with TemporaryDirectory() as folder:
        told = Told(Path(folder), lived, shape)

        pdfs = {
            name: session_pdf(told.place, told.session.session_id, audience=name, notebook=NOTEBOOK)
            for name in ("ours", "outside")
        }
        png = session_png(told.place, told.session.session_id, audience="ours")

        found = {name: words_in(everything_in(pdf)) for name, pdf in pdfs.items()}
        chunks = set(re.findall(rb"tEXt|zTXt|iTXt|eXIf", png))
        assert found["ours"] <= told.public
        assert (found["outside"], chunks, words_in(png.decode("latin-1"))) == (set(), set(), set())
        # What is shared is there: else an empty page would do.
        rows = told.journal.rows("answers", session_id=told.session.session_id, visibility="shared")
        said = {
            row["value"] for row in rows if shape == "weekly" and row["prompt"] in ("arriving", "own-words")
        }
        last = {row["value"] for row in told.journal.rows("answers", prompt="arriving")[-1:]}
        assert said & told.public & last <= found["ours"]


@given(lived=lives())
def test_no_private_word_is_in_an_export_a_calendar_or_a_letter(lived):
    with TemporaryDirectory() as folder:
        told = Told(Path(folder), lived, "weekly")
        journal, place = told.journal, told.place

        written = []
        for audience in ("ours", "outside"):
            for suffix in ("json", "csv"):
                path = Path(folder) / f"{audience}.{suffix}"
                outgoing.export(journal, path, me="Amara", audience=audience)
                written.append(path.read_text("utf-8"))
        items = promise_items(place, journal, Choice(has_both=True), today=HELD)
        written += [f"{item.summary} {item.description}" for item in items]
        letter = digest.as_letter(digest.digest(place, journal, today=HELD), me="Amara", now=told.clock.now)
        written.append(letter.decode())

        assert words_in("\n".join(written)) <= told.public
        assert not words_in(written[2] + written[3])


@given(lived=lives())
def test_the_rule_is_the_same_for_rows_and_for_frames(lived):
    """A naive telling of it: of each thing whose last row is shared, the rows that are, from the first whole one."""
    with TemporaryDirectory() as folder:
        journal = Told(Path(folder), lived, "weekly").journal

        rows = journal.rows("entries")
        things = {row["commitment_id"] for row in rows}
        last = {one: [row for row in rows if row["commitment_id"] == one][-1]["visibility"] for one in things}
        open_ones = [r for r in rows if last[r["commitment_id"]] == "shared" and r["visibility"] == "shared"]
        begins = {r["commitment_id"]: r["recorded_at"] for r in reversed(open_ones) if r["text"] is not None}
        plain = [r for r in open_ones if r["recorded_at"] >= begins.get(r["commitment_id"], float("inf"))]

        assert shared_rows(rows, "entries") == plain
        shuffled = journal.entries().sample(frac=1, random_state=1)
        assert shared_of(shuffled, "entries")["row_id"].to_list() == [row["row_id"] for row in plain]


def test_a_shared_commitment_says_nothing_of_its_private_rows(journal):
    """Its columns come from shared rows alone, also where a private one said more, or later."""
    base = {"commitment_id": "k7m3", "peer": "Amara"}
    rows = [
        ({"text": "Call the school", "outcome": "open", "due_on": HELD}, "shared"),
        ({"reason": "I was afraid", "outcome": "missed", "closed_on": HELD}, "private"),
        ({"first_step": "Find the number"}, "shared"),
    ]
    for said, seen in rows:
        journal.add("entries", {**base, **said, "visibility": seen})

    state = known(shared_rows(journal.rows("entries"), "entries"))

    assert (state["text"], state["outcome"], state.get("reason")) == ("Call the school", "open", None)


def test_what_is_shared_after_the_session_is_in_its_summary(journal, clock):
    """A choice that is made a day later is followed, as that of an answer is."""
    from peerkit.ledger import promise, set_visibility

    shape = template("weekly")
    held = plan_session(journal, shape, held_on=HELD, focus="Amara", coach="Jonas")
    open_session(journal, held.session_id)
    made = promise(journal, "Call the school", peer="Amara", on=HELD, session_id=held.session_id)
    closed = close_session(journal, held.session_id)
    before = summary(journal, closed, shape, audience="ours")
    clock.to("03-03")
    set_visibility(journal, made.commitment_id, "shared")

    after = summary(journal, closed, shape, audience="ours")

    assert (before["promised"], [row["text"] for row in after["promised"]]) == ([], ["Call the school"])
    assert (before["as_of"], after["as_of"]) == ("2024-03-01", "2024-03-03")


@pytest.mark.parametrize("seen", [["shared", "private"], ["private", "private"]], ids=" then ".join)
def test_heard_is_no_number_for_others_where_its_answer_is_private(journal, seen):
    shape = template("weekly")
    held = plan_session(journal, shape, held_on=HELD, focus="Amara", coach="Jonas")
    opened = open_session(journal, held.session_id)
    journal.add("sessions", {"session_id": opened.session_id, "heard": 3, "visibility": "shared"})
    key = {"session_id": opened.session_id, "phase": "heard", "prompt": "heard", "author": "Amara"}
    for number, visibility in enumerate(seen, start=1):
        journal.add("answers", {**key, "value": 3, "revision": number, "visibility": visibility})
    closed = close_session(journal, opened.session_id)

    said = {
        name: summary(journal, closed, shape, audience=name)["heard"] for name in ("mine", "ours", "outside")
    }

    assert said == {"mine": 3, "ours": None, "outside": None}


def test_what_is_private_is_seen_by_nobody_else_at_all():
    assert list(
        compress("abcd", is_seen("xxyy", ["shared", "private", "private", "shared"], [True] * 4))
    ) == ["d"]
