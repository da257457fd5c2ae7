"""Load a reader by its name: our own, the sentence reader, or another question-answering model."""

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
    """Load the reader with this name: our own (the default), "sentences", or another model.

    A model is a folder, or a name on the hub; only a name that is not a folder causes a request.
    "sentences" uses `encoder`, or the default one.

    Raises:
        ModelError: if the reader cannot be found or loaded, is not a question-answering model, or is our
            own but does not have the recorded SHA-256.
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
    """Load the reader in a folder; with `expected`, only if its files have this SHA-256.

    With `fitted=False`, the fitted confidence in the folder is ignored: it may have an older format.

    Raises:
        ModelError: if the reader cannot be loaded, or its files are not the expected ones.
    """
    is_onnx = (folder / ONNX_WEIGHTS).exists()
    sha256 = files_sha256(folder, ".onnx" if is_onnx else ".safetensors")
    if expected is not None:
        check_recorded(name, sha256, expected)
    model = OnnxModel(name, folder) if is_onnx else load_model(name, folder)
    confidence = (LogisticConfidence.load(folder) if fitted else None) or ScoreConfidence()
    return ExtractiveReader(name, model, sha256=sha256, confidence=confidence)
