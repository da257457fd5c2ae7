"""Connections to the index file, and SQLite's errors in words for a person."""

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from corpus.errors import IndexCorrupt, IndexMismatch, IndexMissing, StorageError, UserError

# "cqa1" in the header tells our files from other programs' SQLite files.
APPLICATION_ID = 0x63716131
# Milliseconds. A commit keeps readers out for the time it takes to write one batch, and a reader keeps
# a commit waiting while it reads the tables: both take seconds at most.
_BUSY_MS = 30_000


class ForeignFile(IndexCorrupt):
    """A sound SQLite file of another program: it is never written to, not even to rebuild."""


def connect(path: Path, *, writable: bool, create: bool = False) -> sqlite3.Connection:
    """A connection in autocommit mode, to use from one thread at a time."""
    # subtle: as_uri() escapes what a URI would read otherwise ("?" and "#" in a folder's name).
    # subtle: a reader asks for "rw", too: what a killed writer left half done is rolled back by
    # whoever comes next, and "ro" would only fail. Where nothing may be written, SQLite makes it "ro".
    db = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={'rwc' if create else 'rw'}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=_BUSY_MS / 1000,
    )
    try:
        db.execute("PRAGMA foreign_keys = ON")
        if writable:
            # A transaction that outgrows the cache would lock readers out until it ends.
            db.execute("PRAGMA cache_spill = OFF")
        else:
            db.execute("PRAGMA query_only = ON")
    except BaseException:
        db.close()
        raise
    return db


def corrupt(path: Path, why: str) -> IndexCorrupt:
    """The error for a file that is damaged."""
    return IndexCorrupt(
        f"The index at {str(path)!r} cannot be used: {why}. Make it anew with: qa index FOLDER --rebuild"
    )


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """SQLite's errors as what a person can do about them."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise  # a closed connection or a wrong statement: a bug of ours, not a damaged file
    except sqlite3.DatabaseError as error:
        raise _in_words(path, error) from error


def _in_words(path: Path, error: sqlite3.DatabaseError) -> UserError:
    name, words = str(path), str(error)
    # The low byte is the error itself, what stands above it a detail.
    match getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF:
        case sqlite3.SQLITE_FULL:
            return StorageError(
                f"The disk is full: nothing more can be written to {name!r}. Make room and run it again."
            )
        case sqlite3.SQLITE_IOERR:
            return StorageError(
                f"The disk is full or failing: {name!r} cannot be read or written ({words}). "
                "Make room, or name another place with --index DIR."
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return StorageError(
                f"The index at {name!r} cannot be written ({words}). "
                "Name another place with --index DIR."
            )
        case sqlite3.SQLITE_CANTOPEN:
            return StorageError(
                f"The index at {name!r} cannot be opened ({words}). "
                "Check its permissions, or name another place with --index DIR."
            )
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StorageError(f"The index at {name!r} is in use; try again in a moment.")
    return corrupt(path, words)


def discard(path: Path) -> None:
    """Empty a file that is damaged or of another format, so that `create` can begin anew in it."""
    # subtle: it is cut, not unlinked. Whoever has it open would otherwise keep the old file for ever,
    # and take the new one's journal for the old one's. The journal goes first: it is of no use now,
    # and would be played into the new file.
    try:
        path.with_name(f"{path.name}-journal").unlink(missing_ok=True)
        os.truncate(path, 0)
    except OSError as error:
        raise StorageError(
            f"The index at {str(path)!r} cannot be written ({error.strerror}). "
            "Name another place with --index DIR."
        ) from error


def renumber(path: Path) -> None:
    """Let a file that was just made count its changes from a number of chance.

    By that count SQLite sees whether what it has of a file is still what stands there. A file that is
    made anew in the place of another could have the same count, and be taken for it.
    """
    count = secrets.token_bytes(4)
    try:
        with path.open("r+b") as handle:
            for place in (24, 92):  # sqlite.org/fileformat2.html: of the file, and of its size
                handle.seek(place)
                handle.write(count)
    except OSError as error:
        raise StorageError(
            f"The index at {str(path)!r} cannot be written ({error.strerror}). "
            "Name another place with --index DIR."
        ) from error


def check_header(db: sqlite3.Connection, path: Path, format: int) -> None:
    """Nothing, if the file is an index of ours in this format.

    Raises:
        IndexMissing, ForeignFile, IndexMismatch: if it is empty, another program's, or of another format.
    """
    if db.execute("PRAGMA page_count").fetchone()[0] == 0:
        raise missing(path)  # what a writer leaves that was killed before its first commit
    if db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise ForeignFile(
            f"The file {str(path)!r} is another program's, not an index of corpus-qa. "
            "Move it away, or name another place with --index DIR."
        )
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version != format:
        raise IndexMismatch(
            f"The index at {str(path)!r} has format {version}, this version reads {format}. "
            "Make it anew with: qa index FOLDER --rebuild"
        )


def missing(path: Path) -> IndexMissing:
    """The error for an index that is not there."""
    return IndexMissing(f"There is no index at {str(path)!r}. Make one with: qa index FOLDER")


def identity(path: Path) -> tuple[int, int] | None:
    """Which file stands at the path; None where there is none."""
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise StorageError(
            f"The index at {str(path)!r} cannot be opened ({error.strerror}). "
            "Check its permissions, or name another place with --index DIR."
        ) from error
    return status.st_dev, status.st_ino


@contextmanager
def one_state(db: sqlite3.Connection) -> Iterator[None]:
    """What is read within the block is of one state of the file."""
    db.execute("BEGIN")
    try:
        yield
    finally:
        # subtle: some errors have rolled back already, and hide behind a second ROLLBACK's.
        if db.in_transaction:
            db.execute("ROLLBACK")


@contextmanager
def closed_on_error(db: sqlite3.Connection) -> Iterator[None]:
    """The connection is let go of if the block raises."""
    try:
        yield
    except BaseException:
        db.close()
        raise


@contextmanager
def undamaged(path: Path) -> Iterator[None]:
    """What our own JSON cannot be read as was not written by us."""
    try:
        yield
    except (ValueError, TypeError, KeyError) as error:
        raise corrupt(path, f"a record is damaged ({error})") from error
