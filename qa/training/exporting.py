"""A trained reader as int8 ONNX: a quarter of the size, and no torch needed to read with it."""

import logging
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any

from corpus.errors import ModelError
from qa.checkpoint import TorchModel, load_model
from qa.confidence import FILE_NAME
from qa.onnx_model import WEIGHTS

# What lies beside the weights and goes with them.
BESIDE = ("config.json", "tokenizer.json", "tokenizer_config.json", "training.json")
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
OUTPUTS = ("start_logits", "end_logits")
OPSET = 17
# What the names of the model's weights begin with in the file.
PREFIX = "model."


def export(folder: Path, out: Path, *, int8: bool = True) -> Path:
    """Write the reader of `folder` to the folder `out` as ONNX; the file that was written.

    The layers are fused by onnxruntime's optimiser; with `int8` the weights are quantised per channel
    and the activations as they come (Jacob et al. 2018, arxiv.org/abs/1712.05877).

    What another reader left in `out` goes, its confidence above all: it was fitted on other scores.

    Raises:
        ModelError: if it cannot be loaded or exported, `out` is `folder`, or the packages for it are not
            installed.
        OSError: if `out` cannot be written.
    """
    if not folder.is_dir():
        raise ModelError(f"There is no folder {str(folder)!r}. Name one that qa train wrote.")
    model = load_model(str(folder), folder)
    out.mkdir(parents=True, exist_ok=True)
    if out.samefile(folder):
        raise ModelError(f"{str(folder)!r} cannot be exported to itself. Name another folder.")
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
    except ImportError as error:
        raise ModelError(
            f"Exporting needs {error.name}. Run: pip install 'corpus-qa[train]'"
        ) from error
    except (RuntimeError, ValueError) as error:
        raise ModelError(
            f"The reader {str(folder)!r} cannot be exported: {' '.join(str(error).split())[:300]}"
        ) from error
    for file in BESIDE:
        if (folder / file).exists():
            shutil.copyfile(folder / file, out / file)
    # subtle: many tokenisers do not know how much the model takes, and from ONNX nobody can tell.
    model.tokenizer.model_max_length = model.limit
    model.tokenizer.save_pretrained(out)
    return out / WEIGHTS


def _traced(model: TorchModel, path: Path) -> None:
    import torch

    class Spans(torch.nn.Module):  # type: ignore[misc]  # torch is not typed here
        """Gives the two scores as a pair, as the exporter wants them."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model.model

        def forward(self, *given: Any) -> tuple[Any, Any]:
            output = self.model(**dict(zip(names, given, strict=True)))
            return output.start_logits, output.end_logits

    names = INPUTS if model.typed else INPUTS[:2]
    # The older exporter writes the eager form of attention so that onnxruntime can fuse all of it.
    model.model.set_attn_implementation("eager")
    ids = torch.full((2, 16), 5, dtype=torch.long)
    mask = torch.ones_like(ids)
    mask[1, 10:] = 0
    given = (ids, mask, torch.zeros_like(ids))[: len(names)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Spans().eval(),
            given,
            str(path),
            input_names=list(names),
            output_names=list(OUTPUTS),
            dynamic_axes={name: {0: "windows", 1: "tokens"} for name in (*names, *OUTPUTS)},
            opset_version=OPSET,
            dynamo=False,
        )


def _fused(model: TorchModel, path: Path, out: Path) -> None:
    from onnxruntime.transformers.optimizer import optimize_model

    config = model.model.config
    found = optimize_model(
        str(path),
        model_type="bert",
        num_heads=config.num_attention_heads,
        hidden_size=config.hidden_size,
        opt_level=0,
        use_gpu=False,
    )
    found.save_model_to_file(str(out))


def _quantised(path: Path, out: Path) -> None:
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    # The library recommends a step that would undo the fusion.
    logging.getLogger().addFilter(_unwanted)
    try:
        quantize_dynamic(
            str(path),
            str(out),
            per_channel=True,
            weight_type=QuantType.QInt8,
            # The fused operators' types cannot be inferred by the library itself.
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )
    finally:
        logging.getLogger().removeFilter(_unwanted)


def _unwanted(record: logging.LogRecord) -> bool:
    return "pre-processing before quantization" not in record.getMessage()
