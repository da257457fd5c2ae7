"""The default encoder in bfloat16, for many passages, on processors that multiply bfloat16 quickly."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from corpus._runtime import processors
from index.encoders.model_files import check_recorded, weights_sha256
from index.encoders.onnx_encoder import OnnxEncoder
from index.types import Vectors

# Tokens that one thread encodes at once: just enough to fill its vector units, so that the data stays in
# the cache of its core.
PACK_TOKENS = 512
# The least cosine between a vector and its float32 version. A bfloat16 number has eight bits of precision.
LEAST_COSINE = 0.999
# Weighted sums of exponentials up to this are far from overflow in bfloat16.
LARGEST = 60.0
# The texts on which both encoders are timed before one is chosen: as long as usual passages, a quarter
# of a second of work.
TRIAL = tuple(
    f"{day} June: the tunnel under the mountains was opened after seventeen years of work. " * 10
    for day in range(1, 9)
)


class Bfloat16Encoder:
    """The model of an `OnnxEncoder`, run by torch in bfloat16. Questions still use that one, in float32.

    The linear layers work on the concatenated tokens of several passages, attention on one passage at a
    time, so nothing is padded. Each thread encodes passages of its own, so none waits for another.
    """

    def __init__(self, exact: OnnxEncoder, folder: Path) -> None:
        """Load the weights of `exact` from the folder of the model from which it was converted.

        Raises:
            ModelError: if the folder has other weights.
            Exception: any error of the libraries, for files that are not as expected or a processor
                that is not supported.
        """
        check_recorded(exact.name, weights_sha256(folder), exact.sha256)
        self._exact = exact
        self.name, self.sha256, self.config_sha256 = exact.name, exact.sha256, exact.config_sha256
        self.dimension, self.most_tokens = exact.dimension, exact.most_tokens
        self.encode_questions, self.token_starts = exact.encode_questions, exact.token_starts
        self._model = _Model(folder)
        self._threads = ThreadPoolExecutor(processors(), "encoder", initializer=_alone)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """One row for each text, shape (n, d)."""
        tokens = self._exact.tokens(texts)
        out = np.empty((len(tokens), self.dimension), np.float32)
        # The longest go first, so that all threads finish at about the same time.
        packs = list(_packs(tokens))[::-1]
        rows = self._threads.map(lambda pack: self._model.rows([tokens[i] for i in pack]), packs)
        for pack, found in zip(packs, rows, strict=True):
            out[pack] = found
        return out


def quicker(exact: OnnxEncoder, folder: Path) -> Bfloat16Encoder | None:
    """The bfloat16 encoder, if it is faster on this processor and gives the same vectors; else None.

    The same means a cosine of at least `LEAST_COSINE`. Both encoders are run on a short sample.
    """
    # If anything fails (no torch for this system, an unsupported processor), the exact one is used.
    with suppress(Exception):
        found = Bfloat16Encoder(exact, folder)
        taken, rows = _tried(found.encode_passages)
        exactly_taken, exact_rows = _tried(exact.encode_passages)
        if taken < exactly_taken and float((rows * exact_rows).sum(1).min()) >= LEAST_COSINE:
            return found
    return None


def _tried(encode: Callable[[Sequence[str]], Vectors]) -> tuple[float, Vectors]:
    """The seconds that `encode` takes for `TRIAL` once it is warm, and its vectors."""
    encode(TRIAL[:2])
    began = time.perf_counter()
    rows = encode(TRIAL)
    return time.perf_counter() - began, rows


def _packs(tokens: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Groups of texts to encode together, the shortest first: up to `PACK_TOKENS` tokens, or one text."""
    pack: list[int] = []
    size = 0
    for i in sorted(range(len(tokens)), key=lambda i: len(tokens[i])):
        if pack and size + len(tokens[i]) > PACK_TOKENS:
            yield pack
            pack, size = [], 0
        pack.append(i)
        size += len(tokens[i])
    if pack:
        yield pack


def _alone() -> None:
    """Make torch use only the calling thread for its work."""
    import torch

    torch.set_num_threads(1)


class _Model:
    """BERT (Devlin et al. 2019, arxiv.org/abs/1810.04805) with mean pooling over the tokens."""

    def __init__(self, folder: Path) -> None:
        import torch
        from safetensors.torch import load_file

        config = json.loads((folder / "config.json").read_text("utf-8"))
        heads, self._epsilon = config["num_attention_heads"], config["layer_norm_eps"]
        held = load_file(folder / "model.safetensors")
        held = {
            name: array.to(torch.bfloat16)
            for name, array in held.items()
            if array.is_floating_point()
        }
        self._words, self._places, types = (
            held[f"embeddings.{name}_embeddings.weight"]
            for name in ("word", "position", "token_type")
        )
        self._type = types[0]
        self._norm = _pair(held, "embeddings.LayerNorm")
        count = config["num_hidden_layers"]
        self._layers = [_Layer(held, f"encoder.layer.{i}.", heads) for i in range(count)]

    def rows(self, texts: Sequence[Sequence[int]]) -> Vectors:
        """The vectors of texts given as tokens, shape (n, d)."""
        import torch
        from torch.nn.functional import layer_norm, normalize

        sizes = [len(text) for text in texts]
        with torch.inference_mode():
            ids = torch.tensor([id for text in texts for id in text])
            places = torch.cat([self._places[:size] for size in sizes])
            x = self._words[ids] + places + self._type
            x = layer_norm(x, x.shape[-1:], *self._norm, self._epsilon)
            for layer in self._layers:
                x = layer.after(x, sizes, self._epsilon)
            means = torch.stack([part.float().mean(0) for part in x.split(sizes)])
            found: Vectors = normalize(means).numpy()
        return found


class _Layer:
    """One layer: attention within each text, then two linear layers for each token."""

    def __init__(self, held: dict[str, Any], base: str, heads: int) -> None:
        import torch

        parts = [_pair(held, f"{base}attention.self.{name}") for name in ("query", "key", "value")]
        size = parts[0][0].shape[0] // heads
        # The scale of the dot products is folded into the query weights.
        parts[0] = (parts[0][0] * size**-0.5, parts[0][1] * size**-0.5)
        self._shape = 3, heads, size
        self._parts = _linear(*(torch.cat(both) for both in zip(*parts, strict=True)))
        self._out = _linear(*_pair(held, f"{base}attention.output.dense"))
        self._up = _linear(*_pair(held, f"{base}intermediate.dense"), then="gelu")
        self._down = _linear(*_pair(held, f"{base}output.dense"))
        self._norms = [
            _pair(held, f"{base}{name}.LayerNorm") for name in ("attention.output", "output")
        ]

    def after(self, x: Any, sizes: Sequence[int], epsilon: float) -> Any:
        """The output of the layer for the tokens of texts of these sizes; `x` and it are (tokens, d)."""
        import torch
        from torch.nn.functional import layer_norm

        attended = torch.cat([self._attended(part) for part in self._parts(x).split(sizes)])
        x = layer_norm(self._out(attended) + x, x.shape[-1:], *self._norms[0], epsilon)
        return layer_norm(self._down(self._up(x)) + x, x.shape[-1:], *self._norms[1], epsilon)

    def _attended(self, parts: Any) -> Any:
        import torch

        query, key, value = parts.view(-1, *self._shape).permute(1, 2, 0, 3)
        # A softmax in steps, which takes half the time of torch's own in bfloat16. The usual protection
        # from overflow, subtracting the maximum, is left out: the products are small. The bound is for
        # unusual texts.
        weights = torch.bmm(query, key.transpose(1, 2)).clamp_(max=LARGEST).exp_()
        found = torch.bmm(weights, value).div_(weights.sum(-1, keepdim=True))
        return found.transpose(0, 1).reshape(len(parts), -1)


def _pair(held: dict[str, Any], name: str) -> tuple[Any, Any]:
    return held[f"{name}.weight"], held[f"{name}.bias"]


def _linear(weight: Any, bias: Any, then: str = "") -> Callable[[Any], Any]:
    """A linear layer, followed by `then` ("gelu") if given."""
    import torch

    # torch's own compiler uses these operators where it can: the weights are put once into the layout
    # that suits the processor, and the activation needs no second pass. This saves a tenth of the time.
    with suppress(AttributeError, RuntimeError, TypeError):
        ops = torch.ops.mkldnn
        packed = ops._reorder_linear_weight(weight, PACK_TOKENS)
        how: tuple[Any, ...] = (then, [], "none") if then else ("none", [], "")
        ops._linear_pointwise(weight[:2], packed, bias, *how)
        return lambda x: ops._linear_pointwise(x, packed, bias, *how)
    linear, gelu = torch.nn.functional.linear, torch.nn.functional.gelu
    return lambda x: gelu(linear(x, weight, bias)) if then else linear(x, weight, bias)
