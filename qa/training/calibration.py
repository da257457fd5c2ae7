"""Fit the confidence of a reader on what it answers end to end, right and wrong."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from corpus.errors import TrainingError
from index.types import Hit
from qa.answering import Assistant
from qa.defaults import PASSAGES_READ
from qa.evaluation import Example, calibration_error, is_right
from qa.question import parse
from qa.reader.confidence import LACKS, LogisticConfidence, extract_features, unsupported

# Quotes of one question that the weights are fitted on, the reader's best: of the rest next to none is
# right, and they would outweigh these.
MOST_QUOTES = 6
# Those that what is lacking is fitted on: one of them is shown.
MOST_LIKELY = 3
# The shares that are tried for it, the greatest first, which of those that do alike is taken; and how often.
SHARES = tuple(round(1 - number / 100, 2) for number in range(96))
ROUNDS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """A question's quotes: what speaks for each, shape (n, len(NAMES)), and which are right, (n,).

    `lacks`, shape (n, len(LACKS)): what their passages lack of the question.
    """

    question: str
    features: NDArray[np.float64]
    right: NDArray[np.bool_]
    lacks: NDArray[np.float64]


def observe(
    assistant: Assistant,
    examples: Sequence[Example],
    *,
    there: bool,
    k: int = PASSAGES_READ,
    progress: Callable[[int], None] = lambda _: None,
) -> list[Observed]:
    """What the assistant's reader finds for each question; nothing is right where `there` is False."""
    found = []
    for number, example in enumerate(examples, start=1):
        hits: list[Hit] = assistant.search(example.question, k=k)
        question = parse(example.question)
        read = assistant.reader.read(question, [hit.passage for hit in hits])
        rows = extract_features(question, hits, read)
        right = [there and is_right(c.quote.text, example.texts) for c in read]
        lacks = unsupported(question, read)
        found.append(Observed(example.question, rows, np.asarray(right, np.bool_), lacks))
        progress(number)
    return found


def fit(observed: Sequence[Observed], near: Sequence[Observed] = ()) -> LogisticConfidence:
    """The weights of the features, the bias, and what each thing that a passage lacks leaves.

    `near` are near misses. They are fitted on in the last step alone: their passages have everything that
    speaks for a quote, and the weights would learn to trust none of it.

    Logistic regression over the reader's best quotes; then the likeliest quote of each question, which is the one that is
    shown, sets the scale and the bias anew (Platt 1999), since the best of several is less sure than it
    looks.

    Raises:
        TrainingError: if all quotes are right, or none; likewise of the best ones.
    """
    from sklearn.linear_model import LogisticRegression

    kept = [one for one in observed if len(one.right)]
    right = np.asarray([value for one in kept for value in one.right[:MOST_QUOTES]], np.bool_)
    _needs_both(right)
    rows = np.concatenate([one.features[:MOST_QUOTES] for one in kept])
    mean, scale = rows.mean(0), rows.std(0)
    # subtle: what is always the same has a deviation of about 1e-16, or 0; its weight must not explode.
    scale[scale < 1e-9] = 1.0
    model = LogisticRegression(max_iter=1000).fit((rows - mean) / scale, right)
    weights = model.coef_[0] / scale
    bias = float(model.intercept_[0] - mean @ weights)
    sums = [one.features @ weights + bias for one in kept]
    best = np.asarray([values.max() for values in sums])[:, None]
    best_right = np.asarray(
        [one.right[values.argmax()] for one, values in zip(kept, sums, strict=True)]
    )
    _needs_both(best_right)
    platt = LogisticRegression(C=1e6).fit(best, best_right)
    slope, shift = float(platt.coef_[0, 0]), float(platt.intercept_[0])
    weighed = LogisticConfidence(
        slope * bias + shift, tuple(float(slope * weight) for weight in weights)
    )
    return replace(weighed, kept=_kept(weighed, [*kept, *(one for one in near if len(one.right))]))


def _kept(weighed: LogisticConfidence, observed: Sequence[Observed]) -> tuple[float, ...]:
    """What each of `LACKS` leaves of the probability, by maximum likelihood over the likeliest quotes."""
    likely, lacks, right = [], [], []
    for one in observed:
        p = weighed.weighed(one.features, np.zeros_like(one.lacks))
        best = np.argsort(-p, kind="stable")[:MOST_LIKELY]
        likely.append(p[best])
        lacks.append(one.lacks[best])
        right.append(one.right[best])
    p, rows, y = np.concatenate(likely), np.concatenate(lacks), np.concatenate(right)

    def loss(kept: list[float]) -> float:
        left = np.clip(p * np.prod(np.asarray(kept) ** rows, axis=1), 1e-9, 1 - 1e-9)
        return -float(np.log(np.where(y, left, 1 - left)).sum())

    kept = [1.0] * len(LACKS)
    # Each in turn: there are three of them, and they hardly depend on each other.
    for _ in range(ROUNDS):
        for number in range(len(kept)):
            tried = [[*kept[:number], share, *kept[number + 1 :]] for share in SHARES]
            kept = min(tried, key=loss)
    return tuple(kept)


def _needs_both(right: NDArray[np.bool_]) -> None:
    if right.all() or not right.any():
        raise TrainingError(
            "The confidence cannot be fitted: of the answers all, or none, are right."
        )


# Shares of false answers for which `bounds` gives the confidence to ask for.
FALSE_ANSWERS = (0.02, 0.05, 0.1, 0.2)
FOLDS = 5


def bounds(
    there: Sequence[Observed], absent: Sequence[Observed], near: Sequence[Observed] = ()
) -> list[str]:
    """Lines that say what each bound on the confidence does, and how far confidence is to be trusted.

    Each question's confidence is by what was fitted without it (cross-validation).

    Raises:
        TrainingError: if there are too few questions for that.
    """
    (p, right), (q, _), (n, _) = _crossed(there, absent, near)
    error = calibration_error(np.concatenate([p, q]), np.concatenate([right, np.zeros(len(q))]))
    lines = [
        f"{len(p):,} questions with their document, {len(q):,} without, {len(n):,} near misses; "
        f"calibration error of the first two {error:.3f}",
        f"{'false answers':>14}{'confidence from':>17}{'answered':>10}{'right of these':>16}"
        f"{'near misses answered':>22}",
    ]
    for share in FALSE_ANSWERS:
        bound = float(np.quantile(q, 1 - share)) if len(q) else 0.0
        here = p > bound
        of_these = float(right[here].mean()) if here.any() else 0.0
        missed = float((n > bound).mean()) if len(n) else 0.0
        lines.append(f"{share:14.0%}{bound:17.2f}{here.mean():10.0%}{of_these:16.0%}{missed:22.0%}")
    return lines


Crossed = tuple[NDArray[np.float64], NDArray[np.float64]]
"""The confidence in the best quote of each question, and whether it is right."""


def _crossed(
    there: Sequence[Observed], absent: Sequence[Observed], near: Sequence[Observed]
) -> list[Crossed]:
    """The confidences of each kind, by what was fitted on the questions of other folds."""
    kinds = [there, absent, near]
    found = [(np.zeros(len(kind)), np.zeros(len(kind))) for kind in kinds]
    for fold in range(FOLDS):
        known = [[one for one in kind if _fold(one) != fold] for kind in kinds]
        fitted = fit([*known[0], *known[1]], known[2])
        for kind, (p, right) in zip(kinds, found, strict=True):
            for number, one in enumerate(kind):
                if _fold(one) == fold:
                    p[number], right[number] = _best(fitted, one)
    return found


def _fold(one: Observed) -> int:
    """The same one for the same question, with its document and without."""
    return zlib.crc32(one.question.encode()) % FOLDS


def _best(fitted: LogisticConfidence, one: Observed) -> tuple[float, float]:
    """The confidence in the best quote, and whether it is right; 0 where there is none."""
    if not len(one.right):
        return 0.0, 0.0
    likely = fitted.weighed(one.features, one.lacks)
    return float(likely.max()), float(one.right[likely.argmax()])
