"""Store the ledger, documents, passages and vectors in SQLite; everything else can be rebuilt from them."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from hmac import compare_digest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.duplicates import Relation
from corpus.types import Description, Document, Dropped, Parsed
from index.storage import vector_cache
from index.storage.database import FILE_NAME, FORMAT, IndexFile, seal_of
from index.storage.rows import (
    Copies,
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
from index.storage.seal import COUNTED, Totals, select
from index.storage.sqlite import (
    check_header,
    connect,
    corrupt,
    identity,
    translated,
    undamaged,
)
from index.types import Vectors

__all__ = ["FILE_NAME", "FORMAT", "Store"]

_IN_ORDER = "FROM documents d JOIN passages p ON p.document = d.key ORDER BY d.id, p.key"
_DOCUMENTS = (
    "SELECT seal, digest, key, dropped, file, id, sha256, text, metadata, pages FROM documents"
)
_DESCRIBED = (
    "SELECT seal, digest, key, file, id, sha256, metadata, length(text) FROM documents "
    "ORDER BY id LIMIT ?"
)
_ENCODED = (
    "SELECT d.key, p.key, p.first, p.last FROM documents d JOIN passages p ON p.document = d.key "
    "WHERE d.file = ? AND p.vector IS NOT NULL ORDER BY d.key LIMIT ?"
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
    """The content of an index file: the ledger, documents, passages and their vectors."""

    @classmethod
    def take_over(cls, path: Path) -> None:
        """Check every row of an index that somebody else built, then seal it as it is.

        Does nothing if there is no index.

        Raises:
            IndexCorrupt, IndexMismatch, StorageError: if it cannot be used.
        """
        if identity(path) is None:
            return
        with translated(path):
            db = connect(path, writable=True)
            with closing(db):
                check_header(db, path, FORMAT)
                if (found := db.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
                    raise corrupt(path, found)
                store = cls(db, path, seal_of(db, path), writable=True)
                db.begin()
                with db, undamaged(path):
                    db.execute("BEGIN IMMEDIATE")
                    store._seal_all()

    def _seal_all(self) -> None:
        lengths = {}
        for [key] in self._db.execute("SELECT key FROM documents").fetchall():
            line = f"{_DOCUMENTS} WHERE key = ?"
            _, _, _, dropped, *row = self._db.execute(line, (key,)).fetchone()
            file, id, sha256, text, metadata, pages = row
            dropped_from_json(dropped)
            lengths[key] = len(document_from_row(row).text)
            digest = self.seal.sign_text(text, pages, dropped)
            seal = self.seal.sign("document", key, file, id, sha256, metadata, digest)
            line = "UPDATE documents SET digest = ?, seal = ? WHERE key = ?"
            self._db.execute(line, (digest, seal, key))
        line = "SELECT document, first, last, vector FROM passages"
        for key, first, last, vector in self._db.execute(line):
            if not 0 <= first <= last <= lengths[key]:
                raise corrupt(self.path, "a passage is not in its document")
            if vector is not None:
                self._vector(vector, self.manifest().dimension)
        self._totals = Totals(self.seal)
        for name in COUNTED:
            for values in self._db.execute(select(name)):
                self._totals.change(1, name, *values)
        self._sign()

    def ledger(self) -> dict[str, Record]:
        """Every file seen so far, by its id."""
        with self._whole():
            rows = self._db.execute(f"{_LEDGER} LIMIT ?", (self._bound("files"),)).fetchall()
            self._agree("files", rows)
        with undamaged(self.path):
            records = (record_from_row(row) for row in rows)
            return {record.id: record for record in records}

    def put(self, entries: Sequence[Entry], gone: Sequence[str] = ()) -> None:
        """Store these entries, and remove the files in `gone`; all or nothing."""
        with self.changing(renew=True) as db:
            db.executemany("DELETE FROM files WHERE id = ?", ((id,) for id in gone))
            for entry in entries:
                db.execute(_RECORD, record_to_row(entry.record))
                self._put(db, entry)
            vector_cache.drop(db, [entry.record.id for entry in entries if not entry.more])

    def _put(self, db: sqlite3.Connection, entry: Entry) -> None:
        """Store the documents of an entry whose file is already in the ledger."""
        if entry.spare:
            rows = ((vector_cache.digest_of(text), _blob(v)) for text, v in entry.spare.items())
            vector_cache.keep(db, entry.record.id, rows)
        db.executemany("DELETE FROM documents WHERE key = ?", ((key,) for key in entry.gone))
        for key in entry.renewed:
            self._renew(key, entry.record.sha256)
        for filed in entry.filed:
            self._insert(filed)

    def _renew(self, key: int, sha256: str) -> None:
        """Note that another version of the file contains the same document."""
        row = self._db.execute(f"{_DOCUMENTS} WHERE key = ?", (key,)).fetchone()
        if row is None:
            return
        self._verified(row)
        _, digest, key, _, file, id, _, _, metadata, _ = row
        seal = self.seal.sign("document", key, file, id, sha256, metadata, digest)
        line = "UPDATE documents SET sha256 = ?, seal = ? WHERE key = ?"
        self._db.execute(line, (sha256, seal, key))

    def _insert(self, filed: Filed) -> None:
        file, id, sha256, text, metadata, pages = document_to_row(filed.parsed.document)
        dropped = dropped_to_json(filed.parsed.dropped)
        # subtle: the key is sealed too, so that an earlier document does not pass for a current one. SQLite
        # would assign the same key, but only once the row is inserted.
        line = "SELECT seq FROM sqlite_sequence WHERE name = 'documents'"
        [last] = self._db.execute(line).fetchone() or (0,)
        key = last + 1
        digest = self.seal.sign_text(text, pages, dropped)
        seal = self.seal.sign("document", key, file, id, sha256, metadata, digest)
        row = (key, file, id, sha256, text, metadata, pages, dropped, digest, seal)
        self._db.execute(
            "INSERT INTO documents (key, file, id, sha256, text, metadata, pages, dropped, digest, seal) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )
        vectors = filed.vectors or [None] * len(filed.offsets)
        self._db.executemany(
            "INSERT INTO passages (document, first, last, vector) VALUES (?, ?, ?, ?)",
            (
                (key, first, last, None if vector is None else _blob(vector))
                for (first, last), vector in zip(filed.offsets, vectors, strict=True)
            ),
        )

    def touch(self, *records: Record) -> None:
        """Replace lines of the ledger whose files contain the same documents as before."""
        with self.changing(renew=False) as db:
            db.executemany(_RECORD, map(record_to_row, records))

    def count_pending(self) -> int:
        """The number of passages without a vector."""
        with self._asking():
            line = "SELECT count(*) FROM passages WHERE vector IS NULL"
            return int(self._db.execute(line).fetchone()[0])

    def pending(self, most: int) -> list[Pending]:
        """The first passages without a vector, at most `most` of them."""
        line = "SELECT key, document, first, last FROM passages WHERE vector IS NULL ORDER BY key"
        with self._asking():
            rows = self._db.execute(f"{line} LIMIT ?", (most,)).fetchall()
        return [Pending(*row) for row in rows]

    def put_vectors(self, keys: Sequence[int], vectors: Vectors) -> None:
        """Store the vectors, shape (n, d), of these passages; the vector of one that is gone is dropped."""
        rows = [(_blob(vector), key) for key, vector in zip(keys, vectors, strict=True)]
        with self.changing(renew=True):
            self._db.executemany("UPDATE passages SET vector = ? WHERE key = ?", rows)

    def passages(self) -> PassageTable:
        """All passages, in the order described in `PassageTable`."""
        line = f"SELECT p.key, p.document, p.first, p.last {_IN_ORDER} LIMIT ?"
        with self._whole():
            rows = self._db.execute(line, (self._bound("passages"),)).fetchall()
            self._agree("passages", rows)
        table = np.asarray(rows, np.int64).reshape(-1, 4)
        return PassageTable(*table.T.copy())

    def vectors(self, dimension: int) -> Vectors:
        """The vectors of all passages, shape (n, `dimension`), in the same order.

        The row of a passage without a vector is zero.
        """
        with self._whole():
            count = self._totals.counts["passages"]
            out = np.zeros((count, dimension), np.float32)
            rows = self._db.execute(f"SELECT p.key, p.vector {_IN_ORDER} LIMIT ?", (count,))
            self._agree("vectors", self._put_into(out, rows, dimension))
            return out

    def _put_into(
        self, out: Vectors, rows: Iterable[tuple[int, bytes | None]], dimension: int
    ) -> Iterator[tuple[int, bytes]]:
        """Fill the rows of `out`, and yield each key and vector written there."""
        for i, (key, blob) in enumerate(rows):
            if blob is not None:
                out[i] = self._vector(blob, dimension)
                yield key, blob

    def vectors_of(self, keys: Sequence[int], dimension: int) -> Vectors:
        """The vectors of these passages, shape (n, `dimension`); zero where there is none."""
        out = np.zeros((len(keys), dimension), np.float32)
        line = "SELECT vector FROM passages WHERE key = ?"
        with self._asking():
            for i, key in enumerate(keys):
                row = self._db.execute(line, (key,)).fetchone()
                if row is not None and row[0] is not None:
                    out[i] = self._vector(row[0], dimension)
        return out

    def _vector(self, blob: bytes, dimension: int) -> NDArray[np.float32]:
        if not isinstance(blob, bytes) or len(blob) != 4 * dimension:
            raise corrupt(self.path, "a vector has the wrong length")
        vector = np.frombuffer(blob, "<f4")
        if not np.isfinite(vector).all():
            raise corrupt(self.path, "a vector is not made of numbers")
        return vector

    def filed(self, file: str, ids: Sequence[str]) -> dict[int, Filed]:
        """Those of these documents of a file that are stored, as they were stored, by their keys."""
        with self.reading():
            line = f"{_DOCUMENTS} WHERE file = ? AND id = ?"
            rows = [self._db.execute(line, (file, id)).fetchone() for id in ids]
            return {
                key: self._filed(key, parsed)
                for key, parsed in (self._parsed(row) for row in rows if row)
            }

    def _filed(self, key: int, parsed: Parsed) -> Filed:
        line = "SELECT first, last, vector FROM passages WHERE document = ? ORDER BY key LIMIT ?"
        rows = self._db.execute(line, (key, self._bound("passages"))).fetchall()
        d = self.manifest().dimension
        vectors = [None if v is None else self._vector(v, d) for _, _, v in rows]
        return Filed(parsed, [(first, last) for first, last, _ in rows], vectors)

    def _parsed(self, row: Sequence[Any]) -> tuple[int, Parsed]:
        """The key and document of a row of `_DOCUMENTS`, verified to be as this user's program wrote them."""
        self._verified(row)
        _, _, key, dropped, *rest = row
        return key, Parsed(document_from_row(rest), dropped_from_json(dropped))

    def _verified(self, row: Sequence[Any]) -> None:
        """Nothing, if a row of `_DOCUMENTS` is as this user's program wrote it.

        Raises:
            IndexCorrupt: if not.
        """
        seal, digest, key, dropped, file, id, sha256, text, metadata, pages = row
        self._check_described(seal, digest, key, file, id, sha256, metadata)
        same = [isinstance(one, str) for one in (text, pages, dropped)] == [True] * 3
        if not same or not compare_digest(digest, self.seal.sign_text(text, pages, dropped)):
            raise corrupt(self.path, f"something else has changed the text of {id!r}")

    def _check_described(self, seal: Any, *row: Any) -> None:
        digest, _, _, id, *_ = row
        sealed = (*row[1:], digest)
        if not isinstance(digest, bytes) or not self.seal.is_signed(seal, "document", *sealed):
            raise corrupt(self.path, f"something else has changed the document {id!r}")

    def _bound(self, name: str) -> int:
        """One row more than the table should have; readers stop there."""
        return self._totals.counts[name] + 1

    def document(self, key: int) -> Document:
        """The document with this key.

        Raises:
            KeyError: if there is none.
        """
        with self._asking():
            row = self._db.execute(f"{_DOCUMENTS} WHERE key = ?", (key,)).fetchone()
        if row is None:
            raise KeyError(key)
        with undamaged(self.path):
            return self._parsed(row)[1].document

    def document_keys(self) -> NDArray[np.int64]:
        """The keys of all documents, in the order of their ids, shape (n,)."""
        with self._whole():
            line = "SELECT key, seal FROM documents ORDER BY id LIMIT ?"
            rows = self._db.execute(line, (self._bound("documents"),)).fetchall()
            self._agree("documents", rows)
        return np.asarray([key for key, _ in rows], np.int64)

    def keys_of(self, file: str) -> NDArray[np.int64]:
        """The keys of the documents of a file, ascending, shape (n,)."""
        line = "SELECT key FROM documents WHERE file = ? ORDER BY key LIMIT ?"
        with self._asking():
            rows = self._db.execute(line, (file, self._bound("documents")))
            return np.fromiter((key for (key,) in rows), np.int64)

    def encoded(self, file: str) -> Iterator[tuple[int, int, int, int]]:
        """Each passage of a file that has a vector: its document's key, its own key, and its offsets."""
        with self._asking():
            yield from self._db.execute(_ENCODED, (file, self._bound("passages")))

    def vector(self, key: int, text: str) -> NDArray[np.float32] | None:
        """The vector of a passage, or the one set aside for its text; None if there is neither."""
        line = "SELECT vector FROM passages WHERE key = ?"
        with self._asking():
            row = self._db.execute(line, (key,)).fetchone()
            blob = (
                row[0]
                if row and row[0]
                else vector_cache.find(self._db, vector_cache.digest_of(text))
            )
        return None if blob is None else self._vector(blob, self.manifest().dimension)

    def descriptions(self) -> Iterator[tuple[int, Description]]:
        """Every document without its text, with its key, in the order of the ids."""
        with self.reading():
            for seal, *row, length in self._db.execute(_DESCRIBED, (self._bound("documents"),)):
                self._check_described(seal, *row)
                yield row[1], description_from_row([*row[2:], length])

    def documents(self) -> Iterator[tuple[int, Document]]:
        """Every document with its key, in the order of the ids."""
        with self.reading():
            for key, one in self._all("ORDER BY id"):
                yield key, one.document

    def dropped(self) -> Iterator[tuple[str, tuple[Dropped, ...]]]:
        """The dropped texts of each document that has any, with the id of the document."""
        with self.reading():
            for _, one in self._all("WHERE dropped != '[]' ORDER BY id"):
                yield one.document.id, one.dropped

    def parsed(self) -> Iterator[Parsed]:
        """Every document with its dropped texts, in the order of the keys."""
        with self.reading():
            for _, one in self._all("ORDER BY key"):
                yield one

    def _all(self, which: str) -> Iterator[tuple[int, Parsed]]:
        line = f"{_DOCUMENTS} {which} LIMIT ?"
        for row in self._db.execute(line, (self._bound("documents"),)):
            yield self._parsed(row)

    def dropped_of(self, id: str) -> tuple[Dropped, ...]:
        """The dropped texts of one document; () also if there is no such document."""
        with translated(self.path), undamaged(self.path):
            line = "SELECT dropped FROM documents WHERE id = ?"
            row = self._db.execute(line, (id,)).fetchone()
            return dropped_from_json(row[0]) if row else ()


def _blob(vector: NDArray[np.float32]) -> bytes:
    return vector.astype("<f4").tobytes()


def load_copies(store: Store) -> Copies:
    """The documents that say the same as another one, according to the last clustering."""
    found = Copies()
    store.check("copies")
    with store.reading() as db:
        rows = db.execute("SELECT document, lead, relation FROM copies ORDER BY document")
        for document, lead, relation in rows:
            found.leads[lead] = lead
            found.leads[document] = lead
            found.members.setdefault(lead, [lead]).append(document)
            found.relations[document] = Relation(relation)
    return found
