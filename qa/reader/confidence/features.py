"""From what speaks for a quote to the probability that it is right.

A reader's score alone misleads: it is as sure of the wrong document as of the right one. So what
retrieval says, how much of the question stands around the quote, and whether other documents say the
same are weighed with it, by a logistic regression that `qa calibrate` fits. What the question names and
the passage lacks then takes its share of the probability away.
"""

import math
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from corpus.types import Span
from index.retrievers import tokenize
from index.types import Hit
from qa.question import answer_type_match
from qa.reader.quotes import spelt_out
from qa.types import Citation, Question

# Log-odds beyond which a reader's score says no more.
SUREST = 20.0


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


def extract_features(
    question: Question, hits: Sequence[Hit], citations: Sequence[Citation]
) -> NDArray[np.float64]:
    """What speaks for each citation, shape (citations, len(NAMES)); the columns are `Features`'s."""
    asked = question.terms
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
        sentence = spelt_out(citation.sentence).text
        rows.append(
            Features(
                margin=_cut(citation.score),
                lead=_cut(citation.score - max(others, default=citation.score - SUREST)),
                retrieval=hit.score,
                # subtle: a passage that only BM25 returned is at most as near as the last that both did.
                cosine=hit.dense if hit.dense is not None else _least_cosine(hits),
                first=float(hit.rank == 1),
                here=coverage(asked, set(tokenize(sentence)), weights),
                around=coverage(asked, around[citation.passage], weights),
                kind=float(answer_type_match(question.answer_type, citation.quote.text)),
                agreement=math.log1p(len(articles[text]) - 1),
                length=math.log1p(len(question.text.split())),
            )
        )
    return np.asarray([[getattr(row, name) for name in NAMES] for row in rows]).reshape(
        len(rows), len(NAMES)
    )


def _held(passage: Span) -> set[str]:
    return set(tokenize(spelt_out(passage).text)) | set(tokenize(passage.document.title))


def _same(quote: Span) -> str:
    """What two quotes share that say the same."""
    return " ".join(tokenize(quote.text)) or quote.text.casefold()


def _cut(score: float) -> float:
    return max(-SUREST, min(SUREST, score))


def _least_cosine(hits: Sequence[Hit]) -> float:
    return min((hit.dense for hit in hits if hit.dense is not None), default=0.0)


def coverage(asked: Set[str], held: set[str], weights: dict[str, float]) -> float:
    """The share of the question's terms that a text holds, by their weights (0..1).

    >>> coverage({"seoul", "talk"}, {"talk"}, {"seoul": 3.0, "talk": 1.0})
    0.25
    """
    total = sum(weights.values())
    return sum(weights[term] for term in asked & held) / total if total else 0.0


def rarity(asked: Set[str], held: Sequence[set[str]]) -> dict[str, float]:
    """What each term of the question weighs: BM25's idf over the texts at hand."""
    counts = Counter(term for terms_held in held for term in asked & terms_held)
    return {t: math.log(1 + (len(held) - counts[t] + 0.5) / (counts[t] + 0.5)) for t in asked}
