"""The documents of one state of the store, each read when it is asked for."""

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from corpus.types import Description, Document
from index.storage import Store

# Characters of the documents kept in memory; those used most recently are kept.
AT_HAND = 32_000_000


class DocumentGone(Exception):
    """A document of this state is no longer in the store, which has a newer state."""


class Library(Mapping[int, Document]):
    """The documents by key, in the order of their ids. Safe to use from several threads.

    Keys are never reused, so each document is that of this state even if the store has changed since. If
    the document is gone, `DocumentGone` is raised.
    """

    def __init__(self, store: Store, keys: NDArray[np.int64]) -> None:
        """The documents with these keys. The library closes the store when it is closed."""
        self._store, self._keys = store, keys
        self._lineage = store.lineage()
        self._lock = threading.Lock()
        self._at_hand: OrderedDict[int, Document] = OrderedDict()
        self._size = 0
        self._described: dict[int, Description] | None = None
        self._by_id: dict[str, int] = {}
        # subtle: a search may still use a replaced state, so the file is closed after its last use.
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
        # subtle: a damaged file is replaced by a new one in its place, whose keys start at one again.
        if self._store.lineage() != self._lineage:
            raise DocumentGone(key)
        return document

    def described(self) -> dict[int, Description]:
        """All documents by key, without their texts, in the order of their ids.

        Raises:
            DocumentGone: if one of them is no longer in the store.
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
        """The document with this id, or None if there is none.

        Raises:
            DocumentGone: if it is no longer in the store.
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
