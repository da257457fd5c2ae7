"""The values of this layer: citations and answers, and the receipt that an answer leaves."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Self

from corpus.provenance import Field, Sure
from corpus.types import Dated, Document, Sourced, Span, plain_value, written_day
from index.types import Copy, Filter, Hit, Manifest

RECEIPT_FORMAT = 2
# Characters of an answer that the next question may point at.
LONGEST_ANSWER = 300


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote, the sentence around it, and the passage it was read in.

    `score` says how well the quote answers: higher is better, comparable across passages of one
    question and one reader. `also_in` are copies of its document that hold the same sentence, and
    `article` is the id of the document that leads them: what has the same is one source.
    """

    quote: Span
    sentence: Span
    passage: Span
    score: float
    also_in: tuple[Copy, ...] = ()
    article: str = ""

    @property
    def document(self) -> Document:
        """The document that is quoted."""
        return self.quote.document

    @property
    def text(self) -> str:
        """What it says to the question: the quote's words."""
        return self.quote.text

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON: enough to find the quote again, and to see that it was changed."""
        return {
            "kind": "quote",
            "document": self.document.id,
            "sha256": self.document.sha256,
            **source_facts(self.document),
            "start": self.quote.start,
            "end": self.quote.end,
            "page": self.document.page(self.quote.start),
            "quote": self.quote.text,
            "sentence_start": self.sentence.start,
            "sentence_end": self.sentence.end,
            "sentence": self.sentence.text,
            "score": round(self.score, 4),
            "article": self.article or self.document.id,
            "also_in": [_copy(copy) for copy in self.also_in],
        }


@dataclass(frozen=True, slots=True)
class MetadataCitation:
    """What is known about a document, and where it was found: no words of its text.

    `value` is a day as ISO 8601 where the field is one. `score` (0..1) is how likely it is that this is
    what was asked for; `article` as in `Citation`.
    """

    document: Document
    field: Field
    value: str
    origin: str
    sure: Sure
    score: float = 1.0
    article: str = ""

    @classmethod
    def of(cls, document: Document, field: Field, known: Sourced | Dated, score: float) -> Self:
        """The citation of a value of the document's metadata."""
        value = plain_value(known)
        return cls(document, field, value, known.origin, known.sure, score)

    @property
    def text(self) -> str:
        """What it says to the question: the value, a day as it is written in English."""
        if self.field in (Field.PUBLISHED, Field.UPDATED, Field.FILE_MADE):
            return written_day(date.fromisoformat(self.value))
        return self.value

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON: enough to see whether the same is known later."""
        return {
            "kind": "metadata",
            "document": self.document.id,
            "sha256": self.document.sha256,
            **source_facts(self.document),
            "field": self.field.value,
            "value": self.value,
            "text": self.text,
            "origin": self.origin,
            "sure": self.sure.value,
            "score": round(self.score, 4),
            "article": self.article or self.document.id,
        }


Cited = Citation | MetadataCitation
"""What an answer is made of: words of a document, or what is known about it."""


def source_facts(document: Document) -> dict[str, Any]:
    """What a receipt says of a document beside its words, as plain values; None where unknown."""
    return {
        "title": document.title,
        "authors": list(document.authors),
        "publisher": document.publisher or None,
        "published": _iso(document.published),
        "url": document.url or None,
    }


class Sureness(StrEnum):
    """A confidence in one word: high from 0.75, medium from 0.5, low below."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Provenance:
    """What made an answer: enough to make it again.

    `collection` is the folder that was asked, `k` how many passages were read, and
    `min_confidence` the bound below which there is no answer.
    """

    collection: str
    index: Manifest
    reader: str
    reader_sha256: str
    k: int
    min_confidence: float
    filter: Filter

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "collection": self.collection,
            "index": self.index.to_dict(),
            "reader": self.reader,
            "reader_sha256": self.reader_sha256,
            "k": self.k,
            "min_confidence": self.min_confidence,
            "filter": {
                "publishers": list(self.filter.publishers),
                "after": _iso(self.filter.after),
                "before": _iso(self.filter.before),
                "documents": list(self.filter.documents),
            },
        }


class EntityKind(StrEnum):
    """What is named, as far as its characters show."""

    NAME = "name"
    YEAR = "year"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class NamedEntity:
    """What a question names, and its characters in the question, half-open."""

    kind: EntityKind
    text: str
    start: int
    end: int


class AnswerType(StrEnum):
    """What a question asks for, as far as it shows on the face of an answer."""

    DAY = "day"
    COUNT = "count"
    NUMBER = "number"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it was understood, once, before anything is searched.

    `text` is what is searched and read; `terms` are its words as the index counts them; `entities` are
    the names and figures in it, in their order; `kind` is the word that it asks with ("who", "how many",
    … or "other"); `answer_type` is what an answer should show. `points_back` says that it only points at
    what it is about ("Who led it?").

    `asked` is the question as it was typed: another text than `text` where it follows up another
    question and was written out. `within` are the ids of the documents that it is asked of first, since
    the answer before was found in them.
    """

    text: str
    terms: frozenset[str]
    entities: tuple[NamedEntity, ...]
    kind: str
    answer_type: AnswerType
    points_back: bool
    asked: str
    within: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.text

    @property
    def is_rewritten(self) -> bool:
        """Whether it was written out with words of the question and the answer before."""
        return self.text != self.asked


class Form(StrEnum):
    """How an answer's citations make it: the best one, all of them, or how many there are."""

    BEST = "best"
    EACH = "each"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class About:
    """What is known to a question about documents themselves; nothing for any other question.

    `instead` is what is known where that is not: when a file was made, but not when its text was published.
    `is_silent` says that the question names documents of which nobody knows it: no words of a text answer.
    """

    citations: tuple[Cited, ...] = ()
    form: Form = Form.BEST
    instead: tuple[MetadataCitation, ...] = ()
    is_silent: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A question and the passages that were found for it, best first: what is read for an answer.

    `generation` is the state of the index that they were found in, `about` what is known if the question
    is about the documents themselves.
    """

    question: Question
    hits: tuple[Hit, ...]
    provenance: Provenance
    generation: str
    about: About = About()

    @property
    def passages(self) -> list[Span]:
        """The passages alone."""
        return [hit.passage for hit in self.hits]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the documents say to a question.

    `citations` are best first, and none where the documents do not say; then `closest` are the
    sentences that come nearest, best first. `hits` are the passages that were read, best first.
    `confidence` (0..1) is how likely it is that the best quote is right; where there is no answer, that
    of the best quote that was not sure enough. `form` says how the citations make the answer.
    """

    question: Question
    citations: tuple[Cited, ...]
    closest: tuple[Cited, ...]
    hits: tuple[Hit, ...]
    confidence: float
    provenance: Provenance
    form: Form = Form.BEST

    @property
    def text(self) -> str:
        """The answer itself; "" where the documents do not say."""
        return answer_text([citation.text for citation in self.citations], self.form)

    @property
    def quotes(self) -> tuple[Citation, ...]:
        """Those of the citations that are words of a document."""
        return tuple(one for one in self.citations if isinstance(one, Citation))

    @property
    def found(self) -> bool:
        """Whether the documents say."""
        return bool(self.citations)

    @property
    def within(self) -> tuple[str, ...]:
        """The ids of the documents of the answer before that this one was looked for in; () for all."""
        documents = self.question.within
        return documents if documents and self.provenance.filter.documents == documents else ()

    @property
    def turn(self) -> "Turn":
        """What the next question may follow up."""
        ids = (citation.document.id for citation in self.citations)
        return Turn(self.question.text, self.text[:LONGEST_ANSWER], tuple(dict.fromkeys(ids)))

    @property
    def sureness(self) -> Sureness:
        """The confidence in a word."""
        if self.confidence >= 0.75:
            return Sureness.HIGH
        return Sureness.MEDIUM if self.confidence >= 0.5 else Sureness.LOW

    def to_dict(self) -> dict[str, Any]:
        """The receipt: plain values for JSON, which `qa verify` can check later.

        Its digest is over all the rest: any change to it is noticed, but by who changes that as well.
        """
        receipt = {
            "format": RECEIPT_FORMAT,
            "question": self.question.text,
            **({"asked": self.question.asked} if self.question.is_rewritten else {}),
            "answer": self.text,
            "form": self.form.value,
            "confidence": round(self.confidence, 4),
            "citations": [citation.to_dict() for citation in self.citations],
            "closest": [_place(citation) for citation in self.closest],
            "made_by": self.provenance.to_dict(),
        }
        return {**receipt, "digest": receipt_digest(receipt)}


def receipt_digest(receipt: dict[str, Any]) -> str:
    """SHA-256, in hexadecimal, of all that a receipt says but its digest and its signature."""
    said = {name: value for name, value in receipt.items() if name not in ("digest", "signature")}
    line = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(line.encode()).hexdigest()


def answer_text(texts: Sequence[str], form: Form) -> str:
    """The answer that citations with these texts make.

    >>> answer_text(["Ann Lee", "Bo Kim", "Ann Lee"], Form.EACH)
    'Ann Lee; Bo Kim'
    >>> answer_text(["Harvest", "Rain"], Form.COUNT), answer_text(["Harvest", "Rain"], Form.BEST)
    ('2', 'Harvest')
    """
    if form is Form.EACH:
        return "; ".join(dict.fromkeys(texts))
    if form is Form.COUNT and texts:
        return str(len(texts))
    return texts[0] if texts else ""


def _place(citation: Cited) -> dict[str, Any]:
    if isinstance(citation, MetadataCitation):
        return {"document": citation.document.id, "field": citation.field.value}
    quote = citation.quote
    return {"document": quote.document.id, "start": quote.start, "end": quote.end}


def _copy(copy: Copy) -> dict[str, Any]:
    document = copy.document
    return {
        "document": document.id,
        "sha256": document.sha256,
        "relation": copy.relation.value,
        **source_facts(document),
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


@dataclass(frozen=True, slots=True)
class Turn:
    """A question as it was understood, the answer to it, and the ids of the documents that were quoted."""

    question: str
    answer: str = ""
    documents: tuple[str, ...] = ()

    @property
    def asks(self) -> str:
        """The word that it asks with, in small letters: who, when, …; whatever else it begins with."""
        first, *rest = [*self.question.lower().split()[:2], ""]
        # "On which line …", "In what year …"
        return rest[0] if first in ("in", "on", "at", "by", "for", "from", "to") else first
