"""What readers share: the sentence around a quote, and which of several quotes to keep."""

from collections.abc import Sequence

from corpus.sentences import sentences_within
from corpus.types import Document, Span
from qa.decoding import merged
from qa.types import Citation


def distinct(citations: Sequence[Citation]) -> list[Citation]:
    """The citations, best first, less those that overlap a better one of the same document."""
    by_document: dict[Document, list[Citation]] = {}
    for citation in citations:
        by_document.setdefault(citation.document, []).append(citation)
    kept = [
        here[i]
        for here in by_document.values()
        for i in merged([(c.quote.start, c.quote.end, c.score) for c in here])
    ]
    return sorted(kept, key=lambda c: -c.score)


def sentence_around(document: Document, start: int, end: int) -> Span:
    """The sentence, or the sentences, that the characters `start` to `end` stand in."""
    sentences = sentences_within(document, start, max(end, start + 1))
    if not sentences:
        return Span(document, start, end)
    return Span(document, min(start, sentences[0].start), max(end, sentences[-1].end))
