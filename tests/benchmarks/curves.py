"""What a collection costs against its size, drawn from the figures that the benchmark of all kept.

python -m tests.benchmarks.curves bench-full.json curves.svg
"""

import json
import sys
from pathlib import Path
from typing import Any

# What is drawn on each side: the name of a figure, and what it is called.
ASKING = {"ask, median": "ask", "search, median": "search", "opening the index": "open the index"}
INDEXING = {"preparing for questions": "prepare for questions"}


def points(kept: dict[str, Any], name: str) -> list[tuple[int, float]]:
    """How many passages, and the figure of that name, for each size."""
    found = []
    for section in kept["figures"].values():
        for figure in section:
            size, _, what = figure["name"].partition(" passages: ")
            if what == name:
                found.append((int(size.replace(",", "")), figure["value"]))
    return sorted(found)


def draw(kept: dict[str, Any], path: Path) -> None:
    """Write the diagram as SVG."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    # Without pyplot, which holds state and may look for a display.
    figure = Figure(figsize=(8, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes, names, unit in ((left, ASKING, "milliseconds"), (right, INDEXING, "seconds")):
        for name, label in names.items():
            found = points(kept, name)
            axes.plot(*zip(*found, strict=True), marker="o", label=label)
        axes.set(xscale="log", yscale="log", xlabel="passages", ylabel=unit)
        axes.grid(color="0.9")
        axes.legend(frameon=False)
    # No date and no random names, so that the same figures make the same file.
    with rc_context({"svg.hashsalt": "curves"}):
        figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    draw(json.loads(Path(sys.argv[1]).read_text("utf-8")), Path(sys.argv[2]))
