"""What a question says that the passage of a quote does not: another name or figure, or the opposite.

A reader is as sure of "When did Egypt join?" as of "When did Turkey join?" where a passage says when
Egypt did. Words alone show the difference, since a name is seldom written in other words.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from corpus.types import Span
from corpus.words import CARDINALS, ORDINALS
from index.retrievers import STOP_WORDS, fold_term
from qa.reader.quotes import spelt_out
from qa.types import Citation, EntityKind, NamedEntity, Question


@dataclass(frozen=True, slots=True)
class Lacks:
    """How many `names` and `figures` of a question a passage lacks, and whether it has the opposite of a word."""

    names: float
    figures: float
    opposite: float


LACKS = tuple(field.name for field in fields(Lacks))
# More of a kind say no more.
MOST = 2
# What a document begins with says what it is about, as its title does; so many characters are looked at.
BEGINNING = 1_000
# Letters of a word that another, which begins with it, may be a form of.
FEWEST = 5

_PAIRS = """
    first last, biggest smallest, largest smallest, highest lowest, oldest newest, longest shortest,
    before after, north south, east west, northern southern, eastern western, increase decrease,
    male female, men women, won lost, maximum minimum, upper lower, above below, father mother,
    husband wife, brother sister, son daughter, king queen, summer winter, support oppose, supported
    opposed, accept reject, accepted rejected, majority minority, positive negative, best worst, more
    fewer, early late, earliest latest, inside outside, import export, imported exported, public private,
    buy sell, bought sold, strongest weakest, fastest slowest, begin end, began ended, most least
"""
OPPOSITES = {
    a: b for pair in _PAIRS.split(",") for x, y in [pair.split()] for a, b in ((x, y), (y, x))
}
_WORD = re.compile(r"[^\W_]+")
# Somebody's last name is no end of anything.
_TURNING = re.compile(r"\b[a-z]+\b(?! names?\b)")
_CAPITALISED = re.compile(r"\b[^\W\d_a-zß-öø-ÿ]\w*")
_ENDS = {1: "st", 2: "nd", 3: "rd"}
_DIGITS = {word: str(number) for number, word in enumerate(CARDINALS[:13])} | {
    word: f"{number}{_ENDS.get(number, 'th')}" for number, word in enumerate(ORDINALS, 1)
}
_SPELT = {digits: word for word, digits in _DIGITS.items()}
# Forms of one name: "China" and "Chinese", "Russia" and "Russians".
_FORM = re.compile(r"(?:i?ans?|ese|ish|i|s)$")
# Whether somebody or something is of a country is often said in other words, or goes without saying.
_OF_COUNTRY = re.compile(
    r"(?:ian|ean|can|man|ish|ese|ern)s?$|^(?:french|dutch|greeks?|swiss|czech|turks?|arabs?|arabic|jews?"
    r"|us|uk|un|eu|god)$",
    re.IGNORECASE,
)


def unsupported(question: Question, citations: Sequence[Citation]) -> NDArray[np.float64]:
    """What the passage of each citation lacks, shape (citations, len(LACKS)); the columns are `Lacks`'s."""
    things = question.entities
    turns = [word for word in _TURNING.findall(question.text) if word in OPPOSITES]
    rows: dict[Span, Lacks] = {}
    for passage in dict.fromkeys(citation.passage for citation in citations):
        held = Held(passage) if things or turns else None
        rows[passage] = _lacks(things, turns, held) if held else Lacks(0, 0, 0)
    values = [[getattr(rows[c.passage], name) for name in LACKS] for c in citations]
    return np.asarray(values, np.float64).reshape(len(citations), len(LACKS))


class Held:
    """The words of a passage, of its document's title and of what that begins with."""

    def __init__(self, passage: Span) -> None:
        document = passage.document
        read = spelt_out(passage).text
        text = f"{document.title} {document.text[:BEGINNING]} {read}"
        self.words = frozenset(words(text))
        self._starts = frozenset(w[:n] for w in self.words for n in range(4, len(w) + 1))
        self._initials = "".join(word[0] for word in _CAPITALISED.findall(text)).casefold()

    def name(self, name: str) -> bool:
        """Whether half of the name's words stand there, in some form, or what its initials stand for."""
        parts = _parts(name)
        if len(parts) == 1 and name.isupper() and len(name) > 1 and parts[0] in self._initials:
            return True
        return sum(self._has(part) for part in parts) * 2 >= len(parts)

    def figure(self, figure: str) -> bool:
        """Whether the figure stands there; a decade does where one of its years does, and the reverse."""
        return all(
            part in self.words or not self._forms(part).isdisjoint(self.words)
            for part in words(figure)
        )

    def _has(self, word: str) -> bool:
        stem = _stem(word)
        # Or what it begins with: "Swazi" for "Swaziland".
        starts = (word[:length] for length in range(FEWEST, len(word) + 1))
        return any(start in self.words for start in (word, *starts)) or (
            len(stem) >= 4 and stem in self._starts
        )

    def _forms(self, figure: str) -> set[str]:
        if re.fullmatch(r"\d{3}0s", figure):
            return {f"{figure[:3]}{last}" for last in range(10)}
        bare = re.sub(r"(?:st|nd|rd|th|s)$", "", figure)
        decade = {f"{figure[:3]}0s"} if re.fullmatch(r"\d{4}", figure) else set()
        return {bare, *(bare + end for end in ("st", "nd", "rd", "th"))} | decade


def words(text: str) -> list[str]:
    """The words of a text without case and accents, small numbers as digits.

    >>> words("Two naïve ships, 1,200 m, the first")
    ['2', 'naive', 'ships', '1200', 'm', 'the', '1st']
    """
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", fold_term(text))
    return [_DIGITS.get(word, word) for word in _WORD.findall(plain)]


def _lacks(things: Sequence[NamedEntity], turns: Sequence[str], held: Held) -> Lacks:
    names = [one.text for one in things if one.kind is EntityKind.NAME]
    figures = [one.text for one in things if one.kind is not EntityKind.NAME]
    has = {word for part in held.words for word in (part, _SPELT.get(part, part))}
    return Lacks(
        min(MOST, sum(not _is_of_country(name) and not held.name(name) for name in names)),
        min(MOST, sum(not held.figure(figure) for figure in figures)),
        float(any(word not in has and OPPOSITES[word] in has for word in turns)),
    )


def _is_of_country(name: str) -> bool:
    return " " not in name and bool(_OF_COUNTRY.search(name))


def _parts(name: str) -> list[str]:
    found = words(name)
    return [word for word in found if word not in STOP_WORDS] or found


def _stem(word: str) -> str:
    """What other forms of a name begin with.

    >>> _stem("chinese"), _stem("china"), _stem("stanford"), _stem("un")
    ('chin', 'chin', 'stanfo', 'un')
    """
    if word.isdigit() or len(word) < 5:
        return word
    return word[: max(4, len(_FORM.sub("", word)) - 2)]
