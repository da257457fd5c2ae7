"""Read many files at once, in processes of their own, so that none can hang or crash the others."""

import hashlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from corpus.errors import DocumentError
from corpus.loading import Loaded, opened
from corpus.outcome import Parsed, Problem
from corpus.walking import Skipped, SourceFile, State
from corpus.worker import outcome_from, parsed_from, task_for

PATIENCE_S = 60.0
"""Seconds within which a document must be read; large files get more."""
BYTES_A_SECOND = 200_000
MOST_WORKERS = 8
FILES_A_WORKER = 8
"""Fewer files are not worth the start of another process."""

_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]);"
    " from corpus.worker import main; main()"
)


def read_all(
    files: Sequence[SourceFile], *, workers: int | None = None, patience_s: float = PATIENCE_S
) -> Iterator[Loaded | Skipped]:
    """What became of each file, as they become ready, in no order.

    At most `workers` processes (by default one for each processor) read them. A file that takes more
    than `patience_s` seconds for a document, or makes its process die, is failed; the others go on.
    """
    if not files:
        return
    most = min(MOST_WORKERS, workers or _processors())
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
        for _ in files:
            outcome = done.get()
            if isinstance(outcome, BaseException):
                raise outcome
            yield outcome
    finally:
        over.set()
        while any(thread.is_alive() for thread in threads):
            with suppress(queue.Empty):  # a thread may wait for room
                done.get(timeout=0.02)


def _processors() -> int:
    with suppress(AttributeError):  # not on every system
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _serve(
    tasks: "queue.SimpleQueue[SourceFile]",
    done: "queue.Queue[Loaded | Skipped | BaseException]",
    over: threading.Event,
    patience_s: float,
) -> None:
    worker = Worker(patience_s)
    try:
        while not over.is_set():
            done.put(worker.read(tasks.get_nowait(), over))
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
    lines: "queue.SimpleQueue[str]" = field(default_factory=queue.SimpleQueue)

    def read(self, file: SourceFile, over: threading.Event) -> Loaded | Skipped:
        """What became of the file; nothing of use after `over` is set."""
        parsed: list[Parsed] = []
        seconds = self.patience_s + file.size / BYTES_A_SECOND
        process = self._running()
        assert process.stdin is not None
        with suppress(BrokenPipeError):  # it died: its answer is missing, too
            process.stdin.write(task_for(file, seconds))
            process.stdin.flush()
        while True:
            line = self._line(seconds, over)
            if line is None:
                self.close()
                return _failed(
                    file, parsed, f"a document in it took more than {seconds:.0f} s to read"
                )
            if not line:
                return _failed(file, parsed, self._last_words())
            answer = json.loads(line)
            if "document" not in answer:
                return outcome_from(file, parsed, answer)
            parsed.append(parsed_from(answer))

    def close(self) -> None:
        """End the process, whatever it does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            for stream in (self.process.stdin, self.process.stdout):
                if stream is not None:
                    with suppress(OSError):
                        stream.close()
            self.process = None

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
            self.lines = queue.SimpleQueue()
            threading.Thread(target=_forward, args=(self.process, self.lines), daemon=True).start()
        return self.process

    def _line(self, seconds: float, over: threading.Event) -> str | None:
        """The next line of the answer; "" if the process died, None if it took too long."""
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


def _forward(process: subprocess.Popen[str], lines: "queue.SimpleQueue[str]") -> None:
    assert process.stdout is not None
    with suppress(ValueError, OSError):  # closed meanwhile
        for line in process.stdout:
            lines.put(line)
    lines.put("")


def _failed(file: SourceFile, parsed: list[Parsed], reason: str) -> Loaded | Skipped:
    """A file whose reading broke off; what was read of it before is kept."""
    # The hash says later that it is still the same file, which need not be tried again.
    sha256 = ""
    with suppress(OSError, DocumentError), opened(file) as handle:
        sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
    if not parsed:
        return Skipped(file, reason, sha256, State.FAILED)
    return Loaded(file, sha256, tuple(parsed), (Problem(file.id, reason),))
