"""How much of a question stands in a text, rare words counting more."""

import math
from collections import Counter
from collections.abc import Sequence


def coverage(asked: set[str], held: set[str], weights: dict[str, float]) -> float:
    """The share of the question's terms that a text holds, by their weights (0..1).

    >>> coverage({"seoul", "talk"}, {"talk"}, {"seoul": 3.0, "talk": 1.0})
    0.25
    """
    total = sum(weights.values())
    return sum(weights[term] for term in asked & held) / total if total else 0.0


def rarity(asked: set[str], held: Sequence[set[str]]) -> dict[str, float]:
    """What each term of the question weighs: BM25's idf over the texts at hand."""
    counts = Counter(term for terms_held in held for term in asked & terms_held)
    return {t: math.log(1 + (len(held) - counts[t] + 0.5) / (counts[t] + 0.5)) for t in asked}
