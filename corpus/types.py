"""The values of this layer: a document, its metadata, and spans that are read through it."""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from corpus.provenance import Sure, sure_of


@dataclass(frozen=True, slots=True)
class Sourced:
    """A value and where it was found.

    `start` and `end` are its characters in `Document.text`, half-open, so that it can be quoted;
    both are None where the text does not say it (a title made from the file name).
    """

    value: str
    origin: str
    start: int | None = None
    end: int | None = None

    @property
    def sure(self) -> Sure:
        """How sure it is, by where it was found."""
        return sure_of(self.origin)


@dataclass(frozen=True, slots=True)
class Dated:
    """A day and where it was found; `start` and `end` as in `Sourced`."""

    day: date
    origin: str
    start: int | None = None
    end: int | None = None

    @property
    def sure(self) -> Sure:
        """How sure it is, by where it was found."""
        return sure_of(self.origin)


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a document says of itself. None, or an empty tuple, where it does not say."""

    title: Sourced
    authors: tuple[Sourced, ...] = ()
    publisher: Sourced | None = None
    published: Dated | None = None
    updated: Dated | None = None
    url: Sourced | None = None
    section: Sourced | None = None
    language: Sourced | None = None


class Described:
    """What is said of a document, by its metadata."""

    __slots__ = ()
    metadata: Metadata

    @property
    def title(self) -> str:
        """Its title; the file's name where the text gives none."""
        return self.metadata.title.value

    @property
    def authors(self) -> tuple[str, ...]:
        """Its authors' names, in order."""
        return tuple(author.value for author in self.metadata.authors)

    @property
    def publisher(self) -> str:
        """Who published it, or ""."""
        return self.metadata.publisher.value if self.metadata.publisher else ""

    @property
    def published(self) -> date | None:
        """The day it was published, if the document says so; never the file's own time."""
        return self.metadata.published.day if self.metadata.published else None

    @property
    def url(self) -> str:
        """Where it was published, or ""."""
        return self.metadata.url.value if self.metadata.url else ""


@dataclass(frozen=True, slots=True)
class Description(Described):
    """A document without its text, of which `length` is known; the other fields are those of `Document`."""

    id: str
    sha256: str
    metadata: Metadata = field(repr=False)
    file: str = field(default="", repr=False)
    length: int = 0

    @property
    def source(self) -> str:
        """The id of the file that holds it: its own, but where a file holds many documents."""
        return self.file or self.id


@dataclass(frozen=True, slots=True)
class Document(Described):
    """One article or report.

    `id` is its path under the corpus root, `text` the only text there is (read, cleaned, and never
    changed after that), `sha256` the hash of the file's bytes in hexadecimal. Two documents are
    equal when their ids and hashes are.

    A file that holds many documents gives each an id of its own, behind the file's: "mail.mbox#3",
    "old.zip/2017/talks.html". `pages` are the first characters of its pages, in order, where it has
    pages; page 1 begins at the first of them.
    """

    id: str
    sha256: str
    text: str = field(repr=False, compare=False)
    metadata: Metadata = field(repr=False, compare=False)
    file: str = field(default="", repr=False, compare=False)
    pages: tuple[int, ...] = field(default=(), repr=False, compare=False)

    @property
    def source(self) -> str:
        """The id of the file that holds it: its own, but where a file holds many documents."""
        return self.file or self.id

    def page(self, offset: int) -> int | None:
        """On which page the character at `offset` stands, from 1; None where there are no pages."""
        return max(bisect_right(self.pages, offset), 1) if self.pages else None

    def span(self, start: int, end: int) -> "Span":
        """The characters `start` to `end` (half-open) as a span."""
        return Span(self, start, end)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a document: characters `start` to `end`, half-open, read through its text.

    >>> document = Document("a.txt", "", "Rain fell. Then sun.", Metadata(Sourced("A", "file name")))
    >>> Span(document, 11, 15).text
    'Then'

    Raises:
        ValueError: if the offsets do not lie in the document in this order.
    """

    document: Document
    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end <= len(self.document.text):
            raise ValueError(
                f"span {self.start}:{self.end} does not lie in {self.document.id!r} "
                f"of {len(self.document.text)} characters"
            )

    def __len__(self) -> int:
        return self.end - self.start

    @property
    def text(self) -> str:
        """The words themselves."""
        return self.document.text[self.start : self.end]

    def overlaps(self, other: "Span") -> bool:
        """Whether the two share at least one character."""
        shared = max(self.start, other.start) < min(self.end, other.end)
        return shared and self.document == other.document


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


class Cause(StrEnum):
    """Why a part of a file was not read: itself, something from outside, a limit, or others come first.

    What comes from outside (a process that was killed, a disk or memory that is full) says nothing of
    the file: it is tried again.
    """

    FILE = "file"
    OUTSIDE = "outside"
    LIMIT = "limit"
    TURN = "turn"


@dataclass(frozen=True, slots=True)
class Problem:
    """A part of a file that could not be read: its id, and why, in words for a person."""

    id: str
    reason: str
    cause: Cause = field(default=Cause.FILE, compare=False)
