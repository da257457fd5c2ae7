"""Set vectors aside while a file with many documents is read again.

Such a file is read in slices, and a document of one slice may contain what was in another before: if a
message is removed from a mailbox, the numbers of all later messages change. So a vector that one slice
overwrites may be needed by a later slice, or by the next run if this one is killed.
"""

import sqlite3
from collections.abc import Iterable
from hashlib import blake2b

DIGEST_BYTES = 8
"""The length of a text's digest. Among 300,000 passages, two share one in one of 400 million such files."""


def digest_of(text: str) -> bytes:
    """The name under which the vector of a text is set aside."""
    return blake2b(text.encode("utf-8", "replace"), digest_size=DIGEST_BYTES).digest()


def keep(db: sqlite3.Connection, file: str, vectors: Iterable[tuple[bytes, bytes]]) -> None:
    """Set aside the vectors of a file, each with the digest of its text."""
    rows = ((digest, file, vector) for digest, vector in vectors)
    db.executemany("INSERT OR IGNORE INTO spare VALUES (?, ?, ?)", rows)


def find(db: sqlite3.Connection, digest: bytes) -> bytes | None:
    """The vector set aside for the text with this digest, or None."""
    row = db.execute("SELECT vector FROM spare WHERE digest = ?", (digest,)).fetchone()
    return None if row is None else bytes(row[0])


def drop(db: sqlite3.Connection, files: Iterable[str]) -> None:
    """Remove the vectors set aside for these files, which have been read to the end."""
    db.executemany("DELETE FROM spare WHERE file = ?", ((file,) for file in files))
