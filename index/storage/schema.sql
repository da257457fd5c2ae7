-- The primary data: what was read, from where, and with what result. Everything else is derived from it.
CREATE TABLE manifest (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- The ledger: one row for each file that was seen. reason is empty if the file was read; problems is a
-- JSON list of [id, reason] for the parts that could not be read.
CREATE TABLE files (
    id        TEXT PRIMARY KEY,
    size      INTEGER NOT NULL,
    mtime_ns  INTEGER NOT NULL,
    sha256    TEXT NOT NULL,
    state     TEXT NOT NULL,
    rules     TEXT NOT NULL,
    reason    TEXT NOT NULL,
    seconds   REAL NOT NULL,
    problems  TEXT NOT NULL
);

-- Keys are never reused, so a reader with an old key finds nothing instead of another document. Only sha256
-- ever changes, when another version of the file contains the same document. pages is a JSON list of offsets,
-- dropped one of [text, reason]. digest covers text, pages and dropped; seal covers the rest of the row and
-- the digest. Both are keyed (seal.py).
CREATE TABLE documents (
    key       INTEGER PRIMARY KEY AUTOINCREMENT,
    file      TEXT NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    id        TEXT NOT NULL UNIQUE,
    sha256    TEXT NOT NULL,
    text      TEXT NOT NULL,
    metadata  TEXT NOT NULL,
    pages     TEXT NOT NULL,
    dropped   TEXT NOT NULL,
    digest    BLOB NOT NULL,
    seal      BLOB NOT NULL
);
CREATE INDEX documents_file ON documents (file);

-- first and last are character offsets in the document's text, half-open; vector is float32, little-endian,
-- and NULL until the passage has been encoded.
CREATE TABLE passages (
    key       INTEGER PRIMARY KEY AUTOINCREMENT,
    document  INTEGER NOT NULL REFERENCES documents (key) ON DELETE CASCADE,
    first     INTEGER NOT NULL,
    last      INTEGER NOT NULL,
    vector    BLOB
);
CREATE INDEX passages_document ON passages (document);
CREATE INDEX passages_pending ON passages (key) WHERE vector IS NULL;

-- Vectors set aside while a file with many documents is read again (vector_cache.py), by the digest of their
-- text. They are removed when the file has been read to the end.
CREATE TABLE spare (
    digest  BLOB NOT NULL,
    file    TEXT NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    vector  BLOB NOT NULL,
    PRIMARY KEY (digest, file)
) WITHOUT ROWID;

-- Data for finding a document's copies: a digest of its words, and a sketch (uint32, little-endian), which is
-- empty for a short document. Its place in a cluster depends on its day (ISO 8601) and length.
CREATE TABLE sketches (
    document  INTEGER PRIMARY KEY REFERENCES documents (key) ON DELETE CASCADE,
    digest    BLOB NOT NULL,
    sketch    BLOB NOT NULL,
    day       TEXT,
    length    INTEGER NOT NULL
);

-- The similarity of two documents with similar sketches; 0 if they are not the same article.
CREATE TABLE likenesses (
    one       INTEGER NOT NULL REFERENCES documents (key) ON DELETE CASCADE,
    other     INTEGER NOT NULL REFERENCES documents (key) ON DELETE CASCADE,
    value     REAL NOT NULL,
    PRIMARY KEY (one, other)
) WITHOUT ROWID;
CREATE INDEX likenesses_other ON likenesses (other);

-- Documents that say the same as another one, their lead, and their relation to it.
CREATE TABLE copies (
    document  INTEGER PRIMARY KEY REFERENCES documents (key) ON DELETE CASCADE,
    lead      INTEGER NOT NULL REFERENCES documents (key) ON DELETE CASCADE,
    relation  TEXT NOT NULL
);
CREATE INDEX copies_lead ON copies (lead);

-- Digests of lines that recur in the articles of one publisher. They are removed from documents.
CREATE TABLE recurring (
    line      BLOB PRIMARY KEY
) WITHOUT ROWID;
