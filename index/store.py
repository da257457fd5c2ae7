"""The SQLite file: ledger, documents, passages, vectors. The truth; the rest can be rebuilt from it."""

import json
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.cleaning import Dropped
from corpus.loading import Parsed
from corpus.types import Document
from index.dense import Vectors
from index.records import (
    Entry,
    Filed,
    PassageTable,
    Pending,
    Record,
    document_from_row,
    document_to_row,
    dropped_from_json,
    dropped_to_json,
    record_from_row,
    record_to_row,
)
from index.sqlite import (
    APPLICATION_ID,
    check_header,
    closed_on_error,
    connect,
    corrupt,
    identity,
    missing,
    one_state,
    translated,
    undamaged,
)
from index.types import Manifest

FORMAT = 3
FILE_NAME = "index.sqlite"
_IN_ORDER = "FROM documents d JOIN passages p ON p.document = d.key ORDER BY d.id, p.key"
_ONE = "SELECT file, id, sha256, text, metadata, pages FROM documents WHERE key = ?"
_ALL = "SELECT key, file, id, sha256, text, metadata, pages FROM documents ORDER BY id"
_OF_FILE = (
    "SELECT key, dropped, file, id, sha256, text, metadata, pages FROM documents "
    "WHERE file = ? ORDER BY key"
)
_LEDGER = (
    "SELECT id, size, mtime_ns, sha256, state, rules, reason, seconds, problems FROM files "
    "ORDER BY id"
)


class Store:
    """One open index file, for one thread at a time; each method that changes it is a transaction."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._db = connection
        self._file = identity(path)
        self.path = path

    @classmethod
    def create(cls, path: Path, manifest: Manifest, *, root: str = "") -> "Store":
        """A new, empty store at `path`, for the documents in `root` (see `root()`).

        Raises:
            StorageError: if it cannot be written.
        """
        with translated(path):
            db = connect(path, writable=True, create=True)
            with closed_on_error(db):
                schema = files("index").joinpath("schema.sql").read_text("utf-8")
                db.executescript(
                    f"BEGIN IMMEDIATE; {schema} PRAGMA application_id = {APPLICATION_ID};"
                    f"PRAGMA user_version = {FORMAT};"
                )
                store = cls(db, path)
                store._describe(manifest, root)
                db.execute("COMMIT")
                return store

    @classmethod
    def open(cls, path: Path, *, writable: bool = False) -> "Store":
        """The store at `path`.

        Raises:
            IndexMissing: if there is none.
            IndexCorrupt: if the file is damaged, or not one of ours.
            IndexMismatch: if another version wrote it.
            StorageError: if it cannot be opened.
        """
        if identity(path) is None:
            raise missing(path)
        with translated(path):
            db = connect(path, writable=writable)
            with closed_on_error(db):
                check_header(db, path, FORMAT)
                store = cls(db, path)
                store.manifest()  # a damaged file says so now, not in the middle of a question
                return store

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def is_replaced(self) -> bool:
        """Whether another file, or none, stands at the path now: this one will never change again."""
        return identity(self.path) != self._file

    def reset(self, manifest: Manifest, *, root: str = "") -> None:
        """Forget all documents and begin anew with this manifest and root; all or nothing.

        Raises:
            IndexCorrupt: if the file is damaged.
        """
        with translated(self.path), self._db:
            if (found := self._db.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
                raise corrupt(self.path, found)
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute("DELETE FROM files")
            self._describe(manifest, root)

    def _describe(self, manifest: Manifest, root: str) -> None:
        self._set("manifest", json.dumps(manifest.to_dict()))
        self._set("root", root)
        self._set("generation", secrets.token_hex(8))

    def root(self) -> str:
        """The folder that this index is of, as `checking.recorded_root` has it; "" if not known."""
        with translated(self.path):
            row = self._db.execute("SELECT value FROM manifest WHERE key = 'root'").fetchone()
        return str(row[0]) if row else ""

    def claim(self, root: str) -> None:
        """Note the folder that this index is of."""
        with translated(self.path):
            self._set("root", root)

    def is_empty(self) -> bool:
        """Whether no file was ever put here."""
        with translated(self.path):
            return self._db.execute("SELECT 1 FROM files LIMIT 1").fetchone() is None

    def manifest(self) -> Manifest:
        """How this index was made."""
        with translated(self.path):
            line = self._value("manifest")
        with undamaged(self.path):
            return Manifest(**json.loads(line))

    def generation(self) -> str:
        """A name for the present content; another one after every change."""
        with translated(self.path):
            return self._value("generation")

    def _value(self, key: str) -> str:
        row = self._db.execute("SELECT value FROM manifest WHERE key = ?", (key,)).fetchone()
        if row is None:
            raise corrupt(self.path, f"it has no {key}")
        return str(row[0])

    def _set(self, key: str, value: str) -> None:
        self._db.execute("REPLACE INTO manifest VALUES (?, ?)", (key, value))

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What is read within the block is of one generation, whatever others write meanwhile.

        A writer cannot commit before the block ends, so nothing slow belongs into it.
        """
        with translated(self.path), one_state(self._db):
            yield

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, for the tables that other modules keep here; errors are those of this class."""
        with translated(self.path), undamaged(self.path):
            yield self._db

    @contextmanager
    def changing(self, *, renew: bool) -> Iterator[sqlite3.Connection]:
        """The same, to change them: all or nothing. `renew` gives the content another name."""
        with translated(self.path), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            yield self._db
            if renew:
                self._set("generation", secrets.token_hex(8))

    def ledger(self) -> dict[str, Record]:
        """Every file that was seen, by its id."""
        with translated(self.path):
            rows = self._db.execute(_LEDGER).fetchall()
        with undamaged(self.path):
            records = (record_from_row(row) for row in rows)
            return {record.id: record for record in records}

    def put(self, entries: Sequence[Entry], gone: Sequence[str] = ()) -> None:
        """Replace what is known of these files and forget those that are gone; all or nothing."""
        with translated(self.path), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            ids = [(entry.record.id,) for entry in entries] + [(id,) for id in gone]
            self._db.executemany("DELETE FROM files WHERE id = ?", ids)
            for entry in entries:
                row = record_to_row(entry.record)
                self._db.execute("INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
                for filed in entry.filed:
                    self._insert(filed)
            self._set("generation", secrets.token_hex(8))

    def _insert(self, filed: Filed) -> None:
        row = (*document_to_row(filed.parsed.document), dropped_to_json(filed.parsed.dropped))
        key = self._db.execute(
            "INSERT INTO documents (file, id, sha256, text, metadata, pages, dropped) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            row,
        ).lastrowid
        vectors = filed.vectors or [None] * len(filed.offsets)
        self._db.executemany(
            "INSERT INTO passages (document, first, last, vector) VALUES (?, ?, ?, ?)",
            (
                (key, first, last, None if vector is None else _blob(vector))
                for (first, last), vector in zip(filed.offsets, vectors, strict=True)
            ),
        )

    def touch(self, *records: Record) -> None:
        """Replace lines of the ledger whose files hold the same documents as before."""
        rows = [(*record_to_row(record)[1:], record.id) for record in records]
        with translated(self.path), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(
                "UPDATE files SET size = ?, mtime_ns = ?, sha256 = ?, state = ?, rules = ?, "
                "reason = ?, seconds = ?, problems = ? WHERE id = ?",
                rows,
            )

    def count_pending(self) -> int:
        """How many passages have no vector yet."""
        with translated(self.path):
            line = "SELECT count(*) FROM passages WHERE vector IS NULL"
            return int(self._db.execute(line).fetchone()[0])

    def pending(self, most: int) -> list[Pending]:
        """The first passages that have no vector yet, at most so many."""
        line = "SELECT key, document, first, last FROM passages WHERE vector IS NULL ORDER BY key"
        with translated(self.path):
            rows = self._db.execute(f"{line} LIMIT ?", (most,)).fetchall()
        return [Pending(*row) for row in rows]

    def put_vectors(self, keys: Sequence[int], vectors: Vectors) -> None:
        """Keep the vectors, shape (n, d), of these passages; of one that is gone it is let go."""
        rows = [(_blob(vector), key) for key, vector in zip(keys, vectors, strict=True)]
        with translated(self.path), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("UPDATE passages SET vector = ? WHERE key = ?", rows)
            self._set("generation", secrets.token_hex(8))

    def passages(self) -> PassageTable:
        """All passages, in the order that `PassageTable` tells."""
        line = f"SELECT p.key, p.document, p.first, p.last {_IN_ORDER}"
        with translated(self.path):
            rows = self._db.execute(line).fetchall()
        table = np.asarray(rows, np.int64).reshape(-1, 4)
        return PassageTable(*table.T.copy())

    def vectors(self, dimension: int) -> Vectors:
        """The vectors of all passages, shape (n, `dimension`), in the same order.

        The row of a passage that has none yet is zero.
        """
        with translated(self.path):
            count = self._db.execute("SELECT count(*) FROM passages").fetchone()[0]
            out = np.zeros((count, dimension), np.float32)
            for i, (blob,) in enumerate(self._db.execute(f"SELECT p.vector {_IN_ORDER}")):
                if blob is None:
                    continue
                if len(blob) != 4 * dimension:
                    raise corrupt(self.path, "a vector has the wrong length")
                out[i] = np.frombuffer(blob, "<f4")
            return out

    def filed(self, file: str) -> list[Filed]:
        """The documents of a file, as they were put here."""
        with translated(self.path), undamaged(self.path):
            return [
                self._filed(key, Parsed(document_from_row(row), dropped_from_json(dropped)))
                for key, dropped, *row in self._db.execute(_OF_FILE, (file,)).fetchall()
            ]

    def _filed(self, key: int, parsed: Parsed) -> Filed:
        line = "SELECT first, last, vector FROM passages WHERE document = ? ORDER BY key"
        rows = self._db.execute(line, (key,)).fetchall()
        vectors = [None if v is None else np.frombuffer(v, "<f4") for _, _, v in rows]
        return Filed(parsed, [(first, last) for first, last, _ in rows], vectors)

    def document(self, key: int) -> Document:
        """The document of that key.

        Raises:
            KeyError: if there is none.
        """
        with translated(self.path):
            row = self._db.execute(_ONE, (key,)).fetchone()
        if row is None:
            raise KeyError(key)
        with undamaged(self.path):
            return document_from_row(row)

    def documents(self) -> Iterator[tuple[int, Document]]:
        """Every document with its key, in the order of the ids."""
        with translated(self.path), undamaged(self.path):
            for key, *row in self._db.execute(_ALL):
                yield key, document_from_row(row)

    def dropped(self) -> Iterator[tuple[str, tuple[Dropped, ...]]]:
        """What was dropped of each document, by its id; of those of which something was."""
        with translated(self.path), undamaged(self.path):
            line = "SELECT id, dropped FROM documents WHERE dropped != '[]' ORDER BY id"
            for id, pieces in self._db.execute(line):
                yield id, dropped_from_json(pieces)


def _blob(vector: NDArray[np.float32]) -> bytes:
    return vector.astype("<f4").tobytes()
