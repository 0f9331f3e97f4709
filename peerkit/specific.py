"""Whether words are clear and time-specific: gentle questions, never a refusal, by plain rules for English."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Literal


def _forms(words: str) -> frozenset[str]:
    """Return the words as they stand and as people bend them: call, calls, called, calling."""
    bent = set()
    for word in words.split():
        stem = word.removesuffix("e")
        bent |= {word, f"{word}s", f"{word}es", f"{stem}ed", f"{stem}ing"}
        bent |= {f"{word}{word[-1]}ed", f"{word}{word[-1]}ing"}
    return frozenset(bent)


# The words, with what each list is for, stand in specific.toml.
_LISTS: dict[str, str] = tomllib.loads(Path(__file__).with_name("specific.toml").read_text(encoding="utf-8"))
_ACTIONS, _DIRECTIONS, _LIGHT = (_forms(_LISTS[name]) for name in ("actions", "directions", "light"))
_LOOSE, _AMOUNTS, _FOREIGN = (frozenset(_LISTS[name].split()) for name in ("loose", "amounts", "foreign"))
_SMALL = _LOOSE | _LIGHT | frozenset(_LISTS["small"].split())
_KNOWN = _ACTIONS | _DIRECTIONS | _AMOUNTS | _SMALL
# Before a loose word they make it a thing's own: "buy a better lock", "ask for more hours".
_NAMING = ("a", "about", "an", "any", "for", "how", "the")
_MONTHS = "(?:january|february|march|april|may|june|july|august|september|october|november|december)"
# Said in several words, and meant as the one on the right.
_PHRASES = {
    r"one day(?! (?:a|per|each|this|next|in)\b)|at some point|a (?:bit|little)|(?:as|so) \w+ as (?:possible|i can)"
    r"|(?:when|if) (?:possible|i can)|my best": "someday",
    r"(?<!to )work(?:ing)? (?:on|at|towards?)|look(?:ing)? (?:into|after|for)|let(?:ting)? go|get(?:ting)? fit"
    r"|sort(?:ing)? (?:out )?(?:things|everything|(?:my|our) (?:whole )?life)(?: out)?"
    r"|see(?:ing)? how (?:it|things) (?:goes?|turns? out)|(?:get(?:ting)?|pull(?:ing)?) (?:my (?:act|life)|it|myself) together": "improve",
    r"(?:plan|hope|want|going|be able) to": "to",
    # A deadline says when, and nothing of what.
    r"(?:by|before|until) (?:the )?(?:end of )?(?:the |this |next )?"
    rf"(?:\w+day|tomorrow|weekend|week|month|year|\d{{4}} \d\d \d\d|\w+ {_MONTHS}|{_MONTHS}(?: \d\w*)?)": "",
}
# A day that could stand in a date field; "every Monday" could not.
_DAY = re.compile(
    r"(?<!every )(?<!each )\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:today|tonight|tomorrow|next week)\b"
    rf"|\b\d{{4}}-\d\d-\d\d\b|\b\d\d?(?:st|nd|rd|th)?(?: of)? {_MONTHS}\b|\b{_MONTHS} (?:the )?\d\d?"
    r"|\b(?:this|next|the) weekend\b|\bend of (?:the|this|next) (?:week|month|year)\b"
)
_PUT_IN = 'Would you put that day in under "By when" too?'
_QUESTIONS = {
    "commitment": (
        "By when will it be done?",
        "How would the two of you tell that it was done?",
        "What is the first thing that somebody could see you do?",
    ),
    "advice": (
        "By when could that be done?",
        "What would one see being done?",
        "What could somebody be seen doing first?",
    ),
}


def gentle_questions(
    text: str,
    due_on: date | None,
    *,
    of: Literal["commitment", "advice"] = "commitment",
    first_step: str = "",
    evidence: str = "",
    cue: str = "",
) -> list[str]:
    """Return what a good coach would ask before this is promised or advised; an empty list when it is clear.

    A question, never a refusal, and never more than two: for the day, then for words by which both
    could tell that it was done. Words that the rules cannot judge are left in peace.

    Args:
        text: What will be done, or could be.
        due_on: The day by which. A day that only the words name is asked for here as well.
        of: Whose words: those of a commitment, or of a piece of advice.
        first_step: What is done first. Who says that was asked, and has answered.
        evidence: By what both will know. Who says that has answered too.
        cue: When and where; it is read together with the text.

    Example:
        >>> gentle_questions("Try to run more", None)
        ['By when will it be done?', 'How would the two of you tell that it was done?']
        >>> gentle_questions("Be more patient", date(2024, 3, 8))
        ['What is the first thing that somebody could see you do?']
        >>> gentle_questions("Run to the bridge and back", date(2024, 3, 8))
        []
        >>> gentle_questions("Be more patient", date(2024, 3, 8), first_step="Count to ten before I answer")
        []
        >>> gentle_questions("Ask your sister on Sunday", None, of="advice")
        ['Would you put that day in under "By when" too?']
    """
    by_when, how, first = _QUESTIONS[of]
    questions = []
    if due_on is None:
        questions.append(_PUT_IN if _DAY.search(text.lower()) else by_when)
    has_said = bool(first_step.strip() or evidence.strip())
    if not (has_said or is_observable(text) or (cue.strip() and is_observable(f"{text} {cue}"))):
        words = _words(text)
        names_no_action = _meant(words) and _ACTIONS.isdisjoint(words)
        questions.append(first if names_no_action else how)
    return questions


def is_observable(text: str) -> bool:
    """Whether an outsider could tell that it was done; True also where the rules cannot judge.

    They judge English alone, by its first word with a meaning. An action is clear. A direction needs
    an amount or a time, and so does what is only to be tried, or done more or better.

    Example:
        >>> [is_observable(text) for text in ("Focus on my health", "Try the 18:00 class", "学校に電話する")]
        [False, True, True]
    """
    words = _words(text)
    if not _is_english(words):
        return bool(text.strip())
    meant, has_amount = _meant(words), any(map(_is_amount, words))
    if not meant:
        return has_amount
    if meant[0] in _ACTIONS:
        return has_amount or not any(b in _LOOSE and a not in _NAMING for a, b in pairwise(["", *words]))
    is_loose = not _LOOSE.isdisjoint(words)
    if meant[0] in _DIRECTIONS:
        return has_amount and not (is_loose and _ACTIONS.isdisjoint(words))
    # A rare verb is left in peace; a mere thing, as in "my taxes", is not.
    return has_amount or not (is_loose or (len(words) <= 3 and words[0] in ("my", "our", "the")))


def _words(text: str) -> list[str]:
    # An accent that stands as a character of its own must not cut a word in two.
    plain = " ".join(re.findall(r"(?:[^\W_]|[\u0300-\u036f])+", text.casefold()))
    for phrase, word in _PHRASES.items():
        plain = re.sub(rf"\b(?:{phrase})\b", word, plain)
    return plain.split()


def _meant(words: list[str]) -> list[str]:
    """Return the words that say what: neither small, nor loose, nor an amount."""
    return [word for word in words if word not in _SMALL and not _is_amount(word)]


def _is_amount(word: str) -> bool:
    return (word.removesuffix("s") in _AMOUNTS and word != "ones") or any(map(str.isdigit, word))


def _is_english(words: list[str]) -> bool:
    """Whether a third of the words or more are known ones; names and rare words make up the rest."""
    known = sum(word in _KNOWN for word in words)
    n_spelled = sum(not any(map(str.isdigit, word)) for word in words)
    return 3 * known >= max(n_spelled, 1) and known > sum(word in _FOREIGN for word in words)
