"""Save and load the state of a training run: weights, optimiser moments and place, in one safetensors file."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from corpus.errors import TrainingError
from index.storage import replace_file


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run is: the block, the batch in it, the steps done, and the seconds they took."""

    block: int = 0
    batch: int = 0
    step: int = 0
    seconds: float = 0.0


def save_state(path: Path, model: Any, optimiser: Any, identity: str, place: Place) -> None:
    """Write the state completely or not at all."""
    from safetensors.torch import save

    tensors = {f"model.{name}": weights for name, weights in model.state_dict().items()}
    for number, weights in enumerate(_trained(optimiser)):
        for name, value in optimiser.state.get(weights, {}).items():
            tensors[f"optimiser.{number}.{name}"] = value
    data = {name: t.detach().cpu().contiguous().clone() for name, t in tensors.items()}
    metadata = {"identity": identity, "place": json.dumps(asdict(place))}
    path.parent.mkdir(parents=True, exist_ok=True)
    with replace_file(path) as handle:
        handle.write(save(data, metadata))


def load_state(path: Path, model: Any, optimiser: Any, identity: str) -> Place:
    """Restore the saved state, if there is one, and return the place to continue from.

    Raises:
        TrainingError: if the state is damaged, or belongs to another run.
    """
    if not path.exists():
        return Place()
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise TrainingError(
            f"The checkpoint {str(path)!r} cannot be read. Delete it to start over."
        ) from error
    if metadata.get("identity") != identity:
        raise TrainingError(
            f"{str(path)!r} is the checkpoint of a run with other examples, settings or weights. "
            "Use another --out, or delete it to start over."
        )
    model.load_state_dict({n[6:]: t for n, t in tensors.items() if n.startswith("model.")})
    for number, weights in enumerate(_trained(optimiser)):
        prefix = f"optimiser.{number}."
        found = {n[len(prefix) :]: t for n, t in tensors.items() if n.startswith(prefix)}
        if found:
            # subtle: torch keeps the step count on the CPU, but the moments on the weights' device.
            optimiser.state[weights] = {
                n: t if n == "step" else t.to(weights.device) for n, t in found.items()
            }
    return Place(**json.loads(metadata["place"]))


def _trained(optimiser: Any) -> list[Any]:
    return [weights for group in optimiser.param_groups for weights in group["params"]]
