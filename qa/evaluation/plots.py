"""Draw SVG diagrams that show how far the confidence can be trusted."""

from pathlib import Path
from typing import Any

from corpus.errors import ModelError
from qa.evaluation.end_to_end import AnsweringReport


def ready(folder: Path) -> None:
    """Create the folder and check that diagrams can be drawn.

    Raises:
        ModelError: if matplotlib is not installed.
        OSError: if the folder cannot be created.
    """
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise ModelError("Diagrams need matplotlib. Run: pip install 'corpus-qa[eval]'") from error
    folder.mkdir(parents=True, exist_ok=True)


def draw(report: AnsweringReport, folder: Path) -> list[Path]:
    """Write the reliability diagram and the risk-coverage curve, and return the files written.

    Raises:
        ModelError: if matplotlib is not installed.
        OSError: if the folder cannot be written to.
    """
    ready(folder)
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    drawn = []
    for name, paint in (("reliability", _reliability), ("risk-coverage", _risk_coverage)):
        # Without pyplot, which keeps global state and may look for a display.
        figure = Figure(figsize=(4.5, 4.5), layout="constrained")
        paint(figure.add_subplot(), report)
        drawn.append(folder / f"{name}.svg")
        # No date and no random names: the same figures give the same file.
        with rc_context({"svg.hashsalt": name}):
            figure.savefig(drawn[-1], metadata={"Date": None})
    return drawn


def _reliability(axes: Any, report: AnsweringReport) -> None:
    bins = report.reliability
    axes.plot([0, 1], [0, 1], color="0.6", linestyle="--", linewidth=1)
    axes.plot([b.confidence for b in bins], [b.accuracy for b in bins], color="C0", linewidth=1)
    largest = max(b.count for b in bins)
    sizes = [20 + 180 * b.count / largest for b in bins]
    axes.scatter([b.confidence for b in bins], [b.accuracy for b in bins], s=sizes, color="C0")
    axes.set(
        xlim=(0, 1),
        ylim=(0, 1),
        xlabel="confidence",
        ylabel="share that is right",
        title=f"Reliability (ECE {report.calibration_error:.3f})",
    )


def _risk_coverage(axes: Any, report: AnsweringReport) -> None:
    axes.plot(report.risk.coverage, report.risk.risk, color="C0")
    axes.set(
        xlim=(0, 1),
        ylim=(0, 1),
        xlabel="share of the questions answered, the surest first",
        ylabel="share of these that is wrong",
        title=f"Risk and coverage (area {report.risk.area:.3f})",
    )
