"""Run any extractive question-answering model over passages, window by window."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.errors import ModelError
from corpus.types import Span
from index.encoding import weights_sha256
from qa.checkpoint import most_tokens, question_answering, takes_types
from qa.decoding import best_spans
from qa.quoting import distinct, sentence_around
from qa.types import Citation


@dataclass(frozen=True, slots=True)
class _Window:
    """What the model sees at once: a question with a passage, or with a part of it.

    `passage` is the number of the passage; `ids`, `types`, `offsets` (characters in the passage) and
    `allowed` (whether a quote may begin or end there) have one entry for each token; `none` is the
    token whose scores stand for "no answer".
    """

    passage: int
    ids: list[int]
    types: list[int]
    offsets: list[tuple[int, int]]
    allowed: NDArray[np.bool_]
    none: int


class ExtractiveReader:
    """Any extractive question-answering model (`AutoModelForQuestionAnswering`).

    The question goes in with the passage; where the two are too long for the model, in windows that
    overlap by `stride` tokens. The score of a quote is that of its span less that of "no answer" (the
    first token) in the same window, so above 0 the model prefers the quote. Safe to use from several
    threads.
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
        """Load the model in `folder`; `longest` counts a quote's tokens, `batch` windows.

        Raises:
            ModelError: if it cannot be loaded, or answers no questions.
        """
        self.name = name
        self.sha256 = weights_sha256(folder)
        self._longest, self._stride = longest, stride
        self._per_passage, self._batch = per_passage, batch
        # subtle: a fast tokeniser keeps how it truncates in itself, and fails ("Already borrowed")
        # where two threads set it at once.
        self._lock = threading.Lock()
        # The files are others' work: whatever the libraries raise over them is about the model.
        try:
            self._tokenizer, self._model = question_answering(folder)
            self._limit = most_tokens(self._tokenizer, self._model)
        except Exception as error:
            raise ModelError(
                f"The reader {name!r} cannot be loaded: {' '.join(str(error).split())[:300]}"
            ) from error
        self._typed = takes_types(self._tokenizer, self._model)

    def read(self, question: str, passages: Sequence[Span]) -> list[Citation]:
        """The best quotes of each passage, all of them sorted by score."""
        windows = self._windows(question, passages)
        found = [
            _cited(passages[window.passage], a, b, score)
            for first in range(0, len(windows), self._batch)
            for window, a, b, score in self._spans(windows[first : first + self._batch])
            if passages[window.passage].text[a:b].strip()
        ]
        return distinct(found)

    def _windows(self, question: str, passages: Sequence[Span]) -> list[_Window]:
        if not passages:
            return []
        with self._lock:
            encoded = self._tokenizer(
                [self._shortened(question)] * len(passages),
                [passage.text for passage in passages],
                truncation="only_second",
                max_length=self._limit,
                stride=min(self._stride, self._limit // 4),
                return_overflowing_tokens=True,
                return_offsets_mapping=True,
                return_token_type_ids=True,
            )
        return [
            self._window(
                encoded["overflow_to_sample_mapping"][row],
                ids,
                encoded["token_type_ids"][row],
                encoded["offset_mapping"][row],
                encoded.sequence_ids(row),
            )
            for row, ids in enumerate(encoded["input_ids"])
        ]

    def _window(
        self,
        passage: int,
        ids: list[int],
        types: list[int],
        offsets: list[tuple[int, int]],
        sequence: list[int | None],
    ) -> _Window:
        # Some tokenisers write tokens of no characters, which can begin and end nothing.
        rows = zip(sequence, offsets, strict=True)
        allowed = np.fromiter((s == 1 and a < b for s, (a, b) in rows), np.bool_, len(ids))
        first = self._tokenizer.cls_token_id
        return _Window(
            passage, ids, types, offsets, allowed, ids.index(first) if first in ids else 0
        )

    def _shortened(self, question: str) -> str:
        """The question, cut where it would leave the passage less than three quarters."""
        found = self._tokenizer(
            question,
            truncation=True,
            max_length=self._limit // 4,
            return_offsets_mapping=True,
            return_overflowing_tokens=True,
        )
        if len(found["input_ids"]) == 1:
            return question
        return question[: max(end for _, end in found["offset_mapping"][0])]

    def _spans(self, windows: Sequence[_Window]) -> list[tuple[_Window, int, int, float]]:
        """Window, start, end (characters in its passage) and score of the best spans of each."""
        starts, ends = self._scores(windows)
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

    def _scores(self, windows: Sequence[_Window]) -> tuple[Any, Any]:
        """The start and the end scores of every token, both of shape (windows, longest window)."""
        import torch

        shape = len(windows), max(len(window.ids) for window in windows)
        # subtle: padded here, on the right, since a tokeniser may be set to pad on the left or have
        # no padding token, and is not safe to share.
        ids = torch.full(shape, self._tokenizer.pad_token_id or 0)
        mask, types = torch.zeros(shape, dtype=torch.long), torch.zeros(shape, dtype=torch.long)
        for row, window in enumerate(windows):
            n = len(window.ids)
            ids[row, :n] = torch.tensor(window.ids)
            types[row, :n] = torch.tensor(window.types)
            mask[row, :n] = 1
        inputs = {"input_ids": ids, "attention_mask": mask}
        if self._typed:
            inputs["token_type_ids"] = types
        with torch.inference_mode():
            output = self._model(**inputs)
        return output.start_logits.float().numpy(), output.end_logits.float().numpy()


def _cited(passage: Span, start: int, end: int, score: float) -> Citation:
    """The citation of the characters `start` to `end` of a passage, without white space around."""
    words = passage.text[start:end]
    # subtle: to some tokenisers the space before a word belongs to it.
    start += passage.start + len(words) - len(words.lstrip())
    quote = Span(passage.document, start, start + len(words.strip()))
    return Citation(quote, sentence_around(quote.document, quote.start, quote.end), passage, score)
