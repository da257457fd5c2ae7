"""What comes of reading: documents with what was dropped on the way, and what could not be read."""

from dataclasses import dataclass

from corpus.types import Document


@dataclass(frozen=True, slots=True)
class Dropped:
    """A piece of the original that is not part of the document's text, and why."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """A document, and what was dropped on the way to it."""

    document: Document
    dropped: tuple[Dropped, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """A part of a file that could not be read: its id, and why, in words for a person."""

    id: str
    reason: str
