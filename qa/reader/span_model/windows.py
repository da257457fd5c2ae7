"""Cut a question and a passage into windows of tokens that a model can take at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Window:
    """The tokens that a model sees at once: a question with a passage or a part of it.

    `pair` is the index of the question and passage it was made from. `ids`, `types`, `offsets`
    (characters in the passage) and `allowed` (whether a quote may begin or end there) have one entry for
    each token. `none` is the token whose scores mean "no answer".
    """

    pair: int
    ids: list[int]
    types: list[int]
    offsets: list[tuple[int, int]]
    allowed: NDArray[np.bool_]
    none: int


class Windowing:
    """Cuts pairs of question and passage into windows of at most `limit` tokens.

    Windows of one passage overlap by `stride` tokens, but by no more than a quarter of the limit. A
    question longer than a quarter of the limit is cut off. Safe to use from several threads.
    """

    def __init__(self, tokenizer: Tokenizer, *, limit: int, stride: int, first: int | None) -> None:
        """`tokenizer` is copied; `first` is the id of the token that means "no answer"."""
        # subtle: a tokeniser stores its truncation settings, so each use has its own copy, set once.
        self._pairs, self._questions = _copy(tokenizer), _copy(tokenizer)
        self._pairs.enable_truncation(limit, stride=min(stride, limit // 4), strategy="only_second")
        self._questions.enable_truncation(max(limit // 4, 1))
        self._first = first

    def windows(self, pairs: Sequence[tuple[str, str]]) -> list[Window]:
        """The windows of (question, passage) pairs, in order."""
        shortened = {question: self._shortened(question) for question, _ in pairs}
        encoded = self._pairs.encode_batch([(shortened[q], passage) for q, passage in pairs])
        return [
            self._window(pair, part)
            for pair, whole in enumerate(encoded)
            for part in (whole, *whole.overflowing)
        ]

    def _shortened(self, question: str) -> str:
        found = self._questions.encode(question)
        return question[: max(b for _, b in found.offsets)] if found.overflowing else question

    def _window(self, pair: int, encoded: Encoding) -> Window:
        ids, offsets = encoded.ids, encoded.offsets
        # Some tokenisers emit tokens without characters, at which no quote can begin or end.
        rows = zip(encoded.sequence_ids, offsets, strict=True)
        allowed = np.fromiter((s == 1 and a < b for s, (a, b) in rows), np.bool_, len(ids))
        none = ids.index(self._first) if self._first in ids else 0
        return Window(pair, ids, encoded.type_ids, offsets, allowed, none)


def padded(windows: Sequence[Window], padding: int) -> dict[str, Ints]:
    """Ids, mask and types as a model takes them, each of shape (windows, longest window).

    They are padded on the right here, since a tokeniser may be set to pad on the left or have no padding
    token.
    """
    shape = len(windows), max(len(window.ids) for window in windows)
    ids, mask, types = np.full(shape, padding), np.zeros(shape, int), np.zeros(shape, int)
    for row, window in enumerate(windows):
        n = len(window.ids)
        ids[row, :n], types[row, :n], mask[row, :n] = window.ids, window.types, 1
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}


def _copy(tokenizer: Any) -> Tokenizer:
    own = Tokenizer.from_str(tokenizer.to_str())
    own.no_padding()
    return own
