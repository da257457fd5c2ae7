"""Turn the evidence for a quote into the probability that it is right.

A reader's score alone misleads: it is as sure of the wrong document as of the right one. So a logistic
regression, fitted by `qa calibrate`, weighs it together with the retrieval scores, how much of the question
stands around the quote, and whether other documents say the same. Names and figures of the question that
the passage lacks, and opposites of its words there, then reduce the probability.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from corpus.errors import ModelError
from index.types import Hit
from qa.reader.confidence.features import NAMES, extract_features
from qa.reader.confidence.mismatch import LACKS, unsupported
from qa.types import Citation, Question

FILE_NAME = "confidence.json"


# The share of the probability that is left if a question only points at its subject ("Who led it?") and
# several documents could be meant. It gives no answer, unless the bound on the confidence is low.
VAGUE = 0.3


class Confidence(Protocol):
    """Estimates how likely each of a reader's citations is to be right."""

    def probabilities(
        self, question: Question, hits: Sequence[Hit], citations: Sequence[Citation]
    ) -> list[float]:
        """One probability (0..1) for each citation, in order."""
        ...


class ScoreConfidence:
    """Takes the score as the log-odds of being right: correct for the sentence reader, else a makeshift."""

    def probabilities(
        self, question: Question, hits: Sequence[Hit], citations: Sequence[Citation]
    ) -> list[float]:
        """The logistic function of each score."""
        return [sigmoid(citation.score) for citation in citations]


@dataclass(frozen=True, slots=True)
class LogisticConfidence:
    """A logistic regression over the features, reduced for what the passage lacks of the question.

    `kept` is the share of the probability (0..1) that each of `LACKS` leaves, to the power of its count:
    0.3 for one missing name turns 0.9 into 0.27. These are factors and not features because no other
    evidence can make up for a passage about somebody else.
    """

    bias: float
    weights: tuple[float, ...]
    kept: tuple[float, ...] = (1.0,) * len(LACKS)

    def probabilities(
        self, question: Question, hits: Sequence[Hit], citations: Sequence[Citation]
    ) -> list[float]:
        """One probability (0..1) for each citation, in order."""
        if not citations:
            return []
        rows = extract_features(question, hits, citations)
        found = self.weighed(rows, unsupported(question, citations))
        articles = {hit.article or hit.passage.document.id for hit in hits}
        # If there is only one document, it is clear what "it" means.
        share = VAGUE if len(articles) > 1 and question.points_back else 1.0
        return [share * float(value) for value in found]

    def weighed(self, rows: NDArray[np.float64], lacks: NDArray[np.float64]) -> NDArray[np.float64]:
        """The probabilities, shape (n,), for features (n, len(NAMES)) and lacks (n, len(LACKS))."""
        likely = np.asarray([sigmoid(x) for x in rows @ np.asarray(self.weights) + self.bias])
        left: NDArray[np.float64] = np.prod(np.asarray(self.kept) ** lacks, axis=1)
        return likely * left

    def save(self, folder: Path, **facts: object) -> None:
        """Write the coefficients to a reader's folder, with facts on how they were fitted."""
        values = {
            "bias": round(self.bias, 4),
            "weights": {n: round(w, 4) for n, w in zip(NAMES, self.weights, strict=True)},
            "kept": {n: round(k, 4) for n, k in zip(LACKS, self.kept, strict=True)},
        }
        (folder / FILE_NAME).write_text(json.dumps(values | facts, indent=2) + "\n", "utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self | None:
        """Load the coefficients from a reader's folder; None if there are none.

        Raises:
            ModelError: if the file is not one that `save` wrote.
        """
        try:
            values = json.loads((folder / FILE_NAME).read_text("utf-8"))
            return cls(
                float(values["bias"]),
                tuple(float(values["weights"][n]) for n in NAMES),
                tuple(float(values["kept"][n]) for n in LACKS),
            )
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(
                f"{str(folder / FILE_NAME)!r} cannot be used ({error!r}). To make a new one, run: qa calibrate"
            ) from error


def sigmoid(log_odds: float) -> float:
    """The probability of these log-odds.

    >>> sigmoid(0.0), round(sigmoid(2.0), 3), sigmoid(-1000.0)
    (0.5, 0.881, 0.0)
    """
    if log_odds < -700:
        return 0.0
    return 1 / (1 + math.exp(-log_odds))
