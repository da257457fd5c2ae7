"""The SQLite file: ledger, documents, passages, vectors. The truth; the rest can be rebuilt from it."""

import sqlite3
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from corpus.types import Description, Document, Dropped, Parsed
from index.storage import vector_cache
from index.storage.database import FILE_NAME, FORMAT, IndexFile
from index.storage.rows import (
    Entry,
    Filed,
    PassageTable,
    Pending,
    Record,
    description_from_row,
    document_from_row,
    document_to_row,
    dropped_from_json,
    dropped_to_json,
    record_from_row,
    record_to_row,
)
from index.storage.sqlite import corrupt, translated, undamaged
from index.types import Vectors

__all__ = ["FILE_NAME", "FORMAT", "Store"]

_IN_ORDER = "FROM documents d JOIN passages p ON p.document = d.key ORDER BY d.id, p.key"
_ONE = "SELECT file, id, sha256, text, metadata, pages FROM documents WHERE key = ?"
_ALL = "SELECT key, file, id, sha256, text, metadata, pages FROM documents ORDER BY id"
_DESCRIBED = "SELECT key, file, id, sha256, metadata, length(text) FROM documents ORDER BY id"
_ONE_OF_FILE = (
    "SELECT key, dropped, file, id, sha256, text, metadata, pages FROM documents "
    "WHERE file = ? AND id = ?"
)
_ENCODED = (
    "SELECT d.key, p.key, p.first, p.last FROM documents d JOIN passages p ON p.document = d.key "
    "WHERE d.file = ? AND p.vector IS NOT NULL ORDER BY d.key"
)
_RECORD = (
    "INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
    "size = excluded.size, mtime_ns = excluded.mtime_ns, sha256 = excluded.sha256, "
    "state = excluded.state, rules = excluded.rules, reason = excluded.reason, "
    "seconds = excluded.seconds, problems = excluded.problems"
)
_LEDGER = (
    "SELECT id, size, mtime_ns, sha256, state, rules, reason, seconds, problems FROM files "
    "ORDER BY id"
)


class Store(IndexFile):
    """What an index file holds: the ledger, documents, passages and their vectors."""

    def ledger(self) -> dict[str, Record]:
        """Every file that was seen, by its id."""
        with translated(self.path):
            rows = self._db.execute(_LEDGER).fetchall()
        with undamaged(self.path):
            records = (record_from_row(row) for row in rows)
            return {record.id: record for record in records}

    def put(self, entries: Sequence[Entry], gone: Sequence[str] = ()) -> None:
        """Bring what is new of these files, and forget those files that are gone; all or nothing."""
        with self.changing(renew=True) as db:
            db.executemany("DELETE FROM files WHERE id = ?", ((id,) for id in gone))
            for entry in entries:
                db.execute(_RECORD, record_to_row(entry.record))
                self._put(db, entry)
            vector_cache.drop(db, [entry.record.id for entry in entries if not entry.more])

    def _put(self, db: sqlite3.Connection, entry: Entry) -> None:
        """The documents of an entry, whose file the ledger has."""
        if entry.spare:
            rows = ((vector_cache.digest_of(text), _blob(v)) for text, v in entry.spare.items())
            vector_cache.keep(db, entry.record.id, rows)
        db.executemany("DELETE FROM documents WHERE key = ?", ((key,) for key in entry.gone))
        hashes = ((entry.record.sha256, key) for key in entry.renewed)
        db.executemany("UPDATE documents SET sha256 = ? WHERE key = ?", hashes)
        for filed in entry.filed:
            self._insert(filed)

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
        with self.changing(renew=False) as db:
            db.executemany(_RECORD, map(record_to_row, records))

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
        with self.changing(renew=True):
            self._db.executemany("UPDATE passages SET vector = ? WHERE key = ?", rows)

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
                if blob is not None:
                    out[i] = self._vector(blob, dimension)
            return out

    def vectors_of(self, keys: Sequence[int], dimension: int) -> Vectors:
        """The vectors of these passages, shape (n, `dimension`), zero where there is none."""
        out = np.zeros((len(keys), dimension), np.float32)
        line = "SELECT vector FROM passages WHERE key = ?"
        with translated(self.path):
            for i, key in enumerate(keys):
                row = self._db.execute(line, (key,)).fetchone()
                if row is not None and row[0] is not None:
                    out[i] = self._vector(row[0], dimension)
        return out

    def _vector(self, blob: bytes, dimension: int) -> NDArray[np.float32]:
        if len(blob) != 4 * dimension:
            raise corrupt(self.path, "a vector has the wrong length")
        return np.frombuffer(blob, "<f4")

    def filed(self, file: str, ids: Sequence[str]) -> dict[int, Filed]:
        """Those of these documents of a file that are here, by their keys, as they were put here."""
        with translated(self.path), undamaged(self.path):
            rows = [self._db.execute(_ONE_OF_FILE, (file, id)).fetchone() for id in ids]
            return {
                key: self._filed(key, Parsed(document_from_row(row), dropped_from_json(dropped)))
                for key, dropped, *row in filter(None, rows)
            }

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

    def document_keys(self) -> NDArray[np.int64]:
        """The keys of all documents, in the order of their ids, shape (n,)."""
        with translated(self.path):
            rows = self._db.execute("SELECT key FROM documents ORDER BY id").fetchall()
        return np.asarray(rows, np.int64).reshape(-1)

    def keys_of(self, file: str) -> NDArray[np.int64]:
        """The keys of the documents of a file, ascending, shape (n,)."""
        line = "SELECT key FROM documents WHERE file = ? ORDER BY key"
        with translated(self.path):
            return np.fromiter((key for (key,) in self._db.execute(line, (file,))), np.int64)

    def encoded(self, file: str) -> Iterator[tuple[int, int, int, int]]:
        """Each passage of a file that has a vector: its document's key, its own, and its offsets."""
        with translated(self.path):
            yield from self._db.execute(_ENCODED, (file,))

    def vector(self, key: int, text: str) -> NDArray[np.float32] | None:
        """The vector of a passage, or the one that was put by for its text; None where is neither."""
        line = "SELECT vector FROM passages WHERE key = ?"
        with translated(self.path):
            row = self._db.execute(line, (key,)).fetchone()
            blob = (
                row[0]
                if row and row[0]
                else vector_cache.find(self._db, vector_cache.digest_of(text))
            )
        return None if blob is None else np.frombuffer(blob, "<f4")

    def descriptions(self) -> Iterator[tuple[int, Description]]:
        """Every document with its key, in the order of the ids, but without its text."""
        with translated(self.path), undamaged(self.path):
            for key, *row in self._db.execute(_DESCRIBED):
                yield key, description_from_row(row)

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

    def dropped_of(self, id: str) -> tuple[Dropped, ...]:
        """What was dropped of one document; () too where there is no such document."""
        with translated(self.path), undamaged(self.path):
            line = "SELECT dropped FROM documents WHERE id = ?"
            row = self._db.execute(line, (id,)).fetchone()
            return dropped_from_json(row[0]) if row else ()


def _blob(vector: NDArray[np.float32]) -> bytes:
    return vector.astype("<f4").tobytes()
