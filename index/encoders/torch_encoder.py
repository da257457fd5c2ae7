"""Encoders run by sentence-transformers with torch: any of its models, on the CPU or a GPU."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from corpus.errors import ModelError
from index.encoders.model_files import check_recorded, config_sha256, weights_sha256
from index.types import Vectors

# The number of tokens for a model that does not state how many it reads: more than any passage has.
_UNLIMITED = 1_000_000


def chosen_device(name: str) -> str:
    """The device to use: "cpu" or "cuda" as given, and for "auto" a GPU if there is one.

    Raises:
        ModelError: if "cuda" is asked for and there is no GPU, or if the name is unknown.
    """
    if name == "cpu":
        return name
    if name not in ("auto", "cuda"):
        raise ModelError(f"There is no device {name!r}. Use cpu, cuda or auto.")
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if name == "auto":
        return "cpu"
    raise ModelError(
        "There is no GPU that this torch can use. Omit --device, or install torch for your GPU: "
        "pytorch.org/get-started."
    )


class SentenceTransformerEncoder:
    """Any sentence-transformers model, with its prompts for questions and documents."""

    def __init__(
        self, name: str, folder: Path, *, expected: str | None = None, device: str = "cpu"
    ) -> None:
        """Load the model in `folder`, after checking that its weights have the `expected` SHA-256.

        On a GPU ("cuda") it runs in half precision.

        Raises:
            ModelError: if the weights are others, or the model cannot be loaded.
        """
        self.name = name
        self.sha256 = weights_sha256(folder)
        if expected is not None:
            check_recorded(name, self.sha256, expected)
        # The files come from elsewhere, so any error of the libraries is about the model.
        try:
            self.model = _sentence_transformer(folder, device)
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
        found = np.asarray(rows, np.float32)
        if self.model.device.type != "cpu":  # rows in half precision do not have length exactly 1
            found /= np.linalg.norm(found, axis=1, keepdims=True)
        return found

    def token_starts(self, text: str) -> Sequence[int]:
        """The offset of each token's first character, in order, without special tokens."""
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        return [start for start, _ in encoding.offsets]


def _sentence_transformer(folder: Path, device: str) -> Any:
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    found = SentenceTransformer(
        str(folder),
        device=device,
        local_files_only=True,
        trust_remote_code=False,
        model_kwargs={"use_safetensors": True},
    )
    return found if device == "cpu" else found.half()


def _whole_text_tokenizer(model: Any) -> Any:
    """A copy of the model's tokenizer that neither truncates nor pads."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(model.tokenizer.backend_tokenizer.to_str())
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
