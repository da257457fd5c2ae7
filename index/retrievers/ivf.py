"""Group near rows into cells, so that a question is compared with only some of very many rows.

This is an inverted file (Sivic and Zisserman 2003; Jegou et al. 2011, doi.org/10.1109/TPAMI.2010.57) over
FAISS's k-means. Each row is stored with one byte per number. The best rows by these codes are scored
again with their full vectors, so scores are exact. Unlike FAISS's own inverted file, everything is mapped
from files: a question reads the cells that it searches, one after the other, and little more.
"""

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.storage import Sign, open_arrays, save_arrays
from index.types import Vectors

# Up to this many rows, all are compared: that takes some 30 ms, and is exact.
EXACT = 200_000
# Cells per square root of the number of rows, and rows per cell on which k-means is trained.
_PER_ROOT, _LOOKED_AT = 4, 40
_ROUNDS = 8
# The share of a question's nearest rows that must be found, and how many nearest rows count.
_RECALL, _NEAREST = 0.99, 10
_SEED = 0
# Rows that are assigned to cells at once.
_AT_ONCE = 65_536
# How many rows are scored again for each row wanted.
_AGAIN = 4
_ARRAYS = ("centroids", "starts", "rows", "codes", "low", "step")


@dataclass(frozen=True, slots=True, eq=False)
class InvertedFile:
    """c centroids, shape (c, d), float32, and the rows that are nearest to each.

    The rows of centroid i are `rows[starts[i]:starts[i + 1]]`, ascending. `codes`, shape (rows, d),
    uint8, is parallel to `rows`: number j of a row is about `low[j] + step[j] * code`. `probes` is the
    number of cells searched for a question, `size` the number of rows when the centroids were chosen.
    """

    centroids: NDArray[np.float32]
    starts: NDArray[np.int64]
    rows: NDArray[np.int64]
    codes: NDArray[np.uint8]
    low: NDArray[np.float32]
    step: NDArray[np.float32]
    probes: int
    size: int

    @classmethod
    def fit(
        cls, vectors: Vectors, missing: NDArray[np.int64], questions: Vectors
    ) -> "InvertedFile":
        """The cells of unit rows, shape (n, d), without the `missing` rows.

        The number of cells to search is set so that the `questions`, shape (q, d), find nearly all of
        their ten nearest rows.
        """
        import faiss

        there = np.setdiff1d(np.arange(len(vectors)), missing, assume_unique=True)
        count = max(1, int(_PER_ROOT * math.sqrt(len(there))))
        some = min(len(there), count * _LOOKED_AT)
        looked_at = np.sort(np.random.default_rng(_SEED).choice(there, some, replace=False))
        # Unlike the default, the centroids are unit rows too, since nearness is the cosine.
        means = faiss.Kmeans(
            vectors.shape[1],
            count,
            niter=_ROUNDS,
            spherical=True,
            seed=_SEED,
            min_points_per_centroid=1,
        )
        means.train(np.ascontiguousarray(vectors[looked_at]))
        centroids = np.asarray(means.centroids, np.float32)
        centroid_of = np.full(len(vectors), -1, np.int64)
        _assign(centroid_of, there, vectors, centroids)
        rows, starts = _grouped(centroid_of, count)
        low, step = _scale(vectors[looked_at])
        codes = np.empty((len(rows), vectors.shape[1]), np.uint8)
        _encode(codes, np.arange(len(rows)), vectors, rows, low, step)
        probes = _probes(centroids, centroid_of, vectors, questions)
        return cls(centroids, starts, rows, codes, low, step, probes, len(there))

    def carried_over(
        self, kept: NDArray[np.int64], vectors: Vectors, missing: NDArray[np.int64]
    ) -> "InvertedFile":
        """The same centroids for a later state with other rows.

        `kept`, shape (old rows,), has the new index of each old row, or -1 if it is gone. New rows are
        assigned to their nearest centroids.
        """
        old = np.full(len(kept), -1, np.int64)
        old[self.rows] = np.repeat(np.arange(len(self.centroids)), np.diff(self.starts))
        centroid_of = np.full(len(vectors), -1, np.int64)
        centroid_of[kept[kept >= 0]] = old[kept >= 0]
        new = np.setdiff1d(np.flatnonzero(centroid_of < 0), missing, assume_unique=True)
        _assign(centroid_of, new, vectors, self.centroids)
        rows, starts = _grouped(centroid_of, len(self.centroids))
        # The index of each row's code in the old order; -1 for a new row.
        stood = np.full(len(vectors), -1, np.int64)
        stays = kept[self.rows] >= 0
        stood[kept[self.rows[stays]]] = np.flatnonzero(stays)
        codes = self.codes[stood[rows]]
        added = np.flatnonzero(stood[rows] < 0)
        _encode(codes, added, vectors, rows[added], self.low, self.step)
        return replace(self, starts=starts, rows=rows, codes=codes)

    def fits(self, count: int) -> bool:
        """Whether the centroids are still suitable for `count` rows: at most twice or half as many."""
        return self.size <= 2 * count and count <= 2 * self.size

    def candidates(
        self, vector: NDArray[np.float32], *, k: int, allowed: NDArray[np.bool_] | None = None
    ) -> NDArray[np.int64] | None:
        """Rows, ascending, that are likely to include the k allowed rows nearest to a vector, shape (d,).

        None if all rows should be compared instead, because few are allowed or most cells would have to
        be searched.
        """
        probes = self.probes
        if allowed is not None:
            left = int(allowed.sum())
            if left <= EXACT:
                return None
            probes = math.ceil(probes * len(allowed) / left)
        if 2 * probes > len(self.centroids):
            return None
        nearest = np.sort(np.argpartition(-(self.centroids @ vector), probes - 1)[:probes])
        parts = [slice(int(self.starts[i]), int(self.starts[i + 1])) for i in nearest]
        rows = np.concatenate([self.rows[part] for part in parts])
        weights = vector * self.step  # the part that `low` adds is the same for all rows
        scores = np.concatenate([self.codes[part].astype(np.float32) @ weights for part in parts])
        if allowed is not None:
            rows, scores = rows[allowed[rows]], scores[allowed[rows]]
        if len(rows) > (most := _AGAIN * k):
            rows = rows[np.argpartition(-scores, most - 1)[:most]]
        return np.sort(rows)

    def save(self, folder: Path, sign: Sign) -> None:
        """Write the cells to a folder of their own, completely or not at all."""
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        save_arrays(folder, arrays | {"numbers": np.asarray([self.probes, self.size])}, sign)

    @classmethod
    def open(cls, folder: Path, sign: Sign) -> "InvertedFile":
        """The cells saved in this folder.

        Raises:
            OSError, ValueError, KeyError: if there are none, or they are damaged.
        """
        found = open_arrays(folder, sign)
        probes, size = found["numbers"].tolist()
        cells = cls(**{name: found[name] for name in _ARRAYS}, probes=probes, size=size)
        cells._check_kinds()
        return cells

    def _check_kinds(self) -> None:
        """Nothing, if the arrays go together.

        Raises:
            ValueError: if not.
        """
        kinds = [getattr(self, name).dtype for name in _ARRAYS]
        (count, d), rows = self.centroids.shape, len(self.rows)
        ends = [int(self.starts[0]), int(self.starts[-1])] if len(self.starts) else []
        if (
            kinds != [np.float32, np.int64, np.int64, np.uint8, np.float32, np.float32]
            or (self.starts.shape, ends) != ((count + 1,), [0, rows])
            or (self.codes.shape, self.low.shape, self.step.shape) != ((rows, d), (d,), (d,))
            or not 1 <= self.probes <= count
        ):
            raise ValueError(f"cells of shapes {[getattr(self, name).shape for name in _ARRAYS]}")


def _assign(
    centroid_of: NDArray[np.int64], rows: NDArray[np.int64], vectors: Vectors, centroids: Vectors
) -> None:
    """Write the nearest centroid of each of these rows into `centroid_of`."""
    import faiss

    for first in range(0, len(rows), _AT_ONCE):
        part = rows[first : first + _AT_ONCE]
        _, nearest = faiss.knn(vectors[part], centroids, 1, metric=faiss.METRIC_INNER_PRODUCT)
        centroid_of[part] = nearest[:, 0]


def _grouped(
    centroid_of: NDArray[np.int64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows sorted by centroid, and the start of each centroid's rows; rows with -1 are left out."""
    rows = np.argsort(centroid_of, kind="stable")[int((centroid_of < 0).sum()) :]
    return rows, np.searchsorted(centroid_of[rows], np.arange(count + 1))


def _scale(some: Vectors) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """For each dimension, the lowest value, and the value of one step of its byte; both of shape (d,)."""
    low = some.min(axis=0)
    return low, np.maximum((some.max(axis=0) - low) / 255, np.float32(1e-9))


def _encode(
    codes: NDArray[np.uint8],
    places: NDArray[np.int64],
    vectors: Vectors,
    rows: NDArray[np.int64],
    low: NDArray[np.float32],
    step: NDArray[np.float32],
) -> None:
    """Write the codes of these rows to these places; values beyond the scale are clipped."""
    for first in range(0, len(rows), _AT_ONCE):
        part = slice(first, first + _AT_ONCE)
        scaled = np.rint((vectors[rows[part]] - low) / step)
        codes[places[part]] = np.clip(scaled, 0, 255).astype(np.uint8)


def _probes(
    centroids: Vectors, centroid_of: NDArray[np.int64], vectors: Vectors, questions: Vectors
) -> int:
    """The least number of cells that contain a share of _RECALL of the questions' ten nearest rows."""
    import faiss

    _, nearest = faiss.knn(questions, vectors, _NEAREST, metric=faiss.METRIC_INNER_PRODUCT)
    order = np.argsort(-(questions @ centroids.T), axis=1)
    place = np.empty_like(order)  # the rank of each centroid for each question, the nearest first
    np.put_along_axis(place, order, np.arange(order.shape[1])[np.newaxis], axis=1)
    places = np.sort(np.take_along_axis(place, centroid_of[nearest], axis=1).ravel())
    return int(places[math.ceil(_RECALL * len(places)) - 1]) + 1
