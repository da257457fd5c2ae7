"""The process that reads files for another one: a file that hangs or kills its parser kills only it.

It gets one line of JSON for each file and answers with one for each document and one at the end.
"""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from corpus.loading import Loaded, read
from corpus.outcome import Parsed, Problem
from corpus.serialising import (
    document_from_dict,
    document_to_dict,
    dropped_from_lists,
    dropped_to_lists,
)
from corpus.walking import Skipped, SourceFile, State

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
        _limit_time(task.pop("seconds"))
        file = SourceFile(**{**task, "path": Path(task["path"])})
        outcome = read(file, found=lambda parsed: _write(answers, _parsed_to(parsed)))
        _write(answers, _end_of(outcome))


def task_for(file: SourceFile, seconds: float) -> str:
    """The line that asks for a file to be read, in at most so many seconds of computing."""
    return json.dumps({**asdict(file), "path": str(file.path), "seconds": seconds}) + "\n"


def _write(answers: TextIO, values: dict[str, Any]) -> None:
    # Plain ASCII: a lone half of a surrogate pair in the name of a file would stop the stream.
    answers.write(json.dumps(values) + "\n")
    answers.flush()


def _parsed_to(parsed: Parsed) -> dict[str, Any]:
    document = document_to_dict(parsed.document)
    return {"document": document, "dropped": dropped_to_lists(parsed.dropped)}


def _end_of(outcome: Loaded | Skipped) -> dict[str, Any]:
    if isinstance(outcome, Skipped):
        state = outcome.state.value
        return {"sha256": outcome.sha256, "reason": outcome.reason, "state": state}
    problems = [[problem.id, problem.reason] for problem in outcome.problems]
    return {"sha256": outcome.sha256, "problems": problems, "seconds": outcome.seconds}


def parsed_from(values: dict[str, Any]) -> Parsed:
    """A document of an answer."""
    return Parsed(document_from_dict(values["document"]), dropped_from_lists(values["dropped"]))


def outcome_from(file: SourceFile, parsed: list[Parsed], end: dict[str, Any]) -> Loaded | Skipped:
    """What became of a file, from its documents and the last line of the answer."""
    if "reason" in end:
        return Skipped(file, end["reason"], end["sha256"], State(end["state"]))
    problems = tuple(Problem(id, reason) for id, reason in end["problems"])
    return Loaded(file, end["sha256"], tuple(parsed), problems, end["seconds"])


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
