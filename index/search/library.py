"""The documents of one state of the store, each read from there when it is asked for."""

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from corpus.types import Description, Document
from index.storage import Store

# Characters of the documents that are kept at hand, those asked for last.
AT_HAND = 32_000_000


class DocumentGone(Exception):
    """A document of this state is not in the store any more: a newer state is."""


class Library(Mapping[int, Document]):
    """The documents by their keys, in the order of their ids. Safe to use from several threads.

    Keys are never used twice, so each document is the one of this state, however the store has changed
    since; where it is gone, `DocumentGone` is raised.
    """

    def __init__(self, store: Store, keys: NDArray[np.int64]) -> None:
        """The documents with these keys; the store is closed with this."""
        self._store, self._keys = store, keys
        self._lineage = store.lineage()
        self._lock = threading.Lock()
        self._at_hand: OrderedDict[int, Document] = OrderedDict()
        self._size = 0
        self._described: dict[int, Description] | None = None
        self._by_id: dict[str, int] = {}
        # subtle: a search may use a state that has been replaced; the last user lets go of the file.
        self.close: Callable[[], object] = weakref.finalize(self, store.close)

    def __getitem__(self, key: int) -> Document:
        with self._lock:
            if (document := self._at_hand.get(key)) is None:
                document = self._read(key)
                self._keep(key, document)
            self._at_hand.move_to_end(key)
            return document

    def _read(self, key: int) -> Document:
        try:
            document = self._store.document(key)
        except KeyError:
            raise DocumentGone(key) from None
        # subtle: a damaged file is made anew in its place, and counts its keys from one again.
        if self._store.lineage() != self._lineage:
            raise DocumentGone(key)
        return document

    def described(self) -> dict[int, Description]:
        """All documents by their keys, without their texts, in the order of their ids.

        Raises:
            DocumentGone: if one of them is not in the store any more.
        """
        with self._lock:
            if self._described is None:
                known = {*self._keys.tolist()}
                found = {k: one for k, one in self._store.descriptions() if k in known}
                if len(found) < len(known) or self._store.lineage() != self._lineage:
                    raise DocumentGone
                self._described = found
            return self._described

    def find(self, id: str) -> Document | None:
        """The document of this id, if there is one.

        Raises:
            DocumentGone: if it is not in the store any more.
        """
        described = self.described()
        with self._lock:
            if not self._by_id:
                self._by_id = {one.id: key for key, one in described.items()}
        key = self._by_id.get(id)
        return None if key is None else self[key]

    def _keep(self, key: int, document: Document) -> None:
        self._at_hand[key] = document
        self._size += len(document.text)
        while self._size > AT_HAND and len(self._at_hand) > 1:
            _, oldest = self._at_hand.popitem(last=False)
            self._size -= len(oldest.text)

    def __iter__(self) -> Iterator[int]:
        return iter(self._keys.tolist())

    def __len__(self) -> int:
        return len(self._keys)
