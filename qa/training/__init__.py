"""Fine-tune a reader: what `qa train` does."""

from typing import TYPE_CHECKING

from corpus._runtime import exported

if TYPE_CHECKING:
    from qa.training.calibration import Observed, bounds, fit, observe
    from qa.training.config import BLOCK, Recipe, Shares
    from qa.training.model_io import finish, starting_folder
    from qa.training.onnx_export import export
    from qa.training.trainer import Training, TrainingProgress, computes_in_bf16

__all__ = [
    "BLOCK",
    "Observed",
    "Recipe",
    "Shares",
    "Training",
    "TrainingProgress",
    "bounds",
    "computes_in_bf16",
    "export",
    "finish",
    "fit",
    "observe",
    "starting_folder",
]

_HOMES = {
    "qa.training.calibration": (
        "Observed",
        "bounds",
        "fit",
        "observe",
    ),
    "qa.training.config": (
        "BLOCK",
        "Recipe",
        "Shares",
    ),
    "qa.training.model_io": (
        "finish",
        "starting_folder",
    ),
    "qa.training.onnx_export": ("export",),
    "qa.training.trainer": (
        "Training",
        "TrainingProgress",
        "computes_in_bf16",
    ),
}

__getattr__, __dir__ = exported(globals(), _HOMES)
