"""A fair queue of questions: a few run at once, and heavy users wait longer than others."""

import threading
from collections import OrderedDict, deque
from collections.abc import Iterator
from contextlib import contextmanager

from qa.cancellation import Stop

# Seconds between two checks whether a question was stopped.
_LOOK_S = 0.05


class Turns:
    """Turns for at most `at_once` questions at a time. Safe to use from several threads.

    When a turn ends, the next one goes to the asker whose own last turn is longest ago: twenty questions
    from one person delay another person's by one turn, not by twenty.
    """

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._lock = threading.Lock()
        # The askers in the order in which they are served, each with their questions in order.
        self._waiting: OrderedDict[str, deque[threading.Event]] = OrderedDict()

    @contextmanager
    def turn(self, asker: str, stop: Stop) -> Iterator[None]:
        """Wait for a turn, and hold it for the block.

        Raises:
            Stopped: if `stop` is set while waiting.
        """
        mine = threading.Event()
        with self._lock:
            self._waiting.setdefault(asker, deque()).append(mine)
            self._serve()
        try:
            while not mine.wait(_LOOK_S):
                stop.check()
            yield
        finally:
            with self._lock:
                if mine.is_set():
                    self._free += 1
                else:
                    self._leave(asker, mine)
                self._serve()

    def waiting(self) -> int:
        """The number of questions waiting for their turn."""
        with self._lock:
            return sum(map(len, self._waiting.values()))

    def _serve(self) -> None:
        while self._free and self._waiting:
            asker, questions = self._waiting.popitem(last=False)
            questions.popleft().set()
            self._free -= 1
            if questions:  # behind all other waiting askers
                self._waiting[asker] = questions

    def _leave(self, asker: str, mine: threading.Event) -> None:
        questions = self._waiting[asker]
        questions.remove(mine)
        if not questions:
            del self._waiting[asker]


# The most names to remember of questions stopped before they began (still in the server's queue).
MOST_EARLY = 1_000


class Running:
    """The running questions, which can be stopped by name. Safe to use from several threads."""

    def __init__(self) -> None:
        self._stops: dict[str, Stop] = {}
        self._early: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    @contextmanager
    def asking(self, name: str) -> Iterator[Stop]:
        """The `Stop` of the question with this name, for the block; "" means it has no name."""
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
        """The names of the running questions."""
        with self._lock:
            return set(self._stops)

    def stop(self, name: str) -> None:
        """Stop the question with this name; if it has not begun yet, as soon as it does."""
        with self._lock:
            stop = self._stops.get(name)
            if stop is None and name:
                self._early[name] = None
                if len(self._early) > MOST_EARLY:
                    self._early.popitem(last=False)
        if stop is not None:
            stop.set()
