"""Questions about a document itself: when it was published, who wrote it, who published it.

The answer is a quote like any other: the characters of the document that say so. What the document
does not say in its own words is not answered.
"""

import re
from collections.abc import Sequence
from enum import StrEnum

from corpus.types import Dated, Document, Sourced, Span
from index.retrievers import tokenize
from index.types import Hit
from qa.reader import sentence_around
from qa.types import Citation


class Subject(StrEnum):
    """What is asked of a document."""

    PUBLISHED = "published"
    AUTHOR = "author"
    PUBLISHER = "publisher"


# subtle: a report, a document or an analysis may well be something that the articles write about;
# an article or a commentary hardly is.
_PIECE = (
    r"\b(?:article|story|piece|commentary|column|op-?ed|editorial|headline|essay|page|post)s?\b"
)
_THING = (
    r"\b(?:this|that|the) (?:\w+ ){0,4}(?:report|document|text|interview|transcript|analysis)\b"
)
_MADE = r"(?:published|posted|written|printed|released|put out|dated|come out|appear(?:ed)?)"
_ASKS = (
    (Subject.PUBLISHED, rf"^(?:when|(?:on |in )?(?:what|which) (?:day|date|year|month))\b.*\b{_MADE}\b"),
    (Subject.PUBLISHED, r"\b(?:publication date|date of publication|what is the date of)\b"),
    (Subject.AUTHOR, r"^(?:who|by whom)\b.*\b(?:wrote|written|author(?:s|ed)?|penned)\b(?! to\b)"),
    (Subject.AUTHOR, r"\b(?:author|writer|byline)s? of\b"),
    (Subject.PUBLISHER, rf"^(?:who|(?:what|which) (?:\w+ )?(?:newspaper|paper|publisher|outlet|magazine|site|source|agency))\b.*\b(?:{_MADE}|publish(?:es)?|carried|ran)\b"),
    (Subject.PUBLISHER, r"^where\b.*\b(?:published|printed|appear(?:ed)?)\b|\bpublisher of\b"),
)  # fmt: skip
# The words that such a question is made of, and that do not name the document.
_ASIDE = frozenset(
    tokenize(
        "article articles story piece commentary column oped editorial report document text page"
        " interview transcript headline essay analysis post published posted written printed released"
        " dated come appear appeared wrote author authored writer publisher publication date day year"
        " month newspaper paper outlet magazine site source agency byline penned called titled entitled"
        " named headed carried ran"
    )
)
_QUOTED = re.compile(r"[\"“”„«]([^\"“”„«»]{4,})[\"“”»]")
# A part of a title (before its colon, say) names a document if it has so many terms.
FEWEST_TERMS = 3
# Where a question speaks of an article, this share of its other words must name the document.
NAMED_AS_PIECE = 0.5
# Where it does not ("Who wrote THAAD in Seongju?"), this share of them must, and they must be this
# share of the title: "When did rinderpest appear?" is about the world, whatever title has the word.
NAMED, WHOLE_TITLE = 0.75, 0.75


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
    passages: dict[Document, list[Span]] = {}
    for hit in hits:
        passages.setdefault(hit.passage.document, []).append(hit.passage)
    return [
        _cited(Span(document, value.start, value.end), passages[document], share)
        for document, share in _named(question, list(passages))
        for value in _values(document, subject)
        if value.start is not None and value.end is not None
    ]


def _named(question: str, documents: Sequence[Document]) -> list[tuple[Document, float]]:
    """The documents that a question names best, and the share of its words that name them."""
    asked = [term for term in tokenize(question) if term not in _ASIDE]
    is_piece = bool(re.search(_PIECE, question, re.IGNORECASE))
    if not asked:
        # "Who wrote this article?" has one meaning only where there is one document.
        speaks_of_it = is_piece or bool(re.search(_THING, question, re.IGNORECASE))
        return [(documents[0], 1.0)] if len(documents) == 1 and speaks_of_it else []
    shares = [(document, _share(asked, document)) for document in documents]
    whole = [pair for pair in shares if _is_meant(question, pair[0])]
    if not is_piece or any(share >= NAMED for _, share in whole):
        # One whose title is written out is meant before one that has the same words and more.
        shares = [pair for pair in whole if pair[1] >= NAMED]
    best = max((share for _, share in shares), default=0.0)
    return [pair for pair in shares if pair[1] == best >= NAMED_AS_PIECE]


def _share(asked: Sequence[str], document: Document) -> float:
    """The share of the question's terms that stand in the document's names."""
    names = " ".join([document.title, document.publisher, *document.authors, document.id])
    held = set(tokenize(re.sub(r"[/_.-]", " ", names))) | set(tokenize(names))
    return sum(term in held for term in asked) / len(asked)


def _is_meant(question: str, document: Document) -> bool:
    """Whether the question writes out the document's title, or speaks of its publisher's report."""
    if _writes_out(question, document.title):
        return True
    asked, publisher = set(tokenize(question)), set(tokenize(document.publisher))
    of_publisher = bool(publisher) and publisher <= asked
    return of_publisher and bool(re.search(_THING, question, re.IGNORECASE))


def _writes_out(question: str, title: str) -> bool:
    """Whether the question gives the title: nearly all of it, a part of it, or some of it quoted.

    >>> _writes_out("When was The next test published?", "The next test of ties: what comes")
    False
    >>> _writes_out("When was “The next test” published?", "The next test of ties: what comes")
    True
    """
    asked, held = set(tokenize(question)), set(tokenize(title))
    if held and len(held & asked) >= WHOLE_TITLE * len(held):
        return True
    parts = [set(tokenize(part)) for part in re.split(r"[:|–—]", title)]
    if any(len(part) >= FEWEST_TERMS and part <= asked for part in parts):
        return True
    quoted = [set(tokenize(words)) for words in _QUOTED.findall(question)]
    return any(words and words <= held for words in quoted)


def _values(document: Document, subject: Subject) -> Sequence[Sourced | Dated]:
    metadata = document.metadata
    if subject is Subject.AUTHOR:
        return metadata.authors
    value = metadata.published if subject is Subject.PUBLISHED else metadata.publisher
    return [value] if value else []


def _cited(quote: Span, passages: Sequence[Span], share: float) -> Citation:
    """The citation of a quote from the head of a document, which need not be among what was found."""
    line = sentence_around(quote.document, quote.start, quote.end)
    around = (p for p in passages if p.start <= quote.start and quote.end <= p.end)
    return Citation(quote, line, next(around, line), share)
