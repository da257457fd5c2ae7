"""Readers: from a question and passages to quotes, in the documents' own words.

The default one is our own: `ExtractiveReader` (`qa/reader/extractive_reader.py`) with the model that this package
holds (`qa/models/reader/`). It runs any other extractive question-answering model as well.
`SentenceReader`, here, needs no such model: it picks the sentence that fits the question best, and
says no more than that.
"""

from collections.abc import Sequence
from typing import Protocol

from corpus.types import Span
from qa.cancellation import Stop
from qa.reader.confidence import Confidence
from qa.types import Citation, Question


class Reader(Protocol):
    """A question and passages in, quotes out, best first; none where nothing fits at all.

    `name` and `sha256` (of its files) say which reader it is; `confidence` turns its scores into
    probabilities.
    """

    @property
    def name(self) -> str: ...
    @property
    def sha256(self) -> str: ...
    @property
    def confidence(self) -> Confidence: ...

    def read(
        self, question: Question, passages: Sequence[Span], *, stop: Stop | None = None
    ) -> list[Citation]:
        """The quotes that may answer; none overlaps a better one. Scores compare across passages.

        Raises:
            Stopped: soon after `stop` is set.
        """
        ...
