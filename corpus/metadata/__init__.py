"""Title, authors, publisher, dates and language of a document, each with where it was found."""

from typing import TYPE_CHECKING

from corpus._runtime import exported

if TYPE_CHECKING:
    from corpus.metadata.bylines import find_authors
    from corpus.metadata.datelines import find_dates
    from corpus.metadata.dates import MONTH_NAMES, NUMBER_WORDS, find_date
    from corpus.metadata.description import describe
    from corpus.metadata.lines import LONGEST_TITLE
    from corpus.metadata.names import split_names
    from corpus.metadata.overrides import Overrides, read_overrides, to_csv

__all__ = [
    "LONGEST_TITLE",
    "MONTH_NAMES",
    "NUMBER_WORDS",
    "Overrides",
    "describe",
    "find_authors",
    "find_date",
    "find_dates",
    "read_overrides",
    "split_names",
    "to_csv",
]

_HOMES = {
    "corpus.metadata.bylines": ("find_authors",),
    "corpus.metadata.datelines": ("find_dates",),
    "corpus.metadata.dates": ("MONTH_NAMES", "NUMBER_WORDS", "find_date"),
    "corpus.metadata.description": ("describe",),
    "corpus.metadata.lines": ("LONGEST_TITLE",),
    "corpus.metadata.names": ("split_names",),
    "corpus.metadata.overrides": (
        "Overrides",
        "read_overrides",
        "to_csv",
    ),
}

__getattr__, __dir__ = exported(globals(), _HOMES)
