"""The state of a training run, from which it goes on: safetensors and JSON, nothing that can run code."""

import json
import logging
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)
KEPT = 2


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run is.

    `batch` batches of the round are done, in `step` steps of `tokens` tokens, padding counted, which took
    `seconds`. The rate of learning falls from batch `first` and time `begun` until `until` (both seconds
    since 1970; 0: by batches alone).
    """

    batch: int = 0
    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    first: int = 0
    begun: float = 0.0
    until: float = 0.0


def save_state(folder: Path, modules: Any, optimiser: Any, identity: str, place: Place) -> Path:
    """Write a checkpoint, whole or not at all, and delete all but the last two; its file."""
    import torch
    from safetensors.torch import save_file

    tensors = {f"model.{name}": values for name, values in modules.state_dict().items()}
    for number, values in enumerate(_trained(optimiser)):
        for name, moment in optimiser.state.get(values, {}).items():
            tensors[f"optimiser.{number}.{name}"] = moment
    tensors["random"] = torch.random.get_rng_state()
    data = {name: t.detach().cpu().contiguous() for name, t in tensors.items()}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"step-{place.step:07d}.safetensors"
    partial = folder / f".{path.name}"
    save_file(data, partial, {"identity": identity, "place": json.dumps(asdict(place))})
    with partial.open("rb+") as handle:
        os.fsync(handle.fileno())
    partial.replace(path)
    for old in checkpoints(folder)[:-KEPT]:
        old.unlink()
    return path


def checkpoints(folder: Path) -> list[Path]:
    """The checkpoints in a folder, the last one last."""
    return sorted(folder.glob("step-*.safetensors"))


def load_state(folder: Path, modules: Any, optimiser: Any, identity: str) -> Place:
    """Take up the last checkpoint that can be read, if there is one; the place to go on from.

    Raises:
        ValueError: if it is that of another run: of other examples, settings or weights.
    """
    from safetensors import SafetensorError, safe_open

    for path in reversed(checkpoints(folder)):
        try:
            with safe_open(path, framework="pt") as file:
                metadata = file.metadata() or {}
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (OSError, SafetensorError) as error:
            log.warning("%s cannot be read (%s); the one before it is taken", path, error)
            continue
        if metadata.get("identity") != identity:
            raise ValueError(f"{path} is of a run with other examples, settings or weights")
        _take(tensors, modules, optimiser)
        return Place(**json.loads(metadata["place"]))
    return Place()


def _take(tensors: dict[str, Any], modules: Any, optimiser: Any) -> None:
    import torch

    modules.load_state_dict({n[6:]: t for n, t in tensors.items() if n.startswith("model.")})
    for number, values in enumerate(_trained(optimiser)):
        prefix = f"optimiser.{number}."
        found = {n[len(prefix) :]: t for n, t in tensors.items() if n.startswith(prefix)}
        if found:
            # subtle: torch keeps the count of steps where it was, the moments beside the weights.
            optimiser.state[values] = {
                n: t if n == "step" and not _fused(optimiser) else t.to(values.device)
                for n, t in found.items()
            }
    torch.random.set_rng_state(tensors["random"])


def _fused(optimiser: Any) -> bool:
    return bool(optimiser.param_groups[0].get("fused"))


def _trained(optimiser: Any) -> list[Any]:
    return [values for group in optimiser.param_groups for values in group["params"]]
