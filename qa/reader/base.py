"""The protocol of readers, which find quotes that answer a question, in the documents' own words.

The default is `ExtractiveReader` (`qa/reader/extractive_reader.py`) with our own model
(`qa/reader/weights/`); it runs any other extractive question-answering model as well. `SentenceReader`
(`qa/reader/sentence_reader.py`) needs no such model: it only picks the sentences that fit the question
best.
"""

from collections.abc import Sequence
from typing import Protocol

from corpus.types import Span
from qa.cancellation import Stop
from qa.reader.confidence import Confidence
from qa.types import Citation, Question


class Reader(Protocol):
    """Takes a question and passages, returns quotes, best first; none if nothing fits at all.

    `name` and `sha256` identify the reader; `confidence` turns its scores into probabilities.
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
        """The quotes that may answer; none overlaps a better one. Scores are comparable across passages.

        Raises:
            Stopped: soon after `stop` is set.
        """
        ...
