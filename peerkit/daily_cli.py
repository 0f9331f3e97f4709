"""The daily card in a terminal: its questions one by one, or answers from a script, and the trend in numbers."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import typer

from peerkit import daily
from peerkit.errors import SessionError
from peerkit.journal import Journal
from peerkit.schema import Row, clean

_Fits = TypeVar("_Fits")
_WELCOME = (
    "A daily card holds questions that you ask yourself about how hard you tried; what came of it is partly luck.\n"
    "Write up to ten; one to three are a good beginning. Most begin: How hard did I try to ...\n"
)
COLUMNS = ["question", "days", "last 7 days", "before"]
# What may be typed in a terminal for short.
_SHORT = {"y": "yes", "n": "no"}


def card(journal: Journal, me: str) -> dict[str, Any]:
    """Return today's card as plain data that JSON holds; nothing is made or changed."""
    today = journal.today()
    begun = daily.find_card(journal, me, on=today)
    return {
        "day": str(today),
        "is_done": begun is not None and begun.status == "closed",
        "is_shared": daily.is_shared(journal, me),
        "questions": _today(journal, me, today),
    }


def ask(journal: Journal, me: str, *, folder: Path) -> None:
    """Ask today's questions one by one, each kept as it is answered; the first time they are written first.

    Raises:
        SessionError: If nobody sits at the terminal, or no question was written.
    """
    today = journal.today()
    listed = _today(journal, me, today)
    if not sys.stdin.isatty():
        first = "" if listed else ' --set "How hard did I try to listen?"'
        msg = f"There is nobody here to ask. From a script, answer each question in order: peerkit daily{first} --answer 7"
        raise SessionError(msg)
    if not listed:
        typer.echo(_WELCOME)
        listed = _written()
        # No question is told by the core, before anything is made.
        _keep(journal, me, today, listed, folder=folder)
    for number, one in enumerate(listed, start=1):
        typer.echo(f"Question {number} of {len(listed)}: {clean(one['question'])}")
        given = _answered(one)
        if given is not None:
            _keep(
                journal,
                me,
                today,
                _merged(_today(journal, me, today), {one["question"]: given}),
                folder=folder,
            )
    _keep(journal, me, today, _today(journal, me, today), folder=folder)
    typer.echo(_done(journal, me, today))


def answer(journal: Journal, me: str, *, given: Sequence[str], asked: Sequence[str], folder: Path) -> str:
    """Keep answers, the first for the first question and so on, and return a sentence about it.

    Args:
        journal: Where the card is kept.
        me: Whose card.
        given: "0" to "10", yes or no; an empty one leaves its question as it is.
        asked: The questions to ask from now on. One answered with yes or no is asked so from then on.
        folder: The workspace's own templates.

    Raises:
        SessionError: If there is no question, there are more answers than questions, or one does not fit.
    """
    today = journal.today()
    told = [_plain(one) for one in given]
    listed = _today(journal, me, today)
    if asked:
        listed = _set(listed, [" ".join(clean(one).split()) for one in asked], told)
    if not listed:
        msg = 'There is no question yet. Begin with: peerkit daily --set "How hard did I try to listen?" --answer 7'
        raise SessionError(msg)
    if len(told) > len(listed):
        msg = f"{len(told)} answers were given, and the card has {len(listed)} questions. `peerkit daily --json` lists them."
        raise SessionError(msg)
    listed = [
        {**one, "answer": told[at] if at < len(told) and told[at] else one["answer"]}
        for at, one in enumerate(listed)
    ]
    _keep(journal, me, today, listed, folder=folder)
    if told:
        return _done(journal, me, today)
    return f"Your card has {_count(len(listed))} now. Answer with: peerkit daily"


def trend(journal: Journal, me: str) -> list[dict[str, Any]]:
    """Return the numbers of the last eight weeks as plain data that JSON holds, one row per question."""
    from peerkit import effort  # here, because it loads pandas

    today = journal.today()
    answered = daily.trend(journal, me, since=effort.first_day(today))
    asked = [one["question"] for one in daily.questions(journal, me)]
    return [
        {
            "question": one.question,
            "how": one.how,
            "days": one.days,
            "last_7_days": {"n": one.last.n, "mean": one.last.mean},
            "before": {"n": one.before.n, "mean": one.before.mean},
        }
        for one in effort.by_question(answered, asked, on=today)
    ]


def in_words(rows: list[dict[str, Any]]) -> list[list[Any]]:
    """Return the rows of `trend` as a table to read, under `COLUMNS`."""
    from peerkit.effort import Share, said

    return [
        [
            row["question"],
            row["days"],
            *(said(Share(**row[span]), row["how"]) for span in ("last_7_days", "before")),
        ]
        for row in rows
    ]


def _today(journal: Journal, me: str, today: date) -> list[Row]:
    """Return today's questions with what was answered, or those of the last card without."""
    begun = daily.find_card(journal, me, on=today)
    listed = daily.read(journal, begun) if begun else []
    return listed or [{**one, "answer": None} for one in daily.questions(journal, me)]


def _written() -> list[Row]:
    """Ask for the first questions, until an empty line."""
    listed: list[Row] = []
    while len(listed) < daily.MAX_QUESTIONS:
        last = "Enter when that is all" if listed else "Enter to leave it"
        text = _line(f"Question {len(listed) + 1} ({last})")
        if not text:
            break
        ways = {"": "scale", "0-10": "scale", "yes-no": "yes-no", "yes": "yes-no"}
        how = _one_of("Answered with 0-10 or yes-no (Enter: 0-10)", ways, "0-10 or yes-no")
        listed.append({"question": text, "how": how, "answer": None})
    return listed


def _answered(one: Row) -> str | None:
    """Ask for one answer until it fits; Enter leaves it as it is."""
    now = f", now {one['answer']}" if one["answer"] else ""
    words = daily.IN_WORDS[one["how"]]
    fits: dict[str, str | None] = {"": None, **{text: text for text in daily.HOW[one["how"]]}}
    return _one_of(f"{words.capitalize()}{now}", fits, f"{words}, or Enter to leave it")


def _one_of(words: str, fits: Mapping[str, _Fits], hint: str) -> _Fits:
    while (told := _plain(_line(words))) not in fits:
        typer.echo(f"Here it is {hint}.")
    return fits[told]


def _line(words: str) -> str:
    return str(typer.prompt(words, default="", show_default=False)).strip()


def _plain(text: str) -> str:
    told = text.strip().lower()
    return str(int(told)) if told.isdecimal() and len(told) < 4 else _SHORT.get(told, told)


def _set(listed: list[Row], asked: list[str], told: list[str]) -> list[Row]:
    """Return new questions; one that was asked before keeps its answer and how it is answered."""
    former = {one["question"]: one for one in listed}
    made = []
    for at, text in enumerate(asked):
        one = former.get(text, {"question": text, "how": "scale", "answer": None})
        ways = [how for how, fits in daily.HOW.items() if at < len(told) and told[at] in fits]
        made.append(one if one["how"] in (ways or [one["how"]]) else {**one, "how": ways[0], "answer": None})
    return made


def _merged(listed: list[Row], given: dict[str, str]) -> list[Row]:
    return [{**one, "answer": given.get(one["question"], one["answer"])} for one in listed]


def _keep(journal: Journal, me: str, today: date, listed: list[Row], *, folder: Path) -> None:
    # A card that is made for this is gone again where its questions cannot be kept.
    with journal.writing():
        daily.keep(journal, daily.card_of(journal, me, on=today, folder=folder), listed, folder=folder)


def _done(journal: Journal, me: str, today: date) -> str:
    begun = daily.finish(journal, daily.card_of(journal, me, on=today))
    listed = daily.read(journal, begun)
    n = sum(one["answer"] is not None for one in listed)
    return f"Saved: {n} of {_count(len(listed))} answered. {daily.praise(today)}"


def _count(n: int) -> str:
    return f"{n} question{'' if n == 1 else 's'}"
