"""Which hosts a server answers for, and which websites may read it: none but its own page, unless named.

A browser says where a request comes from: in `Origin`, and in `Sec-Fetch-Site` where the address is one that
it trusts. And it says in `Host` what it took the server for. A website that points a name of its own at this
server ("DNS rebinding") is told by that: to the browser it is the server's own page, but under another name.
"""

import ipaddress
import re
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from corpus.errors import ServerError

_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([^\s:/?#@\[\]]+))(?::[0-9]{1,5})?")
# How a browser says that something was opened from a link, as a page of its own.
_OPENED = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


@dataclass(frozen=True, slots=True)
class Hosts:
    """The hosts that a server answers for: some names, addresses of this machine alone, or any address.

    No website can go by an address without being there, so any may do where all are listened on.
    """

    names: frozenset[str] = frozenset()
    loopback: bool = True
    any_address: bool = False

    def has(self, host: str) -> bool:
        """Whether the `Host` of a request, with or without a port, is one of them.

        >>> [Hosts().has(host) for host in ("localhost:80", "[::1]", "127.0.0.2", "10.0.0.1", "a.b", "[")]
        [True, True, True, False, False, False]
        """
        found = _HOST.fullmatch(host.lower())
        if not found:
            return False
        name = (found[1] or found[2]).removesuffix(".")
        if name in self.names:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return self.loopback and name == "localhost"
        return self.any_address or (self.loopback and address.is_loopback)


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


def hosts_of(host: str, bound: str, origins: Iterable[str] = ()) -> Hosts:
    """What a server goes by that was started for `host` and listens on the address `bound`.

    That of an origin that may read it counts, too: the page may be served there, by a proxy.
    """
    named = {urlsplit(origin).hostname or "" for origin in origins}
    if is_loopback(host):
        return Hosts(frozenset(named))
    # subtle: not getfqdn(), which would ask a name server.
    own = socket.gethostname().lower()
    short = own.partition(".")[0]
    names = {host.lower(), bound.lower(), own, short, f"{short}.local", *named}
    return Hosts(frozenset(names - {""}), any_address=ipaddress.ip_address(bound).is_unspecified)


def origins_of(given: Iterable[str]) -> frozenset[str]:
    """Origins as browsers write them.

    >>> sorted(origins_of(["HTTPS://Wiki.example/", "http://10.0.0.1:8000"]))
    ['http://10.0.0.1:8000', 'https://wiki.example']

    Raises:
        ServerError: if one of them is none.
    """
    return frozenset(_origin(one) for one in given)


def _origin(given: str) -> str:
    try:
        parts = urlsplit(given.strip().lower())
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    whole = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
    if not whole or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ServerError(
            f"--allow-origin takes the address of a website, such as https://wiki.example or "
            f"http://10.0.0.1:8000, not {given!r}."
        )
    usual = {"http": 80, "https": 443}[parts.scheme]
    name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{name}" + (f":{port}" if port not in (None, usual) else "")


def may_read(headers: Mapping[str, str], origins: frozenset[str], *, page: bool) -> bool:
    """Whether a request comes from the server's own page, from a program, or from one of the origins.

    `page` says that it asks for the page itself, which any website may link to: it is opened, not read.

    >>> may_read({"host": "a:1", "origin": "http://a:1"}, frozenset(), page=False)
    True
    >>> may_read({"host": "a:1", "origin": "http://a:2"}, frozenset(), page=False)
    False
    """
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if origin in origins:
        return True
    if site not in (None, "same-origin", "none"):
        return page and origin is None and _OPENED.items() <= headers.items()
    if origin == "null":
        # So the page's last word as it is closed, by what its referrer policy says.
        return site == "same-origin"
    return origin is None or _place(origin) == headers.get("host", "").lower()


def _place(origin: str) -> str:
    """The host and port of an origin; "" where it is none."""
    try:
        return urlsplit(origin.lower()).netloc
    except ValueError:
        return ""


def cross_origin_headers(origin: str) -> list[tuple[bytes, bytes]]:
    """What lets a page of that origin read an answer; without the visitor's passwords and cookies."""
    return [(b"access-control-allow-origin", origin.encode("latin-1"))]


# What an allowed origin is told before it sends something: its own passwords it may send.
PREFLIGHT = (
    (b"access-control-allow-methods", b"GET, POST"),
    (b"access-control-allow-headers", b"authorization, content-type"),
    (b"access-control-allow-private-network", b"true"),
    (b"access-control-max-age", b"600"),
)
