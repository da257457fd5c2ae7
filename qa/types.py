"""The values of this layer: questions, citations, answers, and the receipt of an answer."""

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
# Characters of an answer that the next question may refer to.
LONGEST_ANSWER = 300


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote, the sentence around it, and the passage it was read in.

    `score` says how well the quote answers: higher is better, comparable across passages of one
    question and one reader. `also_in` are copies of its document that contain the same sentence.
    `article` is the id of the document that leads them; citations with the same `article` are one source.
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
        """The words of the quote."""
        return self.quote.text

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON: enough to find the quote again and to detect changes to it."""
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
    """A fact about a document and where it was found; it does not quote the text.

    `value` is in ISO 8601 if the field is a day. `score` (0..1) is the probability that the question asks
    for this fact; `article` is as in `Citation`.
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
        """The value; a day is written in English."""
        if self.field in (Field.PUBLISHED, Field.UPDATED, Field.FILE_MADE):
            return written_day(date.fromisoformat(self.value))
        return self.value

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON: enough to check later whether the same is still known."""
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
"""A part of an answer: words of a document, or a fact about it."""


def source_facts(document: Document) -> dict[str, Any]:
    """What a receipt states about a document besides its words, as plain values; None if unknown."""
    return {
        "title": document.title,
        "authors": list(document.authors),
        "publisher": document.publisher or None,
        "published": _iso(document.published),
        "url": document.url or None,
    }


class Sureness(StrEnum):
    """A confidence as one word: high from 0.75, medium from 0.5, low below."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Provenance:
    """How an answer was produced, in enough detail to produce it again.

    `collection` is the folder that was searched, `k` the number of passages to read, and
    `min_confidence` the confidence below which there is no answer.
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
    """The kind of a named entity, as far as its characters show."""

    NAME = "name"
    YEAR = "year"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class NamedEntity:
    """A name or figure in a question, with its characters there (half-open)."""

    kind: EntityKind
    text: str
    start: int
    end: int


class AnswerType(StrEnum):
    """The kind of answer that a question asks for, as far as the text of an answer shows it."""

    DAY = "day"
    COUNT = "count"
    NUMBER = "number"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it was understood, once, before anything is searched.

    `text` is used for searching and reading; `terms` are its words as the index counts them; `entities`
    are the names and figures in it, in order; `kind` is its question word ("who", "how many", … or
    "other"); `answer_type` is the kind of answer to expect. `points_back` is True if the question only
    refers to its subject ("Who led it?").

    `asked` is the question as typed. It differs from `text` if the question follows up another one and
    was rewritten. `within` are the ids of the documents to search first, because the previous answer was
    found in them.
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
        """Whether it was rewritten with words of the previous question and answer."""
        return self.text != self.asked


class Form(StrEnum):
    """How the citations form the answer: the best one, each of them, or their number."""

    BEST = "best"
    EACH = "each"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class About:
    """The facts that answer a question about documents themselves; empty for any other question.

    `instead` has a related fact if the one asked for is unknown: when a file was made, but not when its
    text was published. `is_silent` is True if the question names documents for which the fact is unknown;
    then no quote from a text is an answer.
    """

    citations: tuple[Cited, ...] = ()
    form: Form = Form.BEST
    instead: tuple[MetadataCitation, ...] = ()
    is_silent: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A question and the passages found for it, best first, to be read for an answer.

    `generation` is the state of the index in which they were found. `about` has the known facts if the
    question is about the documents themselves.
    """

    question: Question
    hits: tuple[Hit, ...]
    provenance: Provenance
    generation: str
    about: About = About()

    @property
    def passages(self) -> list[Span]:
        """The passages without their scores."""
        return [hit.passage for hit in self.hits]


@dataclass(frozen=True, slots=True)
class Answer:
    """The documents' answer to a question.

    `citations` are best first, and empty if the documents do not answer the question; then `closest` are
    the closest sentences, best first. `hits` are the passages that were read, best first. `confidence`
    (0..1) is the probability that the best quote is right; without an answer, it is that of the best
    quote that was not sure enough. `form` says how the citations form the answer.
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
        """The answer itself; "" if there is none."""
        return answer_text([citation.text for citation in self.citations], self.form)

    @property
    def quotes(self) -> tuple[Citation, ...]:
        """The citations that quote a document."""
        return tuple(one for one in self.citations if isinstance(one, Citation))

    @property
    def found(self) -> bool:
        """Whether the documents answer the question."""
        return bool(self.citations)

    @property
    def within(self) -> tuple[str, ...]:
        """The ids of the previous answer's documents if only these were searched; () for all."""
        documents = self.question.within
        return documents if documents and self.provenance.filter.documents == documents else ()

    @property
    def turn(self) -> "Turn":
        """This question and answer, for the next question to follow up."""
        ids = (citation.document.id for citation in self.citations)
        return Turn(self.question.text, self.text[:LONGEST_ANSWER], tuple(dict.fromkeys(ids)))

    @property
    def sureness(self) -> Sureness:
        """The confidence as one word."""
        if self.confidence >= 0.75:
            return Sureness.HIGH
        return Sureness.MEDIUM if self.confidence >= 0.5 else Sureness.LOW

    def to_dict(self) -> dict[str, Any]:
        """The receipt: plain values for JSON, which `qa verify` can check later.

        Its digest covers everything else, so any change is noticed unless the digest is changed as well.
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
    """SHA-256, in hexadecimal, of a receipt without its digest and its signature."""
    said = {key: receipt[key] for key in receipt if key not in ("digest", "signature")}
    # subtle: a browser writes 1.0 as 1, which is the same receipt.
    whole = json.loads(json.dumps(said), parse_float=lambda n: v if (v := float(n)) % 1 else int(v))
    line = json.dumps(whole, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(line.encode()).hexdigest()


def answer_text(texts: Sequence[str], form: Form) -> str:
    """The answer formed by citations with these texts.

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
    """A question as it was understood, its answer, and the ids of the quoted documents."""

    question: str
    answer: str = ""
    documents: tuple[str, ...] = ()

    @property
    def asks(self) -> str:
        """Its question word in lower case (who, when, …), or whatever word it begins with."""
        first, *rest = [*self.question.lower().split()[:2], ""]
        # "On which line …", "In what year …"
        return rest[0] if first in ("in", "on", "at", "by", "for", "from", "to") else first
