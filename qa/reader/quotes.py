"""From the tokens that a model marks to a quote that can stand alone.

A quote begins and ends with whole words, has no stray punctuation at its ends, and is not cut where
the word before it turns its meaning ("not", "up to", "denied that").
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.passages import sentences_within
from corpus.types import Document, Span
from qa.reader.span_model import suppress_overlaps
from qa.types import Citation

# A dash is a minus where a number follows and nothing but space or an opening mark goes before.
_MINUS = r"(?<![^\s(\[{“‘«\"'])[-−–](?=[$€£¥₩]?\.?\d)"


# What belongs together: letters and digits; numbers with their separators, signs and what multiplies
# them; words joined by an apostrophe; letters with full stops between them; a word joined by a hyphen to
# a number or to a name ("COVID-19", "Jean-Claude", "non-Muslim", but neither "London-based" nor "1914-18").
_WHOLE = re.compile(
    rf"(?:{_MINUS})?(?:[A-Z]{{0,3}}[$€£¥₩])?(?:(?<![\w.])\.)?\d+(?:[.,:/]\d+)*(?:\s?%|\s(?:thousand|(?:m|b|tr)illion)\b|\w*)"
    r"|(?:[^\W\d_]\.){2,}(?!\w)"
    r"|[^\W_](?:\w|[&.'’](?=\w)|-(?=\d)|(?<=[a-zß-öø-ÿ])-(?=[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ]))*"
)


# Opening marks, and in the same order the closing ones; `"` and `'` are both.
_OPENING, _CLOSING = "([{“‘«\"'", ")]}”’»\"'"


# subtle: neither the minus of "-5" nor the point of ".5" may go, but the dots of "...5" must.
_AT_START = re.compile(rf"(?:[\s,;:!?…)\]}}”»*_/|]|(?!{_MINUS})[-–—]|\.(?!\w)|(?<=\.)\.)+")


# subtle: no pattern, since looking for one that ends at the end takes quadratic time in a run of spaces.
_AT_END = frozenset(",;:!?…-–—([{“«*_/|")


_ABBREVIATED = re.compile(r"(?:\b[^\W\d_]\.)+$|\b(?:Jr|Sr|Inc|Co|Corp|Ltd|St|etc|Dr|Mr|Mrs|Ms)\.$")


_POSSESSIVE = ("'s", "’s")


_WITHIN_WORD = re.compile(r"(?<=\w)['’](?=\w)")


# Words before a quote without which it would say something else.
_SMALL = r"(?:(?:the|a|an|in|on|at|by|for|from|to|with|of|as|be|been|any|that)\s+){0,2}"


_TURNS = re.compile(
    rf"""(?:
      \b(?:not|cannot|[^\W_]+n['’]t|never|neither|nor|without|unless|except(?:\sfor)?)\s+{_SMALL}
    | \b(?:deny|denie[sd]|denying|reject(?:s|ed|ing)?|dismiss(?:es|ed|ing)?|refut(?:es|ed|ing)|
        disput(?:es|ed|ing)|doubt(?:s|ed|ing)?)\s+(?:\w+\s+){{0,3}}that\s+
    | \bno\s+
    | \b(?:up\sto|at\s(?:least|most)|(?:no\s)?(?:more|less|fewer)\sthan|as\s(?:many|much|few|little)\sas)\s+
    )$""",
    re.IGNORECASE | re.VERBOSE,
)


def expand_to_whole_words(quote: Span, sentence: Span) -> Span:
    """The quote within its sentence as it can be cited: whole, trimmed, with what turns its meaning.

    >>> from corpus.types import Document, Metadata, Sourced
    >>> text = "It rose by up to 1,250.5 points, he said."
    >>> d = Document("a", "", text, Metadata(Sourced("A", "file name")))
    >>> expand_to_whole_words(d.span(20, 32), d.span(0, len(text))).text
    'up to 1,250.5 points'
    """
    text = quote.document.text
    start, end = _whole(text, quote.start, quote.end, sentence)
    start, end = _trimmed(text, start, end)
    if start >= end:
        return quote
    # Again, since one may turn another: "did not deny that".
    while turns := _TURNS.search(text, sentence.start, start):
        start, _ = _whole(text, turns.start(), end, sentence)
    return Span(quote.document, start, end)


def _whole(text: str, start: int, end: int, sentence: Span) -> tuple[int, int]:
    """Widened to the words and numbers that it begins and ends in."""
    for match in _WHOLE.finditer(text, sentence.start, max(sentence.end, end)):
        if match.start() < start < match.end():
            start = match.start()
        if match.start() < end < match.end():
            # "Tom Wolfe's" may be cited as "Tom Wolfe".
            return start, end if text[end : match.end()] in _POSSESSIVE else match.end()
        if match.start() >= end:
            break
    return start, end


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Without punctuation at its ends, and without a bracket or quotation mark that stands alone."""
    while True:
        before = start, end
        if match := _AT_START.match(text, start, end):
            start = match.end()
        while end > start and (text[end - 1] in _AT_END or text[end - 1].isspace()):
            end -= 1
        if text[start:end].endswith(".") and not _ABBREVIATED.search(text, start, end):
            end -= 1
        words = text[start:end]
        for opening, closing in zip(_OPENING, _CLOSING, strict=True):
            first, last = _alone(words, opening, closing)
            start, end = start + first, end - last
            if first or last:
                break
        if (start, end) == before or start >= end:
            return start, end


def _alone(words: str, opening: str, closing: str) -> tuple[bool, bool]:
    """Whether the words begin, and whether they end, with a mark whose other half is missing.

    >>> _alone("(in May", "(", ")"), _alone("in (early) May)", "(", ")"), _alone("(May)", "(", ")")
    ((True, False), (False, True), (False, False))
    """
    marks = _WITHIN_WORD.sub("", words)
    more = marks.count(opening) - marks.count(closing)
    is_odd = opening == closing and marks.count(opening) % 2 == 1
    first, last = words.startswith(opening), words.endswith(closing)
    if closing in "'’":
        # "the workers’", "'90s"
        first, last = first and not words[1:2].isdigit(), last and words[-2:-1] != "s"
    return first and (more > 0 or is_odd), last and (more < 0 or is_odd)


def without_overlaps(citations: Sequence[Citation]) -> list[Citation]:
    """The citations, best first, less those that overlap a better one of the same document."""
    by_document: dict[Document, list[Citation]] = {}
    for citation in citations:
        by_document.setdefault(citation.document, []).append(citation)
    kept = [
        here[i]
        for here in by_document.values()
        for i in suppress_overlaps([(c.quote.start, c.quote.end, c.score) for c in here])
    ]
    return sorted(kept, key=lambda c: -c.score)


def sentence_around(document: Document, start: int, end: int) -> Span:
    """The sentence, or the sentences, that the characters `start` to `end` stand in."""
    sentences = sentences_within(document, start, max(end, start + 1))
    if not sentences:
        return Span(document, start, end)
    return Span(document, min(start, sentences[0].start), max(end, sentences[-1].end))


def is_head(sentence: Span) -> bool:
    """Whether it stands in a title line, a byline or a date line."""
    lines = sentence.document.head_lines()
    return any(start < sentence.end and sentence.start < end for start, end in lines)


def body(passage: Span) -> Span:
    """The passage from its first sentence that is no head; all of it if there is none."""
    sentences = sentences_within(passage.document, passage.start, passage.end)
    first = next((s.start for s in sentences if not is_head(s)), passage.start)
    return Span(passage.document, max(first, passage.start), passage.end)


# "The author is a professor at …" opens a paragraph at the end of the article, or under its title.
_THE_AUTHOR = re.compile(
    r"^(?:The|This) (?:author|writer)(?P<s>s?)(?= (?:is|are|was|were|has|have|works?|teach(?:es)?|serves?"
    r"|holds?|heads?|lives?|writes?|lectures?|runs?|leads?|specialis|specializ|contributes?)\b)",
    re.MULTILINE,
)
# Characters from either end of a document where such a note may stand.
_NOTE = 1_500


@dataclass(frozen=True, slots=True)
class SpeltOut:
    """The words of a span as a reader gets them: "the author" is who signed the document.

    `swaps` are the stretches of `text` that stand for others, in order, each as its start and end in `text`
    and its start and end in the document.
    """

    text: str
    start: int
    swaps: tuple[tuple[int, int, int, int], ...] = ()

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where characters of `text` stand in the document; a name is all of what it stands for."""
        first, last = self.start + start, self.start + end
        for a, b, here, after in self.swaps:
            if start >= b:
                first = after + start - b
            elif start >= a:
                first = here
            if end >= b:
                last = after + end - b
            elif end > a:
                last = after
        return first, last


def spelt_out(span: Span) -> SpeltOut:
    r"""The words of a span as they are read, with the author's name where a note says "the author".

    >>> from corpus.types import Document, Metadata, Sourced
    >>> known = Metadata(Sourced("A", "file name"), (Sourced("Ann Lee", "byline"),))
    >>> note = Document("a", "", "It rained.\n\nThe author is a baker.", known)
    >>> read = spelt_out(note.span(12, 34))
    >>> read.text, read.place(8, 18), read.place(0, 18)
    ('Ann Lee is a baker.', (23, 33), (12, 33))
    """
    document = span.document
    authors = document.authors
    text, pieces, swaps, at, length = document.text, [], [], span.start, 0
    for match in _THE_AUTHOR.finditer(text, span.start, span.end) if authors else ():
        opens = match.start() == 0 or text[match.start() - 1] == "\n"
        near = match.start() < _NOTE or match.start() > len(text) - _NOTE
        if not (opens and near) or bool(match["s"]) != (len(authors) > 1):
            continue
        before, name = text[at : match.start()], " and ".join(authors)
        pieces += [before, name]
        length += len(before) + len(name)
        swaps.append((length - len(name), length, match.start(), match.end()))
        at = match.end()
    return SpeltOut("".join([*pieces, text[at : span.end]]), span.start, tuple(swaps))
