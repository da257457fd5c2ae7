"""Read many files at once in separate processes, so that none can hang or crash the others."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import Enum

from corpus._runtime import processors
from corpus.reading.files import hash_of
from corpus.reading.limits import Limits, limits_set
from corpus.reading.results import Loaded, Skipped, SourceFile, State, broken_off, joined
from corpus.reading.worker import BEGUN, outcome_from, task_for
from corpus.types import Cause, Problem

PATIENCE_S = 60.0
"""Seconds within which a document must be read; large files get more."""
BYTES_A_SECOND = 200_000
TURN_S = 10.0
"""Seconds, plus an allowance for its size, after which a file lets waiting ones go first."""
MOST_WORKERS = 8
FILES_A_WORKER = 8
"""With fewer files, starting another process is not worthwhile."""
SLICE_DOCUMENTS = 64
SLICE_CHARACTERS = 250_000
"""A slice of a file has this many documents, or fewer with this many characters together."""
LINES_AHEAD = 16
"""The most untaken answers of a worker; after that, the worker waits."""
MOST_WAITS = 100
"""The most checks whether the thread that takes them has ended."""

_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]);"
    " from corpus.reading.worker import main; main()"
)

Halt = Callable[[str], Problem | None]
"""Returns why no more of the file with this id is wanted; None while it is."""


def read_all(
    files: Sequence[SourceFile],
    *,
    workers: int | None = None,
    patience_s: float = PATIENCE_S,
    limits: Limits | None = None,
    halt: Halt = lambda file: None,
) -> Iterator[Loaded | Skipped]:
    """The outcome of each file as it becomes ready, in no fixed order; a large file comes in slices.

    At most `workers` processes (by default one per processor) read, and wait until their results are
    taken, so only a few slices are in memory at a time. Slices of different files may be interleaved.
    Small files come first, and one that takes longer than its size suggests is set aside until the others
    are read. By default, the `limits` are those set by the user.

    A file that takes more than `patience_s` seconds for a document, or whose process dies, is tried once
    more, alone, after all others; after that it is left for a later run. A repeated reading begins
    with an outcome that has `restart` set.
    """
    tasks = _Tasks(sorted(files, key=lambda file: file.size))
    most = min(MOST_WORKERS, workers or processors())
    count = max(1, min(most, len(files) // FILES_A_WORKER))
    how = _How(patience_s, limits or limits_set(), halt)
    yield from _served(tasks, count, how)
    # Memory may have been short because of the others.
    yield from _served(_Tasks(tasks.failed, last=True), 1, how)


@dataclass(frozen=True, slots=True)
class _How:
    patience_s: float
    limits: Limits
    halt: Halt


class _Tasks:
    """The files still to be read: first one turn for each, then those that need longer."""

    def __init__(self, files: Sequence[SourceFile], *, last: bool = False) -> None:
        self.last = last
        self.failed: list[SourceFile] = []
        self._first, self._long = deque(files), deque[SourceFile]()

    def take(self) -> tuple[SourceFile, float] | None:
        """The next file, and its seconds while others wait; None if there is none."""
        with suppress(IndexError):
            file = self._first.popleft()
            return file, TURN_S + file.size / BYTES_A_SECOND
        with suppress(IndexError):
            return self._long.popleft(), float("inf")
        return None

    def others_wait(self) -> bool:
        """Whether there are files that have not had a turn."""
        return bool(self._first)

    def again(self, file: SourceFile, cause: Cause) -> None:
        """Read a file once more, later."""
        if cause is Cause.TURN:
            self._long.append(file)
        else:
            self.failed.append(file)


def _served(tasks: _Tasks, count: int, how: _How) -> Iterator[Loaded | Skipped]:
    """The outcomes of reading these files with `count` processes."""
    if not tasks.others_wait():
        return
    # Few at a time wait to be taken, or all of a collection would stand in memory.
    done: queue.Queue[Loaded | Skipped | BaseException | None] = queue.Queue(maxsize=4 * count)
    over = threading.Event()
    threads = [
        threading.Thread(target=_serve, args=(tasks, done, over, how), daemon=True)
        for _ in range(count)
    ]
    for thread in threads:
        thread.start()
    try:
        working = count
        while working:
            outcome = done.get()
            if isinstance(outcome, BaseException):
                raise outcome
            if outcome is None:
                working -= 1
            else:
                yield outcome
    finally:
        over.set()
        while any(thread.is_alive() for thread in threads):
            with suppress(queue.Empty):  # a thread may wait for room
                done.get(timeout=0.02)


def _serve(
    tasks: _Tasks,
    done: "queue.Queue[Loaded | Skipped | BaseException | None]",
    over: threading.Event,
    how: _How,
) -> None:
    worker = Worker(how.patience_s, how.limits)
    try:
        while not over.is_set() and (task := tasks.take()):
            for outcome in _tried(worker, *task, tasks, over, how.halt):
                done.put(outcome)
                if over.is_set():
                    break
        done.put(None)
    except BaseException as error:  # noqa: BLE001 - told to who waits, in whose thread it is raised
        done.put(error)
    finally:
        worker.close()


def _tried(
    worker: "Worker",
    file: SourceFile,
    turn_s: float,
    tasks: _Tasks,
    over: threading.Event,
    halt: Halt,
) -> Iterator[Loaded | Skipped]:
    """The outcomes of a file in its turn; if it failed and another try makes sense, it is queued again."""
    if stop := halt(file.id):
        yield _unread(file, stop)
        return
    passing = given = False
    for outcome in worker.read(file, over, Turn(turn_s, tasks.others_wait)):
        more = isinstance(outcome, Loaded) and outcome.more
        passing = passing or outcome.state is State.LATER
        if passing and not more and not (tasks.last and _cause(outcome) is not Cause.TURN):
            tasks.again(file, _cause(outcome))
            if isinstance(outcome, Loaded) and (given or outcome.parsed):
                yield replace(outcome, more=True, restart=True)
            return
        given = True
        yield outcome
        if more and (stop := halt(file.id)):
            worker.close()
            yield Loaded(file, outcome.sha256, (), (stop,))
            return


def _unread(file: SourceFile, stop: Problem) -> Skipped:
    """The outcome for a file that is no longer wanted."""
    return Skipped(file, stop.reason, "", State.LATER)


def _cause(outcome: Loaded | Skipped) -> Cause:
    """Why the reading of a file was interrupted, if it is to be read again."""
    problems = outcome.problems if isinstance(outcome, Loaded) else ()
    return Cause.TURN if any(p.cause is Cause.TURN for p in problems) else Cause.OUTSIDE


@dataclass(slots=True)
class Turn:
    """The time that a file has while others wait, counted from when a process starts on it."""

    seconds: float = float("inf")
    others_wait: Callable[[], bool] = lambda: False
    end: float = float("inf")

    def begin(self) -> None:
        self.end = time.monotonic() + self.seconds

    def ended(self) -> bool:
        return time.monotonic() > self.end and self.others_wait()


class _None(Enum):
    """The reason for a missing line."""

    OVER = "over"
    TURN_ENDED = "turn ended"
    TOO_LONG = "too long"


@dataclass(slots=True)
class Worker:
    """A process that reads one file after the other; started when it is needed, and again if it dies."""

    patience_s: float
    limits: Limits = field(default_factory=Limits)
    process: subprocess.Popen[str] | None = None
    lines: "queue.Queue[str]" = field(default_factory=queue.Queue)
    forwarding: threading.Thread | None = None

    def read(
        self,
        file: SourceFile,
        over: threading.Event,
        turn: Turn | None = None,
    ) -> Iterator[Loaded | Skipped]:
        """The outcomes of the file, slice by slice; nothing more after `over` is set."""
        some: list[Loaded] = []
        size, sha256, given = 0, "", False
        for outcome in self._answers(file, over, turn or Turn()):
            if isinstance(outcome, str):  # it broke off
                # The hash says later that it is still the same file.
                cause, sha256 = Cause.OUTSIDE, sha256 or hash_of(file)
                yield joined([*some, broken_off(file, outcome, sha256, cause, given=given)])
                return
            if isinstance(outcome, Problem):  # the turn has ended
                yield joined([*some, Loaded(file, sha256, (), (outcome,))])
                return
            if isinstance(outcome, Skipped):
                yield outcome
                return
            some.append(outcome)
            size += sum(len(document.text) for document in outcome.documents)
            sha256, given = outcome.sha256, True
            if len(some) >= SLICE_DOCUMENTS or size >= SLICE_CHARACTERS or not outcome.more:
                yield joined(some)
                some, size = [], 0

    def _answers(
        self, file: SourceFile, over: threading.Event, turn: Turn
    ) -> Iterator[Loaded | Skipped | Problem | str]:
        """The slices from the process, and at the end the reason if it was interrupted."""
        seconds = self.patience_s + file.size / BYTES_A_SECOND
        process = self._running()
        assert process.stdin is not None
        with suppress(BrokenPipeError):  # it died: its answer is missing, too
            process.stdin.write(task_for(file, seconds, self.limits))
            process.stdin.flush()
        while not over.is_set():
            line = self._line(seconds, over, turn)
            if isinstance(line, _None):
                self.close()
                if line is _None.TURN_ENDED:
                    yield Problem(file.id, "other files are read first", Cause.TURN)
                elif line is _None.TOO_LONG:
                    yield f"a document in it took more than {seconds:.0f} s to read"
                return
            if not line:
                words = self._last_words()
                # subtle: where it used up its processor time before we looked, the system ended it for us.
                too_long = words.endswith(" SIGXCPU")
                yield (
                    f"a document in it took more than {seconds:.0f} s to read"
                    if too_long
                    else words
                )
                return
            if line == BEGUN:
                turn.begin()
                continue
            outcome = outcome_from(file, json.loads(line))
            del line  # it may be as large as the file
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
        """Let the thread that forwards lines end: it may be waiting for room."""
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
                [sys.executable, "-P", "-c", _START, path, str(os.getpid())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="utf-8",
                errors="surrogatepass",
                start_new_session=True,
            )
            self.lines = queue.Queue(LINES_AHEAD)
            self.forwarding = threading.Thread(
                target=_forward, args=(self.process, self.lines), daemon=True
            )
            self.forwarding.start()
        return self.process

    def _line(self, seconds: float, over: threading.Event, turn: Turn) -> "str | _None":
        """The next line of the answer; "" if the process died; or why there is none."""
        # Counted is only the time in which there is none: what waits was read in time, however long
        # nobody came for it.
        waited = 0.0
        while waited < seconds:
            if over.is_set():
                return _None.OVER
            if turn.ended():
                return _None.TURN_ENDED
            with suppress(queue.Empty):
                return self.lines.get(timeout=0.1)
            waited += 0.1
        return _None.TOO_LONG

    def _last_words(self) -> str:
        """Why the process died."""
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
            del line  # it may be as large as a file
    lines.put("")
