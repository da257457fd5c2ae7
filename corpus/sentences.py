r"""Sentence spans.

The splitting itself is nupunkt's (Punkt: Kiss and Strunk 2006, doi.org/10.1162/coli.2006.32.4.485),
the best of four splitters on news text (`tests/benchmarks/sentences.py`). Around it stand three
things that it leaves open: paragraphs and line breaks, scripts that write no space after a full
stop, and closing quotation marks.

A document is split block by block (a block is what stands between empty lines), so that the
sentences around one character can be had without splitting the whole document.
"""

import re
from collections.abc import Iterator

from corpus.types import Document, Span

# A line that is shorter than this was not broken because the paper ended.
SHORT_LINE = 45
# nupunkt looks at the whole of what it is given: longer blocks are handed to it in pieces.
LONGEST_PIECE = 20_000

_EMPTY_LINE = re.compile(r"\n[^\S\n]*\n\s*")
_IDEOGRAPHIC_STOP = re.compile(r"[。！？｡][」』”’）)】]*")
_BULLET = re.compile(r"\s*(?:[-*•‣–—]|\d{1,3}[.)])\s")
_ENDED = re.compile(r"[.!?:;…。！？][\"'”’»)\]]*$")


def split_sentences(document: Document) -> list[Span]:
    """All sentences of a document, in order.

    They do not overlap, hold no white space at their ends, and leave nothing but white space out.
    """
    return sentences_within(document, 0, len(document.text))


def sentences_within(document: Document, start: int, end: int) -> list[Span]:
    """The sentences of the document that share at least one character with `start` to `end`."""
    text = document.text
    first = max((m.end() for m in _EMPTY_LINE.finditer(text, 0, start)), default=0)
    after = _EMPTY_LINE.search(text, max(end - 1, 0))
    last = after.start() if after else len(text)
    return [
        Span(document, a, b)
        for a, b in sentence_offsets(text[first:last], first)
        if a < end and b > start
    ]


def sentence_offsets(text: str, offset: int = 0) -> list[tuple[int, int]]:
    """Start and end of each sentence of a text, with `offset` added to both.

    >>> text = "The U.S. signed a US$4.5 billion deal. It was late!"
    >>> [text[a:b] for a, b in sentence_offsets(text)]
    ['The U.S. signed a US$4.5 billion deal.', 'It was late!']
    """
    return [
        (a + offset, b + offset)
        for line_start, line_end in _lines(text)
        for a, b in _split(text, line_start, line_end)
    ]


def _lines(text: str) -> Iterator[tuple[int, int]]:
    """The stretches of a text that no sentence crosses: paragraphs, items, and short lines."""
    start = 0
    for match in re.finditer(r"\n", text):
        before = text[start : match.start()]
        line = before[before.rfind("\n") + 1 :]
        if _is_boundary(line, text[match.end() : match.end() + 200]):
            yield start, match.start()
            start = match.end()
    yield start, len(text)


def _is_boundary(line: str, following: str) -> bool:
    """Whether the line break between `line` and what follows ends a sentence."""
    nxt = following.split("\n", 1)[0]
    if not line.strip() or not nxt.strip():
        return True
    if nxt[:2] == "  " or nxt[:1] == "\t" or _BULLET.match(nxt):
        return True  # an indented first line or an item
    if _ENDED.search(line.rstrip()):
        return True
    return len(line.rstrip()) < SHORT_LINE and not nxt[:1].islower()


def _split(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The sentences between two offsets that no line break divides."""
    for a, b in _pieces(text, start, end):
        for c, d in _punkt(text[a:b]):
            yield from _trimmed(text, _ideographic(text, a + c, a + d))


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """At most LONGEST_PIECE characters each, cut at white space where there is any."""
    while end - start > LONGEST_PIECE:
        cut = max(text.rfind(" ", start + 1, start + LONGEST_PIECE), start)
        cut = cut if cut > start else start + LONGEST_PIECE
        yield start, cut
        start = cut
    yield start, end


def _punkt(text: str) -> list[tuple[int, int]]:
    from nupunkt import sent_spans

    if not text.strip():
        return []
    # subtle: to nupunkt a line break weighs more than a space; here it is only where a line ended.
    return [(int(a), int(b)) for a, b in sent_spans(text.replace("\n", " "))]


def _ideographic(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for match in _IDEOGRAPHIC_STOP.finditer(text, start, end):
        yield start, match.end()
        start = match.end()
    yield start, end


def _trimmed(text: str, spans: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    for start, end in spans:
        while start < end and text[start].isspace():
            start += 1
        while end > start and text[end - 1].isspace():
            end -= 1
        if start < end:
            yield start, end
