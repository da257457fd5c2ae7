"""The file formats, one module each: they turn bytes into raw text and metadata clues."""

from typing import TYPE_CHECKING

from corpus._runtime import exported

if TYPE_CHECKING:
    from corpus.formats.base import LARGEST_FILE, Format, Part, cause_of, why_unreadable
    from corpus.formats.registry import FORMATS, format_for

__all__ = ["FORMATS", "LARGEST_FILE", "Format", "Part", "cause_of", "format_for", "why_unreadable"]

_HOMES = {
    "corpus.formats.base": (
        "Format",
        "LARGEST_FILE",
        "Part",
        "cause_of",
        "why_unreadable",
    ),
    "corpus.formats.registry": (
        "FORMATS",
        "format_for",
    ),
}

__getattr__, __dir__ = exported(globals(), _HOMES)
