"""The server of the chat page: Gradio's, with the page, its guard and its addresses."""

import os
import socket
import threading
import webbrowser
from collections.abc import Callable, Iterator
from typing import Any

from corpus.errors import ServerError, UserError
from qa.answering import Assistant
from qa.web import texts
from qa.web.access import Guard, Rules, is_loopback
from qa.web.api import Endpoints, steps
from qa.web.collection import LARGEST, Collection, Opener

MOST_WAITING = 200
# Threads for all that is no question.
_OTHERS = 40


def serve(
    collection: Collection,
    opener: Opener,
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    users: dict[str, str] | None = None,
    browser: bool = True,
    ready: Callable[[str], None] = lambda url: None,
) -> None:
    """Serve the page until Ctrl-C; the collection is opened while the page is already there.

    `ready` is told the page's URL, and `browser` opens it. Port 0 takes any that is free. `users` are
    names with passwords; None lets everybody in.

    Raises:
        ServerError: if the address cannot be listened on.
        UserError: if the collection cannot be opened.
    """
    page, url = launch(collection, host=host, port=port, users=users)
    try:
        ready(url)
        if browser:
            webbrowser.open(url)
        collection.open(opener)
        collection.suggest()
        threading.Event().wait()
    except KeyboardInterrupt:
        if not collection.ready:
            raise  # indexing was stopped, and what is kept of it is worth a word
    finally:
        page.close(verbose=False)


def launch(
    collection: Collection | Assistant,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    users: dict[str, str] | None = None,
) -> tuple[Any, str]:
    """Start the server in the background: the running page (`close()` ends it), and its URL.

    Raises:
        ServerError: if the address cannot be listened on.
    """
    if isinstance(collection, Assistant):
        collection = Collection.of(collection)
    port = _free_port(host, port)
    # After each question it would make a table of the last 10,000, for a view that is off here.
    os.environ["GRADIO_ANALYTICS_MAX_EVENTS"] = "1"
    os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(10**9)
    from starlette.middleware import Middleware

    from qa.web.api import build_routes, start
    from qa.web.gradio_page import Opening

    page = build(collection)
    rules = Rules(local=is_loopback(host) and users is None, users=users, largest_file=LARGEST)
    try:
        page.launch(
            server_name=host,
            server_port=port,
            share=False,
            inbrowser=False,
            prevent_thread_lock=True,
            quiet=True,
            footer_links=[],
            # Who waits for a turn takes a thread, which sleeps.
            max_threads=MOST_WAITING + _OTHERS,
            # Gradio takes each question for a session, and would keep a tenth of a megabyte of it.
            state_session_capacity=MOST_WAITING,
            ssr_mode=False,
            mcp_server=False,
            enable_monitoring=False,
            theme=_theme(),
            app_kwargs={
                "middleware": [
                    Middleware(Guard, rules=rules),
                    Middleware(Opening, start=lambda: start(collection), key=collection.key),
                ],
                "routes": build_routes(collection),
                "docs_url": None,
                "redoc_url": None,
            },
        )
    except OSError as error:
        raise ServerError(f"The page cannot be served on {host}:{port}: {error}.") from error
    return page, f"http://{_shown(host)}:{port}/"


def build(collection: Collection) -> Any:
    """The page, not yet served: a `gradio.Blocks` with the endpoints.

    Gradio gives the page, the queue that questions go through, the API with its schema, and the clients
    for it; what is seen is put in by `Opening` and drawn by our own scripts (`page/`).
    """
    import gradio as gr

    def page_ask(asked: dict[str, Any], request: gr.Request) -> Iterator[dict[str, Any]]:
        yield from steps(collection, asked, _asker(request))

    with gr.Blocks(title=texts.NAME, analytics_enabled=False, fill_width=True) as page:
        bounds: dict[str, Any] = {"concurrency_id": "ask", "concurrency_limit": None}
        gr.api(page_ask, api_name="page_ask", api_visibility="undocumented", **bounds)
        endpoints = Endpoints(collection)
        for answer in (endpoints.ask, endpoints.search, endpoints.documents):
            gr.api(_said(answer), api_name=answer.__name__, **bounds)
    page.queue(max_size=MOST_WAITING)
    return page


def _asker(request: Any) -> str:
    """Who asks: by name where there are names, else by address."""
    return str(request.username or (request.client and request.client.host) or "")


def _theme() -> Any:
    """Gradio's, with the fonts that are there: its own would have to be fetched."""
    import gradio as gr

    return gr.themes.Default(
        font=("system-ui", "sans-serif"), font_mono=("ui-monospace", "monospace")
    )


def _said(answer: Callable[..., Any]) -> Callable[..., Any]:
    """The endpoint, a mistake of the person as a message of Gradio's and not as a traceback."""
    import functools

    import gradio as gr

    @functools.wraps(answer)
    def said(*given: Any, **named: Any) -> Any:
        try:
            return answer(*given, **named)
        except UserError as error:
            raise gr.Error(str(error), print_exception=False) from error

    return said


def _shown(host: str) -> str:
    if host in ("", "0.0.0.0", "::"):  # noqa: S104 - every address, so also this one
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _free_port(host: str, port: int) -> int:
    """The port, after it was found to be free."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            return int(probe.getsockname()[1])
    except OSError as error:
        raise ServerError(
            f"The page cannot be served on {host}:{port} ({error.strerror}). "
            "Name another port with --port, or 0 for any that is free."
        ) from error
