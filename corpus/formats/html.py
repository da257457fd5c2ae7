"""HTML: main text and metadata by trafilatura."""

import re
from collections.abc import Iterator
from configparser import ConfigParser
from html import unescape

from corpus.dates import find_date
from corpus.errors import DocumentError
from corpus.formats.markup import visible_text
from corpus.formats.raw import Clue, Field, Raw, decode

SUFFIXES = frozenset({".html", ".htm", ".xhtml"})

_CHARSET = re.compile(rb"<(?:meta|\?xml)[^>]*?(?:charset|encoding)\s*=\s*[\"']?\s*([\w-]+)", re.I)

_RULE = re.compile(r"\|[\s|:-]+")  # between the head and the body of a table
# subtle: without the bound and the "<", a page of tags that never end takes quadratic time; without
# the look back, a long attribute would be tried from each of its letters.
_DATED_TAG = re.compile(r"<(?:meta|time)\s[^<>]{0,1000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"(?<![\w:-])([\w:-]+)\s*=\s*([\"'])(.*?)\2", re.DOTALL)
_SCRIPT = re.compile(r"<script\s([^<>]{0,1000})>", re.IGNORECASE)
_SCRIPT_END = re.compile(r"</script", re.IGNORECASE)
_JSON_TYPE = "application/ld+json"
_JSON_DATE = re.compile(r'"(?P<key>datePublished|dateModified)"\s*:\s*"(?P<value>[^"]*)"')
_PUBLISHED = re.compile(
    r"article:published_time|date(?:published)?|dc\.date(?:\.issued)?|dcterms\.created|pub-?date"
    r"|publish-?date|publication_date|citation_publication_date|parsely-pub-date|sailthru\.date",
    re.IGNORECASE,
)
_UPDATED = re.compile(
    r"article:modified_time|datemodified|og:updated_time|last-?mod(?:ified)?|dcterms\.modified"
    r"|dc\.date\.modified",
    re.IGNORECASE,
)


def read(data: bytes) -> Raw:
    """The main text of a page, and the clues of its head.

    Raises:
        DocumentError: if no text can be found in it.
    """
    return read_page(decode(data, declared=declared_encoding(data)))


def declared_encoding(data: bytes) -> str | None:
    """The encoding that a page says it is in."""
    declared = _CHARSET.search(data[:4096])
    return declared[1].decode("ascii") if declared else None


def read_page(page: str) -> Raw:
    """The same of a page whose characters are known.

    Raises:
        DocumentError: if no text can be found in it.
    """
    import trafilatura
    from trafilatura.metadata import extract_metadata

    text = trafilatura.extract(page, include_comments=False, include_tables=True, config=_config())
    text = _paragraphs(text) if text else visible_text(page)
    if not text.strip():
        raise DocumentError("no text was found in the page")
    # Only what the page declares: a date that merely stands somewhere in it may be any date.
    dates = {"extensive_search": False, "original_date": True}
    return Raw(text, _clues(extract_metadata(page, date_config=dates), page), saved_page=True)


def _config() -> ConfigParser:
    """Trafilatura's own settings, but short pages are read as carefully as long ones."""
    from trafilatura.settings import use_config

    config: ConfigParser = use_config()
    config["DEFAULT"]["min_extracted_size"] = "20"
    return config


def _paragraphs(text: str) -> str:
    r"""Empty lines between paragraphs; lines that a <br> broke, items and rows stay together.

    >>> _paragraphs("It rained\nfor days.\nThen sun.\n- one\n- two\n| a | b |")
    'It rained\nfor days.\n\nThen sun.\n\n- one\n- two\n\na | b'
    """
    out = ""
    before = ""
    for line in text.split("\n"):
        if _RULE.fullmatch(line):
            continue
        kind = line[:2] if line[:2] in ("- ", "| ") else ""
        together = (kind == before != "") or (not kind and line[:1].islower())
        out += ("" if not out else "\n" if together else "\n\n") + line.strip("| ")
        before = kind
    return out


def _clues(found: object, page: str) -> tuple[Clue, ...]:
    fields = (
        (Field.TITLE, "title"),
        (Field.AUTHOR, "author"),
        (Field.PUBLISHER, "sitename"),
        (Field.URL, "url"),
    )
    clues = [
        Clue(field, " ".join(value.split()), "page metadata")
        for field, name in fields
        for value in _values(field, getattr(found, name, None))
    ]
    linked = list(_linked_dates(page))
    dates = _declared_dates(page, linked)
    # trafilatura reads a page whose date is ambiguous, or says only when it was changed, as well as
    # it can; a wrong date is worse than none, so it is asked only where nothing is declared.
    if not (dates or linked) and (value := getattr(found, "date", None)):
        dates = [Clue(Field.PUBLISHED, str(value), "found in the page, not declared")]
    return (*clues, *dates)


def _declared_dates(page: str, linked: list[tuple[str, str]]) -> list[Clue]:
    """One date of each kind that the page's own metadata gives, in its own words.

    A tag is about the page itself and goes first. The linked data may be about other articles, too,
    and says nothing where it names several days.
    """
    tagged = list(_tagged_dates(page))
    dates = []
    for field, keys in ((Field.PUBLISHED, _PUBLISHED), (Field.UPDATED, _UPDATED)):
        values = [value for key, value in tagged if keys.fullmatch(key)]
        if not values:
            values = [value for key, value in linked if keys.fullmatch(key)]
            values = values if len({_day(value) for value in values}) == 1 else []
        dates += [Clue(field, value, "page metadata") for value in values[:1]]
    return dates


def _tagged_dates(page: str) -> Iterator[tuple[str, str]]:
    """Name and value of each tag that may hold a date."""
    for tag in _DATED_TAG.finditer(page):
        attributes = _attributes(tag[0])
        key = next((attributes[k] for k in ("property", "name", "itemprop") if k in attributes), "")
        value = (attributes.get("content") or attributes.get("datetime") or "").strip()
        if value:
            yield key, value


def _attributes(tag: str) -> dict[str, str]:
    return {m[1].lower(): unescape(m[3]) for m in _ATTRIBUTE.finditer(tag)}


def _linked_dates(page: str) -> Iterator[tuple[str, str]]:
    """Name and value of each date in JSON that is meant as metadata; other scripts hold anything."""
    at = 0
    while script := _SCRIPT.search(page, at):
        end = _SCRIPT_END.search(page, script.end())
        at = end.start() if end else len(page)
        if _JSON_TYPE in script[1].lower():
            for match in _JSON_DATE.finditer(page, script.end(), at):
                if value := match["value"].strip():
                    yield match["key"], value


def _day(value: str) -> str:
    """What a date says, so that "2016-05-03" and "3 May 2016" are found to be no contradiction."""
    found = find_date(value)
    return found.day.isoformat() if found else value


def _values(field: Field, value: object) -> list[str]:
    if not isinstance(value, str) or not value.strip():
        return []
    # trafilatura joins several authors with semicolons.
    return value.split(";") if field is Field.AUTHOR else [value]
