"""What a file that is read again brings anew, and what of it is known already."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpus.outcome import Parsed
from corpus.types import Document, Span
from index.contexts import encoded_text
from index.records import Record
from index.spare import digest_of
from index.store import Store


def is_same(known: Record, record: Record) -> bool:
    """Whether a file is what it was: its bytes, and why it could not be read."""
    return (known.sha256, known.reason, known.problems) == (
        record.sha256,
        record.reason,
        record.problems,
    )


def is_same_document(known: Parsed, parsed: Parsed) -> bool:
    """Whether reading gave the same document as before, down to the place of each word."""
    return (_content(known.document), known.dropped) == (_content(parsed.document), parsed.dropped)


def _content(document: Document) -> tuple[object, ...]:
    return document.id, document.text, document.metadata, document.pages


@dataclass(frozen=True, slots=True, eq=False)
class KnownVectors:
    """The vectors that a store has for the passages of a file, by the text that each stands for.

    What is held of each passage is a number for its text and its key, 16 bytes: `digests`, ascending,
    and `keys`, of shape (n,). So it does not matter which document it stands in now, or whether that has
    been written over since.
    """

    store: Store
    digests: NDArray[np.uint64]
    keys: NDArray[np.int64]

    @classmethod
    def of(cls, store: Store, file: str) -> "KnownVectors":
        """Those of a file, as the store has it now."""
        digests, keys = list[int](), list[int]()
        document, at = None, 0
        for owner, key, first, last in store.encoded(file):
            if document is None or owner != at:
                document, at = store.document(owner), owner
            digests.append(_number(encoded_text(Span(document, first, last))))
            keys.append(key)
        found = np.asarray(digests, np.uint64)
        order = np.argsort(found, kind="stable")
        return cls(store, found[order], np.asarray(keys, np.int64)[order])

    def get(self, text: str) -> NDArray[np.float32] | None:
        """The vector of a text, shape (d,); None where there is none."""
        number = np.uint64(_number(text))
        place = int(np.searchsorted(self.digests, number))
        there = place < len(self.digests) and self.digests[place] == number
        return self.store.vector(int(self.keys[place]) if there else 0, text)


def _number(text: str) -> int:
    return int.from_bytes(digest_of(text), "big")
