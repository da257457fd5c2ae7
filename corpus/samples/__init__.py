"""The sample collection that comes with the program."""

from pathlib import Path

__all__ = ["samples"]


def samples() -> Path:
    """The folder of the sample collection."""
    return Path(__file__).resolve().parent / "documents"
