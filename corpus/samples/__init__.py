"""The sample collection that comes with the program."""

from importlib.resources import files
from pathlib import Path

__all__ = ["samples"]


def samples() -> Path:
    """The folder of the sample collection."""
    return Path(str(files("corpus").joinpath("samples")))
