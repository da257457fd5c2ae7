"""How much faster the postings are than rank_bm25's own search, with the same scores; and than bm25s.

    python tests/benchmarks/bm25.py [--passages 10000]

The passages are made of words drawn by Zipf's law, 120 each; the questions are six of their words.
bm25s (pip install bm25s) is asked the same terms where it is installed.
"""

import argparse
import importlib.util
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from index.lexical import LexicalIndex
from index.okapi import K1, B, LuceneBM25
from index.terms import terms

QUESTIONS, BEST = 20, 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--passages", type=int, default=10_000)
    print("\n".join(compared(parser.parse_args().passages)))


def compared(count: int) -> list[str]:
    """The lines of the comparison."""
    random = np.random.default_rng(0)
    texts = [" ".join(f"w{n}" for n in row) for row in random.zipf(1.2, (count, 120)) % 50_000]
    questions = [" ".join(random.choice(text.split(), 6)) for text in texts[:QUESTIONS]]
    began = time.perf_counter()
    index = LexicalIndex.fit(texts)
    built = time.perf_counter() - began
    tokenised = [terms(text) for text in texts]
    model = LuceneBM25(tokenised)
    theirs = [model.get_scores(terms(question)) for question in questions]
    scores = [index.scores(question) for question in questions]
    worst = max(float(np.abs(a - b).max()) for a, b in zip(theirs, scores, strict=True))
    slow = median_ms(lambda q: np.argsort(-model.get_scores(terms(q)))[:BEST], questions)
    fast = median_ms(lambda q: index.search(q, k=BEST), questions)
    lines = [
        f"{count:,} passages; indexed in {built:.1f} s; largest difference {worst:.1e}",
        f"the {BEST} best: rank_bm25 {slow:.2f} ms, postings {fast:.3f} ms: {slow / fast:.0f} x",
    ]
    if importlib.util.find_spec("bm25s"):
        other = median_ms(bm25s_search(tokenised), questions)
        lines.append(f"bm25s {other:.3f} ms: {other / fast:.1f} x")
    return lines


def bm25s_search(tokenised: Sequence[list[str]]) -> Callable[[str], Any]:
    """How bm25s searches the same terms, by its own fastest way without other packages."""
    import bm25s  # type: ignore[import-not-found]  # no dependency of ours

    retriever = bm25s.BM25(k1=K1, b=B, method="lucene")
    retriever.index(tokenised, show_progress=False)
    return lambda q: retriever.retrieve([terms(q)], k=BEST, show_progress=False, n_threads=0)


def median_ms(search: Callable[[str], Any], questions: Sequence[str]) -> float:
    """The median of what the questions take, in milliseconds."""
    taken = []
    for question in questions:
        began = time.perf_counter()
        search(question)
        taken.append(1000 * (time.perf_counter() - began))
    return statistics.median(taken)


if __name__ == "__main__":
    main()
