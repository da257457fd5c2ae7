"""Find the lines that recur in a store, and the files that must be read again because of that.

The lines are counted and then stored, so that new documents are cleaned of them at once. They are
recounted at every change of a small collection. A large one is recounted only when it has grown or
shrunk by half, so that a few new files do not cost a pass over all documents.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from corpus.cleaning import LINE_RULES, LineCounts
from corpus.errors import IndexFileError
from corpus.metadata import Overrides, read_overrides
from corpus.reading import (
    Loaded,
    Skipped,
    SourceFile,
    read_all,
    with_overrides,
    without_recurring_lines,
)
from index.storage import Store, existing_directory, reading_store
from index.types import CountCallback

# A collection of up to this many documents is counted in a second or two.
SMALL = 2_000
GROWTH = 1.5
_STALE = "recurring lines"
_EVERY = 256


def known_lines(store: Store) -> frozenset[bytes]:
    """The keys of the lines that are removed from documents."""
    store.check("recurring")
    with store.reading() as db:
        return frozenset(bytes(line) for (line,) in db.execute("SELECT line FROM recurring"))


def as_indexed(
    outcome: Loaded | Skipped, overrides: Overrides, lines: frozenset[bytes]
) -> Loaded | Skipped:
    """What was read of a file as an index takes it: with `metadata.csv`, without the recurring lines."""
    return without_recurring_lines(with_overrides(outcome, overrides), lines)


def read_as_indexed(
    root: Path, files: Sequence[SourceFile], index_dir: Path | None = None
) -> Iterator[Loaded | Skipped]:
    """The files under `root`, read the way its index read them; as they stand if it has none."""
    overrides, lines = read_overrides(root), frozenset[bytes]()
    with suppress(IndexFileError), reading_store(existing_directory(root, index_dir)) as store:
        lines = known_lines(store)
    return (as_indexed(read, overrides, lines) for read in read_all(files))


def recount(store: Store, tell: CountCallback = lambda done, total: None) -> list[str]:
    """Recount the lines if it is time to. Returns the sorted ids of the files that must be read again.

    These files contain a line that was not known to recur, or lost one that no longer recurs. The ledger
    marks them as read by other rules, so nothing is lost if the process is killed before they are read
    again. `tell` gets the number of documents counted so far, and their total.
    """
    with store.reading() as db:
        state = _state(db)
        noted = db.execute("SELECT value FROM manifest WHERE key = 'recurring'").fetchone()
    if not _is_time(str(noted[0]) if noted else "", *state):
        return []
    known = known_lines(store)
    census, files = _census(store, state[0], tell)
    lines = census.lines()
    stale = sorted({files[number] for number in census.holding(lines ^ known)})
    with store.changing(renew=False) as db:
        db.execute("DELETE FROM recurring")
        db.executemany("INSERT INTO recurring VALUES (?)", [(line,) for line in sorted(lines)])
        rows = [(_STALE, file) for file in stale]
        db.executemany("UPDATE files SET rules = ? WHERE id = ?", rows)
        _note(db, *state)
    return stale


def settle(store: Store) -> None:
    """Record that the lines have been counted for the documents now in the store."""
    with store.changing(renew=False) as db:
        _note(db, *_state(db))


def _state(db: sqlite3.Connection) -> tuple[int, int]:
    """The number of documents and the highest key, which change with the documents."""
    count, last = db.execute("SELECT count(*), max(key) FROM documents").fetchone()
    return count, last or 0


def _note(db: sqlite3.Connection, count: int, last: int) -> None:
    db.execute("REPLACE INTO manifest VALUES ('recurring', ?)", (f"{LINE_RULES}.{count}.{last}",))


def _is_time(noted: str, count: int, last: int) -> bool:
    if noted == f"{LINE_RULES}.{count}.{last}":
        return False
    rules, _, rest = noted.partition(".")
    if rules != str(LINE_RULES) or count <= SMALL:
        return True
    before = int(rest.partition(".")[0])
    return not before / GROWTH < count < before * GROWTH


def _census(store: Store, total: int, tell: CountCallback) -> tuple[LineCounts, list[str]]:
    """The line counts of all documents, and the file of each document in the same order."""
    census, files = LineCounts(), list[str]()
    for one in store.parsed():
        census.add(one.document, one.dropped)
        files.append(one.document.source)
        if len(files) % _EVERY == 0:
            tell(len(files), total)
    return census, files
