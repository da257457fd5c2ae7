"""Represent a text by its words, by runs of words, and by a small sketch for comparing texts."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import TypeVar
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from corpus.types import Span

Shingles = NDArray[np.uint64]
"""Runs of words, each hashed to a number. A text's distinct runs are sorted."""

Sketch = NDArray[np.uint32]
"""Shape (SHINGLE_SIZE,), or (0,) for a text that is too short to be compared."""

_Number = TypeVar("_Number", np.uint64, np.int64)

# Words in a run. If every tenth word of a text changes, three quarters of these runs survive; of runs
# of five words, only three in five would.
RUN = 3
# Numbers in a sketch. With this many, an estimate of 0.5 is off by 0.044 (one standard deviation).
SHINGLE_SIZE = 128
# Runs hashed at once, so that a book needs no more memory than an article.
_AT_ONCE = 4096
# Characters, words or runs processed at once.
_STRETCH = 1 << 17

_WORD = re.compile(
    # In scripts written without spaces, each character is a word.
    r"\d+(?:[.,]\d+)+|[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\u0e00-\u0e7f]"
    r"|[^\W\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\u0e00-\u0e7f]+"
)


def words(text: str) -> list[str]:
    """The words of a text, case-folded, without punctuation and spaces.

    >>> words("The **U.S.** signed: 4.5 billion, 日本")
    ['the', 'u', 's', 'signed', '4.5', 'billion', '日', '本']
    """
    found: list[str] = []
    # Each word once: of a book, all of them would take twenty times its memory.
    seen: dict[str, str] = {}
    for piece in _stretches(text):
        whole = piece if piece.isascii() else unicodedata.normalize("NFKC", piece)
        found += [seen.setdefault(word, word) for word in _WORD.findall(whole.casefold())]
    return found


def _stretches(text: str) -> Iterator[str]:
    """The text in stretches that end before white space, where no word goes on."""
    start = 0
    while start < len(text):
        end = start + _STRETCH
        if end < len(text):
            space = max(text.rfind(gap, start + 1, end) for gap in " \n")
            end = space if space > start else len(text)
        yield text[start:end]
        start = end


def without_head(span: Span) -> str:
    """The text of a span without the lines that identify its document: title, authors, publisher, days.

    These differ when two papers print the same article.
    """
    text, at, parts = span.document.text, span.start, []
    for start, end in span.document.head_lines():
        if at < end and start < span.end:
            parts.append(text[at : max(start, at)])
            at = min(end, span.end)
    parts.append(text[at : span.end])
    return "".join(parts)


def digest(said: Sequence[str]) -> bytes:
    """A 16-byte digest of these words in this order."""
    found = hashlib.blake2b(digest_size=16)
    for first in range(0, len(said), _STRETCH):
        joined = "\n".join(said[first : first + _STRETCH])
        found.update((("\n" if first else "") + joined).encode("utf-8", "replace"))
    return found.digest()


def runs_of(said: Sequence[str], *, run: int = RUN) -> Shingles:
    """Each run of `run` words, in order, hashed to 64 bits; if there are fewer words, one run of them all."""
    if not said:
        return np.empty(0, np.uint64)
    run = min(run, len(said))
    hashed = np.empty(len(said) - run + 1, np.uint64)
    for first in range(0, len(hashed), _STRETCH):
        some = said[first : first + _STRETCH + run - 1]
        # crc32 is fast and the same on every machine, and two words of a language seldom share a value.
        one = np.fromiter(
            map(crc32, "\n".join(some).encode("utf-8", "replace").split(b"\n")),
            np.uint64,
            len(some),
        )
        mixed = np.zeros(len(some) - run + 1, np.uint64)
        for place in range(run):
            mixed = _mixed(mixed ^ one[place : place + len(mixed)]) + _ODD
        hashed[first : first + len(mixed)] = mixed
    return hashed


def shingle(said: Sequence[str]) -> Shingles:
    """The distinct runs of a text's words, sorted."""
    return unique_values(runs_of(said))


def unique_values(values: NDArray[_Number]) -> NDArray[_Number]:
    """The distinct values, sorted. For these, numpy's own `unique` takes several times as long."""
    ordered = np.sort(values)
    first = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return ordered[first]


def sketch(runs: Shingles) -> Sketch:
    """MinHash: the smallest value of the runs under each of SHINGLE_SIZE hash functions.

    The share of numbers in which two sketches agree estimates the share of runs that both texts have
    (Broder 1997, doi.org/10.1109/SEQUEN.1997.666900). The functions are multiply-add-shift
    (Dietzfelbinger 1996, doi.org/10.1007/3-540-60922-9_46).
    """
    if not len(runs):
        return np.empty(0, np.uint32)
    least = np.full(SHINGLE_SIZE, np.iinfo(np.uint64).max, np.uint64)
    for first in range(0, len(runs), _AT_ONCE):
        some = _FACTORS[:, None] * runs[None, first : first + _AT_ONCE] + _SUMMANDS[:, None]
        np.minimum(least, some.min(axis=1), out=least)
    return (least >> np.uint64(32)).astype(np.uint32)


def resemblance(one: Shingles, other: Shingles) -> tuple[float, float]:
    """The number of shared runs, as a share of all runs and as a share of the smaller's runs (0..1).

    These are Broder's resemblance (Jaccard's coefficient) and containment.

    >>> resemblance(shingle("a b c d e".split()), shingle("b c d e".split()))
    (0.6666666666666666, 1.0)
    """
    shared = len(np.intersect1d(one, other, assume_unique=True))
    if not shared:
        return 0.0, 0.0
    return shared / (len(one) + len(other) - shared), shared / min(len(one), len(other))


_ODD = np.uint64(0x9E3779B97F4A7C15)


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Each number hashed to 64 bits with the finaliser of splitmix64 (doi.org/10.1145/2660193.2660195)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


# subtle: these do not come from numpy's generators, whose numbers may change; sketches last for years.
_COUNTED = np.arange(1, 2 * SHINGLE_SIZE + 1, dtype=np.uint64) * _ODD
_FACTORS = _mixed(_COUNTED[:SHINGLE_SIZE]) | np.uint64(1)
_SUMMANDS = _mixed(_COUNTED[SHINGLE_SIZE:])
