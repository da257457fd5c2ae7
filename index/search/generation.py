"""Everything that a search needs from one state of the store: loaded if it was saved, else computed.

Data of an earlier state of the same file is reused, since a passage never changes and its key is never
reused.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.errors import IndexCorrupt
from corpus.types import Span
from index.passage_text import bm25_text
from index.retrievers import EXACT, BM25Index, DenseIndex, InvertedFile, update_postings
from index.search.deduplication import passage_at
from index.search.library import DocumentGone, Library
from index.search.saved import (
    RowMap,
    SavedArrays,
    Tables,
    forget_others,
    load_earlier,
    load_saved,
    save,
)
from index.storage import (
    Copies,
    PassageTable,
    Store,
    check_encoder,
    check_root,
    load_copies,
    writer_at_work,
)
from index.types import CountCallback, Encoder, Manifest

# Attempts to load a state while writers change it; the last attempt makes the writers wait.
_TRIES = 3
# Sample questions that decide how many cells are searched, and the number of words in each.
_QUESTIONS, _WORDS = 200, 8
_TOLD_EVERY = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class Generation:
    """Everything that a search needs from one state. Row i of `table` is passage i of both indexes."""

    name: str
    lineage: str
    manifest: Manifest
    documents: Library
    tables: Tables
    lexical: BM25Index
    dense: DenseIndex
    copies: Copies

    @property
    def table(self) -> PassageTable:
        """The passages, row by row."""
        return self.tables.passages


def load(
    path: Path, encoder: Encoder, root: Path | None, *, before: Generation | None = None
) -> Generation:
    """The current generation of the store at `path`; data of the generation `before` is reused.

    Raises:
        IndexMissing, IndexCorrupt, IndexMismatch: if it cannot be used with this encoder and root.
    """
    return _load(path, encoder, root, before, ours=False)


def prepare(path: Path, encoder: Encoder, tell: CountCallback = lambda done, total: None) -> None:
    """Derive and save everything that a search of the current state needs. To be called by a writer.

    For many passages this includes grouping their vectors into cells. `tell` gets the number of passages
    counted so far, and their total.
    """
    _load(path, encoder, None, None, ours=True, tell=tell).documents.close()


def _load(
    path: Path,
    encoder: Encoder,
    root: Path | None,
    before: Generation | None,
    *,
    ours: bool,
    tell: CountCallback = lambda done, total: None,
) -> Generation:
    for left in reversed(range(_TRIES)):
        store = Store.open(path)
        try:
            return _Load(store, encoder, root, before, ours, tell, patient=left > 0).go()
        except DocumentGone:
            # A writer has changed the documents that were being counted; load the new state.
            store.close()
        except BaseException:
            store.close()
            raise
    # The last try reads one state alone: what that state names is not in the file.
    raise lacking(path)


def lacking(path: Path) -> IndexCorrupt:
    """The error for an index of which no state can be read to its end."""
    return IndexCorrupt(
        f"The index at {str(path)!r} cannot be used: it lacks documents that it names. Rebuild it "
        "with: qa index FOLDER --rebuild"
    )


@dataclass(frozen=True, slots=True)
class _Load:
    """One attempt to load the current state. `ours` is set if the caller is the writer at work."""

    store: Store
    encoder: Encoder
    root: Path | None
    before: Generation | None
    ours: bool
    tell: CountCallback
    patient: bool

    def go(self) -> Generation:
        # subtle: slow steps (files, counting) are done before or after the snapshot, which makes writers
        # wait. So data loaded before it may belong to a state that is outdated by then.
        there = load_saved(self.store)
        earlier = self._earlier(there)
        with self.store.snapshot():
            if self.root is not None:
                check_root(self.store, self.root)
            manifest = self.store.manifest()
            check_encoder(manifest, self.encoder)
            if (name := self.store.generation()) != there.name:
                there, earlier = SavedArrays(name), there if there.tables else earlier
            tables = there.tables or Tables.of(self.store)
            count = len(tables.passages.keys)
            copies = load_copies(self.store)
            moves = RowMap.between(earlier.tables, tables)
            dense = there.dense
            if dense is None or dense.vectors.shape != (count, manifest.dimension):
                dense = self._dense(earlier, tables, moves, manifest.dimension)
            documents = Library(self.store, tables.documents)
            lexical = there.lexical
            if not self.patient and (lexical is None or lexical.size != count):
                lexical = self._lexical(earlier, tables, moves, documents)
        if lexical is None or lexical.size != count:
            lexical = self._lexical(earlier, tables, moves, documents)
        dense = self._inverted(dense, there, earlier, moves, tables, documents)
        found = SavedArrays(name, tables, lexical, dense, dense.inverted)
        self._keep(found, there)
        lineage = self.store.lineage()
        return Generation(name, lineage, manifest, documents, tables, lexical, dense, copies)

    def _earlier(self, there: SavedArrays) -> SavedArrays:
        """An earlier state whose parts can be reused, if any part is missing."""
        if there.tables and there.lexical and there.dense:
            return SavedArrays()
        if (b := self.before) is not None and b.lineage == self.store.lineage():
            return SavedArrays(b.name, b.tables, b.lexical, b.dense, b.dense.inverted)
        return load_earlier(self.store)

    def _dense(
        self, earlier: SavedArrays, tables: Tables, moves: RowMap, dimension: int
    ) -> DenseIndex:
        """The vectors, taken from an earlier state as far as it has them."""
        old, keys = earlier.dense, tables.passages.keys
        if old is None or old.vectors.shape != (len(moves.kept), dimension):
            return DenseIndex.fit(self.store.vectors(dimension))
        known = moves.kept.copy()
        known[old.missing] = -1  # they may have a vector by now
        stays = np.flatnonzero(known >= 0)
        if 2 * len(stays) < len(keys):
            return DenseIndex.fit(self.store.vectors(dimension))
        vectors = np.empty((len(keys), dimension), np.float32)
        vectors[known[stays]] = old.vectors[stays]
        new = np.setdiff1d(np.arange(len(keys)), known[stays], assume_unique=True)
        vectors[new] = self.store.vectors_of(keys[new].tolist(), dimension)
        return DenseIndex.fit(vectors)

    def _lexical(
        self, earlier: SavedArrays, tables: Tables, moves: RowMap, documents: Library
    ) -> BM25Index:
        """The postings; only passages that no earlier state has are counted."""
        old = earlier.lexical
        if old is None or old.size != len(moves.kept) or not len(moves.kept):
            every = np.arange(len(tables.passages.keys))
            return BM25Index.fit(self._told(_texts(tables.passages, documents, every), len(every)))
        texts = self._told(_texts(tables.passages, documents, moves.added), len(moves.added))
        return BM25Index.weighed(update_postings(old.postings, moves.kept, moves.added, texts))

    def _told(self, texts: Iterator[str], total: int) -> Iterator[str]:
        for number, text in enumerate(texts):
            if number % _TOLD_EVERY == 0:
                self.tell(number, total)
            yield text

    def _inverted(
        self,
        dense: DenseIndex,
        there: SavedArrays,
        earlier: SavedArrays,
        moves: RowMap,
        tables: Tables,
        documents: Library,
    ) -> DenseIndex:
        """The vectors, with an inverted file if there are enough of them."""
        count = len(dense.vectors) - len(dense.missing)
        if count <= EXACT:
            return dense
        found = there.inverted
        if found is None or len(found.rows) != count:
            found, old = None, earlier.inverted
            if old is not None and old.fits(count):
                found = old.carried_over(moves.kept, dense.vectors, dense.missing)
            elif self.ours:
                questions = self.encoder.encode_questions(_questions(tables.passages, documents))
                found = InvertedFile.fit(dense.vectors, dense.missing, questions)
        return replace(dense, inverted=found)

    def _keep(self, found: SavedArrays, there: SavedArrays) -> None:
        # A writer at work will replace this generation before anyone could use its saved data.
        lasts = self.ours or not writer_at_work(self.store.path.parent)
        if lasts and self.store.generation() == found.name:
            save(self.store, found, there)
            forget_others(self.store)


def _texts(table: PassageTable, documents: Library, rows: NDArray[np.int64]) -> Iterator[str]:
    """The BM25 text of each of these passages."""
    places = zip(
        *(a[rows].tolist() for a in (table.documents, table.first, table.last)), strict=True
    )
    return (bm25_text(Span(documents[key], first, last)) for key, first, last in places)


def _questions(table: PassageTable, documents: Library) -> list[str]:
    """Sample questions: a few words from the middle of some passages."""
    found = []
    for row in np.linspace(0, len(table.keys) - 1, _QUESTIONS).astype(int).tolist():
        words = passage_at(table, documents, row).text.split()
        middle = max(0, len(words) // 2 - _WORDS // 2)
        found.append(" ".join(words[middle : middle + _WORDS]))
    return found
