"""Open an index, search it by words and by meaning, and fuse the two rankings."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from corpus.types import Description, Document
from index.retrievers import Fusion, convex_combination
from index.search.deduplication import Deduplicator, Place, passage_at
from index.search.generation import Generation, lacking, load
from index.search.library import DocumentGone
from index.storage import FILE_NAME, Store, writer_at_work
from index.types import Copy, Encoder, Filter, Hit, Manifest

# How many passages each side passes to the fusion. More cost nothing and change nothing.
DEPTH = 100
# Seconds for which an older state is still searched while a writer is making newer ones.
PATIENCE_S = 10.0

# States that are tried, each newer than the one before; a sound index needs a second one at most times.
_TRIES = 8

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Searched:
    """The hits for several questions, in their order, and the state of the index that was searched."""

    generation: str
    manifest: Manifest
    hits: list[list[Hit]]


class Index:
    """The documents of a folder, searchable. Safe to use from several threads.

    It follows the store: a search after an indexing run, by this or another process, sees its result.
    During a run, searches pick up its progress from time to time.
    """

    def __init__(
        self,
        store: Store,
        encoder: Encoder,
        *,
        root: Path | None = None,
        fusion: Fusion = convex_combination,
    ) -> None:
        self._store = store
        self._encoder = encoder
        self._root = root
        self._fusion = fusion
        # The first lock guards the connection and the state, and is held briefly; the second guards loads.
        self._lock, self._loading = threading.Lock(), threading.Lock()
        self._hold(load(store.path, encoder, root), time.monotonic())

    @classmethod
    def open(
        cls,
        directory: Path,
        encoder: Encoder,
        *,
        root: Path | None = None,
        fusion: Fusion = convex_combination,
    ) -> Self:
        """The index in this directory. With `root`, it must be the index of that folder.

        Raises:
            IndexMissing, IndexCorrupt, IndexMismatch: if it cannot be used.
        """
        store = Store.open(directory / FILE_NAME)
        try:
            return cls(store, encoder, root=root, fusion=fusion)
        except BaseException:
            store.close()
            raise

    def close(self) -> None:
        """Close the index file."""
        with self._lock:
            self._store.close()
            self._state.documents.close()

    @property
    def encoder(self) -> Encoder:
        """The encoder that the index was opened with."""
        return self._encoder

    @property
    def manifest(self) -> Manifest:
        """How the index was made."""
        return self._state.manifest

    @property
    def generation(self) -> str:
        """The name of the state that a search would use now."""
        return self._current().name

    def documents(self) -> list[Document]:
        """All documents, in the order of their ids. This reads the text of every document."""
        return self._of_one_state(lambda state: list(state.documents.values()))

    def descriptions(self) -> list[Description]:
        """All documents without their texts, in the order of their ids."""
        return self._of_one_state(lambda state: list(state.documents.described().values()))

    def document(self, id: str) -> Document | None:
        """The document with this id, or None if there is none."""
        return self._of_one_state(lambda state: state.documents.find(id))

    def __len__(self) -> int:
        """The number of passages."""
        return len(self._current().table.keys)

    def search(self, question: str, *, k: int = 8, filter: Filter = Filter()) -> list[Hit]:
        """The k best passages for a question, best first, from the documents that the filter accepts."""
        return self.search_many([question], k=k, filter=filter)[0]

    def search_many(
        self, questions: Sequence[str], *, k: int = 8, filter: Filter = Filter()
    ) -> list[list[Hit]]:
        """The results of `search` for several questions, in their order; they are encoded together."""
        return self.searched(questions, k=k, filter=filter).hits

    def searched(
        self, questions: Sequence[str], *, k: int = 8, filter: Filter = Filter()
    ) -> Searched:
        """The result of `search_many`, with the state that was searched."""
        vectors = self._encoder.encode_questions(questions)

        def found(state: Generation) -> Searched:
            allowed = _allowed(state, filter)
            hits = [
                self._fused(state, question, vector, k, allowed)
                for question, vector in zip(questions, vectors, strict=True)
            ]
            return Searched(state.name, state.manifest, hits)

        return self._of_one_state(found)

    def _of_one_state(self, use: Callable[[Generation], _T]) -> _T:
        """The result of `use` for the current state; retried with a newer one if documents are gone."""
        state = self._current()
        for _ in range(_TRIES):
            try:
                return use(state)
            except DocumentGone:
                # A writer has removed documents of this state.
                with self._loading:
                    state = self._state if self._state is not state else self._load()
        raise lacking(self._store.path)

    def _fused(
        self,
        state: Generation,
        question: str,
        vector: NDArray[np.float32],
        k: int,
        allowed: NDArray[np.bool_] | None,
    ) -> list[Hit]:
        depth = max(DEPTH, k)
        while True:
            lexical = state.lexical.search(question, k=depth, allowed=allowed)
            dense = state.dense.search(vector, k=depth, allowed=allowed)
            fused = self._fusion(lexical, dense)
            ranked = sorted(fused, key=lambda row: (-fused[row], row))
            best = Deduplicator(state.table, state.documents, state.copies, question).best(
                ranked, k
            )
            # Copies may fill up the results; then search deeper for passages behind them.
            if len(best) == k or len(ranked) < depth or depth >= len(state.table.keys):
                break
            depth *= 4
        return [
            _hit(
                state, place, fused[place.found], rank, lexical.get(place.row), dense.get(place.row)
            )
            for rank, place in enumerate(best, start=1)
        ]

    def _current(self) -> Generation:
        """The current state of the store, or a recent one while a writer is at work."""
        if state := self._usable(loading=self._loading.locked()):
            return state
        with self._loading:
            # Another thread may have loaded it while this one was waiting.
            return self._usable() or self._load()

    def _usable(self, *, loading: bool = False) -> Generation | None:
        """The loaded state, if it may still be searched; None if a newer one must be loaded.

        A writer makes a new state every second or two, and each costs a full load. So while a writer is
        at work, the loaded state is good enough for a time, and also while another thread is `loading`.
        The connection is used only under the lock, which this takes.
        """
        with self._lock:
            if self._store.is_replaced():
                store = Store.open(self._store.path)
                self._store.close()
                self._store = store
            if self._store.generation() == self._state.name:
                return self._state
            young = time.monotonic() - self._loaded_at < max(PATIENCE_S, 10 * self._took_s)
            if (loading or young) and writer_at_work(self._store.path.parent):
                return self._state
            return None

    def _load(self) -> Generation:
        # subtle: not under `_lock`, which a search needs to use the old state meanwhile.
        began = time.monotonic()
        state = load(self._store.path, self._encoder, self._root, before=self._state)
        self._hold(state, began)
        return state

    def _hold(self, state: Generation, began: float) -> None:
        with self._lock:
            self._state, self._loaded_at = state, time.monotonic()
            self._took_s = self._loaded_at - began


def _allowed(state: Generation, filter: Filter) -> NDArray[np.bool_] | None:
    """Which passages the filter accepts, shape (n,); None if there is no filter."""
    if filter == Filter():
        return None
    keys = [key for key, one in state.documents.described().items() if filter.accepts(one)]
    accepted = np.zeros(int(state.tables.documents.max(initial=0)) + 1, np.bool_)
    accepted[keys] = True
    found: NDArray[np.bool_] = accepted[state.table.documents]
    return found


def _hit(
    state: Generation,
    place: Place,
    score: float,
    rank: int,
    lexical: float | None,
    dense: float | None,
) -> Hit:
    key = int(state.table.documents[place.row])
    passage = passage_at(state.table, state.documents, place.row)
    lead = state.copies.leads.get(key, key)
    copies = tuple(
        # The lead's relation to this document is this document's relation to the lead.
        Copy(state.documents[other], state.copies.relations[key if other == lead else other])
        for other in state.copies.members.get(lead, ())
        if other != key
    )
    article = state.documents[lead].id
    return Hit(passage, score, rank, lexical, dense, article, copies)
