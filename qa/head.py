"""The head of a document: the lines that name it, say who wrote it, and when. They answer nothing."""

from corpus.sentences import sentences_within
from corpus.types import Span

# Where a document's only word on its author stands, and says more than a name.
AUTHORS_NOTE = "author's note"


def is_head(sentence: Span) -> bool:
    """Whether it is a title, byline or date line."""
    metadata = sentence.document.metadata
    named = [metadata.title, metadata.publisher, metadata.published, metadata.updated, metadata.url]
    named += [metadata.section]
    named += [author for author in metadata.authors if author.origin != AUTHORS_NOTE]
    return any(
        value is not None
        and value.start is not None
        and value.end is not None
        and value.start < sentence.end
        and sentence.start < value.end
        for value in named
    )


def body(passage: Span) -> Span:
    """The passage from its first sentence that is no head; all of it if there is none."""
    sentences = sentences_within(passage.document, passage.start, passage.end)
    first = next((s.start for s in sentences if not is_head(s)), passage.start)
    return Span(passage.document, max(first, passage.start), passage.end)
