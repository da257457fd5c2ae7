"""BM25: fitted by rank_bm25, searched through postings.

rank_bm25 scores every passage for every question term in Python. Here its counts become postings once:
for each term the passages that hold it and what it adds to their scores. The sums are the same
(`tests/test_index_retrievers_bm25.py`), some hundred times faster (`tests/benchmarks/bm25.py`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.retrievers.postings import K1, B, LuceneBM25, Postings, Vocabulary, count_postings
from index.retrievers.tokenizer import tokenize
from index.storage import Sign, open_arrays, save_arrays

# Postings that are weighed at once.
_AT_ONCE = 1 << 22
_ABOVE_ZERO = float(np.finfo(np.float32).tiny)


@dataclass(frozen=True, slots=True, eq=False)
class BM25Index:
    """What was counted in n passages, and what each term adds to their scores.

    `weights`, float32, stand beside the postings' passages. Every array may be mapped from a file: a
    question touches those of its own terms alone.
    """

    postings: Postings
    weights: NDArray[np.float32]

    @property
    def size(self) -> int:
        """How many passages there are."""
        return len(self.postings.lengths)

    @classmethod
    def fit(cls, texts: Iterable[str], *, k1: float = K1, b: float = B) -> "BM25Index":
        """The index of these texts, which are read one after the other; passage i is text i."""
        return cls.weighed(count_postings(texts), k1=k1, b=b)

    @classmethod
    def weighed(cls, found: Postings, *, k1: float = K1, b: float = B) -> "BM25Index":
        """The index of what was counted, with the weights that rank_bm25 would give."""
        size, total = len(found.lengths), int(found.lengths.sum())
        weights = np.empty(len(found.passages), np.float32)
        if not total:
            # subtle: rank_bm25 divides by the mean length, which is zero here.
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
        """The BM25 score of every passage, shape (n,); 0 where no term of the question stands."""
        return self._sums(self._rows(question))

    def search(
        self, question: str, *, k: int, allowed: NDArray[np.bool_] | None = None
    ) -> dict[int, float]:
        """The k best passages above 0 with their scores, best first; `allowed`, shape (n,), limits which.

        Of those that score alike the earlier ones are taken.
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
            # subtle: argpartition alone would pick any of those that score like the k-th.
            best = scores >= np.partition(scores, -k)[-k]
            found, scores = found[best], scores[best]
        order = np.argsort(-scores, kind="stable")[:k]
        return dict(zip(found[order].tolist(), scores[order].tolist(), strict=True))

    def _least(self, rows: list[int], scores: NDArray[np.float32], k: int) -> float:
        """A score above 0 that the k best passages have at least, if so many have any at all.

        It is that of the k-th best passage with one of the rarest terms, among which most of the best
        ones are: looking for it among these takes a small part of the time.
        """
        some: list[NDArray[np.int32]] = []
        count = 0
        for row in sorted(set(rows), key=lambda row: self._part(row).stop - self._part(row).start):
            some.append(self.postings.passages[self._part(row)])
            count += len(some[-1])
            if count >= 2 * k:
                break
        # A passage with several of them must count once, or the bound would be too high.
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
        """The rows of the question's terms, in their order; one that stands twice twice."""
        rows = map(self.postings.vocabulary.row, tokenize(question))
        return [row for row in rows if row is not None]

    def _part(self, row: int) -> slice:
        """Where the postings of a term are."""
        return slice(int(self.postings.starts[row]), int(self.postings.starts[row + 1]))

    def save(self, folder: Path, sign: Sign) -> None:
        """Write it to a folder of its own, whole or not at all."""
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
        """The index that was saved there.

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
    """The idf of terms that stand in so many of `size` passages each, as the model has it."""
    model = LuceneBM25([[""]])
    model.corpus_size, model.idf = size, {}
    numbers = sorted({*found.tolist()})
    model._calc_idf({number: number for number in numbers})
    known = np.asarray(list(model.idf.values()))
    return known[np.searchsorted(numbers, found)]
