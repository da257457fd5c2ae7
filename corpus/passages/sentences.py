r"""Sentence spans.

The splitting itself is nupunkt's (Punkt: Kiss and Strunk 2006, doi.org/10.1162/coli.2006.32.4.485),
the best of four splitters on news text (`tests/benchmarks/sentences.py`). Around it stand three
things that it leaves open: paragraphs and line breaks, scripts that write no space after a full
stop, and closing quotation marks.

A document is split piece by piece, and where a piece ends depends only on the text near by, so that
the sentences around one character can be had without splitting the whole document.
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
# Of a line, more than what is needed to see its width and its end.
NEAR = 400
# nupunkt looks at the whole of what it is given: longer stretches are handed to it in pieces.
LONGEST_PIECE = 8_000

# Full stops that nupunkt does not know: ideographic, Arabic, Urdu, Devanagari.
# subtle: 「…？」と is a quotation that its sentence goes on after.
# subtle: the look back keeps a run of stops from being tried from each of them.
_OTHER_STOP = re.compile(r"(?<![。！？｡؟۔।॥])[。！？｡؟۔।॥]++[」』”’»）)】]*+(?!と|って)")
# nupunkt was trained on law, too, where "tax." and "series." may be abbreviations: of the words that
# are written small and are no shorter than this only a few are.
_ORDINARY_STOP = re.compile(
    r"(?<![\w.'’-])(?!(?:approx|assn|capt|dept|govt|incl|intl|messrs|natl|prof|supt)\.)[a-z]{4,}\."
    r"[\"'”’)\]]*(?=\s+[\"“‘(]?[A-Z][a-z])"
)
# What looks like a sentence's end in any script that has capitals.
_LIKELY_STOP = re.compile(r"(?<=[^\W\d_]{3})[.!?…]+[\"'”’»)\]]*(?=\s+[\"“‘«(]?[^\W\d_a-zа-я])")
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
    start, end = max(start, 0), min(end, len(text))
    return [
        Span(document, a, b)
        for first, last in _pieces(text, start, end)
        for a, b in _split(text, first, last)
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
        for first, last in _pieces(text, 0, len(text))
        for a, b in _split(text, first, last)
    ]


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The pieces that share a character with `start` to `end`: no sentence crosses their ends.

    A stretch between two line breaks that end a sentence is one piece, if it is not too long;
    else it is cut wherever `_cut` says. Whoever asks for one character gets the same pieces as
    whoever asks for all, and at most LONGEST_PIECE characters around it are looked at.
    """
    if start >= end:
        return
    first, is_long = _stretch(text, start)
    if is_long:
        first = max(first, _last_cut(text, start))
    while first < end:
        limit = _next_cut(text, first) if is_long else min(first + LONGEST_PIECE, len(text))
        last = _next_break(text, first, limit)
        if last is None and not is_long and limit < len(text):
            is_long = True
            continue
        yield first, limit if last is None else last
        is_long = is_long and last is None
        first = limit if last is None else last


def _stretch(text: str, at: int) -> tuple[int, bool]:
    """Where the stretch around a character starts, and whether it is too long for one piece.

    The start of one that is too long may be given too late, but then no piece starts before it.
    """
    lowest = max(at - LONGEST_PIECE, 0)
    first = _last_break(text, at, lowest)
    if first is None:
        if lowest:
            return lowest, True
        first = 0
    limit = first + LONGEST_PIECE
    return first, limit < len(text) and _next_break(text, at, limit) is None


def _next_break(text: str, start: int, limit: int) -> int | None:
    """Behind the first line break that ends a sentence, of those that end in (start, limit]."""
    newline = text.find("\n", start, limit)
    while newline >= 0:
        if _is_boundary(text, newline):
            return newline + 1
        newline = text.find("\n", newline + 1, limit)
    return None


def _last_break(text: str, at: int, lowest: int) -> int | None:
    """Behind the last line break that ends a sentence, of those that end in (lowest, at]."""
    newline = text.rfind("\n", lowest, at)
    while newline >= 0:
        if _is_boundary(text, newline):
            return newline + 1
        newline = text.rfind("\n", lowest, newline)
    return None


def _next_cut(text: str, at: int) -> int:
    cell = at // (LONGEST_PIECE // 2)
    cut = _cut(text, cell)
    return cut if cut > at else _cut(text, cell + 1)


def _last_cut(text: str, at: int) -> int:
    cell = at // (LONGEST_PIECE // 2)
    cut = _cut(text, cell)
    return cut if cut <= at else _cut(text, cell - 1) if cell else 0


def _cut(text: str, cell: int) -> int:
    """The one place to cut in a cell of half a piece: no two neighbours are further apart than one.

    Where a sentence ends for sure, so that the cut changes nothing; else where one may end; else at
    white space; else at the end of the cell.
    """
    size = LONGEST_PIECE // 2
    start, end = cell * size, min((cell + 1) * size, len(text))
    for stops in ((_ORDINARY_STOP, _OTHER_STOP), (_LIKELY_STOP,)):
        # subtle: a stop at the very end is not seen with what follows it.
        ends = (m.end() for stop in stops for m in stop.finditer(text, start, end))
        if cut := max((e for e in ends if start < e < end - 1), default=0):
            return cut
    space = max(text.rfind(gap, start + 1, end) for gap in " \n\t")
    return space if space > start else end


def _is_boundary(text: str, newline: int) -> bool:
    """Whether the line break at `newline` ends a sentence."""
    near = max(newline - NEAR, 0)
    line = text[max(text.rfind("\n", near, newline) + 1, near) : newline].rstrip()
    nxt = text[newline + 1 : newline + 1 + NEAR // 2].split("\n", 1)[0]
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
    if line.isascii():
        return len(line)
    return len(line) + sum(east_asian_width(char) in "WF" for char in line)


def _split(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The sentences of a piece."""
    for a, b in _punkt(text[start:end].removesuffix("\n")):
        yield from _trimmed(text, _stops(text, start + a, start + b))


def _punkt(text: str) -> list[tuple[int, int]]:
    from nupunkt import sent_spans

    if not text.strip():
        return []
    # subtle: to nupunkt a line break weighs more than a space; here it is only where a line ended.
    spans: list[tuple[int, int]] = []
    last = 0
    for a, b in sent_spans(text.replace("\n", " ")):
        # subtle: only what nupunkt gave last is searched, or a text of nothing but titles, which are
        # all joined, would be searched from its start for each of them.
        start = spans.pop()[0] if spans and _UNFINISHED.search(text, last, spans[-1][1]) else a
        spans.append((int(start), int(b)))
        last = int(a)
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
