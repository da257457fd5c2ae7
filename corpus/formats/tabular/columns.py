"""Map the fields of a record to text, title, author and so on, by their names."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from corpus.errors import DocumentError
from corpus.formats.base import Part, Raw, why_unreadable
from corpus.formats.web import looks_like_html, text_of_markup
from corpus.provenance import Clue, Field
from corpus.types import Dropped


def _names(words: str) -> tuple[str, ...]:
    return tuple(words.split())


# Names in lower case without punctuation, the best first: "pubDate" and "pub_date" are the same.
TEXTS = _names(
    "text fulltext articletext articlebody bodytext maintext plaintext body content articlecontent "
    "article story contents transcript transcription document passage paragraphs paragraph page "
    "markdown html contenthtml bodyhtml rawtext selftext message post comment review speech "
    "description summary abstract excerpt snippet lead note notes"
)
TITLES = _names("title headline heading articletitle newstitle subject name")
_CLUES = (
    (Field.AUTHOR, _names("author authors byline bylines creator writer writers authorname by")),
    (
        Field.PUBLISHER,
        _names(
            "publisher publication source sourcename site sitename outlet newspaper journal media "
            "newssite website feed agency"
        ),
    ),
    (
        Field.PUBLISHED,
        _names(
            "published publisheddate publishdate publishedat publishedtime publishedon "
            "publicationdate datepublished datepublish pubdate pubtime firstpublished date datetime "
            "articledate posted postedat dateposted issued created createdat createdutc "
            "creationdate datecreated timestamp time"
        ),
    ),
    (
        Field.UPDATED,
        _names(
            "updated updatedat updateddate dateupdated modified modifiedat modifieddate "
            "datemodified lastmodified lastmod lastupdated datemodify"
        ),
    ),
    (
        Field.URL,
        _names(
            "url link articleurl sourceurl newsurl canonicalurl weburl webpage permalink uri href"
        ),
    ),
    (Field.SECTION, _names("section category sectionname categories topic desk rubric")),
    (Field.LANGUAGE, _names("language lang languagecode locale inlanguage")),
)
_INNER = ("name", "title", "text", "value", "fullname", "label", "plain", "rendered", "original")
_WRAPPERS = (
    "article",
    "document",
    "metadata",
    "meta",
    "data",
    "fields",
    "item",
    "record",
    "attributes",
)

MOST_FIELDS = 2_000
LONGEST_CLUE = 1_000
LONGEST_DROPPED = 2_000
_DAY_NUMBER = re.compile(r"(1[89]|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
_SECONDS = re.compile(r"(\d{9,10})(?:\.\d*)?|(\d{12,13})(?:\.0*)?")
_NO_LETTERS = re.compile(r"[\W_]+")
_NOTHING = frozenset({"", "null", "none", "nan", "n/a", "nat"})

Record = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Value:
    """The text of a field, with its name in the file, prefixed by the name of the outer field if any."""

    name: str
    text: str


def raw_of(record: Record) -> Raw:
    """The document made from a record: its text, its clues, and the remaining fields as dropped.

    If no field's name marks it as the text, all fields become `name: value` lines.

    >>> raw_of({"headline": "Grain", "body": "It rained.", "words": "2"}).clues
    (Clue(field=<Field.TITLE: 'title'>, value='Grain', origin='field "headline"'),)

    Raises:
        DocumentError: if the record is empty.
    """
    values = _flattened(record)
    if not values:
        raise DocumentError("the record is empty")
    used: set[str] = set()
    clues = []
    if title := _first(values, TITLES):
        clues.append(_clue(Field.TITLE, title))
        used.add(title.name)
    for field, names in _CLUES:
        for value in _all(values, names, several=field is Field.AUTHOR):
            clues.append(_clue(field, value))
            used.add(value.name)
    text = _first(values, TEXTS, but=used)
    every = [value for found in values.values() for value in found]
    if text is None:
        telling = [clue for clue in clues if clue.field in (Field.TITLE, Field.PUBLISHED)]
        return Raw("\n".join(f"{value.name}: {value.text}" for value in every), tuple(telling))
    rest = [value for value in every if value.name not in used | {text.name}]
    left = "\n".join(f"{value.name}: {value.text}" for value in rest)
    reason = f'not part of the text of the record, which is the field "{text.name}"'
    dropped = (Dropped(left[:LONGEST_DROPPED], reason),) if left else ()
    body = text_of_markup(text.text) if looks_like_html(text.text) else text.text
    return Raw(body, tuple(clues), dropped=dropped)


def has_text(record: Record) -> bool:
    """Whether a record has a field whose name marks it as a text."""
    return _first(_flattened(record), TEXTS) is not None


def part_of(number: int, record: object) -> Part:
    """The part "#number" with the record's document, or with the reason why it cannot be read."""
    mark = f"#{number}"
    try:
        return Part(mark, raw_of(record if isinstance(record, Mapping) else {"text": record}))
    except DocumentError as error:
        return Part(mark, reason=str(error))
    except (RecursionError, ValueError, OverflowError) as error:
        return Part(mark, reason=why_unreadable("record", error))


def _flattened(record: Record) -> dict[str, list[_Value]]:
    """The values by plain name, in order; nested fields come after those of the record itself.

    A list of texts becomes one text; a list of people becomes several values under one name.
    """
    found: dict[str, list[_Value]] = {}
    inner: list[tuple[str, Record]] = []
    for name, value in list(record.items())[:MOST_FIELDS]:
        for one in _texts(value, _plain(name)):
            found.setdefault(_plain(name), []).append(_Value(name, one))
        if isinstance(value, Mapping):
            inner.append((name, value))
    inner.sort(key=lambda pair: _plain(pair[0]) not in _WRAPPERS)
    for outer, values in inner:
        for name, value in list(values.items())[:MOST_FIELDS]:
            # A "name" within an author is the author's, not the title of the record.
            key = _plain(name) if _plain(outer) in _WRAPPERS else f"{_plain(outer)}.{_plain(name)}"
            if key not in found and not (_plain(name) in _INNER and _plain(outer) in found):
                texts = list(_texts(value, _plain(name)))
                if texts:
                    found[key] = [_Value(f"{outer}.{name}", one) for one in texts]
    return found


def _texts(value: object, name: str) -> Iterator[str]:
    """The texts of a value: its own, or those of its items."""
    if isinstance(value, Mapping):
        named = {_plain(key): inner for key, inner in value.items()}
        inner = next((named[key] for key in _INNER if isinstance(named.get(key), str)), None)
        # An article within a record is more than its name, so wrappers are skipped here.
        if isinstance(inner, str) and name not in _WRAPPERS:
            yield from _texts(inner, name)
    elif isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        each = [text for item in value[:MOST_FIELDS] for text in _texts(item, name)]
        if name in TEXTS:
            each = ["\n\n".join(each)] if each else []
        yield from each
    elif value is not None and not isinstance(value, bytes):
        text = str(value).strip()
        if text.lower() not in _NOTHING:
            yield text


def _plain(name: str) -> str:
    return _NO_LETTERS.sub("", str(name)[:100]).lower()


def _all(
    values: dict[str, list[_Value]], names: Sequence[str], *, several: bool = False
) -> list[_Value]:
    found = next((values[name] for name in names if values.get(name)), [])
    return [v for v in found if len(v.text) <= LONGEST_CLUE][: 100 if several else 1]


def _first(
    values: dict[str, list[_Value]],
    names: Sequence[str],
    but: set[str] | frozenset[str] = frozenset(),
) -> _Value | None:
    for name in names:
        for value in values.get(name, ()):
            if value.name not in but:
                return value
    return None


def _clue(field: Field, value: _Value) -> Clue:
    origin = f'field "{value.name}"'
    text = " ".join(value.text.split())[:LONGEST_CLUE]
    if field in (Field.PUBLISHED, Field.UPDATED) and (day := _day(text)):
        return Clue(field, day, f"{origin}, which says {text}")
    return Clue(field, text, origin)


def _day(text: str) -> str | None:
    """The day that a number stands for (20171030, or seconds since 1970); None for any other text.

    >>> _day("20171030"), _day("1509350400"), _day("1509350400000"), _day("2017-10-30"), _day("12")
    ('2017-10-30', '2017-10-30', '2017-10-30', None, None)
    """
    if _DAY_NUMBER.fullmatch(text):
        return f"{text[:4]}-{text[4:6]}-{text[6:]}"
    if match := _SECONDS.fullmatch(text):
        seconds = int(match[1]) if match[1] else int(match[2]) // 1000
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).date().isoformat()
    return None
