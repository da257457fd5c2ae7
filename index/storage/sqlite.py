"""Connect to the index file, and turn SQLite's errors into messages for the user."""

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
# Milliseconds to wait for another writer, or for recovery after a kill. Readers never wait for a writer: in
# SQLite's write-ahead mode, they see the last committed state.
_BUSY_MS = 30_000
# The suffixes of files that SQLite keeps next to the index file.
_BESIDE = ("-journal", "-wal", "-shm")
# The last bytes of a journal that names another file, which SQLite would delete. Ours never name one.
_NAMES_ANOTHER = bytes.fromhex("d9d505f920a163d7")
# The number of steps of SQLite's virtual machine after which it asks whether to continue, and the number that
# a statement may take: a minimum, and more for each byte of the file. With a sound file it takes far fewer.
_STEPS, _LEAST_STEPS, _STEPS_A_BYTE = 1_000_000, 200_000_000, 100


class ForeignFile(IndexCorrupt):
    """A sound SQLite file of another program. It is never written to, not even by a rebuild."""


class Connection(sqlite3.Connection):
    """A connection on which every statement ends, even if a damaged file sends it in circles."""

    asked = 0
    file: Path

    def begin(self) -> None:
        """Count the steps of the following statements from zero."""
        self.asked = 0

    def is_endless(self) -> bool:
        """Whether to stop the statement. SQLite calls this every `_STEPS` steps."""
        self.asked += _STEPS
        if self.asked < _LEAST_STEPS:
            return False
        size = 0
        with suppress(OSError):
            size = self.file.stat().st_size
        return self.asked > _LEAST_STEPS + _STEPS_A_BYTE * size


def connect(path: Path, *, writable: bool, create: bool = False) -> Connection:
    """A connection in autocommit mode, to be used from one thread at a time.

    Raises:
        StorageError: if the file, or one that SQLite keeps next to it, is a link or a special file.
        IndexCorrupt: if its journal names another file.
    """
    check_beside(path)
    # subtle: a reader also asks for "rw". Whoever comes next rolls back what a killed writer left half
    # done, and "ro" would only fail. Without permission to write, SQLite falls back to "ro" by itself.
    db = _connect(path, "mode=rwc" if create else "mode=rw")
    try:
        if not (writable or create) and not is_open_to_us(path.parent):
            db = _readable(db, path)
        for line in ("foreign_keys = ON", "recursive_triggers = ON", "trusted_schema = OFF"):
            db.execute(f"PRAGMA {line}")
        # Read pages, never map them: if the file is truncated meanwhile, this gives an error, not a bus error.
        db.execute("PRAGMA mmap_size = 0")
        # Otherwise, a transaction larger than the cache would be written twice.
        db.execute("PRAGMA cache_spill = OFF" if writable else "PRAGMA query_only = ON")
    except BaseException:
        db.close()
        raise
    return db


def _connect(path: Path, how: str) -> Connection:
    # subtle: as_uri() escapes characters that mean something in a URI ("?" and "#" in a folder's name).
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
    """The connection, or one that needs no files next to the index if these cannot be created."""
    try:
        db.execute("PRAGMA schema_version").fetchone()
    except sqlite3.OperationalError:
        db.close()
        return _connect(path, "immutable=1")
    return db


def is_open_to_us(folder: Path) -> bool:
    """Whether files can be created in a folder."""
    return os.access(folder, os.W_OK | os.X_OK)


def check_beside(path: Path) -> None:
    """Nothing, if SQLite can safely open the file, and those it keeps next to it, by their names.

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
        f"The index at {str(path)!r} cannot be used: {why}. Rebuild it with: qa index FOLDER --rebuild"
    )


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ones that say what the user can do."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise  # a closed connection or a wrong statement: a bug of ours, not a damaged file
    except sqlite3.DatabaseError as error:
        raise _in_words(path, error) from error


def _in_words(path: Path, error: sqlite3.DatabaseError) -> UserError:
    name, words = str(path), str(error)
    # The low byte is the error itself; the higher bytes are a detail.
    match getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF:
        case sqlite3.SQLITE_FULL:
            return StorageError(
                f"The disk is full: nothing more can be written to {name!r}. Free some space and run it again."
            )
        case sqlite3.SQLITE_IOERR:
            return StorageError(
                f"The disk is full or failing: {name!r} cannot be read or written ({words}). "
                "Free some space, or use --index DIR to choose another place."
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return StorageError(
                f"The index at {name!r} cannot be written ({words}). "
                "Use --index DIR to choose another place."
            )
        case sqlite3.SQLITE_CANTOPEN:
            return StorageError(
                f"The index at {name!r} cannot be opened ({words}). "
                "Check its permissions, or use --index DIR to choose another place."
            )
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StorageError(f"The index at {name!r} is in use; try again in a moment.")
        case sqlite3.SQLITE_INTERRUPT:
            return corrupt(path, "one of its tables has no end")
    return corrupt(path, words)


def discard(path: Path) -> None:
    """Remove a file that is damaged or has another format, so that `create` can make a new one there."""
    # subtle: it is unlinked, not truncated or overwritten. Whoever has it open keeps it whole, and
    # `is_replaced` shows them that there is another one. The files that belong to it are removed first,
    # since SQLite would apply them to the new file.
    try:
        for beside in (*_BESIDE, ""):
            path.with_name(f"{path.name}{beside}").unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(
            f"The index at {str(path)!r} cannot be written ({error.strerror}). "
            "Use --index DIR to choose another place."
        ) from error


def schema() -> str:
    """The tables of an index, as SQL."""
    return files("index.storage").joinpath("schema.sql").read_text("utf-8")


@cache
def _tables() -> frozenset[tuple[str, ...]]:
    """The rows in which SQLite describes our tables and their indexes, and nothing else."""
    db = sqlite3.connect(":memory:")
    db.executescript(schema())
    found = frozenset(db.execute(_SCHEMA))
    db.close()
    return found


_SCHEMA = "SELECT type, name, tbl_name, ifnull(sql, '') FROM sqlite_master LIMIT 100"


def check_header(db: sqlite3.Connection, path: Path, format: int) -> None:
    """Nothing, if the file is an index of this program in this format.

    Raises:
        IndexMissing, ForeignFile, IndexMismatch: if it is empty, another program's, or in another format.
        IndexCorrupt: if its tables are not those of an index.
    """
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    if pages == 0 or (pages == 1 and not db.execute(_SCHEMA).fetchall()):
        raise missing(path)  # a writer was killed before its first commit
    if db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise ForeignFile(
            f"The file {str(path)!r} belongs to another program and is not an index of corpus-qa. "
            "Move it away, or use --index DIR to choose another place."
        )
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version != format:
        raise IndexMismatch(
            f"The index at {str(path)!r} has format {version}, but this version reads {format}. "
            "Rebuild it with: qa index FOLDER --rebuild"
        )
    # A view, a trigger or a table of another shape could make a statement do anything.
    if {*db.execute(_SCHEMA)} != _tables():
        raise corrupt(path, "its tables are not those of an index")


def missing(path: Path) -> IndexMissing:
    """The error for an index that does not exist."""
    return IndexMissing(f"There is no index at {str(path)!r}. Build one with: qa index FOLDER")


def identity(path: Path) -> tuple[int, ...] | None:
    """Values that identify the file at the path; None if there is none."""
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise StorageError(
            f"The index at {str(path)!r} cannot be opened ({error.strerror}). "
            "Check its permissions, or use --index DIR to choose another place."
        ) from error
    if not is_open_to_us(path.parent):
        # It may be open in a mode that does not see changes, so a changed file counts as another one.
        return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
    return status.st_dev, status.st_ino


@contextmanager
def one_state(db: sqlite3.Connection) -> Iterator[None]:
    """All reads within the block see one state of the file."""
    db.execute("BEGIN")
    try:
        yield
    finally:
        # subtle: some errors have already rolled back; the error of a second ROLLBACK would hide them.
        if db.in_transaction:
            db.execute("ROLLBACK")


@contextmanager
def closed_on_error(db: sqlite3.Connection) -> Iterator[None]:
    """Close the connection if the block raises."""
    try:
        yield
    except BaseException:
        db.close()
        raise


@contextmanager
def undamaged(path: Path) -> Iterator[None]:
    """Report an index as damaged if a record in it cannot be read, since we did not write it like that."""
    try:
        yield
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise corrupt(path, f"a record is damaged ({error})") from error
