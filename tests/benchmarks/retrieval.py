"""What was not chosen in retrieval, beside what was, on folders in BEIR form.

    python tests/benchmarks/retrieval.py DATA/cranfield DATA/time ...

Each folder is cut, encoded and indexed as `qa eval retrieval` does it (which measures what was chosen,
in more figures); here other weights of the fusion and other terms of BM25 are tried as well. Prints
nDCG@10. `--cache DIR` keeps the vectors for the next run.
"""

import argparse
import hashlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

from corpus import Chunking
from index import Encoder, load_encoder
from index.passage_text import bm25_text, encoder_text
from index.retrievers import tokenizer as words
from index.retrievers.bm25 import BM25Index
from index.retrievers.dense import DenseIndex
from index.retrievers.fusion import convex_combination, reciprocal_rank_fusion
from index.types import Vectors
from qa.evaluation.retrieval import (
    WAYS,
    BeirSet,
    Join,
    encoded,
    measured,
    only_lexical,
    rankings,
    read_beir,
)

METRIC = "nDCG@10"


def cached(found: BeirSet, encoder: Encoder, cache: Path | None) -> Vectors:
    texts = [encoder_text(passage) for passage in found.passages]
    digest = hashlib.sha256("\0".join([encoder.sha256, *texts]).encode()).hexdigest()[:24]
    path = cache / f"{digest}.npy" if cache else None
    if path and path.exists():
        return np.asarray(np.load(path), np.float32)
    vectors = encoded(found.passages, encoder, lambda _: None)
    if path:
        np.save(path, vectors)
    return vectors


def more_ways() -> dict[str, Join]:
    ways: dict[str, Join] = {
        f"convex {weight}": partial(convex_combination, weight=weight)
        for weight in (0.3, 0.4, 0.6, 0.7)
    }
    ways |= {f"reciprocal rank, k={k}": partial(reciprocal_rank_fusion, k=k) for k in (5, 20)}
    return ways


def measure(found: BeirSet, vectors: Vectors, queries: Vectors) -> dict[str, float]:
    texts = [bm25_text(passage) for passage in found.passages]
    dense = DenseIndex.fit(vectors)

    def scores(lexical: BM25Index, ways: dict[str, Join]) -> dict[str, float]:
        ranked = rankings(found, lexical, dense, queries, ways)
        return {name: measured(r, found.relevant)[METRIC] for name, r in ranked.items()}

    out = scores(BM25Index.fit(texts), WAYS | more_ways())
    for name, fitted in lexical_variants(texts):
        both: dict[str, Join] = {
            f"BM25, {name}": only_lexical,
            f"convex, {name}": convex_combination,
        }
        out |= scores(fitted(), both)
    return out


def lexical_variants(texts: list[str]) -> Iterator[tuple[str, Callable[[], BM25Index]]]:
    """The index with one part of it left out; each is measured before the next is made."""
    stop_words, stem = words.STOP_WORDS, words._stem
    try:
        words.STOP_WORDS = frozenset()
        words._terms_of.cache_clear()
        yield "no stop words", lambda: BM25Index.fit(texts)
        words.STOP_WORDS = stop_words
        words._stem = lambda word: word
        words._terms_of.cache_clear()
        yield "no stemming", lambda: BM25Index.fit(texts)
    finally:
        words.STOP_WORDS, words._stem = stop_words, stem
        words._terms_of.cache_clear()
    for k1, b in ((1.2, 0.75), (0.9, 0.4), (1.5, 0.5), (2.0, 0.75)):
        yield f"k1={k1} b={b}", partial(BM25Index.fit, texts, k1=k1, b=b)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--budget", type=int, default=Chunking().budget)
    parser.add_argument("--overlap", type=int, default=Chunking().overlap)
    given = parser.parse_args()
    encoder = load_encoder()
    table: dict[str, dict[str, float]] = {}
    for folder in given.folders:
        found = read_beir(folder, encoder, Chunking(given.budget, given.overlap))
        queries = encoder.encode_questions(list(found.queries.values()))
        table[folder.name] = measure(found, cached(found, encoder, given.cache), queries)
    width = max(len(name) for scores in table.values() for name in scores)
    print(f"{METRIC:{width}}  " + "".join(f"{name:>10}" for name in [*table, "mean"]))
    for name in next(iter(table.values())):
        row = [scores[name] for scores in table.values()]
        print(
            f"{name:{width}}  " + "".join(f"{value:10.3f}" for value in [*row, float(np.mean(row))])
        )


if __name__ == "__main__":
    main()
