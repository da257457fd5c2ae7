"""Readers: from a question and passages to quotes, in the documents' own words.

Two are here. `SentenceReader` needs no question-answering model: it picks the sentence that fits the
question best, and says no more than that. `ExtractiveReader` runs any extractive question-answering
model and picks the words that answer.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from corpus.errors import ModelError
from corpus.sentences import sentences_within
from corpus.types import Document, Span
from index.encoding import Encoder, model_folder, weights_sha256
from index.lexical import terms
from qa.cues import answers_in_kind
from qa.decoding import best_spans, merged
from qa.types import Citation

SENTENCE_READER = "sentences"

_THE_AUTHOR = re.compile(r"^The (?:author|writer)s?\b")


class Reader(Protocol):
    """A question and passages in, quotes out, best first; none where nothing fits at all.

    `name` and `sha256` (of the weights) say which reader it is.
    """

    @property
    def name(self) -> str: ...
    @property
    def sha256(self) -> str: ...

    def read(self, question: str, passages: Sequence[Span]) -> list[Citation]:
        """The quotes that may answer; none overlaps a better one. Scores compare across passages."""
        ...


def load_reader(name: str | None, encoder: Encoder) -> Reader:
    """The reader of that name: "sentences" (the default), or a question-answering model.

    A model is a folder, or a name on the hub; only a name that is no folder leads to a request.

    Raises:
        ModelError: if it cannot be found or loaded, or answers no questions.
    """
    if name in (None, SENTENCE_READER):
        return SentenceReader(encoder)
    assert name is not None
    return ExtractiveReader(name, model_folder(name))


class SentenceReader:
    """The sentence that fits the question best, by meaning and by words.

    The score is a log-odds: a logistic regression over four things that a sentence shows, fitted by
    `tests/benchmarks/sentence_reader.py` on questions whose right sentence is known.
    """

    name = SENTENCE_READER

    # What the script printed; see there for the data. In order: cosine of question and sentence;
    # share of the question's terms that stand in the sentence, rare ones counting more; the same for
    # its surroundings (passage and title); whether it holds the kind of thing that is asked for.
    BIAS = -5.0
    WEIGHTS = (5.0, 3.0, 1.0, 0.8)

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.sha256 = encoder.sha256

    def read(self, question: str, passages: Sequence[Span]) -> list[Citation]:
        """One citation for each sentence of the passages that shares anything with the question."""
        candidates = _sentences(passages)
        if not candidates:
            return []
        features = self.features(question, candidates)
        scores = features @ np.asarray(self.WEIGHTS, np.float32) + self.BIAS
        citations = [
            Citation(sentence, sentence, passage, float(score))
            for (sentence, passage), score in zip(candidates, scores, strict=True)
        ]
        return sorted(citations, key=lambda c: -c.score)

    def features(self, question: str, candidates: Sequence[tuple[Span, Span]]) -> Any:
        """What each (sentence, passage) shows, shape (n, 4), float32, each from -1 to 1."""
        texts = [_spelt_out(sentence) for sentence, _ in candidates]
        vectors = self._encoder.encode_passages(texts)
        cosines = vectors @ self._encoder.encode_questions([question])[0]
        asked = set(terms(question))
        held = [set(terms(text)) for text in texts]
        around = [
            here | _surroundings(passage)
            for here, (_, passage) in zip(held, candidates, strict=True)
        ]
        weights = _rarity(asked, held)
        rows = [
            (
                float(cosine),
                _coverage(asked, here, weights),
                _coverage(asked, there, weights),
                float(answers_in_kind(question, text)),
            )
            for cosine, here, there, text in zip(cosines, held, around, texts, strict=True)
        ]
        return np.asarray(rows, np.float32)


def _sentences(passages: Sequence[Span]) -> list[tuple[Span, Span]]:
    """Each sentence of the passages once, with the first passage that holds it; no heads of text."""
    found: dict[Span, Span] = {}
    for passage in passages:
        for sentence in sentences_within(passage.document, passage.start, passage.end):
            inside = passage.start <= sentence.start and sentence.end <= passage.end
            part = sentence if inside else _common(sentence, passage)
            if not _is_head(part):
                found.setdefault(part, passage)
    return list(found.items())


def _common(sentence: Span, passage: Span) -> Span:
    """A sentence longer than a whole passage is read piece by piece."""
    return Span(
        passage.document, max(sentence.start, passage.start), min(sentence.end, passage.end)
    )


def _is_head(sentence: Span) -> bool:
    """Whether it is a title, byline or date line: these name the document and answer nothing."""
    metadata = sentence.document.metadata
    named = [metadata.title, metadata.publisher, metadata.published, metadata.updated, metadata.url]
    named += [author for author in metadata.authors if author.origin != "author's note"]
    return any(
        value is not None
        and value.start is not None
        and value.end is not None
        and value.start < sentence.end
        and sentence.start < value.end
        for value in named
    )


def _spelt_out(sentence: Span) -> str:
    """The words of a sentence as they are compared: "the author" is who wrote the document."""
    authors = " and ".join(sentence.document.authors)
    return _THE_AUTHOR.sub(authors.replace("\\", ""), sentence.text) if authors else sentence.text


def _surroundings(passage: Span) -> set[str]:
    return set(terms(passage.text)) | set(terms(passage.document.title))


def _rarity(asked: set[str], held: Sequence[set[str]]) -> dict[str, float]:
    """What each term of the question weighs: BM25's idf over the sentences at hand."""
    counts = Counter(term for terms_held in held for term in asked & terms_held)
    return {t: math.log(1 + (len(held) - counts[t] + 0.5) / (counts[t] + 0.5)) for t in asked}


def _coverage(asked: set[str], held: set[str], weights: dict[str, float]) -> float:
    total = sum(weights.values())
    return sum(weights[term] for term in asked & held) / total if total else 0.0


class ExtractiveReader:
    """Any extractive question-answering model (`AutoModelForQuestionAnswering`).

    The question goes in with the passage; where the two are too long for the model, in windows that
    overlap by `stride` tokens. The score of a quote is that of its span less that of "no answer" (the
    first token) in the same window, so above 0 the model prefers the quote.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        *,
        longest: int = 30,
        stride: int = 128,
        per_passage: int = 3,
        batch: int = 16,
    ) -> None:
        """Load the model in `folder`; `longest` counts a quote's tokens, `batch` windows."""
        self.name = name
        self.sha256 = weights_sha256(folder)
        self._longest, self._stride = longest, stride
        self._per_passage, self._batch = per_passage, batch
        try:
            self._tokenizer, self._model = _question_answering(folder)
        except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
            raise ModelError(f"The reader {name!r} cannot be loaded: {error}") from error

    def read(self, question: str, passages: Sequence[Span]) -> list[Citation]:
        """The best quotes of each passage, all of them sorted by score."""
        if not passages:
            return []
        windows = self._windows(question, passages)
        found = [
            (passages[int(i)].start + a, passages[int(i)].start + b, score, passages[int(i)])
            for first in range(0, len(windows["input_ids"]), self._batch)
            for i, a, b, score in self._spans(windows, first)
        ]
        citations: list[Citation] = []
        for document in dict.fromkeys(passage.document for _, _, _, passage in found):
            here = [f for f in found if f[3].document == document]
            citations += [_cited(*here[i]) for i in merged([f[:3] for f in here])]
        return sorted(citations, key=lambda c: -c.score)

    def _windows(self, question: str, passages: Sequence[Span]) -> Any:
        # subtle: 512 where the tokeniser says "very large": more than the model has positions for.
        limit = min(int(self._tokenizer.model_max_length), 512)
        question_ids = self._tokenizer(question, truncation=True, max_length=limit // 4)
        shortened = self._tokenizer.decode(question_ids["input_ids"], skip_special_tokens=True)
        asked = question if len(question_ids["input_ids"]) < limit // 4 else shortened
        return self._tokenizer(
            [asked] * len(passages),
            [passage.text for passage in passages],
            truncation="only_second",
            max_length=limit,
            stride=min(self._stride, limit // 4),
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
        )

    def _spans(self, windows: Any, first: int) -> list[tuple[int, int, int, float]]:
        """Passage, start, end (characters in it) and score of the best spans of some windows."""
        import torch

        rows = range(first, min(first + self._batch, len(windows["input_ids"])))
        names = [n for n in ("input_ids", "attention_mask", "token_type_ids") if n in windows]
        inputs = self._tokenizer.pad(
            {name: [windows[name][row] for row in rows] for name in names}, return_tensors="pt"
        )
        with torch.inference_mode():
            output = self._model(**inputs)
        starts, ends = output.start_logits.float().numpy(), output.end_logits.float().numpy()
        found = []
        for i, row in enumerate(rows):
            offsets = windows["offset_mapping"][row]
            n = len(offsets)
            allowed = np.fromiter((s == 1 for s in windows.sequence_ids(row)), np.bool_, n)
            none = float(starts[i, 0] + ends[i, 0])
            for span in best_spans(
                starts[i, :n], ends[i, :n], allowed, longest=self._longest, count=self._per_passage
            ):
                a, b = offsets[span.first][0], offsets[span.last][1]
                found.append((windows["overflow_to_sample_mapping"][row], a, b, span.score - none))
        return found


def _cited(start: int, end: int, score: float, passage: Span) -> Citation:
    quote = Span(passage.document, start, end)
    return Citation(quote, sentence_around(quote.document, start, end), passage, score)


def sentence_around(document: Document, start: int, end: int) -> Span:
    """The sentence, or the sentences, that the characters `start` to `end` stand in."""
    sentences = sentences_within(document, start, max(end, start + 1))
    if not sentences:
        return Span(document, start, end)
    return Span(document, min(start, sentences[0].start), max(end, sentences[-1].end))


def _question_answering(folder: Path) -> tuple[Any, Any]:
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    safe = {"local_files_only": True, "trust_remote_code": False}
    tokenizer = AutoTokenizer.from_pretrained(str(folder), **safe)
    if not tokenizer.is_fast:
        raise ValueError("its tokeniser gives no offsets")
    model, report = AutoModelForQuestionAnswering.from_pretrained(
        str(folder), use_safetensors=True, output_loading_info=True, **safe
    )
    if any("qa_outputs" in key for key in report["missing_keys"]):
        raise ValueError("it was not trained for question answering")
    return tokenizer, model.eval()
