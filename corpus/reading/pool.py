"""Read many files at once, in processes of their own, so that none can hang or crash the others."""

import json
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from corpus._runtime import processors
from corpus.reading.files import hash_of
from corpus.reading.results import Loaded, Skipped, SourceFile, broken_off, joined
from corpus.reading.worker import outcome_from, task_for

PATIENCE_S = 60.0
"""Seconds within which a document must be read; large files get more."""
BYTES_A_SECOND = 200_000
MOST_WORKERS = 8
FILES_A_WORKER = 8
"""Fewer files are not worth the start of another process."""
SLICE_DOCUMENTS = 64
SLICE_CHARACTERS = 250_000
"""A slice of a file has so many documents, or fewer that have together so many characters."""
LINES_AHEAD = 16
"""Answers of a worker that wait to be taken; then the worker waits."""
MOST_WAITS = 100
"""Times that it is looked whether the thread that takes them has ended."""

_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]);"
    " from corpus.reading.worker import main; main()"
)


def read_all(
    files: Sequence[SourceFile], *, workers: int | None = None, patience_s: float = PATIENCE_S
) -> Iterator[Loaded | Skipped]:
    """What became of each file, as they become ready, in no order: of a large one slice after slice.

    At most `workers` processes (by default one for each processor) read them, and wait for whoever takes
    what they read, so that never more than a few slices stand in memory. Slices of different files may
    come in turns. A file that takes more than `patience_s` seconds for a document, or makes its process
    die, is failed; the others go on.
    """
    if not files:
        return
    most = min(MOST_WORKERS, workers or processors())
    count = max(1, min(most, len(files) // FILES_A_WORKER))
    tasks: queue.SimpleQueue[SourceFile] = queue.SimpleQueue()
    for file in files:
        tasks.put(file)
    # Few at a time wait to be taken, or all of a collection would stand in memory.
    done: queue.Queue[Loaded | Skipped | BaseException] = queue.Queue(maxsize=4 * count)
    over = threading.Event()
    threads = [
        threading.Thread(target=_serve, args=(tasks, done, over, patience_s), daemon=True)
        for _ in range(count)
    ]
    for thread in threads:
        thread.start()
    try:
        left = len(files)
        while left:
            outcome = done.get()
            if isinstance(outcome, BaseException):
                raise outcome
            left -= isinstance(outcome, Skipped) or not outcome.more
            yield outcome
    finally:
        over.set()
        while any(thread.is_alive() for thread in threads):
            with suppress(queue.Empty):  # a thread may wait for room
                done.get(timeout=0.02)


def _serve(
    tasks: "queue.SimpleQueue[SourceFile]",
    done: "queue.Queue[Loaded | Skipped | BaseException]",
    over: threading.Event,
    patience_s: float,
) -> None:
    worker = Worker(patience_s)
    try:
        while not over.is_set():
            for outcome in worker.read(tasks.get_nowait(), over):
                done.put(outcome)
                if over.is_set():
                    break
    except queue.Empty:
        pass
    except BaseException as error:  # noqa: BLE001 - told to who waits, in whose thread it is raised
        done.put(error)
    finally:
        worker.close()


@dataclass(slots=True)
class Worker:
    """A process that reads one file after the other; started when it is needed, and again if it dies."""

    patience_s: float
    process: subprocess.Popen[str] | None = None
    lines: "queue.Queue[str]" = field(default_factory=queue.Queue)
    forwarding: threading.Thread | None = None

    def read(self, file: SourceFile, over: threading.Event) -> Iterator[Loaded | Skipped]:
        """What became of the file, slice by slice; nothing more after `over` is set."""
        some: list[Loaded] = []
        size, sha256 = 0, ""
        for outcome in self._answers(file, over):
            if isinstance(outcome, str):  # it broke off
                # The hash says later that it is still the same file, which need not be tried again.
                end = broken_off(file, outcome, sha256 or hash_of(file), given=bool(sha256))
                yield joined([*some, end])
                return
            if isinstance(outcome, Skipped):
                yield outcome
                return
            some.append(outcome)
            size += sum(len(document.text) for document in outcome.documents)
            sha256 = outcome.sha256
            if len(some) >= SLICE_DOCUMENTS or size >= SLICE_CHARACTERS or not outcome.more:
                yield joined(some)
                some, size = [], 0

    def _answers(self, file: SourceFile, over: threading.Event) -> Iterator[Loaded | Skipped | str]:
        """The slices that the process reads; at last why there are no more, if it breaks off."""
        seconds = self.patience_s + file.size / BYTES_A_SECOND
        process = self._running()
        assert process.stdin is not None
        with suppress(BrokenPipeError):  # it died: its answer is missing, too
            process.stdin.write(task_for(file, seconds))
            process.stdin.flush()
        while not over.is_set():
            line = self._line(seconds, over)
            if line is None:
                self.close()
                if not over.is_set():
                    yield f"a document in it took more than {seconds:.0f} s to read"
                return
            if not line:
                yield self._last_words()
                return
            outcome = outcome_from(file, json.loads(line))
            yield outcome
            if isinstance(outcome, Skipped) or not outcome.more:
                return

    def close(self) -> None:
        """End the process, whatever it does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self._let_go()
            for stream in (self.process.stdin, self.process.stdout):
                if stream is not None:
                    with suppress(OSError):
                        stream.close()
            self.process = None

    def _let_go(self) -> None:
        """Let the thread end that forwards lines: it may wait for room."""
        for _ in range(MOST_WAITS):
            if self.forwarding is None or not self.forwarding.is_alive():
                return
            with suppress(queue.Empty):
                self.lines.get(timeout=0.02)

    def _running(self) -> subprocess.Popen[str]:
        if self.process is None:
            # subtle: not `-m`, which would look for modules in the current folder first, and that may
            # be the folder of documents. A session of its own: Ctrl-C is for the one who asked.
            path = json.dumps([entry for entry in sys.path if entry])
            self.process = subprocess.Popen(  # noqa: S603 - our own program, and no shell
                [sys.executable, "-P", "-c", _START, path],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="utf-8",
                start_new_session=True,
            )
            self.lines = queue.Queue(LINES_AHEAD)
            self.forwarding = threading.Thread(
                target=_forward, args=(self.process, self.lines), daemon=True
            )
            self.forwarding.start()
        return self.process

    def _line(self, seconds: float, over: threading.Event) -> str | None:
        """The next line of the answer; "" if the process died, None if it took too long."""
        # Counted is only the time in which there is none: what waits was read in time, however long
        # nobody came for it.
        waited = 0.0
        while waited < seconds and not over.is_set():
            with suppress(queue.Empty):
                return self.lines.get(timeout=0.1)
            waited += 0.1
        return None

    def _last_words(self) -> str:
        """Of what the process died."""
        assert self.process is not None
        code = self.process.wait()
        self.close()
        if code >= 0:
            return f"the process that read it ended with code {code}"
        with suppress(ValueError):
            return f"the process that read it was ended by {signal.Signals(-code).name}"
        return f"the process that read it was ended by signal {-code}"


def _forward(process: subprocess.Popen[str], lines: "queue.Queue[str]") -> None:
    assert process.stdout is not None
    with suppress(ValueError, OSError):  # closed meanwhile
        for line in process.stdout:
            lines.put(line)
    lines.put("")
