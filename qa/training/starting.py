"""The model that a training run starts from, as a folder that torch can load."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.encoding import DEFAULT_ENCODER, DEFAULT_SHA256, encoder_folder, model_folder
from index.model_files import check_recorded, files_sha256, weights_sha256
from qa.onnx_model import WEIGHTS
from qa.reading import DEFAULT_READER, DEFAULT_READER_SHA256, reader_folder
from qa.training.importing import import_weights


@contextmanager
def starting_folder(name: str | None) -> Iterator[Path]:
    """The folder of our own reader (None), of the default encoder, or of any other model by its name.

    What lies as int8 ONNX is turned back into weights that can be trained.

    Raises:
        ModelError: if it cannot be found, is not the recorded one, or cannot be turned back.
    """
    if name in (None, DEFAULT_READER):
        folder = reader_folder()
        check_recorded(DEFAULT_READER, files_sha256(folder, ".onnx"), DEFAULT_READER_SHA256)
    elif name == DEFAULT_ENCODER:
        folder = encoder_folder()
        check_recorded(DEFAULT_ENCODER, weights_sha256(folder), DEFAULT_SHA256)
    else:
        assert name is not None
        folder = model_folder(name)
    if not (folder / WEIGHTS).exists():
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="qa-train-") as there:
        import_weights(folder, Path(there))
        yield Path(there)
