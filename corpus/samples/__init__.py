"""The built-in sample collection."""

from importlib.resources import files
from pathlib import Path

__all__ = ["samples"]


def samples() -> Path:
    """Its folder."""
    return Path(str(files("corpus").joinpath("samples")))
