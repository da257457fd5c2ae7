"""The protocol of question-answering models that score where an answer starts and ends."""

from collections.abc import Sequence
from typing import Protocol

from qa.cancellation import Stop
from qa.reader.span_model.span_decoding import Scores
from qa.reader.span_model.windows import Window, Windowing


class SpanModel(Protocol):
    """Takes windows; returns for each token how well an answer would start and end there."""

    def windowing(self, *, stride: int) -> Windowing:
        """A `Windowing` that cuts questions and passages into windows that fit this model."""
        ...

    def scores(
        self, windows: Sequence[Window], *, stop: Stop | None = None
    ) -> tuple[Scores, Scores]:
        """Start and end scores, both float32 of shape (windows, longest window).

        Raises:
            Stopped: if `stop` is set in the meantime and the model can be interrupted.
        """
        ...
