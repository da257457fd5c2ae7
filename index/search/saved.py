"""Save and load the data derived from one state of the store, and reuse that of an earlier state."""

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.retrievers import BM25Index, DenseIndex, InvertedFile
from index.storage import PassageTable, Store, open_arrays, save_arrays

# The prefix of folders with derived data; the lineage and the generation follow.
PREFIX = "derived-"


# Seconds after which a half-written folder counts as abandoned.
_ABANDONED_S = 3600


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """All passages of a state, row by row, and its documents' keys in the order of their ids."""

    passages: PassageTable
    documents: NDArray[np.int64]

    @classmethod
    def of(cls, store: Store) -> "Tables":
        """The tables of the current state."""
        return cls(store.passages(), store.document_keys())

    def save(self, folder: Path) -> None:
        """Write the tables to a folder of their own, completely or not at all."""
        table = self.passages
        save_arrays(
            folder,
            {
                "keys": table.keys,
                "documents": table.documents,
                "first": table.first,
                "last": table.last,
                "all": self.documents,
            },
        )

    @classmethod
    def open(cls, folder: Path) -> "Tables":
        """The tables saved in this folder.

        Raises:
            OSError, ValueError, KeyError: if there are none, or they are damaged.
        """
        a = open_arrays(folder)
        return cls(PassageTable(a["keys"], a["documents"], a["first"], a["last"]), a["all"])


@dataclass(frozen=True, slots=True, eq=False)
class SavedArrays:
    """The saved data of one state; a part that is missing or damaged is None."""

    name: str = ""
    tables: Tables | None = None
    lexical: BM25Index | None = None
    dense: DenseIndex | None = None
    inverted: InvertedFile | None = None


class _Savable(Protocol):
    def save(self, folder: Path) -> None: ...


_T = TypeVar("_T")


def load_saved(store: Store) -> SavedArrays:
    """The saved data of the current state."""
    name = store.generation()
    return _opened(_folder(store, name), name)


def load_earlier(store: Store) -> SavedArrays:
    """The most recently saved data of another state of the same file."""
    now = _folder(store, store.generation())
    with suppress(OSError):
        others = [path for path in _all(store) if path != now]
        for path in sorted(others, key=lambda path: path.stat().st_mtime, reverse=True):
            found = _opened(path, path.name.rpartition("-")[2])
            if found.tables is not None:
                return found
    return SavedArrays()


def save(store: Store, found: SavedArrays, before: SavedArrays) -> None:
    """Save the new parts of a state for next time; if that fails, they are computed again."""
    folder = _folder(store, found.name)
    with suppress(OSError):
        folder.mkdir(exist_ok=True)
        parts: list[tuple[str, _Savable | None, object]] = [
            ("tables", found.tables, before.tables),
            ("lexical", found.lexical, before.lexical),
            ("vectors", found.dense, before.dense),
            ("inverted", found.inverted, before.inverted),
        ]
        for name, part, old in parts:
            if part is not None and (old is None or before.name != found.name):
                part.save(folder / name)


def forget_others(store: Store) -> None:
    """Remove the saved data of older states, and the remains of killed processes."""
    now = _folder(store, store.generation())
    for path in store.path.parent.glob(f"{PREFIX}*"):
        if path != now:
            shutil.rmtree(path, ignore_errors=True)
    for path in now.glob(".*"):
        with suppress(OSError):
            if path.stat().st_mtime < time.time() - _ABANDONED_S:
                shutil.rmtree(path, ignore_errors=True)


def _folder(store: Store, name: str) -> Path:
    return store.path.with_name(f"{PREFIX}{store.lineage()}-{name}")


def _all(store: Store) -> list[Path]:
    return list(store.path.parent.glob(f"{PREFIX}{store.lineage()}-*"))


def _opened(folder: Path, name: str) -> SavedArrays:
    tables = _or_none(Tables.open, folder / "tables")
    lexical = _or_none(BM25Index.open, folder / "lexical")
    dense = _or_none(DenseIndex.open, folder / "vectors")
    inverted = _or_none(InvertedFile.open, folder / "inverted")
    if tables is not None:
        count = len(tables.passages.keys)
        lexical = lexical if lexical and lexical.size == count else None
        dense = dense if dense and len(dense.vectors) == count else None
    return SavedArrays(name, tables, lexical, dense, inverted)


def _or_none(open: Callable[[Path], _T], path: Path) -> _T | None:
    """The data saved at `path`, or None if it is missing or damaged."""
    # Whatever is wrong with derived data, it can be derived from the store again.
    with suppress(Exception):
        return open(path)
    return None


@dataclass(frozen=True, slots=True, eq=False)
class RowMap:
    """Maps the passages of an earlier state to their rows in a later one.

    `kept`, shape (earlier passages,), has their new rows, or -1 if they are gone; passages that are kept
    keep their order. `added` has the rows of new passages, ascending.
    """

    kept: NDArray[np.int64]
    added: NDArray[np.int64]

    @classmethod
    def between(cls, old: Tables | None, new: Tables) -> "RowMap":
        """The map from one state to another of the same file. From None, every passage is added."""
        before = old.passages.keys if old else np.zeros(0, np.int64)
        now = new.passages.keys
        kept = np.full(len(before), -1, np.int64)
        if not len(now):
            return cls(kept, np.zeros(0, np.int64))
        order = np.argsort(now)
        at = np.minimum(np.searchsorted(now, before, sorter=order), len(now) - 1)
        same = now[order[at]] == before
        kept[same] = order[at[same]]
        return cls(kept, np.setdiff1d(np.arange(len(now)), kept[same], assume_unique=True))
