"""Vectors that are put by while a file with many documents is read again.

Such a file comes in slices, and a document of one may hold what stood in another before: a mail is taken
out of a mailbox, and each one behind it has the next one's number. What a slice writes over may so be
wanted by a later one, or by the next run, if this one is killed.
"""

import sqlite3
from collections.abc import Iterable
from hashlib import blake2b

DIGEST_BYTES = 8
"""Of a text: that two of 300,000 passages are taken for one happens once in 400 million such files."""


def digest_of(text: str) -> bytes:
    """A name for a text that was encoded."""
    return blake2b(text.encode("utf-8", "replace"), digest_size=DIGEST_BYTES).digest()


def keep(db: sqlite3.Connection, file: str, vectors: Iterable[tuple[bytes, bytes]]) -> None:
    """Put the vectors of a file by, each with the digest of its text."""
    rows = ((digest, file, vector) for digest, vector in vectors)
    db.executemany("INSERT OR IGNORE INTO spare VALUES (?, ?, ?)", rows)


def find(db: sqlite3.Connection, digest: bytes) -> bytes | None:
    """The vector of the text with this digest, if it was put by."""
    row = db.execute("SELECT vector FROM spare WHERE digest = ?", (digest,)).fetchone()
    return None if row is None else bytes(row[0])


def drop(db: sqlite3.Connection, files: Iterable[str]) -> None:
    """Let go of what was put by for these files, which are read to their end."""
    db.executemany("DELETE FROM spare WHERE file = ?", ((file,) for file in files))
