"""From raw scores to a probability that the best quote is right."""

import math


def sigmoid(log_odds: float) -> float:
    """The probability of these log-odds.

    >>> sigmoid(0.0), round(sigmoid(2.0), 3), sigmoid(-1000.0)
    (0.5, 0.881, 0.0)
    """
    if log_odds < -700:
        return 0.0
    return 1 / (1 + math.exp(-log_odds))
