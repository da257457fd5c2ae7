"""Run an extractive question-answering model over passages, window by window."""

from collections.abc import Sequence

from corpus.types import Span
from qa.cancellation import Stop, check
from qa.reader.confidence import Confidence
from qa.reader.quotes import (
    SpeltOut,
    body,
    expand_to_whole_words,
    is_head,
    sentence_around,
    spelt_out,
    without_overlaps,
)
from qa.reader.span_model import SpanModel, Window, best_spans
from qa.types import Citation, Question


class ExtractiveReader:
    """An extractive question-answering model that reads passages.

    The question goes in with the passage; where the two are too long for the model, in windows that
    overlap by `stride` tokens. The score of a quote is that of its span less that of "no answer" (the
    first token) in the same window, so above 0 the model prefers the quote. Safe to use from several
    threads.
    """

    def __init__(
        self,
        name: str,
        model: SpanModel,
        *,
        sha256: str,
        confidence: Confidence,
        longest: int = 30,
        stride: int = 128,
        per_passage: int = 3,
        batch: int = 16,
    ) -> None:
        """`sha256` says which weights these are; `longest` counts a quote's tokens, `batch` windows."""
        self.name, self.sha256, self.confidence = name, sha256, confidence
        self._model = model
        self._windowing = model.windowing(stride=stride)
        self._longest, self._per_passage, self._batch = longest, per_passage, batch

    def read(
        self, question: Question, passages: Sequence[Span], *, stop: Stop | None = None
    ) -> list[Citation]:
        """The best quotes of each passage, all of them sorted by score."""
        # The head of a document names it and answers nothing.
        texts = [spelt_out(body(passage)) for passage in passages]
        windows = self._windowing.windows([(question.text, one.text) for one in texts])
        # Windows of like length together, or the short ones are padded to the longest.
        windows.sort(key=lambda window: len(window.ids))
        found = [
            _cited(passages[window.pair], texts[window.pair], a, b, score)
            for first in range(0, len(windows), self._batch)
            for window, a, b, score in self._spans(windows[first : first + self._batch], stop)
        ]
        # subtle: a model may mark nothing but a full stop; a date line may stand below a standfirst.
        return without_overlaps(
            [c for c in found if any(map(str.isalnum, c.quote.text)) and not is_head(c.quote)]
        )

    def _spans(
        self, windows: Sequence[Window], stop: Stop | None
    ) -> list[tuple[Window, int, int, float]]:
        """Window, start, end (characters in its passage) and score of the best spans of each."""
        check(stop)
        starts, ends = self._model.scores(windows, stop=stop)
        found = []
        for window, start, end in zip(windows, starts, ends, strict=True):
            n = len(window.ids)
            none = float(start[window.none] + end[window.none])
            spans = best_spans(
                start[:n], end[:n], window.allowed, longest=self._longest, count=self._per_passage
            )
            for span in spans:
                a, b = window.offsets[span.first][0], window.offsets[span.last][1]
                found.append((window, a, b, span.score - none))
        return found


def _cited(passage: Span, text: SpeltOut, start: int, end: int, score: float) -> Citation:
    """The citation of the characters from `start` to `end` of what was read, as it can stand alone."""
    found = Span(passage.document, *text.place(start, end))
    sentence = sentence_around(passage.document, found.start, found.end)
    # subtle: a sentence longer than a passage goes on outside of it, where nothing was read.
    read = Span(
        passage.document, max(sentence.start, passage.start), min(sentence.end, passage.end)
    )
    return Citation(expand_to_whole_words(found, read), sentence, passage, score)
