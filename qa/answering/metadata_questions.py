"""Answer questions about documents themselves: when one was published, who wrote it, which is the oldest.

If the text itself says so (in a byline or a dateline), the answer is a quote like any other. Anything
known from elsewhere (the tags of a page, the file's name) is cited as metadata.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date
from enum import StrEnum

from corpus.provenance import Field, Sure
from corpus.types import Dated, Document, Metadata, Sourced
from index.retrievers import tokenize
from index.types import Hit
from qa.answering.document_names import (
    ANY_ITEM,
    Candidates,
    Listed,
    Named,
    documents_meant,
    naming_terms,
)
from qa.reader import sentence_around
from qa.types import About, Citation, Cited, Form, MetadataCitation

# The factor on the score of a value that is only inferred.
INFERRED = 0.7
# A longer list is not an answer: `qa docs` is made for that.
MOST_LISTED = 50


class Subject(StrEnum):
    """What a question asks about documents."""

    PUBLISHED = "published"
    UPDATED = "updated"
    FILE_MADE = "file made"
    AUTHOR = "author"
    PUBLISHER = "publisher"
    OLDEST = "oldest"
    NEWEST = "newest"
    COUNT = "count"
    LIST = "list"


_FIELDS = {
    Subject.PUBLISHED: Field.PUBLISHED,
    Subject.UPDATED: Field.UPDATED,
    Subject.FILE_MADE: Field.FILE_MADE,
    Subject.AUTHOR: Field.AUTHOR,
    Subject.PUBLISHER: Field.PUBLISHER,
}
_DATES = (Subject.PUBLISHED, Subject.UPDATED, Subject.FILE_MADE)
_MADE = r"(?:published|posted|written|printed|released|put out|dated|come out|appear(?:ed)?)"
_OLD, _NEW = r"(?:oldest|earliest)", r"(?:newest|latest|most recent)"
_WHICH = (
    rf"^(?:which|what)(?: one)?(?: of (?:them|these|those|the(?: \w+)?|both|all)?)?(?: {ANY_ITEM})?"
)
_OUT = rf"(?: (?:was|is|were|came out|come out|appeared|has been))?(?: {_MADE})?"


def _extremes(adjective: str, adverb: str) -> str:
    """A pattern for questions that ask which of several documents is the first or the last."""
    return (
        rf"{_WHICH} (?:is|was) (?:the )?{adjective}(?: one| {ANY_ITEM}| of (?:them|these|those|all))?\W*$"
        rf"|^(?:which|what)(?: is| was|['’]s)? the {adjective} {ANY_ITEM}\b"
        rf"|{_WHICH}{_OUT} {adverb}\W*$"
    )


_ASKS = tuple(
    (subject, re.compile(pattern, re.IGNORECASE))
    for subject, pattern in (
        (Subject.OLDEST, _extremes(_OLD, "(?:first|earliest)")),
        (Subject.NEWEST, _extremes(_NEW, "(?:last|latest|most recently)")),
        (Subject.COUNT, rf"^how many (?:(?:of the|news|different|single|other) )?{ANY_ITEM}\b(?!.*\babout\b)"),
        (Subject.LIST, rf"^(?:which|what) (?:\w+ )?{ANY_ITEM} (?:did|has|have|do|does|are|were) (?:.+ (?:publish(?:ed)?|written|write|print(?:ed)?)|(?:written |published )?(?:by|from))\b(?!.*\babout\b)"),
        (Subject.FILE_MADE, r"^when\b.*\b(?:file|pdf)\b.*\b(?:made|created|saved|modified)\b"),
        (Subject.UPDATED, r"^(?:when|on (?:what|which) (?:day|date))\b.*\b(?:updated|modified|revised)\b"),
        (Subject.PUBLISHED, rf"^(?:when|(?:on |in )?(?:what|which) (?:day|date|year|month))\b.*\b{_MADE}\b"),
        (Subject.PUBLISHED, r"\b(?:publication dates?|dates? of publication|what (?:is|are) the dates? of)\b"),
        (Subject.AUTHOR, r"^(?:who|by whom)\b.*\b(?:wrote|written|author(?:s|ed)?|penned)\b(?! to\b)"),
        (Subject.AUTHOR, r"\b(?:author|writer|byline)s? of\b"),
        (Subject.PUBLISHER, rf"^(?:who|(?:what|which) (?:\w+ )?(?:newspaper|paper|publisher|outlet|magazine|site|source|agency))\b.*\b(?:{_MADE}|publish(?:es)?|carried|ran)\b"),
        (Subject.PUBLISHER, r"^where\b.*\b(?:published|printed|appear(?:ed)?)\b|\bpublisher of\b"),
    )
)  # fmt: skip
_FIRST_OR_LAST = re.compile(rf"\bthe (?:(?P<old>{_OLD})|{_NEW}) {ANY_ITEM}\b", re.IGNORECASE)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_THERE = re.compile(r"\b(?:are there|do you (?:have|know)|have you)\b", re.IGNORECASE)
# The words around the name in "How many articles did the Courier publish?".
_AROUND_NAME = frozenset(
    tokenize("many publish wrote write print there have know collection folder")
)


def asked_subject(question: str) -> Subject | None:
    """What a question asks about documents; None if it asks about the world.

    >>> asked_subject("Who wrote the commentary on THAAD?").value
    'author'
    >>> asked_subject("Which is the oldest?").value, asked_subject("Which is the oldest bridge?")
    ('oldest', None)
    """
    asked = question.strip()
    return next((subject for subject, pattern in _ASKS if pattern.search(asked)), None)


Load = Callable[[str], Document | None]
"""Loads the document with an id, including its text."""


def read_metadata(question: str, subject: Subject, among: Candidates, load: Load) -> About:
    """The metadata that answer a question about documents; empty if no document is meant for sure.

    The score of each citation (0..1) is how likely it is that its document is meant and its value right.
    """
    if subject in (Subject.OLDEST, Subject.NEWEST):
        return _extreme(question, among, load, oldest=subject is Subject.OLDEST)
    if subject in (Subject.COUNT, Subject.LIST):
        return _listed(question, among, load, subject)
    named = documents_meant(question, among)
    if found := _FIRST_OR_LAST.search(question):
        named, _ = _first_of(named or _all_of(question, among), oldest=bool(found["old"]))
    if subject in _DATES:
        named = sorted(named, key=lambda pair: _day_of(pair[0], _FIELDS[subject]))
    cited = _citations(named, _FIELDS[subject], among.hits, load)
    if cited:
        return About(cited, Form.EACH)
    # subtle: of a document that says no day of its own, any other day in its text is none either.
    is_silent = bool(named) and subject in _DATES
    instead = _other_days(named, load) if subject is Subject.PUBLISHED else ()
    return About(instead=instead, is_silent=is_silent)


def _citations(named: Named, field: Field, hits: Sequence[Hit], load: Load) -> tuple[Cited, ...]:
    """The citations for a metadata field of each document."""
    return tuple(
        _cited(document, field, value, share, hits)
        for listed, share in named[:MOST_LISTED]
        for value in _values(listed.metadata, field)
        if (document := _loaded(listed, load)) is not None
    )


def _loaded(listed: Listed, load: Load) -> Document | None:
    return listed if isinstance(listed, Document) else load(listed.id)


def _values(metadata: Metadata, field: Field) -> list[Sourced | Dated]:
    return [value for name, value in metadata.values() if name is field]


def _cited(
    document: Document, field: Field, value: Sourced | Dated, share: float, hits: Sequence[Hit]
) -> Cited:
    """A quote if the text itself gives the value, in a hit or not; otherwise a metadata citation."""
    score = share * INFERRED if value.sure is Sure.INFERRED else share
    if value.start is None or value.end is None:
        return MetadataCitation.of(document, field, value, score)
    quote = document.span(value.start, value.end)
    line = sentence_around(document, quote.start, quote.end)
    passages = (hit.passage for hit in hits if hit.passage.document == document)
    around = (p for p in passages if p.start <= quote.start and quote.end <= p.end)
    return Citation(quote, line, next(around, line), score)


def _other_days(named: Named, load: Load) -> tuple[MetadataCitation, ...]:
    """For documents without a known day of publication: when they were updated, or their file was made."""
    found = []
    for listed, share in named:
        values = [
            (f, v) for f in (Field.UPDATED, Field.FILE_MADE) for v in _values(listed.metadata, f)
        ]
        if values and (document := _loaded(listed, load)) is not None:
            field, value = values[0]
            found.append(MetadataCitation.of(document, field, value, share * INFERRED))
    return tuple(found[:MOST_LISTED])


def _day_of(listed: Listed, field: Field) -> date:
    days = [value.day for value in _values(listed.metadata, field) if isinstance(value, Dated)]
    return days[0] if days else date.max


def _all_of(question: str, among: Candidates) -> Named:
    """All documents whose title and publisher contain every term of the question that may name one."""
    asked = naming_terms(question)
    if not asked:
        return [(one, 1.0) for one in among.listed]
    return [
        (one, 1.0)
        for one in among.listed
        if set(asked) <= set(tokenize(f"{one.title} {one.publisher}"))
    ]


def _first_of(named: Named, *, oldest: bool) -> tuple[Named, float]:
    """The documents of the first or the last day, and the share of documents whose day is known."""
    dated = [(one.published, one, share) for one, share in named if one.published]
    if not dated:
        return [], 0.0
    day = (min if oldest else max)(day for day, _, _ in dated)
    return [(one, share) for found, one, share in dated if found == day], len(dated) / len(named)


def _extreme(question: str, among: Candidates, load: Load, *, oldest: bool) -> About:
    """The title and the day of the oldest or the newest document."""
    first, known = _first_of(_all_of(question, among), oldest=oldest)
    # A document without a known day may be the oldest or the newest.
    named = [(one, share * known) for one, share in first]
    cited = [
        citation
        for pair in named
        for field in (Field.TITLE, Field.PUBLISHED)
        for citation in _citations([pair], field, among.hits, load)
    ]
    return About(tuple(cited), Form.EACH) if cited else About()


def _listed(question: str, among: Candidates, load: Load, subject: Subject) -> About:
    """The titles of the documents of a publisher or an author, as a list or for counting."""
    year = _YEAR.search(question)
    asked = {
        term
        for term in naming_terms(question)
        if term not in _AROUND_NAME and not (year and term == year[0])
    }
    if not asked and not (subject is Subject.COUNT and (year or _THERE.search(question))):
        return About()
    named = [
        (one, 1.0)
        for one in among.listed
        if (not asked or _is_by(one, asked))
        and (not year or (one.published and str(one.published.year) == year[0]))
    ]
    if not 0 < len(named) <= MOST_LISTED:
        return About()
    titles = _sure(_citations(named, Field.TITLE, among.hits, load))
    return About(titles, Form.COUNT if subject is Subject.COUNT else Form.EACH)


def _sure(titles: tuple[Cited, ...]) -> tuple[Cited, ...]:
    """The titles with full score: a list is no less right if a title is only a file name."""
    return tuple(
        MetadataCitation.of(t.document, t.field, t.document.metadata.title, 1.0)
        if isinstance(t, MetadataCitation)
        else t
        for t in titles
    )


def _is_by(listed: Listed, asked: set[str]) -> bool:
    """Whether these terms are the name of the publisher or of an author, or the last name of an author."""
    names = [set(tokenize(name)) for name in (listed.publisher, *listed.authors) if name]
    last = [set(tokenize(name.split()[-1])) for name in listed.authors if name.split()]
    return any(name == asked for name in (*names, *last))
