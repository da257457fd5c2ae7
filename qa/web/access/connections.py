"""Limits on connections: their number, and the time to send a request and to receive the response.

If there are too many connections, an idle one (waiting for a request or the rest of its head) is closed
for a new one. So connections that are opened and never used shut nobody out.
"""

import asyncio
import ipaddress
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from corpus.errors import ServerError
from qa.web.access.throttle import network

# Connections in all, and from one address (with IPv6: from one household).
MOST_CONNECTIONS, MOST_OF_ADDRESS = 512, 256
# Seconds for the head of a request, for a body besides what its size is allowed, and for a browser to take
# what it is sent.
HEAD_S, BODY_S, STALLED_S = 10.0, 20.0, 60.0
# Bytes of a body that must come in a second, on average.
SLOWEST = 8_000
_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain\r\nconnection: close\r\n"
    b"retry-after: 5\r\ncontent-length: 33\r\n\r\nToo many connections. Try again.\n"
)
_SLOW = (
    b"HTTP/1.1 408 Request Timeout\r\ncontent-type: text/plain\r\nconnection: close\r\n"
    b"content-length: 35\r\n\r\nThe request took too long to send.\n"
)


def proxies_of(given: Iterable[str]) -> list[str]:
    """Addresses and networks of proxies, in the form that the web server accepts.

    >>> proxies_of(["127.0.0.1", "10.1.0.0/16"])
    ['127.0.0.1', '10.1.0.0/16']

    Raises:
        ServerError: if one of them is neither.
    """
    found = []
    for one in given:
        try:
            ipaddress.ip_network(one) if "/" in one else ipaddress.ip_address(one)
        except ValueError as error:
            raise ServerError(
                f"--trusted-proxy takes an address or a network of addresses, such as 127.0.0.1 or "
                f"10.1.0.0/16, not {one!r}."
            ) from error
        found.append(one)
    return found


def limited_protocol(proxies: Sequence[str] = ()) -> Callable[..., asyncio.Protocol]:
    """The connection protocol for uvicorn. `proxies` may open many connections, as they serve many people."""
    return partial(LimitedConnection, pool=Pool(proxies))


class Pool:
    """The open connections, by address; not thread-safe."""

    def __init__(self, proxies: Sequence[str] = (), most: int | None = None) -> None:
        self._most = most or _most_here()
        self._proxies = [ipaddress.ip_network(one) for one in proxies]
        # In the order in which they were opened.
        self._open: dict[str, dict[LimitedConnection, None]] = {}
        self._count = 0

    def take(self, one: "LimitedConnection", address: str) -> bool:
        """Whether the connection may stay; another one may be closed for it."""
        own = self._open.get(address, {})
        if len(own) >= MOST_OF_ADDRESS and not self._is_proxy(address):
            if not self._drop([address], waiting=True):
                return False
        elif self._count >= self._most and not self._make_room(len(own)):
            return False
        self._open.setdefault(address, {})[one] = None
        self._count += 1
        return True

    def give_back(self, one: "LimitedConnection", address: str) -> None:
        """Record that the connection is closed, or is about to be."""
        own = self._open.get(address, {})
        if one in own:
            del own[one]
            self._count -= 1
            if not own:
                del self._open[address]

    def _make_room(self, own: int) -> bool:
        """Close an idle connection, from the address with the most; else a busy one of a greedy address."""
        addresses = sorted(self._open, key=lambda address: -len(self._open[address]))
        if self._drop(addresses, waiting=True):
            return True
        greedy = [a for a in addresses if len(self._open[a]) > own + 1 and not self._is_proxy(a)]
        return self._drop(greedy, waiting=False)

    def _drop(self, addresses: Iterable[str], *, waiting: bool) -> bool:
        for address in addresses:
            for one in self._open.get(address, ()):
                if one.waits or not waiting:
                    self.give_back(one, address)
                    one.drop()
                    return True
        return False

    def _is_proxy(self, address: str) -> bool:
        try:
            return any(ipaddress.ip_address(address) in proxy for proxy in self._proxies)
        except ValueError:
            return False


class LimitedConnection(H11Protocol):
    """A uvicorn connection with time limits, which can be dropped when others need its place."""

    def __init__(self, *, pool: Pool, **given: Any) -> None:
        super().__init__(**given)
        self._pool, self._address = pool, ""
        self._timer: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        # When the body began, and the bytes that have come since.
        self._began, self._got = 0.0, 0

    @property
    def waits(self) -> bool:
        """Whether no request is being answered: none has arrived, or not all of its head."""
        return self.cycle is None or self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._address = network(self.client[0]) if self.client else ""
        if self._pool.take(self, self._address):
            self._within(HEAD_S, self._too_slow)
        else:
            transport.write(_BUSY)
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._pool.give_back(self, self._address)
        self._within(0, None)
        if self._stalled:
            self._stalled.cancel()
        super().connection_lost(exc)

    def drop(self) -> None:
        """Close the connection at once."""
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        before, waited = self.cycle, self.waits
        self._got += len(data)
        super().data_received(data)
        if self.cycle is not before:
            self._begin()
        elif waited and self._timer is None:
            self._within(HEAD_S, self._too_slow)

    def on_response_complete(self) -> None:
        before = self.cycle
        super().on_response_complete()
        if self.cycle is not before:  # another request had arrived with the previous one
            self._begin()

    def _begin(self) -> None:
        """Start the time limit for the body, since the head has arrived."""
        self._began, self._got = self.loop.time(), 0
        self._within(BODY_S, self._look_at_body)

    def send_400_response(self, msg: str) -> None:
        """Reject an invalid request; in the middle of another response, just close the connection."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            super().send_400_response(msg)
        else:
            self.drop()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled = self.loop.call_later(STALLED_S, self.drop)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._stalled:
            self._stalled.cancel()

    def _within(self, seconds: float, otherwise: Callable[[], None] | None) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = self.loop.call_later(seconds, otherwise) if otherwise else None

    def _look_at_body(self) -> None:
        self._timer = None
        if self.waits:
            self._within(HEAD_S, self._too_slow)
            return
        if not self.cycle.more_body:
            return
        left = BODY_S + self._got / SLOWEST - (self.loop.time() - self._began)
        if left > 0:
            self._within(max(left, 1.0), self._look_at_body)
        else:
            self._too_slow()

    def _too_slow(self) -> None:
        self._timer = None
        if not (self.transport.is_closing() or (self.cycle and self.cycle.response_started)):
            self.transport.write(_SLOW)
        self.transport.close()


def _most_here() -> int:
    """The number of connections that the limit on open files allows, with room for other files."""
    try:
        import resource
    except ImportError:  # Windows, where connections are not files
        return MOST_CONNECTIONS
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_CONNECTIONS if files < 0 else max(16, min(MOST_CONNECTIONS, files // 2))
