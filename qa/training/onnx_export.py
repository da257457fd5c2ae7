"""Export a trained reader to int8 ONNX: a quarter of the size, and no torch needed to read with it."""

import logging
import shutil
import tempfile
from pathlib import Path
from typing import Any

from corpus.errors import ModelError
from index.encoders import INPUTS, fuse, load_onnxruntime, trace
from qa.reader.confidence import FILE_NAME
from qa.reader.span_model import WEIGHTS, TorchModel, load_model

# The files that are copied along with the weights.
BESIDE = ("config.json", "tokenizer.json", "tokenizer_config.json", "training.json")
OUTPUTS = ("start_logits", "end_logits")
# The prefix of the model's weights in the file.
PREFIX = "model."


def export(folder: Path, out: Path, *, int8: bool = True) -> Path:
    """Write the reader in `folder` to the folder `out` as ONNX, and return the file written.

    The layers are fused by onnxruntime's optimiser. With `int8`, the weights are quantised per channel
    and the activations dynamically (Jacob et al. 2018, arxiv.org/abs/1712.05877).

    Another reader's ONNX and confidence files in `out` are deleted: its confidence was fitted on other
    scores.

    Raises:
        ModelError: if the reader cannot be loaded or exported, or `out` is `folder`.
        OSError: if `out` cannot be written to.
    """
    if not folder.is_dir():
        raise ModelError(f"There is no folder {str(folder)!r}. Pass one that qa train wrote.")
    model = load_model(str(folder), folder)
    out.mkdir(parents=True, exist_ok=True)
    if out.samefile(folder):
        raise ModelError(f"{str(folder)!r} cannot be exported to itself. Use another folder.")
    for name in (WEIGHTS, FILE_NAME):
        (out / name).unlink(missing_ok=True)
    try:
        with tempfile.TemporaryDirectory() as name:
            plain, fused = Path(name) / "plain.onnx", Path(name) / "fused.onnx"
            _traced(model, plain)
            _fused(model, plain, fused)
            if int8:
                _quantised(fused, out / WEIGHTS)
            else:
                shutil.copyfile(fused, out / WEIGHTS)
    except (RuntimeError, ValueError) as error:
        raise ModelError(
            f"The reader {str(folder)!r} cannot be exported: {' '.join(str(error).split())[:300]}"
        ) from error
    for file in BESIDE:
        if (folder / file).exists():
            shutil.copyfile(folder / file, out / file)
    # subtle: many tokenisers do not record the model's limit, and ONNX does not show it either.
    model.tokenizer.model_max_length = model.limit
    model.tokenizer.save_pretrained(out)
    return out / WEIGHTS


def _traced(model: TorchModel, path: Path) -> None:
    import torch

    class Spans(torch.nn.Module):  # type: ignore[misc]  # torch is not typed here
        """Returns the two scores as a pair, which the exporter requires."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model.model

        def forward(self, *given: Any) -> tuple[Any, Any]:
            output = self.model(**dict(zip(names, given, strict=True)))
            return output.start_logits, output.end_logits

    names = INPUTS if model.typed else INPUTS[:2]
    model.model.set_attn_implementation("eager")
    free = {0: "rows", 1: "tokens"}
    trace(Spans(), path, inputs=names, outputs=dict.fromkeys(OUTPUTS, free))


def _fused(model: TorchModel, path: Path, out: Path) -> None:
    config = model.model.config
    fuse(path, out, heads=config.num_attention_heads, size=config.hidden_size)


def _quantised(path: Path, out: Path) -> None:
    import onnx

    quantization = load_onnxruntime("quantization")
    # The library logs a recommendation for a step that would undo the fusion.
    logging.getLogger().addFilter(_unwanted)
    try:
        quantization.quantize_dynamic(
            str(path),
            str(out),
            per_channel=True,
            weight_type=quantization.QuantType.QInt8,
            # The library cannot infer the types of the fused operators.
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )
    finally:
        logging.getLogger().removeFilter(_unwanted)


def _unwanted(record: logging.LogRecord) -> bool:
    return "pre-processing before quantization" not in record.getMessage()
