"""Split a text into terms, the normalised words that BM25 counts."""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

# English function words. They include question words: "who" and "when" are in few passages, so they
# would weigh much and mean nothing. "not" and "no" are not listed, since they carry meaning.
_FUNCTION_WORDS = """
    a about after all also am an and any are as at be because been before being between both
    but by can could did do does doing during each for from further had has have having he
    her here hers him his how i if in into is it its itself just me more most my of off on
    once only or other our out over own s same she should so some such t than that the their
    them then there these they this those through to too under until up us very was we were
    what when where which while who whom whose why will with would you your
"""
STOP_WORDS = frozenset(_FUNCTION_WORDS.split())

_WORD = re.compile(r"\d+(?:[.,]\d+)+|\w+(?:\.\w)+(?!\w)|\w+")
_NO_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\u0e00-\u0e7f]")


def tokenize(text: str) -> list[str]:
    """The terms of a text: its words without case, accents and endings, and without stop words.

    Stems are Snowball's for English (Porter 2001, snowballstem.org). In scripts written without spaces,
    each character is a term.

    >>> tokenize("The U.S. signed 2 agreements, worth 4.5 billion")
    ['us', 'sign', '2', 'agreement', 'worth', '4.5', 'billion']
    """
    out: list[str] = []
    for word in _WORD.findall(fold_term(text)):
        out += _terms_of(word)
    return out


def fold_term(text: str) -> str:
    """A text without case and accents.

    >>> fold_term("Café ①")
    'cafe 1'
    """
    if text.isascii():
        return text.lower()
    # subtle: decomposing can yield capitals (from "𝐀"), and case folding can yield new marks (from "İ").
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(c for c in apart if not unicodedata.combining(c))


@lru_cache(maxsize=200_000)
def _terms_of(word: str) -> tuple[str, ...]:
    """The terms of one word that is already folded; usually one term."""
    if word in STOP_WORDS:
        return ()
    if _NO_SPACES.search(word):
        return tuple(word)
    if word[0].isdigit():
        return (word.replace(",", ""),)
    return (_stem(word.replace(".", "")),)


def _stem(word: str) -> str:
    return str(_stemmer()(word))


@lru_cache(maxsize=1)
def _stemmer() -> Callable[[str], str]:
    import Stemmer

    stem: Callable[[str], str] = Stemmer.Stemmer("english").stemWord
    return stem
