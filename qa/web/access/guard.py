"""Who may talk to the server, how much, and what a browser may do with what it is given."""

import base64
import ipaddress
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from qa.web.access.throttle import Attempts

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
)
# Our own addresses.
_OWN = re.compile(r"/(?:(?:ask|search|documents|page/.+)?)")
# Of Gradio's API what questions and clients ask for: nothing that takes, serves or fetches files.
_GRADIO = re.compile(
    r"/config"
    r"|/gradio_api/(?:api|app_id|call|cancel|config|heartbeat|info|openapi\.json|queue|reset|run)(?:/.*)?"
)
# Bytes of a request; files have a bound of their own.
LARGEST_REQUEST = 256 * 1024
FILES = "/page/files"


@dataclass(frozen=True, slots=True)
class Rules:
    """Who may come in: `users` are names with passwords, none for everybody.

    With `local` the server is for this machine's own people: it must be asked for under a name of
    this machine, so that no page of elsewhere can reach it under a name of its own.
    """

    local: bool = True
    users: Mapping[str, str] | None = None
    largest_file: int = LARGEST_REQUEST


@dataclass(frozen=True, slots=True)
class Refusal:
    """The status and the words of it, and after how many seconds it is worth to try again."""

    status: int
    words: str
    wait: int = 0


def is_loopback(host: str) -> bool:
    """Whether an address is reached from this machine only.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("::1"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Guard:
    """ASGI middleware: refuses what breaks the rules, and sends its headers with every response."""

    def __init__(self, app: Any, rules: Rules) -> None:
        self._app, self._rules = app, rules
        self._attempts = Attempts()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # nothing here speaks over a web socket

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *_HEADERS]}
            await send(message)

        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        if refusal := self._refusal(scope, headers):
            await _refuse(refusal, with_headers)
            return
        most = self._rules.largest_file if scope["path"] == FILES else LARGEST_REQUEST
        await self._app(scope, _bounded(receive, most), with_headers)

    def _refusal(self, scope: Any, headers: dict[str, str]) -> Refusal | None:
        """Why a request is refused; None where it may pass."""
        host = headers.get("host", "")
        if self._rules.local and not is_loopback(_parts(f"//{host}")[0]):
            return Refusal(403, "This server answers to this machine only.")
        origin = headers.get("origin", "")
        if scope["method"] not in ("GET", "HEAD") and origin and _parts(origin)[1] != host:
            return Refusal(403, "Only the page itself may send something here.")
        path = scope["path"]
        if refusal := self._unknown(scope, headers):
            return refusal
        if not (_OWN.fullmatch(path) or _GRADIO.fullmatch(path)):
            return Refusal(404, "There is nothing here.")
        length = headers.get("content-length", "0")
        most = self._rules.largest_file if path == FILES else LARGEST_REQUEST
        if not length.isdecimal() or int(length) > most:
            return Refusal(413, "That is too large.")
        return None

    def _unknown(self, scope: Any, headers: dict[str, str]) -> Refusal | None:
        """Why the name and the password of HTTP's basic scheme do not let in; None where they do."""
        users = self._rules.users
        if users is None:
            return None
        needed = Refusal(401, "Name and password are needed.")
        given = _name_and_password(headers.get("authorization", ""))
        if given is None:
            return needed
        name, password = given
        client = (scope.get("client") or ("",))[0]
        if wait := self._attempts.wait(client, name):
            words = f"Too many wrong passwords. Try again in {wait} seconds."
            return Refusal(429, words, wait)
        right = users.get(name)
        # The time that a comparison takes must tell nothing of the password, or of who there is.
        same = secrets.compare_digest(password.encode(), (right or secrets.token_hex()).encode())
        if right is None or not same:
            self._attempts.wrong(client, name, password)
            return needed
        self._attempts.right(client, name)
        return None


def _name_and_password(authorization: str) -> tuple[str, str] | None:
    kind, _, value = authorization.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        name, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        return None
    return name, password


def _parts(address: str) -> tuple[str, str]:
    """The name in an address, and the name with its port; two empty ones where it is no address."""
    try:
        found = urlsplit(address)
    except ValueError:
        return "", ""
    return found.hostname or "", found.netloc


def _bounded(receive: Any, most: int) -> Any:
    """What is received, cut off where it becomes more than it was said to be."""
    got = 0

    async def bounded() -> Any:
        nonlocal got
        message = await receive()
        got += len(message.get("body", b""))
        return message if got <= most else {"type": "http.disconnect"}

    return bounded


async def _refuse(refusal: Refusal, send: Any) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    if refusal.status == 401:
        headers.append((b"www-authenticate", b'Basic realm="corpus-qa", charset="UTF-8"'))
    if refusal.wait:
        headers.append((b"retry-after", str(refusal.wait).encode()))
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": refusal.words.encode()})
