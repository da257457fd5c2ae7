"""Convert the int8 ONNX of `qa export` back to weights that can be trained, to fine-tune our own reader."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.errors import ModelError
from qa.reader.span_model import WEIGHTS
from qa.training.onnx_export import BESIDE, PREFIX

Floats = NDArray[np.float32]

# The number of tensors in each layer of BERT, and outside the layers (embeddings and answer head).
_A_LAYER, _BESIDES = 16, 7


def import_weights(folder: Path, out: Path) -> None:
    """Write the model in `folder` to `out` as safetensors; it reads like the int8 one.

    Only BERT's architecture is supported, in the form that `qa export` writes.

    Raises:
        ModelError: if the model has another form.
    """
    import onnx
    from safetensors.numpy import save_file

    # The files come from others: whatever the libraries raise here means that the model is unusable.
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        graph = onnx.load(str(folder / WEIGHTS)).graph
        weights = _weights(graph, int(config["num_hidden_layers"]))
    except Exception as error:
        raise ModelError(
            f"The reader in {str(folder)!r} cannot be trained further: its ONNX is not in the form that "
            "qa export writes for BERT. Pass a folder with safetensors."
        ) from error
    save_file(weights, str(out / "model.safetensors"), {"format": "pt"})
    for file in BESIDE:
        if (folder / file).exists():
            shutil.copyfile(folder / file, out / file)


def _weights(graph: Any, layers: int) -> dict[str, Floats]:
    from onnx import numpy_helper

    held = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    found = {
        name[len(PREFIX) :].removesuffix("_quantized"): _dequantised(held, name)
        for name in held
        if name.startswith(PREFIX) and not name.endswith(("_scale", "_zero_point"))
    }
    # subtle: the exporter renames the matrices, but keeps them in the order of the layers.
    joined = [node.input[1] for node in graph.node if node.op_type in ("QAttention", "Attention")]
    biases = [node.input[2] for node in graph.node if node.op_type in ("QAttention", "Attention")]
    rest = [
        node.input[1]
        for node in graph.node
        if node.op_type in ("MatMulInteger", "MatMul") and node.input[1] in held
    ]
    for layer in range(layers):
        base = f"bert.encoder.layer.{layer}"
        matrices = np.split(_dequantised(held, joined[layer]).T, 3)
        parts = np.split(held[biases[layer]], 3)
        for kind, matrix, bias in zip(("query", "key", "value"), matrices, parts, strict=True):
            found[f"{base}.attention.self.{kind}.weight"] = matrix
            found[f"{base}.attention.self.{kind}.bias"] = bias
        names = ("attention.output.dense", "intermediate.dense", "output.dense")
        for name, matrix in zip(names, rest[3 * layer : 3 * layer + 3], strict=True):
            found[f"{base}.{name}.weight"] = _dequantised(held, matrix).T
    found["qa_outputs.weight"] = _dequantised(held, rest[3 * layers]).T
    if unknown := {name for name in found if not name.startswith(("bert.", "qa_outputs."))}:
        raise ValueError(f"weights that BERT does not have: {sorted(unknown)}")
    if len(found) != _BESIDES + _A_LAYER * layers:
        raise ValueError(f"{len(found)} weights for {layers} layers")
    return {name: np.ascontiguousarray(values, np.float32) for name, values in found.items()}


def _dequantised(held: dict[str, NDArray[Any]], name: str) -> Floats:
    """The values of a tensor before quantisation, or nearly: (q - zero) * scale, which may be per column."""
    values = held[name]
    base = name.removesuffix("_quantized")
    if base == name:
        return np.asarray(values, np.float32)
    zero = held[f"{base}_zero_point"].astype(np.float32)
    return np.asarray((values.astype(np.float32) - zero) * held[f"{base}_scale"], np.float32)
