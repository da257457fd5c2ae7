"""What a text says, as words, as runs of words, and as a small sketch that texts are compared by."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import TypeVar
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from corpus.types import Dated, Sourced, Span

Shingles = NDArray[np.uint64]
"""Runs of words, each as a number; where it is a text's different ones, sorted."""

Sketch = NDArray[np.uint32]
"""Shape (SIZE,), or (0,) of a text that is too short to be like another."""

_Number = TypeVar("_Number", np.uint64, np.int64)

# Words in a run: of a text in which every tenth word was changed three quarters of them are left, of
# runs of five only three in five.
RUN = 3
# Numbers in a sketch: an estimate of 0.5 from so many is off by 0.044 (one standard deviation).
SHINGLE_SIZE = 128
# A longer line is no title, and no line of names and dates.
LONGEST_HEAD = 150
# Runs that are hashed at once, so that a book takes no more memory than an article.
_AT_ONCE = 4096
# Characters, words or runs that are looked at at once.
_STRETCH = 1 << 17

_WORD = re.compile(
    # Scripts that are written without spaces give one word for each character.
    r"\d+(?:[.,]\d+)+|[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\u0e00-\u0e7f]"
    r"|[^\W\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\u0e00-\u0e7f]+"
)


def words(text: str) -> list[str]:
    """The words of a text, without case and without what stands between them.

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
    """The text of a span without the lines that name its document: title, authors, publisher, days.

    These differ where the same article stands in two papers.
    """
    text, at, parts = span.document.text, span.start, []
    for start, end in _head_lines(span):
        parts.append(text[at : max(start, at)])
        at = max(at, end)
    parts.append(text[at : span.end])
    return "".join(parts)


def _head_lines(span: Span) -> list[tuple[int, int]]:
    """The lines of a span that name the document, in order."""
    text, metadata = span.document.text, span.document.metadata
    values: list[Sourced | Dated | None] = [
        metadata.title, metadata.publisher, metadata.published, metadata.updated, metadata.url,
        *metadata.authors,
    ]  # fmt: skip
    lines = set()
    for value in values:
        if value and value.start is not None and span.start <= value.start < span.end:
            start = max(text.rfind("\n", 0, value.start) + 1, span.start)
            end = text.find("\n", value.start)
            end = span.end if end < 0 else min(end, span.end)
            if end - start <= LONGEST_HEAD:
                lines.add((start, end))
    return sorted(lines)


def digest(said: Sequence[str]) -> bytes:
    """A name for these words in this order, 16 bytes: the same for the same words only."""
    found = hashlib.blake2b(digest_size=16)
    for first in range(0, len(said), _STRETCH):
        joined = "\n".join(said[first : first + _STRETCH])
        found.update((("\n" if first else "") + joined).encode("utf-8", "replace"))
    return found.digest()


def runs_of(said: Sequence[str], *, run: int = RUN) -> Shingles:
    """Each run of so many words, as they stand, hashed to 64 bits; of fewer words, the one of them all."""
    if not said:
        return np.empty(0, np.uint64)
    run = min(run, len(said))
    hashed = np.empty(len(said) - run + 1, np.uint64)
    for first in range(0, len(hashed), _STRETCH):
        some = said[first : first + _STRETCH + run - 1]
        # crc32 is quick and the same on every machine; two words of a language seldom share one.
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
    """The different runs of a text's words."""
    return unique_values(runs_of(said))


def unique_values(values: NDArray[_Number]) -> NDArray[_Number]:
    """The different values, sorted; numpy's own `unique` takes several times as long for these."""
    ordered = np.sort(values)
    first = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return ordered[first]


def sketch(runs: Shingles) -> Sketch:
    """MinHash: the least value of the runs under each of SIZE hash functions.

    Of two texts as many numbers agree as the share of their runs that both have (Broder 1997,
    doi.org/10.1109/SEQUEN.1997.666900). The functions are multiply-add-shift (Dietzfelbinger 1996,
    doi.org/10.1007/3-540-60922-9_46).
    """
    if not len(runs):
        return np.empty(0, np.uint32)
    least = np.full(SHINGLE_SIZE, np.iinfo(np.uint64).max, np.uint64)
    for first in range(0, len(runs), _AT_ONCE):
        some = _FACTORS[:, None] * runs[None, first : first + _AT_ONCE] + _SUMMANDS[:, None]
        np.minimum(least, some.min(axis=1), out=least)
    return (least >> np.uint64(32)).astype(np.uint32)


def resemblance(one: Shingles, other: Shingles) -> tuple[float, float]:
    """The share of the runs of both that both have, and of the runs of the smaller (0..1).

    Broder's resemblance (Jaccard's coefficient) and containment.

    >>> resemblance(shingle("a b c d e".split()), shingle("b c d e".split()))
    (0.6666666666666666, 1.0)
    """
    shared = len(np.intersect1d(one, other, assume_unique=True))
    if not shared:
        return 0.0, 0.0
    return shared / (len(one) + len(other) - shared), shared / min(len(one), len(other))


_ODD = np.uint64(0x9E3779B97F4A7C15)


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Each number scattered over 64 bits: the finaliser of splitmix64 (doi.org/10.1145/2660193.2660195)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


# subtle: not drawn from numpy's generators, whose numbers may change: sketches are kept for years.
_COUNTED = np.arange(1, 2 * SHINGLE_SIZE + 1, dtype=np.uint64) * _ODD
_FACTORS = _mixed(_COUNTED[:SHINGLE_SIZE]) | np.uint64(1)
_SUMMANDS = _mixed(_COUNTED[SHINGLE_SIZE:])
