"""Fit the numbers of `SentenceReader`, and measure it on questions that took no part in the fit.

    python tests/benchmarks/sentence_reader.py FIT.jsonl.gz [FIT.jsonl.gz ...] --test TEST.jsonl.gz

The files are such as `qa train` takes. Contexts become the documents of a collection; each second
context is left out of it, so that half of the questions have no answer there. A sentence is right when
it holds an answer at its place. Prints the weights (logistic regression over all sentences that were
read, rescaled on the best one of each question), then for the test file: right and false answers at
each bound of confidence.
"""

import argparse
import random
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.types import Span
from index import Encoder, load_encoder
from qa import Assistant
from qa.evaluation.datasets import Example, read_examples
from qa.question import parse
from qa.reader.sentence_reader import SentenceReader, _sentences

Table = NDArray[np.float32]
FEATURES = ("cosine", "terms in the sentence", "terms around it", "number or day")


@dataclass(frozen=True)
class Read:
    """One question's sentences: features (n, 4), and which of them are right (n,)."""

    features: Table
    right: NDArray[np.bool_]


def sample(path: Path, contexts: int, seed: int) -> list[Example]:
    """One question of each of so many contexts."""
    examples = read_examples([path])
    random.Random(seed).shuffle(examples)
    return list({example.context: example for example in examples}.values())[:contexts]


def read_all(examples: list[Example], encoder: Encoder) -> list[Read]:
    out = []
    reader = SentenceReader(encoder)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for i, example in enumerate(examples):
            if i % 2 == 0:
                # Markdown would read markup into it and plain text page furniture: neither is wanted.
                (folder / f"{i}.txt").write_text(example.context, "utf-8")
        assistant = Assistant.open(folder, encoder=encoder, reader=reader)
        for i, example in enumerate(examples):
            hits = assistant.search(example.question)
            candidates = _sentences([hit.passage for hit in hits])
            if candidates:
                features = reader.features(parse(example.question), candidates)
                right = [_is_right(sentence, example, i) for sentence, _ in candidates]
                out.append(Read(features, np.asarray(right)))
    return out


def _is_right(sentence: Span, example: Example, i: int) -> bool:
    if sentence.document.id != f"{i}.txt":
        return False
    return any(
        example.context[start:end] in sentence.text
        and abs(sentence.start - _sentence_start(example.context, start, sentence)) < 50
        for start, end in example.answers
    )


def _sentence_start(context: str, start: int, sentence: Span) -> int:
    """Where the sentence stands in the context as it was before cleaning, if it holds the answer."""
    words = sentence.text[:20]
    place = context.rfind(words, 0, start + len(words))
    return place if 0 <= place <= start <= place + len(sentence) else -1_000


def fit(reads: list[Read]) -> tuple[NDArray[np.float64], float]:
    from sklearn.linear_model import LogisticRegression

    x = np.concatenate([read.features for read in reads])
    y = np.concatenate([read.right for read in reads])
    model = LogisticRegression(C=100.0, max_iter=1000).fit(x, y)
    weights, bias = model.coef_[0], float(model.intercept_[0])
    best, right = tops(reads, weights, bias)
    scale = LogisticRegression(C=100.0).fit(best[:, None], right)
    a, b = float(scale.coef_[0, 0]), float(scale.intercept_[0])
    return weights * a, bias * a + b


def tops(
    reads: list[Read], weights: NDArray[np.float64], bias: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    scores = [read.features @ weights + bias for read in reads]
    best = [int(np.argmax(s)) for s in scores]
    return (
        np.asarray([s[i] for s, i in zip(scores, best, strict=True)]),
        np.asarray([read.right[i] for read, i in zip(reads, best, strict=True)]),
    )


def report(reads: list[Read], weights: NDArray[np.float64], bias: float) -> None:
    scores, right = tops(reads, weights, bias)
    confidence = 1 / (1 + np.exp(-scores))
    possible = np.asarray([bool(read.right.any()) for read in reads])
    print(f"{len(reads)} questions, for {possible.sum()} of which the right sentence was read")
    print(f"mean confidence {confidence.mean():.3f}, share right {right.mean():.3f}")
    print(f"{'bound':>6} {'answered':>9} {'right of these':>15} {'answered though impossible':>27}")
    for bound in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8):
        sure = confidence >= bound
        rate = right[sure].mean() if sure.any() else float("nan")
        print(f"{bound:6.1f} {sure.mean():9.3f} {rate:15.3f} {sure[~possible].mean():27.3f}")


def share_right(reads: list[Read], weights: NDArray[np.float64], bias: float) -> float:
    """Of the questions whose right sentence was read, those for which it is the best one."""
    possible = [read for read in reads if read.right.any()]
    return float(tops(possible, weights, bias)[1].mean())


def ablate(fitted: list[Read], reads: list[Read]) -> None:
    """What each feature adds: the fit with one of them held at zero."""
    for i, name in enumerate(FEATURES):
        without = [Read(r.features * (np.arange(len(FEATURES)) != i), r.right) for r in fitted]
        print(f"  without {name:24} {share_right(reads, *fit(without)):.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--test", type=Path, required=True)
    parser.add_argument("--contexts", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    encoder = load_encoder()
    examples = [e for f in given.files for e in sample(f, given.contexts, given.seed)]
    fitted = read_all(examples, encoder)
    weights, bias = fit(fitted)
    print("BIAS =", round(bias, 2), " WEIGHTS =", tuple(round(float(w), 2) for w in weights))
    reads = read_all(sample(given.test, given.contexts, given.seed + 1), encoder)
    print(f"best sentence right, where it was read: {share_right(reads, weights, bias):.3f}")
    ablate(fitted, reads)
    report(reads, weights, bias)
    print("with the numbers that SentenceReader has now:")
    report(reads, np.asarray(SentenceReader.WEIGHTS, np.float64), SentenceReader.BIAS)


if __name__ == "__main__":
    main()
