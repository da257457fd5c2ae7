"""From what speaks for a quote to the probability that it is right.

A reader's score alone misleads: it is as sure of the wrong document as of the right one. So what
retrieval says, how much of the question stands around the quote, and whether other documents say the
same are weighed with it, by a logistic regression that `qa calibrate` fits. What the question names and
the passage lacks then takes its share of the probability away.
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


# What is left of the probability where a question only points at what it is about ("Who led it?") and
# several documents could be meant: no answer, unless somebody asks for unsure ones.
VAGUE = 0.3


class Confidence(Protocol):
    """How likely each of a reader's citations is to be right."""

    def probabilities(
        self, question: Question, hits: Sequence[Hit], citations: Sequence[Citation]
    ) -> list[float]:
        """One probability (0..1) for each citation, in their order."""
        ...


class ScoreConfidence:
    """The score taken for the log-odds that it is right: true of the sentence reader, else a makeshift."""

    def probabilities(
        self, question: Question, hits: Sequence[Hit], citations: Sequence[Citation]
    ) -> list[float]:
        """The logistic function of each score."""
        return [sigmoid(citation.score) for citation in citations]


@dataclass(frozen=True, slots=True)
class LogisticConfidence:
    """The logistic function of a weighed sum of the features, less what the passage lacks of the question.

    `kept` says what share of the probability each of `LACKS` leaves (0..1), to the power of how many there
    are: 0.3 for a name makes 0.9 to 0.27. A factor and no further feature, since of a passage about somebody
    else nothing that speaks for the quote makes up for that.
    """

    bias: float
    weights: tuple[float, ...]
    kept: tuple[float, ...] = (1.0,) * len(LACKS)

    def probabilities(
        self, question: Question, hits: Sequence[Hit], citations: Sequence[Citation]
    ) -> list[float]:
        """One probability (0..1) for each citation, in their order."""
        if not citations:
            return []
        rows = extract_features(question, hits, citations)
        found = self.weighed(rows, unsupported(question, citations))
        articles = {hit.article or hit.passage.document.id for hit in hits}
        # In one document alone, "it" has a meaning.
        share = VAGUE if len(articles) > 1 and question.points_back else 1.0
        return [share * float(value) for value in found]

    def weighed(self, rows: NDArray[np.float64], lacks: NDArray[np.float64]) -> NDArray[np.float64]:
        """The probabilities, shape (n,), of features (n, len(NAMES)) and of what is lacking (n, len(LACKS))."""
        likely = np.asarray([sigmoid(x) for x in rows @ np.asarray(self.weights) + self.bias])
        left: NDArray[np.float64] = np.prod(np.asarray(self.kept) ** lacks, axis=1)
        return likely * left

    def save(self, folder: Path, **facts: object) -> None:
        """Write it beside a reader's weights, with facts on how it was fitted."""
        values = {
            "bias": round(self.bias, 4),
            "weights": {n: round(w, 4) for n, w in zip(NAMES, self.weights, strict=True)},
            "kept": {n: round(k, 4) for n, k in zip(LACKS, self.kept, strict=True)},
        }
        (folder / FILE_NAME).write_text(json.dumps(values | facts, indent=2) + "\n", "utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self | None:
        """What lies beside a reader's weights; None where nothing does.

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
                f"{str(folder / FILE_NAME)!r} cannot be used ({error!r}). Make it anew: qa calibrate"
            ) from error


def sigmoid(log_odds: float) -> float:
    """The probability of these log-odds.

    >>> sigmoid(0.0), round(sigmoid(2.0), 3), sigmoid(-1000.0)
    (0.5, 0.881, 0.0)
    """
    if log_odds < -700:
        return 0.0
    return 1 / (1 + math.exp(-log_odds))
