"""From a path to clean documents and their passages.

The lowest layer: it knows nothing of indexes, questions or answers.
"""

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
