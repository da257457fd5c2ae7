"""Export torch models to ONNX with fused layers, so that onnxruntime runs them fast without torch."""

import os
import tempfile
import warnings
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from corpus._runtime import silence_dependencies

OPSET = 17
# The inputs of a transformer, in the order in which the exporter passes them.
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
# A fusion that onnxruntime applies to every graph it loads, although it is slower: see `fuse`.
SLOWER = "SkipLayerNormFusion"


def load_onnxruntime(module: str = "") -> Any:
    """The package onnxruntime, or a module in it, with telemetry turned off. It is imported only here.

    By default it would contact a collector after ten seconds, and store an id for this device.
    """
    silence_dependencies()
    package = import_module("onnxruntime")
    # Windows needs an older switch, and the user's own program may have imported the package before.
    if os.environ["ORT_DISABLE_TELEMETRY"] == "1":
        package.disable_telemetry_events()
    return import_module(f"onnxruntime.{module}") if module else package


def trace(
    module: Any, path: Path, *, inputs: Sequence[str], outputs: dict[str, dict[int, str]]
) -> None:
    """Write a torch module with these `inputs`, each of shape (rows, tokens), to an ONNX file.

    `outputs` has the name of each output, in order, with its axes of variable length.

    Raises:
        ImportError: if the package onnx is not installed.
        RuntimeError, ValueError: if the module cannot be exported.
    """
    import torch

    ids = torch.full((2, 16), 5, dtype=torch.long)
    mask = torch.ones_like(ids)
    mask[1, 10:] = 0
    given = (ids, mask, torch.zeros_like(ids))[: len(inputs)]
    free = {0: "rows", 1: "tokens"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # The older exporter writes eager attention in a form that onnxruntime can fuse completely.
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
    """Write a BERT graph with the operators of each layer fused; it has `heads` heads, `size` dimensions.

    One fusion is left out: addition and normalisation take a quarter of the time when kept separate (0.13
    ms for 250 tokens of 384 dimensions, fused 0.49 ms), since onnxruntime's fused operator does not use
    vector instructions.
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
    """The bytes of a graph, and of its weights as a separate file called `name` in the same folder.

    onnxruntime maps such a file into memory. A session then opens in a fifth of the time that it takes
    to read the weights from the graph.
    """
    import onnx

    with tempfile.TemporaryDirectory() as there:
        model = onnx.load(path)
        onnx.save(model, Path(there) / path.name, save_as_external_data=True, location=name)
        return (Path(there) / path.name).read_bytes(), (Path(there) / name).read_bytes()


def session(path: Path, *, threads: int = 0) -> Any:
    """An onnxruntime session for the file, on the CPU. It logs only errors.

    Each run uses `threads` threads; 0 means one for each core.
    """
    onnxruntime = load_onnxruntime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # The library's warnings do not help a user who asks a question.
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(
        path, options, providers=["CPUExecutionProvider"], disabled_optimizers=[SLOWER]
    )
