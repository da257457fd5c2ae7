"""What a person sees first: put into the page's HTML, so that it waits for no script of Gradio's.

Gradio sends its page empty and draws it when its own scripts are there. Ours do not need them: they
stand before Gradio's, and with them what the page is to say first, and a box to type into at once.
"""

import json
from collections.abc import Callable
from functools import partial
from html import escape
from importlib.resources import files
from typing import Any

import anyio
from anyio.to_thread import run_sync

from corpus.errors import UserError
from qa.web import texts

# Seconds that the page waits for how things stand; without it the page comes first and asks then.
PATIENCE = 0.15
_PARTS = "/page/part/"
# Set before anything is painted: which colours, and whether a conversation is about to be shown.
_BEFORE = """
const root = document.documentElement;
const chosen = (() => { try { return localStorage.getItem("corpus-qa:theme"); } catch { return null; } })();
root.dataset.theme = chosen ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
try {
  const kept = Object.keys(localStorage).filter((name) => name.startsWith("corpus-qa:KEY:"));
  if (kept.some((name) => !localStorage.getItem(name).includes('"turns":[]'))) root.dataset.resumes = "";
} catch {}
"""
# Until our script is there, Enter and the button are remembered.
_TYPED = "if(event.key==='Enter'&&!event.shiftKey&&!event.isComposing){event.preventDefault();this.form.requestSubmit()}"


class Opening:
    """ASGI middleware: puts what is seen first into Gradio's page. `start` tells how things stand."""

    def __init__(self, app: Any, start: Callable[[], dict[str, Any]], key: str) -> None:
        self._app, self._start, self._key = app, start, key

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if (scope["type"], scope.get("path"), scope.get("method")) != ("http", "/", "GET"):
            await self._app(scope, receive, send)
            return
        began: Any = None
        body = b""

        async def put_in(message: Any) -> None:
            nonlocal began, body
            if message["type"] == "http.response.start":
                began = message
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            if began["status"] == 200:
                body = inject_page(body.decode(), await self._told(), self._key).encode()
            kept = [pair for pair in began["headers"] if pair[0] != b"content-length"]
            length = (b"content-length", str(len(body)).encode())
            await send({**began, "headers": [*kept, length]})
            await send({"type": "http.response.body", "body": body})

        await self._app(scope, receive, put_in)

    async def _told(self) -> dict[str, Any] | None:
        """How things stand, unless that takes long: a large index may just be loading."""
        with anyio.move_on_after(PATIENCE):
            try:
                return await run_sync(self._start, abandon_on_cancel=True)
            except UserError:
                return None
        return None


def inject_page(page: str, start: dict[str, Any] | None, key: str) -> str:
    """Gradio's page with ours in it.

    >>> inject_page("<head><script>1</script></head><body><p></body>", None, "k").count("qa-question")
    1

    Raises:
        ValueError: if it has no body, or no script that ours could stand before.
    """
    script, body = page.find("<script"), page.find("<body")
    inside = page.find(">", body) + 1
    if not 0 < script < body < inside:
        raise ValueError("Gradio's page has another form than was expected")
    return page[:script] + _head(key) + page[script:inside] + _body(start) + page[inside:]


def _head(key: str) -> str:
    parts = files("qa.web").joinpath("page").iterdir()
    scripts = sorted(part.name for part in parts if part.name.endswith(".js"))
    loads = "".join(f'<link rel="modulepreload" href="{_PARTS}{name}">' for name in scripts)
    return (
        f"<title>{escape(texts.NAME)}</title>"
        '<meta name="color-scheme" content="light dark">'
        f"<script>{{{_BEFORE.replace('KEY', key)}}}</script>"
        f'<link rel="icon" href="{_PARTS}icon.svg" type="image/svg+xml">'
        f'<link rel="stylesheet" href="{_PARTS}style.css">'
        f'<link rel="stylesheet" href="{_PARTS}panes.css">'
        f'{loads}<script type="module" src="{_PARTS}main.js"></script>'
    )


def _body(start: dict[str, Any] | None) -> str:
    """The page as our script will draw it, as far as it can be known without it."""
    # subtle: "<" is spelt out, so that nothing in a name can end the script that holds it.
    told = json.dumps(start).replace("<", "\\u003c")
    name = start["name"] if start else ""
    say = partial(escape, quote=True)
    return f"""<div id="qa-root"><div id="qa" lang="en">
<header class="qa-bar-top"><h1>{say(texts.NAME)}</h1><span class="qa-collection"><span>{say(name)}</span></span></header>
<main class="qa-chat" aria-label="{say(texts.CONVERSATION)}">
<div class="qa-log"><div class="qa-welcome"><p class="qa-greeting">{say(texts.WELCOME)}</p>
<p class="qa-quiet">{say(texts.EMPTY)}</p></div></div>
<form class="qa-composer" onsubmit="event.preventDefault();this.dataset.asked=''"><div class="qa-box">
<textarea id="qa-question" rows="1" maxlength="2000" autofocus placeholder="{say(texts.ASK_HERE)}"
 aria-label="{say(texts.QUESTION)}" onkeydown="{say(_TYPED)}"></textarea>
<button type="submit" class="qa-primary">{say(texts.ASK)}</button></div>
<p class="qa-hint">{say(texts.HINT)}</p></form></main></div></div>
<script type="application/json" id="qa-start">{told}</script>"""
