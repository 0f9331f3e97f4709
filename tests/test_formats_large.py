"""What is large: progress is shown to whoever looks, files are read many lines at once, and written in bounded memory."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from peerkit.formats import progress
from peerkit.formats.items import Given, Item, Skipped
from peerkit.formats.progress import LARGE_FILE, LARGE_TABLE
from peerkit.formats.registry import READS, WRITES, Format, named
from peerkit.formats.source import Source

GIVEN = Given(ZoneInfo("UTC"), date(2024, 3, 10))
ROW = "2024-03-01 Run to the bridge {} due:2024-03-08\n"


def shown(things: range, *, total: int, is_terminal: bool = True, **more: object) -> tuple[list[int], str]:
    """Return what a watch yields, and what it says meanwhile."""
    told = io.StringIO()
    console = Console(file=told, force_terminal=is_terminal, width=80)
    return list(progress.on(console)(things, "Reading", total=total, **more)), told.getvalue()


@pytest.mark.parametrize(
    ("total", "more", "is_seen"),
    [
        pytest.param(LARGE_TABLE, {}, True, id="many"),
        pytest.param(LARGE_TABLE - 1, {}, False, id="fewer"),
        pytest.param(LARGE_FILE, {"at": lambda: 1}, True, id="a large file"),
        pytest.param(LARGE_FILE - 1, {"at": lambda: 1}, False, id="a small file"),
        pytest.param(LARGE_TABLE, {"is_terminal": False}, False, id="no terminal"),
    ],
)
def test_how_far_it_is_is_shown_on_a_terminal_and_of_what_is_large(
    total: int, more: dict[str, object], is_seen: bool
) -> None:
    things, told = shown(range(2_000), total=total, **more)

    assert things == list(range(2_000))
    assert ("Reading" in told) is is_seen


def test_reading_tells_how_many_bytes_are_read(tmp_path: Path) -> None:
    path = tmp_path / "todo.txt"
    path.write_text("".join(ROW.format(i) for i in range(30_000)), "utf-8")
    seen: list[tuple[str, int, int]] = []

    def watch(things: Iterator[object], title: str, *, total: int, at: object) -> Iterator[object]:
        for one in things:
            yield one
            seen.append((title, at(), total))

    reading = named("todo.txt", READS).read(Source(path), GIVEN, watch=watch)

    size = path.stat().st_size
    assert (len(reading.items), seen[-1]) == (30_000, ("Reading", size, size))
    assert 0 < seen[0][1] < size
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)


@given(
    objects=st.lists(
        st.dictionaries(st.sampled_from(["a", "b"]), st.text(max_size=5) | st.lists(st.integers(0, 9), max_size=2))
    ),
    between=st.sampled_from([",\n", "\n", ",", ", ", "\n\n", ",\r\n"]),
    indent=st.sampled_from([None, 1]),
    begin=st.sampled_from(["", "[", "[\n"]),
)  # fmt: skip
def test_json_objects_are_read_the_same_however_they_are_laid_out(
    tmp_path_factory: pytest.TempPathFactory,
    objects: list[object],
    between: str,
    indent: int | None,
    begin: str,
) -> None:
    """Those with one in each line are read many at once: after the first piece of a file."""
    path = tmp_path_factory.mktemp("json") / "a.json"
    # The first piece is filled with lines, so that what is drawn stands in one that may be read at once.
    filling = ['{"filling": "' + "x" * 1_000 + '"}'] * 300
    written = [json.dumps(one, indent=indent, ensure_ascii=False) for one in objects]
    path.write_bytes((begin + ",\n".join(filling) + ",\n" + between.join(written) + "\n").encode())

    found = list(Source(path).objects())

    assert [one for _, one in found[300:]] == objects
    text = path.read_text("utf-8").replace("\r\n", "\n").split("\n")
    assert [number for number, _ in found if "{" not in text[number - 1]] == []


def test_a_broken_line_among_good_ones_is_told_with_its_number(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    lines = [json.dumps({"n": i, "filling": "x" * 100}) for i in range(9_000)]
    lines[7_000] = '{"n": broken}'
    path.write_text("\n".join(lines) + "\n", "utf-8")

    found = list(Source(path).objects())

    assert found[7_000] == (7_001, Skipped(7_001, "It is no JSON, or was cut off."))
    assert [number for number, _ in found] == list(range(1, 9_001))
    assert found[-1][1] == json.loads(lines[-1])


def many(n: int) -> Iterator[Item]:
    """Yield so many items with a kilobyte of notes each, made as they are asked for."""
    for i in range(n):
        day = date(2024, 1, 1) + timedelta(days=i % 1000)
        item = Item(f"peerkit-{i:012d}", f"Run to the bridge {i}", "kept", day, day, day)
        yield Item(
            **{**{name: getattr(item, name) for name in Item.__slots__}, "notes": f"{i} walnuts " * 90}
        )


def peak_of(form: Format, path: Path, n: int) -> int:
    """Return the most memory that writing so many items took, in bytes."""
    tracemalloc.start()
    with path.open("wb") as file:
        form.write(many(n), file)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


@pytest.mark.parametrize(
    "name", ["csv", "json", "todo.txt", "markdown", "taskwarrior", "obsidian", "org", "ics"]
)
def test_what_is_written_is_not_held_in_memory(tmp_path: Path, name: str) -> None:
    form = named(name, WRITES)
    peak_of(form, tmp_path / "warm", 5)

    few, more = peak_of(form, tmp_path / "few", 100), peak_of(form, tmp_path / "more", 1_000)

    grown = (tmp_path / "more").stat().st_size - (tmp_path / "few").stat().st_size
    assert grown > 50_000
    assert more - few < grown / 5
