"""Search by meaning: FAISS's inner product over unit float32 rows, which is the cosine.

Up to 200,000 rows, every row is compared. Beyond that, only the rows of the nearest cells are, which
`index/retrievers/ivf.py` finds. The scores are exact in both cases.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.retrievers.ivf import InvertedFile
from index.storage import Sign, open_arrays, save_arrays
from index.types import Vectors

__all__ = ["DenseIndex", "Vectors"]


@dataclass(frozen=True, slots=True, eq=False)
class DenseIndex:
    """The vectors of n passages, which may be mapped from a file.

    `missing` are the rows of passages without a vector (int64, ascending). `inverted` groups rows that
    are near each other; it is set if there are very many rows.
    """

    vectors: Vectors
    missing: NDArray[np.int64]
    inverted: InvertedFile | None = None

    @classmethod
    def fit(cls, vectors: Vectors) -> "DenseIndex":
        """The index of these rows. A row of zeros means a passage without a vector; it is never found.

        Raises:
            ValueError: if the vectors are not float32 of shape (n, d).
        """
        if vectors.ndim != 2 or vectors.dtype != np.float32:
            raise ValueError(
                f"vectors of shape {vectors.shape}, {vectors.dtype}: not (n, d) float32"
            )
        # Only rows that start with two zeros need to be checked as a whole.
        suspects = np.flatnonzero(~np.any(vectors[:, :2], axis=1))
        missing = suspects[~np.any(vectors[suspects], axis=1)]
        return cls(np.ascontiguousarray(vectors), missing)

    def search(
        self, vector: NDArray[np.float32], *, k: int, allowed: NDArray[np.bool_] | None = None
    ) -> dict[int, float]:
        """The k nearest passages with their cosines, best first.

        `vector` has shape (d,) and length 1. `allowed`, shape (n,), limits the passages. On equal scores
        the earlier passage wins.
        """
        if not k or not len(self.vectors):
            return {}
        inverted = self.inverted
        rows = inverted.candidates(vector, k=k, allowed=allowed) if inverted else None
        if rows is None:
            return self._compared(vector, k, allowed)
        # Gather these rows, so that no others are read from the file.
        return _best(rows, self.vectors[rows] @ vector, k)

    def _compared(
        self, vector: NDArray[np.float32], k: int, allowed: NDArray[np.bool_] | None
    ) -> dict[int, float]:
        """The k nearest rows, found by comparing all allowed rows."""
        if len(self.missing):
            allowed = np.ones(len(self.vectors), np.bool_) if allowed is None else allowed.copy()
            allowed[self.missing] = False
        selected = _only(allowed)
        scores, rows = _nearest(self.vectors, vector, min(k + 1, len(self.vectors)), selected)
        # subtle: of the rows tied with the k-th, FAISS returns arbitrary ones; get all to choose from.
        if len(rows) > k and scores[k] == scores[k - 1]:
            below = float(np.nextafter(scores[k], np.float32(-np.inf)))
            scores, rows = _above(self.vectors, vector, below, selected)
        return _best(rows, scores, k)

    def save(self, folder: Path, sign: Sign) -> None:
        """Write the index to a folder of its own, completely or not at all.

        Only arrays are saved. Unlike a FAISS file, they can be opened safely from an untrusted folder.
        """
        save_arrays(folder, {"vectors": self.vectors, "missing": self.missing}, sign)

    @classmethod
    def open(cls, folder: Path, sign: Sign) -> "DenseIndex":
        """The index saved in this folder.

        Raises:
            OSError, ValueError, KeyError: if there is none, or it is damaged.
        """
        found = open_arrays(folder, sign)
        vectors, missing = found["vectors"], found["missing"]
        _check_kinds(vectors, missing)
        return cls(vectors, missing)


def _check_kinds(vectors: NDArray[Any], missing: NDArray[Any]) -> None:
    """Nothing, if these are such arrays as FAISS may be given the address of.

    Raises:
        ValueError: if not.
    """
    if (
        vectors.dtype != np.float32
        or missing.dtype != np.int64
        or (vectors.ndim, missing.ndim) != (2, 1)
    ):
        raise ValueError(f"vectors {vectors.dtype} {vectors.shape}, missing {missing.dtype}")
    if len(missing) and not 0 <= missing[0] <= missing[-1] < len(vectors):
        raise ValueError(f"rows from {missing[0]} to {missing[-1]} are missing of {len(vectors)}")


def _best(rows: NDArray[np.int64], scores: Vectors, k: int) -> dict[int, float]:
    """The k rows with the best scores, best first; on equal scores the earlier row wins."""
    best = np.lexsort((rows, -scores))[:k]
    return {int(rows[i]): float(scores[i]) for i in best}


def _nearest(
    vectors: Vectors, vector: NDArray[np.float32], k: int, selected: Any
) -> tuple[Vectors, NDArray[np.int64]]:
    """The cosines and rows of the k nearest, or of all selected rows if there are fewer.

    subtle: this calls a FAISS function instead of a FAISS index, which would copy all rows.
    """
    faiss = _faiss()
    vector = np.ascontiguousarray(vector, np.float32)
    scores, rows = np.empty(k, np.float32), np.empty(k, np.int64)
    n, d = vectors.shape
    pointers = [faiss.swig_ptr(array) for array in (vector, vectors, scores, rows)]
    with _one_thread():
        faiss.knn_inner_product(pointers[0], pointers[1], d, 1, n, k, *pointers[2:], selected)
    # subtle: FAISS fills up the result with row -1 if fewer than k rows are allowed.
    return scores[rows >= 0], rows[rows >= 0]


def _above(
    vectors: Vectors, vector: NDArray[np.float32], bound: float, selected: Any
) -> tuple[Vectors, NDArray[np.int64]]:
    """The cosines and rows of all selected rows that score above a bound."""
    faiss = _faiss()
    vector = np.ascontiguousarray(vector, np.float32)
    n, d = vectors.shape
    found = faiss.RangeSearchResult(1)
    pointers = faiss.swig_ptr(vector), faiss.swig_ptr(vectors)
    with _one_thread():
        faiss.range_search_inner_product(*pointers, d, 1, n, bound, found, selected)
    count = int(faiss.rev_swig_ptr(found.lims, 2)[1])
    scores = faiss.rev_swig_ptr(found.distances, count).copy()
    return scores, faiss.rev_swig_ptr(found.labels, count).copy()


@contextmanager
def _one_thread() -> Iterator[None]:
    """Limit FAISS to one thread in this block: with more, a question takes two to three times as long."""
    faiss = _faiss()
    before = (
        faiss.omp_get_max_threads()
    )  # for the calling thread; other threads have their own limit
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def _only(allowed: NDArray[np.bool_] | None) -> Any:
    """A FAISS selector for the allowed rows; None for all."""
    if allowed is None:
        return None
    return _faiss().IDSelectorBitmap(np.packbits(allowed, bitorder="little"))


def _faiss() -> Any:
    """FAISS, imported on use; untyped, since its type stubs are wrong about selectors."""
    import faiss

    return faiss
