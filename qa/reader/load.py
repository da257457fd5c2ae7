"""Readers: from a question and passages to quotes, in the documents' own words.

The default one is our own: `ExtractiveReader` (`qa/reader/extractive_reader.py`) with the model that this package
holds (`qa/models/reader/`). It runs any other extractive question-answering model as well.
`SentenceReader`, here, needs no such model: it picks the sentence that fits the question best, and
says no more than that.
"""

from importlib.resources import files
from pathlib import Path

from index.encoders import check_recorded, files_sha256, load_encoder, model_folder
from index.types import Encoder
from qa.reader.base import Reader
from qa.reader.confidence import LogisticConfidence, ScoreConfidence
from qa.reader.extractive_reader import ExtractiveReader
from qa.reader.sentence_reader import SENTENCE_READER, SentenceReader
from qa.reader.span_model import WEIGHTS as ONNX_WEIGHTS
from qa.reader.span_model import OnnxModel, load_model

DEFAULT_READER = "corpus-qa-reader"


DEFAULT_READER_SHA256 = "7d2445d067fd47e7cbfd74aac7852561531413122f47ef3b18087b5e50b21a9f"


def load_reader(name: str | None, encoder: Encoder | None = None) -> Reader:
    """The reader of that name: our own (the default), "sentences", or another model.

    A model is a folder, or a name on the hub; only a name that is no folder leads to a request.
    "sentences" compares with `encoder`, or with the default one.

    Raises:
        ModelError: if it cannot be found or loaded, answers no questions, or ours is not the recorded
            one.
    """
    if name in (None, DEFAULT_READER):
        return load_extractive_reader(
            DEFAULT_READER, reader_folder(), expected=DEFAULT_READER_SHA256
        )
    if name == SENTENCE_READER:
        return SentenceReader(encoder or load_encoder())
    assert name is not None
    return load_extractive_reader(name, model_folder(name))


def reader_folder() -> Path:
    """The folder of our own reader."""
    return Path(str(files("qa.reader").joinpath("weights")))


def load_extractive_reader(
    name: str, folder: Path, *, expected: str | None = None, fitted: bool = True
) -> ExtractiveReader:
    """The reader whose files lie in a folder; with `expected`, only if that is their SHA-256.

    Without `fitted`, what its confidence was fitted to is left aside: it may be of an older form.

    Raises:
        ModelError: if it cannot be loaded, or its files are not the expected ones.
    """
    is_onnx = (folder / ONNX_WEIGHTS).exists()
    sha256 = files_sha256(folder, ".onnx" if is_onnx else ".safetensors")
    if expected is not None:
        check_recorded(name, sha256, expected)
    model = OnnxModel(name, folder) if is_onnx else load_model(name, folder)
    confidence = (LogisticConfidence.load(folder) if fitted else None) or ScoreConfidence()
    return ExtractiveReader(name, model, sha256=sha256, confidence=confidence)
