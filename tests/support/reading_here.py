"""Reads files in this process, where how they are read is not what is tested."""

import threading
from collections.abc import Iterator

from corpus.reading import pool
from corpus.reading.loader import slices
from corpus.reading.results import Loaded, Skipped, SourceFile
from corpus.types import Problem


class Worker(pool.Worker):
    """Slices of a file as the process gives them, without the process."""

    def _answers(
        self, file: SourceFile, over: threading.Event, turn: pool.Turn
    ) -> Iterator[Loaded | Skipped | Problem | str]:
        yield from slices(file, self.limits)
