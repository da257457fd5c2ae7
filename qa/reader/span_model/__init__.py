"""A question-answering model: windows in, start and end scores out."""

from typing import TYPE_CHECKING

from corpus._runtime import exported

if TYPE_CHECKING:
    from qa.reader.span_model.base import SpanModel
    from qa.reader.span_model.onnx_model import WEIGHTS, OnnxModel
    from qa.reader.span_model.span_decoding import best_spans, suppress_overlaps
    from qa.reader.span_model.torch_model import TorchModel, load_model, load_question_answering
    from qa.reader.span_model.windows import Window, Windowing

__all__ = [
    "WEIGHTS",
    "OnnxModel",
    "SpanModel",
    "TorchModel",
    "Window",
    "Windowing",
    "best_spans",
    "load_model",
    "load_question_answering",
    "suppress_overlaps",
]

_HOMES = {
    "qa.reader.span_model.base": ("SpanModel",),
    "qa.reader.span_model.onnx_model": (
        "OnnxModel",
        "WEIGHTS",
    ),
    "qa.reader.span_model.span_decoding": (
        "best_spans",
        "suppress_overlaps",
    ),
    "qa.reader.span_model.torch_model": (
        "TorchModel",
        "load_model",
        "load_question_answering",
    ),
    "qa.reader.span_model.windows": (
        "Window",
        "Windowing",
    ),
}

__getattr__, __dir__ = exported(globals(), _HOMES)
