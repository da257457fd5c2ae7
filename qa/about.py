"""Questions about a document itself: when it was published, who wrote it, who published it.

The answer is a quote like any other: the characters of the document that say so. What the document
does not say in its own words is not answered.
"""

import re
from collections.abc import Sequence
from enum import StrEnum

from corpus.sentences import sentences_within
from corpus.types import Dated, Document, Sourced, Span
from index.lexical import terms
from index.types import Hit
from qa.types import Citation


class Subject(StrEnum):
    """What is asked of a document."""

    PUBLISHED = "published"
    AUTHOR = "author"
    PUBLISHER = "publisher"


_PIECE = r"article|articles|story|piece|commentary|column|op-?ed|editorial|report|document|text|page|interview|transcript|headline|essay|analysis|post"
_MADE = r"(?:published|posted|written|printed|released|put out|dated|come out|appear(?:ed)?)"
_ASKS = (
    (Subject.PUBLISHED, rf"^(?:when|(?:on |in )?(?:what|which) (?:day|date|year|month))\b.*\b{_MADE}\b"),
    (Subject.PUBLISHED, r"\b(?:publication date|date of publication|what is the date of)\b"),
    (Subject.AUTHOR, r"^(?:who|by whom)\b.*\b(?:wrote|written|author(?:s|ed)?|penned)\b"),
    (Subject.AUTHOR, r"\b(?:author|writer|byline)s? of\b|\bwho is the author\b"),
    (Subject.PUBLISHER, rf"^(?:who|(?:what|which) (?:\w+ )?(?:newspaper|paper|publisher|outlet|magazine|site|source|agency))\b.*\b(?:{_MADE}|publish(?:es)?|carried|ran)\b"),
    (Subject.PUBLISHER, r"^where\b.*\b(?:published|printed|appear(?:ed)?)\b|\bpublisher of\b"),
)  # fmt: skip
# The words that such a question is made of, and that do not name the document.
_ASIDE = frozenset(
    terms(
        "article articles story piece commentary column oped editorial report document text page"
        " interview transcript headline essay analysis post published posted written printed released"
        " dated come appear appeared wrote author authored writer publisher publication date day year"
        " month newspaper paper outlet magazine site source agency byline penned called titled entitled"
        " named headed carried ran"
    )
)
# A document is meant when this share of the question's other words stand in its title or its byline;
# fewer will do where the question says that it speaks of an article.
NAMED, NAMED_AS_PIECE = 0.75, 0.5


def asked_subject(question: str) -> Subject | None:
    """What a question asks of a document, or None where it asks about the world.

    >>> asked_subject("Who wrote the commentary on THAAD?").value
    'author'
    >>> asked_subject("Who said the talks are over?") is None
    True
    """
    for subject, pattern in _ASKS:
        if re.search(pattern, question.strip(), re.IGNORECASE):
            return subject
    return None


def read_metadata(question: str, hits: Sequence[Hit]) -> list[Citation]:
    """The quotes that answer a question about a document among the hits; none if it asks otherwise.

    The score (0..1) is the share of the question's words that name the document.
    """
    subject = asked_subject(question)
    if subject is None:
        return []
    asked = [term for term in terms(question) if term not in _ASIDE]
    is_piece = bool(re.search(rf"\b(?:{_PIECE})\b", question, re.IGNORECASE))
    documents = list(dict.fromkeys(hit.passage.document for hit in hits))
    if not asked:
        # "Who wrote this article?" has one meaning only where there is one document.
        named = [(1.0, document) for document in documents] if len(documents) == 1 else []
    else:
        named = [(_share(asked, document), document) for document in documents]
    best = max((share for share, _ in named), default=0.0)
    if best < (NAMED_AS_PIECE if is_piece else NAMED):
        return []
    passages = {hit.passage.document: hit.passage for hit in reversed(hits)}
    return [
        _cited(Span(document, value.start, value.end), passages[document], share)
        for share, document in named
        if share == best
        for value in _values(document, subject)
        if value.start is not None and value.end is not None
    ]


def _share(asked: Sequence[str], document: Document) -> float:
    names = " ".join([document.title, document.publisher, *document.authors, document.id])
    held = set(terms(re.sub(r"[/_.-]", " ", names))) | set(terms(names))
    return sum(term in held for term in asked) / len(asked)


def _values(document: Document, subject: Subject) -> Sequence[Sourced | Dated]:
    metadata = document.metadata
    if subject is Subject.AUTHOR:
        return metadata.authors
    value = metadata.published if subject is Subject.PUBLISHED else metadata.publisher
    return [value] if value else []


def _cited(quote: Span, passage: Span, share: float) -> Citation:
    lines = sentences_within(quote.document, quote.start, quote.end)
    return Citation(quote, lines[0] if lines else quote, passage, share)
