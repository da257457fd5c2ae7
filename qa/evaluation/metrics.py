"""Metrics of answer quality: one function for each, with the paper it comes from. Pure numpy.

Everywhere, `correct`, `answerable` and the like have one entry for each question, in the order of
`scores`. A score may be a confidence or anything else that is higher when the answer is surer.
"""

import re
import string
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = frozenset(string.punctuation)
# An answer counts as right from this F1 with a right answer: it may have a word more or less.
RIGHT = 0.5
_NEGATION = re.compile(r"\b(?:not|cannot|never|neither|nor|no|without)\b|n['’]t\b", re.IGNORECASE)


def normalised(text: str) -> str:
    """The text as SQuAD compares it: lower case, without punctuation, articles and extra spaces.

    As in SQuAD's script, only ASCII punctuation is removed (Rajpurkar et al. 2016,
    arxiv.org/abs/1606.05250).

    >>> normalised("The Panthers' 24th season.")
    'panthers 24th season'
    """
    kept = "".join(char for char in text.lower() if char not in _PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", kept).split())


def exact_match(answer: str, right: Sequence[str]) -> float:
    """1 if the answer equals one of the right ones, normalised; else 0 (Rajpurkar et al. 2016).

    If there is no right answer, only "" is right.

    >>> exact_match("the Panthers", ["Carolina", "Panthers"])
    1.0
    """
    return float(normalised(answer) in {normalised(text) for text in right or [""]})


def token_f1(answer: str, right: Sequence[str]) -> float:
    """The best word F1 with any of the right answers, normalised, 0..1 (Rajpurkar et al. 2016).

    >>> token_f1("in May 1998", ["1998"])
    0.5
    """
    return max(_token_f1(normalised(answer).split(), normalised(r).split()) for r in right or [""])


def is_right(answer: str, right: Sequence[str]) -> bool:
    """Whether an answer counts as right: an F1 of at least RIGHT with a right one, and no added "not".

    >>> is_right("in May 1998", ["1998"]), is_right("not 1998", ["1998"]), is_right("no one", ["No-one"])
    (True, False, False)
    """
    return any(
        token_f1(answer, [text]) >= RIGHT and not negates(answer, text) for text in right or [""]
    )


def negates(answer: str, right: str) -> bool:
    """Whether an answer contains a negation that the right one does not."""
    return bool(_NEGATION.search(answer)) and not _NEGATION.search(right)


def _token_f1(answer: Sequence[str], right: Sequence[str]) -> float:
    if not answer or not right:
        return float(answer == right)
    shared = sum((Counter(answer) & Counter(right)).values())
    return 2 * shared / (len(answer) + len(right))


def auroc(scores: ArrayLike, positive: ArrayLike) -> float:
    """The area under the ROC curve: how often a positive scores above a negative (a tie counts half).

    Computed from ranks, as the Mann-Whitney statistic (Hanley and McNeil 1982,
    doi.org/10.1148/radiology.143.1.7063747). NaN unless there are both positives and negatives.

    >>> auroc([0.9, 0.4, 0.4, 0.1], [True, True, False, False])
    0.875
    """
    values, is_positive = np.asarray(scores, float), np.asarray(positive, bool)
    n, m = int(is_positive.sum()), int((~is_positive).sum())
    if not n or not m:
        return float("nan")
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return float((ranks[is_positive].sum() - n * (n + 1) / 2) / (n * m))


@dataclass(frozen=True, slots=True)
class Threshold:
    """A bound on the score, and the value (0..1) reached by answering only from that score on."""

    bound: float
    value: float


def best_threshold_f1(scores: ArrayLike, f1: ArrayLike, answerable: ArrayLike) -> Threshold:
    """The best mean F1 that any bound on the score gives, and the highest such bound.

    The bound is one of the scores, or infinity if it is best to answer nothing. A question that is not
    answered counts 1 if it has no answer, else 0. A question that is answered counts `f1`, which is 0 if
    it has no answer (SQuAD 2.0, Rajpurkar et al. 2018, arxiv.org/abs/1806.03822).

    >>> best_threshold_f1([3.0, 2.0, 1.0], [1.0, 0.0, 0.0], [True, False, False])
    Threshold(bound=3.0, value=1.0)
    """
    values, gained = np.asarray(scores, float), np.asarray(f1, float)
    lost = 1.0 - np.asarray(answerable, float)
    order = np.argsort(-values, kind="stable")
    # Entry n: the total if the n surest questions are answered and all others are not.
    totals = lost.sum() + np.concatenate([[0.0], np.cumsum(gained[order] - lost[order])])
    ordered = values[order]
    # subtle: questions with the same score are answered together or not at all.
    whole = np.concatenate([[True], np.append(ordered[1:] != ordered[:-1], True)])
    best = int(np.flatnonzero(whole)[np.argmax(totals[whole])])
    bound = float(ordered[best - 1]) if best else float("inf")
    return Threshold(bound, float(totals[best] / len(values)))


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of similar confidence: how many, their mean confidence, and the share that is right."""

    count: int
    confidence: float
    accuracy: float


def reliability(confidences: ArrayLike, correct: ArrayLike, *, bins: int = 10) -> list[Bin]:
    """The answers in bins of equal width over 0..1, without empty bins (DeGroot and Fienberg 1983).

    A confidence on an edge belongs to the bin above it, but 1 belongs to the last bin.

    >>> reliability([0.1, 0.9, 0.95], [False, True, False], bins=2)
    [Bin(count=1, confidence=0.1, accuracy=0.0), Bin(count=2, confidence=0.925, accuracy=0.5)]
    """
    values, right = np.asarray(confidences, float), np.asarray(correct, float)
    # subtle: 0.29 * 100 is below 29, so values are compared with the edges, not multiplied.
    places = np.searchsorted(np.arange(1, bins) / bins, values, side="right")
    return [
        Bin(int(here.sum()), round(float(values[here].mean()), 12), float(right[here].mean()))
        for number in range(bins)
        if (here := places == number).any()
    ]


def calibration_error(confidences: ArrayLike, correct: ArrayLike, *, bins: int = 10) -> float:
    """The expected calibration error, 0..1: how far confidence is from accuracy on average.

    Naeini, Cooper and Hauskrecht 2015; Guo et al. 2017, arxiv.org/abs/1706.04599.

    >>> round(calibration_error([0.1, 0.9, 0.95], [False, True, False], bins=2), 4)
    0.3167
    """
    found = reliability(confidences, correct, bins=bins)
    total = sum(one.count for one in found)
    return sum(one.count * abs(one.confidence - one.accuracy) for one in found) / total


@dataclass(frozen=True, slots=True, eq=False)
class RiskCoverage:
    """The share of questions answered and the share of those answers that are wrong: shape (n,), 0..1.

    Entry i is for answering the i + 1 surest questions. `area` is the mean risk over all coverages.
    """

    coverage: NDArray[np.float64]
    risk: NDArray[np.float64]
    area: float


def risk_coverage(scores: ArrayLike, correct: ArrayLike) -> RiskCoverage:
    """The risk of answering more questions (Geifman and El-Yaniv 2017, arxiv.org/abs/1705.08500).

    Answers with the same score are averaged over their possible orders, so their order does not matter.

    >>> risk_coverage([0.9, 0.8, 0.1], [True, True, False]).risk.round(3).tolist()
    [0.0, 0.0, 0.333]
    """
    values, wrong = np.asarray(scores, float), 1.0 - np.asarray(correct, float)
    order = np.argsort(-values, kind="stable")
    _, inverse = np.unique(-values[order], return_inverse=True)
    mean = np.bincount(inverse, wrong[order]) / np.bincount(inverse)
    answered = np.arange(1, len(values) + 1)
    risk = np.cumsum(mean[inverse]) / answered
    return RiskCoverage(answered / len(values), risk, float(risk.mean()))
