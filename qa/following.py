"""Questions that follow up: what "And when was that?" means after the question before it.

Nothing is generated here: words of the questions and of the answer before are put in place of the
words that point at them. What a question was understood as is shown, and can be taken back.
"""

import re
from dataclasses import dataclass

_WH = r"(?:when|where|why|how(?: (?:many|much|long|far|old|often))?|who|what|which)"
_AUX = r"(?:did|do|does|was|were|is|are|has|have|had|will|would|can|could)"
_AND = re.compile(r"^(?:and|but|so|ok|okay|then)\b[,:]?\s+", re.IGNORECASE)
_ABOUT = re.compile(r"^(?:what|how) about\s+(?P<new>.+)$", re.IGNORECASE)
_BARE = re.compile(
    rf"^(?P<wh>{_WH})(?:\s+{_AUX}\s+(?:it|that|this|they|he|she)(?:\s+(?:be|happen|take place|begin|end))?)?$",
    re.IGNORECASE,
)
_ASKED = re.compile(
    rf"^(?P<wh>{_WH}(?:\s+(?!{_AUX}\b)\w+)?)\s+(?P<rest>{_AUX}\s+.+)$", re.IGNORECASE
)
_SUBJECT = re.compile(r"^(?:who|what|which(?:\s+\w+)?)\s+(?P<rest>[a-z].+)$", re.IGNORECASE)
_NAME = re.compile(
    r"[^\W\d_a-z][\w’'.-]*(?:\s+(?:of|the|de|and|for)(?=\s+[^\W\d_a-z])|\s+[^\W\d_a-z][\w’'.-]*|\s+\d+\b)*"
)
_DAY_OR_YEAR = re.compile(r"\b(?:in|on|since|before|after)\s+(?:[A-Z][a-z]+\s+)?\d[\d\w ]*\b")
_PERSON = re.compile(
    r"\b(?P<possessive>his|her|their)\b|\b(?:he|she|they|him|them)\b", re.IGNORECASE
)
_THING = re.compile(
    r"\b(?P<possessive>its)\b|\b(?:it|that|this)\b(?!\s+(?:the|a|an)\b)|\b(?P<there>there)$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b\d{4}$")
_TWICE = re.compile(r"\b(\w+) \1\b")
# A longer question says what it is about by itself.
MOST_WORDS = 14


@dataclass(frozen=True, slots=True)
class Turn:
    """A question as it was understood, the answer to it, and the ids of the documents that were quoted."""

    question: str
    answer: str = ""
    documents: tuple[str, ...] = ()


def understood(question: str, before: Turn | None) -> str | None:
    """What a follow-up asks, written out; None where the question stands on its own.

    >>> before = Turn("When did China join the talks?", "in 2003")
    >>> understood("What about Russia?", before)
    'When did Russia join the talks?'
    >>> understood("And where?", before)
    'Where did China join the talks?'
    >>> understood("Who led it?", Turn("When did the Cassini mission end?"))
    'Who led Cassini?'
    >>> understood("Who won the World Cup?", before) is None
    True
    """
    asked = question.strip().rstrip("?!. ").strip()
    bare = _AND.sub("", asked)
    if before is None or len(bare.split()) > MOST_WORDS:
        return None
    if about := _ABOUT.match(bare):
        return _with(before.question, about["new"].strip())
    if found := _BARE.match(bare):
        return _again(found["wh"], before)
    if _names(bare):
        return _sentence(bare) if bare != asked else None
    return _pointed(bare, before)


def _with(question: str, new: str) -> str:
    """The question before, about something else of the same kind."""
    old = question.rstrip("?!. ")
    if _YEAR.fullmatch(new) and (found := _DAY_OR_YEAR.search(old)):
        return _sentence(old[: found.start()] + _YEAR.sub(new, found[0]) + old[found.end() :])
    if _DAY_OR_YEAR.match(new) or re.match(
        r"(?:in|on|since|before|after|at)\b", new, re.IGNORECASE
    ):
        kept = _DAY_OR_YEAR.sub("", old).strip()
        return _sentence(f"{kept} {new}")
    names = _names(old)
    if not names:
        return _sentence(f"{old}, {new}")
    # A thing is asked for by "the …" where the name stood, too.
    start, end = names[0]
    if re.match(r"the\b", new, re.IGNORECASE) and re.search(
        r"\bthe\s+$", old[:start], re.IGNORECASE
    ):
        new = re.sub(r"^the\s+", "", new, flags=re.IGNORECASE)
    # "the Cassini mission" becomes "the Juno mission" once.
    return _sentence(_TWICE.sub(r"\1", f"{old[:start]}{new}{old[end:]}"))


def _again(wh: str, before: Turn) -> str | None:
    """The question before, asked for something else: "When …?" of what was asked "Where …?"."""
    old = before.question.rstrip("?!. ")
    if found := _ASKED.match(old):
        return _sentence(f"{wh} {found['rest']}")
    if found := _SUBJECT.match(old):
        who = before.answer.strip().rstrip(".") if 0 < len(before.answer) <= 60 else "it"
        return _sentence(f"{wh} was it that {who} {found['rest']}")
    return None


def _pointed(bare: str, before: Turn) -> str | None:
    """The question with the word that points back replaced by what it points at."""
    named = before.answer.strip() if _is_name(before.answer) else ""
    asked = [before.question[start:end] for start, end in _names(before.question.rstrip("?!. "))]
    if found := _PERSON.search(bare):
        meant = named or (asked[-1] if asked else "")
    elif found := _THING.search(bare):
        place = bool(found["there"]) and before.question.lower().startswith("where")
        meant = named if place and named else max(asked, key=len, default="") or named
        if found["there"] and meant:
            meant = f"in {meant}"
    if not found or not meant:
        return None
    own = f"{meant}’s" if found["possessive"] else meant
    return _sentence(f"{bare[: found.start()]}{own}{bare[found.end() :]}")


def _is_name(answer: str) -> bool:
    """Whether an answer is a name and nothing else.

    >>> _is_name("Rex Tillerson"), _is_name("in March 2017"), _is_name("It rained.")
    (True, False, False)
    """
    return len(answer) <= 60 and bool(_NAME.fullmatch(answer.strip()))


def _names(question: str) -> list[tuple[int, int]]:
    """Where names stand in a question: words with a capital, but for the first."""
    first = len(question) - len(question.lstrip()) + len((question.split() or [""])[0])
    return [(m.start(), m.end()) for m in _NAME.finditer(question) if m.start() >= first]


def _sentence(words: str) -> str:
    words = re.sub(r"\s+", " ", words).strip()
    return f"{words[:1].upper()}{words[1:]}?"
