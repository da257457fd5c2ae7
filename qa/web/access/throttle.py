"""Wrong passwords, counted: who tries too many waits before the next is even looked at."""

import hashlib
import ipaddress
import math
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# Wrong tries of one address, and of one name from anywhere, before the first wait.
OF_ADDRESS, OF_NAME = 5, 20
# Seconds: the first wait of an address; each further one is twice as long, up to the longest. A name
# waits no longer than the first, or strangers could keep its owner out.
FIRST_WAIT, LONGEST_WAIT = 60, 3600
# What is kept at most of addresses and names; what was tried longest ago goes first.
MOST_KEPT = 10_000


@dataclass(slots=True)
class _Tries:
    """Wrong tries of somebody, the last of them, and until when no other is looked at."""

    count: int = 0
    last: bytes = b""
    until: float = 0.0


class Attempts:
    """The wrong tries of the last hour, by address and by name; nothing is written anywhere.

    An address that once gave the right password of a name is counted for that name by itself: what
    strangers try, or others behind the same address with names of their own, does not lock it out.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tries: OrderedDict[tuple[str, ...], _Tries] = OrderedDict()
        self._known: OrderedDict[tuple[str, ...], None] = OrderedDict()
        self._salt = secrets.token_bytes()

    def wait(self, client: str, name: str) -> int:
        """The whole seconds before a password of this name is looked at again; 0: now."""
        now = self._clock()
        until = (self._tries[key].until for key in self._keys(client, name) if key in self._tries)
        return max(0, math.ceil(max(until, default=now) - now))

    def wrong(self, client: str, name: str, password: str) -> None:
        """Count a wrong password. The same again is no new guess: a page that is open repeats it."""
        now = self._clock()
        guess = self._digest(f"{name}:{password}")
        for key in self._keys(client, name):
            tries = self._tries.pop(key, None)
            if tries is None or now > tries.until + LONGEST_WAIT:
                tries = _Tries(until=now)
            if tries.last != guess:
                tries.count, tries.last = tries.count + 1, guess
                tries.until = now + _wait(key[0], tries.count)
            self._tries[key] = tries
        _shorten(self._tries)

    def right(self, client: str, name: str) -> None:
        """Take note of a right password."""
        for key in self._keys(client, name):
            if key[0] != "name":
                self._tries.pop(key, None)
        pair = self._pair(client, name)
        self._known[pair] = None
        self._known.move_to_end(pair)
        _shorten(self._known)

    def _keys(self, client: str, name: str) -> tuple[tuple[str, ...], ...]:
        pair = self._pair(client, name)
        return (pair,) if pair in self._known else (("address", pair[1]), ("name", pair[2]))

    def _pair(self, client: str, name: str) -> tuple[str, ...]:
        # A name may be as long as a request: its digest is not.
        return "pair", network(client), self._digest(name).hex()

    def _digest(self, words: str) -> bytes:
        return hashlib.blake2b(words.encode(), key=self._salt, digest_size=16).digest()


def network(client: str) -> str:
    """The address that counts: of IPv6 the half that one household has all addresses of.

    >>> network("192.0.2.7"), network("2001:db8::1:2:3:4"), network("::ffff:192.0.2.7")
    ('192.0.2.7', '2001:db8::', '192.0.2.7')
    """
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return client
    if isinstance(address, ipaddress.IPv4Address):
        return client
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Address(int(address) >> 64 << 64))


def _wait(kind: str, count: int) -> float:
    """Seconds to wait after so many wrong tries."""
    if kind == "name":
        return FIRST_WAIT if count >= OF_NAME else 0
    over = count - OF_ADDRESS
    return min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(over, 10)) if over >= 0 else 0


def _shorten(kept: OrderedDict[tuple[str, ...], Any]) -> None:
    while len(kept) > MOST_KEPT:
        kept.popitem(last=False)
