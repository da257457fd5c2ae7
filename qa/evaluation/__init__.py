"""Measure every stage: what `qa eval` does."""

from typing import TYPE_CHECKING

from corpus._runtime import exported

if TYPE_CHECKING:
    from qa.evaluation.benchmark_index import Collection, ask_both
    from qa.evaluation.datasets import Characters, Example, read_examples, split
    from qa.evaluation.end_to_end import Asked, ask_all, end_to_end_report
    from qa.evaluation.metrics import calibration_error, is_right
    from qa.evaluation.own_questions import ask_own, read_questions
    from qa.evaluation.plots import draw, ready
    from qa.evaluation.reader import read_gold, reader_report
    from qa.evaluation.reports import made_by_lines
    from qa.evaluation.retrieval import evaluate_retrieval
    from qa.evaluation.unanswerable import HardNegatives, near_misses, with_absent

__all__ = [
    "Asked",
    "Characters",
    "Collection",
    "Example",
    "HardNegatives",
    "ask_all",
    "ask_both",
    "ask_own",
    "calibration_error",
    "draw",
    "end_to_end_report",
    "evaluate_retrieval",
    "is_right",
    "made_by_lines",
    "near_misses",
    "read_examples",
    "read_gold",
    "read_questions",
    "reader_report",
    "ready",
    "reports",
    "split",
    "with_absent",
]

_HOMES = {
    "qa.evaluation.benchmark_index": (
        "Collection",
        "ask_both",
    ),
    "qa.evaluation.datasets": (
        "Characters",
        "Example",
        "read_examples",
        "split",
    ),
    "qa.evaluation.end_to_end": (
        "Asked",
        "ask_all",
        "end_to_end_report",
    ),
    "qa.evaluation.metrics": (
        "calibration_error",
        "is_right",
    ),
    "qa.evaluation.own_questions": (
        "ask_own",
        "read_questions",
    ),
    "qa.evaluation.plots": (
        "draw",
        "ready",
    ),
    "qa.evaluation.reader": (
        "read_gold",
        "reader_report",
    ),
    "qa.evaluation.reports": ("made_by_lines",),
    "qa.evaluation.retrieval": ("evaluate_retrieval",),
    "qa.evaluation.unanswerable": (
        "HardNegatives",
        "near_misses",
        "with_absent",
    ),
}

__getattr__, __dir__ = exported(globals(), _HOMES)
