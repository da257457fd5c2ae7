"""Remove lines that recur across the documents of one publisher and that no author wrote.

Invitations, copyright notices and disclaimers are the same under every article. It takes many documents
to tell which lines these are: `corpus.cleaning.line_counts` counts them, and `without_lines` removes
them from each document. A recurring line may also be content, such as "Terms were not disclosed" or a
clause of a contract. So only whole short paragraphs are removed, and rarely any that do not address the
reader as a site does.
"""

from collections.abc import Callable, Set
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import PurePosixPath
from typing import TypeVar
from urllib.parse import urlsplit

from corpus.cleaning.paragraphs import Paragraph, is_invitation, plain_boilerplate, removable
from corpus.cleaning.paragraphs import paragraphs as paragraphs_of
from corpus.types import Dated, Document, Dropped, Metadata, Parsed, Sourced

RECURRING = "recurring line"


KEY_BYTES = 8


# Nothing is removed from a text that would lose more than this share.
MOST_LOST = 0.5


_FOLDER = "folder "


_Value = TypeVar("_Value", Sourced, Dated)


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph that may be removed if it recurs.

    `place` is its index among the document's paragraphs, `key` names its words within their scope, and
    `plain` means that nothing but its recurrence marks it as boilerplate.
    """

    place: int
    key: bytes
    plain: bool


def scope(document: Document) -> str:
    """The group in which a document's lines are counted: its publisher, else its site, else its folder.

    >>> from corpus.types import Metadata, Sourced
    >>> scope(Document("2017/a.txt", "", "", Metadata(Sourced("A", "file name"))))
    'folder 2017'
    """
    if document.publisher:
        return f"publisher {document.publisher.casefold()}"
    if document.url and (host := _host(document.url)):
        return f"site {host}"
    return _FOLDER + str(PurePosixPath(document.id.partition("#")[0]).parent)


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:  # not a valid address
        return ""


def key(circle: str, text: str) -> bytes:
    """The key of a line within its scope; case and spacing do not matter."""
    words = " ".join(text.split()).casefold()
    return blake2b(f"{circle}\n{words}".encode("utf-8", "replace"), digest_size=KEY_BYTES).digest()


def lines_of(document: Document, paragraphs: list[Paragraph]) -> list[Line]:
    """The paragraphs of a document that may be removed if they recur."""
    within = scope(document)
    language = document.metadata.language
    # subtle: a clause recurs in all contracts of an office. Only a publisher's recurring lines are known
    # not to belong to the articles. And statements of fact are recognised in English only.
    english = language is not None and language.value.partition("-")[0] == "en"
    plain_may_go = english and not within.startswith(_FOLDER)
    lines = []
    for place, one in enumerate(paragraphs):
        if not removable(document, paragraphs, place):
            continue
        plain = not is_invitation(one.text)
        if not plain or (plain_may_go and plain_boilerplate(paragraphs, place)):
            lines.append(Line(place, key(within, one.text), plain))
    return lines


def without_lines(parsed: Parsed, lines: Set[bytes]) -> Parsed:
    """The document without the lines that are known to recur (`LineCounts.lines`).

    Its metadata keep their values; their offsets are moved to the new text.
    """
    document = parsed.document
    found = paragraphs_of(document.text)
    gone = [found[line.place] for line in lines_of(document, found) if line.key in lines]
    if not gone or sum(len(one.text) for one in gone) > MOST_LOST * len(document.text):
        return parsed
    cuts: list[tuple[int, int]] = []
    for one in gone:
        start, end = one.start, one.end
        if cuts and not document.text[cuts[-1][1] : start].strip("\n"):
            start = cuts.pop()[0]
        cuts.append((start, end))
    cuts = [_with_gap(document.text, start, end) for start, end in cuts]
    return Parsed(
        _cut(document, cuts), parsed.dropped + tuple(Dropped(one.text, RECURRING) for one in gone)
    )


def _with_gap(text: str, start: int, end: int) -> tuple[int, int]:
    r"""A stretch with the shorter of the gaps around it, or with the only gap at an end of the text.

    >>> _with_gap("One\n\nTwo\nThree", 5, 8), _with_gap("One\n\nTwo", 5, 8), _with_gap("One\nTwo", 0, 3)
    ((5, 9), (3, 8), (0, 4))
    """
    before, after = start, end
    while before and text[before - 1] == "\n":
        before -= 1
    while after < len(text) and text[after] == "\n":
        after += 1
    shorter = start - before <= after - end
    return (before, end) if before and (shorter or after == len(text)) else (start, after)


def _cut(document: Document, cuts: list[tuple[int, int]]) -> Document:
    """The document without these stretches, given in order; none of them may hold a metadata value."""

    def moved(offset: int) -> int:
        return offset - sum(min(end, offset) - start for start, end in cuts if start < offset)

    ends = [0, *(end for _, end in cuts)]
    starts = [*(start for start, _ in cuts), len(document.text)]
    text = "".join(document.text[a:b] for a, b in zip(ends, starts, strict=True))
    metadata = _moved(document.metadata, moved)
    return replace(document, text=text, metadata=metadata, pages=tuple(map(moved, document.pages)))


def _moved(metadata: Metadata, moved: Callable[[int], int]) -> Metadata:
    """The same values with their new offsets."""

    def place(value: _Value) -> _Value:
        if value.start is None or value.end is None:
            return value
        return replace(value, start=moved(value.start), end=moved(value.end))

    # No other field ever comes from the text: a page's address is in its tags.
    return replace(
        metadata,
        title=place(metadata.title),
        authors=tuple(map(place, metadata.authors)),
        publisher=metadata.publisher and place(metadata.publisher),
        published=metadata.published and place(metadata.published),
        updated=metadata.updated and place(metadata.updated),
    )
