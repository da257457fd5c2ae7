"""Where a value of the metadata can come from, and how sure each of these places makes it."""

from dataclasses import dataclass
from enum import StrEnum


class Sure(StrEnum):
    """How sure a value is: declared in a field of its own, stated in the text, or inferred."""

    DECLARED = "declared"
    STATED = "stated"
    INFERRED = "inferred"


SIDECAR = "metadata.csv"


FILE_NAME = "file name"


URL_PATH = "address"


DETECTED = "detected"


FOUND = "found in the page, not declared"


CREATED = ": created"  # the day on which a file was made, which may be long after that of its text


ORDER_INFERRED = ", day and month told apart by other signs"


# What is in neither is a field that a format or a person filled in: it is declared.
_STATED = frozenset(
    {
        "first line",
        "byline",
        "reporting credit",
        "published line",
        "updated line",
        "date line",
        "dateline",
        "source line",
        "heading",
        "time element",
    }
)


_INFERRED = frozenset(
    {
        FILE_NAME,
        URL_PATH,
        DETECTED,
        FOUND,
        "title tag",
        "author's note",
    }
)


def sure_of(origin: str) -> Sure:
    """How sure a value from there is.

    >>> sure_of("JSON-LD"), sure_of("byline"), sure_of("file name")
    (<Sure.DECLARED: 'declared'>, <Sure.STATED: 'stated'>, <Sure.INFERRED: 'inferred'>)
    """
    if (
        origin in _INFERRED
        or origin.startswith("inferred")
        or origin.endswith((ORDER_INFERRED, CREATED))
    ):
        return Sure.INFERRED
    return Sure.STATED if origin in _STATED else Sure.DECLARED


class Field(StrEnum):
    """What a document can say of itself."""

    TITLE = "title"
    AUTHOR = "author"
    PUBLISHER = "publisher"
    PUBLISHED = "published"
    UPDATED = "updated"
    URL = "url"
    SECTION = "section"
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True)
class Clue:
    """A piece of metadata that stands outside the text, in the document's own words."""

    field: Field
    value: str
    origin: str
