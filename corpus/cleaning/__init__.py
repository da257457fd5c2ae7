"""Repair characters; drop page furniture and lines that recur across a publisher's articles."""

from typing import TYPE_CHECKING

from corpus._runtime import exported

if TYPE_CHECKING:
    from corpus.cleaning.boilerplate import without_lines
    from corpus.cleaning.cleaner import PAGE_MARK, clean, tidy
    from corpus.cleaning.line_counts import LINE_RULES, LineCounts

__all__ = ["LINE_RULES", "PAGE_MARK", "LineCounts", "clean", "tidy", "without_lines"]

_HOMES = {
    "corpus.cleaning.boilerplate": ("without_lines",),
    "corpus.cleaning.cleaner": (
        "PAGE_MARK",
        "clean",
        "tidy",
    ),
    "corpus.cleaning.line_counts": (
        "LINE_RULES",
        "LineCounts",
    ),
}

__getattr__, __dir__ = exported(globals(), _HOMES)
