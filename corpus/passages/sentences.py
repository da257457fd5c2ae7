r"""Sentence spans.

The splitter is nupunkt (Punkt: Kiss and Strunk 2006, doi.org/10.1162/coli.2006.32.4.485), the best of
four on news text (`tests/benchmarks/sentences.py`). This module adds what it does not handle:
paragraphs and line breaks, scripts without a space after a full stop, and closing quotation marks.

A document is split piece by piece, and the end of a piece depends only on the text near it. So the
sentences around one character can be found without splitting the whole document.
"""

import re
from collections.abc import Iterator
from unicodedata import east_asian_width

from corpus.types import Document, Span

# A line shorter than this was not broken because the page ended.
SHORT_LINE = 45
# A line longer than this was not broken by hand: it is a paragraph.
LONGEST_LINE = 130
# Columns by which hand-broken lines may differ in width.
RAGGED = 12
# Characters of a line that are looked at: more than enough to judge its width and its end.
NEAR = 400
# nupunkt looks at its whole input, so longer stretches are passed to it in pieces.
LONGEST_PIECE = 8_000

# Full stops that nupunkt does not know: ideographic, Arabic, Urdu, Devanagari.
# subtle: 「…？」と is a quotation after which its sentence continues.
# subtle: the lookbehind keeps a run of stops from being tried from each of them.
_OTHER_STOP = re.compile(r"(?<![。！？｡؟۔।॥])[。！？｡؟۔।॥]++[」』”’»）)】]*+(?!と|って)")
# nupunkt was also trained on legal text, where "tax." and "series." may be abbreviations. Only a few
# lower-case words of this length or more really are.
_ORDINARY_STOP = re.compile(
    r"(?<![\w.'’-])(?!(?:approx|assn|capt|dept|govt|incl|intl|messrs|natl|prof|supt)\.)[a-z]{4,}\."
    r"[\"'”’)\]]*(?=\s+[\"“‘(]?[A-Z][a-z])"
)
# A likely end of a sentence in any script that has capitals.
_LIKELY_STOP = re.compile(r"(?<=[^\W\d_]{3})[.!?…]+[\"'”’»)\]]*(?=\s+[\"“‘«(]?[^\W\d_a-zа-я])")
_DASH = re.compile(r"[-*•‣–—]\s+(?=\S)")
_BULLET = re.compile(r"\s*(?:[-*•‣–—]|\d{1,3}[.)])\s")
_INTRODUCTION = re.compile(r"[:;][\"'”’»)\]]*$")
# Titles and units that nupunkt takes for the end of a sentence; a name or an amount always follows.
_UNFINISHED = re.compile(r"(?<!\w)(?:Lt|Cmdr|Cdr|Mme|Mlle|Mgr|Msgr|Sqn|Wg|Rs)\.\s*$")


def split_sentences(document: Document) -> list[Span]:
    """All sentences of a document, in order.

    They do not overlap and have no white space at their ends. Only white space lies between them.
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
    """The sentence without the dash or bullet that marks it as a list item."""
    mark = _DASH.match(sentence.document.text, sentence.start, sentence.end)
    return Span(sentence.document, mark.end(), sentence.end) if mark else sentence


def sentence_offsets(text: str, offset: int = 0) -> list[tuple[int, int]]:
    """The start and end of each sentence in a text, with `offset` added to both.

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
    """The pieces that share a character with `start` to `end`. No sentence crosses their ends.

    A stretch between two line breaks that end a sentence is one piece, unless it is too long; then
    `_cut` decides where to cut it. The pieces do not depend on the range asked for, and at most
    LONGEST_PIECE characters around a character are looked at.
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
    """The start of the stretch around a character, and whether it is too long for one piece.

    If it is too long, the start returned may be too late, but then no piece starts before it.
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
    """The end of the first line break that ends a sentence and lies within (start, limit], or None."""
    newline = text.find("\n", start, limit)
    while newline >= 0:
        if _is_boundary(text, newline):
            return newline + 1
        newline = text.find("\n", newline + 1, limit)
    return None


def _last_break(text: str, at: int, lowest: int) -> int | None:
    """The end of the last line break that ends a sentence and lies within (lowest, at], or None."""
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
    """The one place to cut in a cell of half a piece, so neighbouring cuts are at most a piece apart.

    Prefer a certain sentence end, where the cut changes nothing; then a likely one; then white space;
    then the end of the cell.
    """
    size = LONGEST_PIECE // 2
    start, end = cell * size, min((cell + 1) * size, len(text))
    for stops in ((_ORDINARY_STOP, _OTHER_STOP), (_LIKELY_STOP,)):
        # subtle: for a stop at the very end, the text that follows it cannot be seen.
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
    # If the next word would still have fitted on this line, the break was deliberate.
    return width + 1 + _width(nxt.split(maxsplit=1)[0]) + RAGGED <= _width(nxt)


def _width(line: str) -> int:
    """The width of a line in columns; ideographs take two."""
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
    # subtle: nupunkt gives a line break more weight than a space; here it is only a wrapped line.
    spans: list[tuple[int, int]] = []
    last = 0
    for a, b in sent_spans(text.replace("\n", " ")):
        # subtle: search only nupunkt's last span. A text of nothing but titles, which are all joined,
        # would otherwise be searched from its start for each of them.
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
