"""Index: open what was built, search it by words and by meaning, and join the two rankings."""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from corpus.errors import IndexMismatch
from corpus.types import Document, Span
from index.building import iterate_texts
from index.dense import DenseIndex
from index.encoding import Encoder
from index.fusion import Fusion, convex
from index.lexical import LexicalIndex
from index.store import FILE_NAME, PassageTable, Store
from index.types import Filter, Hit, Manifest

# How many passages each side hands to the fusion. More of them cost nothing and change nothing.
DEPTH = 100


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
        if self.manifest.encoder_sha256 != encoder.sha256:
            raise IndexMismatch(
                f"The index was made with the encoder {self.manifest.encoder}, not with {encoder.name}. "
                "Name that encoder with --encoder, or make the index anew with: qa index FOLDER --rebuild"
            )
        self._state = self._load()

    @classmethod
    def open(cls, directory: Path, encoder: Encoder, *, fusion: Fusion = convex) -> Self:
        """The index in this directory.

        Raises:
            IndexMissing, IndexCorrupt, IndexMismatch: if it cannot be used.
        """
        return cls(Store.open(directory / FILE_NAME), encoder, fusion=fusion)

    def close(self) -> None:
        """Let go of the file."""
        self._store.close()

    def documents(self) -> list[Document]:
        """All documents, in the order in which they came in."""
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
        with self._lock:
            if self._store.generation() != self._state.name:
                self._state = self._load()
            return self._state

    def _load(self) -> _Generation:
        with self._store.snapshot():
            name = self._store.generation()
            table = self._store.passages()
            directory = self._store.path.parent
            lexical = _derived(
                directory / f"lexical-{name}.npz",
                LexicalIndex.open,
                lambda: LexicalIndex.fit(list(iterate_texts(self._store))),
                lambda found: found.size == len(table.keys),
            )
            dense = _derived(
                directory / f"vectors-{name}.npy",
                DenseIndex.open,
                lambda: DenseIndex.fit(self._store.vectors(self.manifest.dimension)),
                lambda found: found.vectors.shape == (len(table.keys), self.manifest.dimension),
            )
            documents = dict(self._store.documents())
        _forget_others(directory, name)
        return _Generation(name, table, documents, lexical, dense)


class _Saved(Protocol):
    def save(self, path: Path) -> None: ...


_Part = TypeVar("_Part", bound=_Saved)


def _derived(
    path: Path,
    load: Callable[[Path], _Part],
    fit: Callable[[], _Part],
    fits: Callable[[_Part], bool],
) -> _Part:
    """What was saved at `path`; made anew, and saved if it can be, where that is missing or damaged."""
    # Whatever is wrong with a derived file, the store can replace it.
    with suppress(Exception):
        found = load(path)
        if fits(found):
            return found
    made = fit()
    with suppress(OSError):
        made.save(path)
    return made


def _forget_others(directory: Path, name: str) -> None:
    """Remove the derived files of generations that are past."""
    for pattern in ("lexical-*.npz", "vectors-*.npy"):
        for path in directory.glob(pattern):
            if name not in path.name:
                with suppress(OSError):
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
