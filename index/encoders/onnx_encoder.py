"""An encoder in ONNX, run by onnxruntime. It loads quickly and does not need torch."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Encoding, Tokenizer

from index.encoders.onnx_graphs import session
from index.types import Vectors

GRAPH, WEIGHTS = "encoder.onnx", "encoder.weights"
TOKENIZER, SETTINGS = "tokenizer.json", "settings.json"
OUTPUT = "vectors"
# Tokens encoded at once, including padding. More would not fit in the processor's cache.
BATCH_TOKENS = 2048


class OnnxEncoder:
    """A conversion by `index/encoders/onnx_conversion.py`, with the same vectors as the original model.

    Safe to use from several threads. Set `exact` to rule out faster encoders that round differently.
    """

    exact = False

    def __init__(self, name: str, folder: Path, *, sha256: str, config_sha256: str) -> None:
        """Load the conversion in `folder`; both digests are those of the original model.

        Raises:
            Exception: any error of the libraries, for files that are not as expected.
        """
        self.name, self.sha256, self.config_sha256 = name, sha256, config_sha256
        settings = json.loads((folder / SETTINGS).read_text("utf-8"))
        self.dimension = int(settings["dimension"])
        self.most_tokens = int(settings["most_tokens"])
        self._padding = int(settings["padding"])
        whole = (folder / TOKENIZER).read_text("utf-8")
        # subtle: a tokenizer stores its truncation setting, so each use gets its own, set once.
        self._tokenizer, self._whole = Tokenizer.from_str(whole), Tokenizer.from_str(whole)
        for tokenizer in (self._tokenizer, self._whole):
            tokenizer.no_padding()
            tokenizer.no_truncation()
        self._tokenizer.enable_truncation(self.most_tokens)
        self._session = session(folder / GRAPH)
        self._takes = {given.name for given in self._session.get_inputs()}

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """One row for each text, shape (n, d)."""
        encoded = self._tokenizer.encode_batch(list(texts))
        out = np.empty((len(encoded), self.dimension), np.float32)
        for batch in _batches(encoded):
            out[batch] = self._rows([encoded[i] for i in batch])
        return out

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """One row for each question, shape (n, d)."""
        return self.encode_passages(texts)

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """The tokens that are read from each text, including special tokens."""
        return [one.ids for one in self._tokenizer.encode_batch(list(texts))]

    def _rows(self, encoded: Sequence[Encoding]) -> Vectors:
        shape = len(encoded), max(len(one.ids) for one in encoded)
        ids, mask, types = np.full(shape, self._padding), np.zeros(shape, int), np.zeros(shape, int)
        for row, one in enumerate(encoded):
            n = len(one.ids)
            ids[row, :n], types[row, :n], mask[row, :n] = one.ids, one.type_ids, 1
        arrays = {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}
        inputs = {name: array for name, array in arrays.items() if name in self._takes}
        found: Vectors = self._session.run([OUTPUT], inputs)[0]
        return found

    def token_starts(self, text: str) -> Sequence[int]:
        """The offset of each token's first character, in order, without special tokens."""
        encoding: Any = self._whole.encode(text, add_special_tokens=False)
        return [start for start, _ in encoding.offsets]


def _batches(encoded: Sequence[Encoding]) -> Iterator[list[int]]:
    """Groups of texts of similar length to encode together: at most BATCH_TOKENS, padding included."""
    batch: list[int] = []
    for i in sorted(range(len(encoded)), key=lambda i: len(encoded[i].ids)):
        if batch and (len(batch) + 1) * len(encoded[i].ids) > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch
