"""Stop work whose answer is no longer wanted."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stopped(Exception):
    """The work was stopped before it produced a result."""


class Stop:
    """A stop signal: one thread sets it, others check it between steps or are interrupted by it.

    >>> stop = Stop()
    >>> stop.check()
    >>> stop.set()
    >>> stop.check()
    Traceback (most recent call last):
    ...
    qa.cancellation.Stopped
    """

    def __init__(self) -> None:
        self._set = False
        self._ends: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    def set(self) -> None:
        """Stop everything that checks from now on, and interrupt what runs inside `ending`."""
        with self._lock:
            self._set = True
            for end in self._ends:
                end()

    def check(self) -> None:
        """Do nothing unless the signal is set.

        Raises:
            Stopped: if it is set.
        """
        if self._set:
            raise Stopped

    @contextmanager
    def ending(self, end: Callable[[], None]) -> Iterator[None]:
        """While the block runs, `set` calls `end`, which should make the block end soon.

        Raises:
            Stopped: if the signal was set before.
        """
        with self._lock:
            self.check()
            self._ends.append(end)
        try:
            yield
        finally:
            with self._lock:
                self._ends.remove(end)


def check(stop: Stop | None) -> None:
    """Call `stop.check()`, unless `stop` is None."""
    if stop is not None:
        stop.check()
