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
from unicodedata import east_asian_width

from corpus.types import Document, Span

# A line that is shorter than this was not broken because the paper ended.
SHORT_LINE = 45
# A line that is longer than this was not broken by hand, and stands as a paragraph.
LONGEST_LINE = 130
# Columns that a line may be left short of its neighbours by a careless hand.
RAGGED = 12
# nupunkt looks at the whole of what it is given: longer blocks are handed to it in pieces.
LONGEST_PIECE = 20_000

_EMPTY_LINE = re.compile(r"\n[^\S\n]*\n\s*")
# Full stops that nupunkt does not know: ideographic, Arabic, Urdu, Devanagari.
# subtle: 「…？」と is a quotation that its sentence goes on after.
_OTHER_STOP = re.compile(r"[。！？｡؟۔।॥]++[」』”’»）)】]*+(?!と|って)")
# nupunkt was trained on law, too, where "tax." and "series." may be abbreviations: of the words that
# are written small and are no shorter than this only a few are.
_ORDINARY_STOP = re.compile(
    r"(?<![\w.'’-])(?!(?:approx|assn|capt|dept|govt|incl|intl|messrs|natl|prof|supt)\.)[a-z]{4,}\."
    r"[\"'”’)\]]*(?=\s+[\"“‘(]?[A-Z][a-z])"
)
_DASH = re.compile(r"[-*•‣–—]\s+(?=\S)")
_BULLET = re.compile(r"\s*(?:[-*•‣–—]|\d{1,3}[.)])\s")
_INTRODUCTION = re.compile(r"[:;][\"'”’»)\]]*$")
# Titles and units, always followed by what they belong to, that nupunkt takes for a sentence's end.
_UNFINISHED = re.compile(r"(?<!\w)(?:Lt|Cmdr|Cdr|Mme|Mlle|Mgr|Msgr|Sqn|Wg|Rs)\.\s*$")


def split_sentences(document: Document) -> list[Span]:
    """All sentences of a document, in order.

    They do not overlap, hold no white space at their ends, and leave nothing but white space out.
    """
    return sentences_within(document, 0, len(document.text))


def sentences_within(document: Document, start: int, end: int) -> list[Span]:
    """The sentences of the document that share at least one character with `start` to `end`."""
    text = document.text
    if start >= end:
        return []
    first = max((m.end() for m in _EMPTY_LINE.finditer(text, 0, start)), default=0)
    after = _EMPTY_LINE.search(text, max(end - 1, 0))
    last = after.start() if after else len(text)
    return [
        Span(document, a, b)
        for a, b in sentence_offsets(text[first:last], first)
        if a < end and b > start
    ]


def without_bullet(sentence: Span) -> Span:
    """The sentence without the dash or dot that makes it an item of a list."""
    mark = _DASH.match(sentence.document.text, sentence.start, sentence.end)
    return Span(sentence.document, mark.end(), sentence.end) if mark else sentence


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
        line = text[text.rfind("\n", start, match.start()) + 1 or start : match.start()]
        if _is_boundary(line, text[match.end() : match.end() + 200]):
            yield start, match.start()
            start = match.end()
    yield start, len(text)


def _is_boundary(line: str, following: str) -> bool:
    """Whether the line break between `line` and what follows ends a sentence."""
    line, nxt = line.rstrip(), following.split("\n", 1)[0]
    if not line or not nxt.strip():
        return True
    if nxt[:2] == "  " or nxt[:1] == "\t" or _BULLET.match(nxt):
        return True  # an indented first line or an item
    if nxt[:1].islower():
        return False
    width = _width(line)
    if width < SHORT_LINE or width > LONGEST_LINE or _INTRODUCTION.search(line):
        return True
    # A line that is only as long as the page is wide had no room left for the next word.
    return width + 1 + _width(nxt.split(maxsplit=1)[0]) + RAGGED <= _width(nxt)


def _width(line: str) -> int:
    """The columns that a line fills: ideographs fill two."""
    return len(line) + sum(east_asian_width(char) in "WF" for char in line)


def _split(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The sentences between two offsets that no line break divides."""
    for a, b in _pieces(text, start, end):
        for c, d in _punkt(text[a:b]):
            yield from _trimmed(text, _stops(text, a + c, a + d))


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
    spans: list[tuple[int, int]] = []
    for a, b in sent_spans(text.replace("\n", " ")):
        if spans and _UNFINISHED.search(text, *spans[-1]):
            a = spans.pop()[0]
        spans.append((int(a), int(b)))
    return spans


def _stops(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    found = (stop.finditer(text, start, end) for stop in (_OTHER_STOP, _ORDINARY_STOP))
    for stop in sorted(match.end() for matches in found for match in matches):
        yield start, stop
        start = stop
    yield start, end


def _trimmed(text: str, spans: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    for start, end in spans:
        while start < end and text[start].isspace():
            start += 1
        while end > start and text[end - 1].isspace():
            end -= 1
        if start < end:
            yield start, end
