"""Title, authors, publisher, dates and URL, each with where it was found.

What a format knows beside the text (front matter, the head of a page) is written into the head of
the text, in the document's own words, so that it can be asked for and quoted like anything else.
"""

from collections.abc import Sequence
from pathlib import PurePosixPath

from corpus import bylines
from corpus.cleaning import tidy
from corpus.dates import find_date
from corpus.formats.raw import Clue, Field
from corpus.types import Dated, Metadata, Sourced

_LABELS = {
    Field.AUTHOR: "Author",
    Field.PUBLISHER: "Publisher",
    Field.PUBLISHED: "Published",
    Field.UPDATED: "Updated",
    Field.URL: "URL",
    Field.SECTION: "Section",
    Field.LANGUAGE: "Language",
}


def describe(body: str, clues: Sequence[Clue], name: str) -> tuple[str, Metadata]:
    """The final text of a document, and what it says of itself.

    `body` is its cleaned text, `clues` what its format knows, `name` its path, which gives a title
    where nothing else does.
    """
    tidied = [_tidied(clue) for clue in clues]
    text, known = _with_head(body, [clue for clue in tidied if clue.value])
    published, updated = bylines.find_dates(text)
    authors = _strings(known, Field.AUTHOR) or bylines.find_authors(text)
    return text, Metadata(
        title=_first(known, Field.TITLE) or bylines.find_title(text) or _from_name(name),
        authors=authors,
        publisher=_first(known, Field.PUBLISHER) or bylines.find_publisher(text),
        published=_date(known, Field.PUBLISHED) or published,
        updated=_date(known, Field.UPDATED) or updated,
        url=_first(known, Field.URL),
        section=_first(known, Field.SECTION),
        language=_first(known, Field.LANGUAGE),
    )


def _tidied(clue: Clue) -> Clue:
    return Clue(clue.field, " ".join(tidy(clue.value).split()), clue.origin)


_Known = list[tuple[Field, Sourced]]


def _with_head(body: str, clues: Sequence[Clue]) -> tuple[str, _Known]:
    """The body under a title line and one `name: value` line for each other clue."""
    known: _Known = []
    head = ""
    title = next((c for c in clues if c.field is Field.TITLE), None)
    if title:
        known.append((Field.TITLE, Sourced(title.value, title.origin, 0, len(title.value))))
        head = title.value + "\n\n"
        first, _, rest = body.partition("\n")
        if first.strip().casefold() == title.value.casefold():
            body = rest.lstrip("\n")
    # A long line last: what follows it on the next line would be read as its second half.
    for clue in sorted(clues, key=lambda clue: clue.field is Field.URL):
        if clue.field is not Field.TITLE:
            head += f"{_LABELS[clue.field]}: "
            end = len(head) + len(clue.value)
            known.append((clue.field, Sourced(clue.value, clue.origin, len(head), end)))
            head += clue.value + "\n"
    return (head.rstrip("\n") + "\n\n" + body if head else body).rstrip("\n"), known


def _strings(known: _Known, field: Field) -> tuple[Sourced, ...]:
    return tuple(value for name, value in known if name is field)


def _first(known: _Known, field: Field) -> Sourced | None:
    return next(iter(_strings(known, field)), None)


def _date(known: _Known, field: Field) -> Dated | None:
    for value in _strings(known, field):
        if day := find_date(value.value):
            return Dated(day.day, value.origin, value.start, value.end)
    return None


def _from_name(name: str) -> Sourced:
    stem = PurePosixPath(name).stem.replace("_", " ").replace("-", " ").strip()
    return Sourced(stem or name, "file name")
