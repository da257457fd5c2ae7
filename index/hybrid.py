"""Index: open what was built, search it by words and by meaning, and join the two rankings."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from corpus.errors import IndexMismatch
from corpus.types import Document, Span
from index.building import counted_text
from index.dense import DenseIndex
from index.encoding import Encoder
from index.fusion import Fusion, convex
from index.lexical import LexicalIndex
from index.records import PassageTable
from index.store import FILE_NAME, Store
from index.types import Filter, Hit, Manifest

# How many passages each side hands to the fusion. More of them cost nothing and change nothing.
DEPTH = 100
# Seconds after which a half-written file belongs to nobody any more.
_ABANDONED_S = 3600


@dataclass(frozen=True, slots=True, eq=False)
class _Generation:
    """All that is derived from one state of the store."""

    name: str
    table: PassageTable
    documents: dict[int, Document]
    lexical: LexicalIndex
    dense: DenseIndex


class Index:
    """The documents of a folder, searchable. Safe to use from several threads.

    It follows the store: a search after an indexing run, of this or another process, sees its result.
    """

    def __init__(self, store: Store, encoder: Encoder, *, fusion: Fusion = convex) -> None:
        self._store = store
        self._encoder = encoder
        self._fusion = fusion
        self._lock = threading.RLock()
        self.manifest: Manifest = store.manifest()
        self._state = self._load()

    @classmethod
    def open(cls, directory: Path, encoder: Encoder, *, fusion: Fusion = convex) -> Self:
        """The index in this directory.

        Raises:
            IndexMissing, IndexCorrupt, IndexMismatch: if it cannot be used.
        """
        store = Store.open(directory / FILE_NAME)
        try:
            return cls(store, encoder, fusion=fusion)
        except BaseException:
            store.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._store.close()

    def documents(self) -> list[Document]:
        """All documents, in the order of their ids."""
        return list(self._current().documents.values())

    def __len__(self) -> int:
        """How many passages there are."""
        return len(self._current().table.keys)

    def search(self, question: str, *, k: int = 8, filter: Filter = Filter()) -> list[Hit]:
        """The k best passages for a question, best first, from the documents that the filter takes."""
        return self.search_many([question], k=k, filter=filter)[0]

    def search_many(
        self, questions: Sequence[str], *, k: int = 8, filter: Filter = Filter()
    ) -> list[list[Hit]]:
        """`search` for several questions, which are encoded together; results in their order."""
        vectors = self._encoder.encode_questions(questions)
        state = self._current()
        allowed = _allowed(state, filter)
        return [
            self._fused(state, question, vector, k, allowed)
            for question, vector in zip(questions, vectors, strict=True)
        ]

    def _fused(
        self,
        state: _Generation,
        question: str,
        vector: NDArray[np.float32],
        k: int,
        allowed: NDArray[np.bool_] | None,
    ) -> list[Hit]:
        depth = max(DEPTH, k)
        lexical = state.lexical.search(question, k=depth, allowed=allowed)
        dense = state.dense.search(vector, k=depth, allowed=allowed)
        fused = self._fusion(lexical, dense)
        best = sorted(fused, key=lambda row: (-fused[row], row))[:k]
        return [
            Hit(_passage(state, row), fused[row], rank, lexical.get(row), dense.get(row))
            for rank, row in enumerate(best, start=1)
        ]

    def _current(self) -> _Generation:
        """The state of the store as it is now; every use of the connection stands in here."""
        with self._lock:
            if self._store.is_replaced():
                store = Store.open(self._store.path)
                self._store.close()
                self._store = store
            if self._store.generation() != self._state.name:
                self._state = self._load()
            return self._state

    def _load(self) -> _Generation:
        folder = self._store.path.parent
        with self._store.snapshot():
            self.manifest = _checked(self._store.manifest(), self._encoder)
            name = self._store.generation()
            table = self._store.passages()
            documents = dict(self._store.documents())
            shape = (len(table.keys), self.manifest.dimension)
            kept = folder / f"vectors-{name}.npz"
            dense = _opened(kept, DenseIndex.open, lambda found: found.vectors.shape == shape)
            vectors = None if dense else self._store.vectors(self.manifest.dimension)
        # subtle: what is slow comes after the snapshot, which keeps writers waiting.
        if vectors is not None:
            dense = _saved(DenseIndex.fit(vectors), kept)
        assert dense is not None  # one of the two was there
        kept = folder / f"lexical-{name}.npz"
        lexical = _opened(kept, LexicalIndex.open, lambda found: found.size == shape[0])
        if lexical is None:
            lexical = _saved(LexicalIndex.fit(_texts(table, documents)), kept)
        if self._store.generation() == name:
            _forget_others(folder, name)
        return _Generation(name, table, documents, lexical, dense)


def _checked(manifest: Manifest, encoder: Encoder) -> Manifest:
    if manifest.encoder_sha256 != encoder.sha256:
        raise IndexMismatch(
            f"The index was made with the encoder {manifest.encoder}, not with {encoder.name}. "
            "Name that encoder with --encoder, or make the index anew with: qa index FOLDER --rebuild"
        )
    return manifest


def _texts(table: PassageTable, documents: dict[int, Document]) -> list[str]:
    """The indexed text of every passage, row by row."""
    rows = zip(table.documents.tolist(), table.first.tolist(), table.last.tolist(), strict=True)
    return [counted_text(Span(documents[key], first, last)) for key, first, last in rows]


class _Savable(Protocol):
    def save(self, path: Path) -> None: ...


_T = TypeVar("_T")
_Part = TypeVar("_Part", bound=_Savable)


def _opened(path: Path, load: Callable[[Path], _T], fits: Callable[[_T], bool]) -> _T | None:
    """What was saved at `path`; None where that is missing or damaged."""
    # Whatever is wrong with a derived file, the store can replace it.
    with suppress(Exception):
        found = load(path)
        if fits(found):
            return found
    return None


def _saved(part: _Part, path: Path) -> _Part:
    """The part itself, saved for the next time if it can be."""
    with suppress(OSError):
        part.save(path)
    return part


def _forget_others(folder: Path, name: str) -> None:
    """Remove the derived files of generations that are past, and what killed processes left."""
    for kind in ("lexical", "vectors"):
        for path in folder.glob(f"{kind}-*.npz"):
            if path.name != f"{kind}-{name}.npz":
                with suppress(OSError):
                    path.unlink()
        for path in folder.glob(f".{kind}-*.npz-*"):
            with suppress(OSError):
                if path.stat().st_mtime < time.time() - _ABANDONED_S:
                    path.unlink()


def _allowed(state: _Generation, filter: Filter) -> NDArray[np.bool_] | None:
    """Which passages the filter leaves, shape (n,); None where it leaves all."""
    if filter == Filter():
        return None
    keys = [key for key, document in state.documents.items() if filter.accepts(document)]
    return np.isin(state.table.documents, np.asarray(keys, np.int64))


def _passage(state: _Generation, row: int) -> Span:
    table = state.table
    document = state.documents[int(table.documents[row])]
    return Span(document, int(table.first[row]), int(table.last[row]))
