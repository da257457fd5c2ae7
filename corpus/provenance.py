"""Where a metadata value can come from, and how reliable each of these places is."""

from dataclasses import dataclass
from enum import StrEnum


class Sure(StrEnum):
    """How reliable a value is: declared in a field of its own, stated in the text, or inferred."""

    DECLARED = "declared"
    STATED = "stated"
    INFERRED = "inferred"


SIDECAR = "metadata.csv"
FILE_NAME = "file name"
URL_PATH = "address"
DETECTED = "detected"
FOUND = "found in the page, not declared"
FILE_INFORMATION = ("PDF information", "document properties")
DATELINE = "dateline"
AUTHORS_NOTE = "author's note"

# The day on which a file was created or changed, which says little about the day of its text.
CREATED, CHANGED = ": created", ": changed"
ORDER_INFERRED = ", day and month told apart by other signs"

# The lines of a text that identify it.
_LINES = frozenset(
    {
        "first line",
        "byline",
        "reporting credit",
        "published line",
        "updated line",
        "date line",
        DATELINE,
        "source line",
    }
)
# Any origin in neither set is a field that a format or a person filled in: it is declared.
_STATED = _LINES | {"heading", "time element"}
_INFERRED = frozenset({FILE_NAME, URL_PATH, DETECTED, FOUND, "title tag", AUTHORS_NOTE})

_TAGS = frozenset(
    {
        "JSON-LD",
        "OpenGraph",
        "meta tag",
        "microdata",
        "canonical link",
        "html lang",
        "time element",
        "heading",
        "title tag",
    }
)
_PLACES = {
    SIDECAR: "from metadata.csv",
    FILE_NAME: "from the file's name",
    URL_PATH: "from the day in its address",
    DETECTED: "detected from the text",
    FOUND: "found in the page, not declared there",
    "front matter": "from the front matter",
    "the book's own record": "from the book's own record",
}


def sure_of(origin: str) -> Sure:
    """How reliable a value of this origin is.

    >>> sure_of("JSON-LD"), sure_of("byline"), sure_of("file name")
    (<Sure.DECLARED: 'declared'>, <Sure.STATED: 'stated'>, <Sure.INFERRED: 'inferred'>)
    """
    if (
        origin in _INFERRED
        or origin.startswith("inferred")
        or origin.endswith((ORDER_INFERRED, CREATED, CHANGED))
    ):
        return Sure.INFERRED
    return Sure.STATED if origin in _STATED else Sure.DECLARED


def told_by(origin: str) -> str:
    """Where a value was found, as shown to the user.

    >>> told_by("OpenGraph"), told_by("PDF information: created"), told_by("byline")
    ("from the page's tags", "from the file's information", 'from the byline')
    """
    place, comma, rest = origin.partition(",")
    if origin in _PLACES:
        return _PLACES[origin]
    if place in _TAGS:
        return f"from the page's tags{comma}{rest}"
    if origin.startswith(FILE_INFORMATION):
        return "from the file's information"
    return origin if place.startswith(("inferred", "found")) else f"from the {origin}"


class Field(StrEnum):
    """The kinds of metadata that a document can have."""

    TITLE = "title"
    AUTHOR = "author"
    PUBLISHER = "publisher"
    PUBLISHED = "published"
    UPDATED = "updated"
    FILE_MADE = "file made"
    URL = "url"
    SECTION = "section"
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True)
class Clue:
    """A piece of metadata from outside the text, in the document's own words."""

    field: Field
    value: str
    origin: str
