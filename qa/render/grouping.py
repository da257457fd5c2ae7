"""Group citations that give the same answer; answers that differ stay apart."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.metadata import find_date
from corpus.words import CARDINALS
from qa.types import Citation, Cited

_ARTICLE = re.compile(r"\b(?:a|an|the)\b")
_LEAD = re.compile(r"^(?:on|in|at|by|from)\s+")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
# Separators between words; a period or a comma within a number is part of the number.
_BETWEEN = re.compile(r"(?!(?<=\d)[.,](?=\d))[\W_]+")


@dataclass(frozen=True, slots=True)
class SameAnswer:
    """Citations that give the same answer, best first."""

    citations: tuple[Cited, ...]

    @property
    def sources(self) -> int:
        """The number of independent sources; copies of one article count once."""
        return len({citation.article or citation.document.id for citation in self.citations})

    @property
    def documents(self) -> int:
        """The number of documents that contain it, copies included."""
        cited = {citation.document.id for citation in self.citations}
        quotes = [one for one in self.citations if isinstance(one, Citation)]
        return len(cited.union(*({c.document.id for c in x.also_in} for x in quotes)))


def group(citations: Sequence[Cited]) -> list[SameAnswer]:
    """The citations grouped into different answers, in the order of their best citations."""
    same: dict[str, list[Cited]] = {}
    for citation in citations:
        same.setdefault(normal_form(citation.text), []).append(citation)
    return [SameAnswer(tuple(found)) for found in same.values()]


def normal_form(quote: str) -> str:
    """The quote without differences that do not matter: case, articles, the spelling of numbers and days.

    >>> normal_form("on Friday, 15 September 2017") == normal_form("September 15, 2017")
    True
    >>> normal_form("The 5,000 men"), normal_form("Five"), normal_form("4.5%") == normal_form("45%")
    ('5000 men', '5', False)
    """
    words = quote
    while found := find_date(words):
        # subtle: no hyphens, or the same day would be found again.
        words = f"{words[: found.start]} {found.day:day%Y%m%d} {words[found.end :]}"
    words = _THOUSANDS.sub("", words.casefold())
    words = _ARTICLE.sub(" ", _LEAD.sub("", words.strip()))
    said = _BETWEEN.sub(" ", words).split()
    return " ".join(str(CARDINALS.index(w)) if w in CARDINALS else w for w in said)
