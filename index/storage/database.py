"""Create, open, describe and seal the SQLite file of an index. Its content is handled by `store.py`."""

import json
import re
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from corpus.errors import IndexFileError, IndexForeign
from index.storage.seal import COUNTED, Seal, Totals, select, triggers
from index.storage.sqlite import (
    APPLICATION_ID,
    Connection,
    check_header,
    closed_on_error,
    connect,
    corrupt,
    identity,
    missing,
    one_state,
    schema,
    translated,
    undamaged,
)
from index.types import Manifest

FORMAT = 6
FILE_NAME = "index.sqlite"
# The most characters in a value of the manifest, and the most values.
_LONGEST, _MOST = 10_000, 20
_NAME = re.compile("[0-9a-f]{8,64}")


class IndexFile:
    """One open index file, for one thread at a time. Each method that changes it is one transaction."""

    def __init__(self, connection: Connection, path: Path, seal: Seal, *, writable: bool) -> None:
        self._db = connection
        self._file = identity(path)
        self._writable = writable
        self.path = path
        self.seal = seal
        self._totals = Totals(seal)

    def _count_changes(self) -> None:
        self._db.create_function("counted", -1, self._count)
        for trigger in triggers():
            self._db.execute(trigger)

    def _count(self, sign: int, name: str, *values: Any) -> None:
        self._totals.change(sign, name, *values)

    @classmethod
    def create(cls, path: Path, manifest: Manifest, *, root: str = "") -> Self:
        """A new, empty store at `path`, for the documents in `root` (see `root()`).

        Raises:
            StorageError: if it cannot be written, or the key that seals it cannot be read or created.
        """
        lineage = secrets.token_hex(4)
        seal = Seal.of(lineage)
        with translated(path):
            db = connect(path, writable=True, create=True)
            with closed_on_error(db):
                # Readers see the last state at all times while a writer is making the next one.
                db.execute("PRAGMA journal_mode = WAL")
                db.executescript(
                    f"BEGIN IMMEDIATE; {schema()} PRAGMA application_id = {APPLICATION_ID};"
                    f"PRAGMA user_version = {FORMAT};"
                )
                store = cls(db, path, seal, writable=True)
                store._count_changes()
                store._set("lineage", lineage)
                store._describe(manifest, root)
                store._sign()
                db.execute("COMMIT")
                return store

    @classmethod
    def open(cls, path: Path, *, writable: bool = False) -> Self:
        """The store at `path`.

        Raises:
            IndexMissing: if there is none.
            IndexCorrupt: if the file is damaged, or is not an index of this program.
            IndexForeign: if this user did not build it, or something else has changed it since.
            IndexMismatch: if another version wrote it.
            StorageError: if it cannot be opened.
        """
        if identity(path) is None:
            raise missing(path)
        with translated(path):
            db = connect(path, writable=writable)
            with closed_on_error(db):
                check_header(db, path, FORMAT)
                with one_state(db):
                    # Damaged and foreign files are reported now, not in the middle of a question.
                    store = cls(db, path, seal_of(db, path), writable=writable)
                    store._check_seal()
                    store.manifest()
                if writable:
                    # subtle: not within the transaction, since the triggers would end with it.
                    store._count_changes()
                return store

    def close(self) -> None:
        """Close the file."""
        if self._writable:
            # subtle: SQLite does this when the last connection closes, and locks everybody out. Now, nobody waits.
            with suppress(sqlite3.Error):
                self._db.execute("PRAGMA wal_checkpoint(PASSIVE)")
        self._db.close()

    def is_replaced(self) -> bool:
        """Whether the path now has another file, or none; if so, this file will never change again."""
        return identity(self.path) != self._file

    def reset(self, manifest: Manifest, *, root: str = "") -> None:
        """Remove all documents and start again with this manifest and root; all or nothing.

        Raises:
            IndexCorrupt: if the file is damaged.
        """
        with self.changing(renew=True) as db:
            if (found := db.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
                raise corrupt(self.path, found)
            db.execute("DELETE FROM files")
            self._describe(manifest, root)
            kept = {name for name, count in self._totals.counts.items() if count}
            if not kept <= {"recurring"} or any(
                self._totals.sums[n] for n in COUNTED if n not in kept
            ):
                raise corrupt(self.path, "something else has changed its rows")
            self._check("recurring")

    def _describe(self, manifest: Manifest, root: str) -> None:
        self._set("manifest", json.dumps(manifest.to_dict()))
        self._set("root", root)
        self._set("generation", secrets.token_hex(8))

    def root(self) -> str:
        """The folder that this index belongs to, as from `compatibility.recorded_root`; "" if not known."""
        with self._asking():
            row = self._db.execute("SELECT value FROM manifest WHERE key = 'root'").fetchone()
        return str(row[0]) if row else ""

    def claim(self, root: str) -> None:
        """Record the folder that this index belongs to."""
        with self.changing(renew=False):
            self._set("root", root)

    def is_empty(self) -> bool:
        """Whether the index has no files."""
        with self._asking():
            return self._db.execute("SELECT 1 FROM files LIMIT 1").fetchone() is None

    def manifest(self) -> Manifest:
        """How this index was built."""
        with self._asking():
            line = self._value("manifest")
        with undamaged(self.path):
            found = Manifest(**json.loads(line))
            found.check()
            return found

    def lineage(self) -> str:
        """A name shared by all states of this file and by no other file: keys mean the same in all of them."""
        with self._asking():
            return self._named("lineage")

    def generation(self) -> str:
        """A name for the current content; it is different after every change."""
        with self._asking():
            return self._named("generation")

    def _named(self, key: str) -> str:
        value = self._value(key)
        if not _NAME.fullmatch(value):  # it becomes part of a folder's name
            raise corrupt(self.path, f"its {key} is damaged")
        return value

    def _value(self, key: str) -> str:
        return _value(self._db, self.path, key)

    def _set(self, key: str, value: str) -> None:
        self._db.execute("REPLACE INTO manifest VALUES (?, ?)", (key, value))

    def _said(self) -> list[tuple[str, str]]:
        """All values of the manifest that are sealed."""
        line = (
            "SELECT key, value FROM manifest WHERE key != 'seal' AND length(value) <= ? "
            "ORDER BY key LIMIT ?"
        )
        return self._db.execute(line, (_LONGEST, _MOST)).fetchall()

    def _sign(self) -> None:
        self._set("totals", self._totals.to_text())
        self._set("seal", self.seal.sign("state", self._said()).hex())

    def _check_seal(self) -> None:
        """Read the totals, if the state was left by this user's program.

        Raises:
            IndexForeign: if not.
        """
        with undamaged(self.path):
            said = self._said()
            row = self._db.execute(
                "SELECT value FROM manifest WHERE key = 'seal' AND length(value) = 64"
            ).fetchone()
            if not row or not self.seal.is_signed(bytes.fromhex(str(row[0])), "state", said):
                raise foreign(self.path)
            self._totals.read(dict(said)["totals"])

    def check(self, *tables: str) -> None:
        """Nothing, if these tables (see `seal.COUNTED`) contain exactly what this user's program wrote.

        Raises:
            IndexCorrupt: if something else has changed them.
        """
        with self._whole():
            self._check(*tables)

    def _check(self, *tables: str) -> None:
        for name in tables:
            line = select(name) + (" WHERE vector IS NOT NULL" if name == "vectors" else "")
            self._agree(name, self._db.execute(line))

    def _agree(self, name: str, rows: "Iterator[Any] | list[Any]") -> None:
        if not self._totals.agree(name, rows):
            raise corrupt(self.path, f"something else has changed its {name}")

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All reads within the block see one generation, whatever others write in the meantime."""
        with self._asking(), one_state(self._db):
            self._check_seal()
            yield

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """All reads within the block see one generation, whose totals are known."""
        if self._db.in_transaction:
            with self._asking():
                yield
        else:
            with self.snapshot():
                yield

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Translate SQLite's errors, and count the steps of the statements within the block from zero."""
        self._db.begin()
        with translated(self.path):
            yield

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, for tables that other modules keep here; errors are those of this class."""
        with self._asking(), undamaged(self.path):
            yield self._db

    @contextmanager
    def changing(self, *, renew: bool) -> Iterator[sqlite3.Connection]:
        """Like `reading`, but for changes: all or nothing. `renew` gives the content a new name."""
        with self._asking(), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._check_seal()
            yield self._db
            if renew:
                self._set("generation", secrets.token_hex(8))
            self._sign()


def foreign(path: Path) -> IndexFileError:
    """The error for an index that is not known to be this user's own."""
    return IndexForeign(
        f"The index at {str(path)!r} is not used: you did not build it here, or something else has "
        "changed it. Rebuild it with: qa index FOLDER --rebuild; or, if you trust whoever built it, keep it "
        "with: qa index FOLDER --trust-index"
    )


def seal_of(db: sqlite3.Connection, path: Path) -> Seal:
    """The seal with which this user signs the index of an open connection."""
    lineage = _value(db, path, "lineage")
    if not _NAME.fullmatch(lineage):
        raise corrupt(path, "its lineage is damaged")
    return Seal.of(lineage)


def _value(db: sqlite3.Connection, path: Path, key: str) -> str:
    line = "SELECT value FROM manifest WHERE key = ? AND length(value) <= ?"
    row = db.execute(line, (key, _LONGEST)).fetchone()
    if row is None:
        raise corrupt(path, f"it has no {key}")
    return str(row[0])
