"""What a passage is indexed under: its own words, and what its document says of itself."""

from dataclasses import replace

from corpus.passages import Chunking
from corpus.types import Document, Span

# Characters of a title. A page's first line may be a whole paragraph; before each of its passages it
# would fill what the encoder reads, and every passage of the page would have the same vector.
_LONGEST_TITLE = 150
# Tokens that stand beside a passage's own: such a title (about 40), a day (5), special tokens (2) and
# the encoder's own prompt.
_ROOM = 56
# The least budget that `Chunking` takes.
_LEAST = 8


def context(document: Document) -> str:
    """What a passage is indexed under beside its own words: title and day of its document.

    It goes to the encoder and to BM25, and never into what is quoted.
    """
    day, title = document.published, _cut(document.title)
    return f"{title} ({day:%d %B %Y})" if day else title


def _cut(title: str) -> str:
    """The title, cut between words if it is too long, or anywhere if it has no spaces."""
    if len(title) <= _LONGEST_TITLE:
        return title
    # One character more, which may be the space behind the last word.
    words = title[: _LONGEST_TITLE + 1].rsplit(None, 1)
    return words[0] if len(words) == 2 else title[:_LONGEST_TITLE]


def encoder_text(passage: Span) -> str:
    """The text of a passage as the encoder gets it."""
    return f"{context(passage.document)}\n{passage.text}"


def bm25_text(passage: Span) -> str:
    """The text of a passage as BM25 gets it: with authors and publisher, who may be asked for.

    The encoder does not get these: to it, the same names over all passages of a paper are noise.
    Section and address are the whole document's: its first passage stands for that.
    """
    document, metadata = passage.document, passage.document.metadata
    parts = [*document.authors, document.publisher, encoder_text(passage)]
    if passage.start == 0:
        parts += [value.value for value in (metadata.section, metadata.url) if value]
    return " ".join(parts)


def fitted(chunking: Chunking, most_tokens: int) -> Chunking:
    """The chunking with a budget that an encoder reads whole, together with the context.

    >>> fitted(Chunking(budget=200), 128).budget, fitted(Chunking(budget=200), 512).budget
    (72, 200)
    """
    # An encoder that reads little is no use with passages of a few words: half of it is theirs.
    room = max(most_tokens - _ROOM, most_tokens // 2)
    return replace(chunking, budget=max(_LEAST, min(chunking.budget, room)))
