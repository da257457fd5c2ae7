"""What a file that is read again brings anew, and what of it is known already."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from corpus.outcome import Parsed
from corpus.types import Document, Span
from index.contexts import encoded_text
from index.records import Filed, Record

KnownVectors = dict[str, NDArray[np.float32]]
"""Vectors of shape (d,) by the text that was encoded."""


def is_same(known: Record, record: Record) -> bool:
    """Whether a file is what it was: its bytes, and why it could not be read."""
    return (known.sha256, known.reason, known.problems) == (
        record.sha256,
        record.reason,
        record.problems,
    )


def is_same_text(known: Sequence[Filed], parsed: Sequence[Parsed]) -> bool:
    """Whether reading gave the same documents as before, down to the place of each word."""
    before = [(_content(one.parsed.document), one.parsed.dropped) for one in known]
    return before == [(_content(one.document), one.dropped) for one in parsed]


def _content(document: Document) -> tuple[object, ...]:
    return document.id, document.text, document.metadata, document.pages


def vectors_of(known: Sequence[Filed]) -> KnownVectors:
    """The vectors of documents in the store, by the text that each stands for."""
    return {
        encoded_text(Span(one.parsed.document, first, last)): vector
        for one in known
        for (first, last), vector in zip(one.offsets, one.vectors, strict=True)
        if vector is not None
    }
