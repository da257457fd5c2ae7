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

    @classmethod
    def fit(cls, vectors: Vectors) -> "DenseIndex":
        """The index of these rows.

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
        return cls(vectors, flat)

    def search(
        self, vector: NDArray[np.float32], *, k: int, allowed: NDArray[np.bool_] | None = None
    ) -> dict[int, float]:
        """The k nearest passages with their cosines, best first; `allowed`, shape (n,), limits which.

        `vector` has shape (d,) and length 1.
        """
        faiss = _faiss()
        k = min(k, self.flat.ntotal)
        if not k:
            return {}
        parameters = None
        if allowed is not None:
            bits = np.packbits(allowed, bitorder="little")
            parameters = faiss.SearchParameters(sel=faiss.IDSelectorBitmap(bits))
        scores, rows = self.flat.search(vector[np.newaxis], k, params=parameters)
        # subtle: FAISS fills up with row -1 where fewer than k rows are allowed.
        found = zip(rows[0].tolist(), scores[0].tolist(), strict=True)
        return {row: score for row, score in found if row >= 0}

    def save(self, path: Path) -> None:
        """Write the vectors to a file, whole or not at all.

        The rows alone are kept: a flat FAISS index is made from them as fast as it is read, and an
        array can be opened without trusting the folder that it lies in.
        """
        with replace_file(path) as handle:
            np.save(handle, self.vectors, allow_pickle=False)

    @classmethod
    def open(cls, path: Path) -> "DenseIndex":
        """The index that was saved there.

        Raises:
            OSError, ValueError: if there is none, or it is damaged.
        """
        return cls.fit(np.load(path, allow_pickle=False))


def _faiss() -> Any:
    """FAISS, imported where it is needed; its own type stubs are wrong about selectors."""
    import faiss

    return faiss
