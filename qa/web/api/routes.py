"""The routes of the server besides Gradio's own: for the page, for files, and for plain JSON."""

import inspect
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from corpus.errors import CollectionError, QuestionError, UserError
from index.types import Progress
from qa.answering import Judgement, keep
from qa.defaults import LONGEST_QUESTION
from qa.web import texts
from qa.web.access import FILES
from qa.web.api.endpoints import LONGEST_SEARCH, Endpoints
from qa.web.collection import Collection, uploads
from qa.web.requests import LONGEST_NAME, text
from qa.web.views import (
    LONGEST_ID,
    MOST_ROWS,
    ORDERS,
    WINDOW,
    Stretch,
    left_out_view,
    overview_view,
    selected,
    source_view,
    span_of,
)

LONGEST_RIGHT, LONGEST_CONTEXT = 500, 20_000

Given = dict[str, Any]
Answering = Callable[[Collection, Given], Any]


def build_routes(collection: Collection) -> list[Route]:
    """All routes for one collection."""
    endpoints = Endpoints(collection)
    return [
        Route("/page/start", _told(collection, lambda c, _: start(c))),
        Route("/page/overview", _told(collection, lambda c, _: overview_view(c))),
        Route("/page/source", _told(collection, source), methods=["POST"]),
        Route("/page/selected", _told(collection, selected), methods=["POST"]),
        Route("/page/feedback", _told(collection, feedback), methods=["POST"]),
        Route("/page/stop", _told(collection, stop), methods=["POST"]),
        Route("/page/remove", _told(collection, remove), methods=["POST"]),
        Route(FILES, _adding(collection), methods=["POST"]),
        Route("/ask", _plain(endpoints.ask), methods=["GET", "POST"]),
        Route("/search", _plain(endpoints.search), methods=["GET", "POST"]),
        Route("/documents", _plain(endpoints.documents), methods=["GET", "POST"]),
    ]


def _progress(step: Progress) -> Given:
    """The progress of indexing: in files while texts are read, then in passages."""
    if step.searchable:
        counts = {"done": step.passages, "total": step.passages + step.waiting}
    else:
        counts = {"done": step.done, "total": step.total}
    return {**counts, "searchable": step.searchable}


def start(collection: Collection) -> Given:
    """The first data that the page needs: its texts and the state of the collection."""
    step = collection.step
    return {
        "texts": texts.for_page(),
        "name": collection.name,
        "key": collection.key,
        "ready": collection.ready,
        "failure": str(collection.failure or ""),
        "step": _progress(step) if step else None,
        "documents": len(collection.documents()) if collection.known else None,
        "suggestions": list(collection.suggested),
        "adding": collection.adding,
        "orders": list(ORDERS),
        "suffixes": list(uploads.SUFFIXES),
        "limits": _limits(),
    }


def _limits() -> Given:
    """The limits for the page: characters typed and of a part of a document, rows of a list, bytes of a
    file, and files per drop.
    """
    return {
        "question": LONGEST_QUESTION,
        "search": LONGEST_SEARCH,
        "right": LONGEST_RIGHT,
        "part": WINDOW,
        "rows": MOST_ROWS,
        "file": uploads.LARGEST,
        "files": uploads.MOST_AT_ONCE,
    }


def source(collection: Collection, given: Given) -> Given:
    """A document of the collection with its quotes marked, if their places lie in the text."""
    document = collection.document(text("id", given.get("id"), LONGEST_ID))
    if document is None:
        raise CollectionError(texts.DOCUMENT_GONE)
    if given.get("sha256") not in (None, document.sha256):
        # The places belong to an earlier text, so nothing is marked.
        view = source_view(document, focus=Stretch(0, 0))
        dropped = left_out_view(collection.dropped(document.id))
        return {**view, "left_out": dropped, "changed": True}
    try:
        focus = _stretch(given.get("focus") or [0, 0])
        marks = [_stretch(mark) for mark in given.get("marks") or []]
        part = _stretch(given["part"]) if given.get("part") else None
        page = given.get("page")
        if page is not None and not isinstance(page, int):
            raise TypeError(f"{page!r} is not a page")
        view = source_view(document, focus=focus, marks=marks, part=part, page=page)
    except (TypeError, ValueError) as error:
        raise QuestionError("These places are not in the document.") from error
    return {**view, "left_out": left_out_view(collection.dropped(document.id))}


def feedback(collection: Collection, given: Given) -> Given:
    """Save a person's feedback on an answer."""
    question = text("question", given.get("question"), LONGEST_ID)
    right = text("right", given.get("right") or "", LONGEST_RIGHT).strip()
    cited = given.get("citation") or {}
    document = collection.document(text("document", cited.get("id") or "", LONGEST_ID))
    quote = passage = None
    if document is not None and document.sha256 == cited.get("sha256"):
        try:
            passage_at = _stretch(cited["passage"])
            quote_at = _stretch([cited["start"], cited["end"]])
            passage = document.span(passage_at.start, passage_at.end)
            quote = document.span(quote_at.start, quote_at.end)
        except (KeyError, TypeError, ValueError) as error:
            raise QuestionError("This citation is not in its document.") from error
        inside = passage.start <= quote.start and quote.end <= passage.end
        if not inside or len(passage) > LONGEST_CONTEXT:
            passage = None
    found = quote if given.get("found") else None
    right_at = span_of(collection, given["right_at"]) if given.get("right_at") else None
    judgement = Judgement(question, bool(given.get("helpful")), found, passage, right, right_at)
    keep(collection.directory, judgement)
    return {"kept": True}


def stop(collection: Collection, given: Given) -> Given:
    """Stop a running question, by the name that the page gave it."""
    collection.running.stop(text("name", given.get("name"), LONGEST_NAME))
    return {}


def remove(collection: Collection, given: Given) -> Given:
    """Remove a document from the collection."""
    uploads.remove(collection, text("id", given.get("id"), LONGEST_ID))
    return {"documents": len(collection.documents())}


def _stretch(pair: Any) -> Stretch:
    start, end = pair
    if not isinstance(start, int) or not isinstance(end, int):
        raise TypeError(f"{pair!r} is not a pair of offsets")
    return Stretch(start, end)


def _told(collection: Collection, tell: Answering) -> Callable[[Request], Awaitable[Response]]:
    """A route that calls `tell` with the JSON sent, and returns its result."""

    async def respond(request: Request) -> Response:
        given = await _sent(request) if request.method == "POST" else {}
        if isinstance(given, Response):
            return given
        return await _response(tell, collection, given)

    return respond


def _plain(answer: Callable[..., Given]) -> Callable[[Request], Awaitable[Response]]:
    """A route for an endpoint. It takes URL parameters (repeated ones for lists) or JSON."""
    parameters = inspect.signature(answer).parameters

    async def respond(request: Request) -> Response:
        given = await _sent(request) if request.method == "POST" else _asked(request, parameters)
        if isinstance(given, Response):
            return given
        unknown = sorted(set(given) - set(parameters))
        if unknown:
            return _failed(
                f"There is no parameter {unknown[0][:40]!r}, only {', '.join(parameters)}."
            )
        if parameters.get("question") and "question" not in given:
            return _failed("The parameter question is missing.")
        return await _response(answer, **given)

    return respond


def _asked(request: Request, parameters: Mapping[str, inspect.Parameter]) -> Given:
    """The URL parameters of a request."""
    query = request.query_params
    lists = {name for name, one in parameters.items() if "list[" in str(one.annotation)}
    return {name: query.getlist(name) if name in lists else query[name] for name in query}


async def _sent(request: Request) -> Given | Response:
    """The JSON object sent, or an error response if there is none."""
    try:
        given = json.loads(await request.body())
    except (ValueError, RecursionError, ClientDisconnect):
        return _failed("The request is not valid JSON.")
    return given if isinstance(given, dict) else _failed("Send a JSON object.")


def _adding(collection: Collection) -> Callable[[Request], Awaitable[Response]]:
    async def respond(request: Request) -> Response:
        try:
            data = await request.body()
        except ClientDisconnect:
            return _failed("The upload is incomplete. Send the file again.")
        name = request.query_params.get("name", "")
        return await _response(lambda: uploads.add(collection, name, data).to_dict())

    return respond


async def _response(answer: Callable[..., Any], *given: Any, **named: Any) -> Response:
    try:
        return JSONResponse(await run_in_threadpool(answer, *given, **named))
    except UserError as error:
        return _failed(str(error))


def _failed(message: str) -> Response:
    return JSONResponse({"error": message}, status_code=400)
