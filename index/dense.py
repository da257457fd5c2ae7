"""Exact search by meaning: FAISS inner product over unit float32 rows, which is the cosine."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.saving import replace_file

Vectors = NDArray[np.float32]
"""Shape (n, d), unit rows."""


@dataclass(frozen=True, slots=True, eq=False)
class DenseIndex:
    """The vectors of n passages in a FAISS index."""

    vectors: Vectors
    flat: Any  # faiss.IndexFlatIP; faiss has no types
    present: NDArray[np.bool_] | None = None  # shape (n,); None where no row is missing

    @classmethod
    def fit(cls, vectors: Vectors) -> "DenseIndex":
        """The index of these rows; one of zeros stands for a passage without a vector, and is not found.

        Raises:
            ValueError: if they are not float32 rows of shape (n, d).
        """
        faiss = _faiss()
        if vectors.ndim != 2 or vectors.dtype != np.float32:
            raise ValueError(
                f"vectors of shape {vectors.shape}, {vectors.dtype}: not (n, d) float32"
            )
        flat = faiss.IndexFlatIP(vectors.shape[1])
        flat.add(np.ascontiguousarray(vectors))
        # A row without a number other than 0 among its first has to be looked at whole.
        suspects = np.flatnonzero(~np.any(vectors[:, :2], axis=1))
        missing = suspects[~np.any(vectors[suspects], axis=1)]
        if not len(missing):
            return cls(vectors, flat)
        present = np.ones(len(vectors), np.bool_)
        present[missing] = False
        return cls(vectors, flat, present)

    def search(
        self, vector: NDArray[np.float32], *, k: int, allowed: NDArray[np.bool_] | None = None
    ) -> dict[int, float]:
        """The k nearest passages with their cosines, best first; `allowed`, shape (n,), limits which.

        `vector` has shape (d,) and length 1. Of those that score alike the earlier ones are taken.
        """
        k = min(k, self.flat.ntotal)
        if not k:
            return {}
        if self.present is not None:
            allowed = self.present if allowed is None else self.present & allowed
        parameters = _only(allowed)
        scores, rows = self.flat.search(vector[np.newaxis], k + 1, params=parameters)
        scores, rows = scores[0], rows[0]
        # subtle: of rows that score like the k-th FAISS returns any; all of them are wanted to choose.
        if rows[k] >= 0 and scores[k] == scores[k - 1]:
            below = float(np.nextafter(scores[k], np.float32(-np.inf)))
            _, scores, rows = self.flat.range_search(vector[np.newaxis], below, params=parameters)
        # subtle: FAISS fills up with row -1 where fewer than k + 1 rows are allowed.
        scores, rows = scores[rows >= 0], rows[rows >= 0]
        best = np.lexsort((rows, -scores))[:k]
        return {int(rows[i]): float(scores[i]) for i in best}

    def save(self, path: Path) -> None:
        """Write the vectors to a file, whole or not at all.

        The rows alone are kept: a flat FAISS index is made from them as fast as it is read, and an
        array can be opened without trusting the folder that it lies in. An .npz file, since that has
        a checksum: rows with a wrong number in them would go unnoticed.
        """
        with replace_file(path) as handle:
            np.savez(handle, allow_pickle=False, vectors=self.vectors)

    @classmethod
    def open(cls, path: Path) -> "DenseIndex":
        """The index that was saved there.

        Raises:
            OSError, ValueError, KeyError, zipfile.BadZipFile: if there is none, or it is damaged.
        """
        # subtle: given a path, numpy leaves the file open where it is damaged.
        with path.open("rb") as handle, np.load(handle, allow_pickle=False) as data:
            return cls.fit(data["vectors"])


def _only(allowed: NDArray[np.bool_] | None) -> Any:
    """The allowed rows as FAISS takes them; None for all."""
    if allowed is None:
        return None
    faiss = _faiss()
    bits = np.packbits(allowed, bitorder="little")
    return faiss.SearchParameters(sel=faiss.IDSelectorBitmap(bits))


def _faiss() -> Any:
    """FAISS, imported where it is needed; its own type stubs are wrong about selectors."""
    import faiss

    return faiss
