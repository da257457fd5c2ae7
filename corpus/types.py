"""The values of this layer: documents, their metadata, and spans of their text."""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from corpus.provenance import AUTHORS_NOTE, DATELINE, Field, Sure, sure_of

# A longer line is neither a title nor a line of names and dates.
LONGEST_HEAD_LINE = 200


@dataclass(frozen=True, slots=True)
class Sourced:
    """A value and where it was found.

    Where the text itself states the value, `start` and `end` are its characters in `Document.text`
    (half-open), and it can be quoted. Otherwise both are None (a title in the tags of a page).
    """

    value: str
    origin: str
    start: int | None = None
    end: int | None = None

    @property
    def sure(self) -> Sure:
        """How reliable it is, by where it was found."""
        return sure_of(self.origin)


@dataclass(frozen=True, slots=True)
class Dated:
    """A day and where it was found. `start` and `end` are as in `Sourced`."""

    day: date
    origin: str
    start: int | None = None
    end: int | None = None

    @property
    def sure(self) -> Sure:
        """How reliable it is, by where it was found."""
        return sure_of(self.origin)


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is known about a document. A field is None, or an empty tuple, if nothing is known.

    `file_made` is the day on which its file was created or last changed, as recorded in the file. It is
    never the day of publication.
    """

    title: Sourced
    authors: tuple[Sourced, ...] = ()
    publisher: Sourced | None = None
    published: Dated | None = None
    updated: Dated | None = None
    url: Sourced | None = None
    section: Sourced | None = None
    language: Sourced | None = None
    file_made: Dated | None = None

    def values(self) -> tuple[tuple[Field, Sourced | Dated], ...]:
        """Every known value with its field, in the order of display; one entry for each author."""
        found = (
            (Field.TITLE, self.title),
            *((Field.AUTHOR, author) for author in self.authors),
            (Field.PUBLISHER, self.publisher),
            (Field.PUBLISHED, self.published),
            (Field.UPDATED, self.updated),
            (Field.FILE_MADE, self.file_made),
            (Field.URL, self.url),
            (Field.SECTION, self.section),
            (Field.LANGUAGE, self.language),
        )
        return tuple((name, value) for name, value in found if value is not None)


class Described:
    """Shortcuts to the metadata of a document."""

    __slots__ = ()
    metadata: Metadata

    @property
    def title(self) -> str:
        """Its title, or the file's name if it has none."""
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
        """The day it was published, if the document says so; never the file's own date."""
        return self.metadata.published.day if self.metadata.published else None

    @property
    def url(self) -> str:
        """Where it was published, or ""."""
        return self.metadata.url.value if self.metadata.url else ""


@dataclass(frozen=True, slots=True)
class Description(Described):
    """A document without its text. `length` is the text's; the other fields are those of `Document`."""

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

    `id` is its path under the corpus root. `text` is its only text: read, cleaned, and never changed
    after that. `sha256` is the hash of the file's bytes in hexadecimal. Two documents are equal if
    their ids and hashes are equal.

    If a file holds many documents, each has an id of its own that starts with the file's:
    "mail.mbox#3", "old.zip/2017/talks.html". If the document has pages, `pages` has the offset of the
    first character of each, in order; page 1 begins at the first of them.
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

    def head_lines(self) -> list[tuple[int, int]]:
        """The lines that only identify the document (title, byline, dates), in order: start and end.

        Datelines and authors' notes are left out: a dateline opens a paragraph of the article, and a
        note says more about an author than the name.
        """
        found = set()
        for _, value in self.metadata.values():
            if value.start is None or value.origin.startswith((DATELINE, AUTHORS_NOTE)):
                continue
            start = self.text.rfind("\n", 0, value.start) + 1
            end = self.text.find("\n", value.start)
            end = len(self.text) if end < 0 else end
            if end - start <= LONGEST_HEAD_LINE:
                found.add((start, end))
        return sorted(found)

    def page(self, offset: int) -> int | None:
        """The page of the character at `offset`, counted from 1; None if there are no pages."""
        return max(bisect_right(self.pages, offset), 1) if self.pages else None

    def span(self, start: int, end: int) -> "Span":
        """The span of characters `start` to `end` (half-open)."""
        return Span(self, start, end)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a document: the characters `start` to `end` (half-open) of its text.

    >>> document = Document("a.txt", "", "Rain fell. Then sun.", Metadata(Sourced("A", "file name")))
    >>> Span(document, 11, 15).text
    'Then'

    Raises:
        ValueError: if the offsets are not in the document, or not in this order.
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
        """The text of the span."""
        return self.document.text[self.start : self.end]

    def overlaps(self, other: "Span") -> bool:
        """Whether the two share at least one character."""
        shared = max(self.start, other.start) < min(self.end, other.end)
        return shared and self.document == other.document


@dataclass(frozen=True, slots=True)
class Dropped:
    """A piece of the original that was left out of the document's text, and why."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """A document, and the pieces that were dropped while reading it."""

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
    """A part of a file that could not be read: its id, and the reason, as shown to the user."""

    id: str
    reason: str
    cause: Cause = field(default=Cause.FILE, compare=False)


def plain_value(known: Sourced | Dated) -> str:
    """A value of the metadata as text, a day as ISO 8601."""
    return known.day.isoformat() if isinstance(known, Dated) else known.value


def written_day(day: date) -> str:
    """A day as it is written in English.

    >>> written_day(date(2017, 9, 5))
    '5 September 2017'
    """
    return f"{day.day} {day:%B %Y}"
