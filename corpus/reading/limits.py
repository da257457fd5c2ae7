"""How much one file may bring: beyond that, what was read is kept, and the rest is named."""

import os
import time
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields, replace

from corpus.errors import CollectionError
from corpus.types import Cause, Parsed, Problem

VARIABLE = "CORPUS_QA_LIMITS"
"""Sets others than these, as "documents=5000000,seconds=86400"."""
MOST_PROBLEMS = 1_000
"""Parts of a file that cannot be read that are named; the others are counted."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one file may bring, and an indexing run: a file of 100 kB can unpack to 60 million rows.

    Of a file: `documents` (its records, those that cannot be read too), `characters` of text, `passages`,
    and `seconds` that reading takes. Of a run: `run_passages`, new ones; the next run goes on.
    """

    documents: int = 1_000_000
    characters: int = 1_000_000_000
    passages: int = 2_000_000
    seconds: int = 3 * 3600
    run_passages: int = 20_000_000

    @property
    def mark(self) -> str:
        """What names those of a file: one that they cut is read again when they are others."""
        return "within " + " ".join(map(str, astuple(self)[:-1]))


def limits_set() -> Limits:
    """The limits, with those that the user has set in `CORPUS_QA_LIMITS`.

    Raises:
        CollectionError: if that cannot be understood.
    """
    said = os.environ.get(VARIABLE, "")
    found: dict[str, int] = {}
    names = [field.name for field in fields(Limits)]
    for part in filter(None, (part.strip() for part in said.split(","))):
        name, _, value = (word.strip() for word in part.partition("="))
        value = value.replace("_", "")
        if name not in names or not (value.isascii() and value.isdecimal()) or int(value) < 1:
            raise CollectionError(
                f"{VARIABLE} has {part!r}. Write NAME=NUMBER, separated by commas; the names are "
                f"{', '.join(names)}."
            )
        found[name] = int(value)
    return replace(Limits(), **found)


def cut(file: str, what: str) -> Problem:
    """What is said of a file of which a limit leaves the rest unread."""
    return Problem(file, f"partly read: {what}; {VARIABLE} sets the limits", Cause.LIMIT)


def bounded(
    pieces: Iterator[Parsed | Problem], file: str, limits: Limits
) -> Iterator[Parsed | Problem]:
    """The pieces of a file up to its limits, then what was left, as a problem of the whole file."""
    count = characters = problems = 0
    seconds, begun, end, cause = 0.0, time.monotonic(), "", Cause.FILE
    for piece in pieces:
        # Only the time that reading takes: who takes what is read may be slow.
        seconds += time.monotonic() - begun
        size = len(piece.document.text) if isinstance(piece, Parsed) else 0
        if count == limits.documents:
            end = f"the first {count:,} records"
        elif characters + size > limits.characters:
            end = f"the first {count:,} records, with {characters:,} characters"
        elif seconds > limits.seconds:
            end = f"the first {count:,} records, as far as it came in {limits.seconds:,} s"
        if end:
            break
        count, characters = count + 1, characters + size
        problems += isinstance(piece, Problem)
        if isinstance(piece, Parsed) or problems <= MOST_PROBLEMS:
            yield piece
        elif piece.cause is not Cause.FILE:
            cause = piece.cause
        begun = time.monotonic()
    if problems > MOST_PROBLEMS:
        yield Problem(file, f"{problems - MOST_PROBLEMS:,} more parts of it cannot be read", cause)
    if end:
        yield cut(file, end)
