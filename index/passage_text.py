"""The text under which a passage is indexed: its own words, and metadata of its document."""

from dataclasses import replace

from corpus.passages import Chunking
from corpus.types import Document, Span

# Characters of a title. A page's first line may be a whole paragraph. Put before each passage, it would
# fill up what the encoder reads, and all passages of the page would get the same vector.
_LONGEST_TITLE = 150
# Tokens besides a passage's own: such a title (about 40), a day (5), special tokens (2) and the encoder's
# own prompt.
_ROOM = 56
# The smallest budget that `Chunking` accepts.
_LEAST = 8


def context(document: Document) -> str:
    """The title and day of a document, under which its passages are indexed besides their own words.

    They go to the encoder and to BM25, but are never quoted.
    """
    day, title = document.published, _cut(document.title)
    return f"{title} ({day:%d %B %Y})" if day else title


def _cut(title: str) -> str:
    """The title, cut between words if it is too long, or anywhere if it has no spaces."""
    if len(title) <= _LONGEST_TITLE:
        return title
    # One character more, which may be the space after the last word.
    words = title[: _LONGEST_TITLE + 1].rsplit(None, 1)
    return words[0] if len(words) == 2 else title[:_LONGEST_TITLE]


def encoder_text(passage: Span) -> str:
    """The text of a passage for the encoder."""
    return f"{context(passage.document)}\n{passage.text}"


def bm25_text(passage: Span) -> str:
    """The text of a passage for BM25, with authors and publisher, since questions may name them.

    The encoder does not get these: for it, the same names on all passages of a newspaper are noise.
    Section and address concern the whole document, so only its first passage gets them.
    """
    document, metadata = passage.document, passage.document.metadata
    parts = [*document.authors, document.publisher, encoder_text(passage)]
    if passage.start == 0:
        parts += [value.value for value in (metadata.section, metadata.url) if value]
    return " ".join(parts)


def fitted(chunking: Chunking, most_tokens: int) -> Chunking:
    """The chunking, with a budget small enough for an encoder to read a passage and its context whole.

    >>> fitted(Chunking(budget=200), 128).budget, fitted(Chunking(budget=200), 512).budget
    (72, 200)
    """
    # For an encoder that reads few tokens, the passage gets at least half of them.
    room = max(most_tokens - _ROOM, most_tokens // 2)
    return replace(chunking, budget=max(_LEAST, min(chunking.budget, room)))
