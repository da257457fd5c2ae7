"""The SQLite file: ledger, documents, passages, vectors. The truth; the rest can be rebuilt from it."""

import json
import os
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.cleaning import Dropped
from corpus.errors import IndexCorrupt, IndexFileError, IndexMismatch, IndexMissing, StorageError
from corpus.loading import SourceFile
from corpus.types import Document
from index.dense import Vectors
from index.records import metadata_from_json, metadata_to_json
from index.types import Manifest

FORMAT = 1
FILE_NAME = "index.sqlite"
# "cqa1" in the header tells our files from other programs' SQLite files.
_APPLICATION_ID = 0x63716131
_BUSY_MS = 30_000


@dataclass(frozen=True, slots=True)
class Record:
    """A line of the ledger. `reason` says why the file was not read; it is "" where it was."""

    id: str
    size: int
    mtime_ns: int
    sha256: str
    reason: str
    dropped: tuple[Dropped, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A document as it goes into the store: with its passages' offsets and their vectors, (n, d)."""

    record: Record
    document: Document | None
    offsets: Sequence[tuple[int, int]] = ()
    vectors: Vectors | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PassageTable:
    """All passages of one generation, row by row: keys, their documents' keys and their offsets.

    Four arrays of shape (n,), int64, in the order of the keys; row i is passage i of the indexes.
    """

    keys: NDArray[np.int64]
    documents: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]


class Store:
    """One open index file. Every method that changes it is one transaction, or part of one."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._db = connection
        self.path = path

    @classmethod
    def create(cls, path: Path, manifest: Manifest) -> "Store":
        """A new, empty store at `path`.

        Raises:
            StorageError: if it cannot be written.
        """
        with _translated(path):
            db = _connect(path, "rwc")
            schema = files("index").joinpath("schema.sql").read_text("utf-8")
            db.executescript(
                f"BEGIN IMMEDIATE; {schema} PRAGMA application_id = {_APPLICATION_ID};"
                f"PRAGMA user_version = {FORMAT};"
            )
            rows = [
                ("manifest", json.dumps(manifest.to_dict())),
                ("generation", secrets.token_hex(8)),
            ]
            db.executemany("INSERT INTO manifest VALUES (?, ?)", rows)
            db.execute("COMMIT")
            return cls(db, path)

    @classmethod
    def open(cls, path: Path, *, writable: bool = False) -> "Store":
        """The store at `path`.

        Raises:
            IndexMissing: if there is none.
            IndexCorrupt: if the file is damaged, or not one of ours.
            IndexMismatch: if another version wrote it.
        """
        if not path.exists():
            raise IndexMissing(
                f"There is no index at {str(path)!r}. Make one with: qa index FOLDER"
            )
        with _translated(path):
            db = _connect(path, "rw" if writable else "ro")
            if db.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION_ID:
                raise _corrupt(path, "it is not an index of corpus-qa")
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version != FORMAT:
                raise IndexMismatch(
                    f"The index at {str(path)!r} has format {version}, this version reads {FORMAT}. "
                    "Make it anew with: qa index FOLDER --rebuild"
                )
            store = cls(db, path)
            store.manifest()  # a damaged file says so now rather than in the middle of a question
            return store

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def manifest(self) -> Manifest:
        """How this index was made."""
        with _translated(self.path):
            return Manifest(**json.loads(self._value("manifest")))

    def generation(self) -> str:
        """A name for the present content; another one after every change."""
        with _translated(self.path):
            return self._value("generation")

    def _value(self, key: str) -> str:
        row = self._db.execute("SELECT value FROM manifest WHERE key = ?", (key,)).fetchone()
        if row is None:
            raise _corrupt(self.path, f"it has no {key}")
        return str(row[0])

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What is read within the block is of one generation, whatever others write meanwhile."""
        with _translated(self.path):
            self._db.execute("BEGIN")
            try:
                yield
            finally:
                self._db.execute("ROLLBACK")

    def ledger(self) -> dict[str, Record]:
        """Every file that was seen, by its id."""
        with _translated(self.path):
            rows = self._db.execute(
                "SELECT id, size, mtime_ns, sha256, reason, dropped FROM files ORDER BY id"
            )
            return {
                row[0]: Record(row[0], row[1], row[2], row[3], row[4], _dropped(row[5]))
                for row in rows
            }

    def put(self, entries: Sequence[Entry], gone: Sequence[str] = ()) -> None:
        """Replace what is known of these files and forget those that are gone; all or nothing."""
        with _translated(self.path), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            ids = [(entry.record.id,) for entry in entries] + [(id,) for id in gone]
            self._db.executemany("DELETE FROM files WHERE id = ?", ids)
            for entry in entries:
                self._insert(entry)
            self._db.execute(
                "UPDATE manifest SET value = ? WHERE key = 'generation'", (secrets.token_hex(8),)
            )

    def _insert(self, entry: Entry) -> None:
        record, document = entry.record, entry.document
        dropped = json.dumps([[d.text, d.reason] for d in record.dropped], ensure_ascii=False)
        self._db.execute(
            "INSERT INTO files VALUES (?, ?, ?, ?, ?, ?)",
            (record.id, record.size, record.mtime_ns, record.sha256, record.reason, dropped),
        )
        if document is None or entry.vectors is None:
            return
        key = self._db.execute(
            "INSERT INTO documents (file, id, sha256, text, metadata) VALUES (?, ?, ?, ?, ?)",
            (
                record.id,
                document.id,
                document.sha256,
                document.text,
                metadata_to_json(document.metadata),
            ),
        ).lastrowid
        rows = zip(entry.offsets, entry.vectors.astype("<f4"), strict=True)
        self._db.executemany(
            "INSERT INTO passages (document, first, last, vector) VALUES (?, ?, ?, ?)",
            ((key, first, last, vector.tobytes()) for (first, last), vector in rows),
        )

    def touch(self, file: SourceFile) -> None:
        """Note a new size and time of a file whose bytes are the same."""
        with _translated(self.path), self._db:
            self._db.execute(
                "UPDATE files SET size = ?, mtime_ns = ? WHERE id = ?",
                (file.size, file.mtime_ns, file.id),
            )

    def passages(self) -> PassageTable:
        """All passages, in the order of their keys."""
        with _translated(self.path):
            rows = self._db.execute("SELECT key, document, first, last FROM passages ORDER BY key")
            table = np.asarray(rows.fetchall(), np.int64).reshape(-1, 4)
            return PassageTable(*table.T.copy())

    def vectors(self, dimension: int) -> Vectors:
        """The vectors of all passages, shape (n, `dimension`), in the order of their keys."""
        with _translated(self.path):
            count = self._db.execute("SELECT count(*) FROM passages").fetchone()[0]
            out = np.empty((count, dimension), np.float32)
            for i, (blob,) in enumerate(
                self._db.execute("SELECT vector FROM passages ORDER BY key")
            ):
                if len(blob) != 4 * dimension:
                    raise _corrupt(self.path, "a vector has the wrong length")
                out[i] = np.frombuffer(blob, "<f4")
            return out

    def document(self, key: int) -> Document:
        """The document of that key.

        Raises:
            KeyError: if there is none.
        """
        with _translated(self.path):
            row = self._db.execute(
                "SELECT id, sha256, text, metadata FROM documents WHERE key = ?", (key,)
            ).fetchone()
        if row is None:
            raise KeyError(key)
        return _document(row)

    def documents(self) -> Iterator[tuple[int, Document]]:
        """Every document with its key, in the order of the keys."""
        with _translated(self.path):
            rows = self._db.execute(
                "SELECT key, id, sha256, text, metadata FROM documents ORDER BY key"
            )
            for key, *row in rows:
                yield key, _document(row)


def _document(row: Sequence[str]) -> Document:
    return Document(row[0], row[1], row[2], metadata_from_json(row[3]))


def _dropped(line: str) -> tuple[Dropped, ...]:
    return tuple(Dropped(text, reason) for text, reason in json.loads(line))


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    # subtle: as_uri() escapes what a URI would read otherwise ("?" and "#" in a folder's name).
    db = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=_BUSY_MS / 1000,
    )
    db.execute("PRAGMA foreign_keys = ON")
    return db


def _corrupt(path: Path, why: str) -> IndexCorrupt:
    return IndexCorrupt(
        f"The index at {str(path)!r} cannot be used: {why}. Make it anew with: qa index FOLDER --rebuild"
    )


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """SQLite's errors as what a person can do about them."""
    try:
        yield
    except sqlite3.OperationalError as error:
        words = str(error)
        if "full" in words or "disk I/O" in words:
            raise StorageError(
                f"The disk is full: nothing more can be written to {os.fspath(path)!r}."
            ) from error
        if "readonly" in words or "unable to open" in words:
            raise StorageError(
                f"The index at {os.fspath(path)!r} cannot be written ({words})."
            ) from error
        if "locked" in words:
            raise StorageError(
                f"The index at {os.fspath(path)!r} is in use; try again in a moment."
            ) from error
        raise IndexFileError(
            f"The index at {os.fspath(path)!r} cannot be used: {words}."
        ) from error
    except (sqlite3.DatabaseError, json.JSONDecodeError, TypeError, KeyError) as error:
        if isinstance(error, (KeyError, TypeError)) and not isinstance(
            error, sqlite3.DatabaseError
        ):
            raise
        raise _corrupt(path, str(error)) from error
