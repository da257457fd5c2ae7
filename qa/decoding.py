"""Best spans from a reader's start and end scores: pure numpy."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
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

    A span begins and ends on `allowed` tokens, has at most `longest` tokens, and scores
    `starts[first] + ends[last]` (Devlin et al. 2019, section 4.2, arxiv.org/abs/1810.04805). All
    three arrays have shape (n,).

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
    table = starts[:, None] + ends[None, :]
    rows, columns = np.indices(table.shape)
    possible = (columns >= rows) & (columns - rows < longest) & allowed[:, None] & allowed[None, :]
    first, last = np.nonzero(possible)
    scores = table[first, last]
    found: list[TokenSpan] = []
    # subtle: among equal scores the earliest and shortest comes first, so that results are stable.
    for i in np.lexsort((last, first, -scores)):
        span = TokenSpan(int(first[i]), int(last[i]), float(scores[i]))
        if all(span.last < other.first or span.first > other.last for other in found):
            found.append(span)
            if len(found) == count:
                break
    return found


def merged(spans: Sequence[tuple[int, int, float]]) -> list[int]:
    """Which of several scored stretches to keep, best first: none that overlaps a better one.

    Each is (start, end, score), half-open; the result holds positions in `spans`.

    >>> merged([(0, 5, 1.0), (3, 8, 2.0), (8, 9, 0.5)])
    [1, 2]
    """
    kept: list[int] = []
    for i in sorted(range(len(spans)), key=lambda i: (-spans[i][2], spans[i][:2])):
        start, end, _ = spans[i]
        if all(end <= spans[j][0] or start >= spans[j][1] for j in kept):
            kept.append(i)
    return kept
