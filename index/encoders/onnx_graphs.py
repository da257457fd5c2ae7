"""From torch to ONNX with the layers fused, so that onnxruntime runs them fast and torch is not needed."""

import os
import tempfile
import warnings
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from corpus._runtime import silence_dependencies

OPSET = 17
# What a transformer takes, in the order in which the exporter gives it.
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
# What onnxruntime would do by itself to a graph that it loads, though it is slower: see `fuse`.
SLOWER = "SkipLayerNormFusion"


def load_onnxruntime(module: str = "") -> Any:
    """The package onnxruntime, or a module in it, that tells its makers nothing. Imported only here.

    Left alone, it would look for a collector after ten seconds, and keep a number for this device.
    """
    silence_dependencies()
    package = import_module("onnxruntime")
    # Windows has an older way to be told, and the user's own program may have imported it before.
    if os.environ["ORT_DISABLE_TELEMETRY"] == "1":
        package.disable_telemetry_events()
    return import_module(f"onnxruntime.{module}") if module else package


def trace(
    module: Any, path: Path, *, inputs: Sequence[str], outputs: dict[str, dict[int, str]]
) -> None:
    """Write a torch module that takes `inputs`, each of shape (rows, tokens), to an ONNX file.

    `outputs` are the names of what it gives, in order, each with its axes of any length.

    Raises:
        ImportError: if the package onnx is not installed.
        RuntimeError, ValueError: if it cannot be exported.
    """
    import torch

    ids = torch.full((2, 16), 5, dtype=torch.long)
    mask = torch.ones_like(ids)
    mask[1, 10:] = 0
    given = (ids, mask, torch.zeros_like(ids))[: len(inputs)]
    free = {0: "rows", 1: "tokens"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # The older exporter writes the eager form of attention so that onnxruntime can fuse all of it.
        torch.onnx.export(
            module.eval(),
            given,
            str(path),
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes={**dict.fromkeys(inputs, free), **outputs},
            opset_version=OPSET,
            dynamo=False,
        )


def fuse(path: Path, out: Path, *, heads: int, size: int) -> None:
    """Write the graph with the operators of each layer fused: BERT's, of so many heads and dimensions.

    All but one: an addition and a normalisation take a quarter of the time apart (0.13 ms for 250 tokens
    of 384 dimensions, fused 0.49), since onnxruntime has no vector instructions in the fused operator.
    """
    options = load_onnxruntime("transformers.fusion_options").FusionOptions("bert")
    options.enable_skip_layer_norm = options.enable_bias_skip_layer_norm = False
    found = load_onnxruntime("transformers.optimizer").optimize_model(
        str(path),
        model_type="bert",
        num_heads=heads,
        hidden_size=size,
        opt_level=0,
        use_gpu=False,
        optimization_options=options,
    )
    found.save_model_to_file(str(out))


def apart(path: Path, name: str) -> tuple[bytes, bytes]:
    """A graph, and its weights as another file, which has that name and lies beside it.

    onnxruntime maps such a file into memory: a session is there in a fifth of the time that it takes to
    read the weights out of the graph.
    """
    import onnx

    with tempfile.TemporaryDirectory() as there:
        model = onnx.load(path)
        onnx.save(model, Path(there) / path.name, save_as_external_data=True, location=name)
        return (Path(there) / path.name).read_bytes(), (Path(there) / name).read_bytes()


def session(path: Path, *, threads: int = 0) -> Any:
    """An onnxruntime session of the file on the processor; it says nothing but errors.

    Each run of it takes `threads` threads; 0 means one for each core.
    """
    onnxruntime = load_onnxruntime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # Warnings of the library's are no news to who asks a question.
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(
        path, options, providers=["CPUExecutionProvider"], disabled_optimizers=[SLOWER]
    )
