"""Find copies in a store. Each document is sketched once; changes to the store trigger clustering.

The result depends only on the documents in the store, not on the order in which they were added.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import numpy as np

from corpus.duplicates import (
    CLUSTER_RULES,
    SHINGLE_SIZE,
    Profile,
    candidates,
    cluster_by_likeness,
    fingerprint,
    lead_order,
    likeness,
    profile,
    relation,
)
from corpus.types import Document
from index.storage import FILE_NAME, Store, writing
from index.types import CountCallback

# Documents sketched, and pairs compared, in one transaction.
BATCH = 512


PAIRS = 4096


# Documents kept in memory while pairs of them are compared.
_AT_HAND = 4096


_MISSING = "SELECT key FROM documents WHERE key NOT IN (SELECT document FROM sketches) ORDER BY key"


_SKETCHES = (
    "SELECT s.document, s.day, s.length, d.id, s.digest, s.sketch "
    "FROM sketches s JOIN documents d ON d.key = s.document ORDER BY s.document"
)


_Pair = tuple[int, int]


_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Sketched:
    """The sketch of a document in the store."""

    key: int
    place: tuple[date, int, str]
    digest: bytes
    sketch: bytes


def cluster(store: Store, tell: CountCallback = lambda done, total: None) -> bool:
    """Bring the clusters up to date. Returns whether there was anything to do.

    `tell` gets the number of documents sketched, or of pairs compared, and the total.

    If the process is killed, the earlier clusters remain, without the documents that are gone, and the
    next call continues from there.
    """
    with store.reading() as db:
        mark, noted = _mark(db), _noted(db)
    if mark == noted:
        return False
    store.check("sketches", "likenesses")
    if noted.split(".")[0] != str(CLUSTER_RULES):
        _begin_anew(store)
    _sketch(store, tell)
    with store.reading() as db:
        found = [
            _Sketched(key, lead_order(_day(day), length, id), digest, sketch)
            for key, day, length, id, digest, sketch in db.execute(_SKETCHES)
        ]
    found.sort(key=lambda one: one.place)
    # subtle: documents with the same words always go where the first of them goes. If each were compared
    # with the first only, they would be left behind when it joins another lead.
    first: dict[bytes, int] = {}
    told = [one for one in found if first.setdefault(one.digest, one.key) == one.key]
    of_first = cluster_by_likeness([one.key for one in told], _alike(store, told, tell))
    leads = {one.key: of_first[first[one.digest]] for one in found}
    _put(store, {key: lead for key, lead in leads.items() if key != lead}, mark)
    return True


def _mark(db: sqlite3.Connection) -> str:
    """A mark that changes with the documents and with the rules.

    Keys are never reused, so any document added since has a key above the last one. If none was added,
    the count is the same only if none was removed.
    """
    count, last = db.execute("SELECT count(*), max(key) FROM documents").fetchone()
    return f"{CLUSTER_RULES}.{count}.{last or 0}"


def _noted(db: sqlite3.Connection) -> str:
    row = db.execute("SELECT value FROM manifest WHERE key = 'copies'").fetchone()
    return str(row[0]) if row else ""


def _note(db: sqlite3.Connection, mark: str) -> None:
    db.execute("REPLACE INTO manifest VALUES ('copies', ?)", (mark,))


def _begin_anew(store: Store) -> None:
    """Delete the results of other rules."""
    with store.changing(renew=False) as db:
        db.execute("DELETE FROM sketches")
        db.execute("DELETE FROM likenesses")
        _note(db, f"{CLUSTER_RULES}.")


def _sketch(store: Store, tell: CountCallback) -> None:
    """Sketch the documents that do not have a sketch yet."""
    with store.reading() as db:
        missing = [key for (key,) in db.execute(_MISSING)]
    for number, keys in enumerate(_batches(missing, BATCH)):
        tell(number * BATCH, len(missing))
        rows = [_row(key, store.document(key)) for key in keys]
        with store.changing(renew=False) as db:
            db.executemany("INSERT INTO sketches VALUES (?, ?, ?, ?, ?)", rows)


def _row(key: int, document: Document) -> tuple[int, bytes, bytes, str | None, int]:
    print_ = fingerprint(document)
    day = document.published
    sketch = print_.sketch.astype("<u4").tobytes()
    return key, print_.digest, sketch, day.isoformat() if day else None, len(document.text)


def _day(day: str | None) -> date | None:
    return date.fromisoformat(day) if day else None


def _alike(store: Store, told: Sequence[_Sketched], tell: CountCallback) -> dict[_Pair, float]:
    """The likeness of all pairs with similar sketches, among documents that differ in their words."""
    # Sorted by digest, so that the candidates do not depend on when documents were added.
    rows = sorted((one for one in told if one.sketch), key=lambda one: one.digest)
    sketches = np.frombuffer(b"".join(one.sketch for one in rows), "<u4").reshape(-1, SHINGLE_SIZE)
    pairs = [
        (min(rows[i].key, rows[j].key), max(rows[i].key, rows[j].key))
        for i, j in candidates(sketches.astype(np.uint32))
    ]
    with store.reading() as db:
        known = {(a, b): value for a, b, value in db.execute("SELECT * FROM likenesses")}
    _compare(store, [pair for pair in pairs if pair not in known], known, tell)
    return {pair: known[pair] for pair in pairs}


def _compare(
    store: Store, pairs: Sequence[_Pair], known: dict[_Pair, float], tell: CountCallback
) -> None:
    """Add the likeness of each pair to `known` and to the store."""

    @lru_cache(maxsize=_AT_HAND)
    def of(key: int) -> Profile:
        return profile(store.document(key))

    for number, batch in enumerate(_batches(sorted(pairs), PAIRS)):
        tell(number * PAIRS, len(pairs))
        values = [(one, other, likeness(of(one), of(other))) for one, other in batch]
        with store.changing(renew=False) as db:
            db.executemany("INSERT INTO likenesses VALUES (?, ?, ?)", values)
        known.update({(one, other): value for one, other, value in values})


def _batches(things: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    for first in range(0, len(things), size):
        yield things[first : first + size]


def _put(store: Store, leads: Mapping[int, int], mark: str) -> None:
    """Replace the earlier clusters with these. Each relation is computed only once."""
    with store.reading() as db:
        known = {(d, lead): name for d, lead, name in db.execute("SELECT * FROM copies")}
    rows = [
        (key, lead, known.get((key, lead)) or _relation(store, key, lead))
        for key, lead in leads.items()
    ]
    same = leads.items() == known.keys()
    with store.changing(renew=not same) as db:
        db.execute("DELETE FROM copies")
        db.executemany("INSERT INTO copies VALUES (?, ?, ?)", rows)
        _note(db, mark)


def _relation(store: Store, key: int, lead: int) -> str:
    return relation(store.document(lead), store.document(key)).value


def forget(directory: Path, files: Sequence[str], *, wait_s: float | None = None) -> None:
    """Remove these files (given by id) and their documents from the index in `directory`.

    Unlike an indexing run, this may leave an index without documents.

    Raises:
        IndexLocked, StorageError: if the index cannot be written.
    """
    with writing(directory, wait_s=wait_s):
        store = Store.open(directory / FILE_NAME, writable=True)
        try:
            store.put([], files)
            cluster(store)
        finally:
            store.close()
