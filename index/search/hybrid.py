"""Index: open what was built, search it by words and by meaning, and join the two rankings."""

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

# How many passages each side hands to the fusion. More of them cost nothing and change nothing.
DEPTH = 100
# Seconds for which a state is searched while a writer is making newer ones.
PATIENCE_S = 10.0

# States that are tried, each newer than the one before; a sound index needs a second one at most times.
_TRIES = 8

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Searched:
    """The hits of several questions, in their order, and the state of the index that they are of."""

    generation: str
    manifest: Manifest
    hits: list[list[Hit]]


class Index:
    """The documents of a folder, searchable. Safe to use from several threads.

    It follows the store: a search after an indexing run, of this or another process, sees its result;
    while one is at work, what it has done so far is seen from time to time.
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
        # The first guards the connection and the state, and is held for moments; the second a load.
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
        """The index in this directory; with `root`, only if it is the index of that folder.

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
        """Let go of the file."""
        with self._lock:
            self._store.close()
            self._state.documents.close()

    @property
    def encoder(self) -> Encoder:
        """The encoder that it was made with."""
        return self._encoder

    @property
    def manifest(self) -> Manifest:
        """How the index was made."""
        return self._state.manifest

    @property
    def generation(self) -> str:
        """The name of the state that would be searched now."""
        return self._current().name

    def documents(self) -> list[Document]:
        """All documents, in the order of their ids: their texts are read for it, all of them."""
        return self._of_one_state(lambda state: list(state.documents.values()))

    def descriptions(self) -> list[Description]:
        """All documents without their texts, in the order of their ids."""
        return self._of_one_state(lambda state: list(state.documents.described().values()))

    def document(self, id: str) -> Document | None:
        """The document of this id; None if there is none."""
        return self._of_one_state(lambda state: state.documents.find(id))

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
        return self.searched(questions, k=k, filter=filter).hits

    def searched(
        self, questions: Sequence[str], *, k: int = 8, filter: Filter = Filter()
    ) -> Searched:
        """`search_many`, with the state that was searched."""
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
        """What is made of a state: the present one, if that is still whole in the store."""
        state = self._current()
        for _ in range(_TRIES):
            try:
                return use(state)
            except DocumentGone:
                # A writer has taken away what this state had.
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
            # Copies may fill all that was found; what stands behind them is searched for then.
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
        """The state of the store as it is now, or nearly so while a writer is at work."""
        if state := self._usable(loading=self._loading.locked()):
            return state
        with self._loading:
            # Another thread may have loaded it while this one stood here.
            return self._usable() or self._load()

    def _usable(self, *, loading: bool = False) -> Generation | None:
        """The state that is held, if it may be searched; None if there is a newer one to load.

        A writer makes a new state every second or two, each of which costs a whole load: while it is
        at work, the state that is held is good enough for a time, and while another thread is
        `loading`. The use of the connection stands in here.
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
        # subtle: outside of `_lock`, since a search that may use the old state needs that.
        began = time.monotonic()
        state = load(self._store.path, self._encoder, self._root, before=self._state)
        self._hold(state, began)
        return state

    def _hold(self, state: Generation, began: float) -> None:
        with self._lock:
            self._state, self._loaded_at = state, time.monotonic()
            self._took_s = self._loaded_at - began


def _allowed(state: Generation, filter: Filter) -> NDArray[np.bool_] | None:
    """Which passages the filter leaves, shape (n,); None where it leaves all."""
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
        # The lead is to this one what this one is to it.
        Copy(state.documents[other], state.copies.relations[key if other == lead else other])
        for other in state.copies.members.get(lead, ())
        if other != key
    )
    article = state.documents[lead].id
    return Hit(passage, score, rank, lexical, dense, article, copies)
