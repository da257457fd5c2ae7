"""Count wrong passwords, and set a waiting time after too many."""

import hashlib
import ipaddress
import math
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

# Wrong tries before the first wait: from one address, from all addresses of one site, and for one name
# from anywhere.
OF_ADDRESS, OF_SITE, OF_NAME = 5, 20, 20
# Seconds: the first wait of an address; each further one is twice as long, up to the longest. A name
# never waits longer than the first wait, or strangers could keep its owner out.
FIRST_WAIT, LONGEST_WAIT = 60, 3600
# The size of the counters for addresses and for unknown names: each is hashed to one slot in every row.
ROWS, SLOTS = 2, 1 << 14
# The most addresses to remember for each name, from which the right password came.
MOST_KNOWN = 64


@dataclass(slots=True)
class _Tries:
    """The number of wrong tries, the last of them, the end of the wait, and the name if only one was tried."""

    count: int = 0
    last: bytes = b""
    until: float = 0.0
    name: bytes | None = None

    def add(self, guess: bytes, name: bytes, now: float, waits: Callable[[int], float]) -> None:
        """Count a try. A repeated guess does not count, since an open page repeats it."""
        if now > self.until + LONGEST_WAIT:
            self.count, self.last, self.name = 0, b"", None
        if self.last == guess:
            return
        self.name = name if self.count == 0 or self.name == name else None
        self.count, self.last = self.count + 1, guess
        self.until = now + waits(self.count)


class _Counters:
    """Counters for any number of keys in a fixed amount of memory (a count-min sketch).

    Keys may share counters. The smallest counter of a key counts (it has one in each row), so other keys
    make it wait only if they share all of them. No key can push out another one's count.
    """

    def __init__(self) -> None:
        self._rows: list[dict[int, _Tries]] = [{} for _ in range(ROWS)]

    def of(self, key: bytes) -> list[_Tries]:
        """The counters of a key, a digest of at least `4 * ROWS` bytes."""
        slots = (int.from_bytes(key[4 * n : 4 * n + 4]) % SLOTS for n in range(ROWS))
        return [row.setdefault(slot, _Tries()) for row, slot in zip(self._rows, slots, strict=True)]

    def until(self, key: bytes) -> float:
        """The time until which the key must wait."""
        slots = (int.from_bytes(key[4 * n : 4 * n + 4]) % SLOTS for n in range(ROWS))
        found = [row.get(slot) for row, slot in zip(self._rows, slots, strict=True)]
        return min(tries.until if tries else 0.0 for tries in found)

    def __len__(self) -> int:
        return sum(map(len, self._rows))


class Attempts:
    """Recent wrong tries, by address and by name, in bounded memory; nothing is written to disk.

    An address that once gave the right password for a name has its own count for that name. It is not
    locked out by strangers, nor by other names used from the same address.
    """

    def __init__(self, names: Iterable[str], clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._salt = secrets.token_bytes(32)
        self._names = {self._digest(name): _Tries() for name in names}
        self._known: dict[bytes, OrderedDict[str, _Tries]] = {
            name: OrderedDict() for name in self._names
        }
        self._addresses, self._strangers = _Counters(), _Counters()

    def wait(self, client: str, name: str) -> int:
        """Whole seconds until a password for this name is checked again; 0 means now."""
        now, account = self._clock(), self._digest(name)
        if known := self._pair(client, account):
            until = known.until
        else:
            own = self._names.get(account)
            of_name = own.until if own else self._strangers.until(account)
            of_addresses = (self._addresses.until(key) for key, _ in self._keys(client))
            until = max([of_name, *of_addresses])
        return max(0, math.ceil(until - now))

    def wrong(self, client: str, name: str, password: str) -> None:
        """Count a wrong password."""
        now, account = self._clock(), self._digest(name)
        guess = self._digest(f"{name}:{password}")
        if known := self._pair(client, account):
            known.add(guess, account, now, lambda count: _wait(count, OF_ADDRESS))
            return
        for key, most in self._keys(client):
            _count(self._addresses.of(key), guess, account, now, most)
        own = self._names.get(account)
        for tries in [own] if own else self._strangers.of(account):
            tries.add(guess, account, now, lambda count: FIRST_WAIT if count >= OF_NAME else 0)

    def right(self, client: str, name: str) -> None:
        """Record a right password. It clears the wrong tries with the same name, and no others."""
        account = self._digest(name)
        known = self._known.get(account)
        if known is None:
            return
        for key, _ in self._keys(client):
            for tries in self._addresses.of(key):
                if tries.name == account:
                    tries.count, tries.last, tries.until = 0, b"", 0.0
        known[network(client)] = _Tries()
        known.move_to_end(network(client))
        if len(known) > MOST_KNOWN:
            known.popitem(last=False)

    def _pair(self, client: str, account: bytes) -> _Tries | None:
        return self._known.get(account, OrderedDict()).get(network(client))

    def _keys(self, client: str) -> list[tuple[bytes, int]]:
        """The keys to count an address under, each with the number of wrong tries allowed."""
        keys = [(self._digest(f"address {network(client)}"), OF_ADDRESS)]
        if ":" in (site := network(client, 48)):
            keys.append((self._digest(f"site {site}"), OF_SITE))
        return keys

    def _digest(self, words: str) -> bytes:
        # A name may be as long as a request; its digest is short.
        given = words.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(given, key=self._salt, digest_size=16).digest()


def network(client: str, bits: int = 64) -> str:
    """The address to count; for IPv6, the prefix of one household (64 bits) or site (48 bits).

    >>> network("192.0.2.7"), network("2001:db8::1:2:3:4"), network("::ffff:192.0.2.7")
    ('192.0.2.7', '2001:db8::', '192.0.2.7')
    >>> network("2001:db8:1:2::3", 48)
    '2001:db8:1::'
    """
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return client
    if isinstance(address, ipaddress.IPv4Address):
        return client
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Address(int(address) >> (128 - bits) << (128 - bits)))


def _count(counters: list[_Tries], guess: bytes, name: bytes, now: float, most: int) -> None:
    """Count a try in the smallest of a key's counters; the larger ones are shared with other keys."""
    if any(tries.last == guess for tries in counters):
        return
    least = min(tries.count for tries in counters)
    for tries in counters:
        if tries.count == least:
            tries.add(guess, name, now, lambda count: _wait(count, most))


def _wait(count: int, most: int) -> float:
    """Seconds to wait after `count` wrong tries."""
    over = count - most
    return min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(over, 10)) if over >= 0 else 0
