"""Which rows lie near each other, so that of very many only some need be compared with a question.

An inverted file (Sivic and Zisserman 2003; Jegou et al. 2011, doi.org/10.1109/TPAMI.2010.57) over
FAISS's k-means. Unlike FAISS's own it holds the numbers of the rows and no copy of them: the rows stay
where they are, mapped from their file, and their scores are exact.
"""

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.arrays import Vectors, open_arrays, save_arrays

# Rows up to which each is compared: that takes some 30 ms, and is exact.
EXACT = 200_000
# Clusters for the square root of the number of rows, and rows for each that k-means looks at.
_PER_ROOT, _LOOKED_AT = 4, 40
_ROUNDS = 8
# What share of a question's nearest rows is to be found, and how many of them count.
_RECALL, _NEAREST = 0.99, 10
_SEED = 0
# Rows that are put into clusters at once.
_AT_ONCE = 65_536


@dataclass(frozen=True, slots=True, eq=False)
class Clusters:
    """c centres, shape (c, d), float32, and the rows that are nearest to each.

    Those of centre i are `rows[starts[i]:starts[i + 1]]`, ascending. `breadth` is how many clusters are
    looked at for a question, `size` how many rows there were when the centres were chosen.
    """

    centres: NDArray[np.float32]
    starts: NDArray[np.int64]
    rows: NDArray[np.int64]
    breadth: int
    size: int

    @classmethod
    def fit(cls, vectors: Vectors, missing: NDArray[np.int64], questions: Vectors) -> "Clusters":
        """The clusters of unit rows, shape (n, d), those of the `missing` rows left out.

        They are looked at as widely as the `questions`, shape (q, d), need to find nearly all of their
        ten nearest rows.
        """
        import faiss

        there = np.setdiff1d(np.arange(len(vectors)), missing, assume_unique=True)
        count = max(1, int(_PER_ROOT * math.sqrt(len(there))))
        some = min(len(there), count * _LOOKED_AT)
        looked_at = np.sort(np.random.default_rng(_SEED).choice(there, some, replace=False))
        # Unlike the default: the centres are unit rows, too, since nearness is the cosine.
        means = faiss.Kmeans(
            vectors.shape[1],
            count,
            niter=_ROUNDS,
            spherical=True,
            seed=_SEED,
            min_points_per_centroid=1,
        )
        means.train(np.ascontiguousarray(vectors[looked_at]))
        centres = np.asarray(means.centroids, np.float32)
        centre_of = np.full(len(vectors), -1, np.int64)
        _assign(centre_of, there, vectors, centres)
        found = _grouped(centres, centre_of, 1, len(there))
        return replace(found, breadth=_breadth(found, vectors, questions))

    def carried_over(
        self, kept: NDArray[np.int64], vectors: Vectors, missing: NDArray[np.int64]
    ) -> "Clusters":
        """The same centres for a later state with other rows.

        `kept`, shape (old rows,), gives each row its place among the new ones, -1 where it is gone; rows
        that were not there before are put to the centres that are nearest to them.
        """
        old = np.full(len(kept), -1, np.int64)
        old[self.rows] = np.repeat(np.arange(len(self.centres)), np.diff(self.starts))
        centre_of = np.full(len(vectors), -1, np.int64)
        centre_of[kept[kept >= 0]] = old[kept >= 0]
        new = np.setdiff1d(np.flatnonzero(centre_of < 0), missing, assume_unique=True)
        _assign(centre_of, new, vectors, self.centres)
        return _grouped(self.centres, centre_of, self.breadth, self.size)

    def fits(self, count: int) -> bool:
        """Whether the centres are still good for so many rows."""
        return self.size <= 2 * count and count <= 2 * self.size

    def near(
        self, vector: NDArray[np.float32], *, allowed: NDArray[np.bool_] | None = None
    ) -> NDArray[np.int64] | None:
        """The rows that are to be compared with a vector, shape (d,), of those that are `allowed`.

        None if all are, since so few are left or most clusters would have to be looked at.
        """
        breadth = self.breadth
        if allowed is not None:
            left = int(allowed.sum())
            if left <= EXACT:
                return None
            breadth = math.ceil(breadth * len(allowed) / left)
        if 2 * breadth > len(self.centres):
            return None
        nearest = np.argpartition(-(self.centres @ vector), breadth - 1)[:breadth]
        rows = np.concatenate([self.rows[self.starts[i] : self.starts[i + 1]] for i in nearest])
        rows.sort()
        return rows if allowed is None else rows[allowed[rows]]

    def save(self, folder: Path) -> None:
        """Write them to a folder of their own, whole or not at all."""
        numbers = np.asarray([self.breadth, self.size])
        save_arrays(
            folder,
            {"centres": self.centres, "starts": self.starts, "rows": self.rows, "numbers": numbers},
        )

    @classmethod
    def open(cls, folder: Path) -> "Clusters":
        """The clusters that were saved there.

        Raises:
            OSError, ValueError, KeyError: if there are none, or they are damaged.
        """
        found = open_arrays(folder)
        breadth, size = found["numbers"].tolist()
        return cls(found["centres"], found["starts"], found["rows"], breadth, size)


def _assign(
    centre_of: NDArray[np.int64], rows: NDArray[np.int64], vectors: Vectors, centres: Vectors
) -> None:
    """Note the nearest centre of each of these rows."""
    import faiss

    for first in range(0, len(rows), _AT_ONCE):
        part = rows[first : first + _AT_ONCE]
        _, nearest = faiss.knn(vectors[part], centres, 1, metric=faiss.METRIC_INNER_PRODUCT)
        centre_of[part] = nearest[:, 0]


def _grouped(centres: Vectors, centre_of: NDArray[np.int64], breadth: int, size: int) -> Clusters:
    """The rows by their centres; those without one, -1, are left out."""
    rows = np.argsort(centre_of, kind="stable")
    rows = rows[int((centre_of < 0).sum()) :]
    starts = np.searchsorted(centre_of[rows], np.arange(len(centres) + 1))
    return Clusters(np.ascontiguousarray(centres), starts, rows, breadth, size)


def _breadth(clusters: Clusters, vectors: Vectors, questions: Vectors) -> int:
    """The least number of clusters in which _RECALL of the questions' ten nearest rows are."""
    import faiss

    centre_of = np.full(len(vectors), -1, np.int64)
    centre_of[clusters.rows] = np.repeat(np.arange(len(clusters.centres)), np.diff(clusters.starts))
    _, nearest = faiss.knn(questions, vectors, _NEAREST, metric=faiss.METRIC_INNER_PRODUCT)
    order = np.argsort(-(questions @ clusters.centres.T), axis=1)
    place = np.empty_like(order)  # of each centre for each question, the nearest first
    np.put_along_axis(place, order, np.arange(order.shape[1])[np.newaxis], axis=1)
    places = np.sort(np.take_along_axis(place, centre_of[nearest], axis=1).ravel())
    return int(places[math.ceil(_RECALL * len(places)) - 1]) + 1
