"""The values of this layer: a document, its metadata, and spans that are read through it."""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date

from corpus.provenance import AUTHORS_NOTE, DATELINE, Field, Sure, sure_of

# A longer line is no title, and no line of names and dates.
LONGEST_HEAD_LINE = 200


@dataclass(frozen=True, slots=True)
class Sourced:
    """A value and where it was found.

    `start` and `end` are its characters in `Document.text`, half-open, where the text itself says it,
    so that it can be quoted; both are None where it does not (a title in the tags of a page).
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
    """What is known about a document. None, or an empty tuple, where nothing is.

    `file_made` is when its file was made or last changed, as the file notes it: never a day of
    publication.
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
        """All that is known, in the order in which it is shown; each author by themselves."""
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

    def head_lines(self) -> list[tuple[int, int]]:
        """The lines of the text that only say what it is, in order: title, byline, dates.

        A dateline opens a paragraph of the article, and a note says more about an author than a name.
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


@dataclass(frozen=True, slots=True)
class Problem:
    """A part of a file that could not be read: its id, and why, in words for a person."""

    id: str
    reason: str
