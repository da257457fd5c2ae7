"""The server of the chat page: Gradio's with our page and routes, behind the guard, run in a thread."""

import logging
import socket
import threading
import time
import webbrowser
from collections.abc import Callable, Iterable
from typing import Any

from corpus.errors import ServerError
from qa.answering import Assistant
from qa.web.access import Guard, Rules, hosts_of, limited_protocol, origins_of, proxies_of
from qa.web.collection import LARGEST, Collection, Opener

# The most connections waiting to be accepted.
_BACKLOG = 1024


def serve(
    collection: Collection,
    opener: Opener,
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    users: dict[str, str] | None = None,
    origins: Iterable[str] = (),
    proxies: Iterable[str] = (),
    browser: bool = True,
    ready: Callable[[str], None] = lambda url: None,
) -> None:
    """Serve the page until Ctrl-C; the collection opens while the page is already available.

    `ready` gets the page's URL, and `browser` opens it. Port 0 chooses a free port. `users` are names with
    passwords; None lets everybody in. `origins` are the websites that may read it besides its own page,
    and `proxies` the addresses that are trusted to state the client's address.

    Raises:
        ServerError: if the address cannot be listened on.
        UserError: if the collection cannot be opened.
    """
    page, url = launch(
        collection, host=host, port=port, users=users, origins=origins, proxies=proxies
    )
    try:
        ready(url)
        if browser:
            webbrowser.open(url)
        collection.open(opener)
        collection.suggest()
        threading.Event().wait()
    except KeyboardInterrupt:
        if not collection.ready:
            raise  # indexing was stopped, and the caller reports what was saved
    finally:
        page.close()


def launch(
    collection: Collection | Assistant,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    users: dict[str, str] | None = None,
    origins: Iterable[str] = (),
    proxies: Iterable[str] = (),
) -> tuple["RunningServer", str]:
    """Start the server in the background. Returns the running server (`close()` ends it) and its URL.

    Raises:
        ServerError: if the address cannot be listened on, or an origin or a proxy is invalid.
    """
    if isinstance(collection, Assistant):
        collection = Collection.of(collection)
    from qa.web.api import build_routes
    from qa.web.gradio_server import gradio_server
    from qa.web.page_html import page_routes

    allowed, trusted = origins_of(origins), proxies_of(proxies)
    listening = _listening(host, port)
    server = gradio_server(collection, [*page_routes(collection), *build_routes(collection)])
    bound = listening.getsockname()[0]
    rules = Rules(hosts_of(host, bound, allowed), allowed, users, LARGEST)
    server.add_middleware(Guard, rules=rules)
    running = RunningServer(server, listening, trusted)
    return running, f"http://{_shown(host)}:{listening.getsockname()[1]}/"


class RunningServer:
    """An application served in a thread of its own until `close()`."""

    def __init__(self, app: Any, listening: socket.socket, proxies: list[str]) -> None:
        import uvicorn

        config = uvicorn.Config(
            app,
            http=limited_protocol(proxies),  # type: ignore[arg-type]
            ws="none",
            lifespan="on",
            log_level="error",
            access_log=False,
            server_header=False,
            proxy_headers=bool(proxies),
            forwarded_allow_ips=proxies,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listening]}, daemon=True
        )
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise ServerError("The page cannot be served: the server ended while starting.")
            time.sleep(0.001)

    def close(self) -> None:
        """Stop the server; clients still waiting for an answer are cut off after a second."""
        # Cutting them off is not an error.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        self._server.should_exit = True
        self._thread.join(timeout=5)


def _shown(host: str) -> str:
    if host in ("", "0.0.0.0", "::"):  # noqa: S104 - all addresses, including this one
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _listening(host: str, port: int) -> socket.socket:
    """A listening socket; connections made before the server runs wait for it."""
    found = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
        found.listen(_BACKLOG)
    except OSError as error:
        found.close()
        raise ServerError(
            f"The page cannot be served on {host}:{port} ({error.strerror or error}). "
            "Use --port to choose another port, or --port 0 for any free one."
        ) from error
    return found
