"""Each metric equals what is worked out by hand, by brute force, or by scikit-learn."""

import math
import random
import string
from collections.abc import Sequence
from itertools import groupby, permutations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import roc_auc_score

from qa.evaluation.metrics import (
    Bin,
    auroc,
    best_threshold_f1,
    calibration_error,
    exact_match,
    normalised,
    reliability,
    risk_coverage,
    token_f1,
)

# Words that normalising touches, and some that it must leave; spaces and an accent of other kinds.
TOUCHED = "the The a An athe cat CAT cat's U.S. “the a–b ß Émile — !? _a_ $5 1,000 東京 ² İ e\u0301"
WORDS = st.lists(st.sampled_from([*TOUCHED.split(), "\u00a0", "\n"]), max_size=6).map(" ".join)
TEXTS = WORDS | st.text(max_size=12)


def squad_words(text: str) -> list[str]:
    """The words that count, by SQuAD's rules and without regular expressions."""
    plain = text.lower().translate(dict.fromkeys(map(ord, string.punctuation)))
    runs = ["".join(run) for _, run in groupby(plain, str.isalnum)]
    return "".join(" " if run in {"a", "an", "the"} else run for run in runs).split()


def overlap_f1(answer: str, right: str) -> float:
    """Precision and recall of the words, each pair of equal ones taken away once."""
    said, wanted = squad_words(answer), squad_words(right)
    if not said or not wanted:
        return float(said == wanted)
    left = list(wanted)
    for word in said:
        if word in left:
            left.remove(word)
    shared = len(wanted) - len(left)
    precision, recall = shared / len(said), shared / len(wanted)
    return 2 * precision * recall / (precision + recall) if shared else 0.0


# Exact match and F1.


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("", ""),
        ("The Panthers", "panthers"),
        ("a An THE", ""),
        ("?!... --", ""),
        ("A.", ""),
        ("U.S. troops", "us troops"),
        ("the cat's  \t tail\n", "cats tail"),
        ("Anthem of a theatre", "anthem of theatre"),
        ("1,250.5 points", "12505 points"),
        ("don't", "dont"),
        ("well-known", "wellknown"),
        # Only ASCII's punctuation goes, as in SQuAD's script.
        ("“Kim”", "“kim”"),
        ("Ängste 東京", "ängste 東京"),
        ("the–end", "–end"),
        ("non\u00a0breaking", "non breaking"),
    ],
)
def test_normalised(text: str, plain: str) -> None:
    assert normalised(text) == plain


@given(TEXTS)
def test_normalised_is_what_squads_rules_say(text: str) -> None:
    assert normalised(text).split() == squad_words(text)
    assert normalised(text) == " ".join(normalised(text).split())


@pytest.mark.parametrize(
    ("answer", "right", "exact", "f1"),
    [
        ("Kim", ["Kim"], 1, 1),
        ("the KIM!", ["Kim."], 1, 1),
        ("Kim", ["Lee"], 0, 0),
        ("Kim Lee", ["Kim"], 0, 2 / 3),
        ("in May 1998", ["May 1998"], 0, 4 / 5),
        # The best of several right answers counts, not the first.
        ("May 1998", ["1998", "in 1998", "May 1998"], 1, 1),
        ("in May 1998", ["1998", "May"], 0, 1 / 2),
        # A word counts as often as it is in both.
        ("new new york", ["New York"], 0, 4 / 5),
        ("new york", ["York, New York"], 0, 4 / 5),
        # Order is not looked at by F1, and is by exact match.
        ("York New", ["New York"], 0, 1),
        # No answer.
        ("", [], 1, 1),
        ("Kim", [], 0, 0),
        ("", ["Kim"], 0, 0),
        # What normalises to nothing is no answer.
        ("the", [], 1, 1),
        ("?!", ["..."], 1, 1),
        ("the", ["a"], 1, 1),
        ("the", ["Kim"], 0, 0),
        ("Kim", ["the"], 0, 0),
        ("Äpfel", ["äpfel"], 1, 1),
        ("北京", ["東京"], 0, 0),
        ("“Kim”", ["Kim"], 0, 0),
    ],
)
def test_exact_match_and_f1(answer: str, right: list[str], exact: float, f1: float) -> None:
    assert exact_match(answer, right) == exact
    assert token_f1(answer, right) == pytest.approx(f1, abs=1e-12)


@given(TEXTS, st.lists(TEXTS, max_size=3))
def test_exact_match_and_f1_are_what_squads_rules_say(answer: str, right: list[str]) -> None:
    wanted = right or [""]
    # Words are compared, so that which white space joins them does not matter.
    assert exact_match(answer, right) == float(
        any(squad_words(answer) == squad_words(text) for text in wanted)
    )
    assert token_f1(answer, right) == pytest.approx(
        max(overlap_f1(answer, text) for text in wanted), abs=1e-12
    )


@given(TEXTS, st.lists(TEXTS, min_size=1, max_size=3))
def test_f1_is_at_least_exact_match_and_symmetric(answer: str, right: list[str]) -> None:
    assert exact_match(answer, right) <= token_f1(answer, right) <= 1
    assert token_f1(answer, right[:1]) == token_f1(right[0], [answer])


# Area under the ROC curve.


# Few different scores, so that ties are common.
SCORED = st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=1, max_size=30)


@given(SCORED)
def test_auroc_equals_scikit_learn(rows: list[tuple[int, bool]]) -> None:
    scores, positive = [row[0] for row in rows], [row[1] for row in rows]
    assume(len(set(positive)) == 2)
    assert auroc(scores, positive) == pytest.approx(roc_auc_score(positive, scores), abs=1e-12)


def test_auroc_equals_scikit_learn_on_many() -> None:
    random = np.random.default_rng(0)
    positive = random.random(3000) < 0.3
    scores = np.round(random.normal(size=3000) + positive, 1)
    assert auroc(scores, positive) == pytest.approx(roc_auc_score(positive, scores), abs=1e-12)


@given(SCORED)
def test_auroc_is_how_often_a_positive_is_above_a_negative(rows: list[tuple[int, bool]]) -> None:
    pairs = [(p, n) for p, is_p in rows if is_p for n, is_n in rows if not is_n]
    assume(pairs)
    wins = sum(1.0 if p > n else 0.5 if p == n else 0.0 for p, n in pairs)
    found = auroc([row[0] for row in rows], [row[1] for row in rows])
    assert found == pytest.approx(wins / len(pairs), abs=1e-12)


@pytest.mark.parametrize(
    ("scores", "positive", "area"),
    [
        ([2.0, 1.0], [True, False], 1.0),
        ([1.0, 2.0], [True, False], 0.0),
        ([1.0, 1.0], [True, False], 0.5),
        # A reader that quotes nothing scores minus infinity.
        ([-math.inf, 0.5, -math.inf], [False, True, True], 0.75),
    ],
)
def test_auroc_by_hand(scores: list[float], positive: list[bool], area: float) -> None:
    assert auroc(scores, positive) == area


@pytest.mark.parametrize("positive", [[], [True, True], [False]])
def test_auroc_of_one_kind_only_is_no_number(positive: list[bool]) -> None:
    assert math.isnan(auroc([1.0] * len(positive), positive))


# The best bound.


def mean_f1(bound: float, rows: Sequence[tuple[float, float, bool]]) -> float:
    """What answering from a bound on gives."""
    gains = [f1 if score >= bound else float(not answerable) for score, f1, answerable in rows]
    return sum(gains) / len(gains)


# F1 is 0 where there is no answer. Eighths, so that sums are exact and equal means are equal.
BOUNDED = st.lists(
    st.tuples(st.integers(-3, 3).map(float), st.integers(0, 8), st.booleans()).map(
        lambda t: (t[0], t[1] / 8 if t[2] else 0.0, t[2])
    ),
    min_size=1,
    max_size=12,
)


@given(BOUNDED)
def test_best_threshold_equals_trying_each_bound(rows: list[tuple[float, float, bool]]) -> None:
    scores, f1, answerable = zip(*rows, strict=True)
    found = best_threshold_f1(scores, f1, answerable)
    bounds = sorted({*scores, math.inf}, reverse=True)
    best = max(mean_f1(bound, rows) for bound in bounds)
    assert found.value == best
    # Of several that are as good, the one that answers least, as SQuAD's script has it.
    assert found.bound == next(bound for bound in bounds if mean_f1(bound, rows) == best)


@pytest.mark.parametrize(
    ("scores", "f1", "answerable", "bound", "value"),
    [
        # All of them answered.
        ([3.0, 2.0], [1.0, 0.5], [True, True], 2.0, 0.75),
        # None answered: silence is right twice, answering at most once.
        ([3.0, 2.0, 1.0], [0.0, 0.0, 1.0], [False, False, True], math.inf, 2 / 3),
        # Two of one score are answered together or not at all.
        ([2.0, 2.0, 1.0], [1.0, 0.0, 0.0], [True, False, False], math.inf, 2 / 3),
        ([2.0, 2.0, 1.0], [1.0, 0.5, 0.0], [True, True, False], 2.0, 2.5 / 3),
        # Answering for nothing is no better than silence.
        ([3.0, 1.0], [0.0, 0.0], [True, True], math.inf, 0.0),
        # A quote that a reader did not find scores minus infinity, and gains nothing.
        ([2.0, -math.inf], [1.0, 0.0], [True, False], 2.0, 1.0),
    ],
)
def test_best_threshold_by_hand(
    scores: list[float], f1: list[float], answerable: list[bool], bound: float, value: float
) -> None:
    found = best_threshold_f1(scores, f1, answerable)
    assert found.bound == bound
    assert found.value == pytest.approx(value)


# Reliability.


def test_reliability_by_hand() -> None:
    confidences = [0.05, 0.15, 0.12, 0.95, 1.0, 0.99, 0.91]
    correct = [False, True, False, True, True, True, False]
    found = reliability(confidences, correct)
    assert found == [Bin(1, 0.05, 0.0), Bin(2, 0.135, 0.5), Bin(4, 0.9625, 0.75)]
    by_hand = (1 * 0.05 + 2 * 0.365 + 4 * 0.2125) / 7
    assert calibration_error(confidences, correct) == pytest.approx(by_hand, abs=1e-12)


def test_perfect_and_worst_calibration() -> None:
    assert calibration_error([1.0, 1.0, 0.0], [True, True, False]) == 0.0
    assert calibration_error([1.0, 0.0], [False, True]) == 1.0
    assert calibration_error([0.5] * 4, [True, False, True, False]) == 0.0


@pytest.mark.parametrize("bins", [1, 2, 3, 7, 10, 49, 100])
def test_a_confidence_on_an_edge_belongs_to_the_bin_above(bins: int) -> None:
    edges = [number / bins for number in range(bins)]
    middles = [(number + 0.5) / bins for number in range(bins)]
    found = reliability(edges + middles, [True] * bins + [False] * bins, bins=bins)
    assert [(one.count, one.accuracy) for one in found] == [(2, 0.5)] * bins
    last = reliability([1.0, (bins - 0.5) / bins], [True, False], bins=bins)
    assert [(one.count, one.accuracy) for one in last] == [(2, 0.5)]


@given(
    st.lists(st.tuples(st.integers(0, 999), st.booleans()), min_size=1, max_size=60),
    st.integers(1, 12),
)
def test_reliability_equals_scikit_learn(rows: list[tuple[int, bool]], bins: int) -> None:
    # None on an edge: scikit-learn puts those into the bin below.
    confidences = [(2 * row[0] + 1) / 2000 + 1e-5 for row in rows]
    correct = [row[1] for row in rows]
    accuracy, confidence = calibration_curve(correct, confidences, n_bins=bins, strategy="uniform")
    found = reliability(confidences, correct, bins=bins)
    assert [one.accuracy for one in found] == pytest.approx(accuracy.tolist(), abs=1e-9)
    assert [one.confidence for one in found] == pytest.approx(confidence.tolist(), abs=1e-9)
    edges = np.arange(1, bins) / bins
    counts = np.bincount(np.searchsorted(edges, confidences), minlength=bins)
    assert [one.count for one in found] == [int(count) for count in counts if count]
    error = float(np.abs(accuracy - confidence) @ counts[counts > 0]) / len(rows)
    assert calibration_error(confidences, correct, bins=bins) == pytest.approx(error, abs=1e-9)


# Risk and coverage.


def risks(rows: Sequence[tuple[float, bool]]) -> list[float]:
    """After each question the share that is wrong, in the order given."""
    wrong = np.cumsum([not correct for _, correct in rows])
    return [float(count) / (i + 1) for i, count in enumerate(wrong)]


@given(
    st.lists(st.tuples(st.integers(0, 2).map(float), st.booleans()), min_size=1, max_size=6),
)
def test_risk_is_the_mean_over_all_orders_of_ties(rows: list[tuple[float, bool]]) -> None:
    falling = sorted((score for score, _ in rows), reverse=True)
    orders = [p for p in permutations(rows) if [score for score, _ in p] == falling]
    expected = np.mean([risks(order) for order in orders], axis=0)
    found = risk_coverage([row[0] for row in rows], [row[1] for row in rows])
    assert found.risk.tolist() == pytest.approx(expected.tolist(), abs=1e-12)
    assert found.coverage.tolist() == [(i + 1) / len(rows) for i in range(len(rows))]
    assert found.area == pytest.approx(float(expected.mean()), abs=1e-12)


def test_risk_is_the_mean_over_random_orders_of_ties() -> None:
    chosen = random.Random(1)
    rows = [(float(chosen.randrange(5)), chosen.random() < 0.6) for _ in range(40)]
    total = np.zeros(40)
    for _ in range(2000):
        chosen.shuffle(rows)
        total += risks(sorted(rows, key=lambda row: -row[0]))
    found = risk_coverage([row[0] for row in rows], [row[1] for row in rows])
    assert found.risk == pytest.approx(total / 2000, abs=0.03)


@given(SCORED, st.randoms(use_true_random=False))
def test_risk_does_not_depend_on_the_order(
    rows: list[tuple[int, bool]], chosen: random.Random
) -> None:
    shuffled = list(rows)
    chosen.shuffle(shuffled)
    found, same = (
        risk_coverage([row[0] for row in some], [row[1] for row in some])
        for some in (rows, shuffled)
    )
    assert found.risk.tolist() == pytest.approx(same.risk.tolist(), abs=1e-12)


def test_risk_and_coverage_by_hand() -> None:
    found = risk_coverage([0.2, 0.9, 0.5, 0.9], [False, True, True, False])
    # The two surest are one right and one wrong.
    assert found.coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert found.risk.tolist() == pytest.approx([1 / 2, 1 / 2, 1 / 3, 2 / 4])
    assert found.area == pytest.approx((1 / 2 + 1 / 2 + 1 / 3 + 1 / 2) / 4)
