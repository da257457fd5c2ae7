"""Resolve words that point back to the question before: "it", "she", "there", "that year".

Nothing is replaced if the word can refer to something in its own question, or if more than one thing could
be meant.
"""

import re
from collections.abc import Callable

from corpus.words import MONTHS
from qa.question.entities import named_entities
from qa.question.noun_phrases import BE, DO, PLACING, Phrase, phrases
from qa.types import Turn

# Capitalised, they are part of a title.
_PERSON = re.compile(r"\b(?:he|she|him|her|his|they|them|their)\b")
_THING = re.compile(r"\b(?:its?|they|them|their)\b")
_POSSESSIVE = frozenset(["his", "its", "their"])
# "Is it true that …", "How long does it take to …": this "it" refers to nothing.
_DUMMY = re.compile(
    r"\bit\s+(?:[\w’'.-]+\s+){0,4}?(?:(?:to|that|who|whether|if|when)\b|for\b(?=.*\bto\b))"
    r"|\bit\s+(?:the|an?|rain\w*|snow\w*)\b|"
    r"\btime (?:is|was) it\b",
    re.IGNORECASE,
)
_THERE = re.compile(r"\bthere(?=(?:\s+(?:now|today|before|again|first))?$)", re.IGNORECASE)
_THEN = re.compile(r"\bthen$", re.IGNORECASE)
_THAT_YEAR = re.compile(r"\bthat (?P<what>year|day|date)\b", re.IGNORECASE)
_THAT_PLACE = re.compile(
    r"\b(?:that|this) (?:country|city|town|village|place|state|region)\b", re.IGNORECASE
)
_NAME = re.compile(
    r"[^\W\d_a-z][\w’'.-]*(?:\s+(?:of|the|de|and|for)(?=\s+[^\W\d_a-z])|\s+[^\W\d_a-z][\w’'.-]*|\s+\d+\b)*"
)
_MONTHS = "|".join(MONTHS)
_DAY = re.compile(
    rf"\d{{1,2}}(?:st|nd|rd|th)? (?:{_MONTHS})(?:,? \d{{4}})?|(?:{_MONTHS}) \d{{1,2}}(?:, \d{{4}})?"
)
_MONTH_OR_YEAR = re.compile(rf"(?:(?:{_MONTHS}) )?\d{{4}}")
_TIMED = re.compile(r"(?:in|on|at|since|before|after|during|by)\s.*\d.*", re.IGNORECASE)
_YEAR = re.compile(r"\b\d{4}\b")
_AT = frozenset(["in", "at", "near", "from", "on"])
_LINKS = PLACING | {"with", "for", "about", "by", "against"}
# After these a clause begins whose "he" may be the person who says it.
_SAYING = re.compile(
    r"\b(?:sa(?:ys?|id)|think\w*|thought|believ\w*|claim\w*|tell|told|hop\w+|fear\w*|kn[eo]w\w*|"
    r"announc\w*|promis\w*|that|if|whether|when|because|while|after|before)\s*$",
    re.IGNORECASE,
)
_PIECE = re.compile(r"\b(?:article|story|piece|commentary|report|text|page)s?$", re.IGNORECASE)
_WHO_IS = re.compile(r"who (?:is|was) (?:he|she)", re.IGNORECASE)
LONGEST_NAME = 60


def resolve_pronouns(question: str, before: Turn) -> str | None:
    """The question with the words that point back replaced; None if none certainly does.

    >>> resolve_pronouns("Who built it", Turn("When was the tunnel opened?"))
    'Who built the tunnel'
    >>> resolve_pronouns("Is it true that the tunnel leaks", Turn("When was the bridge closed?")) is None
    True
    """
    for replaced in (_day, _place, _named):
        if meant := replaced(question, before):
            return meant
    return None


def is_name(answer: str) -> bool:
    """Whether an answer is only a name.

    >>> is_name("Rex Tillerson"), is_name("in March 2017"), is_name("It rained.")
    (True, False, False)
    """
    return len(answer) <= LONGEST_NAME and bool(_NAME.fullmatch(answer.strip()))


def _day(question: str, before: Turn) -> str | None:
    """The question with "then" or "that year" replaced, after a question that asked when; else None."""
    if before.asks != "when":
        return None
    answer = before.answer.strip().rstrip(".")
    if found := _THAT_YEAR.search(question):
        years = _YEAR.findall(answer)
        day = _DAY.search(answer)
        if found["what"].lower() == "year":
            return _put(question, found, years[0]) if len(years) == 1 else None
        return _put(question, found, day[0]) if day else None
    found_then = _THEN.search(question)
    # "What happened then?" asks what came next.
    if found_then and "happen" not in question and (timed := _timed(answer)):
        return _put(question, found_then, timed)
    return None


def _timed(answer: str) -> str:
    """A time as it is written in a sentence; "" if it is not a time.

    >>> _timed("15 September 2017"), _timed("2003"), _timed("in May 2016"), _timed("last week")
    ('on 15 September 2017', 'in 2003', 'in May 2016', '')
    """
    if len(answer) > LONGEST_NAME:
        return ""
    if _DAY.fullmatch(answer):
        return f"on {answer}"
    if _MONTH_OR_YEAR.fullmatch(answer):
        return f"in {answer}"
    return answer if _TIMED.fullmatch(answer) else ""


def _place(question: str, before: Turn) -> str | None:
    """The question with "there" or "that country" replaced, if the question before gives one place."""
    answer = re.sub(r"^(?:in|at|near)\s+", "", before.answer.strip().rstrip("."))
    if before.asks == "where" and is_name(answer):
        place = answer
    else:
        places = [p.words for p in phrases(before.question) if p.before in ("in", "at", "near")]
        if len(places) != 1 or _YEAR.search(places[0]):
            return None
        [place] = places
    if found := _THERE.search(question):
        # "How many are there?" counts something; "Who was there?" refers to a place.
        first, *_, last = question[: found.start()].lower().split() or ["", ""]
        return None if last in BE and first != "who" else _put(question, found, f"in {place}")
    if found := _THAT_PLACE.search(question):
        return _put(question, found, place)
    return None


def _named(question: str, before: Turn) -> str | None:
    """The question with "he", "they" or "it" replaced, if it cannot refer to anything in the question."""
    if _DUMMY.search(question):
        return None
    if _WHO_IS.fullmatch(question):
        name = _last_named(before)
        return f"{question.rpartition(' ')[0]} {name}" if name else None
    kinds: list[tuple[re.Pattern[str], Callable[[Turn], str]]] = [
        (_PERSON, _person),
        (_THING, _thing),
    ]
    for pattern, meant in kinds:
        found = pattern.search(question)
        if found and _is_first(question, found) and (name := meant(before)):
            return _put(question, found, f"{name}’s" if _owns(question, found) else name)
    return None


def points_outside(question: str) -> bool:
    """Whether a question has a word like "he" or "it" that refers to nothing earlier in the question.

    >>> points_outside("Why did she resign?"), points_outside("Did Tillerson say he would leave?")
    (True, False)
    """
    if _DUMMY.search(question):
        return False
    found = (pattern.search(question) for pattern in (_PERSON, _THING))
    return any(match and _is_first(question, match) for match in found)


def _is_first(question: str, found: re.Match[str]) -> bool:
    """Whether nothing earlier in the question could be what the word refers to."""
    head = question[: found.start()]
    words = head.lower().split()
    if not words or _SAYING.search(head) or any(p.start < len(head) for p in phrases(question)):
        return False
    helpers = [n for n, word in enumerate(words) if word in DO | BE]
    if helpers and helpers[0] == len(words) - 1:
        return True  # "When did she", "How much was its"
    # "Who led it", "What happened to it", "What is known about it"
    asks = words[0] in ("who", "what") and len(words) <= 4
    return asks and (len(words) <= 2 or words[-1] in _LINKS)


def _owns(question: str, found: re.Match[str]) -> bool:
    word = found[0].lower()
    if word == "her":
        return bool(
            re.match(r"\s+(?!in\b|at\b|to\b|for\b|on\b|with\b|by\b)\w", question[found.end() :])
        )
    return word in _POSSESSIVE


def _person(before: Turn) -> str:
    """The person that the question before asked for or was about; "" if that is not clear."""
    if before.asks in ("who", "whom"):
        return before.answer.strip() if is_name(before.answer) else ""
    people = _people(before.question)
    if not people and before.asks in ("which", "what") and is_name(before.answer):
        return before.answer.strip()  # "Which minister resigned?"
    return _one_of(people)


def _people(question: str) -> list[Phrase]:
    """The phrases that may name a person; "Which Iranian blogger …" names nobody."""
    placing = PLACING | {"which", "what"}
    return [p for p in phrases(question) if not p.article and p.before not in placing]


def _last_named(before: Turn) -> str:
    """The last name in the answer before, or else the last in its question; "" if there is none."""
    if before.asks not in ("where", "when"):
        if is_name(before.answer):
            return before.answer.strip()
        named = [one.text for one in named_entities(before.answer) if " " in one.text]
        if named:
            return named[-1]
    people = _people(before.question)
    return people[-1].words if people else ""


def _thing(before: Turn) -> str:
    """The thing that the question before asked for or was about; "" if that is not clear."""
    if before.asks in ("what", "which") and is_name(before.answer):
        return before.answer.strip()
    named = phrases(before.question)
    # In "When was the article on the tunnel published?" it is the tunnel that is talked about.
    found = [p for p in named if not _PIECE.search(p.words)] or named
    # In "Who built the tower at Selm?", the place only locates the thing.
    return _one_of([p for p in found if p.before not in _AT] or found)


def _one_of(found: list[Phrase]) -> str:
    subjects = [phrase.words for phrase in found if phrase.subject]
    meant = subjects[:1] or [phrase.words for phrase in found]
    return meant[0] if len(meant) == 1 else ""


def _put(question: str, found: re.Match[str], words: str) -> str:
    return f"{question[: found.start()]}{words}{question[found.end() :]}"
