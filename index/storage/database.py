"""The SQLite file of an index: opened, made, described and sealed. What it holds is `store.py`'s."""

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
# Characters that a value of the manifest may have, and values that there may be.
_LONGEST, _MOST = 10_000, 20
_NAME = re.compile("[0-9a-f]{8,64}")


class IndexFile:
    """One open index file, for one thread at a time; each method that changes it is a transaction."""

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
            StorageError: if it cannot be written, or this user has no secret to seal it with.
        """
        lineage = secrets.token_hex(4)
        seal = Seal.of(lineage)
        with translated(path):
            db = connect(path, writable=True, create=True)
            with closed_on_error(db):
                # Readers see the last state while a writer is anywhere in making the next one.
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
            IndexCorrupt: if the file is damaged, or not one of ours.
            IndexForeign: if this user did not make it, or something else has changed it since.
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
                    # What is damaged or foreign says so now, not in the middle of a question.
                    store = cls(db, path, seal_of(db, path), writable=writable)
                    store._check_seal()
                    store.manifest()
                if writable:
                    # subtle: not within the transaction, with which they would end.
                    store._count_changes()
                return store

    def close(self) -> None:
        """Let go of the file."""
        if self._writable:
            # subtle: the last one to close does this while it keeps everybody out; now nobody waits.
            with suppress(sqlite3.Error):
                self._db.execute("PRAGMA wal_checkpoint(PASSIVE)")
        self._db.close()

    def is_replaced(self) -> bool:
        """Whether another file, or none, stands at the path now: this one will never change again."""
        return identity(self.path) != self._file

    def reset(self, manifest: Manifest, *, root: str = "") -> None:
        """Forget all documents and begin again with this manifest and root; all or nothing.

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
        """The folder that this index is of, as `checking.recorded_root` has it; "" if not known."""
        with self._asking():
            row = self._db.execute("SELECT value FROM manifest WHERE key = 'root'").fetchone()
        return str(row[0]) if row else ""

    def claim(self, root: str) -> None:
        """Note the folder that this index is of."""
        with self.changing(renew=False):
            self._set("root", root)

    def is_empty(self) -> bool:
        """Whether no file was ever put here."""
        with self._asking():
            return self._db.execute("SELECT 1 FROM files LIMIT 1").fetchone() is None

    def manifest(self) -> Manifest:
        """How this index was made."""
        with self._asking():
            line = self._value("manifest")
        with undamaged(self.path):
            found = Manifest(**json.loads(line))
            found.check()
            return found

    def lineage(self) -> str:
        """What all states of this file share, and no other file has: keys mean the same in them."""
        with self._asking():
            return self._named("lineage")

    def generation(self) -> str:
        """A name for the present content; another one after every change."""
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
        """All that the manifest says and that is sealed."""
        line = (
            "SELECT key, value FROM manifest WHERE key != 'seal' AND length(value) <= ? "
            "ORDER BY key LIMIT ?"
        )
        return self._db.execute(line, (_LONGEST, _MOST)).fetchall()

    def _sign(self) -> None:
        self._set("totals", self._totals.to_text())
        self._set("seal", self.seal.sign("state", self._said()).hex())

    def _check_seal(self) -> None:
        """Nothing, if the state is one that this user's program left; its totals are read.

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
        """Nothing, if these tables (see `seal.COUNTED`) hold just what this user's program put there.

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
        """What is read within the block is of one generation, whatever others write meanwhile."""
        with self._asking(), one_state(self._db):
            self._check_seal()
            yield

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """What is read within the block is of one generation, of which the totals are known."""
        if self._db.in_transaction:
            with self._asking():
                yield
        else:
            with self.snapshot():
                yield

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """SQLite's errors in words, and time of its own for what is asked within the block."""
        self._db.begin()
        with translated(self.path):
            yield

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, for the tables that other modules keep here; errors are those of this class."""
        with self._asking(), undamaged(self.path):
            yield self._db

    @contextmanager
    def changing(self, *, renew: bool) -> Iterator[sqlite3.Connection]:
        """The same, to change them: all or nothing. `renew` gives the content another name."""
        with self._asking(), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._check_seal()
            yield self._db
            if renew:
                self._set("generation", secrets.token_hex(8))
            self._sign()


def foreign(path: Path) -> IndexFileError:
    """The error for an index that is not known to be this user's."""
    return IndexForeign(
        f"The index at {str(path)!r} is not used: you did not make it here, or something else has "
        "changed it. Make it again with: qa index FOLDER --rebuild; or, if you trust who made it, take it "
        "over with: qa index FOLDER --trust-index"
    )


def seal_of(db: sqlite3.Connection, path: Path) -> Seal:
    """What this user seals the index of an open connection with."""
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
