"""Walk a folder: what stands in it, and what of that is a file to be read."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from corpus.types import Cause, Document, Parsed, Problem


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that stands in the folder. `id` is its path under the root, with forward slashes.

    `size` is in bytes, `mtime_ns` the time of its last change in nanoseconds.
    """

    path: Path
    id: str
    size: int
    mtime_ns: int


class State(StrEnum):
    """What became of a file: read whole, read in part, not tried, tried in vain, or to be tried again."""

    READ = "read"
    PARTLY = "partly read"
    SKIPPED = "skipped"
    FAILED = "failed"
    LATER = "to be tried again"


_PASSING = frozenset({Cause.OUTSIDE, Cause.TURN})


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file without a document, and why, in words for a person; `state` says whether it was tried."""

    file: SourceFile
    reason: str
    sha256: str = ""
    state: State = State.SKIPPED


@dataclass(frozen=True, slots=True)
class Loaded:
    """What could be read of a file: its documents, mostly one, and what of it could not be read.

    `seconds` is the time that it took. Of a file that is read bit by bit this may be a slice: some of
    its documents, as they stand in it; then `more` says that others follow. With `restart` those that
    follow begin with the first again, since reading was broken off from outside.
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
        """Its documents, as they stand in it."""
        return tuple(one.document for one in self.parsed)

    @property
    def state(self) -> State:
        """Whether all of the file could be read; if not, whether it is worth another try."""
        if any(problem.cause in _PASSING for problem in self.problems):
            return State.LATER
        return State.PARTLY if self.problems else State.READ


def joined(some: Iterable[Loaded | Skipped]) -> Loaded | Skipped:
    """Slices of one file that follow each other, at least one, as one."""
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
    """The end of a file that cannot be read on; if slices of it were `given`, they are kept."""
    if given:
        return Loaded(file, sha256, (), (Problem(file.id, reason, cause),))
    return Skipped(file, reason, sha256, State.LATER if cause in _PASSING else State.FAILED)
