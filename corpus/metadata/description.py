"""Title, authors, publisher, dates, URL, section and language, each with where it was found.

What a format knows beside the text (front matter, the head of a page) is written into the head of
the text, in the document's own words, so that it can be asked for and quoted like anything else.
"""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import PurePosixPath

from corpus.cleaning import tidy
from corpus.metadata import bylines, language
from corpus.metadata.datelines import dated, find_dates
from corpus.metadata.dates import day_first, find_date
from corpus.metadata.publishers import find_publisher
from corpus.provenance import CREATED, DETECTED, FILE_NAME, FOUND, URL_PATH, Clue, Field
from corpus.types import Dated, Metadata, Sourced

# The order of the lines. A long one last: what follows it on the next line would be read as its
# second half. The language is a code, not the document's own words: it has no line.
_LABELS = {
    Field.AUTHOR: "Author",
    Field.PUBLISHER: "Publisher",
    Field.PUBLISHED: "Published",
    Field.UPDATED: "Updated",
    Field.SECTION: "Section",
    Field.URL: "URL",
}
# "2017-01-05-title.txt", "report_20170105.pdf"
_DAY_IN_NAME = re.compile(
    r"(?<!\d)((?:1[4-9]|2[01])\d\d)(?:([-_.])(\d{1,2})\2(\d{1,2})|(\d\d)(\d\d))(?!\d)"
)
_DAY_IN_URL = re.compile(r"/((?:19|20)\d\d)/(\d{1,2})/(\d{1,2})(?=/|-|$)")


def describe(
    body: str, clues: Sequence[Clue], name: str, *, today: date | None = None
) -> tuple[str, Metadata]:
    """The final text of a document, and what it says of itself.

    `body` is its cleaned text, `clues` what its format knows, `name` its path, which gives a title
    and a day where nothing else does. No day after `today` (by default, the present day) is believed.
    """
    tidied = [clue for clue in map(_tidied, clues) if clue.value]
    language = _language(tidied, body)
    order = day_first(
        "\n".join([*(clue.value for clue in tidied), body]),
        language=language.value if language else "",
        url=next((clue.value for clue in tidied if clue.field is Field.URL), ""),
    )
    text, known = _with_head(body, _trusted(tidied, body, order))
    url = _first(known, Field.URL)
    published, updated = find_dates(text, day_first=order)
    latest = (today or date.today()) + timedelta(days=1)  # it may be tomorrow already elsewhere
    found = _known_date(known, Field.PUBLISHED, order) or published
    return text, Metadata(
        title=_first(known, Field.TITLE) or bylines.find_title(text) or _from_name(name),
        authors=_strings(known, Field.AUTHOR) or bylines.find_authors(text),
        publisher=_first(known, Field.PUBLISHER) or find_publisher(text),
        published=_until(latest, found) or _until(latest, _from_address(url, name)),
        updated=_until(latest, _known_date(known, Field.UPDATED, order) or updated),
        url=url,
        section=_first(known, Field.SECTION),
        language=language,
    )


def _trusted(clues: Sequence[Clue], body: str, order: bool | None) -> list[Clue]:
    """The clues without a day that was merely found, or on which the file was made, where the text says one."""
    found = [
        clue
        for clue in clues
        if clue.field is Field.PUBLISHED and (clue.origin == FOUND or clue.origin.endswith(CREATED))
    ]
    says = found and find_dates(body, day_first=order)[0]
    return [clue for clue in clues if not (says and clue in found)]


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
    for clue in sorted(clues, key=lambda clue: clue.field is Field.URL):
        if clue.field in _LABELS:
            head += f"{_LABELS[clue.field]}: "
            end = len(head) + len(clue.value)
            known.append((clue.field, Sourced(clue.value, clue.origin, len(head), end)))
            head += clue.value + "\n"
    return (head.rstrip("\n") + "\n\n" + body if head else body).rstrip("\n"), known


def _strings(known: _Known, field: Field) -> tuple[Sourced, ...]:
    return tuple(value for name, value in known if name is field)


def _first(known: _Known, field: Field) -> Sourced | None:
    return next(iter(_strings(known, field)), None)


def _known_date(known: _Known, field: Field, order: bool | None) -> Dated | None:
    for value in _strings(known, field):
        if day := find_date(value.value, day_first=order):
            found = dated(day, value.origin)
            return Dated(found.day, found.origin, value.start, value.end)
    return None


def _language(clues: Sequence[Clue], body: str) -> Sourced | None:
    for clue in clues:
        if clue.field is Field.LANGUAGE and (code := language.tag(clue.value)):
            return Sourced(code, clue.origin)
    code = language.detect(body)
    return Sourced(code, DETECTED) if code else None


def _until(latest: date, found: Dated | None) -> Dated | None:
    """The day, if it is not still to come."""
    return found if found and found.day <= latest else None


def _from_address(url: Sourced | None, name: str) -> Dated | None:
    """The day in the path of its address, or in the name of its file."""
    if url and (match := _DAY_IN_URL.search(url.value)):
        return _written(match.groups(), URL_PATH)
    for match in _DAY_IN_NAME.finditer(PurePosixPath(name).name):
        year, _, *parts = match.groups()
        return _written((year, *filter(None, parts)), FILE_NAME)
    return None


def _written(parts: Sequence[str], origin: str) -> Dated | None:
    try:
        return Dated(date(*map(int, parts)), origin)
    except ValueError:  # no day has these numbers
        return None


def _from_name(name: str) -> Sourced:
    stem = PurePosixPath(name).stem.replace("_", " ").replace("-", " ").strip()
    return Sourced(stem or name, FILE_NAME)
