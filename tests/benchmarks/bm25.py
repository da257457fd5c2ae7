"""The postings against rank_bm25's own search, with the same scores, and against bm25s.

    python -m tests.benchmarks.bm25 --passages 100000 [--stories FILE_OR_FOLDER]

The passages are sentences of real stories (the built-in samples, unless others are named) put together
anew; the questions are words of their own. bm25s (pip install bm25s) is asked for the same terms where
it is installed, by its default way.
"""

import argparse
import importlib.util
import resource
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from corpus.samples import samples
from index.retrievers.bm25 import BM25Index
from index.retrievers.postings import K1, B, LuceneBM25
from index.retrievers.tokenizer import tokenize
from tests.benchmarks.measuring import Figure, in_turn, taken_s
from tests.benchmarks.stories import passages_of, texts_of

QUESTIONS, WORDS, BEST = 30, 6, 100


def figures(count: int, stories: Path | None = None) -> list[Figure]:
    """How long fitting takes, and a search for the hundred best of so many passages."""
    passages = list(passages_of(texts_of(stories or samples()), count))
    found: list[BM25Index] = []
    fitted = taken_s(lambda: found.append(BM25Index.fit(passages)))
    ours, questions = found[0], questions_of(passages)
    size = sum(a.nbytes for a in (ours.weights, ours.postings.passages, ours.postings.counts))
    print(f"  {len(ours.weights):,} postings, {size / 1e6:.0f} MB")
    tokenised = [tokenize(passage) for passage in passages]
    model = LuceneBM25(tokenised)
    ways = {
        "rank_bm25": each(questions, lambda q: np.argsort(-model.get_scores(tokenize(q)))[:BEST]),
        "ours": each(questions, lambda q: ours.search(q, k=BEST)),
    }
    if importlib.util.find_spec("bm25s"):
        ways["bm25s"] = each(questions, bm25s_search(tokenised))
    taken = {name: seconds / QUESTIONS for name, seconds in in_turn(ways, times=3).items()}
    worst = max(
        float(np.abs(model.get_scores(tokenize(q)) - ours.scores(q)).max()) for q in questions[:5]
    )
    rows = [
        Figure(f"BM25 of {count:,} passages, fitting", fitted, "s"),
        Figure("largest difference of a score to rank_bm25's", worst * 1e6, "1e-6"),
    ]
    for name in [name for name in taken if name != "ours"]:
        rows.append(Figure(f"the {BEST} best, {name}", 1000 * taken[name], "ms"))
        ratio = taken[name] / taken["ours"]
        rows.append(Figure(f"the {BEST} best, ours", 1000 * taken["ours"], "ms", ratio, name))
    return rows


def questions_of(passages: Sequence[str]) -> list[str]:
    """Some words of some passages, no stop words among them."""
    random = np.random.default_rng(3)
    chosen = random.choice(len(passages), QUESTIONS)
    words = ([w for w in passages[i].split() if tokenize(w)] for i in chosen)
    return [" ".join(random.choice(some, WORDS)) for some in words]


def each(questions: Sequence[str], search: Callable[[str], Any]) -> Callable[[], None]:
    """A search for one question after the other."""

    def all_of_them() -> None:
        for question in questions:
            search(question)

    return all_of_them


def bm25s_search(tokenised: Sequence[list[str]]) -> Callable[[str], Any]:
    """How bm25s searches the same terms."""
    import bm25s  # type: ignore[import-not-found]  # no dependency of ours

    retriever = bm25s.BM25(k1=K1, b=B, method="lucene")
    retriever.index(tokenised, show_progress=False)
    return lambda q: retriever.retrieve([tokenize(q)], k=BEST, show_progress=False)


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--stories", type=Path)
    options = parser.parse_args()
    print("\n".join(f.line() for f in figures(options.passages, options.stories)))
    print(f"  peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


if __name__ == "__main__":
    main()
