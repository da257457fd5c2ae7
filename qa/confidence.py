"""From what speaks for a quote to the probability that it is right.

A reader's score alone misleads: it is as sure of the wrong document as of the right one. So what
retrieval says, how much of the question stands around the quote, and whether other documents say the
same are weighed with it, by a logistic regression that `qa calibrate` fits.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from corpus.errors import ModelError
from corpus.types import Span
from index.terms import terms
from index.types import Hit
from qa.cues import shows
from qa.overlap import coverage, rarity
from qa.types import Citation

FILE_NAME = "confidence.json"
# Log-odds beyond which a reader's score says no more.
SUREST = 20.0


class Confidence(Protocol):
    """How likely each of a reader's citations is to be right."""

    def probabilities(
        self, question: str, hits: Sequence[Hit], citations: Sequence[Citation]
    ) -> list[float]:
        """One probability (0..1) for each citation, in their order."""
        ...


class ScoreConfidence:
    """The score taken for the log-odds that it is right: true of the sentence reader, else a makeshift."""

    def probabilities(
        self, question: str, hits: Sequence[Hit], citations: Sequence[Citation]
    ) -> list[float]:
        """The logistic function of each score."""
        return [sigmoid(citation.score) for citation in citations]


@dataclass(frozen=True, slots=True)
class Features:
    """What speaks for a quote.

    `margin`: the reader's score, cut to ±SUREST; `lead`: by how much it is above the best quote of
    other words, cut likewise; `retrieval`: the fused score of its passage (0..1), `cosine` and `first`:
    the passage's cosine to the question, and whether it is the first hit; `here` and `around`: the
    share of the question's terms that stand in the quote's sentence, and in its passage and title (rare
    ones counting more); `kind`: whether the quote has a number or a day where one is asked for;
    `agreement`: log(1 + other articles, copies counted once, with a quote of the same words); `length`:
    log(1 + words of the question).
    """

    margin: float
    lead: float
    retrieval: float
    cosine: float
    first: float
    here: float
    around: float
    kind: float
    agreement: float
    length: float


NAMES = tuple(field.name for field in fields(Features))


@dataclass(frozen=True, slots=True)
class LogisticConfidence:
    """The probability as the logistic function of a weighed sum of the features."""

    bias: float
    weights: tuple[float, ...]

    def probabilities(
        self, question: str, hits: Sequence[Hit], citations: Sequence[Citation]
    ) -> list[float]:
        """One probability (0..1) for each citation, in their order."""
        if not citations:
            return []
        log_odds = features(question, hits, citations) @ np.asarray(self.weights) + self.bias
        return [sigmoid(float(value)) for value in log_odds]

    def save(self, folder: Path, **facts: object) -> None:
        """Write it beside a reader's weights, with facts on how it was fitted."""
        values = {
            "bias": round(self.bias, 4),
            "weights": {n: round(w, 4) for n, w in zip(NAMES, self.weights, strict=True)},
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
            return cls(float(values["bias"]), tuple(float(values["weights"][n]) for n in NAMES))
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


def features(
    question: str, hits: Sequence[Hit], citations: Sequence[Citation]
) -> NDArray[np.float64]:
    """What speaks for each citation, shape (citations, len(NAMES)); the columns are `Features`'s."""
    asked = set(terms(question))
    around = {hit.passage: _held(hit.passage) for hit in hits}
    weights = rarity(asked, list(around.values()))
    found = {hit.passage: hit for hit in hits}
    words = [_same(citation.quote) for citation in citations]
    articles: dict[str, set[str]] = {}
    for text, citation in zip(words, citations, strict=True):
        article = found[citation.passage].article or citation.document.id
        articles.setdefault(text, set()).add(article)
    rows = []
    for text, citation in zip(words, citations, strict=True):
        hit = found[citation.passage]
        others = (c.score for t, c in zip(words, citations, strict=True) if t != text)
        sentence = citation.sentence.text
        rows.append(
            Features(
                margin=_cut(citation.score),
                lead=_cut(citation.score - max(others, default=citation.score - SUREST)),
                retrieval=hit.score,
                # subtle: a passage that only BM25 returned is at most as near as the last that both did.
                cosine=hit.dense if hit.dense is not None else _least_cosine(hits),
                first=float(hit.rank == 1),
                here=coverage(asked, set(terms(sentence)), weights),
                around=coverage(asked, around[citation.passage], weights),
                kind=float(shows(question, citation.quote.text)),
                agreement=math.log1p(len(articles[text]) - 1),
                length=math.log1p(len(question.split())),
            )
        )
    return np.asarray([[getattr(row, name) for name in NAMES] for row in rows]).reshape(
        len(rows), len(NAMES)
    )


def _held(passage: Span) -> set[str]:
    return set(terms(passage.text)) | set(terms(passage.document.title))


def _same(quote: Span) -> str:
    """What two quotes share that say the same."""
    return " ".join(terms(quote.text)) or quote.text.casefold()


def _cut(score: float) -> float:
    return max(-SUREST, min(SUREST, score))


def _least_cosine(hits: Sequence[Hit]) -> float:
    return min((hit.dense for hit in hits if hit.dense is not None), default=0.0)
