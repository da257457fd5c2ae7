"""The best spans are those that trying them all would find."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from qa.reader.span_model.span_decoding import Scores, TokenSpan, best_spans, suppress_overlaps

# Few different values, so that ties are common.
SCORES = st.lists(
    st.tuples(st.integers(-3, 3), st.integers(-3, 3), st.booleans()), min_size=0, max_size=12
)


def arrays(rows: list[tuple[int, int, bool]]) -> tuple[Scores, Scores, NDArray[np.bool_]]:
    starts = np.array([row[0] for row in rows], np.float32)
    ends = np.array([row[1] for row in rows], np.float32)
    return starts, ends, np.array([row[2] for row in rows], np.bool_)


def by_trying_all(rows: list[tuple[int, int, bool]], longest: int, count: int) -> list[TokenSpan]:
    every = [
        TokenSpan(i, j, float(rows[i][0] + rows[j][1]))
        for i in range(len(rows))
        for j in range(i, len(rows))
        if j - i + 1 <= longest and rows[i][2] and rows[j][2]
    ]
    found: list[TokenSpan] = []
    for span in sorted(every, key=lambda s: (-s.score, s.first, s.last)):
        if len(found) < count and not any(
            set(range(span.first, span.last + 1)) & set(range(o.first, o.last + 1)) for o in found
        ):
            found.append(span)
    return found


@given(rows=SCORES, longest=st.integers(1, 13), count=st.integers(1, 6))
def test_equals_brute_force(rows: list[tuple[int, int, bool]], longest: int, count: int) -> None:
    found = best_spans(*arrays(rows), longest=longest, count=count)
    assert found == by_trying_all(rows, longest, count)


def test_a_span_is_no_longer_than_allowed() -> None:
    starts, ends = np.array([9, 0, 0, 0], np.float32), np.array([0, 0, 1, 9], np.float32)
    allowed = np.ones(4, np.bool_)
    assert best_spans(starts, ends, allowed, longest=4)[0] == TokenSpan(0, 3, 18.0)
    assert best_spans(starts, ends, allowed, longest=3)[0] == TokenSpan(0, 2, 10.0)


def test_what_is_not_allowed_neither_begins_nor_ends_a_span() -> None:
    starts, ends = np.array([9, 1, 0], np.float32), np.array([0, 1, 9], np.float32)
    allowed = np.array([False, True, False])
    assert best_spans(starts, ends, allowed) == [TokenSpan(1, 1, 2.0)]


def test_nothing_allowed_gives_nothing() -> None:
    zeros = np.zeros(3, np.float32)
    assert best_spans(zeros, zeros, np.zeros(3, np.bool_)) == []


def test_of_equal_scores_the_earliest_and_shortest_comes_first() -> None:
    zeros = np.zeros(3, np.float32)
    found = best_spans(zeros, zeros, np.ones(3, np.bool_))
    assert found == [TokenSpan(0, 0, 0.0), TokenSpan(1, 1, 0.0), TokenSpan(2, 2, 0.0)]


@pytest.mark.parametrize(
    ("starts", "ends", "longest", "count", "says"),
    [
        (2, 3, 30, 5, r"\(2,\), \(3,\)"),
        (3, 3, 0, 5, "at most 0 tokens"),
        (3, 3, 30, 0, "no 0 spans"),
    ],
)
def test_wrong_calls_are_refused(
    starts: int, ends: int, longest: int, count: int, says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        best_spans(
            np.zeros(starts, np.float32),
            np.zeros(ends, np.float32),
            np.ones(3, np.bool_),
            longest=longest,
            count=count,
        )


SPANS = st.lists(
    st.tuples(st.integers(0, 20), st.integers(1, 8), st.integers(0, 3)).map(
        lambda t: (t[0], t[0] + t[1], float(t[2]))
    ),
    max_size=12,
)


@given(SPANS)
def test_merged_keeps_the_best_of_what_overlaps(spans: list[tuple[int, int, float]]) -> None:
    kept = suppress_overlaps(spans)
    covered: dict[int, float] = {}
    for i in kept:
        start, end, score = spans[i]
        assert not covered.keys() & set(range(start, end)), "kept spans overlap"
        covered.update(dict.fromkeys(range(start, end), score))
    assert [spans[i][2] for i in kept] == sorted((spans[i][2] for i in kept), reverse=True)
    for i in set(range(len(spans))) - set(kept):
        start, end, score = spans[i]
        assert max(covered.get(place, -1.0) for place in range(start, end)) >= score


@given(SPANS, st.randoms(use_true_random=False))
def test_merged_does_not_depend_on_the_order(
    spans: list[tuple[int, int, float]], random: Random
) -> None:
    shuffled = list(spans)
    random.shuffle(shuffled)
    assert [spans[i] for i in suppress_overlaps(spans)] == [
        shuffled[i] for i in suppress_overlaps(shuffled)
    ]
