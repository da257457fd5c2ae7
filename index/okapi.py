"""rank_bm25's BM25 with the idf that Lucene uses."""

import math

from rank_bm25 import BM25Okapi

K1 = 1.5
B = 0.75


class LuceneBM25(BM25Okapi):  # type: ignore[misc]  # rank_bm25 has no types
    """rank_bm25's Okapi with the idf that Lucene uses: log(1 + (N - df + 0.5) / (df + 0.5)).

    Okapi's own idf is 0 or less for a term in half of the passages or more, and such terms are common
    in a small collection. Lucene's is always above 0 (Kamphuis et al. 2020,
    doi.org/10.1007/978-3-030-45442-5_4).
    """

    def _calc_idf(self, nd: dict[str, int]) -> None:
        for word, count in nd.items():
            self.idf[word] = math.log(1 + (self.corpus_size - count + 0.5) / (count + 0.5))
