"""Decode start and end scores into the best spans: pure numpy."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TokenSpan:
    """Tokens `first` to `last`, both included, and the sum of their start and end scores."""

    first: int
    last: int
    score: float


def best_spans(
    starts: Scores,
    ends: Scores,
    allowed: NDArray[np.bool_],
    *,
    longest: int = 30,
    count: int = 5,
) -> list[TokenSpan]:
    """The best spans that do not overlap, best first, at most `count`.

    A span begins and ends on `allowed` tokens and has at most `longest` tokens. Its score is
    `starts[first] + ends[last]`, which must be finite (Devlin et al. 2019, section 4.2,
    arxiv.org/abs/1810.04805). All three arrays have shape (n,).

    >>> starts, ends = np.float32([0, 5, 1]), np.float32([0, 1, 4])
    >>> best_spans(starts, ends, np.array([False, True, True]))[0]
    TokenSpan(first=1, last=2, score=9.0)

    Raises:
        ValueError: if the shapes differ, or `longest` or `count` is below 1.
    """
    if not starts.shape == ends.shape == allowed.shape or starts.ndim != 1:
        raise ValueError(f"shapes {starts.shape}, {ends.shape}, {allowed.shape}: not all (n,)")
    if longest < 1 or count < 1:
        raise ValueError(f"no {count} spans of at most {longest} tokens")
    if not starts.size:
        return []
    # A row for each first token, a column for each length: no span is longer than `longest`.
    none = np.float32(-np.inf)
    lasts = np.concatenate([np.where(allowed, ends, none), np.full(longest - 1, none)])
    table = np.where(allowed, starts, none)[:, None] + sliding_window_view(lasts, longest)
    found: list[TokenSpan] = []
    while len(found) < count:
        # subtle: among equal scores, the earliest and shortest span comes first: results are stable.
        first, more = divmod(int(table.argmax()), longest)
        score = float(table[first, more])
        if score == none:
            break
        found.append(TokenSpan(first, first + more, score))
        # An overlapping span begins within it, or begins before it and ends at its first token or later.
        table[first : first + more + 1] = none
        for row in range(max(first - longest + 1, 0), first):
            table[row, first - row :] = none
    return found


def suppress_overlaps(spans: Sequence[tuple[int, int, float]]) -> list[int]:
    """The positions of the spans to keep, best first: none overlaps a better one.

    Each span is (start, end, score), half-open.

    >>> suppress_overlaps([(0, 5, 1.0), (3, 8, 2.0), (8, 9, 0.5)])
    [1, 2]
    """
    kept: list[int] = []
    for i in sorted(range(len(spans)), key=lambda i: (-spans[i][2], spans[i][:2])):
        start, end, _ = spans[i]
        if all(end <= spans[j][0] or start >= spans[j][1] for j in kept):
            kept.append(i)
    return kept
