"""BM25, fitted with rank_bm25 and searched through postings.

rank_bm25 scores every passage for every question term in Python. Here its counts are turned into
postings once: for each term, the passages that contain it and its weight in their scores. The scores are
the same (`tests/test_index_retrievers_bm25.py`), some hundred times faster (`tests/benchmarks/bm25.py`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.retrievers.postings import K1, B, LuceneBM25, Postings, Vocabulary, count_postings
from index.retrievers.tokenizer import tokenize
from index.storage import Sign, open_arrays, save_arrays

# Postings whose weights are computed at once.
_AT_ONCE = 1 << 22
_ABOVE_ZERO = float(np.finfo(np.float32).tiny)


@dataclass(frozen=True, slots=True, eq=False)
class BM25Index:
    """The postings of n passages, and the weight of each term in their scores.

    `weights` (float32) are parallel to the postings' passages. Every array may be mapped from a file; a
    question reads only the parts for its own terms.
    """

    postings: Postings
    weights: NDArray[np.float32]

    @property
    def size(self) -> int:
        """The number of passages."""
        return len(self.postings.lengths)

    @classmethod
    def fit(cls, texts: Iterable[str], *, k1: float = K1, b: float = B) -> "BM25Index":
        """The index of these texts, which are read one at a time; passage i is text i."""
        return cls.weighed(count_postings(texts), k1=k1, b=b)

    @classmethod
    def weighed(cls, found: Postings, *, k1: float = K1, b: float = B) -> "BM25Index":
        """The index of these postings, with the weights that rank_bm25 would give."""
        size, total = len(found.lengths), int(found.lengths.sum())
        weights = np.empty(len(found.passages), np.float32)
        if not total:
            # subtle: rank_bm25 would divide by the mean length, which is zero here.
            return cls(found, weights)
        idf = _idf(np.diff(found.starts), size)
        lengths = found.lengths / (total / size)
        for first in range(0, len(weights), _AT_ONCE):
            part = slice(first, min(first + _AT_ONCE, len(weights)))
            rows = np.searchsorted(found.starts, np.arange(part.start, part.stop), "right") - 1
            tf = found.counts[part].astype(np.float64)
            room = k1 * (1 - b + b * lengths[found.passages[part]])
            weights[part] = idf[rows] * tf * (k1 + 1) / (tf + room)
        return cls(found, weights)

    def scores(self, question: str) -> NDArray[np.float32]:
        """The BM25 score of every passage, shape (n,); 0 if it contains no term of the question."""
        return self._sums(self._rows(question))

    def search(
        self, question: str, *, k: int, allowed: NDArray[np.bool_] | None = None
    ) -> dict[int, float]:
        """The k best passages with a score above 0, and their scores, best first.

        `allowed`, shape (n,), limits the passages. On equal scores the earlier passage wins.
        """
        rows = self._rows(question)
        k = min(k, self.size)
        if not k or not rows:
            return {}
        scores = self._sums(rows)
        if allowed is not None:
            scores[~allowed] = 0
        found = np.flatnonzero(scores >= self._least(rows, scores, k))
        scores = scores[found]
        if len(found) > k:
            # subtle: argpartition alone would pick arbitrary passages among those tied with the k-th.
            best = scores >= np.partition(scores, -k)[-k]
            found, scores = found[best], scores[best]
        order = np.argsort(-scores, kind="stable")[:k]
        return dict(zip(found[order].tolist(), scores[order].tolist(), strict=True))

    def _least(self, rows: list[int], scores: NDArray[np.float32], k: int) -> float:
        """A lower bound, above 0, for the scores of the k best passages with a score above 0.

        It is the score of the k-th best passage that contains one of the rarest terms. Most of the best
        passages are among these, and searching them takes a small part of the time.
        """
        some: list[NDArray[np.int32]] = []
        count = 0
        for row in sorted(set(rows), key=lambda row: self._part(row).stop - self._part(row).start):
            some.append(self.postings.passages[self._part(row)])
            count += len(some[-1])
            if count >= 2 * k:
                break
        # A passage with several of these terms must count once, or the bound would be too high.
        looked_at = scores[np.unique(np.concatenate(some)) if len(some) > 1 else some[0]]
        least = np.partition(looked_at, -k)[-k] if len(looked_at) >= k else 0
        return float(max(least, _ABOVE_ZERO))

    def _sums(self, rows: list[int]) -> NDArray[np.float32]:
        out = np.zeros(self.size, np.float32)
        for row in rows:
            part = self._part(row)
            out[self.postings.passages[part]] += self.weights[part]
        return out

    def _rows(self, question: str) -> list[int]:
        """The rows of the question's known terms, in order; a repeated term is repeated."""
        rows = map(self.postings.vocabulary.row, tokenize(question))
        return [row for row in rows if row is not None]

    def _part(self, row: int) -> slice:
        """The slice of the postings of a term."""
        return slice(int(self.postings.starts[row]), int(self.postings.starts[row + 1]))

    def save(self, folder: Path, sign: Sign) -> None:
        """Write the index to a folder of its own, completely or not at all."""
        found = self.postings
        save_arrays(
            folder,
            {
                "letters": found.vocabulary.letters,
                "terms": found.vocabulary.starts,
                "starts": found.starts,
                "passages": found.passages,
                "counts": found.counts,
                "lengths": found.lengths,
                "weights": self.weights,
            },
            sign,
        )

    @classmethod
    def open(cls, folder: Path, sign: Sign) -> "BM25Index":
        """The index saved in this folder.

        Raises:
            OSError, ValueError, KeyError: if there is none, or it is damaged.
        """
        a = open_arrays(folder, sign)
        terms = Vocabulary(a["letters"], a["terms"])
        postings = Postings(terms, a["starts"], a["passages"], a["counts"], a["lengths"])
        postings.check()
        weights = a["weights"]
        if weights.dtype != np.float32 or weights.shape != postings.passages.shape:
            raise ValueError(f"weights {weights.dtype} {weights.shape}")
        return cls(postings, weights)


def _idf(found: NDArray[np.int64], size: int) -> NDArray[np.float64]:
    """The model's idf of each term; `found` is the number of the `size` passages that contain it."""
    model = LuceneBM25([[""]])
    model.corpus_size, model.idf = size, {}
    numbers = sorted({*found.tolist()})
    model._calc_idf({number: number for number in numbers})
    known = np.asarray(list(model.idf.values()))
    return known[np.searchsorted(numbers, found)]
