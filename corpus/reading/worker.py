"""The process that reads files for another one. A file that hangs or crashes its parser affects only it.

It gets one line of JSON for each file, and answers with one for each slice: one document each, and the end.
It keeps none of them. If its answers are not taken, it waits, because the pipe holds only so many.
"""

import json
import os
import queue
import signal
import sys
import threading
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from corpus.reading.limits import Limits
from corpus.reading.loader import slices
from corpus.reading.results import Loaded, Skipped, SourceFile, State
from corpus.reading.serialization import (
    document_from_dict,
    document_to_dict,
    dropped_from_lists,
    dropped_to_lists,
)
from corpus.types import Cause, Parsed, Problem

BEGUN = "{}\n"
"""The first line of each answer."""
_PR_SET_PDEATHSIG = 1
MOST_MEMORY = 4 * 1024**3
"""The most bytes of address space for a worker, if the system can limit that."""


def main() -> None:
    """Answer until there are no more files."""
    # What a parser prints must not stand between the answers.
    # subtle: the name of a file may hold a lone half of a surrogate pair.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="surrogatepass", newline="\n")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    _end_with(int(sys.argv[2]) if len(sys.argv) > 2 else os.getppid())
    _limit_memory()
    tasks: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_take_tasks, args=(tasks,), daemon=True).start()
    while True:
        task = json.loads(tasks.get())
        _limit_time(seconds := task.pop("seconds"))
        limits = Limits(**task.pop("limits"))
        file = SourceFile(**{**task, "path": Path(task["path"])})
        # A process may take longer to start than a file to be read.
        answers.write(BEGUN)
        answers.flush()
        for outcome in slices(file, limits):
            _write(answers, outcome)
            _limit_time(seconds)


def _take_tasks(tasks: "queue.SimpleQueue[str]") -> None:
    for line in sys.stdin:
        tasks.put(line)
    # No more requests, or the parent is dead: nobody waits for whatever is being read.
    os._exit(0)


def _end_with(parent: int) -> None:
    """Let the system end this process when its parent ends, even within a parser that never returns.

    Only Linux does this; elsewhere the process ends when the parser next yields.
    """
    with suppress(ImportError, OSError, AttributeError):
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if hasattr(os, "getppid") and os.name == "posix" and os.getppid() != parent:
        os._exit(0)  # it went before that


def task_for(file: SourceFile, seconds: float, limits: Limits) -> str:
    """The line that asks for a file to be read, in at most so many seconds for a document."""
    own = {"path": str(file.path), "seconds": seconds, "limits": asdict(limits)}
    return json.dumps({**asdict(file), **own}) + "\n"


def _write(answers: TextIO, outcome: Loaded | Skipped) -> None:
    # Written as it is, to save memory, and the line end separately, or all of it would be copied.
    answers.write(json.dumps(_to_dict(outcome), ensure_ascii=False))
    answers.write("\n")
    answers.flush()


def _to_dict(outcome: Loaded | Skipped) -> dict[str, Any]:
    if isinstance(outcome, Skipped):
        state = outcome.state.value
        return {"sha256": outcome.sha256, "reason": outcome.reason, "state": state}
    return {
        "sha256": outcome.sha256,
        "parsed": [
            {
                "document": document_to_dict(one.document),
                "dropped": dropped_to_lists(one.dropped),
            }
            for one in outcome.parsed
        ],
        "problems": [[p.id, p.reason, p.cause.value] for p in outcome.problems],
        "seconds": outcome.seconds,
        "more": outcome.more,
    }


def outcome_from(file: SourceFile, values: dict[str, Any]) -> Loaded | Skipped:
    """The outcome for a file from a line of the answer."""
    if "reason" in values:
        return Skipped(file, values["reason"], values["sha256"], State(values["state"]))
    parsed = tuple(
        Parsed(document_from_dict(one["document"]), dropped_from_lists(one["dropped"]))
        for one in values["parsed"]
    )
    problems = tuple(Problem(id, reason, Cause(cause)) for id, reason, cause in values["problems"])
    return Loaded(file, values["sha256"], parsed, problems, values["seconds"], more=values["more"])


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    bound = MOST_MEMORY if most == resource.RLIM_INFINITY else min(MOST_MEMORY, most)
    resource.setrlimit(resource.RLIMIT_AS, (bound, most))


def _limit_time(seconds: float) -> None:
    """End the process after this many more seconds of computing, if nobody else does.

    A waiting parent ends it earlier; this is for a worker left alone in a loop.
    """
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    bound = int(used.ru_utime + used.ru_stime + seconds) + 1
    if most == resource.RLIM_INFINITY or bound < most:
        resource.setrlimit(resource.RLIMIT_CPU, (bound, most))
