"""BM25: fitted by rank_bm25, searched through postings.

rank_bm25 scores every passage for every question term in Python. Here its counts become postings once:
for each term the passages that hold it and what it adds to their scores. The sums are the same
(`tests/test_lexical.py`), some hundred times faster (`tests/benchmarks/bm25.py`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.arrays import open_arrays, save_arrays
from index.okapi import K1, B, LuceneBM25
from index.postings import Postings, counted
from index.terms import terms
from index.vocabulary import Vocabulary

# Postings that are weighed at once.
_AT_ONCE = 1 << 22


@dataclass(frozen=True, slots=True, eq=False)
class LexicalIndex:
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
    def fit(cls, texts: Iterable[str], *, k1: float = K1, b: float = B) -> "LexicalIndex":
        """The index of these texts, which are read one after the other; passage i is text i."""
        return cls.weighed(counted(texts), k1=k1, b=b)

    @classmethod
    def weighed(cls, found: Postings, *, k1: float = K1, b: float = B) -> "LexicalIndex":
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
        out = np.zeros(self.size, np.float32)
        for term in terms(question):
            if (row := self.postings.vocabulary.row(term)) is not None:
                part = slice(self.postings.starts[row], self.postings.starts[row + 1])
                out[self.postings.passages[part]] += self.weights[part]
        return out

    def search(
        self, question: str, *, k: int, allowed: NDArray[np.bool_] | None = None
    ) -> dict[int, float]:
        """The k best passages above 0 with their scores, best first; `allowed`, shape (n,), limits which.

        Of those that score alike the earlier ones are taken.
        """
        scores = self.scores(question)
        if allowed is not None:
            scores[~allowed] = 0
        found = np.flatnonzero(scores)
        if not k or not len(found):
            return {}
        if len(found) > k:
            # subtle: argpartition alone would pick any of those that score like the k-th.
            least = np.partition(scores[found], -k)[-k]
            found = found[scores[found] >= least]
        best = found[np.argsort(-scores[found], kind="stable")][:k]
        return {int(i): float(scores[i]) for i in best}

    def save(self, folder: Path) -> None:
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
        )

    @classmethod
    def open(cls, folder: Path) -> "LexicalIndex":
        """The index that was saved there.

        Raises:
            OSError, ValueError, KeyError: if there is none, or it is damaged.
        """
        a = open_arrays(folder)
        terms = Vocabulary(a["letters"], a["terms"])
        postings = Postings(terms, a["starts"], a["passages"], a["counts"], a["lengths"])
        return cls(postings, a["weights"])


def _idf(found: NDArray[np.int64], size: int) -> NDArray[np.float64]:
    """The idf of terms that stand in so many of `size` passages each, as the model has it."""
    model = LuceneBM25([[""]])
    model.corpus_size, model.idf = size, {}
    numbers = sorted({*found.tolist()})
    model._calc_idf({number: number for number in numbers})
    known = np.asarray(list(model.idf.values()))
    return known[np.searchsorted(numbers, found)]
