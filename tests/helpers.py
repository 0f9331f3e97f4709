"""What the tests share: ledgers from lines that can be said aloud, a clock that stands still, journals."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from hypothesis import settings
from hypothesis import strategies as st

from peerkit.journal import Journal
from peerkit.schema import DTYPES, TABLES, WORDS

YEAR = 2024

_LINE = re.compile(r"(?P<day>\d\d-\d\d)(?: (?P<time>\d\d:\d\d))? #(?P<commitment_id>\w+) (?P<said>.+)")
_DATE = r"\d\d-\d\d"
_SAYINGS = [
    (re.compile(rf"(?P<peer>[A-Z]\w*)(?: by (?P<due_on>{_DATE}))?"), "open"),
    (re.compile(rf"moved to (?P<due_on>{_DATE})"), None),
    (re.compile(r"reopened"), "open"),
    (re.compile(r"partly (?P<fraction>[\d.]+)"), "partly"),
    *((re.compile(word), word) for word in ("kept", "missed", "released", "void")),
]


def ledger_of(*lines: str) -> pd.DataFrame:
    """Return the entries that the lines tell, one row each, with the dtypes of `journal.entries()`.

    A line is a day of 2024, perhaps a time in UTC (12:00 when left out), a commitment, and one of:

        03-01 #1 Amara by 03-08     promised, with a due date or without
        03-05 #1 moved to 03-12
        03-07 #1 kept               or missed, released, void, partly 0.5; closed on that day
        03-09 23:30 #1 reopened
    """
    return frame_of([_entry(line, number) for number, line in enumerate(lines)])


def frame_of(rows: list[dict[str, Any]], table: str = "entries") -> pd.DataFrame:
    """Return rows of a table of the journal as a frame with its columns and dtypes; what is left out is blank."""
    columns = {}
    for name, kind in TABLES[table].items():
        values = [row.get(name) for row in rows]
        if kind == "word":
            words = WORDS.get(name) or sorted({value for value in values if value is not None})
            columns[name] = pd.Series(pd.Categorical(values, categories=pd.Index(words, dtype="str")))
        elif kind == "instant":
            columns[name] = pd.Series(pd.DatetimeIndex(values, tz="UTC").as_unit("us"))
        else:
            columns[name] = pd.Series(values, dtype=DTYPES[kind])
    return pd.DataFrame(columns)


def _entry(line: str, number: int) -> dict[str, Any]:
    told = _LINE.fullmatch(line)
    if told is None:
        msg = f"No ledger line: {line!r}. Say it as in: 03-07 #1 kept"
        raise ValueError(msg)
    found, outcome = next(
        (match, word) for pattern, word in _SAYINGS if (match := pattern.fullmatch(told["said"]))
    )
    said = {name: value for name, value in found.groupdict().items() if value is not None}
    if "due_on" in said:
        said["due_on"] = day(said["due_on"])
    if "fraction" in said:
        said["fraction"] = float(said["fraction"])
    return {
        "row_id": f"row-{number:04}",
        "recorded_at": moment(f"{told['day']} {told['time'] or '12:00'}"),
        "author": "Amara",
        "visibility": "shared",
        "commitment_id": told["commitment_id"],
        "outcome": outcome,
        "closed_on": day(told["day"]) if outcome not in (None, "open") else None,
        **said,
    }


def day(said: str) -> pd.Timestamp:
    """Return a day of 2024, as in "03-08"."""
    return pd.Timestamp(f"{YEAR}-{said}")


def moment(said: str) -> datetime:
    """Return a moment of 2024 in UTC, as in "03-08 12:00"."""
    return datetime.fromisoformat(f"{YEAR}-{said}+00:00")


class Clock:
    """A clock that stands still until a test sets it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now.astimezone(UTC)

    def to(self, said: str) -> None:
        """Set the clock to a moment of 2024 in UTC: "03-08 09:30", or "03-08" for noon."""
        self.now = moment(said if " " in said else f"{said} 12:00")


def clock_at(said: str) -> Clock:
    """Return a clock that shows a moment of 2024 in UTC, as in "03-01" or "03-01 23:30"."""
    clock = Clock(moment("01-01 12:00"))
    clock.to(said)
    return clock


def new_journal(
    folder: Path,
    *,
    author: str = "Amara",
    time_zone: str = "UTC",
    clock: Clock | None = None,
    seed: int = 1,
) -> Journal:
    """Return a fresh journal in a folder, with a clock that stands and ids that are the same each time."""
    return Journal(
        folder / "journal.db",
        author=author,
        pair_id="amara-jonas",
        time_zone=time_zone,
        create=True,
        clock=clock or clock_at("03-01"),
        chance=random.Random(seed),
    )


def fewer() -> settings:
    """A fifth of the examples: for a rule that is held on many measures or engines, each with a search of its own."""
    return settings(max_examples=max(4, settings.default.max_examples // 5))


@st.composite
def histories(draw: st.DrawFn, *, commitments: int = 4, events: int = 5) -> list[str]:
    """Lines for `ledger_of`: some commitments of both peers, each with what became of it, in order of days."""
    lines = []
    for name in range(1, draw(st.integers(1, commitments)) + 1):
        made = draw(st.integers(1, 20))
        peer = draw(st.sampled_from(["Amara", "Jonas"]))
        lines.append(f"{_day(made)} #{name} {peer} by {_day(made + draw(st.integers(0, 20)))}")
        for _ in range(draw(st.integers(0, events))):
            made += draw(st.integers(0, 12))
            words = ["kept", "missed", "released", "void", "reopened", "partly 0.5"]
            said = draw(st.sampled_from([*words, f"moved to {_day(made + draw(st.integers(0, 20)))}"]))
            lines.append(f"{_day(made)} #{name} {said}")
    return sorted(lines, key=lambda line: line[:5])


def _day(number: int) -> str:
    return f"{pd.Timestamp(YEAR, 3, 1) + pd.Timedelta(days=number - 1):%m-%d}"
