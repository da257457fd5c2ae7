"""Check every request (host, website, password, size), and set the security headers of every response."""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qa.web.access.origins import PREFLIGHT, Hosts, cross_origin_headers, may_read
from qa.web.access.passwords import Passwords

# The browser runs only the page's own files and fetches from nowhere else: nothing that a document
# smuggles in can run, or send a request out.
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
# Headers that must not be repeated, since a proxy and this server could each use a different one.
_ONCE = frozenset(["authorization", "content-length", "host", "origin", "sec-fetch-site"])
_ASK_WHO = (b"www-authenticate", b'Basic realm="corpus-qa", charset="UTF-8"')
_OTHER_HOST = (
    "This server does not answer to that name. To allow it, start the server with --allow-origin and "
    "its address, such as http://NAME:PORT."
)
_OTHER_SITE = (
    "Only the server's own page may send requests. Use --allow-origin to allow another website."
)
# Our own addresses.
_OWN = re.compile(r"/(?:(?:ask|search|documents|page/.+)?)")
# The parts of Gradio's API needed for questions and clients: nothing that takes, serves or fetches files.
_GRADIO = re.compile(
    r"/config|/gradio_api/(?:app_id|call|cancel|config|heartbeat|info|openapi\.json|queue|reset)(?:/.*)?"
)
# The most bytes of a request; files have their own limit.
LARGEST_REQUEST = 256 * 1024
FILES = "/page/files"


@dataclass(frozen=True, slots=True)
class Rules:
    """The access rules: `users` are names with passwords; None lets everybody in.

    `hosts` are the names that the server answers to, and `origins` the websites that may read it besides
    its own page.
    """

    hosts: Hosts = field(default_factory=Hosts)
    origins: frozenset[str] = frozenset()
    users: Mapping[str, str] | None = None
    largest_file: int = LARGEST_REQUEST


@dataclass(frozen=True, slots=True)
class Refusal:
    """The response to a refused request: status, text and additional headers."""

    status: int
    words: str
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Guard:
    """ASGI middleware: refuses requests that break the rules, and adds its headers to every response.

    Only this class decides about other websites: the application behind it does not see `Origin`, and
    its own CORS headers are removed.
    """

    def __init__(self, app: Any, rules: Rules) -> None:
        self._app, self._rules = app, rules
        self._passwords = Passwords(rules.users or {})

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # nothing here uses web sockets
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
        """Why a request is refused; None if it may pass."""
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
            return Refusal(413, "The request is too large.")
        return None

    def _unknown(self, scope: Any, headers: dict[str, str]) -> Refusal | None:
        """Why HTTP basic authentication fails; None if it succeeds or is not required."""
        if self._rules.users is None:
            return None
        given = _name_and_password(headers.get("authorization", ""))
        client = (scope.get("client") or ("",))[0]
        if given and (wait := self._passwords.wait(client, given[0])):
            words = f"Too many wrong passwords. Try again in {wait} seconds."
            return Refusal(429, words, headers=((b"retry-after", str(wait).encode()),))
        if given and self._passwords.right(client, *given):
            return None
        return Refusal(401, "A name and a password are required.", headers=(_ASK_WHO,))


def _headers(scope: Any) -> dict[str, str] | None:
    """The headers by name; None if the security-relevant ones contradict one another."""
    found: dict[str, str] = {}
    for raw, value in scope["headers"]:
        name = raw.decode("latin-1").lower()
        if name in found and name in _ONCE:
            return None
        found[name] = value.decode("latin-1")
    # Two lengths for one body: a proxy in between could see a different request than this server.
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
    """A `receive` that disconnects once the body exceeds `most` bytes."""
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
