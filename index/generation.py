"""All that is derived from one state of the store: loaded from what was saved, or made anew."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from corpus.types import Document, Span
from index.checking import check_encoder, check_root
from index.contexts import counted_text
from index.copies import Copies, load_copies
from index.dense import DenseIndex, Vectors
from index.encoding import Encoder
from index.lexical import LexicalIndex
from index.locking import writer_at_work
from index.records import PassageTable
from index.store import Store
from index.types import Manifest

# Seconds after which a half-written file belongs to nobody any more.
_ABANDONED_S = 3600


@dataclass(frozen=True, slots=True, eq=False)
class Generation:
    """What a search needs of one state of the store; row i of `table` is passage i of both indexes."""

    name: str
    manifest: Manifest
    table: PassageTable
    documents: dict[int, Document]
    lexical: LexicalIndex
    dense: DenseIndex
    copies: Copies


def load(path: Path, encoder: Encoder, root: Path | None) -> Generation:
    """The present generation of the store at `path`, with a connection of its own.

    Raises:
        IndexMissing, IndexCorrupt, IndexMismatch: if it cannot be used with this encoder and root.
    """
    store = Store.open(path)
    try:
        return _loaded(store, encoder, root)
    finally:
        store.close()


def _loaded(store: Store, encoder: Encoder, root: Path | None) -> Generation:
    folder, name = store.path.parent, store.generation()
    # subtle: what is slow (files, fitting) stands before or behind the snapshot, which keeps writers
    # waiting; so what was opened before may be of a state that is past by then.
    dense = _opened(folder / f"vectors-{name}.npz", DenseIndex.open)
    vectors: Vectors | None = None
    with store.snapshot():
        if root is not None:
            check_root(store, root)
        manifest = store.manifest()
        check_encoder(manifest, encoder)
        table, documents = store.passages(), dict(store.documents())
        copies = load_copies(store)
        before, name = name, store.generation()
        shape = (len(table.keys), manifest.dimension)
        if dense is None or name != before or dense.vectors.shape != shape:
            vectors = store.vectors(manifest.dimension)
    # A writer at work replaces this generation before anyone could use what would be saved of it.
    keep = not writer_at_work(folder)
    if vectors is not None:
        dense = DenseIndex.fit(vectors)
        if keep:
            _save(dense, folder / f"vectors-{name}.npz")
    assert dense is not None  # one of the two was there
    lexical = _opened(folder / f"lexical-{name}.npz", LexicalIndex.open)
    if lexical is None or lexical.size != shape[0]:
        lexical = LexicalIndex.fit(_texts(table, documents))
        if keep:
            _save(lexical, folder / f"lexical-{name}.npz")
    if keep and store.generation() == name:
        _forget_others(folder, name)
    return Generation(name, manifest, table, documents, lexical, dense, copies)


def _texts(table: PassageTable, documents: dict[int, Document]) -> list[str]:
    """The indexed text of every passage, row by row."""
    rows = zip(table.documents.tolist(), table.first.tolist(), table.last.tolist(), strict=True)
    return [counted_text(Span(documents[key], first, last)) for key, first, last in rows]


class _Savable(Protocol):
    def save(self, path: Path) -> None: ...


_T = TypeVar("_T")


def _opened(path: Path, open: Callable[[Path], _T]) -> _T | None:
    """What was saved at `path`; None where that is missing or damaged."""
    # Whatever is wrong with a derived file, the store can replace it.
    with suppress(Exception):
        return open(path)
    return None


def _save(part: _Savable, path: Path) -> None:
    """Keep the part for the next time, if it can be; what is there already stays."""
    with suppress(OSError):
        part.save(path)


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
