"""Stopping: what somebody who no longer wants an answer says, and what works on it hears."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stopped(Exception):
    """The work was stopped before it came to anything."""


class Stop:
    """Set by one thread, heard by others: between two pieces of work, or in the midst of one.

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
        """Stop: whoever checks from now on, and what is at work."""
        with self._lock:
            self._set = True
            for end in self._ends:
                end()

    def check(self) -> None:
        """Nothing, unless it is set.

        Raises:
            Stopped: if it is.
        """
        if self._set:
            raise Stopped

    @contextmanager
    def ending(self, end: Callable[[], None]) -> Iterator[None]:
        """While the block runs, `set` calls `end`, which makes it come to an end soon.

        Raises:
            Stopped: if it was set before.
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
    """`stop.check()`, where there is somebody who may stop it."""
    if stop is not None:
        stop.check()
