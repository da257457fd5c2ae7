"""What the benchmarks share: figures, medians, the machine, a table and a JSON file of them."""

import importlib.metadata
import json
import platform
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from corpus._runtime import processors

_PACKAGES = [
    "sentence-transformers",
    "faiss-cpu",
    "rank-bm25",
    "onnxruntime",
    "numpy",
    "torch",
    "bm25s",
]


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured; `ratio` is how many times better it is than the plain way, named by `plain`."""

    name: str
    value: float
    unit: str
    ratio: float | None = None
    plain: str = ""

    def line(self) -> str:
        """It as a line of a table."""
        value = f"{self.value:,.3f}" if self.value < 10 else f"{self.value:,.0f}"
        beside = f"{self.ratio:8.1f} x {self.plain}" if self.ratio is not None else ""
        return f"  {self.name:44}{value:>10} {self.unit:14}{beside}".rstrip()


Section = Callable[[], list[Figure]]


def median_s(work: Callable[[], object], *, times: int = 5) -> float:
    """The median of how long the work takes, in seconds, the first time left out."""
    work()
    return statistics.median(taken_s(work) for _ in range(times))


def taken_s(work: Callable[[], object]) -> float:
    """How long the work takes, in seconds."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def in_turn(ways: Mapping[str, Callable[[], object]], *, times: int = 5) -> dict[str, float]:
    """The median seconds of each way; they are timed in turn, so that a busy moment hits all alike."""
    for work in ways.values():
        work()
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(times):
        for name, work in ways.items():
            taken[name].append(taken_s(work))
    return {name: statistics.median(values) for name, values in taken.items()}


def machine() -> dict[str, object]:
    """On what it was measured: commit, processor, cores and versions."""
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {
        "commit": _commit(),
        "processor": _processor(),
        "cores": processors(),
        "python": platform.python_version(),
        "system": platform.platform(),
        "versions": found,
    }


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    ran = subprocess.run(
        command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False
    )
    return ran.stdout.strip()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((s.partition(":")[2].strip() for s in lines if s.startswith("model name")), "")


def report(sections: Mapping[str, Sequence[Figure]], path: Path | None) -> None:
    """Write all of it to a JSON file, if one is named."""
    if path is not None:
        found = {name: [asdict(figure) for figure in own] for name, own in sections.items()}
        path.write_text(json.dumps({**machine(), "figures": found}, indent=2) + "\n", "utf-8")
        print(f"Written to {path}.")
