"""Turns at reading: a few at once, and who asks much waits longer than who asks little."""

import threading
from collections import OrderedDict, deque
from collections.abc import Iterator
from contextlib import contextmanager

from qa.cancellation import Stop

# Seconds between two looks at whether somebody still waits.
_LOOK_S = 0.05


class Turns:
    """At most `at_once` of the askers' questions at a time. Safe to use from several threads.

    When one ends, the next is that of the asker who has waited longest since a turn of their own: twenty
    questions of one person hold another's up for one turn, not for twenty.
    """

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._lock = threading.Lock()
        # The askers in the order in which they are served, each with their questions in theirs.
        self._waiting: OrderedDict[str, deque[threading.Event]] = OrderedDict()

    @contextmanager
    def turn(self, asker: str, stop: Stop) -> Iterator[None]:
        """One's turn, for the time of the block.

        Raises:
            Stopped: if `stop` is set while it is waited for.
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
        """How many questions wait for their turn."""
        with self._lock:
            return sum(map(len, self._waiting.values()))

    def _serve(self) -> None:
        while self._free and self._waiting:
            asker, questions = self._waiting.popitem(last=False)
            questions.popleft().set()
            self._free -= 1
            if questions:  # behind all others who wait
                self._waiting[asker] = questions

    def _leave(self, asker: str, mine: threading.Event) -> None:
        questions = self._waiting[asker]
        questions.remove(mine)
        if not questions:
            del self._waiting[asker]


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
