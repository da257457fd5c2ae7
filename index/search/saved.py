"""Save and load the data derived from one state of the store, and reuse that of an earlier state."""

import re
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
from index.storage import PassageTable, Sign, Store, is_own_folder, open_arrays, save_arrays

# The prefix of folders with derived data; the lineage and the generation follow.
PREFIX = "derived-"
_NAME = re.compile(f"{PREFIX}[0-9a-f]{{8,64}}-[0-9a-f]{{8,64}}")


# Seconds after which a half-written folder counts as abandoned.
_ABANDONED_S = 3600
# Earlier states that are looked at; there is one, or a few after kills.
_MOST = 8


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """All passages of a state, row by row, and its documents' keys in the order of their ids."""

    passages: PassageTable
    documents: NDArray[np.int64]

    @classmethod
    def of(cls, store: Store) -> "Tables":
        """The tables of the current state."""
        return cls(store.passages(), store.document_keys())

    def save(self, folder: Path, sign: Sign) -> None:
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
            sign,
        )

    @classmethod
    def open(cls, folder: Path, sign: Sign) -> "Tables":
        """The tables saved in this folder.

        Raises:
            OSError, ValueError, KeyError: if there are none, or they are damaged.
        """
        a = open_arrays(folder, sign)
        table = PassageTable(a["keys"], a["documents"], a["first"], a["last"])
        if any(one.dtype != np.int64 or one.ndim != 1 for one in a.values()):
            raise ValueError(f"tables of {[one.dtype for one in a.values()]}")
        if len({len(a[name]) for name in ("keys", "documents", "first", "last")}) != 1:
            raise ValueError(f"tables of shapes {[one.shape for one in a.values()]}")
        return cls(table, a["all"])


@dataclass(frozen=True, slots=True, eq=False)
class SavedArrays:
    """The saved data of one state; a part that is missing or damaged is None."""

    name: str = ""
    tables: Tables | None = None
    lexical: BM25Index | None = None
    dense: DenseIndex | None = None
    inverted: InvertedFile | None = None


class _Savable(Protocol):
    def save(self, folder: Path, sign: Sign) -> None: ...


_T = TypeVar("_T")


def load_saved(store: Store) -> SavedArrays:
    """The saved data of the current state."""
    name = store.generation()
    return _opened(store, _folder(store, name), name)


def load_earlier(store: Store) -> SavedArrays:
    """The most recently saved data of another state of the same file."""
    now = _folder(store, store.generation())
    with suppress(OSError):
        others = [path for path in _all(store) if path != now]
        for path in sorted(others, key=lambda path: path.stat().st_mtime, reverse=True):
            found = _opened(store, path, path.name.rpartition("-")[2])
            if found.tables is not None:
                return found
    return SavedArrays()


def save(store: Store, found: SavedArrays, before: SavedArrays) -> None:
    """Save the new parts of a state for next time; if that fails, they are computed again."""
    folder = _folder(store, found.name)
    with suppress(OSError):
        if not is_own_folder(folder):
            with suppress(FileNotFoundError):
                folder.unlink()  # a link: what it leads to is not touched
        folder.mkdir(exist_ok=True)
        parts: list[tuple[str, _Savable | None, object]] = [
            ("tables", found.tables, before.tables),
            ("lexical", found.lexical, before.lexical),
            ("vectors", found.dense, before.dense),
            ("inverted", found.inverted, before.inverted),
        ]
        for name, part, old in parts:
            if part is not None and (old is None or before.name != found.name):
                part.save(folder / name, _signing(store, found.name, name))


def forget_others(store: Store) -> None:
    """Remove the saved data of older states, and the remains of killed processes."""
    now = _folder(store, store.generation())
    for path in store.path.parent.glob(f"{PREFIX}*"):
        # What somebody else has named alike is left alone, as is what a link leads to.
        if path != now and _NAME.fullmatch(path.name):
            if is_own_folder(path):
                shutil.rmtree(path, ignore_errors=True)
            else:
                with suppress(OSError):
                    path.unlink()
    if not is_own_folder(now):
        return
    for path in now.glob(".*"):
        with suppress(OSError):
            if path.lstat().st_mtime < time.time() - _ABANDONED_S:
                shutil.rmtree(path, ignore_errors=True)


def _folder(store: Store, name: str) -> Path:
    return store.path.with_name(f"{PREFIX}{store.lineage()}-{name}")


def _all(store: Store) -> list[Path]:
    found = store.path.parent.glob(f"{PREFIX}{store.lineage()}-*")
    return [path for path in found if _NAME.fullmatch(path.name) and is_own_folder(path)][:_MOST]


def _signing(store: Store, generation: str, part: str) -> Sign:
    """What signs a part of a state: it is no other state's, and no other part."""
    return lambda said: store.seal.sign("arrays", generation, part, said)


def _opened(store: Store, folder: Path, name: str) -> SavedArrays:
    if not is_own_folder(folder):
        return SavedArrays(name)

    def opened(open: Callable[[Path, Sign], _T], part: str) -> _T | None:
        return _or_none(lambda path: open(path, _signing(store, name, part)), folder / part)

    tables, lexical = opened(Tables.open, "tables"), opened(BM25Index.open, "lexical")
    dense, inverted = opened(DenseIndex.open, "vectors"), opened(InvertedFile.open, "inverted")
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
