"""An answer as the page is told it: plain values, every text of a document as text."""

from dataclasses import dataclass
from typing import Any

from corpus.types import Document
from index.types import Filter
from qa.render import copy_line, excerpt, group, mark, place, source_line, visible
from qa.types import Answer, Citation
from qa.web.collection import Collection
from qa.web.views.selection_view import copies

LONGEST_SENTENCE = 1_200


@dataclass(frozen=True, slots=True)
class Asked:
    """Where a question was asked, and how long that took, in seconds."""

    filter: Filter
    seconds: float


def shown_answer(answer: Answer, collection: Collection, asked: Asked) -> dict[str, Any]:
    """All that the page shows of an answer, and its receipt."""
    numbers = {id(citation): n for n, citation in enumerate(answer.citations, start=1)}
    groups = [
        {
            "short": _short(same.citations[0]),
            "numbers": [numbers[id(citation)] for citation in same.citations],
            "sources": same.sources,
            "documents": same.documents,
        }
        for same in group(answer.citations)
    ]
    return {
        "state": "answered",
        "question": answer.question.asked,
        "meant": answer.question.text if answer.question.is_rewritten else None,
        "within": len(answer.within),
        "found": answer.found,
        "groups": groups,
        "citations": [citation_view(citation) for citation in answer.citations],
        "closest": [citation_view(citation) for citation in answer.closest],
        "confidence": round(answer.confidence, 2),
        "sureness": str(answer.sureness),
        "searched": _searched(answer, collection, asked),
        "seconds": round(asked.seconds, 2),
        "receipt": answer.to_dict(),
    }


def citation_view(citation: Citation) -> dict[str, Any]:
    """A citation: its sentence in three parts, where it stands, and forms to copy."""
    marked = mark(citation)
    quote, passage, document = citation.quote, citation.passage, citation.document
    half = LONGEST_SENTENCE // 2
    before = marked.before if len(marked.before) <= half else f"… {marked.before[-half:]}"
    after = marked.after if len(marked.after) <= half else f"{marked.after[:half]} …"
    return {
        "before": visible(before),
        "quote": _short(citation),
        "after": visible(after),
        "document": visible_id(document),
        "id": document.id,
        "sha256": document.sha256,
        "title": visible(document.title),
        "source": source_line(document),
        "place": place(quote),
        "page": document.page(quote.start),
        "start": quote.start,
        "end": quote.end,
        "passage": [passage.start, passage.end],
        "article": citation.article or document.id,
        "also_in": [
            {
                "id": copy.document.id,
                "line": copy_line(copy.document),
                "relation": copy.relation.value,
            }
            for copy in citation.also_in
        ],
        "copies": copies(citation),
    }


def visible_id(document: Document) -> str:
    """The document's id as it may be shown."""
    return visible(document.id)


def _short(citation: Citation) -> str:
    return visible(excerpt(citation.quote, longest=LONGEST_SENTENCE))


def _searched(answer: Answer, collection: Collection, asked: Asked) -> dict[str, Any]:
    """What was searched: how many documents of how many, under which filter, and what was not read."""
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
