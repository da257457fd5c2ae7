"""Run a question-answering model with onnxruntime: it loads in a moment and needs no torch."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from corpus._runtime import processors
from corpus.errors import ModelError
from index.encoders import load_onnxruntime, session
from qa.cancellation import Stop
from qa.reader.span_model.span_decoding import Scores
from qa.reader.span_model.torch_model import MOST_TOKENS
from qa.reader.span_model.windows import Window, Windowing, padded

WEIGHTS = "model.onnx"
OUTPUTS = ["start_logits", "end_logits"]


class OnnxModel:
    """The model in a folder that `qa export` wrote: `model.onnx`, the tokeniser and their settings.

    Each window is read on its own, by one thread, with as many threads as cores. That is faster than one
    array read by several threads: nothing is padded, and no thread waits for another at each operator.
    A window's scores also do not depend on the other windows, as they would in one array, whose numbers
    are quantised together.
    """

    def __init__(self, name: str, folder: Path) -> None:
        """Load the model, which is called `name` in messages.

        Raises:
            ModelError: if it cannot be loaded.
        """
        # The files come from others: whatever the libraries raise here means that the model is unusable.
        try:
            config = json.loads((folder / "config.json").read_text("utf-8"))
            says = json.loads((folder / "tokenizer_config.json").read_text("utf-8"))
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._limit = min(int(says["model_max_length"]), MOST_TOKENS)
            self._first = self._tokenizer.token_to_id(says["cls_token"])
            self._padding = int(config.get("pad_token_id") or 0)
            self._session = session(folder / WEIGHTS, threads=1)
            self._takes = {given.name for given in self._session.get_inputs()}
            # All questions share these threads: more would only take turns on the same cores.
            self._threads = ThreadPoolExecutor(processors(), "reader")
        except Exception as error:
            raise ModelError(
                f"The reader {name!r} cannot be loaded: {' '.join(str(error).split())[:300]}"
            ) from error

    def windowing(self, *, stride: int) -> Windowing:
        """A `Windowing` that cuts pairs into windows of as many tokens as the model takes."""
        return Windowing(self._tokenizer, limit=self._limit, stride=stride, first=self._first)

    def scores(
        self, windows: Sequence[Window], *, stop: Stop | None = None
    ) -> tuple[Scores, Scores]:
        """Start and end scores, both float32 of shape (windows, longest window).

        Raises:
            Stopped: if `stop` is set in the meantime; the model stops at its next operator.
        """
        # The longest go first, so that all threads finish at about the same time.
        order = sorted(range(len(windows)), key=lambda i: -len(windows[i].ids))
        stop = stop or Stop()
        found = self._threads.map(lambda i: self._row(windows[i], stop), order)
        shape = len(windows), max(len(window.ids) for window in windows)
        starts, ends = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        for i, (start, end) in zip(order, found, strict=True):
            starts[i, : start.size], ends[i, : end.size] = start, end
        return starts, ends

    def _row(self, window: Window, stop: Stop) -> list[Scores]:
        arrays = padded([window], self._padding)
        inputs = {name: array for name, array in arrays.items() if name in self._takes}
        return [scores[0] for scores in self._run(inputs, stop)]

    def _run(self, inputs: dict[str, Any], stop: Stop) -> list[Scores]:
        options = load_onnxruntime().RunOptions()
        with stop.ending(lambda: setattr(options, "terminate", True)):
            try:
                found: list[Scores] = self._session.run(OUTPUTS, inputs, options)
            except Exception:
                stop.check()  # the library reports a termination in the same way as a failure
                raise
        return found
