"""The SQLite file of an index: opened, made and described. What it holds is `index/storage/store.py`'s."""

import json
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Self

from index.storage.sqlite import (
    APPLICATION_ID,
    check_header,
    closed_on_error,
    connect,
    corrupt,
    identity,
    missing,
    one_state,
    renumber,
    translated,
    undamaged,
)
from index.types import Manifest

FORMAT = 5
FILE_NAME = "index.sqlite"


class IndexFile:
    """One open index file, for one thread at a time; each method that changes it is a transaction."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._db = connection
        self._file = identity(path)
        self.path = path

    @classmethod
    def create(cls, path: Path, manifest: Manifest, *, root: str = "") -> Self:
        """A new, empty store at `path`, for the documents in `root` (see `root()`).

        Raises:
            StorageError: if it cannot be written.
        """
        with translated(path):
            db = connect(path, writable=True, create=True)
            with closed_on_error(db):
                schema = files("index.storage").joinpath("schema.sql").read_text("utf-8")
                db.executescript(
                    f"BEGIN IMMEDIATE; {schema} PRAGMA application_id = {APPLICATION_ID};"
                    f"PRAGMA user_version = {FORMAT};"
                )
                store = cls(db, path)
                store._set("lineage", secrets.token_hex(4))
                store._describe(manifest, root)
                db.execute("COMMIT")
                renumber(path)
                return store

    @classmethod
    def open(cls, path: Path, *, writable: bool = False) -> Self:
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

    def lineage(self) -> str:
        """What all states of this file share, and no other file has: keys mean the same in them."""
        with translated(self.path):
            return self._value("lineage")

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
