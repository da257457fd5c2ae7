"""Read files into clean documents and split these into passages.

This is the lowest layer: it knows nothing of indexes, questions or answers.
"""

from typing import TYPE_CHECKING

from corpus._runtime import exported, silence_dependencies

if TYPE_CHECKING:
    from corpus.errors import UserError
    from corpus.passages import Chunking, split_passages, split_sentences
    from corpus.reading import Loaded, Skipped, load
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

silence_dependencies()
__getattr__, __dir__ = exported(globals(), _HOMES)
