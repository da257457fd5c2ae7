"""Guard Gradio's queue: only well-formed questions enter, and answers that nobody fetches are dropped.

Gradio keeps the answer to each question until it is fetched, without a time limit. This module limits the
number of unread answers for each address and session, and drops those that nobody fetches.
"""

import json
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import Parameter
from typing import Any
from urllib.parse import parse_qs

from starlette.responses import JSONResponse

from qa.web.access import network

# The most answers in progress or unread: for an address, and for a session of Gradio's clients.
MOST_OF_ADDRESS, MOST_OF_SESSION = 100, 50
# Seconds that an unread answer is kept, and between two checks for old ones.
KEPT_S, LOOK_S = 300.0, 5.0

_JOIN = re.compile(r"/gradio_api/(?:queue/join|call/(?P<named>v2/)?(?P<name>[^/]+))/?")
_FETCH = re.compile(r"/gradio_api/call/(?:v2/)?[^/]+/(?P<event>[^/]+)")
_DATA = "/gradio_api/queue/data"


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question in the queue: its address, its session, and when it arrived."""

    address: str
    session: str
    at: float


class QueueGuard:
    """ASGI middleware before Gradio: `queue` is Gradio's, `endpoints` maps names to their parameters."""

    def __init__(
        self,
        app: Any,
        queue: Any,
        endpoints: Mapping[str, Sequence[Parameter]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app, self._queue, self._endpoints, self._clock = app, queue, endpoints, clock
        self._asked: dict[str, _Asked] = {}
        self._looked = clock()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or not path.startswith("/gradio_api/"):
            await self._app(scope, receive, send)
        elif scope["method"] == "POST":
            await self._take(scope, receive, send)
        elif scope["method"] in ("GET", "HEAD") and not self._is_there(scope, path):
            await _said(404, "There is no such question.")(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _take(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass the request on if it is well-formed; Gradio fails on some malformed ones."""
        body = await _whole(receive)
        given, joined = _object(body), _JOIN.fullmatch(scope["path"])
        again = _again(body, receive)
        if given is None:
            await _said(400, "Send a JSON object.")(scope, receive, send)
        elif not joined:
            await self._app(scope, again, send)
        elif mistake := self._mistake(joined, given):
            await _said(400, mistake)(scope, receive, send)
        else:
            await self._join(scope, again, send, given.get("session_hash"))

    async def _join(self, scope: Any, receive: Any, send: Any, session: str | None) -> None:
        address = network((scope.get("client") or ("",))[0])
        if self._has_too_many(address, session):
            await _said(429, "Too many answers are waiting to be fetched. Fetch them first.")(
                scope, receive, send
            )
            return
        answer = bytearray()

        async def noted(message: Any) -> None:
            answer.extend(message.get("body", b""))
            if message["type"] == "http.response.body" and not message.get("more_body"):
                event = (_object(bytes(answer)) or {}).get("event_id")
                if isinstance(event, str):
                    self._asked[event] = _Asked(address, session or event, self._clock())
            await send(message)

        # The response is parsed above, so it must not be compressed.
        inner = [pair for pair in scope["headers"] if pair[0].lower() != b"accept-encoding"]
        await self._app({**scope, "headers": inner}, receive, noted)

    def _mistake(self, joined: re.Match[str], given: dict[str, Any]) -> str:
        """What is wrong with a question; "" if it is well-formed."""
        name, number = joined["name"], given.get("fn_index")
        if name is None:
            known = [*self._endpoints]
            if type(number) is not int or not 0 <= number < len(known):
                return "There is no endpoint with that number."
            name = known[number]
        if name not in self._endpoints:
            return f"There is no endpoint {name[:40]!r}."
        parameters = self._endpoints[name]
        if joined["named"]:
            return _misnamed(parameters, given)
        data, session = given.get("data"), given.get("session_hash")
        if not isinstance(data, list) or len(data) != len(parameters):
            return f"data must be a list of {len(parameters)} values: {', '.join(p.name for p in parameters)}."
        if not isinstance(session, str | None) or session == "":
            return "session_hash must be a non-empty string."
        return ""

    def _has_too_many(self, address: str, session: str | None) -> bool:
        self._let_go()
        asked = [self._asked[event] for event in self._asked if self._is_unread(event)]
        of_address = sum(one.address == address for one in asked)
        of_session = Counter(one.session for one in asked)[session or ""]
        return of_address >= MOST_OF_ADDRESS or of_session >= MOST_OF_SESSION

    def _is_unread(self, event: str) -> bool:
        pending = self._queue.pending_event_ids_session
        return event in pending.get(self._asked[event].session, ())

    def _let_go(self) -> None:
        """Forget answers that were fetched, and those kept too long."""
        now = self._clock()
        if now - self._looked < LOOK_S:
            return
        self._looked = now
        for event, one in list(self._asked.items()):
            running = event in self._queue.event_ids_to_events
            if self._is_unread(event) and (running or now - one.at < KEPT_S):
                continue
            del self._asked[event]
            left = self._queue.pending_event_ids_session.get(one.session)
            if left is not None:
                left.discard(event)
            if not left:
                self._queue.pending_event_ids_session.pop(one.session, None)
                self._queue.pending_messages_per_session.pop(one.session, None)

    def _is_there(self, scope: Any, path: str) -> bool:
        """Whether the question that a path refers to is known; True for other paths."""
        if found := _FETCH.fullmatch(path):
            return found["event"] in self._asked
        if path.rstrip("/") == _DATA:
            query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
            session = query.get("session_hash", [""])[0]
            return session in self._queue.pending_messages_per_session
        return True


def _misnamed(parameters: Sequence[Parameter], given: dict[str, Any]) -> str:
    """What is wrong with the parameter names in a request; "" if nothing is."""
    if unknown := sorted(given.keys() - {one.name for one in parameters}):
        return f"There is no parameter {unknown[0][:40]!r}."
    needed = [p.name for p in parameters if p.default is p.empty and p.name not in given]
    return f"The parameter {needed[0]} is missing." if needed else ""


def _said(status: int, words: str) -> JSONResponse:
    return JSONResponse({"detail": words}, status_code=status)


async def _whole(receive: Any) -> bytes:
    """The body of a request; b"" if the client disconnected."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b""
        body.extend(message.get("body", b""))
        if not message.get("more_body"):
            return bytes(body)


def _again(body: bytes, receive: Any) -> Any:
    """A `receive` that returns a body already read, and then the messages after it."""
    given = False

    async def again() -> Any:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _object(body: bytes) -> dict[str, Any] | None:
    """The JSON object in a body; None if it is not one, or contains invalid text."""
    try:
        given = json.loads(body)
        # subtle: Python's JSON parser accepts lone surrogates and NaN, but neither can be sent on.
        json.dumps(given, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return None
    return given if isinstance(given, dict) else None
