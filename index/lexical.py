"""BM25: fitted by rank_bm25, searched through postings.

rank_bm25 scores every passage for every question term in Python. Here its own tables become postings
once: for each term the passages that hold it and what it adds to their scores. The sums are the same
(`tests/test_lexical.py`), a hundred times faster and more (`tests/benchmarks/bm25.py`).
"""

import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rank_bm25 import BM25Okapi

from index.saving import replace_file

K1 = 1.5
B = 0.75

# English function words. Question words are among them: "who" and "when" are in few passages, so
# they would weigh much and mean nothing. "not" and "no" are kept: they carry meaning.
_FUNCTION_WORDS = """
    a about after all also am an and any are as at be because been before being between both
    but by can could did do does doing during each for from further had has have having he
    her here hers him his how i if in into is it its itself just me more most my of off on
    once only or other our out over own s same she should so some such t than that the their
    them then there these they this those through to too under until up us very was we were
    what when where which while who whom whose why will with would you your
"""
STOP_WORDS = frozenset(_FUNCTION_WORDS.split())

_WORD = re.compile(r"\d+(?:[.,]\d+)+|\w+(?:\.\w)+(?!\w)|\w+")
_NO_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\u0e00-\u0e7f]")


def terms(text: str) -> list[str]:
    """The words of a text as they are indexed: without case, accents and endings, no stop words.

    Stems are Snowball's for English (Porter 2001, snowballstem.org). Scripts that are written without
    spaces give one term for each character.

    >>> terms("The U.S. signed 2 agreements, worth 4.5 billion")
    ['us', 'sign', '2', 'agreement', 'worth', '4.5', 'billion']
    """
    # subtle: taking letters apart can give capitals (of "𝐀"), folding case can give new marks ("İ").
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    folded = "".join(c for c in folded if not unicodedata.combining(c))
    out = []
    for word in _WORD.findall(folded):
        if word in STOP_WORDS:
            continue
        if _NO_SPACES.search(word):
            out.extend(word)
        elif word[0].isdigit():
            out.append(word.replace(",", ""))
        else:
            out.append(_stem(word.replace(".", "")))
    return out


@lru_cache(maxsize=100_000)
def _stem(word: str) -> str:
    return str(_stemmer()(word))


@lru_cache(maxsize=1)
def _stemmer() -> Callable[[str], str]:
    import Stemmer

    stem: Callable[[str], str] = Stemmer.Stemmer("english").stemWord
    return stem


class LuceneBM25(BM25Okapi):  # type: ignore[misc]  # rank_bm25 has no types
    """rank_bm25's Okapi with the idf that Lucene uses: log(1 + (N - df + 0.5) / (df + 0.5)).

    Okapi's own idf is 0 or less for a term in half of the passages or more, and such terms are common
    in a small collection. Lucene's is always above 0 (Kamphuis et al. 2020,
    doi.org/10.1007/978-3-030-45442-5_4).
    """

    def _calc_idf(self, nd: dict[str, int]) -> None:
        for word, count in nd.items():
            self.idf[word] = math.log(1 + (self.corpus_size - count + 0.5) / (count + 0.5))


@dataclass(frozen=True, slots=True, eq=False)
class LexicalIndex:
    """BM25 postings over n passages.

    `vocabulary` gives each term its row; row r's passages are `passages[starts[r]:starts[r + 1]]`
    (int32), and what the term adds to their scores stands beside them in `weights` (float32).
    """

    vocabulary: dict[str, int]
    starts: NDArray[np.int64]
    passages: NDArray[np.int32]
    weights: NDArray[np.float32]
    size: int

    @classmethod
    def fit(cls, texts: Sequence[str]) -> "LexicalIndex":
        """The postings of these texts; passage i is `texts[i]`."""
        tokenised = [terms(text) for text in texts]
        if not any(tokenised):
            # subtle: rank_bm25 divides by the mean length, which is zero here.
            none = np.zeros(0)
            return cls(
                {},
                np.zeros(1, np.int64),
                none.astype(np.int32),
                none.astype(np.float32),
                len(texts),
            )
        return cls.from_model(LuceneBM25(tokenised, k1=K1, b=B))

    @classmethod
    def from_model(cls, model: LuceneBM25) -> "LexicalIndex":
        """The postings of a fitted model."""
        vocabulary = {term: row for row, term in enumerate(model.idf)}
        counts = np.fromiter((len(f) for f in model.doc_freqs), np.int64, model.corpus_size)
        total = int(counts.sum())
        passages = np.repeat(np.arange(model.corpus_size, dtype=np.int32), counts)
        rows = np.fromiter((vocabulary[t] for f in model.doc_freqs for t in f), np.int64, total)
        tf = np.fromiter((n for f in model.doc_freqs for n in f.values()), np.float64, total)
        idf = np.fromiter(model.idf.values(), np.float64, len(vocabulary))
        length = np.asarray(model.doc_len, np.float64)[passages] / model.avgdl
        weights = (
            idf[rows] * tf * (model.k1 + 1) / (tf + model.k1 * (1 - model.b + model.b * length))
        )
        order = np.argsort(rows, kind="stable")
        starts = np.searchsorted(rows[order], np.arange(len(vocabulary) + 1))
        return cls(
            vocabulary,
            starts,
            passages[order],
            weights[order].astype(np.float32),
            model.corpus_size,
        )

    def scores(self, question: str) -> NDArray[np.float32]:
        """The BM25 score of every passage, shape (n,); 0 where no term of the question stands."""
        out = np.zeros(self.size, np.float32)
        for term in terms(question):
            if (row := self.vocabulary.get(term)) is not None:
                part = slice(self.starts[row], self.starts[row + 1])
                out[self.passages[part]] += self.weights[part]
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
        k = min(k, self.size)
        if not k:
            return {}
        # subtle: argpartition alone would pick any of those that score like the k-th.
        least = np.partition(scores, -k)[-k]
        best = np.flatnonzero((scores >= least) & (scores > 0))
        best = best[np.argsort(-scores[best], kind="stable")][:k]
        return {int(i): float(scores[i]) for i in best}

    def save(self, path: Path) -> None:
        """Write the postings to a file, whole or not at all."""
        words = "\n".join(self.vocabulary).encode()
        with replace_file(path) as handle:
            np.savez(
                handle,
                vocabulary=np.frombuffer(words, np.uint8),
                starts=self.starts,
                passages=self.passages,
                weights=self.weights,
                size=np.asarray(self.size),
            )

    @classmethod
    def open(cls, path: Path) -> "LexicalIndex":
        """The postings that were saved there.

        Raises:
            OSError, ValueError, KeyError, zipfile.BadZipFile: if there are none, or they are damaged.
        """
        # subtle: given a path, numpy leaves the file open where it is damaged.
        with path.open("rb") as handle, np.load(handle, allow_pickle=False) as data:
            words = data["vocabulary"].tobytes().decode()
            return cls(
                {term: row for row, term in enumerate(words.split("\n") if words else ())},
                data["starts"],
                data["passages"],
                data["weights"],
                int(data["size"]),
            )
