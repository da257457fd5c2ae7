"""The process that reads files for another one: a file that hangs or kills its parser kills only it.

It gets one line of JSON for each file, and answers with one for each slice: a document each, and the end.
It keeps none of them. While nobody takes its answers it waits: the pipe between them holds only so many.
"""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from corpus.reading.loader import slices
from corpus.reading.results import Loaded, Skipped, SourceFile, State
from corpus.reading.serialization import (
    document_from_dict,
    document_to_dict,
    dropped_from_lists,
    dropped_to_lists,
)
from corpus.types import Parsed, Problem

MOST_MEMORY = 4 * 1024**3
"""Bytes of address space that a worker may ask for, where the system can limit that."""


def main() -> None:
    """Answer until there are no more files."""
    # What a parser prints must not stand between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    _limit_memory()
    for line in sys.stdin:
        task = json.loads(line)
        _limit_time(seconds := task.pop("seconds"))
        file = SourceFile(**{**task, "path": Path(task["path"])})
        for outcome in slices(file):
            _write(answers, _to_dict(outcome))
            _limit_time(seconds)


def task_for(file: SourceFile, seconds: float) -> str:
    """The line that asks for a file to be read, in at most so many seconds for a document."""
    return json.dumps({**asdict(file), "path": str(file.path), "seconds": seconds}) + "\n"


def _write(answers: TextIO, values: dict[str, Any]) -> None:
    # Plain ASCII: a lone half of a surrogate pair in the name of a file would stop the stream.
    answers.write(json.dumps(values) + "\n")
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
        "problems": [[problem.id, problem.reason] for problem in outcome.problems],
        "seconds": outcome.seconds,
        "more": outcome.more,
    }


def outcome_from(file: SourceFile, values: dict[str, Any]) -> Loaded | Skipped:
    """What a line of the answer says of a file."""
    if "reason" in values:
        return Skipped(file, values["reason"], values["sha256"], State(values["state"]))
    parsed = tuple(
        Parsed(document_from_dict(one["document"]), dropped_from_lists(one["dropped"]))
        for one in values["parsed"]
    )
    problems = tuple(Problem(id, reason) for id, reason in values["problems"])
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
    """End the process after so many more seconds of computing, if nobody else does.

    Who waits for the answer ends it earlier; this is for a worker that is left alone in a loop.
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
