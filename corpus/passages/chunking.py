"""Passages: whole sentences up to a budget of model tokens, with overlap."""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from corpus.passages.sentences import split_sentences
from corpus.types import Document, Span

LONGEST_BLOCK = 20_000
"""Most characters that a tokenizer gets in one call: for a long text it would need gigabytes."""

TokenStarts = Callable[[str], Sequence[int]]
"""A tokenizer as this layer needs it: from a text to the offset of each token's first character."""


@dataclass(frozen=True, slots=True)
class Chunking:
    """How documents are split into passages.

    `budget` is the maximum number of model tokens in a passage (8 or more). `overlap` is the number of
    sentences that a passage repeats from the one before it (0 or more).
    """

    budget: int = 200
    overlap: int = 1

    def __post_init__(self) -> None:
        if self.budget < 8 or self.overlap < 0:
            raise ValueError(
                f"budget is {self.budget} and must be at least 8; "
                f"overlap is {self.overlap} and must be at least 0"
            )


def word_starts(text: str) -> list[int]:
    """The offset of each word's first character: a tokenizer that needs no model.

    A word is a run of characters without white space.

    >>> word_starts("two words")
    [0, 4]
    """
    starts = []
    inside = False
    for i, char in enumerate(text):
        if not char.isspace() and not inside:
            starts.append(i)
        inside = not char.isspace()
    return starts


def split_passages(
    document: Document,
    *,
    token_starts: TokenStarts = word_starts,
    chunking: Chunking = Chunking(),
) -> list[Span]:
    """The passages of a document, in order. Together they cover all of its sentences.

    A passage holds as many whole sentences as fit the budget. A sentence that exceeds the budget by
    itself (a table, a text without punctuation) is cut between tokens.
    """
    units: list[Span] = []
    sizes: list[int] = []
    for unit, size in _measured(document, token_starts, chunking.budget):
        units.append(unit)
        sizes.append(size)
    return [
        Span(document, units[first].start, units[last - 1].end)
        for first, last in _windows(sizes, chunking)
    ]


def _measured(
    document: Document, token_starts: TokenStarts, budget: int
) -> Iterator[tuple[Span, int]]:
    """Each sentence, or piece of one, that fits the budget, with its number of tokens."""
    end = 0
    for block in _blocks(split_sentences(document)):
        # subtle: for some tokenizers the space before a word belongs to the word. A unit's first token
        # may then start in the white space before the unit.
        starts = _starts(document.text, end, block[-1].end, token_starts)
        for sentence in block:
            for unit in _fitting(sentence, starts, budget):
                yield unit, _count(end, unit.end, starts)
                end = unit.end


def _starts(text: str, start: int, end: int, token_starts: TokenStarts) -> "array[int]":
    """Where the tokens between two offsets start. A long sentence is tokenized in stretches."""
    found = array("q")
    while start < end:
        # subtle: a stretch ends before white space, which belongs to the next word, so the tokens are
        # the same as for the whole sentence.
        last = min(start + LONGEST_BLOCK, end)
        if last < end:
            space = max(text.rfind(gap, start + 1, last) for gap in " \n\t")
            last = space if space > start else last
        found.extend(start + at for at in token_starts(text[start:last]))
        start = last
    return found


def _blocks(sentences: Sequence[Span]) -> Iterator[Sequence[Span]]:
    """Runs of sentences of at most LONGEST_BLOCK characters together, or a single longer sentence."""
    first = 0
    for i, sentence in enumerate(sentences):
        start = sentences[first - 1].end if first else 0
        if i > first and sentence.end - start > LONGEST_BLOCK:
            yield sentences[first:i]
            first = i
    if first < len(sentences):
        yield sentences[first:]


def _count(start: int, end: int, starts: Sequence[int]) -> int:
    return bisect_left(starts, end) - bisect_left(starts, start)


def _fitting(sentence: Span, starts: Sequence[int], budget: int) -> Iterator[Span]:
    """The sentence, or pieces of it that fit the budget, cut at white space if possible."""
    first, last = bisect_left(starts, sentence.start), bisect_left(starts, sentence.end)
    text, start = sentence.document.text, sentence.start
    while last - first > budget:
        cut = starts[first + budget]
        space = max(text.rfind(gap, start + 1, cut + 1) for gap in " \n\t")
        if space > start and bisect_left(starts, space) > first:
            cut = space
        # subtle: one character may be several tokens, all of which start at it.
        if cut <= start:
            cut = next((s for s in starts[first + budget :] if s > start), sentence.end)
        yield Span(sentence.document, start, cut)
        start = cut
        while start < sentence.end and text[start].isspace():
            start += 1
        first = bisect_left(starts, start)
    if start < sentence.end:
        yield Span(sentence.document, start, sentence.end)


def _windows(sizes: Sequence[int], chunking: Chunking) -> Iterator[tuple[int, int]]:
    """The first and last (exclusive) unit of each passage."""
    first = 0
    while first < len(sizes):
        last, total = first, 0
        while last < len(sizes) and (last == first or total + sizes[last] <= chunking.budget):
            total += sizes[last]
            last += 1
        yield first, last
        if last == len(sizes):
            return
        # subtle: repeat sentences only while the next new one still fits after them. Otherwise a
        # passage could hold nothing that its neighbours do not.
        first = last
        room = chunking.budget - sizes[last]
        for _ in range(chunking.overlap):
            if sizes[first - 1] > room:
                break
            first -= 1
            room -= sizes[first]
