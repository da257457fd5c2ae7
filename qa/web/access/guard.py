"""Who may talk to the server, how much, and what a browser may do with what it is given."""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qa.web.access.origins import PREFLIGHT, Hosts, cross_origin_headers, may_read
from qa.web.access.passwords import Passwords

# The browser itself is told to run the page's own files alone and to fetch from nowhere else: nothing
# that a document smuggles in can run, or send a request out.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"vary", b"origin, sec-fetch-site"),
)
# What a request must not say twice: each could be meant for another reader.
_ONCE = frozenset(["authorization", "content-length", "host", "origin", "sec-fetch-site"])
_ASK_WHO = (b"www-authenticate", b'Basic realm="corpus-qa", charset="UTF-8"')
_OTHER_HOST = (
    "This server does not go by that name. If it should, start it with --allow-origin and the address "
    "that it is reached at, such as http://NAME:PORT."
)
_OTHER_SITE = (
    "Only the server's own page may ask. Other websites can be let in with --allow-origin."
)
# Our own addresses.
_OWN = re.compile(r"/(?:(?:ask|search|documents|page/.+)?)")
# Of Gradio's API what questions and clients ask for: nothing that takes, serves or fetches files.
_GRADIO = re.compile(
    r"/config|/gradio_api/(?:app_id|call|cancel|config|heartbeat|info|openapi\.json|queue|reset)(?:/.*)?"
)
# Bytes of a request; files have a bound of their own.
LARGEST_REQUEST = 256 * 1024
FILES = "/page/files"


@dataclass(frozen=True, slots=True)
class Rules:
    """Who may come in: `users` are names with passwords, none for everybody.

    `hosts` is what the server is known by, and `origins` are the websites that may read it besides its
    own page.
    """

    hosts: Hosts = field(default_factory=Hosts)
    origins: frozenset[str] = frozenset()
    users: Mapping[str, str] | None = None
    largest_file: int = LARGEST_REQUEST


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is answered instead: the status, the words of it, and headers that go with it."""

    status: int
    words: str
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Guard:
    """ASGI middleware: refuses what breaks the rules, and sends its headers with every response.

    Who asks from where is decided here alone: what is behind it is told no `Origin`, and what it says of
    other websites is left out.
    """

    def __init__(self, app: Any, rules: Rules) -> None:
        self._app, self._rules = app, rules
        self._passwords = Passwords(rules.users or {})

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # nothing here speaks over a web socket
        headers = _headers(scope)
        origin = headers.get("origin", "") if headers else ""
        own = list(_HEADERS)
        if origin in self._rules.origins:
            own += cross_origin_headers(origin)

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                theirs = (pair for pair in message["headers"] if not _of_origins(pair[0]))
                message = {**message, "headers": [*theirs, *own]}
            await send(message)

        if headers is None:
            refusal: Refusal | None = Refusal(400, "The headers contradict one another.")
        else:
            refusal = self._refusal(scope, headers)
        if refusal:
            await _refuse(refusal, own, send)
            return
        most = self._rules.largest_file if scope["path"] == FILES else LARGEST_REQUEST
        inner = [pair for pair in scope["headers"] if pair[0].lower() != b"origin"]
        await self._app({**scope, "headers": inner}, _bounded(receive, most), with_headers)

    def _refusal(self, scope: Any, headers: dict[str, str]) -> Refusal | None:
        """Why a request is refused; None where it may pass."""
        rules, path = self._rules, scope["path"]
        if not rules.hosts.has(headers.get("host", "")):
            return Refusal(403, _OTHER_HOST)
        opened = path == "/" and scope["method"] == "GET"
        if not may_read(headers, rules.origins, page=opened):
            return Refusal(403, _OTHER_SITE)
        if scope["method"] == "OPTIONS" and headers.get("origin") in rules.origins:
            return Refusal(204, "", headers=PREFLIGHT)
        if refusal := self._unknown(scope, headers):
            return refusal
        if not (_OWN.fullmatch(path) or _GRADIO.fullmatch(path)):
            return Refusal(404, "There is nothing here.")
        length = headers.get("content-length", "0")
        most = rules.largest_file if path == FILES else LARGEST_REQUEST
        if not length.isdecimal() or len(length) > 12 or int(length) > most:
            return Refusal(413, "That is too large.")
        return None

    def _unknown(self, scope: Any, headers: dict[str, str]) -> Refusal | None:
        """Why the name and the password of HTTP's basic scheme do not let in; None where they do."""
        if self._rules.users is None:
            return None
        given = _name_and_password(headers.get("authorization", ""))
        client = (scope.get("client") or ("",))[0]
        if given and (wait := self._passwords.wait(client, given[0])):
            words = f"Too many wrong passwords. Try again in {wait} seconds."
            return Refusal(429, words, headers=((b"retry-after", str(wait).encode()),))
        if given and self._passwords.right(client, *given):
            return None
        return Refusal(401, "Name and password are needed.", headers=(_ASK_WHO,))


def _headers(scope: Any) -> dict[str, str] | None:
    """The headers by their names; None where those that decide contradict one another."""
    found: dict[str, str] = {}
    for raw, value in scope["headers"]:
        name = raw.decode("latin-1").lower()
        if name in found and name in _ONCE:
            return None
        found[name] = value.decode("latin-1")
    # Two lengths of one body: whoever stands in between could see another request than is seen here.
    return None if {"content-length", "transfer-encoding"} <= found.keys() else found


def _of_origins(name: bytes) -> bool:
    return name.lower().startswith(b"access-control-")


def _name_and_password(authorization: str) -> tuple[str, str] | None:
    kind, _, value = authorization.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        name, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        return None
    return name, password


def _bounded(receive: Any, most: int) -> Any:
    """What is received, cut off where it becomes more than it was said to be."""
    got = 0

    async def bounded() -> Any:
        nonlocal got
        message = await receive()
        got += len(message.get("body", b""))
        return message if got <= most else {"type": "http.disconnect"}

    return bounded


async def _refuse(refusal: Refusal, own: Sequence[tuple[bytes, bytes]], send: Any) -> None:
    body = refusal.words.encode()
    headers = [*refusal.headers, *own]
    if body:
        headers.append((b"content-type", b"text/plain; charset=utf-8"))
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
