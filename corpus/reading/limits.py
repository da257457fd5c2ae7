"""Limits on how much one file may contain. What was read within them is kept, and the rest is reported."""

import os
import time
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields, replace

from corpus.errors import CollectionError
from corpus.types import Cause, Parsed, Problem

VARIABLE = "CORPUS_QA_LIMITS"
"""The environment variable to set other limits, as "documents=5000000,seconds=86400"."""
MOST_PROBLEMS = 1_000
"""The most unreadable parts of a file to name; the others are only counted."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits for one file and one indexing run, since a file of 100 kB can unpack to 60 million rows.

    For a file: `documents` (its records, including unreadable ones), `characters` of text, `passages`, and
    `seconds` of reading. For a run: `run_passages`, the new passages; the next run continues.
    """

    documents: int = 1_000_000
    characters: int = 1_000_000_000
    passages: int = 2_000_000
    seconds: int = 3 * 3600
    run_passages: int = 20_000_000

    @property
    def mark(self) -> str:
        """The limits of a file as text. A file that was cut is read again when this changes."""
        return "within " + " ".join(map(str, astuple(self)[:-1]))


def limits_set() -> Limits:
    """The default limits, changed by those set in `CORPUS_QA_LIMITS`.

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
    """The problem to report for a file that a limit left partly unread."""
    return Problem(file, f"partly read: {what}; {VARIABLE} sets the limits", Cause.LIMIT)


def bounded(
    pieces: Iterator[Parsed | Problem], file: str, limits: Limits
) -> Iterator[Parsed | Problem]:
    """The pieces of a file up to its limits, followed by a problem if some are left."""
    count = characters = problems = 0
    seconds, begun, end, cause = 0.0, time.monotonic(), "", Cause.FILE
    for piece in pieces:
        # Only reading time counts: the consumer may be slow.
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
