"""Answers that were given of late: the same question to the same documents is not read twice."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from index.types import Filter
from qa.cancellation import Stop, check
from qa.types import Answer

MOST_ANSWERS = 1_000
MOST_BYTES = 32 << 20
# Bytes of a passage, a quote or a copy with its offsets and scores, roughly.
_EACH = 500


@dataclass(frozen=True, slots=True)
class Key:
    """All that an answer depends on, except the reader.

    `generation` is the state of the index; `question` is the text that was searched and read.
    """

    generation: str
    question: str
    k: int
    min_confidence: float
    filter: Filter


class AnswerCache:
    """The answers of one generation of an index, those that were asked for last.

    At most `answers` of them, and roughly at most `size` bytes, the documents that they hold counted.
    Safe to use from several threads; what two of them want at once is made once.
    """

    def __init__(self, *, answers: int = MOST_ANSWERS, size: int = MOST_BYTES) -> None:
        self._most, self._size = answers, size
        self._generation = ""
        self._kept: OrderedDict[Key, Answer] = OrderedDict()
        self._bytes = 0
        self._making: dict[Key, threading.Event] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def clear(self) -> None:
        """Forget all answers."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0

    def get(self, key: Key) -> Answer | None:
        """The answer, if it is kept."""
        with self._lock:
            return self._get(key)

    def answer(self, key: Key, make: Callable[[], Answer], *, stop: Stop | None = None) -> Answer:
        """The answer that is kept, or the one that another thread is at, or else what `make` gives.

        Raises:
            Stopped: soon after `stop` is set.
        """
        while True:
            with self._lock:
                if (found := self._get(key)) is not None:
                    return found
                others = self._making.get(key)
                if others is None:
                    own = self._making[key] = threading.Event()
                    break
            while not others.wait(0.05):
                check(stop)
            # subtle: it may have been stopped, or have failed, or be too large to keep.
        try:
            found = make()
            self._keep(key, found)
        finally:
            with self._lock:
                del self._making[key]
            own.set()
        return found

    def _get(self, key: Key) -> Answer | None:
        self._follow(key.generation)
        if (found := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
        return found

    def _follow(self, generation: str) -> None:
        """Forget the answers of another generation, which hold its documents in memory."""
        # subtle: one that comes late, of a generation that is past, empties the cache, too. That costs
        # some reading; a wrong answer it cannot be, since the generation is part of the key.
        if generation != self._generation:
            self._kept.clear()
            self._generation, self._bytes = generation, 0

    def _keep(self, key: Key, answer: Answer) -> None:
        weight = _weight(answer)
        with self._lock:
            self._follow(key.generation)
            if weight > self._size or not self._most:
                return
            self._kept[key] = answer
            self._bytes += weight
            while self._bytes > self._size or len(self._kept) > self._most:
                _, gone = self._kept.popitem(last=False)
                self._bytes -= _weight(gone)


def _weight(answer: Answer) -> int:
    """The bytes that an answer keeps in memory, roughly; documents that others share are counted."""
    texts = {hit.passage.document.id: hit.passage.document.text for hit in answer.hits}
    copies = sum(len(hit.copies) for hit in answer.hits)
    asked = answer.provenance.filter
    parts = [answer.citations, answer.closest, answer.hits, asked.documents, asked.publishers]
    return (
        sum(map(len, texts.values()))
        + len(answer.question.text)
        + _EACH * (1 + copies + sum(len(part) for part in parts))
    )
