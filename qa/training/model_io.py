"""Prepare the model that a training run starts from, and write the one that it produces."""

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from index.encoders import (
    DEFAULT_ENCODER,
    DEFAULT_SHA256,
    check_recorded,
    encoder_folder,
    file_sha256,
    files_sha256,
    model_folder,
    weights_sha256,
)
from qa.reader import DEFAULT_READER, DEFAULT_READER_SHA256, reader_folder
from qa.reader.confidence import FILE_NAME
from qa.reader.span_model import WEIGHTS
from qa.training.onnx_import import import_weights
from qa.training.trainer import Training


@contextmanager
def starting_folder(name: str | None) -> Iterator[Path]:
    """A folder that torch can load: our own reader (None), the default encoder, or a model by name.

    An int8 ONNX model is first converted back to weights that can be trained.

    Raises:
        ModelError: if the model cannot be found, is not the recorded one, or cannot be converted.
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


def finish(
    training: Training,
    out: Path,
    *,
    files: Sequence[Path],
    start: str | None,
    held_out: float,
    scores: Mapping[str, float],
) -> None:
    """Write weights, tokeniser and `training.json` to `out`, and delete the checkpoint.

    Another reader's ONNX and confidence files there are deleted: the ONNX would be loaded first, and the
    confidence does not fit this reader.
    """
    import torch
    import transformers

    for name in (WEIGHTS, FILE_NAME):
        (out / name).unlink(missing_ok=True)
    training.model.model.save_pretrained(out)
    training.model.tokenizer.save_pretrained(out)
    record = {
        "start": start,
        "start_sha256": training.start_sha256,
        "recipe": asdict(training.recipe),
        "examples": training.size,
        "held_out": {"share": held_out, **scores},
        "steps": training.place.step,
        "hours": round(training.place.seconds / 3600, 2),
        "device": training.device,
        "files": {path.name: file_sha256(path) for path in files},
        "versions": {
            "corpus-qa": version("corpus-qa"),
            "torch": torch.__version__,
            "transformers": transformers.__version__,
        },
    }
    (out / "training.json").write_text(json.dumps(record, indent=2) + "\n", "utf-8")
    training.checkpoint.unlink(missing_ok=True)
