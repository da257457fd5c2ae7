"""Title, authors, publisher, dates, URL, section and language, each with where it was found.

Metadata from the format (front matter, the tags of a page) is kept apart from the text. A value has a
place in the text only if the text itself states it: in a title line, a byline or a dateline.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import PurePosixPath
from typing import TypeVar

from corpus.cleaning import tidy
from corpus.metadata import bylines, language
from corpus.metadata.datelines import dated, find_dates
from corpus.metadata.dates import day_first, find_date
from corpus.metadata.publishers import find_publisher
from corpus.provenance import DETECTED, FILE_NAME, FOUND, URL_PATH, Clue, Field
from corpus.types import Dated, Metadata, Sourced

# "2017-01-05-title.txt", "report_20170105.pdf"
_DAY_IN_NAME = re.compile(
    r"(?<!\d)((?:1[4-9]|2[01])\d\d)(?:([-_.])(\d{1,2})\2(\d{1,2})|(\d\d)(\d\d))(?!\d)"
)
_Value = TypeVar("_Value", Sourced, Sourced | None, Dated | None)

_DAY_IN_URL = re.compile(r"/((?:19|20)\d\d)/(\d{1,2})/(\d{1,2})(?=/|-|$)")


def describe(text: str, clues: Sequence[Clue], name: str, *, today: date | None = None) -> Metadata:
    """The metadata of a document.

    `text` is its cleaned text, `clues` the metadata from its format, and `name` its path, which gives a
    title and a day if nothing else does. Days in the future of `today` (by default, the current day) are
    ignored.
    """
    known = [clue for clue in map(_tidied, clues) if clue.value]
    language = _language(known, text)
    order = day_first(
        "\n".join([*(clue.value for clue in known), text]),
        language=language.value if language else "",
        url=next((clue.value for clue in known if clue.field is Field.URL), ""),
    )
    url = _first(known, Field.URL)
    title = _title(known, text)
    said = _said(text, title, order)
    latest = (today or date.today()) + timedelta(days=1)  # it may already be tomorrow elsewhere
    published = _day(_trusted(known, said), Field.PUBLISHED, order, said.published)
    return Metadata(
        title=title or _from_name(name),
        authors=_authors(known, said.authors),
        publisher=_placed(_first(known, Field.PUBLISHER), said.publisher),
        published=_until(latest, published) or _until(latest, _from_address(url, name)),
        updated=_until(latest, _day(known, Field.UPDATED, order, said.updated)),
        url=url,
        section=_first(known, Field.SECTION),
        language=language,
        file_made=_until(latest, _day(known, Field.FILE_MADE, order, None)),
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """The metadata that the lines of a text state, each value with its place."""

    authors: tuple[Sourced, ...]
    publisher: Sourced | None
    published: Dated | None
    updated: Dated | None


def _said(text: str, title: Sourced | None, order: bool | None) -> _Said:
    """The metadata in the lines, read below the title as on the page, even if the text lacks it."""
    above = f"{title.value}\n\n" if title and title.start is None else ""
    page = above + text
    published, updated = find_dates(page, day_first=order)
    return _Said(
        tuple(_below(above, author) for author in bylines.find_authors(page)),
        _below(above, find_publisher(page)),
        _below(above, published),
        _below(above, updated),
    )


def _below(above: str, value: _Value) -> _Value:
    """The value with its place in the text below these lines; without a place if it is in them."""
    if value is None or value.start is None or value.end is None:
        return value
    start, end = value.start - len(above), value.end - len(above)
    if start < 0:
        return replace(value, start=None, end=None)
    return replace(value, start=start, end=end)


def _tidied(clue: Clue) -> Clue:
    return Clue(clue.field, " ".join(tidy(clue.value).split()), clue.origin)


def _trusted(clues: Sequence[Clue], said: _Said) -> list[Clue]:
    """The clues; those merely found in a page are kept only if the text itself states no day."""
    return [clue for clue in clues if not (said.published and clue.origin == FOUND)]


def _first(clues: Sequence[Clue], field: Field) -> Sourced | None:
    return next((Sourced(c.value, c.origin) for c in clues if c.field is field), None)


def _placed(known: Sourced | None, said: Sourced | None) -> Sourced | None:
    """The known value, with its place if the text states the same; or else the value in the text."""
    if known is None or said is None:
        return known or said
    if known.value.casefold() != said.value.casefold():
        return known
    return Sourced(known.value, known.origin, said.start, said.end)


def _title(clues: Sequence[Clue], text: str) -> Sourced | None:
    """The known title, with its place if the text starts with it; or else the title line."""
    known = _first(clues, Field.TITLE)
    if known is None:
        return bylines.find_title(text)
    opening = re.match(r"\s*(?P<line>\S[^\n]*)", text)
    line = " ".join(opening["line"].split()) if opening else ""
    if opening is None or line.casefold() != known.value.casefold():
        return _placed(known, bylines.find_title(text))
    return Sourced(known.value, known.origin, *opening.span("line"))


def _authors(clues: Sequence[Clue], said: tuple[Sourced, ...]) -> tuple[Sourced, ...]:
    """The known authors, each with a place if a byline names them; or else those of the byline."""
    known = [Sourced(c.value, c.origin) for c in clues if c.field is Field.AUTHOR]
    by_name = {author.value.casefold(): author for author in said}
    return (
        tuple(_placed(author, by_name.get(author.value.casefold())) or author for author in known)
        or said
    )


def _day(
    clues: Sequence[Clue], field: Field, order: bool | None, said: Dated | None
) -> Dated | None:
    """The known day, with its place if the text states the same; or else the day in the text."""
    for clue in clues:
        if clue.field is field and (day := find_date(clue.value, day_first=order)):
            found = dated(day, clue.origin)
            place = (said.start, said.end) if said and said.day == found.day else (None, None)
            return Dated(found.day, found.origin, *place)
    return said


def _language(clues: Sequence[Clue], body: str) -> Sourced | None:
    for clue in clues:
        if clue.field is Field.LANGUAGE and (code := language.tag(clue.value)):
            return Sourced(code, clue.origin)
    code = language.detect(body)
    return Sourced(code, DETECTED) if code else None


def _until(latest: date, found: Dated | None) -> Dated | None:
    """The day, if it is not in the future."""
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
