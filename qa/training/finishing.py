"""Write a trained reader to its folder, with a record of how it was made."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from qa.confidence import FILE_NAME
from qa.onnx_model import WEIGHTS
from qa.training.running import Training


def finish(
    training: Training,
    out: Path,
    *,
    files: Sequence[Path],
    start: str | None,
    held_out: float,
    scores: Mapping[str, float],
) -> None:
    """Write weights, tokeniser and `training.json` to `out`; the checkpoint is not needed any more.

    What another reader left there goes: its ONNX would be read first, and its confidence is not this one's.
    """
    import torch
    import transformers

    for name in (WEIGHTS, FILE_NAME):
        (out / name).unlink(missing_ok=True)
    training.model.model.save_pretrained(out)
    training.model.tokenizer.save_pretrained(out)
    record = {
        "start": start,
        "start_sha256": training.start_sha256,
        "recipe": asdict(training.recipe),
        "examples": training.size,
        "held_out": {"share": held_out, **scores},
        "steps": training.place.step,
        "hours": round(training.place.seconds / 3600, 2),
        "device": training.device,
        "files": {path.name: _sha256(path) for path in files},
        "versions": {
            "corpus-qa": version("corpus-qa"),
            "torch": torch.__version__,
            "transformers": transformers.__version__,
        },
    }
    (out / "training.json").write_text(json.dumps(record, indent=2) + "\n", "utf-8")
    training.checkpoint.unlink(missing_ok=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
