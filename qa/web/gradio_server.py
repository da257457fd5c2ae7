"""Gradio's server with our page, our routes and our endpoints in it: the one room that knows Gradio.

A `gradio.Server` is a FastAPI application with Gradio's queue, its API with a schema, and clients for it.
Its own `launch` is not used: that starts a web server on which no limit can be set, asks itself for a page
over HTTP, and sends its makers a word of it unless an environment variable forbids that. What `launch`
does for the application is done here: the endpoints are collected in a `gradio.Blocks` of mode "server",
and the application is created for them.
"""

import contextlib
import functools
import os
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

from starlette.routing import BaseRoute

from corpus.errors import UserError
from qa.web import texts
from qa.web.api import Endpoints, steps
from qa.web.collection import Collection

MOST_WAITING = 200
# Threads for all that is no question.
_OTHERS = 40


def gradio_server(collection: Collection, routes: Sequence[BaseRoute]) -> Any:
    """A `gradio.Server` with these routes and the endpoints of a collection, to be run by a web server."""
    # After each question Gradio would make a table of the last 10,000, for a view that is off here.
    os.environ["GRADIO_ANALYTICS_MAX_EVENTS"] = "1"
    os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(10**9)
    import gradio as gr

    blocks = _endpoints(collection)

    @contextlib.asynccontextmanager
    async def running(server: Any) -> AsyncIterator[None]:
        blocks.run_startup_events()
        yield
        # What still listens for answers or for a sign of life is let go.
        blocks.close(verbose=False)
        server.stop_event.set()

    server = gr.Server(
        title=texts.NAME, routes=list(routes), docs_url=None, redoc_url=None, openapi_url=None
    )
    gr.Server.create_app(blocks, app=server, app_kwargs={"lifespan": running}, mcp_server=False)
    return server


def _endpoints(collection: Collection) -> Any:
    """The questions that go through Gradio's queue: the page's own, and those of programs."""
    import gradio as gr

    def page_ask(asked: dict[str, Any], request: gr.Request) -> Iterator[dict[str, Any]]:
        yield from steps(collection, asked, _asker(request))

    with gr.Blocks(mode="server", title=texts.NAME, analytics_enabled=False) as blocks:
        bounds: dict[str, Any] = {"concurrency_id": "ask", "concurrency_limit": None}
        gr.api(page_ask, api_name="page_ask", api_visibility="undocumented", **bounds)
        endpoints = Endpoints(collection)
        for answer in (endpoints.ask, endpoints.search, endpoints.documents):
            gr.api(_said(answer), api_name=answer.__name__, **bounds)
    # Who waits for a turn takes a thread, which sleeps.
    blocks.max_threads = MOST_WAITING + _OTHERS
    # Gradio takes each question for a session, and would keep a tenth of a megabyte of it.
    blocks.state_session_capacity = MOST_WAITING
    # What went wrong here is nobody else's to read.
    blocks.show_error = False
    blocks.queue(max_size=MOST_WAITING)
    return blocks


def _asker(request: Any) -> str:
    """Who asks: by name where there are names, else by address."""
    return str(request.username or (request.client and request.client.host) or "")


def _said(answer: Callable[..., Any]) -> Callable[..., Any]:
    """The endpoint, a mistake of the person as a message of Gradio's and not as a traceback."""
    import gradio as gr

    @functools.wraps(answer)
    def said(*given: Any, **named: Any) -> Any:
        try:
            return answer(*given, **named)
        except UserError as error:
            raise gr.Error(str(error), print_exception=False) from error

    return said
