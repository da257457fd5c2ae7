"""From what speaks for a quote to the probability that it is right.

A reader's score alone misleads: it is as sure of the wrong document as of the right one. So what
retrieval says, how much of the question stands around the quote, and whether other documents say the
same are weighed with it, by a logistic regression that `qa calibrate` fits. What the question names and
the passage lacks then takes its share of the probability away.
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
from qa.lacking import LACKS, is_vague, lacking
from qa.overlap import coverage, rarity
from qa.types import Citation

FILE_NAME = "confidence.json"
# Log-odds beyond which a reader's score says no more.
SUREST = 20.0
# What is left of the probability where a question only points at what it is about ("Who led it?") and
# several documents could be meant: no answer, unless somebody asks for unsure ones.
VAGUE = 0.3


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
    """The logistic function of a weighed sum of the features, less what the passage lacks of the question.

    `kept` says what share of the probability each of `LACKS` leaves (0..1), to the power of how many there
    are: 0.3 for a name makes 0.9 to 0.27. A factor and no further feature, since of a passage about somebody
    else nothing that speaks for the quote makes up for that.
    """

    bias: float
    weights: tuple[float, ...]
    kept: tuple[float, ...] = (1.0,) * len(LACKS)

    def probabilities(
        self, question: str, hits: Sequence[Hit], citations: Sequence[Citation]
    ) -> list[float]:
        """One probability (0..1) for each citation, in their order."""
        if not citations:
            return []
        rows = features(question, hits, citations)
        found = self.weighed(rows, lacking(question, citations))
        articles = {hit.article or hit.passage.document.id for hit in hits}
        # In one document alone, "it" has a meaning.
        share = VAGUE if len(articles) > 1 and is_vague(question) else 1.0
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
