"""An answer for the page, as plain values; the words of documents are plain text."""

from dataclasses import asdict, dataclass
from typing import Any

from index.types import Filter
from qa.render import (
    copy_line,
    excerpt,
    group,
    mark,
    metadata_line,
    place,
    shortened,
    source_line,
    visible,
)
from qa.types import Answer, Citation, Cited, Form, MetadataCitation
from qa.web.collection import Collection
from qa.web.views.selection_view import copies

LONGEST_SENTENCE = 1_200


@dataclass(frozen=True, slots=True)
class Asked:
    """Where a question was asked, and how many seconds that took."""

    filter: Filter
    seconds: float


def shown_answer(answer: Answer, collection: Collection, asked: Asked) -> dict[str, Any]:
    """Everything that the page shows of an answer, and its receipt."""
    return {
        "state": "answered",
        "question": answer.question.asked,
        "meant": answer.question.text if answer.question.is_rewritten else None,
        "within": len(answer.within),
        "turn": asdict(answer.turn),
        "found": answer.found,
        "groups": _groups(answer),
        "citations": [_cited(citation) for citation in answer.citations],
        "closest": [_cited(citation) for citation in answer.closest],
        "confidence": round(answer.confidence, 2),
        "sureness": str(answer.sureness),
        "searched": _searched(answer, collection, asked),
        "seconds": round(asked.seconds, 2),
        "receipt": answer.to_dict(),
    }


def _groups(answer: Answer) -> list[dict[str, Any]]:
    """The different answers with the numbers of their citations; a single one if all citations form it."""
    if answer.found and answer.form is not Form.BEST:
        numbers = list(range(1, len(answer.citations) + 1))
        short = visible(shortened(answer.text))
        return [{"short": short, "numbers": numbers, "sources": 1, "documents": 1}]
    places = {id(citation): n for n, citation in enumerate(answer.citations, start=1)}
    return [
        {
            "short": visible(shortened(same.citations[0].text)),
            "numbers": [places[id(citation)] for citation in same.citations],
            "sources": same.sources,
            "documents": same.documents,
        }
        for same in group(answer.citations)
    ]


def _cited(citation: Cited) -> dict[str, Any]:
    return citation_view(citation) if isinstance(citation, Citation) else metadata_view(citation)


def metadata_view(citation: MetadataCitation) -> dict[str, Any]:
    """A fact about a document, in the form of a citation without words; it opens the document."""
    document = citation.document
    return {
        "kind": "metadata",
        "field": citation.field.value,
        "value": visible(citation.text),
        "origin": visible(citation.origin),
        "sure": citation.sure.value,
        "line": metadata_line(citation),
        **_source(citation),
        "place": visible(document.id),
        "page": None,
        "start": 0,
        "end": 0,
        "passage": None,
        "also_in": [],
    }


def citation_view(citation: Citation) -> dict[str, Any]:
    """A citation: its sentence in three parts, its place, and the forms to copy it in."""
    marked = mark(citation)
    quote, passage, document = citation.quote, citation.passage, citation.document
    half = LONGEST_SENTENCE // 2
    before = marked.before if len(marked.before) <= half else f"… {marked.before[-half:]}"
    after = marked.after if len(marked.after) <= half else f"{marked.after[:half]} …"
    return {
        "kind": "quote",
        "before": visible(before),
        "quote": visible(excerpt(quote, longest=LONGEST_SENTENCE)),
        "after": visible(after),
        **_source(citation),
        "place": place(quote),
        "page": document.page(quote.start),
        "start": quote.start,
        "end": quote.end,
        "passage": [passage.start, passage.end],
        "also_in": [
            {
                "id": copy.document.id,
                "line": copy_line(copy.document),
                "relation": copy.relation.value,
            }
            for copy in citation.also_in
        ],
    }


def _source(citation: Cited) -> dict[str, Any]:
    """The document of a citation, and the forms to copy the citation in."""
    document = citation.document
    return {
        "document": visible(document.id),
        "id": document.id,
        "sha256": document.sha256,
        "title": visible(document.title),
        "source": source_line(document),
        "article": citation.article or document.id,
        "copies": copies(citation),
    }


def _searched(answer: Answer, collection: Collection, asked: Asked) -> dict[str, Any]:
    """The scope of a search: the number of documents, the filter, and the files that could not be read."""
    filter = answer.provenance.filter
    return {
        "documents": collection.accepted(filter),
        "of": len(collection.documents()),
        "unread": len(collection.unread()),
        "passages": len(answer.hits),
        "filter": {
            "publishers": list(asked.filter.publishers),
            "after": asked.filter.after.isoformat() if asked.filter.after else "",
            "before": asked.filter.before.isoformat() if asked.filter.before else "",
            "documents": list(asked.filter.documents),
        },
    }
