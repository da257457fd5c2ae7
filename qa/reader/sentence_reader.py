"""Readers: from a question and passages to quotes, in the documents' own words.

The default one is our own: `ExtractiveReader` (`qa/reader/extractive_reader.py`) with the model that this package
holds (`qa/models/reader/`). It runs any other extractive question-answering model as well.
`SentenceReader`, here, needs no such model: it picks the sentence that fits the question best, and
says no more than that.
"""

import hashlib
import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from corpus.passages import sentences_within, without_bullet
from corpus.types import Span
from index.retrievers import tokenize
from index.types import Encoder
from qa.cancellation import Stop, check
from qa.question import answer_type_match
from qa.reader.confidence import Confidence, ScoreConfidence, coverage, rarity
from qa.reader.quotes import is_head, spelt_out, without_overlaps
from qa.types import Citation, Question

SENTENCE_READER = "sentences"


class SentenceReader:
    """The sentence that fits the question best, by meaning and by words.

    The score is a log-odds: a logistic regression over four things that a sentence shows, fitted by
    `tests/benchmarks/sentence_reader.py` on questions whose right sentence is known.
    """

    name = SENTENCE_READER
    confidence: Confidence = ScoreConfidence()

    # What the script printed; see there for the data. In order: cosine of question and sentence;
    # share of the question's terms that stand in the sentence, rare ones counting more; the same for
    # its surroundings (passage and title); whether it holds a number or a day where one is asked for.
    BIAS = -7.04
    WEIGHTS = (7.58, 3.19, 1.47, 0.5)

    # Sentences whose vectors are kept: encoding them is nearly all of the time that reading takes,
    # and the next question is often about the same documents. 30 MB with the default encoder.
    MOST_KEPT = 20_000
    # Sentences that are encoded between two looks at whether anybody still waits.
    AT_ONCE = 16

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        # Other numbers make another reader: a receipt must tell them apart.
        numbers = f"{encoder.sha256} {self.BIAS} {self.WEIGHTS}"
        self.sha256 = hashlib.sha256(numbers.encode()).hexdigest()
        self._kept: dict[str, NDArray[np.float32]] = {}
        self._lock = threading.Lock()

    def read(
        self, question: Question, passages: Sequence[Span], *, stop: Stop | None = None
    ) -> list[Citation]:
        """A citation for each sentence of the passages, heads and questions left out."""
        candidates = _sentences(passages)
        if not candidates:
            return []
        features = self.features(question, candidates, stop=stop)
        scores = features @ np.asarray(self.WEIGHTS, np.float32) + self.BIAS
        citations = [
            Citation(without_bullet(sentence), sentence, passage, float(score))
            for (sentence, passage), score in zip(candidates, scores, strict=True)
        ]
        return without_overlaps(citations)

    def features(
        self,
        question: Question,
        candidates: Sequence[tuple[Span, Span]],
        *,
        stop: Stop | None = None,
    ) -> NDArray[np.float32]:
        """What each (sentence, passage) shows, shape (n, 4), float32, each from -1 to 1."""
        texts = [spelt_out(sentence).text for sentence, _ in candidates]
        cosines = self._vectors(texts, stop) @ self._encoder.encode_questions([question.text])[0]
        asked = question.terms
        held = [set(tokenize(text)) for text in texts]
        around = [
            here | _surroundings(passage)
            for here, (_, passage) in zip(held, candidates, strict=True)
        ]
        weights = rarity(asked, held)
        rows = [
            (
                float(cosine),
                coverage(asked, here, weights),
                coverage(asked, there, weights),
                float(answer_type_match(question.answer_type, text)),
            )
            for cosine, here, there, text in zip(cosines, held, around, texts, strict=True)
        ]
        return np.asarray(rows, np.float32)

    def _vectors(self, texts: Sequence[str], stop: Stop | None) -> NDArray[np.float32]:
        """One row for each text, shape (n, d); only those are encoded that were not of late."""
        with self._lock:
            found = {text: self._kept[text] for text in texts if text in self._kept}
        if new := [text for text in dict.fromkeys(texts) if text not in found]:
            for first in range(0, len(new), self.AT_ONCE):
                check(stop)
                some = new[first : first + self.AT_ONCE]
                found.update(zip(some, self._encoder.encode_passages(some), strict=True))
            with self._lock:
                if len(self._kept) + len(new) > self.MOST_KEPT:
                    self._kept.clear()
                self._kept.update((text, found[text]) for text in new)
        return np.stack([found[text] for text in texts])


def _sentences(passages: Sequence[Span]) -> list[tuple[Span, Span]]:
    """Each sentence of the passages once, with the first passage that holds it; no heads of text."""
    whole: dict[Span, Span] = {}
    parts: dict[Span, tuple[Span, Span]] = {}
    for passage in passages:
        for sentence in sentences_within(passage.document, passage.start, passage.end):
            # A question in a document (a heading, often) answers nothing.
            if is_head(sentence) or sentence.text.endswith("?"):
                continue
            if passage.start <= sentence.start and sentence.end <= passage.end:
                whole.setdefault(sentence, passage)
            else:
                parts.setdefault(_common(sentence, passage), (sentence, passage))
    # A piece says nothing that its sentence does not, where another passage holds all of it.
    pieces = {part: passage for part, (all, passage) in parts.items() if all not in whole}
    return list({**whole, **pieces}.items())


def _common(sentence: Span, passage: Span) -> Span:
    """A sentence longer than a whole passage is read piece by piece."""
    return Span(
        passage.document, max(sentence.start, passage.start), min(sentence.end, passage.end)
    )


def _surroundings(passage: Span) -> set[str]:
    return set(tokenize(passage.text)) | set(tokenize(passage.document.title))
