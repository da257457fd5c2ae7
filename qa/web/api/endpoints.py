"""The endpoints for programs: the same three through Gradio's client and curl.

`/ask`, `/search` and `/documents` are Gradio endpoints (`Client(url).predict(…, api_name="/ask")`,
described at `/gradio_api/openapi.json`) and also plain HTTP addresses:

    curl -G http://127.0.0.1:7860/ask --data-urlencode "question=When did it open?"
"""

from typing import Any

from index.types import Hit
from qa.defaults import LONGEST_QUESTION, PASSAGES_READ
from qa.types import source_facts
from qa.web.api.ask import ask_once
from qa.web.collection import Collection
from qa.web.requests import filter_of, number, text, yes
from qa.web.views import MOST_ROWS, Wanted, list_view

MOST_PASSAGES, LONGEST_SEARCH = 100, 200
Names = list[str]


class Endpoints:
    """The three endpoints of one collection. Each raises UserError if it cannot answer."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    def ask(
        self,
        question: str,
        publishers: Names | None = None,
        after: str | None = None,
        before: str | None = None,
        documents: Names | None = None,
        k: int = PASSAGES_READ,
    ) -> dict[str, Any]:
        """The documents' answer to a question, as a receipt that `qa verify` can check.

        Days are YYYY-MM-DD; `documents` are ids, or folders that end in "/"; `k` passages are read.
        """
        filter = filter_of(_given(publishers, after, before, documents))
        k = number(k, least=1, most=MOST_PASSAGES, default=PASSAGES_READ)
        question = text("question", question, LONGEST_QUESTION)
        return ask_once(self._collection, question, filter, k).to_dict()

    def search(
        self,
        question: str,
        publishers: Names | None = None,
        after: str | None = None,
        before: str | None = None,
        documents: Names | None = None,
        k: int = PASSAGES_READ,
    ) -> dict[str, Any]:
        """The k passages that best match a question, best first, without reading them for an answer."""
        filter = filter_of(_given(publishers, after, before, documents))
        k = number(k, least=1, most=MOST_PASSAGES, default=PASSAGES_READ)
        question = text("question", question, LONGEST_QUESTION)
        hits = self._collection.assistant().search(question, k=k, filter=filter)
        return {"question": question, "hits": [_hit(hit) for hit in hits]}

    def documents(
        self,
        search: str = "",
        publishers: Names | None = None,
        after: str | None = None,
        before: str | None = None,
        order: str = "title",
        offset: int = 0,
        limit: int = 50,
        copies: bool = False,
    ) -> dict[str, Any]:
        """The documents whose names contain the words of `search`, one page at a time.

        `order` is title, publisher, newest or oldest; `limit` is at most 200. With `copies`, the copies
        of a document are listed under the one that leads them.
        """
        wanted = Wanted(
            text("search", search or "", LONGEST_SEARCH),
            text("order", order or "title", LONGEST_SEARCH),
            number(offset, least=0, most=2**31, default=0),
            number(limit, least=1, most=MOST_ROWS, default=50),
            filter_of(_given(publishers, after, before, None)),
        )
        return list_view(self._collection, wanted, together=yes(copies))


def _given(
    publishers: Names | None, after: str | None, before: str | None, documents: Names | None
) -> dict[str, Any]:
    return {"publishers": publishers, "after": after, "before": before, "documents": documents}


def _hit(hit: Hit) -> dict[str, Any]:
    passage = hit.passage
    return {
        "rank": hit.rank,
        "score": round(hit.score, 4),
        "document": passage.document.id,
        "sha256": passage.document.sha256,
        **source_facts(passage.document),
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
    }
