"""Sentences, and passages of whole sentences up to a token budget."""

from typing import TYPE_CHECKING

from corpus._runtime import exported

if TYPE_CHECKING:
    from corpus.passages.chunking import Chunking, split_passages
    from corpus.passages.sentences import sentences_within, split_sentences, without_bullet

__all__ = ["Chunking", "sentences_within", "split_passages", "split_sentences", "without_bullet"]

_HOMES = {
    "corpus.passages.chunking": (
        "Chunking",
        "split_passages",
    ),
    "corpus.passages.sentences": (
        "sentences_within",
        "split_sentences",
        "without_bullet",
    ),
}

__getattr__, __dir__ = exported(globals(), _HOMES)
