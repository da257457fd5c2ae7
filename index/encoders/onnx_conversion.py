"""Convert the default encoder from sentence-transformers to ONNX once, and keep it in the user's cache."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from index.encoders.model_files import file_sha256
from index.encoders.onnx_encoder import GRAPH, OUTPUT, SETTINGS, TOKENIZER, WEIGHTS, OnnxEncoder
from index.encoders.onnx_graphs import INPUTS, apart, fuse, trace
from index.storage import is_own_folder, replace_file

# Raise this when the same model would be converted to a different graph.
VERSION = 3
# The environment variable with the folder for converted models, instead of the user's cache folder.
VARIABLE = "CORPUS_QA_MODELS"
# The most by which each number of a converted model's vector may differ from the model's own.
TOLERANCE = 1e-4
# How the names begin of what is not yet, or will never be, a conversion.
_UNFINISHED = "unfinished-"
SAMPLE = (
    "A question?",
    "The tunnel under the mountains was opened on 1 June 2016, after seventeen years of work.",
    "rain " * 400,
    "",
)


def conversion_folder(sha256: str, config_sha256: str) -> Path:
    """The folder for the conversion of the model with these digests; it may not exist yet."""
    from platformdirs import user_cache_path

    named = os.environ.get(VARIABLE)
    above = Path(named) if named else user_cache_path("corpus-qa") / "models"
    key = hashlib.sha256(f"{VERSION} {sha256} {config_sha256}".encode()).hexdigest()
    return above / key[:24]


def open_converted(name: str, sha256: str, config_sha256: str) -> OnnxEncoder | None:
    """The conversion that was kept, if its files are those that were written; None where there is none."""
    folder = conversion_folder(sha256, config_sha256)
    sweep_abandoned(folder.parent)
    # Whatever is wrong with what was kept, it can be made again.
    with suppress(Exception):
        settings = json.loads((folder / SETTINGS).read_text("utf-8"))
        if all(
            file_sha256(folder / file) == settings[file] for file in (GRAPH, WEIGHTS, TOKENIZER)
        ):
            return OnnxEncoder(name, folder, sha256=sha256, config_sha256=config_sha256)
    return None


def convert(model: Any, name: str, sha256: str, config_sha256: str) -> OnnxEncoder | None:
    """Convert a `SentenceTransformer` and store it; None if that fails or gives different vectors.

    Safe for several processes at once: each finds either a complete conversion or none.
    """
    from filelock import FileLock

    folder = conversion_folder(sha256, config_sha256)
    # Errors of the libraries over a model they cannot convert do not matter: it runs unconverted.
    with suppress(Exception):
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / "lock"):
            if found := open_converted(name, sha256, config_sha256):
                return found
            _sweep(folder)
            _write(model, folder)
        found = open_converted(name, sha256, config_sha256)
        if found is not None and _agree(model, found, SAMPLE):
            return found
        (folder / SETTINGS).unlink(missing_ok=True)
    return None


def sweep_abandoned(above: Path) -> None:
    """Remove what killed conversions left in the folders of this one, some 90 MB each."""
    from filelock import FileLock, Timeout

    with suppress(OSError):
        for left in above.glob(f"*/*{_UNFINISHED}*"):
            # Whoever is still at work holds the lock of its folder.
            with suppress(Timeout, OSError), FileLock(left.parent / "lock").acquire(timeout=0):
                _sweep(left.parent)


def _sweep(folder: Path) -> None:
    """Remove what is unfinished in a folder of which the lock is held, so that nobody is at work on it."""
    for left in folder.glob(f"*{_UNFINISHED}*"):
        if is_own_folder(left):
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def _write(model: Any, folder: Path) -> None:
    bert = model[0].auto_model
    bert.set_attn_implementation("eager")
    with tempfile.TemporaryDirectory(dir=folder, prefix=_UNFINISHED) as name:
        plain, fused = Path(name) / "plain.onnx", Path(name) / "fused.onnx"
        trace(_sentences(model), plain, inputs=INPUTS, outputs={OUTPUT: {0: "rows"}})
        fuse(plain, fused, heads=bert.config.num_attention_heads, size=bert.config.hidden_size)
        graph, weights = apart(fused, WEIGHTS)
    tokenizer = model.tokenizer.backend_tokenizer.to_str().encode()
    settings = {
        "dimension": int(model.get_embedding_dimension()),
        "most_tokens": int(model.max_seq_length),
        "padding": int(model.tokenizer.pad_token_id),
        GRAPH: hashlib.sha256(graph).hexdigest(),
        WEIGHTS: hashlib.sha256(weights).hexdigest(),
        TOKENIZER: hashlib.sha256(tokenizer).hexdigest(),
    }
    # The settings are written last: if they exist, the rest is complete.
    said = json.dumps(settings, indent=2).encode()
    written = ((WEIGHTS, weights), (GRAPH, graph), (TOKENIZER, tokenizer), (SETTINGS, said))
    for file, data in written:
        place = folder / f"{_UNFINISHED}{file}"
        with replace_file(place) as handle:
            handle.write(data)
        place.replace(folder / file)


def _sentences(model: Any) -> Any:
    """The whole model, with pooling and scaling, as a torch module from tensors to one tensor."""
    import torch

    class Sentences(torch.nn.Module):  # type: ignore[misc]  # torch is not typed here
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *given: Any) -> Any:
            features = self.model(dict(zip(INPUTS, given, strict=True)))
            return torch.nn.functional.normalize(features["sentence_embedding"], dim=1)

    return Sentences()


def _agree(model: Any, converted: OnnxEncoder, texts: Sequence[str]) -> bool:
    wanted = model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
    return bool(np.abs(converted.encode_passages(texts) - wanted).max() <= TOLERANCE)
