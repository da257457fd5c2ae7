"""The host names a server answers to, and the websites that may read it (by default only its own page).

A browser states where a request comes from: in `Origin`, and, for addresses it trusts, in `Sec-Fetch-Site`.
In `Host` it states the name of the server. This exposes a website that points its own name at this server
("DNS rebinding"): the browser takes it for the server's own page, but under another name.
"""

import ipaddress
import re
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from corpus.errors import ServerError

_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([^\s:/?#@\[\]]+))(?::[0-9]{1,5})?")
# The headers of a browser that opens a page from a link.
_OPENED = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


@dataclass(frozen=True, slots=True)
class Hosts:
    """The hosts that a server answers to: some names, this machine's loopback addresses, or any address.

    A website cannot use an address that is not its own, so a server that listens on all addresses can
    accept any.
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
    """Whether an address can be reached only from this machine.

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
    """The hosts of a server that was started for `host` and listens on the address `bound`.

    The hosts of allowed origins are included, since a proxy may serve the page there.
    """
    named = {urlsplit(origin).hostname or "" for origin in origins}
    if is_loopback(host):
        return Hosts(frozenset(named))
    # subtle: not `getfqdn()`, which would query a name server.
    own = socket.gethostname().lower()
    short = own.partition(".")[0]
    names = {host.lower(), bound.lower(), own, short, f"{short}.local", *named}
    return Hosts(frozenset(names - {""}), any_address=ipaddress.ip_address(bound).is_unspecified)


def origins_of(given: Iterable[str]) -> frozenset[str]:
    """The origins in the form that browsers send.

    >>> sorted(origins_of(["HTTPS://Wiki.example/", "http://10.0.0.1:8000"]))
    ['http://10.0.0.1:8000', 'https://wiki.example']

    Raises:
        ServerError: if one of them is not an origin.
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

    `page` means that the request is for the page itself. Any website may link to it, since a link opens it
    without reading it.

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
        # The page sends this origin as it is closed, because of its referrer policy.
        return site == "same-origin"
    return origin is None or _place(origin) == headers.get("host", "").lower()


def _place(origin: str) -> str:
    """The host and port of an origin; "" if it is not one."""
    try:
        return urlsplit(origin.lower()).netloc
    except ValueError:
        return ""


def cross_origin_headers(origin: str) -> list[tuple[bytes, bytes]]:
    """The headers that let a page of that origin read a response, without the visitor's credentials."""
    return [(b"access-control-allow-origin", origin.encode("latin-1"))]


# The preflight response to an allowed origin, which may send passwords of its own.
PREFLIGHT = (
    (b"access-control-allow-methods", b"GET, POST"),
    (b"access-control-allow-headers", b"authorization, content-type"),
    (b"access-control-allow-private-network", b"true"),
    (b"access-control-max-age", b"600"),
)
