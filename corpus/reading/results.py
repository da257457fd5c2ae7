"""The outcomes of reading files: documents, problems, and skipped files."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from corpus.types import Cause, Document, Parsed, Problem


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file in the folder. `id` is its path under the root, with forward slashes.

    `size` is in bytes, `mtime_ns` the time of its last change in nanoseconds.
    """

    path: Path
    id: str
    size: int
    mtime_ns: int


class State(StrEnum):
    """The state of a file: read fully, read in part, not tried, failed, or to be tried again."""

    READ = "read"
    PARTLY = "partly read"
    SKIPPED = "skipped"
    FAILED = "failed"
    LATER = "to be tried again"


_PASSING = frozenset({Cause.OUTSIDE, Cause.TURN})


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file without a document, and the reason for a person; `state` says whether it was tried."""

    file: SourceFile
    reason: str
    sha256: str = ""
    state: State = State.SKIPPED


@dataclass(frozen=True, slots=True)
class Loaded:
    """The documents read from a file (usually one), and the parts that could not be read.

    `seconds` is the reading time. This may be a slice of a file: some of its documents, in order; then
    `more` means that others follow. With `restart`, these begin with the first document again, because
    reading was interrupted from outside.
    """

    file: SourceFile
    sha256: str
    parsed: tuple[Parsed, ...]
    problems: tuple[Problem, ...] = ()
    seconds: float = 0.0
    more: bool = False
    restart: bool = False

    @property
    def documents(self) -> tuple[Document, ...]:
        """Its documents, in file order."""
        return tuple(one.document for one in self.parsed)

    @property
    def state(self) -> State:
        """Whether all of the file was read; if not, whether another try makes sense."""
        if any(problem.cause in _PASSING for problem in self.problems):
            return State.LATER
        return State.PARTLY if self.problems else State.READ


def joined(some: Iterable[Loaded | Skipped]) -> Loaded | Skipped:
    """Consecutive slices of one file (at least one), joined into one."""
    first, *others = some
    if isinstance(first, Skipped) or not others:
        return first
    each = [first, *(one for one in others if isinstance(one, Loaded))]
    return Loaded(
        first.file,
        first.sha256,
        tuple(parsed for one in each for parsed in one.parsed),
        tuple(problem for one in each for problem in one.problems),
        sum(one.seconds for one in each),
        each[-1].more,
    )


def broken_off(
    file: SourceFile, reason: str, sha256: str, cause: Cause = Cause.FILE, *, given: bool
) -> Loaded | Skipped:
    """The last outcome of a file that cannot be read further; slices already `given` are kept."""
    if given:
        return Loaded(file, sha256, (), (Problem(file.id, reason, cause),))
    return Skipped(file, reason, sha256, State.LATER if cause in _PASSING else State.FAILED)
