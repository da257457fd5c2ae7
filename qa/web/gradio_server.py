"""Gradio's server with our page, routes and endpoints.

A `gradio.Server` is a FastAPI application with Gradio's queue, an API with a schema, and clients for it.
Its own `launch` is not used: it starts a web server without configurable limits, requests a page from
itself over HTTP, and reports to Gradio's makers unless an environment variable forbids that. This module
does the rest of its work: it collects the endpoints in a `gradio.Blocks` of mode "server", and creates
the application for them.
"""

import contextlib
import functools
import inspect
import os
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

from starlette.routing import BaseRoute

from corpus.errors import UserError
from qa.web import texts
from qa.web.api import Endpoints, steps
from qa.web.collection import Collection
from qa.web.gradio_queue import QueueGuard

MOST_WAITING = 200
# Threads for everything except questions.
_OTHERS = 40


def gradio_server(collection: Collection, routes: Sequence[BaseRoute]) -> Any:
    """A `gradio.Server` with these routes and the endpoints of a collection, ready for a web server."""
    # After each question, Gradio would make a table of the last 10,000, for a view that is turned off here.
    os.environ["GRADIO_ANALYTICS_MAX_EVENTS"] = "1"
    os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(10**9)
    import gradio as gr

    blocks, endpoints = _endpoints(collection)

    @contextlib.asynccontextmanager
    async def running(server: Any) -> AsyncIterator[None]:
        blocks.run_startup_events()
        yield
        # Disconnect clients that still listen for answers or heartbeats.
        blocks.close(verbose=False)
        server.stop_event.set()

    server = gr.Server(
        title=texts.NAME, routes=list(routes), docs_url=None, redoc_url=None, openapi_url=None
    )
    gr.Server.create_app(blocks, app=server, app_kwargs={"lifespan": running}, mcp_server=False)
    server.add_middleware(QueueGuard, queue=blocks._queue, endpoints=endpoints)
    return server


def _endpoints(collection: Collection) -> tuple[Any, dict[str, list[inspect.Parameter]]]:
    """The endpoints in Gradio's queue, for the page and for programs, and the parameters of each."""
    import gradio as gr

    def page_ask(asked: dict[str, Any], request: gr.Request) -> Iterator[dict[str, Any]]:
        yield from steps(collection, asked, (request.client and request.client.host) or "")

    programs = Endpoints(collection)
    answers: list[Callable[..., Any]] = [page_ask]
    answers += [_said(answer) for answer in (programs.ask, programs.search, programs.documents)]
    with gr.Blocks(mode="server", title=texts.NAME, analytics_enabled=False) as blocks:
        for answer in answers:
            gr.api(
                answer,
                api_name=answer.__name__,
                api_visibility="undocumented" if answer is page_ask else "public",
                concurrency_id="ask",
                concurrency_limit=None,
            )
    # Each waiting question occupies a thread, which sleeps.
    blocks.max_threads = MOST_WAITING + _OTHERS
    # Gradio treats each question as a session, and would keep a tenth of a megabyte for it.
    blocks.state_session_capacity = MOST_WAITING
    # Internal errors are not shown to clients.
    blocks.show_error = False
    blocks.queue(max_size=MOST_WAITING)
    return blocks, {
        answer.__name__: [
            one
            for one in inspect.signature(answer).parameters.values()
            if one.annotation is not gr.Request
        ]
        for answer in answers
    }


def _said(answer: Callable[..., Any]) -> Callable[..., Any]:
    """The endpoint, with user errors reported as Gradio messages instead of tracebacks."""
    import gradio as gr

    @functools.wraps(answer)
    def said(*given: Any, **named: Any) -> Any:
        try:
            return answer(*given, **named)
        except UserError as error:
            raise gr.Error(str(error), print_exception=False) from error

    return said
