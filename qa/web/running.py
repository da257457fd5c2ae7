"""The questions that are being answered, each to be stopped by the name that its asker gave it."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from qa.stopping import Stop

# Names that were stopped before their question was begun: it may still wait in the server's queue.
MOST_EARLY = 1_000


class Running:
    """Safe to use from several threads."""

    def __init__(self) -> None:
        self._stops: dict[str, Stop] = {}
        self._early: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    @contextmanager
    def asking(self, name: str) -> Iterator[Stop]:
        """What stops the question of this name, while the block runs; "" is a name of nobody's."""
        stop = Stop()
        with self._lock:
            if name in self._early:
                del self._early[name]
                stop.set()
            if name:
                self._stops[name] = stop
        try:
            yield stop
        finally:
            with self._lock:
                if self._stops.get(name) is stop:
                    del self._stops[name]

    def names(self) -> set[str]:
        """The names of the questions that are being answered."""
        with self._lock:
            return set(self._stops)

    def stop(self, name: str) -> None:
        """Stop the question of this name; if it has not begun yet, as soon as it does."""
        with self._lock:
            stop = self._stops.get(name)
            if stop is None and name:
                self._early[name] = None
                if len(self._early) > MOST_EARLY:
                    self._early.popitem(last=False)
        if stop is not None:
            stop.set()
