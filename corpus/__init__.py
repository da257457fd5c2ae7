"""From a path to clean documents and their passages.

The lowest layer: it knows nothing of indexes, questions or answers.
"""

from typing import TYPE_CHECKING

from corpus.lazily import exported

if TYPE_CHECKING:
    from corpus.chunking import Chunking, split_passages
    from corpus.errors import UserError
    from corpus.loading import Loaded, load
    from corpus.sentences import split_sentences
    from corpus.types import Dated, Document, Metadata, Sourced, Span
    from corpus.walking import Skipped

__all__ = [
    "Chunking",
    "Dated",
    "Document",
    "Loaded",
    "Metadata",
    "Skipped",
    "Sourced",
    "Span",
    "UserError",
    "load",
    "split_passages",
    "split_sentences",
]

_HOMES = {
    "corpus.chunking": ("Chunking", "split_passages"),
    "corpus.errors": ("UserError",),
    "corpus.loading": ("Loaded", "load"),
    "corpus.sentences": ("split_sentences",),
    "corpus.types": ("Dated", "Document", "Metadata", "Sourced", "Span"),
    "corpus.walking": ("Skipped",),
}

__getattr__, __dir__ = exported(globals(), _HOMES)
