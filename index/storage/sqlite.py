"""Connections to the index file, and SQLite's errors in words for a person."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib.resources import files
from pathlib import Path

from corpus.errors import IndexCorrupt, IndexMismatch, IndexMissing, StorageError, UserError
from index.storage.ordinary_files import check_ordinary

# "cqa1" in the header tells our files from other programs' SQLite files.
APPLICATION_ID = 0x63716131
# Milliseconds for which one writer waits for another, and what recovers after a kill is waited for.
# Readers wait for no writer: in SQLite's write-ahead mode they see the last state that was committed.
_BUSY_MS = 30_000
# What SQLite keeps next to the file.
_BESIDE = ("-journal", "-wal", "-shm")
# The last bytes of a journal that names another file, which SQLite would delete; ours never do.
_NAMES_ANOTHER = bytes.fromhex("d9d505f920a163d7")
# Steps of SQLite's machine after which it asks whether to go on, and how many a statement may take: so
# many at least, and so many for each byte of the file. A sound one takes far fewer.
_STEPS, _LEAST_STEPS, _STEPS_A_BYTE = 1_000_000, 200_000_000, 100


class ForeignFile(IndexCorrupt):
    """A sound SQLite file of another program: it is never written to, not even to rebuild."""


class Connection(sqlite3.Connection):
    """A connection on which no statement goes on for ever, whatever a damaged file has it run through."""

    asked = 0
    file: Path

    def begin(self) -> None:
        """What is asked from here on may take its own time."""
        self.asked = 0

    def is_endless(self) -> bool:
        """Told of every so many steps: whether to break off."""
        self.asked += _STEPS
        if self.asked < _LEAST_STEPS:
            return False
        size = 0
        with suppress(OSError):
            size = self.file.stat().st_size
        return self.asked > _LEAST_STEPS + _STEPS_A_BYTE * size


def connect(path: Path, *, writable: bool, create: bool = False) -> Connection:
    """A connection in autocommit mode, to use from one thread at a time.

    Raises:
        StorageError: if the file, or one that SQLite keeps next to it, is a link or a special file.
        IndexCorrupt: if its journal names another file.
    """
    check_beside(path)
    # subtle: a reader asks for "rw", too: what a killed writer left half done is rolled back by
    # whoever comes next, and "ro" would only fail. Where nothing may be written, SQLite makes it "ro".
    db = _connect(path, "mode=rwc" if create else "mode=rw")
    try:
        if not (writable or create) and not is_open_to_us(path.parent):
            db = _readable(db, path)
        for line in ("foreign_keys = ON", "recursive_triggers = ON", "trusted_schema = OFF"):
            db.execute(f"PRAGMA {line}")
        # Pages are read, never mapped: a file that is cut meanwhile is an error then, and no bus error.
        db.execute("PRAGMA mmap_size = 0")
        # A transaction that outgrows the cache would be written twice.
        db.execute("PRAGMA cache_spill = OFF" if writable else "PRAGMA query_only = ON")
    except BaseException:
        db.close()
        raise
    return db


def _connect(path: Path, how: str) -> Connection:
    # subtle: as_uri() escapes what a URI would read otherwise ("?" and "#" in a folder's name).
    db: Connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{how}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=_BUSY_MS / 1000,
        factory=Connection,
    )
    db.file = path
    db.set_progress_handler(db.is_endless, _STEPS)
    return db


def _readable(db: Connection, path: Path) -> Connection:
    """The connection, or one that needs no files next to it, where these cannot be made."""
    try:
        db.execute("PRAGMA schema_version").fetchone()
    except sqlite3.OperationalError:
        db.close()
        return _connect(path, "immutable=1")
    return db


def is_open_to_us(folder: Path) -> bool:
    """Whether files can be made in a folder."""
    return os.access(folder, os.W_OK | os.X_OK)


def check_beside(path: Path) -> None:
    """Nothing, if the file and those that SQLite keeps next to it are such as it may open by their names.

    Raises:
        StorageError, IndexCorrupt: as `connect` does.
    """
    for beside in ("", *_BESIDE):
        check_ordinary(path.with_name(f"{path.name}{beside}"))
    with suppress(OSError), path.with_name(f"{path.name}-journal").open("rb") as handle:
        handle.seek(-min(8, handle.seek(0, os.SEEK_END)), os.SEEK_END)
        if handle.read() == _NAMES_ANOTHER:
            raise corrupt(path, "its journal names another file")


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
        case sqlite3.SQLITE_INTERRUPT:
            return corrupt(path, "one of its tables has no end")
    return corrupt(path, words)


def discard(path: Path) -> None:
    """Remove a file that is damaged or of another format, so that `create` can make another one there."""
    # subtle: it is unlinked, not cut or written over: whoever has it open keeps it whole, and sees by
    # `is_replaced` that another one is there. What belongs to it goes first, since it would be played
    # into the new file.
    try:
        for beside in (*_BESIDE, ""):
            path.with_name(f"{path.name}{beside}").unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(
            f"The index at {str(path)!r} cannot be written ({error.strerror}). "
            "Name another place with --index DIR."
        ) from error


def schema() -> str:
    """The tables of an index, as SQL."""
    return files("index.storage").joinpath("schema.sql").read_text("utf-8")


@cache
def _tables() -> frozenset[tuple[str, ...]]:
    """What SQLite notes of our tables and their indexes, and of nothing else."""
    db = sqlite3.connect(":memory:")
    db.executescript(schema())
    found = frozenset(db.execute(_SCHEMA))
    db.close()
    return found


_SCHEMA = "SELECT type, name, tbl_name, ifnull(sql, '') FROM sqlite_master LIMIT 100"


def check_header(db: sqlite3.Connection, path: Path, format: int) -> None:
    """Nothing, if the file is an index of ours in this format.

    Raises:
        IndexMissing, ForeignFile, IndexMismatch: if it is empty, another program's, or of another format.
    """
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    if pages == 0 or (pages == 1 and not db.execute(_SCHEMA).fetchall()):
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
    # A view, a trigger or a table of another shape could have a statement do anything at all.
    if {*db.execute(_SCHEMA)} != _tables():
        raise corrupt(path, "its tables are not those of an index")


def missing(path: Path) -> IndexMissing:
    """The error for an index that is not there."""
    return IndexMissing(f"There is no index at {str(path)!r}. Make one with: qa index FOLDER")


def identity(path: Path) -> tuple[int, ...] | None:
    """Which file stands at the path; None where there is none."""
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise StorageError(
            f"The index at {str(path)!r} cannot be opened ({error.strerror}). "
            "Check its permissions, or name another place with --index DIR."
        ) from error
    if not is_open_to_us(path.parent):
        # It may be open in a way that shows no changes; one that changes is another file then.
        return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
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
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise corrupt(path, f"a record is damaged ({error})") from error
