"""How much faster the postings are than rank_bm25's own search, with the same scores.

    python tests/benchmarks/bm25.py [--passages 10000]

The passages are made of words drawn by Zipf's law, 120 each; the questions are six of their words.
"""

import argparse
import time

import numpy as np

from index.lexical import LexicalIndex, LuceneBM25, terms


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--passages", type=int, default=10_000)
    count = parser.parse_args().passages
    random = np.random.default_rng(0)
    texts = [" ".join(f"w{n}" for n in row) for row in random.zipf(1.2, (count, 120)) % 50_000]
    questions = [" ".join(random.choice(text.split(), 6)) for text in texts[:20]]
    model = LuceneBM25([terms(text) for text in texts])
    began = time.perf_counter()
    index = LexicalIndex.from_model(model)
    built = time.perf_counter() - began
    began = time.perf_counter()
    theirs = [model.get_scores(terms(question)) for question in questions]
    slow = (time.perf_counter() - began) / len(questions)
    began = time.perf_counter()
    scores = [index.scores(question) for question in questions]
    fast = (time.perf_counter() - began) / len(questions)
    worst = max(float(np.abs(a - b).max()) for a, b in zip(theirs, scores, strict=True))
    print(f"{count:,} passages; postings made in {built:.1f} s; largest difference {worst:.1e}")
    print(
        f"rank_bm25 {slow * 1e3:.2f} ms, postings {fast * 1e3:.3f} ms a question: {slow / fast:.0f} x"
    )


if __name__ == "__main__":
    main()
