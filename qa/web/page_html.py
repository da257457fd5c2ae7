"""The page as sent to the browser: its HTML with the first view, and its scripts and styles.

The question box and the first texts do not wait for a script. `core/early.js` remembers what is typed and
asked meanwhile, and `main.js` continues from there.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from functools import cache, partial
from html import escape
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import anyio
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from corpus.errors import UserError
from qa.defaults import LONGEST_QUESTION
from qa.web import texts
from qa.web.api import start
from qa.web.collection import Collection

# Seconds to wait for the state of the collection; after that, the page is sent without it and asks later.
PATIENCE = 0.15
_PARTS = "/page/part/"
_KINDS = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
# Requested by the HTML itself, before any module.
_EARLY = "core/early.js"


def page_routes(collection: Collection) -> list[Route]:
    """The routes of the page: `/` and its parts."""
    return [Route("/", _page(collection)), Route(_PARTS + "{name:path}", _part)]


def page_html(start: dict[str, Any] | None, key: str) -> str:
    """The whole page. `start` is the state (None if that took too long), `key` identifies the collection.

    >>> page_html(None, "k").count("<textarea")
    1
    """
    return (
        f'<!doctype html><html lang="en" data-key="{escape(key, quote=True)}"><head>{_head()}</head>'
        f"<body>{_body(start)}</body></html>"
    )


@cache
def page_parts() -> Mapping[str, bytes]:
    """The files of the page by their paths in its folder: `main.js`, `core/dom.js`, and so on."""
    return dict(sorted(_files_in(files("qa.web").joinpath("page"), "")))


def _files_in(folder: Traversable, path: str) -> list[tuple[str, bytes]]:
    found = []
    for entry in folder.iterdir():
        name = path + entry.name
        if entry.is_dir():
            found += _files_in(entry, f"{name}/")
        elif entry.name.rpartition(".")[2] in _KINDS:
            found.append((name, entry.read_bytes()))
    return found


def _page(collection: Collection) -> Callable[[Request], Awaitable[Response]]:
    async def respond(_: Request) -> Response:
        page = page_html(await _told(collection), collection.key)
        return Response(page, media_type="text/html", headers={"cache-control": "no-cache"})

    return respond


async def _told(collection: Collection) -> dict[str, Any] | None:
    """The state of the collection, or None if that takes too long: a large index may be loading."""
    with anyio.move_on_after(PATIENCE):
        try:
            return await run_sync(start, collection, abandon_on_cancel=True)
        except UserError:
            return None
    return None


async def _part(request: Request) -> Response:
    """A file of the page; 404 for any other name."""
    name = request.path_params["name"]
    data = page_parts().get(name)
    if data is None:
        return Response("There is nothing here.", status_code=404)
    kind = _KINDS[name.rpartition(".")[2]]
    return Response(data, media_type=kind, headers={"cache-control": "no-cache"})


def _head() -> str:
    loads = "".join(
        f'<link rel="modulepreload" href="{_PARTS}{name}">'
        for name in page_parts()
        if name.endswith(".js") and name != _EARLY
    )
    return (
        f'<meta charset="utf-8"><title>{escape(texts.NAME)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f'<script src="{_PARTS}{_EARLY}"></script>'
        f'<link rel="icon" href="{_PARTS}icon.svg" type="image/svg+xml">'
        f'<link rel="stylesheet" href="{_PARTS}style.css">'
        f'<link rel="stylesheet" href="{_PARTS}panes.css">'
        f'{loads}<script type="module" src="{_PARTS}main.js"></script>'
    )


def _body(start: dict[str, Any] | None) -> str:
    """The page as the script will draw it, as far as possible without the script."""
    # subtle: "<" is escaped, so that nothing in a name can end the script element that contains it.
    told = json.dumps(start).replace("<", "\\u003c")
    name = start["name"] if start else ""
    say = partial(escape, quote=True)
    return f"""<div id="qa-root"><div id="qa" lang="en">
<header class="qa-bar-top"><h1>{say(texts.NAME)}</h1><span class="qa-collection"><span>{say(name)}</span></span></header>
<main class="qa-chat" aria-label="{say(texts.CONVERSATION)}">
<div class="qa-log"><div class="qa-welcome"><p class="qa-greeting">{say(texts.WELCOME)}</p>
<p class="qa-quiet">{say(texts.EMPTY)}</p></div></div>
<form class="qa-composer" data-early><div class="qa-box">
<textarea id="qa-question" rows="1" maxlength="{LONGEST_QUESTION}" autofocus
 placeholder="{say(texts.ASK_HERE)}" aria-label="{say(texts.QUESTION)}"></textarea>
<button type="submit" class="qa-primary">{say(texts.ASK)}</button></div>
<p class="qa-hint">{say(texts.HINT)}</p></form></main></div></div>
<script type="application/json" id="qa-start">{told}</script>"""
