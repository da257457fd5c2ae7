"""Estimate the probability that a quote is right, from scores and other evidence."""

from typing import TYPE_CHECKING

from corpus._runtime import exported

if TYPE_CHECKING:
    from qa.reader.confidence.calibrated import (
        FILE_NAME,
        Confidence,
        LogisticConfidence,
        ScoreConfidence,
    )
    from qa.reader.confidence.features import coverage, extract_features, rarity
    from qa.reader.confidence.mismatch import LACKS, OPPOSITES, unsupported

__all__ = [
    "FILE_NAME",
    "LACKS",
    "OPPOSITES",
    "Confidence",
    "LogisticConfidence",
    "ScoreConfidence",
    "coverage",
    "extract_features",
    "rarity",
    "unsupported",
]

_HOMES = {
    "qa.reader.confidence.calibrated": (
        "Confidence",
        "FILE_NAME",
        "LogisticConfidence",
        "ScoreConfidence",
    ),
    "qa.reader.confidence.features": (
        "coverage",
        "extract_features",
        "rarity",
    ),
    "qa.reader.confidence.mismatch": (
        "LACKS",
        "OPPOSITES",
        "unsupported",
    ),
}

__getattr__, __dir__ = exported(globals(), _HOMES)
