"""Which lines recur in a store, and which of its files are to be read again because of that.

They are counted once many documents are there, and then kept: new documents are cleaned of them at once.
They are counted anew at every change of a small collection, and of a large one when it has grown or
shrunk by half, so that a few new files do not cost a look at all.
"""

import sqlite3

from corpus.cleaning import LINE_RULES, LineCounts
from index.storage import Store
from index.types import CountCallback

# A collection of so many documents is counted in a second or two.
SMALL = 2_000
GROWTH = 1.5
_STALE = "recurring lines"
_EVERY = 256


def known_lines(store: Store) -> frozenset[bytes]:
    """The lines that documents are cleaned of."""
    store.check("recurring")
    with store.reading() as db:
        return frozenset(bytes(line) for (line,) in db.execute("SELECT line FROM recurring"))


def recount(store: Store, tell: CountCallback = lambda done, total: None) -> list[str]:
    """Count the lines anew if it is time to; the ids of the files that are to be read again, sorted.

    They hold a line that was not known to recur, or lost one that does no longer. In the ledger they are
    marked as read by other rules, so that a kill before they are read again loses nothing. `tell` is
    told how many documents are counted, and of how many.
    """
    with store.reading() as db:
        state = _state(db)
        noted = db.execute("SELECT value FROM manifest WHERE key = 'recurring'").fetchone()
    if not _is_time(str(noted[0]) if noted else "", *state):
        return []
    known = known_lines(store)
    census, files = _census(store, state[0], tell)
    lines = census.lines()
    stale = sorted({files[number] for number in census.holding(lines ^ known)})
    with store.changing(renew=False) as db:
        db.execute("DELETE FROM recurring")
        db.executemany("INSERT INTO recurring VALUES (?)", [(line,) for line in sorted(lines)])
        rows = [(_STALE, file) for file in stale]
        db.executemany("UPDATE files SET rules = ? WHERE id = ?", rows)
        _note(db, *state)
    return stale


def settle(store: Store) -> None:
    """Note that what was read again since is of the collection that was counted."""
    with store.changing(renew=False) as db:
        _note(db, *_state(db))


def _state(db: sqlite3.Connection) -> tuple[int, int]:
    """How many documents there are, and the key of the last: they change with the documents."""
    count, last = db.execute("SELECT count(*), max(key) FROM documents").fetchone()
    return count, last or 0


def _note(db: sqlite3.Connection, count: int, last: int) -> None:
    db.execute("REPLACE INTO manifest VALUES ('recurring', ?)", (f"{LINE_RULES}.{count}.{last}",))


def _is_time(noted: str, count: int, last: int) -> bool:
    if noted == f"{LINE_RULES}.{count}.{last}":
        return False
    rules, _, rest = noted.partition(".")
    if rules != str(LINE_RULES) or count <= SMALL:
        return True
    before = int(rest.partition(".")[0])
    return not before / GROWTH < count < before * GROWTH


def _census(store: Store, total: int, tell: CountCallback) -> tuple[LineCounts, list[str]]:
    """The lines of all documents, and the file of each in the same order."""
    census, files = LineCounts(), list[str]()
    for one in store.parsed():
        census.add(one.document, one.dropped)
        files.append(one.document.source)
        if len(files) % _EVERY == 0:
            tell(len(files), total)
    return census, files
