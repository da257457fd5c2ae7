"""A question-answering model as it lies in a folder: load it, see what it can take, run it."""

from collections.abc import Sequence
from typing import Protocol

from qa.cancellation import Stop
from qa.reader.span_model.span_decoding import Scores
from qa.reader.span_model.windows import Window, Windowing


class SpanModel(Protocol):
    """Windows in; for each token how well an answer would start and end there out."""

    def windowing(self, *, stride: int) -> Windowing:
        """What cuts questions and passages into windows that this model takes."""
        ...

    def scores(
        self, windows: Sequence[Window], *, stop: Stop | None = None
    ) -> tuple[Scores, Scores]:
        """Start and end scores, both float32 of shape (windows, longest window).

        Raises:
            Stopped: if `stop` is set meanwhile, and the model can be interrupted.
        """
        ...
