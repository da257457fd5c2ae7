"""Fuse two rankings into one. Each function is one method, with its paper."""

from collections.abc import Callable, Mapping

Scores = Mapping[int, float]
"""The scores of one ranking's candidates, by passage number; higher is better."""

Fusion = Callable[[Scores, Scores], dict[int, float]]
"""A function from lexical and dense scores to one score for each candidate of either."""


def reciprocal_rank_fusion(lexical: Scores, dense: Scores, *, k: int = 60) -> dict[int, float]:
    """For each candidate, the sum of 1 / (k + rank) over both rankings; ranks start at 1.

    Cormack, Clarke and Büttcher 2009, doi.org/10.1145/1571941.1572114.

    >>> fused = reciprocal_rank_fusion({7: 3.0, 8: 1.0}, {8: 0.9})
    >>> round(fused[8] - 1 / 62 - 1 / 61, 9), round(fused[7] - 1 / 61, 9)
    (0.0, 0.0)
    """
    fused: dict[int, float] = {}
    for scores in (lexical, dense):
        ordered = sorted(scores, key=lambda passage: (-scores[passage], passage))
        for rank, passage in enumerate(ordered, start=1):
            fused[passage] = fused.get(passage, 0.0) + 1 / (k + rank)
    return fused


def convex_combination(lexical: Scores, dense: Scores, *, weight: float = 0.5) -> dict[int, float]:
    """`weight` times the dense score plus (1 - `weight`) times the lexical score, each scaled to 0..1.

    The scaling is min-max over the candidates. A candidate that one side did not return gets that side's
    lowest score: Bruch, Gai and Ingber 2023, doi.org/10.1145/3596512.

    >>> convex_combination({1: 10.0, 2: 4.0}, {1: 0.2, 3: 0.8}, weight=0.5)
    {1: 0.5, 2: 0.0, 3: 0.5}
    """
    a, b = _min_max(lexical), _min_max(dense)
    return {
        passage: (1 - weight) * a.get(passage, 0.0) + weight * b.get(passage, 0.0)
        for passage in dict.fromkeys((*lexical, *dense))
    }


def _min_max(scores: Scores) -> dict[int, float]:
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    if high == low:
        return dict.fromkeys(scores, 1.0)
    return {passage: (score - low) / (high - low) for passage, score in scores.items()}
