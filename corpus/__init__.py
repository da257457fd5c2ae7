"""From a path to clean documents and their passages.

The lowest layer: it knows nothing of indexes, questions or answers.
"""

from typing import TYPE_CHECKING

from corpus._runtime import exported

if TYPE_CHECKING:
    from corpus.errors import UserError
    from corpus.passages.chunking import Chunking, split_passages
    from corpus.passages.sentences import split_sentences
    from corpus.reading.loader import load
    from corpus.reading.results import Loaded, Skipped
    from corpus.types import Dated, Document, Metadata, Sourced, Span

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
    "corpus.passages.chunking": ("Chunking", "split_passages"),
    "corpus.errors": ("UserError",),
    "corpus.reading.loader": ("Loaded", "load"),
    "corpus.passages.sentences": ("split_sentences",),
    "corpus.types": ("Dated", "Document", "Metadata", "Sourced", "Span"),
    "corpus.reading.files": ("Skipped",),
}

__getattr__, __dir__ = exported(globals(), _HOMES)
